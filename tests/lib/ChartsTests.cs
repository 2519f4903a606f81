using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tests.Lib;

/// <summary>What the charts hold: the traces, the values, the words.</summary>
public sealed class ChartsTests
{
    private const int Pixels = 784;

    private static JsonNode Figure(Picture picture)
    {
        var figure = JsonNode.Parse(picture.Json)!;
        Assert.Equal(["data", "layout", "config"], figure.AsObject().Select(pair => pair.Key));
        Assert.Equal("{}", figure["layout"]!["template"]!.ToJsonString());
        return figure;
    }

    private static double?[] Numbers(JsonNode? array) => [.. array!.AsArray().Select(value => value?.GetValue<double>())];

    private static string?[] Texts(JsonNode? array) => [.. array!.AsArray().Select(value => (string?)value)];

    private static string Title(JsonNode figure, string axis) => (string)figure["layout"]![axis]!["title"]!["text"]!;

    private static byte[] Images(int count) =>
        [.. Enumerable.Range(0, count * Pixels).Select(i => (byte)(i / Pixels * 7 + i % Pixels % 28 + i % Pixels / 28))];

    [Fact]
    public void LinesHaveTheirPointsNamesAndAxisTitles()
    {
        var figure = Figure(Charts.Lines("Two curves", "step", "loss",
            new Curve("a", [1, 2, 3], [0.1234567, 41160, double.NaN]), new Curve("b", [0, 1], [double.PositiveInfinity, -2])));
        var data = figure["data"]!.AsArray();
        Assert.Equal(["a", "b"], data.Select(trace => (string?)trace!["name"]));
        Assert.Equal([1, 2, 3], Numbers(data[0]!["x"]));
        Assert.Equal([0.12346, 41160, null], Numbers(data[0]!["y"]));
        Assert.Equal([null, -2], Numbers(data[1]!["y"]));
        Assert.NotEqual((string?)data[0]!["line"]!["color"], (string?)data[1]!["line"]!["color"]);
        Assert.NotEqual((string?)data[0]!["line"]!["dash"], (string?)data[1]!["line"]!["dash"]);
        Assert.Equal(("step", "loss"), (Title(figure, "xaxis"), Title(figure, "yaxis")));
        Assert.Equal("Two curves", (string?)figure["layout"]!["title"]!["text"]);
    }

    [Fact]
    public void CurvesOfAGroupHaveOneColourAndOthersTheNext()
    {
        var lines = Figure(Charts.Lines("t", "x", "y", new Curve("all", [1], [2]), new Curve("seed 1", [1], [2], "seeds"),
            new Curve("seed 2", [1], [2], "seeds"), new Curve("other", [1], [2])))["data"]!.AsArray();
        Assert.Equal([ChartStyle.Palette[0], ChartStyle.Palette[1], ChartStyle.Palette[1], ChartStyle.Palette[2]],
            lines.Select(line => ((string?)line!["line"]!["color"])!.ToUpperInvariant()));
        Assert.Equal(4, lines.Select(line => (string?)line!["line"]!["dash"]).Distinct().Count());
    }

    [Fact]
    public void PointsThatNoLineJoinsAreDrawnAlone()
    {
        var lines = Figure(Charts.Lines("t", "x", "y", new Curve("line", [1, 2], [2, 3]), new Curve("points", [1, 2], [2, 3], OnlyPoints: true)))["data"]!.AsArray();
        Assert.Equal(["lines+markers", "markers"], lines.Select(line => (string?)line!["mode"]));
        Assert.Equal(2, lines[0]!["line"]!["width"]!.GetValue<double>());
    }

    [Fact]
    public void ValuesThatJumpAreDrawnAsSteps()
    {
        var lines = Figure(Charts.Lines("t", "x", "y", new Curve("smooth", [1, 2], [2, 3]), new Curve("jumps", [1, 2], [2, 3], Steps: true)))["data"]!.AsArray();
        Assert.Equal([null, "hvh"], lines.Select(line => (string?)line!["line"]!["shape"]));
    }

