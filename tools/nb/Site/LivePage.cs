using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Nb.Notebooks;
using Nb.Running;
using Nb.Site.Pages;

namespace Nb.Site;

/// <summary>What a notebook page needs so that its cells can be edited and run in the browser.</summary>
public static partial class LivePage
{
    /// <summary>Where the engine lies in a site that was built with it.</summary>
    public const string Folder = "live";

    /// <summary>The file by which an engine's folder is known.</summary>
    public const string Manifest = "engine.json";

    /// <summary>How a page whose cells do not run says how to get such a one.</summary>
    private const string Hint = "<p class=\"live-hint\">These are stored results. To change the numbers and run the cells in your browser: "
        + "<code>dotnet run --project tools/nb -- serve</code></p>\n";

    /// <summary>The HTML that stands before the cells.</summary>
    /// <param name="enums">The enumerations of the library, for the menus.</param>
    /// <param name="withEngine">Whether the site has the engine.</param>
    public static string Head(Notebook notebook, IReadOnlyDictionary<string, string[]> enums, bool withEngine) =>
        !withEngine ? Hint : $"""
            {Hint}<div id="live-bar"></div>
            {InteractivePage.Data("live-cells", "application/json", CellsOf(notebook, enums).ToJsonString())}

            """;

    /// <summary>The scripts of a page with the engine.</summary>
    public const string Scripts = "<link rel=\"stylesheet\" href=\"assets/live.css\">\n<script defer src=\"assets/live.js\"></script>\n";

    /// <summary>Where the page finds the notebook itself, for the download.</summary>
    public static string CopyOf(string notebook) => $"{Folder}/notebooks/{WebUtility.UrlEncode(Path.GetFileName(notebook))}";

    private static JsonObject CellsOf(Notebook notebook, IReadOnlyDictionary<string, string[]> enums)
    {
        var seconds = CellTimes.Of(notebook);
        var cells = new JsonObject();
        var code = notebook.Cells.Where(cell => cell.IsCode).ToList();
        foreach (var (cell, filled) in code.Zip(CellNames.FilledBy(code)).Where(pair => pair.First.Id.Length > 0))
        {
            var about = new JsonObject { ["gives"] = Texts(CellNames.GivenBy(cell)) };
            if (filled.Count > 0)
                about["fills"] = Texts(filled);
            if (seconds.TryGetValue(cell.Id, out var time))
                about["seconds"] = time;
            if (cell.Tags.Contains("parameters") && Inside(cell.Node, "ranges") is { } ranges)
                about["ranges"] = ranges.DeepClone();
            cells[cell.Id] = about;
        }
        var used = notebook.Cells.Where(cell => cell.Tags.Contains("parameters")).Select(cell => cell.Source).ToList();
        return new JsonObject
        {
            ["notebook"] = CopyOf(notebook.Path),
            ["cells"] = cells,
            ["enums"] = new JsonObject(enums.Where(type => used.Any(code => code.Contains(type.Key + ".", StringComparison.Ordinal)))
                .Select(type => KeyValuePair.Create(type.Key, (JsonNode?)new JsonArray([.. type.Value.Select(name => (JsonNode)name)])))),
        };
    }

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];

    /// <summary>What the metadata of a notebook or cell says for nb under a name.</summary>
    private static JsonObject? Inside(JsonObject node, string name) =>
        ((node["metadata"] as JsonObject)?["nb"] as JsonObject)?[name] as JsonObject;

    /// <summary>The enumerations that the scripts of the library declare: their names and members.</summary>
    /// <param name="root">The course's folder.</param>
    public static IReadOnlyDictionary<string, string[]> Enums(string root)
    {
        var folder = Path.Join(root, "lib");
        var options = new CSharpParseOptions(LanguageVersion.CSharp13, kind: SourceCodeKind.Script);
        return !Directory.Exists(folder) ? new Dictionary<string, string[]>()
            : Directory.GetFiles(folder, "*.csx", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(File.ReadAllText).Where(text => Enumeration().IsMatch(text))
                .SelectMany(text => CSharpSyntaxTree.ParseText(text, options).GetRoot().DescendantNodes().OfType<EnumDeclarationSyntax>())
                .DistinctBy(type => type.Identifier.ValueText)
                .ToDictionary(type => type.Identifier.ValueText, type => type.Members.Select(member => member.Identifier.ValueText).ToArray());
    }

    [GeneratedRegex(@"\benum\b")]
    private static partial Regex Enumeration();
}
