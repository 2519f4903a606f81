using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

#nullable enable

// The paper that the figures of the course are drawn on: lines, circles, words and formulas as SVG, in one style, for
// light and dark pages. What is drawn stands in NetworkFigures.csx, CurveFigures.csx, DescentFigures.csx,
// ImageFigures.csx, MatrixFigures.csx, BackwardFigures.csx and PanelFigures.csx.

/// <summary>The colours of a figure. People with any colour vision tell Main and Back apart, and Back is dashed wherever it is a curve.</summary>
public enum Tone
{
    /// <summary>The ground.</summary>
    Paper,
    /// <summary>Lines and words.</summary>
    Ink,
    /// <summary>Words that explain; axes.</summary>
    Soft,
    /// <summary>Lines of a grid.</summary>
    Grid,
    /// <summary>What is computed forward; the first curve.</summary>
    Main,
    /// <summary>What comes back: errors and slopes; the second curve.</summary>
    Back,
    /// <summary>A third curve.</summary>
    Third,
    /// <summary>A fourth.</summary>
    Fourth,
}

/// <summary>
/// A figure: SVG that needs nothing else. As a file it is light or dark as its reader's system is, on paper of its own, so
/// that it can be read on a page of the other kind; inside a page it is as the page is.
/// </summary>
[TypeFormatterSource(typeof(SvgFormatters), PreferredMimeTypes = ["image/svg+xml"])]
public sealed class Sketch : IHtml
{
    /// <summary>The size of words, in units of the picture, and that of the smallest ones. A figure is at most 640 wide, so that they can be read on a telephone.</summary>
    public const int Words = 20, SmallWords = 18;

    private const string Style =
        ".sk{--paper:#fff;--ink:#1d2530;--soft:#566170;--grid:#d5dce4;--main:#0b62a4;--back:#b94a00;--third:#0a7350;--fourth:#8a3f78}" +
        "@media(prefers-color-scheme:dark){.sk:root{--paper:#14181d;--ink:#dde3ea;--soft:#9aa7b5;--grid:#3a444f;--main:#6fb7f2;--back:#ff9b5e;--third:#4ecb9f;--fourth:#e59bd0}}" +
        // Inside a page: as the page is, whatever the system.
        "@supports(color:light-dark(#000,#fff)){.sk:not(:root){--paper:light-dark(#fff,#14181d);--ink:light-dark(#1d2530,#dde3ea);--soft:light-dark(#566170,#9aa7b5);" +
        "--grid:light-dark(#d5dce4,#3a444f);--main:light-dark(#0b62a4,#6fb7f2);--back:light-dark(#b94a00,#ff9b5e);--third:light-dark(#0a7350,#4ecb9f);--fourth:light-dark(#8a3f78,#e59bd0)}}" +
        ".sk text{font-family:\"Helvetica Neue\",Arial,\"Liberation Sans\",\"DejaVu Sans\",sans-serif;paint-order:stroke;stroke-width:5px;stroke-linejoin:round}" +
        ".sk .f{font-family:\"Latin Modern Math\",\"STIX Two Text\",Cambria,Georgia,\"Times New Roman\",\"Liberation Serif\",\"DejaVu Serif\",serif}" +
        ".sk .i{font-style:italic}.sk .n{fill:none}";

    private static readonly string s_tones = string.Concat(from tone in Enum.GetValues<Tone>()
                                                           let name = NameOf(tone)
                                                           let light = LightOf(name)
                                                           // Twice: what knows no variables takes the first.
                                                           select $".sk .s-{name}{{stroke:{light};stroke:var(--{name})}}.sk .f-{name}{{fill:{light};fill:var(--{name})}}");

    private readonly StringBuilder svg = new();

    /// <summary>An empty sheet.</summary>
    /// <param name="name">What its file is called, without ending.</param>
    /// <param name="width">At most 640.</param>
    /// <param name="height">As high as it needs to be.</param>
    /// <param name="description">What the figure shows, for those who do not see it: one or two sentences.</param>
    public Sketch(string name, int width, int height, string description)
    {
        if (width is < 1 or > 640)
            throw new ArgumentOutOfRangeException(nameof(width), width, "A figure is at most 640 wide: its words shrink with it on a telephone.");
        (Name, Width, Height, Description) = (name, width, height, description);
    }

    /// <summary>What its file is called, without ending.</summary>
    public string Name { get; }

    /// <summary>The size.</summary>
    public int Width { get; }

    /// <summary>The size.</summary>
    public int Height { get; }

    /// <summary>What the figure shows, in words: the alternative text.</summary>
    public string Description { get; }

