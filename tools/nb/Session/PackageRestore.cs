using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Nb.Session;

/// <summary>Restores packages with NuGet itself, through a small project, so that the user's own feeds and settings
/// hold. What was restored is remembered: the next run asks nobody.</summary>
public static partial class PackageRestore
{
    private const string Framework = "net10.0";

    /// <summary>The files of the packages. Throws <see cref="UserError"/> with what NuGet said.</summary>
    /// <param name="sources">Feeds to look in besides those of the user's settings.</param>
    public static async Task<PackageFiles> RestoreAsync(
        IReadOnlyCollection<Package> packages, IReadOnlyCollection<string> sources,
        CancellationToken cancellationToken)
    {
        if (packages.Count == 0)
            return PackageFiles.None;
        var project = Project(packages, sources);
        var cache = Path.Join(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
            "nb-notebook-runner", "packages");
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(project)))[..16];
        var folder = Path.Join(cache, name);
        if (ReadAssets(folder) is { } known)
            return known;

        // Restored beside and renamed: another run of nb may be doing the same.
        var beside = Path.Join(cache, $"{name}.{Guid.NewGuid():N}");
        Directory.CreateDirectory(beside);
        try
        {
            await File.WriteAllTextAsync(Path.Join(beside, "packages.csproj"), project, cancellationToken);
            await RunRestoreAsync(beside, packages, cancellationToken);
            if (Directory.Exists(folder) && ReadAssets(folder) is null)
                Directory.Delete(folder, recursive: true);
            if (!Directory.Exists(folder))
                Directory.Move(beside, folder);
        }
        catch (IOException) when (ReadAssets(folder) is not null)
        {
            // Another run was first.
        }
        finally
        {
            if (Directory.Exists(beside))
                Directory.Delete(beside, recursive: true);
        }
        return ReadAssets(folder)
            ?? throw new UserError($"{folder}: expected what NuGet restored, found files missing. Run again; if it "
                + "stays so, clear NuGet's cache with `dotnet nuget locals all --clear`.");
    }

    private static string Project(IReadOnlyCollection<Package> packages, IReadOnlyCollection<string> sources)
    {
        var references = string.Concat(packages
            .OrderBy(p => p.Id, StringComparer.OrdinalIgnoreCase)
            .Select(p => (Id: SecurityElement.Escape(p.Id), Version: SecurityElement.Escape(p.IsNewest ? p.Version : $"[{p.Version}]")))
            .Select(p => $"""
                    <PackageReference Include="{p.Id}" Version="{p.Version}" />

                """));
        // What is newest is looked up once a day; everything else is remembered for good.
        var day = packages.Any(p => p.IsNewest) ? $"<!-- newest of {DateTime.Today:yyyy-MM-dd} -->" : "";
        return $"""
            <Project>{day}
              <PropertyGroup>
                <ImportDirectoryBuildProps>false</ImportDirectoryBuildProps>
                <ImportDirectoryPackagesProps>false</ImportDirectoryPackagesProps>
                <ImportDirectoryBuildTargets>false</ImportDirectoryBuildTargets>
              </PropertyGroup>
              <Import Project="Sdk.props" Sdk="Microsoft.NET.Sdk" />
              <PropertyGroup>
                <TargetFramework>{Framework}</TargetFramework>
                <RuntimeIdentifier>{RuntimeInformation.RuntimeIdentifier}</RuntimeIdentifier>
                <SelfContained>false</SelfContained>
                <UseAppHost>false</UseAppHost>
                <NuGetAudit>false</NuGetAudit>
                <RestoreAdditionalProjectSources>{SecurityElement.Escape(string.Join(';', sources))}</RestoreAdditionalProjectSources>
              </PropertyGroup>
              <ItemGroup>
            {references}  </ItemGroup>
              <Import Project="Sdk.targets" Sdk="Microsoft.NET.Sdk" />
            </Project>

            """;
    }

    private static async Task RunRestoreAsync(
        string folder, IEnumerable<Package> packages, CancellationToken cancellationToken)
    {
        var (succeeded, output) = await DotNet.RunAsync(
            folder, ["restore", "--nologo", "--disable-build-servers", "-nodeReuse:false"], cancellationToken);
        if (succeeded)
            return;
        var reasons = ErrorLine().Matches(output).Select(m => m.Groups["text"].Value.Trim()).Distinct().ToList();
        throw new UserError($"The packages {string.Join(", ", packages.Select(p => $"{p.Id} {p.Version}"))} could "
            + "not be restored. NuGet says:\n  "
            + (reasons.Count > 0 ? string.Join("\n  ", reasons) : output.Trim())
            + "\nCheck the names and versions in the `#r \"nuget:\"` lines and the connection to your package "
            + "feed (`dotnet nuget list source`).");
    }

    /// <summary>What an earlier restore found; null when there was none, when files of it are gone, and when its list is
    /// damaged: then it is restored again.</summary>
    private static PackageFiles? ReadAssets(string folder)
    {
        try
        {
            return ReadList(folder);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NullReferenceException
            or ArgumentException or IndexOutOfRangeException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static PackageFiles? ReadList(string folder)
    {
        var file = Path.Join(folder, "obj", "project.assets.json");
        if (!File.Exists(file))
            return null;
        var assets = JsonNode.Parse(File.ReadAllText(file))!;
        var roots = assets["packageFolders"]!.AsObject().Select(f => f.Key).ToList();
        var target = assets["targets"]![$"{Framework}/{RuntimeInformation.RuntimeIdentifier}"]!.AsObject();
        var versions = target.Select(library => library.Key.Split('/'))
            .ToDictionary(name => name[0], name => name[1], StringComparer.OrdinalIgnoreCase);
        var files = new PackageFiles(Files("compile"), Files("runtime"), Files("native"), versions);
        return files.Compile.Concat(files.Runtime).Concat(files.Native).All(File.Exists) ? files : null;

        List<string> Files(string kind) =>
        [
            .. from library in target
               from item in library.Value![kind]?.AsObject() ?? []
               where !item.Key.EndsWith("/_._", StringComparison.Ordinal)
               select Locate((string)assets["libraries"]![library.Key]!["path"]!, item.Key),
        ];

        string Locate(string package, string item)
        {
            var candidates = roots.Select(root => Path.GetFullPath(Path.Join(root, package, item))).ToList();
            return candidates.Find(File.Exists) ?? candidates[0];
        }
    }

    [GeneratedRegex(@"error\s*:?\s*(?<text>NU\d+:.*?)(\s\[[^\]]*\.csproj\])?\r?$", RegexOptions.Multiline)]
    private static partial Regex ErrorLine();
}
