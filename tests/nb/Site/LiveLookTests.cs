using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Tests.Site;

/// <summary>How the live cells look and how they are reached, on pages of the course. The engine only speaks the protocol.</summary>
[Trait("Time", "long")]
public sealed class LiveLookTests(BuiltSite site, LiveSite live) : LivePageTests(site, live)
{
    private async Task<IPage> CourseAsync(string name, BrowserNewPageOptions? options = null) => await OpenAsync($"{await Live.CourseSite}{name}", options);

    /// <summary>A page with an editor, a list of completions, a question, a failure and a result.</summary>
    private async Task<IPage> UsedAsync(BrowserNewPageOptions? options = null)
    {
        var page = await CourseAsync("05-backpropagation.html", options);
        var tried = page.Locator(".cell.parameters");
        await tried.GetByLabel("tryHidden as a number").FillAsync("20");
        await tried.GetByLabel("tryHidden as a number").PressAsync("Enter");
        // Where the stored times make a cell on the way a long one, the page asks first; nothing that is asked for needs it.
        var (keep, ran) = (page.GetByText("Keep those of all long cells", new() { Exact = true }), tried.Locator(".status", new() { HasText = "ran in" }));
        await Assertions.Expect(keep.Or(ran).First).ToBeVisibleAsync();
        if (await keep.IsVisibleAsync()) await keep.ClickAsync();
        await Assertions.Expect(ran).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#live-bar [role=status]")).ToHaveTextAsync("Ready.");
        await EditAsync(page, 7, "oops(1);");
        await page.Keyboard.PressAsync("Control+Enter");
        await StatusAsync(page, 7, "failed");
        await EditAsync(page, 8, "while (true) { }");
        await page.Keyboard.PressAsync("Control+Enter");
        await StatusAsync(page, 8, "running");
        await page.ClickAsync("#live-bar >> text=Stop");
        await Cell(page, 8).Locator(".notice").WaitForAsync();
        return page;
    }

    [Fact]
    public async Task A_reader_who_only_reads_loads_no_editor_and_no_engine()
    {
        var page = await CourseAsync("05-backpropagation.html");
        var loaded = await page.EvaluateAsync<string[]>("performance.getEntriesByType('resource').map(e => e.name)");
        Assert.DoesNotContain(loaded, name => name.Contains("codemirror", StringComparison.Ordinal) || name.Contains("/live/client.js", StringComparison.Ordinal));
        await Assertions.Expect(page.Locator(".live-hint")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task The_keyboard_alone_runs_edits_and_completes()
    {
        var page = await OpenAsync($"{await Live.SmallSite}01-a.html");
        await Cell(page, 2).Locator("button").First.FocusAsync();
        await page.Keyboard.PressAsync("Shift+Enter");   // runs, and goes to the next cell
        await StatusAsync(page, 2, "ran in");
        Assert.Equal("Run cell 3", await FocusAsync());
        await page.Keyboard.PressAsync("ArrowRight");
        Assert.Equal("Edit cell 3", await FocusAsync());
        await page.Keyboard.PressAsync("Enter");
        await Cell(page, 3).Locator(".cm-content:focus").WaitForAsync();
        await page.Keyboard.PressAsync("Control+End");
        await page.Keyboard.TypeAsync("\nvar t = Trai");
        await page.Keyboard.PressAsync("Tab");
        await page.Locator(".cm-tooltip-autocomplete li").First.WaitForAsync();
        await page.WaitForTimeoutAsync(200);   // a list that has just appeared takes no key
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(Cell(page, 3).Locator(".cm-content")).ToContainTextAsync("var t = Training");
        await page.Keyboard.TypeAsync("; Math.Max(");
        await Assertions.Expect(page.Locator(".signature")).ToHaveTextAsync("int Math.Max(int val1, int val2)");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator(".signature")).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("Tab");           // after an opening bracket there is no name to complete: it indents
        await page.Keyboard.PressAsync("Escape");
        Assert.Equal("Run cell 3", await FocusAsync());
        await page.Keyboard.PressAsync("Tab");           // the page goes on
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Tab");
        Assert.NotEqual("Run cell 3", await FocusAsync());
        await Cell(page, 5).GetByLabel("hidden", new() { Exact = true }).FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await StatusAsync(page, 6, "ran in");
        Assert.Contains("var hidden = 11;", await Cell(page, 5).Locator(".source").TextContentAsync(), StringComparison.Ordinal);

        Task<string> FocusAsync() => page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.slice(0, 40)");
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task No_serious_obstacle_on_a_page_that_was_used(ColorScheme colours)
    {
        var page = await UsedAsync(new() { ColorScheme = colours });
        await Cell(page, 9).GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        var result = await page.RunAxe(new AxeRunContext { Exclude = [new AxeSelector(".katex-html")] }, new() { ResultTypes = [ResultType.Violations] });
        var obstacles = result.Violations.Where(v => v.Impact is "serious" or "critical").SelectMany(v => v.Nodes.Select(node => $"{colours}: {v.Id}: {node.Html}")).ToList();
        Assert.True(obstacles.Count == 0, string.Join('\n', obstacles));
    }

    [Fact]
    public async Task On_a_telephone_everything_fits_and_pictures_are_taken()
    {
        var folder = Directory.CreateDirectory(Path.Join(AppContext.BaseDirectory, "pages")).FullName;
        foreach (var (mode, colours, width) in new[] { ("light", ColorScheme.Light, 1280), ("dark", ColorScheme.Dark, 1280), ("telephone", ColorScheme.Light, 390), ("telephone-dark", ColorScheme.Dark, 390) })
        {
            var page = await UsedAsync(new() { ColorScheme = colours, ViewportSize = new() { Width = width, Height = 850 } });
            Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width, $"{mode}: wider than {width} pixels");
            foreach (var (name, place) in new[] { ("top", "h1"), ("stopped", "#cell-7"), ("try", ".cell.parameters") })
            {
                await page.Locator(place).EvaluateAsync("e => e.scrollIntoView({ block: 'start' })");
                await page.WaitForTimeoutAsync(500);
                await page.ScreenshotAsync(new() { Path = Path.Join(folder, $"live-{name}-{mode}.png") });
            }
            await page.CloseAsync();
        }
    }
}
