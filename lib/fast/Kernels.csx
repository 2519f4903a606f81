using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

#nullable enable

// What a training step does with a panel of hidden units, in loops over vector registers.

/// <summary>
/// What a step does with one panel of hidden units, in loops over vector registers. They are written once, for
/// registers of any kind: <see cref="PanelKernels{T, V, R}"/>.
/// </summary>
internal abstract class PanelKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static PanelKernels<T> ForThisMachine() =>
        !Cores.IsOptimised ? new PrecompiledKernels<T>()
        : Vector512.IsHardwareAccelerated ? new PanelKernels<T, Vector512<T>, Register512<T>>()
        : new PanelKernels<T, Vector<T>, Register<T>>();

    /// <summary>How many numbers a register holds. A panel is one, two or four registers wide.</summary>
    public abstract int RegisterLength { get; }

    /// <summary>What a band of pixels adds to Z1, equation (3.1): column j of z gets Σ x[q, j] · column q of w, which begins with the band.</summary>
    public abstract void AddProduct(int width, NonZeroSlice<T> x, int band, ref T w, ref T z);

    /// <summary>x ← max(0, x), equation (3.2), for a whole number of registers.</summary>
    public abstract void ReLU(Span<T> x);

    /// <summary>Dropout (9.9): column j of a ← scale · a where the mask keeps its numbers first + j·units, …, else 0. a is not negative.</summary>
    public abstract void DropOut(int width, int count, Mask mask, uint first, int units, T scale, ref T a);

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
        for (var segment = 0; segment < x.Count; segment++)
        {
            var (j, start, count, tableStart) = x.Segment(segment, band);
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
    public override void DropOut(int width, int count, Mask mask, uint first, int units, T scale, ref T a)
    {
        for (var j = 0; j < count; j++)
        {
            ref var aj = ref Unsafe.Add(ref a, (nint)j * width);
            for (var at = 0; at < width; at += R.Length)
                R.Store(R.WhereKept(mask, mask.Start((uint)(first + j * units + at)), R.Multiply(R.Load(ref aj, at), R.Fill(scale))), ref aj, at);
        }
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
            if (width < 4 * n && k <= classes - 4)
            {
                // Four classes at once: one sum alone would wait for the addition before it.
                for (var at = 0; at < width; at += n)
                {
                    V s0 = default, s1 = default, s2 = default, s3 = default;
                    for (var j = 0; j < count; j++)
                    {
                        var aj = R.Load(ref a, j * width + at);
                        var error = dZ2.Slice(j * classes + k, 4);
                        s0 = R.MultiplyAdd(aj, R.Fill(error[0]), s0);
                        s1 = R.MultiplyAdd(aj, R.Fill(error[1]), s1);
                        s2 = R.MultiplyAdd(aj, R.Fill(error[2]), s2);
                        s3 = R.MultiplyAdd(aj, R.Fill(error[3]), s3);
                    }
                    AddTo(ref wk, at, s0, scale);
                    AddTo(ref wk, width + at, s1, scale);
                    AddTo(ref wk, 2 * width + at, s2, scale);
                    AddTo(ref wk, 3 * width + at, s3, scale);
                }
                k += 3;
            }
            else if (width == 4 * n)
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
        for (var segment = 0; segment < x.Count; segment++)
        {
            var (j, start, count, tableStart) = x.Segment(segment, band);
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
        for (var segment = 0; segment < x.Count; segment++)
        {
            var (j, start, count, table) = x.Segment(segment, band);
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
        for (var segment = 0; segment < x.Count; segment++)
        {
            var (j, start, count, table) = x.Segment(segment, band);
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

    public override void DropOut(int width, int count, Mask mask, uint first, int units, T scale, ref T a)
    {
        for (var j = 0; j < count; j++)
        {
            var aj = Column(ref a, j, width);
            for (var n = 0; n < width; n++) aj[n] = mask.Keeps((uint)(first + j * units + n)) ? scale * aj[n] : T.Zero;
        }
    }

    public override double Largest(ReadOnlySpan<T> x) => Math.Abs(double.CreateChecked(TensorPrimitives.MaxMagnitude(x)));

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
