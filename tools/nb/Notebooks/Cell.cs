using System.Text.Json.Nodes;

namespace Nb.Notebooks;

/// <summary>One cell of a notebook: a view of its JSON, so that fields unknown here stay as they are.</summary>
public sealed class Cell(JsonObject node)
{
    /// <summary>The cell's own JSON.</summary>
    public JsonObject Node { get; } = node;

    public string Id => (string?)Node["id"] ?? "";

    public bool IsCode => (string?)Node["cell_type"] == "code";

    public bool IsMarkdown => (string?)Node["cell_type"] == "markdown";

    /// <summary>The text of the cell with `\n` at the line ends, whether the file holds a string or a list.</summary>
    public string Source
    {
        get => Lines.Join(Node["source"]).ReplaceLineEndings("\n");
        set => Node["source"] = Lines.Split(value);
    }

    public IReadOnlyList<string> Tags =>
        Node["metadata"]?["tags"] is JsonArray tags ? [.. tags.Select(tag => (string)tag!)] : [];

    /// <summary>The outputs of a code cell, as nbformat writes them.</summary>
    public JsonArray Outputs
    {
        get => Node["outputs"] as JsonArray ?? [];
        set => Node["outputs"] = value;
    }

    /// <summary>The number in brackets beside the cell; null when the cell was not run.</summary>
    public int? ExecutionCount
    {
        get => Node["execution_count"] is JsonValue value && value.TryGetValue(out int count) ? count : null;
        set => Node["execution_count"] = value;
    }
}
