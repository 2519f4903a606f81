using System;
using System.Diagnostics;
using System.Linq;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

#nullable enable

// Work that is done twice, by the library as it is compiled into the tests, and by a client that compiles it as scripts.

/// <summary>What goes through the seam: products, training steps, outputs.</summary>
public static class Work
{
    /// <summary>A hash of the bits of all that is computed.</summary>
    public static string Bits<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(Matrix<T> of) => hash.AppendData(MemoryMarshal.AsBytes(of.ToPlain().Span));
        var random = new Random(1);
        for (var i = 0; i < 20; i++)
        {
            var (n, k, m) = (random.Next(1, 90), random.Next(1, 90), random.Next(1, 90));
            var (A, B) = (Matrix.Uniform<T>(n, k, -1, 1, random), Matrix.Uniform<T>(k, m, -1, 1, random));
            Add(A * B);
            Add(B.Transposed * A.Transposed);
            Add(Matrix.Uniform<T>(k, n, -1, 1, random).Transposed * B);
            Add(A * Matrix.Uniform<T>(m, k, -1, 1, random).Transposed);
        }
        foreach (var optimiser in Enum.GetValues<Optimiser>())
            foreach (var batchSize in (int[])[1, 24, 0])
            {
                var (network, examples) = Made<T>(784, 40, 600);
                Training.Train(network, examples, null, new()
                {
                    Epochs = 2, BatchSize = batchSize, LearningRate = 0.01, Optimiser = optimiser, WeightDecay = 0.001, Dropout = batchSize == 24 ? 0.2 : 0,
                }, new Random(3));
                foreach (var W in network.W.Concat(network.b)) Add(W);
                Add(network.Forward(examples.X).Output);
            }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>The milliseconds of an epoch of 3,000 examples, and of a step over all of them; the fastest of five.</summary>
    public static double[] Milliseconds() => [Fastest(64), Fastest(0)];

    private static double Fastest(int batchSize)
    {
        var (network, examples) = Made<float>(784, 128, 3000);
        using var step = TrainingStep<float>.Make(network, new() { BatchSize = batchSize }, new Random(2));
        step.Take(examples);
        int[] all = [.. Enumerable.Range(0, examples.Count)];
        return Enumerable.Range(0, 6).Min(_ =>
        {
            var start = Stopwatch.GetTimestamp();
            if (batchSize == 0) step.On(all, 0.1);
            else foreach (var batch in Training.Batches(examples.Count, batchSize, new Random(3))) step.On(batch, 0.1);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        });
    }

    // Four fifths of the inputs are 0, some of the others greys.
    private static (Network<T>, Examples<T>) Made<T>(int inputs, int hidden, int count) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var X = Matrix.Uniform<T>(inputs, count, 0, 1, new Random(4)).Map(x => double.CreateChecked(x) < 0.8 ? T.Zero
            : double.CreateChecked(x) < 0.9 ? x : T.Round(x * T.CreateChecked(255)) / T.CreateChecked(255));
        return (Network<T>.Create([inputs, hidden, 10], new Random(5)), new(X, [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))]));
    }
}
