using System;
using System.Diagnostics;
using System.Linq;
using System.Numerics;

#nullable enable

// The work that is measured, as a script: compiled into the benchmark, and imported by a notebook as the library is.

/// <summary>Runs a line such as "epoch float 128 64" or "epoch float 800 128 60000 0 adam+dropout" with the library of the course.</summary>
public static class Workloads
{
    /// <summary>The milliseconds that the work took; null when there is no such work.</summary>
    public static double? Run(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int[] sizes = [.. words.Skip(2).TakeWhile(word => char.IsDigit(word[0])).Select(int.Parse)];
        string[] rules = char.IsDigit(words[^1][0]) ? [] : words[^1].Split('+');
        return words[1] == "double" ? Run<double>(words[0], sizes, rules) : Run<float>(words[0], sizes, rules);
    }

    /// <summary>The pixels of a training image that are not 0, in the mean.</summary>
    public static double NonZeros()
    {
        var X = Images<float>.Training.X;
        return (X.Span.Length - (double)X.Span.Count(0f)) / X.Columns;
    }

    private static double? Run<T>(string work, int[] sizes, string[] rules) where T : unmanaged, IBinaryFloatingPointIeee754<T> => work switch
    {
        "product" => Product<T>(sizes[0], sizes[1], sizes[2]),
        "epoch" => Epoch<T>(sizes[0], sizes[1], sizes.ElementAtOrDefault(2), sizes.ElementAtOrDefault(3), rules),
        "full" => Full<T>(),
        "infer" => Infer<T>(sizes[0], sizes[1]),
        "distort" => Distort<T>(sizes[0]),
        _ => null
    };

    private static double Product<T>(int n, int k, int m) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var A = Matrix.Uniform<T>(n, k, 0, 1, new Random(1));
        var B = Matrix.Uniform<T>(k, m, 0, 1, new Random(2));
        var C = new Matrix<T>(n, m);   // the peers too write into a matrix that is there: what memory costs is another question
        return Median(() => Matrix<T>.Product(A, B, C), Times((double)n * k * m));
    }

    /// <summary>The steps of one epoch over some examples (0: all), on some threads (0: as many as there are cores).</summary>
    private static double Epoch<T>(int hidden, int batch, int examples, int threads, string[] rules) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var all = Images<T>.Training.Take(examples == 0 ? 60_000 : examples);
        var before = Cores.Threads;
        if (threads > 0) Cores.Threads = threads;
        try
        {
            var network = Network<T>.Create([784, hidden, 10], new Random(1));
            using var step = Steps(network, all, new()
            {
                BatchSize = batch,
                Optimiser = rules.Contains("adam") ? Optimiser.Adam : Optimiser.GradientDescent,
                Dropout = rules.Contains("dropout") ? 0.2 : 0,
                WeightDecay = rules.Contains("decay") ? 0.01 : 0
            });
            var rate = rules.Contains("adam") ? 0.001 : 0.1;
            var watch = Stopwatch.StartNew();
            foreach (var indices in Training.Batches(all.Count, batch, new Random(2))) step.On(indices, rate);
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
        using var step = Steps(network, all, new() { BatchSize = 0 });
        int[] indices = [.. Enumerable.Range(0, all.Count)];
        return Median(() => step.On(indices, 0.1), 15);
    }

    /// <summary>The steps that Training.Train makes.</summary>
    private static TrainingStep<T> Steps<T>(Network<T> network, Examples<T> all, TrainingOptions options) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var step = TrainingStep<T>.Make(network, options, new Random(3));
        step.Take(all);
        return step;
    }

    private static double Infer<T>(int hidden, int count) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var network = Network<T>.Create([784, hidden, 10], new Random(1));
        var X = Images<T>.Training.X.ColumnRange(0, count);
        return Median(() => network.Predict(X), count > 1000 ? 9 : 31);
    }

    /// <summary>Images distorted as in notebook 09.</summary>
    private static double Distort<T>(int count) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var X = Images<T>.Training.X.ColumnRange(0, count);
        var distortion = new Distortion { MaxRotation = 8, MaxScale = 0.08, MaxShear = 0.08, MaxShift = 0.5, ElasticAlpha = 20 };
        return Median(() => Distortions.Apply(X, distortion, new Random(4)), 3);
    }

    /// <summary>How often a product is measured in a round: the large ones take long enough by themselves.</summary>
    private static int Times(double multiplications) => multiplications < 3e8 ? 31 : multiplications < 3e9 ? 5 : 3;

    private static double Median(Action action, int times)
    {
        // The system takes some milliseconds to give threads that were just woken cores of their own, ours as the peers'.
        var begin = Stopwatch.GetTimestamp();
        do action();
        while (Stopwatch.GetElapsedTime(begin).TotalMilliseconds < 50);
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
