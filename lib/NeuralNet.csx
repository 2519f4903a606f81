using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Numerics.Tensors;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

#nullable enable

// A neural network from scratch. Letters and equation numbers are those of my_note.md:
// one column of X is one example, Z1 = W1·X + b1 is equation (3.1), and so on.
//
//   Part 1  matrices                      Part 5  the gradient check
//   Part 2  activation functions          Part 6  training
//   Part 3  losses                        Part 7  how a notebook shows a value
//   Part 4  the network                   Part 8  the fast matrix product
//
// Read parts 1 to 6 from the top. Part 8 computes what the plain loops of notebook 03 compute, only faster.

// ───────────────────────────────────── Part 1: matrices ─────────────────────────────────────

/// <summary>
/// A matrix of <c>float</c> or <c>double</c> numbers. The numbers lie in memory column after column, so a column,
/// which in this course is one example, is one contiguous piece.
/// </summary>
/// <typeparam name="T"><c>float</c> for training, <c>double</c> for gradient checks.</typeparam>
[TypeFormatterSource(typeof(MatrixFormatters))]
public sealed class Matrix<T> : IHtml where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // A transposed view has the array of the matrix it was made from, and reads it with row and column exchanged.
    private readonly T[] data;
    private readonly int offset;

    /// <summary>A matrix of zeros.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ShapeException">No array is as long as rows·columns.</exception>
    public Matrix(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if ((long)rows * columns > Array.MaxLength)
            throw new ShapeException($"A {rows}×{columns} matrix would hold {(long)rows * columns} numbers, but an array " +
                $"holds {Array.MaxLength} at most: take fewer columns at a time.");
        (Rows, Columns, data) = (rows, columns, new T[rows * columns]);
    }

    /// <summary>A matrix over an array that is taken over, not copied: column j is at [j·rows, (j+1)·rows).</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ShapeException">The array does not hold rows·columns numbers.</exception>
    public Matrix(int rows, int columns, T[] columnByColumn)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if (columnByColumn.Length != (long)rows * columns)
            throw new ShapeException($"A {rows}×{columns} matrix holds {(long)rows * columns} numbers, " +
                $"but the array has {columnByColumn.Length}.");
        (Rows, Columns, data) = (rows, columns, columnByColumn);
    }

    private Matrix(int rows, int columns, T[] data, int offset, bool isTransposed) =>
        (Rows, Columns, this.data, this.offset, IsTransposed) = (rows, columns, data, offset, isTransposed);

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The number of columns: where columns are examples, this is m.</summary>
    public int Columns { get; }

    /// <summary>"rows×columns", as in the comments of the course.</summary>
    public string Shape => $"{Rows}×{Columns}";

    /// <summary>The number in a row and a column, both counted from 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row or column.</exception>
    public T this[int row, int column]
    {
        get => data[IndexOf(row, column)];
        set => data[IndexOf(row, column)] = value;
    }

    /// <summary>The transposed matrix, Columns×Rows. It is a view: nothing is copied, and both share their numbers.</summary>
    public Matrix<T> Transposed => new(Columns, Rows, data, offset, !IsTransposed);

    /// <summary>
    /// Columns start … start+count−1 as a view of Rows×count: nothing is copied. Of a transposed view it is a copy, as
    /// those columns do not lie together in memory.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The matrix does not have these columns.</exception>
    public Matrix<T> ColumnRange(int start, int count)
    {
        if (start < 0 || count < 0 || start > Columns - count)
            throw new ArgumentOutOfRangeException(nameof(start),
                $"{count} columns from column {start} were asked for, but the matrix is {Shape}.");
        return IsTransposed
            ? ToPlain().ColumnRange(start, count)
            : new(Rows, count, data, offset + start * Rows, isTransposed: false);
    }

    /// <summary>A copy of one column, Rows×1.</summary>
    public Matrix<T> Column(int column) => SelectColumns([column]);

    /// <summary>A copy of the columns with these indices, in this order: Rows×(number of indices).</summary>
    public Matrix<T> SelectColumns(ReadOnlySpan<int> indices)
    {
        var source = ToPlain();
        var result = new Matrix<T>(Rows, indices.Length);
        for (var j = 0; j < indices.Length; j++)
        {
            if ((uint)indices[j] >= (uint)Columns)
                throw new ArgumentOutOfRangeException(nameof(indices), $"There is no column {indices[j]} in a {Shape} matrix.");
            source.ColumnSpan(indices[j]).CopyTo(result.ColumnSpan(j));
        }
        return result;
    }

    /// <summary>The matrix product A·B: (n×k)·(k×m) → n×m. Entry (i, j) is the sum over k of A[i,k]·B[k,j].</summary>
    /// <exception cref="ShapeException">A has not as many columns as B has rows.</exception>
    public static Matrix<T> operator *(Matrix<T> A, Matrix<T> B)
    {
        if (A.Columns != B.Rows)
            throw new ShapeException($"Matrix product {A.Shape} · {B.Shape}: the left matrix has {A.Columns} columns " +
                $"and the right one {B.Rows} rows; these two numbers must be equal.");
        var C = new Matrix<T>(A.Rows, B.Columns);
        MatrixProduct.Compute(A, B, C);
        return C;
    }

    /// <summary>Every entry times a number.</summary>
    public static Matrix<T> operator *(T scale, Matrix<T> A)
    {
        var result = A.Copy();
        TensorPrimitives.Multiply(result.Span, scale, result.Span);
        return result;
    }

    /// <inheritdoc cref="op_Multiply(T, Matrix{T})"/>
    public static Matrix<T> operator *(Matrix<T> A, T scale) => scale * A;

    /// <summary>A + B, entry by entry. When B is a column (Rows×1), it is added to every column of A: this is the bias.</summary>
    /// <exception cref="ShapeException">The shapes differ and B is not a column of A's height.</exception>
    public static Matrix<T> operator +(Matrix<T> A, Matrix<T> B)
    {
        var (result, other) = A.CopyFor("Sum", B, columnAllowed: true);
        if (other.Columns == result.Columns)
            TensorPrimitives.Add(result.Span, other.Span, result.Span);
        else
            for (var j = 0; j < result.Columns; j++)
                TensorPrimitives.Add(result.ColumnSpan(j), other.Span, result.ColumnSpan(j));
        return result;
    }

    /// <summary>A − B, entry by entry. When B is a column (Rows×1), it is taken from every column of A.</summary>
    /// <exception cref="ShapeException">The shapes differ and B is not a column of A's height.</exception>
    public static Matrix<T> operator -(Matrix<T> A, Matrix<T> B)
    {
        var (result, other) = A.CopyFor("Difference", B, columnAllowed: true);
        if (other.Columns == result.Columns)
            TensorPrimitives.Subtract(result.Span, other.Span, result.Span);
        else
            for (var j = 0; j < result.Columns; j++)
                TensorPrimitives.Subtract(result.ColumnSpan(j), other.Span, result.ColumnSpan(j));
        return result;
    }

    /// <summary>Every entry with the other sign.</summary>
    public static Matrix<T> operator -(Matrix<T> A) => -T.One * A;

    /// <summary>The element-wise product A ⊙ B of two matrices of the same shape.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public Matrix<T> Hadamard(Matrix<T> B)
    {
        var (result, other) = CopyFor("Element-wise product", B, columnAllowed: false);
        TensorPrimitives.Multiply(result.Span, other.Span, result.Span);
        return result;
    }

    /// <summary>A matrix of the same shape with f applied to every entry.</summary>
    public Matrix<T> Map(Func<T, T> f)
    {
        var result = Copy();
        foreach (ref var entry in result.Span)
            entry = f(entry);
        return result;
    }

    /// <summary>The sum of each row: Rows×1. Over columns that are examples, this is the sum over examples.</summary>
    public Matrix<T> RowSums()
    {
        var source = ToPlain();
        var sums = new Matrix<T>(Rows, 1);
        for (var j = 0; j < Columns; j++)
            TensorPrimitives.Add(sums.Span, source.ColumnSpan(j), sums.Span);
        return sums;
    }

    /// <summary>The sum of each column: 1×Columns.</summary>
    public Matrix<T> ColumnSums()
    {
        var source = ToPlain();
        var sums = new Matrix<T>(1, Columns);
        for (var j = 0; j < Columns; j++)
            sums[0, j] = TensorPrimitives.Sum<T>(source.ColumnSpan(j));
        return sums;
    }

    /// <summary>The sum of all entries.</summary>
    public T Sum() => TensorPrimitives.Sum<T>(Span);

    /// <summary>
    /// For each column the row of its largest entry (the first one, where several are equal): Columns numbers. In a
    /// column with NaN there is no largest entry; the row it gives means nothing.
    /// </summary>
    /// <exception cref="ShapeException">The matrix has no rows.</exception>
    public int[] ArgMaxOfColumns()
    {
        if (Rows == 0) throw new ShapeException($"A {Shape} matrix has no largest entries.");
        var source = ToPlain();
        var result = new int[Columns];
        for (var j = 0; j < Columns; j++)
        {
            var column = source.ColumnSpan(j);
            var best = 0;
            for (var i = 1; i < column.Length; i++)
                if (column[i] > column[best]) best = i;
            result[j] = best;
        }
        return result;
    }

    /// <summary>A copy that shares nothing with this matrix.</summary>
    public Matrix<T> Copy()
    {
        var result = new Matrix<T>(Rows, Columns);
        if (!IsTransposed)
            Span.CopyTo(result.Span);
        else
            for (var j = 0; j < Columns; j++)
                for (var i = 0; i < Rows; i++)
                    result.data[j * Rows + i] = data[offset + i * Columns + j];
        return result;
    }

    /// <summary>All numbers, column after column.</summary>
    public T[] ToArray() => Copy().data;

    /// <summary>this ← this + scale·B, in place and without a temporary matrix. (6.1) is this with scale = −η.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public void AddScaled(T scale, Matrix<T> B)
    {
        if (Rows != B.Rows || Columns != B.Columns)
            throw new ShapeException($"Update of a {Shape} matrix by a {B.Shape} one: the shapes must be equal.");
        if (IsTransposed)
            Transposed.AddScaled(scale, B.Transposed);
        else
            TensorPrimitives.MultiplyAdd(B.ToPlain().Span, scale, Span, Span);
    }

    /// <summary>Takes over the numbers of a matrix of the same shape.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public void CopyFrom(Matrix<T> B)
    {
        if (Rows != B.Rows || Columns != B.Columns)
            throw new ShapeException($"Copying a {B.Shape} matrix into a {Shape} one: the shapes must be equal.");
        if (IsTransposed)
            Transposed.CopyFrom(B.Transposed);
        else
            B.ToPlain().Span.CopyTo(Span);
    }

    /// <summary>The shape and the first rows and columns, as text.</summary>
    public override string ToString() => MatrixText.Plain(this);

    /// <summary>The shape and the first rows and columns, as an HTML table.</summary>
    public string ToHtml() => MatrixText.Html(this);

    internal bool IsTransposed { get; }

    /// <summary>The numbers as they lie in memory: for a transposed view this is the order of the original.</summary>
    internal Span<T> Span => data.AsSpan(offset, Rows * Columns);

    /// <summary>One column of a plain (not transposed) matrix, as it lies in memory.</summary>
    internal Span<T> ColumnSpan(int column) => data.AsSpan(offset + column * Rows, Rows);

    /// <summary>This matrix, or a copy of it when it is a transposed view.</summary>
    internal Matrix<T> ToPlain() => IsTransposed ? Copy() : this;

    private int IndexOf(int row, int column)
    {
        if ((uint)row >= (uint)Rows || (uint)column >= (uint)Columns)
            throw new ArgumentOutOfRangeException(nameof(row), $"There is no entry ({row}, {column}) in a {Shape} matrix.");
        return offset + (IsTransposed ? row * Columns + column : column * Rows + row);
    }

    private (Matrix<T> Result, Matrix<T> Other) CopyFor(string operation, Matrix<T> B, bool columnAllowed)
    {
        var sameShape = Rows == B.Rows && Columns == B.Columns;
        if (!sameShape && !(columnAllowed && Rows == B.Rows && B.Columns == 1))
            throw new ShapeException($"{operation} of {Shape} and {B.Shape}: the shapes must be equal" +
                (columnAllowed ? $", or the right one a column ({Rows}×1)." : "."));
        return (Copy(), B.ToPlain());
    }
}

