using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using StbImageSharp;
using Tests.Site;

namespace Tests;

/// <summary>The site, built from the committed notebooks and opened from the file system in a real browser.</summary>
[Trait("Time", "long")]
public sealed class SiteBrowserTests(BuiltSite site) : SitePageTests(site)
{
    private const long MostBytes = 2_000_000;
    private const string Notebook = "03-the-forward-pass.html";

    // Rules for which axe would fetch style sheets and sounds: a page of the file system may not, and has no sounds.
    private static readonly Dictionary<string, RuleOptions> s_withoutFetching = new()
    {
        ["css-orientation-lock"] = new() { Enabled = false },
        ["no-autoplay-audio"] = new() { Enabled = false },
    };

    private IEnumerable<string> Pages => Directory.GetFiles(Folder, "*.html").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    [Fact]
    public async Task Every_page_draws_its_charts_and_formulas_and_loads_less_than_two_megabytes_beside_plotly()
    {
        foreach (var name in Pages)
        {
            var files = new HashSet<string>();
            var page = await OpenAsync("index.html");
            page.Request += (_, request) => files.Add(request.Url);
            await page.GotoAsync(new Uri(Path.Join(Folder, name)).AbsoluteUri);

            var html = await File.ReadAllTextAsync(Path.Join(Folder, name), TestContext.Current.CancellationToken);
            var main = html[..Math.Max(html.IndexOf("<aside", StringComparison.Ordinal), html.IndexOf("</main>", StringComparison.Ordinal))].Split("<aside")[0];
            var formulas = main.Split("class=\"formula").Length - 1;
            await page.UntilAsync("count => document.querySelectorAll('.katex').length >= count", formulas);
            Assert.Equal(0, await page.Locator(".katex-error").CountAsync());
            await page.EvaluateAsync("document.querySelectorAll('.text details').forEach(answer => { answer.open = true; })");
            var charts = page.Locator(".chart");
            if (char.IsDigit(name[0]))
            {
                Assert.True(formulas > 0, $"{name} has no formula");
                Assert.True(await charts.CountAsync() > 0, $"{name} has no chart");
            }
            for (var i = 0; i < await charts.CountAsync(); i++)
            {
                // A chart is drawn when it comes near the window.
                await charts.Nth(i).ScrollThereAsync();
                await charts.Nth(i).Locator(".main-svg").First.WaitForAsync();
            }
            var bytes = files.Where(url => url.StartsWith("file:") && !url.EndsWith("/plotly.min.js")).Sum(url => new FileInfo(new Uri(url).LocalPath).Length);
            Assert.InRange(bytes, 1, MostBytes);
            TestContext.Current.SendDiagnosticMessage($"{name}: {bytes:N0} bytes");
            await page.CloseAsync();
        }
    }

