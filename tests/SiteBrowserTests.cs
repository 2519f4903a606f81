using Microsoft.Playwright;
using Nb.Commands;

namespace Tests;

/// <summary>The site, built from the committed notebooks and opened from the file system in a real browser.</summary>
public sealed class SiteBrowserTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("nb-site-").FullName;
    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        var program = Browser.Path();
        await SiteCommand.BuildAsync(Course.Root, folder, TextWriter.Null, TestContext.Current.CancellationToken);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = program,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Every_page_draws_its_charts_and_formulas_without_an_error_and_without_the_network()
    {
        foreach (var file in Directory.GetFiles(folder, "*.html"))
        {
            var (name, problems) = (Path.GetFileName(file), new List<string>());
            var page = await browser!.NewPageAsync();
            page.Console += (_, message) => { if (message.Type is "error" or "warning") problems.Add(message.Text); };
            page.PageError += (_, error) => problems.Add(error);
            page.Request += (_, request) => { if (!request.Url.StartsWith("file:") && !request.Url.StartsWith("data:")) problems.Add(request.Url); };
            page.RequestFailed += (_, request) => problems.Add($"{request.Url} failed");
            await page.GotoAsync(new Uri(file).AbsoluteUri, new() { WaitUntil = WaitUntilState.Load });

            var html = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            var formulas = html.Split("class=\"formula").Length - 1;
            await page.WaitForFunctionAsync("count => document.querySelectorAll('.katex').length >= count", formulas);
            Assert.Equal(0, await page.Locator(".katex-error").CountAsync());
            var charts = page.Locator(".chart");
            if (name[0] == '0')
            {
                Assert.True(formulas > 0, $"{name} has no formula");
                Assert.True(await charts.CountAsync() > 0, $"{name} has no chart");
            }
            for (var i = 0; i < await charts.CountAsync(); i++)
            {
                // A chart is drawn when it comes near the window.
                await charts.Nth(i).ScrollIntoViewIfNeededAsync();
                await charts.Nth(i).Locator(".main-svg").First.WaitForAsync();
                Assert.False(string.IsNullOrWhiteSpace(await charts.Nth(i).GetAttributeAsync("aria-label")), $"{name}: chart {i} has no description");
            }
            Assert.True(problems.Count == 0, $"{name}: {string.Join('\n', problems)}");
            await page.CloseAsync();
        }
    }
}
