using System.Net;
using System.Text;
using Nb.Notebooks;
using Nb.Pictures;
using Nb.Site.Pages;

namespace Nb.Site;

/// <summary>Makes a site of notebooks with outputs and of the notes beside them. It needs no server and no network.</summary>
public static class SiteBuilder
{
    private const string Notes = "my_note.md";

    /// <summary>Builds the site and puts it in the place of the one before. Returns the path of its first page.</summary>
    /// <param name="root">The course's folder: README.md and my_note.md are taken from it.</param>
    /// <param name="folder">Where the site goes; it is replaced, and must be empty or a site.</param>
    public static async Task<string> BuildAsync(
        string root, IReadOnlyList<Notebook> notebooks, string folder, CancellationToken cancellationToken)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        RefuseForeign(folder);
        var pages = notebooks.ToDictionary(
            n => n.Path, n => Path.GetFileNameWithoutExtension(n.Path) + ".html");
        var notes = Path.Join(root, Notes);
        var course = new List<PageLink> { new("index.html", "Course") };
        if (File.Exists(notes))
        {
            pages[notes] = "my_note.html";
            course.Add(new("my_note.html", "Notes"));
        }
        pages[Path.Join(root, "README.md")] = "index.html";
        var links = new SiteLinks(pages, folder);

        var files = new Dictionary<string, byte[]>();
        var summaries = notebooks.Select(NotebookSummary.Of).ToList();
        var path = notebooks.Select((n, i) => new PageLink(pages[n.Path], summaries[i].Title)).ToList();
        for (var i = 0; i < notebooks.Count; i++)
        {
            var notebook = notebooks[i];
            var markdown = new MarkdownConverter(address => links.Redirect(address, notebook.Folder));
            var pictures = 0;
            var body = NotebookPage.Body(notebook, markdown, picture =>
            {
                var name = $"pictures/{Path.GetFileNameWithoutExtension(notebook.Path)}-{++pictures}.png";
                files[name] = picture;
                return name;
            });
            Add(path[i].Address, PageTemplate.Page(path[i].Title, body, markdown.Headings, course,
                NotebookPage.HasCharts(notebook), path.ElementAtOrDefault(i - 1), path.ElementAtOrDefault(i + 1)));
        }
        if (File.Exists(notes))
        {
            var markdown = new MarkdownConverter(address => links.Redirect(address, root));
            var body = $"<section class=\"text\">\n{markdown.ToHtml(await File.ReadAllTextAsync(notes, cancellationToken))}</section>";
            Add("my_note.html", PageTemplate.Page(
                markdown.Headings is [var first, ..] ? WebUtility.HtmlDecode(first.Html) : "Notes", body,
                markdown.Headings, course));
        }
        foreach (var page in InteractivePages.Of(root))
            Add(page.Address, PageTemplate.Page(page.Title, page.Body, [], course));
        Add("index.html", Index(path, summaries, course));
        if (notebooks.Any(NotebookPage.HasCharts))
            Add("assets/plotly.min.js", await PlotlyScript.ReadAsync(notebooks, cancellationToken));
        Write(folder, files, links.Pictures);
        return Path.Join(folder, "index.html");

        void Add(string name, string text) => files[name] = Encoding.UTF8.GetBytes(text);
    }

    private static string Index(List<PageLink> path, List<NotebookSummary> summaries, List<PageLink> course)
    {
        var body = new StringBuilder("<section class=\"text\">\n<h1>A neural network from scratch</h1>\n"
            + "<p>Notebooks that build a digit recogniser from nothing but arithmetic, in C#. These pages show them as "
            + "they ran; open the notebooks themselves to change a number and run again.</p>\n</section>\n<ol class=\"path\">\n");
        foreach (var (page, summary) in path.Zip(summaries))
        {
            body.Append($"<li><a href=\"{page.Address}\"><strong>{WebUtility.HtmlEncode(summary.Title)}</strong>");
            if (summary.Summary.Length > 0)
                body.Append($"<span>{WebUtility.HtmlEncode(summary.Summary)}</span>");
            if (summary.Time.Length > 0)
                body.Append($"<small>{WebUtility.HtmlEncode(summary.Time)}</small>");
            body.Append("</a></li>\n");
        }
        body.Append("</ol>\n");
        if (course.Count > 1)
            body.Append("<p><a href=\"my_note.html\">The notes: all the mathematics, with numbered equations</a></p>\n");
        return PageTemplate.Page("A neural network from scratch", body.ToString(), [], course, next: path.FirstOrDefault());
    }

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
        string folder, Dictionary<string, byte[]> files, IReadOnlyDictionary<string, string> pictures)
    {
        var (beside, old) = ($"{folder}.{Environment.ProcessId}.part", $"{folder}.{Environment.ProcessId}.old");
        try
        {
            var assets = Path.Join(AppContext.BaseDirectory, "Site", "assets");
            foreach (var asset in Directory.GetFiles(assets, "*", SearchOption.AllDirectories))
                Copy(asset, Path.Join(beside, "assets", Path.GetRelativePath(assets, asset)));
            foreach (var (from, to) in pictures)
                Copy(from, Path.Join(beside, to));
            Directory.CreateDirectory(Path.Join(beside, "pictures"));
            foreach (var (name, content) in files)
                File.WriteAllBytes(Path.Join(beside, name), content);
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

        static void Copy(string from, string to)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(from, to);
        }
    }
}
