using System.Reflection;
using System.Text.Json.Nodes;
using Nb.Session;

namespace Nb.Kernel;

/// <summary>Answers what clients ask besides running cells.</summary>
internal sealed class Answers(CellSession session, History history, Action<Message> send)
{
    /// <summary>The content of the reply; null when none is to be sent.</summary>
    public async Task<JsonObject?> ToAsync(Message request)
    {
        switch (request.Type)
        {
            case "kernel_info_request":
                return KernelInfo();
            case "history_request":
                return new() { ["status"] = "ok", ["history"] = history.Find(request.Content) };
            case "comm_info_request":
                return new() { ["status"] = "ok", ["comms"] = new JsonObject() };
            case "comm_open":
                // There are no widgets here; the client is told at once, so that it does not wait.
                send(request.Publish("comm_close", new() { ["comm_id"] = request.Content["comm_id"]?.DeepClone(), ["data"] = new JsonObject() }));
                return null;
            default:
                await Task.CompletedTask; _ = session;
                return null;   // what is not known is not answered: the protocol's rule
        }
    }

    private static JsonObject KernelInfo() => new()
    {
        ["status"] = "ok",
        ["protocol_version"] = Message.ProtocolVersion,
        ["implementation"] = "nb",
        ["implementation_version"] = typeof(Answers).Assembly.GetName().Version!.ToString(3),
        ["banner"] = $"C# in notebooks, on .NET {Environment.Version}",
        ["debugger"] = false,
        ["help_links"] = new JsonArray(new JsonObject
        {
            ["text"] = "C#", ["url"] = "https://learn.microsoft.com/dotnet/csharp/",
        }),
        ["language_info"] = new JsonObject
        {
            ["name"] = "C#",
            ["version"] = "13.0",
            ["mimetype"] = "text/x-csharp",
            ["file_extension"] = ".cs",
            ["pygments_lexer"] = "csharp",
        },
    };
}