    /// <summary>100,000 points are drawn as few, with the ends, every peak and every gap, and the axis says so.</summary>
    [Fact]
    public void VeryManyPointsAreThinnedWithAWord()
    {
        var x = Enumerable.Range(0, 100_000).Select(i => (double)i).ToArray();
        var y = x.Select(v => Math.Sin(v / 1000)).ToArray();
        (y[31_415], y[27_182], y[50_000]) = (7, -7, double.NaN);
        var figure = Figure(Charts.Lines("t", "step", "y", new Curve("a", x, y), new Curve("few", [1, 2], [3, 4])));
        var (xs, ys) = (Numbers(figure["data"]![0]!["x"]), Numbers(figure["data"]![0]!["y"]));
        Assert.InRange(xs.Length, 5_000, 10_000);
        Assert.Equal((0, 99_999), (xs[0], xs[^1]));
        Assert.Equal(xs.Order(), xs);
        Assert.Equal((7, -7, null), (ys[Array.IndexOf(xs, 31_415)], ys[Array.IndexOf(xs, 27_182)], ys[Array.IndexOf(xs, 50_000)]));
        Assert.Equal([1, 2], Numbers(figure["data"]![1]!["x"]));
        Assert.Equal(FormattableString.Invariant($"step ({xs.Length + 2:N0} of 100,002 points drawn: the extremes of each stretch)"), Title(figure, "xaxis"));

        var whole = Figure(Charts.Lines("t", "step", "y", new Curve("a", x[..10_000], y[..10_000])));
        Assert.Equal((10_000, "step"), (Numbers(whole["data"]![0]!["x"]).Length, Title(whole, "xaxis")));
    }

    [Fact]
    public void CurveNamedNaNKeepsItsName() =>
        Assert.Equal("NaN", (string?)Figure(Charts.Lines("t", "x", "y", new Curve("NaN", [1], [2])))["data"]![0]!["name"]);

    [Fact]
    public void LossCurvesLeaveOutValidationThatWasNotMeasured()
    {
        var history = new TrainingHistory();
        history.Add(new EpochResult(0, 2.3, 0.1, double.NaN, double.NaN));
        history.Add(new EpochResult(1, 1.2, 0.6, 1.3, 0.55));
        history.Add(new EpochResult(2, 0.7, 0.8, 0.9, 0.75));
        var data = Figure(Charts.LossCurves(history))["data"]!.AsArray();
        Assert.Equal(["training", "validation"], data.Select(trace => (string?)trace!["name"]));
        Assert.Equal([0, 1, 2], Numbers(data[0]!["x"]));
        Assert.Equal([1, 2], Numbers(data[1]!["x"]));
        Assert.Equal([1.3, 0.9], Numbers(data[1]!["y"]));

        var accuracy = Figure(Charts.AccuracyCurves(history));
        Assert.Equal([10, 60, 80], Numbers(accuracy["data"]![0]!["y"]));
        Assert.Equal("accuracy (%)", Title(accuracy, "yaxis"));
    }

    [Fact]
    public void WithoutValidationThereIsOneLossCurve()
    {
        var history = new TrainingHistory();
        history.Add(new EpochResult(0, 2.3, 0.1, double.NaN, double.NaN));
        Assert.Equal(["training"], Figure(Charts.LossCurves(history))["data"]!.AsArray().Select(trace => (string?)trace!["name"]));
    }

