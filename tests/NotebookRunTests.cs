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
[Collection(nameof(NotebookRunTests))]
[CollectionDefinition(nameof(NotebookRunTests), DisableParallelization = true)]
public partial class NotebookRunTests
{
    public static TheoryData<string> Notebooks() => [.. Course.Notebooks.Select(path => Path.GetFileName(path)!)];

    [Theory, MemberData(nameof(Notebooks))]
    public async Task Every_cell_and_every_answer_passes_and_gives_what_is_committed(string name)
    {
        var committed = Notebook.Load(Path.Combine(Course.Root, "notebooks", name));
        var answers = committed.Cells.Where(cell => !cell.IsCode)
            .SelectMany(cell => Answer().Matches(cell.Source).Select(match => match.Groups[1].Value)).ToArray();
        var result = await NotebookRunner.RunAsync(WithCells(committed, answers), null, TestContext.Current.CancellationToken);

        var failed = result.FailedCell is null ? "" : $"cell {result.FailedCell}: {string.Join('\n', result.Error?.Traceback ?? [])}";
        Assert.True(result.Status == CellStatus.Passed, $"{name}, {failed}");
        foreach (var (before, now) in committed.Cells.Zip(result.Notebook.Cells).Where(pair => pair.First.IsCode))
            Assert.Equal(Kinds(before.Outputs), Kinds(now.Outputs));
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

    /// <summary>For each output what it is, and its text with every number as #.</summary>
    private static string[] Kinds(JsonArray outputs) => [.. outputs.Select(output =>
    {
        var data = output!["data"]?.AsObject();
        var mimeTypes = (data ?? []).Select(entry => entry.Key).Where(key => key != "image/png").Order();
        var text = data is null ? output["text"] : data["text/plain"];
        return $"{output["output_type"]} {string.Join(' ', mimeTypes)} {Number().Replace(text is null ? "" : Lines.Join(text), "#")}";
    })];

    [GeneratedRegex(@"<summary>Answer</summary>.*?```csharp\n(.*?)\n```", RegexOptions.Singleline)] private static partial Regex Answer();

    // A number with its sign, thousands and exponent, and the blanks that align it.
    [GeneratedRegex(@" *-?(\d[\d,]*(\.\d+)?([eE][-+]?\d+)?|NaN|∞)")] private static partial Regex Number();
}
