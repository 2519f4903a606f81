using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nb.Notebooks;
using Nb.Session;
using Nb.Values;

namespace Nb.Site;

/// <summary>What the cells of a page are made with.</summary>
/// <param name="Markdown">Converts the text.</param>
/// <param name="Store">Takes a picture as a file of the site, with the ending of its name; gives its address.</param>
/// <param name="NoCharts">Why charts cannot be drawn; null when they can.</param>
/// <param name="Untrusted">Takes what could run out of HTML; null where the notebooks are trusted.</param>
/// <param name="Linked">Makes the equations that the HTML of a text cites links to the notes.</param>
public sealed record PageMeans(MarkdownConverter Markdown, Func<string, byte[], string> Store, string? NoCharts, Untrusted? Untrusted, Func<string, string> Linked);

/// <summary>The cells of a notebook as HTML.</summary>
public static partial class NotebookPage
{
    /// <summary>Whether a notebook has a chart that needs plotly.js.</summary>
    public static bool HasCharts(Notebook notebook) => notebook.Cells.Any(cell => cell.IsCode
        && cell.Outputs.Any(output => output is not null && Outputs.DataOf(output)?.ContainsKey(MimeBundle.Plotly) == true));

    /// <param name="head">HTML that stands below the title.</param>
    public static string Body(Notebook notebook, PageMeans means, string head, CancellationToken cancellationToken)
    {
        var answers = ExerciseAnswers.Stored(notebook);
        var html = new StringBuilder();
        var (number, codeNumber) = (0, 0);
        if (notebook.Cells is not [{ IsMarkdown: true }, ..])
            html.Append(head);
        Doing.Now = $"making the page of {notebook.Path}";
        var isInSetup = false;
        foreach (var cell in notebook.Cells)
        {
            if (isInSetup != IsSetup(cell))
            {
                html.Append(isInSetup ? "</details>\n" : "<details class=\"setup\"><summary>Set-up: packages and imports</summary>\n");
                isInSetup = !isInSetup;
            }
            number++;
            cancellationToken.ThrowIfCancellationRequested();
            var ofCell = new StringBuilder();
            try
            {
                if (cell.IsMarkdown)
                    ofCell.Append($"<section class=\"text\">\n{WithOutputs(means.Linked(means.Markdown.ToHtml(cell.Source)), cell.Source, answers, means)}</section>\n");
                else if (cell.IsCode)
                    AppendCode(ofCell, cell, ++codeNumber, means);
            }
            catch (Exception error) when (error is not (OutOfMemoryException or OperationCanceledException))
            {
                // One cell costs no page: what cannot be shown is said where it would stand.
                ofCell.Clear().Append($"<section class=\"cell\"><pre class=\"error\">Cell {number} of the notebook cannot be shown here: "
                    + $"{WebUtility.HtmlEncode(UserError.Short(error.Message))}</pre>\n<pre>{WebUtility.HtmlEncode(cell.Source)}</pre></section>\n");
            }
            html.Append(ofCell);
            if (cell == notebook.Cells[0] && cell.IsMarkdown)
                html.Append(head);
        }
        return html.Append(isInSetup ? "</details>\n" : "").ToString();
    }

    /// <summary>The text with what is stored for the code of its answers, each below its block.</summary>
    private static string WithOutputs(string html, string markdown, IReadOnlyDictionary<string, JsonArray> answers, PageMeans means)
    {
        if (!ExerciseAnswers.In(markdown).Any(answers.ContainsKey))
            return html;
        // The blocks of the page are those of the text, in its order.
        var sources = new Queue<string>(MarkdownConverter.CodeOf(markdown));
        return Block().Replace(html, block => sources.TryDequeue(out var source) && answers.TryGetValue(source, out var outputs)
            ? block.Value + string.Concat(outputs.OfType<JsonObject>().Select(output => $"\n<div class=\"output\">{Output(output, means)}</div>"))
            : block.Value);
    }

    [GeneratedRegex("<pre class=\"csharp\">.*?</pre>", RegexOptions.Singleline)]
    private static partial Regex Block();

    /// <summary>Whether a cell only asks for packages and imports scripts, and has nothing to show.</summary>
    private static bool IsSetup(Cell cell)
    {
        try
        {
            return cell.IsCode && cell.Outputs.Count == 0 && cell.Source.Length > 0
                && Dialect.Parse(cell.Source, "").All(step => step is ImportStep or PackageStep);
        }
        catch (UserError)
        {
            return false;
        }
    }