    [Fact]
    public void Every_picture_has_a_description()
    {
        foreach (var name in Pages)
        {
            var html = File.ReadAllText(Path.Join(Folder, name));
            // A cover says nothing that the words beside it do not.
            foreach (var picture in html.Split("<img ").Skip(1).Where(picture => !picture.Contains("#svgView", StringComparison.Ordinal)))
                Assert.Matches("^[^>]*\\balt=\"[^\"]*\\w[^\"]*\"", picture);
            foreach (var chart in html.Split("<div class=\"chart\" ").Skip(1))
                Assert.Matches("^[^>]*\\baria-label=\"[^\"]*((lines?|points) over|bars\\b|pictures? of|table of)[^\"]*\\d[^\"]*\"", chart.ToLowerInvariant());   // not its title alone
        }
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task No_page_has_a_serious_obstacle_for_a_reader_who_does_not_see_or_point(ColorScheme colours)
    {
        var obstacles = new List<string>();
        foreach (var name in Pages)
        {
            var page = await OpenAsync(name, new() { ColorScheme = colours, ViewportSize = new() { Width = 1700, Height = 1000 } });
            // A formula has thousands of parts for the eye, in the colours of its text; and nobody reads which parts passed.
            var result = await page.RunAxe(new AxeRunContext { Exclude = [new AxeSelector(".katex-html")] },
                colours == ColorScheme.Light ? new() { Rules = s_withoutFetching, ResultTypes = [ResultType.Violations] }
                    // Dark differs in its colours alone.
                    : new() { RunOnly = new() { Type = "rule", Values = ["color-contrast"] }, ResultTypes = [ResultType.Violations] });
            obstacles.AddRange(result.Violations.Where(v => v.Impact is "serious" or "critical").SelectMany(v => v.Nodes.Select(node =>
                $"{name}, {colours}: {v.Id} ({v.Impact}): {node.Html}")));
            await page.CloseAsync();
        }
        Assert.True(obstacles.Count == 0, string.Join('\n', obstacles));
    }

    [Fact]
    public async Task On_a_telephone_no_page_is_wider_than_the_screen()
    {
        var columns = 0;
        foreach (var name in Pages)
        {
            var page = await OpenAsync(name, new() { ViewportSize = new() { Width = 360, Height = 740 } });
            await page.EvaluateAsync("document.querySelectorAll('.text details').forEach(answer => { answer.open = true; })");
            for (var i = 0; i < await page.Locator(".chart").CountAsync(); i++)
            {
                await page.Locator(".chart").Nth(i).ScrollThereAsync();
                await page.Locator(".chart").Nth(i).Locator(".main-svg").First.WaitForAsync();
            }
            Assert.Equal(0, await page.EvaluateAsync<int>("[...document.querySelectorAll('.chart .gtitle')].filter(e => e.getBBox().x + e.getBBox().width > e.closest('svg').clientWidth + 1).length"));
            // Charts are seen whole, and no words of theirs lie on others.
            Assert.Empty(await page.EvaluateAsync<string[]>("[...document.querySelectorAll('.chart')].filter(chart => chart.scrollWidth > chart.clientWidth).map(chart => chart.textContent)"));
            Assert.Empty(await page.EvaluateAsync<string[]>("[...document.querySelectorAll('.chart :is(.xtitle, .ytitle)')].filter(title => { const box = title.getBoundingClientRect(), svg = title.closest('svg').getBoundingClientRect(); return box.left < svg.left - 1 || box.right > svg.right + 1 || box.top < svg.top - 1 || box.bottom > svg.bottom + 1; }).map(title => title.textContent)"));
            Assert.Empty(await page.EvaluateAsync<string[]>("""
                [...document.querySelectorAll('.chart')].flatMap(chart => {
                  const words = [...chart.querySelectorAll('.annotation-text, .xtitle, .legend, .cbtitle')], boxes = words.map(word => word.getBoundingClientRect());
                  return words.filter((_, i) => boxes.some((other, j) => j < i
                    && Math.min(boxes[i].right, other.right) > Math.max(boxes[i].left, other.left) && Math.min(boxes[i].bottom, other.bottom) > Math.max(boxes[i].top, other.top)));
                }).map(word => word.textContent)
                """));
            var width = await page.EvaluateAsync<int>("document.documentElement.scrollWidth");
            Assert.True(width <= 360, $"{name} is {width} pixels wide");
            // Sentences go on in the next line; what stands in columns scrolls.
            Assert.True(await page.EvaluateAsync<bool>("[...document.querySelectorAll('.output pre:not(.aligned)')].every(pre => pre.scrollWidth <= pre.clientWidth + 1)"), name);
            // Both begin where the output does.
            Assert.Empty(await page.EvaluateAsync<string[]>("[...document.querySelectorAll('.output > pre:not(.stderr, .error)')].filter(pre => pre.checkVisibility() && Math.abs(pre.getBoundingClientRect().left + parseFloat(getComputedStyle(pre).paddingLeft) - pre.parentElement.getBoundingClientRect().left - parseFloat(getComputedStyle(pre.parentElement).paddingLeft)) > 1).map(pre => pre.textContent)"));
            columns += await page.EvaluateAsync<int>("[...document.querySelectorAll('.output pre.aligned')].filter(pre => pre.innerText.includes('  ') && getComputedStyle(pre).whiteSpace === 'pre').length");
            // It becomes smaller first, but stays large enough to read; where it scrolls, one sees that there is more, and the keyboard reaches it.
            Assert.Empty(await page.EvaluateAsync<string[]>("[...document.querySelectorAll('.output pre.aligned')].filter(pre => pre.checkVisibility() && parseFloat(getComputedStyle(pre).fontSize) < 8).map(pre => pre.textContent)"));
            Assert.Empty(await page.EvaluateAsync<string[]>("[...document.querySelectorAll('.output pre.aligned')].filter(pre => pre.scrollWidth > pre.clientWidth && (parseFloat(getComputedStyle(pre).fontSize) > 8.5 || pre.tabIndex !== 0 || !getComputedStyle(pre).backgroundImage.includes('gradient'))).map(pre => pre.textContent)"));
            // So does code in an answer. A formula may scroll, its number stays where it is seen.
            Assert.Empty(await page.EvaluateAsync<string[]>("[...document.querySelectorAll('.text pre.csharp')].filter(pre => pre.scrollWidth > pre.clientWidth + 1).map(pre => pre.textContent)"));
            Assert.Empty(await page.EvaluateAsync<string[]>("[...document.querySelectorAll('main .formula.display .katex-tag')].filter(tag => tag.checkVisibility() && tag.getBoundingClientRect().right > 361).map(tag => tag.textContent)"));
            // So is a training view, whose parts stand below each other.
            Assert.Empty(await page.EvaluateAsync<string[]>("[...document.querySelectorAll('svg.training text')].filter(text => text.checkVisibility()).filter(text => { const box = text.getBoundingClientRect(), edge = text.closest('.output').getBoundingClientRect(); return box.left < edge.left || box.right > edge.right || box.bottom > edge.bottom + 1 || box.height < 8; }).map(text => text.textContent)"));
            // A figure is seen whole; what has smaller words scrolls.
            Assert.True(await page.EvaluateAsync<bool>("[...document.querySelectorAll('.output img.shrinks')].every(img => img.getBoundingClientRect().width <= 360)"), name);
            await page.CloseAsync();
        }
        Assert.True(columns > 5, $"{columns} outputs in columns");
    }

    [Fact]
    public async Task A_chart_that_is_too_wide_is_drawn_smaller_with_its_colour_bar_below_it()
    {
        const string wide = "[data-cell=template-picture] .chart", captions = "[data-cell=perceptron-picture] .chart";
        var page = await OpenAsync("02-neurons-and-activation-functions.html", new() { ViewportSize = new() { Width = 360, Height = 740 } });
        foreach (var place in new[] { wide, captions })
        {
            await page.Locator(place).ScrollThereAsync();
            await page.Locator($"{place} .main-svg").First.WaitForAsync();
        }
        Assert.Equal(["mean 3 minus mean 5", "learnt by the rule"], await page.EvaluateAsync<string[]>($"[...document.querySelectorAll('{captions} .annotation-text')].map(caption => caption.textContent)"));
        await FitsAsync();

        await page.EvaluateAsync("dispatchEvent(new Event('beforeprint')); dispatchEvent(new Event('afterprint'))");
        await FitsAsync();
        await page.Locator("#theme").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await FitsAsync();

        // Turned round, there is room for all of it.
        await page.SetViewportSizeAsync(900, 500);
        await page.UntilAsync("place => document.querySelector(place + ' .main-svg').clientWidth === 434", wide);
        Assert.Equal(384, await page.EvaluateAsync<int>($"document.querySelector('{wide} .main-svg').clientHeight"));
        await page.SetViewportSizeAsync(360, 740);
        await page.UntilAsync("place => document.querySelector(place + ' .main-svg').clientWidth < 434", wide);
        await FitsAsync();

        async Task FitsAsync()
        {
            await page.UntilAsync("place => document.querySelector(place + ' .main-svg').clientWidth === document.querySelector(place).clientWidth", wide);
            var box = await page.EvaluateAsync<double[]>($$"""
                (() => {
                  const box = part => document.querySelector('{{wide}} ' + part).getBoundingClientRect(), plot = box('.heatmaplayer'), bar = box('.colorbar');
                  return [plot.width, plot.height, bar.bottom, document.querySelector('{{wide}}').getBoundingClientRect().bottom, document.querySelector('{{wide}}').clientHeight, bar.right, document.querySelector('{{wide}}').getBoundingClientRect().right];
                })()
                """);
            Assert.Equal(box[0], box[1], 2.0);   // the picture stays square
            Assert.True(box[2] <= box[3] + 1, $"the colour bar ends at {box[2]}, its place at {box[3]}");
            Assert.True(box[5] <= box[6] + 1, $"the colour bar ends at {box[5]}, its place at {box[6]}");
            Assert.InRange(box[4], box[1], box[1] + 100);   // nothing is left free below
        }
    }

    [Fact]
    public async Task The_number_of_an_equation_stays_in_one_line_in_a_table_and_so_does_a_heading_of_the_first_page()
    {
        var page = await OpenAsync("05-backpropagation.html", new() { ViewportSize = new() { Width = 390, Height = 850 } });
        Assert.True(await page.EvaluateAsync<int>("[...document.querySelectorAll('table a[href*=\"#eq-\"]')].length") > 3);
        Assert.Equal(0, await page.EvaluateAsync<int>("[...document.querySelectorAll('table a[href*=\"#eq-\"]')].filter(a => a.getClientRects().length > 1).length"));
        foreach (var width in new[] { 1040, 1280 })
        {
            var index = await OpenAsync("index.html", new() { ViewportSize = new() { Width = width, Height = 850 } });
            Assert.Equal(0, await index.EvaluateAsync<int>("[...document.querySelectorAll('ol.path h3 a')].filter(a => a.getClientRects().length > 1).length"));
            Assert.True(await index.EvaluateAsync<bool>("[...document.querySelectorAll('ol.path > li')].every(li => li.scrollWidth <= li.clientWidth)"));
        }
    }

    [Fact]
    public async Task Each_notebook_has_a_part_of_a_figure_for_a_cover_and_a_grid_of_digits_fits_a_telephone()
    {
        var index = await OpenAsync("index.html");
        var covers = await index.EvaluateAsync<string[]>("[...document.querySelectorAll('ol.path > li > img')].map(img => img.naturalWidth > 0 ? img.getAttribute('src') : 'not there')");
        Assert.Equal(10, covers.Distinct().Count());
        Assert.All(covers, cover => Assert.Matches(@"^pictures/\w+\.svg#svgView\(viewBox\([-\d,]+\)\)$", cover));
        // A part with other proportions than its figure would be shown with some of what lies beside it.
        Assert.Empty(await index.EvaluateAsync<string[]>("""
            [...document.querySelectorAll('ol.path > li > img')].filter(img => {
              const [, , width, height] = img.getAttribute('src').match(/-?\d+/g).slice(-4).map(Number);
              return Math.abs(width / height / (img.naturalWidth / img.naturalHeight) - 1) > 0.01;
            }).map(img => img.getAttribute('src'))
            """));

        var page = await OpenAsync("01-the-digits.html", new() { ViewportSize = new() { Width = 390, Height = 850 } });
        var grid = page.Locator("[data-cell=grid] .chart");
        await grid.ScrollThereAsync();
        await grid.Locator(".main-svg").First.WaitForAsync();
        Assert.True(await grid.EvaluateAsync<bool>("chart => chart.scrollWidth <= chart.clientWidth"));
        Assert.Equal(30, await grid.Locator(".annotation-text").CountAsync());
    }

    [Fact]
    public async Task Search_is_reached_and_used_by_the_keyboard_and_leads_to_a_heading()
    {
        var page = await OpenAsync(Notebook);
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("softmax jacobian");
        // Results appear while one types: the whole word has been looked for when the section itself comes first.
        var first = page.Locator("#found a").First;
        await Microsoft.Playwright.Assertions.Expect(first).ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("#the-softmax-jacobian$"));
        Assert.Contains("place", await page.Locator("#found [role=status]").InnerTextAsync());
        Assert.Contains("softmax", (await first.Locator("mark").First.InnerTextAsync()).ToLowerInvariant());
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("Enter");
        await page.ReachesAsync("my_note.html#the-softmax-jacobian");

        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("xylophone");
        await page.Locator("#found [role=status]", new() { HasText = "Nothing found" }).WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
        Assert.False(await page.Locator("#found").IsVisibleAsync());

        Assert.InRange(new FileInfo(Path.Join(Folder, "assets", "search-index.js")).Length, 10_000, 500_000);
    }

