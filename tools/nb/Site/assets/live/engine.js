// The engine as the page sees it. It compiles and runs cells in a worker, one at a time; stopping a cell ends it.

/** What happens there arrives as calls of `listener`: state, progress, output, update, clear, ask, lost. */
export class Engine {
  #base;
  #client = null;
  #starting = null;
  #startFailed = null;
  #running = null;
  #requests = new Map();
  #count = 0;
  #attempt = 0;

  constructor(base, listener) {
    this.#base = new URL(base, document.baseURI).href;
    this.listener = listener;
    /** How many times longer a cell takes here than where its time was stored. */
    this.speed = 1;
    this.state = "off";
  }

  /** Fetches and starts it, once; throws when that fails, and may then be called again. */
  start() {
    this.#starting ??= this.#start().catch(error => {
      this.#end();
      throw error;
    });
    return this.#starting;
  }

  async #start() {
    this.#change("starting");
    // A browser keeps the failure of an import: the same address would give it again, without a request.
    const { startEngine } = await import(`${this.#base}client.js${this.#attempt ? `?${this.#attempt}` : ""}`).catch(() => {
      this.#attempt++;
      throw new Error("It could not be fetched: is the network, or the server, gone?");
    });
    await new Promise((resolve, reject) => {
      this.#startFailed = reject;
      this.#client = startEngine(this.#base, "notebooks", message => {
        if (message.type === "ready") resolve(this.speed = message.speed ?? 1);
        else this.#receive(message);
      });
    });
    this.#change("ready");
  }

  #receive(message) {
    switch (message.type) {
      case "done":
        this.#finish(message);
        break;
      case "completions":
      case "signatures":
        this.#requests.get(message.request)?.(message);
        this.#requests.delete(message.request);
        break;
      case "failed":
        this.#fail(message.message);
        break;
      default:
        this.listener[message.type]?.(message);
    }
  }

  /** Runs a cell; gives how it ended: { status: "ok" | "error" | "stopped" | "lost", ms, count }. */
  async run(id, name, code) {
    await this.start();
    this.#change("running");
    return await new Promise(resolve => {
      this.#running = resolve;
      this.#client.post({ type: "run", id, code, name });
    });
  }

  /** Asks what could stand at a place of a cell: "complete" or "signature". Null when nobody can answer now. */
  ask(type, code, position) {
    if (this.state !== "ready") return Promise.resolve(null);
    const request = ++this.#count;
    return new Promise(resolve => {
      this.#requests.set(request, resolve);
      this.#client.post({ type, request, code, position });
    });
  }

  answer(text) { this.#client?.post({ type: "input", text }); }

  /** Ends it, and what it computes, at once. All variables are gone. */
  stop(status = "stopped") {
    this.#startFailed?.(new Error("stopped"));
    this.#end();
    this.#finish({ status });
  }

  #fail(message) {
    this.#startFailed?.(new Error(message));
    if (this.state === "off") return;
    if (this.state !== "starting") this.listener.lost?.(message);
    this.stop("lost");
  }

  #finish(outcome) {
    const resolve = this.#running;
    this.#running = null;
    if (this.#client) this.#change("ready");
    resolve?.(outcome);
  }

  #end() {
    this.#client?.stop();
    this.#client = this.#starting = this.#startFailed = null;
    this.#requests.forEach(resolve => resolve(null));
    this.#requests.clear();
    this.#change("off");
  }

  #change(state) {
    this.state = state;
    this.listener.state?.(state);
  }
}
