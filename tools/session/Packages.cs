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

    /// <summary>What a package that is not taken itself brings along, and what cells do need of it.</summary>
    public Package? Needs => Id.Equals("Plotly.NET.Interactive", StringComparison.OrdinalIgnoreCase)
        ? new Package("Plotly.NET", Version.Split('.', '-')[0] is { Length: > 0 } major && major != "*" ? $"{major}.*" : "*") : null;

    /// <summary>What to do instead of asking for a package that cannot work here; null for all others.</summary>
    public string? Advice => Id.StartsWith("XPlot.", StringComparison.OrdinalIgnoreCase)
        ? $"{Id} draws its charts through .NET Interactive, which is not here, and is not maintained any more.\nUse Plotly.NET in its place: "
            + "`#r \"nuget: Plotly.NET, 6.0.0\"` and `#r \"nuget: Plotly.NET.CSharp, 0.14.0\"`; a chart at the end of a cell is drawn." : null;
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