/// <summary>Ways to make a matrix.</summary>
public static class Matrix
{
    /// <summary>A matrix from its rows, as one writes it on paper.</summary>
    /// <exception cref="ShapeException">The rows differ in length.</exception>
    public static Matrix<T> FromRows<T>(T[][] rows) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var result = new Matrix<T>(rows.Length, rows.Length == 0 ? 0 : rows[0].Length);
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i].Length != result.Columns)
                throw new ShapeException($"Row 0 has {result.Columns} entries, but row {i} has {rows[i].Length}.");
            for (var j = 0; j < result.Columns; j++)
                result[i, j] = rows[i][j];
        }
        return result;
    }

    /// <summary>A column, n×1.</summary>
    public static Matrix<T> FromColumn<T>(T[] column) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(column.Length, 1, [.. column]);

    /// <summary>A matrix with the same number everywhere.</summary>
    public static Matrix<T> Fill<T>(int rows, int columns, T value) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new Matrix<T>(rows, columns).Map(_ => value);

    /// <summary>The n×n matrix with ones on the diagonal.</summary>
    public static Matrix<T> Identity<T>(int n) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var result = new Matrix<T>(n, n);
        for (var i = 0; i < n; i++) result[i, i] = T.One;
        return result;
    }

    /// <summary>Independent numbers, uniform on [low, high), from the generator that is handed in.</summary>
    public static Matrix<T> Uniform<T>(int rows, int columns, double low, double high, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new Matrix<T>(rows, columns).Map(_ => T.CreateChecked(low + (high - low) * random.NextDouble()));

    /// <summary>Independent normal numbers with mean 0 and the given standard deviation (method of Box and Muller).</summary>
    public static Matrix<T> Normal<T>(int rows, int columns, double standardDeviation, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double Next()
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));   // 1 − u lies in (0, 1], so the logarithm exists
            return standardDeviation * radius * Math.Cos(2 * Math.PI * random.NextDouble());
        }
        return new Matrix<T>(rows, columns).Map(_ => T.CreateChecked(Next()));
    }
}

/// <summary>Two shapes that do not fit: the message names both and the operation.</summary>
public sealed class ShapeException(string message) : ArgumentException(message);

// ──────────────────────────────── Part 2: activation functions ────────────────────────────────

/// <summary>The activation function g of a hidden layer.</summary>
public enum Activation
{
    /// <summary>max(0, z), equation (2.3).</summary>
    ReLU,
    /// <summary>1/(1 + e⁻ᶻ), equation (2.5).</summary>
    Sigmoid,
    /// <summary>tanh z, equation (2.7).</summary>
    Tanh
}

/// <summary>Activation functions and their derivatives, entry by entry on a matrix of any shape.</summary>
public static class Activations
{
    /// <summary>max(0, z), equation (2.3). NaN stays NaN.</summary>
    public static Matrix<T> ReLU<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var A = Z.Copy();
        TensorPrimitives.Max(A.Span, T.Zero, A.Span);
        return A;
    }

    /// <summary>1 where z &gt; 0, else 0, equation (2.4). At z = 0, where there is no derivative, we take 0.</summary>
    public static Matrix<T> ReLUDerivative<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var D = Z.Copy();
        foreach (ref var z in D.Span)
            z = z > T.Zero ? T.One : T.Zero;
        return D;
    }

    /// <summary>σ(z) = 1/(1 + e⁻ᶻ), equation (2.5); between 0 and 1.</summary>
    public static Matrix<T> Sigmoid<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var A = Z.Copy();
        TensorPrimitives.Sigmoid<T>(A.Span, A.Span);
        return A;
    }

    /// <summary>σ′ = σ(1 − σ), equation (2.6).</summary>
    public static Matrix<T> SigmoidDerivative<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Sigmoid(Z).Map(a => a * (T.One - a));

    /// <summary>tanh z, equation (2.7); between −1 and 1.</summary>
    public static Matrix<T> Tanh<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var A = Z.Copy();
        TensorPrimitives.Tanh<T>(A.Span, A.Span);
        return A;
    }

    /// <summary>tanh′ = 1 − tanh², equation (2.8).</summary>
    public static Matrix<T> TanhDerivative<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Tanh(Z).Map(a => T.One - a * a);

    /// <summary>g(Z) for the activation that is named, equation (2.2).</summary>
    public static Matrix<T> Apply<T>(Activation g, Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> => g switch
    {
        Activation.ReLU => ReLU(Z),
        Activation.Sigmoid => Sigmoid(Z),
        Activation.Tanh => Tanh(Z),
        _ => throw new ArgumentOutOfRangeException(nameof(g), g, "No such activation.")
    };

    /// <summary>g′(Z) for the activation that is named.</summary>
    public static Matrix<T> Derivative<T>(Activation g, Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> => g switch
    {
        Activation.ReLU => ReLUDerivative(Z),
        Activation.Sigmoid => SigmoidDerivative(Z),
        Activation.Tanh => TanhDerivative(Z),
        _ => throw new ArgumentOutOfRangeException(nameof(g), g, "No such activation.")
    };
}

// ───────────────────────────────────── Part 3: losses ─────────────────────────────────────

/// <summary>What training makes small.</summary>
public enum Loss
{
    /// <summary>Equation (4.5).</summary>
    CrossEntropy,
    /// <summary>Equation (4.1).</summary>
    SquaredError
}

/// <summary>Softmax, one-hot labels and the two losses. K is the number of classes (10), m the number of examples.</summary>
public static class Losses
{
    /// <summary>The labels as columns of zeros with a single one, K×m, equation (1.5).</summary>
    /// <exception cref="ArgumentOutOfRangeException">A label is not below the number of classes.</exception>
    public static Matrix<T> OneHot<T>(ReadOnlySpan<byte> labels, int classes = 10)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var Y = new Matrix<T>(classes, labels.Length);
        for (var j = 0; j < labels.Length; j++)
        {
            if (labels[j] >= classes)
                throw new ArgumentOutOfRangeException(nameof(labels),
                    $"Label {j} is {labels[j]}, but the classes are 0 to {classes - 1}.");
            Y[labels[j], j] = T.One;
        }
        return Y;
    }

    /// <summary>
    /// The probabilities of each column, K×m → K×m, equations (4.2) and (4.3). The maximum is taken from each column,
    /// that is for each example, so that no exponential can overflow.
    /// </summary>
    public static Matrix<T> Softmax<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var A = MinusColumnMaximum(Z);                                    // z − max z      (4.3)
        TensorPrimitives.Exp<T>(A.Span, A.Span);                          // e^(z − max z)
        for (var j = 0; j < A.Columns; j++)
        {
            var a = A.ColumnSpan(j);
            TensorPrimitives.Divide(a, TensorPrimitives.Sum<T>(a), a);    // divided by their sum   (4.2)
        }
        return A;
    }

    /// <summary>The logarithm of the softmax, K×m → K×m, equation (4.4): finite even where the softmax rounds to 0.</summary>
    public static Matrix<T> LogSoftmax<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var L = MinusColumnMaximum(Z);
        var exponentials = L.Copy();
        TensorPrimitives.Exp<T>(exponentials.Span, exponentials.Span);
        for (var j = 0; j < L.Columns; j++)
        {
            var logSum = T.Log(TensorPrimitives.Sum<T>(exponentials.ColumnSpan(j)));
            TensorPrimitives.Subtract(L.ColumnSpan(j), logSum, L.ColumnSpan(j));
        }
        return L;
    }

    /// <summary>Cross-entropy of m examples, equation (4.5), from Z2 and the one-hot Y (both K×m). In nats, 0 is perfect.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static double CrossEntropy<T>(Matrix<T> Z2, Matrix<T> Y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // 0·(−∞) would be NaN, so entries with Y = 0 are left out, as in (4.7).
        var y = SameShape("Cross-entropy", Z2, Y).ToPlain().Span;
        var l = LogSoftmax(Z2).Span;
        var sum = 0.0;
        for (var i = 0; i < y.Length; i++)
            if (y[i] != T.Zero) sum -= double.CreateChecked(y[i] * l[i]);
        return sum / Y.Columns;
    }

    /// <summary>Squared error of m examples, equation (4.1), from A2 and Y (both K×m).</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static double SquaredError<T>(Matrix<T> A2, Matrix<T> Y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sum = 0.0;
        foreach (var d in (A2 - SameShape("Squared error", A2, Y)).Span)
            sum += double.CreateChecked(d * d);
        return sum / (2.0 * Y.Columns);
    }

    private static Matrix<T> MinusColumnMaximum<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var result = Z.Copy();
        if (Z.Rows == 0) return result;
        for (var j = 0; j < result.Columns; j++)
        {
            var z = result.ColumnSpan(j);
            TensorPrimitives.Subtract(z, TensorPrimitives.Max<T>(z), z);
        }
        return result;
    }

    /// <summary>Y, when its shape is that of A. The difference A − Y alone would take a single column for a bias.</summary>
    internal static Matrix<T> SameShape<T>(string what, Matrix<T> A, Matrix<T> Y) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        A.Rows == Y.Rows && A.Columns == Y.Columns
            ? Y
            : throw new ShapeException($"{what} of a network output {A.Shape} and labels {Y.Shape}: the shapes must be equal.");
}

