using System.Collections.Generic;
using System.Globalization;
using System.Linq;

#nullable enable

// Figures of images that are bent, section 9 of my_note.md.

/// <summary>Draws how images are distorted.</summary>
public static class ImageFigures
{
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
        var sketch = new Sketch("bend", 640, 280, "How an image is bent. Left: for each new pixel an arrow to the place in the old image from which its value comes; neighbours have similar arrows. " +
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

    private static string S(double value) => value.ToString("0.####", CultureInfo.InvariantCulture).Replace('-', '−');
}
