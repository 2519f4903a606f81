using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Playwright;
using Nb.Commands;
using Nb.Kernel;

namespace Tests.Kernel;

/// <summary>Jupyter Notebook in a real browser, as a reader uses it: run all, watch it train, stop, change, run again.</summary>
[Collection(nameof(Kernels))]
[Trait("Time", "long")]
public sealed class BrowserTests : IAsyncLifetime
{
    /// <summary>Longer than anything takes that works, on any machine: it only ends what hangs.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(20);

    private readonly Home home = new();
    private string course = "", address = "";
    private Process? server;
    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        var program = Browser.Path();
        var python = await Python.FindAsync("notebook");
        course = home.CopyCourse();
        await InstallCommand.InstallAsync(Course.Root, home.Folder, KernelSpec.DefaultName, TextWriter.Null, TestContext.Current.CancellationToken);
        var environment = new Dictionary<string, string>(home.Environment) { ["JUPYTER_PATH"] = Path.Join(home.Folder, "share", "jupyter") };
        var port = FreePort();
        address = $"http://127.0.0.1:{port}";
        server = Python.Start(python, ["-m", "notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1", $"--port={port}", "--port-retries=0",
            "--NotebookApp.token=", "--NotebookApp.password=", $"--notebook-dir={course}"], course, environment);
        _ = server.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        _ = server.StandardError.BaseStream.CopyToAsync(Stream.Null);
        await Answers($"{address}/api");
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = program, Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
        if (server is { HasExited: false }) server.Kill(entireProcessTree: true);
        server?.Dispose();
        home.Dispose();
    }

    [Fact]
    public async Task The_last_notebook_trains_is_stopped_changed_and_trains_again()
    {
        var page = await OpenAsync("06-training.ipynb");
        await page.WaitForFunctionAsync("document.querySelectorAll('.MathJax').length > 20");
        var training = await CellWithAsync(page, "var live = Live.Show");
        var result = await CellWithAsync(page, "var originalTest = original.Accuracy");

        // Run all, and look while it trains.
        await page.EvaluateAsync("Jupyter.notebook.clear_all_output(); Jupyter.notebook.execute_all_cells()");
        var seen = await ProgressAsync(page, training, 3);
        await PictureAsync(page, training, "1 training");
        Assert.Equal("*", await PromptAsync(page, training));

        // Stop it as the button does.
        await page.Locator("[data-jupyter-action='jupyter-notebook:interrupt-kernel']").ClickAsync();
        await page.WaitForFunctionAsync($"{Cell(training)}.output_area.outputs.some(output => output.output_type === 'error')");
        await IdleAsync(page);
        Assert.Contains("Stopped", await TextAsync(page, training), StringComparison.Ordinal);
        Assert.Equal(0, await page.EvaluateAsync<int>($"{Cell(result)}.output_area.outputs.length"));
        await PictureAsync(page, training, "2 stopped");

        // Another learning rate, fewer steps; this cell, the result below it, and curves in a cell of the reader's own.
        await page.EvaluateAsync($"{Cell(training)}.set_text({Cell(training)}.get_text().replace('LearningRate = 0.1', 'LearningRate = 0.3').replace('Epochs = 2_500', 'Epochs = 400'))");
        await RunAsync(page, training);
        var again = await ProgressAsync(page, training, 3);
        Assert.NotEqual(seen, again);
        await IdleAsync(page);
        await RunAsync(page, result);
        await IdleAsync(page);
        Assert.Contains("held out", await TextAsync(page, result), StringComparison.Ordinal);
        var chart = result + 1;
        await page.EvaluateAsync($$"""
            const cell = Jupyter.notebook.insert_cell_below('code', {{result}});
            cell.set_text('Charts.AccuracyCurves(originalHistory, "learning rate 0.3")');
            """);
        await RunAsync(page, chart);
        await IdleAsync(page);
        await page.WaitForFunctionAsync($"{Cell(chart)}.element[0].querySelector('.main-svg')");
        Assert.True(await page.EvaluateAsync<bool>($"{Cell(chart)}.element[0].querySelector('.main-svg').getBoundingClientRect().width > 300"));
        await PictureAsync(page, chart, "3 chart");

        // Tab completes a name of the notebook.
        await page.EvaluateAsync($$"""
            const cell = Jupyter.notebook.insert_cell_below('code', {{chart}});
            cell.set_text('original');
            Jupyter.notebook.select({{chart + 1}}); Jupyter.notebook.edit_mode(); cell.focus_editor(); cell.code_mirror.setCursor(0, 8);
            """);
        await page.Keyboard.PressAsync("Tab");
        var choices = page.Locator("#complete option");
        await choices.First.WaitForAsync();
        var names = await choices.AllTextContentsAsync();
        Assert.All(["original", "originalHistory", "originalOptions"], name => Assert.Contains(name, names));
        await PictureAsync(page, chart + 1, "4 completion");
        await page.Keyboard.PressAsync("Escape");

        // And Shift+Tab says what something is.
        await page.EvaluateAsync($"Jupyter.notebook.get_cell({chart + 1}).set_text('Training.Train'); Jupyter.notebook.get_cell({chart + 1}).focus_editor(); Jupyter.notebook.get_cell({chart + 1}).code_mirror.setCursor(0, 12)");
        await page.Keyboard.PressAsync("Shift+Tab");
        await page.WaitForFunctionAsync("(document.querySelector('#tooltip')?.innerText ?? '').includes('Train')");
        await PictureAsync(page, chart + 1, "5 tooltip");
    }

    private async Task<IPage> OpenAsync(string name)
    {
        var page = await browser!.NewPageAsync(new() { ViewportSize = new() { Width = 1200, Height = 1000 } });
        page.SetDefaultTimeout((float)s_patience.TotalMilliseconds);
        page.Dialog += (_, dialog) => _ = dialog.AcceptAsync();
        await page.GotoAsync($"{address}/notebooks/notebooks/{name}");
        await page.WaitForFunctionAsync("window.Jupyter?.notebook?.kernel?.is_connected() && Jupyter.notebook._fully_loaded");
        await IdleAsync(page);
        return page;
    }

    /// <summary>Waits for some different outputs of a cell while it is busy; returns the last.</summary>
    private static async Task<string> ProgressAsync(IPage page, int cell, int count)
    {
        var seen = new HashSet<string>();
        var clock = Stopwatch.StartNew();
        while (seen.Count < count)
        {
            Assert.True(clock.Elapsed < s_patience, $"The output of cell {cell} did not move: {string.Join(" | ", seen)}");
            var (text, prompt) = (await TextAsync(page, cell), await PromptAsync(page, cell));
            if (text.Length > 0 && prompt == "*" && !text.Contains("training …", StringComparison.Ordinal))
                seen.Add(text);
            await Task.Delay(30, TestContext.Current.CancellationToken);
        }
        return seen.Last();
    }

    private static async Task<int> CellWithAsync(IPage page, string text)
    {
        var index = await page.EvaluateAsync<int>("text => Jupyter.notebook.get_cells().findIndex(cell => cell.cell_type === 'code' && cell.get_text().includes(text))", text);
        Assert.True(index >= 0, $"no cell with {text}");
        return index;
    }

    private static Task RunAsync(IPage page, int cell) => page.EvaluateAsync($"Jupyter.notebook.execute_cells([{cell}])");

    private static Task IdleAsync(IPage page) => page.WaitForFunctionAsync(
        "!document.querySelector('.kernel_busy_icon') && Jupyter.notebook.get_cells().every(cell => cell.input_prompt_number !== '*')");

    private static Task<string> TextAsync(IPage page, int cell) => page.EvaluateAsync<string>($"{Cell(cell)}.output_area.element[0].innerText.trim()");

    private static Task<string> PromptAsync(IPage page, int cell) => page.EvaluateAsync<string>($"String({Cell(cell)}.input_prompt_number)");

    private static string Cell(int index) => $"Jupyter.notebook.get_cell({index})";

    /// <summary>Keeps a picture where NB_PICTURES names a folder: for people to look at.</summary>
    private static async Task PictureAsync(IPage page, int cell, string name)
    {
        if (Environment.GetEnvironmentVariable("NB_PICTURES") is not { Length: > 0 } folder)
            return;
        await page.EvaluateAsync($"{Cell(cell)}.element[0].scrollIntoView({{ block: 'center' }})");
        await page.ScreenshotAsync(new() { Path = Path.Join(folder, $"{name}.png") });
    }

    private static async Task Answers(string url)
    {
        using var client = new HttpClient();
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await client.GetStringAsync(url, TestContext.Current.CancellationToken);
                return;
            }
            catch (HttpRequestException) when (clock.Elapsed < s_patience)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
