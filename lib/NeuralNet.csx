using System;
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
using System.Runtime.Intrinsics;
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
//   Part 4  the network                   Part 8  the fast matrix product, the fast training step
//
// Read parts 1 to 6 from the top. Part 8 computes what the plain loops of notebook 03 and the equations of part 4
// compute, only faster; bench/how-fast-is-it.ipynb explains it step by step.

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
        foreach (var (start, count) in Slices(X.Columns, ForwardSlice))
            Forward(X.ColumnRange(start, count)).Output.ArgMaxOfColumns().CopyTo(predictions, start);
        return predictions;
    }

    /// <summary>The share of examples that are predicted right, between 0 and 1, equation (6.9).</summary>
    public double Accuracy(Examples<T> examples) => Evaluate(examples).Accuracy;

    /// <summary>Loss and accuracy over all examples. No examples: NaN and NaN.</summary>
    public (double Loss, double Accuracy) Evaluate(Examples<T> examples)
    {
        var (loss, right) = (0.0, 0);
        foreach (var (start, count) in Slices(examples.Count, ForwardSlice))
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
    private static IEnumerable<(int Start, int Count)> Slices(int examples, int size = 2016)
    {
        for (var start = 0; start < examples; start += size)
            yield return (start, Math.Min(size, examples - start));
    }

    // A forward pass alone leaves nothing to add up. In small slices its matrices are small: memory for them is quickly
    // had, and they are still in the cache when the next line reads them.
    private const int ForwardSlice = 160;
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

/// <summary>
/// The steps of a training run: loss and gradients of a batch, then the rule of the options. Where the fast part (part 8)
/// knows the network, it computes what the plain equations say, and holds the parameters until <see cref="Store"/>.
/// </summary>
internal sealed class TrainingStep<T>(Network<T> network, TrainingOptions options, Random random) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly UpdateRule<T> rule = new(network, options);
    private readonly Gradients<T> gradients = Gradients<T>.Zeros(network);
    private readonly bool isPlain = options is { Optimiser: Optimiser.GradientDescent, WeightDecay: 0 };
    private Examples<T>? examples;
    private FusedStep<T>? fast;

    /// <summary>The indices of all examples, as one batch.</summary>
    public int[] Everything { get; private set; } = [];

    /// <summary>The batches of the next steps are taken from these examples.</summary>
    public void Take(Examples<T> examples)
    {
        if (ReferenceEquals(examples, this.examples)) return;
        Store();
        Dispose();
        this.examples = examples;
        Everything = options.BatchSize == 0 ? [.. Enumerable.Range(0, examples.Count)] : [];
        fast = options.Dropout > 0 ? null : FusedStep<T>.For(network, examples, options.BatchSize);
    }

    /// <summary>One step on the examples with these indices. Returns their loss before it.</summary>
    public double On(int[] indices, double learningRate)
    {
        if (isPlain && fast != null) return fast.Step(indices, learningRate);
        if (fast != null)
        {
            var lossBefore = fast.Gradients(indices, gradients);
            rule.Step(gradients, learningRate);
            return lossBefore;
        }
        var batch = indices == Everything ? examples! : examples!.Select(indices);
        var masks = options.Dropout > 0 ? Dropout.Masks(network, batch.Count, options.Dropout, random) : null;
        var (loss, plainGradients) = network.LossAndGradients(batch, masks);
        if (double.IsFinite(loss)) rule.Step(plainGradients, learningRate);
        return loss;
    }

    /// <summary>Gives the network the parameters as they are now.</summary>
    public void Store()
    {
        if (isPlain) fast?.Store();
    }

    /// <summary>Takes the parameters from the network again, as whoever looked at them may have changed them.</summary>
    public void Load()
    {
        if (isPlain) fast?.Load();
    }

    /// <summary>Ends the threads. The parameters stay as the last <see cref="Store"/> left them.</summary>
    public void Dispose() => fast?.Dispose();
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
    /// <param name="training">The examples to learn from. They must not change meanwhile.</param>
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
        using var step = new TrainingStep<T>(network, options, random);
        var lastGood = network.Copy();
        var best = options.Patience > 0 ? network.Copy() : null;

        void Measure(int epoch)
        {
            step.Store();
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
            step.Load();
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
            step.Take(examples);
            foreach (var batch in options.BatchSize == 0 ? [step.Everything] : Batches(examples.Count, options.BatchSize, random))
            {
                if (options.Token.IsCancellationRequested) step.Store();
                options.Token.ThrowIfCancellationRequested();
                steps++;
                if (!double.IsFinite(step.On(batch, learningRate)))
                    throw Diverged(epoch, $"in batch {steps}", NotFinite, options, network, lastGood, history);
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

/// <summary>What a confusion matrix and the probabilities say about a network, section 8 of the notes.</summary>
public static class Measures
{
    /// <summary>
    /// For each class: of the examples that were called so, the share that is so, equation (8.3). Between 0 and 1; NaN for
    /// a class that was never predicted.
    /// </summary>
    /// <param name="C">Counts in [label, prediction], as <see cref="ConfusionMatrix.Of"/> gives them.</param>
    /// <exception cref="ArgumentException">C is not square.</exception>
    public static double[] Precision(int[,] C) => ForEachClass(C, (right, row, column) => right / column);

    /// <summary>
    /// For each class: of the examples that are so, the share that was called so, equation (8.4). Between 0 and 1; NaN for
    /// a class without examples.
    /// </summary>
    /// <inheritdoc cref="Precision"/>
    public static double[] Recall(int[,] C) => ForEachClass(C, (right, row, column) => right / row);

    /// <summary>
    /// For each class: the harmonic mean of precision and recall, equation (8.5). Between 0 and 1; NaN where one of the two
    /// has no value, 0 where both are 0.
    /// </summary>
    /// <inheritdoc cref="Precision"/>
    public static double[] F1(int[,] C) => ForEachClass(C, (right, row, column) => row == 0 || column == 0 ? double.NaN : 2 * right / (row + column));

    /// <summary>How far chance moves an accuracy that was measured on n images, equation (8.6).</summary>
    /// <param name="accuracy">Between 0 and 1.</param>
    /// <param name="n">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double StandardError(double accuracy, int n)
    {
        if (accuracy is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(accuracy), accuracy, "An accuracy lies between 0 and 1.");
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        return Math.Sqrt(accuracy * (1 - accuracy) / n);
    }

    /// <summary>The largest probability of each column, equation (8.7): m numbers.</summary>
    /// <param name="probabilities">The network's output A2: 10×m.</param>
    public static double[] Confidence<T>(Matrix<T> probabilities) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var predictions = probabilities.ArgMaxOfColumns();
        return [.. predictions.Select((k, j) => double.CreateChecked(probabilities[k, j]))];
    }

    /// <summary>Bins of equal width from 0 to 1, each with the examples whose confidence lies in it; the last one includes its upper end.</summary>
    /// <param name="probabilities">The network's output A2: 10×m.</param>
    /// <param name="labels">The labels: m of them.</param>
    /// <param name="bins">How many: 1 or more.</param>
    /// <exception cref="ArgumentException">Not as many labels as columns, or a probability that is NaN.</exception>
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
        bins.Where(bin => bin.Count > 0).Sum(bin => bin.Count * Math.Abs(bin.Accuracy - bin.Confidence)) / bins.Sum(bin => bin.Count);

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
        if (IsOptimised) TiledProduct<T>.Compute(A, B, C);
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
internal static class TiledProduct<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int TileColumns = 6;

    public static void Compute(Matrix<T> A, Matrix<T> B, Matrix<T> C)
    {
        // Cᵀ = Bᵀ·Aᵀ is the same product. It wastes less of the last tiles when A has few rows, as dW = dZ·Xᵀ with ten
        // hidden units; it is taken when Bᵀ lies in memory as a plain matrix, so that packing it is plain copying.
        if (B.IsTransposed && Padded(B.Columns, A.Rows, Vector<T>.Count) < Padded(A.Rows, B.Columns, Vector<T>.Count))
            (A, B, C) = (B.Transposed, A.Transposed, C.Transposed);

        // Registers of twice the length are worth it when their tiles do not waste half of it.
        if (Vector512.IsHardwareAccelerated && Padded(A.Rows, B.Columns, Vector512<T>.Count) < 2 * Padded(A.Rows, B.Columns, Vector<T>.Count))
            TiledProduct<T, Vector512<T>, Register512<T>>.Compute(A, B, C);
        else
            TiledProduct<T, Vector<T>, Register<T>>.Compute(A, B, C);
    }

    /// <summary>How many multiplications the tiles do for each k when rows and columns are filled up to whole tiles.</summary>
    private static long Padded(int rows, int columns, int registerLength) =>
        (rows + 2L * registerLength - 1) / (2 * registerLength) * 2 * registerLength * ((columns + TileColumns - 1) / TileColumns * TileColumns);
}

/// <summary>The same with registers V, see <see cref="IRegister{T, V}"/>.</summary>
internal static class TiledProduct<T, V, R> where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where R : IRegister<T, V>
{
    private const int TileColumns = 6;
    private const int PanelBytes = 32 * 1024;            // a panel of A fits the first-level cache
    private const int ChunkColumns = 44 * TileColumns;   // a block of B of this width and a panel's depth fits the second-level cache

    [ThreadStatic] private static AlignedArray<T>? s_panel;

    public static void Compute(Matrix<T> A, Matrix<T> B, Matrix<T> C)
    {
        var tileRows = 2 * R.Length;
        var panels = Pieces(A.Rows, tileRows);
        var chunks = Pieces(B.Columns, ChunkColumns);
        var columnsInChunk = Pieces(Pieces(B.Columns, chunks), TileColumns) * TileColumns;
        var groups = Math.Min(panels, Pieces(4 * MatrixProduct.Threads, chunks));   // some tasks for each thread
        var panelsInGroup = Pieces(panels, groups);
        MatrixProduct.Share(groups * chunks, (long)A.Rows * A.Columns * B.Columns, task =>
        {
            var (group, chunk) = (task % groups, task / groups);
            var rows = (From: group * panelsInGroup * tileRows, To: Math.Min(A.Rows, (group + 1) * panelsInGroup * tileRows));
            var columns = (From: Math.Min(B.Columns, chunk * columnsInChunk), To: Math.Min(B.Columns, (chunk + 1) * columnsInChunk));
            ComputeBlock(A, B, C, rows, columns);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ComputeBlock(Matrix<T> A, Matrix<T> B, Matrix<T> C, (int From, int To) rows, (int From, int To) columns)
    {
        var tileRows = 2 * R.Length;
        var depth = Pieces(A.Columns, Pieces(A.Columns, PanelBytes / (tileRows * Unsafe.SizeOf<T>())));
        // Entry (k, j) of B is at k·step + j·next.
        var (step, next) = B.IsTransposed ? ((nint)B.Columns, (nint)1) : ((nint)1, (nint)B.Rows);
        Span<T> tile = stackalloc T[tileRows * TileColumns];
        var panel = (s_panel ??= new(PanelBytes / Unsafe.SizeOf<T>())).Span();
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
    }

    /// <summary>Copies rows i … of A, k after k, each time as many as a tile has; what is missing becomes zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pack(Matrix<T> A, int i, int iCount, int k, int kCount, Span<T> panel, int tileRows)
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
    private static void MultiplyTile(ref T a, ref T b, nint step, nint b1, nint b2, nint b3, nint b4, nint b5, int kCount, ref T tile)
    {
        var n = R.Length;
        V u0 = default, u1 = default, u2 = default, u3 = default, u4 = default, u5 = default;   // upper rows
        V l0 = default, l1 = default, l2 = default, l3 = default, l4 = default, l5 = default;   // lower rows
        for (var k = 0; k < kCount; k++)
        {
            var upper = R.Load(ref a, 2 * n * k);
            var lower = R.Load(ref a, 2 * n * k + n);
            var x = R.Fill(b);
            u0 = R.MultiplyAdd(upper, x, u0);
            l0 = R.MultiplyAdd(lower, x, l0);
            x = R.Fill(Unsafe.Add(ref b, b1));
            u1 = R.MultiplyAdd(upper, x, u1);
            l1 = R.MultiplyAdd(lower, x, l1);
            x = R.Fill(Unsafe.Add(ref b, b2));
            u2 = R.MultiplyAdd(upper, x, u2);
            l2 = R.MultiplyAdd(lower, x, l2);
            x = R.Fill(Unsafe.Add(ref b, b3));
            u3 = R.MultiplyAdd(upper, x, u3);
            l3 = R.MultiplyAdd(lower, x, l3);
            x = R.Fill(Unsafe.Add(ref b, b4));
            u4 = R.MultiplyAdd(upper, x, u4);
            l4 = R.MultiplyAdd(lower, x, l4);
            x = R.Fill(Unsafe.Add(ref b, b5));
            u5 = R.MultiplyAdd(upper, x, u5);
            l5 = R.MultiplyAdd(lower, x, l5);
            b = ref Unsafe.Add(ref b, k < kCount - 1 ? step : 0);   // the last step must not leave the array of B
        }
        R.Store(u0, ref tile, 0);
        R.Store(l0, ref tile, n);
        R.Store(u1, ref tile, 2 * n);
        R.Store(l1, ref tile, 3 * n);
        R.Store(u2, ref tile, 4 * n);
        R.Store(l2, ref tile, 5 * n);
        R.Store(u3, ref tile, 6 * n);
        R.Store(l3, ref tile, 7 * n);
        R.Store(u4, ref tile, 8 * n);
        R.Store(l4, ref tile, 9 * n);
        R.Store(u5, ref tile, 10 * n);
        R.Store(l5, ref tile, 11 * n);
    }

    /// <summary>Adds a tile to C at (i, j).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTile(Span<T> tile, int tileRows, Matrix<T> C, int i, int iCount, int j, int jCount)
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
                TensorPrimitives.Add<T>(part, column, part);
            }
        }
    }

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

// ─────────────────────── Part 8, continued: the fast training step ───────────────────────

/// <summary>
/// One step of <see cref="Training"/> for the network of the notes (one hidden layer, ReLU, softmax and cross-entropy):
/// forward, loss, backward and update in one go, without taking memory. Three things make it fast.
/// (1) Four fifths of the pixels are 0. A weight times 0 adds nothing to Z1, and dZ1 times 0 nothing to dW1, so both
/// go through lists of the other pixels, which are made once.
/// (2) The hidden units are cut into panels, a few registers wide. All weights of a panel lie together, and stay in the
/// cache of the core that works on it from the forward pass to the update.
/// (3) The threads stay awake from one step to the next, see <see cref="Crew"/>.
/// The panels, and the groups into which a large batch is cut, depend on the shapes alone, and sums over them are added
/// in the same order always: the number of threads does not change a bit. The step has its own copy of the parameters:
/// <see cref="Load"/> takes them from the network, <see cref="Store"/> gives them back.
/// </summary>
internal sealed class FusedStep<T> : IDisposable where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int LargestShared = 256;      // batches up to this are shared out by panels, larger ones by examples
    private const int SliceSize = 192;          // of a larger batch so many examples go forward, then backward: that fits the cache
    private const int MostGroups = 16;          // into so many groups the examples of a larger batch are cut
    private const double DensestWorth = 0.6;    // with more pixels than this the dense product is faster

    private readonly Network<T> network;
    private readonly Examples<T> examples;
    private readonly NonZeros<T> pixels;
    private readonly PanelKernels<T> kernels;
    private readonly Crew crew;
    private readonly Action<int> forward, backward, groupByGroup, sumUp;
    private readonly int inputs, classes, padded;
    private readonly Panel[] panels;
    private readonly int[] batch;
    private readonly PaddedParameters<T> parameters;
    private readonly PaddedParameters<T>[] sums;    // of the gradients of each group
    private readonly Slice[] slices;                // for each thread
    private readonly double[] losses;               // of each group, summed over its examples
    private NonZeroSlice<T>[][]? byPixel;           // for each slice of each group, when the batch is all examples in order
    private readonly double[] reach;                // the largest factor of a gradient that each thread saw
    private double bound;                           // no parameter is larger than this
    private int count, groups;                      // examples in the batch now, and into how many groups it is cut
    private bool isWhole;                           // the batch is all examples in order
    private T straight;                             // not 0: gradients go into the parameters at once, times this

    /// <summary>What is computed for some examples on the way. Column j of A1 and dZ1 is cut into panels, all columns of one after the other.</summary>
    private sealed class Slice(NonZeros<T> pixels, int examples, int padded, int panels, int classes)
    {
        public readonly NonZeroSlice<T> X = new(pixels, examples);
        public readonly AlignedArray<T> A1 = new(examples * padded), dZ1 = new(examples * padded);
        public readonly T[] Shares = new T[panels * examples * classes];   // what each panel adds to Z2
        public double Loss;            // summed over the examples
        public readonly T[] Z2 = new T[examples * classes], A2 = new T[examples * classes];   // A2 becomes dZ2
    }

    /// <summary>A step for batches of this size (0: all examples), or null where the network or the examples are of another kind.</summary>
    public static FusedStep<T>? For(Network<T> network, Examples<T> examples, int batchSize) => Fits(network, examples)
        ? new(network, examples, batchSize == 0 ? examples.Count : Math.Min(batchSize, examples.Count))
        : null;

    /// <summary>Whether the network is of the kind above, and the examples have enough zeros.</summary>
    public static bool Fits(Network<T> network, Examples<T> examples) =>
        (typeof(T) == typeof(float) || typeof(T) == typeof(double))
        && network.W.Length == 2 && network.Hidden == Activation.ReLU && network.Loss == Loss.CrossEntropy
        && network.W1.Rows > 0 && network.W2.Rows > 0 && network.W1.Columns > 0
        && examples.Count > 0 && examples.X.Rows == network.W1.Columns && examples.Y.Rows == network.W2.Rows
        && !network.W.Concat(network.b).Append(examples.X).Append(examples.Y).Any(matrix => matrix.IsTransposed)
        && NonZeros<T>.DensityOf(examples.X) <= DensestWorth;

    /// <summary>A step on batches of these examples, which must not change as long as it is used.</summary>
    /// <param name="network">A network that <see cref="Fits"/>; its parameters are loaded.</param>
    /// <param name="examples">What batches are taken from.</param>
    /// <param name="largestBatch">No batch will have more examples.</param>
    /// <param name="kernels">Null takes the fastest.</param>
    public FusedStep(Network<T> network, Examples<T> examples, int largestBatch, PanelKernels<T>? kernels = null)
    {
        this.kernels = kernels ??= PanelKernels<T>.ForThisMachine();
        (this.network, this.examples) = (network, examples);
        (inputs, classes) = (network.W1.Columns, network.W2.Rows);
        panels = Panel.Cut(network.W1.Rows, kernels.RegisterLength);
        // A small batch has no work for more threads than panels.
        crew = new(largestBatch > LargestShared ? MatrixProduct.Threads : Math.Min(MatrixProduct.Threads, panels.Length));
        // What belongs to a band of a panel of weights fits the first-level cache: with 64 bytes a register, 24 KB.
        pixels = new(examples.X, Math.Min(256, 384 / (panels[0].Width / kernels.RegisterLength)));
        padded = panels[^1].At + panels[^1].Width;
        batch = new int[largestBatch];
        parameters = new(panels, inputs, classes);
        sums = [.. Enumerable.Range(0, GroupsOf(largestBatch)).Select(_ => new PaddedParameters<T>(panels, inputs, classes))];
        slices = [.. Enumerable.Range(0, crew.Count).Select(_ => new Slice(pixels, Math.Min(largestBatch, LargestShared), padded, panels.Length, classes))];
        (losses, reach) = (new double[sums.Length], new double[crew.Count]);
        (forward, backward, groupByGroup, sumUp) = (Forward, Backward, GroupByGroup, SumUp);
        Load();
    }

    /// <summary>Takes the parameters from the network.</summary>
    public void Load()
    {
        parameters.Load(network.W, network.b);
        bound = parameters.Largest;
    }

    /// <summary>Gives the parameters to the network.</summary>
    public void Store() => parameters.Store(network.W, network.b);

    /// <summary>Ends the threads.</summary>
    public void Dispose() => crew.Dispose();

    /// <summary>One step of gradient descent, (6.1), on the examples with these indices. Returns their loss before the step.</summary>
    public double Step(ReadOnlySpan<int> indices, double learningRate)
    {
        var scale = T.CreateChecked(-learningRate / indices.Length);
        if (!IsSafe || !T.IsFinite(scale))
        {
            Store();
            var (loss, gradients) = network.LossAndGradients(examples.Select(indices));
            network.Update(gradients, learningRate);
            Load();
            return loss;
        }
        var isStraight = indices.Length <= LargestShared;
        var meanLoss = Run(indices, isStraight ? scale : T.Zero);
        if (isStraight)
            TensorPrimitives.MultiplyAdd(sums[0].b2, scale, parameters.b2, parameters.b2);
        else
        {
            crew.Run(sumUp);
            parameters.AddScaled(scale, sums[0]);
        }
        bound += Math.Abs(learningRate) * reach.Max();
        return meanLoss;
    }

    /// <summary>
    /// The loss of the examples with these indices and its gradients, for other rules than (6.1). The parameters are
    /// those that the network has now.
    /// </summary>
    public double Gradients(ReadOnlySpan<int> indices, Gradients<T> into)
    {
        Load();
        if (!IsSafe)
        {
            var (loss, gradients) = network.LossAndGradients(examples.Select(indices));
            for (var l = 0; l < 2; l++)
            {
                into.dW[l].CopyFrom(gradients.dW[l]);
                into.db[l].CopyFrom(gradients.db[l]);
            }
            return loss;
        }
        var meanLoss = Run(indices, T.Zero);
        crew.Run(sumUp);
        sums[0].Scale(T.One / T.CreateChecked(indices.Length));
        sums[0].Store(into.dW, into.db);
        return meanLoss;
    }

    /// <summary>
    /// Whether nothing can become infinite on the way to dZ1. Where a weight is infinite or NaN, even a pixel of 0 makes
    /// a NaN, and must not be skipped: then the plain equations compute the step.
    /// </summary>
    private bool IsSafe => (padded + 1.0) * (inputs * pixels.Largest + 1) * Math.Max(1, bound * bound) < 1e30;

    /// <summary>Loss and gradients; they go to sums, or into the parameters, see <see cref="straight"/>.</summary>
    private double Run(ReadOnlySpan<int> indices, T straight)
    {
        if (indices.Length == 0 || indices.Length > batch.Length)
            throw new ArgumentException($"A step takes 1 to {batch.Length} examples; found {indices.Length}.", nameof(indices));
        foreach (var index in indices)
            if ((uint)index >= (uint)examples.Count)
                throw new ArgumentOutOfRangeException(nameof(indices), $"There is no example {index}: there are {examples.Count}, counted from 0.");
        indices.CopyTo(batch);
        (count, groups, this.straight) = (indices.Length, GroupsOf(indices.Length), straight);
        Array.Clear(losses);
        Array.Clear(reach);
        if (count <= LargestShared)
        {
            crew.Run(forward);
            crew.Run(backward);
        }
        else
        {
            isWhole = count == examples.Count && NonZeroSlice<T>.AreInOrder(indices);
            if (isWhole) byPixel ??= ListByPixel();
            crew.Run(groupByGroup);
        }
        var loss = 0.0;
        for (var g = 0; g < groups; g++) loss += losses[g];
        return loss / count;
    }

    /// <summary>A small batch, first half: each thread computes Z1 and A1 of its panels, and what they add to Z2.</summary>
    private void Forward(int thread)
    {
        slices[thread].X.Take(batch.AsSpan(0, count));
        if (thread == 0) Array.Clear(sums[0].b2);
        for (var p = 0; p < panels.Length; p++)
        {
            if (Owner(p) != thread) continue;
            if (straight == T.Zero) sums[0].Clear(panels[p]);
            Forward(p, slices[thread].X, slices[0]);
        }
    }

    /// <summary>Second half: each thread computes the gradients of its panels. All of them compute dZ2, which is sooner than waiting for it.</summary>
    private void Backward(int thread)
    {
        OutputError(slices[0].Shares, slices[thread], batch.AsSpan(0, count));
        if (thread == 0) AddLoss(0, slices[0]);
        for (var p = 0; p < panels.Length; p++)
            if (Owner(p) == thread) Backward(p, slices[thread].X, slices[0], slices[thread].A2, sums[0], thread);
    }

    /// <summary>A large batch: each thread takes whole groups of examples, slice after slice, through all panels.</summary>
    private void GroupByGroup(int thread)
    {
        var slice = slices[thread];
        for (var g = thread; g < groups; g += crew.Count)
        {
            sums[g].Clear();
            var group = Group(g);
            for (var i = 0; i < group.Length; i += SliceSize)
            {
                var of = group.Slice(i, Math.Min(SliceSize, group.Length - i));
                slice.X.Take(of);
                for (var p = 0; p < panels.Length; p++) Forward(p, slice.X, slice);
                OutputError(slice.Shares, slice, of);
                AddLoss(g, slice);
                for (var p = 0; p < panels.Length; p++) Backward(p, slice.X, slice, slice.A2, sums[g], thread, isWhole ? byPixel![g][i / SliceSize] : null);
            }
        }
    }

    private Span<int> Group(int g) => batch.AsSpan(0, count)[((int)((long)g * count / groups))..(int)((g + 1L) * count / groups)];

    /// <summary>
    /// The lists of a large batch a second time, now for each pixel the examples of a slice in which it is not 0. With
    /// them dW1 is summed in registers, and a weight is loaded and stored once for each slice, not once for each example.
    /// </summary>
    private NonZeroSlice<T>[][] ListByPixel() => [.. Enumerable.Range(0, groups).Select(g =>
        Group(g).ToArray().Chunk(SliceSize).Select(of => new NonZeroSlice<T>(new(examples.X.ColumnRange(of[0], of.Length).Transposed.ToPlain(), SliceSize), 0).TakeAll()).ToArray())];

    /// <summary>Z1 and A1 of a panel, and what it adds to Z2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Forward(int p, NonZeroSlice<T> X, Slice slice)
    {
        var panel = panels[p];
        var A = slice.A1.Span(panel.At * X.Count, panel.Width * X.Count);
        for (var j = 0; j < X.Count; j++) parameters.b1.Span(panel.At, panel.Width).CopyTo(A[(j * panel.Width)..]);
        for (var band = 0; band < X.Bands; band++)
            kernels.AddProduct(panel.Width, X, band, ref parameters.W1[panel.At * inputs + band * X.BandRows * panel.Width], ref A[0]);   // (3.1)
        kernels.ReLU(A);                                                                                                                  // (3.2)
        kernels.Scores(panel.Width, X.Count, ref parameters.W2[panel.At * classes], ref A[0], slice.Shares.AsSpan(p * X.Count * classes), classes);
    }

    /// <summary>dZ1 of a panel, and its gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Backward(int p, NonZeroSlice<T> X, Slice slice, ReadOnlySpan<T> dZ2, PaddedParameters<T> sum, int thread, NonZeroSlice<T>? byPixel = null)
    {
        var panel = panels[p];
        var (into, scale) = straight != T.Zero ? (parameters, straight) : (sum, T.One);
        var A = slice.A1.Span(panel.At * X.Count, panel.Width * X.Count);
        var d = slice.dZ1.Span(panel.At * X.Count, panel.Width * X.Count);
        kernels.HiddenError(panel.Width, X.Count, ref parameters.W2[panel.At * classes], dZ2, classes, ref A[0], ref d[0]);
        kernels.AddOuterProducts(panel.Width, X.Count, dZ2, classes, scale, ref A[0], ref into.W2[panel.At * classes]);
        kernels.AddColumns(panel.Width, X.Count, scale, ref d[0], ref into.b1[panel.At]);
        if (byPixel != null) kernels.AddProduct(panel.Width, byPixel, 0, ref d[0], ref into.W1[panel.At * inputs]);
        for (var band = 0; byPixel == null && band < X.Bands; band++)
            kernels.AddOuterProducts(panel.Width, X, band, scale, ref d[0], ref into.W1[panel.At * inputs + band * X.BandRows * panel.Width]);
        reach[thread] = Math.Max(reach[thread], Math.Max(Math.Max(1, pixels.Largest) * kernels.Largest(d), Math.Max(1, kernels.Largest(A))));
    }

    /// <summary>Z2 − max Z2 from the shares of the panels, and dZ2 = A2 − Y, equations (3.3), (4.2), (4.3) and (5.4); the loss (4.5).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void OutputError(ReadOnlySpan<T> shares, Slice slice, ReadOnlySpan<int> of)
    {
        var Z2 = slice.Z2.AsSpan(0, of.Length * classes);
        var A2 = slice.A2.AsSpan(0, of.Length * classes);
        for (var j = 0; j < of.Length; j++) parameters.b2.CopyTo(Z2[(j * classes)..]);
        for (var p = 0; p < panels.Length; p++) kernels.Add(shares.Slice(p * Z2.Length, Z2.Length), Z2);
        for (var j = 0; j < of.Length; j++)
        {
            var z = Z2.Slice(j * classes, classes);
            var max = z[0];
            for (var k = 1; k < z.Length; k++) max = T.MaxNative(max, z[k]);
            for (var k = 0; k < z.Length; k++) z[k] -= max;
        }
        // The vector routine is the faster one when it has been compiled for the second time, which takes half a second;
        // short trainings with small batches would spend it waiting.
        if (count > LargestShared) TensorPrimitives.Exp<T>(Z2, A2);
        else for (var i = 0; i < Z2.Length; i++) A2[i] = T.Exp(Z2[i]);
        slice.Loss = 0;
        for (var j = 0; j < of.Length; j++)
        {
            var z = Z2.Slice(j * classes, classes);
            var a = A2.Slice(j * classes, classes);
            var y = examples.Y.ColumnSpan(of[j]);
            var sum = T.Zero;
            for (var k = 0; k < a.Length; k++) sum += a[k];
            var (oneOverSum, logSum, loss) = (T.One / sum, T.Log(sum), T.Zero);
            for (var k = 0; k < a.Length; k++)
            {
                if (y[k] != T.Zero) loss += y[k] * (logSum - z[k]);   // 0·(−∞) would be NaN, as in (4.7)
                a[k] = a[k] * oneOverSum - y[k];
            }
            slice.Loss += double.CreateChecked(loss);
        }
    }

    /// <summary>db2, and the loss of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddLoss(int g, Slice slice)
    {
        losses[g] += slice.Loss;
        for (var j = 0; j < slice.X.Count; j++) kernels.Add(slice.A2.AsSpan(j * classes, classes), sums[g].b2);
    }

    /// <summary>Adds the sums of all groups to those of the first.</summary>
    private void SumUp(int thread)
    {
        for (var p = 0; p < panels.Length; p++)
            if (Owner(p) == thread)
                for (var g = 1; g < groups; g++) sums[0].Add(sums[g], panels[p], isFirst: p == 0);
    }

    /// <summary>The thread that has a panel in a small batch: each has panels that follow on each other, of about the same width in all.</summary>
    private int Owner(int p) => (int)((2L * panels[p].At + panels[p].Width) * crew.Count / (2L * padded));

    private static int GroupsOf(int count) => count <= LargestShared ? 1 : MostGroups;
}

/// <summary>Hidden units Unit … Unit+Count−1. The panel is filled up with zeros to Width; At says how wide those before it are.</summary>
internal readonly record struct Panel(int Unit, int Count, int Width, int At)
{
    /// <summary>Panels of four registers, and of two or one for the rest; few units are cut finer, so that threads can share them.</summary>
    public static Panel[] Cut(int units, int registerLength)
    {
        var cut = new List<Panel>();
        for (var unit = 0; unit < units; unit += cut[^1].Width)
        {
            var left = (units - unit + registerLength - 1) / registerLength;
            var width = (units >= 8 * registerLength && left >= 4 ? 4 : left >= 2 ? 2 : 1) * registerLength;
            cut.Add(new(unit, Math.Min(width, units - unit), width, unit));
        }
        return [.. cut];
    }
}

/// <summary>
/// Parameters (or gradients) of a network with one hidden layer, panel after panel. Of a panel W1 holds column after
/// column, and W2 row after row, so both hold a number for each unit of the panel, and again, and again.
/// </summary>
internal sealed class PaddedParameters<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Panel[] panels;
    private readonly int inputs, classes;

    public PaddedParameters(Panel[] panels, int inputs, int classes)
    {
        (this.panels, this.inputs, this.classes) = (panels, inputs, classes);
        var padded = panels[^1].At + panels[^1].Width;
        (W1, b1, W2, b2) = (new(padded * inputs), new(padded), new(padded * classes), new T[classes]);
    }

    public AlignedArray<T> W1 { get; }

    public AlignedArray<T> b1 { get; }

    public AlignedArray<T> W2 { get; }

    public T[] b2 { get; }

    /// <summary>The largest absolute value; NaN if there is a NaN.</summary>
    public double Largest => Math.Max(Math.Max(W1.Largest(), b1.Largest()), Math.Max(W2.Largest(), double.CreateChecked(TensorPrimitives.MaxMagnitude<T>(b2))));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Load(Matrix<T>[] W, Matrix<T>[] b)
    {
        foreach (var panel in panels)
        {
            for (var q = 0; q < inputs; q++) W[0].ColumnSpan(q).Slice(panel.Unit, panel.Count).CopyTo(W1.Span(panel.At * inputs + q * panel.Width, panel.Count));
            b[0].Span.Slice(panel.Unit, panel.Count).CopyTo(b1.Span(panel.At, panel.Count));
            for (var n = 0; n < panel.Count; n++)
                for (var k = 0; k < classes; k++) W2[panel.At * classes + k * panel.Width + n] = W[1].ColumnSpan(panel.Unit + n)[k];
        }
        b[1].Span.CopyTo(b2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Store(Matrix<T>[] W, Matrix<T>[] b)
    {
        foreach (var panel in panels)
        {
            for (var q = 0; q < inputs; q++) W1.Span(panel.At * inputs + q * panel.Width, panel.Count).CopyTo(W[0].ColumnSpan(q)[panel.Unit..]);
            b1.Span(panel.At, panel.Count).CopyTo(b[0].Span[panel.Unit..]);
            for (var n = 0; n < panel.Count; n++)
                for (var k = 0; k < classes; k++) W[1].ColumnSpan(panel.Unit + n)[k] = W2[panel.At * classes + k * panel.Width + n];
        }
        b2.CopyTo(b[1].Span);
    }

    /// <summary>Zeros in one panel.</summary>
    public void Clear(Panel panel)
    {
        W1.Span(panel.At * inputs, panel.Width * inputs).Clear();
        b1.Span(panel.At, panel.Width).Clear();
        W2.Span(panel.At * classes, panel.Width * classes).Clear();
    }

    /// <summary>Zeros everywhere.</summary>
    public void Clear()
    {
        foreach (var panel in panels) Clear(panel);
        Array.Clear(b2);
    }

    /// <summary>this ← this + other, in one panel, and with the first panel in b2.</summary>
    public void Add(PaddedParameters<T> other, Panel panel, bool isFirst)
    {
        Add(W1.Span(panel.At * inputs, panel.Width * inputs), other.W1.Span(panel.At * inputs, panel.Width * inputs));
        Add(b1.Span(panel.At, panel.Width), other.b1.Span(panel.At, panel.Width));
        Add(W2.Span(panel.At * classes, panel.Width * classes), other.W2.Span(panel.At * classes, panel.Width * classes));
        if (isFirst) Add(b2, other.b2);

        static void Add(Span<T> sum, ReadOnlySpan<T> x) => TensorPrimitives.Add(sum, x, sum);
    }

    /// <summary>this ← this + scale·other.</summary>
    public void AddScaled(T scale, PaddedParameters<T> other)
    {
        TensorPrimitives.MultiplyAdd(other.W1.Span(), scale, W1.Span(), W1.Span());
        TensorPrimitives.MultiplyAdd(other.b1.Span(), scale, b1.Span(), b1.Span());
        TensorPrimitives.MultiplyAdd(other.W2.Span(), scale, W2.Span(), W2.Span());
        TensorPrimitives.MultiplyAdd(other.b2, scale, b2, b2);
    }

    /// <summary>this ← scale·this.</summary>
    public void Scale(T scale)
    {
        TensorPrimitives.Multiply(W1.Span(), scale, W1.Span());
        TensorPrimitives.Multiply(b1.Span(), scale, b1.Span());
        TensorPrimitives.Multiply(W2.Span(), scale, W2.Span());
        TensorPrimitives.Multiply(b2, scale, b2);
    }
}

/// <summary>Numbers that begin where a line of the cache begins, so that no register is filled from two lines. They start as zeros.</summary>
internal sealed class AlignedArray<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Line = 64;   // bytes
    private readonly T[] array;
    private readonly int start, length;

    public AlignedArray(int length)
    {
        this.length = length;
        array = GC.AllocateArray<T>(length + Line / Unsafe.SizeOf<T>(), pinned: true);
        start = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) & (Line - 1)) / Unsafe.SizeOf<T>();
    }

    public ref T this[int index] => ref array[start + index];

    public Span<T> Span() => array.AsSpan(start, length);

    public Span<T> Span(int from, int count) => array.AsSpan(start + from, count);

    /// <summary>The largest absolute value; NaN if there is a NaN; 0 of no numbers.</summary>
    public double Largest() => Largest(0, length);

    public double Largest(int from, int count) => count == 0 ? 0 : double.CreateChecked(TensorPrimitives.MaxMagnitude<T>(Span(from, count)));
}

