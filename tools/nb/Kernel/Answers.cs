using System.Text.Json.Nodes;
using Nb.Assistance;
using Nb.Session;

namespace Nb.Kernel;

/// <summary>Answers what clients ask besides running cells.</summary>
internal sealed class Answers(CellSession session, History history, Action<Message> send)
{
    private readonly CodeAssistant _assistant = new(ReferencePack.Assemblies);
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Asks for a completion and an explanation of no consequence: the first of each takes seconds, and editors give
    /// up after two.</summary>
    public Task WarmAsync() => Task.Run(async () =>
    {
        await AssistAsync(assistant => assistant.CompleteAsync(session.Code, "Console.", 8, CancellationToken.None));
        await AssistAsync(assistant => assistant.InspectAsync(session.Code, "Console.WriteLine(", 18, detailed: false, CancellationToken.None));
    });

    /// <summary>The content of the reply; null when none is to be sent.</summary>
    public async Task<JsonObject?> ToAsync(Message request)
    {
        switch (request.Type)
        {
            case "kernel_info_request":
                return KernelInfo();
            case "is_complete_request":
                return IsComplete(request.Content);
            case "complete_request":
                return await CompleteAsync(request.Content);
            case "inspect_request":
                return await InspectAsync(request.Content);
            case "history_request":
                return new() { ["status"] = "ok", ["history"] = history.Find(request.Content) };
            case "comm_info_request":
                return new() { ["status"] = "ok", ["comms"] = new JsonObject() };
            case "comm_open":
                // There are no widgets here; the client is told at once, so that it does not wait.
                send(request.Publish("comm_close", new() { ["comm_id"] = request.Content["comm_id"]?.DeepClone(), ["data"] = new JsonObject() }));
                return null;
            default:
                return null;   // what is not known is not answered: the protocol's rule
        }
    }

    private static JsonObject IsComplete(JsonObject request)
    {
        var (status, indent) = CodeAssistant.IsComplete(request.Required<string>("code"));
        var reply = new JsonObject { ["status"] = status.ToString().ToLowerInvariant() };
        if (status == Completeness.Incomplete)
            reply["indent"] = indent;
        return reply;
    }

    private async Task<JsonObject> CompleteAsync(JsonObject request)
    {
        var (code, position) = Cursor(request);
        var found = await AssistAsync(assistant => assistant.CompleteAsync(session.Code, code, position, CancellationToken.None));
        var (start, end) = (Fields.FromUtf16(code, found.Start), Fields.FromUtf16(code, found.End));
        return new()
        {
            ["status"] = "ok",
            ["matches"] = new JsonArray([.. found.Items.Select(item => (JsonNode)item.Text)]),
            ["cursor_start"] = start,
            ["cursor_end"] = end,
            ["metadata"] = new JsonObject
            {
                // Not in the protocol, but known to every client: what kind of thing each match is.
                ["_jupyter_types_experimental"] = new JsonArray([.. found.Items.Select(item => (JsonNode)new JsonObject
                {
                    ["text"] = item.Text, ["type"] = item.Kind, ["start"] = start, ["end"] = end,
                })]),
            },
        };
    }

    private async Task<JsonObject> InspectAsync(JsonObject request)
    {
        var (code, position) = Cursor(request);
        var isDetailed = request["detail_level"].As<int?>() is > 0;
        var text = await AssistAsync(assistant => assistant.InspectAsync(session.Code, code, position, isDetailed, CancellationToken.None));
        return new()
        {
            ["status"] = "ok",
            ["found"] = text is not null,
            ["data"] = text is null ? [] : new JsonObject { ["text/plain"] = text },
            ["metadata"] = new JsonObject(),
        };
    }

    private async Task<T> AssistAsync<T>(Func<CodeAssistant, Task<T>> ask)
    {
        await _turn.WaitAsync();
        try
        {
            return await ask(_assistant);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static (string Code, int Position) Cursor(JsonObject request)
    {
        var code = request.Required<string>("code");
        return (code, Fields.ToUtf16(code, request["cursor_pos"].As<int?>() ?? int.MaxValue));
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
            ["version"] = Dialect.LanguageVersion,
            ["mimetype"] = "text/x-csharp",
            ["file_extension"] = ".cs",
            ["pygments_lexer"] = "csharp",
        },
    };
}
