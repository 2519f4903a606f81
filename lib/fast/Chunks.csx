using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

#nullable enable

// A step over all examples with a hidden layer so small that a register of its units would be half empty: there a
// register holds neighbouring pixels instead.

/// <summary>
/// The pixels of some examples in chunks, as many neighbours as a register holds numbers, without the chunks that are all
/// 0: once example after example, and again, for each place of a chunk, the examples that have something there. A pixel is
/// one byte, k of the grey k/M, where M is the white of its example; it becomes a number when it is in the register.
/// </summary>
internal sealed class ChunkSlice
{
    private readonly byte[] greys;      // chunk after chunk
    private readonly ushort[] places;   // which part of the image each is
    private readonly int[] starts;      // the first chunk of each example, and the end
    private readonly int[] entries;     // for each place: example + 256 · chunk
    private readonly int[] placeStarts;
    private readonly byte[] whites;

    /// <param name="greys">Columns of pixels, at most 256 of them.</param>
    /// <param name="whites">M of each column.</param>
    /// <param name="length">Of a chunk.</param>
    public ChunkSlice(ReadOnlySpan<byte> greys, ReadOnlySpan<byte> whites, int length)
    {
        this.whites = [.. whites];
        var count = whites.Length;
        var inputs = greys.Length / count;
        (Count, Places) = (count, (inputs + length - 1) / length);
        var (chunks, at) = (new List<byte>(), new List<ushort>());
        starts = new int[count + 1];
        var examples = new List<int>[Places];
        for (var c = 0; c < Places; c++) examples[c] = [];
        for (var j = 0; j < count; j++)
        {
            for (var c = 0; c < Places; c++)
            {
                var chunk = greys.Slice(j * inputs + c * length, Math.Min(length, inputs - c * length));
                if (chunk.IndexOfAnyExcept((byte)0) < 0) continue;
                examples[c].Add(j + 256 * at.Count);
                at.Add((ushort)c);
                chunks.AddRange(chunk);
                for (var i = chunk.Length; i < length; i++) chunks.Add(0);
            }
            starts[j + 1] = at.Count;
        }
        chunks.AddRange(new byte[64]);   // a register may be filled with more bytes than it needs
        (this.greys, places, entries, placeStarts) = ([.. chunks], [.. at], new int[at.Count], new int[Places + 1]);
        for (var c = 0; c < Places; c++)
        {
            examples[c].CopyTo(entries, placeStarts[c]);
            placeStarts[c + 1] = placeStarts[c] + examples[c].Count;
        }
    }

    /// <summary>How many examples there are.</summary>
    public int Count { get; }

    /// <summary>Into how many chunks an image is cut, with those that are 0.</summary>
    public int Places { get; }

    /// <summary>M of the greys k/M of an example.</summary>
    public byte WhiteOf(int example) => whites[example];

    /// <summary>The pixels of the first chunk; those of the others follow.</summary>
    public ref byte Greys => ref MemoryMarshal.GetArrayDataReference(greys);

    /// <summary>The chunks of an example: the first, and how many.</summary>
    public (int First, int Count) Of(int example) => (starts[example], starts[example + 1] - starts[example]);

    /// <summary>The place of a chunk; those of the following chunks follow.</summary>
    public ref ushort PlaceOf(int chunk) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(places), chunk);

    /// <summary>Who has something at a place: example + 256 · chunk.</summary>
    public ReadOnlySpan<int> At(int place) => entries.AsSpan(placeStarts[place]..placeStarts[place + 1]);
}

