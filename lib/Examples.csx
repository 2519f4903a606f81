using System.Numerics;

#nullable enable

// What a network learns from: images as the columns of X, labels as the columns of Y; section 1 of my_note.md.

/// <summary>Images with their labels, ready for a network.</summary>
/// <typeparam name="T"><c>float</c> or <c>double</c>.</typeparam>
public sealed class Examples<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int classes;

    /// <param name="X">The inputs, one column each: 784×m.</param>
    /// <param name="labels">The m labels, each below <paramref name="classes"/>.</param>
    /// <param name="classes">The number of classes.</param>
    /// <exception cref="ShapeException">There are not as many labels as columns.</exception>
    public Examples(Matrix<T> X, byte[] labels, int classes = 10)
    {
        if (X.Columns != labels.Length)
            throw new ShapeException($"{X.Columns} examples (X is {X.Shape}) but {labels.Length} labels: there must be one for each.");
        (this.X, Labels, this.classes, Y) = (X, labels, classes, Matrix.OneHot<T>(labels, classes));
    }

    /// <summary>The inputs, one column each: 784×m, equation (1.4).</summary>
    public Matrix<T> X { get; }

    /// <summary>The labels as one-hot columns: 10×m, equation (1.5).</summary>
    public Matrix<T> Y { get; }

    /// <summary>The m labels.</summary>
    public byte[] Labels { get; }

    /// <summary>m, the number of examples.</summary>
    public int Count => Labels.Length;

    /// <summary>The first examples.</summary>
    public Examples<T> Take(int count) => new(X.ColumnRange(0, count), Labels[..count], classes);

    /// <summary>A copy of the examples with these indices, in this order.</summary>
    public Examples<T> Select(ReadOnlySpan<int> indices)
    {
        var columns = X.SelectColumns(indices);
        var labels = new byte[indices.Length];
        for (var j = 0; j < labels.Length; j++) labels[j] = Labels[indices[j]];
        return new(columns, labels, classes);
    }
}
