using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nb.Notebooks;

namespace Tests;

/// <summary>What must be the same in the outputs of a cell wherever it runs.</summary>
internal static partial class OutputKinds
{
    /// <summary>For each output what it is, and its text with every number as #.</summary>
    public static string[] Of(JsonArray outputs) => [.. outputs.Select(output =>
    {
        var data = output!["data"]?.AsObject();
        // Beside a chart stands a picture where it was stored, and HTML where it is shown; that of an SVG takes its place.
        var isChart = data?.ContainsKey("application/vnd.plotly.v1+json") is true;
        var mimeTypes = (data ?? []).Select(entry => entry.Key).Where(key => key is not ("image/png" or "image/svg+xml") && !(isChart && key == "text/html")).Order();
        var text = data is null ? output["text"] : data["text/plain"];
        return $"{output["output_type"]} {string.Join(' ', mimeTypes)} {(text is null ? "" : WithoutNumbers(Lines.Join(text)))}";
    })];

    /// <summary>A text with every number as #.</summary>
    public static string WithoutNumbers(string text) => Number().Replace(text, "#");

    /// <summary>What must be the same in an output, stored by nb or live from here: its type, its words with every number as
    /// #, and of a chart everything but the numbers.</summary>
    public static string Essence(JsonNode output) => WithoutNumbers(
        $"{output["output_type"]} {(output["data"]?["application/vnd.plotly.v1+json"] is { } figure ? Shape(figure) : Words(output))}");

    public static string Words(JsonNode output)
    {
        if (output["data"] is not JsonObject data) return Lines.Join(output["text"]!);
        var text = data["text/plain"] is { } plain ? Lines.Join(plain)
            : data["image/svg+xml"] is { } svg ? WebUtility.HtmlDecode(SvgTitle().Match(Lines.Join(svg)).Groups[1].Value)
            : SvgTitle().Match(Lines.Join(data["text/html"]!)) is { Success: true } title ? WebUtility.HtmlDecode(title.Groups[1].Value)   // a drawing shown as HTML
            : WebUtility.HtmlDecode(Tag().Replace(Style().Replace(Lines.Join(data["text/html"]!), ""), " "));
        return Spaces().Replace(Client().Replace(text, "Client"), " ").Trim();
    }

    // Arrays of numbers are long, and as long as the numbers say.
    private static string Shape(JsonNode figure) => Numbers().Replace(WithoutNumbers(Sorted(figure)!.ToJsonString()), "[#…]");

    // A notebook is stored with sorted keys; a client sends them as they come.
    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject entries => new JsonObject(entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => KeyValuePair.Create(entry.Key, Sorted(entry.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone()
    };

    [GeneratedRegex("<title>(.*?)</title>")] private static partial Regex SvgTitle();

    [GeneratedRegex("<style>.*?</style>", RegexOptions.Singleline)] private static partial Regex Style();

    [GeneratedRegex("<[^>]*>")] private static partial Regex Tag();

    [GeneratedRegex(@"\s+")] private static partial Regex Spaces();

    // What follows in the cell Setup.Ready() tells clients and machines apart.
    [GeneratedRegex("\\bClient: .*", RegexOptions.Singleline)] private static partial Regex Client();

    [GeneratedRegex(@"\[(#|null)(,(#|null))*\]")] private static partial Regex Numbers();

    // A number with its sign, thousands and exponent, and the blanks that align it.
    [GeneratedRegex(@" *-?(\d[\d,]*(\.\d+)?([eE][-+]?\d+)?|NaN|∞)")] private static partial Regex Number();
}
