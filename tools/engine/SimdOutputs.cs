using System.Numerics.Tensors;

namespace Nb.Engine;

/// <summary>Forward passes, layer by layer.</summary>
internal static unsafe class SimdOutputs
{
    private const int Most = 160;   // examples at once: what lies between the layers stays small
    private static float[] s_memory = [];

    /// <inheritdoc cref="OutputRoutine{T}"/>
    public static void Compute(int[] sizes, int activation, Memory<float>[] W, Memory<float>[] b, ReadOnlyMemory<float> X, Memory<float> Z, Memory<float> P)
    {
        for (int from = 0, all = X.Length / sizes[0]; from < all; from += Most)
        {
            var m = Math.Min(Most, all - from);
            Some(m, sizes, activation, W, b, X.Span.Slice(from * sizes[0], m * sizes[0]), Z.Span.Slice(from * sizes[^1], m * sizes[^1]));
        }
        FastOutputs.Softmax(sizes[^1], Z.Span, P.Span);
    }

    private static void Some(int m, int[] sizes, int activation, Memory<float>[] W, Memory<float>[] b, ReadOnlySpan<float> X, Span<float> Z)
    {
        var largest = sizes.Skip(1).Max() * m;
        if (s_memory.Length < 2 * largest)
            s_memory = new float[2 * largest];
        var A = X;
        for (var l = 0; l < W.Length; l++)
        {
            var isLast = l == W.Length - 1;
            var z = isLast ? Z : s_memory.AsSpan(l % 2 * largest, sizes[l + 1] * m);
            Layer(sizes[l + 1], sizes[l], m, W[l].Span, b[l].Span, A, z, activation == 0 && !isLast);
            if (!isLast && activation == 1)
                TensorPrimitives.Sigmoid(z, z);
            else if (!isLast && activation == 2)
                TensorPrimitives.Tanh(z, z);
            A = z;
        }
    }

    /// <summary>Z ← W·X + b, and then ReLU of it if that is asked for: (3.1), (3.2).</summary>
    public static void Layer(int units, int inputs, int m, ReadOnlySpan<float> W, ReadOnlySpan<float> b, ReadOnlySpan<float> X, Span<float> Z, bool isReLU)
    {
        for (var j = 0; j < m; j++)
            b.CopyTo(Z[(j * units)..]);
        fixed (float* w = W, x = X, z = Z)
        {
            Simd.Product(units, inputs, m, w, false, x, false, z);
            if (isReLU)
                Simd.ReLU(units * m, (int)z);
        }
    }
}
