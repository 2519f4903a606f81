// What runs, in which order, and what is asked before.
import { duration } from "./dom.js";
import { namesIn, neededBy } from "./code.js";

/** A cell that takes longer than this is not run without a question. */
const longSeconds = 30;

/** The queue of the page. `tell(text)` hears what goes on. */
export class Runs {
  #cells;
  #engine;
  #queue = [];
  #current = null;
  #busy = false;
  #missing = new Map();    // name → the cells that would have given or filled it, and kept their stored results
  #accepted = new Set();   // long cells that the reader wants to run
  #keepAll = false;
  #decide = null;

  constructor(cells, engine, tell) {
    this.#cells = cells;
    this.#engine = engine;
    this.tell = tell;
  }

  get isBusy() { return this.#busy; }

  /** Everything is forgotten that cells have given: the engine is a new one. */
  forget() {
    this.#missing.clear();
    this.#cells.forEach(cell => cell.reset());
  }

  runAll() {
    this.#keepAll = false;
    return this.#add(this.#cells);
  }

  runAbove(cell) { return this.#add(this.#above(cell)); }

  /** Runs cells that follow each other, and first what stands above them where they need it and it has not run. */
  run(cells) {
    const above = this.#above(cells[0]).filter(cell => cell.state !== "ok" && !this.#isPlanned(cell));
    const needed = neededBy({ code: cells.map(cell => cell.code).join("\n") }, above);
    // Those between may change what is needed, so they run, too; but a long one that gives nothing needed does not.
    const first = needed.length === 0 ? [] : above.filter(cell => needed.includes(cell) || !this.#isLong(cell));
    return this.#add([...first, ...cells]);
  }

  #isPlanned(cell) { return cell === this.#current || this.#queue.includes(cell); }

  #above(cell) { return this.#cells.filter(other => other.section.compareDocumentPosition(cell.section) & Node.DOCUMENT_POSITION_FOLLOWING); }

  #add(cells) {
    for (const cell of cells) {
      if (this.#queue.includes(cell) || this.#current === cell && cell.state !== "running") continue;
      this.#queue.push(cell);
      cell.waits();
    }
    return this.#work();
  }

  /** Takes everything out of the queue; a cell that runs goes on. */
  clear() {
    this.#queue.splice(0).forEach(cell => this.#say(cell));
    this.#decide?.("clear");
  }

  #say(cell) { cell.say(cell.outputs.isStored && !cell.outputs.ran ? "stored result" : "", "stored"); }

  async #work() {
    if (this.#busy) return;
    this.#busy = true;
    try {
      if (this.#queue.length > 0) await this.#engine.start();   // a long cell is known by the speed, which it says
      while (this.#queue.length > 0) {
        this.#current = this.#queue.shift();
        if (!await this.#runOne(this.#current)) this.clear();
      }
    } catch (error) {
      this.clear();
      throw error;
    } finally {
      this.#busy = false;
      this.#current = null;
      this.tell(null);
    }
  }

  /** Whether the next one may run. */
  async #runOne(cell) {
    const without = [...namesIn(cell.code)].filter(name => !this.#sets(cell, name)).flatMap(name => [...this.#missing.get(name) ?? []]).find(other => other !== cell);
    if (without) {
      this.#keep(cell, `stored result: it needs cell ${without.number}, which did not run`);
      return true;
    }
    if (this.#isLong(cell) && !this.#accepted.has(cell)) {
      const answer = this.#keepAll ? "keep" : await this.#question(cell);
      if (answer === "clear") {
        this.#say(cell);
        return false;
      }
      if (answer === "all") this.#keepAll = true;
      if (answer !== "run") {
        this.#keep(cell, "stored result, as you chose");
        return true;
      }
      this.#accepted.add(cell);
    }
    if (cell.code.trim() === "") return true;
    this.tell(`Cell ${cell.number} runs${this.#queue.length > 0 ? `, ${this.#queue.length} to go` : ""}.`);
    cell.begins();
    const outcome = await this.#engine.run(cell.id, cell.name, cell.code);
    cell.ends(outcome);
    if (outcome.status === "ok") {
      cell.gives.forEach(name => this.#missing.delete(name));
      cell.fills.forEach(name => this.#missing.get(name)?.delete(cell));
    }
    return outcome.status === "ok";
  }

  /** Whether the cell makes the name anew and so does not need the old one. */
  #sets(cell, name) { return cell.gives.includes(name) && new RegExp(`\\bvar \\(?[^=;]*\\b${name}\\b`).test(cell.code); }

  /** An import is answered by what the engine has compiled in, however long the packages took elsewhere. */
  #isLong(cell) { return !cell.code.startsWith("#!import") && cell.seconds * this.#engine.speed > longSeconds; }

  #question(cell) {
    const here = duration(cell.seconds * this.#engine.speed);
    this.tell(`Cell ${cell.number} waits for your answer.`);
    return new Promise(resolve => {
      this.#decide = answer => {
        this.#decide = null;
        cell.dropNote();
        resolve(answer);
      };
      const choose = answer => () => this.#decide?.(answer);
      cell.note(`This cell takes about ${here} here (it took ${duration(cell.seconds)} where its stored result was made${cell.isChanged ? ", before you changed it" : ""}).`, [
        ["Run it", choose("run")],
        ["Keep the stored result", choose("keep")],
        ["Keep those of all long cells", choose("all")],
      ], "question");
      cell.section.scrollIntoView({ block: "nearest" });
    });
  }

  /** The stored result stands; whoever needs what the cell gives keeps its own, too. */
  #keep(cell, why) {
    cell.say(why, "stored");
    for (const name of [...cell.gives, ...cell.fills].filter(name => name !== "*")) {
      if (!this.#missing.has(name)) this.#missing.set(name, new Set());
      this.#missing.get(name).add(cell);
    }
  }
}
