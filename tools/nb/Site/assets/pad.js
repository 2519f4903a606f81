"use strict";
// The drawing pad: strokes on a canvas, and the network's answer while they are drawn.
{
  const { field, clamp, readNetwork, forward, greyOf, prepare } = window.digits;
  const network = readNetwork(document.getElementById("network").textContent);
  const find = id => document.getElementById(id);
  const [canvas, field28, unitPicture] = ["drawing", "seen", "unit-weights"].map(find);
  const ink = canvas.getContext("2d", { willReadFrequently: true });
  /** 100 % and 0 % are promises that softmax never makes. */
  const percent = share => (share > 0.9995 ? "> 99.9 %" : share < 0.0005 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`);
  const inWords = share => `with a probability ${share > 0.9995 ? "above 99.9 %" : `of ${percent(share)}`}`;
  const sentence = share => isSure(share) ? inWords(share) : `not certain: ${inWords(share)}, below the threshold ${(100 * threshold).toFixed(1)} %`;
  const decimals = (value, count) => value.toFixed(count).replace("-", "−");
  /** The width of the pen as a share of the longest side of what is drawn, and between which widths it stays. */
  const pen = { share: 0.125, thinnest: 2.5, thickest: 34 };
  /** Below this confidence, equation (10.4), the network keeps its answer to itself; notebook 10 chooses it. Null when it does not. */
  const threshold = Number(document.getElementById("network").dataset.threshold) || null;
  const isSure = share => threshold === null || share >= threshold;

  /** Each stroke is a list of points [x, y] in pixels of the canvas. */
  let strokes = [];
  let answer = null;

  // ── example digits, as strokes ──

  const arc = (x, y, rx, ry, from, to) => Array.from({ length: 25 }, (_, i) => {
    const angle = (from + (to - from) * i / 24) * Math.PI / 180;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });
  const examples = [
    [arc(140, 140, 58, 88, -90, 270)],
    [[[122, 78], [150, 52], [146, 140], [142, 228]]],
    [[...arc(138, 96, 54, 46, -165, 40), [84, 222], [206, 220]]],
    [[...arc(132, 92, 52, 42, -150, 90), ...arc(134, 180, 58, 46, -90, 150)]],
    [[[110, 56], [84, 150], [196, 148]], [[184, 62], [176, 228]]],
    [[[192, 58], [106, 58], [96, 126], ...arc(132, 172, 60, 52, -110, 140)]],
    [[[174, 52], [118, 108], [92, 168], ...arc(140, 178, 48, 46, 190, 540)]],
    [[[84, 64], [198, 62], [158, 140], [128, 230]]],
    [[...arc(140, 96, 42, 42, 90, -270), ...arc(140, 182, 50, 44, -90, 270)]],
    [[...arc(136, 98, 46, 46, 0, -360), [180, 150], [168, 230]]],
  ];

  // ── drawing ──

  /** A pen in proportion: a small digit has thin strokes, as if it were a large one seen from far away. */
  function widthOfPen() {
    const points = strokes.flat(), spread = k => Math.max(...points.map(p => p[k])) - Math.min(...points.map(p => p[k]));
    return points.length === 0 ? pen.thinnest : clamp(pen.share * Math.max(spread(0), spread(1)), pen.thinnest, pen.thickest);
  }

  function draw() {
    ink.fillStyle = "white";
    ink.fillRect(0, 0, canvas.width, canvas.height);
    Object.assign(ink, { strokeStyle: "black", lineWidth: widthOfPen(), lineCap: "round", lineJoin: "round" });
    for (const [first, ...others] of strokes) {
      ink.beginPath();
      ink.moveTo(...first);
      for (const point of others.length > 0 ? others : [first]) ink.lineTo(...point);
      ink.stroke();
    }
  }

  const pointOf = event => {
    const place = canvas.getBoundingClientRect();
    return [(event.clientX - place.left) * canvas.width / place.width, (event.clientY - place.top) * canvas.height / place.height];
  };

  let pointer = null, waiting = false;
  function later() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; update(); });
  }
  canvas.addEventListener("pointerdown", event => {
    if (pointer !== null || event.button !== 0) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    strokes.push([pointOf(event)]);
    later();
  });
  canvas.addEventListener("pointermove", event => {
    if (event.pointerId !== pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    strokes.at(-1).push(...(events.length > 0 ? events : [event]).map(pointOf));
    later();
  });
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, event => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      update();
      announce();
    });

  function change(newStrokes) {
    strokes = newStrokes;
    pointer = null;
    update();
    announce();
  }
  const undo = () => change(strokes.slice(0, -1));
  find("undo").addEventListener("click", undo);
  find("clear").addEventListener("click", () => change([]));
  document.addEventListener("keydown", event => {
    if (event.target.matches("input:not([type=range])")) return;   // a field with text undoes its own
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z") {
      event.preventDefault();
      undo();
    }
  });
  find("save").addEventListener("click", () => canvas.toBlob(picture => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(picture);
    link.download = "digit.png";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }, "image/png"));
  examples.forEach((digit, k) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = k;
    button.setAttribute("aria-label", `Draw an example of the digit ${k}`);
    button.addEventListener("click", () => change(digit.map(stroke => stroke.map(point => [...point]))));
    find("examples").append(button);
  });

  // ── the answer ──

  /** Writes 784 numbers as a picture; colourOf gives red, green, blue. */
  function paint(place, values, colourOf) {
    const context = place.getContext("2d"), picture = context.createImageData(field, field);
    values.forEach((value, i) => picture.data.set([...colourOf(value), 255], 4 * i));
    context.putImageData(picture, 0, 0);
  }

  const bars = Array.from({ length: network.classes }, (_, k) => {
    const row = document.createElement("div");
    row.className = "bar";
    row.innerHTML = `<span>${k}</span><div role="meter" aria-label="Probability of ${k}" aria-valuemin="0" aria-valuemax="100"><i></i></div><output></output>`;
    find("bars").append(row);
    return row;
  });

  const across = 16, svg = "http://www.w3.org/2000/svg";
  find("units").setAttribute("viewBox", `0 0 ${across} ${Math.ceil(network.hidden / across)}`);
  const units = Array.from({ length: network.hidden }, (_, i) => {
    const square = document.createElementNS(svg, "rect");
    const [x, y] = [i % across, Math.floor(i / across)];
    for (const [name, value] of Object.entries({ x: x + 0.06, y: y + 0.06, width: 0.88, height: 0.88 })) square.setAttribute(name, value);
    square.addEventListener("click", () => { find("unit").value = i; showUnit(); });
    find("units").append(square);
    return square;
  });
  find("unit").max = network.hidden - 1;
  find("unit").addEventListener("input", showUnit);

  function update() {
    draw();
    const drawing = prepare(greyOf(ink.getImageData(0, 0, canvas.width, canvas.height)));
    const pass = drawing.problem ? null : forward(network, Float64Array.from(drawing.pixels, p => p / 255));   // (1.2)
    const best = pass ? pass.A2.indexOf(Math.max(...pass.A2)) : -1;                                            // (3.6)
    answer = { drawing, pass, best };

    find("paper").classList.toggle("empty", strokes.length === 0);
    find("answer").textContent = pass ? best : "?";
    find("answer").classList.toggle("unsure", pass !== null && !isSure(pass.A2[best]));
    find("sure").textContent = pass ? sentence(pass.A2[best]) : strokes.length > 0 ? drawing.problem : "Draw a digit, and read the answer here.";
    bars.forEach((row, k) => {
      const share = pass ? pass.A2[k] : 0, [, meter, number] = row.children;
      row.classList.toggle("best", k === best);
      meter.setAttribute("aria-valuenow", (100 * share).toFixed(1));
      meter.firstChild.style.width = `${100 * share}%`;
      number.textContent = pass ? percent(share) : "";
    });

    paint(field28, drawing.pixels ?? new Uint8Array(field * field), p => [255 - p, 255 - p, 255 - p]);
    find("stages").textContent = pass
      ? `The ink is ${drawing.box.width} × ${drawing.box.height} pixels, so s = ${drawing.box.scale.toFixed(3)}. `
        + `Its centre of mass is in row ${drawing.centre[0].toFixed(2)} and column ${drawing.centre[1].toFixed(2)}; it moves by ${decimals(drawing.shift[0], 0)} in rows and ${decimals(drawing.shift[1], 0)} in columns.`
      : "";
    find("undo").disabled = find("clear").disabled = find("save").disabled = strokes.length === 0;

    const strongest = pass ? Math.max(...pass.A1) : 0;
    units.forEach((square, i) => { square.style.fillOpacity = strongest > 0 ? pass.A1[i] / strongest : 0; });
    const firing = pass ? pass.A1.filter(a => a > 0).length : 0;
    find("firing").textContent = pass
      ? `${firing} of ${network.hidden} units fire. The strongest is unit ${pass.A1.indexOf(strongest)}, with ${strongest.toFixed(2)}.`
      : `No drawing yet: ${network.hidden} units wait.`;
    showUnit();
    showWhy(true);
  }

  /** For readers who hear the page: once for each stroke, not once for each point. */
  function announce() {
    const { pass, best, drawing } = answer;
    find("spoken").textContent = pass ? isSure(pass.A2[best]) ? `The network reads ${best}, ${inWords(pass.A2[best])}.` : `The network is not certain. It would say ${best}, ${inWords(pass.A2[best])}.` : drawing.problem;
  }

  // The colours of lib/Charts.csx for numbers below and above 0.
  const diverging = [[0, 63, 117], [74, 155, 203], [247, 247, 247], [238, 143, 74], [138, 51, 0]];
  function divergingColour(value) {
    const at = clamp((value + 1) * 2, 0, 4), below = Math.min(3, Math.floor(at));
    return diverging[below].map((from, i) => Math.round(from + (at - below) * (diverging[below + 1][i] - from)));
  }

  function showUnit() {
    const i = Number(find("unit").value);
    units.forEach((square, other) => square.classList.toggle("chosen", other === i));
    const weights = Array.from({ length: network.inputs }, (_, j) => network.W1[j * network.hidden + i]);
    const largest = Math.max(...weights.map(Math.abs));
    paint(unitPicture, weights, weight => divergingColour(weight / largest));
    const out = Array.from(network.W2.subarray(i * network.classes, (i + 1) * network.classes));
    const [most, least] = [out.indexOf(Math.max(...out)), out.indexOf(Math.min(...out))];
    const state = answer?.pass ? `z = ${decimals(answer.pass.Z1[i], 2)}, so it gives ${decimals(answer.pass.A1[i], 2)}`
      + (answer.pass.A1[i] > 0 ? ` and changes the score of ${answer.best} by ${decimals(answer.pass.A1[i] * out[answer.best], 2)}. ` : ". ") : "";
    find("unit-text").textContent = `Unit ${i}: ${state}When it fires, it speaks most for ${most} (weight ${decimals(out[most], 2)}) and most against ${least} (weight ${decimals(out[least], 2)}).`;
    find("unit").setAttribute("aria-valuetext", `unit ${i}`);
  }

  // ── why this digit and not that ──

  /** What each unit, and the biases, add to the score of one digit beyond that of another: together they are the difference. */
  function sharesOf(pass, one, other) {
    const difference = (values, i) => values[i * network.classes + one] - values[i * network.classes + other];
    const units = Array.from(pass.A1, (a, i) => ({ unit: i, by: a * difference(network.W2, i) })).filter(({ by }) => by !== 0)
      .sort((a, b) => Math.abs(b.by) - Math.abs(a.by));
    return { units, biases: difference(network.b2, 0), difference: pass.Z2[one] - pass.Z2[other] };
  }

  for (let k = 0; k < network.classes; k++) find("other").add(new Option(k, k));
  find("other").addEventListener("change", () => showWhy(false));
  const shown = 8;

  function showWhy(choose) {
    const { pass, best } = answer;
    find("other").disabled = !pass;
    if (!pass) {
      find("one").textContent = "this";
      find("why-text").textContent = "Draw a digit first.";
      find("shares").replaceChildren();
      return;
    }
    if (choose || Number(find("other").value) === best)
      find("other").value = pass.A2.reduce((second, share, k) => k !== best && (second < 0 || share > pass.A2[second]) ? k : second, -1);
    const other = Number(find("other").value), { units, biases, difference } = sharesOf(pass, best, other);
    find("one").textContent = best;
    const times = Math.exp(Number(difference.toFixed(2)));   // of the difference as it is shown
    const power = document.createElement("sup");
    power.textContent = decimals(difference, 2);
    find("why-text").replaceChildren(`The score of ${best} is ${power.textContent} above that of ${other}, so ${best} is e`, power,
      ` ≈ ${times < 1e6 ? Number(times.toPrecision(3)).toLocaleString("en") : times.toExponential(1)} times as probable. The units that speak most for one of the two:`);
    const rest = units.slice(shown).reduce((sum, { by }) => sum + by, 0);
    const rows = [...units.slice(0, shown), { name: `${Math.max(0, units.length - shown)} others`, by: rest }, { name: "biases", by: biases }];
    const largest = Math.max(...rows.map(({ by }) => Math.abs(by)));
    find("shares").replaceChildren(...rows.map(({ unit, name, by }) => {
      const row = document.createElement("div"), [bar, number] = ["div", "output"].map(tag => document.createElement(tag));
      row.className = "row";
      const label = document.createElement(name ? "span" : "button");
      label.textContent = name ?? `unit ${unit}`;
      if (!name) {
        label.type = "button";
        label.addEventListener("click", () => { find("unit").value = unit; showUnit(); });
      }
      const fill = document.createElement("i"), width = 50 * Math.abs(by) / largest;
      fill.className = by < 0 ? "against" : "for";
      fill.style.cssText = `width: ${width}%; left: ${by < 0 ? 50 - width : 50}%`;
      bar.append(fill);
      number.textContent = (by > 0 ? "+" : "") + decimals(by, 2);
      row.append(label, bar, number);
      return row;
    }));
  }

  update();

  // For the tests: what is on the page now.
  window.pad = { network, examples, threshold, sharesOf, show: change, state: () => ({ ...answer, strokes: strokes.length }) };
}
