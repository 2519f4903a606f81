using System.Security.Cryptography;
using System.Text;
using Nb.Notebooks;

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
        foreach (var source in NotebookSources.Of(notebook))
        {
            Add(source.ImportedAs);
            Add(source.Text?.ReplaceLineEndings("\n"));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        // The zero keeps "ab" + "c" apart from "a" + "bc".
        void Add(string? text)
        {
            if (text is not null)
                hash.AppendData(Encoding.UTF8.GetBytes(text + "\0"));
        }
    }
}
