using System.Collections.Generic;
using System.Globalization;
using System.Linq;

#nullable enable

// Figures of images: as columns of numbers, as they are bent, and as a drawing becomes one. Sections 1, 9 and 10 of my_note.md.

/// <summary>Draws images, and what is done with them.</summary>
public static class ImageFigures
{
    /// <summary>An image as a column of 784 numbers, and its label as a column of ten: (1.1), (1.2), (1.5).</summary>
    /// <param name="image">784 pixels, 0 to 255.</param>
    /// <param name="label">The digit that it shows.</param>
    /// <param name="row">The row of the four pixels that are followed.</param>
    /// <param name="column">The column of the first of them.</param>
    public static Sketch Column(IReadOnlyList<byte> image, int label, int row, int column)
    {
        if (image.Count != 784 || row is < 0 or > 27 || column is < 0 or > 24)
            throw new ArgumentException($"Four pixels beside each other in an image of 28×28 are followed; found {image.Count} pixels, row {row} and column {column}.");
        var first = 28 * row + column;   // (1.1)
        var four = Enumerable.Range(first, 4).ToArray();
        var sketch = new Sketch("column", 640, 330, $"An image of 28×28 pixels shows a {label}. Four pixels of its row {row}, {string.Join(", ", four.Select(q => image[q]))}, are marked. " +
            $"In the column x of 784 numbers they stand at the places {first} to {first + 3}, each divided by 255. The label is a column of ten numbers with a 1 at place {label}.");
        const double side = 224, pixel = side / 28, top = 56;
        sketch.Text(12 + side / 2, 34, "image", bold: true, size: Sketch.Words);
        sketch.Digit(image, 12, top, side, 0.8);
        sketch.Box(12 + column * pixel, top + row * pixel, 4 * pixel, pixel, Tone.Back, corner: 0);
        sketch.Text(12 + side / 2, 306, $"row {row}, columns {column} to {column + 3}", Tone.Back);
        sketch.Arrow(12 + (column + 4) * pixel + 4, top + (row + 0.5) * pixel, 312, 150, Tone.Back, 1.5);
        sketch.Text(416, 34, "column $x$", bold: true, size: Sketch.Words);
        sketch.Box(376, top, 84, 244, Tone.Ink, corner: 3, pen: 1.5);
        (string Name, string Value, Tone Tone)[] entries =
        [
            ("$x_0$", "0", Tone.Soft), ("", "⋮", Tone.Soft),
            .. four.Select(q => ($"$x_{{{q}}}$", Sketch.Two(image[q] / 255.0), Tone.Back)),
            ("", "⋮", Tone.Soft), ("$x_{783}$", "0", Tone.Soft),
        ];
        foreach (var (entry, i) in entries.Select((entry, i) => (entry, i)))
        {
            if (entry.Name.Length > 0) sketch.Text(366, top + 22 + 30 * i, entry.Name, entry.Tone, anchor: "end");
            sketch.Text(418, top + 22 + 30 * i, entry.Value, entry.Tone, clear: false);
        }
        sketch.Text(570, 34, "label $y$", bold: true, size: Sketch.Words);
        sketch.Box(548, top, 44, 244, Tone.Ink, corner: 3, pen: 1.5);
        for (var k = 0; k < 10; k++)
            sketch.Text(570, top + 20 + 24 * k, k == label ? "1" : "0", k == label ? Tone.Main : Tone.Soft, bold: k == label, clear: false);
        sketch.Text(538, top + 20 + 24 * label, $"{label}", Tone.Main, anchor: "end");
        return sketch;
    }

