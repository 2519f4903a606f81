using System.Text;
using System.Text.RegularExpressions;

namespace Nb.Site;

/// <summary>What is done to the HTML of the notes' prose, and not to its formulas and code.</summary>
public static partial class NotesText
{
    /// <summary>References to equations, such as (5.4), become links to them. A number that names no equation of the text
    /// stays as it is, and so does what is a link already.</summary>
    public static string WithLinks(string html) => WithLinks(html, EquationsOf(html), "");

    /// <summary>The same for a text that cites the equations of another page.</summary>
    /// <param name="known">The equations that can be reached, as <see cref="EquationsOf"/> gives them.</param>
    /// <param name="page">The address of the page that they stand on.</param>
    public static string WithLinks(string html, IReadOnlySet<string> known, string page) =>
        InProse(html, (text, _) => Reference().Replace(text, match =>
        {
            var number = match.Groups["number"].Value.Replace('.', '-');
            return known.Contains(number) ? $"<a href=\"{page}#eq-{number}\">{match.Value}</a>" : match.Value;
        }), "a");

    /// <summary>The equations that have a place in a text, such as 5-4.</summary>
    public static IReadOnlySet<string> EquationsOf(string html) => Place().Matches(html).Select(match => match.Groups["number"].Value).ToHashSet();

    /// <summary>Straight quotation marks and apostrophes become curly.</summary>
    public static string WithQuotes(string html) => InProse(html, (text, before) =>
    {
        var result = new StringBuilder(text.Length);
        foreach (var letter in text.Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&#39;", "'", StringComparison.Ordinal))
        {
            // At the beginning of a word, or of all, a mark opens.
            var opens = char.IsWhiteSpace(before) || before is '(' or '[' or '“' or '‘' or '—' or '–';
            before = letter switch { '"' => opens ? '“' : '”', '\'' => opens ? '‘' : '’', _ => letter };
            result.Append(before);
        }
        return result.ToString();
    });

    /// <summary>Changes the text between the tags, but for that of formulas, code and other elements that are named.</summary>
    /// <param name="change">Gets a piece of text and the letter before it, which is a blank at the beginning of a block.</param>
    private static string InProse(string html, Func<string, char, string> change, params string[] otherElements)
    {
        var result = new StringBuilder(html.Length);
        var (skipped, depth, before) = ("", 0, ' ');
        foreach (Match part in Part().Matches(html))
        {
            if (!part.Groups["tag"].Success)
            {
                var text = depth > 0 ? part.Value : change(part.Value, before);
                result.Append(text);
                if (text.Length > 0) before = depth > 0 ? 'x' : LastLetter(part.Value);
                continue;
            }
            result.Append(part.Value);
            var (name, ends) = (part.Groups["name"].Value, part.Value[1] == '/');
            if (depth > 0)
                depth += name != skipped ? 0 : ends ? -1 : 1;
            else if (!ends && (name is "code" or "pre" or "script" || otherElements.Contains(name) || part.Value.Contains("class=\"formula", StringComparison.Ordinal)))
                (skipped, depth) = (name, 1);
            else if (name is not ("a" or "em" or "strong" or "span"))
                before = ' ';
        }
        return result.ToString();
    }

    private static char LastLetter(string text) => text.EndsWith("&quot;", StringComparison.Ordinal) ? '"' : text[^1];

    [GeneratedRegex("(?<tag></?(?<name>[a-zA-Z0-9]+)[^>]*>)|[^<]+|<")]
    private static partial Regex Part();

    [GeneratedRegex("<a id=\"eq-(?<number>[0-9-]+)\">")]
    private static partial Regex Place();

    [GeneratedRegex(@"\((?<number>\d{1,2}\.\d{1,2})\)")]
    private static partial Regex Reference();
}
