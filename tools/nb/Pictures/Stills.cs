using System.Text.Json.Nodes;
using Nb.Notebooks;
using Nb.Values;

namespace Nb.Pictures;

/// <summary>The picture beside a chart, for readers of the notebook who have no scripts.</summary>
public static class Stills
{
    // Characters. A larger drawing is mostly the pixels of photographs, whose colours are their own on every ground; its still is smaller.
    private const int MostKept = 150_000;

    /// <summary>Gives charts that did not change the pictures that <paramref name="before"/> has: drawn again they would
    /// differ by the browser's version and make a difference in the file where there is none.</summary>
    public static void Keep(Notebook notebook, Notebook before)
    {
        var pictures = Charts(before)
            .Where(data => data.ContainsKey(MimeBundle.Png))
            .DistinctBy(Figure)
            .ToDictionary(Figure, data => data[MimeBundle.Png]!);
        foreach (var data in Charts(notebook).Where(data => !data.ContainsKey(MimeBundle.Png)))
        {
            if (pictures.TryGetValue(Figure(data), out var picture))
                Add(data, picture.DeepClone());
        }
    }

    /// <summary>Whether a chart or a drawing has no picture yet.</summary>
    public static bool AnyMissing(Notebook notebook) =>
        Charts(notebook).Any(d => !d.ContainsKey(MimeBundle.Png)) || With(MimeBundle.Svg, notebook).Any();

    /// <summary>Draws the pictures that are missing. That of an SVG takes its place: where scripts are not trusted, VS Code
    /// shows nothing for SVG even when a picture is beside it. The SVG goes into the metadata of the output, where editors
    /// do not look: the site shows it, in the reader's colours.</summary>
    /// <param name="notebook">What gets the pictures.</param>
    /// <param name="ran">The notebook that imports plotly.js, with all its cells.</param>
    /// <param name="chromium">Finds the browser; asked only when there is something to draw.</param>
    public static async Task DrawMissingAsync(Notebook notebook, Notebook ran, Func<string> chromium, CancellationToken cancellationToken)
    {
        if (!AnyMissing(notebook))
            return;
        await using var painter = await ChartPainter.StartAsync(chromium(), await PlotlyScript.ReadAsync([ran], cancellationToken));
        foreach (var data in Charts(notebook).Where(d => !d.ContainsKey(MimeBundle.Png)))
            Add(data, await painter.DrawAsync(Figure(data)));
        foreach (var output in OutputsWith(MimeBundle.Svg, notebook).ToList())
        {
            var data = Outputs.DataOf(output)!;
            Add(data, await painter.DrawSvgAsync(Lines.Join(data[MimeBundle.Svg])));
            if (Lines.Join(data[MimeBundle.Svg]).Length <= MostKept)
            {
                if (output["metadata"] is not JsonObject)
                    output["metadata"] = new JsonObject();
                output["metadata"]![MimeBundle.Svg] = data[MimeBundle.Svg]!.DeepClone();
            }
            data.Remove(MimeBundle.Svg);
        }
    }

    private static IEnumerable<JsonObject> Charts(Notebook notebook) => With(MimeBundle.Plotly, notebook);

    private static IEnumerable<JsonObject> With(string mimeType, Notebook notebook) =>
        OutputsWith(mimeType, notebook).Select(output => Outputs.DataOf(output)!);

    private static IEnumerable<JsonObject> OutputsWith(string mimeType, Notebook notebook) =>
        from cell in notebook.Cells
        where cell.IsCode
        from output in cell.Outputs.OfType<JsonObject>()
        where Outputs.DataOf(output)?.ContainsKey(mimeType) == true
        select output;

    // Written as it is stored: another order of the keys is no other chart.
    private static string Figure(JsonObject data) => JupyterJson.Write(data[MimeBundle.Plotly]);

    // In the order of the MIME types, as everything that is stored.
    private static void Add(JsonObject data, JsonNode picture) =>
        data.Insert(data.TakeWhile(p => string.CompareOrdinal(p.Key, MimeBundle.Png) < 0).Count(), MimeBundle.Png, picture);
}