    /// <summary>The rows of a small image, laid end to end: (1.1) with 3 in the place of 28.</summary>
    /// <param name="pixels">Nine pixels, row by row.</param>
    public static Sketch EndToEnd(IReadOnlyList<byte> pixels)
    {
        if (pixels.Count != 9) throw new ArgumentException($"An image of 3×3 is drawn; found {pixels.Count} pixels.");
        var sketch = new Sketch("end-to-end", 640, 400, "An image of 3×3 pixels and the column of nine numbers that it becomes: first its row 0, then row 1, then row 2. " +
            "Beside each number stands its place: three times the row plus the column, from 3·0 + 0 = 0 to 3·2 + 2 = 8.");
        const double left = 62, top = 126, cell = 56, column = 326, head = 52, high = 36;
        Tone[] tones = [Tone.Main, Tone.Back, Tone.Third];
        sketch.Text(left + 1.5 * cell, 34, "image", bold: true, size: Sketch.Words);
        sketch.Text(column + 36, 34, "column $x$", bold: true, size: Sketch.Words);
        sketch.Text(530, 34, "place", bold: true, size: Sketch.Words);
        sketch.Text(left + 1.5 * cell, top - 34, "column $c$", Tone.Soft);
        sketch.Text(left - 28, top - 10, "row $r$", Tone.Soft);
        for (var r = 0; r < 3; r++)
        {
            sketch.Text(left - 20, top + (r + 0.5) * cell + 6, $"{r}", tones[r], bold: true);
            sketch.Text(left + (r + 0.5) * cell, top - 10, $"{r}", Tone.Soft);
            sketch.Arrow(left + 3 * cell, top + (r + 0.5) * cell, column, head + (3 * r + 1.5) * high, tones[r], 2.5, before: 6, after: 6);
            for (var c = 0; c < 3; c++)
            {
                var q = 3 * r + c;   // (1.1)
                sketch.Box(left + c * cell, top + r * cell, cell, cell, tones[r], tones[r], 0.18, corner: 0, pen: 1.5);
                sketch.Text(left + (c + 0.5) * cell, top + (r + 0.5) * cell + 6, $"{pixels[q]}", clear: false);
                sketch.Box(column, head + q * high, 72, high, tones[r], tones[r], 0.18, corner: 0, pen: 1.5);
                sketch.Text(column + 36, head + q * high + 24, $"{pixels[q]}", clear: false);
                sketch.Text(column + 90, head + q * high + 24, $"$x_{q}$", tones[r], anchor: "start");
                sketch.Text(530, head + q * high + 24, $"3 · {r} + {c} = {q}", tones[r]);
            }
        }
        return sketch;
    }