// ──────────────────────────────────── Part 4: the network ────────────────────────────────────

/// <summary>How the weights start.</summary>
public enum Initialisation
{
    /// <summary>Normal with variance 2/n_in, equation (6.7) (He et al. 2015); biases 0. Made for ReLU.</summary>
    He,
    /// <summary>Normal with variance 2/(n_in + n_out), equation (6.6) (Glorot and Bengio 2010); biases 0. Made for tanh.</summary>
    Xavier,
    /// <summary>
    /// As the NumPy original, equation (6.4): weights normal with variance 1/n_in in the first layer and
    /// 1/(n_in + n_out) after it; biases random too, with variance 1/n_out, in the last layer 1/(inputs of the network).
    /// </summary>
    Original
}

/// <summary>Images with their labels, ready for a network.</summary>
/// <typeparam name="T"><c>float</c> or <c>double</c>.</typeparam>
public sealed class Examples<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int classes;

    /// <param name="X">The inputs, one column each: 784×m.</param>
    /// <param name="labels">The m labels, each below <paramref name="classes"/>.</param>
    /// <param name="classes">The number of classes, K.</param>
    /// <exception cref="ShapeException">There are not as many labels as columns.</exception>
    public Examples(Matrix<T> X, byte[] labels, int classes = 10)
    {
        if (X.Columns != labels.Length)
            throw new ShapeException($"{X.Columns} examples (X is {X.Shape}) but {labels.Length} labels: there must be one for each.");
        (this.X, Labels, this.classes, Y) = (X, labels, classes, Losses.OneHot<T>(labels, classes));
    }

    /// <summary>The inputs, one column each: 784×m, equation (1.4).</summary>
    public Matrix<T> X { get; }

    /// <summary>The labels as one-hot columns: K×m, equation (1.5).</summary>
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

