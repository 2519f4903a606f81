// Fetching, with progress and a cache; and the course's files, which are fetched when a cell opens them.

import { sha256 as sha256Now } from './sha256.js';

const cacheName = 'course-engine';

/** How a server that knows no brotli sends: files of a type that it does not compress by itself come as .gz. */
export async function readManifest(base) {
  const response = await fetch(new URL('engine.json', base), { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  return { ...await response.json(), base, brotli: response.headers.get('content-encoding') === 'br' };
}

/** The bytes of a file {url, size, sent}; `told` hears how many of its bytes on the wire have come. */
export async function fetchBytes(manifest, file, told = () => {}) {
  const url = new URL(file.url, manifest.base).href;
  const cache = await openCache();
  const known = await cache?.match(url);
  if (known) {
    const bytes = new Uint8Array(await known.arrayBuffer());
    told(file.sent);
    return bytes;
  }
  const zipped = !manifest.brotli && file.zipped;
  const response = await fetch(zipped ? url.replace(/(\?|$)/, '.gz$1') : url);
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  const body = zipped ? response.body.pipeThrough(new DecompressionStream('gzip')) : response.body;
  const bytes = new Uint8Array(file.size);
  let length = 0;
  for (const reader = body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (length + value.length > file.size) throw new Error(`${url}: more than the ${file.size} bytes that were expected`);
    bytes.set(value, length);
    length += value.length;
    told(file.sent * length / file.size);
  }
  if (length < file.size) throw new Error(`${url}: ${length} bytes came, ${file.size} were expected`);
  if (file.sha256 && await sha256(bytes) !== file.sha256) throw changed(url, file);
  // What does not fit in the storage is fetched again next time.
  await cache?.put(url, new Response(bytes)).catch(() => {});
  return bytes;
}

/** Fetches several files side by side and tells the progress of them all. */
export async function fetchAll(manifest, files, what, post) {
  const loaded = new Map();
  const total = files.reduce((sum, file) => sum + file.sent, 0);
  let last = 0;
  return Promise.all(files.map(file => fetchBytes(manifest, file, bytes => {
    loaded.set(file, bytes);
    const sum = [...loaded.values()].reduce((a, b) => a + b, 0);
    if (Date.now() - last < 50 && sum < total) return;
    last = Date.now();
    post({ type: 'progress', what, loaded: Math.round(sum), total });
  })));
}

/** Forgets what is stored of an engine before this one. */
export async function dropOld(manifest) {
  const cache = await openCache();
  if (!cache) return;
  const current = new Set([...manifest.assemblies, ...manifest.data, manifest.references, manifest.native].map(file => new URL(file.url, manifest.base).href));
  for (const request of await cache.keys()) {
    if (request.url.startsWith(manifest.base) && !current.has(request.url)) await cache.delete(request);
  }
}

async function sha256(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, byte => byte.toString(16).padStart(2, '0')).join('');
}

async function openCache() {
  try {
    return await caches.open(cacheName);
  } catch {
    return null;   // some private windows have no storage
  }
}

/** The bytes of a file at once, while a cell waits. */
export function readNow(manifest, file) {
  const url = new URL(file.url, manifest.base).href;
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.responseType = 'arraybuffer';
  try {
    request.send();
  } catch {
    throw new Error(`${url} could not be fetched`);
  }
  if (request.status !== 200) throw new Error(`${url} answered ${request.status}`);
  const bytes = new Uint8Array(request.response);
  if (file.sha256 && sha256Now(bytes) !== file.sha256) throw changed(url, file);
  return bytes;
}

const changed = (url, file) => new Error(`${url}: its SHA-256 is not ${file.sha256}; the file was changed`);

/** Puts a file into the runtime's file system whose content comes when it is opened. */
export function addLateFile(FS, path, size, read) {
  const at = path.lastIndexOf('/');
  FS.mkdirTree(path.slice(0, at));
  const node = FS.create(path, 0o644);
  const operations = node.stream_ops;
  node.usedBytes = size;
  node.stream_ops = {
    ...operations,
    open(stream) {
      if (node.stream_ops === operations) return;
      const truncated = stream.flags & 512;
      const bytes = truncated ? new Uint8Array(0) : read();
      if (!bytes) throw new FS.ErrnoError(29);   // EIO
      node.contents = bytes;
      node.usedBytes = bytes.length;
      node.stream_ops = stream.stream_ops = operations;
    },
  };
}
