using System.IO.Enumeration;
using System.Text.Json.Nodes;

namespace Nb.Kernel;

/// <summary>The cells that this kernel has run, for clients that let their readers step through them.</summary>
internal sealed class History
{
    private readonly List<(int Number, string Input, string? Output)> _cells = [];

    public void Add(int number, string input, string? output) => _cells.Add((number, input, output));

    /// <summary>The answer to a history_request: the last n, a range of numbers, or those that match a pattern.</summary>
    public JsonArray Find(JsonObject request)
    {
        var count = request["n"].As<int?>() ?? int.MaxValue;
        IEnumerable<(int Number, string Input, string? Output)> found = request["hist_access_type"].As<string>() switch
        {
            "tail" => _cells.TakeLast(count),
            // Only this session is kept; 0 stands for it, and -1 would be the one before.
            "range" when (request["session"].As<int?>() ?? 0) is 0 or 1 => _cells.Where(c =>
                c.Number >= (request["start"].As<int?>() ?? 1) && c.Number < (request["stop"].As<int?>() ?? int.MaxValue)),
            "search" => Search(request, count),
            _ => [],
        };
        var withOutput = request["output"].As<bool?>() ?? false;
        return [.. found.Select(c => (JsonNode)new JsonArray(
            1, c.Number, withOutput ? new JsonArray(c.Input, c.Output) : JsonValue.Create(c.Input)))];
    }

    private IEnumerable<(int Number, string Input, string? Output)> Search(JsonObject request, int count)
    {
        var pattern = request["pattern"].As<string>() ?? "*";
        var found = _cells.Where(c => FileSystemName.MatchesSimpleExpression(pattern, c.Input, ignoreCase: false));
        if (request["unique"].As<bool?>() ?? false)
            found = found.Reverse().DistinctBy(c => c.Input).Reverse();
        return found.TakeLast(count);
    }
}
