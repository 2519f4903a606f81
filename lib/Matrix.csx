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
using System.Threading.Tasks;

#nullable enable

// Matrices, and how a notebook shows one. Letters and equation numbers are those of my_note.md.

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
