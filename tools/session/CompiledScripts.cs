using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Nb.Session;

/// <summary>Imported scripts that were compiled before. Sessions that share this and import the same scripts in the same
/// order compile them once; each loads them for itself, so that no value of one session is seen by another.</summary>
public sealed class CompiledScripts
{
    private readonly ConcurrentDictionary<Key, CompiledPiece> _pieces = [];
    private readonly ConcurrentDictionary<(string File, DateTime Written, long Length), MetadataReference> _references = [];

    /// <summary>A file that is referred to: one object as long as the file is the same, so that a script that is compiled
    /// against it is known again.</summary>
    internal MetadataReference Reference(string file)
    {
        var info = new FileInfo(file);
        return _references.GetOrAdd((file, info.LastWriteTimeUtc, info.Length), key => MetadataReference.CreateFromFile(key.File));
    }

    /// <summary>The piece as it was compiled before, or else as it is compiled now. One that fails is not remembered.
    /// </summary>
    internal CompiledPiece Get(Key key, Func<CompiledPiece> compile) => _pieces.GetOrAdd(key, _ => compile());

    /// <summary>All that a compiled piece depends on.</summary>
    /// <param name="Previous">The piece before it, which stands for all before.</param>
    /// <param name="References">Those that are new since then.</param>
    /// <param name="Number">The pieces that ran: in the name of the class.</param>
    /// <param name="Name">What errors and stack traces call the piece.</param>
    internal sealed record Key(CSharpCompilation? Previous, References References, int Number, string Code, string Name);

    /// <summary>References, equal when they are the same objects in the same order.</summary>
    internal sealed class References(IEnumerable<MetadataReference> all) : IEquatable<References>
    {
        private readonly MetadataReference[] _all = [.. all];

        public bool Equals(References? other) => other is not null && _all.SequenceEqual(other._all, ReferenceEqualityComparer.Instance);

        public override bool Equals(object? other) => Equals(other as References);

        public override int GetHashCode() => _all.Length;
    }
}

/// <summary>A compiled piece of code.</summary>
/// <param name="Assembly">Empty when there is nothing to run: comments, or using directives alone.</param>
/// <param name="Symbols">What tells lines of the source from places in the assembly.</param>
/// <param name="TypeName">The class of the piece.</param>
/// <param name="Variables">What it declares.</param>
internal sealed record CompiledPiece(
    CSharpCompilation Compilation, byte[] Assembly, byte[] Symbols, string TypeName, IReadOnlyList<string> Variables);
