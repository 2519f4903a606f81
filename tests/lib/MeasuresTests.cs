namespace Tests.Lib;

/// <summary>Measures against the tables of the notes, and against plain counting on random data.</summary>
public class MeasuresTests
{
    // The example of section 8 with three classes.
    private static readonly int[,] OfTheNotes = { { 8, 2, 0 }, { 1, 5, 0 }, { 1, 1, 2 } };

    private static void Close(double[] expected, double[] actual) =>
        Assert.All(expected.Zip(actual, (e, a) => (e, a)), pair => Assert.Equal(pair.e, pair.a, 1e-12));

    [Fact]
    public void Precision_recall_and_F1_are_those_of_the_notes()
    {
        Close([8 / 10.0, 5 / 8.0, 2 / 2.0], Measures.Precision(OfTheNotes));
        Close([8 / 10.0, 5 / 6.0, 2 / 4.0], Measures.Recall(OfTheNotes));
        Close([16 / 20.0, 10 / 14.0, 4 / 6.0], Measures.F1(OfTheNotes));
    }

    [Fact]
    public void They_agree_with_plain_counting()
    {
        var random = new Random(1);
        byte[] labels = [.. Enumerable.Range(0, 500).Select(_ => (byte)random.Next(4))];
        int[] predictions = [.. labels.Select(label => random.Next(3) == 0 ? random.Next(4) : label)];
        var C = ConfusionMatrix.Of(labels, predictions, 4);
        for (var k = 0; k < 4; k++)
        {
            int named = 0, there = 0, both = 0;
            for (var j = 0; j < 500; j++)
            {
                if (predictions[j] == k) named++;
                if (labels[j] == k) there++;
                if (predictions[j] == k && labels[j] == k) both++;
            }
            var (precision, recall) = ((double)both / named, (double)both / there);
            Assert.Equal(precision, Measures.Precision(C)[k], 1e-12);
            Assert.Equal(recall, Measures.Recall(C)[k], 1e-12);
            Assert.Equal(2 / (1 / precision + 1 / recall), Measures.F1(C)[k], 1e-12);
        }
    }

    [Fact]
    public void What_has_no_value_is_NaN_and_what_is_always_wrong_is_0()
    {
        int[,] C = { { 5, 1, 0 }, { 0, 0, 0 }, { 2, 0, 0 } };   // no example of class 1, no prediction of class 2
        Assert.Equal(0, Measures.Precision(C)[1]);
        Assert.Equal(double.NaN, Measures.Recall(C)[1]);
        Assert.Equal(double.NaN, Measures.F1(C)[1]);
        Assert.Equal(double.NaN, Measures.Precision(C)[2]);
        Assert.Equal(0, Measures.Recall(C)[2]);
        Assert.Equal(double.NaN, Measures.F1(C)[2]);
        Assert.Equal(0, Measures.F1(new[,] { { 0, 1 }, { 1, 0 } })[0]);
    }

    [Fact]
    public void A_matrix_that_is_not_square_is_named() =>
        Assert.Contains("Found 2×3", Assert.Throws<ArgumentException>(() => Measures.Recall(new int[2, 3])).Message);

    [Theory]
    [InlineData(0.98, 10_000, 0.0014)]
    [InlineData(0.5, 100, 0.05)]
    [InlineData(1, 7, 0)]
    public void The_standard_error_is_that_of_a_coin(double accuracy, int n, double expected) =>
        Assert.Equal(expected, Measures.StandardError(accuracy, n), 1e-12);

    [Fact]
    public void The_standard_error_is_how_far_accuracies_scatter()
    {
        var random = new Random(2);
        double[] accuracies = [.. Enumerable.Range(0, 2_000).Select(_ => Enumerable.Range(0, 400).Count(_ => random.NextDouble() < 0.9) / 400.0)];
        var mean = accuracies.Average();
        var scatter = Math.Sqrt(accuracies.Average(a => (a - mean) * (a - mean)));
        Assert.Equal(1, scatter / Measures.StandardError(0.9, 400), 0.06);   // 2,000 draws: the scatter itself is known to 1.6 %
    }

    [Fact]
    public void A_standard_error_of_nothing_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Measures.StandardError(0.5, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Measures.StandardError(1.1, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => Measures.StandardError(double.NaN, 10));
    }

    /// <summary>The ten predictions of section 8: the confidence stands in row 0 or 1, the rest of the column in the other row.</summary>
    [Fact]
    public void The_calibration_error_of_the_ten_predictions_of_the_notes_is_012()
    {
        double[] confidence = [0.61, 0.62, 0.63, 0.64, 0.91, 0.93, 0.95, 0.95, 0.97, 0.99];
        bool[] right = [true, true, false, false, true, true, true, true, true, false];
        var probabilities = new Matrix<double>(2, 10);
        for (var j = 0; j < 10; j++) (probabilities[j % 2, j], probabilities[1 - j % 2, j]) = (confidence[j], 1 - confidence[j]);
        byte[] labels = [.. right.Select((isRight, j) => (byte)(isRight ? j % 2 : 1 - j % 2))];
        Close(confidence, Measures.Confidence(probabilities));
        var bins = Measures.Calibration(probabilities, labels);
        Assert.Equal(10, bins.Count);
        Assert.Equal([6, 9], Enumerable.Range(0, 10).Where(b => bins[b].Count > 0));
        Assert.Equal((4, 0.5), (bins[6].Count, bins[6].Accuracy));
        Assert.Equal(0.625, bins[6].Confidence, 1e-12);
        Assert.Equal((6, 5 / 6.0), (bins[9].Count, bins[9].Accuracy));
        Assert.Equal(0.4 * 0.125 + 0.6 * (0.95 - 5 / 6.0), Measures.CalibrationError(bins), 1e-12);
    }

    [Fact]
    public void A_confidence_of_1_or_a_little_more_is_in_the_last_bin()
    {
        var probabilities = Matrix.FromRows([[1.0000001f, 1f], [0f, 0f]]);
        Assert.Equal(2, Measures.Calibration(probabilities, [0, 0])[9].Count);
    }

    [Fact]
    public void What_cannot_be_binned_is_named()
    {
        var probabilities = Matrix.FromRows([[0.5, double.NaN], [0.5, double.NaN]]);
        Assert.Contains("3 labels for probabilities 2×2", Assert.Throws<ArgumentException>(() => Measures.Calibration(probabilities, [0, 1, 0])).Message);
        Assert.Contains("example 1", Assert.Throws<ArgumentException>(() => Measures.Calibration(probabilities, [0, 1])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Measures.Calibration(probabilities, [0, 1], bins: 0));
        Assert.Equal(double.NaN, Measures.CalibrationError(Measures.Calibration(new Matrix<double>(2, 0), [])));
    }
}
