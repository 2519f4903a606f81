// What the reader changed, kept in the address: #heading&cells=…, so that a link shares an experiment.

/** A change as [start, how much goes, what comes, length of the original]: short, and known to fit. */
function change(original, code) {
  let start = 0, end = 0;
  while (start < Math.min(original.length, code.length) && original[start] === code[start]) start++;
  while (end < Math.min(original.length, code.length) - start && original.at(-1 - end) === code.at(-1 - end)) end++;
  return [start, original.length - start - end, code.slice(start, code.length - end), sum(original)];
}

/** A small number that is another one when the text is another. */
function sum(text) {
  let value = 0;
  for (const c of text) value = (31 * value + c.codePointAt(0)) % 1_000_003;
  return value;
}

const through = async (bytes, stream) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

/** The changed cells as text for an address. */
export async function encode(cells) {
  const changes = Object.fromEntries(cells.filter(cell => cell.isChanged).map(cell => [cell.id, change(cell.original, cell.code)]));
  const bytes = await through(new TextEncoder().encode(JSON.stringify(changes)), new CompressionStream("deflate-raw"));
  return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Changes the cells as an address says; gives how many fitted and how many did not. */
export async function decode(text, cells) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0));
  const changes = JSON.parse(new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw"))));
  let fitted = 0, unknown = 0;
  for (const [id, [start, gone, text, check]] of Object.entries(changes)) {
    const cell = cells.find(other => other.id === id);
    if (!cell || sum(cell.original) !== check) unknown++;
    else {
      cell.code = cell.original.slice(0, start) + text + cell.original.slice(start + gone);
      fitted++;
    }
  }
  return { fitted, unknown };
}

/** The two parts of an address: the heading, and the changes. */
export function parts() {
  const [, heading, cells] = location.hash.match(/^#?(.*?)(?:&cells=([\w-]+))?$/);
  return { heading, cells };
}

export async function keep(cells) {
  const changed = cells.some(cell => cell.isChanged), { heading } = parts();
  const hash = changed ? `#${heading}&cells=${await encode(cells)}` : heading ? `#${heading}` : "";
  history.replaceState(null, "", location.pathname + location.search + hash);
}
