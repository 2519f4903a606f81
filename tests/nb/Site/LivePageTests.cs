using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Nb.Notebooks;
using Nb.Site;

[assembly: AssemblyFixture(typeof(Tests.Site.LiveSite))]

namespace Tests.Site;

/// <summary>Two served sites with an engine that only speaks the protocol: a small notebook for what the page does, and the
/// course for how it looks. Each is made once, when the first test asks for it.</summary>
public sealed class LiveSite : IDisposable
{
    private readonly Runner.Fixture fixture = new();
    private readonly List<FileServer> servers = [];
    private readonly Lazy<Task<string>> small, course;

    public LiveSite() => (small, course) = (new(SmallAsync), new(() => BuildAsync(Course.Root, Course.Notebooks.Select(Notebook.Load).Select(WithOneLongCell))));

    public Task<string> SmallSite => small.Value;

    public Task<string> CourseSite => course.Value;

    /// <summary>The engine of the tests: it runs no C#.</summary>
    public static string Engine => Path.Join(Course.Root, "tests", "nb", "Site", "engine");

    private Task<string> SmallAsync()
    {
        fixture.Write("lib/A.csx", "public enum Activation { Sigmoid, Tanh, ReLU }\n");
        var path = fixture.WriteNotebook("01-a.ipynb",
            "md:# 1 A\n\nText.", "#r \"nuget: Plotly.NET, 6.0.0\"", "var one = 1;", "// uses one\nvar two = 2;", "// uses two\ntwo",
            "md:## Try it", "parameters:var hidden = 10;\nvar images = 10_000;\nvar rate = 0.5;\nvar activation = Activation.ReLU;\nvar twice = false;",
            "// uses hidden\nChart of everything", "md:## After", "var last = 3;");
        var notebook = Notebook.Load(path);
        notebook.Cells[4].Outputs = [Outputs.Result(new() { ["text/plain"] = "stored two" }, 4)];
        notebook.Save(path);
        return BuildAsync(fixture.Folder, [Notebook.Load(path)]);
    }

    /// <summary>Writes a notebook into a folder that goes away with this.</summary>
    internal string Write(string name, params string[] cells) => fixture.WriteNotebook(name, cells);

    /// <summary>Another small notebook of the site's folder, from its cells.</summary>
    internal async Task<string> SiteOfAsync(string name, IReadOnlyList<string> cells, Action<Notebook>? change = null)
    {
        var own = new Runner.Fixture();
        owned.Add(own);
        var path = own.WriteNotebook(name, [.. cells]);
        var notebook = Notebook.Load(path);
        change?.Invoke(notebook);
        notebook.Save(path);
        return await BuildAsync(own.Folder, [Notebook.Load(path)]);
    }

    private readonly List<Runner.Fixture> owned = [];

    /// <summary>How long cells took depends on the machine that ran them: here the check of all gradients is the one long cell.</summary>
    private static Notebook WithOneLongCell(Notebook notebook)
    {
        if (notebook.Root["metadata"]?["nb"] is JsonObject about)
            about["seconds"] = new JsonObject { ["full-check"] = 10 };
        return notebook;
    }

    private async Task<string> BuildAsync(string root, IEnumerable<Notebook> notebooks)
    {
        var folder = Path.Join(fixture.Folder, $"site-{servers.Count}-{Guid.NewGuid():N}");
        await SiteBuilder.BuildAsync(root, [.. notebooks], folder, CancellationToken.None, Engine);
        var server = new FileServer(folder);
        lock (servers) servers.Add(server);
        return server.Address;
    }

    public void Dispose()
    {
        servers.ForEach(server => server.Dispose());
        owned.ForEach(own => own.Dispose());
        fixture.Dispose();
    }
}

/// <summary>Tests of served pages. Any error on the page, and any request that leaves the server, fails the test.</summary>
public abstract class LivePageTests(BuiltSite site, LiveSite live) : IAsyncLifetime
{
    private readonly List<string> problems = [];
    private readonly List<IPage> pages = [];
    private IBrowser? browser;

    protected LiveSite Live => live;

    /// <summary>What a test expects on the console: a failed request says so there.</summary>
    protected string? Expected { get; set; }

    public async ValueTask InitializeAsync()
    {
        Browser.Path();
        browser = await site.BrowserAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var page in pages) await page.CloseAsync();
        GC.SuppressFinalize(this);
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    protected async Task<IPage> OpenAsync(string address, BrowserNewPageOptions? options = null)
    {
        var page = await browser!.NewPageAsync(options);
        page.SetDefaultTimeout(Waiting.Milliseconds);
        pages.Add(page);
        page.Console += (_, message) => { if (message.Type is "error" or "warning" && !(Expected is { } text && message.Text.Contains(text, StringComparison.Ordinal))) problems.Add(message.Text); };
        page.PageError += (_, error) => problems.Add(error);
        var own = new Uri(address).GetLeftPart(UriPartial.Authority);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(own, StringComparison.Ordinal) && request.Url.Split(':')[0] is not ("data" or "blob")) problems.Add($"asks {request.Url}");
        };
        await page.GotoAsync(address);
        await page.Locator("html.live-ready").WaitForAsync(new() { Timeout = problems.Count > 0 ? 1 : Waiting.Milliseconds });
        return page;
    }

    /// <summary>The code cell of a number, from 1.</summary>
    protected static ILocator Cell(IPage page, int number) => page.Locator($"#cell-{number}");

    protected static Task RunAsync(IPage page, int number) => Cell(page, number).GetByRole(AriaRole.Button, new() { Name = "Run cell" }).ClickAsync();

    protected static Task StatusAsync(IPage page, int number, string text) =>
        Assertions.Expect(Cell(page, number).Locator(".status")).ToContainTextAsync(text);

    protected static Task OutputAsync(IPage page, int number, string text) =>
        Assertions.Expect(Cell(page, number).Locator(".output").First).ToContainTextAsync(text);

    protected static async Task EditAsync(IPage page, int number, string code)
    {
        await Cell(page, number).GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        await Cell(page, number).Locator(".cm-content").FillAsync(code);
    }
}
