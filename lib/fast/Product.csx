using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

#nullable enable

// The matrix product: what three loops compute, in an order that suits the machine. bench/how-fast-is-it.ipynb explains it.

/// <summary>
/// C ← A·B, with the same bits on any number of threads: each entry of C is summed by one thread, in an order that
/// depends on the shapes only.
/// </summary>
public static class FastProduct
{
    /// <summary>C becomes A·B. A is n×k, B is k×m, C is n×m, each column after column.</summary>
    /// <param name="n">Rows of A and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="m">Columns of B and C.</param>
    /// <param name="A">n·k numbers.</param>
    /// <param name="isATransposed">A lies row after row, that is, as the columns of Aᵀ.</param>
    /// <param name="B">k·m numbers.</param>
    /// <param name="isBTransposed">The same of B.</param>
    /// <param name="C">n·m numbers, to be overwritten.</param>
    public static void Compute<T>(int n, int k, int m, ReadOnlyMemory<T> A, bool isATransposed, ReadOnlyMemory<T> B, bool isBTransposed, Memory<T> C)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (n == 0 || k == 0 || m == 0)
        {
            C.Span.Clear();
            return;
        }
        Grid<T> a = new(MemoryMarshal.AsMemory(A), n, k, isATransposed), b = new(MemoryMarshal.AsMemory(B), k, m, isBTransposed), c = new(C, n, m, false);
        if (Cores.IsOptimised) TiledProduct<T>.Compute(a, b, c);
        else VectorProduct.Compute(a, b, c);
    }

    /// <summary>The same for matrices with numbers, by the calling thread alone.</summary>
    internal static void ComputeAlone<T>(Grid<T> A, Grid<T> B, Grid<T> C) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Cores.IsOptimised) TiledProduct<T>.Compute(A, B, C, isShared: false);
        else VectorProduct.Compute(A, B, C);
    }
}

/// <summary>Rows×Columns numbers, column after column, or, of a transposed grid, row after row.</summary>
internal readonly record struct Grid<T>(Memory<T> Numbers, int Rows, int Columns, bool IsTransposed)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static Grid<T> Zeros(int rows, int columns) => new(new T[rows * columns], rows, columns, false);

    public Grid<T> Transposed => new(Numbers, Columns, Rows, !IsTransposed);

    public Span<T> Span => Numbers.Span;

    public T this[int row, int column] => Numbers.Span[IsTransposed ? row * Columns + column : column * Rows + row];

    /// <summary>A column of a plain grid.</summary>
    public Span<T> Column(int column) => Numbers.Span.Slice(column * Rows, Rows);

    /// <summary>This grid, or a copy of it when it is transposed.</summary>
    public Grid<T> ToPlain()
    {
        if (!IsTransposed) return this;
        var copy = Zeros(Rows, Columns);
        var from = Numbers.Span;
        var to = copy.Span;
        for (var j = 0; j < Columns; j++)
            for (var i = 0; i < Rows; i++) to[j * Rows + i] = from[i * Columns + j];
        return copy;
    }
}

