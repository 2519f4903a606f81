using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Numerics.Tensors;

#nullable enable

// Matrices. Letters and equation numbers are those of my_note.md.

/// <summary>
/// A matrix of <c>float</c> or <c>double</c> numbers. The numbers lie in memory column after column, so a column,
/// which in this course is one example, is one contiguous piece.
/// </summary>
/// <typeparam name="T"><c>float</c> for training, <c>double</c> for gradient checks.</typeparam>
[TypeFormatterSource(typeof(HtmlFormatters))]
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
        Product(A, B, C);
        return C;
    }

    /// <summary>What computes C ← A·B. Here it is three loops; Seam.csx can put something faster in their place.</summary>
    public static Action<Matrix<T>, Matrix<T>, Matrix<T>> Product { get; set; } = ThreeLoops;

    /// <summary>C ← A·B, entry by entry as the product is defined: (n×k)·(k×m) → n×m. The shapes are not checked.</summary>
    public static void ThreeLoops(Matrix<T> A, Matrix<T> B, Matrix<T> C)
    {
        for (var i = 0; i < A.Rows; i++)
            for (var j = 0; j < B.Columns; j++)
            {
                var sum = T.Zero;
                for (var k = 0; k < A.Columns; k++)
                    sum += A[i, k] * B[k, j];
                C[i, j] = sum;
            }
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

    /// <summary>The largest entry of each column, 1×Columns: −∞ where there are no rows, NaN where an entry is NaN.</summary>
    public Matrix<T> ColumnMaxima()
    {
        var source = ToPlain();
        var maxima = Matrix.Fill(1, Columns, T.NegativeInfinity);
        for (var j = 0; j < Columns && Rows > 0; j++)
            maxima[0, j] = TensorPrimitives.Max<T>(source.ColumnSpan(j));
        return maxima;
    }

    /// <summary>From each column its number in a row (1×Columns) is subtracted.</summary>
    /// <exception cref="ShapeException">The row has not as many entries as there are columns.</exception>
    public Matrix<T> MinusRow(Matrix<T> row)
    {
        var result = CopyForRow("Difference", row);
        for (var j = 0; j < Columns; j++)
            TensorPrimitives.Subtract(result.ColumnSpan(j), row[0, j], result.ColumnSpan(j));
        return result;
    }

    /// <summary>Each column is divided by its number in a row (1×Columns).</summary>
    /// <exception cref="ShapeException">The row has not as many entries as there are columns.</exception>
    public Matrix<T> OverRow(Matrix<T> row)
    {
        var result = CopyForRow("Quotient", row);
        for (var j = 0; j < Columns; j++)
            TensorPrimitives.Divide(result.ColumnSpan(j), row[0, j], result.ColumnSpan(j));
        return result;
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
        RequireShapeOf(B, "Update of a {0} matrix by a {1} one");
        if (IsTransposed)
            Transposed.AddScaled(scale, B.Transposed);
        else
            TensorPrimitives.MultiplyAdd(B.ToPlain().Span, scale, Span, Span);
    }

    /// <summary>Takes over the numbers of a matrix of the same shape.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public void CopyFrom(Matrix<T> B)
    {
        RequireShapeOf(B, "Copying into a {0} matrix a {1} one");
        if (IsTransposed)
            Transposed.CopyFrom(B.Transposed);
        else
            B.ToPlain().Span.CopyTo(Span);
    }

    /// <summary>Throws unless B has the same shape. An operator would accept a single column B, and take it for every column.</summary>
    /// <param name="B">The other matrix.</param>
    /// <param name="what">What was to be done, with {0} for this shape and {1} for that of B.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    internal void RequireShapeOf(Matrix<T> B, string what)
    {
        if (Rows != B.Rows || Columns != B.Columns)
            throw new ShapeException(string.Format(CultureInfo.InvariantCulture, what, Shape, B.Shape) + ": the shapes must be equal.");
    }

    /// <summary>The shape and the first rows and columns, as text.</summary>
    public override string ToString() => MatrixText.Plain(this);
    /// <summary>The shape and the first rows and columns, as an HTML table.</summary>
    public string ToHtml() => MatrixText.Html(this);

    internal bool IsTransposed { get; }

    /// <summary>The numbers as they lie in memory: for a transposed view this is the order of the original.</summary>
    internal Memory<T> Memory => data.AsMemory(offset, Rows * Columns);

    /// <inheritdoc cref="Memory"/>
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

    private Matrix<T> CopyForRow(string operation, Matrix<T> row) => row.Rows == 1 && row.Columns == Columns ? Copy()
        : throw new ShapeException($"{operation} of {Shape} and {row.Shape}: the right one must be a row, 1×{Columns}.");
}

/// <summary>Ways to make a matrix, and functions of every entry.</summary>
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

    /// <summary>The labels as columns of zeros with a single one, 10×m, equation (1.5).</summary>
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
            Y[labels[j], j] = T.One;   // (1.5)
        }
        return Y;
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

    /// <summary>eᵃ for every entry a.</summary>
    public static Matrix<T> Exp<T>(Matrix<T> A) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Changed(A, entries => TensorPrimitives.Exp<T>(entries, entries));

    /// <summary>tanh a for every entry a.</summary>
    public static Matrix<T> Tanh<T>(Matrix<T> A) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Changed(A, entries => TensorPrimitives.Tanh<T>(entries, entries));

    /// <summary>The larger of a and a number, for every entry a. NaN stays NaN.</summary>
    public static Matrix<T> Max<T>(Matrix<T> A, T value) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Changed(A, entries => TensorPrimitives.Max(entries, value, entries));

    private static Matrix<T> Changed<T>(Matrix<T> A, Action<Span<T>> change) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var result = A.Copy();
        change(result.Span);
        return result;
    }
}

/// <summary>A matrix, or two, whose shape does not fit what is asked; the message says which shapes and why.</summary>
public sealed class ShapeException(string message) : ArgumentException(message);

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
