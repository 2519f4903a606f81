using System.Collections.Generic;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

#nullable enable

// The forward pass when only its end is asked for: nothing is kept for a backward pass, so some examples go through all
// layers in memory that is there, then the next.

/// <summary>What the last layer says about many examples.</summary>
public static class FastOutputs
{
    private const int SliceSize = 128;          // so many examples go through the layers together
    private const int FewestToList = 8;         // with fewer it takes longer to see whether all weights are finite

    /// <summary>The last Z of m examples and its softmax, equations (3.1) to (3.4) and (3.7).</summary>
    /// <param name="sizes">Inputs, units of each hidden layer, classes.</param>
    /// <param name="activation">Of the hidden layers: 0 ReLU, 1 σ, 2 tanh.</param>
    /// <param name="W">The weights of each layer, column after column.</param>
    /// <param name="b">The biases of each layer.</param>
    /// <param name="X">One column of inputs for each example.</param>
    /// <param name="Z">One column of classes for each example; it is overwritten.</param>
    /// <param name="A">The same of probabilities.</param>
    public static void Compute<T>(int[] sizes, int activation, Memory<T>[] W, Memory<T>[] b, ReadOnlyMemory<T> X, Memory<T> Z, Memory<T> A)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var m = X.Length / sizes[0];
        if (m == 0) return;
        // Where a weight is infinite or NaN, it makes a NaN even of a 0, which must not be left out.
        var lists = m >= FewestToList && Cores.IsOptimised && T.IsFinite(TensorPrimitives.MaxMagnitude<T>(W[0].Span));
        var packed = lists ? TiledProduct<T>.Packed(new(W[0], sizes[1], sizes[0], false)) : null;
        if (m <= SliceSize) OutputSlice<T>.Mine.Compute(sizes, activation, W, b, X, Z, A, packed);
        else InSlices(m, sizes, activation, W, b, X, Z, A, packed);
    }

    // A method of its own, as what a lambda takes along is allocated where its method begins.
    private static void InSlices<T>(int m, int[] sizes, int activation, Memory<T>[] W, Memory<T>[] b, ReadOnlyMemory<T> X, Memory<T> Z, Memory<T> A, AlignedArray<T>? packed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (slices, multiplications) = ((m + SliceSize - 1) / SliceSize, 0L);
        for (var l = 0; l < W.Length; l++) multiplications += (long)m * sizes[l] * sizes[l + 1];
        Cores.Share(slices, multiplications, i =>
        {
            var (from, to) = ((int)((long)i * m / slices), (int)((i + 1L) * m / slices));
            OutputSlice<T>.Mine.Compute(sizes, activation, W, b, X[(from * sizes[0])..(to * sizes[0])], Z[(from * sizes[^1])..(to * sizes[^1])], A[(from * sizes[^1])..(to * sizes[^1])], packed);
        });
    }

    /// <summary>The probabilities of each column, equations (4.2) and (4.3), as Losses.Softmax computes them, to the last bit.</summary>
    /// <param name="classes">How many numbers a column has.</param>
    /// <param name="Z">The columns.</param>
    /// <param name="A">As many; it is overwritten.</param>
    public static void Softmax<T>(int classes, ReadOnlySpan<T> Z, Span<T> A) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var at = 0; at < Z.Length; at += classes)
        {
            var z = Z.Slice(at, classes);
            TensorPrimitives.Subtract(z, TensorPrimitives.Max(z), A[at..]);
        }
        TensorPrimitives.Exp<T>(A, A);
        for (var at = 0; at < Z.Length; at += classes)
        {
            var a = A.Slice(at, classes);
            TensorPrimitives.Divide(a, TensorPrimitives.Sum<T>(a), a);
        }
    }

    /// <summary>What a thread needs on the way.</summary>
    private sealed class OutputSlice<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [ThreadStatic] private static OutputSlice<T>? s_mine;
        private T[] memory = [];   // A of two layers

        public static OutputSlice<T> Mine => s_mine ??= new();

        public void Compute(int[] sizes, int activation, Memory<T>[] W, Memory<T>[] b, ReadOnlyMemory<T> X, Memory<T> Z, Memory<T> A, AlignedArray<T>? packed)
        {
            var (m, widest) = (X.Length / sizes[0], 0);
            foreach (var size in sizes.AsSpan(1)) widest = Math.Max(widest, size);
            if (memory.Length < 2 * widest * m) memory = new T[2 * widest * m];
            var from = MemoryMarshal.AsMemory(X);
            for (var l = 0; l < W.Length; l++)
            {
                var isLast = l == W.Length - 1;
                var next = isLast ? Z : memory.AsMemory(l % 2 * widest * m, sizes[l + 1] * m);
                var z = next.Span;
                Grid<T> weights = new(W[l], sizes[l + 1], sizes[l], false);
                Grid<T> inputs = new(from, sizes[l], m, false), outputs = new(next, sizes[l + 1], m, false);
                if (l > 0 || packed is null || !TiledProduct<T>.ComputeWithoutZeros(weights, packed, inputs, outputs)) FastProduct.ComputeAlone(weights, inputs, outputs);   // (3.1), (3.3), (3.7)
                var bias = b[l].Span;
                for (var j = 0; j < m; j++)
                {
                    var column = z.Slice(j * bias.Length, bias.Length);
                    TensorPrimitives.Add(column, bias, column);
                }
                if (isLast) break;
                if (activation == 0) TensorPrimitives.Max(z, T.Zero, z);   // (3.2)
                else if (activation == 1) TensorPrimitives.Sigmoid<T>(z, z);
                else TensorPrimitives.Tanh<T>(z, z);
                from = next;
            }
            Softmax(sizes[^1], Z.Span, A.Span);
        }
    }
}
