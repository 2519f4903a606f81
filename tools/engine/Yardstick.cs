using System.Diagnostics;

namespace Nb.Engine;

/// <summary>A small piece of what the long cells do: a product of a training step.</summary>
internal static class Yardstick
{
    /// <summary>Milliseconds that the product takes on the machine that executed the notebooks.</summary>
    private const double Reference = 0.019;

    /// <summary>The time here as a multiple of that: the best of three, as others may use the machine meanwhile.</summary>
    public static double Measure()
    {
        var weights = Matrix.Normal<float>(32, 784, 0.1, new Random(1));
        var batch = Matrix.Normal<float>(784, 32, 1, new Random(2));
        _ = weights * batch;   // what is compiled when it first runs is no part of it
        return Math.Round(Math.Max(0.1, Enumerable.Range(0, 3).Min(run =>
        {
            var time = Stopwatch.StartNew();
            _ = weights * batch;
            return time.Elapsed.TotalMilliseconds;
        }) / Reference), 1);
    }
}
