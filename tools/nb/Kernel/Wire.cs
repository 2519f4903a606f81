using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nb.Kernel;

/// <summary>The form that messages have on the sockets: identities, a delimiter, a signature, four pieces of JSON.</summary>
/// <param name="key">Signs with HMAC-SHA256; empty when client and kernel agreed not to sign.</param>
public sealed class Wire(string key)
{
    private static readonly byte[] s_delimiter = "<IDS|MSG>"u8.ToArray();

    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);

    public List<byte[]> ToFrames(Message message)
    {
        byte[][] parts = [Bytes(message.Header), Bytes(message.Parent), Bytes(message.Metadata), Bytes(message.Content)];
        IEnumerable<byte[]> identities = message.Channel == Message.IoPub
            ? [Encoding.UTF8.GetBytes(message.Type)]   // the topic; clients take all
            : message.Identities.Select(Convert.FromBase64String);
        return [.. identities, s_delimiter, Encoding.ASCII.GetBytes(Sign(parts)), .. parts];
    }

    /// <summary>False when the frames are no message, or none of somebody who has the key: such are dropped. One that can
    /// be told whose it is, but not read, has a <see cref="Message.Problem"/>.</summary>
    public bool TryRead(string channel, IReadOnlyList<byte[]> frames, [NotNullWhen(true)] out Message? message)
    {
        message = null;
        var start = frames.ToList().FindIndex(frame => frame.AsSpan().SequenceEqual(s_delimiter));
        if (start < 0 || frames.Count < start + 6)
            return false;
        byte[][] parts = [.. frames.Skip(start + 2).Take(4)];
        if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign(parts)), frames[start + 1]))
            return false;
        if (Parse(parts[0]) is not { } header)
            return false;
        var rest = parts[1..].Select(Parse).ToList();
        var read = new Message(channel, [.. frames.Take(start).Select(Convert.ToBase64String)], header, rest[0] ?? [], rest[1] ?? [], rest[2] ?? [])
        {
            Problem = rest.Contains(null) ? "The request could not be read, and nothing was run.\nExpected JSON objects of whole characters; found "
                + "something else,\nsuch as half of a character that consists of two (\\ud83d without \\ude00)." : null,
        };
        try
        {
            _ = (read.Id.Length, read.Type.Length);
        }
        catch (Exception error) when (error is InvalidOperationException or NullReferenceException)
        {
            return false;
        }
        message = read;
        return true;
    }

    /// <summary>Null when it is no object, or one that cannot be written again.</summary>
    private static JsonObject? Parse(byte[] part)
    {
        try
        {
            // A name that stands twice would show when it is first asked for, wherever that is.
            var node = JsonNode.Parse(part, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject;
            _ = node?.ToJsonString(Message.Json);   // broken text shows when it is used
            return node;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private string Sign(byte[][] parts)
    {
        if (_key.Length == 0)
            return "";
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        foreach (var part in parts)
            hmac.AppendData(part);
        return Convert.ToHexStringLower(hmac.GetHashAndReset());
    }

    private static byte[] Bytes(JsonObject json) => JsonSerializer.SerializeToUtf8Bytes(json, Message.Json);
}
