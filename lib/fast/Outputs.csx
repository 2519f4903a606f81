using System.Numerics;
using System.Numerics.Tensors;

#nullable enable

// The forward pass when only its end is asked for: nothing is kept for a backward pass, so two pieces of memory serve
// for all layers and all examples.

/// <summary>What the last layer says about many examples.</summary>
public static class FastOutputs
{
    [ThreadStatic] private static object? s_memory;

    /// <summary>The last Z of m examples, equations (3.1) to (3.3) and (3.7).</summary>
    /// <param name="sizes">Inputs, units of each hidden layer, classes.</param>
    /// <param name="activation">Of the hidden layers: 0 ReLU, 1 σ, 2 tanh.</param>
    /// <param name="W">The weights of each layer, column after column.</param>
    /// <param name="b">The biases of each layer.</param>
    /// <param name="X">One column of inputs for each example.</param>
    /// <param name="Z">One column of classes for each example; it is overwritten.</param>
    public static void Compute<T>(int[] sizes, int activation, Memory<T>[] W, Memory<T>[] b, ReadOnlyMemory<T> X, Memory<T> Z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var m = X.Length / sizes[0];
        var widest = 0;
        foreach (var size in sizes.AsSpan(1)) widest = Math.Max(widest, size);
        if (s_memory is not T[] memory || memory.Length < 2 * widest * m) s_memory = memory = new T[2 * widest * m];
        var A = X;
        for (var l = 0; l < W.Length; l++)
        {
            var isLast = l == W.Length - 1;
            var next = isLast ? Z : memory.AsMemory(l % 2 * widest * m, sizes[l + 1] * m);
            var z = next.Span;
            z.Clear();
            FastProduct.Add(sizes[l + 1], sizes[l], m, W[l], false, A, false, next);
            for (var j = 0; j < m; j++)
            {
                var column = z.Slice(j * sizes[l + 1], sizes[l + 1]);
                TensorPrimitives.Add(column, b[l].Span, column);
            }
            if (isLast) return;
            if (activation == 0) TensorPrimitives.Max(z, T.Zero, z);
            else if (activation == 1) TensorPrimitives.Sigmoid<T>(z, z);
            else TensorPrimitives.Tanh<T>(z, z);
            A = next;
        }
    }
}
