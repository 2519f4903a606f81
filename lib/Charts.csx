using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
// Aliases only: a `using` here is seen by every later cell, and Plotly.NET's names (Title, Line, Color …) are common words.
using Chart = Plotly.NET.CSharp.Chart;
using GenericChart = Plotly.NET.GenericChart;
using JsonArray = System.Text.Json.Nodes.JsonArray;
using JsonNode = System.Text.Json.Nodes.JsonNode;
using JsonObject = System.Text.Json.Nodes.JsonObject;
using JsonValue = System.Text.Json.Nodes.JsonValue;

#nullable enable

// Every picture of the course. The figures are made with Plotly.NET; what a notebook gets is a Picture:
// the figure as small JSON that is the same in every run.
//
//   Part 1  Picture, what a cell ends with
//   Part 2  Charts, one method for each kind of picture
//   Part 3  images side by side
//   Part 4  colours, and from a chart to its JSON
//   Part 5  training, while it runs

// ───────────────────────────── Part 1: what a cell ends with ─────────────────────────────

/// <summary>
/// A figure that a notebook shows: as Plotly JSON where the client can draw that, else as HTML that draws itself.
/// </summary>
/// <param name="title">What the picture shows, in words: the alternative text.</param>
/// <param name="json">The figure, <c>{"data":[…],"layout":{…},"config":{…}}</c>.</param>
[TypeFormatterSource(typeof(PictureSource), PreferredMimeTypes = ["application/vnd.plotly.v1+json", "text/html"])]
public sealed class Picture(string title, string json) : IHtml
{
    /// <summary>What the picture shows, in words.</summary>
    public string Title { get; } = title;

    /// <summary>The figure as Plotly JSON. The same data give the same text.</summary>
    public string Json { get; } = json;

    /// <summary>The title: all that plain text can show.</summary>
    public override string ToString() => Title;

    /// <summary>
    /// HTML that draws itself: with the page's plotly.js when it has one, else with plotly.js from the network.
    /// Without either it says in words what is missing.
    /// </summary>
    public string ToHtml()
    {
        // Clients insert a script in different ways, and not all of them leave it beside its div. So the script finds
        // the divs that are waiting for this very figure; two of the same figure are drawn alike, each once.
        var key = Key(Json);
        var layout = JsonNode.Parse(Json)?["layout"];
        var height = Size(layout?["height"]) ?? ChartStyle.Height;
        var width = Size(layout?["width"]) is { } fixedWidth ? $"width:{fixedWidth}px;" : "max-width:900px;";
        var script = Loader
            .Replace("@KEY", key)
            .Replace("@PLOTLY", PlotlyPromise)
            // Inside <script>, "</script>" or "<!--" in a text would end or swallow the script.
            .Replace("@FIGURE", Json.Replace("<", "\\u003c").Replace("\u2028", "\\u2028").Replace("\u2029", "\\u2029"));
        return $"<div data-picture=\"{key}\" role=\"img\" aria-label=\"{Escaped(Title)}\" style=\"{width}height:{height}px\"></div>" +
            $"<script type=\"text/javascript\">{script}</script>";
    }

    private const string Loader = """
        (function(){
        var f=@FIGURE,s=document.currentScript,p=s&&s.previousElementSibling,
        all=p&&p.getAttribute('data-picture')==='@KEY'?[p]:document.querySelectorAll('[data-picture="@KEY"]'),
        divs=Array.prototype.filter.call(all,function(d){return !d.hasAttribute('data-drawn')});
        divs.forEach(function(d){d.setAttribute('data-drawn','')});
        @PLOTLY
        plotly(['https://cdn.plot.ly/plotly-2.28.0.min.js']).then(
        function(P){divs.forEach(function(d){d.textContent='';P.newPlot(d,f.data,f.layout,f.config)})},
        function(){divs.forEach(function(d){d.textContent='This chart is drawn by plotly.js, which could not be loaded: '+d.getAttribute('aria-label')})});
        })();
        """;

    /// <summary>
    /// A function of JavaScript that promises plotly.js: what the page has, or else the first of some addresses that
    /// answers. Where require.js is on the page, or arrives meanwhile, plotly.js would register there and nowhere else;
    /// so it is handed the module that it fills. Where a page forbids that, a script tag is tried. One load serves all charts.
    /// </summary>
    public const string PlotlyPromise = """
        function plotly(addresses){
        if(window.Plotly)return Promise.resolve(window.Plotly);
        function run(text){var m={exports:{}};new Function('module','exports','define',text).call(window,m,m.exports);return window.Plotly=m.exports}
        function fetched(a){return fetch(a).then(function(r){if(!r.ok)throw new Error(r.status);return r.text()}).then(run)}
        function tagged(a){return new Promise(function(done,fail){var t=document.createElement('script');t.src=a;t.charset='utf-8';t.onerror=fail;
        t.onload=function(){window.Plotly?done(window.Plotly):fail()};document.head.appendChild(t)})}
        return window.plotlyPromise=window.plotlyPromise||[fetched,tagged].reduce(function(p,way){return addresses.reduce(function(q,a){
        return q.catch(function(){return way(a)})},p)},Promise.reject()).catch(function(e){window.plotlyPromise=null;throw e});
        }
        """;

    private static int? Size(JsonNode? size) => size is JsonValue value && value.TryGetValue<double>(out var pixels) ? (int)Math.Round(pixels) : null;

    private static string Escaped(string text) =>
        text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;");

    // FNV-1a: short, and the same in every run, which string.GetHashCode is not.
    private static string Key(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in text) hash = (hash ^ letter) * 1099511628211UL;
        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }
}

/// <summary>How notebooks show a <see cref="Picture"/>.</summary>
public sealed class PictureSource
{
    /// <summary>Called by the notebook's client.</summary>
    public IEnumerable<object> CreateTypeFormatters() =>
        [new ConventionFormatter("application/vnd.plotly.v1+json", value => ((Picture)value).Json),
         new ConventionFormatter("text/html", value => ((Picture)value).ToHtml()),
         new ConventionFormatter("text/plain", value => ((Picture)value).Title)];
}

/// <summary>One line of a chart.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="X">From left to right.</param>
/// <param name="Y">As many as <paramref name="X"/>; a value that is not finite leaves a gap.</param>
public sealed record Curve(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y);

// ───────────────────────────── Part 2: one method for each kind of picture ─────────────────────────────

