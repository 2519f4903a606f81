using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bench;

/// <summary>What the machine can do at most: measured, as a data sheet would not know of the neighbours on it.</summary>
internal static class Machine
{
    /// <summary>Multiplications with addition, counted as two operations, in float on all cores: 10⁹ a second.</summary>
    public static double PeakFloat() => 2e-9 * OnAllCores(() => Vector512.IsHardwareAccelerated
        ? MultiplyAdds512(4_000_000) * Vector512<float>.Count
        : MultiplyAdds(4_000_000) * Vector<float>.Count);

    /// <summary>Reading memory that fits no cache, on all cores: 10⁹ bytes a second.</summary>
    public static double Bandwidth()
    {
        var blocks = Enumerable.Range(0, Environment.ProcessorCount).Select(i =>
        {
            var block = new float[64 << 20 >> 2];
            Array.Fill(block, i);
            return block;
        }).ToArray();
        var next = -1;
        return 1e-9 * OnAllCores(() =>
        {
            var block = blocks[Interlocked.Increment(ref next) % blocks.Length];
            return System.Numerics.Tensors.TensorPrimitives.Sum<float>(block) >= 0 ? (long)block.Length * sizeof(float) : 0;
        });
    }

    /// <summary>The best of several runs: how much all cores did together in a second.</summary>
    private static double OnAllCores(Func<long> work) => Enumerable.Range(0, 7).Max(_ =>
    {
        var done = 0L;
        var start = Stopwatch.GetTimestamp();
        Thread[] threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() => Interlocked.Add(ref done, work())))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return done / Stopwatch.GetElapsedTime(start).TotalSeconds;
    });

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long MultiplyAdds512(int times)
    {
        var x = Vector512.Create(1e-9f);
        Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x;
        for (var i = 0; i < times; i++)
        {
            a = Vector512.FusedMultiplyAdd(x, x, a);
            b = Vector512.FusedMultiplyAdd(x, x, b);
            c = Vector512.FusedMultiplyAdd(x, x, c);
            d = Vector512.FusedMultiplyAdd(x, x, d);
            e = Vector512.FusedMultiplyAdd(x, x, e);
            f = Vector512.FusedMultiplyAdd(x, x, f);
            g = Vector512.FusedMultiplyAdd(x, x, g);
            h = Vector512.FusedMultiplyAdd(x, x, h);
        }
        return Vector512.Sum(a + b + c + d + e + f + g + h) > 0 ? 8L * times : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long MultiplyAdds(int times)
    {
        var x = new Vector<float>(1e-9f);
        Vector<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x;
        for (var i = 0; i < times; i++)
        {
            a = Vector.FusedMultiplyAdd(x, x, a);
            b = Vector.FusedMultiplyAdd(x, x, b);
            c = Vector.FusedMultiplyAdd(x, x, c);
            d = Vector.FusedMultiplyAdd(x, x, d);
            e = Vector.FusedMultiplyAdd(x, x, e);
            f = Vector.FusedMultiplyAdd(x, x, f);
            g = Vector.FusedMultiplyAdd(x, x, g);
            h = Vector.FusedMultiplyAdd(x, x, h);
        }
        return Vector.Sum(a + b + c + d + e + f + g + h) > 0 ? 8L * times : 0;
    }
}
