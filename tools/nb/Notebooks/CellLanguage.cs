using System.Text.Json.Nodes;
using Nb.Session;

namespace Nb.Notebooks;

/// <summary>Which language a cell or a notebook says that it is written in.</summary>
internal static class CellLanguage
{
    /// <summary>The language in a cell's metadata, under the names that .NET Interactive, Polyglot Notebooks and VS Code
    /// give it; null when it names none.</summary>
    public static string? Of(JsonNode? metadata) =>
        Text(metadata, "polyglot_notebook", "kernelName") ?? Text(metadata, "dotnet_interactive", "language") ?? Text(metadata, "vscode", "languageId");

    /// <summary>Throws <see cref="UserError"/> when a notebook is written for another kernel, and a cell is not marked as C#.
    /// </summary>
    public static void Check(Notebook notebook)
    {
        var metadata = notebook.Root["metadata"];
        var kernel = Text(metadata, "kernelspec", "name");
        var language = Text(metadata, "polyglot_notebook", "kernelInfo", "defaultKernelName") ?? Text(metadata, "kernelspec", "language")
            ?? Text(metadata, "language_info", "name") ?? kernel;
        if (Dialect.IsCSharp(language) || language == ".net-csharp" || kernel == ".net-csharp" && language == "C#"
            || !notebook.Cells.Any(cell => cell.IsCode && !(Of(cell.Node["metadata"]) is { } own && Dialect.IsCSharp(own))))
            return;
        throw new UserError($"{notebook.Path}: the notebook is written for the kernel {kernel ?? language} ({language}), and nb runs C# only. "
            + "Open it in an editor with that kernel.");
    }

    private static string? Text(JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var key in path)
            node = node is JsonObject map ? map[key] : null;
        return Lines.TextOf(node);
    }
}
