using Nb.Notebooks;
using Nb.Running;
using Nb.Session;
using Tests.Runner;
using Xunit;

namespace Tests.Session;

/// <summary>What notebooks of other people ask for: it is there, or the answer says what to write instead.</summary>
[Collection(nameof(CellsHere))]
public sealed class DialectTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData("#!value --name data\nabc", "`var data = \"\"\"…\"\"\";`")]
    [InlineData("#!value --name data --from-file a.csv", "`var data = File.ReadAllText(\"a.csv\");`")]
    [InlineData("#!value --name page --from-url https://example.org", "`var page = await new System.Net.Http.HttpClient().GetStringAsync(\"https://example.org\");`")]
    [InlineData("#!set --name key --value @password:Key", "`var key = await GetPasswordAsync(\"Key\");`")]
    [InlineData("#!set --name key --value @password:\"Api key\"", "`var key = await GetPasswordAsync(\"Api key\");`")]
    [InlineData("#!set --name city --value @input:\"Which city\"", "GetInputAsync(")]
    [InlineData("#!set --name city --value \"Graz\"", "`var city = \"Graz\";`")]
    [InlineData("#!set --name n --value 5", "`var n = 5;`")]
    [InlineData("#!set --name n --value @fsharp:n", "it takes a value from another kernel")]
    [InlineData("#!share --from fsharp numbers", "`var numbers = …;`")]
    [InlineData("#!about", "Environment.Version")]
    [InlineData("#!lsmagic", "the directives that there are stand in the next sentence")]
    [InlineData("#!whos", "complete a name with Tab")]
    [InlineData("#!connect mssql --kernel-name db", "Microsoft.Data.Sqlite")]
    [InlineData("#!fsharp\nlet x = 1", "this kernel runs C# only")]
    [InlineData("#!sql-db\nselect 1", "this kernel runs C# only")]
    [InlineData("#!pwsh\nls", "this kernel runs C# only")]
    [InlineData("#!http\nGET https://example.org", "HttpClient")]
    [InlineData("#!import", "it needs the path of a file")]
    [InlineData("#r \"nuget: XPlot.Plotly.Interactive, 4.0.7\"", "Use Plotly.NET in its place")]
    [InlineData("#r \"System.Windows.Forms\"", "`#r \"nuget: System.Windows\"`")]
    public async Task Directives_that_are_not_here_are_answered_with_what_to_write(string cell, string advice) =>
        Assert.Contains(advice, Assert.Single(await RunAsync(cell)), StringComparison.Ordinal);

    [Theory]
    [InlineData("#r \"System.Xml\"\nnew System.Xml.XmlDocument().Name", "#document")]
    [InlineData("#r \"System.Net.Http.dll\"\ntypeof(System.Net.Http.HttpClient).Name", "HttpClient")]
    [InlineData("using Microsoft.DotNet.Interactive;\nKernelInvocationContext.Current.CancellationToken.CanBeCanceled", "True")]
    [InlineData("Kernel.HTML(\"a\").ToString()", "a")]
    [InlineData("Thread.Sleep(1); CancellationToken.None.CanBeCanceled", "False")]
    [InlineData("using System.Timers;\nnew Timer(5).Interval", "5")]   // System.Threading has one of this name, too
    [InlineData("using static Microsoft.DotNet.Interactive.Formatting.PocketViewTags;\ndiv(\"x\").ToString()", "<div>x</div>")]
    [InlineData("class Ticket { public int Price { get; set => field = value; } }\nnew Ticket { Price = 3 }.Price", "3")]   // C# 14
    [InlineData("class A { public int X; }\nA a = null; a?.X = 5; a == null", "True")]
    public async Task What_notebooks_of_NET_Interactive_use_is_there(string cell, string value) =>
        Assert.Equal([$"result {value}"], await RunAsync(cell));

    [Fact]
    public async Task Scripts_and_tables_are_shown()
    {
        var outputs = (await _fixture.RunAsync("Javascript(\"alert(1)\");\nnew[] { new { Left = 1, Right = 2 } }.DisplayTable();\n"
            + "KernelInvocationContext.Current.Display(\"shown\"); Kernel.display(2);")).Notebook.Cells[0].Outputs;
        Assert.Equal("<script type=\"text/javascript\">alert(1)</script>", Lines.Join(outputs[0]!["data"]!["text/html"]));
        Assert.Matches("<table>.*Left.*Right", Lines.Join(outputs[1]!["data"]!["text/html"]));
        Assert.Equal(["shown", "2"], outputs.Skip(2).Select(output => Lines.Join(output!["data"]!["text/plain"])));
    }

    [Theory]
    [InlineData("using Microsoft.DotNet.Interactive.Commands;", "  → Kernels of .NET Interactive and their commands are not here")]
    [InlineData("Kernel.Root.SendAsync(null);", "  → Kernels of .NET Interactive and their commands are not here")]
    [InlineData("var c = new CSharpKernel();", "  → Kernels of .NET Interactive and their commands are not here")]
    [InlineData("div(\"x\")", "  → The tags of HTML are there after `using static Microsoft.DotNet.Interactive.Formatting.PocketViewTags;`")]
    [InlineData("using XPlot.Plotly;", "  → XPlot draws through .NET Interactive")]
    [InlineData("Regex.IsMatch(\"a\", \"b\")", "  → Add `using System.Text.RegularExpressions;` at the top of the cell.")]
    [InlineData("var s = new Stopwatch();", "  → Add `using System.Diagnostics;` at the top of the cell.")]
    public async Task Names_that_are_not_here_are_answered_with_what_to_write(string cell, string advice) =>
        Assert.Contains(advice, Assert.Single(await RunAsync(cell)), StringComparison.Ordinal);

    [Theory]
    [InlineData("b + 1")]   // a bias that is not there is no tag of HTML
    [InlineData("b(1)")]
    [InlineData("var t = table;")]
    public async Task A_variable_that_is_missing_gets_no_advice(string cell) =>
        Assert.DoesNotContain("→", Assert.Single(await RunAsync(cell)), StringComparison.Ordinal);

    [Fact]
    public async Task An_advice_for_several_errors_is_said_once() => Assert.Equal(
        2, Assert.Single(await RunAsync("Regex a = new Regex(\"a\"); int b = missing;")).Split("  → ").Length);

    [Fact]
    public async Task A_data_frame_is_a_table()
    {
        var result = await _fixture.RunAsync("#r \"nuget: Microsoft.Data.Analysis, 0.23.1\"", "using Microsoft.Data.Analysis;\n"
            + "new DataFrame(new StringDataFrameColumn(\"Name\", new[] { \"Ann\", \"B<b\", null }), new PrimitiveDataFrameColumn<double>(\"Score\", new double?[] { 1.5, null, 2 }))",
            "new DataFrame(new PrimitiveDataFrameColumn<int>(\"n\", Enumerable.Range(0, 1000)))");
        Assert.Equal("<table><thead><tr><th></th><th>Name</th><th>Score</th></tr></thead><tbody><tr><th>0</th><td>Ann</td><td>1.5</td></tr>"
            + "<tr><th>1</th><td>B&lt;b</td><td><i>null</i></td></tr><tr><th>2</th><td><i>null</i></td><td>2</td></tr></tbody></table>", Html(1));
        Assert.EndsWith("<td>24</td></tr></tbody></table><p>25 of 1,000 rows</p>", Html(2), StringComparison.Ordinal);

        string Html(int cell) => Lines.Join(result.Notebook.Cells[cell].Outputs[0]!["data"]!["text/html"]);
    }

    [Fact]
    public async Task What_a_package_that_is_skipped_needs_is_there()
    {
        var events = await RunAsync("#r \"nuget: Plotly.NET.Interactive, 6.0.0\"\nusing Plotly.NET;\ntypeof(GenericChart).Name");
        Assert.Equal("result GenericChart", events[^1]);
    }

    [Theory]
    [InlineData("polyglot_notebook", "kernelName", "fsharp")]
    [InlineData("dotnet_interactive", "language", "pwsh")]
    [InlineData("vscode", "languageId", "python")]
    public async Task A_cell_of_another_language_is_refused(string section, string key, string language)
    {
        var result = await NotebookRunner.RunAsync(Marked(section, key, language, "let square x = x * x"), null, Fixture.Token);
        Assert.StartsWith($"cell 1 is marked as {language}: this kernel runs C# only.", result.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("html", "text/html")]
    [InlineData("markdown", "text/markdown")]
    public async Task A_cell_of_markup_is_shown(string language, string mimeType)
    {
        var result = await NotebookRunner.RunAsync(Marked("polyglot_notebook", "kernelName", language, "<b>hello</b>"), null, Fixture.Token);
        Assert.Equal("<b>hello</b>", Lines.Join(result.Notebook.Cells[0].Outputs[0]!["data"]![mimeType]));
    }

    [Theory]
    [InlineData("csharp")]
    [InlineData("C#")]
    [InlineData(".NET")]
    public async Task A_cell_of_CSharp_runs_whatever_it_is_called(string language) => Assert.Equal(
        CellStatus.Passed, (await NotebookRunner.RunAsync(Marked("dotnet_interactive", "language", language, "1 + 1"), null, Fixture.Token)).Status);

    [Theory]
    [InlineData("""{"kernelspec": {"name": "python3", "language": "python"}}""", "written for the kernel python3 (python), and nb runs C# only")]
    [InlineData("""{"kernelspec": {"name": ".net-fsharp", "language": "F#"}}""", "written for the kernel .net-fsharp (F#)")]
    [InlineData("""{"kernelspec": {"name": ".net-powershell"}}""", "written for the kernel .net-powershell")]
    [InlineData("""{"language_info": {"name": "R"}}""", "written for the kernel R")]
    [InlineData("""{"kernelspec": {"name": ".net-csharp"}, "polyglot_notebook": {"kernelInfo": {"defaultKernelName": "fsharp"}}}""", "(fsharp)")]
    [InlineData("""{"kernelspec": {"name": ".net-csharp", "language": "C#"}, "language_info": {"name": "polyglot-notebook"}}""", null)]
    [InlineData("""{"kernelspec": {"name": "any", "language": "csharp"}}""", null)]
    [InlineData("{}", null)]
    public async Task A_notebook_of_another_kernel_is_refused_in_one_line(string metadata, string? message)
    {
        var notebook = Notebook.Parse($$"""{"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "outputs": [], "execution_count": null}], "metadata": {{metadata}}, "nbformat": 4, "nbformat_minor": 5}""",
            Path.Join(_fixture.Folder, "a.ipynb"));
        if (message is null)
        {
            Assert.Equal(CellStatus.Passed, (await NotebookRunner.RunAsync(notebook, null, Fixture.Token)).Status);
            return;
        }
        var error = (await Assert.ThrowsAsync<Nb.UserError>(() => NotebookRunner.RunAsync(notebook, null, Fixture.Token))).Message;
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    private Notebook Marked(string section, string key, string language, string source) => Notebook.Parse(
        new System.Text.Json.Nodes.JsonObject
        {
            ["cells"] = new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject
            {
                ["cell_type"] = "code", ["id"] = "a", ["source"] = source, ["outputs"] = new System.Text.Json.Nodes.JsonArray(), ["execution_count"] = null,
                ["metadata"] = new System.Text.Json.Nodes.JsonObject { [section] = new System.Text.Json.Nodes.JsonObject { [key] = language } },
            }),
            ["metadata"] = new System.Text.Json.Nodes.JsonObject(), ["nbformat"] = 4, ["nbformat_minor"] = 5,
        }.ToJsonString(), Path.Join(_fixture.Folder, "a.ipynb"));

    private async Task<List<string>> RunAsync(params string[] cells)
    {
        var sink = new RecordingSink();
        var session = new CellSession(_fixture.Folder, new ProcessHost());
        foreach (var (cell, i) in cells.Select((c, i) => (c, i + 1)))
            await session.RunAsync(cell, $"cell {i}", sink, Fixture.Token);
        return sink.Events;
    }
}
