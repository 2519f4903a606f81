using System.Text.Json.Nodes;

namespace Nb.Notebooks;

/// <summary>Makes and reads the outputs of a code cell in the form of nbformat 4.5.</summary>
public static class Outputs
{
    public static JsonObject Stream(string name, string text) =>
        new() { ["name"] = name, ["output_type"] = "stream", ["text"] = Lines.Split(text) };

    public static JsonObject Display(JsonObject data) =>
        new() { ["data"] = data, ["metadata"] = new JsonObject(), ["output_type"] = "display_data" };

    public static JsonObject Result(JsonObject data, int executionCount) => new()
    {
        ["data"] = data,
        ["execution_count"] = executionCount,
        ["metadata"] = new JsonObject(),
        ["output_type"] = "execute_result",
    };

    public static JsonObject Error(string name, string message, IEnumerable<string> traceback) => new()
    {
        ["ename"] = name,
        ["evalue"] = message,
        ["output_type"] = "error",
        ["traceback"] = new JsonArray([.. traceback.Select(line => (JsonNode)line)]),
    };

    /// <summary>The kind of an output: stream, display_data, execute_result or error.</summary>
    public static string KindOf(JsonNode output) => (string?)output["output_type"] ?? "";

    /// <summary>The forms of a display_data or execute_result output; null for other kinds.</summary>
    public static JsonObject? DataOf(JsonNode output) => output["data"] as JsonObject;
}
