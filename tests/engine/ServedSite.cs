using System.Text.Json;
using Microsoft.Playwright;
using Nb.Commands;
using Nb.Live;

[assembly: AssemblyFixture(typeof(Tests.Engine.ServedSite))]

namespace Tests.Engine;

/// <summary>The site with the engine, served, and a browser: made once, when the first test asks for it.</summary>
public sealed class ServedSite : IAsyncDisposable
{
    private readonly Lazy<Task<(LiveServer Server, IPlaywright Playwright, IBrowser Browser)>> _started;

    public ServedSite() => _started = new(StartAsync);

    public string Folder { get; } = Directory.CreateTempSubdirectory("nb-served-").FullName;

    /// <summary>Such as http://127.0.0.1:8888/.</summary>
    public async Task<Uri> AddressAsync() => (await _started.Value).Server.Address;

    /// <summary>An engine of its own, as a page starts it.</summary>
    /// <param name="folder">Where the notebook lies.</param>
    public async Task<Engine> EngineAsync(string folder = "notebooks")
    {
        Browser.Path();
        var (server, _, browser) = await _started.Value;
        return await Engine.StartAsync(await browser.NewContextAsync(), server.Address, folder);
    }

    /// <summary>A browser with nothing stored. Requests that leave the site's address fail.</summary>
    public async Task<IBrowserContext> ContextAsync()
    {
        Browser.Path();
        var (server, _, browser) = await _started.Value;
        var context = await browser.NewContextAsync();
        context.SetDefaultTimeout(Engine.Minutes * 60_000);
        await context.RouteAsync(address => address.StartsWith("http", StringComparison.Ordinal) && !address.StartsWith(server.Address.AbsoluteUri, StringComparison.Ordinal),
            route => route.AbortAsync());
        return context;
    }

    /// <summary>A page of the site.</summary>
    public async Task<IPage> OpenAsync(IBrowserContext context, string name)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(await AddressAsync(), name).AbsoluteUri);
        await page.Locator("html.live-ready").WaitForAsync();
        await UnfoldAsync(page);
        return page;
    }

    /// <summary>The set-up of a notebook, and the answers to its exercises, are folded away at first.</summary>
    internal static Task UnfoldAsync(IPage page) => page.EvaluateAsync("document.querySelectorAll('details').forEach(part => { part.open = true; })");

    private async Task<(LiveServer, IPlaywright, IBrowser)> StartAsync()
    {
        await ServeCommand.BuildAsync(Course.Root, Folder, TextWriter.Null, CancellationToken.None);
        var server = await LiveServer.StartAsync(Folder, Course.Root, 0, CancellationToken.None);
        var playwright = await Playwright.CreateAsync();
        return (server, playwright, await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Browser.Path(),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
        }));
    }

    public async ValueTask DisposeAsync()
    {
        if (_started.IsValueCreated && _started.Value.IsCompletedSuccessfully)
        {
            var (server, playwright, browser) = await _started.Value;
            await browser.DisposeAsync();
            playwright.Dispose();
            await server.DisposeAsync();
        }
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>The engine of a page that nothing else is on.</summary>
public sealed class Engine : IAsyncDisposable
{
    public const int Minutes = 10;   // for a machine that has other work; nothing here depends on it
    private readonly IBrowserContext _context;
    private int _cells;

    private Engine(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    public IPage Page { get; }

    public IBrowserContext Context => _context;

    /// <summary>The message ready or failed.</summary>
    public JsonElement First { get; private set; }

    internal static async Task<Engine> StartAsync(IBrowserContext context, Uri address, string folder)
    {
        context.SetDefaultTimeout(Minutes * 60_000);
        var engine = new Engine(context, await context.NewPageAsync());
        await engine.Page.GotoAsync(new Uri(address, "live/engine.json").AbsoluteUri);
        await engine.StartAsync(folder);
        return engine;
    }

    /// <summary>Starts one in the place of the one before.</summary>
    public async Task StartAsync(string folder = "notebooks") => First = await Page.EvaluateAsync<JsonElement>("""
        async folder => {
            const { startEngine } = await import('/live/client.js');
            window.told = [];
            window.ended = new Map();
            return new Promise(first => {
                window.engine = startEngine(new URL('/live/', location).href, folder, message => {
                    window.told.push(message);
                    if (message.type === 'ready' || message.type === 'failed') first(message);
                    if (message.type === 'done') window.ended.get(message.id)?.(message);
                    if (message.type === 'ask') window.engine.post({ type: 'input', text: window.answer ?? null });
                });
            });
        }
        """, folder);

    /// <summary>Runs a cell and gives its messages, progress left out.</summary>
    public async Task<IReadOnlyList<JsonElement>> RunAsync(string code)
    {
        var id = $"c{++_cells}";
        await Page.EvaluateAsync("""
            ([id, code, name]) => new Promise(done => {
                window.ended.set(id, done);
                window.engine.post({ type: 'run', id, code, name });
            })
            """, new object[] { id, code, $"cell {_cells}" });
        var told = await Page.EvaluateAsync<JsonElement>("id => window.told.filter(message => message.id === id)", id);
        return [.. told.EnumerateArray()];
    }

    /// <summary>What a cell puts out, in one text: streams and plain values, errors with their tracebacks.</summary>
    public async Task<string> TextAsync(string code) => string.Concat((await RunAsync(code))
        .Where(message => message.GetProperty("type").GetString() == "output")
        .Select(message => message.GetProperty("output"))
        .Select(output => output.GetProperty("output_type").GetString() switch
        {
            "stream" => output.GetProperty("text").GetString(),
            "error" => string.Join('\n', output.GetProperty("traceback").EnumerateArray().Select(line => line.GetString())),
            _ => output.GetProperty("data").TryGetProperty("text/plain", out var text) ? text.GetString() : "",
        }));

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
