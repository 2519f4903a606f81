using System.Numerics.Tensors;

namespace Nb.Engine;

/// <summary>The training step of section 5 for networks of ReLU and cross-entropy, with the rules of section 9. The parameters,
/// and what their rule remembers, stay where the library has them; everything is computed in full, so infinity and NaN come
/// out as they would of the equations.</summary>
internal sealed unsafe class SimdStep
{
    private const double Epsilon = 1e-8;    // of (9.6)
    private const int LargestSlice = 256;   // examples that go forward and backward together

    private readonly int[] _sizes;
    private readonly int _optimiser;
    private readonly double _momentum;
    private readonly double _beta2;
    private readonly double _weightDecay;
    private readonly double _dropout;
    private readonly ReadOnlyMemory<float> _X;
    private readonly ReadOnlyMemory<float> _Y;
    private readonly Memory<float>[] _parameters;   // the weights of each layer, then the biases
    private readonly Memory<float>[] _V;
    private readonly Memory<float>[] _S;
    private readonly float[][] _gradients;          // of each of them, summed over the examples
    private readonly float[][] _A;                  // X of a slice, A of each hidden layer, and Z, then dZ, of the last
    private readonly float[][] _d;                  // dA, then dZ, of each hidden layer

    private SimdStep(int[] sizes, int optimiser, double momentum, double beta2, double weightDecay, double dropout,
        ReadOnlyMemory<float> X, ReadOnlyMemory<float> Y, Memory<float>[] W, Memory<float>[] b, Memory<float>[] V, Memory<float>[] S, int largestBatch)
    {
        (_sizes, _optimiser, _momentum, _beta2, _weightDecay, _dropout) = (sizes, optimiser, momentum, beta2, weightDecay, dropout);
        (_X, _Y, _parameters, _V, _S) = (X, Y, [.. W, .. b], V, S);
        var examples = Math.Min(largestBatch, LargestSlice);
        _gradients = [.. _parameters.Select(parameters => new float[parameters.Length])];
        _A = [.. sizes.Select(size => new float[size * examples])];
        _d = [.. sizes.Select(size => new float[size * examples])];
    }

    private int Layers => _sizes.Length - 1;

    private int Classes => _sizes[^1];

    /// <inheritdoc cref="BeginRoutine{T}"/>
    public static StepRoutines<float>? Begin(int[] sizes, int activation, int loss, int optimiser, double momentum, double beta2, double weightDecay, double dropout,
        ReadOnlyMemory<float> X, ReadOnlyMemory<float> Y, Memory<float>[] W, Memory<float>[] b, Memory<float>[] V, Memory<float>[] S, int largestBatch)
    {
        if (activation != 0 || loss != 0 || X.Length == 0)
            return null;
        var step = new SimdStep(sizes, optimiser, momentum, beta2, weightDecay, dropout, X, Y, W, b, V, S, largestBatch);
        return new((indices, learningRate, mask, t) => step.Step(indices.Span, learningRate, mask, t), () => { }, () => { }, () => { });
    }

    /// <summary>Null where the loss is no number: the equations say so, too, and nothing was changed.</summary>
    private double? Step(ReadOnlySpan<int> indices, double learningRate, long key, int t)
    {
        ReadOnlySpan<float> mask = _dropout > 0 ? Dropout.Mask<float>(_sizes[1], indices.Length, _dropout, key).ToArray() : [];
        foreach (var gradient in _gradients)
            Array.Clear(gradient);
        var loss = 0.0;
        for (var from = 0; from < indices.Length; from += LargestSlice)
        {
            var slice = indices.Slice(from, Math.Min(LargestSlice, indices.Length - from));
            var masked = mask.Length == 0 ? mask : mask.Slice(from * _sizes[1], slice.Length * _sizes[1]);
            Forward(slice, masked);
            loss += OutputError(slice);
            Backward(slice.Length, masked);
        }
        loss /= indices.Length;
        if (!double.IsFinite(loss))
            return null;
        Update(learningRate, indices.Length, t);
        return loss;
    }

