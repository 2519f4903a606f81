using System.Security.Cryptography;
using System.Text;
using Nb.Notebooks;
using Nb.Session;

namespace Nb.Running;

/// <summary>A number that changes when what a notebook runs changes: its code cells or the files that they import. A
/// correction in the text leaves it, as the results are still those of the code.</summary>
public static class SourceHash
{
    /// <summary>SHA-256 over the source of every code cell and over every imported file, with `\n` at line ends;
    /// lower-case hexadecimal. A missing import counts as its path alone.</summary>
    public static string Of(Notebook notebook)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var cell in notebook.Cells.Where(cell => cell.IsCode))
        {
            Add(cell.Source);
            AddImports(cell.Source, notebook.Folder, []);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void AddImports(string source, string folder, string[] importing)
        {
            foreach (var path in Imports(source))
            {
                var file = Path.GetFullPath(Path.Combine(folder, path));
                Add(path);
                if (!File.Exists(file) || importing.Contains(file))
                    continue;
                var text = File.ReadAllText(file);
                Add(text.ReplaceLineEndings("\n"));
                AddImports(text, Path.GetDirectoryName(file)!, [.. importing, file]);
            }
        }

        // The zero keeps "ab" + "c" apart from "a" + "bc".
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\0"));
    }

    private static IEnumerable<string> Imports(string source)
    {
        try
        {
            return [.. Dialect.Parse(source, "").OfType<ImportStep>().Select(step => step.Path)];
        }
        catch (UserError)
        {
            return [];   // a cell that cannot run imports nothing
        }
    }
}
