using System.Net;
using System.Text.Json;

namespace Tests.Engine;

/// <summary>The engine that runs cells in a browser, spoken to as a page speaks to it.</summary>
[Trait("Time", "long")]
public sealed class EngineTests(ServedSite site)
{
    [Fact]
    public async Task Cells_run_one_after_the_other_and_say_what_is_wrong_with_cell_and_line()
    {
        await using var engine = await site.EngineAsync();
        Assert.Equal("ready", engine.First.GetProperty("type").GetString());
        Assert.True(engine.First.GetProperty("speed").GetDouble() > 0);
        Assert.Equal("3", await engine.TextAsync("var one = 1;\none + 2"));
        Assert.Equal("a\nb\n2", await engine.TextAsync("Console.WriteLine(\"a\"); Console.Write(\"b\\n\");\none + 1"));
        Assert.Contains("cell 3, line 2, column", await engine.TextAsync("var x = 1;\nvar y = ;"));
        var thrown = await engine.TextAsync("int F() => throw new InvalidOperationException(\"no\");\n\nF()");
        Assert.Contains("InvalidOperationException: no", thrown);
        Assert.Contains("at F in cell 4, line 1", thrown);
        Assert.Contains("at cell 4, line 3", thrown);
        Assert.Contains("To use another one, download the notebook", await engine.TextAsync("#r \"nuget: Dapper, 2.1.35\""));
        Assert.Equal("1", await engine.TextAsync("one"));
    }

    [Fact]
    public async Task A_cell_that_asks_gets_what_the_reader_types_and_displays_change_in_place()
    {
        await using var engine = await site.EngineAsync();
        await engine.Page.EvaluateAsync("window.answer = 'Ada'");
        Assert.Equal("Hello Ada", await engine.TextAsync("var name = Console.ReadLine();\n\"Hello \" + name"));
        Assert.Equal("Ada!", await engine.TextAsync("await GetInputAsync(\"Who?\") + \"!\""));

        var told = await engine.RunAsync("var shown = display(1);\nshown.Update(2);");
        var display = told.Single(message => message.GetProperty("type").GetString() == "output").GetProperty("output");
        var update = told.Single(message => message.GetProperty("type").GetString() == "update");
        Assert.Equal(display.GetProperty("transient").GetProperty("display_id").GetString(), update.GetProperty("transient").GetProperty("display_id").GetString());
        Assert.Equal("2", update.GetProperty("data").GetProperty("text/plain").GetString());
    }

    [Fact]
    public async Task A_chart_comes_with_its_words()
    {
        await using var engine = await site.EngineAsync();
        await engine.TextAsync("#!import ../lib/course.dib");
        var told = await engine.RunAsync("Charts.Lines(\"Falling\", \"epoch\", \"loss\", new Curve(\"training\", [1, 2, 3], [2.5, 1, 0.5]))");
        var result = told.Single(message => message.GetProperty("type").GetString() == "output").GetProperty("output");
        Assert.Equal("Falling. A line over epoch, 1 to 3; loss: training from 2.5 to 0.5.", result.GetProperty("transient").GetProperty("words").GetString());
    }

    [Fact]
    public async Task A_loop_without_end_is_ended_with_its_worker_and_the_next_engine_starts_afresh()
    {
        await using var engine = await site.EngineAsync();
        await engine.TextAsync("var kept = 1;");
        await engine.Page.EvaluateAsync("window.engine.post({ type: 'run', id: 'loop', code: 'while (true) { }', name: 'cell 2' })");
        await engine.Page.WaitForFunctionAsync("window.told.some(message => message.type === 'started' && message.id === 'loop')");
        await engine.Page.EvaluateAsync("window.engine.stop()");
        await engine.StartAsync();
        Assert.Equal("ready", engine.First.GetProperty("type").GetString());
        Assert.Contains("'kept' does not exist", await engine.TextAsync("kept"));
    }

    [Fact]
    public async Task Without_the_network_it_says_so_and_the_next_try_works()
    {
        await using var engine = await site.EngineAsync();
        await engine.TextAsync("#!import ../lib/course.dib");
        await engine.Context.RouteAsync("**/course/data/**", route => route.AbortAsync());
        var failed = await engine.TextAsync("var data = Mnist.Load();\ndata.Training.Count");
        Assert.Contains("could not be fetched", failed);
        Assert.Contains("run the cell again", failed);
        await engine.Context.UnrouteAsync("**/course/data/**");
        Assert.Equal("60000", await engine.TextAsync("var data = Mnist.Load();\ndata.Training.Count"));
    }

    [Fact]
    public async Task A_drawing_that_was_changed_on_its_way_is_not_taken()
    {
        await using var engine = await site.EngineAsync();
        const string cell = "File.ReadAllBytes(\"../data/drawings/pad-5.png\").Length";
        var file = Path.Join(Course.Root, "data", "drawings", "pad-5.png");
        await engine.Context.RouteAsync("**/pad-5.png*", route => route.FulfillAsync(new() { BodyBytes = [1, 2, 3] }));
        var refused = await engine.TextAsync(cell);
        Assert.Contains("its SHA-256 is not", refused);
        Assert.Contains("run the cell again", refused);
        Assert.Contains("IOException", refused);
        await engine.Context.UnrouteAsync("**/pad-5.png*");
        Assert.Equal($"{new FileInfo(file).Length}", await engine.TextAsync(cell));
    }

    [Fact]
    public async Task Hashes_of_files_of_any_length_are_those_of_dotnet()
    {
        await using var engine = await site.EngineAsync();
        foreach (var length in new[] { 0, 1, 55, 56, 63, 64, 65, 119, 120, 10_000 })
        {
            var bytes = Enumerable.Range(0, length).Select(i => (byte)(i * 7)).ToArray();
            Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), await engine.Page.EvaluateAsync<string>(
                "async length => (await import('/live/sha256.js')).sha256(Uint8Array.from({ length }, (_, i) => i * 7))", length));
        }
    }

    [Fact]
    public async Task Files_are_sent_with_their_types_compressed_and_to_this_machine_alone()
    {
        Browser.Path();
        using var client = new HttpClient { BaseAddress = await site.AddressAsync() };
        using var manifest = JsonDocument.Parse(await client.GetStringAsync("live/engine.json", TestContext.Current.CancellationToken));
        var native = manifest.RootElement.GetProperty("native").GetProperty("url").GetString();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"live/{native}") { Headers = { { "Accept-Encoding", "br" } } };
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("application/wasm", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("br", Assert.Single(answer.Content.Headers.ContentEncoding));
        Assert.Contains("immutable", answer.Headers.CacheControl!.ToString());
        foreach (var name in new[] { "01-the-digits.html", "assets/plotly.min.js" })
        {
            using var asked = new HttpRequestMessage(HttpMethod.Get, name) { Headers = { { "Accept-Encoding", "br" } } };
            using var page = await client.SendAsync(asked, TestContext.Current.CancellationToken);
            Assert.Equal("br", Assert.Single(page.Content.Headers.ContentEncoding));
            var sent = await page.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            Assert.InRange(sent.Length, 1, (await client.GetByteArrayAsync(name, TestContext.Current.CancellationToken)).Length / 2);
        }
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "index.html") { Headers = { Host = "example.org" } };
        using var refused = await client.SendAsync(foreign, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, refused.StatusCode);
    }
}
