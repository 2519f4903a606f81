using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nb.Session;

/// <summary>A file that `#!import` or `#load` names: a C# script, a notebook (.ipynb), or a notebook in Polyglot's own
/// form (.dib).</summary>
public static partial class ImportedFile
{
    /// <summary>Where the file may lie, best first: relative to the file that names it, else, as in .NET Interactive,
    /// relative to where the notebook runs.</summary>
    /// <param name="path">As it is written.</param>
    /// <param name="folder">That of the file that names it.</param>
    /// <param name="working">Where the notebook runs.</param>
    public static IReadOnlyList<string> Places(string path, string folder, string working)
    {
        path = path.Replace('\\', '/');
        return Path.IsPathRooted(path) || folder == working
            ? [path]
            : [Shorten($"{folder}/{path}".Replace('\\', '/')), working == "." ? path : $"{working}/{path}"];
    }

    /// <summary>The pieces of C# that are run one after the other. Each has the lines of the whole file before it as
    /// blank ones where the file is text, so that line numbers are those of the file.</summary>
    /// <param name="name">What errors call the file.</param>
    public static IReadOnlyList<(string Text, string Name)> Parts(string text, string name) =>
        Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".dib" => [.. OfDib(text).Select(part => (part, name))],
            ".ipynb" => [.. OfNotebook(text, name)],
            _ => [(text, name)],
        };

    /// <summary>The parts of a file before the one that imports <paramref name="script"/>, which lies in the same folder;
    /// null when none does.</summary>
    internal static IReadOnlyList<(string Text, string Name)>? PartsBefore(string text, string name, string script)
    {
        var parts = Parts(text, name);
        var folder = Path.GetDirectoryName(name) is { Length: > 0 } f ? f : ".";
        for (var i = 0; i < parts.Count; i++)
        {
            if (Dialect.Parse(parts[i].Text, parts[i].Name).OfType<ImportStep>()
                .SelectMany(import => Places(import.Path, folder, "."))
                .Any(place => Path.GetFullPath(place) == Path.GetFullPath(script)))
                return [.. parts.Take(i)];
        }
        return null;
    }

    /// <summary>The cells of a .dib file: the language of each, and its text.</summary>
    public static IEnumerable<(string Language, string Text)> CellsOf(string dib)
    {
        foreach (var cell in OfDib(dib).Select(text => text.Trim('\n')))
        {
            var first = cell.Split('\n')[0].Trim();
            yield return CellStart().IsMatch(first) ? (first[2..], cell[cell.Split('\n')[0].Length..].Trim('\n')) : ("csharp", cell);
        }
    }

    /// <summary>The cells of a .dib file, each with the line `#!language` that begins it.</summary>
    private static IEnumerable<string> OfDib(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var (start, end) = (0, 0); start < lines.Length; start = end)
        {
            for (end = start + 1; end < lines.Length && !CellStart().IsMatch(lines[end]); end++) ;
            var cell = lines[start..end];
            if (cell[0].Trim() == "#!meta" || cell.All(string.IsNullOrWhiteSpace))
                continue;
            yield return new string('\n', start) + string.Join('\n', cell);
        }
    }

    private static IEnumerable<(string Text, string Name)> OfNotebook(string text, string name)
    {
        JsonDocument notebook;
        try
        {
            notebook = JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            throw Wrong("text that is no JSON");
        }
        using (notebook)
        {
            if (notebook.RootElement is not { ValueKind: JsonValueKind.Object } root
                || !root.TryGetProperty("cells", out var cells) || cells.ValueKind != JsonValueKind.Array)
                throw Wrong("JSON without a list \"cells\"");
            var number = 0;
            foreach (var cell in cells.EnumerateArray())
            {
                if (Text(cell, "cell_type") is not "code")
                    continue;
                number++;
                var source = Text(cell, "source") ?? throw Wrong($"a code cell {number} without a \"source\"");
                var language = LanguageOf(cell);
                yield return (Dialect.IsCSharp(language) ? source : $"#!{language}\n{source}",
                    $"{name}, cell {number}");
            }
        }

        UserError Wrong(string found) => new($"{name}: expected a notebook (JSON with a list \"cells\"), found {found}.");
    }

    /// <summary>The language of a cell, which .NET Interactive and Polyglot Notebooks write under two names.</summary>
    private static string? LanguageOf(JsonElement cell) =>
        cell.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
            ? Of(metadata, "polyglot_notebook", "kernelName") ?? Of(metadata, "dotnet_interactive", "language")
            : null;

    private static string? Of(JsonElement metadata, string section, string key) =>
        metadata.TryGetProperty(section, out var part) && part.ValueKind == JsonValueKind.Object ? Text(part, key) : null;

    private static string? Text(JsonElement element, string key) =>
        element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(key, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.ValueKind == JsonValueKind.Array ? string.Concat(value.EnumerateArray().Select(line => line.ToString()))
        : null;

    /// <summary>`a/b/../c` without the step forth and back.</summary>
    private static string Shorten(string path)
    {
        var steps = new List<string>();
        foreach (var step in path.Split('/'))
        {
            if (step == ".." && steps is [.., not (".." or "" or ".")])
                steps.RemoveAt(steps.Count - 1);
            else
                steps.Add(step);
        }
        return string.Join('/', steps);
    }

    [GeneratedRegex(@"^#!(csharp|c#|cs|fsharp|f#|fs|markdown|md|html|javascript|js|mermaid|pwsh|powershell|sql|kql|python|r|http|value|meta)\s*$")]
    private static partial Regex CellStart();
}
