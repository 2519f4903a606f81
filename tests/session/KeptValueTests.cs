using Nb.Notebooks;
using Nb.Session;
using Tests.Runner;
using Xunit;

namespace Tests.Session;

/// <summary>What a session keeps: values that a cell was to replace, imports that are the same, sources that work.</summary>
[Collection(nameof(CellsHere))]
public sealed class KeptValueTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData("var a = new[] { 1, 2, 3 };", "var a = File.ReadAllLines(\"missing.csv\");", "a.Length", "3")]   // another type
    [InlineData("var a = \"kept\";", "var a = File.ReadAllText(\"missing.csv\");", "a", "kept")]   // the same type
    [InlineData("int a = 5;", "int a = int.Parse(\"x\");", "a", "5")]
    [InlineData("int a = 5; var b = 1;", "var b = 7; var a = int.Parse(\"x\").ToString();", "a + b", "12")]   // b has its new value
    [InlineData("var a = new List<(int, string)> { (1, \"x\") };", "var a = int.Parse(\"x\");", "a[0].Item2", "x")]
    [InlineData("record P(int X); var a = new P(4);", "var a = new[] { int.Parse(\"x\") };", "a.X", "4")]
    [InlineData("var a = new int[2][,] { new int[1, 1], null };", "var a = int.Parse(\"x\");", "a[0].Length", "1")]
    [InlineData("int? a = 3;", "var a = File.ReadAllText(\"missing\");", "a.Value", "3")]
    [InlineData("var a = 1;", "var a = \"new\"; throw new Exception();", "a", "new")]   // it had come to its new value
    [InlineData("var a = 1;", "throw new Exception(); var b = a;", "a", "1")]
    public async Task A_cell_that_fails_keeps_the_values_of_names_that_it_declares_again(string before, string failing, string after, string value)
    {
        var events = await RunAsync(before, failing, after);
        Assert.StartsWith("error ", events[0], StringComparison.Ordinal);
        Assert.Equal([$"result {value}"], events[1..]);
    }

    [Theory]
    [InlineData("var net = Slow(); string Slow() { while (true) { } }")]
    [InlineData("var net = Slow(); int[] Slow() { while (true) { } }")]
    public async Task A_cell_that_is_stopped_keeps_them_too(string slow)
    {
        var session = new CellSession(_fixture.Folder, new ProcessHost(), grace: Timeout.InfiniteTimeSpan);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Fixture.Token);
        var sink = new RecordingSink { OnEvent = _ => new Thread(() => { Thread.Sleep(50); stop.Cancel(); }).Start() };
        await session.RunAsync("var net = \"trained for an hour\";", "cell 1", sink, Fixture.Token);
        Assert.Equal(CellStatus.Cancelled, await session.RunAsync($"Console.WriteLine(1); {slow}", "cell 2", sink, stop.Token));
        var after = new RecordingSink();
        await session.RunAsync("net ?? \"net is null\"", "cell 3", after, Fixture.Token);
        Assert.Equal(["result trained for an hour"], after.Events);
    }

    [Fact]
    public async Task Importing_an_unchanged_file_again_does_nothing_and_a_changed_one_says_what_to_do()
    {
        _fixture.Write("lib/Inner.csx", "public class Inner { }");
        _fixture.Write("lib/All.csx", "#load \"Inner.csx\"\npublic class Box<T> { public T Value; }\npublic static class Use { public static void Take(Box<int> box) { } }\nConsole.WriteLine(\"imported\");");
        var session = new CellSession(_fixture.Folder, new ProcessHost());
        Assert.Equal(["stdout imported"], await Run("#!import lib/All.csx"));
        Assert.Empty(await Run("var box = new Box<int>(); Inner inner = new();"));
        Assert.Empty(await Run("#!import lib/All.csx"));
        Assert.Empty(await Run("#!import lib/../lib/All.csx\nUse.Take(box); inner = new Inner();"));

        _fixture.Write("lib/Inner.csx", "public class Inner { public int More; }");   // what it imports counts as well
        var events = await Run("#!import lib/All.csx");
        Assert.Equal("stdout imported", events[0]);
        Assert.Equal("stdout lib/All.csx has changed since it was imported, and is imported anew.\nRun the cells again that make values of its types: "
            + "those of before do not fit any more.", events[1]);
        events = await Run("Use.Take(box);");
        Assert.Equal("error CompilationError: cell, line 1, column 10: CS1503: make the value again: run the cells that make it. Box<int> was declared again "
            + "since (its cell ran again, or its file has changed), and the value is still one of the Box<int> of before.", Assert.Single(events));
        Assert.Contains("CS0029: make the value again", Assert.Single(await Run("inner = new Inner();")), StringComparison.Ordinal);
        Assert.Empty(await Run("Use.Take(new Box<int>());"));

        async Task<List<string>> Run(string cell)
        {
            var sink = new RecordingSink();
            await session.RunAsync(cell, "cell", sink, Fixture.Token);
            return sink.Events;
        }
    }

    [Fact]
    public async Task An_import_that_failed_is_tried_again()
    {
        _fixture.Write("a.csx", "var n = File.ReadAllText(\"later.txt\").Length;");
        var session = new CellSession(_fixture.Folder, new ProcessHost());
        var sink = new RecordingSink();
        await session.RunAsync("#!import a.csx", "cell", sink, Fixture.Token);
        Assert.StartsWith("error FileNotFoundException", Assert.Single(sink.Events), StringComparison.Ordinal);
        _fixture.Write("later.txt", "four");
        await session.RunAsync("#!import a.csx\nn", "cell", sink, Fixture.Token);
        Assert.Equal("result 4", sink.Events[^1]);
    }

    [Theory]
    [InlineData("#i \"nuget:/no/such/folder\"\n#r \"nuget: CsCheck, 5.0.1\"", "`#i \"nuget:/no/such/folder\"` expected the address of a feed, or a folder")]
    [InlineData("#i \"nuget:http://127.0.0.1:1/index.json\"\n#r \"nuget: CsCheck, 5.0.0\"", "Not used any more: `#i \"nuget:http://127.0.0.1:1/index.json\"`")]
    public async Task A_wrong_source_is_named_and_does_not_stay(string wrong, string message)
    {
        var events = await RunAsync(wrong, "#r \"nuget: CsCheck, 5.0.1\"", "typeof(CsCheck.Gen).Name");
        Assert.Contains(message, events[0], StringComparison.Ordinal);
        Assert.Equal(["result Gen"], events[1..]);
    }

    [Fact, Trait("Time", "long")]
    public async Task A_damaged_list_of_what_was_restored_counts_as_not_restored()
    {
        var package = new Package("System.Numerics.Tensors", "10.0.15");
        var good = await PackageRestore.RestoreAsync([package], [_fixture.Folder], Fixture.Token);   // with a source of its own, so in a folder of its own
        var cache = Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "nb-notebook-runner", "packages");
        var project = Directory.GetFiles(cache, "packages.csproj", SearchOption.AllDirectories).Single(file => File.ReadAllText(file).Contains(_fixture.Folder, StringComparison.Ordinal));
        try
        {
            var list = Path.Join(Path.GetDirectoryName(project), "obj", "project.assets.json");
            var text = File.ReadAllText(list);
            foreach (var damaged in new[] { text[..100], "{}", "", "[1]", text.Replace("\"targets\"", "\"t\""), text.Replace("\"path\"", "\"p\"") })
            {
                File.WriteAllText(list, damaged);
                Assert.Equal(good.Compile, (await PackageRestore.RestoreAsync([package], [_fixture.Folder], Fixture.Token)).Compile);
            }
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(project)!, recursive: true);
        }
    }

    [Fact]
    public async Task The_nearest_version_is_named() => Assert.Matches(
        @"NU1102:\s+- Found \d+ version\(s\) in .+ \[ Nearest version: \d[^\]]* \]", Assert.Single(await RunAsync("#r \"nuget: CsCheck, 99.9.9\"")));

    [Fact]
    public async Task A_display_as_the_last_expression_shows_no_box_of_its_own() =>
        Assert.Equal(["display 1", "display 2"], await RunAsync("display(1)", "2.Display()"));

    [Fact]
    public async Task The_runner_cuts_what_is_printed_without_end_asks_nobody_and_updates_earlier_cells()
    {
        var result = await _fixture.RunAsync(
            "var early = display(\"a\");", "for (var i = 0; i < 300_000; i++) Console.WriteLine($\"line {i}\"); 7", "early.Update(\"b\");",
            "var age = int.Parse(Console.ReadLine());");
        Assert.Equal("b", Lines.Join(result.Notebook.Cells[0].Outputs[0]!["data"]!["text/plain"]));
        var outputs = result.Notebook.Cells[1].Outputs;
        Assert.Equal(1_000_000, Lines.Join(outputs[0]!["text"]).Length);
        Assert.Matches(@"^\n… 2,\d{3},\d{3} characters are left out here; print less, or write to a file …\n", Lines.Join(outputs[1]!["text"]));
        Assert.EndsWith("line 299999\n", Lines.Join(outputs[1]!["text"]), StringComparison.Ordinal);
        Assert.Equal("7", Lines.Join(outputs[2]!["data"]!["text/plain"]));
        Assert.Equal(IOutputSink.NobodyToAsk, result.Error!.Message);
    }

    private async Task<List<string>> RunAsync(params string[] cells)
    {
        var sink = new RecordingSink();
        var session = new CellSession(_fixture.Folder, new ProcessHost());
        foreach (var cell in cells)
            await session.RunAsync(cell, "cell", sink, Fixture.Token);
        return sink.Events;
    }
}