/// <summary>Draws the pictures of the course.</summary>
public static class Charts
{
    private const int Side = 28, Pixels = Side * Side;

    // More than any screen shows side by side; beyond it a notebook becomes large and its page slow.
    private const int MostPoints = 10_000, MostBars = 1_000, MostImages = 1_000;

    /// <summary>Lines through points. Each curve has a colour and a dash of its own.</summary>
    /// <param name="title">What the picture shows.</param>
    /// <param name="xTitle">What runs to the right, with its unit.</param>
    /// <param name="yTitle">What goes up, with its unit.</param>
    /// <param name="curves">At least one. Of more than 10,000 points the extremes of each stretch are drawn, and the axis says so.</param>
    /// <exception cref="ArgumentException">There is no curve, one is empty, or its X and Y differ in length.</exception>
    public static Picture Lines(string title, string xTitle, string yTitle, params Curve[] curves)
    {
        Require((title, nameof(title)), (xTitle, nameof(xTitle)), (yTitle, nameof(yTitle)), (curves, nameof(curves)));
        if (curves.Length == 0) throw new ArgumentException("A line chart needs at least one curve, but got none.");
        foreach (var curve in curves)
        {
            Require((curve, "a curve"));
            Require((curve.Name, "the name of a curve"), (curve.X, $"X of curve \"{curve.Name}\""), (curve.Y, $"Y of curve \"{curve.Name}\""));
            if (curve.X.Count != curve.Y.Count)
                throw new ArgumentException($"Curve \"{curve.Name}\" has {curve.X.Count} x values but {curve.Y.Count} y values: there must be one for each.");
            if (curve.X.Count == 0) throw new ArgumentException($"Curve \"{curve.Name}\" has no points: it needs at least one.");
        }
        var drawn = curves.Select(Thinned).ToArray();
        if (curves.Sum(curve => (long)curve.X.Count) is var points && drawn.Sum(curve => (long)curve.X.Count) is var fewer && fewer < points)
            xTitle += string.Create(CultureInfo.InvariantCulture, $" ({fewer:N0} of {points:N0} points drawn: the extremes of each stretch)");
        var chart = Chart.Combine(drawn.Select((curve, i) => Chart.Line<double, double, string>(
            x: curve.X, y: curve.Y, Name: curve.Name,
            // A line through one point is invisible, and with few points one wants to see where they are.
            ShowMarkers: curve.X.Count <= 25,
            LineColor: ChartStyle.Colour(ChartStyle.Palette[i % ChartStyle.Palette.Length]),
            LineDash: ChartStyle.Dash(i), LineWidth: 2.0, UseDefaults: false)));
        var layout = ChartStyle.Axes(xTitle, yTitle);
        // Room for the legend's line.
        if (curves.Length > 1) layout["margin"] = new JsonObject { ["b"] = 84 };
        return Figure.Of(chart, title, layout);
    }

    /// <summary>The loss on training and validation data after each epoch. Measurements that are NaN are left out.</summary>
    /// <exception cref="ArgumentException">Nothing was measured.</exception>
    public static Picture LossCurves(TrainingHistory history, string title = "Loss during training", string xTitle = "epoch") =>
        Lines(title, xTitle, "loss (mean over the examples)",
            Measured(history, e => e.TrainingLoss, e => e.ValidationLoss));

    /// <summary>The share of right predictions on training and validation data after each epoch, in per cent.</summary>
    /// <exception cref="ArgumentException">Nothing was measured.</exception>
    public static Picture AccuracyCurves(TrainingHistory history, string title = "Accuracy during training", string xTitle = "epoch") =>
        Lines(title, xTitle, "accuracy (%)",
            Measured(history, e => 100 * e.TrainingAccuracy, e => 100 * e.ValidationAccuracy));

    // A curve of very many points, as its beginning and end and the lowest and the highest of each stretch between: on a
    // screen that is the same line. A stretch with a gap keeps one.
    private static Curve Thinned(Curve curve)
    {
        var count = curve.X.Count;
        if (count <= MostPoints) return curve;
        const int stretches = MostPoints / 4;
        var kept = new SortedSet<int> { 0, count - 1 };
        for (var stretch = 0; stretch < stretches; stretch++)
        {
            int from = (int)((long)count * stretch / stretches), to = (int)((long)count * (stretch + 1) / stretches);
            int low = -1, high = -1, gap = -1;
            for (var i = from; i < to; i++)
            {
                if (!double.IsFinite(curve.Y[i])) gap = gap < 0 ? i : gap;
                else
                {
                    if (low < 0 || curve.Y[i] < curve.Y[low]) low = i;
                    if (high < 0 || curve.Y[i] > curve.Y[high]) high = i;
                }
            }
            foreach (var i in (int[])[low, high, gap])
                if (i >= 0) kept.Add(i);
        }
        return curve with { X = [.. kept.Select(i => curve.X[i])], Y = [.. kept.Select(i => curve.Y[i])] };
    }

    private static Curve[] Measured(TrainingHistory history, Func<EpochResult, double> training, Func<EpochResult, double> validation)
    {
        Require((history, nameof(history)));
        Curve Of(string name, Func<EpochResult, double> value)
        {
            var finite = history.Epochs.Where(e => double.IsFinite(value(e))).ToArray();
            return new Curve(name, [.. finite.Select(e => (double)e.Epoch)], [.. finite.Select(value)]);
        }
        Curve[] curves = [.. new[] { Of("training", training), Of("validation", validation) }.Where(c => c.X.Count > 0)];
        return curves.Length > 0 ? curves
            : throw new ArgumentException($"The history has {history.Epochs.Count} measurements and no finite one among them: there is nothing to draw.");
    }

