using System;
using System.Diagnostics;
using System.Linq;
using System.Numerics;

#nullable enable

// The work that is measured, as a script: compiled into the benchmark, and imported by a notebook as the library is.

/// <summary>Runs a line such as "epoch float 128 64" with the library of the course.</summary>
public static class Workloads
{
    /// <summary>The milliseconds that the work took; null when there is no such work.</summary>
    public static double? Run(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int[] sizes = [.. words.Skip(2).Select(int.Parse)];
        return words[1] == "double" ? Run<double>(words[0], sizes) : Run<float>(words[0], sizes);
    }

    private static double? Run<T>(string work, int[] sizes) where T : unmanaged, IBinaryFloatingPointIeee754<T> => work switch
    {
        "product" => Product<T>(sizes[0], sizes[1], sizes[2]),
        "epoch" => Epoch<T>(sizes[0], sizes[1], sizes.ElementAtOrDefault(2), sizes.ElementAtOrDefault(3)),
        "full" => Full<T>(),
        "infer" => Infer<T>(sizes[0], sizes[1]),
        _ => null
    };

    private static double Product<T>(int n, int k, int m) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var A = Matrix.Uniform<T>(n, k, 0, 1, new Random(1));
        var B = Matrix.Uniform<T>(k, m, 0, 1, new Random(2));
        var C = new Matrix<T>(n, m);   // the peers too write into a matrix that is there: what memory costs is another question
        return Median(() =>
        {
            C.Span.Clear();
            Matrix<T>.Product(A, B, C);
        }, 31);
    }

    /// <summary>The steps of one epoch over some examples (0: all), on some threads (0: as many as there are cores).</summary>
    private static double Epoch<T>(int hidden, int batch, int examples, int threads) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var all = Images<T>.Training.Take(examples == 0 ? 60_000 : examples);
        var before = Cores.Threads;
        if (threads > 0) Cores.Threads = threads;
        try
        {
            var network = Network<T>.Create([784, hidden, 10], new Random(1));
            using var step = Steps(network, all, batch);
            var watch = Stopwatch.StartNew();
            foreach (var indices in Training.Batches(all.Count, batch, new Random(2))) step.On(indices, 0.1);
            return watch.Elapsed.TotalMilliseconds;
        }
        finally
        {
            Cores.Threads = before;
        }
    }

    /// <summary>The original's step: 784-10-10, gradient descent on 41,160 images at once.</summary>
    private static double Full<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var all = Images<T>.Training.Take(41_160);
        var network = Network<T>.Create([784, 10, 10], new Random(1));
        using var step = Steps(network, all, 0);
        return Median(() => step.On(null, 0.1), 15);
    }

    /// <summary>The steps that Training.Train makes.</summary>
    private static TrainingStep<T> Steps<T>(Network<T> network, Examples<T> all, int batch) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var step = TrainingStep<T>.Make(network, new() { BatchSize = batch }, new Random(3));
        step.Take(all);
        return step;
    }

    private static double Infer<T>(int hidden, int count) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var network = Network<T>.Create([784, hidden, 10], new Random(1));
        var X = Images<T>.Training.X.ColumnRange(0, count);
        return Median(() => network.Predict(X), 31);
    }

    private static double Median(Action action, int times)
    {
        action();
        var taken = new double[times];
        for (var i = 0; i < times; i++)
        {
            var start = Stopwatch.GetTimestamp();
            action();
            taken[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(taken);
        return taken[times / 2];
    }

    private static class Images<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public static readonly Examples<T> Training = Mnist.Load().Training.ToExamples<T>();
    }
}
