using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Nb.Printing;

/// <summary>Reads from a PDF that Chromium wrote on which page each place lies that a link can lead to. Chromium leaves
/// these parts of the file uncompressed.</summary>
public static partial class PdfPlaces
{
    /// <summary>The name of a place to its page, counted from 1.</summary>
    public static IReadOnlyDictionary<string, int> Pages(ReadOnlySpan<byte> pdf)
    {
        var text = Encoding.Latin1.GetString(pdf);
        var groups = PageGroup().Matches(text).ToDictionary(
            group => group.Groups["id"].Value, group => Reference().Matches(group.Groups["kids"].Value).Select(kid => kid.Groups[1].Value));
        var inner = groups.Values.SelectMany(kids => kids).Where(groups.ContainsKey).ToHashSet();
        var pages = groups.Keys.Where(id => !inner.Contains(id)).SelectMany(Leaves).Select((id, i) => (id, number: i + 1))
            .ToDictionary(page => page.id, page => page.number);
        return Place().Matches(text).Where(place => pages.ContainsKey(place.Groups["page"].Value))
            .DistinctBy(place => place.Groups["name"].Value)
            .ToDictionary(place => Plain(place.Groups["name"].Value), place => pages[place.Groups["page"].Value]);

        IEnumerable<string> Leaves(string id) => groups.TryGetValue(id, out var kids) ? kids.SelectMany(Leaves) : [id];
    }

    /// <summary>A name without PDF's way of writing unusual bytes, #xx.</summary>
    private static string Plain(string name) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(EscapedByte().Replace(
        name, match => ((char)int.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString())));

    [GeneratedRegex(@"(?<id>\d+) 0 obj\s*<</Type /Pages\s[^>]*?/Kids \[(?<kids>[^\]]*)\]")]
    private static partial Regex PageGroup();

    [GeneratedRegex(@"(\d+) 0 R")]
    private static partial Regex Reference();

    [GeneratedRegex(@"/(?<name>[^\s/\[]+) \[(?<page>\d+) 0 R /XYZ ")]
    private static partial Regex Place();

    [GeneratedRegex("#([0-9A-Fa-f]{2})")]
    private static partial Regex EscapedByte();
}
