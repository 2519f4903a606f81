using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Nb.Notebooks;
using Nb.Values;

namespace Nb.Site;

/// <summary>The cells of a notebook as HTML.</summary>
public static class NotebookPage
{
    /// <summary>Whether a notebook has a chart that needs plotly.js.</summary>
    public static bool HasCharts(Notebook notebook) => notebook.Cells.Any(cell => cell.IsCode
        && cell.Outputs.Any(output => output is not null && Outputs.DataOf(output)?.ContainsKey(MimeBundle.Plotly) == true));

    /// <param name="head">HTML that stands below the title.</param>
    /// <param name="store">Takes a picture as a file of the site; gives its address.</param>
    public static string Body(Notebook notebook, MarkdownConverter markdown, string head, Func<byte[], string> store)
    {
        var html = new StringBuilder();
        var number = 0;
        if (notebook.Cells is not [{ IsMarkdown: true }, ..])
            html.Append(head);
        foreach (var cell in notebook.Cells)
        {
            if (cell.IsMarkdown)
                html.Append($"<section class=\"text\">\n{markdown.ToHtml(cell.Source)}</section>\n");
            else if (cell.IsCode)
                AppendCode(html, cell, ++number, markdown, store);
            if (cell == notebook.Cells[0] && cell.IsMarkdown)
                html.Append(head);
        }
        return html.ToString();
    }

    private static void AppendCode(
        StringBuilder html, Cell cell, int number, MarkdownConverter markdown, Func<byte[], string> store)
    {
        var isParameters = cell.Tags.Contains("parameters");
        html.Append($"<section class=\"cell{(isParameters ? " parameters" : "")}\" id=\"cell-{number}\" data-cell=\"{WebUtility.HtmlEncode(cell.Id)}\">\n");
        html.Append($"<div class=\"count\" aria-hidden=\"true\">{number}</div>");
        html.Append($"<pre class=\"source\" tabindex=\"0\"><code>{CodeColours.ToHtml(cell.Source)}</code></pre>\n");
        foreach (var output in cell.Outputs.OfType<JsonObject>())
            html.Append($"<div class=\"output\">{Output(output, markdown, store)}</div>\n");
        html.Append("</section>\n");
    }

    private static string Output(JsonObject output, MarkdownConverter markdown, Func<byte[], string> store) =>
        Outputs.KindOf(output) switch
        {
            "stream" => $"<pre class=\"{((string?)output["name"] == "stderr" ? "stderr" : "stdout")}\">{Encode(output["text"])}</pre>",
            "error" => $"<pre class=\"error\">{string.Join('\n', (output["traceback"] as JsonArray ?? []).Select(Encode))}</pre>",
            _ => Outputs.DataOf(output) is { } data ? Value(data, markdown, store) : "",
        };

    /// <summary>The richest form of a value.</summary>
    private static string Value(JsonObject data, MarkdownConverter markdown, Func<byte[], string> store)
    {
        if (data[MimeBundle.Plotly] is { } figure)
            return Chart(figure, data, store);
        if (data[MimeBundle.Html] is { } html)
            return $"<div class=\"html\">{Lines.Join(html)}</div>";
        if (data[MimeBundle.Markdown] is { } text)
            return markdown.ToHtml(Lines.Join(text));
        if (data["image/svg+xml"] is { } drawing)
            return $"<div class=\"html\">{Lines.Join(drawing)}</div>";
        return data.ContainsKey(MimeBundle.Png)
            ? Picture(data, WebUtility.HtmlEncode(PlainText(data, "picture")), store)
            : $"<pre>{Encode(data[MimeBundle.Plain])}</pre>";
    }

    /// <summary>The figure for site.js, and its picture for readers without scripts.</summary>
    private static string Chart(JsonNode figure, JsonObject data, Func<byte[], string> store)
    {
        var title = figure["layout"]?["title"] is JsonObject words ? (string?)words["text"] : null;
        var description = WebUtility.HtmlEncode(PlainText(data, title ?? "chart"));
        // Inside a script element only "</" could end it early.
        var json = figure.ToJsonString().Replace("</", "<\\/", StringComparison.Ordinal);
        var still = data.ContainsKey(MimeBundle.Png) ? $"<noscript>{Picture(data, description, store)}</noscript>" : "";
        return $"<div class=\"chart\" role=\"img\" aria-label=\"{description}\"></div>"
            + $"<script type=\"application/json\">{json}</script>{still}";
    }

    private static string Picture(JsonObject data, string description, Func<byte[], string> store)
    {
        var address = store(Convert.FromBase64String(Lines.Join(data[MimeBundle.Png])));
        return $"<img src=\"{address}\" alt=\"{description}\" loading=\"lazy\">";
    }

    private static string PlainText(JsonObject data, string otherwise) =>
        Lines.Join(data[MimeBundle.Plain]) is { Length: > 0 } text ? text : otherwise;

    private static string Encode(JsonNode? text) => WebUtility.HtmlEncode(Lines.Join(text));
}
