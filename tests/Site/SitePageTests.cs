using Microsoft.Playwright;
using Nb.Commands;

namespace Tests.Site;

/// <summary>The site, built once for all tests that open its pages.</summary>
public sealed class BuiltSite : IAsyncLifetime
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("nb-pages-").FullName;

    public async ValueTask InitializeAsync() =>
        await SiteCommand.BuildAsync(Course.Root, Folder, TextWriter.Null, CancellationToken.None);

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Tests that use one page of the site in a real browser, from the file system. Any error on the page fails the test.</summary>
public abstract class SitePageTests(BuiltSite site) : IClassFixture<BuiltSite>, IAsyncLifetime
{
    private readonly List<string> problems = [];
    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        var program = Browser.Path();
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
        GC.SuppressFinalize(this);
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    /// <summary>The folder of the site.</summary>
    protected string Folder => site.Folder;

    /// <summary>Opens a page of the site.</summary>
    protected async Task<IPage> OpenAsync(string name, BrowserNewPageOptions? options = null)
    {
        var page = await browser!.NewPageAsync(options);
        page.Console += (_, message) => { if (message.Type is "error" or "warning") problems.Add(message.Text); };
        page.PageError += (_, error) => problems.Add(error);
        page.Request += (_, request) =>
        {
            if (request.Url.Split(':')[0] is not ("file" or "data" or "blob")) problems.Add($"{name} asks the network for {request.Url}");
        };
        page.RequestFailed += (_, request) => problems.Add($"{request.Url} failed");
        await page.GotoAsync(new Uri(Path.Join(site.Folder, name)).AbsoluteUri, new() { WaitUntil = WaitUntilState.Load });
        return page;
    }
}
