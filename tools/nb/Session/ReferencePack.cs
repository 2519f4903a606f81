namespace Nb.Session;

/// <summary>The assemblies of .NET with their documentation, which comes with the SDK and not with the runtime.</summary>
public static class ReferencePack
{
    /// <summary>The SDK's assemblies for reference, or those of the runtime where there is no SDK.</summary>
    public static IEnumerable<string> Assemblies()
    {
        var packs = Path.Join(DotNet.Root, "packs", "Microsoft.NETCore.App.Ref");
        var framework = $"net{Environment.Version.Major}.{Environment.Version.Minor}";
        var pack = Directory.Exists(packs)
            ? Directory.EnumerateDirectories(packs)
                .Where(folder => Directory.Exists(Path.Join(folder, "ref", framework)))
                .OrderBy(folder => Version.TryParse(Path.GetFileName(folder), out var version) ? version : new Version())
                .Select(folder => Path.Join(folder, "ref", framework))
                .LastOrDefault()
            : null;
        return pack is null ? Framework.Assemblies : Directory.EnumerateFiles(pack, "*.dll");
    }
}
