using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Nb.Site;

/// <summary>The first page of the site: the path through the course, and what lies beside it.</summary>
public static partial class IndexPage
{
    /// <param name="path">The notebooks in their order.</param>
    /// <param name="beside">The other pages, each with a sentence about it.</param>
    /// <param name="animation">The address of a training run that moves; null when there is none.</param>
    /// <param name="figure">The address of a figure of the notes by its name; null when there is none.</param>
    /// <param name="setup">The address of the page on how to open the notebooks.</param>
    /// <param name="isLive">Whether the cells of the notebooks run in the browser.</param>
    public static string Body(
        IReadOnlyList<(Page Page, NotebookSummary Summary)> path, IReadOnlyList<(PageLink Page, string About)> beside,
        string? animation, Func<string, string?> figure, string setup, bool isLive, Untrusted? untrusted = null)
    {
        var markdown = new MarkdownConverter(address => address, untrusted);
        var body = new StringBuilder("""
            <section class="text intro">
            <h1>A neural network from scratch</h1>
            <p>From a picture of a handwritten digit to a program that reads it, with nothing but arithmetic, in C#.
            The formulas are derived, become lines of code, and what comes out is drawn.</p>
            <p class="doors">
            """);
        if (path.Count > 0)
            body.Append($"<a href=\"{path[0].Page.Link.Address}\">{(isLive ? "Run it in your browser" : "Start the course")}</a>");
        foreach (var (page, _) in beside.Where(other => other.Page.Address is "pad.html" or "explorer.html"))
            body.Append($" <a href=\"{page.Address}\">{(page.Address == "pad.html" ? "Draw a digit" : "Explore training")}</a>");
        body.Append("</p>\n</section>\n");
        if (animation is not null)
        {
            body.Append($"<figure class=\"moving\"><a href=\"{animation}\"><img src=\"{animation}\" alt=\"A training run that moves: the curves of loss and accuracy grow, "
                + "and the guesses under sixteen digits change; at the end fourteen are right\">"
                + "</a><figcaption>A small network learns to read. Notebooks show this while they train; here a real run is played again.</figcaption></figure>\n");
        }
        body.Append($"""
            <section class="text"><h2>The path</h2>
            <p>One notebook after the other. {(isLive
                ? $"Press Run on a cell, change a number, and run it again, here in the browser; <a href=\"{setup}\">setup</a> has the other ways to open them."
                : $"These pages show them as they ran; <a href=\"{setup}\">open the notebooks themselves</a> to change a number and run again.")}</p></section>
            <ol class="path">

            """);
        foreach (var (page, summary) in path)
        {
            body.Append($"<li>{Cover(page, figure)}<h3><a href=\"{page.Link.Address}\">{WebUtility.HtmlEncode(summary.Title)}</a></h3>");
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

    // The figure that says what a notebook is about, and the part of it that can be seen when it is small: left, top, width, height.
    // The part has the proportions of its figure: else a browser shows what lies beside it, too, and cuts that somewhere.
    private static readonly Dictionary<string, (string Figure, string Part)> s_covers = new()
    {
        ["01-the-digits.html"] = ("column", "0,50,514,265"),
        ["02-neurons-and-activation-functions.html"] = ("neuron", "0,0,600,310"),
        ["03-the-forward-pass.html"] = ("layers", "0,0,640,450"),
        ["04-the-loss.html"] = ("losses", "0,0,640,390"),
        ["05-backpropagation.html"] = ("paths", "0,0,640,550"),
        ["06-training.html"] = ("bowl", "0,0,640,430"),
        ["07-hyperparameters.html"] = ("stopping", "0,0,640,430"),
        ["08-measuring.html"] = ("reliability", "0,0,640,490"),
        ["09-better-training.html"] = ("bend", "0,0,640,280"),
        ["10-using-the-network.html"] = ("drawing", "0,0,640,300"),
    };

    /// <summary>The figure that stands for a notebook, or the picture in its middle; empty when it has none.</summary>
    private static string Cover(Page page, Func<string, string?> figure)
    {
        // It tells nothing that the words beside it do not: the notes have it whole, and with a description.
        if (s_covers.TryGetValue(page.Link.Address, out var cover) && figure(cover.Figure) is { } address)
            return $"<img src=\"{address}#svgView(viewBox({cover.Part}))\" alt=\"\">";
        var pictures = Picture().Matches(page.Body);
        return pictures.Count > 0 ? pictures[pictures.Count / 2].Value : "";
    }

    [GeneratedRegex("<img src=\"pictures/[^>]*>")]
    private static partial Regex Picture();
}
