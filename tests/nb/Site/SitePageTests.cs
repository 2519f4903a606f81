using Microsoft.Playwright;
using Nb.Commands;

[assembly: AssemblyFixture(typeof(Tests.Site.BuiltSite))]

namespace Tests.Site;

/// <summary>The site and the browser of all tests that open its pages: each made once, when the first test asks for it.</summary>
public sealed class BuiltSite : IAsyncDisposable
{
    private readonly Lazy<Task> built;
    private readonly Lazy<Task<IBrowser>> browser;
    private IPlaywright? playwright;

    public BuiltSite()
    {
        // Playwright's five seconds hold for the whole process: set here, where every run of the tests comes by.
        Assertions.SetDefaultExpectTimeout(Waiting.Milliseconds);
        built = new(() => SiteCommand.BuildAsync(Course.Root, Folder, TextWriter.Null, CancellationToken.None));
        browser = new(LaunchAsync);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("nb-pages-").FullName;

    /// <summary>The browser, once the site stands.</summary>
    public async Task<IBrowser> BrowserAsync()
    {
        await built.Value;
        return await browser.Value;
    }

    private async Task<IBrowser> LaunchAsync()
    {
        playwright = await Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Browser.Path(),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser.IsValueCreated && browser.Value.IsCompletedSuccessfully) await browser.Value.Result.DisposeAsync();
        playwright?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>Tests that use one page of the site in a real browser, from the file system. Any error on the page fails the test.</summary>
public abstract class SitePageTests(BuiltSite site) : IAsyncLifetime
{
    private readonly List<string> problems = [];
    private readonly List<IPage> pages = [];
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        Browser.Path();   // skips the test where there is none, before anything is built
        browser = await site.BrowserAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var page in pages) await page.CloseAsync();
        GC.SuppressFinalize(this);
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    /// <summary>The folder of the site.</summary>
    protected string Folder => site.Folder;

    /// <summary>Opens a page of the site.</summary>
    protected async Task<IPage> OpenAsync(string name, BrowserNewPageOptions? options = null)
    {
        var page = await browser!.NewPageAsync(options);
        page.SetDefaultTimeout(Waiting.Milliseconds);
        pages.Add(page);
        page.Console += (_, message) => { if (message.Type is "error" or "warning") problems.Add(message.Text); };
        page.PageError += (_, error) => problems.Add(error);
        page.Request += (_, request) =>
        {
            if (request.Url.Split(':')[0] is not ("file" or "data" or "blob")) problems.Add($"{name} asks the network for {request.Url}");
        };
        page.RequestFailed += (_, request) => problems.Add($"{request.Url} failed");
        var (file, place) = (name.Split('#')[0], name.Contains('#') ? name[name.IndexOf('#')..] : "");
        await page.GotoAsync(new Uri(Path.Join(site.Folder, file)).AbsoluteUri + place, new() { WaitUntil = WaitUntilState.Load });
        return page;
    }
}
