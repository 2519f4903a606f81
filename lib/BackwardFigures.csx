using System.Collections.Generic;
using System.Linq;

#nullable enable

// Figures of the backward pass: tables of slopes as colours, the product with its shared index, and why one walk is enough.
// Equation numbers are those of my_note.md.

/// <summary>Draws the backward pass.</summary>
public static class BackwardFigures
{
    /// <summary>The product of (5.5): row k, column n, and the index j that both share and that is added up.</summary>
    /// <param name="outputs">Rows of dZ2.</param>
    /// <param name="hidden">Rows of A1.</param>
    /// <param name="examples">m.</param>
    /// <param name="k">The row that is followed.</param>
    /// <param name="n">The hidden unit that is followed.</param>
    public static Sketch SharedIndex(int outputs = 10, int hidden = 12, int examples = 8, int k = 5, int n = 7)
    {
        if (outputs is < 2 or > 12 || hidden is < 2 or > 12 || examples is < 2 or > 12 || k < 0 || k >= outputs || n < 0 || n >= hidden)
            throw new ArgumentException($"The product is drawn for two to twelve rows and examples, and for a row and a unit among them; found {outputs}, {hidden}, {examples}, row {k}, unit {n}.");
        const double cell = 14, top = 84;
        var sketch = new Sketch("shared-index", 640, (int)(top + cell * (Math.Max(outputs, examples) + hidden) + 90), $"Three tables: dZ2, {outputs}×{examples}, times A1 transposed, {examples}×{hidden}, is {examples} times dW2, {outputs}×{hidden}. Row {k} of dZ2 runs over the examples j, and so does column {n} of A1 transposed; " +
            $"their products, added up over j and divided by m, are the entry in row {k} and column {n} of dW2. Below, A1 itself: its row {n} becomes that column.");
        double a = 50, b = a + cell * examples + 56, c = b + cell * hidden + 56;
        Grid(a, top, outputs, examples);
        Band(a, top + cell * k, examples, 1, Tone.Back);
        Grid(b, top, examples, hidden);
        Band(b + cell * n, top, 1, examples, Tone.Main);
        Grid(c, top, outputs, hidden);
        Band(c + cell * n, top + cell * k, 1, 1, Tone.Ink);
        var middle = top + cell * outputs / 2;
        sketch.Text((a + cell * examples + b) / 2 - 8, middle + 6, "·", size: 30);
        sketch.Text((b + cell * hidden + c) / 2 - 8, middle + 6, "=", size: 26);
        Title(a, examples, "$dZ_2$", $"{outputs}×$m$");
        Title(b, hidden, "$A_1^⊤$", $"$m$×{hidden}");
        Title(c, hidden, "$m$ · $dW_2$", $"{outputs}×{hidden}");
        sketch.Text(a - 10, top + cell * (k + 0.5) + 6, "$k$", Tone.Back, anchor: "end");
        sketch.Text(c - 8, top + cell * (k + 0.5) + 6, "$k$", Tone.Back, anchor: "end");
        sketch.Text(b + cell * (n + 0.5), top - 8, "$n$", Tone.Main);
        sketch.Text(c + cell * (n + 0.5), top - 8, "$n$", Tone.Main);
        sketch.Arrow(a + 4, top - 12, a + cell * examples - 14, top - 12, Tone.Soft, 1.5);
        sketch.Text(a + cell * examples - 4, top - 7, "$j$", Tone.Soft);
        sketch.Arrow(b - 12, top + 4, b - 12, top + cell * examples - 16, Tone.Soft, 1.5);
        sketch.Text(b - 12, top + cell * examples + 4, "$j$", Tone.Soft);
        // Below: as it is kept.
        var low = top + cell * Math.Max(outputs, examples) + 66;
        Grid(b, low, hidden, examples);
        Band(b, low + cell * n, examples, 1, Tone.Main);
        sketch.Arrow(b + cell * (n + 0.5), low + cell * n, b + cell * (n + 0.5), top + cell * examples, Tone.Main, 2, before: 6, after: 4);
        sketch.Text(b - 10, low + cell * (n + 0.5) + 6, "$n$", Tone.Main, anchor: "end");
        sketch.Arrow(b + 4, low - 12, b + cell * examples - 42, low - 12, Tone.Soft, 1.5);
        sketch.Text(b + cell * examples - 32, low - 7, "$j$", Tone.Soft);
        sketch.Text(b + cell * examples + 24, low + 40, $"$A_1$ itself, {hidden}×$m$:", anchor: "start");
        sketch.Text(b + cell * examples + 24, low + 66, "its $j$ runs to the right, and", anchor: "start");
        sketch.Text(b + cell * examples + 24, low + 90, "must run down: turn it over", anchor: "start");
        return sketch;

        void Title(double left, int columns, string name, string shape)
        {
            sketch.Text(left + cell * columns / 2, 28, name, bold: true, size: Sketch.Words);
            sketch.Text(left + cell * columns / 2, 52, shape, Tone.Soft);
        }
        void Grid(double left, double up, int rows, int columns)
        {
            for (var row = 0; row <= rows; row++) sketch.Line(left, up + cell * row, left + cell * columns, up + cell * row, Tone.Grid, 1);
            for (var column = 0; column <= columns; column++) sketch.Line(left + cell * column, up, left + cell * column, up + cell * rows, Tone.Grid, 1);
        }
        void Band(double left, double up, int columns, int rows, Tone tone) => sketch.Box(left, up, cell * columns, cell * rows, tone, tone, tone == Tone.Ink ? 0.8 : 0.35, corner: 2, pen: 1.5);
    }

