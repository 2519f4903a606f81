using System.Text.Json.Nodes;
using Nb.Notebooks;
using Nb.Session;

namespace Nb.Running;

/// <summary>A file of Polyglot Notebooks' own form as a notebook.</summary>
public static class DibNotebook
{
    public static bool Is(string path) => Path.GetExtension(path).Equals(".dib", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a notebook of either form.</summary>
    public static Notebook Load(string path)
    {
        if (!Is(path) || !File.Exists(path))
            return Notebook.Load(path);
        var cells = new JsonArray();
        foreach (var (language, text) in ImportedFile.CellsOf(File.ReadAllText(path)))
        {
            var isText = language is "markdown" or "md";
            var cell = new JsonObject { ["cell_type"] = isText ? "markdown" : "code" };
            if (!isText)
                cell["execution_count"] = null;
            cell["id"] = $"cell-{cells.Count + 1}";
            cell["metadata"] = new JsonObject();
            if (!isText)
                cell["outputs"] = new JsonArray();
            cell["source"] = isText || language is "csharp" or "c#" or "cs" ? text : $"#!{language}\n{text}";
            cells.Add(cell);
        }
        var root = new JsonObject
        {
            ["cells"] = cells,
            ["metadata"] = new JsonObject
            {
                ["kernelspec"] = new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" },
                ["language_info"] = new JsonObject { ["name"] = "C#" },
            },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };
        return Notebook.Parse(root.ToJsonString(), Path.GetFullPath(path));
    }
}