    /// <summary>The alternative text: all that plain text can show.</summary>
    public override string ToString() => Description;

    /// <summary>The figure for clients that show a value as HTML.</summary>
    public string ToHtml() => ToSvg();

    /// <summary>The figure as the text of an SVG file.</summary>
    public string ToSvg() => string.Create(CultureInfo.InvariantCulture,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"sk\" width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\" style=\"max-width:100%;height:auto\" role=\"img\">") +
        $"<title>{Escaped(Description)}</title><style>{Style}{s_tones}</style>\n" +
        string.Create(CultureInfo.InvariantCulture, $"<rect class=\"f-paper\" width=\"{Width}\" height=\"{Height}\" rx=\"8\"/>\n") + svg + "</svg>\n";

    // ── what is drawn ──

    /// <summary>A straight line.</summary>
    public void Line(double x1, double y1, double x2, double y2, Tone tone = Tone.Ink, double width = 2, string dash = "", double opacity = 1) =>
        Add($"<path class=\"n s-{NameOf(tone)}\" d=\"M{N(x1)} {N(y1)}L{N(x2)} {N(y2)}\"{Pen(width, dash, opacity)}/>");

    /// <summary>A line with a head at its end. <paramref name="before"/> is how far from the end it stops: the radius of what it points at.</summary>
    public void Arrow(double x1, double y1, double x2, double y2, Tone tone = Tone.Ink, double width = 2, double before = 0, double after = 0, string dash = "")
    {
        var length = Math.Sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1));
        if (length <= before + after) return;
        var (ux, uy) = ((x2 - x1) / length, (y2 - y1) / length);
        (x1, y1, x2, y2) = (x1 + after * ux, y1 + after * uy, x2 - before * ux, y2 - before * uy);
        var head = Math.Min(5 + 2.2 * width, 0.6 * (length - before - after));
        Line(x1, y1, x2 - 0.8 * head * ux, y2 - 0.8 * head * uy, tone, width, dash);
        Add($"<path class=\"f-{NameOf(tone)}\" d=\"M{N(x2)} {N(y2)}L{N(x2 - head * ux - 0.45 * head * uy)} {N(y2 - head * uy + 0.45 * head * ux)}" +
            $"L{N(x2 - head * ux + 0.45 * head * uy)} {N(y2 - head * uy - 0.45 * head * ux)}Z\"/>");
    }

    /// <summary>A line through points.</summary>
    public void Path(IEnumerable<(double X, double Y)> points, Tone tone, double width = 3, string dash = "", double opacity = 1) =>
        Add($"<path class=\"n s-{NameOf(tone)}\" d=\"M{string.Join('L', points.Select(p => $"{N(p.X)} {N(p.Y)}"))}\" stroke-linejoin=\"round\"{Pen(width, dash, opacity)}/>");

    /// <summary>A tint between corners.</summary>
    public void Area(IEnumerable<(double X, double Y)> corners, Tone tone, double opacity) =>
        Add($"<path class=\"f-{NameOf(tone)}\" d=\"M{string.Join('L', corners.Select(p => $"{N(p.X)} {N(p.Y)}"))}Z\" fill-opacity=\"{N(opacity, 2)}\"/>");

    /// <summary>A circle with paper, or a tint of a colour, inside.</summary>
    public void Circle(double x, double y, double radius, Tone tone = Tone.Ink, double width = 2, Tone fill = Tone.Paper, double opacity = 1, string dash = "")
    {
        // Under a tint lies paper, so that nothing shines through.
        if (fill != Tone.Paper) Add($"<circle class=\"f-paper\" cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\"/>");
        Add($"<circle class=\"f-{NameOf(fill)} s-{NameOf(tone)}\" cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\" fill-opacity=\"{N(opacity, 2)}\"{Pen(width, dash)}/>");
    }

    /// <summary>A point of a curve.</summary>
    public void Dot(double x, double y, double radius, Tone tone) => Add($"<circle class=\"f-{NameOf(tone)}\" cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\"/>");

    /// <summary>A rectangle: an edge, a tint, or both.</summary>
    public void Box(double x, double y, double width, double height, Tone? edge = Tone.Ink, Tone? fill = null, double opacity = 1, double corner = 6, double pen = 2) =>
        Add($"<rect class=\"{(fill is { } f ? "f-" + NameOf(f) : "n")}{(edge is { } e ? " s-" + NameOf(e) : "")}\" x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" rx=\"{N(corner)}\"" +
            $" fill-opacity=\"{N(opacity, 2)}\"{(edge is null ? "" : Pen(pen, ""))}/>");

    /// <summary>A square image, such as one of 28×28 pixels: ink on paper. The whole numbers 0 to 255, in eight shades.</summary>
    public void Digit(IReadOnlyList<byte> pixels, double x, double y, double side, double opacity = 1)
    {
        var n = (int)Math.Sqrt(pixels.Count);
        Box(x, y, side, side, Tone.Grid, corner: 0, pen: 1.5);
        Add($"<g transform=\"translate({N(x)} {N(y)}) scale({N(side / n, 4)})\" class=\"f-ink\" shape-rendering=\"crispEdges\">");
        foreach (var shade in Enumerable.Range(0, n * n).Where(i => pixels[i] >= 16).GroupBy(i => pixels[i] / 32).OrderBy(group => group.Key))
            Add($"<path fill-opacity=\"{N(opacity * (shade.Key + 1) / 8, 2)}\" d=\"{string.Concat(shade.Select(i => $"M{i % n} {i / n}h1v1h-1z"))}\"/>");
        Add($"</g>");
    }

    /// <summary>Words. What stands between dollar signs is a formula: single letters are slanted, W_1 and W_{12} have an index, e^z a power, \log is a word.</summary>
    /// <param name="x">Where the middle is; see <paramref name="anchor"/>.</param>
    /// <param name="y">The line that the letters stand on.</param>
    /// <param name="words">What is written.</param>
    /// <param name="tone">Its colour.</param>
    /// <param name="size">At least <see cref="SmallWords"/>.</param>
    /// <param name="anchor">start, middle or end: which part of the words is at x.</param>
    /// <param name="bold">Whether it is.</param>
    /// <param name="clear">Whether lines keep off it: not on a tint, where that would show.</param>
    public void Text(double x, double y, string words, Tone tone = Tone.Ink, int size = SmallWords, string anchor = "middle", bool bold = false, bool clear = true) =>
        Add($"<text class=\"f-{NameOf(tone)}{(clear ? " s-paper" : "")}\" x=\"{N(x)}\" y=\"{N(y)}\" font-size=\"{size}\" text-anchor=\"{anchor}\"{(bold ? " font-weight=\"700\"" : "")}>" +
            string.Concat(words.Split('$').Select((part, i) => i % 2 == 0 ? Escaped(part) : Formula(part, size))) + "</text>");

    private static string Formula(string tex, int size)
    {
        var (html, shift) = (new StringBuilder(), 0.0);
        for (var i = 0; i < tex.Length;)
        {
            var level = tex[i] switch { '_' => 0.28, '^' => -0.42, _ => 0.0 };
            if (level != 0) i++;
            var end = tex[i] == '{' && level != 0 ? tex.IndexOf('}', i) : tex[i] == '\\' ? i + 1 + tex[(i + 1)..].TakeWhile(char.IsLetter).Count() : i + 1;
            var part = tex[i] == '{' && level != 0 ? tex[(i + 1)..end] : tex[i] == '\\' ? tex[(i + 1)..end] : tex[i..end];
            var slanted = tex[i] != '\\' && part.All(char.IsLetter) && part[0] is not ('Σ' or '⊤');
            var move = Math.Round(level * size - shift, 1);
            html.Append($"<tspan class=\"{(slanted ? "f i" : "f")}\"{(move != 0 ? $" dy=\"{N(move)}\"" : "")}{(level != 0 ? $" font-size=\"{N(0.72 * size)}\"" : "")}>{Escaped(part)}</tspan>");
            shift = level * size;
            i = tex[i] == '{' && level != 0 ? end + 1 : end;
        }
        // What follows stands on the line again.
        return shift != 0 ? html.Append($"<tspan dy=\"{N(-shift)}\">\u200b</tspan>").ToString() : html.ToString();
    }

    private void Add(string text) => svg.Append(text).Append('\n');

    private static string Pen(double width, string dash, double opacity = 1) =>
        $" stroke-width=\"{N(width)}\"{(dash.Length > 0 ? $" stroke-dasharray=\"{dash}\"" : "")}{(opacity < 1 ? $" stroke-opacity=\"{N(opacity, 2)}\"" : "")}";

    /// <summary>A number as short as it can be seen: the same text in every run.</summary>
    internal static string N(double value, int decimals = 1) =>
        (Math.Round(value, decimals) + 0.0).ToString(decimals == 1 ? "0.#" : "0.####", CultureInfo.InvariantCulture);

    /// <summary>A number beside an axis or in a sentence: at most three decimals, and a minus that is as long as a plus.</summary>
    internal static string Short(double value) => AtMost(3, value);

    /// <summary>The same with another number of decimals at most.</summary>
    internal static string AtMost(int decimals, double value) => Written(value, "0." + new string('#', decimals));

    /// <summary>A number with two decimals, also where they are 0.</summary>
    internal static string Two(double value) => Exactly(2, value);

    /// <summary>The same with three.</summary>
    internal static string Three(double value) => Exactly(3, value);

    /// <summary>The same with another number of decimals.</summary>
    internal static string Exactly(int decimals, double value) => Written(value, "0." + new string('0', decimals));

    private static string Written(double value, string format) =>
        value.ToString(format, CultureInfo.InvariantCulture) is var text && text.All(c => c is '-' or '0' or '.') ? text.TrimStart('-') : text.Replace('-', '−');

    private static string NameOf(Tone tone) => tone.ToString().ToLowerInvariant();

    private static string LightOf(string name)
    {
        var at = Style.IndexOf($"--{name}:", StringComparison.Ordinal) + name.Length + 3;
        return Style[at..Style.IndexOfAny([';', '}'], at)];
    }

    private static string Escaped(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;");
}

