using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nb.Notebooks;
using Nb.Running;
using Nb.Session;

namespace Tests;

/// <summary>
/// Every notebook is run on the real data, with the answers to its exercises as further cells. What it puts out must
/// be what is committed, but for the digits of numbers: they may differ in the last places from machine to machine.
/// </summary>
[Collection(nameof(CellsHere))]
[Trait("Time", "long")]
public partial class NotebookRunTests
{
    public static TheoryData<string> Notebooks() => [.. Course.Notebooks.Select(path => Path.GetFileName(path)!)];

    [Theory, MemberData(nameof(Notebooks))]
    public async Task Every_cell_and_every_answer_passes_and_gives_what_is_committed(string name)
    {
        var committed = Notebook.Load(Path.Combine(Course.Root, "notebooks", name));
        var answers = committed.Cells.Where(cell => !cell.IsCode)
            .SelectMany(cell => Answer().Matches(cell.Source))
            .SelectMany(answer => Code().Matches(answer.Groups[1].Value).Select(code => code.Groups[1].Value)).ToArray();
        var result = await NotebookRunner.RunAsync(WithCells(committed, answers), null, TestContext.Current.CancellationToken);

        var failed = result.FailedCell is null ? "" : $"cell {result.FailedCell}: {string.Join('\n', result.Error?.Traceback ?? [])}";
        Assert.True(result.Status == CellStatus.Passed, $"{name}, {failed}");
        foreach (var (before, now) in committed.Cells.Zip(result.Notebook.Cells).Where(pair => pair.First.IsCode))
            Assert.Equal(OutputKinds.Of(before.Outputs), OutputKinds.Of(now.Outputs));
    }

    private static Notebook WithCells(Notebook notebook, string[] sources)
    {
        var root = notebook.Root.DeepClone();
        foreach (var (source, i) in sources.Select((source, i) => (source, i)))
            root["cells"]!.AsArray().Add(new JsonObject
            {
                ["cell_type"] = "code", ["execution_count"] = null, ["id"] = $"answer-{i}",
                ["metadata"] = new JsonObject(), ["outputs"] = new JsonArray(), ["source"] = source
            });
        return Notebook.Parse(root.ToJsonString(), notebook.Path);
    }

    [GeneratedRegex(@"<summary>Answer</summary>(.*?)</details>", RegexOptions.Singleline)] private static partial Regex Answer();
    [GeneratedRegex(@"```csharp\n(.*?)\n```", RegexOptions.Singleline)] private static partial Regex Code();
}
