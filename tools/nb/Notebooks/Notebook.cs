using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nb.Notebooks;

/// <summary>A notebook of format 4: its JSON and a view of its cells.</summary>
public sealed class Notebook
{
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
        if (Directory.Exists(path))
            throw new UserError($"{path}: expected a notebook, found a folder. Name the files in it: {System.IO.Path.Join(path, "*.ipynb")}");
        if (!File.Exists(path))
        {
            throw new UserError($"{path}: expected a notebook, found no such file. Check the path; `nb run` without "
                + "a path runs every notebook of the course.");
        }
        Doing.Now = $"reading {path}";
        return Parse(TextFile.Read(path), path);
    }

    /// <summary>Reads a notebook from its text; <paramref name="path"/> is what errors name.</summary>
    public static Notebook Parse(string text, string path)
    {
        JsonNode? root;
        try
        {
            root = JsonTree.Parse(Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException error)
        {
            throw new UserError($"{path}: expected JSON, found {WhatIsWrong(text, error)}");
        }
        if (root is not JsonObject map)
            throw new UserError($"{path}: expected an object with the key \"nbformat\", found other JSON. Is it a notebook?");
        NotebookChecks.Check(map, path);
        return new Notebook(path, map, [.. map["cells"]!.AsArray().Select(cell => new Cell(cell!.AsObject()))]);
    }

    private static string WhatIsWrong(string text, JsonException error)
    {
        const string advice = "Take the file back with `git checkout`, or save it again where it was made.";
        if (string.IsNullOrWhiteSpace(text))
            return $"an empty file. {advice}";
        if (error.LineNumber is null)
            return $"{error.Message}. {advice}";   // one of JsonTree's own
        var place = $"something else at line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}. ";
        return place + (text.Contains("<<<<<<<", StringComparison.Ordinal) || text.Contains(">>>>>>>", StringComparison.Ordinal)
            ? "The file has marks of a merge conflict (<<<<<<<): resolve them." : advice);
    }

    /// <summary>The text of the file, as Jupyter writes it.</summary>
    public string ToText() => JupyterJson.Write(Root) + "\n";

    /// <summary>A copy that can be changed without changing this one.</summary>
    public Notebook Copy() => Parse(ToText(), Path);

    /// <summary>Writes the notebook, so that it is whole or as it was.</summary>
    public void Save(string path) => ReplacedFile.Write(path, Encoding.UTF8.GetBytes(ToText()));
}
