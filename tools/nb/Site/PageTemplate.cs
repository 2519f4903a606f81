using System.Net;
using System.Text;

namespace Nb.Site;

/// <summary>A page to which another leads.</summary>
public sealed record PageLink(string Address, string Title);

/// <summary>The frame that all pages share.</summary>
public static class PageTemplate
{
    /// <summary>Marks what nb wrote, so that it never replaces a folder of something else.</summary>
    public const string Mark = "<meta name=\"generator\" content=\"nb\">";

    /// <param name="body">The HTML of the page itself.</param>
    /// <param name="headings">What the contents list.</param>
    /// <param name="course">Links of every page: the index and the notes.</param>
    /// <param name="hasCharts">Whether the page needs plotly.js.</param>
    public static string Page(
        string title, string body, IReadOnlyList<Heading> headings, IReadOnlyList<PageLink> course,
        bool hasCharts = false, PageLink? previous = null, PageLink? next = null)
    {
        var steps = previous is null && next is null ? "" : Step(previous, "←", "") + Step(next, "", "→");
        var contents = Contents(headings);
        return $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            {Mark}
            <title>{WebUtility.HtmlEncode(title)}</title>
            <link rel="icon" href="data:,">
            <link rel="stylesheet" href="assets/katex/katex.min.css">
            <link rel="stylesheet" href="assets/site.css">
            <script defer src="assets/katex/katex.min.js"></script>
            {(hasCharts ? "<script defer src=\"assets/plotly.min.js\"></script>\n" : "")}<script defer src="assets/site.js"></script>
            </head>
            <body>
            <a class="skip" href="#main">Skip to the text</a>
            <header class="top"><nav aria-label="Course"><span>{string.Join(" · ", course.Select(p => Link(p.Address, p.Title)))}</span>{steps}</nav></header>
            <div class="columns">
            {contents}<main id="main">
            {body}
            {(steps.Length > 0 ? $"<nav class=\"steps\" aria-label=\"Previous and next\">{steps}</nav>" : "")}
            </main>
            </div>
            </body>
            </html>

            """;
    }

    private static string Link(string address, string text) => $"<a href=\"{address}\">{WebUtility.HtmlEncode(text)}</a>";

    private static string Step(PageLink? page, string before, string after) =>
        page is null ? "<span></span>" : Link(page.Address, $"{before} {page.Title} {after}".Trim());

    /// <summary>The headings below the title; nothing when there are too few to need a list.</summary>
    private static string Contents(IReadOnlyList<Heading> headings)
    {
        var shown = headings.Where(heading => heading.Level is 2 or 3).ToList();
        if (shown.Count < 2)
            return "";
        var list = new StringBuilder("<nav class=\"contents\" aria-label=\"Contents\"><details open><summary>Contents</summary><ul>\n");
        foreach (var heading in shown)
            list.Append($"<li class=\"level{heading.Level}\"><a href=\"#{heading.Id}\">{heading.Html}</a></li>\n");
        return list.Append("</ul></details></nav>\n").ToString();
    }
}
