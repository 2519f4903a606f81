using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Nb.Notebooks;
using Nb.Pictures;
using Nb.Site.Pages;

namespace Nb.Site;

/// <summary>Makes a site of notebooks with outputs and of the notes beside them. It needs no server and no network.</summary>
public static partial class SiteBuilder
{
    private const string Title = "A neural network from scratch";

    /// <summary>Builds the site and puts it in the place of the one before. Returns the path of its first page.</summary>
    /// <param name="root">The course's folder: the notes and the page about speed are taken from it.</param>
    /// <param name="folder">Where the site goes; it is replaced, and must be empty or a site.</param>
    /// <param name="engine">The folder of what runs cells in the browser, with its engine.json; null for a site to read.</param>
    /// <param name="isTrusted">False takes out of the notebooks and notes what could run in a reader's browser.</param>
    public static async Task<string> BuildAsync(
        string root, IReadOnlyList<Notebook> notebooks, string folder, CancellationToken cancellationToken, string? engine = null,
        bool isTrusted = true)
    {
        var untrusted = isTrusted ? null : new Untrusted();
        folder = Check(root, notebooks.Select(notebook => notebook.Path), folder);
        if (engine is not null && !File.Exists(Path.Join(engine, LivePage.Manifest)))
            throw new UserError($"{engine}: expected the engine of the live cells with its {LivePage.Manifest}, found none. Build it with `nb serve`.");
        var enums = LivePage.Enums(root);
        var (notesFile, speedFile) = (Path.Join(root, "my_note.md"), Path.Join(root, "bench", "how-fast-is-it.ipynb"));
        List<Notebook> shown = [.. notebooks, .. File.Exists(speedFile) ? [Notebook.Load(speedFile)] : Array.Empty<Notebook>()];
        var addresses = shown.ToDictionary(n => n.Path, n => Uri.EscapeDataString(Path.GetFileNameWithoutExtension(n.Path)) + ".html");
        if (File.Exists(notesFile))
            addresses[notesFile] = "my_note.html";
        addresses[Path.Join(root, "README.md")] = "index.html";
        // Notes and notebooks lead to these pages as they lie on disk, site/walkthrough.html; on the site they are neighbours.
        foreach (var page in InteractivePages.Of(root))
            addresses[Path.Join(root, "site", page.Address)] = page.Address;
        var pictures = new SitePictures(root);
        var links = new SiteLinks(addresses, folder, root, pictures, Environment.GetEnvironmentVariable("NB_SOURCES") is { Length: > 0 } web ? web : null);
        var files = new Dictionary<string, byte[]>();

        var (plotly, noPlotly) = await PlotlyAsync(shown, engine is not null, cancellationToken);
        var notes = File.Exists(notesFile) ? Notes(notesFile, links, pictures, untrusted) : null;
        var equations = NotesText.EquationsOf(notes?.Body ?? "");
        var summaries = shown.Select(NotebookSummary.Of).ToList();
        var ofNotebooks = shown.Zip(summaries, (notebook, summary) => NotebookAsPage(notebook, summary)).ToList();
        var path = ofNotebooks.Take(notebooks.Count).ToList();
        var interactive = InteractivePages.Of(root).Select(page => new Page(new(page.Address, page.Title), page.Body, [])).ToList();
        List<Page> others = [.. notes is null ? Array.Empty<Page>() : [notes], .. interactive, .. ofNotebooks.Skip(notebooks.Count)];
        const string animation = ".github/readme/training.svg";
        string? Known(string file) => File.Exists(Path.Join(root, file)) ? links.Redirect(file, root) : null;
        var index = new Page(new("index.html", Title), IndexPage.Body(
            [.. path.Zip(summaries)], [.. others.Select(page => (page.Link, About(page)))],
            Known(animation), figure => Known($"notebooks/figures/{figure}.svg"), links.Redirect("setup.md", root), engine is not null, untrusted), []);

        List<PageLink> top =
        [
            new("index.html", "Course"),
            .. notes is null ? Array.Empty<PageLink>() : [new(notes.Link.Address, "Notes")],
            .. interactive.Select(page => page.Link),
        ];
        List<Page> all = [index, .. path, .. others];
        for (var i = 0; i < all.Count; i++)
            Add(Uri.UnescapeDataString(all[i].Link.Address), PageTemplate.Html(all[i], top, all.ElementAtOrDefault(i - 1)?.Link, all.ElementAtOrDefault(i + 1)?.Link));
        Add("assets/search-index.js", SearchIndex.Script(all.Skip(1)));
        if (plotly is not null)
            Add("assets/plotly.min.js", plotly);
        await AddFilesAsync(Path.Join(AppContext.BaseDirectory, "Site", "assets"), "assets");
        foreach (var (name, content) in pictures.Files)
            files[name] = content;
        if (engine is not null)
            await AddFilesAsync(engine, LivePage.Folder);
        SiteFolder.Write(folder, files, cancellationToken);
        return Path.Join(folder, "index.html");

        async Task AddFilesAsync(string from, string to)
        {
            foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
                files[$"{to}/{Path.GetRelativePath(from, file).Replace('\\', '/')}"] = await File.ReadAllBytesAsync(file, cancellationToken);
        }

        void Add(string name, string text) => files[name] = Encoding.UTF8.GetBytes(text);

        Page NotebookAsPage(Notebook notebook, NotebookSummary summary)
        {
            var markdown = new MarkdownConverter(address => links.Redirect(address, notebook.Folder), untrusted);
            var stored = 0;
            var means = new PageMeans(markdown, (ending, picture) =>
                pictures.Add($"{Path.GetFileNameWithoutExtension(notebook.Path)}-{++stored}{ending}", picture), noPlotly, untrusted,
                html => notes is null ? html : NotesText.WithLinks(html, equations, notes.Link.Address));
            var isOfCourse = notebooks.Contains(notebook);
            var isLive = isOfCourse && engine is not null;
            if (isLive)
                Add(LivePage.CopyOf(notebook.Path), notebook.ToText());
            var body = NotebookPage.Body(notebook, means, isOfCourse ? LivePage.Head(notebook, enums, isLive) : "", cancellationToken);
            return new Page(new(addresses[notebook.Path], summary.Title), body, markdown.Headings, plotly is not null && (isLive || NotebookPage.HasCharts(notebook)),
                notes is null ? "" : NotesBeside.Of(notes.Body, summary.NotesSection), isLive);
        }
    }

