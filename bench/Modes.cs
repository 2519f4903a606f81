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
    private static readonly string[] s_left = ["Setup", "Picture", "Charts", "TrainingView", "Drawings", "Sketch"];

    public static async Task Serve(string root)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && name.StartsWith("System.", StringComparison.Ordinal));
        var options = ScriptOptions.Default.WithOptimizationLevel(OptimizationLevel.Debug)
            .WithLanguageVersion(Microsoft.CodeAnalysis.CSharp.LanguageVersion.CSharp13)
            .WithImports("System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Text", "System.Threading.Tasks")   // as every client has them
            .WithReferences(references.Select(path => MetadataReference.CreateFromFile(path)));
        // What course.dib imports but for the client and the pictures, in its order.
        var scripts = File.ReadLines(Path.Combine(root, "lib", "course.dib")).Where(line => line.StartsWith("#!import ", StringComparison.Ordinal))
            .Select(line => Path.GetFullPath(Path.Combine(root, "lib", line["#!import ".Length..])))
            .Where(path => !s_left.Contains(Path.GetFileNameWithoutExtension(path)) && !path.EndsWith("Figures.csx", StringComparison.Ordinal));
        var state = await CSharpScript.RunAsync("", options);
        foreach (var path in scripts) state = await state.ContinueWithAsync(File.ReadAllText(path), options.WithFilePath(path));
        state = await state.ContinueWithAsync(File.ReadAllText(Path.Combine(root, "bench", "Workloads.csx")), options);
        var run = (await state.ContinueWithAsync<Func<string, double?>>("Workloads.Run", options)).ReturnValue;
        Console.WriteLine("ready");
        while (Console.ReadLine() is { Length: > 0 } work)
            Console.WriteLine(run(work)?.ToString("R", CultureInfo.InvariantCulture) ?? "-");
    }
}
