namespace Nb.Session;

/// <summary>A NuGet package that a cell asks for.</summary>
/// <param name="Version">One version, or a pattern of NuGet's such as `*` or `1.2.*`.</param>
public sealed record Package(string Id, string Version)
{
    /// <summary>Whether NuGet chooses the version.</summary>
    public bool IsNewest => Version.Contains('*', StringComparison.Ordinal);

    /// <summary>Whether it only adds to .NET Interactive what the session does by itself.</summary>
    public bool IsProvided => Id.Equals("Plotly.NET.Interactive", StringComparison.OrdinalIgnoreCase)
        || Id.StartsWith("Microsoft.DotNet.Interactive", StringComparison.OrdinalIgnoreCase);
}

/// <summary>The files of a set of restored packages, with everything that they need (full paths).</summary>
/// <param name="Compile">Assemblies that cells are compiled against.</param>
/// <param name="Runtime">Assemblies that are loaded.</param>
/// <param name="Native">Libraries of this machine's kind.</param>
/// <param name="Versions">The version of every package.</param>
public sealed record PackageFiles(
    IReadOnlyList<string> Compile, IReadOnlyList<string> Runtime, IReadOnlyList<string> Native,
    IReadOnlyDictionary<string, string> Versions)
{
    public static PackageFiles None { get; } = new([], [], [], new Dictionary<string, string>());
}