    [Theory]
    [InlineData("regularization", "regularisation")]
    [InlineData("gray", "grey")]
    [InlineData("size", "size")]
    public async Task Search_understands_american_spelling(string typed, string found)
    {
        var page = await OpenAsync(Notebook);
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync(typed);
        await page.Locator("#found mark", new() { HasTextRegex = new($"^{found}$", System.Text.RegularExpressions.RegexOptions.IgnoreCase) }).First.WaitForAsync();
    }

    [Fact]
    public async Task Dark_colours_are_chosen_once_and_the_charts_follow()
    {
        var page = await OpenAsync(Notebook, new() { ColorScheme = ColorScheme.Light });
        const string ground = "getComputedStyle(document.body).backgroundColor";
        const string ink = "getComputedStyle(document.querySelector('.chart .gtitle')).fill";
        await page.Locator(".chart").First.ScrollThereAsync();
        await page.Locator(".chart .gtitle").First.WaitForAsync();
        var (lightGround, lightInk) = (await page.EvaluateAsync<string>(ground), await page.EvaluateAsync<string>(ink));

        await page.Locator("#theme").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        var darkGround = await page.EvaluateAsync<string>(ground);
        Assert.NotEqual(lightGround, darkGround);
        Assert.Equal("true", await page.Locator("#theme").GetAttributeAsync("aria-pressed"));
        await page.UntilAsync($"before => {ink} !== before && {ink} === getComputedStyle(document.body).color", lightInk);

        // The choice is there before the page has a body: nothing flashes.
        await page.AddInitScriptAsync("new MutationObserver((_, self) => { if (document.body) { window.early = document.documentElement.dataset.theme; self.disconnect(); } }).observe(document, { childList: true, subtree: true })");
        await page.GotoAsync(new Uri(Path.Join(Folder, "my_note.html")).AbsoluteUri);
        Assert.Equal("dark", await page.EvaluateAsync<string>("window.early"));
        Assert.Equal(darkGround, await page.EvaluateAsync<string>(ground));
    }