/// <summary>Products with the weights of up to ten hidden units. These lie chunk after chunk: of a chunk, a register for each unit.</summary>
internal abstract class ChunkKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The sums of so many units stay in registers, and are enough of them that none waits for the addition before it.</summary>
    public const int Units = 10;

    /// <summary>For each M up to 255 its inverse, with which greys of k become numbers.</summary>
    protected static readonly T[] s_inverses = [.. Enumerable.Range(0, 256).Select(M => T.One / T.CreateChecked(Math.Max(1, M)))];

    /// <summary>Numbers in a chunk.</summary>
    public abstract int Length { get; }

    /// <summary>For each image the largest M with which all its pixels are greys k/M, as (1.2) and (1.3) make them; null when one has none.</summary>
    /// <param name="images">Image after image.</param>
    /// <param name="pixels">Of an image.</param>
    public static byte[]? Whites(ReadOnlySpan<T> images, int pixels)
    {
        var whites = new byte[images.Length / pixels];
        for (var j = 0; j < whites.Length; j++)
        {
            var M = 255;
            while (M > 0 && !AreGreys(images.Slice(j * pixels, pixels), T.CreateChecked(M))) M--;
            if (M == 0) return null;
            whites[j] = (byte)M;
        }
        return whites;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AreGreys(ReadOnlySpan<T> image, T M)
    {
        var half = T.CreateChecked(0.5);
        foreach (var value in image)
            if (value != T.Zero && !(value > T.Zero && value <= T.One && T.CreateTruncating(int.CreateTruncating(value * M + half)) / M == value)) return false;
        return true;
    }

    /// <summary>Column j of d, of width numbers, is multiplied by 255/M of example j: <see cref="AddOuterProducts"/> knows one white only.</summary>
    public static void ToOneWhite(ChunkSlice x, int width, Span<T> d)
    {
        for (var j = 0; j < x.Count; j++)
            if (x.WhiteOf(j) is var M and not 255) TensorPrimitives.Multiply(d.Slice(j * width, width), T.CreateChecked(255) / T.CreateChecked(M), d[(j * width)..]);
    }

    /// <summary>Z1 of (3.1): column j of z, which are width numbers, gets W·x, x being example j.</summary>
    public abstract void AddProduct(ChunkSlice x, ref T w, int width, ref T z);

    /// <summary>dW1 of (5.9), as if pixels went to 255, see <see cref="ToOneWhite"/>: w gets Σ over the examples of column j of d, of width numbers, times the pixels.</summary>
    public abstract void AddOuterProducts(ChunkSlice x, int width, ref T d, ref T w);

    /// <summary>Z2 − b2 of (3.3): for each example the scores of all classes, Σ over the units of row n of w, see <see cref="LoadW2"/>, times number n of column j of a. Behind the scores there is room for a register.</summary>
    public abstract void Scores(int width, int count, ref T w, ref T a, Span<T> scores, int classes);

    /// <summary>Memory for the weights of so many inputs.</summary>
    public AlignedArray<T> NewW1(int inputs) => new(Whole(inputs) * Units);

    /// <summary>Memory for the weights of the classes.</summary>
    public AlignedArray<T> NewW2(int classes) => new(Whole(classes) * Units);

    /// <summary>So many in whole registers.</summary>
    protected int Whole(int numbers) => (numbers + Length - 1) / Length * Length;

    /// <summary>Takes W1, which lies pixel after pixel, width numbers each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void LoadW1(ReadOnlySpan<T> plain, int width, Span<T> w)
    {
        for (int q = 0, n = Length; q < plain.Length / width; q += n)
            for (var unit = 0; unit < Units; unit++)
                for (var i = 0; i < Math.Min(n, plain.Length / width - q); i++) w[q * Units + unit * n + i] = plain[(q + i) * width + unit];
    }

    /// <summary>plain ← w/255: gradients, of pixels that go to 255, pixel after pixel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void StoreDW1(ReadOnlySpan<T> w, int width, Span<T> plain)
    {
        var scale = T.One / T.CreateChecked(255);
        for (int q = 0, n = Length; q < plain.Length / width; q += n)
            for (var unit = 0; unit < Units; unit++)
                for (var i = 0; i < Math.Min(n, plain.Length / width - q); i++) plain[(q + i) * width + unit] = scale * w[q * Units + unit * n + i];
    }

    /// <summary>Takes W2, class after class, width numbers each: w has for each unit its weights to all classes, filled up to whole registers.</summary>
    public void LoadW2(ReadOnlySpan<T> plain, int width, Span<T> w)
    {
        var classes = plain.Length / width;
        for (var unit = 0; unit < Units; unit++)
            for (var k = 0; k < classes; k++) w[unit * Whole(classes) + k] = plain[k * width + unit];
    }
}

