using BenchmarkDotNet.Attributes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using System.Globalization;

namespace Bench;

/// <summary>d: from nothing to 98 % of the test images.</summary>
internal static class ColdStart
{
    public static void Run()
    {
        var (training, test) = Mnist.Load();
        var network = Network<float>.Create([784, 128, 10], new Random(1));
        using var enough = new CancellationTokenSource();
        try
        {
            Training.Train(network, training.ToExamples<float>(), test.ToExamples<float>(), new()
            {
                Epochs = 50, BatchSize = 32, LearningRate = 0.4, Decay = 0.8, Token = enough.Token,
                OnEpoch = e =>
                {
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"epoch {e.Epoch}: {e.ValidationAccuracy:P2}"));
                    if (e.ValidationAccuracy >= 0.98) enough.Cancel();
                }
            }, new Random(2));
            throw new InvalidOperationException("50 epochs did not reach 98 %.");
        }
        catch (OperationCanceledException)
        {
            // It is reached.
        }
    }
}

/// <summary>The library as a script that is compiled without the optimiser, as a client for debugging does it.</summary>
internal static class Script
{
    public static async Task Serve(string root)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && name.StartsWith("System.", StringComparison.Ordinal));
        var options = ScriptOptions.Default.WithOptimizationLevel(OptimizationLevel.Debug)
            .WithLanguageVersion(Microsoft.CodeAnalysis.CSharp.LanguageVersion.CSharp13)
            .WithReferences(references.Select(path => MetadataReference.CreateFromFile(path)));
        // What course.dib imports between the client and the pictures, in its order.
        var scripts = File.ReadLines(Path.Combine(root, "lib", "course.dib")).Where(line => line.StartsWith("#!import ", StringComparison.Ordinal))
            .Select(line => Path.Combine(root, "lib", line["#!import ".Length..])).SkipWhile(path => path.EndsWith("Setup.csx", StringComparison.Ordinal))
            .TakeWhile(path => !path.EndsWith("Drawings.csx", StringComparison.Ordinal));
        var state = await CSharpScript.RunAsync("", options);
        foreach (var path in scripts) state = await state.ContinueWithAsync(File.ReadAllText(path), options);
        state = await state.ContinueWithAsync(File.ReadAllText(Path.Combine(root, "bench", "Workloads.csx")), options);
        var run = (await state.ContinueWithAsync<Func<string, double?>>("Workloads.Run", options)).ReturnValue;
        Console.WriteLine("ready");
        while (Console.ReadLine() is { Length: > 0 } work)
            Console.WriteLine(run(work)?.ToString("R", CultureInfo.InvariantCulture) ?? "-");
    }
}

/// <summary>The pieces of a training step one by one, with BenchmarkDotNet.</summary>
[MemoryDiagnoser, ShortRunJob]
public class Pieces
{
    private readonly Examples<float> examples = Mnist.Load().Training.Take(6_000).ToExamples<float>();
    private Network<float> network = null!;
    private TrainingStep<float> step = null!, plain = null!;
    private Gradients<float> gradients = null!;
    private Examples<float> batch = null!;
    private ForwardPass<float> pass = null!;
    private int[] indices = [];

    [Params(128, 800)]
    public int Hidden { get; set; }

    [GlobalSetup]
    public void Make()
    {
        network = Network<float>.Create([784, Hidden, 10], new Random(1));
        step = TrainingStep<float>.Make(network, new() { BatchSize = 64 }, new Random(1));
        plain = new(network.Copy(), new() { BatchSize = 64 }, new Random(1));
        step.Take(examples);
        plain.Take(examples);
        indices = Training.Batches(examples.Count, 64, new Random(1)).First();
        batch = examples.Select(indices);
        pass = network.Forward(batch.X);
        gradients = network.Backward(pass, batch.Y);
    }

    [GlobalCleanup]
    public void End() => step.Dispose();

    [Benchmark] public object SelectBatch() => examples.Select(indices);
    [Benchmark] public object PlainForward() => network.Forward(batch.X);
    [Benchmark] public object PlainBackward() => network.Backward(pass, batch.Y);
    [Benchmark] public void PlainUpdate() => network.Update(gradients, 1e-9);
    [Benchmark] public double PlainStep() => plain.On(indices, 1e-9);
    [Benchmark(Baseline = true)] public double FusedStep() => step.On(indices, 1e-9);
}