    [Fact]
    public void DigitsAreOneHeatmapOfWholeNumbersWithGaps()
    {
        var pixels = Images(3);
        var picture = Charts.Digits(pixels, columns: 2);
        var figure = Figure(picture);
        var trace = Assert.Single(figure["data"]!.AsArray())!;
        Assert.Equal("heatmap", (string?)trace["type"]);
        var z = trace["z"]!.AsArray();
        // Two rows of images and one row between them; in the first, two images and one column between.
        Assert.Equal(28 + 1 + 28, z.Count);
        Assert.Equal(28 + 1 + 28, z[0]!.AsArray().Count);
        Assert.Equal(28, z[29]!.AsArray().Count);
        Assert.Null(z[0]![28]);
        for (var i = 0; i < Pixels; i++)
        {
            Assert.Equal(pixels[i], z[i / 28]![i % 28]!.GetValue<int>());
            Assert.Equal(pixels[Pixels + i], z[i / 28]![29 + i % 28]!.GetValue<int>());
            Assert.Equal(pixels[2 * Pixels + i], z[29 + i / 28]![i % 28]!.GetValue<int>());
        }
        // Edges, one more than cells.
        Assert.Equal(z[0]!.AsArray().Count + 1, trace["x"]!.AsArray().Count);
        Assert.Equal(z.Count + 1, trace["y"]!.AsArray().Count);
        Assert.Equal((0, 255), (trace["zmin"]!.GetValue<int>(), trace["zmax"]!.GetValue<int>()));
        Assert.Equal("x", (string?)figure["layout"]!["yaxis"]!["scaleanchor"]);
        var range = Numbers(figure["layout"]!["yaxis"]!["range"]);
        Assert.True(range[0] > range[1], "the first row of pixels is at the top");
        Assert.Equal("3 handwritten digits", picture.Title);
    }

    [Fact]
    public void ImagePixelsAreSquareAndAWholeNumberOfScreenPixels()
    {
        foreach (var columns in new[] { 1, 5, 10, 20 })
        {
            var layout = Figure(Charts.Digits(Images(20), columns: columns))["layout"]!;
            double Plot(string size, string before, string after) =>
                layout[size]!.GetValue<double>() - layout["margin"]![before]!.GetValue<double>() - layout["margin"]![after]!.GetValue<double>();
            var x = Numbers(layout["xaxis"]!["range"]);
            var y = Numbers(layout["yaxis"]!["range"]);
            var scale = Plot("width", "l", "r") / (x[1] - x[0])!.Value;
            Assert.Equal(scale, Plot("height", "t", "b") / (y[0] - y[1])!.Value, 9);
            Assert.Equal(Math.Round(scale), scale);
            Assert.InRange(layout["width"]!.GetValue<int>(), 100, 720);
        }
    }

    [Fact]
    public void WrongPredictionsAreMarkedByASignAndAColour()
    {
        var picture = Charts.Digits(Images(3), [5, 1, 9], [3, 1, 9], title: "Three");
        var notes = Figure(picture)["layout"]!["annotations"]!.AsArray();
        Assert.Equal(["✗ 5 → 3", "1", "9", "✗ label → prediction"], notes.Select(note => (string?)note!["text"]));
        Assert.NotNull(notes[0]!["font"]!["color"]);
        Assert.Null(notes[1]!["font"]);
        Assert.Equal("Three, 1 predicted wrongly", picture.Title);
    }

    [Fact]
    public void RightPredictionsAndLabelsAloneStandWithoutAMark()
    {
        Assert.Equal(["4", "2"], Figure(Charts.Digits(Images(2), [4, 2], [4, 2]))["layout"]!["annotations"]!.AsArray().Select(note => (string?)note!["text"]));
        Assert.Equal(["4", "2"], Figure(Charts.Digits(Images(2), null, [4, 2]))["layout"]!["annotations"]!.AsArray().Select(note => (string?)note!["text"]));
    }

    [Fact]
    public void OneDigitHasItsPixelsAndAColourBar()
    {
        var trace = Figure(Charts.Digit(Images(1), "A digit"))["data"]![0]!;
        Assert.Equal(28, trace["z"]!.AsArray().Count);
        Assert.Equal("pixel value<br>&nbsp;", (string?)trace["colorbar"]!["title"]!["text"]);
        Assert.Contains("%{z}", (string?)trace["hovertemplate"]);
    }

