using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nb.Assistance;
using Nb.Session;
using Nb.Values;

namespace Nb.Engine;

/// <summary>The messages from the worker to the page, as JSON.</summary>
internal static class Messages
{
    // In characters; the charts of the course have less than a tenth. To read a larger one takes this interpreter too long.
    private const int LongestFigure = 1_000_000;

    public static string Make(string type, Action<Utf8JsonWriter> content)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
            content(writer);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>The forms of a value as nbformat has them. A chart goes without the HTML that would draw it: the page
    /// draws it itself.</summary>
    public static void Data(Utf8JsonWriter writer, MimeBundle value)
    {
        writer.WriteStartObject("data");
        foreach (var (mimeType, text) in value)
        {
            if (mimeType == MimeBundle.Html && value.ContainsKey(MimeBundle.Plotly))
                continue;
            writer.WritePropertyName(mimeType);
            if (MimeBundle.IsJson(mimeType))
                writer.WriteRawValue(text, skipInputValidation: true);   // a formatter made it; megabytes take long to check here
            else
                writer.WriteStringValue(text.ReplaceLineEndings("\n"));
        }
        writer.WriteEndObject();
        writer.WriteStartObject("metadata");
        writer.WriteEndObject();
    }

    /// <summary>What is not for the notebook file: the name of a place that later values take, and a chart in words.</summary>
    public static void Transient(Utf8JsonWriter writer, MimeBundle value, string? displayId = null)
    {
        writer.WriteStartObject("transient");
        if (displayId is not null)
            writer.WriteString("display_id", displayId);
        if (value.TryGetValue(MimeBundle.Plotly, out var figure) && figure.Length < LongestFigure)
            writer.WriteString("words", ChartWords.Of(JsonNode.Parse(figure), value.GetValueOrDefault(MimeBundle.Plain)));
        writer.WriteEndObject();
    }

    public static string Completions(int request, Completions found) => Make("completions", writer =>
    {
        writer.WriteNumber("request", request);
        writer.WriteNumber("start", found.Start);
        writer.WriteNumber("end", found.End);
        writer.WriteStartArray("items");
        foreach (var item in found.Items)
        {
            writer.WriteStartObject();
            writer.WriteString("text", item.Text);
            writer.WriteString("kind", item.Kind);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    });

    public static string Signatures(int request, string? text) => Make("signatures", writer =>
    {
        writer.WriteNumber("request", request);
        writer.WriteString("text", text);
    });
}
