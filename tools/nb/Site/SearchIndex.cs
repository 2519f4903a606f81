using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nb.Site;

/// <summary>The words of the site for search.js. A script, since a page of the file system may not fetch anything else.</summary>
public static partial class SearchIndex
{
    private static readonly JsonSerializerOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>`searchIndex = [[address, page, heading, text], …]`, one entry for each heading.</summary>
    public static string Script(IEnumerable<Page> pages) => "window.searchIndex = [\n"
        + string.Join(",\n", pages.SelectMany(Entries).Select(entry => JsonSerializer.Serialize(entry, s_options))) + "\n];\n";

    private static IEnumerable<string[]> Entries(Page page)
    {
        var html = Unread().Replace(page.Body, " ");
        var headings = Heading().Matches(html);
        var (address, title, start) = (page.Link.Address, page.Link.Title, 0);
        foreach (Match heading in headings)
        {
            if (Text(html[start..heading.Index]) is { Length: > 0 } text)
                yield return [address, page.Link.Title, title, text];
            (address, title, start) = ($"{page.Link.Address}#{heading.Groups["id"].Value}", Text(heading.Groups["title"].Value), heading.Index + heading.Length);
        }
        if (Text(html[start..]) is { Length: > 0 } last)
            yield return [address, page.Link.Title, title, last];
    }

    private static string Text(string html) =>
        Space().Replace(WebUtility.HtmlDecode(Tag().Replace(html, " ")), " ").Trim();

    // Outputs, scripts and displayed formulas: nobody looks for their words. Short formulas in the text stay.
    [GeneratedRegex("<section class=\"cell.*?</section>|<p class=\"live-hint\">.*?</p>|<script.*?</script>|<noscript.*?</noscript>|<details class=\"setup\">.*?</summary>|<div class=\"formula display\">.*?</div>|<span class=\"formula\">[^<]{16,}</span>", RegexOptions.Singleline)]
    private static partial Regex Unread();

    [GeneratedRegex("<h[1-4] id=\"(?<id>[^\"]*)\">(?<title>.*?)</h[1-4]>", RegexOptions.Singleline)]
    private static partial Regex Heading();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
