using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nb.Notebooks;

/// <summary>Writes JSON exactly as Jupyter does: indented by one space, nothing escaped that need not be, keys in
/// the order they have, numbers as they were written. System.Text.Json's own writer would escape emoji and others,
/// and every save in Jupyter would then show up as a difference.</summary>
public static class JupyterJson
{
    /// <summary>The text of <paramref name="node"/>, without a trailing newline.</summary>
    public static string Write(JsonNode? node)
    {
        var text = new StringBuilder();
        Append(text, node, 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, JsonNode? node, int depth)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } map:
                AppendItems(text, '{', map, '}', depth, property =>
                {
                    AppendString(text, property.Key);
                    text.Append(": ");
                    Append(text, property.Value, depth + 1);
                });
                break;
            case JsonArray { Count: > 0 } list:
                AppendItems(text, '[', list, ']', depth, item => Append(text, item, depth + 1));
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                AppendString(text, value.GetValue<string>());
                break;
            default:
                text.Append(node?.ToJsonString() ?? "null");
                break;
        }
    }

    private static void AppendItems<T>(
        StringBuilder text, char open, IEnumerable<T> items, char close, int depth, Action<T> append)
    {
        text.Append(open);
        var separator = "";
        foreach (var item in items)
        {
            text.Append(separator).Append('\n').Append(' ', depth + 1);
            append(item);
            separator = ",";
        }
        text.Append('\n').Append(' ', depth).Append(close);
    }

    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            // Two halves of a character are appended as they are. Half a one has no UTF-8 form, and stays an escape.
            if (char.IsSurrogate(c))
            {
                if (char.IsSurrogatePair(value, i))
                    text.Append(c).Append(value[++i]);
                else
                    text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                continue;
            }
            text.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                < ' ' => "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture),
                _ => null,
            });
            if (c >= ' ' && c is not ('"' or '\\'))
                text.Append(c);
        }
        text.Append('"');
    }
}
