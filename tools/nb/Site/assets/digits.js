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

  const field = 28, middle = 14, leastSide = 8, faintestInk = 20;

  /** To the nearest whole number, halves up. */
  const round = value => Math.floor(value + 0.5);
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const greyImage = (width, height, pixels = new Uint8Array(width * height)) => ({ width, height, pixels });

  function median(values) {
    const sorted = Float64Array.from(values).sort();
    return sorted[Math.floor(sorted.length / 2)];
  }

  /** Stage 1: the grey picture of a canvas, whose pixels are red, green, blue and opacity. */
  function greyOf({ width, height, data }) {
    const image = greyImage(width, height);
    for (let i = 0; i < image.pixels.length; i++) {
      const [red, green, blue, opacity] = data.subarray(4 * i, 4 * i + 4);
      image.pixels[i] = round(255 + (0.299 * red + 0.587 * green + 0.114 * blue - 255) * opacity / 255);
    }
    return image;
  }

  /** The medians of the top, bottom, left and right side. */
  function sidesOf({ width, height, pixels }) {
    const row = r => Array.from({ length: width }, (_, c) => pixels[r * width + c]);
    const column = c => Array.from({ length: height }, (_, r) => pixels[r * width + c]);
    return [row(0), row(height - 1), column(0), column(width - 1)].map(median);
  }

  /** Stage 2: the ink alone. Light ground is inverted; the ground, a plane through the four sides, is taken away; dust too. */
  function inkOf(grey) {
    const { width, height } = grey;
    let { pixels } = grey, [top, bottom, left, right] = sidesOf(grey);
    if ((top + bottom + left + right) / 4 > 127.5) {
      pixels = pixels.map(p => 255 - p);
      [top, bottom, left, right] = sidesOf({ width, height, pixels });
    }
    const aboveGround = (r, c) => pixels[r * width + c] - (top + bottom + left + right) / 4
      - (bottom - top) * (r / (height - 1) - 0.5) - (right - left) * (c / (width - 1) - 0.5);
    const border = [];
    for (let r = 0; r < height; r++)
      for (let c = 0; c < width; c += r === 0 || r === height - 1 ? 1 : width - 1) border.push(Math.abs(aboveGround(r, c)));
    const threshold = Math.max(faintestInk, 8 * median(border));
    const ink = greyImage(width, height);
    for (let r = 0; r < height; r++)
      for (let c = 0; c < width; c++) {
        const above = aboveGround(r, c);
        if (above >= threshold) ink.pixels[r * width + c] = Math.min(255, round(above));
      }
    removeDust(ink);
    return ink;
  }

  /** Pieces with less than a hundredth of the ink become 0. */
  function removeDust({ width, height, pixels }) {
    const total = places => places.reduce((sum, at) => sum + pixels[at], 0);
    const least = pixels.reduce((sum, p) => sum + p, 0) / 100, seen = new Uint8Array(pixels.length);
    for (let start = 0; start < pixels.length; start++) {
      if (pixels[start] === 0 || seen[start]) continue;
      const piece = [start];
      seen[start] = 1;
      for (let next = 0; next < piece.length; next++) {
        const r = Math.floor(piece[next] / width), c = piece[next] % width;
        for (let y = Math.max(0, r - 1); y <= Math.min(height - 1, r + 1); y++)
          for (let x = Math.max(0, c - 1); x <= Math.min(width - 1, c + 1); x++) {
            const at = y * width + x;
            if (pixels[at] === 0 || seen[at]) continue;
            seen[at] = 1;
            piece.push(at);
          }
      }
      if (total(piece) < least) for (const at of piece) pixels[at] = 0;
    }
  }

  /** Stage 3: the smallest rectangle with all the ink, and s, equation (10.1); null without any. */
  function boxOf({ width, height, pixels }) {
    let [left, top, right, bottom] = [width, height, -1, -1];
    for (let r = 0; r < height; r++)
      for (let c = 0; c < width; c++)
        if (pixels[r * width + c] > 0)
          [left, top, right, bottom] = [Math.min(left, c), Math.min(top, r), Math.max(right, c), Math.max(bottom, r)];
    const box = { left, top, width: right - left + 1, height: bottom - top + 1 };
    return right < 0 ? null : { ...box, scale: 20 / Math.max(box.width, box.height) };
  }

  /** For each new pixel of a line, the old ones it is made of and the share of each. */
  function sharesOf(oldCount, newCount) {
    const step = oldCount / newCount;
    return Array.from({ length: newCount }, (_, i) => {
      if (step < 1) {   // (9.13), along one direction
        const at = clamp((i + 0.5) * step - 0.5, 0, oldCount - 1), first = Math.trunc(at);
        return [[first, 1 - (at - first)], [Math.min(first + 1, oldCount - 1), at - first]];
      }
      const [begin, end] = [i * step, (i + 1) * step], shares = [];
      for (let old = Math.trunc(begin); old < Math.min(Math.trunc(end) + 1, oldCount); old++)
        shares.push([old, (Math.min(end, old + 1) - Math.max(begin, old)) / step]);
      return shares;
    });
  }

  /** Stage 4: the box in its new size, its strongest pixel made 255. */
  function scaled(ink, box) {
    const [width, height] = [box.width, box.height].map(side => Math.max(1, round(box.scale * side)));   // (10.1)
    const [across, down] = [sharesOf(box.width, width), sharesOf(box.height, height)];
    const values = down.flatMap(line => across.map(part => line.reduce((sum, [y, shareY]) =>
      sum + shareY * part.reduce((row, [x, shareX]) => row + shareX * ink.pixels[(box.top + y) * ink.width + box.left + x], 0), 0)));
    const factor = 255 / Math.max(...values);
    return greyImage(width, height, Uint8Array.from(values, value => Math.min(255, round(factor * value))));
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
    const ink = inkOf(grey), box = boxOf(ink);
    if (box === null) return { problem: "There is no ink." };
    if (Math.max(box.width, box.height) < leastSide) return { problem: "This is too small to be a digit." };
    const digit = scaled(ink, box);
    const inMiddle = placed(digit, Math.trunc((field - digit.height) / 2), Math.trunc((field - digit.width) / 2));
    const centre = centreOfMass(inMiddle);
    const shift = centre.map(place => round(middle - place));   // (10.3)
    return { ink, box, scaled: inMiddle, centre, shift, pixels: placed(inMiddle, ...shift).pixels };
  }

  window.digits = { field, clamp, readNetwork, forward, greyOf, prepare };
}