    /// <summary>
    /// Digits in rows. Under each stands its label, or its prediction when there are no labels. Where both are given and
    /// differ it says "✗ label → prediction".
    /// </summary>
    /// <param name="pixels">Image after image, 784 bytes each, row by row; 0 is paper, 255 is ink.</param>
    /// <param name="labels">One for each image, or null.</param>
    /// <param name="predictions">One for each image, or null.</param>
    /// <param name="columns">How many digits stand in a row.</param>
    /// <param name="title">What the picture shows; without it nothing is written above the digits.</param>
    /// <exception cref="ArgumentException">No image, a broken image, or a label or prediction that is missing or not 0 to 9.</exception>
    public static Picture Digits(byte[] pixels, byte[]? labels = null, int[]? predictions = null, int columns = 10, string? title = null)
    {
        Require((pixels, nameof(pixels)));
        if (pixels.Length == 0 || pixels.Length % Pixels != 0)
            throw new ArgumentException($"Images have {Pixels} pixels each, but {pixels.Length} pixels are not a whole number of images, at least one.");
        var count = pixels.Length / Pixels;
        if (count > MostImages)
            throw new ArgumentException($"A picture shows at most {MostImages:N0} images, but got {count:N0}: take some of them, as images.Take(100) does.");
        RequireColumns(columns);
        var truth = labels?.Select(label => (int)label).ToArray();
        RequireClasses(truth, "label", count);
        RequireClasses(predictions, "prediction", count);

        ImageCaption[]? captions = null;
        var right = truth ?? predictions;
        if (right != null)
            captions = [.. Enumerable.Range(0, count).Select(i => predictions == null || predictions[i] == right[i]
                ? new ImageCaption($"{right[i]}", false)
                : new ImageCaption($"✗ {right[i]} → {predictions[i]}", true))];
        var wrong = captions?.Count(caption => caption.Warning) ?? 0;
        var alternative = (title ?? (count == 1 ? "A handwritten digit" : $"{count} handwritten digits")) +
            (wrong > 0 && wrong < count ? $", {wrong} predicted wrongly" : "");
        return new ImageMosaic
        {
            Count = count, Columns = columns, Value = (image, pixel) => pixels[image * Pixels + pixel],
            Low = 0, High = 255, Colours = ChartStyle.Ink, Captions = captions,
            Note = wrong > 0 ? "✗ label → prediction" : null, Hover = "pixel %{z}",
        }.Draw(alternative, title != null);
    }

    /// <summary>One digit, large; the value of a pixel shows under the pointer.</summary>
    /// <param name="pixels">784 bytes, row by row; 0 is paper, 255 is ink.</param>
    /// <param name="title">What the picture shows.</param>
    /// <exception cref="ArgumentException">There are not 784 pixels.</exception>
    public static Picture Digit(ReadOnlySpan<byte> pixels, string title)
    {
        Require((title, nameof(title)));
        if (pixels.Length != Pixels) throw new ArgumentException($"A digit has {Pixels} pixels, but {pixels.Length} were given.");
        var copy = pixels.ToArray();
        return new ImageMosaic
        {
            Count = 1, Columns = 1, Value = (_, pixel) => copy[pixel], Low = 0, High = 255, Colours = ChartStyle.Ink,
            ColourBar = "pixel value", LargestScale = 12, Hover = "pixel %{z}",
        }.Draw(title, true);
    }

    /// <summary>The probabilities of the classes, as bars; the label's bar is marked.</summary>
    /// <param name="p">One for each class, between 0 and 1, as a column of A2 has them.</param>
    /// <param name="label">The class that is right, or null when it is not known.</param>
    /// <param name="title">What the picture shows.</param>
    /// <exception cref="ArgumentException">No class, a number outside 0 to 1, or a label that is not a class.</exception>
    public static Picture Probabilities(IReadOnlyList<double> p, int? label = null, string? title = null)
    {
        Require((p, nameof(p)));
        if (p.Count == 0) throw new ArgumentException("There must be a probability for each class, but there is none.");
        // float rounds: a probability may come out as 1.0000001.
        if (Enumerable.Range(0, p.Count).Where(k => !(p[k] >= 0 && p[k] <= 1.001)).Select(k => (int?)k).FirstOrDefault() is { } bad)
            throw new ArgumentException($"A probability lies between 0 and 1, but that of class {bad} is {Text(p[bad])}.");
        if (label is < 0 || label >= p.Count)
            throw new ArgumentException($"The label must be a class, 0 to {p.Count - 1}, but is {label}.");
        var prediction = Enumerable.Range(0, p.Count).MaxBy(k => p[k]);
        var chart = Chart.Column<double, int, string>(
            values: p, Keys: Enumerable.Range(0, p.Count).ToArray(),
            MultiText: p.Select(value => value >= 0.005 ? value.ToString("0.00", CultureInfo.InvariantCulture) : "").ToArray(),
            TextPosition: Plotly.NET.StyleParam.TextPosition.Outside,
            MarkerColor: Plotly.NET.Color.fromColors(Enumerable.Range(0, p.Count).Select(k => ChartStyle.Colour(
                k == (label ?? prediction) ? ChartStyle.Main : k == prediction ? ChartStyle.Warning : ChartStyle.Quiet))),
            UseDefaults: false);
        var layout = ChartStyle.Bars("digit", "probability", height: 300);
        layout["yaxis"]!["range"] = new JsonArray(0, 1.1);
        layout["yaxis"]!["tickvals"] = new JsonArray(0, 0.25, 0.5, 0.75, 1);
        layout["xaxis"]!["tickvals"] = Figure.Array(Enumerable.Range(0, p.Count));
        layout["xaxis"]!["ticktext"] = Figure.Array(Enumerable.Range(0, p.Count).Select(k =>
            k == label ? $"<b>{k}</b><br>{(k == prediction ? "✓ label" : "label")}"
            : k == prediction && label != null ? $"<b>{k}</b><br>✗ prediction" : $"{k}"));
        return Figure.Of(chart, title ?? (label is { } known ? $"Probabilities of the classes, label {known}" : "Probabilities of the classes"), layout);
    }

    /// <summary>Functions of one variable, drawn between two ends, such as the activation functions.</summary>
    /// <param name="title">What the picture shows.</param>
    /// <param name="from">The left end.</param>
    /// <param name="to">The right end, greater than <paramref name="from"/>.</param>
    /// <param name="functions">At least one, each with the name that the legend shows.</param>
    /// <exception cref="ArgumentException">No function, or ends in the wrong order.</exception>
    public static Picture Functions(string title, double from, double to, params (string Name, Func<double, double> F)[] functions)
    {
        if (!(from < to) || !double.IsFinite(to - from))
            throw new ArgumentException($"The left end must be less than the right end, but they are {Text(from)} and {Text(to)}.");
        Require((title, nameof(title)), (functions, nameof(functions)));
        foreach (var (name, f) in functions) Require((name, "the name of a function"), (f, $"function \"{name}\""));
        if (functions.Length == 0) throw new ArgumentException("There must be at least one function to draw, but there is none.");
        const int steps = 200;
        // Rounded, so that 0 is 0 and not 1e-16: a kink at 0 is then drawn where it is.
        var x = Enumerable.Range(0, steps + 1).Select(i => Math.Round(from + (to - from) * i / steps, 12)).ToArray();
        return Lines(title, "z", "g(z)", [.. functions.Select(f => new Curve(f.Name, x, [.. x.Select(f.F)]))]);
    }

