using System.Diagnostics;

namespace Nb.Engine;

/// <summary>A small piece of what the long cells do: steps of training.</summary>
internal static class Yardstick
{
    /// <summary>The time of the steps on the machine that executed the notebooks.</summary>
    private const double Reference = 1;

    /// <summary>The time here as a multiple of that, at least a hundredth.</summary>
    public static double Measure()
    {
        Steps(2);   // what is compiled when it first runs is no part of it
        var time = Stopwatch.StartNew();
        Steps(10);
        return Math.Max(time.Elapsed.TotalMilliseconds / Reference, 0.01);
    }

    private static void Steps(int count)
    {
    }
}
