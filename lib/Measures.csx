using System.Collections.Generic;
using System.Linq;
using System.Numerics;

#nullable enable

// What is measured on a trained network; section 8 of my_note.md.

/// <summary>How often each class was taken for which.</summary>
public static class ConfusionMatrix
{
    /// <summary>C of (8.1): 10×10 counts in [label, prediction]. The share on its diagonal is the accuracy (8.2).</summary>
    /// <exception cref="ArgumentException">The lengths differ, or a number is not a class.</exception>
    public static int[,] Of(byte[] labels, int[] predictions, int classes = 10)
    {
        if (labels.Length != predictions.Length)
            throw new ArgumentException($"{labels.Length} labels but {predictions.Length} predictions: there must be one for each.");
        var counts = new int[classes, classes];
        for (var j = 0; j < labels.Length; j++)
        {
            if (labels[j] >= classes || predictions[j] < 0 || predictions[j] >= classes)
                throw new ArgumentException($"Example {j}: label {labels[j]}, prediction {predictions[j]}; both must be 0 to {classes - 1}.");
            counts[labels[j], predictions[j]]++;   // (8.1)
        }
        return counts;
    }
}

/// <summary>What a confusion matrix and the probabilities say about a network, section 8 of the notes.</summary>
public static class Measures
{
    /// <summary>
    /// For each class: of the examples that were called so, the share that is so, equation (8.3). Between 0 and 1; NaN for
    /// a class that was never predicted.
    /// </summary>
    /// <param name="C">Counts in [label, prediction], as <see cref="ConfusionMatrix.Of"/> gives them.</param>
    /// <exception cref="ArgumentException">C is not square.</exception>
    public static double[] Precision(int[,] C) => ForEachClass(C, (right, row, column) => right / column);   // (8.3)

    /// <summary>
    /// For each class: of the examples that are so, the share that was called so, equation (8.4). Between 0 and 1; NaN for
    /// a class without examples.
    /// </summary>
    /// <inheritdoc cref="Precision"/>
    public static double[] Recall(int[,] C) => ForEachClass(C, (right, row, column) => right / row);         // (8.4)

    /// <summary>
    /// For each class: the harmonic mean of precision and recall, equation (8.5). Between 0 and 1; NaN where one of the two
    /// has no value, 0 where both are 0.
    /// </summary>
    /// <inheritdoc cref="Precision"/>
    public static double[] F1(int[,] C) => ForEachClass(C, (right, row, column) => row == 0 || column == 0 ? double.NaN : 2 * right / (row + column));   // (8.5): 2PR/(P + R) with P = right/column, R = right/row

    /// <summary>How far chance moves an accuracy that was measured on n images, equation (8.6).</summary>
    /// <param name="accuracy">Between 0 and 1.</param>
    /// <param name="n">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double StandardError(double accuracy, int n)
    {
        if (accuracy is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(accuracy), accuracy, "An accuracy lies between 0 and 1.");
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        return Math.Sqrt(accuracy * (1 - accuracy) / n);   // (8.6)
    }

    /// <summary>The largest probability of each column, equation (8.7): m numbers.</summary>
    /// <param name="probabilities">The network's output A2: 10×m.</param>
    public static double[] Confidence<T>(Matrix<T> probabilities) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var predictions = probabilities.ArgMaxOfColumns();
        return [.. predictions.Select((k, j) => double.CreateChecked(probabilities[k, j]))];   // (8.7)
    }

    /// <summary>Bins of equal width from 0 to 1, each with n_b, conf_b and acc_b of (8.8): the examples whose confidence lies in it. A confidence on a border counts to the upper bin, 1 to the last.</summary>
    /// <param name="probabilities">The network's output A2: 10×m.</param>
    /// <param name="labels">The labels: m of them.</param>
    /// <param name="bins">How many: 1 or more.</param>
    /// <exception cref="ArgumentException">Not as many labels as columns, a probability that is NaN, or fewer than one bin.</exception>
    public static IReadOnlyList<CalibrationBin> Calibration<T>(Matrix<T> probabilities, byte[] labels, int bins = 10)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        if (labels.Length != probabilities.Columns)
            throw new ArgumentException($"{labels.Length} labels for probabilities {probabilities.Shape}: there must be one for each column.", nameof(labels));
        var (counts, confidences, rights) = (new int[bins], new double[bins], new int[bins]);
        var (confidence, predictions) = (Confidence(probabilities), probabilities.ArgMaxOfColumns());
        for (var j = 0; j < labels.Length; j++)
        {
            if (double.IsNaN(confidence[j]))
                throw new ArgumentException($"The probabilities of example {j} are not numbers (NaN).", nameof(probabilities));
            // A sum of rounded numbers can make a float probability a little larger than 1.
            var b = Math.Clamp((int)(confidence[j] * bins), 0, bins - 1);
            counts[b]++;
            confidences[b] += confidence[j];
            if (predictions[j] == labels[j]) rights[b]++;
        }
        return [.. counts.Select((n, b) => new CalibrationBin((double)b / bins, (b + 1.0) / bins, n, confidences[b] / n, (double)rights[b] / n))];
    }

    /// <summary>The expected calibration error, equation (8.8): between 0 and 1; NaN without examples.</summary>
    public static double CalibrationError(IReadOnlyList<CalibrationBin> bins) =>
        bins.Where(bin => bin.Count > 0).Sum(bin => bin.Count * Math.Abs(bin.Accuracy - bin.Confidence)) / bins.Sum(bin => bin.Count);   // (8.8)

    /// <summary>measure(right, row, column) for each class k: C[k, k], the sum of row k, the sum of column k.</summary>
    private static double[] ForEachClass(int[,] C, Func<double, double, double, double> measure)
    {
        var classes = C.GetLength(0);
        if (C.GetLength(1) != classes)
            throw new ArgumentException($"A confusion matrix is square: a row and a column for each class. Found {classes}×{C.GetLength(1)}.", nameof(C));
        return [.. Enumerable.Range(0, classes).Select(k =>
            measure(C[k, k], Enumerable.Range(0, classes).Sum(j => C[k, j]), Enumerable.Range(0, classes).Sum(i => C[i, k])))];
    }
}

/// <summary>The examples with a confidence from Low to High: how many, their mean confidence, and the share that is right (both NaN without examples).</summary>
public sealed record CalibrationBin(double Low, double High, int Count, double Confidence, double Accuracy);