/// <summary>A part of a sketch with two axes: turns numbers into places.</summary>
/// <param name="Sketch">What it is drawn on.</param>
/// <param name="Left">The left end of the x axis.</param>
/// <param name="Top">The upper end of the y axis.</param>
/// <param name="Width">The length of the x axis.</param>
/// <param name="Height">The length of the y axis.</param>
/// <param name="X0">The number at the left end.</param>
/// <param name="X1">The number at the right end.</param>
/// <param name="Y0">The number at the lower end.</param>
/// <param name="Y1">The number at the upper end.</param>
public sealed record Plot(Sketch Sketch, double Left, double Top, double Width, double Height, double X0, double X1, double Y0, double Y1)
{
    /// <summary>Where a number stands from left to right.</summary>
    public double X(double x) => Left + Width * (x - X0) / (X1 - X0);

    /// <summary>Where a number stands from top to bottom.</summary>
    public double Y(double y) => Top + Height * (Y1 - y) / (Y1 - Y0);

    /// <summary>A function between the ends of the x axis, cut off where it leaves the plot.</summary>
    public void Function(Func<double, double> f, Tone tone, string dash = "", double width = 3, double? from = null, double? to = null, int steps = 160)
    {
        var (a, b) = (from ?? X0, to ?? X1);
        // Rounded, so that 0 is 0 and not 1e-16: a corner at 0 is then drawn where it is.
        Curve(Enumerable.Range(0, steps + 1).Select(i => Math.Round(a + (b - a) * i / steps, 12)).Select(x => (x, f(x))), tone, dash, width);
    }