/// <summary>
/// The entries of each column of a matrix that are not 0, in order. A column is divided into bands of at most 256 rows,
/// so that an entry takes two bytes: its row in the band, and where its value stands in a table of values. The table is
/// that of the greys k/255; a band of a column with another value has a table of its own.
/// </summary>
internal sealed class NonZeros<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int BlockSize = 512;
    private static readonly T[] s_greys = [.. Enumerable.Range(0, 256).Select(k => T.CreateChecked(k) / T.CreateChecked(255))];

    /// <param name="X">A plain (not transposed) matrix.</param>
    /// <param name="bandRows">How many rows a band has, at most 256.</param>
    public NonZeros(Matrix<T> X, int bandRows)
    {
        (BandRows, Bands) = (bandRows, (X.Rows + bandRows - 1) / bandRows);
        (Starts, Tables) = (new int[X.Columns * Bands + 1], new int[X.Columns * Bands]);
        ForEachBand(X, (i, band) => Starts[i + 1] = Count(band));
        for (var i = 1; i < Starts.Length; i++) Starts[i] = checked(Starts[i - 1] + Starts[i]);
        Entries = new ushort[Starts[^1]];
        ForEachBand(X, (i, band) => Tables[i] = List(band, Entries.AsSpan(Starts[i]..Starts[i + 1])) ? 0 : 1);
        var length = s_greys.Length;
        for (var i = 0; i < Tables.Length; i++)
            if (Tables[i] > 0) (Tables[i], length) = (length, checked(length + Starts[i + 1] - Starts[i]));
        Values = new T[length];
        s_greys.CopyTo(Values, 0);
        ForEachBand(X, (i, band) =>
        {
            if (Tables[i] > 0) MakeTable(band, Entries.AsSpan(Starts[i]..Starts[i + 1]), Values.AsSpan(Tables[i]));
        });
        Largest = double.CreateChecked(TensorPrimitives.MaxMagnitude<T>(Values));
        for (var j = 0; j < X.Columns; j++) MostInColumn = Math.Max(MostInColumn, Starts[(j + 1) * Bands] - Starts[j * Bands]);
    }

    /// <summary>Where the entries of each band of each column begin, column after column, and at last where all end.</summary>
    public int[] Starts { get; }

    /// <summary>The entries: row in the band + 256 · place in the table.</summary>
    public ushort[] Entries { get; }

    /// <summary>Where in <see cref="Values"/> the table of each band of each column begins.</summary>
    public int[] Tables { get; }

    /// <summary>The tables: first that of the greys.</summary>
    public T[] Values { get; }

    /// <summary>No value is larger than this; NaN if there is a NaN.</summary>
    public double Largest { get; }

    /// <summary>How many rows a band has; the last may have fewer.</summary>
    public int BandRows { get; }

    /// <summary>Into how many bands of rows, from the top, each column is divided.</summary>
    public int Bands { get; }

    /// <summary>The most entries that a column has.</summary>
    public int MostInColumn { get; }

    /// <summary>The share of entries that are not 0, measured on up to a thousand columns.</summary>
    public static double DensityOf(Matrix<T> X)
    {
        var (step, found, looked) = (Math.Max(1, X.Columns / 1000), 0L, 0L);
        for (var j = 0; j < X.Columns; j += step) (found, looked) = (found + Count(X.ColumnSpan(j)), looked + X.Rows);
        return looked == 0 ? 0 : (double)found / looked;
    }

    private delegate void Act(int i, ReadOnlySpan<T> band);

    /// <summary>Band i, counted through all columns, on all cores.</summary>
    private void ForEachBand(Matrix<T> X, Act act) => Parallel.For(0, (X.Columns + BlockSize - 1) / BlockSize, block =>
    {
        for (var j = block * BlockSize; j < Math.Min(X.Columns, (block + 1) * BlockSize); j++)
            for (var band = 0; band < Bands; band++)
                act(j * Bands + band, X.ColumnSpan(j)[(band * BandRows)..Math.Min(X.Rows, (band + 1) * BandRows)]);
    });

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Count(ReadOnlySpan<T> column)
    {
        var (count, i) = (0, 0);
        for (; i <= column.Length - Vector256<T>.Count; i += Vector256<T>.Count) count += BitOperations.PopCount(Mask(column[i..]));
        for (; i < column.Length; i++) count += column[i] != T.Zero ? 1 : 0;
        return count;
    }

    /// <summary>Lists what is not 0, with the places in the table of greys; false when a value is none of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool List(ReadOnlySpan<T> band, Span<ushort> entries)
    {
        var (n, i) = (0, 0);
        for (; i <= band.Length - Vector256<T>.Count; i += Vector256<T>.Count)
            for (var mask = Mask(band[i..]); mask != 0; mask &= mask - 1) entries[n++] = (ushort)(i + BitOperations.TrailingZeroCount(mask));
        for (; i < band.Length; i++)
            if (band[i] != T.Zero) entries[n++] = (ushort)i;
        var greys = s_greys;
        var (white, half) = (T.CreateChecked(255), T.CreateChecked(0.5));
        for (n = 0; n < entries.Length; n++)
        {
            var value = band[entries[n]];
            if (!(value > T.Zero && value <= T.One)) return false;
            var k = int.CreateTruncating(value * white + half);
            if (greys[k] != value) return false;
            entries[n] |= (ushort)(k << 8);
        }
        return true;
    }

    /// <summary>Makes a table of the values of a band, in their order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MakeTable(ReadOnlySpan<T> band, Span<ushort> entries, Span<T> table)
    {
        for (var n = 0; n < entries.Length; n++)
        {
            var row = (byte)entries[n];
            (table[n], entries[n]) = (band[row], (ushort)(row | n << 8));
        }
    }

    /// <summary>A bit for each of the next numbers, as many as a register holds: 1 where it is not 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Mask(ReadOnlySpan<T> next) =>
        (~Vector256.Equals(Vector256.Create(next), Vector256<T>.Zero)).ExtractMostSignificantBits();
}

