using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

#nullable enable

// Two panels at once: an entry of a list is looked up once for eight registers, the processor guesses half as often where
// a list ends, and eight sums wait less for each other than four.

/// <summary>Z1 of two panels of four registers, one behind the other, with the bits of <see cref="PanelKernels{T}"/> for each.</summary>
internal abstract class PairKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Those that belong to other kernels; null where nothing is won.</summary>
    public static PairKernels<T>? For(PanelKernels<T> kernels) => kernels switch
    {
        PanelKernels<T, Vector512<T>, Register512<T>> => new PairKernels<T, Vector512<T>, Register512<T>>(),
        PanelKernels<T, Vector<T>, Register<T>> => new PairKernels<T, Vector<T>, Register<T>>(),
        _ => null
    };

    /// <summary>The width of each of the two panels.</summary>
    public abstract int Width { get; }

    /// <summary>What a band of pixels adds to Z1, equation (3.1): column j of z gets Σ x[q, j] · column q of w, which begins with the band.</summary>
    /// <param name="x">The pixels.</param>
    /// <param name="band">Which band.</param>
    /// <param name="w">The band in the first panel of weights.</param>
    /// <param name="nextW">How far behind it that of the second begins.</param>
    /// <param name="z">The sums of the first panel.</param>
    /// <param name="nextZ">How far behind them those of the second begin.</param>
    public abstract void AddProduct(NonZeroSlice<T> x, int band, ref T w, nint nextW, ref T z, nint nextZ);
}

/// <summary>The same with registers V.</summary>
internal sealed class PairKernels<T, V, R> : PairKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where R : IRegister<T, V>
{
    public override int Width => 4 * R.Length;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddProduct(NonZeroSlice<T> x, int band, ref T w, nint nextW, ref T z, nint nextZ)
    {
        for (var segment = 0; segment < x.Count; segment++)
        {
            var (j, start, count, tableStart) = x.Segment(segment, band);
            if (count == 0) continue;
            ref var entry = ref x.EntryAt(start);
            ref var table = ref x.ValueAt(tableStart);
            var sums = new Eight(ref Unsafe.Add(ref z, (nint)j * (4 * R.Length)), nextZ);
            for (nint i = 0; i < count; i++)
            {
                var e = Unsafe.Add(ref entry, i);
                sums.Add(R.Fill(Unsafe.Add(ref table, e >> 8)), ref Unsafe.Add(ref w, (nint)(byte)e * (4 * R.Length)), nextW);
            }
            sums.Store(ref Unsafe.Add(ref z, (nint)j * (4 * R.Length)), nextZ);
        }
    }

    /// <summary>Sums in eight registers, four for each panel.</summary>
    private struct Eight
    {
        private V a0, a1, a2, a3, b0, b1, b2, b3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Eight(ref T from, nint next)
        {
            var n = R.Length;
            ref var second = ref Unsafe.Add(ref from, next);
            (a0, a1, a2, a3) = (R.Load(ref from, 0), R.Load(ref from, n), R.Load(ref from, 2 * n), R.Load(ref from, 3 * n));
            (b0, b1, b2, b3) = (R.Load(ref second, 0), R.Load(ref second, n), R.Load(ref second, 2 * n), R.Load(ref second, 3 * n));
        }

        /// <summary>The sums get x times the numbers of a column.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(V x, ref T column, nint next)
        {
            var n = R.Length;
            a0 = R.MultiplyAdd(R.Load(ref column, 0), x, a0);
            a1 = R.MultiplyAdd(R.Load(ref column, n), x, a1);
            a2 = R.MultiplyAdd(R.Load(ref column, 2 * n), x, a2);
            a3 = R.MultiplyAdd(R.Load(ref column, 3 * n), x, a3);
            column = ref Unsafe.Add(ref column, next);
            b0 = R.MultiplyAdd(R.Load(ref column, 0), x, b0);
            b1 = R.MultiplyAdd(R.Load(ref column, n), x, b1);
            b2 = R.MultiplyAdd(R.Load(ref column, 2 * n), x, b2);
            b3 = R.MultiplyAdd(R.Load(ref column, 3 * n), x, b3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(ref T to, nint next)
        {
            var n = R.Length;
            R.Store(a0, ref to, 0);
            R.Store(a1, ref to, n);
            R.Store(a2, ref to, 2 * n);
            R.Store(a3, ref to, 3 * n);
            to = ref Unsafe.Add(ref to, next);
            R.Store(b0, ref to, 0);
            R.Store(b1, ref to, n);
            R.Store(b2, ref to, 2 * n);
            R.Store(b3, ref to, 3 * n);
        }
    }
}
