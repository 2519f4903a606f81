using System.Text.Json.Nodes;
using Nb.Notebooks;

namespace Tests.Kernel;

/// <summary>The course in .NET Interactive itself, the version that .config/dotnet-tools.json names, driven by Jupyter's own
/// program to run notebooks.</summary>
[Collection(nameof(Kernels))]
[Trait("Time", "long")]
public sealed class DotNetInteractiveTests
{
    /// <summary>Two processes at once, each with about half of the work: a training does not keep all processors busy.</summary>
    [Fact, Trait("Takes", "minutes")]
    public async Task Every_notebook_gives_what_is_stored_without_a_warning()
    {
        var python = await Python.FindAsync("nbconvert", "nbclient");
        var longest = Course.Notebooks.Where(path => Path.GetFileName(path).StartsWith("09", StringComparison.Ordinal)).ToArray();
        var differences = await Task.WhenAll(Run(python, 0, longest), Run(python, 1, [.. Course.Notebooks.Except(longest)]));
        var all = string.Join("\n\n", differences.SelectMany(found => found));
        Assert.True(all == "", all);   // in full: Assert.Empty would cut each to its first words
    }

    /// <summary>What a reader may write there themselves, beside the course.</summary>
    [Fact, Trait("Takes", "half a minute")]
    public async Task A_readers_own_cells_work_beside_the_course()
    {
        var python = await Python.FindAsync("nbconvert", "nbclient");
        using var home = await InstallAsync(2);
        string[] cells =
        [
            "#!import ../lib/course.dib",
            "Setup.Ready()",
            "using Microsoft.DotNet.Interactive;\nKernelInvocationContext.Current.Display(\"x\");",
            "var live = Live.Show(\"first\"); live.Update(\"second\"); live.Final",
            "string? nothing = null;",
            "using Plotly.NET;\nPlotly.NET.CSharp.Chart.Line<double, double, string>(x: [1.0, 2.0], y: [3.0, 4.0])",
        ];
        var notebook = await ConvertAsync(python, home, Home.Write(home.CopyCourse(), cells));
        string Text(int cell) => OutputKinds.Words(notebook.Cells[cell].Outputs.Single()!);

        Assert.All(notebook.Cells, cell => Assert.Empty(Complaints(cell.Outputs)));
        var ready = Lines.Join(notebook.Cells[1].Outputs.Single()!["data"]!["text/plain"]);
        Assert.Matches("Client: .NET Interactive · .* · optimised\n", ready);
        Assert.DoesNotContain("not optimised", ready, StringComparison.Ordinal);
        Assert.Equal("x", Text(2));
        Assert.Equal("second", Text(3));   // the live view, and no empty Out[n] below it
        Assert.Empty(notebook.Cells[4].Outputs);   // no CS8632
        var chart = notebook.Cells[5].Outputs.Single()!["data"]!;
        Assert.Contains("data-picture", Lines.Join(chart["text/html"]), StringComparison.Ordinal);
        Assert.Equal("scatter", (string?)chart["application/vnd.plotly.v1+json"]!["data"]![0]!["type"]);
    }

    private static async Task<IEnumerable<string>> Run(string python, int number, string[] notebooks)
    {
        using var home = await InstallAsync(number);
        var course = home.CopyCourse();
        var differences = new List<string>();
        foreach (var path in notebooks)
        {
            var (committed, now) = (Notebook.Load(path), await ConvertAsync(python, home, Path.Join(course, "notebooks", Path.GetFileName(path))));
            Assert.Equal(committed.Cells.Count, now.Cells.Count);
            foreach (var (expected, found) in committed.Cells.Zip(now.Cells).Where(pair => pair.First.IsCode))
            {
                var complaints = Complaints(found.Outputs).ToArray();
                // What was installed is told under the import, and stored nowhere.
                var isImport = expected.Source.StartsWith("#!import", StringComparison.Ordinal) || expected.Source.StartsWith("#r", StringComparison.Ordinal);
                string[] stored = [.. expected.Outputs.Select(OutputKinds.Essence!)], live = isImport ? [] : [.. found.Outputs.Select(OutputKinds.Essence!)];
                if (complaints.Length > 0 || !stored.SequenceEqual(live))
                    differences.Add($"{Path.GetFileName(path)}, cell {expected.Id}: {string.Join('\n', complaints)}\nstored: {string.Join('\n', stored)}\nfound: {string.Join('\n', live)}");
            }
        }
        return differences;
    }

    private static async Task<Notebook> ConvertAsync(string python, Home home, string notebook)
    {
        var results = Path.Join(home.Folder, "results");
        var (exitCode, output) = await Python.RunAsync(python,
            ["-m", "nbconvert", "--to", "notebook", "--execute", "--ExecutePreprocessor.startup_timeout=600", "--ExecutePreprocessor.iopub_timeout=600",
                "--output-dir", results, notebook],
            Path.GetDirectoryName(notebook)!, home.Environment);
        Assert.True(exitCode == 0, output);
        return Notebook.Load(Path.Join(results, Path.GetFileName(notebook)));
    }

    /// <summary>A home with the tool installed as its kernel. It looks for a free port in a range of its own: two kernels
    /// that start at the same time with the same range take the same one, and one of them ends.</summary>
    private static async Task<Home> InstallAsync(int number)
    {
        var home = new Home(["dotnet", "tool", "run", "dotnet-interactive", "--", "jupyter", "--default-kernel", "csharp",
            "--http-local-only", "--http-port-range", $"{20_000 + 1_000 * number}-{20_999 + 1_000 * number}", "{connection_file}"]);
        home.SeparateUser();
        Directory.CreateDirectory(Path.Join(home.Folder, "course", ".config"));
        File.Copy(Path.Join(Course.Root, ".config", "dotnet-tools.json"), Path.Join(home.Folder, "course", ".config", "dotnet-tools.json"));
        var (exitCode, output) = await Python.RunAsync("dotnet", ["tool", "restore"], Path.Join(home.Folder, "course"), home.Environment);
        Assert.True(exitCode == 0, output);
        return home;
    }

    private static IEnumerable<string> Complaints(JsonArray outputs) => outputs
        .Where(output => (string?)output!["output_type"] == "error" || (string?)output["name"] == "stderr")
        .Select(output => output!.ToJsonString());
}