/// <summary>
/// A network of layers: A_0 = X, then A_l = g(W_l·A_(l−1) + b_l), equation (3.7), with softmax in the last layer.
/// With one hidden layer it is the network of the notes, and W1, b1, W2, b2 are its parameters.
/// </summary>
public sealed class Network<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A network with parameters that are given: W[l] is n_(l+1)×n_l, b[l] is n_(l+1)×1.</summary>
    /// <exception cref="ShapeException">The shapes do not follow on each other.</exception>
    public Network(Matrix<T>[] W, Matrix<T>[] b, Activation hidden = Activation.ReLU, Loss loss = Loss.CrossEntropy)
    {
        if (W.Length == 0 || W.Length != b.Length)
            throw new ShapeException($"A network needs as many weight matrices as bias columns, at least one; got {W.Length} and {b.Length}.");
        for (var l = 0; l < W.Length; l++)
        {
            if (b[l].Rows != W[l].Rows || b[l].Columns != 1)
                throw new ShapeException($"Layer {l + 1}: W{l + 1} is {W[l].Shape}, so b{l + 1} must be {W[l].Rows}×1, but it is {b[l].Shape}.");
            if (l > 0 && W[l].Columns != W[l - 1].Rows)
                throw new ShapeException($"Layer {l + 1}: W{l + 1} is {W[l].Shape}, but layer {l} has {W[l - 1].Rows} outputs.");
        }
        (this.W, this.b, Hidden, Loss) = (W, b, hidden, loss);
    }

    /// <summary>A network with random parameters, for instance sizes [784, 10, 10].</summary>
    /// <param name="sizes">Inputs, hidden units of each hidden layer, outputs.</param>
    /// <param name="random">The generator: the same seed gives the same network.</param>
    /// <param name="initialisation">How the weights start.</param>
    /// <param name="hidden">The activation function of the hidden layers.</param>
    /// <param name="loss">The loss.</param>
    /// <exception cref="ArgumentException">Fewer than two sizes, or one below 1.</exception>
    public static Network<T> Create(int[] sizes, Random random, Initialisation initialisation = Initialisation.He,
        Activation hidden = Activation.ReLU, Loss loss = Loss.CrossEntropy)
    {
        if (sizes.Length < 2 || sizes.Any(n => n < 1))
            throw new ArgumentException($"A network needs at least two layer sizes, all of them 1 or more; got [{string.Join(", ", sizes)}].", nameof(sizes));
        var layers = sizes.Zip(sizes.Skip(1), (n_in, n_out) => (n_in, n_out)).ToArray();
        var W = new Matrix<T>[layers.Length];
        var b = new Matrix<T>[layers.Length];
        for (var l = 0; l < layers.Length; l++)
        {
            var (n_in, n_out) = layers[l];
            var (weightVariance, biasVariance) = initialisation switch
            {
                Initialisation.He => (2.0 / n_in, 0.0),                                         // (6.7)
                Initialisation.Xavier => (2.0 / (n_in + n_out), 0.0),                           // (6.6)
                Initialisation.Original => (l == 0 ? 1.0 / n_in : 1.0 / (n_in + n_out),         // (6.4)
                                            l < layers.Length - 1 ? 1.0 / n_out : 1.0 / sizes[0]),
                _ => throw new ArgumentOutOfRangeException(nameof(initialisation), initialisation, "No such initialisation.")
            };
            W[l] = Matrix.Normal<T>(n_out, n_in, Math.Sqrt(weightVariance), random);
            b[l] = Matrix.Normal<T>(n_out, 1, Math.Sqrt(biasVariance), random);
        }
        return new(W, b, hidden, loss);
    }

    /// <summary>The weights: W[0] is W1 of the notes.</summary>
    public Matrix<T>[] W { get; }

    /// <summary>The biases: b[0] is b1 of the notes.</summary>
    public Matrix<T>[] b { get; }

    /// <summary>W1, h×784: the weights of the first layer.</summary>
    public Matrix<T> W1 => W[0];

    /// <summary>b1, h×1.</summary>
    public Matrix<T> b1 => b[0];

    /// <summary>W2, 10×h: the weights of the second layer.</summary>
    public Matrix<T> W2 => W[1];

    /// <summary>b2, 10×1.</summary>
    public Matrix<T> b2 => b[1];

    /// <summary>The activation function of the hidden layers.</summary>
    public Activation Hidden { get; }

    /// <summary>What training makes small.</summary>
    public Loss Loss { get; }

    /// <summary>Inputs, hidden units, outputs: [784, h, 10].</summary>
    public int[] Sizes => [W[0].Columns, .. W.Select(w => w.Rows)];

    /// <summary>How many numbers training sets, equation (3.5).</summary>
    public int ParameterCount => W.Sum(w => w.Rows * w.Columns) + b.Sum(c => c.Rows);

    /// <summary>The forward pass, equations (3.1) to (3.4) and (3.7), for m examples at once.</summary>
    /// <param name="X">One example in each column: 784×m.</param>
    /// <param name="D">For training with dropout: a mask for each hidden layer, see <see cref="Dropout.Masks"/>.</param>
    /// <exception cref="ShapeException">X has not as many rows as the network has inputs, or a mask has not the shape of its layer.</exception>
    public ForwardPass<T> Forward(Matrix<T> X, Matrix<T>[]? D = null)
    {
        if (X.Rows != W[0].Columns)
            throw new ShapeException($"The network has {W[0].Columns} inputs, but X is {X.Shape}: one column is one example, so X needs {W[0].Columns} rows.");
        if (D != null && D.Length != W.Length - 1)
            throw new ShapeException($"Dropout needs a mask for each hidden layer: the network has {W.Length - 1}, but there are {D.Length} masks.");
        var Z = new Matrix<T>[W.Length];
        var A = new Matrix<T>[W.Length + 1];
        A[0] = X;
        for (var l = 0; l < W.Length; l++)
        {
            Z[l] = W[l] * A[l] + b[l];                                                              // (3.1), (3.3)
            A[l + 1] = l < W.Length - 1 ? Activations.Apply(Hidden, Z[l]) : Losses.Softmax(Z[l]);   // (3.2), (3.4)
            if (D != null && l < D.Length) A[l + 1] = A[l + 1].Hadamard(D[l]);                      // (9.9)
        }
        return new(Z, A, D);
    }

    /// <summary>The backward pass: the gradient of the loss for every parameter, equations (5.4) to (5.11) and (5.15).</summary>
    /// <param name="pass">The forward pass of the same examples.</param>
    /// <param name="Y">Their labels, one-hot: 10×m.</param>
    /// <exception cref="ShapeException">Y has not the shape of the output.</exception>
    public Gradients<T> Backward(ForwardPass<T> pass, Matrix<T> Y)
    {
        var dW = new Matrix<T>[W.Length];
        var db = new Matrix<T>[W.Length];
        var oneOverM = T.One / T.CreateChecked(Y.Columns);
        var dZ = OutputError(pass.Output, Y);                                    // 10×m
        for (var l = W.Length - 1; l >= 0; l--)
        {
            dW[l] = oneOverM * dZ * pass.A[l].Transposed;                        // (5.5), (5.9)   as W[l]
            db[l] = oneOverM * dZ.RowSums();                                     // (5.6), (5.10)  as b[l]
            if (l == 0) break;
            var dA = W[l].Transposed * dZ;                                       // (5.7)          h×m
            if (pass.D != null) dA = dA.Hadamard(pass.D[l - 1]);                 // (9.10)
            dZ = dA.Hadamard(Activations.Derivative(Hidden, pass.Z[l - 1]));     // (5.8), (5.15)
        }
        return new(dW, db);
    }

    /// <summary>
    /// Loss and gradients of any number of examples. Both are means over examples, so a large batch is gone through in
    /// slices, which keeps everything between the forward and the backward pass in the cache.
    /// </summary>
    /// <param name="examples">m examples, at least one.</param>
    /// <param name="D">For training with dropout: the masks of these examples.</param>
    public (double Loss, Gradients<T> Gradients) LossAndGradients(Examples<T> examples, Matrix<T>[]? D = null)
    {
        var (loss, sum) = (0.0, (Gradients<T>?)null);
        foreach (var (start, count) in Slices(examples.Count))
        {
            var pass = Forward(examples.X.ColumnRange(start, count), D?.Select(d => d.ColumnRange(start, count)).ToArray());
            var Y = examples.Y.ColumnRange(start, count);
            var share = (double)count / examples.Count;
            loss += share * LossOf(pass, Y);
            if (share == 1) return (loss, Backward(pass, Y));
            sum ??= Gradients<T>.Zeros(this);
            sum.AddScaled(T.CreateChecked(share), Backward(pass, Y));
        }
        return (loss, sum ?? throw new ArgumentException("There is no gradient without examples; found 0.", nameof(examples)));
    }

    /// <summary>The loss of m examples, equation (4.5) or (4.1).</summary>
    public double LossOf(ForwardPass<T> pass, Matrix<T> Y) => Loss == Loss.CrossEntropy
        ? Losses.CrossEntropy(pass.Z[^1], Y)
        : Losses.SquaredError(pass.Output, Y);

    /// <summary>The ten probabilities of each example: 10×m.</summary>
    public Matrix<T> Probabilities(Matrix<T> X) => Forward(X).Output;

    /// <summary>The predicted class of each example, equation (3.6): m numbers.</summary>
    public int[] Predict(Matrix<T> X)
    {
        var predictions = new int[X.Columns];
        foreach (var (start, count) in Slices(X.Columns))
            Forward(X.ColumnRange(start, count)).Output.ArgMaxOfColumns().CopyTo(predictions, start);
        return predictions;
    }

    /// <summary>The share of examples that are predicted right, between 0 and 1, equation (6.9).</summary>
    public double Accuracy(Examples<T> examples) => Evaluate(examples).Accuracy;

    /// <summary>Loss and accuracy over all examples. No examples: NaN and NaN.</summary>
    public (double Loss, double Accuracy) Evaluate(Examples<T> examples)
    {
        var (loss, right) = (0.0, 0);
        foreach (var (start, count) in Slices(examples.Count))
        {
            var pass = Forward(examples.X.ColumnRange(start, count));
            loss += count * LossOf(pass, examples.Y.ColumnRange(start, count));
            var predictions = pass.Output.ArgMaxOfColumns();
            for (var j = 0; j < count; j++)
                if (predictions[j] == examples.Labels[start + j]) right++;
        }
        return (loss / examples.Count, (double)right / examples.Count);
    }

    /// <summary>One step of gradient descent, equation (6.1): every parameter minus η times its gradient.</summary>
    public void Update(Gradients<T> gradients, double learningRate)
    {
        var minusRate = T.CreateChecked(-learningRate);
        for (var l = 0; l < W.Length; l++)
        {
            W[l].AddScaled(minusRate, gradients.dW[l]);
            b[l].AddScaled(minusRate, gradients.db[l]);
        }
    }

    /// <summary>A network with the same parameters that shares nothing with this one.</summary>
    public Network<T> Copy() => new([.. W.Select(w => w.Copy())], [.. b.Select(c => c.Copy())], Hidden, Loss);

    /// <summary>Takes over the parameters of a network of the same shape.</summary>
    /// <exception cref="ShapeException">The layers differ.</exception>
    public void CopyFrom(Network<T> other)
    {
        if (!Sizes.SequenceEqual(other.Sizes))
            throw new ShapeException($"Copying a network {string.Join('-', other.Sizes)} into a network {string.Join('-', Sizes)}: the layers must be equal.");
        for (var l = 0; l < W.Length; l++)
        {
            W[l].CopyFrom(other.W[l]);
            b[l].CopyFrom(other.b[l]);
        }
    }

    /// <summary>Writes the parameters to a file. It is written beside and then renamed, so the file is never half there.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder is not there.</exception>
    public void Save(string path) => NetworkFile.Write(this, path);

    /// <summary>Reads a network that <see cref="Save"/> wrote.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not such a network, or it is damaged.</exception>
    public static Network<T> Load(string path) => NetworkFile.Read<T>(path);

    /// <summary>For instance "784-10-10, ReLU, cross-entropy, 7,960 parameters".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{string.Join('-', Sizes)}, {Hidden}, {(Loss == Loss.CrossEntropy ? "cross-entropy" : "squared error")}, {ParameterCount:N0} parameters");

    /// <summary>m times the derivative of the loss by the last Z: 10×m.</summary>
    private Matrix<T> OutputError(Matrix<T> output, Matrix<T> Y)
    {
        var G = output - Losses.SameShape("Backward pass", output, Y);
        if (Loss == Loss.CrossEntropy) return G;                                     // (5.4)
        var sums = G.Hadamard(output).ColumnSums();                                  // 1×m
        return output.Hadamard(G - Matrix.Fill(output.Rows, 1, T.One) * sums);       // (5.11)
    }

    /// <summary>Pieces that bound the memory of a pass over many examples; fixed, so that sums are always added in the same order.</summary>
    private static IEnumerable<(int Start, int Count)> Slices(int examples)
    {
        const int Size = 2016;
        for (var start = 0; start < examples; start += Size)
            yield return (start, Math.Min(Size, examples - start));
    }
}

/// <summary>Everything that the forward pass computed, kept for the backward pass.</summary>
/// <param name="Z">Z[0] is Z1 of the notes (h×m), the last one Z2 (10×m).</param>
/// <param name="A">A[0] is X, A[1] is A1 (h×m), the last one the output (10×m).</param>
/// <param name="D">The masks of dropout that were used, D[0] for A1 (h×m); null without dropout.</param>
public sealed record ForwardPass<T>(Matrix<T>[] Z, Matrix<T>[] A, Matrix<T>[]? D = null) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Z1 = W1·X + b1, h×m, equation (3.1).</summary>
    public Matrix<T> Z1 => Z[0];
    /// <summary>A1 = ReLU(Z1), h×m, equation (3.2).</summary>
    public Matrix<T> A1 => A[1];
    /// <summary>Z2 = W2·A1 + b2, 10×m, equation (3.3).</summary>
    public Matrix<T> Z2 => Z[1];
    /// <summary>A2 = softmax(Z2), 10×m, equation (3.4).</summary>
    public Matrix<T> A2 => A[2];
    /// <summary>The probabilities that the last layer gives: 10×m.</summary>
    public Matrix<T> Output => A[^1];
}

/// <summary>The gradient of the loss: dW[l] has the shape of W[l], db[l] that of b[l].</summary>
public sealed record Gradients<T>(Matrix<T>[] dW, Matrix<T>[] db) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>h×784, equation (5.9).</summary>
    public Matrix<T> dW1 => dW[0];
    /// <summary>h×1, equation (5.10).</summary>
    public Matrix<T> db1 => db[0];
    /// <summary>10×h, equation (5.5).</summary>
    public Matrix<T> dW2 => dW[1];
    /// <summary>10×1, equation (5.6).</summary>
    public Matrix<T> db2 => db[1];

    /// <summary>Zeros with the shapes of the parameters of a network.</summary>
    public static Gradients<T> Zeros(Network<T> network) =>
        new([.. network.W.Select(W => new Matrix<T>(W.Rows, W.Columns))], [.. network.b.Select(b => new Matrix<T>(b.Rows, 1))]);

    /// <summary>this ← this + scale·other, in place.</summary>
    internal void AddScaled(T scale, Gradients<T> other)
    {
        for (var l = 0; l < dW.Length; l++)
        {
            dW[l].AddScaled(scale, other.dW[l]);
            db[l].AddScaled(scale, other.db[l]);
        }
    }
}