    /// <summary>
    /// Rows of W1 as images: the weight of each pixel for one neuron of the hidden layer. Blue is negative, orange is
    /// positive, and zero is white.
    /// </summary>
    /// <param name="W1">h×784</param>
    /// <param name="count">How many rows, from the first; all of them when there are fewer.</param>
    /// <param name="columns">How many images stand in a row.</param>
    /// <param name="title">What the picture shows.</param>
    /// <param name="quantity">What the numbers are: the words at the colour bar.</param>
    /// <exception cref="ArgumentException">W1 has not 784 columns, or holds a number that is not finite.</exception>
    public static Picture Weights(Matrix<float> W1, int count = 10, int columns = 5, string? title = null, string quantity = "weight")
    {
        Require((W1, nameof(W1)), (quantity, nameof(quantity)));
        if (W1.Columns != Pixels || W1.Rows == 0)
            throw new ArgumentException($"The weights of images form an h×{Pixels} matrix, but this one is {W1.Rows}×{W1.Columns}.");
        if (count < 1) throw new ArgumentException($"At least one row must be drawn, but count is {count}.");
        RequireColumns(columns);
        count = Math.Min(Math.Min(count, W1.Rows), MostImages);
        var largest = 0.0;
        for (var i = 0; i < count; i++)
            for (var j = 0; j < Pixels; j++)
            {
                if (!float.IsFinite(W1[i, j])) throw new ArgumentException($"W1[{i}, {j}] is {Text(W1[i, j])}: only finite weights can be drawn.");
                largest = Math.Max(largest, Math.Abs(W1[i, j]));
            }
        if (largest == 0) largest = 1;
        // Three digits of the largest weight are more shades than an eye can tell apart.
        var decimals = Math.Clamp(2 - (int)Math.Floor(Math.Log10(largest)), 0, 15);
        return new ImageMosaic
        {
            Count = count, Columns = columns, Value = (image, pixel) => Math.Round((double)W1[image, pixel], decimals),
            Low = -largest, High = largest, Colours = ChartStyle.Diverging, ColourBar = quantity,
            // A single image is named by the title.
            Captions = count == 1 ? null : [.. Enumerable.Range(0, count).Select(i => new ImageCaption($"row {i}", false))],
            Hover = quantity + " %{z}",
        }.Draw(title ?? $"Rows of W1 as images, {count} of {W1.Rows}", true);
    }

    /// <summary>
    /// How often each label was taken for which prediction. Only the mistakes are coloured by their number, or the many
    /// right ones would drown them; an empty cell is 0.
    /// </summary>
    /// <param name="counts">[label, prediction], as <c>ConfusionMatrix.Of</c> gives it.</param>
    /// <param name="title">What the picture shows.</param>
    /// <exception cref="ArgumentException">The table is not square, is empty, or holds a negative number.</exception>
    public static Picture ConfusionMatrix(int[,] counts, string? title = null)
    {
        Require((counts, nameof(counts)));
        var classes = counts.GetLength(0);
        if (classes == 0 || counts.GetLength(1) != classes)
            throw new ArgumentException($"A confusion matrix is square and not empty, but this one is {classes}×{counts.GetLength(1)}.");
        var all = Enumerable.Range(0, classes).ToArray();
        foreach (var count in counts)
            if (count < 0) throw new ArgumentException($"A confusion matrix holds counts, but one is {count}.");
        double right = all.Sum(k => (double)counts[k, k]), total = counts.Cast<int>().Sum(count => (double)count);

        GenericChart Cells(Func<int, int, bool> here, Plotly.NET.StyleParam.Colorscale colours) => Chart.Heatmap<double, int, int, string>(
            zData: all.Select(row => all.Select(column =>
                here(row, column) && counts[row, column] > 0 ? counts[row, column] : double.NaN).ToArray()).ToArray(),
            X: all, Y: all, ColorScale: colours, ShowScale: false, XGap: 2, YGap: 2, UseDefaults: false);

        var chart = Chart.Combine([
            Cells((row, column) => row == column, ChartStyle.Flat(ChartStyle.MainPale)),
            Cells((row, column) => row != column, ChartStyle.Mistakes)]);
        const int cell = 44, left = 60, bottom = 56, top = 44;
        var layout = ChartStyle.Axes("prediction", "label", height: top + classes * cell + bottom);
        layout["width"] = left + classes * cell + 20;
        layout["margin"] = new JsonObject { ["l"] = left, ["r"] = 20, ["t"] = top, ["b"] = bottom };
        layout["showlegend"] = false;
        foreach (var name in new[] { "xaxis", "yaxis" })
        {
            var axis = (JsonObject)layout[name]!;
            axis["tickvals"] = Figure.Array(all);
            axis["showgrid"] = false;
            axis["zeroline"] = false;
            axis["constrain"] = "domain";
        }
        layout["yaxis"]!["scaleanchor"] = "x";
        layout["xaxis"]!["range"] = new JsonArray(-0.5, classes - 0.5);
        layout["yaxis"]!["range"] = new JsonArray(classes - 0.5, -0.5);
        return Figure.Of(chart, title ?? $"Confusion matrix: {right:0} of {total:0} right", layout, data =>
        {
            foreach (var trace in data)
            {
                trace["texttemplate"] = "%{z}";
                trace["textfont"] = new JsonObject { ["color"] = ChartStyle.OnColour };
                trace["hovertemplate"] = "label %{y}, prediction %{x}: %{z}<extra></extra>";
                trace["zmin"] = 0;
            }
        });
    }

