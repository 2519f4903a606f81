"use strict";
// The walk-through: one forward pass, one backward pass and one step of training of a network 2-2-2, as a list of steps.
// Letters, indices and equation numbers are those of the notes.
{
  const find = id => document.getElementById(id);

  /** The worked example of section 5 of the notes; the step of section 6. */
  const example = {
    X: [[0.5], [1]], label: 1, eta: 0.1,
    W1: [[1, 1], [1, -1]], b1: [[0.5], [0]], W2: [[1, -1], [0.5, 1]], b2: [[0], [0.5]],
  };

  // ── numbers as text ──

  /** At most six decimals. */
  const text = value => String(Number(value.toFixed(6)) + 0);
  /** In brackets where a minus would follow a sign. */
  const factor = value => (value < 0 ? `(${text(value)})` : text(value));
  /** A quantity in TeX: entry("dW2", 0, 1) is dW_2[0, 1]; a prime marks what is new after the step. */
  const letter = name => name.replace(/(\d)('?)$/, (_, layer, prime) => `_${layer}${prime}`);
  const entry = (name, row, column) => `${letter(name)}[${row}, ${column}]`;
  const key = (name, row = 0, column = 0) => `${name}-${row}-${column}`;

  // ── the steps ──

  /** The phase in which nothing goes along the lines. */
  const updating = "One step of gradient descent";

  /**
   * Everything that happens, one number at a time. A step has: phase, title, words, equation (its number), rule (TeX),
   * arithmetic (lines of TeX), results (what it computes: name, row, column, value), uses (keys of what it needs).
   */
  function stepsOf({ X, label, eta, W1, b1, W2, b2 }) {
    const steps = [];
    const two = [0, 1];
    const Y = two.map(k => [k === label ? 1 : 0]);
    let phase = "";

    function step(title, equation, rule, words, names, uses) {
      const results = names.map(({ name, row = 0, column = 0, value }) => ({ name, row, column, value }));
      const arithmetic = names.map(({ name, row = 0, column = 0, value, plain, sum }) =>
        `${plain ?? entry(name, row, column)} = ${sum} = ${text(value)}`);
      steps.push({ phase, title, equation, rule, words, arithmetic, results, uses });
      return results[0].value;
    }

    /** A layer W·A + b, one unit after the other. */
    function layer(prime, l, A, inputName, W, b, equation) {
      return two.map(i => [step(
        `${l === 1 ? "Hidden unit" : "Output"} ${i}: the weighted sum`, equation, `Z_${l}${prime} = W_${l}${prime} ${letter(inputName)} + b_${l}${prime}`,
        `Row ${i} of the weights times the ${l === 1 ? "inputs" : "activations"}, plus the bias.`,
        [{
          name: `Z${l}${prime}`, row: i, value: W[i][0] * A[0][0] + W[i][1] * A[1][0] + b[i][0],
          sum: `${factor(W[i][0])} \\cdot ${factor(A[0][0])} + ${factor(W[i][1])} \\cdot ${factor(A[1][0])} + ${factor(b[i][0])}`,
        }],
        [key(`W${l}${prime}`, i, 0), key(`W${l}${prime}`, i, 1), key(`b${l}${prime}`, i), key(inputName, 0), key(inputName, 1)])]);
    }

    const relu = (prime, Z) => two.map(n => [step(
      `Hidden unit ${n}: ReLU`, "3.2", `A_1${prime} = \\mathrm{ReLU}(Z_1${prime})`,
      Z[n][0] > 0 ? "The sum is above 0: the unit is on and passes it." : "The sum is not above 0: the unit is off and gives 0.",
      [{ name: `A1${prime}`, row: n, value: Math.max(0, Z[n][0]), sum: `\\max(0, ${text(Z[n][0])})` }], [key(`Z1${prime}`, n)])]);

    function softmax(prime, Z) {
      const scores = Z.map(row => row[0]), scoreKeys = two.map(k => key(`Z2${prime}`, k));
      const M = step("Softmax: the largest score", "4.3", `M = \\max_k Z_2${prime}[k, 0]`,
        "It is subtracted from both scores, so that no exponential can overflow. The probabilities stay the same.",
        [{ name: `M${prime}`, plain: `M${prime}`, value: Math.max(...scores), sum: `\\max(${scores.map(text).join(", ")})` }], scoreKeys);
      const E = two.map(k => step(`Softmax: exponential ${k}`, "4.3", `E${prime}[k] = e^{Z_2${prime}[k, 0] - M${prime}}`,
        "The exponential turns every score into a positive number.",
        [{
          name: `E${prime}`, row: k, plain: `E${prime}[${k}]`, value: Math.exp(scores[k] - M),
          sum: `e^{${text(scores[k])} - ${factor(M)}} = e^{${text(scores[k] - M)}}`,
        }], [scoreKeys[k], key(`M${prime}`)]));
      const S = step("Softmax: the sum", "4.2", `S${prime} = \\sum_k E${prime}[k]`, "Dividing by it will make the probabilities add up to 1.",
        [{ name: `S${prime}`, plain: `S${prime}`, value: E[0] + E[1], sum: `${text(E[0])} + ${text(E[1])}` }], two.map(k => key(`E${prime}`, k)));
      const A2 = two.map(k => [step(`The probability of class ${k}`, "3.4", `A_2${prime} = \\mathrm{softmax}(Z_2${prime})`, "The exponential divided by the sum.",
        [{ name: `A2${prime}`, row: k, value: E[k] / S, sum: `${text(E[k])} \\,/\\, ${text(S)}` }], [key(`E${prime}`, k), key(`S${prime}`)])]);
      return { A2, loss: scores[label] - M - Math.log(S), M, S };
    }

    const prediction = (prime, A2) => step("The prediction", "3.6", `\\arg\\max_k \\, A_2${prime}[k, 0]`,
      A2[label][0] === Math.max(A2[0][0], A2[1][0]) && (label === 0 || A2[1][0] > A2[0][0])
        ? `The network prefers class ${label}, which is right.` : `The network prefers class ${1 - label}, which is wrong: the label is ${label}.`,
      [{
        name: `prediction${prime}`, plain: `\\text{prediction}`, value: A2[1][0] > A2[0][0] ? 1 : 0,
        sum: `\\arg\\max(${text(A2[0][0])}, ${text(A2[1][0])})`,
      }], two.map(k => key(`A2${prime}`, k)));

    const loss = (prime, Z2, soft) => step("The loss", "4.7", `L${prime} = -\\log A_2${prime}[\\mathrm{label}, 0]`,
      `Only the probability of the right class, ${label}, counts. Its logarithm is computed from the score, by (4.4).`,
      [{
        name: `L${prime}`, plain: `L${prime}`, value: -soft.loss,
        sum: `-(${text(Z2[label][0])} - ${factor(soft.M)} - \\log ${text(soft.S)})`,
      }], [key(`A2${prime}`, label), key(`Z2${prime}`, label), key(`M${prime}`), key(`S${prime}`)]);

    phase = "Forward: the hidden layer";
    const Z1 = layer("", 1, X, "X", W1, b1, "3.1");
    const A1 = relu("", Z1);
    phase = "Forward: the output layer";
    const Z2 = layer("", 2, A1, "A1", W2, b2, "3.3");
    const soft = softmax("", Z2), { A2 } = soft;
    prediction("", A2);
    phase = "The loss";
    const L = loss("", Z2, soft);

    phase = "Backward: the output layer";
    const dZ2 = two.map(k => [step(`The error of score ${k}`, "5.4", "dZ_2 = A_2 - Y",
      "The probability that the network gave, minus the one it should have given.",
      [{ name: "dZ2", row: k, value: A2[k][0] - Y[k][0], sum: `${text(A2[k][0])} - ${Y[k][0]}` }], [key("A2", k), key("Y", k)])]);
    const weights = (l, dZ, A, inputName, equation) => two.map(i => two.map(n => step(
      `The derivative for weight ${entry(`W${l}`, i, n).replace("_", "")}`, equation, `dW_${l} = \\tfrac{1}{m} dZ_${l} ${letter(inputName)}^\\top`,
      A[n][0] === 0 ? "The weight multiplies 0, so it has no effect on the loss." : dZ[i][0] === 0 ? "The unit's error is 0, so the slope of this weight is 0."
        : "What came in, times the error of the unit.",
      [{ name: `dW${l}`, row: i, column: n, value: dZ[i][0] * A[n][0], sum: `${factor(dZ[i][0])} \\cdot ${factor(A[n][0])}` }],
      [key(`dZ${l}`, i), key(inputName, n)])));
    const biases = (l, dZ, equation) => two.map(i => [step(
      `The derivative for bias b${l}[${i}, 0]`, equation, `db_${l} = \\tfrac{1}{m} \\sum_j dZ_${l}^{(j)}`,
      "The bias is just added, so it gets the error as it is. With one example the sum has one term.",
      [{ name: `db${l}`, row: i, value: dZ[i][0], sum: entry(`dZ${l}`, i, 0) }], [key(`dZ${l}`, i)])]);
    const dW2 = weights(2, dZ2, A1, "A1", "5.5"), db2 = biases(2, dZ2, "5.6");

    phase = "Backward: the hidden layer";
    const dA1 = two.map(n => [step(`What reaches hidden unit ${n}`, "5.7", "dA_1 = W_2^\\top dZ_2",
      "It acts on both scores, so two errors come back, each times the weight on its way.",
      [{
        name: "dA1", row: n, value: W2[0][n] * dZ2[0][0] + W2[1][n] * dZ2[1][0],
        sum: `${factor(W2[0][n])} \\cdot ${factor(dZ2[0][0])} + ${factor(W2[1][n])} \\cdot ${factor(dZ2[1][0])}`,
      }], [key("W2", 0, n), key("W2", 1, n), key("dZ2", 0), key("dZ2", 1)])]);
    const dZ1 = two.map(n => {
      const slope = Z1[n][0] > 0 ? 1 : 0;
      return [step(`Back through ReLU of hidden unit ${n}`, "5.8", "dZ_1 = dA_1 \\odot \\mathrm{ReLU}'(Z_1)",
        slope ? "The unit is on: the slope is 1. What came back passes, and this is the unit's error." : "The unit is off: the slope is 0. What came back is stopped, and the unit's error is 0.",
        [{ name: "dZ1", row: n, value: dA1[n][0] * slope, sum: `${factor(dA1[n][0])} \\cdot ${slope}` }], [key("dA1", n), key("Z1", n)])];
    });
    const dW1 = weights(1, dZ1, X, "X", "5.9"), db1 = biases(1, dZ1, "5.10");

    phase = updating;
    function moved(name, P, dP) {
      const values = P.map((row, i) => row.map((value, n) => value - eta * dP[i][n]));
      const places = values.flatMap((row, i) => row.map((value, n) => ({ row: i, column: n, value })));
      step(`The new ${letter(name).replace("_", "")}`, "6.1", `${letter(name)} \\leftarrow ${letter(name)} - \\eta \\cdot d${letter(name)}`,
        "Each parameter moves against its derivative.",
        places.map(({ row, column, value }) => ({
          name: `${name}'`, row, column, value, sum: `${text(P[row][column])} - ${text(eta)} \\cdot ${factor(dP[row][column])}`,
        })), places.flatMap(({ row, column }) => [key(name, row, column), key(`d${name}`, row, column)]));
      return values;
    }
    const [newW2, newb2, newW1, newb1] = [moved("W2", W2, dW2), moved("b2", b2, db2), moved("W1", W1, dW1), moved("b1", b1, db1)];

    phase = "Forward again";
    const newA1 = relu("'", layer("'", 1, X, "X", newW1, newb1, "3.1"));
    const newZ2 = layer("'", 2, newA1, "A1'", newW2, newb2, "3.3");
    const newSoft = softmax("'", newZ2);
    prediction("'", newSoft.A2);
    const newL = loss("'", newZ2, newSoft);
    steps.at(-1).words = `The loss was ${text(L)} and is now ${text(newL)}: ${newL < L ? "the step made it smaller." : newL > L ? "the step was too long, or there was nothing to gain." : "nothing changed."}`;
    return steps;
  }

  // ── the picture ──

  const columns = { X: 60, A1: 220, A2: 380 }, rows = [162, 302], radius = 30;
  const place = (x, row, line) => ({ x, y: row === 0 ? rows[0] - 44 - 20 * line : rows[1] + 54 + 20 * line });

  /** Where each quantity stands. A place has one text at a time: the newest of those that stand there. */
  const places = [];
  for (const row of [0, 1]) {
    const add = (names, x, y, prefix = "", column = 0) => places.push({ names, row, column, x, y, prefix });
    const beside = (names, x, line, prefix) => { const at = place(x, row, line); add(names, at.x, at.y, prefix); };
    add(["X"], columns.X, rows[row] + 5);
    add(["A1", "A1'"], columns.A1, rows[row] + 5);
    add(["A2", "A2'"], columns.A2, rows[row] + 5);
    beside(["b1", "b1'"], columns.A1, 0, "b₁ = ");
    beside(["Z1", "Z1'"], columns.A1, 1, "z₁ = ");
    beside(["dA1"], columns.A1, 2, "da₁ = ");
    beside(["dZ1"], columns.A1, 3, "dz₁ = ");
    beside(["db1"], columns.A1, 4, "db₁ = ");
    beside(["b2", "b2'"], columns.A2, 0, "b₂ = ");
    beside(["Z2", "Z2'"], columns.A2, 1, "z₂ = ");
    beside(["Y"], columns.A2, 2, "y = ");
    beside(["dZ2"], columns.A2, 3, "dz₂ = ");
    beside(["db2"], columns.A2, 4, "db₂ = ");
  }
  const edges = [];
  for (const [l, from, to] of [[1, columns.X, columns.A1], [2, columns.A1, columns.A2]])
    for (const row of [0, 1])
      for (const column of [0, 1]) {
        // Where edges cross, labels stand near the left end, on either side.
        const crossing = Math.sign(row - column), [above, below] = crossing > 0 ? ["right", "left"] : crossing < 0 ? ["left", "right"] : ["", ""];
        const share = row === column ? 0.5 : 0.31;
        const [x, y] = [from + (to - from) * share, rows[column] + (rows[row] - rows[column]) * share];
        places.push({ names: [`W${l}`, `W${l}'`], row, column, x: x + 8 * crossing, y: y - (crossing ? 2 : 6), side: above, prefix: "" },
          { names: [`dW${l}`], row, column, x: x - 8 * crossing, y: y + (crossing ? 12 : 19), side: below, prefix: "" });
        edges.push({ key: key(`W${l}`, row, column), derivative: key(`dW${l}`, row, column), from: [from, rows[column]], to: [to, rows[row]] });
      }
  places.push({ names: ["L", "L'"], row: 0, column: 0, x: columns.A2, y: 237, prefix: "L = " });

  /** The head of an arrow that ends at the edge of a unit. */
  function head(x1, y1, x2, y2, kind) {
    const length = Math.hypot(x2 - x1, y2 - y1), [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
    const [x, y] = [x2 - (radius + 2) * ux, y2 - (radius + 2) * uy];
    const corner = side => `${(x - 14 * ux + side * 7 * uy).toFixed(1)},${(y - 14 * uy - side * 7 * ux).toFixed(1)}`;
    return `<polygon class="${kind}" points="${x.toFixed(1)},${y.toFixed(1)} ${corner(1)} ${corner(-1)}"/>`;
  }

  /** Numbers in the picture have four decimals, where more do not fit. */
  const short = value => String(Number(value.toFixed(4)) + 0).replace("-", "−");

  function drawPicture(steps, now) {
    const known = new Map();
    const give = (name, matrix) => matrix.forEach((row, i) => row.forEach((value, n) => known.set(key(name, i, n), value)));
    for (const name of ["X", "W1", "b1", "W2", "b2"]) give(name, givens[name]);
    give("Y", [0, 1].map(k => [k === givens.label ? 1 : 0]));
    for (const { results } of steps.slice(0, now + 1))
      for (const { name, row, column, value } of results) known.set(key(name, row, column), value);
    const again = steps[now].phase === "Forward again";   // then all derivatives are used up, and the old activations out of date
    const lit = new Set(steps[now].results.map(({ name, row, column }) => key(name, row, column))), used = new Set(steps[now].uses);
    const classOf = name => (lit.has(name) ? " now" : used.has(name) ? " used" : "");
    const plain = name => name.replace("'", "");

    // Values go forward, derivatives back: what this step takes along a line has a head, on that side. The derivative for a
    // weight goes nowhere: it is made of what came in and of the unit's error, and nothing comes back to the input.
    const back = steps[now].phase.startsWith("Backward"), way = back ? " back" : "";
    const lines = edges.map(edge => {
      const kind = [edge.key, edge.key.replace("-", "'-"), edge.derivative].map(classOf).join("").trim().split(" ")[0];
      const moves = kind && steps[now].phase !== updating && !lit.has(edge.derivative);
      const [[x1, y1], [x2, y2]] = back ? [edge.to, edge.from] : [edge.from, edge.to];
      return `<line class="${kind}${kind ? way : ""}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>${moves ? head(x1, y1, x2, y2, `${kind}${way}`) : ""}`;
    });
    const circles = Object.entries(columns).flatMap(([name, x]) => rows.map((y, row) => {
      const layer = name.slice(1), parts = name === "X" ? [name] : [name, `Z${layer}`, `d${name}`, `dZ${layer}`];
      const kinds = parts.flatMap(part => [classOf(key(part, row)), classOf(key(`${part}'`, row))]).join("").trim().split(" ");
      const kind = kinds.includes("now") ? `now${way}` : parts.some(part => part[0] === "d" && used.has(key(part, row))) ? "used back" : kinds[0];
      return `<circle class="${kind}" cx="${x}" cy="${y}" r="${radius}"/>`;
    }));
    const labels = places.map(({ names, row, column, x, y, side, prefix }) => {
      const name = names.findLast(candidate => known.has(key(candidate, row, column)));
      const isOld = again && name && (name.startsWith("d") || names.length > 1 && !name.endsWith("'"));
      if (!name || isOld && !used.has(key(name, row, column))) return "";
      const at = key(name, row, column);
      return `<text data-key="${at}" class="${name.startsWith("d") ? "gradient" : ""}${classOf(at)}${side ? ` ${side}` : ""}" x="${x}" y="${y}">${prefix}${short(known.get(at))}</text>`;
    });
    const titles = [["inputs", columns.X], ["hidden", columns.A1], ["outputs", columns.A2]].map(([title, x]) => `<text class="head" x="${x}" y="14">${title}</text>`);
    find("picture").innerHTML = lines.join("") + circles.join("") + titles.join("") + labels.join("");
  }

  // ── the page ──

  let givens = structuredClone(example), steps = stepsOf(givens), now = 0;
  const phases = () => [...new Set(steps.map(step => step.phase))];

  function tex(element, source, displayMode = false) {
    katex.render(source, element, { displayMode, throwOnError: false });
  }

  function show() {
    const step = steps[now];
    find("phase").textContent = step.phase;
    find("title").textContent = step.title;
    find("words").textContent = step.words;
    tex(find("rule"), step.rule);
    find("equation").textContent = `(${step.equation})`;
    find("equation").href = `my_note.html#eq-${step.equation.replace(".", "-")}`;
    find("arithmetic").replaceChildren(...step.arithmetic.map(source => {
      const line = document.createElement("p");
      tex(line, source);
      return line;
    }));
    find("count").textContent = `step ${now + 1} of ${steps.length}`;
    find("previous").disabled = now === 0;
    find("next").disabled = now === steps.length - 1;
    [...find("phases").children].forEach(({ firstChild: button }) => {
      if (button.textContent === step.phase) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    drawPicture(steps, now);
  }

  function go(to) {
    now = Math.min(steps.length - 1, Math.max(0, to));
    show();
  }
  find("previous").addEventListener("click", () => go(now - 1));
  find("next").addEventListener("click", () => go(now + 1));
  document.addEventListener("keydown", event => {
    if (event.target.matches("input, select") || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: steps.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  });
  for (const phase of phases()) {
    const item = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.textContent = phase;
    button.addEventListener("click", () => go(steps.findIndex(step => step.phase === phase)));
    item.append(button);
    find("phases").append(item);
  }

  const fields = [...find("givens").querySelectorAll("input[data-name]")];

  function fill() {
    for (const field of fields) field.value = example[field.dataset.name][field.dataset.row][field.dataset.column];
    [find("label").value, find("eta").value] = [example.label, example.eta];
  }
  function restart() {
    if ([...fields, find("eta")].some(field => Number.isNaN(field.valueAsNumber))) return;   // while a number is being typed
    givens = structuredClone(example);
    for (const field of fields) givens[field.dataset.name][field.dataset.row][field.dataset.column] = field.valueAsNumber;
    [givens.label, givens.eta] = [Number(find("label").value), find("eta").valueAsNumber];
    steps = stepsOf(givens);
    show();
    document.dispatchEvent(new Event("givens"));
  }
  find("givens").addEventListener("input", restart);
  find("givens").addEventListener("submit", event => event.preventDefault());
  find("givens").addEventListener("reset", event => {
    event.preventDefault();
    fill();
    restart();
  });
  fill();
  show();

  // For the nudge, and for the tests, which compare every number with the C# library.
  window.walkthrough = { example, stepsOf, text, givens: () => givens };
}
