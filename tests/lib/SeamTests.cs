using System.Numerics;
using System.Text.Json.Nodes;
using CsCheck;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Tests.Lib;

/// <summary>The taught code is complete without what makes it fast, and what makes it fast knows nothing of the course.</summary>
public class SeamTests
{
    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.CSharp13);

    private static readonly MetadataReference[] s_references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(file => MetadataReference.CreateFromFile(file))];

    private static readonly string[] s_compiled = [.. ScriptSession.Course.Where(script => script != "Setup.csx")];

    private static SyntaxTree Tree(string script) =>
        CSharpSyntaxTree.ParseText(File.ReadAllText(ScriptSession.LibraryPath(script)), s_parse, script);

    // Every client, and every project here, uses System without being told.
    private static CSharpCompilation Compilation(IEnumerable<string> scripts) => CSharpCompilation.Create("lib",
        [CSharpSyntaxTree.ParseText("global using System;", s_parse), .. scripts.Select(Tree)], s_references,
        new(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable));

    private static void HasNoErrors(IEnumerable<Diagnostic> diagnostics) =>
        Assert.Empty(diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString()));

    [Fact]
    public void Every_script_of_the_folder_is_imported_once() =>
        Assert.Equal(
            Directory.GetFiles(ScriptSession.LibraryPath(""), "*.csx", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(ScriptSession.LibraryPath(""), file).Replace('\\', '/')).Order(StringComparer.Ordinal),
            ScriptSession.Course.Order(StringComparer.Ordinal));

    [Fact, Trait("Time", "long")]
    public void Every_script_compiles_with_those_before_it_alone()
    {
        var compilation = Compilation([]);
        foreach (var tree in s_compiled.Select(Tree))
        {
            compilation = compilation.AddSyntaxTrees(tree);
            HasNoErrors(compilation.GetSemanticModel(tree).GetDiagnostics(cancellationToken: TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void What_is_fast_compiles_without_the_course() =>
        HasNoErrors(Compilation(s_compiled.Where(script => script.StartsWith("fast/", StringComparison.Ordinal))).GetDiagnostics(TestContext.Current.CancellationToken));

    [Fact]
    public void No_file_is_longer_than_500_lines() =>
        Assert.All(ScriptSession.Course, script => Assert.InRange(File.ReadLines(ScriptSession.LibraryPath(script)).Count(), 1, 500));

    /// <summary>The course as it is taught: without the seam and all that lies behind it.</summary>
    private static async Task<ScriptSession> TaughtAsync()
    {
        var session = new ScriptSession(OptimizationLevel.Release);
        foreach (var script in ScriptSession.Course.TakeWhile(script => script != "Seam.csx")) await session.Import(script);
        return session;
    }

    [Fact, Trait("Time", "long")]
    public async Task Without_it_notebook_05_runs()
    {
        var session = await TaughtAsync();
        var notebook = JsonNode.Parse(File.ReadAllText(Course.Notebooks.Single(path => Path.GetFileName(path).StartsWith("05"))))!;
        foreach (var cell in notebook["cells"]!.AsArray().Where(cell => (string)cell!["cell_type"]! == "code").Skip(1))
            await session.Run(string.Concat(cell!["source"]!.AsArray().Select(line => (string)line!)).Replace("Setup.Ready()", "0"));
    }

    [Theory, Trait("Time", "long")]
    [InlineData("new() { Epochs = 3, BatchSize = 16 }")]
    [InlineData("new() { Epochs = 3, BatchSize = 0, Optimiser = Optimiser.Momentum, WeightDecay = 0.01 }")]
    [InlineData("new() { Epochs = 3, BatchSize = 16, Optimiser = Optimiser.Adam, LearningRate = 0.01, Dropout = 0.2 }")]
    public async Task Without_it_training_comes_to_the_same(string options)
    {
        var run = $$"""
            Network<double> Trained()
            {
                var random = new Random(2);
                var X = Matrix.Uniform<double>(40, 100, 0, 1, random).Map(x => x < 0.7 ? 0 : x);
                var network = Network<double>.Create([40, 20, 10], new Random(1));
                Training.Train(network, new Examples<double>(X, Enumerable.Range(0, 100).Select(i => (byte)(i % 10)).ToArray()), null, {{options}}, new Random(3));
                return network;
            }
            return Trained().W.Select(W => W.ToArray()).ToArray();
            """;
        var taught = await (await TaughtAsync()).Run(run);
        var session = new ScriptSession(OptimizationLevel.Release);
        await session.ImportCourse();
        Assert.Equal(true, await session.Run("Seam<double>.Begin != null && Matrix<double>.Product != Matrix<double>.ThreeLoops"));
        var fast = await session.Run(run);
        foreach (var (expected, found) in ((double[][])taught!).Zip((double[][])fast!))
            Assert.Equal(0, expected.Zip(found, (a, b) => Math.Abs(a - b)).Max(), 1e-9);
    }

    [Fact]
    public void Outputs_are_those_of_the_forward_pass() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[0, 3], Gen.Int[1, 12], Gen.Int[0, 400], Gen.Int[0, 2], Gen.Double[0, 1], Gen.Int)
            .Sample((inputs, layers, classes, m, activation, zeros, seed) =>
            {
                Agree<float>(1e-4);
                Agree<double>(1e-12);

                void Agree<T>(double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
                {
                    var random = new Random(seed);
                    int[] sizes = [inputs, .. Enumerable.Range(0, layers).Select(_ => random.Next(1, 30)), classes];
                    var network = Network<T>.Create(sizes, random, Initialisation.Original, (Activation)activation);
                    var X = Matrix.Uniform<T>(inputs, m + 3, 0, 1, random).Map(x => random.NextDouble() < zeros ? T.Zero : x).ColumnRange(2, m);
                    var expected = network.Forward(X).Z[^1];
                    Matrix<T> Z = new(classes, m), A = new(classes, m);
                    FastOutputs.Compute(sizes, activation, Seam<T>.Memories(network.W), Seam<T>.Memories(network.b), X.Memory, Z.Memory, A.Memory);
                    Naive.Same(Naive.Values(expected), Z, tolerance);
                    Naive.SameBits(Losses.Softmax(Z), A);
                    // Where two classes are as good as equal, rounding may choose.
                    foreach (var (j, k) in network.Predict(X).Index())
                        Assert.True(double.CreateChecked(expected[k, j]) >= Enumerable.Range(0, classes).Max(i => double.CreateChecked(expected[i, j])) - 2 * tolerance);
                }
            }, iter: 60);

    [Fact]
    public void Nothing_is_measured_of_no_examples_and_a_wrong_shape_is_named()
    {
        var network = Network<float>.Create([3, 2, 2], new Random(1));
        Assert.Empty(network.Predict(new(3, 0)));
        Assert.Equal((double.NaN, double.NaN), network.Evaluate(new(new(3, 0), [], 2)));
        Assert.Contains("The network has 3 inputs, but X is 4×1", Assert.Throws<ShapeException>(() => network.Predict(new(4, 1))).Message);
    }
}