    /// <summary>How often values fall into each of some bins of equal width. Values that are not finite are counted out, and the axis says so.</summary>
    /// <param name="title">What the picture shows.</param>
    /// <param name="xTitle">What the values are, with their unit.</param>
    /// <param name="values">At least one finite value.</param>
    /// <param name="bins">How many bins lie between the smallest and the largest value, 1 to 10,000.</param>
    /// <exception cref="ArgumentException">No finite value, or too few or too many bins.</exception>
    public static Picture Histogram(string title, string xTitle, IReadOnlyList<double> values, int bins = 50)
    {
        Require((title, nameof(title)), (xTitle, nameof(xTitle)), (values, nameof(values)));
        if (bins is < 1 or > MostPoints)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A histogram has 1 to {MostPoints:N0} bins, but {bins:N0} were asked for; 50 to 200 show most shapes."));
        var finite = values.Where(double.IsFinite).ToArray();
        if (finite.Length == 0) throw new ArgumentException($"A histogram needs at least one finite value; of the {values.Count} given none is.");
        double low = finite.Min(), high = finite.Max();
        if (!double.IsFinite(high - low)) throw new ArgumentException($"Values from {Text(low)} to {Text(high)} lie too far apart for bins of equal width.");
        if (low == high) (low, high) = (low - 0.5, high + 0.5);
        var width = (high - low) / bins;
        // Counted here: a hundred thousand weights become fifty numbers.
        var counts = new int[bins];
        foreach (var value in finite) counts[Math.Clamp((int)((value - low) / width), 0, bins - 1)]++;
        var chart = Chart.Column<int, double, string>(
            values: counts, Keys: Enumerable.Range(0, bins).Select(i => low + (i + 0.5) * width).ToArray(),
            MarkerColor: ChartStyle.Colour(ChartStyle.Main), UseDefaults: false);
        var left = values.Count - finite.Length;
        var layout = ChartStyle.Axes(xTitle, left == 0 ? "count" : $"count ({left} not finite left out)", height: 320);
        layout["bargap"] = 0.04;
        return Figure.Of(chart, title, layout);
    }

    /// <summary>A bar for each name.</summary>
    /// <param name="title">What the picture shows.</param>
    /// <param name="xTitle">What the names are.</param>
    /// <param name="yTitle">What the values are, with their unit.</param>
    /// <param name="names">At least one.</param>
    /// <param name="values">One for each name.</param>
    /// <exception cref="ArgumentException">Nothing to draw, or not one value for each name.</exception>
    public static Picture Bars(string title, string xTitle, string yTitle, IReadOnlyList<string> names, IReadOnlyList<double> values)
    {
        Require((title, nameof(title)), (xTitle, nameof(xTitle)), (yTitle, nameof(yTitle)), (names, nameof(names)), (values, nameof(values)));
        if (names.Any(name => name is null)) throw new ArgumentException("A bar needs a name, but one of the names is null.");
        if (names.Count != values.Count)
            throw new ArgumentException($"{names.Count} names but {values.Count} values: there must be one for each.");
        if (names.Count is 0 or > MostBars)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A bar chart has 1 to {MostBars:N0} bars, but got {names.Count:N0}."));
        var chart = Chart.Column<double, string, string>(
            values: values, Keys: names.ToArray(), MarkerColor: ChartStyle.Colour(ChartStyle.Main),
            MultiText: values.Select(value => value.ToString(value == Math.Floor(value) ? "N0" : "G4", CultureInfo.InvariantCulture)).ToArray(),
            TextPosition: Plotly.NET.StyleParam.TextPosition.Outside, UseDefaults: false);
        var layout = ChartStyle.Bars(xTitle, yTitle, height: 320);
        // A name such as "10" is a name, not a number on a scale.
        layout["xaxis"]!["type"] = "category";
        // Head room: Plotly's own scale ends at the tallest bar and would cut the number that stands over it.
        double[] drawn = [0, .. values.Where(double.IsFinite)];
        var room = 0.12 * (drawn.Max() - drawn.Min());
        if (room > 0) layout["yaxis"]!["range"] = new JsonArray(drawn.Min() < 0 ? drawn.Min() - room : 0, drawn.Max() > 0 ? drawn.Max() + room : 0);
        return Figure.Of(chart, title, layout);
    }

    /// <summary>
    /// Any chart made with Plotly.NET, in the style of the course where the chart does not say otherwise. Its template
    /// (8 KB of settings in every chart) is left out.
    /// </summary>
    /// <param name="chart">The chart.</param>
    /// <param name="title">What the picture shows; drawn above it unless it is empty or the chart has a title of its own.</param>
    /// <exception cref="ArgumentException">There is no chart.</exception>
    public static Picture Show(GenericChart chart, string title)
    {
        Require((chart, nameof(chart)), (title, nameof(title)));
        return Figure.Of(chart, title.Length > 0 ? title : "A chart", new JsonObject(), drawTitle: title.Length > 0);
    }

    private static void Require(params (object? Value, string Name)[] given)
    {
        foreach (var (value, name) in given)
            if (value == null) throw new ArgumentException($"There is nothing to draw: {name} is null.");
    }

    private static void RequireColumns(int columns)
    {
        if (columns < 1) throw new ArgumentException($"At least one image must stand in a row, but columns is {columns}.");
    }

    private static void RequireClasses(int[]? classes, string what, int count)
    {
        if (classes == null) return;
        if (classes.Length != count)
            throw new ArgumentException($"{count} images but {classes.Length} {what}s: there must be one for each.");
        for (var i = 0; i < count; i++)
            if (classes[i] is < 0 or > 9) throw new ArgumentException($"Image {i}: a {what} is 0 to 9, but this one is {classes[i]}.");
    }

    private static string Text(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}

// ───────────────────────────── Part 3: images side by side ─────────────────────────────

/// <summary>What stands under an image.</summary>
internal sealed record ImageCaption(string Text, bool Warning);

/// <summary>28×28 images in rows, put together as one heatmap: one trace however many images there are.</summary>
internal sealed class ImageMosaic
{
    private const int Side = 28, Gap = 2;
    private const int WidestPlot = 620;

    public required int Count { get; init; }
    public required int Columns { get; init; }
    public required Func<int, int, double> Value { get; init; }
    public required double Low { get; init; }
    public required double High { get; init; }
    public required Plotly.NET.StyleParam.Colorscale Colours { get; init; }
    public required string Hover { get; init; }
    public ImageCaption[]? Captions { get; init; }
    public string? ColourBar { get; init; }
    public string? Note { get; init; }
    public int LargestScale { get; init; } = 6;

