using Nb;
using Nb.Commands;
using Nb.Notebooks;
using Nb.Running;
using Nb.Session;
using Xunit;

namespace Tests.Runner;

[Collection(nameof(CellsHere))]
public sealed class RunCommandTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task In_place_stores_outputs_numbers_and_the_stamp_and_a_second_run_changes_nothing()
    {
        _fixture.Write("lib/A.csx", "public static class A { public static int B = 7; }");
        var file = _fixture.WriteNotebook("a.ipynb", "md:# Title", "#!import ../lib/A.csx",
            "Console.WriteLine(\"one\");\nConsole.WriteLine(\"two\"); A.B", "new { X = A.B }");
        Assert.Equal(0, await RunAsync(file, new RunOptions(InPlace: true)));
        var first = File.ReadAllText(file);
        var notebook = Notebook.Load(file);
        var cells = notebook.Cells.Where(c => c.IsCode).ToList();
        Assert.Equal([1, 2, 3], cells.Select(c => c.ExecutionCount));
        Assert.Equal(["one\n", "two\n"], cells[1].Outputs[0]!["text"]!.AsArray().Select(line => (string?)line));
        Assert.Equal("7", Lines.Join(cells[1].Outputs[1]!["data"]!["text/plain"]));
        Assert.Equal(SourceHash.Of(notebook), (string?)notebook.Root["metadata"]!["nb"]!["source_sha256"]);

        Assert.Equal(0, await RunAsync(file, new RunOptions(InPlace: true)));
        Assert.Equal(first, File.ReadAllText(file));
    }

    [Fact]
    public void The_stamp_changes_with_a_code_cell_or_an_imported_file_and_not_with_text_or_line_ends()
    {
        var script = _fixture.Write("lib/A.csx", "class A\n{ }");
        var file = _fixture.WriteNotebook("a.ipynb", "#!import ../lib/A.csx", "1");
        var before = SourceHash.Of(Notebook.Load(file));
        File.WriteAllText(script, "class A\r\n{ }");
        Assert.Equal(before, SourceHash.Of(Notebook.Load(file)));
        File.WriteAllText(script, "class B\n{ }");
        Assert.NotEqual(before, SourceHash.Of(Notebook.Load(file)));
        File.WriteAllText(script, "class A\n{ }");
        _fixture.WriteNotebook("a.ipynb", "md:text", "#!import ../lib/A.csx", "1");
        Assert.Equal(before, SourceHash.Of(Notebook.Load(file)));
        _fixture.WriteNotebook("a.ipynb", "#!import ../lib/A.csx", "2");
        Assert.NotEqual(before, SourceHash.Of(Notebook.Load(file)));

        var dib = _fixture.Write("lib/all.dib", "#!csharp\n#!import ../lib/A.csx\n");
        _fixture.WriteNotebook("a.ipynb", "#!import ../lib/all.dib");
        before = SourceHash.Of(Notebook.Load(file));
        File.WriteAllText(script, "class C { }");
        Assert.NotEqual(before, SourceHash.Of(Notebook.Load(file)));
        File.AppendAllText(dib, "#!csharp\nvar one = 1;\n");
        Assert.NotEqual(before, SourceHash.Of(Notebook.Load(file)));
    }

    [Fact]
    public async Task A_dib_file_is_run_like_a_notebook_and_its_copy_is_one()
    {
        var file = _fixture.Write("notebooks/a.dib", "#!meta\n{}\n\n#!markdown\n# Title\n\n#!csharp\nvar two = 2;\n\n#!csharp\ntwo + 1\n");
        var folder = Path.Join(_fixture.Folder, "out");
        Assert.Equal(0, await RunAsync(file, new RunOptions(OutFolder: folder)));
        var copy = Notebook.Load(Path.Join(folder, "a.ipynb"));
        Assert.Equal(["# Title", "var two = 2;", "two + 1"], copy.Cells.Select(cell => cell.Source));
        Assert.Contains("3", copy.Cells[2].Outputs[0]!.ToJsonString());
        Assert.Contains(".dib file, which keeps no outputs", (await Assert.ThrowsAsync<UserError>(() => RunAsync(file, new RunOptions(InPlace: true)))).Message);

        var other = _fixture.Write("notebooks/b.dib", "#!csharp\n1\n\n#!fsharp\n2\n");
        Assert.NotEqual(0, await RunAsync(other, new RunOptions()));
    }

    [Fact]
    public async Task A_failing_cell_stops_the_notebook_and_leaves_the_file()
    {
        var file = _fixture.WriteNotebook("a.ipynb", "1", "throw new Exception(\"why\");", "File.WriteAllText(\"ran\", \"\")");
        var before = File.ReadAllText(file);
        var report = new StringWriter();
        Assert.Equal(1, await RunCommand.RunAsync([file], new RunOptions(InPlace: true), report, Fixture.Token));
        Assert.Equal(before, File.ReadAllText(file));
        Assert.Contains("a.ipynb, cell 2:", report.ToString(), StringComparison.Ordinal);
        Assert.Contains("Exception: why", report.ToString(), StringComparison.Ordinal);
        Assert.Equal([file], Directory.GetFiles(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public async Task A_cancelled_run_leaves_the_file()
    {
        var file = _fixture.WriteNotebook("a.ipynb", "1", "2");
        var before = File.ReadAllText(file);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Equal(130, await RunCommand.RunAsync([file], new RunOptions(InPlace: true), TextWriter.Null, stop.Token));
        Assert.Equal(before, File.ReadAllText(file));

        using var later = new CancellationTokenSource();
        var result = await NotebookRunner.RunAsync(
            Notebook.Load(file), cell => cell == 2 ? later.CancelAsync() : Task.CompletedTask, later.Token);
        Assert.Equal(CellStatus.Cancelled, result.Status);
    }

    [Fact]
    public async Task Out_writes_a_copy_with_the_values_of_set()
    {
        var file = _fixture.WriteNotebook("a.ipynb", "parameters:var rate = 0.1;\nint epochs = 5;", "rate * epochs");
        var before = File.ReadAllText(file);
        var folder = Path.Join(_fixture.Folder, "tried");
        Assert.Equal(0, await RunAsync(file, new RunOptions(OutFolder: folder, Settings: [("rate", "1"), ("epochs", "-2")])));
        Assert.Equal(before, File.ReadAllText(file));
        var copy = Notebook.Load(Path.Join(folder, "a.ipynb"));
        Assert.Equal("var rate = 1d;\nint epochs = -2;", copy.Cells[0].Source);
        Assert.Equal("-2", Lines.Join(copy.Cells[1].Outputs[0]!["data"]!["text/plain"]));
    }

    [Theory]
    [InlineData("speed=1", "expected one of the parameters rate, epochs, name; found no speed")]
    [InlineData("epochs=0.5", "expected a value of type int like 5, found one of type double")]
    [InlineData("epochs=File.Delete()", "expected a C# literal")]
    [InlineData("epochs=5; File.Delete()", "expected a C# literal")]
    [InlineData("name=bare", "expected a C# literal")]
    [InlineData("epochs", "expected name=value")]
    public void A_wrong_setting_is_named(string setting, string message)
    {
        var notebook = Notebook.Load(
            _fixture.WriteNotebook("a.ipynb", "parameters:var rate = 0.1f; int epochs = 5; var name = \"x\";"));
        var error = Assert.Throws<UserError>(
            () => ParameterOverride.Apply(notebook, [ParameterOverride.Split(setting)]));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("n=1//x", "int n = 1;")]   // a comment is no part of a value
    [InlineData("n=-2147483648", "int n = -2147483648;")]
    [InlineData("n=0x1F", "int n = 0x1F;")]
    [InlineData("whole=3", "double whole = 3d;")]
    [InlineData("whole=0.5", "double whole = 0.5;")]   // the variable is a double, whatever stood there
    [InlineData("sum=5", "var sum = 5;")]
    [InlineData("rate=2", "var rate = 2f;")]
    [InlineData("many=-9223372036854775808", "var many = -9223372036854775808;")]
    [InlineData("few=7", "byte few = 7;")]
    public void A_variable_keeps_its_type(string setting, string expected)
    {
        var notebook = Notebook.Load(_fixture.WriteNotebook(
            "a.ipynb", "parameters:int n = 1;\ndouble whole = 1;\nvar sum = 1 + 2;\nvar rate = MathF.Sqrt(2);\nvar many = 1L;\nbyte few = 1;"));
        ParameterOverride.Apply(notebook, [ParameterOverride.Split(setting)]);
        Assert.Contains(expected, notebook.Cells[0].Source.Split('\n'));
    }

    [Theory]
    [InlineData("sum=5.5", "expected a value of type int like 1 + 2, found one of type double")]
    [InlineData("few=300", "expected a value of type byte like 1, found one of type int")]
    [InlineData("n=2147483648", "expected a value of type int")]
    [InlineData("list=1", "found `new List<int>()`. Change it in the notebook")]
    public void What_would_change_the_type_is_named(string setting, string message)
    {
        var notebook = Notebook.Load(_fixture.WriteNotebook("a.ipynb", "parameters:int n = 1; var sum = 1 + 2; byte few = 1; var list = new List<int>();"));
        Assert.Contains(message, Assert.Throws<UserError>(() => ParameterOverride.Apply(notebook, [ParameterOverride.Split(setting)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_of_an_enumeration_is_replaced_by_another_of_the_same()
    {
        var notebook = Notebook.Load(_fixture.WriteNotebook("a.ipynb", "parameters:var g = Activation.ReLU;"));
        ParameterOverride.Apply(notebook, [("g", "Activation.Tanh")]);
        Assert.Equal("var g = Activation.Tanh;", notebook.Cells[0].Source);
        foreach (var wrong in new[] { "Loss.SquaredError", "Tanh", "Activation.Tanh; File.Delete()" })
            Assert.Contains("expected a value like Activation.Tanh", Assert.Throws<UserError>(
                () => ParameterOverride.Apply(notebook, [("g", wrong)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_that_contradict_each_other_are_refused()
    {
        var file = _fixture.WriteNotebook("a.ipynb", "1");
        await Assert.ThrowsAsync<UserError>(
            () => RunAsync(file, new RunOptions(InPlace: true, Settings: [("a", "1")])));
        await Assert.ThrowsAsync<UserError>(() => RunAsync(file, new RunOptions(Stills: true)));
        await Assert.ThrowsAsync<UserError>(() => RunAsync(file, new RunOptions(InPlace: true, OutFolder: "x")));
    }

    [Fact]
    public async Task Copies_replace_neither_their_notebook_nor_each_other()
    {
        var file = _fixture.WriteNotebook("a.ipynb", "parameters:var rate = 0.1;");
        var before = File.ReadAllText(file);
        var other = _fixture.Write("other/a.ipynb", before);
        var error = await Assert.ThrowsAsync<UserError>(() => RunAsync(
            file, new RunOptions(OutFolder: Path.Join(_fixture.Folder, "x", "..", "notebooks"), Settings: [("rate", "1")])));
        Assert.Contains("found the folder of", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(file));
        error = await Assert.ThrowsAsync<UserError>(() => RunCommand.RunAsync(
            [file, other], new RunOptions(OutFolder: Path.Join(_fixture.Folder, "x")), TextWriter.Null, Fixture.Token));
        Assert.Contains("would both become", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<UserError>(() => RunAsync(file, new RunOptions(OutFolder: "")));
    }

    [Fact]
    public async Task What_is_wrong_with_the_last_file_is_said_before_the_first_one_runs()
    {
        var file = _fixture.WriteNotebook("a.ipynb", "File.WriteAllText(\"ran\", \"\")");
        var broken = _fixture.Write("notebooks/b.ipynb", "hello");
        foreach (var run in new[]
        {
            RunCommand.RunAsync([file, broken], new RunOptions(), TextWriter.Null, Fixture.Token),
            SiteCommand.RunAllAsync(_fixture.Folder, Path.Join(_fixture.Folder, "site"), TextWriter.Null, Fixture.Token),
        })
        {
            var error = await Assert.ThrowsAsync<UserError>(() => run);
            Assert.StartsWith(broken, error.Message, StringComparison.Ordinal);
        }
        Assert.Equal([file, broken], Directory.GetFiles(Path.GetDirectoryName(file)!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_file_that_was_saved_while_it_ran_is_not_overwritten()
    {
        var file = _fixture.WriteNotebook("a.ipynb",
            "var path = \"a.ipynb\";\nFile.WriteAllText(path, File.ReadAllText(path).Replace(\"metadata\", \"metadata \"));");
        var error = await Assert.ThrowsAsync<UserError>(() => RunAsync(file, new RunOptions(InPlace: true)));
        Assert.Contains("found it changed", error.Message, StringComparison.Ordinal);
        Assert.Contains("metadata ", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_file_is_refused_and_a_link_stays_a_link()
    {
        var file = _fixture.WriteNotebook("a.ipynb", "1");
        var before = File.ReadAllText(file);
        File.SetAttributes(file, File.GetAttributes(file) | FileAttributes.ReadOnly);
        await Assert.ThrowsAsync<UserError>(() => RunAsync(file, new RunOptions(InPlace: true)));
        File.SetAttributes(file, File.GetAttributes(file) & ~FileAttributes.ReadOnly);
        Assert.Equal(before, File.ReadAllText(file));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        var link = Path.Join(_fixture.Folder, "notebooks", "link.ipynb");
        File.CreateSymbolicLink(link, "a.ipynb");
        Assert.Equal(0, await RunAsync(link, new RunOptions(InPlace: true)));
        Assert.Equal("a.ipynb", new FileInfo(link).LinkTarget);
        Assert.NotEqual(before, File.ReadAllText(file));
    }

    [Fact]
    public async Task A_full_disk_leaves_the_file_as_it_was()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "Only Linux has a file that is always full.");
        var file = _fixture.WriteNotebook("a.ipynb", "1");
        var before = File.ReadAllText(file);
        // What is written goes beside the notebook first: to a disk that is full.
        File.CreateSymbolicLink($"{file}.{Environment.ProcessId}.part", "/dev/full");
        var error = await Assert.ThrowsAsync<IOException>(() => RunAsync(file, new RunOptions(InPlace: true)));
        Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
        Assert.Contains("a.ipynb", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFiles(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public async Task Half_a_character_in_an_output_does_not_stop_the_file_from_being_written()
    {
        var file = _fixture.WriteNotebook("a.ipynb", "Console.WriteLine(\"😀\"[0]); \"\\ud83d\"");
        Assert.Equal(0, await RunAsync(file, new RunOptions(InPlace: true)));
        Assert.Equal("\ufffd", Lines.Join(Notebook.Load(file).Cells[0].Outputs[1]!["data"]!["text/plain"]));
    }

    [Fact]
    public async Task A_live_value_is_stored_in_its_last_state()
    {
        var result = await _fixture.RunAsync("""
            var context = AppDomain.CurrentDomain.GetAssemblies()
                .Select(a => a.GetType("Nb.Session.CellContext")).First(t => t != null)
                .GetProperty("Current").GetValue(null);
            dynamic shown = ((dynamic)context).Display("one");
            Console.WriteLine("between");
            shown.Update("two");
            """);
        var outputs = result.Notebook.Cells[0].Outputs;
        Assert.Equal(["display_data", "stream"], outputs.Select(o => Outputs.KindOf(o!)));
        Assert.Equal("two", Lines.Join(outputs[0]!["data"]!["text/plain"]));
    }

    private static Task<int> RunAsync(string file, RunOptions options) =>
        RunCommand.RunAsync([file], options, TextWriter.Null, Fixture.Token);
}
