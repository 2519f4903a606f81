using System.Text.RegularExpressions;

namespace Nb.Site;

/// <summary>A section of the notes for the side of a notebook.</summary>
public static partial class NotesBeside
{
    /// <summary>The section that begins at a heading of level 2, as a panel that folds; empty when there is none. Its ids
    /// get a prefix, since the notebook may have headings of the same name.</summary>
    /// <param name="notes">The HTML of all notes.</param>
    /// <param name="section">The id of the heading.</param>
    public static string Of(string notes, string section)
    {
        var start = notes.IndexOf($"<h2 id=\"{section}\">", StringComparison.Ordinal);
        if (start < 0)
            return "";
        var end = notes.IndexOf("<h2 ", start + 1, StringComparison.Ordinal);
        var html = notes[start..(end < 0 ? notes.Length : end)].Replace("</section>", "", StringComparison.Ordinal);
        var ids = Id().Matches(html).Select(match => match.Groups[1].Value).ToHashSet();
        html = Id().Replace(html, " id=\"notes-$1\"");
        html = OwnLink().Replace(html, match => ids.Contains(match.Groups[1].Value)
            ? $"href=\"#notes-{match.Groups[1].Value}\""
            : $"href=\"my_note.html#{match.Groups[1].Value}\"");
        return $"""
            <aside class="beside" aria-label="Notes"><details><summary>Notes</summary>
            <div class="text" role="region" aria-label="The section of the notes" tabindex="0">
            {html}</div></details></aside>

            """;
    }

    [GeneratedRegex(" id=\"([^\"]*)\"")]
    private static partial Regex Id();

    [GeneratedRegex("href=\"#([^\"]*)\"")]
    private static partial Regex OwnLink();
}
