namespace Tests.Lib;

/// <summary>What a chart cannot draw is refused with what was expected and what was found.</summary>
public sealed class BadInputTests
{
    private static readonly Curve Good = new("good", [1, 2], [1, 2]);

    public static TheoryData<string, Action> Cases => new()
    {
        { "at least one curve, but got none", () => Charts.Lines("t", "x", "y") },
        { "\"bad\" has 2 x values but 1 y values", () => Charts.Lines("t", "x", "y", Good, new Curve("bad", [1, 2], [1])) },
        { "\"empty\" has no points", () => Charts.Lines("t", "x", "y", new Curve("empty", [], [])) },
        { "has 0 measurements", () => Charts.LossCurves(new TrainingHistory()) },
        { "784 pixels each, but 0 pixels", () => Charts.Digits([]) },
        { "784 pixels each, but 785 pixels", () => Charts.Digits(new byte[785]) },
        { "1 images but 2 labels", () => Charts.Digits(new byte[784], [1, 2]) },
        { "1 images but 0 predictions", () => Charts.Digits(new byte[784], [1], []) },
        { "Image 0: a label is 0 to 9, but this one is 10", () => Charts.Digits(new byte[784], [10]) },
        { "Image 0: a prediction is 0 to 9, but this one is -1", () => Charts.Digits(new byte[784], null, [-1]) },
        { "columns is 0", () => Charts.Digits(new byte[784], columns: 0) },
        { "A digit has 784 pixels, but 783", () => Charts.Digit(new byte[783], "t") },
        { "there is none", () => Charts.Probabilities([]) },
        { "class 1 is 1.5", () => Charts.Probabilities([0, 1.5]) },
        { "class 0 is NaN", () => Charts.Probabilities([double.NaN, 1]) },
        { "0 to 1, but is 2", () => Charts.Probabilities([0, 1], 2) },
        { "at least one function", () => Charts.Functions("t", 0, 1) },
        { "they are 1 and 1", () => Charts.Functions("t", 1, 1, ("f", z => z)) },
        { "h×784 matrix, but this one is 10×10", () => Charts.Weights(new Matrix<float>(10, 10)) },
        { "count is 0", () => Charts.Weights(new Matrix<float>(1, 784), count: 0) },
        { "2 rows are drawn, but there are 1 names", () => Charts.Weights(new Matrix<float>(2, 784), names: ["unit 7"]) },
        { "W1[0, 5] is NaN", () => { var W1 = new Matrix<float>(1, 784); W1[0, 5] = float.NaN; Charts.Weights(W1); } },
        { "this one is 2×3", () => Charts.ConfusionMatrix(new int[2, 3]) },
        { "this one is 0×0", () => Charts.ConfusionMatrix(new int[0, 0]) },
        { "one is -1", () => Charts.ConfusionMatrix(new[,] { { -1 } }) },
        { "of the 1 given none is", () => Charts.Histogram("t", "x", [double.NaN]) },
        { "1 to 10,000 bins, but 0 were asked for", () => Charts.Histogram("t", "x", [1], bins: 0) },
        { "2 names but 1 values", () => Charts.Bars("t", "x", "y", ["a", "b"], [1]) },
        { "1 to 1,000 bars, but got 0", () => Charts.Bars("t", "x", "y", [], []) },
        { "1 to 1,000 bars, but got 1,001", () => Charts.Bars("t", "x", "y", [.. Enumerable.Range(0, 1_001).Select(i => $"{i}")], new double[1_001]) },
        { "1 to 10,000 bins, but 10,001 were asked for", () => Charts.Histogram("t", "x", [1, 2], bins: 10_001) },
        { "1 to 10,000 bins, but 2,147,483,647 were asked for", () => Charts.Histogram("t", "x", [1, 2], bins: int.MaxValue) },
        { "lie too far apart", () => Charts.Histogram("t", "x", [double.MinValue, double.MaxValue]) },
        { "at most 1,000 images, but got 1,001", () => Charts.Digits(new byte[1_001 * 784]) },
        { "title is null", () => Charts.Lines(null!, "x", "y", Good) },
        { "xTitle is null", () => Charts.Lines("t", null!, "y", Good) },
        { "curves is null", () => Charts.Lines("t", "x", "y", null!) },
        { "a curve is null", () => Charts.Lines("t", "x", "y", Good, null!) },
        { "the name of a curve is null", () => Charts.Lines("t", "x", "y", new Curve(null!, null!, null!)) },
        { "X of curve \"c\" is null", () => Charts.Lines("t", "x", "y", new Curve("c", null!, [1])) },
        { "history is null", () => Charts.LossCurves(null!) },
        { "title is null", () => Charts.Histogram(null!, "x", [1]) },
        { "values is null", () => Charts.Histogram("t", "x", null!) },
        { "positive finite numbers only", () => Charts.Bars("t", "x", "y", ["a", "b"], [1, 0], logarithmic: true) },
        { "one of the names is null", () => Charts.Bars("t", "x", "y", [null!], [1]) },
        { "p is null", () => Charts.Probabilities(null!) },
        { "pixels is null", () => Charts.Digits(null!) },
        { "W1 is null", () => Charts.Weights(null!) },
        { "counts is null", () => Charts.ConfusionMatrix(null!) },
        { "function \"f\" is null", () => Charts.Functions("t", 0, 1, ("f", null!)) },
        { "chart is null", () => Charts.Show(null!, "t") },
    };

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void IsRefusedWithAClearMessage(string part, Action draw) =>
        Assert.Contains(part, Assert.Throws<ArgumentException>(draw).Message);
}
