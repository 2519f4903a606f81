using System.Numerics;
using System.Runtime.CompilerServices;

#nullable enable

// Puts the routines of fast/ into the seam. It happens by itself when this file has been loaded.

/// <summary>The routines of fast/, for <see cref="Seam{T}"/>.</summary>
public static class Fast
{
    /// <summary>From now on products, measurements and training steps are computed by the routines of fast/.</summary>
    [ModuleInitializer]
    public static void On()
    {
        On<float>();
        On<double>();
    }

    private static void On<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Seam<T>.Use(FastProduct.Add, FastOutputs.Compute, Begin);

    private static StepRoutines<T>? Begin<T>(int[] sizes, int activation, int loss, int optimiser, double momentum, double beta2, double weightDecay, double dropout,
        ReadOnlyMemory<T> X, ReadOnlyMemory<T> Y, Memory<T>[] W, Memory<T>[] b, Memory<T>[] V, Memory<T>[] S, int largestBatch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        FusedStep<T>.Begin(sizes, activation, loss, optimiser, momentum, beta2, weightDecay, dropout, X, Y, W, b, V, S, largestBatch) is { } step
            ? new((indices, learningRate, mask, t) => step.Step(indices.Span, learningRate, mask, t), step.Load, step.Store, step.Dispose)
            : null;
}