/// <summary>
/// The product in tiles that stay in registers: a tile of C has two vectors of rows and six columns, twelve vectors in
/// all. For each k it takes two vectors of A and six numbers of B, and does twelve multiply-adds. A is first copied
/// ("packed") into a panel in the order in which it is read. B is read where it is, as a tile needs few numbers of it for
/// each of its additions; but of a large B a block is copied first, when its columns lie so far apart that they are in each
/// other's way in the caches. The scheme is that of Goto and van de Geijn, Anatomy of High-Performance Matrix
/// Multiplication (2008). AggressiveOptimization spares the loops the slow first tier of the JIT compiler, so the first
/// product is as fast as the thousandth.
/// </summary>
internal static class TiledProduct<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The columns of a tile.</summary>
    internal const int TileColumns = 6;

    public static void Compute(Grid<T> A, Grid<T> B, Grid<T> C, bool isShared = true)
    {
        // Cᵀ = Bᵀ·Aᵀ is the same product. It wastes less of the last tiles when A has few rows, as dW = dZ·Xᵀ with ten
        // hidden units; it is taken when Bᵀ lies in memory as a plain matrix, so that packing it is plain copying.
        if (B.IsTransposed && Padded(B.Columns, A.Rows, Vector<T>.Count) < Padded(A.Rows, B.Columns, Vector<T>.Count))
            (A, B, C) = (B.Transposed, A.Transposed, C.Transposed);

        if (HasLongRegisters(A.Rows))
            TiledProduct<T, Vector512<T>, Register512<T>>.Compute(A, B, C, isShared);
        else
            TiledProduct<T, Vector<T>, Register<T>>.Compute(A, B, C, isShared);
    }

    /// <summary>A plain grid of finite numbers as <see cref="ComputeWithoutZeros"/> reads it, in memory that is the thread's until it packs the next.</summary>
    public static AlignedArray<T> Packed(Grid<T> A) => HasLongRegisters(A.Rows)
        ? TiledProduct<T, Vector512<T>, Register512<T>>.Packed(A)
        : TiledProduct<T, Vector<T>, Register<T>>.Packed(A);

    /// <summary>C ← A·B without the places of B that are 0, by the calling thread; false, and nothing is done, where few of them are.</summary>
    /// <param name="A">What is packed.</param>
    /// <param name="packed">See <see cref="Packed"/>.</param>
    /// <param name="B">A plain grid.</param>
    /// <param name="C">A plain grid.</param>
    public static bool ComputeWithoutZeros(Grid<T> A, AlignedArray<T> packed, Grid<T> B, Grid<T> C) => HasLongRegisters(A.Rows)
        ? TiledProduct<T, Vector512<T>, Register512<T>>.ComputeWithoutZeros(A, packed, B, C)
        : TiledProduct<T, Vector<T>, Register<T>>.ComputeWithoutZeros(A, packed, B, C);

    /// <summary>Registers of twice the length are worth it when their tiles do not waste half of it.</summary>
    private static bool HasLongRegisters(int rows) => Vector512.IsHardwareAccelerated && Padded(rows, 1, Vector512<T>.Count) < 2 * Padded(rows, 1, Vector<T>.Count);

    /// <summary>How many multiplications the tiles do for each k when rows and columns are filled up to whole tiles.</summary>
    private static long Padded(int rows, int columns, int registerLength) =>
        (rows + 2L * registerLength - 1) / (2 * registerLength) * 2 * registerLength * ((columns + TileColumns - 1) / TileColumns * TileColumns);
}

/// <summary>The same with registers V, see <see cref="IRegister{T, V}"/>.</summary>
internal static class TiledProduct<T, V, R> where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where R : IRegister<T, V>
{
    private const int TileColumns = TiledProduct<T>.TileColumns;
    private const int PanelBytes = 32 * 1024;            // a panel of A fits the first-level cache
    private const int ChunkColumns = 88 * TileColumns;   // a block of B of this width and a panel's depth fits the second-level cache

    private const int FarApart = 4096;                   // columns of B so many bytes apart meet in a few lines of the caches
    private const int TasksEach = 4;                     // for each thread, as one of them may be disturbed
    private const int FewestToCopy = 4;                  // panels of A, so that it pays to copy a block of B
    private const double DensestWorth = 0.5;             // with more places that are not 0 it is faster to take all of them

    [ThreadStatic] private static AlignedArray<T>? s_panel, s_packed, s_copy;
    [ThreadStatic] private static byte[]? s_marks;       // of the places of two columns: with millions of inputs a stack would not hold them
    [ThreadStatic] private static ushort[]? s_places;    // that are not 0
    [ThreadStatic] private static int[]? s_ends;         // of the list of each column in each band of depth places

    public static void Compute(Grid<T> A, Grid<T> B, Grid<T> C, bool isShared)
    {
        if (B.Columns == 1 && !A.IsTransposed && A.Rows >= R.Length)
        {
            C.Span.Clear();
            ColumnProduct<T, V, R>.Add(ref A.Span[0], A.Rows, A.Columns, Depth(A.Columns), ref B.Span[0], ref C.Span[0]);
        }
        else if (isShared) Share(A, B, C);
        else ComputeBlock(A, B, C, (0, A.Rows), (0, B.Columns));
    }

    /// <inheritdoc cref="TiledProduct{T}.Packed"/>
    public static AlignedArray<T> Packed(Grid<T> A)
    {
        var (depth, rows) = (Depth(A.Columns), 4 * R.Length);
        var height = Pieces(A.Rows, rows) * rows;
        var packed = s_packed is { } last && last.Length >= height * A.Columns ? last : s_packed = new(height * A.Columns);
        for (var k = 0; k < A.Columns; k += depth)
            for (int i = 0, count = Math.Min(depth, A.Columns - k); i < A.Rows; i += rows)
                Pack(A, i, Math.Min(rows, A.Rows - i), k, count, packed.Span(k * height + i * count, rows * count), rows);
        return packed;
    }

