using System.Collections.Generic;
using System.Globalization;
using System.Linq;

#nullable enable

// Figures of matrices: images side by side, a product of two matrices, and a matrix whose numbers are colours.
// Equation numbers are those of my_note.md.

/// <summary>A number of rows or of columns, and how long it is drawn.</summary>
/// <param name="Count">What it is called, such as "784" or "m".</param>
/// <param name="Length">How long it is drawn.</param>
public sealed record Extent(string Count, double Length);

/// <summary>Draws matrices.</summary>
public static class MatrixFigures
{
    /// <summary>A product of two matrices as boxes: row n of the left one meets column j of the right one, and makes one entry. With a bias, as in (3.1), its entry n is added.</summary>
    /// <param name="name">What the file is called.</param>
    /// <param name="names">Left matrix, right matrix, product; in the spelling of <see cref="Sketch.Text"/>, without the dollar signs.</param>
    /// <param name="rows">The rows of the left matrix and of the product.</param>
    /// <param name="inner">The columns of the left matrix and the rows of the right one.</param>
    /// <param name="columns">The columns of the right matrix and of the product.</param>
    /// <param name="meanings">What row n, column j, and the entry where they meet stand for.</param>
    /// <param name="bias">The column that is added to every column of the product, or null.</param>
    public static Sketch Product(string name, (string Left, string Right, string Product) names, Extent rows, Extent inner, Extent columns,
        (string Row, string Column, string Entry) meanings, string? bias = null)
    {
        const double biasWidth = 22, gap = 44, sign = 22;
        var width = inner.Length + columns.Length + gap + sign + columns.Length + (bias == null ? 0 : biasWidth + sign + gap);
        if (width > 580) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The boxes of a product are at most 580 wide, but these are {width:0}: make the extents shorter."));
        var tallest = Math.Max(rows.Length, inner.Length);
        var (middle, bottom) = (72 + tallest / 2, 72 + tallest);
        var sketch = new Sketch(name, 640, (int)bottom + 138, $"The product {Plain(names.Left)} · {Plain(names.Right)} as boxes: {rows.Count}×{inner.Count} times {inner.Count}×{columns.Count}" +
            (bias == null ? "" : $", plus the column {Plain(bias)}, {rows.Count}×1, in every column,") + $" is {Plain(names.Product)}, {rows.Count}×{columns.Count}. " +
            $"Row n is {meanings.Row}, column j is {meanings.Column}. Where they meet stands one entry: {meanings.Entry}.");
        var (across, down) = (0.4 * rows.Length, 0.6 * columns.Length);   // where row n and column j are
        var x = (640 - width + 24) / 2;
        Matrix(names.Left, rows, inner, row: true, column: false);
        Sign("·", sign);
        Matrix(names.Right, inner, columns, row: false, column: true);
        if (bias != null)
        {
            Sign("+", gap);
            Matrix(bias, rows, new("1", biasWidth), row: true, column: false);
        }
        Sign("=", gap);
        Matrix(names.Product, rows, columns, row: true, column: true);
        foreach (var (words, tone, i) in new[] { ($"row $n$: {meanings.Row}", Tone.Main, 0), ($"column $j$: {meanings.Column}", Tone.Back, 1), ($"where they meet: {meanings.Entry}", Tone.Ink, 2) })
        {
            sketch.Box(70, bottom + 46 + 28 * i, 26, 16, tone, tone, i == 2 ? 1 : 0.4, corner: 2, pen: 1.5);
            sketch.Text(108, bottom + 60 + 28 * i, words, tone, anchor: "start");
        }
        return sketch;

        void Sign(string what, double room)
        {
            sketch.Text(x + sign / 2 + (room > sign ? 3 : 0), middle + 9, what, size: 26);   // k stands in the rest of the room
            x += room;
        }
        void Matrix(string title, Extent high, Extent wide, bool row, bool column)
        {
            var top = middle - high.Length / 2;
            var thickness = Math.Min(14, wide.Length);
            if (row) sketch.Box(x, top + across, wide.Length, 14, null, Tone.Main, 0.4, corner: 0);
            if (column) sketch.Box(x + down, top, thickness, high.Length, null, Tone.Back, 0.4, corner: 0);
            if (row && column) sketch.Box(x + down, top + across, thickness, 14, null, Tone.Ink, corner: 0);
            sketch.Box(x, top, wide.Length, high.Length, corner: 2);
            sketch.Text(x + wide.Length / 2, top - (column ? 32 : 12), $"${title}$", bold: true, size: Sketch.Words);
            if (row) sketch.Text(x - 6, top + across + 13, "$n$", Tone.Main, anchor: "end");
            if (column) sketch.Text(x + down + 7, top - 8, "$j$", Tone.Back);
            sketch.Text(x + wide.Length / 2, top + high.Length + 23, $"{high.Count}×{wide.Count}", Tone.Soft);
            x += wide.Length;
        }
    }

