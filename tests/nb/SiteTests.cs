using Nb;
using Nb.Commands;
using Nb.Site;
using Xunit;

namespace Tests.Runner;

[Trait("Time", "long")]
public sealed class SiteTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_run_of_all_makes_a_site_and_leaves_the_notebooks()
    {
        var first = _fixture.WriteNotebook("01-a.ipynb",
            "md:# 1 First\n\nWhat it shows. And more.\n\n**Goes with** [notes](../my_note.md#1-the-data) · **Time** about 5 minutes",
            "md:## A step with $x_1$\n\nSee [the next](02-b.ipynb#go), [the script](../lib/A.csx), [out](https://example.org/a.ipynb).\n\n"
            + "$$a_1 \\\\ b_2 \\tag{1.1}$$\n\n```csharp\nvar a = 1;\n```", "\"<value>\"");
        _fixture.WriteNotebook("02-b.ipynb", "md:# 2 Second", "throw new Exception(\"why\");");
        _fixture.Write("my_note.md", "# Notes\n\n## 1 The data\n\nIn $p_{i}*q_{i}*$: [first](notebooks/01-a.ipynb)\n\n## 2 More\n");
        var before = File.ReadAllText(first);
        var folder = Path.Join(_fixture.Folder, "site");
        var report = new StringWriter();

        Assert.Equal(1, await SiteCommand.RunAllAsync(_fixture.Folder, folder, report, Fixture.Token));

        Assert.Equal(before, File.ReadAllText(first));
        Assert.Contains("02-b.ipynb, cell 1:", report.ToString(), StringComparison.Ordinal);
        Assert.Contains(Path.Join(folder, "index.html"), report.ToString(), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Join(folder, "assets", "katex", "katex.min.js")));
        Assert.False(File.Exists(Path.Join(folder, "assets", "plotly.min.js")));

        Contains("index.html", "<h3><a href=\"01-a.html\">1 First</a></h3><small>about 5 minutes</small><p>What it shows. And more.</p>",
            "href=\"my_note.html\"");
        Contains("01-a.html", "<title>1 First</title>", "href=\"02-b.html#go\"", "href=\"../lib/A.csx\"",
            "href=\"https://example.org/a.ipynb\"", "href=\"my_note.html#1-the-data\"",
            "<span class=\"formula\">x_1</span>", "a_1 \\\\ b_2 \\tag{1.1}</", "<span class=\"k\">var</span> a = ",
            "<pre>&lt;value&gt;</pre>", "2 Second →", "id=\"a-step-with-x_1\"");
        Contains("02-b.html", "<pre class=\"error\">Exception: why", "← 1 First");
        Contains("my_note.html", "id=\"1-the-data\"", "<a href=\"#2-more\">2 More</a>", "href=\"01-a.html\"",
            "<span class=\"formula\">p_{i}*q_{i}*</span>");

        // A second build takes the place of the first, and leaves nothing beside it.
        Assert.Equal(0, await SiteCommand.BuildAsync(_fixture.Folder, folder, TextWriter.Null, Fixture.Token));
        Assert.Equal(["my_note.md", "notebooks", "site"],
            Directory.GetFileSystemEntries(_fixture.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        void Contains(string page, params string[] parts)
        {
            var html = File.ReadAllText(Path.Join(folder, page));
            Assert.All(parts, part => Assert.Contains(part, html, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_folder_of_something_else_is_not_replaced()
    {
        _fixture.WriteNotebook("a.ipynb", "md:# A");
        var precious = _fixture.Write("out/thesis.txt", "precious");
        var error = await Assert.ThrowsAsync<UserError>(() => SiteCommand.BuildAsync(
            _fixture.Folder, Path.Join(_fixture.Folder, "out"), TextWriter.Null, Fixture.Token));
        Assert.Contains("expected an empty folder or a site that nb made", error.Message, StringComparison.Ordinal);
        // The whole course would take minutes, so the folder is looked at before anything runs.
        await Assert.ThrowsAsync<UserError>(() => SiteCommand.RunAllAsync(
            _fixture.Folder, Path.Join(_fixture.Folder, "out"), TextWriter.Null, Fixture.Token));
        Assert.True(File.Exists(precious));
    }

    [Fact]
    public void A_published_site_links_to_the_files_of_the_repository()
    {
        var root = Path.GetFullPath(_fixture.Folder);
        var pages = new Dictionary<string, string> { [Path.Join(root, "my_note.md")] = "my_note.html" };
        var links = new SiteLinks(pages, Path.Join(root, "site"), root, new SitePictures(root), "https://example.org/course/blob/main/");
        var folder = Path.Join(root, "notebooks");
        Assert.Equal("my_note.html#a", links.Redirect("../my_note.md#a", folder));
        Assert.Equal("https://example.org/course/blob/main/lib/A.csx#L3", links.Redirect("../lib/A.csx#L3", folder));
    }

    [Fact]
    public async Task A_link_to_an_interactive_page_leads_to_it_wherever_the_site_lies()
    {
        _fixture.Write("my_note.md", "# Notes\n\n## 1 A\n\n[walk](site/walkthrough.html)\n");
        _fixture.WriteNotebook("01-a.ipynb", "md:# A\n\n[walk](../site/walkthrough.html)");
        var folder = Path.Join(_fixture.Folder, "elsewhere");
        await SiteCommand.BuildAsync(_fixture.Folder, folder, TextWriter.Null, Fixture.Token);
        Assert.True(File.Exists(Path.Join(folder, "walkthrough.html")));
        foreach (var page in new[] { "my_note.html", "01-a.html" })
            Assert.Contains("<a href=\"walkthrough.html\">walk</a>", await File.ReadAllTextAsync(Path.Join(folder, page), Fixture.Token), StringComparison.Ordinal);
    }

    [Fact]
    public void The_notes_beside_a_notebook_have_ids_of_their_own()
    {
        const string notes = "<h2 id=\"1-a\">1 A</h2><p><a id=\"eq-1-1\"></a><a href=\"#eq-1-1\">here</a> "
            + "<a href=\"#2-b\">there</a></p><h2 id=\"2-b\">2 B</h2><p>other</p></section>";
        var beside = NotesBeside.Of(notes, "1-a");
        Assert.Contains("<h2 id=\"notes-1-a\">1 A</h2><p><a id=\"notes-eq-1-1\"></a><a href=\"#notes-eq-1-1\">here</a> "
            + "<a href=\"my_note.html#2-b\">there</a></p>", beside, StringComparison.Ordinal);
        Assert.DoesNotContain("other", beside, StringComparison.Ordinal);
        Assert.Equal("", NotesBeside.Of(notes, "3-c"));
    }

    [Fact]
    public void Code_is_coloured_by_its_tokens_and_loses_nothing() => Assert.Equal(
        "<span class=\"k\">var</span> x = <span class=\"m\">F</span>(<span class=\"n\">1</span>, "
        + "<span class=\"s\">&quot;&lt;&quot;</span>); <span class=\"c\">// (3.1)</span>",
        CodeColours.ToHtml("var x = F(1, \"<\"); // (3.1)"));
}
