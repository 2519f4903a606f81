using System.Diagnostics;

namespace Nb.Engine;

/// <summary>A small piece of what the long cells do: forward passes of a small network, as a gradient check makes them.</summary>
internal static class Yardstick
{
    /// <summary>Milliseconds that ten passes take on the machine that executed the notebooks, at best (28 November 2026).</summary>
    private const double Reference = 0.33;

    /// <summary>The time here as a multiple of that: the best of three, as others may use the machine meanwhile.</summary>
    public static double Measure()
    {
        var network = Network<double>.Create([784, 12, 10], new Random(1));
        var X = Matrix.Uniform<double>(784, 20, 0, 1, new Random(2));
        var Y = Matrix.OneHot<double>([.. Enumerable.Range(0, 20).Select(j => (byte)(j % 10))]);
        Passes(1);   // what is compiled when it first runs is no part of it
        return Math.Round(Math.Max(0.1, Enumerable.Range(0, 3).Min(run =>
        {
            var time = Stopwatch.StartNew();
            Passes(10);
            return time.Elapsed.TotalMilliseconds;
        }) / Reference), 1);

        void Passes(int count)
        {
            for (var i = 0; i < count; i++) _ = network.LossOf(network.Forward(X), Y);
        }
    }
}
