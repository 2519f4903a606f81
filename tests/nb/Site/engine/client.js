// An engine that computes nothing and speaks the protocol of the real one: for tests of the page.
export function startEngine(base, folder, onMessage) {
  const worker = new Worker(new URL("worker.js", base), { type: "module" });
  let stopped = false;
  worker.onmessage = ({ data }) => { if (!stopped) onMessage(data); };
  worker.onerror = () => { if (!stopped) onMessage({ type: "failed", message: "The worker could not be fetched." }); };
  worker.postMessage({ type: "start", base, folder });
  return {
    post: message => worker.postMessage(message),
    stop: () => { stopped = true; worker.terminate(); },
  };
}
