using System.Globalization;
using System.Text;

namespace Bench;

/// <summary>Charts as SVG files.</summary>
internal static class Chart
{
    private const int Width = 720, Height = 400, Left = 70, Right = 110, Top = 40, Bottom = 50;
    private static readonly string[] s_colours = ["#2f5d8a", "#c8742c", "#4d8a4d", "#8a4d7a"];

    /// <summary>For each piece of work a bar for each contestant; one without a time has none.</summary>
    public static void Bars(string path, string title, string[] names, (string What, double[] Times)[] work)
    {
        const int Bar = 20, Names = 90, Numbers = 60;
        var longest = work.SelectMany(w => w.Times).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        var group = 34 + names.Length * (Bar + 4);
        var height = 40 + work.Length * group;
        var svg = new StringBuilder();
        void Add(FormattableString part) => svg.AppendLine(part.ToString(CultureInfo.InvariantCulture));
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"14\">");
        Add($"<rect width=\"{Width}\" height=\"{height}\" fill=\"white\"/>");
        Add($"<text x=\"16\" y=\"26\" font-size=\"16\">{title}</text>");
        for (var i = 0; i < work.Length; i++)
        {
            Add($"<text x=\"16\" y=\"{40 + i * group + 22}\" font-weight=\"bold\">{work[i].What}</text>");
            for (var k = 0; k < names.Length; k++)
            {
                var (y, time) = (40 + i * group + 32 + k * (Bar + 4), work[i].Times[k]);
                Add($"<text x=\"{Names}\" y=\"{y + 15}\" text-anchor=\"end\">{names[k]}</text>");
                if (!double.IsFinite(time)) continue;
                var length = (Width - Names - Numbers - 20) * time / longest;
                Add($"<rect x=\"{Names + 10}\" y=\"{y}\" width=\"{length:0.0}\" height=\"{Bar}\" fill=\"{s_colours[k]}\"/>");
                Add($"<text x=\"{Names + 16 + length:0.0}\" y=\"{y + 15}\">{Measured.Short(time)}</text>");
            }
        }
        Save(path, svg);
    }

    /// <summary>Lines, both axes logarithmic.</summary>
    public static void Write(string path, string xTitle, string yTitle, int[] x, (string Name, double[] Y)[] lines)
    {
        var all = lines.SelectMany(l => l.Y).Where(double.IsFinite).ToArray();
        var (low, high) = (Math.Floor(Math.Log10(all.Min())), Math.Ceiling(Math.Log10(all.Max())));
        double AtX(double value) => Left + (Width - Left - Right) * Math.Log((double)value / x[0]) / Math.Log((double)x[^1] / x[0]);
        double AtY(double value) => Height - Bottom - (Height - Top - Bottom) * (Math.Log10(value) - low) / (high - low);

        var svg = new StringBuilder();
        void Add(FormattableString part) => svg.AppendLine(part.ToString(CultureInfo.InvariantCulture));
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" font-family=\"sans-serif\" font-size=\"13\">");
        Add($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>");
        Add($"<text x=\"{Left}\" y=\"22\" font-size=\"15\">{yTitle}, by {xTitle}</text>");
        for (var power = low; power <= high; power++)
        {
            Add($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{AtY(Math.Pow(10, power)):0.0}\" y2=\"{AtY(Math.Pow(10, power)):0.0}\" stroke=\"#ddd\"/>");
            Add($"<text x=\"{Left - 8}\" y=\"{AtY(Math.Pow(10, power)) + 4:0.0}\" text-anchor=\"end\">{Math.Pow(10, power):#,0.###}</text>");
        }
        foreach (var value in x)
        {
            Add($"<text x=\"{AtX(value):0.0}\" y=\"{Height - Bottom + 20}\" text-anchor=\"middle\">{value}</text>");
            Add($"<line x1=\"{AtX(value):0.0}\" x2=\"{AtX(value):0.0}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom + 5}\" stroke=\"#666\"/>");
        }
        Add($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">{xTitle}</text>");
        var names = new List<(double Y, double X, string Colour, string Name)>();
        foreach (var ((name, y), colour) in lines.Zip(s_colours))
        {
            var points = x.Zip(y).Where(p => double.IsFinite(p.Second)).Select(p => (X: AtX(p.First), Y: AtY(p.Second))).ToArray();
            Add($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{string.Join(' ', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.X:0.0},{p.Y:0.0}")))}\"/>");
            foreach (var p in points) Add($"<circle cx=\"{p.X:0.0}\" cy=\"{p.Y:0.0}\" r=\"3.5\" fill=\"{colour}\"/>");
            names.Add((points[^1].Y + 4, points[^1].X + 8, colour, name));
        }
        // Where lines end together their names stand below each other.
        var free = 0.0;
        foreach (var (y, left, colour, name) in names.OrderBy(n => n.Y))
        {
            Add($"<text x=\"{left:0.0}\" y=\"{Math.Max(y, free):0.0}\" fill=\"{colour}\">{name}</text>");
            free = Math.Max(y, free) + 15;
        }
        Save(path, svg);
    }

    private static void Save(string path, StringBuilder svg)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, svg.AppendLine("</svg>").ToString());
    }
}