/// <summary>
/// The file of a network: "NNET", a version, the bytes of a number (4 or 8), activation, loss, the number of layers
/// and their sizes, W and b of each layer column by column, and a SHA-256 of all that. Little-endian.
/// </summary>
public static class NetworkFile
{
    private const uint Magic = 0x54454E4E;   // "NNET"
    private const int Version = 1;

    internal static void Write<T>(Network<T> network, string path) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var memory = new MemoryStream();
        using (var writer = new BinaryWriter(memory, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(Version);
            writer.Write(Unsafe.SizeOf<T>());
            writer.Write((int)network.Hidden);
            writer.Write((int)network.Loss);
            writer.Write(network.Sizes.Length);
            foreach (var size in network.Sizes) writer.Write(size);
            foreach (var parameters in Parameters(network))
                writer.Write(MemoryMarshal.AsBytes(parameters.ToPlain().Span));
        }
        var content = memory.ToArray();
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{path}: expected a folder {folder} to write to, found none. Make it first: Directory.CreateDirectory(\"…\").");
        // A name of its own, as another run may be saving to the same place.
        var beside = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            File.WriteAllBytes(beside, [.. content, .. SHA256.HashData(content)]);
            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    internal static Network<T> Read<T>(string path) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no network file '{path}'. Save one with network.Save(path), or correct the path.", path);
        var bytes = File.ReadAllBytes(path);
        InvalidDataException Bad(string expected, string found) =>
            new($"Network file '{path}': expected {expected}, found {found}. Save the network again with network.Save(path).");

        if (bytes.Length < 4 || BitConverter.ToUInt32(bytes) != Magic)
            throw Bad("a file that begins with NNET", bytes.Length < 4 ? $"{bytes.Length} bytes" : "another kind of file");
        if (bytes.Length < 24 + SHA256.HashSizeInBytes)
            throw Bad("a whole network", $"only {bytes.Length} bytes: the file is cut off");
        var content = bytes.AsSpan(0, bytes.Length - SHA256.HashSizeInBytes);
        if (!SHA256.HashData(content).AsSpan().SequenceEqual(bytes.AsSpan(content.Length)))
            throw Bad("a content that matches its checksum", "one that does not: the file is cut off or damaged");

        using var reader = new BinaryReader(new MemoryStream(content.ToArray()));
        reader.ReadUInt32();
        if (reader.ReadInt32() is var version && version != Version) throw Bad($"version {Version}", $"version {version}");
        if (reader.ReadInt32() is var width && width != Unsafe.SizeOf<T>())
            throw Bad($"numbers of {Unsafe.SizeOf<T>()} bytes ({typeof(T).Name})", $"numbers of {width} bytes");
        var (hidden, loss) = ((Activation)reader.ReadInt32(), (Loss)reader.ReadInt32());
        var sizes = new int[reader.ReadInt32()];
        for (var i = 0; i < sizes.Length; i++) sizes[i] = reader.ReadInt32();
        var network = new Network<T>(
            [.. sizes.Skip(1).Select((n, l) => new Matrix<T>(n, sizes[l]))],
            [.. sizes.Skip(1).Select(n => new Matrix<T>(n, 1))], hidden, loss);
        foreach (var parameters in Parameters(network))
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(parameters.Span));
        return network;
    }

    private static IEnumerable<Matrix<T>> Parameters<T>(Network<T> network) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        network.W.Zip(network.b).SelectMany(layer => new[] { layer.First, layer.Second });
}

// ───────────────────────────────── Part 5: the gradient check ─────────────────────────────────

/// <summary>Compares gradients with finite differences of the loss. Always in double precision.</summary>
public static class GradientCheck
{
    /// <summary>
    /// Gradients below this size are compared on its scale, the "tiny" of (5.14): by (5.13) the difference quotient
    /// carries a rounding error of about 1e-11, which would be a large share of a gradient that is itself near zero.
    /// </summary>
    public const double Tiny = 1e-4;

    /// <summary>The difference quotient (5.12) for every entry of a parameter; the parameter is left as it was.</summary>
    /// <param name="loss">Computes the loss with the parameter as it stands.</param>
    /// <param name="parameter">The matrix whose entries are moved, one after the other.</param>
    /// <param name="epsilon">How far an entry is moved to each side.</param>
    public static Matrix<double> Numerical(Func<double> loss, Matrix<double> parameter, double epsilon = 1e-5)
    {
        var slope = new Matrix<double>(parameter.Rows, parameter.Columns);
        for (var j = 0; j < parameter.Columns; j++)
            for (var i = 0; i < parameter.Rows; i++)
            {
                var value = parameter[i, j];
                parameter[i, j] = value + epsilon;
                var above = loss();
                parameter[i, j] = value - epsilon;
                var below = loss();
                parameter[i, j] = value;
                slope[i, j] = (above - below) / (2 * epsilon);   // (5.12)
            }
        return slope;
    }

    /// <summary>The largest relative error over all entries, equation (5.14). NaN when an entry is NaN.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static double RelativeError(Matrix<double> analytic, Matrix<double> numerical)
    {
        if (analytic.Rows != numerical.Rows || analytic.Columns != numerical.Columns)
            throw new ShapeException($"Relative error of gradients {analytic.Shape} and {numerical.Shape}: the shapes must be equal.");
        var difference = (analytic - numerical).Span;
        var a = analytic.ToPlain().Span;
        var n = numerical.ToPlain().Span;
        var largest = 0.0;
        for (var i = 0; i < difference.Length; i++)
            largest = Math.Max(largest, Math.Abs(difference[i]) / Math.Max(Math.Abs(a[i]) + Math.Abs(n[i]), Tiny));   // (5.14)
        return largest;
    }

    /// <summary>Checks every parameter of a network on the examples given. Two forward passes a parameter: use a few examples.</summary>
    public static GradientReport Run(Network<double> network, Matrix<double> X, Matrix<double> Y, double epsilon = 1e-5)
    {
        var gradients = network.Backward(network.Forward(X), Y);
        double LossNow() => network.LossOf(network.Forward(X), Y);
        var rows = new List<GradientComparison>();
        for (var l = 0; l < network.W.Length; l++)
        {
            rows.Add(new($"dW{l + 1}", gradients.dW[l].Shape, RelativeError(gradients.dW[l], Numerical(LossNow, network.W[l], epsilon))));
            rows.Add(new($"db{l + 1}", gradients.db[l].Shape, RelativeError(gradients.db[l], Numerical(LossNow, network.b[l], epsilon))));
        }
        return new(rows);
    }
}

/// <summary>One line of a gradient check: which gradient, its shape, its largest relative error.</summary>
public sealed record GradientComparison(string Gradient, string Shape, double LargestRelativeError);

/// <summary>The result of a gradient check.</summary>
public sealed record GradientReport(IReadOnlyList<GradientComparison> Comparisons)
{
    /// <summary>The largest relative error over all parameters.</summary>
    public double LargestRelativeError => Comparisons.Max(c => c.LargestRelativeError);

    /// <summary>One line for each gradient.</summary>
    public override string ToString() => string.Join('\n', Comparisons.Select(c => string.Create(CultureInfo.InvariantCulture,
        $"{c.Gradient,-4} {c.Shape,-8} largest relative error {c.LargestRelativeError:0.0e+00}")));
}

// ───────────────────────────────────── Part 6: training ─────────────────────────────────────

/// <summary>How a gradient becomes a step.</summary>
public enum Optimiser
{
    /// <summary>Against the gradient, equation (6.1).</summary>
    GradientDescent,
    /// <summary>Against the sum of all gradients, old ones counting less, equations (9.1) and (9.2).</summary>
    Momentum,
    /// <summary>A step of its own for each parameter, from running means, equations (9.3) to (9.6) (Kingma and Ba 2015).</summary>
    Adam
}

/// <summary>The hyperparameters of a training run. What is not named is off, so that new TrainingOptions() is plain gradient descent.</summary>
public sealed record TrainingOptions
{
    /// <summary>How often all examples are gone through.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>B, the examples of one step; 0 takes all of them (full-batch gradient descent).</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>η, the length of a step, equation (6.1). For Adam, 0.001 is usual.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>γ, by which the learning rate is multiplied after each epoch, equation (9.7): above 0, at most 1, which leaves it as it is.</summary>
    public double Decay { get; init; } = 1;

    /// <summary>How a gradient becomes a step.</summary>
    public Optimiser Optimiser { get; init; } = Optimiser.GradientDescent;

    /// <summary>μ of (9.1), or β1 of (9.3): the share of the old gradients that is kept, 0 or more and below 1. Plain gradient descent has no use for it.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>β2 of (9.4), 0 or more and below 1, for Adam only.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>λ, how fast the weights decay, equation (9.8): 0 or more; 0 is without. Biases do not decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>p, the probability with which a hidden unit is left out of a step, equation (9.9): 0 or more and below 1; 0 is without.</summary>
    public double Dropout { get; init; }

    /// <summary>
    /// Early stopping, equation (7.2): training ends after so many measurements without a lower validation loss, and the
    /// network gets back the parameters with the lowest one. 0: it goes through all epochs and keeps the last.
    /// </summary>
    public int Patience { get; init; }

    /// <summary>Loss and accuracy are measured before the first epoch and after every so many epochs, and after the last.</summary>
    public int ReportEvery { get; init; } = 1;

    /// <summary>Called with each measurement, for a progress line or a moving curve.</summary>
    public Action<EpochResult>? OnEpoch { get; init; }