/// <summary>
/// The lists of some columns, one behind the other. Shuffled examples lie far apart, and would be waited for in each band:
/// their lists are copied. Examples in their order are left where they are.
/// </summary>
internal sealed class NonZeroSlice<T>(NonZeros<T> all, int mostColumns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int[] ownStarts = new int[mostColumns * all.Bands + 1], ownTables = new int[mostColumns * all.Bands];
    private readonly ushort[] ownEntries = new ushort[mostColumns * all.MostInColumn];
    private readonly T[] values = all.Values;
    private int first;
    private int[] starts = [], tables = [];
    private ushort[] entries = [];

    /// <summary>How many columns there are.</summary>
    public int Count { get; private set; }

    /// <summary>Into how many bands of rows each column is divided.</summary>
    public int Bands { get; } = all.Bands;

    /// <summary>How many rows a band has.</summary>
    public int BandRows => all.BandRows;

    /// <summary>Takes all columns.</summary>
    public NonZeroSlice<T> TakeAll()
    {
        (Count, first, starts, tables, entries) = (all.Tables.Length / Bands, 0, all.Starts, all.Tables, all.Entries);
        return this;
    }

    /// <summary>Takes the columns with these indices.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Take(ReadOnlySpan<int> indices)
    {
        Count = indices.Length;
        if (AreInOrder(indices))
        {
            (first, starts, tables, entries) = (indices[0] * Bands, all.Starts, all.Tables, all.Entries);
            return;
        }
        (first, starts, tables, entries) = (0, ownStarts, ownTables, ownEntries);
        var end = 0;
        for (var j = 0; j < indices.Length; j++)
        {
            var from = all.Starts.AsSpan(indices[j] * Bands, Bands + 1);
            for (var band = 0; band < Bands; band++) starts[j * Bands + band] = end + from[band] - from[0];
            all.Tables.AsSpan(indices[j] * Bands, Bands).CopyTo(tables.AsSpan(j * Bands));
            all.Entries.AsSpan(from[0]..from[Bands]).CopyTo(entries.AsSpan(end));
            end += from[Bands] - from[0];
        }
        starts[indices.Length * Bands] = end;
    }

    /// <summary>Where the entries of a band of column j begin, how many they are, and where their table begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (int Start, int Count, int Table) Segment(int j, int band)
    {
        var i = first + j * Bands + band;
        return (starts[i], starts[i + 1] - starts[i], tables[i]);
    }

    /// <summary>Entry number i, see <see cref="NonZeros{T}.Entries"/>; those after it follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref ushort EntryAt(int i) => ref entries[i];

    /// <summary>Value number i of the tables; those after it follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T ValueAt(int i) => ref values[i];

    /// <summary>Whether each index is the one before and 1.</summary>
    public static bool AreInOrder(ReadOnlySpan<int> indices)
    {
        for (var j = 1; j < indices.Length; j++)
            if (indices[j] != indices[0] + j) return false;
        return true;
    }
}