/// <summary>The same with registers V.</summary>
internal sealed class ChunkKernels<T, V, R> : ChunkKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where R : IRegister<T, V>
{
    public override int Length => R.Length;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddProduct(ChunkSlice x, ref T w, int width, ref T z)
    {
        var n = R.Length;
        ref var inverses = ref MemoryMarshal.GetArrayDataReference(s_inverses);
        for (var j = 0; j < x.Count; j++)
        {
            V s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default, s8 = default, s9 = default;
            var (first, count) = x.Of(j);
            ref var place = ref x.PlaceOf(first);
            ref var greys = ref Unsafe.Add(ref x.Greys, (nint)first * n);
            for (nint i = 0; i < count; i++)
            {
                var pixels = R.FromBytes(ref Unsafe.Add(ref greys, i * n));
                ref var wi = ref Unsafe.Add(ref w, (nint)Unsafe.Add(ref place, i) * (Units * n));
                s0 = R.MultiplyAdd(pixels, R.Load(ref wi, 0), s0);
                s1 = R.MultiplyAdd(pixels, R.Load(ref wi, n), s1);
                s2 = R.MultiplyAdd(pixels, R.Load(ref wi, 2 * n), s2);
                s3 = R.MultiplyAdd(pixels, R.Load(ref wi, 3 * n), s3);
                s4 = R.MultiplyAdd(pixels, R.Load(ref wi, 4 * n), s4);
                s5 = R.MultiplyAdd(pixels, R.Load(ref wi, 5 * n), s5);
                s6 = R.MultiplyAdd(pixels, R.Load(ref wi, 6 * n), s6);
                s7 = R.MultiplyAdd(pixels, R.Load(ref wi, 7 * n), s7);
                s8 = R.MultiplyAdd(pixels, R.Load(ref wi, 8 * n), s8);
                s9 = R.MultiplyAdd(pixels, R.Load(ref wi, 9 * n), s9);
            }
            var scale = Unsafe.Add(ref inverses, x.WhiteOf(j));
            ref var zj = ref Unsafe.Add(ref z, (nint)j * width);
            zj += scale * R.SumOfHalves(s0);
            Unsafe.Add(ref zj, 1) += scale * R.SumOfHalves(s1);
            Unsafe.Add(ref zj, 2) += scale * R.SumOfHalves(s2);
            Unsafe.Add(ref zj, 3) += scale * R.SumOfHalves(s3);
            Unsafe.Add(ref zj, 4) += scale * R.SumOfHalves(s4);
            Unsafe.Add(ref zj, 5) += scale * R.SumOfHalves(s5);
            Unsafe.Add(ref zj, 6) += scale * R.SumOfHalves(s6);
            Unsafe.Add(ref zj, 7) += scale * R.SumOfHalves(s7);
            Unsafe.Add(ref zj, 8) += scale * R.SumOfHalves(s8);
            Unsafe.Add(ref zj, 9) += scale * R.SumOfHalves(s9);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Scores(int width, int count, ref T w, ref T a, Span<T> scores, int classes)
    {
        var (n, whole) = (R.Length, Whole(classes));
        if (scores.Length < count * classes + n) throw new ArgumentException("no room behind the scores", nameof(scores));
        ref var score = ref MemoryMarshal.GetReference(scores);
        for (var j = 0; j < count; j++)
        {
            // What a register writes too much, the next one writes again.
            ref var aj = ref Unsafe.Add(ref a, (nint)j * width);
            for (var k = 0; k < whole; k += n)
            {
                V sum = default;
                for (var unit = 0; unit < Units; unit++) sum = R.MultiplyAdd(R.Load(ref w, unit * whole + k), R.Fill(Unsafe.Add(ref aj, unit)), sum);
                R.Store(sum, ref Unsafe.Add(ref score, (nint)j * classes), k);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddOuterProducts(ChunkSlice x, int width, ref T d, ref T w)
    {
        var n = R.Length;
        ref var greys = ref x.Greys;
        for (var c = 0; c < x.Places; c++)
        {
            var entries = x.At(c);
            if (entries.Length == 0) continue;
            ref var wc = ref Unsafe.Add(ref w, (nint)c * (Units * n));
            V s0 = R.Load(ref wc, 0), s1 = R.Load(ref wc, n), s2 = R.Load(ref wc, 2 * n), s3 = R.Load(ref wc, 3 * n), s4 = R.Load(ref wc, 4 * n);
            V s5 = R.Load(ref wc, 5 * n), s6 = R.Load(ref wc, 6 * n), s7 = R.Load(ref wc, 7 * n), s8 = R.Load(ref wc, 8 * n), s9 = R.Load(ref wc, 9 * n);
            foreach (var entry in entries)
            {
                var pixels = R.FromBytes(ref Unsafe.Add(ref greys, (nint)(entry >> 8) * n));
                ref var dj = ref Unsafe.Add(ref d, (nint)(entry & 255) * width);
                s0 = R.MultiplyAdd(pixels, R.Fill(dj), s0);
                s1 = R.MultiplyAdd(pixels, R.Fill(Unsafe.Add(ref dj, 1)), s1);
                s2 = R.MultiplyAdd(pixels, R.Fill(Unsafe.Add(ref dj, 2)), s2);
                s3 = R.MultiplyAdd(pixels, R.Fill(Unsafe.Add(ref dj, 3)), s3);
                s4 = R.MultiplyAdd(pixels, R.Fill(Unsafe.Add(ref dj, 4)), s4);
                s5 = R.MultiplyAdd(pixels, R.Fill(Unsafe.Add(ref dj, 5)), s5);
                s6 = R.MultiplyAdd(pixels, R.Fill(Unsafe.Add(ref dj, 6)), s6);
                s7 = R.MultiplyAdd(pixels, R.Fill(Unsafe.Add(ref dj, 7)), s7);
                s8 = R.MultiplyAdd(pixels, R.Fill(Unsafe.Add(ref dj, 8)), s8);
                s9 = R.MultiplyAdd(pixels, R.Fill(Unsafe.Add(ref dj, 9)), s9);
            }
            R.Store(s0, ref wc, 0);
            R.Store(s1, ref wc, n);
            R.Store(s2, ref wc, 2 * n);
            R.Store(s3, ref wc, 3 * n);
            R.Store(s4, ref wc, 4 * n);
            R.Store(s5, ref wc, 5 * n);
            R.Store(s6, ref wc, 6 * n);
            R.Store(s7, ref wc, 7 * n);
            R.Store(s8, ref wc, 8 * n);
            R.Store(s9, ref wc, 9 * n);
        }
    }
}
