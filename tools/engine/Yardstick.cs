using System.Diagnostics;

namespace Nb.Engine;

/// <summary>How fast this browser computes. What long cells do most is training, and most of that are products.</summary>
internal static class Yardstick
{
    private const int Size = 256;

    /// <summary>Milliseconds of such a product in a browser where cells take as long as on the machine that stored the durations.
    /// Where it took 0.65 ms, trainings took 2 (64 bits) to 12 times (32 bits) as long as stored: 5 is between them.</summary>
    private const double Reference = 0.13;

    /// <summary>The time here as a multiple of that: the best of several, as others may use the machine meanwhile.</summary>
    public static double Measure()
    {
        var A = Matrix.Uniform<float>(Size, Size, 0, 1, new Random(1));
        return Math.Round(Math.Max(0.1, Enumerable.Range(0, 8).Min(run =>
        {
            var time = Stopwatch.StartNew();
            _ = A * A;
            return time.Elapsed.TotalMilliseconds;
        }) / Reference), 1);
    }
}
