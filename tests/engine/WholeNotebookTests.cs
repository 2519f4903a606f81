using Microsoft.Playwright;
using Nb.Notebooks;

namespace Tests.Engine;

/// <summary>The first four notebooks from their first cell to their last, on their pages.</summary>
[Trait("Time", "long")]
public sealed class WholeNotebookTests(ServedSite site)
{
    public static TheoryData<string> Notebooks() => [.. Course.Notebooks.Select(path => Path.GetFileName(path)!).Take(4)];

    [Theory, MemberData(nameof(Notebooks))]
    public async Task Run_all_gives_what_is_stored(string name)
    {
        await using var context = await site.ContextAsync();
        var page = await site.OpenAsync(context, Path.ChangeExtension(name, ".html"));
        await RunAllAsync(page, "Run it");

        var stored = Notebook.Load(Path.Combine(Course.Root, "notebooks", name));
        var here = await DownloadAsync(page);
        foreach (var (before, now, i) in stored.Cells.Zip(here.Cells).Where(pair => pair.First.IsCode).Select((pair, i) => (pair.First, pair.Second, i)))
        {
            var status = await page.Locator($"#cell-{i + 1} .status").TextContentAsync();
            Assert.True(status!.StartsWith("ran in", StringComparison.Ordinal),
                $"{name}, cell {i + 1}: {status}\n{string.Join('\n', now.Outputs.Select(output => output!.ToJsonString()))}");
            Assert.Equal(before.Source, now.Source);
            Assert.Equal(before.Outputs.Select(output => OutputKinds.Essence(output!)), now.Outputs.Select(output => OutputKinds.Essence(output!)));
        }
    }

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
