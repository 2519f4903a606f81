using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nb.Values;

namespace Nb.Notebooks;

/// <summary>Whether a notebook's fields have the types that nbformat 4 gives them, asked once where it is read, so that
/// nobody has to ask again where a field is used. What nbformat leaves open, and fields unknown here, may be anything.</summary>
internal static class NotebookChecks
{
    private static readonly string[] s_outputKinds = ["stream", "display_data", "execute_result", "error"];

    /// <summary>Throws <see cref="UserError"/> with the file, the cell and the field for the first that is wrong.</summary>
    public static void Check(JsonObject root, string path)
    {
        if (root["nbformat"] is null)
            throw new UserError($"{path}: expected an object with the key \"nbformat\", found JSON without it. Is it a notebook?");
        if (!IsInteger(root["nbformat"]) || root["nbformat"]!.ToJsonString() != "4")
        {
            throw new UserError($"{path}: expected nbformat 4, found nbformat {UserError.Short(root["nbformat"]!.ToJsonString())}. "
                + "Open it in Jupyter or VS Code and save it again.");
        }
        var notebook = new Place($"{path}: ", "Open it in Jupyter or VS Code and save it again.");
        if (root["cells"] is not JsonArray cells)
            throw notebook.Wrong("a list \"cells\"", root["cells"] is null ? "none" : "something else");
        notebook.Object(root, "metadata");
        for (var i = 0; i < cells.Count; i++)
            Cell(cells[i], new Place($"{path}, cell {i + 1} of the list: ", "Mend or remove that cell."));
    }

    private static void Cell(JsonNode? node, Place place)
    {
        if (node is not JsonObject cell || Lines.TextOf(cell["cell_type"]) is not ("code" or "markdown" or "raw") || !Lines.IsText(cell["source"]))
        {
            throw place.Wrong("a \"cell_type\" (code, markdown or raw) and a \"source\" (text, or a list of lines)",
                node is JsonObject found ? $"\"cell_type\" {Found(found["cell_type"])} and \"source\" {Found(found["source"])}" : Found(node));
        }
        place.Object(cell, "metadata");
        if (cell["metadata"]?["tags"] is { } tags && !(tags is JsonArray list && list.All(tag => Lines.TextOf(tag) is not null)))
            throw place.Wrong("\"metadata\".\"tags\" to be a list of texts", Found(tags));
        place.Text(cell, "id");
        if (Lines.TextOf(cell["cell_type"]) != "code")
            return;
        place.Count(cell);
        if (!cell.ContainsKey("outputs"))
            return;
        if (cell["outputs"] is not JsonArray outputs)
            throw place.Wrong("\"outputs\" to be a list", Found(cell["outputs"]));
        for (var i = 0; i < outputs.Count; i++)
            Output(outputs[i], place.In($"output {i + 1}"));
    }

    private static void Output(JsonNode? node, Place place)
    {
        if (node is not JsonObject output)
            throw place.Wrong("an object", Found(node));
        var kind = Lines.TextOf(output["output_type"]);
        if (!s_outputKinds.Contains(kind))
            throw place.Wrong($"\"output_type\" to be one of {string.Join(", ", s_outputKinds)}", Found(output["output_type"]));
        place.Object(output, "metadata");
        if (kind == "stream")
        {
            place.Text(output, "name");
            if (!Lines.IsText(output["text"]))
                throw place.Wrong("\"text\" to be text, or a list of lines", Found(output["text"]));
        }
        else if (kind == "error")
        {
            place.Text(output, "ename");
            place.Text(output, "evalue");
            if (output.ContainsKey("traceback") && !(output["traceback"] is JsonArray lines && lines.All(line => Lines.TextOf(line) is not null)))
                throw place.Wrong("\"traceback\" to be a list of lines", Found(output["traceback"]));
        }
        else
        {
            place.Count(output);
            if (output["data"] is not JsonObject data)
                throw place.Wrong("\"data\" to be an object", Found(output["data"]));
            if (FigureIn(data[MimeBundle.Plotly]) is { } figure)
                data[MimeBundle.Plotly] = figure;
            foreach (var (mimeType, value) in data)
            {
                if (Problem(mimeType, value) is var (expected, found))
                    throw place.Wrong(expected, found);
            }
        }
    }

    /// <summary>The figure in a text, as .NET Interactive stores it; null for anything else.</summary>
    private static JsonObject? FigureIn(JsonNode? value)
    {
        if (value is JsonObject || !Lines.IsText(value))
            return null;
        try
        {
            return JsonNode.Parse(Lines.Join(value)) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What is wrong with one form of a value, or null. JSON may be anything, a chart is an object, a picture is
    /// base64, the rest is text.</summary>
    public static (string Expected, string Found)? Problem(string mimeType, JsonNode? value)
    {
        var name = $"\"{UserError.Short(mimeType)}\"";
        if (mimeType == MimeBundle.Plotly && value is not JsonObject)
            return ($"{name} to be a figure, an object", Found(value));
        if (MimeBundle.IsJson(mimeType))
            return null;
        if (!Lines.IsText(value))
            return ($"{name} to be text, or a list of lines", Found(value));
        return mimeType.StartsWith("image/", StringComparison.Ordinal) && mimeType != MimeBundle.Svg && !Base64.IsValid(Lines.Join(value))
            ? ($"{name} to be a picture in base64", $"{Lines.Join(value).Length} characters that are damaged or cut off")
            : null;
    }

    private static bool IsInteger(JsonNode? node) => node?.GetValueKind() == JsonValueKind.Number
        && int.TryParse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    private static string Found(JsonNode? node) => node switch
    {
        null => "nothing (null)",
        JsonObject => "an object",
        JsonArray => "a list with something else in it",
        _ when node.GetValueKind() == JsonValueKind.String => $"\"{UserError.Short(Lines.TextOf(node)!)}\"",
        _ => UserError.Short(node.ToJsonString()),
    };

    /// <summary>Where in the file a check looks.</summary>
    /// <param name="where">What the message begins with.</param>
    /// <param name="advice">What it ends with.</param>
    private readonly struct Place(string where, string advice)
    {
        public Place In(string part) => new($"{where[..^2]}, {part}: ", "Mend the field, or take the file back with `git checkout`.");

        public UserError Wrong(string expected, string found) => new($"{where}expected {expected}, found {found}. {advice}");

        public void Object(JsonObject node, string key)
        {
            if (node.ContainsKey(key) && node[key] is not JsonObject)
                throw Wrong($"\"{key}\" to be an object", node[key] is JsonArray ? "a list" : Found(node[key]));
        }

        public void Text(JsonObject node, string key)
        {
            if (node.ContainsKey(key) && Lines.TextOf(node[key]) is null)
                throw Wrong($"\"{key}\" to be text", Found(node[key]));
        }

        public void Count(JsonObject node)
        {
            if (node["execution_count"] is { } count && !IsInteger(count))
                throw Wrong("\"execution_count\" to be a whole number or null", Found(count));
        }
    }
}