    [Fact]
    public void ProbabilitiesMarkTheLabelAndAWrongPrediction()
    {
        double[] p = [0, 0, 0.6, 0.001, 0, 0, 0, 0.399, 0, 0];
        var figure = Figure(Charts.Probabilities(p, label: 7));
        Assert.Equal(p, Numbers(figure["data"]![0]!["y"]).Select(value => value!.Value));
        var ticks = Texts(figure["layout"]!["xaxis"]!["ticktext"]);
        Assert.Equal("<b>7</b><br>label", ticks[7]);
        Assert.Equal("<b>2</b><br>✗ prediction", ticks[2]);
        Assert.Equal("3", ticks[3]);
        var colours = Texts(figure["data"]![0]!["marker"]!["color"]);
        Assert.Equal(3, colours.Distinct().Count());
        Assert.NotEqual(colours[2], colours[7]);
        Assert.Equal(("digit", "probability"), (Title(figure, "xaxis"), Title(figure, "yaxis")));
        // Level words of bars that are near each other stand on different lines.
        Assert.Equal(0, (int?)figure["layout"]!["xaxis"]!["tickangle"]);
        Assert.Equal("<b>3</b><br><br>label", Texts(Figure(Charts.Probabilities(p, 3))["layout"]!["xaxis"]!["ticktext"])[3]);
        Assert.Equal("<b>2</b><br>✓ label", Texts(Figure(Charts.Probabilities(p, 2))["layout"]!["xaxis"]!["ticktext"])[2]);
    }

    [Fact]
    public void FunctionsAreEvaluatedFromEndToEnd()
    {
        var data = Figure(Charts.Functions("ReLU and its like", -3, 3, ("ReLU", z => Math.Max(0, z)), ("square", z => z * z)))["data"]!.AsArray();
        var x = Numbers(data[0]!["x"]);
        Assert.Equal((-3, 3), (x[0], x[^1]));
        Assert.Contains(0.0, x);
        Assert.Equal(x.Select(z => Math.Round(Math.Max(0, z!.Value), 10)), Numbers(data[0]!["y"]).Select(y => Math.Round(y!.Value, 10)));
        Assert.Equal("square", (string?)data[1]!["name"]);
    }

    [Fact]
    public void WeightsAreImagesOfRowsSymmetricAboutZero()
    {
        var W1 = new Matrix<float>(3, Pixels);
        W1[1, 30] = -0.5f;
        W1[2, 0] = 0.25f;
        var figure = Figure(Charts.Weights(W1, count: 10, columns: 2));
        var trace = figure["data"]![0]!;
        Assert.Equal((-0.5, 0.5), (trace["zmin"]!.GetValue<double>(), trace["zmax"]!.GetValue<double>()));
        Assert.Equal(-0.5, trace["z"]![1]![29 + 2]!.GetValue<double>());
        Assert.Equal(0.25, trace["z"]![29]![0]!.GetValue<double>());
        Assert.Equal("weight<br>&nbsp;", (string?)trace["colorbar"]!["title"]!["text"]);
        Assert.Equal(["row 0", "row 1", "row 2"], figure["layout"]!["annotations"]!.AsArray().Select(note => (string?)note!["text"]));
        var named = Figure(Charts.Weights(W1, names: ["unit 7", "unit 3", "unit 9"]));
        Assert.Equal(["unit 7", "unit 3", "unit 9"], named["layout"]!["annotations"]!.AsArray().Select(note => (string?)note!["text"]));
    }

    [Fact]
    public void ConfusionMatrixHasLabelsDownAndPredictionsAcross()
    {
        var picture = Charts.ConfusionMatrix(new[,] { { 90, 3 }, { 0, 80 } });
        var figure = Figure(picture);
        var data = figure["data"]!.AsArray();
        Assert.Equal([90, null], Numbers(data[0]!["z"]![0]));
        Assert.Equal([null, 80], Numbers(data[0]!["z"]![1]));
        Assert.Equal([null, 3], Numbers(data[1]!["z"]![0]));
        Assert.Equal([null, null], Numbers(data[1]!["z"]![1]));
        Assert.All(data, trace => Assert.Equal("%{z}", (string?)trace!["texttemplate"]));
        Assert.Equal(("prediction", "label"), (Title(figure, "xaxis"), Title(figure, "yaxis")));
        Assert.Equal([1.5, -0.5], Numbers(figure["layout"]!["yaxis"]!["range"]));
        Assert.Equal("Confusion matrix: 170 of 173 right", picture.Title);
    }

