using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

#nullable enable

// Products by few columns: with a right side of one column, for which no number of the left side is read twice; and with
// one that is mostly 0, two columns at a time, where of the left side, once packed, only the rows are multiplied at which
// one of the two is not 0.

/// <summary>
/// z ← z + A·x, with registers V. The sums are those of <see cref="TiledProduct{T, V, R}"/>, to the last bit: a part of
/// the products is summed in registers, one after the other, and then added to z. To leave out a 0 of x changes no bit,
/// as long as A is finite.
/// </summary>
internal static class ColumnProduct<T, V, R> where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where R : IRegister<T, V>
{
    /// <summary>All rows of a plain A, of which a register must not be longer than a column.</summary>
    /// <param name="a">The first number of A.</param>
    /// <param name="n">Rows of A.</param>
    /// <param name="k">Columns of A.</param>
    /// <param name="depth">How many products are summed by themselves.</param>
    /// <param name="x">k numbers.</param>
    /// <param name="z">n sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(ref T a, int n, int k, int depth, ref T x, ref T z)
    {
        var r = R.Length;
        Span<T> last = stackalloc T[r];
        for (var from = 0; from < k; from += depth)
        {
            var (count, i) = (Math.Min(depth, k - from), 0);
            ref var first = ref Unsafe.Add(ref a, (nint)from * n);
            ref var part = ref Unsafe.Add(ref x, from);
            for (; i <= n - 8 * r; i += 8 * r) AddEight(ref Unsafe.Add(ref first, i), n, count, ref part, ref Unsafe.Add(ref z, i));
            for (; i <= n - r; i += r) R.Store(R.Add(R.Load(ref z, i), SumOne(ref Unsafe.Add(ref first, i), n, count, ref part)), ref z, i);
            if (i == n) continue;
            // The last register begins before the rows that are left, and what it has of others is not taken.
            R.Store(SumOne(ref Unsafe.Add(ref first, n - r), n, count, ref part), ref last[0], 0);
            for (; i < n; i++) Unsafe.Add(ref z, i) += last[i - (n - r)];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddEight(ref T a, nint n, int count, ref T x, ref T z)
    {
        var r = R.Length;
        V s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (nint q = 0; q < count; q++)
        {
            var xq = R.Fill(Unsafe.Add(ref x, q));
            s0 = R.MultiplyAdd(R.Load(ref a, 0), xq, s0);
            s1 = R.MultiplyAdd(R.Load(ref a, r), xq, s1);
            s2 = R.MultiplyAdd(R.Load(ref a, 2 * r), xq, s2);
            s3 = R.MultiplyAdd(R.Load(ref a, 3 * r), xq, s3);
            s4 = R.MultiplyAdd(R.Load(ref a, 4 * r), xq, s4);
            s5 = R.MultiplyAdd(R.Load(ref a, 5 * r), xq, s5);
            s6 = R.MultiplyAdd(R.Load(ref a, 6 * r), xq, s6);
            s7 = R.MultiplyAdd(R.Load(ref a, 7 * r), xq, s7);
            if (q < count - 1) a = ref Unsafe.Add(ref a, n);
        }
        Add(s0, ref z, 0);
        Add(s1, ref z, r);
        Add(s2, ref z, 2 * r);
        Add(s3, ref z, 3 * r);
        Add(s4, ref z, 4 * r);
        Add(s5, ref z, 5 * r);
        Add(s6, ref z, 6 * r);
        Add(s7, ref z, 7 * r);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static V SumOne(ref T a, nint n, int count, ref T x)
    {
        V sum = default;
        for (nint q = 0; q < count; q++) sum = R.MultiplyAdd(R.Load(ref Unsafe.Add(ref a, q * n), 0), R.Fill(Unsafe.Add(ref x, q)), sum);
        return sum;
    }

    /// <summary>
    /// Four registers of rows of A, which lie together place after place, and two columns: alone, each sum would wait for
    /// the addition before it.
    /// </summary>
    /// <param name="panel">The rows at place 0.</param>
    /// <param name="places">Where one of the columns is not 0.</param>
    /// <param name="x">What the first column has at place 0.</param>
    /// <param name="y">The same of the second.</param>
    /// <param name="z">What the sums of the first column are added to, four registers.</param>
    /// <param name="otherZ">The same of the second.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddListed(ref T panel, ReadOnlySpan<ushort> places, ref T x, ref T y, ref T z, ref T otherZ)
    {
        var r = R.Length;
        V s0 = default, s1 = default, s2 = default, s3 = default, t0 = default, t1 = default, t2 = default, t3 = default;
        ref var place = ref MemoryMarshal.GetReference(places);
        for (nint i = 0; i < places.Length; i++)
        {
            nint q = Unsafe.Add(ref place, i);
            ref var rows = ref Unsafe.Add(ref panel, q * (4 * r));
            V xq = R.Fill(Unsafe.Add(ref x, q)), yq = R.Fill(Unsafe.Add(ref y, q)), a = R.Load(ref rows, 0);
            s0 = R.MultiplyAdd(a, xq, s0);
            t0 = R.MultiplyAdd(a, yq, t0);
            a = R.Load(ref rows, r);
            s1 = R.MultiplyAdd(a, xq, s1);
            t1 = R.MultiplyAdd(a, yq, t1);
            a = R.Load(ref rows, 2 * r);
            s2 = R.MultiplyAdd(a, xq, s2);
            t2 = R.MultiplyAdd(a, yq, t2);
            a = R.Load(ref rows, 3 * r);
            s3 = R.MultiplyAdd(a, xq, s3);
            t3 = R.MultiplyAdd(a, yq, t3);
        }
        Add(s0, ref z, 0);
        Add(s1, ref z, r);
        Add(s2, ref z, 2 * r);
        Add(s3, ref z, 3 * r);
        Add(t0, ref otherZ, 0);
        Add(t1, ref otherZ, r);
        Add(t2, ref otherZ, 2 * r);
        Add(t3, ref otherZ, 3 * r);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(V sum, ref T z, int at) => R.Store(R.Add(R.Load(ref z, at), sum), ref z, at);
}

/// <summary>Lists of the places of a column that are not 0.</summary>
internal static class Places
{
    /// <summary>How many numbers behind its end a list may overwrite.</summary>
    public const int Spare = 8;

    // For each pattern of eight bits the places of its ones, a byte each.
    private static readonly ulong[] s_ofBits = OfBits();

    private static ulong[] OfBits()
    {
        var lists = new ulong[256];
        for (var bits = 0; bits < 256; bits++)
            for (int place = 0, n = 0; place < 8; place++)
                if ((bits >> place & 1) > 0) lists[bits] |= (ulong)place << 8 * n++;
        return lists;
    }

    /// <summary>Marks the places at which a column is not 0: bit i of the marks is that of place i, and those behind the last are 0.</summary>
    /// <param name="x">The column.</param>
    /// <param name="marks">A byte for each eight places.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mark<T>(ReadOnlySpan<T> x, Span<byte> marks) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref var first = ref MemoryMarshal.GetReference(x);
        ref var mark = ref MemoryMarshal.GetReference(marks[..((x.Length + 7) / 8)]);
        nint i = 0;
        for (; i <= x.Length - 8; i += 8, mark = ref Unsafe.Add(ref mark, 1))
            mark = (byte)~(typeof(T) == typeof(float)
                ? Vector256.Equals(Vector256.LoadUnsafe(ref first, (nuint)i), Vector256<T>.Zero).ExtractMostSignificantBits()
                : (uint)Vector512.Equals(Vector512.LoadUnsafe(ref first, (nuint)i), Vector512<T>.Zero).ExtractMostSignificantBits());
        if (i == x.Length) return;
        mark = 0;
        for (; i < x.Length; i++) mark |= (byte)(x[(int)i] != T.Zero ? 1 << (int)(i % 8) : 0);
    }

    /// <summary>Lists the places, of 65,536 at most, that at least one of two columns has marked, ascending.</summary>
    /// <param name="x">The marks of a column.</param>
    /// <param name="y">As many.</param>
    /// <param name="places">As long as the columns, and <see cref="Spare"/> more.</param>
    /// <returns>How many they are.</returns>
    public static int List(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y, Span<ushort> places) =>
        List(ref s_ofBits[0], ref MemoryMarshal.GetReference(x), ref MemoryMarshal.GetReference(y[..x.Length]), x.Length, ref MemoryMarshal.GetReference(places[..(8 * x.Length)]));

    // Apart, as a look at a static field in the same method takes registers from the loop.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int List(ref ulong ofBits, ref byte x, ref byte y, nint bytes, ref ushort places)
    {
        nint n = 0;
        for (nint i = 0; i < bytes; i++)
        {
            // A list of eight is stored whole; what stands behind its end is overwritten by the next.
            var bits = (uint)(Unsafe.Add(ref x, i) | Unsafe.Add(ref y, i));
            var list = Vector128.WidenLower(Vector128.CreateScalar(Unsafe.Add(ref ofBits, bits)).AsByte());
            (list + Vector128.Create((ushort)(8 * i))).StoreUnsafe(ref places, (nuint)n);
            n += BitOperations.PopCount(bits);
        }
        return (int)n;
    }
}
