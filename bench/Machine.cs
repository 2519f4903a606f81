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
        ? MultiplyAdds512<float>(4_000_000) * Vector512<float>.Count
        : MultiplyAdds<float>(4_000_000) * Vector<float>.Count);

    /// <summary>The same in double.</summary>
    public static double PeakDouble() => 2e-9 * OnAllCores(() => Vector512.IsHardwareAccelerated
        ? MultiplyAdds512<double>(4_000_000) * Vector512<double>.Count
        : MultiplyAdds<double>(4_000_000) * Vector<double>.Count);

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
    private static long MultiplyAdds512<T>(int times) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var x = Vector512.Create(T.CreateChecked(1e-9));
        Vector512<T> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x;
        for (var i = 0; i < times; i++)
        {
            a = Fused(x, a);
            b = Fused(x, b);
            c = Fused(x, c);
            d = Fused(x, d);
            e = Fused(x, e);
            f = Fused(x, f);
            g = Fused(x, g);
            h = Fused(x, h);
        }
        return Vector512.Sum(a + b + c + d + e + f + g + h) > T.Zero ? 8L * times : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long MultiplyAdds<T>(int times) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var x = new Vector<T>(T.CreateChecked(1e-9));
        Vector<T> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x;
        for (var i = 0; i < times; i++)
        {
            a = Fused(x, a);
            b = Fused(x, b);
            c = Fused(x, c);
            d = Fused(x, d);
            e = Fused(x, e);
            f = Fused(x, f);
            g = Fused(x, g);
            h = Fused(x, h);
        }
        return Vector.Sum(a + b + c + d + e + f + g + h) > T.Zero ? 8L * times : 0;
    }

    private static Vector512<T> Fused<T>(Vector512<T> x, Vector512<T> sum) => typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(x.AsSingle(), x.AsSingle(), sum.AsSingle()).As<float, T>()
        : Vector512.FusedMultiplyAdd(x.AsDouble(), x.AsDouble(), sum.AsDouble()).As<double, T>();

    private static Vector<T> Fused<T>(Vector<T> x, Vector<T> sum) => typeof(T) == typeof(float)
        ? Vector.FusedMultiplyAdd(Vector.AsVectorSingle(x), Vector.AsVectorSingle(x), Vector.AsVectorSingle(sum)).As<float, T>()
        : Vector.FusedMultiplyAdd(Vector.AsVectorDouble(x), Vector.AsVectorDouble(x), Vector.AsVectorDouble(sum)).As<double, T>();
}
