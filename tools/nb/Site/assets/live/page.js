// The cells of a notebook page that the reader can change and run.
import { element, button } from "./dom.js";
import { Cell } from "./cells.js";
import { Engine } from "./engine.js";
import { Runs } from "./runs.js";
import { parameterPanel } from "./parameters.js";
import * as address from "./address.js";
import { download } from "./download.js";

const about = JSON.parse(document.getElementById("live-cells").textContent);
const [status, progress, notice] = [element("p", { role: "status" }), element("progress", { max: 1, hidden: true, "aria-label": "Fetching" }), element("div")];
const cells = [];
const panels = new Map();
let [lastState, again] = ["off", null];

const engine = new Engine(document.body.dataset.live, {
  state: show,
  progress({ what, loaded, total }) {
    const mb = bytes => (bytes / 1e6).toFixed(1);
    progress.hidden = loaded >= total;
    progress.value = total > 0 ? loaded / total : 0;
    tell(loaded >= total ? null : `Fetching ${what}: ${mb(loaded)} of ${mb(total)} MB. ${firstTime}`);
  },
  output: ({ id, output }) => cellOf(id)?.outputs.add(output),
  update: message => [...cells, ...answers].forEach(cell => cell.outputs.update(message)),
  clear: ({ id, wait }) => cellOf(id)?.outputs.clear(wait),
  ask: ({ id, prompt, password }) => {
    tell("The cell waits for your input.");
    cellOf(id)?.outputs.ask(prompt, password, text => engine.answer(text));
  },
  lost: message => say(`.NET has ended: ${message} The variables are gone.`),
});
const firstTime = "Only the first use fetches it; then the browser has it.";
const runs = new Runs(cells, engine, tell);
/** The code in the answers to the exercises: cells like others, but not part of the notebook. */
const answers = [];
const cellOf = id => [...cells, ...answers].find(cell => cell.id === id);

const stopButton = button("Stop", stop, { disabled: true });
const restartButton = button("Restart", restart, { disabled: true });
const undoButton = button("Undo all changes", () => cells.forEach(cell => cell.undo()), { hidden: true });
const linkButton = button("Copy link", async () => {
  await keeping;
  await navigator.clipboard.writeText(location.href);
  tell("The address of this page, with your changes, is copied.");
});
const bar = document.getElementById("live-bar");
bar.setAttribute("role", "region");
bar.setAttribute("aria-label", "Run the notebook");
bar.append(element("p", { class: "buttons" }, button("▶ Run all", () => attempt(() => runs.runAll())), stopButton, restartButton), status, progress, notice);
bar.after(element("p", { class: "live-more" }, undoButton, linkButton, button("Download as .ipynb", () =>
  download(about.notebook, cells).catch(error => say(`The notebook could not be fetched (${error.message}).`)))));

let keeping = Promise.resolve(), keepLater = 0;
const actions = {
  run: (cell, stay) => {
    attempt(() => runs.run([cell]));
    if (!stay) cells[cells.indexOf(cell) + 1]?.runButton.focus();
  },
  runAbove: cell => attempt(() => runs.runAbove(cell)),
  changed: cell => {
    panels.get(cell)?.show();
    undoButton.hidden = !cells.some(other => other.isChanged);
    clearTimeout(keepLater);
    keepLater = setTimeout(keep, 150);
  },
  ask: (type, code, position) => engine.ask(type, code, position),
};
const keep = () => { keeping = address.keep(cells); };