    [Fact]
    public void HistogramCountsEveryFiniteValueOnce()
    {
        var figure = Figure(Charts.Histogram("Values", "value", [0, 0.1, 0.9, 1, double.NaN], bins: 2));
        Assert.Equal([0.25, 0.75], Numbers(figure["data"]![0]!["x"]));
        Assert.Equal([2, 2], Numbers(figure["data"]![0]!["y"]));
        Assert.Equal("count (1 not finite left out)", Title(figure, "yaxis"));
        Assert.Equal("images", Title(Figure(Charts.Histogram("Ink", "ink", [1, 2], yTitle: "images")), "yaxis"));
        Assert.Equal(3, Numbers(Figure(Charts.Histogram("Same", "value", [7, 7, 7], bins: 5))["data"]![0]!["y"]).Sum());
    }

    [Fact]
    public void WordsStayAsTheyAreWritten() =>
        Assert.Equal("Σ <b>ж</b> \"é\" & 😀 'x'", (string?)Figure(Charts.Lines("Σ <b>ж</b> \"é\" & 😀 'x'", "x", "y", new Curve("a", [1], [2])))["layout"]!["title"]!["text"]);

    [Fact]
    public void BarsStandOverTheirNames()
    {
        var figure = Figure(Charts.Bars("Images", "digit", "images", ["0", "1"], [5923, 6742]));
        Assert.Equal("0 1", string.Join(' ', Texts(figure["data"]![0]!["x"])));
        Assert.Equal([5923, 6742], Numbers(figure["data"]![0]!["y"]));
        Assert.Equal("category", (string?)figure["layout"]!["xaxis"]!["type"]);
        Assert.Equal("5,923 6,742", string.Join(' ', Texts(figure["data"]![0]!["text"])));
        Assert.Equal("−0.92", Texts(Figure(Charts.Bars("b", "x", "y", ["0", "1"], [-0.92, 1]))["data"]![0]!["text"])[0]);   // a minus, no hyphen
    }

    /// <summary>0.0900 and not 0.09003 or 0.09 beside 0.6652; where that would lose a small number, each keeps its own decimals.</summary>
    [Theory]
    [InlineData(new[] { 0.66524, 0.24473, 0.090031 }, "0.6652 0.2447 0.0900")]
    [InlineData(new[] { 33, 26.3, 0 }, "33.0 26.3 0.0")]
    [InlineData(new[] { 5923.0, 12 }, "5,923 12")]
    [InlineData(new[] { 12_345, 0.5 }, "12,345 0.5")]
    [InlineData(new[] { 7, 0.0004 }, "7 0.0004")]
    [InlineData(new[] { 0.0, 0 }, "0 0")]
    public void NumbersAtBarsHaveAsManyDecimals(double[] values, string expected) =>
        Assert.Equal(expected, string.Join(' ', Texts(Figure(Charts.Bars("b", "x", "y", [.. values.Select((_, i) => $"{i}")], values))["data"]![0]!["text"])));

    [Fact]
    public void LinesKeepTheirPointsAndFewPointsAreLarge()
    {
        double[] few = [0, 1, 2], many = [.. Enumerable.Range(0, 9_000)];
        var data = Figure(Charts.Lines("l", "x", "y", new("a", few, few), new("b", few, few, OnlyPoints: true), new("c", many, many), new("d", many, many, OnlyPoints: true)))["data"]!;
        Assert.Equal([false, false, null, null], Enumerable.Range(0, 4).Select(i => (bool?)data[i]!["line"]!["simplify"]));
        Assert.Equal([null, 9, null, null], Enumerable.Range(0, 4).Select(i => (int?)data[i]!["marker"]?["size"]));
    }

    /// <summary>A number stands over each bar (under it, where the bar goes down): the scale leaves room for it.</summary>
    [Theory]
    [InlineData(new[] { 5923.0, 6742 }, 0, 7551)]
    [InlineData(new[] { -0.5, 0.5 }, -0.62, 0.62)]
    [InlineData(new[] { -2.0, -1 }, -2.24, 0)]
    [InlineData(new[] { 1, double.PositiveInfinity, double.NaN }, 0, 1.12)]
    public void BarsLeaveRoomForTheirNumbers(double[] values, double low, double high)
    {
        var range = Numbers(Figure(Charts.Bars("b", "x", "y", [.. values.Select((_, i) => $"{i}")], values))["layout"]!["yaxis"]!["range"]);
        Assert.Equal([low, high], range.Select(value => Math.Round(value!.Value, 4)));
    }