    /// <summary>A confusion matrix has pale fields on a light page and dark ones on a dark page, with numbers that can be read; what is strong stands out on both.</summary>
    [Fact]
    public async Task The_fields_of_a_table_of_numbers_are_as_light_or_dark_as_the_page()
    {
        const string place = "[data-cell=confusion] .chart";
        var page = await OpenAsync("08-measuring.html", new() { ColorScheme = ColorScheme.Light });
        await page.Locator(place).ScrollThereAsync();
        await page.Locator($"{place} .main-svg").First.WaitForAsync();
        var light = await ColoursAsync();
        Assert.All(light.Fields, field => Assert.True(field > 0.3, $"a field of {field}"));
        await page.Locator("#theme").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.UntilAsync($"place => document.querySelector(place).data[0].textfont.color === getComputedStyle(document.body).color", place);
        var dark = await ColoursAsync();
        Assert.All(dark.Fields, field => Assert.True((dark.Words + 0.05) / (field + 0.05) >= 4.5, $"words of {dark.Words} on {field}"));
        Assert.True(dark.Fields[^1] > dark.Fields[^3] + 0.05, "many mistakes do not stand out");
        // On paper as on a light page, and on the screen dark again.
        await page.EvaluateAsync("dispatchEvent(new Event('beforeprint'))");
        Assert.Equal(light.Fields, (await ColoursAsync()).Fields);
        await page.EvaluateAsync("dispatchEvent(new Event('afterprint'))");
        Assert.Equal(dark.Fields, (await ColoursAsync()).Fields);

        // The luminance of the words, and that of each colour of both scales.
        async Task<(double Words, double[] Fields)> ColoursAsync()
        {
            var luminances = await page.EvaluateAsync<double[]>($$"""
                (() => {
                  const pen = document.createElement("canvas").getContext("2d");
                  const luminance = colour => {
                    pen.fillStyle = colour;
                    return [0.2126, 0.7152, 0.0722].reduce((sum, part, i) => {
                      const c = parseInt(pen.fillStyle.slice(1 + 2 * i, 3 + 2 * i), 16) / 255;
                      return sum + part * (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
                    }, 0);
                  };
                  const { data } = document.querySelector("{{place}}");
                  return [data[0].textfont.color, ...data.flatMap(trace => trace.colorscale.map(([, colour]) => colour))].map(luminance);
                })()
                """);
            return (luminances[0], luminances[1..]);
        }
    }

