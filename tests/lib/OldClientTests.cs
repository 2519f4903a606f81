using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nb.Notebooks;

namespace Tests.Lib;

/// <summary>The course in a client with Verso's rules (tests/OldClient): an older Newtonsoft.Json than Plotly.NET asks for,
/// no optimiser, C# 13, values shown by ToHtml.</summary>
[Trait("Time", "long")]
public sealed partial class OldClientTests
{
    /// <summary>The notebooks without long training: every kind of chart but one is in them.</summary>
    [Fact, Trait("Takes", "a minute")]
    public async Task The_first_five_notebooks_give_what_is_stored()
    {
        var notebooks = Course.Notebooks.Take(5).ToArray();
        var found = await RunAsync(notebooks);
        foreach (var path in notebooks)
        {
            foreach (var cell in Notebook.Load(path).Cells.Where(cell => cell.IsCode))
                Assert.Equal([.. cell.Outputs.Select(OutputKinds.Essence!)], Outputs(found[(Path.GetFileName(path), cell.Id)]));
        }
    }

    [Fact, Trait("Takes", "half a minute")]
    public async Task Every_kind_of_chart_is_drawn_and_the_live_view_keeps_its_last_state()
    {
        string[] cells =
        [
            "#!import ../lib/course.dib", "Setup.Ready()",
            """Charts.Lines("a chart", "x", "y", new Curve("c", [1, 2], [3, double.NaN]))""",
            """var history = new TrainingHistory(); history.Add(new EpochResult(1, 2.3, 0.1, 2.2, 0.2)); Charts.LossCurves(history, "a chart")""",
            """Charts.AccuracyCurves(history, "a chart")""",
            """Charts.Digits(new byte[3 * 784], [1, 2, 3], [1, 2, 4], title: "a chart")""",
            """Charts.Digit(new byte[784], "a chart")""",
            """Charts.Probabilities([0.25, 0.75], 1, "a chart")""",
            """Charts.Functions("a chart", -1, 1, ("tanh", Math.Tanh))""",
            """Charts.Weights(new Matrix<float>(2, 784), title: "a chart")""",
            """Charts.ConfusionMatrix(new[,] { { 90, 3 }, { 0, 80 } }, "a chart")""",
            """Charts.Histogram("a chart", "x", [1, 2, 3])""",
            """Charts.Bars("a chart", "x", "y", ["a", "b"], [1, 2])""",
            """Charts.Show(Plotly.NET.CSharp.Chart.Point<double, double, string>(x: [1.0], y: [1.0]), "a chart")""",
            """var live = Live.Show("first"); live.Update("second"); live.Final""",
        ];
        using var home = new Kernel.Home();
        var path = Kernel.Home.Write(home.CopyCourse(), cells);
        var found = await RunAsync(path);
        var outputs = Enumerable.Range(0, cells.Length).Select(i => found[(Path.GetFileName(path), $"c{i}")]).ToArray();
        Assert.All(outputs, all => Assert.DoesNotContain(all, output => (string?)output!["output_type"] == "error"));
        Assert.All(outputs[2..^1], all => Assert.Contains("aria-label=\"a chart", (string?)Assert.Single(all)!["data"]!["text/html"]));
        Assert.Equal("second", OutputKinds.Words(Assert.Single(outputs[^1])!));
    }