    /// <summary>One entry of a product with its numbers: row k of P from the left and column j of Q from above meet in it. The right factor stands above the product, so that rows and columns can be followed.</summary>
    /// <param name="P">One to four rows, and at most four columns.</param>
    /// <param name="Q">As many rows as P has columns, and at most four columns.</param>
    /// <param name="k">The row of P.</param>
    /// <param name="j">The column of Q.</param>
    public static Sketch Entry(Matrix<double> P, Matrix<double> Q, int k, int j)
    {
        if (P.Columns != Q.Rows || P.Rows > 4 || P.Columns > 4 || Q.Columns > 4 || k < 0 || k >= P.Rows || j < 0 || j >= Q.Columns)
            throw new ArgumentException($"An entry is drawn of a product of matrices that fit and have at most four rows and columns; found {P.Shape} times {Q.Shape}, row {k} and column {j}.");
        const double cell = 46, gap = 46, left = 60, top = 44;
        var (r, s, c) = (P.Rows, P.Columns, Q.Columns);
        var sum = string.Join(" + ", Enumerable.Range(0, s).Select(n => $"{N(P[k, n])}·{N(Q[n, j])}"));
        var entry = N((P * Q)[k, j]);
        var (x, y) = (left + s * cell + gap, top + s * cell + gap);   // where the product begins
        var sketch = new Sketch("entry", 640, (int)(y + r * cell) + 112, $"The product of P, {r}×{s}, and Q, {s}×{c}, with Q above the product and P to the left of it. Row {k} of P runs to the right, column {j} of Q runs down; they meet in one entry of the product: {sum} = {entry}. " +
            $"P is as wide as Q is high, {s} numbers each. The product is as high as P, {r} rows, and as wide as Q, {c} columns.");
        Table(left, y, r, s, (i, n) => N(P[i, n]), row: true, column: false);
        Table(x, top, s, c, (n, i) => N(Q[n, i]), row: false, column: true);
        Table(x, y, r, c, (i, n) => (i, n) == (k, j) ? entry : "", row: true, column: true);
        var (across, down) = (y + (k + 0.5) * cell, x + (j + 0.5) * cell);
        sketch.Arrow(left + s * cell + 6, across, x + j * cell - 3, across, Tone.Main);
        sketch.Arrow(down, top + s * cell + 6, down, y + k * cell - 3, Tone.Back);
        sketch.Text(left - 24, y + r * cell / 2 + 7, "$P$", bold: true, size: Sketch.Words);
        sketch.Text(x + c * cell / 2, top - 12, "$Q$", bold: true, size: Sketch.Words);
        sketch.Text(x + c * cell / 2, y + r * cell + 28, "$PQ$", bold: true, size: Sketch.Words);
        // A quarter of a circle from the width of P to the height of Q.
        double middle = left + s * cell / 2, height = top + s * cell / 2;
        sketch.Path(Enumerable.Range(0, 25).Select(i => Math.PI / 48 * i).Select(a => (x - 84 - (x - 84 - middle) * Math.Cos(a), y - 36 - (y - 36 - height) * Math.Sin(a))), Tone.Third, 2.5, "3 5");
        sketch.Text(middle, y - 12, $"{s} columns", Tone.Third);
        sketch.Text(x - 14, height + 6, $"{s} rows", Tone.Third, anchor: "end");
        sketch.Text(left - 36, height - 22, "must be equal", Tone.Third, anchor: "start");
        var right = x + c * cell + 24;
        sketch.Text(right, top + 28, $"column {j} of $Q$", Tone.Back, anchor: "start");
        sketch.Text(left, y + r * cell + 28, $"row {k} of $P$", Tone.Main, anchor: "start");
        sketch.Text(right, across - 10, $"row {k} of $P$ · column {j} of $Q$", anchor: "start");
        sketch.Text(right, across + 16, $"= {sum} = {entry}", bold: true, anchor: "start");
        sketch.Text(320, y + r * cell + 70, $"({r} × {s}) · ({s} × {c})  →  {r} × {c}", bold: true, size: Sketch.Words);
        sketch.Text(320, y + r * cell + 97, $"the inner {s} is gone, the outer {r} and {c} remain", Tone.Soft);
        return sketch;

        void Table(double at, double head, int rows, int columns, Func<int, int, string> number, bool row, bool column)
        {
            for (var i = 0; i < rows; i++)
                for (var n = 0; n < columns; n++)
                {
                    var (inRow, inColumn) = (row && i == k, column && n == j);
                    sketch.Box(at + n * cell, head + i * cell, cell, cell, Tone.Grid, inRow && !inColumn ? Tone.Main : inColumn && !inRow ? Tone.Back : null, row && column ? 0.1 : 0.22, corner: 0, pen: 1);
                    sketch.Text(at + (n + 0.5) * cell, head + (i + 0.5) * cell + 7, number(i, n), inRow && inColumn ? Tone.Ink : inRow ? Tone.Main : inColumn ? Tone.Back : Tone.Soft, Sketch.Words, bold: inRow || inColumn, clear: false);
                }
            sketch.Box(at, head, columns * cell, rows * cell, corner: 2);
            if (row && column) sketch.Box(at + j * cell, head + k * cell, cell, cell, corner: 2, pen: 4);
        }
    }

