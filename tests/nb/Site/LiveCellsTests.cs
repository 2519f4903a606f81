using Microsoft.Playwright;
using Nb.Notebooks;
using Nb.Site;

namespace Tests.Site;

/// <summary>Cells that are run and edited on the page. The engine is one that only speaks the protocol.</summary>
[Trait("Time", "long")]
public sealed class LiveCellsTests(BuiltSite site, LiveSite live) : LivePageTests(site, live)
{
    private async Task<IPage> SmallAsync(string place = "") => await OpenAsync($"{await Live.SmallSite}01-a.html{place}");

    private async Task<IPage> OfAsync(params string[] cells) =>
        await OpenAsync($"{await Live.SiteOfAsync("02-b.ipynb", ["md:# B", "#r \"nuget: Plotly.NET, 6.0.0\"", .. cells])}02-b.html");

    [Fact]
    public async Task A_run_takes_the_place_of_the_stored_result_and_first_runs_what_it_needs()
    {
        var page = await SmallAsync();
        await StatusAsync(page, 4, "stored result");
        await OutputAsync(page, 4, "stored two");
        await RunAsync(page, 4);
        await StatusAsync(page, 4, "ran in");
        await OutputAsync(page, 4, "cell 4: 15 characters");
        foreach (var above in new[] { 1, 2, 3 }) await StatusAsync(page, above, "ran in");
        await StatusAsync(page, 5, "");
        Assert.Equal("4", await Cell(page, 4).Locator(".count").InnerTextAsync());
        await Assertions.Expect(page.Locator("#live-bar [role=status]")).ToHaveTextAsync("Ready.");
    }

    [Fact]
    public async Task An_answer_shows_what_is_stored_for_it_and_then_what_it_puts_out()
    {
        var address = await Live.SiteOfAsync("02-b.ipynb",
            ["md:# B", "#r \"nuget: Plotly.NET, 6.0.0\"", "md:**1.** C\n\n<details><summary>Answer</summary>\n\n```csharp\nvar c = 1;\n```\n\nSo.\n\n</details>"],
            notebook =>
            {
                var ran = ExerciseAnswers.RunWith(notebook);
                ran.Cells[^1].Outputs = [Outputs.Result(new() { ["text/plain"] = "stored one" }, 2)];
                Directory.CreateDirectory(Path.GetDirectoryName(ExerciseAnswers.PathOf(notebook.Path))!);
                ExerciseAnswers.Of(ran).Save(ExerciseAnswers.PathOf(notebook.Path));
            });
        var page = await OpenAsync($"{address}02-b.html");
        await page.ClickAsync("text=Answer");
        var outputs = page.Locator(".text details .output");
        Assert.Equal(["stored one"], await outputs.AllInnerTextsAsync());
        await page.Locator(".cell.answer button:has-text('Run') >> nth=0").ClickAsync();
        await Assertions.Expect(outputs).ToHaveTextAsync("answer 1: 10 characters");
        Assert.Equal(1, await outputs.CountAsync());
    }

    [Fact]
    public async Task Run_all_runs_every_cell_in_order_and_restart_forgets_them()
    {
        var page = await SmallAsync();
        await page.ClickAsync("text=Run all >> nth=0");
        await StatusAsync(page, 7, "ran in");
        Assert.Equal(["1", "2", "3", "4", "5", "6", "7"], await page.Locator(".cell .count").AllTextContentsAsync());   // the first is folded
        await page.ClickAsync("#live-bar >> text=Restart");
        await StatusAsync(page, 7, "from before the restart");
        await RunAsync(page, 2);
        await StatusAsync(page, 2, "ran in");
        Assert.Equal("2", await Cell(page, 2).Locator(".count").InnerTextAsync());   // the first one is an import
    }

    [Fact]
    public async Task A_cell_is_edited_in_place_and_reset()
    {
        var page = await SmallAsync();
        await EditAsync(page, 2, "var one = 11;\n");
        await page.Keyboard.PressAsync("Control+Enter");
        await OutputAsync(page, 2, "cell 2: 14 characters");
        await Assertions.Expect(Cell(page, 2)).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("changed"));
        await Cell(page, 2).Locator("button:has-text('Reset')").ClickAsync();
        Assert.Equal("var one = 1;", await Cell(page, 2).Locator(".cm-content").InnerTextAsync());
        await StatusAsync(page, 2, "changed since it ran");
        await Assertions.Expect(Cell(page, 2).Locator("button:has-text('Reset')")).ToBeHiddenAsync();
        // Undo works across the reset: it is an edit like others.
        await Cell(page, 2).Locator(".cm-content").ClickAsync();
        await page.Keyboard.PressAsync("Control+z");
        await Assertions.Expect(Cell(page, 2).Locator(".cm-content")).ToContainTextAsync("11");
    }

