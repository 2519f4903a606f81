// Runs no C#: some words in a cell say what comes out, so that each message of the protocol can be seen on the page.
const plotly = "application/vnd.plotly.v1+json";
const names = new Map();   // what cells have declared: a name that nobody declared is an error, as in C#
let count = 0, answer = null;
const wait = ms => new Promise(resolve => setTimeout(resolve, ms));

onmessage = async ({ data: message }) => {
  switch (message.type) {
    case "start":
      try {
        for (const [i, part] of ["part-1.bin", "part-2.bin"].entries()) {
          const response = await fetch(new URL(part, message.base), { cache: "no-store" });
          if (!response.ok) throw new Error(`${part} ${response.status}`);
          postMessage({ type: "progress", what: ".NET and the C# compiler", loaded: (i + 1) * 6e6, total: 12e6 });
        }
        postMessage({ type: "ready", speed: 4 });
      } catch (error) {
        postMessage({ type: "failed", message: `${error.message}: the network is gone.` });
      }
      break;
    case "run": await run(message); break;
    case "input": answer?.(message.text); break;
    case "complete": {
      const [word] = message.code.slice(0, message.position).match(/\w*$/);
      postMessage({ type: "completions", request: message.request, start: message.position - word.length, end: message.position,
        items: [{ text: "Training", kind: "Class" }, { text: "TrainingOptions", kind: "Class" }] });
      break;
    }
    case "signature":
      postMessage({ type: "signatures", request: message.request, text: "int Math.Max(int val1, int val2)" });
      break;
  }
};

async function run({ id, code, name }) {
  const say = output => postMessage({ type: "output", id, output });
  const text = value => ({ output_type: "execute_result", data: { "text/plain": value }, metadata: {}, execution_count: count });
  const stream = (value, name = "stdout") => say({ output_type: "stream", name, text: value });
  let status = "ok";
  count++;
  const fail = (ename, evalue, line) => {
    say({ output_type: "error", ename, evalue, traceback: [`${ename}: ${evalue}`, `   ${name}, line ${line}`] });
    status = "error";
  };
  const [, used] = code.match(/^\/\/ uses (\w+)/m) ?? [];
  if (used && !names.has(used)) fail("CompilationError", `CS0103: The name '${used}' does not exist`, 1);
  else if (code.includes("while (true)")) for (;;);
  else if (code.includes("oops(")) fail("CompilationError", "CS0103: The name 'oops' does not exist in the current context", code.split("\n").findIndex(line => line.includes("oops")) + 1);
  else if (code.includes("throw ")) { stream("before\n"); fail("InvalidOperationException", "why", 2); }
  else if (code.includes("Console.ReadLine")) {
    postMessage({ type: "ask", id, prompt: "Your name? ", password: false });
    stream(`Hello ${await new Promise(resolve => answer = resolve)}\n`);
  }
  else if (code.includes("live view")) {
    const figure = y => ({ data: [{ type: "scatter", y }], layout: { title: { text: `epoch ${y.length}` }, height: 300 } });
    say({ output_type: "display_data", data: { [plotly]: figure([3]), "text/plain": "curve" }, metadata: {}, transient: { display_id: "view" } });
    for (let i = 2; i <= 5; i++) {
      await wait(30);
      postMessage({ type: "update", id, data: { [plotly]: figure([3, 2, 1.5, 1.2, 1].slice(0, i)), "text/plain": "curve" }, metadata: {}, transient: { display_id: "view", words: `A line to epoch ${i}` } });
    }
  }
  else if (code.includes("clear output")) {
    stream("one\n");
    stream("two\n");
    postMessage({ type: "clear", id, wait: true });
    stream("three\n");
  }
  else if (code.includes("table")) say({ ...text("table"), data: { "text/html": ["<table><tr><th>a</th></tr>", "<tr><td>1</td></tr></table>"], "text/plain": "table" } });
  else if (code.includes("Charts.") || code.includes("Chart ")) {
    const numbers = [...names.values()].join(" ");
    say({ ...text("chart"), data: { [plotly]: { data: [{ type: "bar", y: [1, 2] }], layout: { title: { text: `chart of ${numbers}` }, height: 300 } }, "text/plain": "a chart" }, transient: { words: "a chart in words" } });
  }
  else if (code.includes("Console.Error")) stream("careful\n", "stderr");
  else if (code.includes("slow")) { await wait(400); say(text("slow is done")); }
  else if (!/^\s*(#|using)/.test(code)) say(text(`${name}: ${code.length} characters`));
  if (status === "ok") for (const [, declared, value] of code.matchAll(/var (\w+) = ([^;]*)/g)) names.set(declared, value);
  postMessage({ type: "done", id, status, ms: 12, count });
}
