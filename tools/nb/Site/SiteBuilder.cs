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
    public static async Task<string> BuildAsync(
        string root, IReadOnlyList<Notebook> notebooks, string folder, CancellationToken cancellationToken, string? engine = null)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        RefuseForeign(folder);
        if (engine is not null && !File.Exists(Path.Join(engine, LivePage.Manifest)))
            throw new UserError($"{engine}: expected the engine of the live cells with its {LivePage.Manifest}, found none. Build it with `nb serve`.");
        var enums = LivePage.Enums(root);
        var (notesFile, speedFile) = (Path.Join(root, "my_note.md"), Path.Join(root, "bench", "how-fast-is-it.ipynb"));
        List<Notebook> shown = [.. notebooks, .. File.Exists(speedFile) ? [Notebook.Load(speedFile)] : Array.Empty<Notebook>()];
        var addresses = shown.ToDictionary(n => n.Path, n => Path.GetFileNameWithoutExtension(n.Path) + ".html");
        if (File.Exists(notesFile))
            addresses[notesFile] = "my_note.html";
        addresses[Path.Join(root, "README.md")] = "index.html";
        var links = new SiteLinks(addresses, folder, root, Environment.GetEnvironmentVariable("NB_SOURCES") is { Length: > 0 } web ? web : null);
        var files = new Dictionary<string, byte[]>();

        var notes = File.Exists(notesFile) ? await NotesAsync(notesFile, links, cancellationToken) : null;
        var summaries = shown.Select(NotebookSummary.Of).ToList();
        var ofNotebooks = shown.Zip(summaries, (notebook, summary) => NotebookAsPage(notebook, summary)).ToList();
        var path = ofNotebooks.Take(notebooks.Count).ToList();
        var interactive = InteractivePages.Of(root).Select(page => new Page(new(page.Address, page.Title), page.Body, [])).ToList();
        List<Page> others = [.. notes is null ? Array.Empty<Page>() : [notes], .. interactive, .. ofNotebooks.Skip(notebooks.Count)];
        const string animation = ".github/readme/training.svg";
        var index = new Page(new("index.html", Title), IndexPage.Body(
            [.. path.Zip(summaries)], [.. others.Select(page => (page.Link, About(page)))],
            File.Exists(Path.Join(root, animation)) ? links.Redirect(animation, root) : null, links.Redirect("setup.md", root), engine is not null), []);

        List<PageLink> top =
        [
            new("index.html", "Course"),
            .. notes is null ? Array.Empty<PageLink>() : [new(notes.Link.Address, "Notes")],
            .. interactive.Select(page => page.Link),
        ];
        List<Page> all = [index, .. path, .. others];
        for (var i = 0; i < all.Count; i++)
            Add(all[i].Link.Address, PageTemplate.Html(all[i], top, all.ElementAtOrDefault(i - 1)?.Link, all.ElementAtOrDefault(i + 1)?.Link));
        Add("assets/search-index.js", SearchIndex.Script(all.Skip(1)));
        if (all.Any(page => page.HasCharts || page.IsLive))
            Add("assets/plotly.min.js", await PlotlyScript.ReadAsync(shown, cancellationToken));
        Write(folder, files, links.Pictures, engine);
        return Path.Join(folder, "index.html");

        void Add(string name, string text) => files[name] = Encoding.UTF8.GetBytes(text);

        Page NotebookAsPage(Notebook notebook, NotebookSummary summary)
        {
            var markdown = new MarkdownConverter(address => links.Redirect(address, notebook.Folder));
            var pictures = 0;
            var isOfCourse = notebooks.Contains(notebook);
            var isLive = isOfCourse && engine is not null;
            if (isLive)
                Add(LivePage.CopyOf(notebook.Path), notebook.ToText());
            var body = NotebookPage.Body(notebook, markdown, isOfCourse ? LivePage.Head(notebook, enums, isLive) : "", picture =>
            {
                var name = $"pictures/{Path.GetFileNameWithoutExtension(notebook.Path)}-{++pictures}.png";
                files[name] = picture;
                return name;
            });
            return new Page(new(addresses[notebook.Path], summary.Title), body, markdown.Headings, NotebookPage.HasCharts(notebook),
                notes is null ? "" : NotesBeside.Of(notes.Body, summary.NotesSection), isLive);
        }
    }

    private static async Task<Page> NotesAsync(string file, SiteLinks links, CancellationToken cancellationToken)
    {
        var markdown = new MarkdownConverter(address => links.Redirect(address, Path.GetDirectoryName(file)!));
        var body = $"<section class=\"text\">\n{markdown.ToHtml(await File.ReadAllTextAsync(file, cancellationToken))}</section>";
        var title = markdown.Headings is [var first, ..] ? WebUtility.HtmlDecode(first.Html) : "Notes";
        return new Page(new("my_note.html", title), body, markdown.Headings);
    }

    /// <summary>The first paragraph of a page, without its links and marks.</summary>
    private static string About(Page page) => Tag().Replace(FirstParagraph().Match(page.Body).Groups["html"].Value, "");

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex("<p>(?<html>.*?)</p>", RegexOptions.Singleline)]
    private static partial Regex FirstParagraph();

    /// <summary>Throws <see cref="UserError"/> when the folder holds what nb did not make: a new site would take its place.</summary>
    public static void RefuseForeign(string folder)
    {
        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any())
            return;
        var index = Path.Join(folder, "index.html");
        if (!File.Exists(index) || !File.ReadAllText(index).Contains(PageTemplate.Mark, StringComparison.Ordinal))
        {
            throw new UserError($"{folder}: expected an empty folder or a site that nb made, found other files. Choose "
                + "another folder: what is in it would be lost.");
        }
    }

    /// <summary>Writes beside, then swaps, so that the site is whole or as it was.</summary>
    private static void Write(
        string folder, Dictionary<string, byte[]> files, IReadOnlyDictionary<string, string> pictures, string? engine)
    {
        var (beside, old) = ($"{folder}.{Environment.ProcessId}.part", $"{folder}.{Environment.ProcessId}.old");
        try
        {
            var assets = Path.Join(AppContext.BaseDirectory, "Site", "assets");
            CopyAll(assets, Path.Join(beside, "assets"));
            if (engine is not null)
                CopyAll(engine, Path.Join(beside, LivePage.Folder));
            foreach (var (from, to) in pictures)
                Copy(from, Path.Join(beside, to));
            Directory.CreateDirectory(Path.Join(beside, "pictures"));
            foreach (var (name, content) in files)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(beside, name))!);
                File.WriteAllBytes(Path.Join(beside, name), content);
            }
            if (Directory.Exists(folder))
                Directory.Move(folder, old);
            try
            {
                Directory.Move(beside, folder);
            }
            catch when (Directory.Exists(old))
            {
                Directory.Move(old, folder);
                throw;
            }
        }
        finally
        {
            foreach (var left in new[] { beside, old }.Where(Directory.Exists))
                Directory.Delete(left, recursive: true);
        }

        static void CopyAll(string from, string to)
        {
            foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
                Copy(file, Path.Join(to, Path.GetRelativePath(from, file)));
        }

        static void Copy(string from, string to)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(from, to);
        }
    }
}