    [Fact]
    public async Task An_error_names_cell_and_line_and_what_comes_after_does_not_run()
    {
        var page = await OfAsync("var a = 1;\noops(a);", "throw new Exception(\"why\");", "3");
        await page.ClickAsync("#live-bar >> text=Run all");
        await StatusAsync(page, 2, "failed");
        await Assertions.Expect(Cell(page, 2).Locator("pre.error")).ToContainTextAsync("cell 2, line 2");
        await StatusAsync(page, 3, "");
        await RunAsync(page, 3);
        await StatusAsync(page, 3, "failed");
        Assert.Equal(["before\n", "InvalidOperationException: why\n   cell 3, line 2"], await Cell(page, 3).Locator(".output").AllTextContentsAsync());
        await RunAsync(page, 4);   // a failure is of its cell alone
        await StatusAsync(page, 4, "ran in");
    }

    [Fact]
    public async Task A_cell_that_loops_forever_is_stopped_and_the_cells_above_can_be_run_again()
    {
        var page = await OfAsync("var a = 1;", "while (true) { }", "// uses a\na");
        await RunAsync(page, 2);
        await RunAsync(page, 3);
        await StatusAsync(page, 3, "running");
        await RunAsync(page, 4);
        await StatusAsync(page, 4, "waits");
        await page.ClickAsync("#live-bar >> text=Stop");
        await StatusAsync(page, 3, "stopped");
        await Assertions.Expect(Cell(page, 3).Locator(".notice")).ToContainTextAsync("variables of all cells are gone");
        await StatusAsync(page, 2, "from before the restart");
        await Cell(page, 3).Locator("text=Run the cells above again").ClickAsync();
        await StatusAsync(page, 2, "ran in");
        Assert.Equal("2", await Cell(page, 2).Locator(".count").InnerTextAsync());
    }

    [Fact]
    public async Task Every_kind_of_output_appears_and_what_moves_moves()
    {
        var page = await OfAsync("Console.ReadLine", "live view", "clear output", "a table", "Console.Error", "Chart ", "slow");
        await page.ClickAsync("#live-bar >> text=Run all");
        var field = Cell(page, 2).GetByLabel("Your name?");
        await field.FillAsync("Ada");
        await field.PressAsync("Enter");
        await StatusAsync(page, 8, "ran in");
        Assert.Equal(["Your name? Ada\nHello Ada\n"], await Cell(page, 2).Locator(".output").AllTextContentsAsync());
        await Cell(page, 3).ScrollThereAsync();
        Assert.Equal(1, await Cell(page, 3).Locator(".output").CountAsync());
        await Assertions.Expect(Cell(page, 3).Locator(".gtitle")).ToHaveTextAsync("epoch 5");
        Assert.Equal(["three\n"], await Cell(page, 4).Locator(".output").AllTextContentsAsync());
        Assert.Equal(2, await Cell(page, 5).Locator("table tr").CountAsync());
        Assert.Equal("careful\n", await Cell(page, 6).Locator("pre.stderr").TextContentAsync());
        await Cell(page, 7).ScrollThereAsync();
        await Cell(page, 7).Locator(".main-svg").First.WaitForAsync();
        Assert.Equal("A line to epoch 5", await Cell(page, 3).Locator(".chart").GetAttributeAsync("aria-label"));
        Assert.Equal("a chart in words", await Cell(page, 7).Locator(".chart").GetAttributeAsync("aria-label"));
    }