/// <summary>
/// What a step does with one panel of hidden units, in loops over vector registers. They are written once, for
/// registers of any kind: <see cref="PanelKernels{T, V, R}"/>.
/// </summary>
internal abstract class PanelKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static PanelKernels<T> ForThisMachine() =>
        !MatrixProduct.IsOptimised ? new PrecompiledKernels<T>()
        : Vector512.IsHardwareAccelerated ? new PanelKernels<T, Vector512<T>, Register512<T>>()
        : new PanelKernels<T, Vector<T>, Register<T>>();

    /// <summary>How many numbers a register holds. A panel is one, two or four registers wide.</summary>
    public abstract int RegisterLength { get; }

    /// <summary>What a band of pixels adds to Z1, equation (3.1): column j of z gets Σ x[q, j] · column q of w, which begins with the band.</summary>
    public abstract void AddProduct(int width, NonZeroSlice<T> x, int band, ref T w, ref T z);

    /// <summary>x ← max(0, x), equation (3.2), for a whole number of registers.</summary>
    public abstract void ReLU(Span<T> x);

    /// <summary>The largest absolute value of a whole number of registers; NaN if there is a NaN.</summary>
    public abstract double Largest(ReadOnlySpan<T> x);

    /// <summary>sum ← sum + x, for any length.</summary>
    public abstract void Add(ReadOnlySpan<T> x, Span<T> sum);

    /// <summary>What this panel adds to Z2, equation (3.3): for each example j and class k the product of row k of w and column j of a.</summary>
    public abstract void Scores(int width, int count, ref T w, ref T a, Span<T> scores, int classes);

    /// <summary>dZ1, equations (5.7) and (5.8): column j of d is Σ over k of dZ2[k, j] · row k of w, and 0 where a is 0.</summary>
    public abstract void HiddenError(int width, int count, ref T w, ReadOnlySpan<T> dZ2, int classes, ref T a, ref T d);

    /// <summary>dW2, equation (5.5): row k of w gets scale · Σ over j of dZ2[k, j] · column j of a.</summary>
    public abstract void AddOuterProducts(int width, int count, ReadOnlySpan<T> dZ2, int classes, T scale, ref T a, ref T w);

    /// <summary>db1, equation (5.10): b gets scale · Σ over j of column j of d.</summary>
    public abstract void AddColumns(int width, int count, T scale, ref T d, ref T b);

    /// <summary>dW1 of a band of pixels, equation (5.9): column q of w, which begins with the band, gets scale · Σ over j of x[q, j] · column j of d.</summary>
    public abstract void AddOuterProducts(int width, NonZeroSlice<T> x, int band, T scale, ref T d, ref T w);
}

