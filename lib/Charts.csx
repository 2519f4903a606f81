using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
// Aliases only: a `using` here is seen by every later cell, and Plotly.NET's names (Title, Line, Color …) are common words.
using Chart = Plotly.NET.CSharp.Chart;
using GenericChart = Plotly.NET.GenericChart;
using JsonArray = System.Text.Json.Nodes.JsonArray;
using JsonObject = System.Text.Json.Nodes.JsonObject;

#nullable enable

// Every picture of the course: one method for each kind.

/// <summary>One line of a chart.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="X">From left to right.</param>
/// <param name="Y">As many as <paramref name="X"/>; a value that is not finite leaves a gap.</param>
/// <param name="Group">Curves of one group have one colour, as runs that differ by their seed; null: a colour of its own.</param>
/// <param name="OnlyPoints">Whether no line joins the points.</param>
/// <param name="Steps">Whether the values jump: the line is level around each point and goes straight up or down between two.</param>
public sealed record Curve(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, string? Group = null, bool OnlyPoints = false, bool Steps = false);

/// <summary>Draws the pictures of the course.</summary>
public static class Charts
{
    private const int Side = 28, Pixels = Side * Side;

    // More than any screen shows side by side; beyond it a notebook becomes large and its page slow.
    private const int MostBins = 10_000, MostBars = 1_000, MostImages = 1_000;

    /// <summary>Lines through points. Each curve has a dash of its own, and a colour of its own or of its group.</summary>
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
        Curve[] drawn = [.. curves.Select(curve => curve.X.Count <= Thinned.Most ? curve : Thin(curve, Thinned.Of(curve.Y)))];
        if (curves.Sum(curve => (long)curve.X.Count) is var points && drawn.Sum(curve => (long)curve.X.Count) is var fewer && fewer < points)
            xTitle += string.Create(CultureInfo.InvariantCulture, $" ({fewer:N0} of {points:N0} points drawn: the extremes of each stretch)");
        var groups = drawn.Select(curve => curve.Group ?? (object)curve).Distinct().ToList();
        var chart = Chart.Combine(drawn.Select((curve, i) => Chart.Line<double, double, string>(
            x: curve.X, y: curve.Y, Name: curve.Name,
            // A line through one point is invisible, and with few points one wants to see where they are.
            ShowMarkers: curve.X.Count <= 25, LineDash: ChartStyle.Dash(i), LineWidth: 2.0, UseDefaults: false,
            LineColor: ChartStyle.Colour(ChartStyle.Palette[groups.IndexOf(curve.Group ?? (object)curve) % ChartStyle.Palette.Length]))));
        var layout = ChartStyle.Axes(xTitle, yTitle);
        // Room for the legend's line.
        if (curves.Length > 1) layout["margin"] = new JsonObject { ["b"] = 84 };
        return Figure.Of(chart, title, layout, data =>
        {
            foreach (var (trace, curve) in data.Zip(drawn))
                if (curve.OnlyPoints) trace["mode"] = "markers";
                else if (curve.Steps) trace["line"]!["shape"] = "hvh";
        });
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

