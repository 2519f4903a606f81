using System.Text.Json.Nodes;
using Nb.Values;

namespace Tests.Session;

/// <summary>A chart is told in words to readers who do not see it.</summary>
public sealed class ChartWordsTests
{
    private static string Words(string data, string layout = "{}", string? title = "T") =>
        ChartWords.Of(JsonNode.Parse($$"""{"data": {{data}}, "layout": {{layout}}}""")!, title);

    private const string Axes = """{"title": {"text": "of the figure"}, "xaxis": {"title": {"text": "epoch"}}, "yaxis": {"title": {"text": "loss"}}}""";

    [Fact]
    public void Lines_have_their_ends_and_what_lies_beyond_them()
    {
        Assert.Equal("T. Lines over epoch, 0 to 3; loss: training from 2.35 to −0.0412; validation from 2.3 to 1.1, lowest 0.9 at 2, highest 3 at 1.", Words("""
            [{"type": "scatter", "name": "training", "x": [0, 1, 2, 3], "y": [2.3456, 1, 0.5, -0.041234]},
             {"type": "scatter", "name": "validation", "x": [0, 1, 2, 3], "y": [2.3, 3, 0.9, 1.1]}]
            """, Axes));
        // Without a name, without a place for each point, with gaps; the title is the figure's.
        Assert.Equal("of the figure. A line over epoch, 1 to 3; loss: from 12,300 to 1.2 times 10 to the −6.", Words("""[{"y": [null, 12345.6, 2, 0.0000012]}]""", Axes, null));
        Assert.Equal("A line over x, 0 to 1; y: from 1 to 2.", Words("""[{"y": [1, 2]}]""", title: ""));
        Assert.Equal("T? Lines over x; y: a from 1 to 2 over 0 to 1; b from 1 to 5 over only 4.", Words("""[{"name": "a", "y": [1, 2]}, {"name": "b", "x": [4, 4], "y": [1, 5]}]""", title: "T?"));
    }

    [Fact]
    public void Points_that_no_line_joins_are_told_one_by_one()
    {
        const string points = """{"name": "a run", "mode": "markers", "x": [94.7, 95.1, 94.3], "y": [1, 2, 3]}""";
        Assert.Equal("T. Points over x; y: a run at (94.7, 1), (95.1, 2), (94.3, 3).", Words($"[{points}]"));
        Assert.Equal("T. Points and a line over x; y: a run at (94.7, 1), (95.1, 2), (94.3, 3); base from 0 to 4 over only 94.4.",
            Words($$"""[{{points}}, {"name": "base", "x": [94.4, 94.4], "y": [0, 4]}]"""));
        var many = string.Join(", ", Enumerable.Range(0, 50));
        Assert.Equal("T. Points over x; y: from 0 to 49 over 0 to 49.", Words($$"""[{"mode": "markers", "x": [{{many}}], "y": [{{many}}]}]"""));
    }

    [Fact]
    public void Many_curves_are_told_as_far_as_one_listens()
    {
        var curves = string.Join(", ", Enumerable.Range(0, 20).Select(i => $$"""{"name": "curve number {{i}}", "y": [5, 9, 1, 4]}"""));
        var words = Words($"[{curves}]");
        Assert.InRange(words.Length, 200, 400);
        Assert.Contains("curve number 5 from 5 to 4", words, StringComparison.Ordinal);
        Assert.EndsWith("; and 14 more.", words, StringComparison.Ordinal);
        var named = string.Join(", ", Enumerable.Range(0, 6).Select(i => $$"""{"name": "a curve with a name as long as some sentences are, and it is number {{i}}", "y": [5, 9, 1, 4]}"""));
        Assert.InRange(Words($"[{named}]").Length, 200, 400);
    }