    /// <summary>Images side by side as the columns of X, (1.4): a column is an image, a row is a pixel place.</summary>
    /// <param name="images">The first images, four of them, each 784 pixels from 0 to 255.</param>
    /// <param name="place">The row that is marked, with the rows before and after it.</param>
    public static Sketch Columns(IReadOnlyList<byte[]> images, int place)
    {
        if (images.Count != 4 || images.Any(image => image.Length != 784) || place is < 2 or > 781)
            throw new ArgumentException($"Four images of 784 pixels are drawn, and a place from 2 to 781 is marked; found {images.Count} images with {string.Join(", ", images.Select(image => image.Length))} pixels and place {place}.");
        const double left = 108, wide = 76, high = 30, top = 128;
        const int marked = 1;
        int?[] rows = [0, null, place - 1, place, place + 1, null, 783];
        string Value(byte[] image, int q) => (image[q] / 255.0).ToString("0.##", CultureInfo.InvariantCulture);
        var sketch = new Sketch("matrix", 640, 424, $"The matrix X, 784×m: the first four images stand above its columns 0 to 3. Column {marked} is marked: it is one image. Row {place} is marked: it is pixel {place} of every image, {string.Join(", ", images.Select(image => Value(image, place)))} and so on.");
        var bottom = top + high * rows.Length;
        var mid = top + high * Array.IndexOf(rows, place);
        sketch.Box(left + marked * wide, top, wide, bottom - top, null, Tone.Main, 0.22, corner: 0);
        sketch.Box(left, mid, 6 * wide, high, null, Tone.Back, 0.22, corner: 0);
        sketch.Box(left, top, 6 * wide, bottom - top, corner: 3, pen: 1.5);
        string[] heads = ["$x^{(0)}$", "$x^{(1)}$", "$x^{(2)}$", "$x^{(3)}$", "⋯", "$x^{(m−1)}$"];
        for (var j = 0; j < 6; j++)
        {
            var x = left + (j + 0.5) * wide;
            if (j < 4) sketch.Digit(images[j], x - 28, 16, 56);
            sketch.Text(x, top - 22, heads[j], j == marked ? Tone.Main : Tone.Ink);
            for (var i = 0; i < rows.Length; i++)
                sketch.Text(x, top + high * i + 21, rows[i] is not { } q ? (j == 4 ? "" : "⋮") : j < 4 ? Value(images[j], q) : j == 4 ? "⋯" : "·", rows[i] == place ? Tone.Back : j == marked ? Tone.Main : Tone.Soft, clear: false);
        }
        for (var i = 0; i < rows.Length; i++)
            if (rows[i] is { } q) sketch.Text(left - 12, top + high * i + 21, $"row {q}", q == place ? Tone.Back : Tone.Soft, anchor: "end");
        foreach (var (words, tone, i) in new[] { ($"column {marked}: one image, all of its pixels", Tone.Main, 0), ($"row {place}: one pixel place, in all images", Tone.Back, 1) })
        {
            sketch.Box(left, bottom + 22 + 30 * i, 26, 16, tone, tone, 0.22, corner: 2, pen: 1.5);
            sketch.Text(left + 38, bottom + 36 + 30 * i, words, tone, anchor: "start");
        }
        return sketch;
    }