    /// <summary>The script that draws charts, or why there is none; neither when there is nothing to draw.</summary>
    private static async Task<(string? Script, string? Problem)> PlotlyAsync(
        IReadOnlyList<Notebook> notebooks, bool isLive, CancellationToken cancellationToken)
    {
        if (!isLive && !notebooks.Any(NotebookPage.HasCharts))
            return (null, null);
        try
        {
            return (await PlotlyScript.ReadAsync(notebooks, cancellationToken), null);
        }
        catch (UserError error)
        {
            return (null, error.Message);   // said where a chart would stand: the rest of the site needs no plotly.js
        }
    }

    private static Page Notes(string file, SiteLinks links, SitePictures pictures, Untrusted? untrusted)
    {
        if (!pictures.IsInside(file))
            throw new UserError($"{file}: expected the notes in the course's folder, found a link to a place outside of it. The site would publish what lies there.");
        var text = TextFile.Read(file);
        if (!MarkdownConverter.CanParse(text))
            throw new UserError($"{file}: expected markdown that can be shown, found lists or quotations nested too deeply.");
        var markdown = new MarkdownConverter(address => links.Redirect(address, Path.GetDirectoryName(file)!), untrusted);
        var body = $"<section class=\"text\">\n{NotesText.WithLinks(markdown.ToHtml(text))}</section>";
        var title = markdown.Headings is [var first, ..] ? WebUtility.HtmlDecode(first.Html) : "Notes";
        return new Page(new("my_note.html", title), body, markdown.Headings);
    }

    /// <summary>The first paragraph of a page, without its links and marks.</summary>
    private static string About(Page page) => Tag().Replace(FirstParagraph().Match(page.Body).Groups["html"].Value, "");

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex("<p>(?<html>.*?)</p>", RegexOptions.Singleline)]
    private static partial Regex FirstParagraph();

    /// <summary>Names that a notebook cannot have: these pages have them already.</summary>
    public static IReadOnlyList<string> OwnPages { get; } = ["index", "my_note", "pad", "explorer", "walkthrough"];

    /// <summary>What would be a pity to find out after the notebooks ran. Returns the full path of the site's folder.</summary>
    /// <exception cref="UserError">The folder holds what nb did not write, or two pages would have one name.</exception>
    public static string Check(string root, IEnumerable<string> notebooks, string folder)
    {
        folder = SiteFolder.Find(folder);
        SiteFolder.RefuseForeign(folder);
        var taken = OwnPages.ToDictionary(name => name, _ => "a page of the site itself", StringComparer.OrdinalIgnoreCase);
        if (File.Exists(Path.Join(root, "bench", "how-fast-is-it.ipynb")))
            taken["how-fast-is-it"] = "the page of bench/how-fast-is-it.ipynb";
        foreach (var notebook in notebooks)
        {
            var name = Path.GetFileNameWithoutExtension(notebook);
            if (!taken.TryAdd(name, $"the page of {Path.GetFileName(notebook)}"))
                throw new UserError($"{notebook}: expected a name that no other page of the site has, found {name}.html, which is {taken[name]}. Rename the notebook.");
        }
        return folder;
    }
}
