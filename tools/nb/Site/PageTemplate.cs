using System.Net;
using System.Text;

namespace Nb.Site;

/// <summary>A page to which another leads.</summary>
public sealed record PageLink(string Address, string Title);

/// <summary>What one page shows.</summary>
/// <param name="Link">Where it is, and its title.</param>
/// <param name="Body">Its HTML.</param>
/// <param name="Headings">What its contents list.</param>
/// <param name="HasCharts">Whether it needs plotly.js.</param>
/// <param name="Beside">The HTML of what stands beside it on a wide screen; empty for nothing.</param>
/// <param name="IsLive">Whether its cells can be run in the browser.</param>
public sealed record Page(
    PageLink Link, string Body, IReadOnlyList<Heading> Headings, bool HasCharts = false, string Beside = "", bool IsLive = false);

/// <summary>The frame that all pages share.</summary>
public static class PageTemplate
{
    /// <summary>Marks what nb wrote, so that it never replaces a folder of something else.</summary>
    public const string Mark = "<meta name=\"generator\" content=\"nb\">";

    /// <param name="page">What stands in the frame.</param>
    /// <param name="top">Links of every page.</param>
    /// <param name="previous">The page before it on the path through the course.</param>
    /// <param name="next">The page after it.</param>
    public static string Html(Page page, IReadOnlyList<PageLink> top, PageLink? previous, PageLink? next) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        {ContentSecurity.Meta}
        <meta name="viewport" content="width=device-width, initial-scale=1">
        {Mark}
        <title>{WebUtility.HtmlEncode(page.Link.Title)}</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="assets/katex/katex.min.css">
        <link rel="stylesheet" href="assets/site.css">
        <script src="assets/theme.js"></script>
        <script defer src="assets/katex/katex.min.js"></script>
        {(page.HasCharts ? "<script defer src=\"assets/plotly.min.js\"></script>\n<script defer src=\"assets/charts.js\"></script>\n" : "")}<script defer src="assets/site.js"></script>
        <script defer src="assets/search.js"></script>
        {(page.IsLive ? LivePage.Scripts : "")}</head>
        <body{(page.IsLive ? $" data-live=\"{LivePage.Folder}/\"" : "")}>
        <a class="skip" href="#main">Skip to the text</a>
        <header class="top"><div>
        <nav aria-label="Course">{string.Concat(top.Select(link => TopLink(link, page.Link)))}</nav>
        <form class="search" role="search"><input id="query" type="search" aria-label="Search the notebooks and notes" aria-keyshortcuts="/" placeholder="Search ( / )" autocomplete="off" spellcheck="false">
        <div id="found" hidden><p role="status"></p><ol></ol></div></form>
        <button id="theme" type="button" aria-label="Dark colours" aria-pressed="false"></button>
        </div></header>
        <div class="columns">
        {Contents(page.Headings)}<main id="main" tabindex="-1">
        {(page.Body.Contains("class=\"formula", StringComparison.Ordinal) ? "<noscript><p class=\"live-hint\">Scripts are off here: formulas are shown as LaTeX, charts as pictures.</p></noscript>\n" : "")}{page.Body}
        <nav class="steps" aria-label="Previous and next">{Step(previous, "←", "")}{Step(next, "", "→")}</nav>
        </main>
        {page.Beside}</div>
        </body>
        </html>

        """;

    private static string TopLink(PageLink link, PageLink here) =>
        $"<a href=\"{link.Address}\"{(link.Address == here.Address ? " aria-current=\"page\"" : "")}>{WebUtility.HtmlEncode(link.Title)}</a>";

    private static string Step(PageLink? page, string before, string after) => page is null
        ? "<span></span>"
        : $"<a href=\"{page.Address}\">{WebUtility.HtmlEncode($"{before} {page.Title} {after}".Trim())}</a>";

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