    /// <summary>A confusion matrix with one class: its column holds what was called so, (8.3), its row what is so, (8.4).</summary>
    /// <param name="C">Counts in [label, prediction], at most six classes; the class has some in its row and in its column.</param>
    /// <param name="k">The class.</param>
    public static Sketch PrecisionAndRecall(int[,] C, int k)
    {
        var classes = C.GetLength(0);
        if (classes is < 2 or > 6 || C.GetLength(1) != classes || k < 0 || k >= classes)
            throw new ArgumentException($"A class of a confusion matrix of two to six classes is drawn; found {classes}×{C.GetLength(1)} and class {k}.");
        var (row, column) = (Enumerable.Range(0, classes).Sum(j => C[k, j]), Enumerable.Range(0, classes).Sum(i => C[i, k]));
        string Share(int whole) => $"{C[k, k]}/{whole} = {(C[k, k] / (double)whole).ToString("0.###", CultureInfo.InvariantCulture)}";
        var (precision, recall) = (Share(column), Share(row));
        const double left = 96, top = 84, cell = 62;
        var right = left + classes * cell;
        var sketch = new Sketch("precision", 640, (int)(top + classes * cell) + 26, $"A confusion matrix of {classes} classes. Column {k} has a frame: the {column} examples that were called {k}; {C[k, k]} of them are, so the precision is {precision}. Row {k} has a frame: the {row} examples that are a {k}; {C[k, k]} of them were found, so the recall is {recall}.");
        sketch.Text(left + classes * cell / 2, 28, "prediction $j$", Tone.Soft);
        sketch.Text(left - 44, 70, "label $i$", Tone.Soft);
        for (var i = 0; i < classes; i++)
        {
            sketch.Text(left + (i + 0.5) * cell, top - 16, $"{i}", i == k ? Tone.Main : Tone.Soft);
            sketch.Text(left - 26, top + (i + 0.5) * cell + 7, $"{i}", i == k ? Tone.Back : Tone.Soft);
            for (var j = 0; j < classes; j++)
            {
                sketch.Box(left + j * cell, top + i * cell, cell, cell, Tone.Grid, i == j ? Tone.Main : null, 0.12, corner: 0, pen: 1.5);
                sketch.Text(left + (j + 0.5) * cell, top + (i + 0.5) * cell + 7, $"{C[i, j]}", size: Sketch.Words, bold: i == j);
            }
        }
        sketch.Box(left + k * cell + 4, top - 4, cell - 8, classes * cell + 8, Tone.Main, pen: 3);
        sketch.Box(left - 4, top + k * cell + 4, classes * cell + 8, cell - 8, Tone.Back, pen: 3);
        sketch.Text(right + 40, top + 34, $"down column {k}: precision", Tone.Main, anchor: "start");
        sketch.Text(right + 40, top + 60, precision, Tone.Main, Sketch.Words, "start", bold: true);
        sketch.Text(right + 40, top + 112, $"along row {k}: recall", Tone.Back, anchor: "start");
        sketch.Text(right + 40, top + 138, recall, Tone.Back, Sketch.Words, "start", bold: true);
        return sketch;
    }

