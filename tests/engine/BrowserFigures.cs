using System.Globalization;
using Microsoft.Playwright;

namespace Tests.Engine;

/// <summary>What bench/README.md says of the browser. Nothing runs it by itself: it measures, and needs a machine that does
/// nothing else. `dotnet run --project tests -- -class Tests.Engine.BrowserFigures -explicit only -showLiveOutput`</summary>
public sealed class BrowserFigures(ServedSite site, ITestOutputHelper output)
{
    private const int Runs = 5;
    private const string Page = "01-the-digits.html";

    [Fact(Explicit = true)]
    public async Task Table()
    {
        await site.AddressAsync();
        var (cold, warm) = (new List<double>(), new List<double>());
        for (var i = 0; i < Runs; i++)
        {
            await using var context = await site.ContextAsync();
            cold.Add(await FirstCellAsync(context));
            warm.Add(await FirstCellAsync(context));
        }
        var (program, data) = await FetchedAsync();
        Say("page opened → result of its first cell, nothing stored", Median(cold), "s");
        Say("the same with everything stored", Median(warm), "s");
        Say("fetched for all of notebook 01, without data", program, "MB");
        Say("its data", data, "MB");

        await using var engine = await site.EngineAsync();
        await engine.TextAsync("1 + 1");
        var trivial = new List<double>();
        for (var i = 0; i < Runs; i++)
            trivial.Add(await engine.Page.EvaluateAsync<double>($$"""
                () => new Promise(done => {
                    const since = performance.now();
                    window.ended.set('t{{i}}', () => done(performance.now() - since));
                    window.engine.post({ type: 'run', id: 't{{i}}', code: '{{i}} + 1', name: 'cell' });
                })
                """));
        Say("a cell with a sum of two numbers", Median(trivial), "ms");
        await engine.TextAsync("#!import ../lib/course.dib");
        await engine.TextAsync("var all = Mnist.Load().Training.ToExamples<float>();");
        Say("784-32-10, one epoch over 5,000 images, batches of 32", await EpochAsync(engine, 32, 5_000), "s");
        Say("784-128-10, one epoch over 60,000 images, batches of 32", await EpochAsync(engine, 128, 60_000), "s");
        Say("memory after 100 runs of the Try it of notebook 02, more than after the first", await GrowthAsync(), "MB");
    }

    private void Say(string what, double value, string unit) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {value:G3} {unit} |"));

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Runs / 2);

    private async Task<double> FirstCellAsync(IBrowserContext context)
    {
        var page = await context.NewPageAsync();
        var since = TimeProvider.System.GetTimestamp();
        await page.GotoAsync(new Uri(await site.AddressAsync(), Page).AbsoluteUri);
        await page.Locator("html.live-ready").WaitForAsync();
        await ServedSite.UnfoldAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Run cell 1", Exact = true }).ClickAsync();
        await page.Locator("#cell-1 .status").GetByText("ran in").WaitForAsync();
        var time = TimeProvider.System.GetElapsedTime(since).TotalSeconds;
        await page.CloseAsync();
        return time;
    }

    /// <summary>Megabytes on the wire for a run of the whole notebook.</summary>
    private async Task<(double Program, double Data)> FetchedAsync()
    {
        await using var context = await site.ContextAsync();
        var requests = new List<IRequest>();
        context.RequestFinished += (_, request) => { lock (requests) requests.Add(request); };
        await WholeNotebookTests.RunAllAsync(await site.OpenAsync(context, Page), "Run it");
        var (program, data) = (0.0, 0.0);
        foreach (var request in requests.ToArray())
        {
            var size = (await request.SizesAsync()).ResponseBodySize / 1e6;
            if (request.Url.Contains("/course/data/", StringComparison.Ordinal)) data += size;
            else program += size;
        }
        return (program, data);
    }

    /// <summary>The median of several epochs, after one that the interpreter has compiled its loops in.</summary>
    private static async Task<double> EpochAsync(Engine engine, int hidden, int images)
    {
        var told = await engine.TextAsync($$"""
            {
                var some = all.Take({{images}});
                var network = Network<float>.Create([784, {{hidden}}, 10], new Random(1));
                var step = TrainingStep<float>.Make(network, new() { BatchSize = 32, LearningRate = 0.1 }, new Random(2));
                step.Take(some);
                var times = new List<double>();
                for (var i = 0; i <= {{Runs}}; i++)
                {
                    var time = System.Diagnostics.Stopwatch.StartNew();
                    foreach (var batch in Training.Batches(some.Count, 32, new Random(i))) step.On(batch, 0.1);
                    times.Add(time.Elapsed.TotalSeconds);
                }
                Console.Write(string.Join(" ", times.Skip(1).Select(time => time.ToString("F4", System.Globalization.CultureInfo.InvariantCulture))));
            }
            """);
        return Median(told.Split(' ').Select(time => double.Parse(time, CultureInfo.InvariantCulture)));
    }

    private async Task<double> GrowthAsync()
    {
        await using var context = await site.ContextAsync();
        var page = await site.OpenAsync(context, "02-neurons-and-activation-functions.html");
        await WholeNotebookTests.RunAllAsync(page, "Run it");
        var slider = page.Locator(".parameter-panel input[type=range]").First;
        var (least, most) = (await slider.GetAttributeAsync("min"), await slider.GetAttributeAsync("max"));
        var first = 0.0;
        for (var i = 0; i <= 100; i++)
        {
            await slider.FillAsync((i % 2 == 0 ? least : most)!);
            await page.WaitForFunctionAsync(WholeNotebookTests.Idle);
            if (i == 0) first = MegabytesOfRenderers();
        }
        return MegabytesOfRenderers() - first;
    }

    /// <summary>What the processes of pages hold in memory; all that run here are of this browser.</summary>
    private static double MegabytesOfRenderers() => System.Diagnostics.Process.GetProcesses()
        .Where(process => File.Exists($"/proc/{process.Id}/cmdline") && File.ReadAllText($"/proc/{process.Id}/cmdline").Contains("--type=renderer", StringComparison.Ordinal))
        .Sum(process => process.WorkingSet64 / 1e6);
}