    private static void AppendCode(StringBuilder html, Cell cell, int number, PageMeans means)
    {
        var isParameters = cell.Tags.Contains("parameters");
        html.Append($"<section class=\"cell{(isParameters ? " parameters" : "")}\" id=\"cell-{number}\" data-cell=\"{WebUtility.HtmlEncode(cell.Id)}\">\n");
        html.Append($"<div class=\"count\" aria-hidden=\"true\">{number}</div>");
        html.Append($"<pre class=\"source\" tabindex=\"0\"><code>{CodeColours.ToHtml(cell.Source)}</code></pre>\n");
        foreach (var output in cell.Outputs.OfType<JsonObject>())
            html.Append($"<div class=\"output\">{Output(output, means)}</div>\n");
        html.Append("</section>\n");
    }

    private static string Output(JsonObject output, PageMeans means) =>
        Outputs.KindOf(output) switch
        {
            "stream" => Text((string?)output["name"] == "stderr" ? "stderr" : "stdout", output["text"]),
            "error" => $"<pre class=\"error\">{string.Join('\n', (output["traceback"] as JsonArray ?? []).Select(Encode))}</pre>",
            _ => Outputs.DataOf(output) is { } data ? Value(data, (output["metadata"] as JsonObject)?[MimeBundle.Svg], means) : "",
        };

    /// <summary>The richest form of a value.</summary>
    /// <param name="drawn">The SVG of which a picture was made for editors, see <see cref="Pictures.Stills"/>.</param>
    private static string Value(JsonObject data, JsonNode? drawn, PageMeans means)
    {
        if (data[MimeBundle.Plotly] is { } figure)
            return Chart(figure, data, means);
        if (data[MimeBundle.Html] is { } html)
            return $"<div class=\"html\">{means.Untrusted?.Clean(Lines.Join(html)) ?? Lines.Join(html)}</div>";
        if (data[MimeBundle.Markdown] is { } text)
            return means.Markdown.ToHtml(Lines.Join(text));
        if ((data[MimeBundle.Svg] ?? drawn) is { } drawing)
        {
            // A drawing in a file of its own runs no scripts.
            return means.Untrusted is null ? $"<div class=\"html\">{Lines.Join(drawing)}</div>"
                : $"<img src=\"{means.Store(".svg", Encoding.UTF8.GetBytes(Lines.Join(drawing)))}\" alt=\"{WebUtility.HtmlEncode(PlainText(data, "drawing"))}\">";
        }
        return data.ContainsKey(MimeBundle.Png)
            ? Picture(data, WebUtility.HtmlEncode(PlainText(data, "picture")), means, SitePictures.IsNarrow)
            : Text("", data[MimeBundle.Plain]);
    }

    /// <summary>Text, whose long lines go on in the next; but not where its words stand in columns.</summary>
    private static string Text(string name, JsonNode? text)
    {
        var names = Aligned().IsMatch(Lines.Join(text)) ? $"{name} aligned".Trim() : name;
        return $"<pre{(names.Length > 0 ? $" class=\"{names}\"" : "")}>{Encode(text)}</pre>";
    }

    /// <summary>The figure for site.js, and its picture for readers without scripts.</summary>
    private static string Chart(JsonNode figure, JsonObject data, PageMeans means)
    {
        var description = WebUtility.HtmlEncode(ChartWords.Of(figure, PlainText(data, "") is { Length: > 0 } title ? title : null));
        if (means.NoCharts is not null)
        {
            return data.ContainsKey(MimeBundle.Png) ? Picture(data, description, means)
                : $"<p class=\"soft\">A chart ({description}) cannot be drawn here. {WebUtility.HtmlEncode(means.NoCharts)}</p>";
        }
        // Inside a script element only "</" could end it early.
        var json = figure.ToJsonString().Replace("</", "<\\/", StringComparison.Ordinal);
        var still = data.ContainsKey(MimeBundle.Png) ? $"<noscript>{Picture(data, description, means)}</noscript>" : "";
        return $"<div class=\"chart\" role=\"img\" aria-label=\"{description}\"></div>"
            + $"<script type=\"application/json\">{json}</script>{still}";
    }

    private static string Picture(JsonObject data, string description, PageMeans means, Func<byte[], bool>? shrinks = null)
    {
        var picture = Convert.FromBase64String(Lines.Join(data[MimeBundle.Png]));
        if (SitePictures.KindOf(picture) is null)
            return "<p class=\"soft\">A picture stood here; what the notebook file has of it is no PNG.</p>";
        var address = means.Store(".png", picture);
        return $"<img{(shrinks?.Invoke(picture) == true ? " class=\"shrinks\"" : "")} src=\"{address}\" alt=\"{description}\" loading=\"lazy\">";
    }

    private static string PlainText(JsonObject data, string otherwise) =>
        Lines.Join(data[MimeBundle.Plain]) is { Length: > 0 } text ? text : otherwise;

    // A line that is moved in, or has more than one space between two words.
    [GeneratedRegex(@"^ +\S|\S {2,}\S", RegexOptions.Multiline)]
    private static partial Regex Aligned();

    private static string Encode(JsonNode? text) => WebUtility.HtmlEncode(Lines.Join(text));
}