    /// <summary>The images of MNIST and the three sets that they make, as one bar, (1.6).</summary>
    /// <param name="training">Images whose weights are computed.</param>
    /// <param name="validation">Images that choices are compared on.</param>
    /// <param name="test">Images for the end.</param>
    public static Sketch Sets(int training, int validation, int test)
    {
        if (training < 1 || validation < 1 || test < 1) throw new ArgumentException($"Each of the three sets has images; found {training}, {validation} and {test}.");
        double all = training + validation + test;
        string N(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
        var sketch = new Sketch("sets", 640, 270, $"One bar for all {N(training + validation + test)} images, cut into {N(training)} for training, {N(validation)} for validation and {N(test)} for the test. The first two are the {N(training + validation)} training images of MNIST, mixed and split.");
        const double left = 20, width = 600, top = 92, high = 52;
        var x = left;
        foreach (var (count, tone) in new[] { (training, Tone.Main), (validation, Tone.Back), (test, Tone.Third) })
        {
            sketch.Box(x, top, width * count / all, high, tone, tone, 0.3, corner: 0);
            x += width * count / all;
        }
        double cut = left + width * training / all, end = left + width * (training + validation) / all;
        sketch.Text((left + cut) / 2, top + 33, "training", Tone.Main, Sketch.Words, bold: true, clear: false);
        sketch.Text((end + left + width) / 2, top + 33, "test", Tone.Third, Sketch.Words, bold: true, clear: false);
        foreach (var (from, to, words) in new[] { (left, end, $"{N(training + validation)} images of MNIST, mixed and split"), (end, left + width, $"{N(test)}") })
        {
            sketch.Line(from + 2, 62, to - 2, 62, Tone.Soft, 1.5);
            foreach (var at in new[] { from + 2, to - 2 }) sketch.Line(at, 62, at, 76, Tone.Soft, 1.5);
            sketch.Text((from + to) / 2, 48, words, Tone.Soft);
        }
        foreach (var (words, tone, i) in new[] { ($"{N(training)} for training: they change the weights", Tone.Main, 0), ($"{N(validation)} for validation: choices are compared on them", Tone.Back, 1), ($"{N(test)} for the test: one number, at the end", Tone.Third, 2) })
        {
            sketch.Box(left, top + high + 24 + 30 * i, 26, 16, tone, tone, 0.3, corner: 2, pen: 1.5);
            sketch.Text(left + 38, top + high + 38 + 30 * i, words, tone, anchor: "start");
        }
        return sketch;
    }

    /// <summary>The squared distances of an image to ten others, as bars over these; the nearest one is marked.</summary>
    /// <param name="image">784 pixels, 0 to 255.</param>
    /// <param name="others">Ten images, one after the other.</param>
    /// <param name="squares">The squared distance to each.</param>
    public static Sketch Distances(IReadOnlyList<byte> image, IReadOnlyList<byte> others, IReadOnlyList<float> squares)
    {
        if (image.Count != 784 || others.Count != 7840 || squares.Count != 10)
            throw new ArgumentException($"An image of 784 pixels, ten others and ten distances are drawn; found {image.Count} and {others.Count} pixels and {squares.Count} distances.");
        var nearest = Enumerable.Range(0, 10).MinBy(k => squares[k]);
        string N(float value) => value.ToString("0", CultureInfo.InvariantCulture);
        var sketch = new Sketch("distances", 640, 330, $"An image and ten mean images, with the squared distance to each as a bar: {string.Join(", ", squares.Select(N))} for the digits 0 to 9. The shortest bar is that of {nearest}.");
        const double left = 108, step = 53, foot = 236, tallest = 170;
        sketch.Digit([.. image], 12, foot + 12, 64);
        sketch.Text(44, foot - 4, "image", Tone.Soft);
        for (var k = 0; k < 10; k++)
        {
            var (x, high, tone) = (left + step * k, tallest * squares[k] / squares.Max(), k == nearest ? Tone.Main : Tone.Soft);
            sketch.Box(x + 6, foot - high, 36, high, null, tone, k == nearest ? 0.9 : 0.4, corner: 2);
            sketch.Text(x + 24, foot - high - 8, N(squares[k]), tone, bold: k == nearest);
            sketch.Digit([.. others.Skip(784 * k).Take(784)], x, foot + 16, 48);
            sketch.Text(x + 24, foot + 86, $"{k}", tone, bold: k == nearest);
        }
        sketch.Text(20, 26, "squared distance to the mean image of each digit", Tone.Soft, anchor: "start");
        return sketch;
    }

    /// <summary>The products of an image with mean images, pixel by pixel, and the score that becomes of each: the sum of the product minus half the sum of the mean's squares.</summary>
    /// <param name="image">784 pixels, 0 to 255.</param>
    /// <param name="means">Two to four: the digit, its mean image, the sum of the product, and half the sum of the squares.</param>
    public static Sketch Products(IReadOnlyList<byte> image, params (int Digit, IReadOnlyList<byte> Mean, float Product, float HalfSquares)[] means)
    {
        if (image.Count != 784 || means.Length is < 2 or > 4 || means.Any(mean => mean.Mean.Count != 784))
            throw new ArgumentException($"An image of 784 pixels and two to four means of as many are drawn; found {image.Count} pixels and {means.Length} means.");
        string N(float value) => Sketch.Exactly(1, value);
        float Score(int i) => means[i].Product - means[i].HalfSquares;
        var best = Enumerable.Range(0, means.Length).MaxBy(Score);
        const double side = 96, step = 118, first = 54;
        var sketch = new Sketch("products", 640, (int)(first + step * means.Length), "An image times a mean image, pixel by pixel: ink is left only where both have ink. The sum of the product minus half the squares of the mean is the score. " +
            $"{string.Join("; ", means.Select((mean, i) => $"{mean.Digit}: {N(mean.Product)} minus {N(mean.HalfSquares)} is {N(Score(i))}"))}. The largest score is that of {means[best].Digit}.");
        double[] pictures = [14, 136, 258];
        foreach (var (at, words) in new[] { (pictures[0] + side / 2, "$x$"), (pictures[1] + side / 2, "$μ_k$"), (pictures[2] + side / 2, "product"), (412, "its sum"), (502, "$½‖μ_k‖^2$"), (594, "score") })
            sketch.Text(at, 34, words, bold: true);
        for (var i = 0; i < means.Length; i++)
        {
            var (mean, y, tone) = (means[i], first + step * i, i == best ? Tone.Main : Tone.Soft);
            byte[][] drawn = [[.. image], [.. mean.Mean], [.. image.Zip(mean.Mean, (x, m) => (byte)Math.Round(x * m / 255.0))]];
            foreach (var (pixels, at) in drawn.Zip(pictures)) sketch.Digit(pixels, at, y, side);
            foreach (var (at, sign) in new[] { (123, "·"), (245, "="), (368, "→"), (457, "−"), (546, "=") }) sketch.Text(at, y + side / 2 + 6, sign, Tone.Soft);
            foreach (var (at, value) in new[] { (412, mean.Product), (502, mean.HalfSquares) }) sketch.Text(at, y + side / 2 + 6, N(value), Tone.Soft);
            sketch.Text(594, y + side / 2 + 6, N(Score(i)), tone, Sketch.Words, bold: i == best);
            if (i == best) sketch.Box(558, y + side / 2 - 22, 72, 40, Tone.Main);
        }
        return sketch;
    }

    /// <summary>From a drawing to what the network reads, (10.1) to (10.3).</summary>
    /// <param name="drawing">A drawing whose picture is a square with a side that 4 divides.</param>
    public static Sketch Preparation(Drawing drawing)
    {
        var (grey, ink) = (drawing.Grey, drawing.Ink);
        if (grey.Width != grey.Height || grey.Width % 4 != 0)
            throw new ArgumentException($"A drawing on a square with a side that 4 divides is shown; found {grey.Width}×{grey.Height}.");
        var small = Drawings.Scale(ink, new(0, 0, ink.Width, ink.Height), ink.Width / 4, ink.Height / 4);
        var (box, centre, shift) = (drawing.Box, drawing.Centre, drawing.Shift);
        var sketch = new Sketch("drawing", 640, 300, $"From a drawing to 784 numbers. Left: the ink of a drawing of {grey.Width}×{grey.Height} pixels and the box around it, {box.Width}×{box.Height}. " +
            $"Middle: the box, scaled so that its longer side is 20 pixels, in a field of 28×28; a ring marks the centre of mass. Right: moved by {shift.Rows} in rows and {shift.Columns} in columns, so that the ring lies as near as it can to the cross in pixel 14.");
        const double side = 196, pixel = side / 28, top = 44;
        sketch.Text(12 + side / 2, 30, "drawing");
        sketch.Digit(small.Pixels, 12, top, side);
        var scale = side / grey.Width;
        sketch.Box(12 + scale * box.Left, top + scale * box.Top, scale * box.Width, scale * box.Height, Tone.Back, corner: 0);
        sketch.Text(12 + side / 2, 264, $"{grey.Width}×{grey.Height} pixels", Tone.Soft);
        sketch.Text(12 + side / 2, 288, $"box {box.Width}×{box.Height}", Tone.Back);
        sketch.Text(222 + side / 2, 30, "scaled");
        sketch.Digit(drawing.Scaled.Pixels, 222, top, side, 0.7);
        sketch.Box(222 + 4 * pixel, top + 4 * pixel, 20 * pixel, 20 * pixel, Tone.Back, corner: 0, pen: 1.5);
        Marks(222, centre.Row, centre.Column);
        sketch.Text(222 + side / 2, 264, string.Create(CultureInfo.InvariantCulture, $"$s$ = {box.Scale:0.###}"), Tone.Soft);
        sketch.Text(222 + side / 2, 288, "box of 20×20", Tone.Back);
        sketch.Text(432 + side / 2, 30, "centred");
        sketch.Digit(drawing.Pixels, 432, top, side, 0.7);
        Marks(432, centre.Row + shift.Rows, centre.Column + shift.Columns);
        sketch.Text(432 + side / 2, 264, $"$t_r$ = {shift.Rows}, $t_c$ = {shift.Columns}", Tone.Soft);
        sketch.Text(432 + side / 2, 288, "28×28 pixels", Tone.Soft);
        return sketch;

        void Marks(double left, double row, double column)
        {
            var (x, y) = (left + 14.5 * pixel, top + 14.5 * pixel);
            sketch.Line(x - 14, y, x + 14, y, Tone.Main, 3);
            sketch.Line(x, y - 14, x, y + 14, Tone.Main, 3);
            var (cx, cy) = (left + (column + 0.5) * pixel, top + (row + 0.5) * pixel);
            sketch.Path(Enumerable.Range(0, 33).Select(i => (cx + 8 * Math.Cos(i * Math.PI / 16), cy + 8 * Math.Sin(i * Math.PI / 16))), Tone.Back, 3);
        }
    }

    /// <summary>The four affine maps of (9.11): where the new pixels lie in the old image, and the new image.</summary>
    /// <param name="image">784 pixels, 0 to 255.</param>
    /// <param name="degrees">φ.</param>
    /// <param name="q">The scaling.</param>
    /// <param name="f">The shear.</param>
    /// <param name="shift">t_r and t_c, in pixels.</param>
    public static Sketch Affine(IReadOnlyList<byte> image, double degrees, double q, double f, (double Rows, double Columns) shift)
    {
        if (image.Count != 784) throw new ArgumentException($"An image has 784 pixels; found {image.Count}.");
        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        (string Name, string Value, double[] T, (double Rows, double Columns) By)[] maps =
        [
            ("turned", $"$φ$ = {S(degrees)}°", [cos, -sin, sin, cos], (0, 0)), ("scaled", $"$q$ = {S(q)}", [q, 0, 0, q], (0, 0)),
            ("slanted", $"$f$ = {S(f)}", [1, 0, f, 1], (0, 0)), ("shifted", $"$t$ = ({S(shift.Rows)}, {S(shift.Columns)})", [1, 0, 0, 1], shift),
        ];
        var sketch = new Sketch("affine", 640, 404, "Four affine maps of one image. Above, the grid of the new pixels laid over the old image: turned " + (degrees > 0 ? "anticlockwise" : "clockwise") + $" by {S(Math.Abs(degrees))} degrees, {(q > 1 ? "larger" : "smaller")}, slanted, shifted. " +
            $"Below, the new images, where that grid is straight: the digit is turned the other way, {(q > 1 ? "smaller" : "larger")}, slanted to the other side, shifted the other way.");
        const double side = 144, pixel = side / 28, above = 40, below = 216;
        double[] lines = [0, 4.5, 9, 13.5, 18, 22.5, 27];
        for (var i = 0; i < maps.Length; i++)
        {
            var (name, value, T, by) = maps[i];
            var left = 9 + 159.5 * i;
            (double R, double C) Source(double r, double c) =>   // (9.11)
                (T[0] * (r - 13.5) + T[1] * (c - 13.5) + 13.5 + by.Rows, T[2] * (r - 13.5) + T[3] * (c - 13.5) + 13.5 + by.Columns);
            sketch.Text(left + side / 2, 26, name, bold: true);
            sketch.Digit(image, left, above, side, 0.75);
            sketch.Digit([.. Enumerable.Range(0, 784).Select(p => Between(Source(p / 28, p % 28)))], left, below, side);
            foreach (var line in lines)
            {
                // Of the new grid, what lies inside the old image.
                Across(lines[0], lines[^1], at => Source(line, at));
                Across(lines[0], lines[^1], at => Source(at, line));
                foreach (var (r1, c1, r2, c2) in new[] { (line, lines[0], line, lines[^1]), (lines[0], line, lines[^1], line) })
                    sketch.Line(left + (c1 + 0.5) * pixel, below + (r1 + 0.5) * pixel, left + (c2 + 0.5) * pixel, below + (r2 + 0.5) * pixel, Tone.Back, 1, opacity: 0.45);
            }
            sketch.Text(left + side / 2, 388, value, Tone.Soft);

            void Across(double from, double to, Func<double, (double R, double C)> place)
            {
                var inside = Enumerable.Range(0, 109).Select(k => place(from + (to - from) * k / 108)).Where(at => Math.Min(at.R, at.C) >= -0.5 && Math.Max(at.R, at.C) <= 27.5).ToArray();
                if (inside.Length > 1) sketch.Line(left + (inside[0].C + 0.5) * pixel, above + (inside[0].R + 0.5) * pixel, left + (inside[^1].C + 0.5) * pixel, above + (inside[^1].R + 0.5) * pixel, Tone.Back, 1.5);
            }
        }
        return sketch;

        byte Between((double R, double C) at)   // (9.13)
        {
            var (r0, c0) = ((int)Math.Floor(at.R), (int)Math.Floor(at.C));
            var (fr, fc) = (at.R - r0, at.C - c0);
            double I(int r, int c) => r is >= 0 and < 28 && c is >= 0 and < 28 ? image[28 * r + c] : 0;
            return (byte)Math.Round((1 - fr) * ((1 - fc) * I(r0, c0) + fc * I(r0, c0 + 1)) + fr * ((1 - fc) * I(r0 + 1, c0) + fc * I(r0 + 1, c0 + 1)));
        }
    }

    /// <summary>From a field of displacements to a bent digit, (9.12) and (9.13).</summary>
    /// <param name="image">The old image: 784 pixels, 0 to 255.</param>
    /// <param name="alpha">α.</param>
    /// <param name="sigma">σ, in pixels.</param>
    /// <param name="seed">Which field.</param>
    public static Sketch Bend(IReadOnlyList<byte> image, double alpha, double sigma, int seed)
    {
        if (image.Count != 784) throw new ArgumentException($"An image has 784 pixels; found {image.Count}.");
        var distortion = new Distortion { ElasticAlpha = alpha, ElasticSigma = sigma };
        double[] Bent(Func<int, double> value) =>
            [.. Distortions.Apply(Matrix.FromColumn([.. Enumerable.Range(0, 784).Select(value)]), distortion, new Random(seed)).ToArray()];
        // An image whose pixels are their own rows, bent, says from which row each new pixel comes; the same seed bends alike.
        // Near the border the source may lie outside the image, which an image of ones shows: there nothing is drawn.
        var (rs, cs, ones) = (Bent(i => i / 28), Bent(i => i % 28), Bent(_ => 1));
        bool Inside(int r, int c) => ones[28 * r + c] > 0.999999;
        byte[] bent = [.. Bent(i => image[i]).Select(v => (byte)Math.Round(v))];
        var sketch = new Sketch("bend", 640, 280, "How an image is bent. Left: for every third new pixel of every third row an arrow to the place in the old image from which its value comes, where that lies inside; neighbours have similar arrows. " +
            "Middle: the grid of the new pixels, laid over the old image: it is bent. Right: the new image, the digit bent the other way.");
        const double side = 196, pixel = side / 28, top = 44;
        (double X, double Y) Place(double left, double r, double c) => (left + (c + 0.5) * pixel, top + (r + 0.5) * pixel);
        var every = Enumerable.Range(1, 9).Select(i => 3 * i - 1).ToArray();

        sketch.Text(12 + side / 2, 30, "displacement");
        sketch.Box(12, top, side, side, Tone.Grid, corner: 0, pen: 1.5);
        foreach (var r in every)
            foreach (var c in every.Where(c => Inside(r, c)))
            {
                var (from, to) = (Place(12, r, c), Place(12, rs[28 * r + c], cs[28 * r + c]));
                sketch.Dot(from.X, from.Y, 1.6, Tone.Soft);
                sketch.Arrow(from.X, from.Y, to.X, to.Y, Tone.Back, 1.6);
            }
        sketch.Text(222 + side / 2, 30, "bent grid");
        sketch.Digit(image, 222, top, side, 0.75);
        foreach (var a in every)
        {
            sketch.Path(Enumerable.Range(2, 25).Where(b => Inside(a, b)).Select(b => Place(222, rs[28 * a + b], cs[28 * a + b])), Tone.Back, 1.5);
            sketch.Path(Enumerable.Range(2, 25).Where(b => Inside(b, a)).Select(b => Place(222, rs[28 * b + a], cs[28 * b + a])), Tone.Back, 1.5);
        }
        sketch.Text(432 + side / 2, 30, "bent digit");
        sketch.Digit(bent, 432, top, side);
        foreach (var a in every)
        {
            var (start, end) = (Place(432, a, 2), Place(432, a, 26));
            sketch.Line(start.X, start.Y, end.X, end.Y, Tone.Back, 1, opacity: 0.45);
            (start, end) = (Place(432, 2, a), Place(432, 26, a));
            sketch.Line(start.X, start.Y, end.X, end.Y, Tone.Back, 1, opacity: 0.45);
        }
        sketch.Text(12 + side / 2, 264, string.Create(CultureInfo.InvariantCulture, $"$α$ = {alpha:0.#}, $σ$ = {sigma:0.#}"), Tone.Soft);
        sketch.Text(222 + side / 2, 264, "on the old image", Tone.Soft);
        sketch.Text(432 + side / 2, 264, "the new image", Tone.Soft);
        return sketch;
    }

    /// <summary>The value between four pixels, (9.13): each pixel counts with the area opposite to it.</summary>
    /// <param name="above">The two pixels above, left and right.</param>
    /// <param name="below">The two below.</param>
    /// <param name="fr">f_r, how far down, from 0 to 1.</param>
    /// <param name="fc">f_c, how far to the right.</param>
    public static Sketch Cell((double Left, double Right) above, (double Left, double Right) below, double fr, double fc)
    {
        if (fr is not (> 0 and < 1) || fc is not (> 0 and < 1))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The fractions must lie between 0 and 1, or an area is empty; found f_r = {fr} and f_c = {fc}."));
        (double Value, double Weight, Tone Tone, double X, double Y)[] corners =
        [
            (above.Left, (1 - fr) * (1 - fc), Tone.Main, 0, 0), (above.Right, (1 - fr) * fc, Tone.Back, 1, 0),
            (below.Left, fr * (1 - fc), Tone.Third, 0, 1), (below.Right, fr * fc, Tone.Fourth, 1, 1),
        ];
        var value = corners.Sum(corner => corner.Weight * corner.Value);   // (9.13)
        var sketch = new Sketch("cell", 640, 370, $"A place between four pixels with the values {S(above.Left)} and {S(above.Right)} above, {S(below.Left)} and {S(below.Right)} below. The lines through it cut the square into four areas. " +
            $"Each pixel counts with the area opposite to it: {string.Join(", ", corners.Select(c => S(c.Weight)))}. The value there is {S(value)}.");
        const double left = 132, top = 70, side = 230;
        var (px, py) = (left + fc * side, top + fr * side);
        foreach (var corner in corners)
        {
            // The area opposite to the corner.
            var (x0, x1) = corner.X == 0 ? (px, left + side) : (left, px);
            var (y0, y1) = corner.Y == 0 ? (py, top + side) : (top, py);
            sketch.Box(x0, y0, x1 - x0, y1 - y0, Tone.Paper, corner.Tone, 0.28, corner: 0, pen: 1.5);
            sketch.Text((x0 + x1) / 2, (y0 + y1) / 2 + 6, S(corner.Weight), corner.Tone, bold: true, clear: false);
        }
        foreach (var corner in corners)
        {
            var (x, y) = (left + corner.X * side, top + corner.Y * side);
            sketch.Circle(x, y, 26, corner.Tone, 3);
            sketch.Text(x, y + 6, S(corner.Value), corner.Tone, bold: true, clear: false);
        }
        sketch.Dot(px, py, 7, Tone.Ink);
        sketch.Text((left + px) / 2 + 8, top - 26, string.Create(CultureInfo.InvariantCulture, $"$f_c$ = {fc:0.##}"), Tone.Soft);
        sketch.Arrow(left, top - 16, px, top - 16, Tone.Soft, 1.5, after: 28);
        sketch.Text(left - 36, (top + py) / 2 + 20, string.Create(CultureInfo.InvariantCulture, $"$f_r$ = {fr:0.##}"), Tone.Soft, anchor: "end");
        sketch.Arrow(left - 30, top, left - 30, py, Tone.Soft, 1.5);
        sketch.Text(420, 88, "area · pixel", Tone.Soft, anchor: "start");
        for (var i = 0; i < 4; i++)
            sketch.Text(420, 122 + 30 * i, $"{S(corners[i].Weight)} · {S(corners[i].Value)}", corners[i].Tone, Sketch.Words, "start");
        for (var i = 0; i < 4; i++)
            sketch.Text(616, 122 + 30 * i, S(corners[i].Weight * corners[i].Value), corners[i].Tone, Sketch.Words, "end");
        sketch.Line(530, 226, 620, 226, Tone.Ink, 1.5);
        sketch.Text(616, 252, S(value), Tone.Ink, Sketch.Words, "end", bold: true);
        sketch.Text(420, 252, "the value", anchor: "start");
        return sketch;
    }

    private static string S(double value) => Sketch.AtMost(4, value);
}