    /// <summary>(3.1) to (3.3), without the softmax.</summary>
    private void Forward(ReadOnlySpan<int> examples, ReadOnlySpan<float> mask)
    {
        var inputs = _sizes[0];
        var X = _X.Span;
        for (var j = 0; j < examples.Length; j++)
            X.Slice(examples[j] * inputs, inputs).CopyTo(_A[0].AsSpan(j * inputs));
        for (var l = 0; l < Layers; l++)
        {
            SimdOutputs.Layer(_sizes[l + 1], _sizes[l], examples.Length, _parameters[l].Span, _parameters[Layers + l].Span, _A[l], _A[l + 1], l < Layers - 1);
            if (l == 0 && mask.Length > 0)
                TensorPrimitives.Multiply(_A[1].AsSpan(0, mask.Length), mask, _A[1]);   // (9.9)
        }
    }

    /// <summary>Puts dZ of the last layer in the place of its Z: (3.4), (5.4). Gives the summed loss (4.7).</summary>
    private double OutputError(ReadOnlySpan<int> examples)
    {
        var total = 0.0;
        for (var j = 0; j < examples.Length; j++)
        {
            var z = _A[^1].AsSpan(j * Classes, Classes);
            var y = _Y.Span.Slice(examples[j] * Classes, Classes);
            var max = z[0];
            for (var i = 1; i < z.Length; i++)
                max = MathF.Max(max, z[i]);
            var (sum, loss) = (0f, 0f);
            for (var i = 0; i < z.Length; i++)
                sum += MathF.Exp(z[i] - max);
            var logSum = MathF.Log(sum);
            for (var i = 0; i < z.Length; i++)
            {
                var below = z[i] - max;
                if (y[i] != 0)
                    loss += y[i] * (logSum - below);   // 0·∞ would be NaN
                z[i] = MathF.Exp(below) / sum - y[i];
            }
            total += loss;
        }
        return total;
    }

    /// <summary>Adds the gradients of a slice: (5.5) to (5.10).</summary>
    private void Backward(int m, ReadOnlySpan<float> mask)
    {
        var dZ = _A[^1];
        for (var l = Layers - 1; l >= 0; l--)
        {
            var (units, inputs) = (_sizes[l + 1], _sizes[l]);
            fixed (float* d = dZ, a = _A[l], dW = _gradients[l], db = _gradients[Layers + l], W = _parameters[l].Span, dA = _d[l])
            {
                Simd.Product(units, m, inputs, d, false, a, true, dW);
                Simd.AddColumns(units, m, d, 1, db);
                if (l == 0)
                    return;
                _d[l].AsSpan(0, inputs * m).Clear();
                Simd.Product(inputs, units, m, W, true, d, false, dA);
                // Where dropout took a unit out, A is 0, and so is its error; elsewhere the mask is one number (9.10).
                Simd.WhereActive(inputs * m, (int)a, (int)dA);
                if (l == 1 && mask.Length > 0)
                    TensorPrimitives.Multiply(_d[1].AsSpan(0, mask.Length), (float)(1 / (1 - _dropout)), _d[1]);
            }
            dZ = _d[l];
        }
    }

    private void Update(double learningRate, int examples, int t)
    {
        var (ofM, ofS) = (1 / (1 - Math.Pow(_momentum, t)), 1 / (1 - Math.Pow(_beta2, t)));   // (9.5)
        for (var i = 0; i < _parameters.Length; i++)
        {
            var decay = i < Layers ? (float)(1 - learningRate * _weightDecay) : 1;   // (9.8); biases do not decay
            var count = _parameters[i].Length;
            fixed (float* x = _parameters[i].Span, g = _gradients[i], v = _V.Length == 0 ? [] : _V[i].Span, s = _S.Length == 0 ? [] : _S[i].Span)
            {
                if (_optimiser == 0)
                    Simd.Descend(count, (int)x, (int)g, decay, (float)(-learningRate / examples));
                else if (_optimiser == 1)
                    Simd.Momentum(count, (int)x, (int)v, (int)g, decay, (float)_momentum, 1f / examples, (float)-learningRate);
                else
                {
                    Simd.Adam(count, (int)x, (int)v, (int)s, (int)g, decay, (float)_momentum, (float)((1 - _momentum) / examples),
                        (float)_beta2, (float)((1 - _beta2) / examples / examples), (float)ofS, (float)Epsilon, (float)(-learningRate * ofM));
                }
            }
        }
    }
}
