using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

#nullable enable

// Forward and backward for a network with up to ten hidden units. A register of hidden units would be half empty: a
// register holds neighbouring pixels instead, or the same unit of neighbouring examples.

/// <summary>Parameters of a network with up to ten hidden units, or their gradients, as a <see cref="ChunkedPass{T}"/> needs them.</summary>
internal sealed class ChunkedParameters<T>(int inputs, int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The sums of so many units stay in registers, and are enough of them that none waits for the addition before it.</summary>
    public const int Units = 10;

    /// <summary>Chunk after chunk; of a chunk a register for each unit.</summary>
    public AlignedArray<T> W1 { get; } = new((inputs + Vector<T>.Count - 1) / Vector<T>.Count * Vector<T>.Count * Units);

    public T[] b1 { get; } = new T[Units];

    /// <summary>Class after class, a number for each unit.</summary>
    public T[] W2 { get; } = new T[Units * classes];

    public T[] b2 { get; } = new T[classes];

    /// <summary>Takes those of a network of one panel, which is width numbers wide.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Load(PaddedParameters<T> from, int width)
    {
        var n = Vector<T>.Count;
        Span<T> w1 = W1.Span(), plain = from.W1.Span();
        for (var q = 0; q < inputs; q++)
            for (var unit = 0; unit < Math.Min(Units, width); unit++) w1[(q - q % n) * Units + unit * n + q % n] = plain[q * width + unit];
        for (var unit = 0; unit < Math.Min(Units, width); unit++)
        {
            b1[unit] = from.b1[unit];
            for (var k = 0; k < classes; k++) W2[k * Units + unit] = from.W2[k * width + unit];
        }
        from.b2.CopyTo(b2, 0);
    }

    /// <summary>Gives them back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Store(PaddedParameters<T> to, int width)
    {
        var n = Vector<T>.Count;
        Span<T> w1 = W1.Span(), plain = to.W1.Span();
        for (var q = 0; q < inputs; q++)
            for (var unit = 0; unit < Math.Min(Units, width); unit++) plain[q * width + unit] = w1[(q - q % n) * Units + unit * n + q % n];
        for (var unit = 0; unit < Math.Min(Units, width); unit++)
        {
            to.b1[unit] = b1[unit];
            for (var k = 0; k < classes; k++) to.W2[k * width + unit] = W2[k * Units + unit];
        }
        b2.CopyTo(to.b2, 0);
    }

    /// <summary>Zeros everywhere.</summary>
    public void Clear()
    {
        W1.Span().Clear();
        Array.Clear(b1);
        Array.Clear(W2);
        Array.Clear(b2);
    }
}

