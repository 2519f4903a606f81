using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;

#nullable enable

// Training while it runs, drawn as SVG.

/// <summary>
/// A training run at one moment: its curves, a bar with the time left, and what the network takes some digits for. It
/// is drawn as SVG, which a client can replace many times a second, and it never changes: <see cref="After"/> gives the
/// next moment.
/// </summary>
[TypeFormatterSource(typeof(SvgFormatters), PreferredMimeTypes = ["image/svg+xml"])]
public sealed class TrainingView : IHtml
{
    private readonly string title;
    private readonly int epochs;
    private readonly int imagesInEpoch;
    private readonly byte[] pixels;
    private readonly byte[] labels;
    private readonly Func<int[]> predict;
    private readonly long started;
    private readonly EpochResult[] history;
    private readonly int[] guesses;

    private TrainingView(string title, int epochs, int imagesInEpoch, byte[] pixels, byte[] labels, Func<int[]> predict,
        long started, EpochResult[] history) =>
        (this.title, this.epochs, this.imagesInEpoch, this.pixels, this.labels, this.predict, this.started, this.history, guesses) =
        (title, epochs, imagesInEpoch, pixels, labels, predict, started, history, predict());

    /// <summary>The moment before training.</summary>
    /// <param name="title">What is trained, in words.</param>
    /// <param name="network">Is asked about the digits at each moment.</param>
    /// <param name="training">The examples of an epoch: their number gives the images per second.</param>
    /// <param name="options">Says how many epochs there will be.</param>
    /// <param name="shown">The digits to show, at most 16, with pixels between 0 and 1.</param>
    /// <exception cref="ArgumentException">More than 16 digits, or not 784 pixels in each.</exception>
    public static TrainingView Of<T>(string title, Network<T> network, Examples<T> training, TrainingOptions options, Examples<T> shown)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (shown.Count > 16 || shown.X.Rows != TrainingViewSvg.Pixels)
            throw new ArgumentException($"A training view shows at most 16 digits of 784 pixels; found {shown.X.Shape}.");
        byte[] pixels = [.. shown.X.ToArray().Select(x => (byte)Math.Round(255 * Math.Clamp(double.CreateChecked(x), 0, 1)))];
        return new(title, options.Epochs, training.Count, pixels, shown.Labels, () => network.Predict(shown.X),
            System.Diagnostics.Stopwatch.GetTimestamp(), []);
    }

    /// <summary>The moment after an epoch.</summary>
    public TrainingView After(EpochResult result) => new(title, epochs, imagesInEpoch, pixels, labels, predict, started, [.. history, result]);

    /// <summary>What the network takes the digits for at this moment.</summary>
    public IReadOnlyList<int> Guesses => guesses;

    /// <summary>The last measurement in words.</summary>
    public override string ToString() => history.Length == 0 ? $"{title}: begins" : string.Create(CultureInfo.InvariantCulture,
        $"{title}: {history[^1].Epoch:N0} of {epochs:N0} epochs, loss {history[^1].TrainingLoss:F4}, right {Right}");

    /// <summary>The picture for clients that show a value as HTML.</summary>
    public string ToHtml() => ToSvg();

    /// <summary>The picture: 900×334, or less on a narrow page.</summary>
    public string ToSvg()
    {
        var svg = new TrainingViewSvg(title, ToString());
        // A loss is seen from 0, so that two views can be compared; an accuracy is mostly near 100.
        svg.Curves(0, "loss", epochs, history, e => e.TrainingLoss, e => e.ValidationLoss, from: 0);
        svg.Curves(450, "accuracy (%)", epochs, history, e => 100 * e.TrainingAccuracy, e => 100 * e.ValidationAccuracy);
        svg.Bar(epochs == 0 ? 1 : history.Length == 0 ? 0 : (double)history[^1].Epoch / epochs, Progress());
        svg.Digits(pixels, labels, guesses);
        return svg.End();
    }

    private string Right => history[^1].TrainingAccuracy.ToString("P2", CultureInfo.InvariantCulture) + " of training images"
        + (double.IsFinite(history[^1].ValidationAccuracy) ? ", " + history[^1].ValidationAccuracy.ToString("P2", CultureInfo.InvariantCulture) + " of unseen ones" : "");

    // In up to three parts, which stand below each other on a narrow page. At the end no time is told: what is stored in a
    // notebook is then the same in every run.
    private string[] Progress()
    {
        if (history.Length == 0) return [$"epoch 0 of {epochs}"];
        var (done, loss) = (history[^1].Epoch, history[^1].TrainingLoss.ToString("F4", CultureInfo.InvariantCulture));
        string[] text = [string.Create(CultureInfo.InvariantCulture, $"epoch {done:N0} of {epochs:N0} · loss {loss}"), $"right {Right}"];
        if (done == 0 || done == epochs) return text;
        var seconds = System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds;
        return [.. text, string.Create(CultureInfo.InvariantCulture,
            $"{(double)done * imagesInEpoch / seconds:N0} images per second · {seconds / done * (epochs - done):N0} s left")];
    }
}

