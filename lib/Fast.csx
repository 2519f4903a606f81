using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;

#nullable enable

// Puts the routines of fast/ into the seam. It happens by itself when this file has been loaded.

/// <summary>The routines of fast/, for <see cref="Seam{T}"/>.</summary>
public static class Fast
{
    /// <summary>
    /// Where the client did not optimise the scripts, and the routines could not be compiled anew: why not. Null when they
    /// could, and where there was no need, as in the browser.
    /// </summary>
    public static string? Problem { get; private set; }

    /// <summary>Whether the routines were compiled anew because the client did not optimise them.</summary>
    public static bool IsRecompiled { get; private set; }

    /// <summary>From now on products, measurements and training steps are computed by the routines of fast/.</summary>
    [ModuleInitializer]
    public static void On()
    {
        (Problem, IsRecompiled) = (null, false);
        // The browser interprets whatever is compiled.
        if (!Cores.IsOptimised && !OperatingSystem.IsBrowser())
        {
            try
            {
                var assembly = Recompiled.Load();
                Recompiled.Use<float>(assembly);
                Recompiled.Use<double>(assembly);
                IsRecompiled = true;
                return;
            }
            catch (Exception e)
            {
                // Whatever it was: without this, everything goes on more slowly.
                Problem = ((e as TargetInvocationException)?.InnerException ?? e).Message;
            }
        }
        On<float>();
        On<double>();
    }

    private static void On<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Seam<T>.Use(FastProduct.Compute, FastOutputs.Compute, Begin);

    private static StepRoutines<T>? Begin<T>(int[] sizes, int activation, int loss, int optimiser, double momentum, double beta2, double weightDecay, double dropout,
        ReadOnlyMemory<T> X, ReadOnlyMemory<T> Y, Memory<T>[] W, Memory<T>[] b, Memory<T>[] V, Memory<T>[] S, int largestBatch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        FusedStep<T>.Begin(sizes, activation, loss, optimiser, momentum, beta2, weightDecay, dropout, X, Y, W, b, V, S, largestBatch) is { } step
            ? new(step.Step, step.Load, step.Store, step.Dispose)
            : null;
}
