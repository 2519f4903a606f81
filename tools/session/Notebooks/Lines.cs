using System.Text;
using System.Text.Json.Nodes;

namespace Nb.Notebooks;

/// <summary>Multi-line text as nbformat keeps it: a list of lines, each with its line end.</summary>
public static class Lines
{
    /// <summary>A list of lines that keep their `\n`; the last line has none unless the text ends with one.</summary>
    public static JsonArray Split(string text)
    {
        var lines = new JsonArray();
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end + 1;
            lines.Add((JsonNode)text[start..end]);
            start = end;
        }
        return lines;
    }

    /// <summary>The text of a string or of a list of strings; empty for anything else.</summary>
    public static string Join(JsonNode? node)
    {
        if (node is not JsonArray lines)
            return TextOf(node) ?? "";
        var all = new StringBuilder();
        foreach (var line in lines)
            all.Append(TextOf(line));
        return all.ToString();
    }

    /// <summary>Whether <see cref="Join"/> keeps all there is: a string, or a list of nothing but strings.</summary>
    public static bool IsText(JsonNode? node) =>
        node is JsonArray lines ? lines.All(line => TextOf(line) is not null) : TextOf(node) is not null;

    /// <summary>The text of a string; null for anything else.</summary>
    public static string? TextOf(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The text with the sign � (U+FFFD) for each half of a character without its other half: what a cell puts
    /// out is stored in UTF-8, which has no form for it.</summary>
    public static string Whole(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