    /// <inheritdoc cref="TiledProduct{T}.ComputeWithoutZeros"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool ComputeWithoutZeros(Grid<T> A, AlignedArray<T> packed, Grid<T> B, Grid<T> C)
    {
        var (k, m, depth, rows) = (A.Columns, B.Columns, Depth(A.Columns), 4 * R.Length);
        var (bands, pairs) = (Pieces(k, depth), (m + 1) / 2);   // the last column may stand twice
        if (s_places is null || s_places.Length < k * pairs + Places.Spare) s_places = new ushort[k * pairs + Places.Spare];
        if (s_ends is null || s_ends.Length < bands * pairs) s_ends = new int[bands * pairs];
        var (places, ends, end) = (s_places, s_ends, 0);
        // Column after column from its begin to its end, as memory is read fastest.
        var bytes = Pieces(depth, 8);
        if (s_marks is null || s_marks.Length < 2 * bands * bytes) s_marks = new byte[2 * bands * bytes];
        Span<byte> ofFirst = s_marks.AsSpan(0, bands * bytes), ofSecond = s_marks.AsSpan(bands * bytes, bands * bytes);
        Span<T> b = B.Span, c = C.Span;
        for (var pair = 0; pair < pairs; pair++)
        {
            Mark(b.Slice(2 * pair * k, k), depth, ofFirst);
            Mark(b.Slice(Math.Min(2 * pair + 1, m - 1) * k, k), depth, ofSecond);
            for (var band = 0; band < bands; band++)
            {
                var part = (band * bytes)..(band * bytes + Pieces(Math.Min(depth, k - band * depth), 8));
                end += Places.List(ofFirst[part], ofSecond[part], places.AsSpan(end));
                ends[pair * bands + band] = end;
            }
        }
        if (end > DensestWorth * k * pairs) return false;
        c.Clear();
        Span<T> sums = stackalloc T[2 * rows];
        var height = Pieces(A.Rows, rows) * rows;
        for (var band = 0; band < bands; band++)
            for (var i = 0; i < A.Rows; i += rows)
            {
                var iCount = Math.Min(rows, A.Rows - i);
                ref var panel = ref packed[band * depth * height + i * Math.Min(depth, k - band * depth)];
                for (var pair = 0; pair < pairs; pair++)
                {
                    var at = pair * bands + band;
                    var list = places.AsSpan((at == 0 ? 0 : ends[at - 1])..ends[at]);
                    var (j, next) = (2 * pair, Math.Min(2 * pair + 1, m - 1));
                    ref T z = ref c[j * A.Rows + i], y = ref c[next * A.Rows + i];
                    var isWhole = iCount == rows && next > j;
                    if (!isWhole) sums.Clear();
                    ColumnProduct<T, V, R>.AddListed(ref panel, list, ref b[j * k + band * depth], ref b[next * k + band * depth],
                        ref isWhole ? ref z : ref sums[0], ref isWhole ? ref y : ref sums[rows]);
                    for (var row = 0; !isWhole && row < iCount; row++)
                    {
                        Unsafe.Add(ref z, row) += sums[row];
                        if (next > j) Unsafe.Add(ref y, row) += sums[rows + row];
                    }
                }
            }
        return true;
    }

    /// <summary>Marks where a column is not 0, in each band of depth places anew.</summary>
    private static void Mark(ReadOnlySpan<T> column, int depth, Span<byte> marks)
    {
        for (; column.Length > depth; column = column[depth..], marks = marks[Pieces(depth, 8)..]) Places.Mark(column[..depth], marks);
        Places.Mark(column, marks);
    }

