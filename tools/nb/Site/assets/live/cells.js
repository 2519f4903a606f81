// One code cell of the page: its code, its buttons, its state.
import { element, button, duration } from "./dom.js";
import { coloured } from "./code.js";
import { openEditor } from "./editor.js";
import { Outputs } from "./outputs.js";

export class Cell {
  #source;
  #code;
  #editor = null;
  #opening = null;
  #status = element("span", { class: "status" });
  #timer = null;
  #notice = null;

  /** @param actions What the buttons do: run(cell, stay), runAbove(cell), changed(cell), ask(type, code, position). */
  constructor(section, number, about, actions) {
    Object.assign(this, { section, number, actions, id: section.dataset.cell, gives: about?.gives ?? [], fills: about?.fills ?? [], seconds: about?.seconds ?? 0 });
    this.ranges = about?.ranges ?? {};
    /** What errors call it. */
    this.name = section.classList.contains("answer") ? `answer ${number}` : `cell ${number}`;
    this.isParameters = section.classList.contains("parameters");
    this.#source = section.querySelector(":scope > .source");
    this.original = this.#code = this.#source.textContent;
    this.outputs = new Outputs(section);
    this.reset();

    this.runButton = button("▶ Run", () => actions.run(this, true), { "aria-label": `Run ${this.name}` });
    this.resetButton = button("Reset", () => this.undo(), { "aria-label": `Reset ${this.name}: the code as it was`, hidden: true });
    const tools = [this.runButton, button("Edit", () => this.edit(), { "aria-label": `Edit ${this.name}` }),
      button("Run all above", () => actions.runAbove(this), { "aria-label": `Run all above ${this.name}` }), this.resetButton];
    // One stop for the Tab key; the arrows go from button to button.
    tools.slice(1).forEach(tool => tool.tabIndex = -1);
    this.#source.after(element("div", { class: "tools", role: "toolbar", "aria-label": this.name, onkeydown: event => {
      const shown = tools.filter(tool => !tool.hidden), step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step && shown.includes(event.target)) shown[(shown.indexOf(event.target) + step + shown.length) % shown.length].focus();
    } }, ...tools, this.#status));

    // A click of the mouse that selects nothing; on a telephone a touch may only mean to scroll.
    this.#source.addEventListener("click", event => { if (event.pointerType === "mouse" && getSelection().isCollapsed) this.edit(); });
    section.addEventListener("keydown", event => {
      if (event.key === "Enter" && (event.shiftKey || event.ctrlKey) && !event.target.closest(".cm-editor, input")) {
        event.preventDefault();
        actions.run(this, event.ctrlKey);
      } else if (event.key === "Enter" && event.target === this.#source) {
        event.preventDefault();
        this.edit();
      }
    });
  }

  get code() { return this.#code; }

  set code(code) {
    if (code === this.#code) return;
    this.#code = code;
    this.section.classList.toggle("changed", this.isChanged);
    this.resetButton.hidden = !this.isChanged;
    if (this.#editor) this.#editor.code = code;
    else this.#source.firstElementChild.replaceChildren(coloured(code));
    if (this.state === "ok") this.say("changed since it ran");
    this.actions.changed(this);
  }

  get isChanged() { return this.#code !== this.original; }

  /** The code as the page came, and the stored result with it when nothing else stands there. */
  undo() {
    this.code = this.original;
    this.runButton.focus();
  }

  /** Opens the editor in the place of the code. */
  async edit() {
    try {
      this.#editor ??= await (this.#opening ??= openEditor(this.section, `Code of ${this.name}`, this.#code, {
        change: code => { this.code = code; },
        run: stay => this.actions.run(this, stay),
        leave: () => this.runButton.focus(),
        ask: (type, code, position) => this.actions.ask(type, code, position),
      }));
    } catch {
      this.#opening = null;
      this.note("The editor could not be fetched: is the network, or the server, gone?", [["Try again", () => this.edit()]]);
      return;
    }
    if (!this.#source.hidden) {
      this.#source.after(this.section.querySelector(":scope > .cm-editor"));
      this.#source.hidden = true;
      this.#editor.code = this.#code;
    }
    this.#editor.focus();
  }

  say(text, kind = "") {
    clearInterval(this.#timer);
    this.#status.textContent = text;
    this.#status.className = `status ${kind}`;
  }

  /** A message in the cell, with buttons: [text, action]; one takes the place of another. */
  note(text, choices = [], kind = "") {
    this.#notice?.remove();
    this.#unfold();
    this.#notice = element("div", { class: `notice ${kind}`, role: "group", "aria-label": this.name }, element("p", {}, text),
      element("p", { class: "buttons" }, ...choices.map(([label, action]) => button(label, () => {
        this.dropNote();
        action();
      }))));
    this.section.querySelector(":scope > .tools").after(this.#notice);
  }

  /** A message in a folded part of the page would be missed. */
  #unfold() {
    const folded = this.section.closest("details");
    if (folded) folded.open = true;
  }

  dropNote() {
    this.#notice?.remove();
    this.#notice = null;
  }

  /** As if it had not run: nothing of it is in the engine. */
  reset() {
    const ran = this.state === "ok" || this.state === "error";
    this.state = "new";
    this.say(ran ? "from before the restart" : this.outputs.isStored ? "stored result" : "", ran ? "" : "stored");
    this.section.classList.toggle("is-stored", this.outputs.isStored && !this.outputs.ran);
  }

  waits() { this.say("waits"); }

  begins() {
    this.dropNote();
    this.state = "running";
    this.outputs.begin();
    const since = performance.now();
    this.say("running", "running");
    this.#timer = setInterval(() => { this.#status.textContent = `running, ${Math.round((performance.now() - since) / 1000)} s`; }, 1000);
    this.section.classList.add("runs");
  }

  ends({ status, ms, count }) {
    this.section.classList.remove("runs");
    this.outputs.dropQuestion();
    this.state = status === "ok" ? "ok" : status === "error" ? "error" : "new";
    if (status === "ok" || status === "error") {
      this.outputs.end();
      this.section.classList.remove("is-stored");
      if (status === "error") this.#unfold();
      this.count = count;
      this.section.querySelector(":scope > .count").textContent = count ?? this.number;
    } else
      this.outputs.broken();
    this.say({ ok: `ran in ${duration(ms / 1000)}`, error: "failed", stopped: "stopped", lost: "stopped" }[status], status);
  }
}