    /// <summary>A matrix whose numbers are colours: orange above 0, blue below, no colour at 0.</summary>
    /// <param name="A">At most 20 rows and 24 columns.</param>
    /// <param name="rows">What a row is, such as "digit".</param>
    /// <param name="columns">What a column is.</param>
    /// <param name="heads">What stands over each column; its number without it.</param>
    /// <param name="frame">Whether the largest number of each column has a frame.</param>
    public static Sketch Colours(Matrix<float> A, string rows, string columns, IReadOnlyList<string>? heads = null, bool frame = false)
    {
        if (A.Rows is < 1 or > 20 || A.Columns is < 1 or > 24) throw new ArgumentException($"A matrix is drawn in colours up to 20×24, but this one is {A.Rows}×{A.Columns}: take some of its columns.");
        if (heads != null && heads.Count != A.Columns) throw new ArgumentException($"{A.Columns} columns are drawn, but there are {heads.Count} names for them.");
        var all = A.ToArray();
        var largest = all.Max(Math.Abs);
        if (!float.IsFinite(largest)) throw new ArgumentException("Only finite numbers have a colour, but one of these is not finite.");
        const double left = 52, top = 62;
        var (cell, high) = (Math.Min(40.0, (640 - left - 16) / A.Columns), 24.0);
        var largestRows = A.ArgMaxOfColumns();
        var bottom = top + high * A.Rows;
        var sketch = new Sketch("colours", 640, (int)bottom + 54, $"A matrix in colours: {A.Rows} rows, one for each {rows}, and {A.Columns} columns, one for each {columns}. The stronger the colour, the further a number is from 0, up to {N(largest)}; {all.Count(v => v == 0)} of {all.Length} are 0."
            + (frame ? $" The largest of each column has a frame: row {string.Join(", ", largestRows)}." : ""));
        sketch.Text(left, 24, $"a row: {rows}, a column: {columns}", Tone.Soft, anchor: "start");
        for (var j = 0; j < A.Columns; j++)
        {
            sketch.Text(left + (j + 0.5) * cell, top - 10, heads?[j] ?? $"{j}", Tone.Soft);
            for (var i = 0; i < A.Rows; i++)
                if (A[i, j] != 0) sketch.Box(left + j * cell + 0.5, top + i * high + 0.5, cell - 1, high - 1, null, A[i, j] > 0 ? Tone.Back : Tone.Main, 0.06 + 0.94 * Math.Abs(A[i, j]) / largest, corner: 0);   // what is not 0 is to be seen
        }
        for (var i = 0; i < A.Rows; i++) sketch.Text(left - 10, top + high * i + 18, $"{i}", Tone.Soft, anchor: "end");
        sketch.Box(left, top, cell * A.Columns, bottom - top, Tone.Grid, corner: 0, pen: 1.5);
        if (frame)
            for (var j = 0; j < A.Columns; j++) sketch.Box(left + j * cell + 1, top + largestRows[j] * high + 1, cell - 2, high - 2, Tone.Ink, corner: 1, pen: 2.5);
        var x = left;
        foreach (var (at, tone) in new[] { (-largest, Tone.Main), (0, Tone.Paper), (largest, Tone.Back) })
        {
            if (at < 0 && all.Min() >= 0) continue;
            sketch.Box(x, bottom + 20, 26, 16, Tone.Grid, tone, corner: 0, pen: 1.5);
            sketch.Text(x + 36, bottom + 35, N(at), Tone.Soft, anchor: "start");
            x += 122;
        }
        if (frame)
        {
            sketch.Box(left + 360, bottom + 20, 26, 16, Tone.Ink, corner: 1, pen: 2.5);
            sketch.Text(left + 396, bottom + 35, "largest of a column", Tone.Soft, anchor: "start");
        }
        return sketch;
    }