    [Fact]
    public async Task Sliders_and_menus_write_into_the_cell_and_plot_again_when_let_go()
    {
        var page = await SmallAsync();
        var panel = Cell(page, 5).Locator(".parameter-panel");
        Assert.Equal(["hidden", "images", "rate", "activation", "twice"], await panel.Locator("label").AllInnerTextsAsync());
        await panel.GetByLabel("hidden", new() { Exact = true }).FillAsync("24");   // lets go, too
        await StatusAsync(page, 6, "ran in");
        await Assertions.Expect(Cell(page, 6).Locator(".gtitle")).ToHaveTextAsync("chart of 1 2 24 10_000 0.5 Activation.ReLU false");
        await StatusAsync(page, 7, "");   // another section

        await panel.GetByLabel("activation").SelectOptionAsync("Tanh");
        await Assertions.Expect(Cell(page, 6).Locator(".gtitle")).ToContainTextAsync("Activation.Tanh");
        await panel.GetByLabel("images as a number").FillAsync("2500");
        await panel.GetByLabel("images as a number").PressAsync("Enter");
        await panel.GetByLabel("rate as a number").FillAsync("2");
        await panel.GetByLabel("rate as a number").PressAsync("Enter");
        await panel.GetByLabel("twice").SelectOptionAsync("true");
        await Assertions.Expect(Cell(page, 6).Locator(".gtitle")).ToHaveTextAsync("chart of 1 2 24 2_500 2.0 Activation.Tanh true");
        Assert.Equal("var hidden = 24;\nvar images = 2_500;\nvar rate = 2.0;\nvar activation = Activation.Tanh;\nvar twice = true;",
            await Cell(page, 5).Locator(".source").TextContentAsync());
        Assert.Equal("2500", await panel.GetByLabel("images", new() { Exact = true }).InputValueAsync());

        // The other way round: what is typed into the cell moves the slider.
        await EditAsync(page, 5, "var hidden = 12;");
        await Assertions.Expect(panel.GetByLabel("hidden", new() { Exact = true })).ToHaveValueAsync("12");
    }

    [Fact]
    public async Task The_address_keeps_what_was_changed_and_another_page_opens_it()
    {
        var page = await SmallAsync("#try-it");
        await EditAsync(page, 2, "var one = \"größer ≥ 1\";");
        await Cell(page, 5).GetByLabel("hidden as a number").FillAsync("33");
        await Cell(page, 5).GetByLabel("hidden as a number").PressAsync("Tab");
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("#try-it&cells=.{60}"));
        await page.WaitForTimeoutAsync(400);   // it is kept a little after the last change
        var address = page.Url;
        Assert.InRange(address.Length, 60, 330);

