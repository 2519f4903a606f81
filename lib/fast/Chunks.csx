using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

#nullable enable

// The examples of a step over all of them with few hidden units, as ChunkedPass.csx goes through them.

/// <summary>
/// Some examples for a <see cref="ChunkedPass{T}"/>. Their pixels are in chunks, as many neighbours as a register holds
/// numbers, without the chunks that are all 0: once example after example, and again, for each place of a chunk, the
/// examples that have something there. A pixel is one byte, k of the grey k/M, where M is the white of its example; it
/// becomes a number when it is in the register.
/// </summary>
internal sealed class ChunkSlice<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly byte[] greys;      // chunk after chunk
    private readonly ushort[] places;   // which part of the image each is
    private readonly int[] starts;      // the first chunk of each example, and the end
    private readonly int[] entries;     // for each place: example + 256 · chunk
    private readonly int[] placeStarts;

    /// <param name="images">Columns of greys k/M, at most 256 of them.</param>
    /// <param name="whites">M of each column.</param>
    /// <param name="labels">Columns of labels.</param>
    /// <param name="stride">Labels of a class lie one behind the other, and those of the next class so far behind.</param>
    public ChunkSlice(ReadOnlySpan<T> images, ReadOnlySpan<byte> whites, ReadOnlySpan<T> labels, int stride)
    {
        var (count, length) = (whites.Length, Vector<T>.Count);
        var (inputs, classes) = (images.Length / count, labels.Length / count);
        (Count, Places) = (count, (inputs + length - 1) / length);
        (Scales, Labels) = (new T[stride], new T[stride * classes]);
        var (chunks, at) = (new List<byte>(), new List<ushort>());
        starts = new int[count + 1];
        var examples = new List<int>[Places];
        for (var c = 0; c < Places; c++) examples[c] = [];
        var chunk = new byte[length];
        for (var j = 0; j < count; j++)
        {
            var M = T.CreateChecked(whites[j]);
            Scales[j] = T.One / M;
            for (var k = 0; k < classes; k++) Labels[k * stride + j] = labels[j * classes + k];
            for (var c = 0; c < Places; c++)
            {
                Array.Clear(chunk);
                for (var i = 0; i < Math.Min(length, inputs - c * length); i++)
                    chunk[i] = byte.CreateTruncating(images[j * inputs + c * length + i] * M + T.CreateChecked(0.5));
                if (chunk.AsSpan().IndexOfAnyExcept((byte)0) < 0) continue;
                examples[c].Add(j + 256 * at.Count);
                at.Add((ushort)c);
                chunks.AddRange(chunk);
            }
            starts[j + 1] = at.Count;
        }
        chunks.AddRange(new byte[64]);   // a register may be filled with more bytes than it needs
        (greys, places, entries, placeStarts) = ([.. chunks], [.. at], new int[at.Count], new int[Places + 1]);
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

    /// <summary>1/M of each example, and room up to the stride.</summary>
    public T[] Scales { get; }

    /// <summary>The labels, class after class.</summary>
    public T[] Labels { get; }

    /// <summary>The pixels of the first chunk; those of the others follow.</summary>
    public ref byte Greys => ref MemoryMarshal.GetArrayDataReference(greys);

    /// <summary>The chunks of an example: the first, and how many.</summary>
    public (int First, int Count) Of(int example) => (starts[example], starts[example + 1] - starts[example]);

    /// <summary>The place of a chunk; those of the following chunks follow.</summary>
    public ref ushort PlaceOf(int chunk) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(places), chunk);

    /// <summary>Who has something at a place: example + 256 · chunk.</summary>
    public ReadOnlySpan<int> At(int place) => entries.AsSpan(placeStarts[place]..placeStarts[place + 1]);

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
}
