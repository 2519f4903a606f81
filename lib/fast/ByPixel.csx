using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

#nullable enable

// dW1 pixel by pixel: for many hidden units it is worth it to turn the lists of a batch round first.

/// <summary>
/// For each pixel the examples of a batch in which it is not 0, in their order: with these a weight is loaded and stored
/// once for all of them, not once for each.
/// </summary>
/// <param name="inputs">How many pixels there are.</param>
/// <param name="mostExamples">No batch has more examples.</param>
internal sealed class PixelLists<T>(int inputs, int mostExamples) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int stride = mostExamples + 8;   // lists a power of two apart would meet in a few lines of the caches
    private readonly int[] counts = new int[inputs];
    private readonly Entry[] entries = new Entry[inputs * (mostExamples + 8)];

    /// <summary>What an example has at a pixel.</summary>
    public struct Entry
    {
        /// <summary>The value of the pixel, scaled.</summary>
        public T Value;

        /// <summary>Which example of the batch.</summary>
        public int Example;
    }

    /// <summary>How many pixels there are.</summary>
    public int Count => counts.Length;

    /// <summary>The list of a pixel: its first entry, and how many they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Entry Of(int pixel, out int count)
    {
        count = counts[pixel];
        return ref entries[pixel * stride];
    }

    /// <summary>Makes the lists of a band of pixels, of which each value is multiplied by scale.</summary>
    public void List(NonZeroSlice<T> x, int band, T scale)
    {
        if (x.Count > mostExamples) throw new ArgumentException($"There is room for {mostExamples} examples; found {x.Count}.", nameof(x));
        var first = band * x.BandRows;
        var own = counts.AsSpan(first, Math.Min(x.BandRows, counts.Length - first));
        own.Clear();
        List(x, band, scale, stride, ref MemoryMarshal.GetReference(own), ref entries[first * stride]);
    }

    // Apart, as with a call in the same method the scale would be kept in memory, and be waited for there.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void List(NonZeroSlice<T> x, int band, T scale, nint stride, ref int counter, ref Entry list)
    {
        for (var segment = 0; segment < x.Count; segment++)
        {
            var (j, start, count, tableStart) = x.Segment(segment, band);
            if (count == 0) continue;
            ref var entry = ref x.EntryAt(start);
            ref var table = ref x.ValueAt(tableStart);
            for (nint i = 0; i < count; i++)
            {
                var e = Unsafe.Add(ref entry, i);
                nint row = (byte)e;
                ref var to = ref Unsafe.Add(ref list, row * stride + Unsafe.Add(ref counter, row)++);
                to.Value = scale * Unsafe.Add(ref table, e >> 8);
                to.Example = j;
            }
        }
    }
}

/// <summary>The product with such lists.</summary>
internal abstract class PixelKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Those that belong to other kernels; null where nothing is won.</summary>
    public static PixelKernels<T>? For(PanelKernels<T> kernels) => kernels switch
    {
        PanelKernels<T, Vector512<T>, Register512<T>> => new PixelKernels<T, Vector512<T>, Register512<T>>(),
        PanelKernels<T, Vector<T>, Register<T>> => new PixelKernels<T, Vector<T>, Register<T>>(),
        _ => null
    };

    /// <summary>The width of a panel for which this is: four registers.</summary>
    public abstract int Width { get; }

    /// <summary>dW1 of a panel, equation (5.9): column q of w gets Σ over the examples j of pixel q of its value times column j of d, one after the other.</summary>
    public abstract void AddOuterProducts(PixelLists<T> x, ref T d, ref T w);
}

/// <summary>The same with registers V.</summary>
internal sealed class PixelKernels<T, V, R> : PixelKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : struct where R : IRegister<T, V>
{
    public override int Width => 4 * R.Length;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddOuterProducts(PixelLists<T> x, ref T d, ref T w)
    {
        var n = R.Length;
        for (var q = 0; q < x.Count; q++)
        {
            ref var entry = ref x.Of(q, out var count);
            if (count == 0) continue;
            ref var wq = ref Unsafe.Add(ref w, (nint)q * (4 * n));
            V w0 = R.Load(ref wq, 0), w1 = R.Load(ref wq, n), w2 = R.Load(ref wq, 2 * n), w3 = R.Load(ref wq, 3 * n);
            for (nint i = 0; i < count; i++)
            {
                ref var e = ref Unsafe.Add(ref entry, i);
                var xi = R.Fill(e.Value);
                ref var dj = ref Unsafe.Add(ref d, (nint)e.Example * (4 * n));
                w0 = R.MultiplyAdd(R.Load(ref dj, 0), xi, w0);
                w1 = R.MultiplyAdd(R.Load(ref dj, n), xi, w1);
                w2 = R.MultiplyAdd(R.Load(ref dj, 2 * n), xi, w2);
                w3 = R.MultiplyAdd(R.Load(ref dj, 3 * n), xi, w3);
            }
            R.Store(w0, ref wq, 0);
            R.Store(w1, ref wq, n);
            R.Store(w2, ref wq, 2 * n);
            R.Store(w3, ref wq, 3 * n);
        }
    }
}
