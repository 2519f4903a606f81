using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nb.Notebooks;

/// <summary>A notebook of format 4: its JSON and a view of its cells.</summary>
public sealed class Notebook
{
    // Half of a character that consists of two, which a cell may put out, becomes the sign for that: � (U+FFFD).
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private Notebook(string path, JsonObject root, IReadOnlyList<Cell> cells) =>
        (Path, Root, Cells) = (path, root, cells);

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    public JsonObject Root { get; }

    public IReadOnlyList<Cell> Cells { get; }

    /// <summary>The folder of the file: where its cells run.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>Reads a notebook. Throws <see cref="UserError"/> when the file is missing or is no notebook.</summary>
    public static Notebook Load(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new UserError("Expected the path of a notebook, found an empty one.");
        path = System.IO.Path.GetFullPath(path);
        if (!File.Exists(path))
        {
            throw new UserError($"{path}: expected a notebook, found no such file. Check the path; `nb run` without "
                + "a path runs every notebook of the course.");
        }
        return Parse(File.ReadAllText(path), path);
    }

    /// <summary>Reads a notebook from its text; <paramref name="path"/> is what errors name.</summary>
    public static Notebook Parse(string text, string path)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException error)
        {
            throw new UserError($"{path}: expected JSON, found something else at line {error.LineNumber + 1}, byte "
                + $"{error.BytePositionInLine + 1}. If the file has marks of a merge conflict (<<<<<<<), resolve them; "
                + $"or take the file back with `git checkout`.");
        }
        if (root is not JsonObject map || map["nbformat"] is null)
            throw Wrong("an object with the key \"nbformat\"", "JSON without it", "Is it a notebook?");
        if (map["nbformat"] is not JsonValue version || !version.TryGetValue(out int major) || major != 4)
        {
            throw Wrong("nbformat 4", $"nbformat {map["nbformat"]!.ToJsonString()}",
                "Open it in Jupyter or VS Code and save it again.");
        }
        if (map["cells"] is not JsonArray cells)
            throw Wrong("a list \"cells\"", "none", "Open it in Jupyter or VS Code and save it again.");
        var number = 0;
        var views = new List<Cell>();
        foreach (var cell in cells)
        {
            number++;
            if (cell is not JsonObject node || Lines.TextOf(node["cell_type"]) is not ("code" or "markdown" or "raw")
                || !Lines.IsText(node["source"]))
            {
                throw Wrong($"cell {number} of the list to have a \"cell_type\" (code, markdown or raw) and a "
                    + "\"source\" (text, or a list of lines)", "something else", "Mend or remove that cell.");
            }
            views.Add(new Cell(node));
        }
        return new Notebook(path, map, views);

        UserError Wrong(string expected, string found, string advice) =>
            new($"{path}: expected {expected}, found {found}. {advice}");
    }

    /// <summary>The text of the file, as Jupyter writes it.</summary>
    public string ToText() => JupyterJson.Write(Root) + "\n";

    /// <summary>A copy that can be changed without changing this one.</summary>
    public Notebook Copy() => Parse(ToText(), Path);

    /// <summary>Refuses a file that is protected against writing: renaming would replace it all the same.</summary>
    public static void RequireWritable(string path)
    {
        if (File.Exists(path) && File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly))
            throw new UserError($"{path}: expected a file that may be written, found it read-only. Nothing was stored.");
    }

    /// <summary>Writes the notebook: beside the file first, then renamed, so that it is whole or as it was.</summary>
    public void Save(string path)
    {
        RequireWritable(path);
        if (File.Exists(path))
            path = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;   // a link stays a link
        var beside = $"{path}.{Environment.ProcessId}.part";
        try
        {
            File.WriteAllText(beside, ToText(), s_utf8);
            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }
}
