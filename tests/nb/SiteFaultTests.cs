using System.Diagnostics;
using Nb;
using Nb.Commands;
using Nb.Notebooks;
using Nb.Site;

namespace Tests.Runner;

/// <summary>What is wrong in the course or in the folder of the site, and what becomes of the site.</summary>
public sealed class SiteFaultTests : IDisposable
{
    private static readonly byte[] s_png = new GreyImage(8, 8, new byte[64]).ToPng();

    private readonly Fixture _fixture = new();

    private string Site => Path.Join(_fixture.Folder, "site");

    public void Dispose() => _fixture.Dispose();

    private Task<int> BuildAsync(string? folder = null) => SiteCommand.BuildAsync(_fixture.Folder, folder ?? Site, TextWriter.Null, Fixture.Token);

    private string Page(string name) => File.ReadAllText(Path.Join(Site, name));

    private string WriteBytes(string name, byte[] content)
    {
        var path = _fixture.Write(name, "");
        File.WriteAllBytes(path, content);
        return path;
    }

    private async Task<string> FailsAsync(string? folder = null) => (await Assert.ThrowsAsync<UserError>(() => BuildAsync(folder))).Message;

    [Theory]
    [InlineData("var dW1 = ;")]
    [InlineData("Math.")]
    [InlineData("new")]
    [InlineData("var x = new ;")]
    [InlineData("List<")]
    [InlineData("for (var i = 0; i <")]
    [InlineData("typeof(")]
    [InlineData("x = a.B.")]
    [InlineData("public class")]
    [InlineData("(, )")]
    [InlineData("$\"{")]
    [InlineData("\"\"\"")]
    [InlineData("#!")]
    [InlineData("/*")]
    [InlineData("\ud83d @ \u0000 \\u12")]
    public void Unfinished_code_is_shown_with_every_character(string code) =>
        Assert.Equal(code, System.Net.WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Replace(CodeColours.ToHtml(code), "<[^>]*>", "")));

    [Fact]
    public void Code_cut_off_anywhere_is_shown_with_every_character()
    {
        const string code = "public record A<T>(int B) where T : new() { public T[] C => [.. new List<T> { default! }.Select(x => x?.D ?? throw new E($\"{x:F2}\"))]; } // é";
        for (var end = 0; end <= code.Length; end++) Unfinished_code_is_shown_with_every_character(code[..end]);
        for (var start = 0; start <= code.Length; start++) Unfinished_code_is_shown_with_every_character(code[start..]);
    }

    [Fact]
    public async Task A_cell_that_does_not_compile_costs_no_site()
    {
        _fixture.WriteNotebook("01-a.ipynb", "md:# A", "var dW1 = ;", "1");
        _fixture.WriteNotebook("02-b.ipynb", "md:# B", "2");
        Assert.Equal(1, await SiteCommand.RunAllAsync(_fixture.Folder, Site, TextWriter.Null, Fixture.Token));
        Assert.Contains("dW1", Page("01-a.html"), StringComparison.Ordinal);
        Assert.Contains("<pre class=\"error\">", Page("01-a.html"), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Join(Site, "02-b.html")));
    }

    [Fact]
    public async Task A_cell_that_cannot_be_shown_is_named_on_its_page()
    {
        _fixture.WriteNotebook("a.ipynb", $"md:{new string('>', 3000)} deep", "md:# Title", "md:after", "1");
        Assert.Equal(0, await BuildAsync());
        Assert.Contains("Cell 1 of the notebook cannot be shown here", Page("a.html"), StringComparison.Ordinal);
        Assert.Contains("after", Page("a.html"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chart_without_its_package_and_a_picture_that_is_none_cost_no_site()
    {
        var file = _fixture.WriteNotebook("a.ipynb", "#r \"nuget:\"", "1");
        var notebook = Notebook.Load(file);
        notebook.Cells[1].Outputs =
        [
            Outputs.Display(new() { ["application/vnd.plotly.v1+json"] = new System.Text.Json.Nodes.JsonObject { ["layout"] = 5 } }),
            Outputs.Display(new() { ["image/png"] = "AAAA" }),
        ];
        notebook.Save(file);
        Assert.Equal(0, await BuildAsync());
        Assert.Contains("cannot be drawn here. The charts need plotly.js", Page("a.html"), StringComparison.Ordinal);
        Assert.Contains("what the notebook file has of it is no PNG", Page("a.html"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_files_that_nb_wrote_are_replaced()
    {
        _fixture.WriteNotebook("a.ipynb", "md:# A");
        Assert.Equal(0, await BuildAsync());
        Assert.Equal(0, await BuildAsync());
        foreach (var (name, isFolder) in new[] { (".git", true), ("CNAME", false), ("assets/mine.css", false), ("pictures", true), (".nojekyll", false) })
        {
            var path = Path.Join(Site, name);
            if (isFolder) Directory.CreateDirectory(path); else File.WriteAllText(path, "mine");
            Assert.Contains(Path.GetFileName(name), await FailsAsync(), StringComparison.Ordinal);
            // The whole course would run for minutes, so this is asked first.
            await Assert.ThrowsAsync<UserError>(() => SiteCommand.RunAllAsync(_fixture.Folder, Site, TextWriter.Null, Fixture.Token));
            Assert.True(isFolder ? Directory.Exists(path) : File.ReadAllText(path) == "mine");
            if (isFolder) Directory.Delete(path); else File.Delete(path);
        }
        File.AppendAllText(Path.Join(Site, "index.html"), "a line of my own");
        Assert.Contains("changed since: index.html", await FailsAsync(), StringComparison.Ordinal);
        Assert.Contains("a line of my own", Page("index.html"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_of_files_is_one_that_sha256sum_reads()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no sha256sum.");
        _fixture.WriteNotebook("a b.ipynb", "md:# A");
        await BuildAsync();
        using var check = Process.Start(new ProcessStartInfo("sha256sum", "--check --strict --quiet files.sha256") { WorkingDirectory = Site })!;
        await check.WaitForExitAsync(Fixture.Token);
        Assert.Equal(0, check.ExitCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("/")]
    public async Task A_site_needs_a_folder(string folder)
    {
        _fixture.WriteNotebook("a.ipynb", "md:# A");
        Assert.Contains("expected a folder", await FailsAsync(folder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_no_folder_for_a_site()
    {
        _fixture.WriteNotebook("a.ipynb", "md:# A");
        Assert.Contains("found a file", await FailsAsync(_fixture.Write("thesis.pdf", "")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_of_one_name_are_all_on_the_site()
    {
        var other = new GreyImage(9, 9, new byte[81]).ToPng();
        var (first, second) = (WriteBytes("notebooks/p.png", s_png), WriteBytes("pics/p.png", other));
        WriteBytes("more/P.PNG", new GreyImage(10, 10, new byte[100]).ToPng());
        WriteBytes("notebooks/a-1.png", s_png);   // the name of the first picture that a cell put out
        WriteBytes("notebooks/100 %#?.png", s_png);
        var file = _fixture.WriteNotebook("a.ipynb",
            "md:# A\n\n![x](p.png) ![y](../pics/p.png) ![z](../more/P.PNG) ![again](p.png) ![n](a-1.png) ![odd](100%20%25%23%3F.png)", "1");
        var notebook = Notebook.Load(file);
        notebook.Cells[1].Outputs = [Outputs.Display(new() { ["image/png"] = Convert.ToBase64String(other) })];
        notebook.Save(file);
        await BuildAsync();
        var pictures = Directory.GetFiles(Path.Join(Site, "pictures")).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);
        Assert.Equal(6, pictures.Count);
        Assert.Equal(6, pictures.Keys.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal(File.ReadAllBytes(first), pictures["p.png"]);
        Assert.Equal(File.ReadAllBytes(second), pictures["p-2.png"]);
        var addresses = System.Text.RegularExpressions.Regex.Matches(Page("a.html"), "<img[^>]* src=\"([^\"]*)\"").Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(7, addresses.Count);
        Assert.Equal(addresses[0], addresses[3]);
        Assert.All(addresses, address => Assert.Contains(Uri.UnescapeDataString(address)["pictures/".Length..], pictures.Keys));
    }

    [Fact]
    public async Task Nothing_from_outside_and_nothing_but_pictures_is_published()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a right there.");
        var outside = Directory.CreateTempSubdirectory("nb-outside-").FullName;
        try
        {
            File.WriteAllBytes(Path.Join(outside, "secret.png"), s_png);
            File.WriteAllText(Path.Join(outside, "secret.txt"), "secret");
            _fixture.Write(".git/config", "token");
            File.CreateSymbolicLink(Path.Join(_fixture.Folder, "notebooks", "a.png"), Path.Join(outside, "secret.png"));
            File.CreateSymbolicLink(Path.Join(_fixture.Folder, "notebooks", "b.png"), "../.git/config");
            Directory.CreateSymbolicLink(Path.Join(_fixture.Folder, "notebooks", "c"), outside);
            File.CreateSymbolicLink(Path.Join(_fixture.Folder, "notebooks", "d.png"), "e.png");
            File.CreateSymbolicLink(Path.Join(_fixture.Folder, "notebooks", "e.png"), "c/secret.png");
            File.CreateSymbolicLink(Path.Join(_fixture.Folder, "notebooks", "loop.png"), "loop.png");
            _fixture.Write("notebooks/f.svg", "root:x:0:0:<svg>");
            WriteBytes("pics/inside.jpg", s_png);
            File.CreateSymbolicLink(Path.Join(_fixture.Folder, "notebooks", "good.png"), "../pics/inside.jpg");
            _fixture.Write("notebooks/drawing.svg", "<?xml version=\"1.0\"?>\n<!-- a -->\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
            var relative = Path.GetRelativePath(Path.Join(_fixture.Folder, "notebooks"), Path.Join(outside, "secret.png"));
            _fixture.WriteNotebook("x.ipynb", $"md:# A\n\n![]({relative}) ![](a.png) ![](b.png) ![](c/secret.png) ![](d.png) ![](loop.png) ![](f.svg) "
                + "![](good.png) ![](drawing.svg) ![](/etc/hostname) ![](%00.png)");
            await BuildAsync();
            Assert.Equal(["drawing.svg", "good.png"], Directory.GetFiles(Path.Join(Site, "pictures")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.Equal(s_png, File.ReadAllBytes(Path.Join(Site, "pictures", "good.png")));
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    [Fact]
    public async Task The_notes_are_not_taken_from_outside()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a right there.");
        _fixture.WriteNotebook("a.ipynb", "md:# A");
        File.CreateSymbolicLink(Path.Join(_fixture.Folder, "my_note.md"), "/etc/hostname");
        Assert.Contains("found a link to a place outside", await FailsAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("index")]
    [InlineData("my_note")]
    [InlineData("pad")]
    [InlineData("Explorer")]
    [InlineData("walkthrough")]
    public async Task A_notebook_takes_the_place_of_no_other_page(string name)
    {
        var file = _fixture.WriteNotebook($"{name}.ipynb", "md:# A");
        Assert.StartsWith($"{file}: expected a name that no other page of the site has", await FailsAsync(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<UserError>(() => SiteCommand.RunAllAsync(_fixture.Folder, Site, TextWriter.Null, Fixture.Token));
    }

    [Fact]
    public void No_page_of_the_site_is_forgotten_among_the_names_that_a_notebook_cannot_have() => Assert.All(
        Nb.Site.Pages.InteractivePages.Of(Course.Root), page => Assert.Contains(Path.GetFileNameWithoutExtension(page.Address), SiteBuilder.OwnPages));

    [Fact]
    public async Task Names_with_odd_characters_get_addresses_that_lead_to_them()
    {
        string[] names = OperatingSystem.IsWindows() ? ["C#", "é 100 %", "a&b"] : ["C#", "a?b", "a\"b", "é 100 %", "a&b", "<i>", "it's", "%41"];
        foreach (var name in names)
            _fixture.WriteNotebook($"{name}.ipynb", $"md:# {names.ToList().IndexOf(name)}\n\n[first](C%23.ipynb)");
        await BuildAsync();
        var addresses = Directory.GetFiles(Site, "*.html").SelectMany(page => System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(page), " href=\"([^\"]*\\.html)"))
            .Select(match => System.Net.WebUtility.HtmlDecode(match.Groups[1].Value)).Distinct().ToList();
        Assert.Equal(names.Length + 1, addresses.Count);
        Assert.All(addresses, address => Assert.True(File.Exists(new Uri(new Uri("file://" + Path.Join(Site, "index.html")), address).LocalPath), address));
        Assert.All(names, name => Assert.Contains(addresses, address => Uri.UnescapeDataString(address) == name + ".html"));
    }

    [Fact]
    public async Task What_a_killed_run_left_is_deleted_by_the_next_one()
    {
        _fixture.WriteNotebook("a.ipynb", "md:# A");
        using var gone = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", "--version") { RedirectStandardOutput = true })!;
        await gone.WaitForExitAsync(Fixture.Token);
        _fixture.Write($"site.{gone.Id}.part/index.html", "half");
        _fixture.Write($"site.{gone.Id}.old/index.html", "old");
        await BuildAsync();
        Assert.Equal(["notebooks", "site"], Directory.GetFileSystemEntries(_fixture.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_cancelled_build_leaves_the_site_as_it_was()
    {
        _fixture.WriteNotebook("a.ipynb", "md:# A");
        await BuildAsync();
        _fixture.WriteNotebook("b.ipynb", "md:# B");
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SiteCommand.BuildAsync(_fixture.Folder, Site, TextWriter.Null, source.Token));
        Assert.True(File.Exists(Path.Join(Site, "a.html")));
        Assert.False(File.Exists(Path.Join(Site, "b.html")));
    }
}