document.querySelectorAll(".cell[data-cell]").forEach(section => cells.push(new Cell(section, Number(section.id.slice("cell-".length)), about.cells[section.dataset.cell], actions)));
document.querySelectorAll(".text details pre.csharp").forEach((code, i) => {
  const section = element("section", { class: "cell answer", "data-cell": `answer-${i + 1}` }, element("div", { class: "count", "aria-hidden": "true" }));
  code.before(section);
  code.classList.add("source");
  section.append(code);
  while (section.nextElementSibling?.matches(".output")) section.append(section.nextElementSibling);   // what is stored for it
  answers.push(new Cell(section, i + 1, null, { ...actions, changed: () => {} }));
});
for (const cell of cells.filter(cell => cell.isParameters)) {
  const made = parameterPanel(cell, about.enums, () => tryIt(cell));
  if (!made) continue;
  cell.section.append(made.panel);
  panels.set(cell, made);
}
idle();
show("off");
await open();
addEventListener("hashchange", () => { if (!address.parts().cells) keep(); });   // a link within the page
document.documentElement.classList.add("live-ready");

/** What the address changes; nothing runs before the reader says so. */
async function open() {
  const { heading, cells: changes } = address.parts();
  if (!changes) return;
  try {
    const { fitted, unknown } = await address.decode(changes, cells);
    const changed = cells.filter(cell => cell.isChanged);
    say(`The address of this page changes ${fitted === 1 ? `cell ${changed[0].number}` : `${fitted} cells (${changed.map(cell => cell.number).join(", ")})`}. Read before you run.`
      + (unknown ? ` ${unknown} more changes are of another version of the notebook and were left out.` : ""));
  } catch {
    say("The address of this page is damaged: what it changes could not be read. Nothing was changed.");
  }
  if (heading) document.getElementById(decodeURIComponent(heading))?.scrollIntoView();
}

/** The cells from the parameters to the next heading, run as often as the reader lets go of a slider. */
async function tryIt(cell) {
  again = cell;
  if (runs.isBusy) return;
  while (again) {
    const now = again;
    again = null;
    await attempt(() => runs.run(cellsOfSection(now)));
  }
}

function cellsOfSection(cell) {
  const found = [cell];
  for (let next = cell.section.nextElementSibling; next && !next.querySelector(":scope > h1, :scope > h2"); next = next.nextElementSibling)
    if (next.classList.contains("cell")) found.push(cellOf(next.dataset.cell));
  return found;
}

/** Runs, and says what to do when the engine cannot be had. */
async function attempt(run) {
  say("");
  document.documentElement.classList.add("live-used");
  try {
    await run();
  } catch (error) {
    if (error.message !== "stopped") say(`.NET could not be started. ${error.message}`, [["Try again", () => attempt(run)]]);
  }
}

function stop() {
  const running = [...cells, ...answers].find(cell => cell.state === "running"), wasOn = engine.state !== "starting";
  runs.clear();
  if (!running) {
    if (!wasOn) engine.stop();
    return;
  }
  engine.stop();
  running.note("Stopped. In the browser .NET can only be stopped as a whole, so the variables of all cells are gone.",
    cells[0] === running ? [] : [["Run the cells above again", () => actions.runAbove(running)]]);
}

async function restart() {
  runs.clear();
  engine.stop();
  await attempt(() => engine.start());
}

function show(state) {
  if (state === "off" && lastState !== "off") {
    runs.forget();
    answers.forEach(answer => answer.reset());
  }
  lastState = state;
  stopButton.disabled = state !== "running" && state !== "starting";
  restartButton.disabled = state === "off";
  if (state === "starting") tell(`.NET and the C# compiler are made ready. ${firstTime}`);
  else if (state !== "running") idle();
}

function idle() {
  progress.hidden = true;
  tell(null);
}

/** One line on what goes on; null when nothing does. */
function tell(text) {
  status.textContent = text ?? (engine.state !== "off" ? "Ready." : document.documentElement.classList.contains("live-used") ? "The next run starts .NET again."
    : "Stored results. Run a cell, and .NET comes into this page and computes here: nothing is sent anywhere.");
}

/** A message that stays, with buttons. */
function say(text, choices = []) {
  notice.className = text ? "notice" : "";
  notice.replaceChildren(...text ? [element("p", { role: "alert" }, text), element("p", { class: "buttons" }, ...choices.map(([label, action]) => button(label, action)))] : []);
}