    /// <summary>The client does not optimise, so the scripts of fast/ are compiled anew there. What they compute has the bits
    /// that it has everywhere. Where their sources are not found, all goes on as before.</summary>
    [Fact]
    public async Task What_is_fast_is_compiled_anew_and_computes_the_same()
    {
        string[] cells =
        [
            "#!import ../lib/course.dib", "Setup.Ready()", $"#!import {Path.Join(Course.Root, "tests", "OldClient", "Work.csx")}",
            "Work.Bits<float>()", "Work.Bits<double>()", "string.Join(' ', Work.Milliseconds())",
            "(Cores.IsOptimised, Seam<float>.Product!.Method.Module.Assembly == Recompiled.Load(), Recompiled.Load() == Recompiled.Load())",
            "Cores.Threads = 1; Work.Bits<float>()",
            """var here = Directory.GetCurrentDirectory(); Environment.CurrentDirectory = Path.GetPathRoot(here)!; Fast.On(); Setup.Ready()""",
            "Seam<float>.Product!.Method.Module.Assembly == typeof(FastProduct).Assembly && Work.Bits<float>().Length == 64", "string.Join(' ', Work.Milliseconds())",
            """
            var broken = Directory.CreateTempSubdirectory().FullName;
            File.WriteAllText(Path.Combine(broken, "Broken.csx"), "class {");
            try { Recompiled.Load(broken); } catch (InvalidOperationException e) { Console.Write(e.Message); }
            Directory.Delete(broken, true);
            """,
            "Environment.CurrentDirectory = here; Fast.On(); Setup.Ready()",
        ];
        using var home = new Kernel.Home();
        var path = Kernel.Home.Write(home.CopyCourse(), cells);
        var found = await RunAsync(path);
        string Said(int cell) => OutputKinds.Words(Assert.Single(found[(Path.GetFileName(path), $"c{cell}")])!);
        string Shown(int cell) => (string)Assert.Single(found[(Path.GetFileName(path), $"c{cell}")])!["data"]!["text/plain"]!;

        const string anew = "\nnot optimised: products and training steps were compiled anew, with the optimiser\n";
        Assert.Contains(anew, Shown(1), StringComparison.Ordinal);
        Assert.Equal(Work.Bits<float>(), Said(3));
        Assert.Equal(Work.Bits<double>(), Said(4));
        Assert.Equal("(False, True, True)", Said(6));
        Assert.Equal(Said(3), Said(7));
        Assert.Contains("\nnot optimised: about 5 times slower, see setup.md (lib/fast is not in '", Shown(8), StringComparison.Ordinal);
        Assert.Equal("True", Said(9));
        Assert.Matches("^lib/fast does not compile: .*error CS1001", Said(11));
        Assert.Contains(anew, Shown(12), StringComparison.Ordinal);

        static double[] Times(string text) => [.. text.Split(' ').Select(double.Parse)];
        var (compiled, anewIt, without) = (Work.Milliseconds(), Times(Said(5)), Times(Said(10)));
        TestContext.Current.TestOutputHelper?.WriteLine($"Compiled anew in this client, in the time of the compiled library: an epoch {anewIt[0] / compiled[0]:0.00}, " +
            $"a full batch {anewIt[1] / compiled[1]:0.00}; not compiled anew: {without[0] / compiled[0]:0.0}, {without[1] / compiled[1]:0.0}.");
    }

    private static async Task<Dictionary<(string File, string Cell), JsonArray>> RunAsync(params string[] notebooks)
    {
        // Beside the tests, built as they are.
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Join(Course.Root, "tests", "OldClient", "bin", here.Parent!.Name, here.Name, "OldClient.dll");
        var (exitCode, output) = await Kernel.Python.RunAsync("dotnet", [program, .. notebooks], Path.GetTempPath(), new Dictionary<string, string>());
        Assert.True(exitCode == 0, output);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => JsonNode.Parse(line)!)
            .ToDictionary(cell => ((string)cell["file"]!, (string)cell["id"]!), cell => cell["outputs"]!.AsArray());
    }

    // A chart comes as a page that draws it: the figure is in there.
    private static string[] Outputs(JsonArray outputs) => [.. outputs.Select(output =>
    {
        var figure = Figure().Match((string?)output!["data"]?["text/html"] ?? "");
        return OutputKinds.Essence(!figure.Success ? output : new JsonObject
        {
            ["output_type"] = (string)output["output_type"]!, ["data"] = new JsonObject { ["application/vnd.plotly.v1+json"] = JsonNode.Parse(figure.Groups[1].Value) },
        });
    })];

    [GeneratedRegex(@"^var f=(\{.*\}),s=document", RegexOptions.Multiline)] private static partial Regex Figure();
}
