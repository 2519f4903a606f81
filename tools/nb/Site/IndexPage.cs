using System.Net;
using System.Text;

namespace Nb.Site;

/// <summary>The first page of the site: the path through the course, and what lies beside it.</summary>
public static class IndexPage
{
    /// <param name="path">The notebooks in their order.</param>
    /// <param name="beside">The other pages, each with a sentence about it.</param>
    public static string Body(
        IEnumerable<(PageLink Page, NotebookSummary Summary)> path, IReadOnlyList<(PageLink Page, string About)> beside)
    {
        var markdown = new MarkdownConverter(address => address);
        var body = new StringBuilder("""
            <section class="text intro">
            <h1>A neural network from scratch</h1>
            <p>Notebooks that build a digit recogniser from nothing but arithmetic, in C#. These pages show them as they ran;
            open the notebooks themselves to change a number and run again.</p>
            </section>
            <ol class="path">

            """);
        foreach (var (page, summary) in path)
        {
            body.Append($"<li><h2><a href=\"{page.Address}\">{WebUtility.HtmlEncode(summary.Title)}</a></h2>");
            if (summary.Time.Length > 0)
                body.Append($"<small>{WebUtility.HtmlEncode(summary.Time)}</small>");
            if (summary.Summary.Length > 0)
                body.Append($"<p>{WebUtility.HtmlEncode(summary.Summary)}</p>");
            if (summary.Objectives.Count > 0)
            {
                body.Append("<details><summary>You will be able to</summary>\n")
                    .Append(markdown.ToHtml(string.Join('\n', summary.Objectives.Select(objective => $"- {objective}"))))
                    .Append("</details>");
            }
            body.Append("</li>\n");
        }
        body.Append("</ol>\n");
        if (beside.Count > 0)
        {
            body.Append("<h2 class=\"more\">Beside the notebooks</h2>\n<ul class=\"path small\">\n");
            foreach (var (page, about) in beside)
                body.Append($"<li><h3><a href=\"{page.Address}\">{WebUtility.HtmlEncode(page.Title)}</a></h3><p>{about}</p></li>\n");
            body.Append("</ul>\n");
        }
        return body.ToString();
    }
}