    public Picture Draw(string title, bool drawTitle)
    {
        var columns = Math.Min(Columns, Count);
        var rows = (Count + columns - 1) / columns;
        var width = columns * (Side + Gap) - Gap;
        // A whole number of screen pixels for each pixel: else some come out wider than others.
        var scale = Math.Clamp(WidestPlot / width, 1, LargestScale);
        var captionHeight = Captions == null ? Gap : (20 + scale - 1) / scale;
        var height = rows * (Side + captionHeight) - (Captions == null ? Gap : 0);

        // The gaps are cells too, of their own width, and empty.
        var x = Enumerable.Range(0, columns).SelectMany(c => Enumerable.Range(c * (Side + Gap), Side + 1)).ToArray();
        var y = Enumerable.Range(0, rows).SelectMany(r => Enumerable.Range(r * (Side + captionHeight), Side + 1)).ToArray();
        var z = new List<double[]>();
        for (var r = 0; r < rows; r++)
        {
            if (r > 0) z.Add([double.NaN]);
            var here = Math.Min(columns, Count - r * columns);
            for (var line = 0; line < Side; line++)
            {
                var cells = new double[here * (Side + 1) - 1];
                Array.Fill(cells, double.NaN);
                for (var c = 0; c < here; c++)
                    for (var i = 0; i < Side; i++)
                        cells[c * (Side + 1) + i] = Value(r * columns + c, line * Side + i);
                z.Add(cells);
            }
        }
        var chart = Chart.Heatmap<double, int, int, string>(
            zData: z, X: x, Y: y, ColorScale: Colours, ShowScale: ColourBar != null, UseDefaults: false);

        int top = drawTitle ? 40 : 8, bottom = Note == null ? 8 : 30, right = ColourBar == null ? 8 : 90;
        // A small image must still leave room for its title.
        var full = Math.Max(8 + width * scale + right, drawTitle ? Math.Min(700, title.Length * 8 + 16) : 0);
        var layout = new JsonObject
        {
            ["width"] = full,
            ["height"] = top + height * scale + bottom,
            ["margin"] = new JsonObject { ["l"] = 8, ["r"] = full - 8 - width * scale, ["t"] = top, ["b"] = bottom },
            ["xaxis"] = new JsonObject { ["visible"] = false, ["range"] = new JsonArray(0, width), ["constrain"] = "domain" },
            ["yaxis"] = new JsonObject { ["visible"] = false, ["range"] = new JsonArray(height, 0), ["constrain"] = "domain", ["scaleanchor"] = "x" },
        };
        var annotations = new JsonArray();
        for (var i = 0; i < (Captions?.Length ?? 0); i++)
        {
            var note = new JsonObject
            {
                ["x"] = i % columns * (Side + Gap) + Side / 2,
                ["y"] = i / columns * (Side + captionHeight) + Side,
                ["yanchor"] = "top", ["showarrow"] = false, ["borderpad"] = 0, ["text"] = Captions![i].Text,
            };
            if (Captions[i].Warning) note["font"] = new JsonObject { ["color"] = ChartStyle.Warning };
            annotations.Add(note);
        }
        if (Note != null)
            annotations.Add(new JsonObject
            {
                ["xref"] = "paper", ["yref"] = "paper", ["x"] = 0, ["y"] = 0, ["yanchor"] = "top", ["showarrow"] = false,
                ["text"] = Note, ["font"] = new JsonObject { ["color"] = ChartStyle.Warning },
            });
        if (annotations.Count > 0) layout["annotations"] = annotations;
        return Figure.Of(chart, title, layout, data =>
        {
            data[0]["zmin"] = Low;
            data[0]["zmax"] = High;
            data[0]["hovertemplate"] = Hover + "<extra></extra>";
            if (ColourBar != null)
                data[0]["colorbar"] = new JsonObject
                {
                    ["title"] = new JsonObject { ["text"] = ColourBar, ["side"] = "top" }, ["thickness"] = 12, ["outlinewidth"] = 0,
                    ["x"] = 1, ["xpad"] = 10, ["nticks"] = 6,
                };
        }, drawTitle);
    }
}

// ───────────────────────────── Part 4: colours, and from a chart to its JSON ─────────────────────────────

/// <summary>
/// The colours, those of Okabe and Ito, which people with any colour vision tell apart. Paper is transparent and text
/// is of a grey that has the same contrast on white and on dark pages.
/// </summary>
internal static class ChartStyle
{
    public const int Height = 380;
    public const string Text = "#7d7d7d", Grid = "rgba(128,128,128,0.25)", Axis = "rgba(128,128,128,0.6)";
    public const string OnColour = "#1A1A1A";
    public const string Main = "#0072B2", MainPale = "#BFDDEE", Warning = "#D55E00", Quiet = "#9A9A9A";
    public static readonly string[] Palette = [Main, Warning, "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

    public static Plotly.NET.Color Colour(string name) => Plotly.NET.Color.fromString(name);

    public static Plotly.NET.StyleParam.DrawingStyle Dash(int i) => (i % 4) switch
    {
        0 => Plotly.NET.StyleParam.DrawingStyle.Solid,
        1 => Plotly.NET.StyleParam.DrawingStyle.Dash,
        2 => Plotly.NET.StyleParam.DrawingStyle.Dot,
        _ => Plotly.NET.StyleParam.DrawingStyle.DashDot,
    };

    // The paper is a little darker than a white page, so that one sees where an image ends.
    public static readonly Plotly.NET.StyleParam.Colorscale Ink = Scale("#EBEDEF", "#0B0D10");
    public static readonly Plotly.NET.StyleParam.Colorscale Diverging = Scale("#003F75", "#4A9BCB", "#F7F7F7", "#EE8F4A", "#8A3300");
    public static readonly Plotly.NET.StyleParam.Colorscale Mistakes = Scale("#FCEADC", "#F4BE92", "#E8863A");

    public static Plotly.NET.StyleParam.Colorscale Flat(string colour) => Scale(colour, colour);

    private static Plotly.NET.StyleParam.Colorscale Scale(params string[] colours) =>
        Plotly.NET.StyleParam.Colorscale.NewCustom(colours.Select((colour, i) => Tuple.Create(i / (colours.Length - 1.0), Colour(colour))));

    /// <summary>A layout with two axes and their titles.</summary>
    public static JsonObject Axes(string xTitle, string yTitle, int height = Height) => new()
    {
        ["height"] = height,
        ["xaxis"] = new JsonObject { ["title"] = new JsonObject { ["text"] = xTitle, ["standoff"] = 8 } },
        ["yaxis"] = new JsonObject { ["title"] = new JsonObject { ["text"] = yTitle, ["standoff"] = 8 } },
    };

    /// <summary>The same for bars: what stands on the x axis are names, so it has no lines.</summary>
    public static JsonObject Bars(string xTitle, string yTitle, int height)
    {
        var layout = Axes(xTitle, yTitle, height);
        layout["xaxis"]!["showgrid"] = false;
        layout["xaxis"]!["zeroline"] = false;
        return layout;
    }

    /// <summary>What every chart has where it does not say otherwise.</summary>
    public static JsonObject Layout() => new()
    {
        ["height"] = Height,
        ["paper_bgcolor"] = "rgba(0,0,0,0)",
        ["plot_bgcolor"] = "rgba(0,0,0,0)",
        ["font"] = new JsonObject { ["color"] = Text, ["size"] = 13 },
        ["colorway"] = Figure.Array(Palette),
        ["margin"] = new JsonObject { ["l"] = 64, ["r"] = 16, ["t"] = 44, ["b"] = 52 },
        ["xaxis"] = AxisLines(),
        ["yaxis"] = AxisLines(),
        // Below the axis title, where it covers nothing.
        ["legend"] = new JsonObject { ["orientation"] = "h", ["x"] = 0, ["y"] = -0.22, ["yanchor"] = "top" },
    };

    private static JsonObject AxisLines() => new()
    {
        ["gridcolor"] = Grid, ["zerolinecolor"] = Axis, ["linecolor"] = Axis, ["automargin"] = true,
    };
}

/// <summary>From a chart of Plotly.NET to a picture with small JSON.</summary>
internal static class Figure
{
    public static Picture Of(GenericChart chart, string title, JsonObject layout, Action<List<JsonObject>>? finish = null, bool drawTitle = true)
    {
        var figure = JsonNode.Parse(GenericChart.toFigureJson(chart))!.AsObject();
        var data = figure["data"]!.AsArray();
        finish?.Invoke([.. data.Select(trace => trace!.AsObject())]);

        // Plotly.NET's own template is 8 KB of settings that the layout below replaces.
        var own = figure["layout"]!.AsObject();
        own.Remove("template");
        var whole = ChartStyle.Layout();
        if (drawTitle) whole["title"] = new JsonObject
        {
            ["text"] = title, ["x"] = 0.01, ["xanchor"] = "left", ["y"] = 1, ["yref"] = "container", ["yanchor"] = "top",
            ["pad"] = new JsonObject { ["t"] = 12 }, ["font"] = new JsonObject { ["size"] = 15 },
        };
        Merge(whole, layout);
        Merge(whole, own);
        whole = (JsonObject)Short(whole)!;
        whole["template"] = new JsonObject();
        var json = new JsonObject
        {
            ["data"] = Short(data),
            ["layout"] = whole,
            // The bar of buttons would lie over small pictures. Zoom is by dragging, and a double click goes back.
            ["config"] = new JsonObject { ["responsive"] = true, ["displayModeBar"] = false },
        };
        return new Picture(title, json.ToJsonString(readable));
    }