    /// <summary>A line through points; those outside the plot are left out, and the line is broken there.</summary>
    public void Curve(IEnumerable<(double X, double Y)> points, Tone tone, string dash = "", double width = 3)
    {
        var part = new List<(double, double)>();
        foreach (var (x, y) in points)
        {
            if (x >= X0 - 1e-9 && x <= X1 + 1e-9 && y >= Y0 - 1e-9 && y <= Y1 + 1e-9) part.Add((X(x), Y(y)));
            else Flush();
        }
        Flush();

        void Flush()
        {
            if (part.Count > 1) Sketch.Path(part, tone, width, dash);
            part.Clear();
        }
    }

    /// <summary>The axes with numbers beside them.</summary>
    /// <param name="x">Where there is a number on the x axis, and what it is called there.</param>
    /// <param name="y">The same on the y axis.</param>
    /// <param name="xTitle">What the x axis is.</param>
    /// <param name="lines">Whether lines go across from the numbers of the y axis.</param>
    public void Axes(IEnumerable<(double At, string Name)> x, IEnumerable<(double At, string Name)> y, string xTitle = "", bool lines = true)
    {
        foreach (var (at, name) in y)
        {
            if (lines) Sketch.Line(Left, Y(at), Left + Width, Y(at), Tone.Grid, 1.2);
            Sketch.Text(Left - 7, Y(at) + 6, name, Tone.Soft, anchor: "end");
        }
        foreach (var (at, name) in x)
        {
            Sketch.Line(X(at), Top + Height, X(at), Top + Height + 5, Tone.Soft, 1.2);
            Sketch.Text(X(at), Top + Height + 22, name, Tone.Soft);
        }
        Sketch.Line(Left, Top + Height, Left + Width, Top + Height, Tone.Soft, 1.5);
        if (xTitle.Length > 0) Sketch.Text(Left + Width / 2, Top + Height + 46, xTitle, Tone.Soft);
    }
}