    private static void Share(Grid<T> A, Grid<T> B, Grid<T> C)
    {
        var tileRows = 2 * R.Length;
        var panels = Pieces(A.Rows, tileRows);
        // Some tasks for each thread. Each packs its rows of A anew, and where B is copied, each copies its columns: so
        // the columns are divided, too, before all tasks copy the same.
        var chunks = Pieces(B.Columns, ChunkColumns);
        if (IsCopied(A, B)) chunks = Math.Max(chunks, Math.Min(TasksEach, Pieces(B.Columns, ChunkColumns / 2)));
        var columnsInChunk = Pieces(Pieces(B.Columns, chunks), TileColumns) * TileColumns;
        var groups = Math.Min(panels, Math.Max(Cores.Threads, Pieces(TasksEach * Cores.Threads, chunks)));
        var panelsInGroup = Pieces(panels, groups);
        Cores.Share(groups * chunks, (long)A.Rows * A.Columns * B.Columns, task =>
        {
            var (group, chunk) = (task % groups, task / groups);
            var rows = (From: group * panelsInGroup * tileRows, To: Math.Min(A.Rows, (group + 1) * panelsInGroup * tileRows));
            var columns = (From: Math.Min(B.Columns, chunk * columnsInChunk), To: Math.Min(B.Columns, (chunk + 1) * columnsInChunk));
            ComputeBlock(A, B, C, rows, columns);
        });
    }

    /// <summary>Whether the columns of B are in each other's way, and a copy is read often enough.</summary>
    private static bool IsCopied(Grid<T> A, Grid<T> B) =>
        !B.IsTransposed && Depth(A.Columns) < B.Rows && B.Rows >= FarApart / Unsafe.SizeOf<T>() && A.Rows >= FewestToCopy * 2 * R.Length;

    /// <summary>How many of k products are summed in registers before they are added to C.</summary>
    private static int Depth(int k) => Pieces(k, Pieces(k, PanelBytes / (2 * R.Length * Unsafe.SizeOf<T>())));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ComputeBlock(Grid<T> A, Grid<T> B, Grid<T> C, (int From, int To) rows, (int From, int To) columns)
    {
        if (rows.From >= rows.To || columns.From >= columns.To) return;
        var tileRows = 2 * R.Length;
        var depth = Depth(A.Columns);
        // Entry (k, j) of B is at k·step + j·next.
        var (step, next) = B.IsTransposed ? ((nint)B.Columns, (nint)1) : ((nint)1, (nint)B.Rows);
        Span<T> tile = stackalloc T[tileRows * TileColumns], zeros = stackalloc T[tileRows];
        zeros.Clear();
        var panel = (s_panel ??= new(PanelBytes / Unsafe.SizeOf<T>())).Span();
        Span<T> a = A.Span, b = B.Span, c = C.Span;
        var isCopied = IsCopied(A, B) && rows.To - rows.From >= FewestToCopy * tileRows && columns.To - columns.From <= ChunkColumns;
        var copy = isCopied ? (s_copy ??= new(ChunkColumns * PanelBytes / (tileRows * Unsafe.SizeOf<T>()))).Span() : default;
        for (var k = 0; k < A.Columns; k += depth)
        {
            var kCount = Math.Min(depth, A.Columns - k);
            var isFirst = k == 0;
            if (isCopied)
            {
                for (var j = columns.From; j < columns.To; j++) B.Column(j).Slice(k, kCount).CopyTo(copy[((j - columns.From) * kCount)..]);
                next = kCount;
            }
            ref var firstColumn = ref isCopied ? ref copy[0] : ref b[(int)(k * step + columns.From * next)];
            for (var i = rows.From; i < rows.To; i += tileRows)
            {
                var iCount = Math.Min(tileRows, A.Rows - i);
                // A panel of whole rows that lie together is packed by its first tile.
                var isPacked = iCount < tileRows || A.IsTransposed;
                if (isPacked) Pack(A, i, iCount, k, kCount, panel, tileRows);
                for (var j = columns.From; j < columns.To; j += TileColumns)
                {
                    var jCount = Math.Min(TileColumns, columns.To - j);
                    // Where fewer than six columns are left, the last one is computed again and not stored.
                    nint Column(int c) => Math.Min(c, jCount - 1) * next;
                    ref var bj = ref Unsafe.Add(ref firstColumn, (j - columns.From) * next);
                    var isWhole = iCount == tileRows && jCount == TileColumns && !C.IsTransposed;
                    ref var target = ref isWhole ? ref c[j * C.Rows + i] : ref tile[0];
                    var height = isWhole ? C.Rows : tileRows;
                    // The first sums are added to zeros instead of C, which need not be there then, nor be read.
                    var isAdded = isWhole && !isFirst;
                    ref var before = ref isAdded ? ref target : ref zeros[0];
                    var beforeHeight = isAdded ? height : 0;
                    if (isPacked)
                        ComputeTile<No>(ref panel[0], tileRows, ref panel[0], ref bj, step, Column(1), Column(2), Column(3), Column(4), Column(5), kCount, ref before, beforeHeight, ref target, height);
                    else
                        ComputeTile<Yes>(ref a[k * A.Rows + i], A.Rows, ref panel[0], ref bj, step, Column(1), Column(2), Column(3), Column(4), Column(5), kCount, ref before, beforeHeight, ref target, height);
                    isPacked = true;
                    if (!isWhole) AddPart(tile, tileRows, C, i, iCount, j, jCount, isFirst);
                }
            }
        }
    }

