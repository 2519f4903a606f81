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
        return $"{output["output_type"]} {string.Join(' ', mimeTypes)} {Number().Replace(text is null ? "" : Lines.Join(text), "#")}";
    })];

    // A number with its sign, thousands and exponent, and the blanks that align it.
    [GeneratedRegex(@" *-?(\d[\d,]*(\.\d+)?([eE][-+]?\d+)?|NaN|∞)")] private static partial Regex Number();
}