    /// <summary>dZ2 with the sums of its rows, which (5.6) divides by m, and the sum of the whole, which is always 0.</summary>
    /// <param name="dZ2">10×m, at most eight columns.</param>
    /// <param name="labels">The label of each column.</param>
    public static Sketch RowSums(Matrix<double> dZ2, IReadOnlyList<byte> labels)
    {
        if (dZ2.Rows != 10 || dZ2.Columns is < 1 or > 8 || labels.Count != dZ2.Columns)
            throw new ShapeException($"Expected dZ2 with 10 rows and up to 8 columns, and a label for each; found {dZ2.Shape} and {labels.Count} labels.");
        const double left = 26, top = 66, width = 65, height = 28;
        var m = dZ2.Columns;
        var sums = dZ2.RowSums();
        var sketch = new Sketch("rowsums", 640, 460, $"The errors of the ten scores for {m} images, as a coloured table; in each column one entry, that of the label, is negative. On the right the sums of the ten rows: ten different numbers, from {F(sums.ToArray().Min(), 3)} to {F(sums.ToArray().Max(), 3)}. " +
            $"Below, the sum of each column, always 0, and the sum of everything, {F(dZ2.Sum())}: this one number is what the original uses for all ten biases.");
        var right = left + width * m;
        sketch.Text(left, 26, "$dZ_2$: one column for each image, with its label", anchor: "start", bold: true);
        Table(sketch, left, top, width, height, dZ2, 0.55, numbers: true);
        for (var j = 0; j < m; j++)
        {
            sketch.Text(left + width * (j + 0.5), top - 8, $"{labels[j]}", Tone.Soft);
            sketch.Text(left + width * (j + 0.5), top + 10 * height + 26, F(Enumerable.Range(0, 10).Sum(k => dZ2[k, j])), Tone.Soft);
        }
        for (var k = 0; k < 10; k++)
        {
            sketch.Text(left - 10, top + height * (k + 0.5) + 6, $"{k}", Tone.Soft, anchor: "end");
            sketch.Text(right + 88, top + height * (k + 0.5) + 6, F(sums[k, 0], 3), Tone.Main, anchor: "end", bold: true);
        }
        sketch.Text(right + 88, 26, "row sums", Tone.Main, anchor: "end", bold: true);
        sketch.Arrow(right + 80, top + 10 * height + 8, right + 80, top + 10 * height + 42, Tone.Back, 1.5);
        sketch.Text(right + 88, top + 10 * height + 64, F(dZ2.Sum(), 3), Tone.Back, anchor: "end", bold: true);
        sketch.Text(right + 62, top + 10 * height + 64, "np.sum(dE2): everything in one sum =", Tone.Back, anchor: "end");
        sketch.Text(left, top + 10 * height + 98, $"correct (5.6): ten row sums, divided by $m$ = {m}", Tone.Main, anchor: "start");
        return sketch;
    }

