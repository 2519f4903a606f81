using System.Text.Json.Nodes;
using Nb;
using Nb.Commands;
using Nb.Notebooks;
using Nb.Pictures;
using Xunit;

namespace Tests.Runner;

[Collection(nameof(CellsHere))]
public sealed class PictureTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact, Trait("Time", "long")]
    public async Task A_chart_is_stored_as_json_with_a_picture_that_stays_while_the_chart_does()
    {
        Browser.Path();
        var file = _fixture.WriteNotebook("a.ipynb", "#r \"nuget: Plotly.NET, 6.0.0\"\n#r \"nuget: Plotly.NET.CSharp, 0.14.0\"",
            "using Plotly.NET.CSharp;\nChart.Line<int, int, string>(new[] { 1, 2 }, new[] { 3, 4 })");
        var report = new StringWriter();
        Assert.Equal(0, await RunCommand.RunAsync(
            [file], new RunOptions(InPlace: true, Stills: true), report, Fixture.Token));
        var data = Notebook.Load(file).Cells[1].Outputs[0]!["data"]!.AsObject();
        Assert.Equal(["application/vnd.plotly.v1+json", "image/png"], data.Select(form => form.Key));
        Assert.Equal("scatter", (string?)data["application/vnd.plotly.v1+json"]!["data"]![0]!["type"]);
        var picture = Convert.FromBase64String((string)data["image/png"]!);
        Assert.Equal("PNG"u8, picture.AsSpan(1, 3));

        // Run again without drawing: the picture is kept, and all that is stored of the cells is the same.
        var before = File.ReadAllText(file);
        string Cells() => JsonNode.Parse(File.ReadAllText(file))!["cells"]!.ToJsonString();
        var cells = Cells();
        Assert.Equal(0, await RunCommand.RunAsync([file], new RunOptions(InPlace: true), report, Fixture.Token));
        Assert.Equal(cells, Cells());

        // Another picture stays, too, until all are drawn anew.
        string Picture() => (string)Notebook.Load(file).Cells[1].Outputs[0]!["data"]!["image/png"]!;
        var other = Notebook.Load(file);
        other.Cells[1].Outputs[0]!["data"]!["image/png"] = "AAAA";
        other.Save(file);
        Assert.Equal(0, await RunCommand.RunAsync([file], new RunOptions(InPlace: true, Stills: true), report, Fixture.Token));
        Assert.Equal("AAAA", Picture());
        Assert.Equal(0, await RunCommand.RunAsync([file], new RunOptions(InPlace: true, Stills: true, AllStills: true), report, Fixture.Token));
        Assert.NotEqual("AAAA", Picture());
        File.WriteAllText(file, before);

        // The page draws the chart with the script of the package, and has the picture for readers without scripts.
        var folder = Path.Join(_fixture.Folder, "site");
        await SiteCommand.BuildAsync(_fixture.Folder, folder, report, Fixture.Token);
        Assert.Contains("plotly.js v2", File.ReadAllText(Path.Join(folder, "assets", "plotly.min.js"))[..200],
            StringComparison.Ordinal);
        Assert.Contains("<noscript><img src=\"pictures/a-1.png\" alt=\"A line over x, 1 to 2; y: from 3 to 4.\"", File.ReadAllText(Path.Join(folder, "a.html")),
            StringComparison.Ordinal);
        Assert.Equal(picture, File.ReadAllBytes(Path.Join(folder, "pictures", "a-1.png")));
    }

    [Fact, Trait("Time", "long")]
    public async Task A_drawing_is_a_picture_for_editors_and_stays_a_drawing_for_the_site()
    {
        var program = Browser.Path();
        const string drawing = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"40\" height=\"20\"><title>A bar</title><rect width=\"40\" height=\"20\"/></svg>";
        var file = _fixture.WriteNotebook("a.ipynb", "#r \"nuget: Plotly.NET, 6.0.0\"", "1");   // what draws pictures is in the package
        var notebook = Notebook.Load(file);
        notebook.Cells[1].Outputs = [Outputs.Display(new() { ["image/svg+xml"] = drawing, ["text/plain"] = "A bar" })];
        await Stills.DrawMissingAsync(notebook, notebook, () => program, Fixture.Token);
        var output = notebook.Cells[1].Outputs[0]!;
        Assert.Equal(["image/png", "text/plain"], output["data"]!.AsObject().Select(form => form.Key));
        Assert.Equal(drawing, (string?)output["metadata"]!["image/svg+xml"]);
        Assert.False(Stills.AnyMissing(notebook));
        notebook.Save(file);

        // One that is large, with photographs in it, would be most of the notebook.
        var large = Notebook.Load(file);
        large.Cells[1].Outputs = [Outputs.Display(new() { ["image/svg+xml"] = drawing.Replace("<rect", $"<desc>{new string('a', 150_000)}</desc><rect", StringComparison.Ordinal) })];
        await Stills.DrawMissingAsync(large, large, () => program, Fixture.Token);
        Assert.Contains("image/png", large.Cells[1].Outputs[0]!["data"]!.AsObject());
        Assert.DoesNotContain("image/svg+xml", large.Cells[1].Outputs[0]!.ToJsonString(), StringComparison.Ordinal);

        var folder = Path.Join(_fixture.Folder, "site");
        async Task<string> PageAsync(bool isTrusted)
        {
            Assert.Equal(0, await SiteCommand.BuildAsync(_fixture.Folder, folder, TextWriter.Null, Fixture.Token, isTrusted));
            return File.ReadAllText(Path.Join(folder, "a.html"));
        }
        Assert.Contains(drawing, await PageAsync(isTrusted: true), StringComparison.Ordinal);
        // Of an author whom nobody knows, it is a file, in which no script runs.
        Assert.Contains("<img src=\"pictures/a-1.svg\" alt=\"A bar\">", await PageAsync(isTrusted: false), StringComparison.Ordinal);
    }

    [Fact]
    public void A_chart_that_changed_loses_its_picture()
    {
        var before = WithChart("{\"data\":[1]}", "\"image/png\": \"AAAA\",");
        var same = WithChart("{\"data\": [1]}", "");
        var other = WithChart("{\"data\":[2]}", "");
        Stills.Keep(same, before);
        Stills.Keep(other, before);
        Assert.False(Stills.AnyMissing(same));
        Assert.True(Stills.AnyMissing(other));
    }

    private static Notebook WithChart(string figure, string picture) => Notebook.Parse(
        $$"""
        { "nbformat": 4, "cells": [ { "cell_type": "code", "source": [], "outputs": [
            { "output_type": "display_data", "data": { {{picture}} "application/vnd.plotly.v1+json": {{figure}} } } ] } ] }
        """, "a.ipynb");
}
