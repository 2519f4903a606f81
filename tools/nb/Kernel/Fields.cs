using System.Text;
using System.Text.Json.Nodes;

namespace Nb.Kernel;

/// <summary>Reads fields of requests, which come from programs of others.</summary>
internal static class Fields
{
    /// <summary>The value of a field if it is there and of this type, else null.</summary>
    public static T? As<T>(this JsonNode? node) => node is JsonValue value && value.TryGetValue(out T? read) ? read : default;

    /// <summary>A field that a request must have. Throws <see cref="UserError"/> when it has not.</summary>
    public static T Required<T>(this JsonObject content, string field) =>
        content[field] is JsonValue value && value.TryGetValue(out T? read) ? read
        : throw new UserError($"The request expected a field `{field}` that is a {typeof(T).Name}, found "
            + $"{content[field]?.ToJsonString() ?? "none"}.");

    /// <summary>Jupyter counts a cursor in characters as people count them; .NET in halves of some.</summary>
    public static int ToUtf16(string text, int position)
    {
        var index = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (position-- <= 0)
                break;
            index += rune.Utf16SequenceLength;
        }
        return index;
    }

    /// <summary>The other way round.</summary>
    public static int FromUtf16(string text, int index) =>
        text[..Math.Clamp(index, 0, text.Length)].EnumerateRunes().Count();
}
