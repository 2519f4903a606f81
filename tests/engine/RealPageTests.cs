using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;

namespace Tests.Engine;

/// <summary>What a reader does on a page, with the engine behind it.</summary>
[Trait("Time", "long")]
public sealed class RealPageTests(ServedSite site)
{
    private const string Neurons = "02-neurons-and-activation-functions";

    [Fact]
    public async Task A_slider_draws_anew_and_the_download_runs_in_nb()
    {
        await using var context = await site.ContextAsync();
        var page = await site.OpenAsync(context, $"{Neurons}.html");
        await page.GetByLabel("weight1", new() { Exact = true }).FillAsync("3");
        var title = page.Locator(".cell.parameters + .cell .gtitle");
        await Assertions.Expect(title).ToContainTextAsync("Sigmoid of 3·x₁", new() { Timeout = Engine.Minutes * 60_000 });
        await page.Locator(".parameter-panel").GetByLabel("activation").SelectOptionAsync("Tanh");
        await Assertions.Expect(title).ToContainTextAsync("Tanh of 3·x₁", new() { Timeout = Engine.Minutes * 60_000 });
        await page.WaitForFunctionAsync(WholeNotebookTests.Idle);

        var course = Directory.CreateTempSubdirectory("nb-course-").FullName;
        try
        {
            foreach (var part in new[] { "lib", "data" })
                Directory.CreateSymbolicLink(Path.Join(course, part), Path.Join(Course.Root, part));
            var notebook = Path.Join(course, "notebooks", $"{Neurons}.ipynb");
            Directory.CreateDirectory(Path.GetDirectoryName(notebook)!);
            var download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("text=Download as .ipynb"));
            await download.SaveAsAsync(notebook);
            Assert.Contains("var weight1 = 3.0;", await File.ReadAllTextAsync(notebook, TestContext.Current.CancellationToken));
            using var nb = Process.Start(new ProcessStartInfo("dotnet", [typeof(Nb.Commands.ServeCommand).Assembly.Location, "run", notebook, "--out", Path.Join(course, "out")])
            {
                RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Course.Root
            })!;
            var errors = nb.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var said = await nb.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await nb.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(nb.ExitCode == 0, said + await errors);
        }
        finally
        {
            Directory.Delete(course, recursive: true);
        }
    }

    [Fact]
    public async Task It_completes_and_describes_what_earlier_cells_declared()
    {
        await using var engine = await site.EngineAsync();
        await engine.TextAsync("#!import ../lib/course.dib");
        await engine.TextAsync("var hiddenUnits = 12;");
        var completions = await AskAsync("complete", "completions", "hiddenU", 7);
        Assert.Contains("hiddenUnits", completions.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("text").GetString()));
        var members = await AskAsync("complete", "completions", "Mnist.", 6);
        Assert.Contains("Load", members.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("text").GetString()));
        Assert.Contains("Network<", (await AskAsync("signature", "signatures", "Network<float>.Create(", 22)).GetProperty("text").GetString());

        async Task<JsonElement> AskAsync(string type, string answer, string code, int position) => await engine.Page.EvaluateAsync<JsonElement>("""
            async ([type, answer, code, position]) => {
                window.engine.post({ type, request: 1, code, position });
                for (;;) {
                    const found = window.told.findIndex(message => message.type === answer);
                    if (found >= 0) return window.told.splice(found, 1)[0];
                    await new Promise(later => setTimeout(later, 50));
                }
            }
            """, new object[] { type, answer, code, position });
    }
}
