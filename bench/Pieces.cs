using System.Diagnostics;
using System.Globalization;

namespace Bench;

/// <summary>The pieces of a training step one by one.</summary>
internal static class Pieces
{
    private const int Batch = 64, Rounds = 9;

    /// <summary>The lines of the table: batches of 64, in float.</summary>
    public static IEnumerable<string> Table()
    {
        yield return "| piece | hidden units | µs | allocated |";
        yield return "| --- | ---: | ---: | ---: |";
        var examples = Mnist.Load().Training.Take(6_000).ToExamples<float>();
        foreach (var hidden in (int[])[128, 800])
            foreach (var line in Of(hidden, examples))
                yield return line;
    }

    private static List<string> Of(int hidden, Examples<float> examples)
    {
        var network = Network<float>.Create([784, hidden, 10], new Random(1));
        using var step = TrainingStep<float>.Make(network, new() { BatchSize = Batch }, new Random(1));
        step.Take(examples);
        var indices = Training.Batches(examples.Count, Batch, new Random(1)).First();
        var batch = examples.Select(indices);
        var pass = network.Forward(batch.X);
        var gradients = network.Backward(pass, batch.Y);
        (string Name, Action Run)[] pieces =
        [
            ("select the batch", () => examples.Select(indices)),
            ("forward", () => network.Forward(batch.X)),
            ("backward", () => network.Backward(pass, batch.Y)),
            ("update", () => network.Update(gradients, 1e-9)),
            ("all four in one fast step", () => step.On(indices, 1e-9)),
        ];
        var times = pieces.Select(_ => new List<double>()).ToArray();
        var allocated = new long[pieces.Length];
        for (var round = -2; round < Rounds; round++)
            for (var i = 0; i < pieces.Length; i++)
            {
                var (count, before, start) = (0, GC.GetTotalAllocatedBytes(), Stopwatch.GetTimestamp());
                do
                {
                    pieces[i].Run();
                    count++;
                } while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < 20);
                if (round < 0) continue;
                times[i].Add(1000 * Stopwatch.GetElapsedTime(start).TotalMilliseconds / count);
                allocated[i] = (GC.GetTotalAllocatedBytes() - before) / count;
            }
        return [.. pieces.Select((piece, i) => string.Create(CultureInfo.InvariantCulture,
            $"| {piece.Name} | {hidden} | {Measured.Of(times[i])} | {(allocated[i] < 1024 ? "–" : $"{allocated[i] / 1024:N0} kB")} |"))];
    }
}
