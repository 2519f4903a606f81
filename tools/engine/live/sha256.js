// SHA-256 (FIPS 180-4) of what is read while a cell waits: the browser's own gives its answer only after that.

const first = [];   // 32 bits of the fractions of the cube roots of the first 64 primes
const start = [];   // the same of the square roots of the first eight
for (let n = 2; first.length < 64; n++) {
  let isPrime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) isPrime = false;
  if (!isPrime) continue;
  if (start.length < 8) start.push(fraction(Math.sqrt(n)));
  first.push(fraction(Math.cbrt(n)));
}

function fraction(x) { return Math.floor((x - Math.floor(x)) * 2 ** 32) | 0; }

const turn = (x, bits) => x >>> bits | x << 32 - bits;

/** The hash as 64 hexadecimal digits. */
export function sha256(bytes) {
  const padded = new Uint8Array((bytes.length + 9 + 63) & ~63);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, bytes.length << 3);
  const hash = new Int32Array(start), w = new Int32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15], y = w[i - 2];
      w[i] = w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ x >>> 3) + w[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ y >>> 10);
    }
    let [a, b, c, d, e, f, g, h] = hash;
    for (let i = 0; i < 64; i++) {
      const t1 = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + first[i] + w[i] | 0;
      const t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c) | 0;
      [a, b, c, d, e, f, g, h] = [t1 + t2 | 0, a, b, c, d + t1 | 0, e, f, g];
    }
    [a, b, c, d, e, f, g, h].forEach((x, i) => { hash[i] += x; });
  }
  return Array.from(hash, x => (x >>> 0).toString(16).padStart(8, '0')).join('');
}
