using Nb.Site;

namespace Tests.Site;

public sealed class NotesTextTests
{
    private const string Places = "<p><a id=\"eq-5-4\"></a></p><p><a id=\"eq-5-10\"></a></p>";

    [Theory]
    [InlineData("<p>By (5.4) and (5.10).</p>", "<p>By <a href=\"#eq-5-4\">(5.4)</a> and <a href=\"#eq-5-10\">(5.10)</a>.</p>")]
    [InlineData("<li><strong>Backward</strong>, (5.4) to (5.10)</li>", "<li><strong>Backward</strong>, <a href=\"#eq-5-4\">(5.4)</a> to <a href=\"#eq-5-10\">(5.10)</a></li>")]
    [InlineData("<p>no equation: (5.5), 5.4, (0.50)</p>", "<p>no equation: (5.5), 5.4, (0.50)</p>")]
    [InlineData("<p><a href=\"#x\">step (5.4)</a> <code>(5.4)</code></p>", "<p><a href=\"#x\">step (5.4)</a> <code>(5.4)</code></p>")]
    [InlineData("<pre><code><span class=\"c\">// (5.4)</span></code></pre>", "<pre><code><span class=\"c\">// (5.4)</span></code></pre>")]
    [InlineData("<span class=\"formula\">(5.4)</span> <div class=\"formula display\">a &lt; b (5.4)</div>", "<span class=\"formula\">(5.4)</span> <div class=\"formula display\">a &lt; b (5.4)</div>")]
    public void References_become_links_in_prose_only(string html, string expected) =>
        Assert.Equal(Places + expected, NotesText.WithLinks(Places + html));

    [Fact]
    public void References_lead_to_another_page_where_the_equations_stand_there()
    {
        var equations = NotesText.EquationsOf(Places);
        Assert.Equal("<p>By <a href=\"my_note.html#eq-5-4\">(5.4)</a>, not (5.5), <code>(5.4)</code>.</p>", NotesText.WithLinks("<p>By (5.4), not (5.5), <code>(5.4)</code>.</p>", equations, "my_note.html"));
    }

    [Theory]
    [InlineData("<p>&quot;rain, 70 %&quot;, (&quot;no&quot;) and the network's</p>", "<p>“rain, 70 %”, (“no”) and the network’s</p>")]
    [InlineData("<p>&quot;<em>yes</em>&quot; and &quot;<span class=\"formula\">Z</span> is&quot;</p>", "<p>“<em>yes</em>” and “<span class=\"formula\">Z</span> is”</p>")]
    [InlineData("<p>a <span class=\"formula\">x'</span>&quot;</p><p>&quot;b&quot;</p>", "<p>a <span class=\"formula\">x'</span>”</p><p>“b”</p>")]
    [InlineData("<p><code>&quot;a&quot;</code> <a href=\"x\">&quot;a&quot;</a></p>", "<p><code>&quot;a&quot;</code> <a href=\"x\">“a”</a></p>")]
    [InlineData("<td>&quot;5 < 6&quot;</td>", "<td>“5 < 6”</td>")]
    public void Quotation_marks_become_curly_in_prose_only(string html, string expected) => Assert.Equal(expected, NotesText.WithQuotes(html));

    [Fact]
    public void Every_reference_of_the_notes_is_a_link_to_its_equation()
    {
        var html = NotesText.WithLinks(new MarkdownConverter(address => address).ToHtml(Course.Notes));
        var links = System.Text.RegularExpressions.Regex.Matches(html, "<a href=\"#eq-([0-9-]+)\">\\(([0-9.]+)\\)</a>");
        Assert.True(links.Count > 150, $"{links.Count} links");
        Assert.All(links, link => Assert.Equal(link.Groups[1].Value.Replace('-', '.'), link.Groups[2].Value));
        Assert.All(links, link => Assert.Contains($"<a id=\"eq-{link.Groups[1].Value}\">", html, StringComparison.Ordinal));
    }
}
