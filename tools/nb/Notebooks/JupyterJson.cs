using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nb.Notebooks;

/// <summary>Writes JSON exactly as VS Code does when it saves a notebook: indented by one space, nothing escaped that
/// need not be, keys sorted, numbers as JavaScript writes them. So a save there shows nothing as a difference that is
/// none. Jupyter writes the same but for very small numbers.</summary>
public static class JupyterJson
{
    // JavaScript lists names that are whole numbers first, and those by their size.
    private static readonly Comparer<string> s_order = Comparer<string>.Create((a, b) => (Index(a), Index(b)) switch
    {
        ({ } i, { } j) => i.CompareTo(j),
        ({ }, null) => -1,
        (null, { }) => 1,
        _ => string.CompareOrdinal(a, b),
    });

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
                AppendItems(text, '{', map.OrderBy(p => p.Key, s_order), '}', depth, property =>
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
            case JsonValue value when value.GetValueKind() == JsonValueKind.Number:
                text.Append(Number(value.ToJsonString()));
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

    private static uint? Index(string key) =>
        uint.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < uint.MaxValue
            && (key.Length == 1 || key[0] != '0') ? index : null;

    /// <summary>The same number in JavaScript's words: 0.00001 for 1E-05, 1 for 1.0. What its numbers cannot hold, such as
    /// a whole number of twenty digits, stays as it was written.</summary>
    private static string Number(string written)
    {
        if (written.All(c => char.IsAsciiDigit(c) || c == '-'))
            return written == "-0" ? "0" : written;
        var value = double.Parse(written, CultureInfo.InvariantCulture);
        if (!double.IsFinite(value))
            return written;
        if (value == 0)
            return "0";
        // .NET finds the same digits, the fewest that tell the number from its neighbours; only the form differs.
        var (mantissa, power) = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E') is [var m, var e]
            ? (m, int.Parse(e, CultureInfo.InvariantCulture)) : (Math.Abs(value).ToString("R", CultureInfo.InvariantCulture), 0);
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var all = mantissa.Replace(".", "", StringComparison.Ordinal);
        var digits = all.TrimStart('0');
        // The number is 0.digits times ten to this.
        var place = (point < 0 ? all.Length : point) - (all.Length - digits.Length) + power;
        digits = digits.TrimEnd('0');
        var text = place switch
        {
            > 21 or <= -6 => $"{digits[0]}{(digits.Length > 1 ? "." : "")}{digits[1..]}e{(place > 0 ? "+" : "")}{place - 1}",
            <= 0 => "0." + new string('0', -place) + digits,
            _ when digits.Length <= place => digits.PadRight(place, '0'),
            _ => $"{digits[..place]}.{digits[place..]}",
        };
        return value < 0 ? "-" + text : text;
    }
}
