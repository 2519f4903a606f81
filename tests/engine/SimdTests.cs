using System.Diagnostics;

namespace Tests.Engine;

/// <summary>The vector routines of the browser give what the taught code gives.</summary>
[Trait("Time", "long")]
public sealed class SimdTests(ServedSite site)
{
    [Fact]
    public void The_binary_is_assembled_from_the_source_beside_it()
    {
        var folder = Path.Join(Course.Root, "tools", "engine");
        var made = Path.Join(Directory.CreateTempSubdirectory("nb-simd-").FullName, "simd.wasm");
        try
        {
            using var assembler = Process.Start(new ProcessStartInfo("wat2wasm", [Path.Join(folder, "simd", "simd.wat"), "-o", made]) { RedirectStandardError = true })!;
            var errors = assembler.StandardError.ReadToEnd();
            assembler.WaitForExit();
            Assert.True(assembler.ExitCode == 0, errors);
            Assert.True(File.ReadAllBytes(made).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Join(folder, "live", "simd.wasm"))),
                "live/simd.wasm is not what simd/simd.wat says: assemble it again, as the source says at its top.");
        }
        catch (System.ComponentModel.Win32Exception) when (Environment.GetEnvironmentVariable("CI") is null or "")
        {
            Assert.Skip("No wat2wasm is installed (Debian's package wabt).");
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(made)!, recursive: true);
        }
    }

    [Fact]
    public async Task Products_are_those_of_three_loops_for_every_shape_and_layout()
    {
        await using var engine = await site.EngineAsync();
        await engine.TextAsync("#!import ../lib/course.dib");
        Assert.Equal("320 products, largest difference 0", await engine.TextAsync("""
            var (count, worst) = (0, 0.0);
            void Compare<T>(Random random) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
            {
                if (Matrix<T>.Product == Matrix<T>.ThreeLoops) throw new Exception("the taught product is in its place");
                for (var i = 0; i < 160; i++)
                {
                    var (n, k, m) = (random.Next(0, 22), random.Next(0, 22), random.Next(0, 22));
                    var A = i % 2 == 0 ? Matrix.Uniform<T>(n, k, -1, 1, random) : Matrix.Uniform<T>(k, n, -1, 1, random).Transposed;
                    var B = i % 4 < 2 ? Matrix.Uniform<T>(k, m, -1, 1, random) : Matrix.Uniform<T>(m, k, -1, 1, random).Transposed;
                    var (fast, taught) = (A * B, new Matrix<T>(n, m));
                    Matrix<T>.ThreeLoops(A, B, taught);
                    foreach (var (x, y) in fast.ToArray().Zip(taught.ToArray())) worst = Math.Max(worst, Math.Abs(double.CreateChecked(x - y)));
                    count++;
                }
            }
            Compare<float>(new Random(1));
            Compare<double>(new Random(2));
            $"{count} products, largest difference {worst}"
            """));
    }

    [Theory]
    [InlineData("new() { Epochs = 3, BatchSize = 16 }", "[40, 20, 10]")]
    [InlineData("new() { Epochs = 3, BatchSize = 0, Optimiser = Optimiser.Momentum, WeightDecay = 0.01 }", "[40, 21, 10]")]
    [InlineData("new() { Epochs = 3, BatchSize = 16, Optimiser = Optimiser.Adam, LearningRate = 0.01, Dropout = 0.2 }", "[40, 18, 10]")]
    [InlineData("new() { Epochs = 3, BatchSize = 7, WeightDecay = 0.01 }", "[40, 13, 9, 10]")]
    public async Task Training_steps_and_outputs_are_those_of_the_equations(string options, string sizes)
    {
        await using var engine = await site.EngineAsync();
        await engine.TextAsync("#!import ../lib/course.dib");
        // 300 examples: a batch of all goes forward in two slices.
        Assert.Equal("agree", await engine.TextAsync($$"""
            var X = Matrix.Uniform<float>(40, 300, 0, 1, new Random(2)).Map(x => x < 0.7f ? 0 : x);
            var examples = new Examples<float>(X, Enumerable.Range(0, 300).Select(i => (byte)(i % 10)).ToArray());
            (double[] Losses, float[] Numbers, float[] Outputs) Trained()
            {
                var network = Network<float>.Create({{sizes}}, new Random(1));
                var history = Training.Train(network, examples, null, {{options}}, new Random(3));
                return ([.. history.Epochs.Select(epoch => epoch.TrainingLoss)], [.. network.W.Concat(network.b).SelectMany(matrix => matrix.ToArray())],
                    Network<float>.Outputs(network, X).Z.ToArray());
            }
            var (product, outputs, begin) = (Seam<float>.Product, Seam<float>.Outputs, Seam<float>.Begin);
            if (product is null || outputs is null || begin is null) throw new Exception("nothing fast is there");
            var fast = Trained();
            Seam<float>.UseNothing();
            var taught = Trained();
            double Largest(IEnumerable<double> differences) => differences.Select(Math.Abs).Max();
            var worst = new[] { Largest(fast.Losses.Zip(taught.Losses, (a, b) => a - b)), Largest(fast.Numbers.Zip(taught.Numbers, (a, b) => (double)(a - b))), Largest(fast.Outputs.Zip(taught.Outputs, (a, b) => (double)(a - b))) };
            worst.Max() < 1e-4 && fast.Losses[^1] < fast.Losses[0] ? "agree" : string.Join(' ', worst)
            """));
    }
}
