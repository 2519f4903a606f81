namespace Nb.Session;

/// <summary>A NuGet package that a cell asks for.</summary>
public sealed record Package(string Id, string Version);

/// <summary>The files of a set of restored packages, with everything that they need (full paths).</summary>
/// <param name="Compile">Assemblies that cells are compiled against.</param>
/// <param name="Runtime">Assemblies that are loaded.</param>
/// <param name="Native">Libraries of this machine's kind.</param>
public sealed record PackageFiles(
    IReadOnlyList<string> Compile, IReadOnlyList<string> Runtime, IReadOnlyList<string> Native)
{
    public static PackageFiles None { get; } = new([], [], []);
}
