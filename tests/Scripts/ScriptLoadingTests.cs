using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;

namespace Tests.Scripts;

/// <summary>
/// The scripts loaded as notebooks load them: one Roslyn submission after the other, in C# 13, compiled with the
/// optimiser as in nb and .NET Interactive, and without it as in Verso.
/// </summary>
public class ScriptLoadingTests
{
    private static async Task<(ScriptState<object> State, Diagnostic[] Warnings)> Load(OptimizationLevel level)
    {
        var options = ScriptOptions.Default
            .WithReferences(AppDomain.CurrentDomain.GetAssemblies().Where(a => !a.IsDynamic && a.Location != "" && a != typeof(ScriptLoadingTests).Assembly))
            .AddReferences(typeof(System.Numerics.Tensors.TensorPrimitives).Assembly, typeof(Plotly.NET.GenericChart).Assembly,
                typeof(Plotly.NET.CSharp.Chart).Assembly, typeof(Microsoft.FSharp.Core.FSharpOption<>).Assembly)
            .WithLanguageVersion(LanguageVersion.CSharp13)
            .WithOptimizationLevel(level);
        ScriptState<object>? state = null;
        var warnings = new List<Diagnostic>();
        foreach (var name in new[] { "NeuralNet.csx", "Mnist.csx", "Charts.csx" })
        {
            var path = Path.Combine(Course.Root, "lib", name);
            var script = state is null
                ? CSharpScript.Create<object>(File.ReadAllText(path), options.WithFilePath(path))
                : state.Script.ContinueWith<object>(File.ReadAllText(path), options.WithFilePath(path));
            warnings.AddRange(script.GetCompilation().GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning));
            state = state is null ? await script.RunAsync(cancellationToken: TestContext.Current.CancellationToken) : await script.RunFromAsync(state, TestContext.Current.CancellationToken);
        }
        return (state!, [.. warnings]);
    }

    [Theory]
    [InlineData(OptimizationLevel.Debug)]
    [InlineData(OptimizationLevel.Release)]
    public async Task Scripts_load_without_a_warning_and_give_the_numbers_of_the_compiled_library(OptimizationLevel level)
    {
        var (state, warnings) = await Load(level);
        Assert.Empty(warnings);

        state = await state.ContinueWithAsync("""
            var network = Network<double>.Create([30, 20, 10], new Random(1));
            var X = Matrix.Uniform<double>(30, 50, 0, 1, new Random(2));
            var examples = new Examples<double>(X, Enumerable.Range(0, 50).Select(i => (byte)(i % 10)).ToArray());
            Training.Train(network, examples, null, new TrainingOptions { Epochs = 3, BatchSize = 10 }, new Random(3));
            (network.W1.ToArray(), typeof(Matrix<double>))
            """, cancellationToken: TestContext.Current.CancellationToken);
        var (weights, type) = ((double[], Type))state.ReturnValue;

        var expected = Network<double>.Create([30, 20, 10], new Random(1));
        var examples = new Examples<double>(Matrix.Uniform<double>(30, 50, 0, 1, new Random(2)), [.. Enumerable.Range(0, 50).Select(i => (byte)(i % 10))]);
        Training.Train(expected, examples, null, new() { Epochs = 3, BatchSize = 10 }, new Random(3));
        Assert.Equal(0, expected.W1.ToArray().Zip(weights, (a, b) => Math.Abs(a - b)).Max(), 1e-12);

        // A script compiled without the optimiser takes the product out of precompiled routines, and knows it.
        var optimised = (bool)type.Assembly.GetTypes().Single(t => t.Name == "MatrixProduct")
            .GetField("IsOptimised", System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!.GetValue(null)!;
        Assert.Equal(level == OptimizationLevel.Release, optimised);
    }
}