    [Fact]
    public void NoLineOfAGridRunsThroughANumberAtABar()
    {
        foreach (var picture in new[] { Charts.Bars("b", "x", "y", ["a", "b"], [1, 2]), Charts.Bars("b", "x", "y", ["a", "b"], [1, 200], logarithmic: true), Charts.Probabilities([0.2, 0.8]) })
            Assert.All(new[] { "xaxis", "yaxis" }, axis => Assert.False((bool?)Figure(picture)["layout"]![axis]!["showgrid"]));
    }

    /// <summary>The range is of logarithms; the lowest bar has a height, also where all are equal.</summary>
    [Theory]
    [InlineData(new[] { 1.0, 10, 100 }, -0.48, 2.48)]
    [InlineData(new[] { 10.0, 10 }, 0.9, 1.1)]
    public void BarsOfVeryDifferentSizeStandOnALogarithmicAxis(double[] values, double low, double high)
    {
        var axis = Figure(Charts.Bars("b", "x", "y", [.. values.Select((_, i) => $"{i}")], values, logarithmic: true))["layout"]!["yaxis"]!;
        Assert.Equal("log", (string?)axis["type"]);
        Assert.Equal([low, high], Numbers(axis["range"]).Select(value => Math.Round(value!.Value, 4)));
    }

    [Fact]
    public void BarsOfZerosKeepPlotlysScale() =>
        Assert.Null(Figure(Charts.Bars("b", "x", "y", ["a", "b"], [0, 0]))["layout"]!["yaxis"]!["range"]);

    [Fact]
    public void AReadersOwnChartKeepsWhatItSays()
    {
        var chart = Plotly.NET.CSharp.Chart.Point<double, double, string>(x: [1.0, 2.0], y: [3.0, 4.5]);
        chart = Plotly.NET.CSharp.GenericChartExtensions.WithXAxisStyle<double, double, string>(chart, TitleText: "mine");
        var picture = Charts.Show(chart, "Own");
        var figure = Figure(picture);
        Assert.Equal([3, 4.5], Numbers(figure["data"]![0]!["y"]));
        Assert.Equal("mine", Title(figure, "xaxis"));
        Assert.True(picture.Json.Length < 1500, $"{picture.Json.Length} characters");
    }

    [Fact]
    public void ChartsAreSmallAndTheSameEachTime()
    {
        var history = new TrainingHistory();
        for (var e = 0; e <= 20; e++) history.Add(new EpochResult(e, 1 / (e + 1.0), 1 - 1 / (e + 2.0), 1 / (e + 0.9), 1 - 1 / (e + 1.9)));
        var W1 = Matrix.Normal<float>(10, Pixels, 0.05, new Random(1));
        (int Largest, Func<Picture> Draw)[] charts =
        [
            (2_500, () => Charts.LossCurves(history)),
            (70_000, () => Charts.Digits(Images(20), new byte[20])),
            (5_000, () => Charts.Digit(Images(1), "A digit")),
            (1_500, () => Charts.Probabilities(Enumerable.Repeat(0.1, 10).ToArray(), 3)),
            (7_000, () => Charts.Functions("f", -4, 4, ("tanh", Math.Tanh), ("sin", Math.Sin))),
            (65_000, () => Charts.Weights(W1)),
            (3_500, () => Charts.ConfusionMatrix(new int[10, 10])),
            (2_000, () => Charts.Histogram("h", "weight", [.. W1.ToArray().Select(w => (double)w)])),
            (1_500, () => Charts.Bars("b", "x", "y", ["a", "b"], [1, 2])),
        ];
        foreach (var (largest, draw) in charts)
        {
            var picture = draw();
            Assert.True(picture.Json.Length <= largest, $"{picture.Title}: {picture.Json.Length} characters");
            Assert.Equal(picture.Json, draw().Json);
            Assert.Equal(picture.ToHtml(), draw().ToHtml());
            using var _ = JsonDocument.Parse(picture.Json);
        }
    }
}
