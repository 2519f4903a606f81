// Service worker for live/ alone: holds the request of a cell that asks until the page sends what the reader typed.
// Everything else goes its way untouched.
const waiting = new Map();   // token → function that answers
const early = new Map();     // token → text that came before its question

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));

self.addEventListener('message', ({ data: { token, text } }) => {
  const answer = waiting.get(token);
  waiting.delete(token);
  if (answer) answer(text);
  else early.set(token, text);
});

self.addEventListener('fetch', event => {
  const url = new URL(event.request.url);
  if (!url.pathname.endsWith('/live/answer')) return;
  event.respondWith(answerTo(url.searchParams.get('token')));
});

// A browser ends a service worker that is busy for minutes: without an answer the worker is told to ask again.
function answerTo(token) {
  if (early.has(token)) {
    const text = early.get(token);
    early.delete(token);
    return Promise.resolve(toResponse(text));
  }
  return new Promise(resolve => {
    const again = setTimeout(() => {
      waiting.delete(token);
      resolve(new Response(null, { status: 204 }));
    }, 20000);
    waiting.set(token, text => {
      clearTimeout(again);
      resolve(toResponse(text));
    });
  });
}

const toResponse = text => new Response(JSON.stringify({ text }), { headers: { 'content-type': 'application/json' } });
