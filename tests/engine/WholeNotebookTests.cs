using Microsoft.Playwright;
using Nb.Notebooks;

namespace Tests.Engine;

/// <summary>Every notebook from its first cell to its last, on its page. The trainings of notebooks 05, 06, 07 and 09 are answered by
/// their stored results wherever the page asks.</summary>
[Trait("Time", "long")]
public sealed class WholeNotebookTests(ServedSite site)
{
    private static readonly string[] s_keeps = ["05", "06", "07", "09"];

    public static TheoryData<string> Notebooks() => [.. Course.Notebooks.Select(path => Path.GetFileName(path)!)];

    [Theory, MemberData(nameof(Notebooks))]
    public async Task Run_all_gives_what_is_stored(string name)
    {
        await using var context = await site.ContextAsync();
        var page = await site.OpenAsync(context, Path.ChangeExtension(name, ".html"));
        await RunAllAsync(page, s_keeps.Contains(name[..2]) ? "Keep those of all long cells" : "Run it");

        var stored = Notebook.Load(Path.Combine(Course.Root, "notebooks", name));
        var here = await DownloadAsync(page);
        var ran = 0;
        foreach (var (before, now, i) in stored.Cells.Zip(here.Cells).Where(pair => pair.First.IsCode).Select((pair, i) => (pair.First, pair.Second, i)))
        {
            var status = await page.Locator($"#cell-{i + 1} .status").TextContentAsync();
            Assert.True(status!.StartsWith("ran in", StringComparison.Ordinal) || s_keeps.Contains(name[..2]) && status.StartsWith("stored result", StringComparison.Ordinal),
                $"{name}, cell {i + 1}: {status}\n{string.Join('\n', now.Outputs.Select(output => output!.ToJsonString()))}");
            ran += status.StartsWith("ran in", StringComparison.Ordinal) ? 1 : 0;
            Assert.Equal(before.Source, now.Source);
            Assert.Equal(Kinds(before), Kinds(now));
        }
        Assert.True(ran >= stored.Cells.Count(cell => cell.IsCode) / 2, $"{name}: only {ran} cells ran");
    }

    /// <summary>The words of an output. Drawn charts have more entries than stored ones, and so only the kind of a chart counts.</summary>
    private static IEnumerable<string> Kinds(Cell cell) => cell.Outputs.Select(output => output!["data"]?["application/vnd.plotly.v1+json"] is null
        ? OutputKinds.Essence(output) : string.Concat(OutputKinds.Of([output.DeepClone()])));

    /// <summary>No cell runs or waits.</summary>
    internal const string Idle = "() => ![...document.querySelectorAll('.cell .status')].some(status => /^(waits|running)/.test(status.textContent))";

    /// <summary>Until all has run, each question gets the same answer.</summary>
    internal static async Task RunAllAsync(IPage page, string answer)
    {
        await page.ClickAsync("#live-bar >> text=Run all");
        var question = page.Locator(".notice.question");
        while (true)
        {
            await page.WaitForFunctionAsync($"() => document.querySelector('.notice.question') || ({Idle})()");
            if (await question.CountAsync() == 0)
                return;
            await question.GetByText(answer, new() { Exact = true }).ClickAsync();
        }
    }

    private static async Task<Notebook> DownloadAsync(IPage page)
    {
        var download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("text=Download as .ipynb"));
        var folder = Directory.CreateTempSubdirectory("nb-ran-");
        var file = Path.Join(folder.FullName, download.SuggestedFilename);
        await download.SaveAsAsync(file);
        var notebook = Notebook.Load(file);
        folder.Delete(recursive: true);
        return notebook;
    }
}