    /// <summary>Stops training between two steps; the network keeps the parameters it has then.</summary>
    public CancellationToken Token { get; init; }
}

/// <summary>One measurement. Losses are means over the examples, accuracies lie between 0 and 1; validation is NaN when there is none.</summary>
/// <param name="Epoch">How many epochs were done; 0 is the untrained network.</param>
/// <param name="TrainingLoss">Over all training examples.</param>
/// <param name="TrainingAccuracy">Over all training examples.</param>
/// <param name="ValidationLoss">Over all validation examples.</param>
/// <param name="ValidationAccuracy">Over all validation examples.</param>
public sealed record EpochResult(int Epoch, double TrainingLoss, double TrainingAccuracy, double ValidationLoss, double ValidationAccuracy);

/// <summary>The measurements of a training run, in order.</summary>
public sealed class TrainingHistory
{
    private readonly List<EpochResult> epochs = [];

    /// <summary>The measurements, the untrained network first.</summary>
    public IReadOnlyList<EpochResult> Epochs => epochs;

    /// <summary>The last measurement.</summary>
    public EpochResult Last => epochs[^1];

    /// <summary>The measurement with the lowest validation loss, the first of them where several are equal: e* of (7.2).</summary>
    /// <exception cref="InvalidOperationException">There was no validation set, or it never had a finite loss.</exception>
    public EpochResult Best => epochs.Where(e => double.IsFinite(e.ValidationLoss)).MinBy(e => e.ValidationLoss)
        ?? throw new InvalidOperationException("The best epoch is that with the lowest validation loss; expected a validation set with finite losses, found none. Hand one to Training.Train.");

    /// <summary>How many measurements have followed the one with the lowest validation loss.</summary>
    internal int SinceBest { get; private set; }

    internal void Add(EpochResult result)
    {
        epochs.Add(result);
        SinceBest = double.IsFinite(result.ValidationLoss) && Best == result ? 0 : SinceBest + 1;
    }
}

/// <summary>Training made the loss infinite, NaN or far too large. The network was set back to the parameters of the last good measurement.</summary>
public sealed class DivergedException(string message, TrainingHistory history) : Exception(message)
{
    /// <summary>What was measured until then.</summary>
    public TrainingHistory History { get; } = history;
}

/// <summary>The rule that the options name, and what it remembers from step to step: V, or M and S, each with the shape of its parameter.</summary>
public sealed class UpdateRule<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>ε of (9.6): keeps 0/0 away where a parameter has never had a gradient.</summary>
    public const double Epsilon = 1e-8;

    private readonly Network<T> network;
    private readonly TrainingOptions options;
    private readonly Gradients<T> V, S;   // the M of Adam is in V
    private int t;

    /// <param name="network">Whose parameters the steps change.</param>
    /// <param name="options">Optimiser, Momentum, Beta2 and WeightDecay are used.</param>
    public UpdateRule(Network<T> network, TrainingOptions options)
    {
        (this.network, this.options) = (network, options);
        V = options.Optimiser == Optimiser.GradientDescent ? new([], []) : Gradients<T>.Zeros(network);
        S = options.Optimiser == Optimiser.Adam ? Gradients<T>.Zeros(network) : new([], []);
    }

    /// <summary>One step.</summary>
    /// <param name="gradients">The gradients at the parameters as they are now.</param>
    /// <param name="learningRate">η of this step.</param>
    /// <exception cref="ShapeException">The gradients have not the shapes of the parameters.</exception>
    public void Step(Gradients<T> gradients, double learningRate)
    {
        t++;
        if (options.WeightDecay > 0)
            foreach (var W in network.W)
                TensorPrimitives.Multiply(W.Span, T.CreateChecked(1 - learningRate * options.WeightDecay), W.Span);   // (9.8)
        if (options.Optimiser == Optimiser.GradientDescent)
        {
            network.Update(gradients, learningRate);   // (6.1), (6.2)
            return;
        }
        for (var l = 0; l < network.W.Length; l++)
            if (options.Optimiser == Optimiser.Momentum)
            {
                Momentum(network.W[l], gradients.dW[l], V.dW[l], learningRate);
                Momentum(network.b[l], gradients.db[l], V.db[l], learningRate);
            }
            else
            {
                Adam(network.W[l], gradients.dW[l], V.dW[l], S.dW[l], learningRate);
                Adam(network.b[l], gradients.db[l], V.db[l], S.db[l], learningRate);
            }
    }

    private void Momentum(Matrix<T> W, Matrix<T> dW, Matrix<T> V, double learningRate)
    {
        TensorPrimitives.Multiply(V.Span, T.CreateChecked(options.Momentum), V.Span);
        V.AddScaled(T.One, dW);                          // (9.1)
        W.AddScaled(T.CreateChecked(-learningRate), V);  // (9.2)
    }

    private void Adam(Matrix<T> W, Matrix<T> dW, Matrix<T> M, Matrix<T> S, double learningRate)
    {
        var (beta1, beta2) = (options.Momentum, options.Beta2);
        TensorPrimitives.Multiply(M.Span, T.CreateChecked(beta1), M.Span);
        M.AddScaled(T.CreateChecked(1 - beta1), dW);                                                 // (9.3)
        var step = dW.Hadamard(dW);
        TensorPrimitives.Multiply(S.Span, T.CreateChecked(beta2), S.Span);
        S.AddScaled(T.CreateChecked(1 - beta2), step);                                               // (9.4)
        TensorPrimitives.Multiply(S.Span, T.CreateChecked(1 / (1 - Math.Pow(beta2, t))), step.Span);  // Ŝ  (9.5)
        TensorPrimitives.Sqrt<T>(step.Span, step.Span);
        TensorPrimitives.Add(step.Span, T.CreateChecked(Epsilon), step.Span);
        TensorPrimitives.Divide<T>(M.Span, step.Span, step.Span);
        W.AddScaled(T.CreateChecked(-learningRate / (1 - Math.Pow(beta1, t))), step);                // (9.5), (9.6)
    }
}

/// <summary>Dropout: hidden units are left out of a training step at random (Srivastava et al. 2014).</summary>
public static class Dropout
{
    /// <summary>
    /// A mask for each hidden layer, with the shape of its activations, h×m. Its entries are those of D/(1 − p) in (9.9):
    /// 0 with probability p, else 1/(1 − p), independent of each other.
    /// </summary>
    /// <param name="network">Gives the number of units in each hidden layer.</param>
    /// <param name="count">m, the number of examples.</param>
    /// <param name="p">The probability with which a unit is left out: 0 or more and below 1.</param>
    /// <param name="random">The generator: the same seed gives the same masks.</param>
    public static Matrix<T>[] Masks<T>(Network<T> network, int count, double p, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (p is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(p), p, "The probability of dropout must be 0 or more and below 1.");
        var kept = T.CreateChecked(1 / (1 - p));
        return [.. network.Sizes[1..^1].Select(units =>
        {
            var D = new Matrix<T>(units, count);
            foreach (ref var d in D.Span) d = random.NextDouble() < p ? T.Zero : kept;
            return D;
        })];
    }
}