    /// <summary>dA1, the gates and dZ1 side by side, (5.7) and (5.8): what comes back, which gates are open, and the errors.</summary>
    /// <param name="dA1">h×m, at most 12×8.</param>
    /// <param name="Z1">h×m</param>
    /// <param name="labels">The label of each column.</param>
    public static Sketch ThroughReLU(Matrix<double> dA1, Matrix<double> Z1, IReadOnlyList<byte> labels)
    {
        if (dA1.Rows > 12 || dA1.Columns > 8 || dA1.Shape != Z1.Shape || labels.Count != Z1.Columns)
            throw new ShapeException($"Expected dA1 and Z1 of one shape, at most 12×8, and a label for each column; found {dA1.Shape}, {Z1.Shape} and {labels.Count} labels.");
        const double cell = 22, top = 76;
        var (h, m) = (Z1.Rows, Z1.Columns);
        var gates = Activations.ReLUDerivative(Z1);
        var sketch = new Sketch("through-relu", 640, (int)(top + cell * h + 52), $"Three tables with {h} hidden units as rows and {m} images as columns. Left, what comes back to each unit, positive and negative. In the middle the gates, {gates.Sum():0} of {h * m} open. " +
            "Right, the errors: the left table where a gate is open, and 0 elsewhere.");
        var scale = dA1.ToArray().Max(Math.Abs);
        var apart = cell * m + 30;
        Panel(0, "$dA_1$", "comes back");
        Panel(1, "gates", "open: 1");
        Panel(2, "$dZ_1$", "the errors");
        Table(sketch, 36, top, cell, cell, dA1, 0.9, scale: scale);
        Table(sketch, 36 + apart, top, cell, cell, gates, 0.55, scale: 1, positive: Tone.Third);
        Table(sketch, 36 + 2 * apart, top, cell, cell, dA1.Hadamard(gates), 0.9, scale: scale);
        for (var n = 0; n < h; n++) sketch.Text(30, top + cell * (n + 0.5) + 6, $"{n}", Tone.Soft, anchor: "end");
        sketch.Text(36 + cell * m + 15, top + cell * h / 2 + 6, "⊙", size: Sketch.Words);
        sketch.Text(36 + apart + cell * m + 15, top + cell * h / 2 + 6, "=", size: Sketch.Words);
        var key = top + cell * h + 20;
        sketch.Box(36, key, 18, 18, Tone.Grid, Tone.Back, 0.9, corner: 2, pen: 1);
        sketch.Text(62, key + 15, "positive: less would help", Tone.Back, anchor: "start");
        sketch.Box(330, key, 18, 18, Tone.Grid, Tone.Main, 0.9, corner: 2, pen: 1);
        sketch.Text(356, key + 15, "negative: more would help", Tone.Main, anchor: "start");
        return sketch;

        void Panel(int i, string name, string what)
        {
            var left = 36 + apart * i;
            sketch.Text(left, 28, name, bold: true, size: Sketch.Words, anchor: "start");
            sketch.Text(left + cell * m, 28, what, Tone.Soft, anchor: "end");
            for (var j = 0; j < m; j++) sketch.Text(left + cell * (j + 0.5), top - 8, $"{labels[j]}", Tone.Soft);
        }
    }

    /// <summary>The Jacobian of the softmax (5.2) as colours.</summary>
    /// <param name="J">10×10</param>
    public static Sketch Jacobian(Matrix<double> J)
    {
        if (J.Rows != 10 || J.Columns != 10) throw new ShapeException($"Expected the Jacobian of ten probabilities, 10×10; found {J.Shape}.");
        const double cell = 26, left = 60, top = 60;
        double[] diagonal = [.. Enumerable.Range(0, 10).Select(k => J[k, k])];
        var sketch = new Sketch("jacobian", 640, 350, $"A table of ten rows and ten columns, the slopes of each probability by each score. On the diagonal they are positive, from {F(diagonal.Min(), 3)} to {F(diagonal.Max(), 3)}; everywhere else they are negative and much smaller. Each column adds up to 0.");
        Table(sketch, left, top, cell, cell, J, 0.9);
        sketch.Text(left + cell * 5, 26, "score $z_i$", bold: true);
        for (var i = 0; i < 10; i++)
        {
            sketch.Text(left + cell * (i + 0.5), top - 8, $"{i}", Tone.Soft);
            sketch.Text(left - 10, top + cell * (i + 0.5) + 6, $"{i}", Tone.Soft, anchor: "end");
        }
        sketch.Text(left + cell * 10 + 24, top + 26, "row $k$: the probability $a_k$", bold: true, anchor: "start");
        sketch.Text(left + cell * 10 + 24, top + 84, "diagonal: $a_i$ $(1−a_i)$,", Tone.Back, anchor: "start");
        sketch.Text(left + cell * 10 + 24, top + 108, $"{F(diagonal.Min(), 3)} to {F(diagonal.Max(), 3)}", Tone.Back, anchor: "start");
        sketch.Text(left + cell * 10 + 24, top + 154, "elsewhere: $−a_k$ $a_i$,", Tone.Main, anchor: "start");
        sketch.Text(left + cell * 10 + 24, top + 178, $"about {F(Enumerable.Range(0, 10).SelectMany(k => Enumerable.Range(0, 10).Where(i => i != k).Select(i => J[k, i])).Average(), 3)}", Tone.Main, anchor: "start");
        sketch.Text(left + cell * 10 + 24, top + 224, "each column adds up to 0", anchor: "start");
        return sketch;
    }

