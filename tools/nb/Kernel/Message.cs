using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nb.Kernel;

/// <summary>A message of the Jupyter protocol.</summary>
/// <param name="Channel">shell, control, stdin or iopub.</param>
/// <param name="Identities">Whom it comes from or goes to, each in base64; on iopub the topic.</param>
public sealed record Message(
    string Channel, IReadOnlyList<string> Identities, JsonObject Header, JsonObject Parent, JsonObject Metadata,
    JsonObject Content)
{
    public const string Shell = "shell";
    public const string Control = "control";
    public const string Stdin = "stdin";
    public const string IoPub = "iopub";

    /// <summary>The version of the protocol that is spoken.</summary>
    public const string ProtocolVersion = "5.4";

    /// <summary>How JSON is written between the processes and to clients.</summary>
    public static JsonSerializerOptions Json { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string s_session = Guid.NewGuid().ToString();

    /// <summary>Why it cannot be read, if it cannot; its parts are empty then.</summary>
    public string? Problem { get; init; }

    public string Type => (string)Header["msg_type"]!;

    public string Id => (string)Header["msg_id"]!;

    /// <summary>Whether it says that all that a request brings has been sent.</summary>
    public bool IsIdle => Type == "status" && (string?)Content["execution_state"] == "idle";

    /// <summary>The id of the message that this one belongs to; null when there is none.</summary>
    public string? ParentId => (string?)Parent["msg_id"];

    /// <summary>A message on <paramref name="channel"/> that belongs to this one.</summary>
    public Message Answer(string channel, string type, JsonObject content, JsonObject? metadata = null) =>
        New(channel, Identities, type, (JsonObject)Header.DeepClone(), content, metadata);

    /// <summary>The answer that a request asks for.</summary>
    public Message Reply(JsonObject content) =>
        Answer(Channel, Type.Replace("_request", "_reply", StringComparison.Ordinal), content);

    /// <summary>A message on iopub that belongs to this one.</summary>
    public Message Publish(string type, JsonObject content, JsonObject? metadata = null) =>
        Answer(IoPub, type, content, metadata);

    /// <summary>Whether the kernel works: busy, idle or starting.</summary>
    public Message PublishStatus(string state) => Publish("status", new() { ["execution_state"] = state });

    /// <summary>A message on iopub that belongs to no other.</summary>
    public static Message NewStatus(string state) =>
        New(IoPub, [], "status", [], new() { ["execution_state"] = state }, null);

    /// <summary>One line of JSON, for the way between the two processes of a kernel.</summary>
    public string ToLine() =>
        $"{{\"channel\":\"{Channel}\",\"identities\":{JsonSerializer.Serialize(Identities)},\"header\":{Text(Header)},"
        + $"\"parent_header\":{Text(Parent)},\"metadata\":{Text(Metadata)},\"content\":{Text(Content)}}}";

    /// <summary>Reads what <see cref="ToLine"/> has written.</summary>
    public static Message FromLine(string line)
    {
        var node = JsonNode.Parse(line)!.AsObject();
        return new Message(
            (string)node["channel"]!, [.. node["identities"]!.AsArray().Select(id => (string)id!)],
            Take("header"), Take("parent_header"), Take("metadata"), Take("content"));

        JsonObject Take(string part)
        {
            var value = node[part]!.AsObject();
            node.Remove(part);
            return value;
        }
    }

    private static string Text(JsonObject part) => part.ToJsonString(Json);

    private static Message New(
        string channel, IReadOnlyList<string> identities, string type, JsonObject parent, JsonObject content,
        JsonObject? metadata) => new(
            channel, identities,
            new JsonObject
            {
                ["msg_id"] = Guid.NewGuid().ToString(),
                ["session"] = s_session,
                ["username"] = "kernel",
                ["date"] = DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture),
                ["msg_type"] = type,
                ["version"] = ProtocolVersion,
            },
            parent, metadata ?? [], content);
}
