using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

#nullable enable

// The rules of section 9 in one pass over the memory: each parameter, its gradient, and what is remembered of it are
// loaded once and stored once.

/// <summary>How gradients become a step: plain descent (6.1), momentum (9.1), (9.2) or Adam (9.3) to (9.6), with weight decay (9.8).</summary>
/// <param name="optimiser">0 plain gradient descent, 1 momentum, 2 Adam.</param>
/// <param name="momentum">μ, or β1.</param>
/// <param name="beta2">β2.</param>
/// <param name="weightDecay">λ.</param>
internal sealed class Rule<T>(int optimiser, double momentum, double beta2, double weightDecay) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double Epsilon = 1e-8;   // of (9.6)
    private double learningRate, perExample, decay;
    private double correctionOfM, correctionOfS;

    /// <summary>Whether the step of a parameter depends on nothing but its gradient.</summary>
    public bool IsPlain => optimiser == 0;

    /// <summary>Of plain descent: what is added to a parameter for a derivative of 1 of one example.</summary>
    public T Straight { get; private set; }

    /// <summary>
    /// Whether there is a bound for the steps, whatever the gradients are. For Adam with β1 &lt; √β2 there is: in S each
    /// gradient g of k steps ago has the share (1 − β2)·β2^k·g², so |g| ≤ √(S/((1 − β2)·β2^k)), and M is at most
    /// (1 − β1)·Σ β1^k·|g|, a geometric sum.
    /// </summary>
    public static bool IsBounded(int optimiser, double momentum, double beta2) => optimiser is 0 or 1 || (optimiser == 2 && momentum < 0.999 * Math.Sqrt(beta2));

    /// <summary>Makes the factors of one step. False when one of them is not a number that T can hold.</summary>
    public bool Begin(double learningRate, int examples, int t)
    {
        (this.learningRate, perExample, decay) = (learningRate, 1.0 / examples, 1 - learningRate * weightDecay);
        (correctionOfM, correctionOfS) = (1 / (1 - Math.Pow(momentum, t)), 1 / (1 - Math.Pow(beta2, t)));   // (9.5)
        Straight = T.CreateChecked(-learningRate / examples);
        return T.IsFinite(Straight) && T.IsFinite(T.CreateChecked(learningRate * (optimiser == 2 ? correctionOfM : 1))) && T.IsFinite(T.CreateChecked(decay));
    }

    /// <summary>Weights of plain descent before their gradients are added: (9.8).</summary>
    public void Decay(Span<T> w1, Span<T> w2)
    {
        if (weightDecay == 0) return;
        TensorPrimitives.Multiply(w1, T.CreateChecked(decay), w1);   // (9.8)
        TensorPrimitives.Multiply(w2, T.CreateChecked(decay), w2);   // (9.8)
    }

    /// <summary>One step of parameters x with the gradients g, which are sums over the examples.</summary>
    /// <param name="x">Parameters.</param>
    /// <param name="v">V of them, or M; as long as x, and not looked at by plain descent.</param>
    /// <param name="s">S of them, of Adam.</param>
    /// <param name="g">Gradients.</param>
    /// <param name="decays">Whether they are weights, which decay.</param>
    public void Apply(Span<T> x, Span<T> v, Span<T> s, ReadOnlySpan<T> g, bool decays)
    {
        if (decays && weightDecay != 0) TensorPrimitives.Multiply(x, T.CreateChecked(decay), x);   // (9.8)
        if (optimiser == 0)
            TensorPrimitives.MultiplyAdd(g, Straight, x, x);   // (6.1)
        else if (optimiser == 1)
            Momentum(x, v, g, T.CreateChecked(momentum), T.CreateChecked(perExample), T.CreateChecked(-learningRate));
        else
            Adam(x, v, s, g);
    }

    /// <summary>Bounds for the absolute values of parameters and of V after a step, from those before it and from the largest gradient.</summary>
    public (double OfX, double OfV) Bounds(double ofX, double ofV, double largestGradient)
    {
        ofX *= Math.Max(1, Math.Abs(decay));
        if (optimiser == 0) return (ofX + Math.Abs(learningRate) * largestGradient, 0);
        if (optimiser == 1)
        {
            ofV = momentum * ofV + largestGradient;
            return (ofX + Math.Abs(learningRate) * ofV, ofV);
        }
        var longest = (1 - momentum) / Math.Sqrt(1 - beta2) / (1 - momentum / Math.Sqrt(beta2)) * correctionOfM;
        // A gradient that is not finite makes the bound NaN.
        return (ofX + Math.Abs(learningRate) * longest + 0 * largestGradient, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Momentum(Span<T> x, Span<T> v, ReadOnlySpan<T> g, T mu, T perExample, T step)
    {
        var (mus, shares, steps) = (new Vector<T>(mu), new Vector<T>(perExample), new Vector<T>(step));
        ref var firstX = ref MemoryMarshal.GetReference(x);
        ref var firstV = ref MemoryMarshal.GetReference(v);
        ref var firstG = ref MemoryMarshal.GetReference(g);
        var i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var V = Register<T>.MultiplyAdd(shares, Register<T>.Load(ref firstG, i), mus * Register<T>.Load(ref firstV, i));   // (9.1)
            Register<T>.Store(V, ref firstV, i);
            Register<T>.Store(Register<T>.MultiplyAdd(steps, V, Register<T>.Load(ref firstX, i)), ref firstX, i);             // (9.2)
        }
        for (; i < x.Length; i++)
        {
            v[i] = mu * v[i] + perExample * g[i];   // (9.1)
            x[i] += step * v[i];                    // (9.2)
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Adam(Span<T> x, Span<T> m, Span<T> s, ReadOnlySpan<T> g)
    {
        var (beta1, share1) = (T.CreateChecked(momentum), T.CreateChecked((1 - momentum) * perExample));
        var (beta2OfS, share2) = (T.CreateChecked(beta2), T.CreateChecked((1 - beta2) * perExample * perExample));
        var (step, correction, epsilon) = (T.CreateChecked(-learningRate * correctionOfM), T.CreateChecked(correctionOfS), T.CreateChecked(Epsilon));
        var (betas1, shares1, betas2, shares2) = (new Vector<T>(beta1), new Vector<T>(share1), new Vector<T>(beta2OfS), new Vector<T>(share2));
        var (steps, corrections, epsilons) = (new Vector<T>(step), new Vector<T>(correction), new Vector<T>(epsilon));
        ref var firstX = ref MemoryMarshal.GetReference(x);
        ref var firstM = ref MemoryMarshal.GetReference(m);
        ref var firstS = ref MemoryMarshal.GetReference(s);
        ref var firstG = ref MemoryMarshal.GetReference(g);
        var i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var G = Register<T>.Load(ref firstG, i);
            var M = Register<T>.MultiplyAdd(shares1, G, betas1 * Register<T>.Load(ref firstM, i));        // (9.3)
            var S = Register<T>.MultiplyAdd(shares2 * G, G, betas2 * Register<T>.Load(ref firstS, i));    // (9.4)
            Register<T>.Store(M, ref firstM, i);
            Register<T>.Store(S, ref firstS, i);
            var direction = M / (Vector.SquareRoot(S * corrections) + epsilons);                         // (9.5), (9.6)
            Register<T>.Store(Register<T>.MultiplyAdd(steps, direction, Register<T>.Load(ref firstX, i)), ref firstX, i);
        }
        for (; i < x.Length; i++)
        {
            m[i] = beta1 * m[i] + share1 * g[i];                              // (9.3)
            s[i] = beta2OfS * s[i] + share2 * g[i] * g[i];                    // (9.4)
            x[i] += step * (m[i] / (T.Sqrt(s[i] * correction) + epsilon));    // (9.5), (9.6)
        }
    }
}