/// <summary>Training by gradient descent, with all that <see cref="TrainingOptions"/> offers.</summary>
public static class Training
{
    /// <summary>
    /// Trains a network by gradient descent, equation (6.1): shuffle, cut into batches, and for each batch forward,
    /// backward, update. With BatchSize 0 each epoch is one step over all examples. Loss and accuracy are measured on the
    /// whole network and on the examples as they are, without dropout and without what augment does.
    /// </summary>
    /// <param name="network">Is changed in place.</param>
    /// <param name="training">The examples to learn from.</param>
    /// <param name="validation">Examples that are only measured, or null.</param>
    /// <param name="options">The hyperparameters.</param>
    /// <param name="random">Shuffles and drops out: the same seed gives the same bits, on any number of threads.</param>
    /// <param name="augment">
    /// Gives the examples of an epoch, made from the training examples with a generator of its own. It runs on another
    /// thread while the epoch before trains.
    /// </param>
    /// <exception cref="ArgumentException">No examples, or a hyperparameter out of range.</exception>
    /// <exception cref="DivergedException">The loss became infinite or NaN, or ten times as large as before training.</exception>
    /// <exception cref="OperationCanceledException">Stopped by the token.</exception>
    public static TrainingHistory Train<T>(Network<T> network, Examples<T> training, Examples<T>? validation,
        TrainingOptions options, Random random, Func<Examples<T>, Random, Examples<T>>? augment = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require(training.Count > 0, "at least one training example", training.Count);
        Require(options.Epochs >= 0, "Epochs of 0 or more", options.Epochs);
        Require(options.BatchSize >= 0, "BatchSize of 1 or more, or 0 for all examples", options.BatchSize);
        Require(options.ReportEvery >= 1, "ReportEvery of 1 or more", options.ReportEvery);
        Require(double.IsFinite(options.LearningRate), "a finite LearningRate", options.LearningRate);
        Require(options.Decay is > 0 and <= 1, "a Decay above 0 and at most 1", options.Decay);
        Require(Enum.IsDefined(options.Optimiser), "an Optimiser that exists", options.Optimiser);
        Require(options.Momentum is >= 0 and < 1, "a Momentum of 0 or more and below 1", options.Momentum);
        Require(options.Beta2 is >= 0 and < 1, "a Beta2 of 0 or more and below 1", options.Beta2);
        Require(options.WeightDecay >= 0 && double.IsFinite(options.WeightDecay), "a WeightDecay of 0 or more", options.WeightDecay);
        Require(options.Dropout is >= 0 and < 1, "a Dropout of 0 or more and below 1", options.Dropout);
        Require(options.Patience >= 0, "a Patience of 0 or more", options.Patience);
        Require(options.Patience == 0 || validation is { Count: > 0 }, "validation examples to stop early by their loss", "none");

        var history = new TrainingHistory();
        var rule = new UpdateRule<T>(network, options);
        var lastGood = network.Copy();
        var best = options.Patience > 0 ? network.Copy() : null;
        void Measure(int epoch)
        {
            var (loss, accuracy) = network.Evaluate(training);
            if (!double.IsFinite(loss)) throw Diverged(epoch, "at its end", NotFinite, options, network, lastGood, history);
            // Large steps need not overflow: the loss may also settle at a value that no guess would cost.
            if (history.Epochs.Count > 0 && loss > 10 * Math.Max(history.Epochs[0].TrainingLoss, Math.Log(training.Y.Rows)))
                throw Diverged(epoch, "at its end", string.Create(CultureInfo.InvariantCulture,
                    $"the training loss is {loss:G4}, more than ten times that before training ({history.Epochs[0].TrainingLoss:G4})"),
                    options, network, lastGood, history);
            var (validationLoss, validationAccuracy) = validation is null ? (double.NaN, double.NaN) : network.Evaluate(validation);
            lastGood.CopyFrom(network);
            history.Add(new(epoch, loss, accuracy, validationLoss, validationAccuracy));
            if (best != null && history.SinceBest == 0) best.CopyFrom(network);
            options.OnEpoch?.Invoke(history.Last);
        }

        // Each epoch has a generator of its own, so it does not matter when its examples are made.
        Task<Examples<T>>? Prepare(int epoch)
        {
            if (augment is null || epoch > options.Epochs) return null;
            var ofEpoch = new Random(random.Next());
            return Task.Run(() => augment(training, ofEpoch));
        }

        Measure(0);
        var next = Prepare(1);
        for (var epoch = 1; epoch <= options.Epochs && (best is null || history.SinceBest < options.Patience); epoch++)
        {
            var examples = next is null ? training : next.GetAwaiter().GetResult();
            Require(examples.Count > 0, "at least one example from augment", examples.Count);
            next = Prepare(epoch + 1);
            var learningRate = options.LearningRate * Math.Pow(options.Decay, epoch - 1);   // (9.7)
            var steps = 0;
            var batches = options.BatchSize == 0 ? [examples] : Batches(examples.Count, options.BatchSize, random).Select(indices => examples.Select(indices));
            foreach (var batch in batches)
            {
                options.Token.ThrowIfCancellationRequested();
                steps++;
                var masks = options.Dropout > 0 ? Dropout.Masks(network, batch.Count, options.Dropout, random) : null;
                var (loss, gradients) = network.LossAndGradients(batch, masks);
                if (!double.IsFinite(loss))
                    throw Diverged(epoch, $"in batch {steps}", NotFinite, options, network, lastGood, history);
                rule.Step(gradients, learningRate);
            }
            if (epoch % options.ReportEvery == 0 || epoch == options.Epochs)
                Measure(epoch);
        }
        if (best != null) network.CopyFrom(best);   // (7.2)
        return history;
    }

    /// <summary>The indices 0 … count−1 in random order, cut into ⌈count/batchSize⌉ batches, equation (6.3); the last one may be smaller.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative or the batch size below 1.</exception>
    public static IEnumerable<int[]> Batches(int count, int batchSize, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        var order = Enumerable.Range(0, count).ToArray();
        random.Shuffle(order);
        return order.Chunk(batchSize);
    }

    private const string NotFinite = "the loss is no longer a finite number";

    private static DivergedException Diverged<T>(int epoch, string where, string why, TrainingOptions options, Network<T> network,
        Network<T> lastGood, TrainingHistory history) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        network.CopyFrom(lastGood);
        return new(history.Epochs.Count == 0
            ? "Training cannot begin: the loss of the untrained network is not a finite number. Look for NaN or infinity in the data or the parameters."
            : string.Create(CultureInfo.InvariantCulture,
                $"Training diverged in epoch {epoch}, {where}: {why}. The likely cause is a learning rate that is too large ({options.LearningRate}); try a tenth of it. The network is back at the parameters of epoch {history.Last.Epoch}."), history);
    }

    private static void Require(bool holds, string expected, object found)
    {
        if (!holds) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Training needs {expected}; found {found}."));
    }
}

/// <summary>How often each class was taken for which.</summary>
public static class ConfusionMatrix
{
    /// <summary>Counts in [label, prediction].</summary>
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
            counts[labels[j], predictions[j]]++;
        }
        return counts;
    }
}

// ───────────────────────────── Part 7: how a notebook shows a value ─────────────────────────────

/// <summary>A value that a notebook shows as HTML.</summary>
public interface IHtml
{
    /// <summary>The value as HTML.</summary>
    string ToHtml();
}

/// <summary>
/// .NET Interactive and nb look for an attribute of this name on the type of a cell's value, and call
/// CreateTypeFormatters() of the class it points at. Verso calls ToHtml() instead. So a value shows alike in all three.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    /// <summary>The class with a method CreateTypeFormatters().</summary>
    public Type FormatterSourceType { get; } = formatterSourceType;

    /// <summary>The MIME types in which the value is shown, best first.</summary>
    public string[] PreferredMimeTypes { get; set; } = ["text/html"];
}

/// <summary>Writes a value in one MIME type; found by the names of its members.</summary>
public sealed class ConventionFormatter(string mimeType, Func<object, string> render)
{
    /// <summary>What it writes.</summary>
    public string MimeType { get; } = mimeType;

    /// <summary>Writes the value; true says that it did.</summary>
    public bool Format(object instance, TextWriter writer)
    {
        writer.Write(render(instance));
        return true;
    }
}

/// <summary>Shows a matrix as a table.</summary>
public sealed class MatrixFormatters
{
    /// <summary>Called by the notebook's client.</summary>
    public IEnumerable<object> CreateTypeFormatters() =>
        [new ConventionFormatter("text/html", value => ((IHtml)value).ToHtml()),
         new ConventionFormatter("text/plain", value => value.ToString()!)];
}

internal static class MatrixText
{
    private const int MostRows = 10, MostColumns = 10;

    public static string Plain<T>(Matrix<T> A) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var rows = Cells(A).Select(row => string.Join("", row.Select(cell => cell.PadLeft(11))));
        return $"{A.Shape}\n" + string.Join('\n', rows);
    }

    public static string Html<T>(Matrix<T> A) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var rows = Cells(A).Select(row => "<tr>" + string.Concat(row.Select(cell => $"<td style=\"text-align:right\">{cell}</td>")) + "</tr>");
        return $"<table><caption>{A.Shape}</caption><tbody>{string.Concat(rows)}</tbody></table>";
    }

    private static IEnumerable<List<string>> Cells<T>(Matrix<T> A) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < Math.Min(A.Rows, MostRows); i++)
        {
            var row = new List<string>();
            for (var j = 0; j < Math.Min(A.Columns, MostColumns); j++)
                row.Add(A[i, j].ToString("G4", CultureInfo.InvariantCulture));
            if (A.Columns > MostColumns) row.Add("…");
            yield return row;
        }
        if (A.Rows > MostRows) yield return [.. Enumerable.Repeat("⋮", Math.Min(A.Columns, MostColumns))];
    }
}

// ───────────────────────────── Part 8: the fast matrix product ─────────────────────────────

/// <summary>
/// C = A·B. It computes what three nested loops compute, in an order that suits the machine, and gives the same bits
/// on any number of threads: each entry of C is summed by one thread, in an order that depends on the shapes only.
/// </summary>
internal static class MatrixProduct
{
    /// <summary>Products with fewer multiplications than this run on the calling thread: waking others would take longer.</summary>
    private const long WorthSharing = 1 << 19;

    /// <summary>
    /// False where a notebook client compiled this script without the optimiser: loops written in C# are several times
    /// slower there, so the work goes to precompiled vector routines instead.
    /// </summary>
    internal static readonly bool IsOptimised =
        typeof(MatrixProduct).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    /// <summary>How many threads share a product.</summary>
    internal static int Threads { get; set; } = Environment.ProcessorCount;

    /// <summary>Adds A·B to C, which comes as zeros.</summary>
    public static void Compute<T>(Matrix<T> A, Matrix<T> B, Matrix<T> C) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (A.Rows == 0 || A.Columns == 0 || B.Columns == 0) return;
        if (IsOptimised) TiledProduct.Compute(A, B, C);
        else VectorProduct.Compute(A, B, C);
    }

    /// <summary>Runs the tasks 0 … count−1, on several threads when there is enough to do.</summary>
    public static void Share(int count, long multiplications, Action<int> task)
    {
        if (count == 1 || Threads == 1 || multiplications < WorthSharing)
            for (var i = 0; i < count; i++) task(i);
        else
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Threads }, task);
    }
}

/// <summary>
/// The product in tiles that stay in registers: a tile of C has two vectors of rows and six columns, twelve vectors in
/// all. For each k it takes two vectors of A and six numbers of B, and does twelve multiply-adds. A is first copied
/// ("packed") into a panel in the order in which it is read; B is read where it is. The scheme is that of Goto and
/// van de Geijn, Anatomy of High-Performance Matrix Multiplication (2008). AggressiveOptimization spares the loops the
/// slow first tier of the JIT compiler, so the first product is as fast as the thousandth.
/// </summary>
internal static class TiledProduct
{
    private const int TileColumns = 6;
    private const int MostDepth = 512;            // a panel of A then fits the first-level cache
    private const int ChunkColumns = 42 * TileColumns;   // a block of B of this width and depth fits the second-level cache