    /// <summary>How a matrix lies in memory, column after column: along a column are neighbours, along a row every step is a jump.</summary>
    /// <param name="rows">Of the matrix that is drawn.</param>
    /// <param name="columns">Of the matrix that is drawn.</param>
    /// <param name="fetched">How many neighbours the processor fetches at once; a column is one or several such pieces.</param>
    public static Sketch Memory(int rows = 4, int columns = 5, int fetched = 4)
    {
        if (rows is < 2 or > 6 || columns is < 2 or > 8 || rows * columns > 20 || fetched < 2 || rows % fetched != 0)
            throw new ArgumentException($"Memory is drawn for two to six rows and two to eight columns, 20 numbers at most, and for pieces that make up a column; found {rows}×{columns} and pieces of {fetched}.");
        const int row = 1, column = 3;
        const double cell = 34, left = 30, top = 74, strip = 29, stripLeft = 30;
        var low = top + cell * rows + 84;
        var sketch = new Sketch("memory", 640, (int)low + 146, $"A matrix of {rows} rows and {columns} columns; each number shows its place in memory, where column stands after column. Below, memory as one line, which the processor fetches in pieces of {fetched}. " +
            $"The numbers of column {column} are neighbours and come with {rows / fetched} piece{(rows == fetched ? "" : "s")}; those of row {row} are {rows} places apart, and each comes with a piece of its own, {columns} pieces in all.");
        sketch.Text(left, 28, "the matrix, each number with its place in memory", bold: true, anchor: "start");
        for (var j = 0; j < columns; j++)
            for (var i = 0; i < rows; i++)
                Number(left + cell * j, top + cell * i, cell, i, j);
        sketch.Text(left + cell * (column + 0.5), top - 10, $"column {column}", Tone.Back);
        sketch.Text(left + cell * columns + 12, top + cell * (row + 0.5) + 6, $"row {row}", Tone.Main, anchor: "start");
        sketch.Text(stripLeft, low - 32, $"memory: column after column, fetched in pieces of {fetched}", bold: true, anchor: "start");
        for (var place = 0; place < rows * columns; place++)
            Number(stripLeft + strip * place, low, strip, place % rows, place / rows);
        for (var piece = 0; piece < rows * columns / fetched; piece++)
            sketch.Box(stripLeft + strip * fetched * piece + 1, low - 5, strip * fetched - 2, strip + 10, corner: 4, pen: 2.5);
        // Along the row: from one place to the next it jumps.
        for (var j = 0; j + 1 < columns; j++)
        {
            double from = stripLeft + strip * (j * rows + row + 0.5), to = from + strip * rows;
            sketch.Path(Enumerable.Range(0, 17).Select(i => (from + (to - from) * i / 16.0, low + strip + 8 + 20 * Math.Sin(Math.PI * i / 16.0))), Tone.Main, 2);
        }
        sketch.Text(stripLeft, low + strip + 62, $"row {row}: {columns} numbers, {columns} pieces fetched, one number of each used", Tone.Main, anchor: "start");
        sketch.Text(stripLeft, low + strip + 94, $"column {column}: {rows} numbers, {rows / fetched} piece{(rows == fetched ? "" : "s")} fetched, all of it used", Tone.Back, anchor: "start");
        return sketch;

        void Number(double x, double y, double side, int i, int j)
        {
            Tone? tone = j == column ? Tone.Back : i == row ? Tone.Main : null;
            sketch.Box(x, y, side, side, Tone.Grid, tone, 0.3, corner: 0, pen: 1);
            sketch.Text(x + side / 2, y + side / 2 + 6, $"{j * rows + i}", tone ?? Tone.Soft, clear: false);
            // Where both meet.
            if (i == row && j == column) sketch.Box(x + 2, y + 2, side - 4, side - 4, Tone.Main, corner: 0, pen: 2);
        }
    }