        var other = await OpenAsync(address);
        Assert.Equal("var one = \"größer ≥ 1\";", await Cell(other, 2).Locator(".source").TextContentAsync());
        Assert.StartsWith("var hidden = 33;", await Cell(other, 5).Locator(".source").TextContentAsync(), StringComparison.Ordinal);
        await Assertions.Expect(other.Locator("#live-bar .notice")).ToContainTextAsync("changes 2 cells (2, 5). Read before you run.");
        await StatusAsync(other, 2, "");   // nothing has run
        await other.ClickAsync("text=Undo all changes");
        await Assertions.Expect(other).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("#try-it$"));

        var damaged = await SmallAsync("#&cells=AAAA");
        await Assertions.Expect(damaged.Locator("#live-bar .notice")).ToContainTextAsync("damaged");
    }

    [Fact]
    public async Task The_download_is_a_notebook_with_the_changes_and_their_outputs()
    {
        var page = await SmallAsync();
        await EditAsync(page, 2, "var one = 5;\nvar more = 6;");
        await RunAsync(page, 4);
        await StatusAsync(page, 4, "ran in");
        await EditAsync(page, 7, "not run");
        var download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("text=Download as .ipynb"));
        Assert.Equal("01-a.ipynb", download.SuggestedFilename);
        var file = Path.Join(Directory.CreateTempSubdirectory("nb-download-").FullName, "01-a.ipynb");
        await download.SaveAsAsync(file);
        var notebook = Notebook.Load(file);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        Cell[] code = [.. notebook.Cells.Where(cell => cell.IsCode)];
        Assert.Equal("var one = 5;\nvar more = 6;", code[1].Source);
        Assert.Equal("cell 4: 15 characters", (string?)code[3].Outputs[0]!["data"]!["text/plain"]);
        Assert.Equal(4, code[3].ExecutionCount);
        Assert.Null(code[4].ExecutionCount);
        Assert.Empty(code[6].Outputs);
    }

    [Fact]
    public async Task When_the_network_goes_while_the_engine_is_fetched_the_page_says_so_and_tries_again()
    {
        Expected = "Failed to load resource";
        var page = await SmallAsync();
        await page.Context.RouteAsync("**/part-2.bin", route => route.AbortAsync());
        await RunAsync(page, 2);
        await Assertions.Expect(page.Locator("#live-bar .notice")).ToContainTextAsync("could not be started");
        await StatusAsync(page, 2, "");
        await page.Context.UnrouteAsync("**/part-2.bin");
        await page.ClickAsync("text=Try again");
        await StatusAsync(page, 2, "ran in");

        // The script of the engine itself, too.
        var second = await SmallAsync();
        await second.Context.RouteAsync("**/client.js", route => route.AbortAsync());
        await RunAsync(second, 2);
        await Assertions.Expect(second.Locator("#live-bar .notice")).ToContainTextAsync("is the network, or the server, gone?");
        await second.Context.UnrouteAsync("**/client.js");
        await second.ClickAsync("text=Try again");
        await StatusAsync(second, 2, "ran in");
    }

    [Fact]
    public async Task A_long_cell_is_announced_and_may_keep_its_stored_result_with_those_that_need_it()
    {
        var address = await Live.SiteOfAsync("03-c.ipynb", ["md:# C", "#r \"nuget: Plotly.NET, 6.0.0\"", "var trained = 1;", "// uses trained\ntrained", "4"], notebook =>
        {
            notebook.Root["metadata"]!["nb"] = new System.Text.Json.Nodes.JsonObject { ["seconds"] = new System.Text.Json.Nodes.JsonObject { ["cell-2"] = 25 } };
            notebook.Cells[2].Outputs = [Outputs.Result(new() { ["text/plain"] = "stored curve" }, 2)];
        });
        var page = await OpenAsync($"{address}03-c.html");
        await page.ClickAsync("#live-bar >> text=Run all");
        await Assertions.Expect(Cell(page, 2).Locator(".notice")).ToContainTextAsync("about 1 min 40 s here (it took 25 s");
        await Cell(page, 2).GetByText("Keep the stored result", new() { Exact = true }).ClickAsync();
        await StatusAsync(page, 4, "ran in");
        await OutputAsync(page, 2, "stored curve");
        await StatusAsync(page, 3, "it needs cell 2, which did not run");

        await RunAsync(page, 3);   // now the reader wants it
        await Cell(page, 2).GetByText("Run it").ClickAsync();
        await StatusAsync(page, 3, "ran in");
        await RunAsync(page, 2);   // and is not asked twice
        await StatusAsync(page, 2, "ran in");
    }

    [Fact]
    public async Task What_a_long_cell_fills_is_missing_although_another_cell_filled_it_too()
    {
        var address = await Live.SiteOfAsync("04-d.ipynb", ["md:# D", "#r \"nuget: Plotly.NET, 6.0.0\"",
            "var runs = new Dictionary<string, int>();\nint Run(string name) { runs[name] = 1; return 1; }", "Run(\"long\")", "Run(\"short\")", "runs[\"long\"]"],
            notebook => notebook.Root["metadata"]!["nb"] = new System.Text.Json.Nodes.JsonObject { ["seconds"] = new System.Text.Json.Nodes.JsonObject { ["cell-3"] = 25 } });
        var page = await OpenAsync($"{address}04-d.html");
        await page.ClickAsync("#live-bar >> text=Run all");
        await Cell(page, 3).GetByText("Keep the stored result", new() { Exact = true }).ClickAsync();
        await StatusAsync(page, 5, "it needs cell 3, which did not run");
        await StatusAsync(page, 4, "ran in");
    }

    [Fact]
    public void Cells_fill_what_earlier_ones_made_by_themselves_and_by_functions()
    {
        var path = Live.Write("05-e.ipynb", "md:# E", "var runs = new int[9]; var rows = new List<int>();", "int Run(int i) { var own = new int[1]; own[0] = 1; runs[i] = 1; return i; }",
            "void Twice() { Run(1); Run(2); }", "Twice();", "rows.Add(3); var mine = new List<int>(); mine.Add(4);", "foreach (var r in rows) Console.WriteLine(r);");
        Assert.Equal([[], [], [], ["runs"], ["rows"], []], CellNames.FilledBy(Notebook.Load(path).Cells.Where(cell => cell.IsCode)));
    }

    [Fact]
    public async Task Two_tabs_have_engines_of_their_own()
    {
        var (first, second) = (await SmallAsync(), await SmallAsync());
        await RunAsync(first, 2);
        await StatusAsync(first, 2, "ran in");
        await StatusAsync(second, 2, "");
        await RunAsync(second, 3);
        await StatusAsync(second, 3, "ran in");
        Assert.Equal("3", await Cell(second, 3).Locator(".count").InnerTextAsync());
    }
}