/// <summary>
/// Takes some examples through the network of the notes, forward and backward. W1 meets registers of neighbouring pixels;
/// everywhere else a register holds the same unit or class of neighbouring examples: Z1, A1, dZ1, Z2 and A2 lie here row
/// after row, with room for <see cref="Most"/> examples in each.
/// </summary>
/// <param name="classes">The units of the last layer.</param>
internal sealed class ChunkedPass<T>(int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>No slice has more examples.</summary>
    public const int Most = 192;

    private const int Units = ChunkedParameters<T>.Units;
    private readonly AlignedArray<T> A1 = new(Units * Most), dZ1 = new(Units * Most);   // A1 is Z1 first
    private readonly AlignedArray<T> Z2 = new(classes * Most), A2 = new(classes * Most);   // A2 becomes dZ2
    private readonly AlignedArray<T> sums = new(Most), losses = new(Most);
    private Vector<T> largestA1, largestDZ1;

    /// <summary>The largest absolute values of A1 and dZ1 of the last examples.</summary>
    public (double A1, double dZ1) Largest => (Of(largestA1), Of(largestDZ1));

    /// <summary>Adds the gradients of some examples to those of others. Returns the sum of their losses.</summary>
    public double Run(ChunkSlice<T> x, ChunkedParameters<T> parameters, ChunkedParameters<T> gradients)
    {
        var whole = (x.Count + Vector<T>.Count - 1) / Vector<T>.Count * Vector<T>.Count;
        FirstProduct(x, ref parameters.W1[0], parameters.b1);
        // What stands behind the last example is of others.
        for (var n = 0; n < Units; n++) A1.Span(n * Most + x.Count, whole - x.Count).Clear();
        Scores(whole, parameters.W2, parameters.b2);
        OutputError(whole, x.Labels);
        for (var k = 0; k < classes; k++) A2.Span(k * Most + x.Count, whole - x.Count).Clear();
        HiddenError(whole, parameters.W2, x.Scales, gradients.b1);
        AddToDW2AndDb2(whole, gradients.W2, gradients.b2);
        AddToDW1(x, ref gradients.W1[0]);
        var loss = 0.0;
        foreach (var one in losses.Span(0, x.Count)) loss += double.CreateChecked(one);
        return loss;
    }

    private static double Of(Vector<T> x)
    {
        var largest = double.NegativeInfinity;
        for (var i = 0; i < Vector<T>.Count; i++) largest = Math.Max(largest, double.CreateChecked(x[i]));
        return largest;
    }

    /// <summary>Z1 of (3.1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FirstProduct(ChunkSlice<T> x, ref T w, T[] b)
    {
        var n = Vector<T>.Count;
        for (var j = 0; j < x.Count; j++)
        {
            Vector<T> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default, s8 = default, s9 = default;
            var (first, count) = x.Of(j);
            ref var place = ref x.PlaceOf(first);
            ref var greys = ref Unsafe.Add(ref x.Greys, (nint)first * n);
            for (nint i = 0; i < count; i++)
            {
                var pixels = Register<T>.FromBytes(ref Unsafe.Add(ref greys, i * n));
                ref var wi = ref Unsafe.Add(ref w, (nint)Unsafe.Add(ref place, i) * (Units * n));
                s0 = Register<T>.MultiplyAdd(pixels, Register<T>.Load(ref wi, 0), s0);
                s1 = Register<T>.MultiplyAdd(pixels, Register<T>.Load(ref wi, n), s1);
                s2 = Register<T>.MultiplyAdd(pixels, Register<T>.Load(ref wi, 2 * n), s2);
                s3 = Register<T>.MultiplyAdd(pixels, Register<T>.Load(ref wi, 3 * n), s3);
                s4 = Register<T>.MultiplyAdd(pixels, Register<T>.Load(ref wi, 4 * n), s4);
                s5 = Register<T>.MultiplyAdd(pixels, Register<T>.Load(ref wi, 5 * n), s5);
                s6 = Register<T>.MultiplyAdd(pixels, Register<T>.Load(ref wi, 6 * n), s6);
                s7 = Register<T>.MultiplyAdd(pixels, Register<T>.Load(ref wi, 7 * n), s7);
                s8 = Register<T>.MultiplyAdd(pixels, Register<T>.Load(ref wi, 8 * n), s8);
                s9 = Register<T>.MultiplyAdd(pixels, Register<T>.Load(ref wi, 9 * n), s9);
            }
            var scale = x.Scales[j];
            ref var z = ref A1[j];
            z = b[0] + scale * Vector.Sum(s0);
            Unsafe.Add(ref z, Most) = b[1] + scale * Vector.Sum(s1);
            Unsafe.Add(ref z, 2 * Most) = b[2] + scale * Vector.Sum(s2);
            Unsafe.Add(ref z, 3 * Most) = b[3] + scale * Vector.Sum(s3);
            Unsafe.Add(ref z, 4 * Most) = b[4] + scale * Vector.Sum(s4);
            Unsafe.Add(ref z, 5 * Most) = b[5] + scale * Vector.Sum(s5);
            Unsafe.Add(ref z, 6 * Most) = b[6] + scale * Vector.Sum(s6);
            Unsafe.Add(ref z, 7 * Most) = b[7] + scale * Vector.Sum(s7);
            Unsafe.Add(ref z, 8 * Most) = b[8] + scale * Vector.Sum(s8);
            Unsafe.Add(ref z, 9 * Most) = b[9] + scale * Vector.Sum(s9);
        }
    }

    /// <summary>A1 of (3.2), and Z2 − max Z2 of (3.3) and (4.3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scores(int whole, T[] w, T[] b)
    {
        ref var a = ref A1[0];
        ref var z = ref Z2[0];
        var largest = Vector<T>.Zero;
        for (var j = 0; j < whole; j += Vector<T>.Count)
        {
            for (var n = 0; n < Units; n++)
            {
                var an = Vector.Max(Register<T>.Load(ref a, n * Most + j), Vector<T>.Zero);
                largest = Vector.Max(largest, an);
                Register<T>.Store(an, ref a, n * Most + j);
            }
            var max = new Vector<T>(T.NegativeInfinity);
            for (var k = 0; k < b.Length; k++)
            {
                ref var wk = ref w[k * Units];
                var sum = new Vector<T>(b[k]);
                for (var n = 0; n < Units; n++) sum = Register<T>.MultiplyAdd(Register<T>.Load(ref a, n * Most + j), new(Unsafe.Add(ref wk, n)), sum);
                Register<T>.Store(sum, ref z, k * Most + j);
                max = Vector.Max(max, sum);
            }
            for (var k = 0; k < b.Length; k++) Register<T>.Store(Register<T>.Load(ref z, k * Most + j) - max, ref z, k * Most + j);
        }
        largestA1 = largest;
    }

    /// <summary>dZ2 = A2 − Y, equations (4.2) and (5.4), and the losses of (4.5).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void OutputError(int whole, T[] labels)
    {
        TensorPrimitives.Exp<T>(Z2.Span(), A2.Span());
        ref var z = ref Z2[0];
        ref var a = ref A2[0];
        ref var y = ref MemoryMarshal.GetArrayDataReference(labels);
        for (var j = 0; j < whole; j += Vector<T>.Count)
        {
            var sum = Vector<T>.Zero;
            for (var k = 0; k < classes; k++) sum += Register<T>.Load(ref a, k * Most + j);
            Register<T>.Store(sum, ref sums[j], 0);
        }
        TensorPrimitives.Log<T>(sums.Span(0, whole), losses.Span(0, whole));
        for (var j = 0; j < whole; j += Vector<T>.Count)
        {
            var (oneOverSum, logSum, loss) = (Vector<T>.One / Register<T>.Load(ref sums[j], 0), Register<T>.Load(ref losses[j], 0), Vector<T>.Zero);
            for (var k = 0; k < classes; k++)
            {
                var (at, yk) = (k * Most + j, Register<T>.Load(ref y, k * Most + j));
                loss += Vector.ConditionalSelect(Vector.Equals(yk, Vector<T>.Zero), Vector<T>.Zero, yk * (logSum - Register<T>.Load(ref z, at)));   // 0·(−∞) would be NaN, as in (4.7)
                Register<T>.Store(Register<T>.Load(ref a, at) * oneOverSum - yk, ref a, at);
            }
            Register<T>.Store(loss, ref losses[j], 0);
        }
    }

    /// <summary>dZ1 of (5.7) and (5.8), and what it adds to db1 (5.10). It is stored for greys of k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void HiddenError(int whole, T[] w, T[] scales, T[] db)
    {
        ref var a = ref A1[0];
        ref var d = ref dZ1[0];
        ref var e = ref A2[0];
        ref var scale = ref MemoryMarshal.GetArrayDataReference(scales);
        var largest = Vector<T>.Zero;
        for (var n = 0; n < Units; n++)
        {
            var sum = Vector<T>.Zero;
            for (var j = 0; j < whole; j += Vector<T>.Count)
            {
                var dn = Vector<T>.Zero;
                for (var k = 0; k < classes; k++) dn = Register<T>.MultiplyAdd(Register<T>.Load(ref e, k * Most + j), new(w[k * Units + n]), dn);
                dn = Register<T>.WherePositive(Register<T>.Load(ref a, n * Most + j), dn);
                (sum, largest) = (sum + dn, Vector.Max(largest, Vector.Abs(dn)));
                Register<T>.Store(dn * Register<T>.Load(ref scale, j), ref d, n * Most + j);
            }
            db[n] += Vector.Sum(sum);
        }
        largestDZ1 = largest;
    }

    /// <summary>dW2 of (5.5) and db2 of (5.6).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddToDW2AndDb2(int whole, T[] w, T[] db)
    {
        for (var k = 0; k < classes; k++)
        {
            var sum = Vector<T>.Zero;
            for (var j = 0; j < whole; j += Vector<T>.Count) sum += Register<T>.Load(ref A2[k * Most], j);
            db[k] += Vector.Sum(sum);
            for (var n = 0; n < Units; n += 5)
            {
                // Five units at once: one sum alone would wait for the addition before it.
                Vector<T> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default;
                ref var e = ref A2[k * Most];
                ref var a = ref A1[n * Most];
                for (var j = 0; j < whole; j += Vector<T>.Count)
                {
                    var ej = Register<T>.Load(ref e, j);
                    s0 = Register<T>.MultiplyAdd(Register<T>.Load(ref a, j), ej, s0);
                    s1 = Register<T>.MultiplyAdd(Register<T>.Load(ref a, Most + j), ej, s1);
                    s2 = Register<T>.MultiplyAdd(Register<T>.Load(ref a, 2 * Most + j), ej, s2);
                    s3 = Register<T>.MultiplyAdd(Register<T>.Load(ref a, 3 * Most + j), ej, s3);
                    s4 = Register<T>.MultiplyAdd(Register<T>.Load(ref a, 4 * Most + j), ej, s4);
                }
                ref var to = ref w[k * Units + n];
                to += Vector.Sum(s0);
                Unsafe.Add(ref to, 1) += Vector.Sum(s1);
                Unsafe.Add(ref to, 2) += Vector.Sum(s2);
                Unsafe.Add(ref to, 3) += Vector.Sum(s3);
                Unsafe.Add(ref to, 4) += Vector.Sum(s4);
            }
        }
    }

    /// <summary>dW1 of (5.9), summed in registers over the examples that have something at a place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddToDW1(ChunkSlice<T> x, ref T w)
    {
        var n = Vector<T>.Count;
        ref var greys = ref x.Greys;
        ref var d = ref dZ1[0];
        for (var c = 0; c < x.Places; c++)
        {
            var entries = x.At(c);
            if (entries.Length == 0) continue;
            ref var wc = ref Unsafe.Add(ref w, (nint)c * (Units * n));
            var (s0, s1, s2, s3, s4) = (Register<T>.Load(ref wc, 0), Register<T>.Load(ref wc, n), Register<T>.Load(ref wc, 2 * n), Register<T>.Load(ref wc, 3 * n), Register<T>.Load(ref wc, 4 * n));
            var (s5, s6, s7, s8, s9) = (Register<T>.Load(ref wc, 5 * n), Register<T>.Load(ref wc, 6 * n), Register<T>.Load(ref wc, 7 * n), Register<T>.Load(ref wc, 8 * n), Register<T>.Load(ref wc, 9 * n));
            foreach (var entry in entries)
            {
                var pixels = Register<T>.FromBytes(ref Unsafe.Add(ref greys, (nint)(entry >> 8) * n));
                ref var dj = ref Unsafe.Add(ref d, (nint)(entry & 255));
                s0 = Register<T>.MultiplyAdd(pixels, new(dj), s0);
                s1 = Register<T>.MultiplyAdd(pixels, new(Unsafe.Add(ref dj, Most)), s1);
                s2 = Register<T>.MultiplyAdd(pixels, new(Unsafe.Add(ref dj, 2 * Most)), s2);
                s3 = Register<T>.MultiplyAdd(pixels, new(Unsafe.Add(ref dj, 3 * Most)), s3);
                s4 = Register<T>.MultiplyAdd(pixels, new(Unsafe.Add(ref dj, 4 * Most)), s4);
                s5 = Register<T>.MultiplyAdd(pixels, new(Unsafe.Add(ref dj, 5 * Most)), s5);
                s6 = Register<T>.MultiplyAdd(pixels, new(Unsafe.Add(ref dj, 6 * Most)), s6);
                s7 = Register<T>.MultiplyAdd(pixels, new(Unsafe.Add(ref dj, 7 * Most)), s7);
                s8 = Register<T>.MultiplyAdd(pixels, new(Unsafe.Add(ref dj, 8 * Most)), s8);
                s9 = Register<T>.MultiplyAdd(pixels, new(Unsafe.Add(ref dj, 9 * Most)), s9);
            }
            Register<T>.Store(s0, ref wc, 0);
            Register<T>.Store(s1, ref wc, n);
            Register<T>.Store(s2, ref wc, 2 * n);
            Register<T>.Store(s3, ref wc, 3 * n);
            Register<T>.Store(s4, ref wc, 4 * n);
            Register<T>.Store(s5, ref wc, 5 * n);
            Register<T>.Store(s6, ref wc, 6 * n);
            Register<T>.Store(s7, ref wc, 7 * n);
            Register<T>.Store(s8, ref wc, 8 * n);
            Register<T>.Store(s9, ref wc, 9 * n);
        }
    }
}
