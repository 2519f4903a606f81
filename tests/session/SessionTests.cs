using Nb.Session;
using Tests.Runner;
using Xunit;

namespace Tests.Session;

[Collection(nameof(CellsHere))]
public sealed class SessionTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Later_cells_see_earlier_ones_and_the_last_expression_is_the_value()
    {
        var events = await RunAsync("using System.Globalization; int F(int x) => x * x;", "var y = F(3);", "y + 0.5");
        Assert.Equal(["result 9.5"], events);
    }

    [Fact]
    public async Task A_cell_that_ends_with_a_semicolon_has_no_value() =>
        Assert.Empty(await RunAsync("Math.Sqrt(4);", "string s = null;", "s"));

    [Fact]
    public async Task Console_output_and_the_value_keep_their_order() => Assert.Equal(
        ["stdout a", "stderr b", "stdout c", "result 1"],
        await RunAsync("Console.WriteLine(\"a\"); Console.Error.WriteLine(\"b\"); Console.Write('c'); 1"));

    [Fact]
    public async Task Cells_are_compiled_with_the_optimiser() => Assert.Equal(
        ["result False"],
        await RunAsync("class A { }", "typeof(A).Assembly.GetCustomAttributes(false)"
            + ".OfType<System.Diagnostics.DebuggableAttribute>().Any(a => a.IsJITOptimizerDisabled)"));

    [Fact]
    public async Task Cells_run_in_the_session_s_folder()
    {
        _fixture.Write("data.txt", "found");
        Assert.Equal(["result found"], await RunAsync("File.ReadAllText(\"data.txt\")"));
        _fixture.Write("below/deep.txt", "deep");
        Assert.Equal(["result deep"],
            await RunAsync("Directory.SetCurrentDirectory(\"below\");", "File.ReadAllText(\"deep.txt\")"));
    }

    [Fact]
    public async Task A_value_on_display_is_updated_in_place()
    {
        const string cell = """
            var context = AppDomain.CurrentDomain.GetAssemblies()
                .Select(a => a.GetType("Nb.Session.CellContext")).First(t => t != null)
                .GetProperty("Current").GetValue(null);
            dynamic shown = ((dynamic)context).Display("one");
            await Task.Yield();
            shown.Update("two");
            """;
        Assert.Equal(["display one", "update two"], await RunAsync(cell));
    }

    [Fact]
    public async Task An_exception_names_the_cell_and_the_line_and_later_cells_still_run()
    {
        var result = await _fixture.RunAsync("void F()\n{\n    throw new InvalidOperationException(\"why\");\n}", "\nF();");
        Assert.Equal((CellStatus.Failed, 2), (result.Status, result.FailedCell));
        Assert.Equal("InvalidOperationException", result.Error!.Name);
        Assert.Equal("why\n(cell 2, line 2)", result.Error.Message);   // all that some editors show
        Assert.Equal(
            ["InvalidOperationException: why", "   at F in cell 1, line 3", "   at cell 2, line 2"],
            result.Error.Traceback);

        var events = await RunAsync("int n = 1;", "throw new Exception(\"x\");", "n");
        Assert.Equal(["error Exception: x\n(cell 2, line 1)", "result 1"], events);
    }

    [Fact]
    public async Task A_compile_error_names_every_place()
    {
        var events = await RunAsync("int a = \"x\";\nint b = missing;");
        Assert.Equal(
            "error CompilationError: cell 1, line 1, column 9: CS0029: Cannot implicitly convert type 'string' to 'int'\n"
            + "cell 1, line 2, column 9: CS0103: The name 'missing' does not exist in the current context",
            Assert.Single(events));
    }

    [Fact]
    public async Task Warnings_are_no_output() => Assert.Empty(await RunAsync("#warning attention\nint unused;"));

    [Fact]
    public async Task An_imported_file_is_seen_by_later_cells_and_its_failures_name_file_and_line()
    {
        _fixture.Write("lib/Good.csx", "using System.Globalization;\npublic static class Good\n{\n    public static int Two() => 2;\n"
            + "    public static int Fail() => int.Parse(\"x\");\n}\n");
        _fixture.Write("lib/Bad.csx", "public class Bad\n{\n    int F() => missing;\n}\n");
        var events = await RunAsync("#!import lib/Good.csx", "Good.Two()", "CultureInfo.InvariantCulture.Name",
            "#!import lib/Bad.csx");
        Assert.Equal("result 2", events[0]);
        Assert.Equal("error CompilationError: lib/Bad.csx, line 3, column 16: CS0103: The name 'missing' does not exist in "
            + "the current context", events[^1]);

        var result = await _fixture.RunAsync("#!import ../lib/Good.csx", "Good.Fail()");
        Assert.Contains("   at Good.Fail in ../lib/Good.csx, line 5", result.Error!.Traceback);
        Assert.Equal("   at cell 2, line 1", result.Error.Traceback[^1]);
    }

    [Fact]
    public async Task A_file_that_imports_itself_is_named_with_the_way_there()
    {
        _fixture.Write("a.csx", "#!import b.csx");
        _fixture.Write("b.csx", "#!import a.csx");
        Assert.Equal("error Error: b.csx: `#!import a.csx` imports itself: a.csx → b.csx → a.csx.",
            Assert.Single(await RunAsync("#!import a.csx")));
    }

    [Fact]
    public async Task A_script_that_builds_on_others_is_imported_with_those_that_a_dib_file_beside_it_has_before_it()
    {
        _fixture.Write("lib/A.csx", "public static class A { public static int One => 1; }");
        _fixture.Write("lib/B.csx", "public static class B { public static int Two => A.One + 1; }");
        _fixture.Write("lib/C.csx", "public static class C { public static int Three => B.Two + missing; }");
        _fixture.Write("lib/all.dib", "#!csharp\n#!import ../lib/A.csx\n#!csharp\n#!import B.csx\n#!csharp\n#!import C.csx\n");
        _fixture.Write("lib/other.dib", "#!csharp\n#!import D.csx\n");
        _fixture.Write("lib/alone/B.csx", "public static class B { public static int Two => A.One + 1; }");

        var events = await RunAsync("#!import lib/B.csx", "B.Two", "#!import lib/A.csx", "A.One + B.Two");
        Assert.Equal(["stdout lib/B.csx builds on scripts that lib/all.dib imports before it: they are imported, too.\n"
            + "Other kernels do not do this. For them, write `#!import lib/all.dib`.", "result 2", "result 3"], events);

        // What is wrong in the script itself is said as ever, and so is what no list helps with.
        Assert.Equal("error CompilationError: lib/C.csx, line 1, column 60: CS0103: The name 'missing' does not exist in the current context",
            Assert.Single(await RunAsync("#!import lib/C.csx")));
        Assert.Contains("CS0103: The name 'A'", Assert.Single(await RunAsync("#!import lib/alone/B.csx")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_compile_errors_the_first_are_shown_and_the_others_counted()
    {
        var lines = (await _fixture.RunAsync(string.Join('\n', Enumerable.Range(1, 20).Select(i => $"int a{i} = missing;")))).Error!.Traceback;
        Assert.Equal(13, lines.Count);
        Assert.StartsWith("cell 1, line 12, column 11: CS0103", lines[11], StringComparison.Ordinal);
        Assert.Equal("and 8 errors more. The first are often the cause of the others.", lines[12]);
    }

    [Fact]
    public async Task A_dib_file_is_imported_cell_by_cell_and_its_imports_are_found_from_the_notebook_and_from_beside_it()
    {
        _fixture.Write("lib/Beside.csx", "static int One() => 1;");
        _fixture.Write("notebooks/Here.csx", "static int Two() => 2;");
        _fixture.Write("lib/all.dib", """
            #!meta
            {"kernelInfo":{"defaultKernelName":"csharp"}}

            #!csharp
            #!import ../lib/Beside.csx

            #!markdown
            # Not C#: `int one;`

            #!csharp
            #!import Here.csx

            #!csharp
            var sum = One() + Two();
            int F() => missing;
            """);
        var result = await _fixture.RunAsync("#!import ../lib/all.dib");
        Assert.StartsWith("../lib/all.dib, line 15, column 12: CS0103: The name 'missing'", result.Error!.Message, StringComparison.Ordinal);
        _fixture.Write("lib/all.dib", File.ReadAllText(Path.Join(_fixture.Folder, "lib/all.dib")).Replace("int F() => missing;", ""));
        Assert.Null((await _fixture.RunAsync("#!import ../lib/all.dib", "if (sum != 3) throw new Exception();")).Error);
    }

    [Fact]
    public async Task A_notebook_is_imported_cell_by_cell()
    {
        _fixture.WriteNotebook("b.ipynb", "md:# Title", "var b = 40;", "int G() => b + 2;\nthrow new Exception(\"third\");");
        var result = await _fixture.RunAsync("#!import b.ipynb");
        Assert.Contains("third", result.Error!.Message);
        Assert.Contains(result.Error.Traceback, line => line.Contains("b.ipynb, cell 2, line 2"));
        _fixture.WriteNotebook("b.ipynb", "var b = 40;", "int G() => b + 2;");
        Assert.Null((await _fixture.RunAsync("#!import b.ipynb", "if (G() != 42) throw new Exception();")).Error);
    }

    [Theory]
    [InlineData("a.dib", "#!csharp\n1\n#!fsharp\n2", "a.dib, line 3: `#!fsharp` is not supported")]
    [InlineData("a.ipynb", "{\"cells\":[{\"cell_type\":\"code\",\"source\":\"2\",\"metadata\":{\"polyglot_notebook\":{\"kernelName\":\"fsharp\"}}}]}",
        "a.ipynb, cell 1, line 1: `#!fsharp` is not supported")]
    [InlineData("a.ipynb", "<html>", "a.ipynb: expected a notebook (JSON with a list \"cells\"), found text that is no JSON")]
    [InlineData("a.ipynb", "[]", "a.ipynb: expected a notebook (JSON with a list \"cells\"), found JSON without")]
    public async Task What_an_imported_notebook_cannot_have_is_named(string name, string text, string message)
    {
        _fixture.Write(name, text);
        Assert.Contains(message, Assert.Single(await RunAsync($"#!import {name}")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#!import lib/None.csx", "`#!import lib/None.csx` expected a C# script at lib/None.csx, found no such file")]
    [InlineData("#!fsharp", "cell 1, line 1: `#!fsharp` is not supported")]
    [InlineData("int a;\n#load \"x.csx\"", "`#load \"x.csx\"` expected a C# script at x.csx, found no such file")]
    [InlineData("#load x.csx", "cell 1, line 1: `#load` is not supported: the line is not in the form below")]
    [InlineData("#!javascript", "show a script as HTML")]
    [InlineData("#!unheard-of", "Cells are C# with")]
    [InlineData("#r \"nuget: No.Such.Package.Anywhere\"", "could not be restored")]
    [InlineData("#r \"none.dll\"", "expected an assembly at")]
    public async Task What_is_not_there_or_not_supported_is_named(string cell, string message) =>
        Assert.Contains(message, Assert.Single(await RunAsync(cell)), StringComparison.Ordinal);

    [Fact]
    public async Task Text_that_looks_like_a_directive_inside_a_string_is_text() => Assert.Equal(
        ["result #!fsharp\n#load x", "result #!fsharp"],
        await RunAsync("@\"#!fsharp\n#load x\"", "\"\"\"\n#!fsharp\n\"\"\""));

    [Fact]
    public async Task What_a_thread_puts_out_after_its_cell_is_dropped()
    {
        var events = await RunAsync("var o = Console.Out; var late = Task.Run(async () => { await Task.Delay(300); "
            + "o.WriteLine(\"late\"); });", "late.Wait(); 2");
        Assert.Equal(["result 2"], events);
    }

    [Fact]
    public async Task A_package_is_restored_and_what_nb_provides_is_skipped()
    {
        var events = await RunAsync(
            "#r \"nuget: Plotly.NET, 6.0.0\"\n#r \"nuget: System.Numerics.Tensors, 10.0.15\"\n#r \"nuget: Plotly.NET.Interactive, 6.0.0\"",
            "System.Numerics.Tensors.TensorPrimitives.Sum<float>(new float[] { 1, 2, 3 })");
        Assert.Equal(
            ["stdout Plotly.NET.Interactive is skipped: nb does by itself what it adds to .NET Interactive.", "result 6"],
            events);
    }

    [Fact]
    public async Task A_package_without_a_version_is_the_newest_and_its_version_is_named()
    {
        var events = await RunAsync("#r \"nuget: CsCheck\"", "typeof(CsCheck.Gen).Name", "#r \"nuget: CsCheck\"");
        Assert.Matches(@"^stdout CsCheck \d[\w.-]* is the newest. Write `#r ""nuget: CsCheck, \d[\w.-]*""`", events[0]);
        Assert.Equal(["result Gen"], events[1..]);
    }

    [Fact]
    public async Task An_assembly_beside_the_notebook_can_be_used()
    {
        // One that nobody else has loaded: the compiler that the session has is there to make it.
        var code = Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree.ParseText("public static class Beside { public static int Twice(int n) => 2 * n; }", cancellationToken: Fixture.Token);
        var core = Microsoft.CodeAnalysis.MetadataReference.CreateFromFile(typeof(object).Assembly.Location);
        using (var file = File.Create(Path.Join(_fixture.Folder, "Beside.dll")))
            Microsoft.CodeAnalysis.CSharp.CSharpCompilation.Create("Beside", [code], [core], new(Microsoft.CodeAnalysis.OutputKind.DynamicallyLinkedLibrary))
                .Emit(file, cancellationToken: Fixture.Token);
        Assert.Equal(["result 42"], await RunAsync("#r \"Beside.dll\"", "Beside.Twice(21)"));
    }

    [Fact]
    public async Task A_folder_of_packages_can_be_a_source()
    {
        Directory.CreateDirectory(Path.Join(_fixture.Folder, "feed"));
        Assert.Equal(["result 2"], await RunAsync("#i \"nuget:feed\"\n#r \"nuget: CsCheck, 5.0.1\"", "1 + 1"));
        Assert.Contains("nowhere", Assert.Single(await RunAsync("#i \"nuget:nowhere\"\n#r \"nuget: CsCheck, 5.0.2-none\"")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_functions_of_NET_Interactive_that_notebooks_use_are_there()
    {
        var sink = new RecordingSink { Answers = new(["Ada", "7"]) };
        var session = new CellSession(_fixture.Folder, new ProcessHost());
        string[] cells =
        [
            "DisplayedValue shown = display(1);",
            "shown.Update(2); display(null); \"x\".Display(); ClearOutput(wait: true);",
            "Console.Write($\"{await GetInputAsync(\"name?\")}/{Console.ReadLine()}/{Console.ReadLine() ?? \"end\"}\");",
        ];
        foreach (var cell in cells)
            await session.RunAsync(cell, "cell", sink, Fixture.Token);
        Assert.Equal(
            ["display 1", "update 2", "display <null>", "display x", "clear True", "stdout Ada/7/end"], sink.Events);
    }

    [Fact]
    public async Task HTML_and_registered_formatters_decide_how_a_value_is_shown()
    {
        var result = await _fixture.RunAsync(
            "display(HTML(\"<b>x</b>\"));",
            "record P(int X);\nFormatter.Register<P>(p => $\"<i>{p.X}</i>\", \"text/html\");",
            "new P(3)",
            "display(new P(4), \"text/html\"); \"*a*\".DisplayAs(\"text/markdown\");");
        var shown = result.Notebook.Cells.SelectMany(c => c.Outputs)
            .Select(o => o!["data"]!).Select(d => string.Concat((d["text/html"] ?? d["text/markdown"])!.AsArray().Select(l => (string?)l)));
        Assert.Equal(["<b>x</b>", "<i>3</i>", "<i>4</i>", "*a*"], shown);
    }

    [Fact]
    public async Task Markup_is_shown_and_the_code_around_it_runs()
    {
        var result = await _fixture.RunAsync(
            "Console.Write(1);\n#!markdown\n# Don't \"panic /*\n\n- $x$\n#!csharp\nConsole.Write(2);\n#!html\n<b>bold</b>\n#!c#\nthrow new Exception(\"line 11\");");
        var outputs = Assert.Single(result.Notebook.Cells).Outputs;
        Assert.Equal("# Don't \"panic /*\n\n- $x$", Text(outputs[1]!["data"]!["text/markdown"]!));
        Assert.Equal("<b>bold</b>", Text(outputs[3]!["data"]!["text/html"]!));
        Assert.Equal("   at cell 1, line 11", result.Error!.Traceback[^1]);

        static string Text(System.Text.Json.Nodes.JsonNode lines) =>
            string.Concat(lines.AsArray().Select(line => (string?)line));
    }

    [Fact]
    public async Task A_timed_cell_says_how_long_it_took()
    {
        var events = await RunAsync("#!time\nSystem.Threading.Thread.Sleep(30);\n1 + 1");
        Assert.Matches(@"^display Wall time: \d+(\.\d+)? ms$", events[0]);
        Assert.InRange(double.Parse(events[0].Split(' ')[3], System.Globalization.CultureInfo.InvariantCulture), 30, 60_000);
        Assert.Equal("result 2", events[1]);
    }

    [Fact]
    public async Task Load_runs_a_script_as_import_does()
    {
        _fixture.Write("lib/Two.csx", "static int Two() => 2;");
        Assert.Equal(["result 2"], await RunAsync("#load \"lib/Two.csx\"\nTwo()"));
    }

    [Fact]
    public async Task An_expression_evaluated_aside_leaves_no_names()
    {
        var session = new CellSession(_fixture.Folder, new ProcessHost());
        var sink = new RecordingSink();
        await session.RunAsync("var x = 2;", "cell 1", sink, Fixture.Token);
        await session.EvaluateAsync("var y = x + 1; y", "aside", sink, Fixture.Token);
        await session.RunAsync("x", "cell 2", sink, Fixture.Token);
        await session.RunAsync("y", "cell 3", sink, Fixture.Token);
        Assert.Equal(["result 3", "result 2"], sink.Events[..2]);
        Assert.Contains("The name 'y' does not exist", sink.Events[2], StringComparison.Ordinal);
    }

    /// <summary>Every cell prints before it goes on for ever; what it declared stays, and the next cell runs.</summary>
    /// <summary>Looks at the stop flag turn a lambda that is an expression into one with a block: its meaning stays.</summary>
    [Theory]
    [InlineData("System.Linq.Expressions.Expression<Func<int, int>> e = x => x + 1; e", "x => (x + 1)")]
    [InlineData("System.Linq.Expressions.Expression<Func<int[], int>> e = a => a.Count(x => x > 1); e", "a => a.Count(x => (x > 1))")]
    [InlineData("new[] { 1, 2, 3 }.AsQueryable().Where(x => x > 1).Select(x => new { x, y = x * x }).Sum(p => p.y)", "13")]
    [InlineData("var n = 0; Action add = () => n++; add(); n", "1")]
    [InlineData("Func<int, Func<int, int>> plus = a => b => a + b; plus(1)(2)", "3")]
    [InlineData("static int F(Action a) => 1; static int F(Func<int> f) => 2; F(() => 3)", "2")]
    [InlineData("Func<int> f = () => throw new InvalidOperationException(); try { f(); } catch (InvalidOperationException) { }\n1", "1")]
    [InlineData("Func<Task> f = async () => await Task.Yield(); await f(); 1", "1")]
    [InlineData("Func<Task<int>> f = async () => await Task.FromResult(4); await f()", "4")]
    [InlineData("var a = new[] { 1 }; Place f = () => ref a[0]; f() = 5; delegate ref int Place(); a[0]", "5")]
    [InlineData("var f = (int x) => x > 0 ? \"+\" : null; f(1)", "+")]
    [InlineData("Func<int, int> f = x =>\n    // a note\n    x + 1; // another\nf(1)", "2")]
    [InlineData("Task.Run(() => 6).Result", "6")]
    [InlineData("new Lazy<int>(() => 7).Value", "7")]
    public async Task Lambdas_mean_what_they_mean_without_stops(string code, string value) =>
        Assert.Equal([$"result {value}"], await RunAsync(code));

    [Theory]
    [InlineData("while (true) { }")]
    [InlineData("for (;;);")]
    [InlineData("do n++; while (n != -1);")]
    [InlineData("for (var i = 0; ; i++) n = Math.Max(n, i);")]
    [InlineData("while (true) GC.KeepAlive(new byte[10_000]);")]
    [InlineData("while (true) try { while (true) GC.KeepAlive(new object()); } catch { }")]
    [InlineData("while (true) System.Threading.Thread.Sleep(10);")]
    [InlineData("System.Threading.Thread.Sleep(-1);")]
    [InlineData("while (true) try { System.Threading.Thread.Sleep(-1); } catch { }")]
    [InlineData("await Task.Delay(-1);")]
    [InlineData("while (true) await Task.Delay(1);")]
    [InlineData("await Task.Yield(); while (true) { }")]
    [InlineData("await Task.Delay(1).ConfigureAwait(false); while (true) GC.KeepAlive(new object());")]
    [InlineData("Task.Delay(-1).Wait();")]
    [InlineData("Task.Run(() => { while (true) n++; }).Wait();")]
    [InlineData("new System.Threading.SemaphoreSlim(0).Wait();")]
    [InlineData("var gate = new object(); lock (gate) System.Threading.Monitor.Wait(gate);")]
    [InlineData("Parallel.For(0, 1_000_000, i => { System.Threading.Thread.Sleep(1); });")]
    [InlineData("while (true) Enumerable.Range(0, 1000).Select(i => { return -i; }).OrderBy(i => i).ToList();")]
    [InlineData("foreach (var i in Forever()) { } IEnumerable<int> Forever() { while (true) yield return 1; }")]
    [InlineData("long Deep(long k) => k < 2 ? k : Deep(k - 1) + Deep(k - 2); Deep(80)")]
    public async Task A_cell_that_does_not_look_at_the_token_is_stopped(string forever)
    {
        var session = new CellSession(_fixture.Folder, new ProcessHost(), grace: Timeout.InfiniteTimeSpan);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Fixture.Token);
        var time = new System.Diagnostics.Stopwatch();
        var sink = new RecordingSink
        {
            OnEvent = _ =>
            {
                // Not with a timer: its thread comes from the pool, which the cell may be using up.
                new Thread(() =>
                {
                    Thread.Sleep(50);
                    time.Start();
                    stop.Cancel();
                }).Start();
            },
        };
        await session.RunAsync("var n = 1;", "cell 1", sink, Fixture.Token);
        var status = await session.RunAsync($"var kept = 5; Console.WriteLine(\"started\"); {forever}", "cell 2", sink, stop.Token);
        TestContext.Current.SendDiagnosticMessage($"{time.ElapsedMilliseconds} ms: {forever}");
        Assert.Equal(CellStatus.Cancelled, status);
        var after = new RecordingSink();
        Assert.Equal(CellStatus.Passed, await session.RunAsync("n = 3; kept + n", "cell 3", after, Fixture.Token));
        Assert.Equal(["result 8"], after.Events);
    }

    [Fact]
    public async Task What_awaits_does_not_go_on_after_its_cell_was_stopped()
    {
        var session = new CellSession(_fixture.Folder, new ProcessHost(), grace: Timeout.InfiniteTimeSpan);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Fixture.Token);
        var sink = new RecordingSink { OnEvent = _ => stop.Cancel() };
        await session.RunAsync(
            "var n = 0; Console.WriteLine(); while (true) { await Task.Delay(1); n++; }", "cell 1", sink, stop.Token);
        await session.RunAsync("var before = n; await Task.Delay(200); n - before", "cell 2", sink, Fixture.Token);
        Assert.Equal("result 0", sink.Events[^1]);
    }

    [Fact]
    public async Task A_cell_that_looks_at_the_token_is_cancelled()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Fixture.Token);
        var sink = new RecordingSink { OnEvent = _ => stop.Cancel() };
        var session = new CellSession(_fixture.Folder, new ProcessHost(), grace: Timeout.InfiniteTimeSpan);
        var status = await session.RunAsync(
            """
            var context = AppDomain.CurrentDomain.GetAssemblies()
                .Select(a => a.GetType("Nb.Session.CellContext")).First(t => t != null)
                .GetProperty("Current").GetValue(null);
            var token = (System.Threading.CancellationToken)((dynamic)context).CancellationToken;
            Console.WriteLine("started");
            await Task.Delay(-1, token);
            """, "cell 1", sink, stop.Token);
        Assert.Equal(CellStatus.Cancelled, status);
        Assert.Equal(["stdout started"], sink.Events);
    }

    [Fact]
    public async Task A_cell_that_does_not_look_at_the_token_is_left_behind()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Fixture.Token);
        var sink = new RecordingSink { OnEvent = _ => stop.Cancel() };
        var session = new CellSession(_fixture.Folder, new ProcessHost(), grace: TimeSpan.Zero);
        var status = await session.RunAsync(
            "Console.WriteLine(\"started\"); await Task.Delay(-1);", "cell 1", sink, stop.Token);
        Assert.Equal(CellStatus.Cancelled, status);
        // What still goes on to end it does not reach the next cell.
        Assert.Equal(CellStatus.Passed, await session.RunAsync(
            "for (var time = System.Diagnostics.Stopwatch.StartNew(); time.ElapsedMilliseconds < 300;) { }",
            "cell 2", new RecordingSink(), Fixture.Token));
    }

    private async Task<List<string>> RunAsync(params string[] cells)
    {
        var sink = new RecordingSink();
        var session = new CellSession(_fixture.Folder, new ProcessHost());
        foreach (var (cell, i) in cells.Select((c, i) => (c, i)))
            await session.RunAsync(cell, $"cell {i + 1}", sink, Fixture.Token);
        return sink.Events;
    }
}