    [Fact]
    public async Task The_notes_stand_beside_a_notebook_where_there_is_room()
    {
        var page = await OpenAsync(Notebook, new() { ViewportSize = new() { Width = 1700, Height = 900 } });
        var notes = page.Locator(".beside details > .text");
        await notes.Locator(".katex").First.WaitForAsync();
        Assert.Equal("3 The forward pass", await notes.Locator("h2").InnerTextAsync());
        Assert.True(await notes.EvaluateAsync<bool>("e => e.scrollHeight > e.clientHeight && e.getBoundingClientRect().bottom <= innerHeight"));
        Assert.Empty(await page.EvaluateAsync<string[]>("[...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i)"));

        // Folded, it stays folded; on a narrow screen only the link to the notes is left.
        await page.Locator(".beside summary").ClickAsync();
        await page.ReloadAsync();
        Assert.False(await notes.IsVisibleAsync());
        await page.SetViewportSizeAsync(1000, 900);
        Assert.False(await page.Locator(".beside").IsVisibleAsync());
        Assert.True(await page.Locator("main a[href='my_note.html#3-the-forward-pass']").First.IsVisibleAsync());
    }

    [Fact]
    public async Task Pictures_are_taken_of_every_page_and_none_is_blank()
    {
        var folder = Directory.CreateDirectory(Path.Join(AppContext.BaseDirectory, "pages")).FullName;
        TestContext.Current.SendDiagnosticMessage($"Pictures of the pages: {folder}");
        foreach (var (mode, colours, width) in new[] { ("light", ColorScheme.Light, 1280), ("dark", ColorScheme.Dark, 1280), ("telephone", ColorScheme.Light, 390) })
            foreach (var name in Pages)
            {
                var page = await OpenAsync(name, new() { ColorScheme = colours, ViewportSize = new() { Width = width, Height = 850 } });
                if (name == "pad.html") await page.ClickAsync("#examples button >> nth=3");
                await TakeAsync(page, $"{name[..^5]}-{mode}", colours);
                if (await page.Locator(".chart").CountAsync() > 0)
                {
                    await page.Locator(".chart").First.ScrollThereAsync();
                    await page.Locator(".chart .main-svg").First.WaitForAsync();
                    await TakeAsync(page, $"{name[..^5]}-{mode}-chart", colours);
                }
                await page.CloseAsync();
            }

        async Task TakeAsync(IPage page, string name, ColorScheme colours)
        {
            var bytes = await page.ScreenshotAsync(new() { Path = Path.Join(folder, $"{name}.png"), Timeout = 120_000 });
            var picture = ImageResult.FromMemory(bytes, ColorComponents.Grey).Data;
            // The ground is what most pixels are; writing and curves are the rest.
            var ground = picture.CountBy(grey => grey).MaxBy(shade => shade.Value);
            Assert.True(colours == ColorScheme.Dark ? ground.Key < 60 : ground.Key > 230, $"{name}: the ground has the grey {ground.Key}");
            Assert.InRange((double)ground.Value / picture.Length, 0.3, 0.985);
        }
    }

