using System.Runtime.Loader;
using Nb.Notebooks;
using Nb.Running;
using Nb.Session;

namespace Nb.Pictures;

/// <summary>plotly.js, as it lies inside the Plotly.NET that the notebooks ask for: no network, and the version that
/// the charts were made for.</summary>
public static class PlotlyScript
{
    /// <summary>The script's text. Throws <see cref="UserError"/> when no notebook asks for Plotly.NET.</summary>
    public static async Task<string> ReadAsync(IEnumerable<Notebook> notebooks, CancellationToken cancellationToken)
    {
        foreach (var notebook in notebooks)
        {
            var packages = PackagesOf(notebook);
            if (!packages.Any(p => p.Id.Equals("Plotly.NET", StringComparison.OrdinalIgnoreCase)))
                continue;
            var files = await PackageRestore.RestoreAsync(packages, [], cancellationToken);
            return ReadResource(files.Runtime.First(f => Path.GetFileName(f) == "Plotly.NET.dll"));
        }
        throw new UserError("The charts need plotly.js, which is taken from the package Plotly.NET, and no notebook asks "
            + "for it. Add `#r \"nuget: Plotly.NET, 6.0.0\"` to the first code cell.");
    }

    /// <summary>All packages of a notebook: the same set as its run restored, so that it is at hand.</summary>
    private static List<Package> PackagesOf(Notebook notebook) =>
    [
        .. NotebookSources.Of(notebook)
            .SelectMany(source => source.Steps)
            .OfType<PackageStep>()
            .Select(step => step.Package)
            .Where(package => !package.IsProvided)
            .DistinctBy(package => package.Id, StringComparer.OrdinalIgnoreCase),
    ];

    private static string ReadResource(string file)
    {
        var context = new AssemblyLoadContext("plotly.js", isCollectible: true);
        try
        {
            var assembly = context.LoadFromAssemblyPath(file);
            var name = assembly.GetManifestResourceNames().FirstOrDefault(n =>
                n.Contains("plotly", StringComparison.OrdinalIgnoreCase) && n.EndsWith(".js", StringComparison.Ordinal))
                ?? throw new UserError($"{file}: expected plotly.js inside, found none. Use Plotly.NET 6.0.0.");
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
        finally
        {
            context.Unload();
        }
    }
}
