using System.Text.RegularExpressions;
using Nb.Notebooks;
using Nb.Running;
using Nb.Session;

namespace Tests;

/// <summary>The page "How fast is it?" in bench/: it runs, its checks hold, and what is committed belongs to its sources.</summary>
[Collection(nameof(CellsHere))]
[Trait("Time", "long")]
public partial class FastPageTests
{
    private static readonly string s_path = Path.Combine(Course.Root, "bench", "how-fast-is-it.ipynb");

    [Fact]
    public async Task Every_cell_passes_and_gives_what_is_committed()
    {
        var committed = Notebook.Load(s_path);
        var result = await NotebookRunner.RunAsync(committed, null, TestContext.Current.CancellationToken);
        Assert.True(result.Status == CellStatus.Passed, $"cell {result.FailedCell}: {string.Join('\n', result.Error?.Traceback ?? [])}");
        foreach (var (before, now) in committed.Cells.Zip(result.Notebook.Cells).Where(pair => pair.First.IsCode))
            Assert.Equal(OutputKinds.Of(before.Outputs), OutputKinds.Of(now.Outputs));
    }

    [Fact]
    public void Every_step_is_compared_with_the_plain_loops()
    {
        var sources = Notebook.Load(s_path).Cells.Where(cell => cell.IsCode).Select(cell => cell.Source).ToArray();
        Assert.Equal(7, sources.Count(source => source.Contains("Record(") && !source.Contains("string Record(")));
        // Of numbers, never of times: a machine may be busy.
        Assert.Equal(8, sources.Count(source => source.Contains("Check.")));
    }

    [Fact]
    public void The_comparison_links_to_it_and_has_results()
    {
        var readme = File.ReadAllText(Path.Combine(Course.Root, "bench", "README.md"));
        Assert.Contains("(how-fast-is-it.ipynb)", readme);
        Assert.Contains("dotnet run -c Release --project bench", readme);
        foreach (var part in (string[])["results", "aims"])   // where a run writes
            Assert.Matches($@"<!-- {part}: written by the run -->\n(?s:.*)\n<!-- end of {part} -->\n", readme);
        foreach (Match link in Link().Matches(readme))
            Assert.True(Path.Exists(Path.Combine(Course.Root, "bench", link.Groups[1].Value)), $"bench/README.md links to {link.Groups[1].Value}, which is not there.");
    }

    [GeneratedRegex(@"\]\(([^)#:]+)\)")] private static partial Regex Link();
}
