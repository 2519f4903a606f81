using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Nb.Commands;
using Nb.Notebooks;

namespace Tests.Runner;

/// <summary>What could run in the browser of somebody who looks at a site.</summary>
[Trait("Time", "long")]
public sealed class UntrustedTests : IDisposable
{
    private static readonly string[] s_attacks =
    [
        "<script>document.title='run'</script>", "<img src=x onerror=\"document.title='run'\">", "<svg onload=\"document.title='run'\"></svg>",
        "<svg><script>document.title='run'</script></svg>", "<iframe srcdoc=\"<script>parent.document.title='run'</script>\"></iframe>",
        "<a href=\"javascript:document.title='run'\" class=\"attack\">x</a>", "<a href=\"java&#10;script:document.title='run'\" class=\"attack\">x</a>",
        "<form action=\"javascript:document.title='run'\"><button class=\"attack\">x</button></form>", "<base href=\"https://example.org/\">",
        "<meta http-equiv=\"refresh\" content=\"0;url=https://example.org\">", "<object data=\"data:text/html,<script>1</script>\"></object>",
        "<embed src=\"javascript:1\">", "<math><mtext><style><img src=x onerror=\"document.title='run'\"></style></mtext></math>",
        "<details open ontoggle=\"document.title='run'\">x</details>", "<link rel=\"stylesheet\" href=\"https://example.org/a.css\">",
        "<button formaction=\"javascript:1\" class=\"attack\">x</button>", "<noscript><p title=\"</noscript><img src=x onerror=document.title='run'>\">",
    ];

    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    /// <summary>An output of which editors have a picture, and the site the drawing.</summary>
    private static JsonObject Drawn(string svg)
    {
        var output = Outputs.Display(new() { ["image/png"] = "iVBORw0KGgo=" });
        output["metadata"]!["image/svg+xml"] = svg;
        return output;
    }

    private async Task<string> BuildAsync(bool isTrusted)
    {
        // No policy keeps a page from leading away, so a trusted page is not asked to withstand that.
        string[] attacks = isTrusted ? [.. s_attacks.Where(attack => !attack.Contains("refresh", StringComparison.Ordinal))] : s_attacks;
        var file = _fixture.WriteNotebook("a.ipynb",
            $"md:# A {s_attacks[1]}\n\n- item {s_attacks[2]}\n\n[link](javascript:alert(1)) <span class=\"keep\" id=\"kept\">kept</span> $x_1$ | `code` [ok](https://example.org)\n\n{string.Join("\n\n", attacks)}\n\n```csharp\nvar x = 1;\n```", "1");
        var notebook = Notebook.Load(file);
        notebook.Cells[1].Outputs =
        [
            .. attacks.Select(attack => Outputs.Display(new() { ["text/html"] = attack })),
            .. attacks.Select(attack => Outputs.Display(new() { ["text/markdown"] = attack })),
            Outputs.Display(new() { ["image/svg+xml"] = "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"document.title='run'\"><script>document.title='run'</script></svg>" }),
            Drawn("<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"document.title='run'\"/>"),
        ];
        notebook.Save(file);
        _fixture.Write("my_note.md", "# Notes\n\n" + string.Join("\n\n", attacks));
        var site = Path.Join(_fixture.Folder, "site");
        Assert.Equal(0, await SiteCommand.BuildAsync(_fixture.Folder, site, TextWriter.Null, Fixture.Token, isTrusted));
        return site;
    }

    [Fact]
    public async Task Nothing_that_could_run_is_left_of_what_is_not_trusted()
    {
        var site = await BuildAsync(isTrusted: false);
        foreach (var page in new[] { "a.html", "my_note.html", "index.html" })
        {
            var html = File.ReadAllText(Path.Join(site, page));
            var body = html[html.IndexOf("<main", StringComparison.Ordinal)..];
            Assert.DoesNotMatch("(?i)<(script|iframe|object|embed|base|meta|link|form|button|svg|math|style)\\b", body);
            Assert.DoesNotMatch("(?i)<[^>]*\\s(on[a-z]+|formaction|srcdoc)\\s*=", body);
            Assert.DoesNotMatch("(?i)(href|src)\\s*=\\s*\"\\s*java", body);
        }
        var kept = File.ReadAllText(Path.Join(site, "a.html"));
        Assert.Contains("<span class=\"keep\" id=\"kept\">kept</span>", kept, StringComparison.Ordinal);
        Assert.Contains("<span class=\"formula\">x_1</span>", kept, StringComparison.Ordinal);
        Assert.Contains("href=\"https://example.org\"", kept, StringComparison.Ordinal);
        Assert.Contains("<span class=\"k\">var</span>", kept, StringComparison.Ordinal);
        Assert.Contains("<img src=\"pictures/a-1.svg\"", kept, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_of_an_output_runs_in_a_browser(bool isTrusted)
    {
        var program = Browser.Path();
        var site = await BuildAsync(isTrusted);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--no-sandbox", "--disable-gpu"] });
        foreach (var name in new[] { "a.html", "my_note.html", "index.html" })
        {
            var page = await (await browser.NewContextAsync(new() { Offline = true })).NewPageAsync();
            await page.GotoAsync("file://" + Path.Join(site, name));
            foreach (var attack in await page.Locator("a.attack, button.attack").AllAsync())
                await attack.EvaluateAsync("element => element.click()");
            Assert.NotEqual("run", await page.TitleAsync());
            // The page's own scripts do run.
            Assert.Equal("function", await page.EvaluateAsync<string>("typeof katex.render"));
        }
    }
}