    private static Curve Thin(Curve curve, int[] kept) =>
        curve with { X = [.. kept.Select(i => curve.X[i])], Y = [.. kept.Select(i => curve.Y[i])] };

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
    /// differ, it says "✗ label → prediction".
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
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A picture shows at most {MostImages:N0} images, but got {count:N0}: take some of them, as images.Take(100) does."));
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
        (layout["yaxis"]!["tickvals"], layout["yaxis"]!["ticktext"]) = (new JsonArray(0, 0.5, 1), new JsonArray("0.0", "0.5", "1.0"));
        (layout["xaxis"]!["tickangle"], layout["xaxis"]!["tickvals"]) = (0, Figure.Array(Enumerable.Range(0, p.Count)));
        layout["xaxis"]!["ticktext"] = Figure.Array(Enumerable.Range(0, p.Count).Select(k =>
            k == label ? $"<b>{k}</b><br>{(k == prediction ? "✓ label" : Math.Abs(k - prediction) <= 2 ? "<br>label" : "label")}"   // lower when the prediction is near
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
    /// <param name="names">What stands under each image, one for each row that is drawn; "row 0", "row 1" … without it.</param>
    /// <exception cref="ArgumentException">W1 has not 784 columns, or holds a number that is not finite; or there are more or fewer names than images.</exception>
    public static Picture Weights(Matrix<float> W1, int count = 10, int columns = 5, string? title = null, string quantity = "weight", string[]? names = null)
    {
        Require((W1, nameof(W1)), (quantity, nameof(quantity)));
        if (W1.Columns != Pixels || W1.Rows == 0)
            throw new ArgumentException($"The weights of images form an h×{Pixels} matrix, but this one is {W1.Rows}×{W1.Columns}.");
        if (count < 1) throw new ArgumentException($"At least one row must be drawn, but count is {count}.");
        RequireColumns(columns);
        count = Math.Min(Math.Min(count, W1.Rows), MostImages);
        if (names != null && names.Length != count) throw new ArgumentException($"{count} rows are drawn, but there are {names.Length} names for them.");
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
            Low = -largest, High = largest, Colours = ChartStyle.Diverging, ColourBar = quantity, LargestScale = count switch { 1 => 12, 2 => 9, _ => 6 },
            // A single image is named by the title.
            Captions = count == 1 ? null : [.. Enumerable.Range(0, count).Select(i => new ImageCaption(names?[i] ?? $"row {i}", false))],
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
    /// <param name="yTitle">What is counted.</param>
    /// <exception cref="ArgumentException">No finite value, or too few or too many bins.</exception>
    public static Picture Histogram(string title, string xTitle, IReadOnlyList<double> values, int bins = 50, string yTitle = "count")
    {
        Require((title, nameof(title)), (xTitle, nameof(xTitle)), (values, nameof(values)), (yTitle, nameof(yTitle)));
        if (bins is < 1 or > MostBins)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A histogram has 1 to {MostBins:N0} bins, but {bins:N0} were asked for; 50 to 200 show most shapes."));
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
        var layout = ChartStyle.Axes(xTitle, yTitle + (finite.Length < values.Count ? $" ({values.Count - finite.Length} not finite left out)" : ""), height: 320);
        layout["bargap"] = 0.04;
        return Figure.Of(chart, title, layout);
    }

    /// <summary>A bar for each name.</summary>
    /// <param name="title">What the picture shows.</param>
    /// <param name="xTitle">What the names are.</param>
    /// <param name="yTitle">What the values are, with their unit.</param>
    /// <param name="names">At least one.</param>
    /// <param name="values">One for each name.</param>
    /// <param name="logarithmic">Whether the same way up is the same factor everywhere, for values of very different size.</param>
    /// <exception cref="ArgumentException">Nothing to draw, not one value for each name, or one that has no logarithm.</exception>
    public static Picture Bars(string title, string xTitle, string yTitle, IReadOnlyList<string> names, IReadOnlyList<double> values, bool logarithmic = false)
    {
        Require((title, nameof(title)), (xTitle, nameof(xTitle)), (yTitle, nameof(yTitle)), (names, nameof(names)), (values, nameof(values)));
        if (names.Any(name => name is null)) throw new ArgumentException("A bar needs a name, but one of the names is null.");
        if (names.Count != values.Count)
            throw new ArgumentException($"{names.Count} names but {values.Count} values: there must be one for each.");
        if (names.Count is 0 or > MostBars)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A bar chart has 1 to {MostBars:N0} bars, but got {names.Count:N0}."));
        if (logarithmic && values.Any(value => !(value > 0 && double.IsFinite(value))))
            throw new ArgumentException("A logarithmic axis has places for positive finite numbers only, but one of the values is none.");
        var chart = Chart.Column<double, string, string>(
            values: values, Keys: names.ToArray(), MarkerColor: ChartStyle.Colour(ChartStyle.Main),
            MultiText: values.Select(value => value.ToString(value == Math.Floor(value) ? "N0" : "G4", CultureInfo.InvariantCulture).Replace('-', '−')).ToArray(),
            TextPosition: Plotly.NET.StyleParam.TextPosition.Outside, UseDefaults: false);
        var layout = ChartStyle.Bars(xTitle, yTitle, height: 320);
        // A name such as "10" is a name, not a number on a scale.
        layout["xaxis"]!["type"] = "category";
        // Head room: Plotly's own scale ends at the tallest bar and would cut the number that stands over it.
        double[] drawn = logarithmic ? [.. values.Select(Math.Log10)] : [0, .. values.Where(double.IsFinite)];
        var room = 0.12 * (drawn.Max() - drawn.Min());
        if (logarithmic)
        {
            // No bar begins at 0 here. The lowest one gets some height, too; a line stands at each power of ten.
            // Long names of bars stand aslant and leave less height, so that a number needs a larger part of it.
            room = Math.Max(2 * room, 0.1);
            layout["yaxis"]!["type"] = "log";
            (layout["yaxis"]!["dtick"], layout["yaxis"]!["tickformat"]) = (1, ",~r");   // 10,000 as over the bars, not 10k beside 1000
            layout["yaxis"]!["range"] = new JsonArray(drawn.Min() - room, drawn.Max() + room);
        }
        else if (room > 0) layout["yaxis"]!["range"] = new JsonArray(drawn.Min() < 0 ? drawn.Min() - room : 0, drawn.Max() > 0 ? drawn.Max() + room : 0);
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
