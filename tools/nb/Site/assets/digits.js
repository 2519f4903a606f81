"use strict";
// From a drawing to an answer: lib/Drawings.csx and the forward pass of lib/NeuralNet.csx once more, for a page that has
// no .NET. Steps, names and rounding are those of the C# code, and a test holds the two together.
// Equation numbers are those of the notes.
{
  // ── the network ──

  /** Reads a network file, as Network.Save writes it, from base64: 784-h-10, float, ReLU, cross-entropy. */
  function readNetwork(base64) {
    const text = atob(base64.trim());
    const bytes = Uint8Array.from(text, character => character.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    let at = 0;
    const int = () => view.getInt32((at += 4) - 4, true);
    const header = [int(), int(), int(), int(), int(), int()];   // magic, version, bytes of a number, activation, loss, sizes
    if (header.join() !== [0x54454e4e, 1, 4, 0, 0, 3].join()) throw new Error(`Not a network this page can use: ${header.join()}`);
    const [inputs, hidden, classes] = [int(), int(), int()];
    const matrix = (rows, columns) => {
      const values = new Float32Array(rows * columns);
      for (let i = 0; i < values.length; i++, at += 4) values[i] = view.getFloat32(at, true);
      return values;
    };
    // Column by column: W1[i, j] is at j·h + i.
    return { inputs, hidden, classes, W1: matrix(hidden, inputs), b1: matrix(hidden, 1), W2: matrix(classes, hidden), b2: matrix(classes, 1) };
  }

  /** W·x + b: equations (3.1) and (3.3). */
  function affine(W, x, b) {
    const z = Float64Array.from(b);
    for (let j = 0; j < x.length; j++) {
      if (x[j] === 0) continue;
      for (let i = 0; i < z.length; i++) z[i] += W[j * z.length + i] * x[j];
    }
    return z;
  }

  /** The forward pass for one column of numbers, equations (3.1) to (3.4). */
  function forward(network, x) {
    const Z1 = affine(network.W1, x, network.b1);
    const A1 = Z1.map(z => Math.max(0, z));                         // (3.2)
    const Z2 = affine(network.W2, A1, network.b2);
    const largest = Math.max(...Z2);
    const powers = Z2.map(z => Math.exp(z - largest));              // (4.3)
    const sum = powers.reduce((total, power) => total + power, 0);
    return { Z1, A1, Z2, A2: powers.map(power => power / sum) };    // (3.4)
  }

  // ── from a drawing to 784 pixels ──

  const field = 28, boxSide = 20, middle = 14, leastSide = 8, faintestInk = 32, evenGround = 8;

  /** To the nearest whole number, halves up. */
  const round = value => Math.floor(value + 0.5);
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const greyImage = (width, height, pixels = new Uint8Array(width * height)) => ({ width, height, pixels });

  function median(values) {
    const sorted = Uint8Array.from(values).sort();
    return sorted[Math.floor(sorted.length / 2)];
  }

  /** Stage 1: the grey picture of a canvas, whose pixels are red, green, blue and how much they cover. */
  function greyOf({ width, height, data }) {
    const image = greyImage(width, height);
    for (let i = 0; i < image.pixels.length; i++) {
      const [red, green, blue, cover] = data.subarray(4 * i, 4 * i + 4);
      image.pixels[i] = round(255 + (0.299 * red + 0.587 * green + 0.114 * blue - 255) * cover / 255);
    }
    return image;
  }

  function borderOf({ width, height, pixels }) {
    const border = [];
    for (let c = 0; c < width; c++) border.push(pixels[c], pixels[(height - 1) * width + c]);
    for (let r = 1; r < height; r++) border.push(pixels[r * width], pixels[(r + 1) * width - 1]);
    return border;
  }

  /** The ground, measured in the corners and interpolated between them as in (9.13), is taken away. */
  function withoutGround({ width, height, pixels }) {
    const [cw, ch] = [Math.max(1, Math.floor(width / 8)), Math.max(1, Math.floor(height / 8))];
    const corner = (bottom, right) => {
      const places = [];
      for (let r = 0; r < ch; r++)
        for (let c = 0; c < cw; c++) places.push([r + (bottom ? height - ch : 0), c + (right ? width - cw : 0)]);
      return places;
    };
    const corners = [corner(false, false), corner(false, true), corner(true, false), corner(true, true)];
    const [a, b, c, d] = corners.map(places => median(places.map(([row, column]) => pixels[row * width + column])));
    const ground = (row, column) => {
      const y = clamp((row - (ch - 1) / 2) / Math.max(1, height - ch), 0, 1);
      const x = clamp((column - (cw - 1) / 2) / Math.max(1, width - cw), 0, 1);
      return (1 - y) * ((1 - x) * a + x * b) + y * ((1 - x) * c + x * d);
    };
    const roughness = Float64Array.from(corners.flat(),
      ([row, column]) => Math.abs(pixels[row * width + column] - ground(row, column))).sort();
    const threshold = Math.max(evenGround, 5 * roughness[Math.floor(roughness.length * 9 / 10)]);
    const clean = greyImage(width, height);
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        const ink = pixels[row * width + column] - ground(row, column);
        if (ink >= threshold) clean.pixels[row * width + column] = Math.min(255, round(ink));
      }
    return clean;
  }

  /** Islands with less than a hundredth of the ink are left out. */
  function withoutSpecks({ width, height, pixels }) {
    const left = pixels.slice(), clean = greyImage(width, height);
    const least = pixels.reduce((total, p) => total + p, 0) / 100;
    for (let start = 0; start < left.length; start++) {
      if (left[start] === 0) continue;
      const island = [start];
      let ink = left[start];
      left[start] = 0;
      for (let next = 0; next < island.length; next++) {
        const r = Math.floor(island[next] / width), c = island[next] % width;
        for (let y = Math.max(0, r - 1); y <= Math.min(height - 1, r + 1); y++)
          for (let x = Math.max(0, c - 1); x <= Math.min(width - 1, c + 1); x++) {
            const at = y * width + x;
            if (left[at] === 0) continue;
            ink += left[at];
            left[at] = 0;
            island.push(at);
          }
      }
      if (ink >= least) for (const at of island) clean.pixels[at] = pixels[at];
    }
    return clean;
  }

  function boxOf({ width, height, pixels }) {
    let [left, top, right, bottom] = [width, height, -1, -1];
    for (let r = 0; r < height; r++)
      for (let c = 0; c < width; c++)
        if (pixels[r * width + c] > 0)
          [left, top, right, bottom] = [Math.min(left, c), Math.min(top, r), Math.max(right, c), Math.max(bottom, r)];
    return { left, top, width: right - left + 1, height: bottom - top + 1 };
  }

  /** For each of the new pixels of a line which old ones it is made of, and the share of each. */
  function sharesOf(oldCount, newCount) {
    const step = oldCount / newCount;
    return Array.from({ length: newCount }, (_, i) => {
      if (step < 1) {
        const at = clamp((i + 0.5) * step - 0.5, 0, oldCount - 1);
        const first = Math.min(Math.trunc(at), Math.max(0, oldCount - 2));
        return oldCount === 1 ? [[0, 1]] : [[first, 1 - (at - first)], [first + 1, at - first]];
      }
      const [begin, end] = [i * step, (i + 1) * step], shares = [];
      for (let old = Math.trunc(begin); old < Math.min(Math.trunc(end) + 1, oldCount); old++) {
        const share = (Math.min(end, old + 1) - Math.max(begin, old)) / step;
        if (share > 1e-9) shares.push([old, share]);
      }
      return shares;
    });
  }

  /** The box scaled by (10.1), its longer side 20, and brightened so that the strongest ink is 255. */
  function scaled(ink, box) {
    const s = boxSide / Math.max(box.width, box.height);   // (10.1)
    const [width, height] = [Math.max(1, round(s * box.width)), Math.max(1, round(s * box.height))];
    const [across, down] = [sharesOf(box.width, width), sharesOf(box.height, height)];
    const values = new Float64Array(width * height);
    for (let r = 0; r < height; r++)
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (const [y, wy] of down[r])
          for (const [x, wx] of across[c]) sum += wy * wx * ink.pixels[(box.top + y) * ink.width + box.left + x];
        values[r * width + c] = sum;
      }
    const factor = 255 / values.reduce((most, value) => Math.max(most, value));
    return greyImage(width, height, Uint8Array.from(values, value => clamp(round(factor * value), 0, 255)));
  }

  /** A digit in the field of 28×28, its first pixel in the given row and column; what falls outside is lost. */
  function placed(digit, top, left) {
    const image = greyImage(field, field);
    for (let r = 0; r < digit.height; r++)
      for (let c = 0; c < digit.width; c++)
        if (r + top >= 0 && r + top < field && c + left >= 0 && c + left < field)
          image.pixels[(r + top) * field + c + left] = digit.pixels[r * digit.width + c];
    return image;
  }

  function centreOfMass({ width, height, pixels }) {
    let [sum, row, column] = [0, 0, 0];
    for (let r = 0; r < height; r++)
      for (let c = 0; c < width; c++) {
        const p = pixels[r * width + c];
        [sum, row, column] = [sum + p, row + r * p, column + c * p];
      }
    return [row / sum, column / sum];   // (10.2)
  }

  /** All stages, equations (10.1) to (10.3); or { problem } in words, where there is no digit. */
  function prepare(grey) {
    const isLight = median(borderOf(grey)) > 127;
    const ink = withoutSpecks(withoutGround(isLight ? greyImage(grey.width, grey.height, grey.pixels.map(p => 255 - p)) : grey));
    if (ink.pixels.reduce((most, p) => Math.max(most, p)) < faintestInk) return { problem: "There is no ink." };
    const box = boxOf(ink);
    if (Math.max(box.width, box.height) < leastSide) return { problem: "This is too small to be a digit." };
    const digit = scaled(ink, box);
    const centred = placed(digit, Math.trunc((field - digit.height) / 2), Math.trunc((field - digit.width) / 2));
    const [row, column] = centreOfMass(centred);
    const shift = [round(middle - row), round(middle - column)];   // (10.3)
    return { isLight, ink, box, scaled: centred, centre: [row, column], shift, pixels: placed(centred, ...shift).pixels };
  }

  window.digits = { field, boxSide, clamp, readNetwork, forward, greyOf, prepare };
}
