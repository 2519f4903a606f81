"use strict";
// The nudge below the walk-through: one number is moved a little to both sides, and the slope of the loss is measured by
// (5.12) of the notes. It lands on the derivative that the steps computed.
{
  const find = id => document.getElementById(id);
  const { stepsOf, text, givens } = window.walkthrough;
  const key = ({ name, row, column }, prefix = "") => `${prefix}${name}-${row}-${column}`;

  /** Every result of the steps by its name and place: the loss is L-0-0, the derivative of W1[0, 1] is dW1-0-1. */
  const resultsOf = numbers => new Map(stepsOf(numbers).flatMap(step => step.results).map(result => [key(result), result.value]));

  function moved(numbers, { name, row, column }, by) {
    const copy = structuredClone(numbers);
    copy[name][row][column] += by;
    return copy;
  }

  /** The loss on both sides, the slope between, the derivative by formula, and whether a hidden unit switches on the way. */
  function measure(numbers, place, epsilon) {
    const [up, down] = [epsilon, -epsilon].map(by => resultsOf(moved(numbers, place, by)));
    const [lossUp, lossDown] = [up.get("L-0-0"), down.get("L-0-0")];
    return {
      lossUp, lossDown, measured: (lossUp - lossDown) / (2 * epsilon), computed: resultsOf(numbers).get(key(place, "d")),
      corner: [0, 1].some(n => up.get(`Z1-${n}-0`) > 0 !== down.get(`Z1-${n}-0`) > 0),
    };
  }

  const places = ["W2", "b2", "W1", "b1"].flatMap(name => [0, 1].flatMap(row =>
    (name[0] === "W" ? [0, 1] : [0]).map(column => ({ name, row, column }))));
  const choice = find("nudged");
  for (const { name, row, column } of places) choice.append(new Option(`${name}[${row}, ${column}]`));

  function show() {
    const place = places[choice.selectedIndex], epsilon = 10 ** find("epsilon").valueAsNumber;
    const result = measure(givens(), place, epsilon), difference = Math.abs(result.measured - result.computed);
    find("epsilon-now").textContent = Number(epsilon.toPrecision(2));
    for (const [id, value] of [["loss-up", result.lossUp], ["loss-down", result.lossDown], ["measured", result.measured], ["computed", result.computed]])
      find(id).textContent = text(value);
    find("difference").textContent = difference === 0 ? "0" : difference.toExponential(1);
    find("nudge-words").textContent = result.corner
      ? "Between the two points a hidden unit switches on or off: at the corner of ReLU the measured slope is a mixture of two. Take a smaller ε, or another number."
      : `The slope at θ = ${text(givens()[place.name][place.row][place.column])} is ${text(result.computed)}; measured with ε = ${Number(epsilon.toPrecision(2))} it is ${text(result.measured)}.`;
    draw(place, epsilon, result);
  }

  /** The loss as a function of this one number, and both slopes through its point. */
  function draw(place, epsilon, { lossUp, lossDown, computed }) {
    const [left, right, top, bottom] = [20, 345, 15, 225], reach = 1.25;
    const theta = givens()[place.name][place.row][place.column];
    const lossAt = by => resultsOf(moved(givens(), place, by)).get("L-0-0");
    const curve = Array.from({ length: 51 }, (_, i) => (i / 25 - 1) * reach).map(by => [by, lossAt(by)]);
    const here = lossAt(0), losses = curve.map(([, loss]) => loss);
    const [low, high] = [Math.min(...losses), Math.max(...losses)];
    const room = Math.max(0.15 * (high - low), 0.05);
    const x = by => left + (by / reach + 1) / 2 * (right - left);
    const y = loss => bottom - (loss - low + room) / (high - low + 2 * room) * (bottom - top);
    const line = (slope, at, kind) => `<line class="${kind}" x1="${x(-reach)}" y1="${y(at - slope * reach)}" x2="${x(reach)}" y2="${y(at + slope * reach)}"/>`;
    const dot = (by, loss, kind) => `<circle class="${kind}" cx="${x(by)}" cy="${y(loss)}" r="5"/>`;
    find("nudge-picture").innerHTML =
      `<polyline class="loss" points="${curve.map(([by, loss]) => `${x(by)},${y(loss)}`).join(" ")}"/>`
      + line(computed, here, "computed") + line((lossUp - lossDown) / (2 * epsilon), (lossUp + lossDown) / 2, "measured")
      + dot(epsilon, lossUp, "measured") + dot(-epsilon, lossDown, "measured") + dot(0, here, "computed")
      + `<text x="${x(0)}" y="245">θ = ${text(theta)}</text>`;
  }

  choice.addEventListener("change", show);
  find("epsilon").addEventListener("input", show);
  document.addEventListener("givens", show);
  // Who is at a weight wants to nudge this one.
  find("givens").addEventListener("focusin", ({ target }) => {
    const at = places.findIndex(place => key(place) === target.id);
    if (at < 0) return;
    choice.selectedIndex = at;
    show();
  });
  show();

  window.walkthrough.measure = measure;
}
