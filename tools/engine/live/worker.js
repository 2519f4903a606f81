// Boots .NET and runs the cells of one notebook. The messages: from the page start, run, complete, signature; to the page
// progress, ready, failed, started, output, update, clear, ask, done, completions, signatures.
import { addLateFile, dropOld, fetchAll, readManifest, readNow } from './files.js';

const post = message => self.postMessage(message);
const arrived = new Map();   // file of the manifest → bytes
let manifest;
let door;
let questions = 0;
let current = '';            // the cell that runs

self.onmessage = ({ data }) => {
  work = work.then(() => handle(data)).catch(error => post({ type: 'failed', message: error.message }));
};
let work = Promise.resolve();

async function handle(message) {
  if (message.type === 'start') await start(message);
  else if (message.type === 'run') await run(message);
  else if (message.type === 'complete') await assist(() => door.Complete(message.request, message.code, message.position));
  else if (message.type === 'signature') await assist(() => door.Signature(message.request, message.code, message.position));
}

async function start({ base, folder }) {
  try {
    manifest = await readManifest(base);
    await boot(folder);
  } catch (error) {
    throw new Error(`The engine could not be fetched from ${base}: ${error.message}. Check the connection and try again.`);
  }
  post({ type: 'ready', speed: door.Speed() });
  dropOld(manifest);
}

async function boot(folder) {
  const first = manifest.assemblies.filter(file => file.first);
  const files = [manifest.native, manifest.references, ...first];
  const [native, references, ...assemblies] = await fetchAll(manifest, files, '.NET and the C# compiler', post);
  const bytes = new Map(first.map((file, i) => [file.url.split('/').pop(), assemblies[i]]));
  first.forEach((file, i) => arrived.set(file, assemblies[i]));

  self.dotnetSidecar = true;   // else .NET takes a worker that listens to messages for one of its own threads
  const { dotnet } = await import('./_framework/dotnet.js');
  const runtime = await dotnet
    .withOnConfigLoaded(config => {
      config.resources.assembly = config.resources.assembly.filter(file => bytes.has(file.name));
    })
    .withResourceLoader((type, name) =>
      type === 'assembly' ? Promise.resolve(new Response(bytes.get(name)))
        : type === 'dotnetwasm' ? Promise.resolve(new Response(native, { headers: { 'content-type': 'application/wasm' } }))
          : undefined)
    .create();
  runtime.setModuleImports('worker', { post: text => post(JSON.parse(text)), ask, readAssembly });
  runtime.setModuleImports('simd', await vectorRoutines(runtime.Module.wasmExports.memory));
  fill(runtime.Module.FS, references);
  door = (await runtime.getAssemblyExports('engine')).Nb.Engine.Door;
  await runtime.runMain('engine', []);
  await door.Start(folder);
}

// Assembled from simd/simd.wat; they work in the memory of .NET.
async function vectorRoutines(memory) {
  const response = await fetch(new URL('simd.wasm', manifest.base));
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  return (await WebAssembly.instantiate(await response.arrayBuffer(), { dotnet: { memory } })).instance.exports;
}

// The file system: what the compiler reads, and the course's data.
function fill(FS, references) {
  const view = new DataView(references.buffer, references.byteOffset);
  const length = view.getUint32(0, true);
  const list = JSON.parse(new TextDecoder().decode(references.subarray(4, 4 + length)));
  FS.mkdirTree('/references/own');
  let at = 4 + length;
  for (const { name, size } of list) {
    FS.writeFile(`/references/${name}`, references.subarray(at, at + size));
    at += size;
  }
  for (const file of manifest.assemblies) addLateFile(FS, `/references/own/${file.name}.dll`, file.size, () => read(file));
  for (const file of manifest.data) addLateFile(FS, `/course/${file.path}`, file.size, () => read(file));
}

function read(file) {
  if (arrived.has(file)) return arrived.get(file);
  const what = file.path ?? file.name;
  post({ type: 'progress', what, loaded: 0, total: file.sent });
  try {
    const bytes = readNow(manifest, file);
    post({ type: 'progress', what, loaded: file.sent, total: file.sent });
    return bytes;
  } catch (error) {
    // .NET will only say that the file cannot be read.
    post({ type: 'output', id: current, output: { output_type: 'stream', name: 'stderr', text: `${what} did not come: ${error.message}. Check the connection and run the cell again.\n` } });
    return null;
  }
}

function readAssembly(name) {
  const file = manifest.assemblies.find(assembly => assembly.name === name);
  return file ? read(file) : null;
}

// Blocks this worker until answers.js has the reader's line.
function ask(prompt, isPassword) {
  const token = `${self.crypto.randomUUID()}-${++questions}`;
  post({ type: 'ask', id: current, prompt, password: isPassword, token });
  while (true) {
    const request = new XMLHttpRequest();
    request.open('GET', new URL(`answer?token=${token}`, manifest.base), false);
    try {
      request.send();
    } catch {
      return null;
    }
    if (request.status === 200) return JSON.parse(request.responseText).text;
    if (request.status !== 204) return null;   // no service worker answers
  }
}

async function run({ id, code, name }) {
  current = id;
  post({ type: 'started', id });
  try {
    await fetchFor(code);
  } catch (error) {
    fail(id, `What this cell needs could not be fetched: ${error.message}. Check the connection and run the cell again.`);
    return;
  }
  await door.Run(id, code, name ?? 'cell');
}

// What a cell is about to need is fetched before it starts, side by side and with progress.
async function fetchFor(code) {
  for (const { when, what, files } of manifest.ahead) {
    const missing = new RegExp(when).test(code) ? files.map(find).filter(file => !arrived.has(file)) : [];
    if (missing.length === 0) continue;
    const bytes = await fetchAll(manifest, missing, what, post);
    missing.forEach((file, i) => arrived.set(file, bytes[i]));
  }
}

const find = name => manifest.data.find(file => file.path === name) ?? manifest.assemblies.find(file => file.name === name);

function fail(id, text) {
  post({ type: 'output', id, output: { output_type: 'error', ename: 'Error', evalue: text, traceback: [text] } });
  post({ type: 'done', id, status: 'error', ms: 0, count: null });
}

async function assist(answer) {
  try {
    await answer();
  } catch (error) {
    console.error(error);
  }
}
