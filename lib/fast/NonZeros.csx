using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Threading.Tasks;

#nullable enable

// Four fifths of the pixels are 0: the lists of the others.

/// <summary>
/// The entries of each column of a matrix that are not 0, in order. A column is divided into bands of at most 256 rows,
/// so that an entry takes two bytes: its row in the band, and where its value stands in a table of values. The table is
/// that of the greys k/255; a band of a column with another value has a table of its own.
/// </summary>
internal sealed class NonZeros<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int BlockSize = 512;
    private static readonly T[] s_greys = [.. Enumerable.Range(0, 256).Select(k => T.CreateChecked(k) / T.CreateChecked(255))];

    /// <param name="X">A plain (not transposed) grid.</param>
    /// <param name="bandRows">How many rows a band has, at most 256.</param>
    public NonZeros(Grid<T> X, int bandRows)
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
        Largest = Math.Abs(double.CreateChecked(TensorPrimitives.MaxMagnitude<T>(Values)));
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
    public static double DensityOf(Grid<T> X)
    {
        var (step, found, looked) = (Math.Max(1, X.Columns / 1000), 0L, 0L);
        for (var j = 0; j < X.Columns; j += step) (found, looked) = (found + Count(X.Column(j)), looked + X.Rows);
        return looked == 0 ? 0 : (double)found / looked;
    }

    private delegate void Act(int i, ReadOnlySpan<T> band);

    /// <summary>Band i, counted through all columns, on all cores.</summary>
    private void ForEachBand(Grid<T> X, Act act) => Parallel.For(0, (X.Columns + BlockSize - 1) / BlockSize, block =>
    {
        for (var j = block * BlockSize; j < Math.Min(X.Columns, (block + 1) * BlockSize); j++)
            for (var band = 0; band < Bands; band++)
                act(j * Bands + band, X.Column(j)[(band * BandRows)..Math.Min(X.Rows, (band + 1) * BandRows)]);
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
    private int first, perColumn, perBand;       // segment i of a band is number first + i·perColumn + band·perBand
    private int[] starts = [], tables = [];
    private ushort[] entries = [];
    private int readAhead;
    private int[]? columns;                      // of each segment; null: segment i is of column i

    /// <summary>How many columns there are.</summary>
    public int Count { get; private set; }

    /// <summary>Into how many bands of rows each column is divided.</summary>
    public int Bands { get; } = all.Bands;

    /// <summary>How many rows a band has.</summary>
    public int BandRows => all.BandRows;

    /// <summary>Takes all columns.</summary>
    public NonZeroSlice<T> TakeAll()
    {
        (Count, first, perColumn, perBand) = (all.Tables.Length / Bands, 0, Bands, 1);
        (starts, tables, entries) = (all.Starts, all.Tables, all.Entries);
        return this;
    }

    /// <summary>Takes the columns with these indices.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public NonZeroSlice<T> Take(ReadOnlySpan<int> indices)
    {
        (Count, perColumn, perBand) = (indices.Length, Bands, 1);
        if (AreInOrder(indices))
        {
            (first, starts, tables, entries) = (indices[0] * Bands, all.Starts, all.Tables, all.Entries);
            return this;
        }
        (first, starts, tables, entries) = (0, ownStarts, ownTables, ownEntries);
        ReadAhead(indices);
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
        return this;
    }

    /// <summary>
    /// Looks once at each line of memory that is to be copied: nothing waits for what it finds there, so that many lines
    /// are on their way at once.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadAhead(ReadOnlySpan<int> indices)
    {
        const int Line = 64;   // bytes
        var sum = 0;
        foreach (var index in indices) sum += all.Starts[index * Bands] + all.Starts[(index + 1) * Bands] + all.Tables[index * Bands];
        foreach (var index in indices)
            for (int i = all.Starts[index * Bands], end = all.Starts[(index + 1) * Bands]; i < end; i += Line / sizeof(ushort)) sum += all.Entries[i];
        readAhead = sum;
    }

    /// <summary>
    /// The same lists, to be gone through many times: copied into the order in which they are read, and in each band those
    /// of the same length after each other. The processor guesses when a loop ends, and guesses right when it ends where the
    /// one before did.
    /// </summary>
    public NonZeroSlice<T> SortedByLength()
    {
        var sorted = new NonZeroSlice<T>(all, 0)
        {
            Count = Count, perColumn = 1, perBand = Count,
            starts = new int[Count * Bands + 1], tables = new int[Count * Bands], columns = new int[Count * Bands],
        };
        var (lengths, order) = (new int[Count], new int[Count]);
        var copy = new List<ushort>();
        for (var band = 0; band < Bands; band++)
        {
            for (var j = 0; j < Count; j++) (lengths[j], order[j]) = (Segment(j, band).Count, j);
            Array.Sort(lengths, order);
            for (var i = 0; i < Count; i++)
            {
                var (column, start, count, table) = Segment(order[i], band);
                var at = band * Count + i;
                (sorted.columns[at], sorted.starts[at], sorted.tables[at]) = (column, copy.Count, table);
                copy.AddRange(entries.AsSpan(start, count));
            }
        }
        sorted.starts[^1] = copy.Count;
        sorted.entries = [.. copy];
        return sorted;
    }

    /// <summary>Segment i of a band, of 0 … Count−1: of which column it is, where its entries begin, how many they are, and where their table begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (int Column, int Start, int Count, int Table) Segment(int i, int band)
    {
        var at = first + i * perColumn + band * perBand;
        return (columns is null ? i : columns[at], starts[at], starts[at + 1] - starts[at], tables[at]);
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