    [Fact]
    public async Task The_first_page_leads_to_the_course_and_the_pad_and_shows_a_picture_of_each_notebook()
    {
        var page = await OpenAsync("index.html");
        Assert.Equal(["01-the-digits.html", "pad.html", "explorer.html"], await page.EvaluateAsync<string[]>("[...document.querySelectorAll('.doors a')].map(a => a.getAttribute('href'))"));
        Assert.True(await page.EvaluateAsync<bool>("document.querySelector('.moving img').decode().then(() => true)"));
        Assert.Equal(Course.Notebooks.Count(), await page.Locator(".path li > img").CountAsync());
        await page.ClickAsync("text=Draw a digit");
        await page.ReachesAsync("pad.html");
        Assert.True(await page.Locator(".paper.empty").IsVisibleAsync());
    }

    [Fact]
    public async Task Previous_and_next_lead_through_the_whole_site()
    {
        var page = await OpenAsync("index.html");
        var seen = new List<string> { "index.html" };
        for (var next = page.Locator(".steps a", new() { HasText = "→" }); await next.CountAsync() > 0;)
        {
            seen.Add((await next.GetAttributeAsync("href"))!);
            await next.ClickAsync();
            await page.ReachesAsync(seen[^1]);
            Assert.Equal(1, await page.Locator(".steps a", new() { HasText = "←" }).CountAsync());
        }
        Assert.Equal(Pages, seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task On_paper_there_is_the_whole_notebook_and_nothing_else()
    {
        var page = await OpenAsync(Notebook, new() { ColorScheme = ColorScheme.Dark, ViewportSize = new() { Width = 680, Height = 900 } });
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        await page.EvaluateAsync("dispatchEvent(new Event('beforeprint'))");
        Assert.Equal(await page.EvaluateAsync<int>("[...document.querySelectorAll('.chart')].filter(chart => chart.checkVisibility()).length"), await page.Locator(".chart:has(.main-svg)").CountAsync());
        Assert.Equal(0, await page.Locator(".top:visible, .steps:visible, .contents:visible, .beside:visible").CountAsync());
        Assert.Equal("rgb(255, 255, 255)", await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        Assert.Equal(0, await page.EvaluateAsync<int>("[...document.querySelectorAll('pre')].filter(e => e.scrollWidth > e.clientWidth + 1).length"));
        Assert.True(await page.EvaluateAsync<bool>("[...document.querySelectorAll('.chart svg')].every(e => e.getBoundingClientRect().right <= innerWidth)"));
    }
}
