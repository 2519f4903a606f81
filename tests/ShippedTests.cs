using System.Text.Json;
using System.Xml.Linq;

namespace Tests;

/// <summary>The list of what is shipped, .github/shipped.md, is that of the lock files, and says what the packages say.</summary>
public sealed class ShippedTests
{
    private static readonly string List = Path.Combine(Course.Root, ".github", "shipped.md");

    /// <summary>Package to version, as a project's lock file has them.</summary>
    private static Dictionary<string, string> Locked(params string[] projects)
    {
        var packages = new Dictionary<string, string>();
        foreach (var project in projects)
        {
            using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Course.Root, project, "packages.lock.json")));
            foreach (var package in file.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(framework => framework.Value.EnumerateObject()))
                if (package.Value.TryGetProperty("resolved", out var version)) packages[package.Name] = version.GetString()!;
        }
        return packages;
    }

    /// <summary>Package, version and licence of the table under a heading.</summary>
    private static List<string[]> Table(string heading) =>
        [.. File.ReadLines(List).SkipWhile(line => !line.StartsWith($"## {heading}")).Skip(1).TakeWhile(line => !line.StartsWith("## "))
            .Where(line => line.StartsWith("| ")).Skip(2).Select(line => line.Trim('|', ' ').Split(" | "))];

    [Fact]
    public void All_that_is_built_into_nb_is_listed() => Assert.Equal(
        Locked("tools/nb", "tools/session").Select(package => $"{package.Key} {package.Value}").Order(StringComparer.OrdinalIgnoreCase),
        Table("Built into").Select(row => $"{row[0]} {row[1]}"));

    [Fact]
    public void All_that_the_notebooks_fetch_is_listed_with_its_version()
    {
        var (rows, locked) = (Table("Fetched by"), Locked("tests"));
        Assert.All(rows, row => Assert.Equal(locked[row[0]], row[1]));
        var asked = File.ReadLines(Path.Combine(Course.Root, "lib", "course.dib")).Where(line => line.StartsWith("#r \"nuget: ")).Select(line => line["#r \"nuget: ".Length..^1].Split(", "));
        // Plotly.NET.Interactive is for .NET Interactive alone, which fetches it by itself; nb and the tests have none.
        Assert.All(asked.Where(package => package[0] != "Plotly.NET.Interactive"), package => Assert.Contains(rows, row => row[0] == package[0] && row[1] == package[1]));
    }

    [Fact]
    public void All_of_others_in_the_repository_is_listed() => Assert.All(
        Directory.GetFiles(Path.Combine(Course.Root, "tools", "nb", "Site", "assets"), "LICENSE*", SearchOption.AllDirectories).Select(Path.GetDirectoryName),
        folder => Assert.Contains(Table("In the repository"), row => row[1] == $"`{Path.GetRelativePath(Course.Root, folder!).Replace('\\', '/')}`"));

    [Fact]
    public void Licences_are_those_that_the_packages_name()
    {
        var folder = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set ? set
            : Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var seen = 0;
        foreach (var row in Table("Built into").Concat(Table("Fetched by")))
        {
            var description = Path.Join(folder, row[0].ToLowerInvariant(), row[1].ToLowerInvariant(), row[0].ToLowerInvariant() + ".nuspec");
            Assert.True(File.Exists(description), $"{description} is where this build has restored {row[0]} from");
            var licence = XDocument.Load(description).Descendants().FirstOrDefault(element => element.Name.LocalName == "license" && (string?)element.Attribute("type") == "expression");
            if (licence is null) continue;   // an address or a file: read by a person for the list
            Assert.Equal((row[0], licence.Value), (row[0], row[2]));
            seen++;
        }
        Assert.InRange(seen, 40, int.MaxValue);
    }

    [Fact]
    public void Actions_are_pinned_by_commit() => Assert.All(
        Directory.GetFiles(Path.Combine(Course.Root, ".github", "workflows")).SelectMany(File.ReadLines).Where(line => line.Contains("uses:")),
        line => Assert.Matches("uses: [a-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9.]+$", line));

    [Fact]
    public void Every_project_has_a_lock_file() => Assert.All(
        new[] { "bench", "tests", "tools" }.SelectMany(folder => Directory.GetFiles(Path.Combine(Course.Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Where(project => !project.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            // The SDK chooses the runtime packs of the browser, so another SDK would have another file; the project says so.
            .Where(project => Path.GetFileName(project) != "engine.csproj"),
        project => Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json")), $"{project}: dotnet restore makes its packages.lock.json; commit that"));
}
