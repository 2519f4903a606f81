using System.Text.Json.Nodes;
using Nb.Session;

namespace Nb.Notebooks;

/// <summary>A notebook in Polyglot's own form (.dib), which is text: it is run as the notebook of format 4 that it stands
/// for.</summary>
internal static class DibFile
{
    public static bool Is(string path) => Path.GetExtension(path).Equals(".dib", StringComparison.OrdinalIgnoreCase);

    /// <summary>The name that a notebook has once it is stored with its outputs, which a .dib cannot hold.</summary>
    public static string StoredAs(string path) => Is(path) ? Path.ChangeExtension(path, ".ipynb") : path;

    /// <summary>The notebook as nbformat writes it.</summary>
    public static JsonObject ToNotebook(string text, string path)
    {
        var cells = new JsonArray();
        foreach (var part in ImportedFile.Parts(text, path))
        {
            var lines = part.Text.Trim('\n').Split('\n');
            var isMarked = lines[0].StartsWith("#!", StringComparison.Ordinal) && !lines[0].Trim().Contains(' ', StringComparison.Ordinal);
            var language = isMarked ? lines[0].Trim()[2..] : "csharp";
            var source = string.Join('\n', lines.Skip(isMarked ? 1 : 0)).Trim('\n');
            if (source.Length == 0)
                continue;
            var isMarkdown = language is "markdown" or "md";
            var cell = new JsonObject { ["cell_type"] = isMarkdown ? "markdown" : "code", ["id"] = $"cell-{cells.Count + 1}", ["source"] = Lines.Split(source) };
            if (isMarkdown)
                cell["metadata"] = new JsonObject();
            else
            {
                cell["execution_count"] = null;
                cell["metadata"] = new JsonObject { ["polyglot_notebook"] = new JsonObject { ["kernelName"] = Dialect.IsCSharp(language) ? "csharp" : language } };
                cell["outputs"] = new JsonArray();
            }
            cells.Add((JsonNode)cell);
        }
        return new JsonObject
        {
            ["cells"] = cells,
            ["metadata"] = new JsonObject
            {
                ["kernelspec"] = new JsonObject { ["display_name"] = Kernel.KernelSpec.DisplayName, ["language"] = "C#", ["name"] = Kernel.KernelSpec.DefaultName },
                ["language_info"] = Kernel.Answers.LanguageInfo(),
            },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };
    }
}
