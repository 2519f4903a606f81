using Nb.Notebooks;
using Nb.Session;

namespace Nb.Running;

/// <summary>A piece of what a notebook runs: the text of a code cell, or of a file that is imported.</summary>
/// <param name="ImportedAs">The path as the import has it; null for a cell.</param>
/// <param name="Text">Null for a file that is not there.</param>
/// <param name="Steps">What the text asks for; nothing where it cannot be read.</param>
internal sealed record NotebookSource(string? ImportedAs, string? Text, IReadOnlyList<Step> Steps);

/// <summary>What a notebook runs, without running it.</summary>
internal static class NotebookSources
{
    /// <summary>Each code cell, and after each text the files that it imports, and what they import.</summary>
    public static IEnumerable<NotebookSource> Of(Notebook notebook) => notebook.Cells
        .Where(cell => cell.IsCode)
        .SelectMany(cell => WithImports(new(null, cell.Source, StepsOf(cell.Source, null)), notebook.Folder, notebook.Folder, []));

    private static IEnumerable<NotebookSource> WithImports(
        NotebookSource source, string folder, string working, string[] importing)
    {
        yield return source;
        foreach (var import in source.Steps.OfType<ImportStep>())
        {
            var file = ImportedFile.Places(import.Path, folder, working)
                .Select(place => Path.GetFullPath(place, folder)).FirstOrDefault(File.Exists);
            if (file is null || importing.Contains(file))
            {
                yield return new(import.Path, null, []);
                continue;
            }
            var text = File.ReadAllText(file);
            foreach (var inner in WithImports(new(import.Path, text, StepsOf(text, file)), Path.GetDirectoryName(file)!,
                working, [.. importing, file]))
                yield return inner;
        }
    }

    private static List<Step> StepsOf(string text, string? file)
    {
        try
        {
            return file is null ? Dialect.Parse(text, "")
                : [.. ImportedFile.Parts(text, file).SelectMany(part => Dialect.Parse(part.Text, part.Name))];
        }
        catch (UserError)
        {
            return [];   // what cannot run asks for nothing
        }
    }
}