    // "Σ" and "<b>" stay as they are: Picture.ToHtml escapes what a page would misread.
    private static readonly System.Text.Json.JsonSerializerOptions readable =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An array of numbers or texts.</summary>
    public static JsonArray Array<T>(IEnumerable<T> values) => new([.. values.Select(value => (JsonNode?)JsonValue.Create(value))]);

    // What the second says counts, object by object; arrays are taken whole.
    private static void Merge(JsonObject into, JsonObject from)
    {
        foreach (var (name, value) in from.ToArray())
        {
            if (value is JsonObject inner && into[name] is JsonObject outer) Merge(outer, inner);
            else if (value != null) into[name] = value.DeepClone();
        }
    }

    // The same figure with numbers of five digits and without empty objects. A screen shows no more than some digits; a
    // whole number stays what it is, without ".0". NaN has no place in JSON.
    private static JsonNode? Short(JsonNode? node, bool isCoordinate = false) => node switch
    {
        JsonObject all => new JsonObject(all.Select(pair => KeyValuePair.Create(pair.Key, Short(pair.Value, IsCoordinate(pair))))
            .Where(pair => pair.Value is not JsonObject { Count: 0 })),
        JsonArray all => new JsonArray([.. all.Select(value => Short(value, isCoordinate))]),
        JsonValue value => value.GetValueKind() switch
        {
            System.Text.Json.JsonValueKind.Number when value.TryGetValue<double>(out var number) && !value.TryGetValue<long>(out _) => Short(number),
            // Plotly.NET writes NaN as a text; a name or a label may be that text in earnest.
            System.Text.Json.JsonValueKind.String when isCoordinate && (string?)value is "NaN" or "Infinity" or "-Infinity" => null,
            _ => value.DeepClone(),
        },
        _ => null,
    };

    private static JsonValue? Short(double number) =>
        !double.IsFinite(number) ? null
        : number == Math.Floor(number) && Math.Abs(number) < 1e15 ? JsonValue.Create((long)number)
        : JsonValue.Create(double.Parse(number.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));

    private static bool IsCoordinate(KeyValuePair<string, JsonNode?> property) => property is { Key: "x" or "y" or "z", Value: JsonArray };
}

// ───────────────────────────── Part 5: training, while it runs ─────────────────────────────

/// <summary>
/// A training run at one moment: its curves, a bar with the time left, and what the network takes some digits for. It
/// is drawn as SVG, which a client can replace many times a second, and it never changes: <see cref="After"/> gives the
/// next moment.
/// </summary>
[TypeFormatterSource(typeof(TrainingViewSource), PreferredMimeTypes = ["image/svg+xml"])]
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
        svg.Curves(0, "loss", epochs, history, e => e.TrainingLoss, e => e.ValidationLoss);
        svg.Curves(450, "accuracy (%)", epochs, history, e => 100 * e.TrainingAccuracy, e => 100 * e.ValidationAccuracy);
        svg.Bar(epochs == 0 ? 1 : history.Length == 0 ? 0 : (double)history[^1].Epoch / epochs, Progress());
        svg.Digits(pixels, labels, guesses);
        return svg.End();
    }

    private string Right => history[^1].TrainingAccuracy.ToString("P2", CultureInfo.InvariantCulture) + " of training images"
        + (double.IsFinite(history[^1].ValidationAccuracy) ? ", " + history[^1].ValidationAccuracy.ToString("P2", CultureInfo.InvariantCulture) + " of unseen ones" : "");

