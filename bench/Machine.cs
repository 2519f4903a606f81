using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bench;

/// <summary>What the machine can do at most: measured, as a data sheet would not know of the neighbours on it.</summary>
internal static class Machine
{
    /// <summary>Multiplications with addition, counted as two operations, in float on all cores: 10⁹ a second.</summary>
    public static double PeakFloat() => Peak<float>();

    /// <summary>The same in double.</summary>
    public static double PeakDouble() => Peak<double>();

    private static double Peak<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> => 2e-9 * OnAllCores(() => Vector512.IsHardwareAccelerated
        ? MultiplyAdds<T, Vector512<T>, Register512<T>>(16_000_000)
        : MultiplyAdds<T, Vector<T>, Register<T>>(16_000_000));

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

    /// <summary>The best of several runs: how much all cores did together in a second, after each thread had found a core of its own.</summary>
    private static double OnAllCores(Func<long> work) => Enumerable.Range(0, 15).Max(_ =>
    {
        var (done, start) = (0L, 0L);
        using var together = new Barrier(Environment.ProcessorCount, _ => start = Stopwatch.GetTimestamp());
        Thread[] threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            var begin = Stopwatch.GetTimestamp();
            do work();
            while (Stopwatch.GetElapsedTime(begin).TotalMilliseconds < 20);
            together.SignalAndWait();
            Interlocked.Add(ref done, work());
        }))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return done / Stopwatch.GetElapsedTime(start).TotalSeconds;
    });

    /// <summary>Eight sums that do not wait for each other, in the registers of the library.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long MultiplyAdds<T, V, R>(int times) where T : unmanaged, IBinaryFloatingPointIeee754<T> where R : IRegister<T, V>
    {
        var x = R.Fill(T.CreateChecked(1e-9));
        V a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x;
        for (var i = 0; i < times; i++)
        {
            a = R.MultiplyAdd(x, x, a);
            b = R.MultiplyAdd(x, x, b);
            c = R.MultiplyAdd(x, x, c);
            d = R.MultiplyAdd(x, x, d);
            e = R.MultiplyAdd(x, x, e);
            f = R.MultiplyAdd(x, x, f);
            g = R.MultiplyAdd(x, x, g);
            h = R.MultiplyAdd(x, x, h);
        }
        var sum = R.Add(R.Add(R.Add(a, b), R.Add(c, d)), R.Add(R.Add(e, f), R.Add(g, h)));
        return R.Sum(sum) > T.Zero ? 8L * times * R.Length : 0;
    }
}
