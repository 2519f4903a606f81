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
    /// <summary>A product of two matrices as boxes: row k of the left one meets column j of the right one, and makes one entry. With a bias, as in (3.1), its entry k is added.</summary>
    /// <param name="name">What the file is called.</param>
    /// <param name="names">Left matrix, right matrix, product; in the spelling of <see cref="Sketch.Text"/>, without the dollar signs.</param>
    /// <param name="rows">The rows of the left matrix and of the product.</param>
    /// <param name="inner">The columns of the left matrix and the rows of the right one.</param>
    /// <param name="columns">The columns of the right matrix and of the product.</param>
    /// <param name="meanings">What row k, column j, and the entry where they meet stand for.</param>
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
            $"Row k is {meanings.Row}, column j is {meanings.Column}. Where they meet stands one entry: {meanings.Entry}.");
        var (across, down) = (0.4 * rows.Length, 0.6 * columns.Length);   // where row k and column j are
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
        foreach (var (words, tone, i) in new[] { ($"row $k$: {meanings.Row}", Tone.Main, 0), ($"column $j$: {meanings.Column}", Tone.Back, 1), ($"where they meet: {meanings.Entry}", Tone.Ink, 2) })
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
            if (row) sketch.Text(x - 6, top + across + 13, "$k$", Tone.Main, anchor: "end");
            if (column) sketch.Text(x + down + 7, top - 8, "$j$", Tone.Back);
            sketch.Text(x + wide.Length / 2, top + high.Length + 23, $"{high.Count}×{wide.Count}", Tone.Soft);
            x += wide.Length;
        }
    }

    // As plain text has it: W_1 is W1.
    private static string Plain(string formula) => formula.Replace("_", "").Replace("^", "").Replace("{", "").Replace("}", "");
}