    /// <summary>A tile of a product that stays in registers: for each k, two registers of a column of the left matrix and a few numbers of a row of the right one.</summary>
    /// <param name="wide">Columns of the tile.</param>
    public static Sketch Tile(int wide = 4)
    {
        if (wide is < 2 or > 6) throw new ArgumentException($"A tile is drawn with two to six columns; found {wide}.");
        const double middle = 200, unit = 15, register = 30, rows = 130, inner = 210, columns = 108, a = 56;
        const double b = a + inner + 60, c = b + columns + 60, upper = middle - rows / 2;
        double k = a + 90, down = upper + 40, right = b + 9, along = upper + 68;   // where column k, the tile's rows, its columns and row k are
        var sketch = new Sketch("tile", 640, 420, $"A tile of Z1, two registers high and {wide} columns wide: {2 * wide} sums that stay in registers. For each k the two registers of column k of W1 at the same height are loaded once, and each is multiplied by {wide} numbers of row k of X: {2 * wide} products from two loads of W1. " +
            "Only after the last k are the sums written to memory.");
        Matrix(a, inner, rows, "$W_1$", "128×784");
        Matrix(b, columns, inner, "$X$", "784×64");
        Matrix(c, columns, rows, "$Z_1$", "128×64");
        sketch.Text((a + inner + b) / 2, middle + 8, "·", size: 30);
        sketch.Text((b + columns + c) / 2, middle + 8, "=", size: 26);
        for (var i = 0; i < 2; i++) sketch.Box(k, down + register * i, unit, register, Tone.Main, Tone.Main, 0.35, corner: 1, pen: 1.5);
        for (var j = 0; j < wide; j++)
        {
            sketch.Box(right + unit * j, along + unit, unit, unit, Tone.Back, Tone.Back, 0.35, corner: 1, pen: 1.5);
            for (var i = 0; i < 2; i++) sketch.Box(c + 9 + unit * j, down + register * i, unit, register, Tone.Ink, Tone.Third, 0.35, corner: 1, pen: 1.5);
        }
        sketch.Arrow(k + unit + 6, down + register, a + inner - 4, down + register, Tone.Soft, 1.5);
        sketch.Text(k + unit / 2, upper - 8, "$k$", Tone.Main);
        sketch.Text(b - 8, along + 2 * unit - 1, "$k$", Tone.Back, anchor: "end");
        sketch.Arrow(right + unit * wide / 2, along + 2 * unit + 6, right + unit * wide / 2, middle + inner / 2 - 4, Tone.Soft, 1.5);
        foreach (var (words, tone, i) in new[] { ("for each $k$: two registers of $W_1$, loaded once,", Tone.Main, 0), ($"times {wide} numbers of $X$, each in every place of a register,", Tone.Back, 1), ($"added to {2 * wide} sums that stay in their registers", Tone.Third, 2) })
            sketch.Text(a, middle + inner / 2 + 42 + 28 * i, words, tone, anchor: "start");
        return sketch;

        void Matrix(double left, double width, double high, string name, string shape)
        {
            sketch.Box(left, middle - high / 2, width, high, corner: 2);
            sketch.Text(left + width / 2, 28, name, bold: true, size: Sketch.Words);
            sketch.Text(left + width / 2, 54, shape, Tone.Soft);
        }
    }

    // As plain text has it: W_1 is W1.
    private static string Plain(string formula) => formula.Replace("_", "").Replace("^", "").Replace("{", "").Replace("}", "");

    private static string N(double value) => Sketch.AtMost(2, value);
}