/// <summary>Draws the parts of a training view.</summary>
internal sealed class TrainingViewSvg
{
    public const int Pixels = 784;
    private const int Side = 28, Width = 900, Height = 334, PlotWidth = 370, PlotHeight = 150, Left = 56, Top = 44;
    private readonly System.Text.StringBuilder svg = new();

    public TrainingViewSvg(string title, string description)
    {
        svg.Append(PagePaper.Open(Width, Height, "12", Escaped(description), " training"));
        Add($"<g class=\"ink\"><text x=\"8\" y=\"18\" font-size=\"15\">{Escaped(title)}</text>");
    }

    public void Curves(int x, string name, int epochs, EpochResult[] history, Func<EpochResult, double> training, Func<EpochResult, double> validation, double? from = null)
    {
        // The untrained network is far off: once there is more, the curves begin after it.
        history = [.. history.Skip(history.Length > 1 ? 1 : 0)];
        var values = history.SelectMany(e => new[] { training(e), validation(e) }).Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
        var (low, high, step) = Ticks(from ?? values.Min(), values.Max());
        var form = step >= 10_000 ? "G4" : $"F{Math.Max(0, (int)Math.Ceiling(-Math.Log10(step) - 1e-9))}";   // 98.0 beside 98.5
        double X(double epoch) => PlotWidth * (epochs == 0 ? 0 : epoch / epochs);
        double Y(double value) => PlotHeight * (1 - (value - low) / (high - low));
        var left = x + Left;
        Add($"<g class=\"curves\">");
        for (var i = 0; low + i * step <= high + step / 2; i++)
        {
            var y = Top + Y(low + i * step);
            Add($"<line x1=\"{left}\" x2=\"{left + PlotWidth}\" y1=\"{y:F1}\" y2=\"{y:F1}\" stroke=\"gray\" stroke-opacity=\"{(i == 0 ? 0.6 : 0.25)}\"/>");
            Add($"<text x=\"{left - 6}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{(low + i * step).ToString(form, CultureInfo.InvariantCulture)}</text>");
        }
        Add($"<text x=\"{left}\" y=\"{Top + PlotHeight + 16}\">0</text><text x=\"{left + PlotWidth}\" y=\"{Top + PlotHeight + 16}\" text-anchor=\"end\">{epochs} epochs</text>");
        Add($"<text x=\"{left}\" y=\"{Top - 8}\">{Escaped(name)}</text>");
        Add($"<g transform=\"translate({left} {Top})\">");
        Line(training, ChartStyle.Main, "");
        Line(validation, ChartStyle.Warning, " stroke-dasharray=\"6 4\"");
        Add($"</g>");
        Legend(left + 170, ChartStyle.Main, "", "training");
        if (history.Any(e => double.IsFinite(validation(e)))) Legend(left + 270, ChartStyle.Warning, " stroke-dasharray=\"6 4\"", "validation");
        Add($"</g>");

        void Line(Func<EpochResult, double> value, string colour, string dash)
        {
            var points = history.Where(e => double.IsFinite(value(e))).Select(e => string.Create(CultureInfo.InvariantCulture, $"{X(e.Epoch):F1},{Y(value(e)):F1}")).ToArray();
            if (points.Length == 0) return;
            Add($"<polyline points=\"{string.Join(' ', points)}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>");
            Add($"<circle cx=\"{points[^1].Replace(",", "\" cy=\"")}\" r=\"3\" fill=\"{colour}\"/>");
        }
    }

    private void Legend(int x, string colour, string dash, string name) =>
        Add($"<line x1=\"{x}\" x2=\"{x + 28}\" y1=\"{Top - 12}\" y2=\"{Top - 12}\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/><text x=\"{x + 34}\" y=\"{Top - 8}\">{name}</text>");

    // Round numbers around the values.
    private static (double Low, double High, double Step) Ticks(double low, double high)
    {
        var step = RoundNumbers.Step(high - low);
        low = Math.Floor(low / step) * step;
        return (low, Math.Max(Math.Ceiling(high / step) * step, low + step), step);
    }

    public void Bar(double share, string[] text)
    {
        const int y = Top + PlotHeight + 28, Full = Width - 2 * 8;
        Add($"<g class=\"below\"><g class=\"bar\"><rect x=\"8\" y=\"{y}\" width=\"{Full}\" height=\"8\" rx=\"4\" fill=\"gray\" fill-opacity=\"0.25\"/>");
        Add($"<rect x=\"8\" y=\"{y}\" width=\"{Full * share:F1}\" height=\"8\" rx=\"4\" fill=\"{ChartStyle.Main}\"/></g>");
        for (var i = 0; i < text.Length; i++) Add($"<text class=\"said-{i}\" x=\"{8 + (i == 0 ? 0 : i == 1 ? 240 : 610)}\" y=\"{y + 24}\">{Escaped(text[i])}</text>");
        Add($"</g>");
    }

    public void Digits(byte[] pixels, byte[] labels, int[] guesses)
    {
        if (labels.Length == 0) return;
        const int y = Top + PlotHeight + 62, Size = 42;
        Add($"<g class=\"digits{(labels.Length > 10 ? " many" : "")}\"><image x=\"8\" y=\"{y}\" width=\"{labels.Length * Size}\" height=\"{Size}\" style=\"image-rendering:pixelated\" href=\"data:image/bmp;base64,{Convert.ToBase64String(Strip(pixels, labels.Length))}\"/>");
        for (var i = 0; i < labels.Length; i++)
        {
            var isRight = guesses[i] == labels[i];
            Add($"<text x=\"{8 + i * Size + Size / 2}\" y=\"{y + Size + 18}\" text-anchor=\"middle\" font-size=\"15\" class=\"{(isRight ? "ink" : "warn")}\">{guesses[i]}{(isRight ? "" : " ✗")}</text>");
        }
        Add($"<text class=\"what\" x=\"{8 + labels.Length * Size + 12}\" y=\"{y + Size + 18}\">what the network takes them for</text></g>");
    }

    public string End() => svg.Append("</g></svg>").ToString();

    // The digits side by side as a bitmap of 8 bits: a few plain bytes of header, a palette from paper to ink, and the rows from the last up.
    private static byte[] Strip(byte[] pixels, int count)
    {
        const int Header = 54, Palette = 4 * 256;
        var width = Side * count;   // a multiple of 4, as rows of a bitmap must be
        var bytes = new byte[Header + Palette + width * Side];
        void Put(int at, int value) => System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
        (bytes[0], bytes[1], bytes[26], bytes[28]) = ((byte)'B', (byte)'M', 1, 8);
        Put(2, bytes.Length);
        Put(10, Header + Palette);
        Put(14, 40);
        Put(18, width);
        Put(22, Side);
        for (var i = 0; i < 256; i++)
            for (var c = 0; c < 3; c++)   // blue, green, red
                bytes[Header + 4 * i + c] = (byte)(((byte[])[0xEF, 0xED, 0xEB])[c] + (((byte[])[0x10, 0x0D, 0x0B])[c] - ((byte[])[0xEF, 0xED, 0xEB])[c]) * i / 255);
        for (var d = 0; d < count; d++)
            for (var row = 0; row < Side; row++)
                pixels.AsSpan(d * Pixels + row * Side, Side).CopyTo(bytes.AsSpan(Header + Palette + (Side - 1 - row) * width + d * Side));
        return bytes;
    }

    private void Add(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));

    private static string Escaped(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");
}
