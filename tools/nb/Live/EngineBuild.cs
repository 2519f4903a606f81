using System.Text.Json.Nodes;
using Nb.Session;

namespace Nb.Live;

/// <summary>Publishes tools/engine, the session in a browser, with the SDK.</summary>
/// <param name="Framework">The folder of what was published: .NET, the compiler, the packages, the engine.</param>
/// <param name="Packages">The packages of the library with all that they need.</param>
internal sealed record EngineBuild(string Framework, IReadOnlyList<PublishedPackage> Packages)
{
    /// <summary>Builds what is not built yet; takes some minutes the first time.</summary>
    public static async Task<EngineBuild> PublishAsync(string root, CancellationToken cancellationToken)
    {
        var engine = Path.Join(root, "tools", "engine");
        var project = Path.Join(engine, "engine.csproj");
        if (!File.Exists(project))
            throw new UserError($"{project}: expected the engine that runs cells in a browser, found none. Run nb inside a clone of the course.");
        var to = Path.Join(engine, "bin", "published");
        string[] arguments =
            ["publish", project, "--configuration", "Release", "--output", to, "--nologo", "--disable-build-servers", "-nodeReuse:false"];
        // What an earlier engine left there has other names.
        if (Directory.Exists(to))
            Directory.Delete(to, recursive: true);
        var (succeeded, output) = await DotNet.RunAsync(root, arguments, cancellationToken);
        if (!succeeded)
            throw new UserError($"The engine could not be built. `dotnet {string.Join(' ', arguments)}` says:\n{output.Trim()}");
        return new EngineBuild(
            Path.Join(to, "wwwroot", "_framework"),
            PublishedPackage.Read(Path.Join(engine, "library", "obj", "project.assets.json")));
    }
}

/// <summary>A package that is published with the engine.</summary>
/// <param name="Assemblies">Names of its assemblies and of those of the packages that it needs.</param>
internal sealed record PublishedPackage(string Id, string Version, IReadOnlyList<string> Assemblies)
{
    /// <summary>What NuGet restored for a project.</summary>
    public static IReadOnlyList<PublishedPackage> Read(string assets)
    {
        var libraries = JsonNode.Parse(File.ReadAllText(assets))!["targets"]!["net10.0"]!.AsObject()
            .Where(library => (string?)library.Value!["type"] == "package")
            .ToDictionary(library => library.Key.Split('/')[0], library => (Version: library.Key.Split('/')[1], Node: library.Value!));
        return [.. libraries.Select(library => new PublishedPackage(library.Key, library.Value.Version, [.. All(library.Key).Distinct()]))];

        IEnumerable<string> All(string id) => libraries.TryGetValue(id, out var library)
            ? Keys(library.Node["compile"]).Select(file => Path.GetFileNameWithoutExtension(file))
                .Concat(Keys(library.Node["dependencies"]).SelectMany(All))
            : [];

        static IEnumerable<string> Keys(JsonNode? node) => node?.AsObject().Select(p => p.Key) ?? [];
    }
}