    // At the end no time is told: what is stored in a notebook is then the same in every run.
    private string Progress()
    {
        if (history.Length == 0) return $"epoch 0 of {epochs}";
        var (done, loss) = (history[^1].Epoch, history[^1].TrainingLoss.ToString("F4", CultureInfo.InvariantCulture));
        var text = string.Create(CultureInfo.InvariantCulture, $"epoch {done:N0} of {epochs:N0} · loss {loss} · right {Right}");
        if (done == 0 || done == epochs) return text;
        var seconds = System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds;
        return text + string.Create(CultureInfo.InvariantCulture,
            $" · {(double)done * imagesInEpoch / seconds:N0} images per second · {seconds / done * (epochs - done):N0} s left");
    }
}

/// <summary>How notebooks show a <see cref="TrainingView"/>.</summary>
public sealed class TrainingViewSource
{
    /// <summary>Called by the notebook's client.</summary>
    public IEnumerable<object> CreateTypeFormatters() =>
        [new ConventionFormatter("image/svg+xml", value => ((TrainingView)value).ToSvg()),
         new ConventionFormatter("text/html", value => ((TrainingView)value).ToHtml()),
         new ConventionFormatter("text/plain", value => ((TrainingView)value).ToString())];
}

/// <summary>Draws the parts of a training view.</summary>
internal sealed class TrainingViewSvg
{
    public const int Pixels = 784;
    private const int Side = 28, Width = 900, Height = 334, PlotWidth = 370, PlotHeight = 150, Left = 56, Top = 44;
    private readonly System.Text.StringBuilder svg = new();

    public TrainingViewSvg(string title, string description)
    {
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\" style=\"max-width:100%;height:auto;background:transparent\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\" fill=\"{ChartStyle.Text}\">");
        Add($"<title>{Escaped(description)}</title><text x=\"8\" y=\"18\" font-size=\"15\">{Escaped(title)}</text>");
    }

    public void Curves(int x, string name, int epochs, EpochResult[] history, Func<EpochResult, double> training, Func<EpochResult, double> validation)
    {
        // The untrained network is far off: once there is more, the first epoch decides what fits, and the line comes in from outside.
        var values = history.Skip(history.Length > 1 ? 1 : 0).SelectMany(e => new[] { training(e), validation(e) }).Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
        var (low, high, step) = Ticks(values.Min(), values.Max());
        double X(double epoch) => PlotWidth * (epochs == 0 ? 0 : epoch / epochs);
        double Y(double value) => PlotHeight * (1 - (value - low) / (high - low));
        var left = x + Left;
        for (var i = 0; low + i * step <= high + step / 2; i++)
        {
            var y = Top + Y(low + i * step);
            Add($"<line x1=\"{left}\" x2=\"{left + PlotWidth}\" y1=\"{y:F1}\" y2=\"{y:F1}\" stroke=\"gray\" stroke-opacity=\"{(i == 0 ? 0.6 : 0.25)}\"/>");
            Add($"<text x=\"{left - 6}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{low + i * step:G4}</text>");
        }
        Add($"<text x=\"{left}\" y=\"{Top + PlotHeight + 16}\">0</text><text x=\"{left + PlotWidth}\" y=\"{Top + PlotHeight + 16}\" text-anchor=\"end\">{epochs} epochs</text>");
        Add($"<text x=\"{left}\" y=\"{Top - 8}\">{Escaped(name)}</text>");
        Add($"<svg x=\"{left}\" y=\"{Top - 4}\" width=\"{PlotWidth + 4}\" height=\"{PlotHeight + 8}\" viewBox=\"0 -4 {PlotWidth + 4} {PlotHeight + 8}\">");
        Line(training, ChartStyle.Main, "");
        Line(validation, ChartStyle.Warning, " stroke-dasharray=\"6 4\"");
        Add($"</svg>");
        Legend(left + 170, ChartStyle.Main, "", "training");
        if (history.Any(e => double.IsFinite(validation(e)))) Legend(left + 270, ChartStyle.Warning, " stroke-dasharray=\"6 4\"", "validation");

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

    // Round numbers around the values, in steps of 1, 2 or 5 times a power of ten.
    private static (double Low, double High, double Step) Ticks(double low, double high)
    {
        var raw = Math.Max((high - low) / 4, 1e-6);
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = power * (raw / power <= 1 ? 1 : raw / power <= 2 ? 2 : raw / power <= 5 ? 5 : 10);
        low = Math.Floor(low / step) * step;
        return (low, Math.Max(Math.Ceiling(high / step) * step, low + step), step);
    }

    public void Bar(double share, string text)
    {
        const int y = Top + PlotHeight + 28, Full = Width - 2 * 8;
        Add($"<rect x=\"8\" y=\"{y}\" width=\"{Full}\" height=\"8\" rx=\"4\" fill=\"gray\" fill-opacity=\"0.25\"/>");
        Add($"<rect x=\"8\" y=\"{y}\" width=\"{Full * share:F1}\" height=\"8\" rx=\"4\" fill=\"{ChartStyle.Main}\"/>");
        Add($"<text x=\"8\" y=\"{y + 24}\">{Escaped(text)}</text>");
    }

    public void Digits(byte[] pixels, byte[] labels, int[] guesses)
    {
        if (labels.Length == 0) return;
        const int y = Top + PlotHeight + 62, Size = 42;
        Add($"<image x=\"8\" y=\"{y}\" width=\"{labels.Length * Size}\" height=\"{Size}\" style=\"image-rendering:pixelated\" href=\"data:image/bmp;base64,{Convert.ToBase64String(Strip(pixels, labels.Length))}\"/>");
        for (var i = 0; i < labels.Length; i++)
        {
            var isRight = guesses[i] == labels[i];
            Add($"<text x=\"{8 + i * Size + Size / 2}\" y=\"{y + Size + 18}\" text-anchor=\"middle\" font-size=\"15\" fill=\"{(isRight ? ChartStyle.Text : ChartStyle.Warning)}\">{guesses[i]}{(isRight ? "" : " ✗")}</text>");
        }
        Add($"<text x=\"{8 + labels.Length * Size + 12}\" y=\"{y + Size + 18}\">what the network takes them for</text>");
    }

    public string End() => svg.Append("</svg>").ToString();

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
