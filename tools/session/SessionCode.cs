namespace Nb.Session;

/// <summary>What a cell of a session can refer to.</summary>
/// <param name="Submissions">The C# that ran, oldest first; it only grows.</param>
/// <param name="References">Full paths of assemblies, without those of .NET itself; it only grows.</param>
/// <param name="Usings">What every cell uses: namespaces, and classes for the names of their members.</param>
public sealed record SessionCode(
    IReadOnlyList<string> Submissions, IReadOnlyList<string> References, IReadOnlyList<string> Usings);