    public static void Compute<T>(Matrix<T> A, Matrix<T> B, Matrix<T> C) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Cᵀ = Bᵀ·Aᵀ is the same product. It wastes less of the last tiles when A has few rows, as dW = dZ·Xᵀ with ten
        // hidden units; it is taken when Bᵀ lies in memory as a plain matrix, so that packing it is plain copying.
        if (B.IsTransposed && Padded<T>(B.Columns, A.Rows) < Padded<T>(A.Rows, B.Columns))
            (A, B, C) = (B.Transposed, A.Transposed, C.Transposed);

        var tileRows = 2 * Vector<T>.Count;
        var panels = Pieces(A.Rows, tileRows);
        var chunks = Pieces(B.Columns, ChunkColumns);
        var groups = Math.Min(panels, Pieces(4 * MatrixProduct.Threads, chunks));   // some tasks for each thread
        var panelsInGroup = Pieces(panels, groups);
        MatrixProduct.Share(groups * chunks, (long)A.Rows * A.Columns * B.Columns, task =>
        {
            var (group, chunk) = (task % groups, task / groups);
            var rows = (From: group * panelsInGroup * tileRows, To: Math.Min(A.Rows, (group + 1) * panelsInGroup * tileRows));
            var columns = (From: chunk * ChunkColumns, To: Math.Min(B.Columns, (chunk + 1) * ChunkColumns));
            ComputeBlock(A, B, C, rows, columns);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ComputeBlock<T>(Matrix<T> A, Matrix<T> B, Matrix<T> C, (int From, int To) rows, (int From, int To) columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var tileRows = 2 * Vector<T>.Count;
        var depth = Pieces(A.Columns, Pieces(A.Columns, MostDepth));
        // Entry (k, j) of B is at k·step + j·next.
        var (step, next) = B.IsTransposed ? ((nint)B.Columns, (nint)1) : ((nint)1, (nint)B.Rows);
        Span<T> tile = stackalloc T[tileRows * TileColumns];
        var panel = ArrayPool<T>.Shared.Rent(tileRows * depth);
        for (var k = 0; k < A.Columns; k += depth)
        {
            var kCount = Math.Min(depth, A.Columns - k);
            for (var i = rows.From; i < rows.To; i += tileRows)
            {
                var iCount = Math.Min(tileRows, A.Rows - i);
                Pack(A, i, iCount, k, kCount, panel, tileRows);
                for (var j = columns.From; j < columns.To; j += TileColumns)
                {
                    var jCount = Math.Min(TileColumns, columns.To - j);
                    // Where fewer than six columns are left, the last one is computed again and not stored.
                    nint Column(int c) => Math.Min(c, jCount - 1) * next;
                    MultiplyTile(ref panel[0], ref B.Span[(int)(k * step + j * next)], step,
                        Column(1), Column(2), Column(3), Column(4), Column(5), kCount, ref tile[0]);
                    AddTile(tile, tileRows, C, i, iCount, j, jCount);
                }
            }
        }
        ArrayPool<T>.Shared.Return(panel);
    }

    /// <summary>Copies rows i … of A, k after k, each time as many as a tile has; what is missing becomes zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pack<T>(Matrix<T> A, int i, int iCount, int k, int kCount, Span<T> panel, int tileRows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (iCount < tileRows) panel[..(kCount * tileRows)].Clear();
        ReadOnlySpan<T> source = A.Span;
        if (A.IsTransposed)
            for (var r = 0; r < iCount; r++)
            {
                var row = source.Slice((i + r) * A.Columns + k, kCount);
                for (var c = 0; c < row.Length; c++) panel[c * tileRows + r] = row[c];
            }
        else
            for (var c = 0; c < kCount; c++)
                source.Slice((k + c) * A.Rows + i, iCount).CopyTo(panel[(c * tileRows)..]);
    }

    /// <summary>One tile: the sum over kCount steps, at least one. b1 … b5 say how far the other five columns of B are from the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyTile<T>(ref T a, ref T b, nint step, nint b1, nint b2, nint b3, nint b4, nint b5, int kCount, ref T tile)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var n = Vector<T>.Count;
        Vector<T> u0 = default, u1 = default, u2 = default, u3 = default, u4 = default, u5 = default;   // upper rows
        Vector<T> l0 = default, l1 = default, l2 = default, l3 = default, l4 = default, l5 = default;   // lower rows
        while (true)
        {
            var upper = Vector.LoadUnsafe(ref a);
            var lower = Vector.LoadUnsafe(ref a, (nuint)n);
            var x = new Vector<T>(b);
            u0 = MultiplyAdd(upper, x, u0);
            l0 = MultiplyAdd(lower, x, l0);
            x = new Vector<T>(Unsafe.Add(ref b, b1));
            u1 = MultiplyAdd(upper, x, u1);
            l1 = MultiplyAdd(lower, x, l1);
            x = new Vector<T>(Unsafe.Add(ref b, b2));
            u2 = MultiplyAdd(upper, x, u2);
            l2 = MultiplyAdd(lower, x, l2);
            x = new Vector<T>(Unsafe.Add(ref b, b3));
            u3 = MultiplyAdd(upper, x, u3);
            l3 = MultiplyAdd(lower, x, l3);
            x = new Vector<T>(Unsafe.Add(ref b, b4));
            u4 = MultiplyAdd(upper, x, u4);
            l4 = MultiplyAdd(lower, x, l4);
            x = new Vector<T>(Unsafe.Add(ref b, b5));
            u5 = MultiplyAdd(upper, x, u5);
            l5 = MultiplyAdd(lower, x, l5);
            if (--kCount == 0) break;   // before the next step, which would leave the array of B
            a = ref Unsafe.Add(ref a, 2 * n);
            b = ref Unsafe.Add(ref b, step);
        }
        u0.StoreUnsafe(ref tile, 0);
        l0.StoreUnsafe(ref tile, (nuint)n);
        u1.StoreUnsafe(ref tile, (nuint)(2 * n));
        l1.StoreUnsafe(ref tile, (nuint)(3 * n));
        u2.StoreUnsafe(ref tile, (nuint)(4 * n));
        l2.StoreUnsafe(ref tile, (nuint)(5 * n));
        u3.StoreUnsafe(ref tile, (nuint)(6 * n));
        l3.StoreUnsafe(ref tile, (nuint)(7 * n));
        u4.StoreUnsafe(ref tile, (nuint)(8 * n));
        l4.StoreUnsafe(ref tile, (nuint)(9 * n));
        u5.StoreUnsafe(ref tile, (nuint)(10 * n));
        l5.StoreUnsafe(ref tile, (nuint)(11 * n));
    }

    /// <summary>Adds a tile to C at (i, j).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTile<T>(Span<T> tile, int tileRows, Matrix<T> C, int i, int iCount, int j, int jCount)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var target = C.Span;
        for (var c = 0; c < jCount; c++)
        {
            var column = tile.Slice(c * tileRows, iCount);
            if (C.IsTransposed)
                for (var r = 0; r < iCount; r++) target[(i + r) * C.Columns + j + c] += column[r];
            else
            {
                var part = target.Slice((j + c) * C.Rows + i, iCount);
                for (var r = 0; r < part.Length; r++) part[r] += column[r];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> MultiplyAdd<T>(Vector<T> x, Vector<T> y, Vector<T> sum) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            return Vector.FusedMultiplyAdd(x.As<T, float>(), y.As<T, float>(), sum.As<T, float>()).As<float, T>();
        if (typeof(T) == typeof(double))
            return Vector.FusedMultiplyAdd(x.As<T, double>(), y.As<T, double>(), sum.As<T, double>()).As<double, T>();
        return x * y + sum;
    }

    /// <summary>How many multiplications the tiles do for each k when rows and columns are filled up to whole tiles.</summary>
    private static long Padded<T>(int rows, int columns) =>
        (long)Pieces(rows, 2 * Vector<T>.Count) * 2 * Vector<T>.Count * Pieces(columns, TileColumns) * TileColumns;

    private static int Pieces(int whole, int size) => (whole + size - 1) / size;
}

/// <summary>The product out of precompiled vector routines, for clients that compile scripts without the optimiser.</summary>
internal static class VectorProduct
{
    public static void Compute<T>(Matrix<T> A, Matrix<T> B, Matrix<T> C) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Three ways, by which pieces are contiguous and long.
        if (B.IsTransposed)
        {
            var Ct = new Matrix<T>(C.Columns, C.Rows);
            ColumnsFromColumns(B.Transposed, A.Transposed, Ct);
            C.CopyFrom(Ct.Transposed);
        }
        else if (A.IsTransposed ? A.Columns >= A.Rows : A.Columns > 4 * A.Rows)
            EntriesFromDotProducts(A, B, C);
        else
            ColumnsFromColumns(A.ToPlain(), B, C);
    }

    /// <summary>Column j of C is the sum over k of B[k,j] times column k of A, which is plain.</summary>
    private static void ColumnsFromColumns<T>(Matrix<T> A, Matrix<T> B, Matrix<T> C) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        MatrixProduct.Share(C.Columns, (long)A.Rows * A.Columns * B.Columns, j =>
        {
            var column = C.ColumnSpan(j);
            for (var k = 0; k < A.Columns; k++)
                TensorPrimitives.MultiplyAdd(A.ColumnSpan(k), B[k, j], column, column);
        });

    /// <summary>Entry (i, j) of C is row i of A times column j of B; both are contiguous after the rows of A are copied.</summary>
    private static void EntriesFromDotProducts<T>(Matrix<T> A, Matrix<T> B, Matrix<T> C) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var rows = A.Transposed.ToPlain();
        MatrixProduct.Share(C.Columns, (long)A.Rows * A.Columns * B.Columns, j =>
        {
            var column = C.ColumnSpan(j);
            for (var i = 0; i < column.Length; i++)
                column[i] = TensorPrimitives.Dot<T>(rows.ColumnSpan(i), B.ColumnSpan(j));
        });
    }
}
