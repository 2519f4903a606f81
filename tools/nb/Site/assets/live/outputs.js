// What a cell puts out, on the page and as the notebook file keeps it.
import { element } from "./dom.js";

const plotly = "application/vnd.plotly.v1+json";
const textOf = value => Array.isArray(value) ? value.join("") : value ?? "";

/** The outputs of one cell. Those that came with the page stay until the first of a run arrives. */
export class Outputs {
  #section;
  #shown = [];          // [output, element]
  #clearNext = false;
  #stored;

  constructor(section) {
    this.#section = section;
    this.#stored = [...section.querySelectorAll(":scope > .output")];
  }

  get isStored() { return this.#stored.length > 0; }

  /** What the notebook file gets; null as long as the stored outputs stand. */
  get list() { return this.ran ? this.#shown.map(([output]) => output) : null; }

  /** A run begins: its first output takes the place of all that is there. */
  begin() {
    this.#clearNext = true;
    for (const shown of this.#section.querySelectorAll(":scope > .output")) shown.classList.add("old");
  }

  /** A run has ended: what is left of an earlier one goes, unless nothing ran. */
  end() {
    this.#clearIfAsked();
    this.ran = true;
  }

  add(message) {
    this.#clearIfAsked();
    this.ran = true;
    const { transient, ...output } = message;
    const last = this.#shown.at(-1);
    if (output.output_type === "stream" && last?.[0].output_type === "stream" && last[0].name === output.name) {
      last[0].text = textOf(last[0].text) + textOf(output.text);
      last[1].firstChild.append(textOf(output.text));
      return;
    }
    const place = element("div", { class: "output" });
    this.#section.append(place);
    this.#shown.push([output, place]);
    place.displayId = transient?.display_id;
    fill(place, output, transient?.words);
  }

  /** Another value in the place of one that was displayed. */
  update({ data, metadata, transient }) {
    for (const entry of this.#shown.filter(([, place]) => place.displayId === transient.display_id)) {
      entry[0] = { ...entry[0], data, metadata: metadata ?? {} };
      fill(entry[1], entry[0], transient.words);
    }
  }

  clear(wait) {
    this.#clearNext = true;
    if (!wait) this.#clearIfAsked();
  }

  /** Asks the reader; the answer goes to `answer`. */
  ask(prompt, password, answer) {
    this.#clearIfAsked();
    const field = element("input", { type: password ? "password" : "text", "aria-label": prompt || "The cell asks for input", autocomplete: "off" });
    const form = element("form", { class: "output ask", onsubmit: event => {
      event.preventDefault();
      form.remove();
      this.add({ output_type: "stream", name: "stdout", text: `${prompt}${password ? "•••" : field.value}\n` });
      answer(field.value);
    } }, element("span", {}, prompt || "The cell asks:"), field, element("button", {}, "Answer"));
    this.#section.append(form);
    field.focus();
  }

  /** Nobody is there any more who would hear an answer. */
  dropQuestion() { this.#section.querySelector(":scope > form.ask")?.remove(); }

  /** A run was stopped: what there was before it stands as long as nothing else came. */
  broken() {
    this.#clearNext = false;
    for (const shown of this.#section.querySelectorAll(":scope > .output.old")) shown.classList.remove("old");
  }

  #clearIfAsked() {
    if (!this.#clearNext) return;
    this.#clearNext = false;
    this.#remove();
  }

  #remove() {
    for (const place of this.#section.querySelectorAll(":scope > .output")) {
      if (!this.#stored.includes(place)) window.charts?.forget(place);
      place.remove();
    }
    this.#shown = [];
  }
}

/** @param words A chart in words; those who do not see it hear them. */
function fill(place, output, words) {
  const chart = place.querySelector(":scope > .chart");
  if (chart && output.data?.[plotly] && window.charts) return show(chart, output.data, words);
  window.charts?.forget(place);
  if (output.output_type === "stream")
    place.replaceChildren(text(output.name === "stderr" ? "stderr" : "stdout", textOf(output.text)));
  else if (output.output_type === "error")
    place.replaceChildren(element("pre", { class: "error" }, (output.traceback?.length ? output.traceback : [`${output.ename}: ${output.evalue}`]).join("\n")));
  else
    value(place, output.data ?? {}, words);
}

/** The richest form of a value. */
function value(place, data, words) {
  const plain = textOf(data["text/plain"]);
  if (data[plotly] && window.charts) {
    const chart = element("div", { class: "chart", role: "img" });
    place.replaceChildren(chart);
    show(chart, data, words);
  } else if (data["text/html"] ?? data["image/svg+xml"]) {
    const html = element("div", { class: "html" });
    html.innerHTML = textOf(data["text/html"] ?? data["image/svg+xml"]);
    place.replaceChildren(html);
  } else if (data["image/png"] ?? data["image/jpeg"]) {
    const type = data["image/png"] ? "image/png" : "image/jpeg";
    place.replaceChildren(element("img", { alt: plain || "picture", src: `data:${type};base64,${textOf(data[type])}` }));
  } else
    place.replaceChildren(text("", plain || textOf(data["text/markdown"])));
}

/** Text, whose long lines go on in the next; but not where its words stand in columns: as nb writes it. */
function text(name, words) {
  return element("pre", { class: /^ +\S|\S {2,}\S/m.test(words) ? `${name} aligned`.trim() : name }, words);
}

function show(chart, data, words) {
  const figure = typeof data[plotly] === "string" ? JSON.parse(data[plotly]) : data[plotly];
  chart.setAttribute("aria-label", words || textOf(data["text/plain"]) || figure.layout?.title?.text || "chart");
  window.charts.show(chart, figure);
}