    /// <summary>Why backpropagation is cheap, (5.15): from one weight many paths lead to the loss, but the error of each unit is computed once, and all paths behind it use it.</summary>
    public static Sketch OneWalk()
    {
        var sketch = new Sketch("onewalk", 640, 610, "A network 2-3-3-2, twice. Above, one weight of the first layer: from its unit six paths lead to the loss, over three units and two outputs, and as many from each of the six weights. " +
            "Below, one walk back: each unit's error is computed once, from the errors to its right, and all weights that lead into a unit use it.");
        int[] sizes = [2, 3, 3, 2, 1];
        double[] columns = [60, 210, 360, 500, 600];
        sketch.Text(20, 30, "Path by path", bold: true, size: Sketch.Words, anchor: "start");
        sketch.Text(20, 272, "3 · 2 = 6 paths from this one weight; 36 from all six in its layer", Tone.Main, anchor: "start");
        Lines(60, Tone.Soft, 1, (_, _, _) => true);
        Lines(60, Tone.Main, 2.4, (l, from, _) => l > 0 && (l > 1 || from == 0));
        sketch.Line(columns[0], Y(60, 0, 0), columns[1], Y(60, 1, 0), Tone.Ink, 5);
        Units(60, (l, i) => l is 0 ? null : l > 1 || i == 0 ? Tone.Main : null);
        sketch.Text(20, 334, "One walk back", bold: true, size: Sketch.Words, anchor: "start");
        const double low = 364;
        Lines(low, Tone.Soft, 1, (_, _, _) => true);
        for (var l = 4; l > 1; l--)
            for (var to = 0; to < sizes[l]; to++)
                for (var from = 0; from < sizes[l - 1]; from++)
                    sketch.Arrow(columns[l], Y(low, l, to), columns[l - 1], Y(low, l - 1, from), Tone.Back, 2, before: 17, after: 17);
        sketch.Line(columns[0], Y(low, 0, 0), columns[1], Y(low, 1, 0), Tone.Ink, 5);
        sketch.Line(columns[0], Y(low, 0, 1), columns[1], Y(low, 1, 0), Tone.Ink, 5);
        Units(low, (l, _) => l > 0 ? Tone.Back : null);
        sketch.Text(20, 576, "8 errors: 2 + 3 + 3, each computed once", Tone.Back, anchor: "start");
        sketch.Text(20, 600, "slope of a weight: the error of its unit × its input", Tone.Back, anchor: "start");
        return sketch;

        double Y(double top, int layer, int i) => top + 90 + 70 * (i - (sizes[layer] - 1) / 2.0);
        void Lines(double top, Tone tone, double width, Func<int, int, int, bool> drawn)
        {
            for (var l = 0; l < 4; l++)
                for (var from = 0; from < sizes[l]; from++)
                    for (var to = 0; to < sizes[l + 1]; to++)
                        if (drawn(l, from, to)) sketch.Line(columns[l], Y(top, l, from), columns[l + 1], Y(top, l + 1, to), tone, width, opacity: tone == Tone.Soft ? 0.6 : 1);
        }
        void Units(double top, Func<int, int, Tone?> tint)
        {
            for (var l = 0; l < 5; l++)
                for (var i = 0; i < sizes[l]; i++)
                {
                    sketch.Circle(columns[l], Y(top, l, i), 15, tint(l, i) ?? Tone.Soft, fill: tint(l, i) ?? Tone.Paper, opacity: tint(l, i) is null ? 1 : 0.2);
                    if (l == 4) sketch.Text(columns[l], Y(top, l, i) + 6, "$L$", clear: false);
                }
        }
    }

    /// <summary>A matrix as colours: orange is positive, blue is negative, and the largest number is the fullest.</summary>
    private static void Table(Sketch sketch, double left, double top, double width, double height, Matrix<double> A, double full, double? scale = null, bool numbers = false, Tone positive = Tone.Back)
    {
        var largest = Math.Max(1e-300, scale ?? A.ToArray().Max(Math.Abs));
        for (var row = 0; row < A.Rows; row++)
            for (var column = 0; column < A.Columns; column++)
            {
                var (x, y, value) = (left + width * column, top + height * row, A[row, column]);
                // What is not zero is not white.
                var opacity = value == 0 ? 0 : full * (0.08 + 0.92 * Math.Min(1, Math.Abs(value) / largest));
                sketch.Box(x, y, width, height, Tone.Grid, value > 0 ? positive : Tone.Main, opacity, corner: 0, pen: 1);
                if (numbers) sketch.Text(x + width / 2, y + height / 2 + 6, F(value), clear: false);
            }
    }

    private static string F(double value, int decimals = 2) =>
        Math.Round(value, decimals) == 0 ? "0" : Sketch.Exactly(decimals, value);
}