    [Fact]
    public void Bars_have_their_values_or_the_lowest_and_the_highest()
    {
        Assert.Equal("T. Bars over digit; images: 0: 5,923; 4 label: 0.123; 2: −3.", Words("""[{"type": "bar", "x": [0, 1, 2], "y": [5923, 0.12345, -3]}]""",
            """{"xaxis": {"title": {"text": "digit"}, "tickvals": [0, 1, 2], "ticktext": ["0", "<b>4</b><br>label", "2"]}, "yaxis": {"title": {"text": "images"}}}"""));
        Assert.Equal("T. Bars over way; value: a & b: 1; c: 2.", Words("""[{"type": "bar", "orientation": "h", "y": ["a &amp; b", "c"], "x": [1, 2]}]""", """{"yaxis": {"title": {"text": "way"}}}"""));
        var many = string.Join(", ", Enumerable.Range(0, 50));
        Assert.Equal("T. Bars; value: 50 bars from 0 to 49, lowest 0 at 0, highest 49 at 49.", Words($$"""[{"type": "bar", "x": [{{many}}], "y": [{{many}}]}]"""));
    }

    [Fact]
    public void Pictures_are_counted_and_have_their_captions()
    {
        // Three pictures of 2×2 pixels: two above, one below; the fourth place is empty.
        const string z = "[[1, 2, null, 3, 4], [1, 2, null, 0, 4], [null, null, null, null, null], [5, 5, null, null, null], [5, 6, null, null, null]]";
        string Layout(string notes) => $$"""{"xaxis": {"visible": false}, "yaxis": {"visible": false}, "annotations": [{{notes}}]}""";
        Assert.Equal("T. 3 pictures of 2×2 pixels each.", Words($$"""[{"type": "heatmap", "z": {{z}}}]""", Layout("")));
        Assert.Equal("T. 3 pictures of 2×2 pixels each as shades: weight from 0 to 6 (✗ label → prediction): 5, ✗ 1 → 7, 3.", Words(
            $$"""[{"type": "heatmap", "z": {{z}}, "colorbar": { "title": { "text": "weight" } } }]""",
            Layout("""{"text": "5"}, {"text": "✗ 1 → 7"}, {"text": "3"}, {"text": "✗ label → prediction", "xref": "paper"}""")));
        Assert.Equal("T. A picture of 2×1 pixels.", Words("""[{"type": "heatmap", "z": [[1, 2]]}]""", Layout("")));
        var captions = string.Join(", ", Enumerable.Range(0, 300).Select(i => $$"""{"text": "row {{i}}"}"""));
        Assert.Matches(@"^T\. 3 pictures .*: row 0, row 1, .*, and \d+ more\.$", Words($$"""[{"type": "heatmap", "z": {{z}}}]""", Layout(captions)));
        Assert.InRange(Words($$"""[{"type": "heatmap", "z": {{z}}}]""", Layout(captions)).Length, 300, 401);
    }

    [Fact]
    public void A_table_tells_what_is_mixed_up_most()
    {
        const string layout = """{"xaxis": {"title": {"text": "prediction"}}, "yaxis": {"title": {"text": "label"}}}""";
        Assert.Equal("T. A table of 2 rows (label) and 2 columns (prediction); on the diagonal from 970 to 1,121; beside it the highest 11 (label 1, prediction 0), 3 (label 0, prediction 1).", Words("""
            [{"type": "heatmap", "x": [0, 1], "y": [0, 1], "z": [[970, null], [null, 1121]]}, {"type": "heatmap", "x": [0, 1], "y": [0, 1], "z": [[null, 3], [11, null]]}]
            """, layout));
        Assert.Equal("T. A table of 1 rows (row) and 2 columns (column); highest 7 (row a, column c), lowest 2 (row a, column b).", Words("""[{"type": "heatmap", "y": ["a"], "x": ["b", "c"], "z": [[2, 7]]}]"""));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""[{"type": "pie", "values": [1]}]""")]
    [InlineData("""[{"type": "scatter", "x": {"bdata": "AAAA", "dtype": "f4"}, "y": {"bdata": "AAAA", "dtype": "f4"}}]""")]
    [InlineData("""[{"type": "bar"}]""")]
    [InlineData("""[{"type": "heatmap", "z": [[null]]}]""")]
    [InlineData("""[{"type": "bar", "x": [1], "y": [1]}, {"type": "scatter", "y": [1]}]""")]
    [InlineData("""[3, null, "x"]""")]
    public void What_is_not_known_keeps_its_title(string data)
    {
        Assert.Equal("T", Words(data));
        Assert.Equal("chart", Words(data, """{"title": {}, "annotations": 3}""", null));
    }
}
