using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.DotNet.Interactive.Formatting;

namespace Tests.Lib;

/// <summary>How a picture is shown.</summary>
public sealed class PictureTests
{
    private static Picture Line(string title) => Charts.Lines(title, "x", "y", new Curve("a", [1, 2], [3, 4]));

    [Fact]
    public void HtmlIsADivWithItsTitleAndItsFigure()
    {
        var html = Line("A \"line\" & more").ToHtml();
        Assert.Contains("role=\"img\" aria-label=\"A &quot;line&quot; &amp; more\"", html);
        Assert.Contains("height:380px", html);
        var figure = Regex.Match(html, @"var f=(\{.*\}),s=document", RegexOptions.Singleline).Groups[1].Value;
        Assert.Equal(3, JsonNode.Parse(figure)!["data"]![0]!["y"]![0]!.GetValue<int>());
    }

    [Fact]
    public void TitlesCannotEndTheScript()
    {
        var picture = Line("</script><!--<img src=x>\u2028");
        var html = picture.ToHtml();
        Assert.Equal(html.Length - "</script>".Length, html.IndexOf("</script>", StringComparison.Ordinal));
        Assert.DoesNotContain("<!--", html);
        Assert.DoesNotContain("<img", html);
        var figure = Regex.Match(html, @"var f=(\{.*\}),s=document", RegexOptions.Singleline).Groups[1].Value;
        Assert.Equal(picture.Title, (string?)JsonNode.Parse(figure)!["layout"]!["title"]!["text"]);
    }

    [Fact]
    public void DifferentFiguresHaveDifferentKeysAndTheSameFigureTheSame()
    {
        static string Key(Picture picture) => Regex.Match(picture.ToHtml(), "data-picture=\"([0-9a-f]{16})\"").Groups[1].Value;
        Assert.Equal(Key(Line("one")), Key(Line("one")));
        Assert.NotEqual(Key(Line("one")), Key(Line("two")));
    }

    [Fact]
    public void TextThatLooksLikeAPlaceholderIsLeftAlone() =>
        Assert.Contains("aria-label=\"@KEY and @FIGURE\"", Line("@KEY and @FIGURE").ToHtml());

    [Fact]
    public void NotebooksShowBothKindsOfIt()
    {
        var picture = Line("A line");
        Assert.Equal(["application/vnd.plotly.v1+json", "text/html"], Formatter.GetPreferredMimeTypesFor(typeof(Picture)));
        Assert.Equal(picture.Json, picture.ToDisplayString("application/vnd.plotly.v1+json"));
        Assert.Equal(picture.ToHtml(), picture.ToDisplayString("text/html"));
        Assert.Equal("A line", picture.ToString());
        Assert.Equal("A line", picture.ToDisplayString("text/plain"));
    }
}