/// <summary>The kernels for registers V, with the instructions R.</summary>
internal sealed class PanelKernels<T, V, R> : PanelKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where R : IRegister<T, V>
{
    public override int RegisterLength => R.Length;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddProduct(int width, NonZeroSlice<T> x, int band, ref T w, ref T z)
    {
        var n = R.Length;
        for (var j = 0; j < x.Count; j++)
        {
            var (start, count, tableStart) = x.Segment(j, band);
            if (count == 0) continue;
            ref var entry = ref x.EntryAt(start);
            ref var table = ref x.ValueAt(tableStart);
            ref var zj = ref Unsafe.Add(ref z, (nint)j * width);
            nint i = 0;
            if (width == 4 * n)
            {
                var (z0, z1, z2, z3) = (R.Load(ref zj, 0), R.Load(ref zj, n), R.Load(ref zj, 2 * n), R.Load(ref zj, 3 * n));
                for (; i < count; i++)
                {
                    var e = Unsafe.Add(ref entry, i);
                    z0 = AddColumn(e, ref table, ref w, 4 * n, 0, z0);
                    z1 = AddColumn(e, ref table, ref w, 4 * n, n, z1);
                    z2 = AddColumn(e, ref table, ref w, 4 * n, 2 * n, z2);
                    z3 = AddColumn(e, ref table, ref w, 4 * n, 3 * n, z3);
                }
                R.Store(z0, ref zj, 0);
                R.Store(z1, ref zj, n);
                R.Store(z2, ref zj, 2 * n);
                R.Store(z3, ref zj, 3 * n);
            }
            else if (width == 2 * n)
            {
                // Four sums for each register, of every fourth pixel: one alone would wait for the addition before it.
                V y0 = R.Load(ref zj, 0), y1 = default, y2 = default, y3 = default;
                V z0 = R.Load(ref zj, n), z1 = default, z2 = default, z3 = default;
                for (; i < count - 3; i += 4)
                {
                    var (e, f) = (Unsafe.Add(ref entry, i), Unsafe.Add(ref entry, i + 1));
                    y0 = AddColumn(e, ref table, ref w, 2 * n, 0, y0);
                    z0 = AddColumn(e, ref table, ref w, 2 * n, n, z0);
                    y1 = AddColumn(f, ref table, ref w, 2 * n, 0, y1);
                    z1 = AddColumn(f, ref table, ref w, 2 * n, n, z1);
                    (e, f) = (Unsafe.Add(ref entry, i + 2), Unsafe.Add(ref entry, i + 3));
                    y2 = AddColumn(e, ref table, ref w, 2 * n, 0, y2);
                    z2 = AddColumn(e, ref table, ref w, 2 * n, n, z2);
                    y3 = AddColumn(f, ref table, ref w, 2 * n, 0, y3);
                    z3 = AddColumn(f, ref table, ref w, 2 * n, n, z3);
                }
                for (; i < count; i++)
                {
                    y0 = AddColumn(Unsafe.Add(ref entry, i), ref table, ref w, 2 * n, 0, y0);
                    z0 = AddColumn(Unsafe.Add(ref entry, i), ref table, ref w, 2 * n, n, z0);
                }
                R.Store(R.Add(R.Add(y0, y1), R.Add(y2, y3)), ref zj, 0);
                R.Store(R.Add(R.Add(z0, z1), R.Add(z2, z3)), ref zj, n);
            }
            else
            {
                V z0 = R.Load(ref zj, 0), z1 = default, z2 = default, z3 = default;
                for (; i < count - 3; i += 4)
                {
                    z0 = AddColumn(Unsafe.Add(ref entry, i), ref table, ref w, n, 0, z0);
                    z1 = AddColumn(Unsafe.Add(ref entry, i + 1), ref table, ref w, n, 0, z1);
                    z2 = AddColumn(Unsafe.Add(ref entry, i + 2), ref table, ref w, n, 0, z2);
                    z3 = AddColumn(Unsafe.Add(ref entry, i + 3), ref table, ref w, n, 0, z3);
                }
                for (; i < count; i++) z0 = AddColumn(Unsafe.Add(ref entry, i), ref table, ref w, n, 0, z0);
                R.Store(R.Add(R.Add(z0, z1), R.Add(z2, z3)), ref zj, 0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ReLU(Span<T> x)
    {
        ref var first = ref MemoryMarshal.GetReference(x);
        for (var i = 0; i < x.Length; i += R.Length) R.Store(R.Max(R.Load(ref first, i), default), ref first, i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double Largest(ReadOnlySpan<T> x)
    {
        ref var first = ref MemoryMarshal.GetReference(x);
        var (largest, minusOne) = (default(V), R.Fill(-T.One));
        for (var i = 0; i < x.Length; i += R.Length)
        {
            var xi = R.Load(ref first, i);
            largest = R.Max(largest, R.Max(xi, R.Multiply(minusOne, xi)));
        }
        Span<T> lanes = stackalloc T[R.Length];
        R.Store(largest, ref lanes[0], 0);
        var result = 0.0;
        foreach (var lane in lanes) result = Math.Max(result, double.CreateChecked(lane));
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Add(ReadOnlySpan<T> x, Span<T> sum)
    {
        var i = 0;
        for (; i <= x.Length - R.Length; i += R.Length)
            R.Store(R.Add(R.Load(ref Unsafe.AsRef(in x[0]), i), R.Load(ref sum[0], i)), ref sum[0], i);
        for (; i < x.Length; i++) sum[i] += x[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Scores(int width, int count, ref T w, ref T a, Span<T> scores, int classes)
    {
        var n = R.Length;
        for (var j = 0; j < count; j++)
        {
            ref var aj = ref Unsafe.Add(ref a, (nint)j * width);
            var score = scores.Slice(j * classes, classes);
            if (width == 4 * n)
            {
                var (a0, a1, a2, a3) = (R.Load(ref aj, 0), R.Load(ref aj, n), R.Load(ref aj, 2 * n), R.Load(ref aj, 3 * n));
                for (var k = 0; k < score.Length; k++)
                {
                    ref var wk = ref Unsafe.Add(ref w, k * 4 * n);
                    var upper = R.MultiplyAdd(R.Load(ref wk, n), a1, R.Multiply(R.Load(ref wk, 0), a0));
                    var lower = R.MultiplyAdd(R.Load(ref wk, 3 * n), a3, R.Multiply(R.Load(ref wk, 2 * n), a2));
                    score[k] = R.Sum(R.Add(upper, lower));
                }
            }
            else
            {
                for (var k = 0; k < score.Length; k++)
                {
                    var sum = R.Multiply(R.Load(ref w, k * width), R.Load(ref aj, 0));
                    if (width > n) sum = R.MultiplyAdd(R.Load(ref w, k * width + n), R.Load(ref aj, n), sum);
                    score[k] = R.Sum(sum);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void HiddenError(int width, int count, ref T w, ReadOnlySpan<T> dZ2, int classes, ref T a, ref T d)
    {
        var n = R.Length;
        for (var j = 0; j < count; j++)
        {
            ref var aj = ref Unsafe.Add(ref a, (nint)j * width);
            ref var dj = ref Unsafe.Add(ref d, (nint)j * width);
            var error = dZ2.Slice(j * classes, classes);
            if (width == 4 * n)
            {
                V d0 = default, d1 = default, d2 = default, d3 = default;
                for (var k = 0; k < error.Length; k++)
                {
                    var e = R.Fill(error[k]);
                    d0 = R.MultiplyAdd(R.Load(ref w, k * 4 * n), e, d0);
                    d1 = R.MultiplyAdd(R.Load(ref w, k * 4 * n + n), e, d1);
                    d2 = R.MultiplyAdd(R.Load(ref w, k * 4 * n + 2 * n), e, d2);
                    d3 = R.MultiplyAdd(R.Load(ref w, k * 4 * n + 3 * n), e, d3);
                }
                R.Store(R.WherePositive(R.Load(ref aj, 0), d0), ref dj, 0);
                R.Store(R.WherePositive(R.Load(ref aj, n), d1), ref dj, n);
                R.Store(R.WherePositive(R.Load(ref aj, 2 * n), d2), ref dj, 2 * n);
                R.Store(R.WherePositive(R.Load(ref aj, 3 * n), d3), ref dj, 3 * n);
            }
            else
                for (var at = 0; at < width; at += n)
                {
                    V d0 = default;
                    for (var k = 0; k < error.Length; k++) d0 = R.MultiplyAdd(R.Load(ref w, k * width + at), R.Fill(error[k]), d0);
                    R.Store(R.WherePositive(R.Load(ref aj, at), d0), ref dj, at);
                }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddOuterProducts(int width, int count, ReadOnlySpan<T> dZ2, int classes, T scale, ref T a, ref T w)
    {
        var n = R.Length;
        for (var k = 0; k < classes; k++)
        {
            ref var wk = ref Unsafe.Add(ref w, k * width);
            if (width == 4 * n)
            {
                V s0 = default, s1 = default, s2 = default, s3 = default;
                for (var j = 0; j < count; j++)
                {
                    var e = R.Fill(dZ2[j * classes + k]);
                    ref var aj = ref Unsafe.Add(ref a, (nint)j * (4 * n));
                    s0 = R.MultiplyAdd(R.Load(ref aj, 0), e, s0);
                    s1 = R.MultiplyAdd(R.Load(ref aj, n), e, s1);
                    s2 = R.MultiplyAdd(R.Load(ref aj, 2 * n), e, s2);
                    s3 = R.MultiplyAdd(R.Load(ref aj, 3 * n), e, s3);
                }
                AddTo(ref wk, 0, s0, scale);
                AddTo(ref wk, n, s1, scale);
                AddTo(ref wk, 2 * n, s2, scale);
                AddTo(ref wk, 3 * n, s3, scale);
            }
            else
                for (var at = 0; at < width; at += n)
                {
                    V s0 = default;
                    for (var j = 0; j < count; j++) s0 = R.MultiplyAdd(R.Load(ref a, j * width + at), R.Fill(dZ2[j * classes + k]), s0);
                    AddTo(ref wk, at, s0, scale);
                }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddColumns(int width, int count, T scale, ref T d, ref T b)
    {
        for (var at = 0; at < width; at += R.Length)
        {
            V sum = default;
            for (var j = 0; j < count; j++) sum = R.Add(sum, R.Load(ref d, j * width + at));
            AddTo(ref b, at, sum, scale);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddOuterProducts(int width, NonZeroSlice<T> x, int band, T scale, ref T d, ref T w)
    {
        var n = R.Length;
        for (var j = 0; j < x.Count; j++)
        {
            var (start, count, tableStart) = x.Segment(j, band);
            if (count == 0) continue;
            ref var entry = ref x.EntryAt(start);
            ref var table = ref x.ValueAt(tableStart);
            ref var dj = ref Unsafe.Add(ref d, (nint)j * width);
            if (width == 4 * n)
            {
                var (d0, d1, d2, d3) = (R.Load(ref dj, 0), R.Load(ref dj, n), R.Load(ref dj, 2 * n), R.Load(ref dj, 3 * n));
                for (nint i = 0; i < count; i++)
                {
                    var e = Unsafe.Add(ref entry, i);
                    ref var column = ref Unsafe.Add(ref w, Row(e) * (4 * n));
                    var xi = R.Fill(scale * Value(e, ref table));
                    R.Store(R.MultiplyAdd(d0, xi, R.Load(ref column, 0)), ref column, 0);
                    R.Store(R.MultiplyAdd(d1, xi, R.Load(ref column, n)), ref column, n);
                    R.Store(R.MultiplyAdd(d2, xi, R.Load(ref column, 2 * n)), ref column, 2 * n);
                    R.Store(R.MultiplyAdd(d3, xi, R.Load(ref column, 3 * n)), ref column, 3 * n);
                }
            }
            else if (width == 2 * n)
            {
                var (d0, d1) = (R.Load(ref dj, 0), R.Load(ref dj, n));
                for (nint i = 0; i < count; i++)
                {
                    var e = Unsafe.Add(ref entry, i);
                    ref var column = ref Unsafe.Add(ref w, Row(e) * (2 * n));
                    var xi = R.Fill(scale * Value(e, ref table));
                    R.Store(R.MultiplyAdd(d0, xi, R.Load(ref column, 0)), ref column, 0);
                    R.Store(R.MultiplyAdd(d1, xi, R.Load(ref column, n)), ref column, n);
                }
            }
            else
            {
                var d0 = R.Load(ref dj, 0);
                for (nint i = 0; i < count; i++)
                {
                    var e = Unsafe.Add(ref entry, i);
                    ref var column = ref Unsafe.Add(ref w, Row(e) * n);
                    R.Store(R.MultiplyAdd(d0, R.Fill(scale * Value(e, ref table)), R.Load(ref column, 0)), ref column, 0);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Row(ushort entry) => (byte)entry;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Value(ushort entry, ref T table) => Unsafe.Add(ref table, entry >> 8);

    /// <summary>sum + value · the register number at/n of the column of w that belongs to an entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V AddColumn(ushort entry, ref T table, ref T w, int width, int at, V sum) =>
        R.MultiplyAdd(R.Load(ref Unsafe.Add(ref w, Row(entry) * width), at), R.Fill(Value(entry, ref table)), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(ref T to, int at, V sum, T scale) =>
        R.Store(R.MultiplyAdd(sum, R.Fill(scale), R.Load(ref to, at)), ref to, at);
}

/// <summary>
/// The kernels out of precompiled vector routines, for clients that compile scripts without the optimiser. A call takes
/// as long as some ten multiplications, so what counts as a register here is longer.
/// </summary>
internal sealed class PrecompiledKernels<T> : PanelKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override int RegisterLength => 32;

    // In the loops over pixels each operator is a call, as nothing is inlined: so there are few of them.
    public override void AddProduct(int width, NonZeroSlice<T> x, int band, ref T w, ref T z)
    {
        for (var j = 0; j < x.Count; j++)
        {
            var (start, count, table) = x.Segment(j, band);
            if (count == 0) continue;
            ref var entries = ref x.EntryAt(start);
            ref var values = ref x.ValueAt(table);
            var zj = Column(ref z, j, width);
            for (var i = 0; i < count; i++)
            {
                int entry = Unsafe.Add(ref entries, i);
                TensorPrimitives.MultiplyAdd(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref w, (entry & 255) * width), width), Unsafe.Add(ref values, entry >> 8), zj, zj);
            }
        }
    }

    public override void AddOuterProducts(int width, NonZeroSlice<T> x, int band, T scale, ref T d, ref T w)
    {
        Span<T> scaled = stackalloc T[width];
        ReadOnlySpan<T> dj = scaled;
        for (var j = 0; j < x.Count; j++)
        {
            var (start, count, table) = x.Segment(j, band);
            if (count == 0) continue;
            ref var entries = ref x.EntryAt(start);
            ref var values = ref x.ValueAt(table);
            TensorPrimitives.Multiply(Column(ref d, j, width), scale, scaled);
            for (var i = 0; i < count; i++)
            {
                int entry = Unsafe.Add(ref entries, i);
                var column = MemoryMarshal.CreateSpan(ref Unsafe.Add(ref w, (entry & 255) * width), width);
                TensorPrimitives.MultiplyAdd(dj, Unsafe.Add(ref values, entry >> 8), column, column);
            }
        }
    }

    public override void ReLU(Span<T> x) => TensorPrimitives.Max(x, T.Zero, x);

    public override double Largest(ReadOnlySpan<T> x) => double.CreateChecked(TensorPrimitives.MaxMagnitude(x));

    public override void Add(ReadOnlySpan<T> x, Span<T> sum) => TensorPrimitives.Add(x, sum, sum);

    public override void Scores(int width, int count, ref T w, ref T a, Span<T> scores, int classes)
    {
        for (var j = 0; j < count; j++)
            for (var k = 0; k < classes; k++) scores[j * classes + k] = TensorPrimitives.Dot<T>(Column(ref w, k, width), Column(ref a, j, width));
    }

    public override void HiddenError(int width, int count, ref T w, ReadOnlySpan<T> dZ2, int classes, ref T a, ref T d)
    {
        Span<T> isActive = stackalloc T[width];
        for (var j = 0; j < count; j++)
        {
            var dj = Column(ref d, j, width);
            dj.Clear();
            for (var k = 0; k < classes; k++) TensorPrimitives.MultiplyAdd(Column(ref w, k, width), dZ2[j * classes + k], dj, dj);
            // a is never negative: what is above 0 becomes 1 when it is cut at 1 and rounded up.
            TensorPrimitives.Min(Column(ref a, j, width), T.One, isActive);
            TensorPrimitives.Ceiling<T>(isActive, isActive);
            TensorPrimitives.Multiply<T>(dj, isActive, dj);
        }
    }

    public override void AddOuterProducts(int width, int count, ReadOnlySpan<T> dZ2, int classes, T scale, ref T a, ref T w)
    {
        for (var k = 0; k < classes; k++)
        {
            var wk = Column(ref w, k, width);
            for (var j = 0; j < count; j++) TensorPrimitives.MultiplyAdd(Column(ref a, j, width), scale * dZ2[j * classes + k], wk, wk);
        }
    }

    public override void AddColumns(int width, int count, T scale, ref T d, ref T b)
    {
        var sum = Column(ref b, 0, width);
        for (var j = 0; j < count; j++) TensorPrimitives.MultiplyAdd(Column(ref d, j, width), scale, sum, sum);
    }

    private static Span<T> Column(ref T first, int number, int width) => MemoryMarshal.CreateSpan(ref Unsafe.Add(ref first, number * width), width);
}

/// <summary>The instructions on a vector register V of numbers T, so that a loop can be written once for registers of every length.</summary>
internal interface IRegister<T, V>
{
    /// <summary>How many numbers it holds.</summary>
    static abstract int Length { get; }
    static abstract V Load(ref T from, int at);
    static abstract void Store(V x, ref T to, int at);
    /// <summary>The same number everywhere.</summary>
    static abstract V Fill(T x);
    static abstract V Add(V x, V y);
    static abstract V Multiply(V x, V y);
    /// <summary>x·y + sum, rounded once.</summary>
    static abstract V MultiplyAdd(V x, V y, V sum);
    static abstract V Max(V x, V y);
    /// <summary>x where a &gt; 0, else 0.</summary>
    static abstract V WherePositive(V a, V x);
    static abstract T Sum(V x);
}

/// <summary>The registers that .NET recommends for the machine: of 128 or 256 bits.</summary>
internal readonly struct Register<T> : IRegister<T, Vector<T>> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Length => Vector<T>.Count;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector<T> Load(ref T from, int at) => Vector.LoadUnsafe(ref from, (nuint)at);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Vector<T> x, ref T to, int at) => x.StoreUnsafe(ref to, (nuint)at);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector<T> Fill(T x) => new(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector<T> Add(Vector<T> x, Vector<T> y) => x + y;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector<T> Multiply(Vector<T> x, Vector<T> y) => x * y;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector<T> Max(Vector<T> x, Vector<T> y) => Vector.Max(x, y);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector<T> WherePositive(Vector<T> a, Vector<T> x) => Vector.GreaterThan(a, Vector<T>.Zero) & x;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Sum(Vector<T> x) => Vector.Sum(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> MultiplyAdd(Vector<T> x, Vector<T> y, Vector<T> sum) => typeof(T) == typeof(float)
        ? Vector.FusedMultiplyAdd(x.As<T, float>(), y.As<T, float>(), sum.As<T, float>()).As<float, T>()
        : Vector.FusedMultiplyAdd(x.As<T, double>(), y.As<T, double>(), sum.As<T, double>()).As<double, T>();
}

/// <summary>Registers of 512 bits, where the machine has them.</summary>
internal readonly struct Register512<T> : IRegister<T, Vector512<T>> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Length => Vector512<T>.Count;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Load(ref T from, int at) => Vector512.LoadUnsafe(ref from, (nuint)at);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Vector512<T> x, ref T to, int at) => x.StoreUnsafe(ref to, (nuint)at);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Fill(T x) => Vector512.Create(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Add(Vector512<T> x, Vector512<T> y) => x + y;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Multiply(Vector512<T> x, Vector512<T> y) => x * y;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Max(Vector512<T> x, Vector512<T> y) => Vector512.Max(x, y);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> WherePositive(Vector512<T> a, Vector512<T> x) => Vector512.GreaterThan(a, Vector512<T>.Zero) & x;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Sum(Vector512<T> x) => Vector512.Sum(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> x, Vector512<T> y, Vector512<T> sum) => typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(x.As<T, float>(), y.As<T, float>(), sum.As<T, float>()).As<float, T>()
        : Vector512.FusedMultiplyAdd(x.As<T, double>(), y.As<T, double>(), sum.As<T, double>()).As<double, T>();
}

/// <summary>
/// Threads that work together on one task after the other. To wake a thread takes longer than a small task, so one that
/// has nothing to do looks for work again and again for a moment, and only then goes to sleep.
/// </summary>
internal sealed class Crew : IDisposable
{
    private const int Patience = 50;   // microseconds until it sleeps
    private readonly object door = new();
    private readonly int count;
    private Action<int> task = _ => { };
    private Exception? failure;
    private int number, busy, asleep;
    private bool isOver;

    /// <param name="count">How many threads, with the one that calls <see cref="Run"/>.</param>
    public Crew(int count)
    {
        this.count = Math.Max(1, count);
        for (var i = 1; i < count; i++)
        {
            var thread = i;
            new Thread(() => Work(thread)) { IsBackground = true, Name = "crew" }.Start();
        }
    }

    /// <summary>How many threads there are.</summary>
    public int Count => count;

    /// <summary>Runs work(0) here and work(1) … work(Count−1) on the others, and returns when all have done theirs.</summary>
    public void Run(Action<int> work)
    {
        if (count > 1)
        {
            (task, busy) = (work, count - 1);
            Interlocked.Increment(ref number);
            if (Volatile.Read(ref asleep) > 0) WakeAll();
        }
        try
        {
            work(0);
        }
        finally
        {
            var spin = new SpinWait();
            while (count > 1 && Volatile.Read(ref busy) > 0) spin.SpinOnce(sleep1Threshold: -1);
        }
        if (Volatile.Read(ref failure) is { } error) throw new InvalidOperationException($"A thread of the training step failed: {error.Message}", error);
    }

    /// <summary>Ends the other threads.</summary>
    public void Dispose()
    {
        Volatile.Write(ref isOver, true);
        WakeAll();
    }

    private void WakeAll()
    {
        lock (door) Monitor.PulseAll(door);
    }

    private void Work(int thread)
    {
        for (var done = 0; WaitForMoreThan(done); Interlocked.Decrement(ref busy))
        {
            done++;
            try
            {
                if (Volatile.Read(ref failure) == null) task(thread);
            }
            catch (Exception e)
            {
                failure = e;
            }
        }
    }

    /// <summary>Waits for the next task; false when the crew has ended.</summary>
    private bool WaitForMoreThan(int done)
    {
        var (since, spin) = (Stopwatch.GetTimestamp(), new SpinWait());
        while (!Volatile.Read(ref isOver) && Volatile.Read(ref number) == done)
        {
            // A new thread can be on the core of the one it waits for, and must let it go on.
            if (Stopwatch.GetElapsedTime(since).TotalMicroseconds < Patience)
                spin.SpinOnce(sleep1Threshold: -1);
            else
                Sleep(done);
        }
        return !Volatile.Read(ref isOver);
    }

    private void Sleep(int done)
    {
        lock (door)
        {
            Interlocked.Increment(ref asleep);
            if (!Volatile.Read(ref isOver) && Volatile.Read(ref number) == done) Monitor.Wait(door);
            Interlocked.Decrement(ref asleep);
        }
    }
}
