// What a page needs to run cells: starts the worker, passes messages, and brings answers to a cell that waits for one.

/**
 * @param base      address of the folder live/
 * @param folder    where the notebook lies in the course, such as notebooks
 * @param onMessage told each message of the worker (see worker.js)
 */
export function startEngine(base, folder, onMessage) {
  let worker = null;
  let ended = false;
  let asking = null;
  const answers = prepareAnswers(base);

  answers.then(() => {
    if (ended) return;
    // Its address is in the scope of the service worker, so that this one sees its requests from the start.
    worker = new Worker(new URL('worker.js', base), { type: 'module' });
    worker.onmessage = ({ data }) => {
      if (ended) return;
      if (data.type === 'ask') asking = data.token;
      if (data.type === 'failed') ended = true;
      onMessage(data);
    };
    worker.onerror = event => {
      if (ended) return;
      ended = true;
      onMessage({ type: 'failed', message: `The engine could not be loaded from ${base}: ${event.message || 'no answer'}. Check the connection and try again.` });
    };
    worker.postMessage({ type: 'start', base, folder });
    for (const message of waiting.splice(0)) worker.postMessage(message);
  });

  const waiting = [];
  return {
    post(message) {
      if (message.type === 'input') answers.then(active => active?.postMessage({ token: asking, text: message.text }));
      else if (worker) worker.postMessage(message);
      else waiting.push(message);
    },
    stop() {
      ended = true;
      worker?.terminate();
    },
  };
}

// A cell that asks blocks its worker, which then receives nothing but the answer to a request. The service worker holds
// that request back until the reader has typed. Where there is none (some private windows), cells get no answer.
async function prepareAnswers(base) {
  if (!navigator.serviceWorker) return null;
  try {
    const registration = await navigator.serviceWorker.register(new URL('answers.js', base));
    const found = registration.active ?? registration.waiting ?? registration.installing;
    await new Promise(done => {
      if (found.state === 'activated') done();
      else found.addEventListener('statechange', () => { if (['activated', 'redundant'].includes(found.state)) done(); });
    });
    return registration.active;
  } catch {
    return null;
  }
}
