using Nb.Session;

namespace Nb.Engine;

/// <summary>The packages of the course, which are published with the engine. A browser cannot restore others: their feed
/// does not let pages of other sites read it.</summary>
internal static class PublishedPackages
{
    private static readonly Dictionary<string, (string Version, string[] Assemblies)> s_known = Read();

    public static PackageFiles Find(IReadOnlyCollection<Package> packages)
    {
        var versions = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var files = new List<string>();
        foreach (var package in packages)
        {
            if (!s_known.TryGetValue(package.Id, out var known))
            {
                throw new UserError($"The package {package.Id} is not here: in the browser there are "
                    + $"{string.Join(", ", s_known.Keys)}. To use another one, download the notebook and run it on your "
                    + "machine (setup.md says how).");
            }
            if (!package.IsNewest && package.Version != known.Version)
            {
                throw new UserError($"{package.Id} {package.Version} is asked for; in the browser there is version "
                    + $"{known.Version}. Change the line to `#r \"nuget: {package.Id}, {known.Version}\"`.");
            }
            versions[package.Id] = known.Version;
            files.AddRange(known.Assemblies.Select(Folders.Assembly));
        }
        return new PackageFiles([.. files.Distinct()], [], [], versions);
    }

    /// <summary>packages.txt, which the build writes: a line for each package, its version and its assemblies.</summary>
    private static Dictionary<string, (string, string[])> Read() =>
        File.ReadAllLines(Path.Join(Folders.References, "packages.txt")).Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => (words[1], words[2..]), StringComparer.OrdinalIgnoreCase);
}