    /// <summary>Copies rows i … of A, k after k, each time as many as a tile has; what is missing becomes zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pack(Grid<T> A, int i, int iCount, int k, int kCount, Span<T> panel, int tileRows)
    {
        if (iCount < tileRows) panel[..(kCount * tileRows)].Clear();
        ReadOnlySpan<T> source = A.Span;
        if (A.IsTransposed)
            for (var r = 0; r < iCount; r++)
            {
                var row = source.Slice((i + r) * A.Columns + k, kCount);
                for (var c = 0; c < row.Length; c++) panel[c * tileRows + r] = row[c];
            }
        else if (iCount == tileRows)
            for (var c = 0; c < kCount; c++)
            {
                ref var from = ref Unsafe.AsRef(in source[(k + c) * A.Rows + i]);
                ref var to = ref panel[c * tileRows];
                for (var r = 0; r < tileRows; r += R.Length) R.Store(R.Load(ref from, r), ref to, r);
            }
        else
            for (var c = 0; c < kCount; c++)
                source.Slice((k + c) * A.Rows + i, iCount).CopyTo(panel[(c * tileRows)..]);
    }

    /// <summary>
    /// One tile: c ← before + the sum over kCount steps. b1 … b5 say how far the other five columns of B are from the
    /// first, height how far a column of c is from the one before, and beforeHeight the same of before. When it packs,
    /// the rows of A are read where they are, aStep from one k to the next, and written to the panel on the way, which
    /// takes less time than by itself; else the panel has them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ComputeTile<Packs>(ref T a, nint aStep, ref T panel, ref T b, nint step, nint b1, nint b2, nint b3, nint b4, nint b5, int kCount, ref T before, nint beforeHeight, ref T c, nint height)
        where Packs : struct, IAnswer
    {
        var n = R.Length;
        V u0 = default, u1 = default, u2 = default, u3 = default, u4 = default, u5 = default;   // upper rows
        V l0 = default, l1 = default, l2 = default, l3 = default, l4 = default, l5 = default;   // lower rows
        ref var x1 = ref Unsafe.Add(ref b, b1);
        ref var x2 = ref Unsafe.Add(ref b, b2);
        ref var x3 = ref Unsafe.Add(ref b, b3);
        ref var x4 = ref Unsafe.Add(ref b, b4);
        ref var x5 = ref Unsafe.Add(ref b, b5);
        nint atA = 0, atB = 0, end = (nint)kCount * 2 * n;
        for (nint at = 0; at < end; at += 2 * n)
        {
            ref var rows = ref Packs.IsYes ? ref Unsafe.Add(ref a, atA) : ref Unsafe.Add(ref panel, at);
            var (upper, lower) = (R.Load(ref rows, 0), R.Load(ref rows, n));
            if (Packs.IsYes)
            {
                R.Store(upper, ref Unsafe.Add(ref panel, at), 0);
                R.Store(lower, ref Unsafe.Add(ref panel, at), n);
                atA += aStep;
            }
            var x = R.Fill(Unsafe.Add(ref b, atB));
            u0 = R.MultiplyAdd(upper, x, u0);
            l0 = R.MultiplyAdd(lower, x, l0);
            x = R.Fill(Unsafe.Add(ref x1, atB));
            u1 = R.MultiplyAdd(upper, x, u1);
            l1 = R.MultiplyAdd(lower, x, l1);
            x = R.Fill(Unsafe.Add(ref x2, atB));
            u2 = R.MultiplyAdd(upper, x, u2);
            l2 = R.MultiplyAdd(lower, x, l2);
            x = R.Fill(Unsafe.Add(ref x3, atB));
            u3 = R.MultiplyAdd(upper, x, u3);
            l3 = R.MultiplyAdd(lower, x, l3);
            x = R.Fill(Unsafe.Add(ref x4, atB));
            u4 = R.MultiplyAdd(upper, x, u4);
            l4 = R.MultiplyAdd(lower, x, l4);
            x = R.Fill(Unsafe.Add(ref x5, atB));
            u5 = R.MultiplyAdd(upper, x, u5);
            l5 = R.MultiplyAdd(lower, x, l5);
            atB += step;
        }
        AddColumn(u0, l0, ref before, ref c);
        AddColumn(u1, l1, ref Unsafe.Add(ref before, beforeHeight), ref Unsafe.Add(ref c, height));
        AddColumn(u2, l2, ref Unsafe.Add(ref before, 2 * beforeHeight), ref Unsafe.Add(ref c, 2 * height));
        AddColumn(u3, l3, ref Unsafe.Add(ref before, 3 * beforeHeight), ref Unsafe.Add(ref c, 3 * height));
        AddColumn(u4, l4, ref Unsafe.Add(ref before, 4 * beforeHeight), ref Unsafe.Add(ref c, 4 * height));
        AddColumn(u5, l5, ref Unsafe.Add(ref before, 5 * beforeHeight), ref Unsafe.Add(ref c, 5 * height));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddColumn(V upper, V lower, ref T before, ref T c)
    {
        R.Store(R.Add(R.Load(ref before, 0), upper), ref c, 0);
        R.Store(R.Add(R.Load(ref before, R.Length), lower), ref c, R.Length);
    }

    /// <summary>Adds what of a tile is in C to C at (i, j); the first sums are stored there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddPart(Span<T> tile, int tileRows, Grid<T> C, int i, int iCount, int j, int jCount, bool isFirst)
    {
        var target = C.Span;
        for (var c = 0; c < jCount; c++)
        {
            var column = tile.Slice(c * tileRows, iCount);
            if (C.IsTransposed)
                for (var r = 0; r < iCount; r++)
                {
                    ref var entry = ref target[(i + r) * C.Columns + j + c];
                    entry = isFirst ? column[r] : entry + column[r];
                }
            else
            {
                var part = target.Slice((j + c) * C.Rows + i, iCount);
                if (isFirst) column.CopyTo(part);
                else TensorPrimitives.Add<T>(part, column, part);
            }
        }
    }

    private static int Pieces(int whole, int size) => (whole + size - 1) / size;
}

/// <summary>A condition that is known when a method is compiled for it.</summary>
internal interface IAnswer
{
    static abstract bool IsYes { get; }
}

internal readonly struct Yes : IAnswer
{
    public static bool IsYes => true;
}

internal readonly struct No : IAnswer
{
    public static bool IsYes => false;
}

/// <summary>The product out of precompiled vector routines, for clients that compile scripts without the optimiser.</summary>
internal static class VectorProduct
{
    public static void Compute<T>(Grid<T> A, Grid<T> B, Grid<T> C) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        C.Span.Clear();
        // Three ways, by which pieces are contiguous and long.
        if (B.IsTransposed)
        {
            var Ct = Grid<T>.Zeros(C.Columns, C.Rows);
            ColumnsFromColumns(B.Transposed, A.Transposed, Ct);
            TensorPrimitives.Add<T>(C.Span, Ct.Transposed.ToPlain().Span, C.Span);
        }
        else if (A.IsTransposed ? A.Columns >= A.Rows : A.Columns > 4 * A.Rows)
            EntriesFromDotProducts(A, B, C);
        else
            ColumnsFromColumns(A.ToPlain(), B, C);
    }

    /// <summary>To column j of C comes the sum over k of B[k,j] times column k of A, which is plain.</summary>
    private static void ColumnsFromColumns<T>(Grid<T> A, Grid<T> B, Grid<T> C) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Cores.Share(C.Columns, (long)A.Rows * A.Columns * B.Columns, j =>
        {
            var a = A.Span;
            var column = C.Column(j);
            for (var k = 0; k < A.Columns; k++)
                TensorPrimitives.MultiplyAdd(a.Slice(k * A.Rows, A.Rows), B[k, j], column, column);
        });

    /// <summary>To entry (i, j) of C comes row i of A times column j of B; both are contiguous after the rows of A are copied.</summary>
    private static void EntriesFromDotProducts<T>(Grid<T> A, Grid<T> B, Grid<T> C) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var rows = A.Transposed.ToPlain();
        Cores.Share(C.Columns, (long)A.Rows * A.Columns * B.Columns, j =>
        {
            var column = C.Column(j);
            for (var i = 0; i < column.Length; i++)
                column[i] += TensorPrimitives.Dot<T>(rows.Column(i), B.Column(j));
        });
    }
}
