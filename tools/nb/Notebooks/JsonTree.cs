using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nb.Notebooks;

/// <summary>Reads JSON as a tree. JsonNode.Parse cannot keep a string with half a character (\ud83d without its partner),
/// which is legal JSON and is what JavaScript writes; here it is a string like any other.</summary>
public static class JsonTree
{
    /// <summary>How many objects and lists may lie in one another.</summary>
    public const int DeepestNesting = 500;

    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 2 * DeepestNesting };

    /// <summary>The value that the text stands for.</summary>
    /// <exception cref="JsonException">It is no JSON, is nested too deeply, or has a key twice. The message says which.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, s_options);
        reader.Read();
        var value = Value(ref reader, depth: 0);
        reader.Read();   // throws when something follows
        return value;
    }

    /// <summary>What a text holds that should be JSON; the text itself, which is JSON, too, where it holds none.</summary>
    public static JsonNode? ParseOrText(string text)
    {
        try
        {
            return Parse(Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private static JsonNode? Value(ref Utf8JsonReader reader, int depth)
    {
        if (depth > DeepestNesting)
            throw new JsonException($"more than {DeepestNesting} objects and lists in one another");
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var map = new JsonObject();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var key = Text(ref reader);
                    reader.Read();
                    if (!map.TryAdd(key, Value(ref reader, depth + 1)))
                        throw new JsonException($"the key \"{UserError.Short(key)}\" twice in one object");
                }
                return map;
            case JsonTokenType.StartArray:
                var list = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    list.Add(Value(ref reader, depth + 1));
                return list;
            case JsonTokenType.String:
                return JsonValue.Create(Text(ref reader));
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.True or JsonTokenType.False:
                return JsonValue.Create(reader.GetBoolean());
            default:
                return JsonValue.Create(JsonElement.ParseValue(ref reader));   // a number, which keeps its digits
        }
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return reader.GetString()!;
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Unescape(Encoding.UTF8.GetString(reader.ValueSpan));
        }
    }

    /// <summary>The reader has checked the escapes: only whole ones are met here.</summary>
    private static string Unescape(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                plain.Append(text[i]);
                continue;
            }
            i++;
            plain.Append(text[i] switch
            {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'b' => '\b',
                'f' => '\f',
                'u' => (char)ushort.Parse(text.AsSpan(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                var other => other,
            });
            if (text[i] == 'u')
                i += 4;
        }
        return plain.ToString();
    }
}
