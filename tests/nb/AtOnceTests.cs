using Nb.Commands;
using Nb.Notebooks;
using Nb.Running;
using Nb.Session;
using Xunit;

namespace Tests.Runner;

/// <summary>Several notebooks at once, each in a process of its own.</summary>
[Collection(nameof(CellsHere))]
public sealed class AtOnceTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Two_notebooks_run_at_the_same_time()
    {
        const string meet = "File.WriteAllText(\"{0}\", \"\"); while (!File.Exists(\"{1}\")) await Task.Delay(10);";
        var results = await RunAsync(("01-a.ipynb", [meet.Replace("{0}", "a").Replace("{1}", "b")]), ("02-b.ipynb", [meet.Replace("{0}", "b").Replace("{1}", "a")]));
        Assert.All(results, result => Assert.Equal(CellStatus.Passed, result.Status));
    }

    [Fact]
    public async Task Nothing_runs_beside_a_cell_that_is_to_be_alone()
    {
        const string alone = "alone:File.WriteAllText(\"alone\", \"\"); System.Threading.Thread.Sleep(200); File.Delete(\"alone\");";
        const string other = "if (File.Exists(\"alone\")) throw new Exception(\"not alone\"); System.Threading.Thread.Sleep(10); if (File.Exists(\"alone\")) throw new Exception(\"not alone\");";
        var results = await RunAsync(("01-a.ipynb", ["1", alone, "2", alone]), ("02-b.ipynb", [.. Enumerable.Repeat(other, 60)]));
        Assert.All(results, result => Assert.Null(result.Error));
    }

    [Fact]
    public async Task What_a_process_gives_back_is_what_a_run_gives_and_in_the_order_of_the_notebooks()
    {
        _fixture.Write("lib/A.csx", "public static class A { public static int Calls; }");
        string[][] cells =
        [
            ["#!import ../lib/A.csx", "Console.Write(\"π \\ud83d\\n\"); ++A.Calls", "", "display(new[] { 1.5, double.NaN });"],
            ["#!import ../lib/A.csx", "++A.Calls", "throw new InvalidOperationException(\"why\");", "3"],
            ["int x = missing;"],
        ];
        var files = cells.Select((c, i) => Notebook.Load(_fixture.WriteNotebook($"{i}.ipynb", c))).ToList();
        var results = await AtOnce.RunAsync(files, 2, Fixture.Token);
        Assert.Equal(files.Select(file => file.Path), results.Select(result => result.Notebook.Path));
        Assert.Equal([CellStatus.Passed, CellStatus.Failed, CellStatus.Failed], results.Select(result => result.Status));
        Assert.Equal([null, 3, 1], results.Select(result => result.FailedCell));
        Assert.Contains("\"1\"", results[1].Notebook.ToText(), StringComparison.Ordinal);   // no value of the other notebook
        Assert.Equal(["cell-0", "cell-1", "cell-3"], results[0].CellTimes.Keys.Order(StringComparer.Ordinal));
        foreach (var (result, file) in results.Zip(files))
        {
            var here = await NotebookRunner.RunAsync(file, null, Fixture.Token);
            Assert.Equal(here.Notebook.ToText(), result.Notebook.ToText());
            Assert.Equal(here.Error?.Traceback, result.Error?.Traceback);
            Assert.Equal((here.Error?.Name, here.Error?.Message), (result.Error?.Name, result.Error?.Message));
        }
    }

    [Fact]
    public void Those_with_a_cell_that_is_to_be_alone_come_first_and_then_the_longest()
    {
        Notebook[] notebooks = [Of("0", 5), Of("1", 60, "alone:1"), Of("2", 50), Of("3", 20, "alone:1"), Of("4", 0), Of("5", 40)];
        Assert.Equal([3, 1, 2, 5, 0, 4], AtOnce.Order(notebooks));

        Notebook Of(string name, int seconds, string cell = "1")
        {
            var notebook = Notebook.Load(_fixture.WriteNotebook($"{name}.ipynb", cell));
            if (seconds > 0)
                notebook.Root["metadata"]!["nb"] = new System.Text.Json.Nodes.JsonObject { ["seconds"] = new System.Text.Json.Nodes.JsonObject { ["cell-0"] = seconds } };
            return notebook.Copy();   // as read from a file
        }
    }

    [Fact]
    public async Task Cells_pass_the_gate_in_the_order_in_which_they_came()
    {
        var gate = new CellGate();
        var (first, second) = (gate.EnterAsync(alone: false), gate.EnterAsync(alone: false));
        var alone = gate.EnterAsync(alone: true);
        var later = gate.EnterAsync(alone: false);
        Assert.Equal((true, true, false, false), (first.IsCompleted, second.IsCompleted, alone.IsCompleted, later.IsCompleted));
        gate.Leave();
        Assert.False(alone.IsCompleted);
        gate.Leave();
        await alone;
        Assert.False(later.IsCompleted);   // though no other than the one that is alone runs
        gate.Leave();
        await later;
    }

    private Task<IReadOnlyList<RunResult>> RunAsync(params (string Name, string[] Cells)[] notebooks) =>
        AtOnce.RunAsync([.. notebooks.Select(n => Notebook.Load(_fixture.WriteNotebook(n.Name, n.Cells)))], 2, Fixture.Token);
}
