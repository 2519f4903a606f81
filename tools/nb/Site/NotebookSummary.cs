using System.Text.RegularExpressions;
using Markdig.Syntax;
using Nb.Notebooks;

namespace Nb.Site;

/// <summary>What the first cell of a notebook says about it.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Summary">The first paragraph below; empty when there is none.</param>
/// <param name="Objectives">The markdown of the first list: what the reader will be able to do.</param>
/// <param name="Time">What stands after "Time"; empty when it does not say.</param>
/// <param name="NotesSection">The place in the notes that it goes with; empty when it names none.</param>
public sealed partial record NotebookSummary(
    string Title, string Summary, IReadOnlyList<string> Objectives, string Time, string NotesSection)
{
    public static NotebookSummary Of(Notebook notebook)
    {
        var text = notebook.Cells.FirstOrDefault(cell => cell.IsMarkdown)?.Source ?? "";
        if (!MarkdownConverter.CanParse(text))
            text = "";
        var document = MarkdownConverter.Parse(text);
        var title = MarkdownConverter.PlainText(document.OfType<HeadingBlock>().FirstOrDefault()?.Inline);
        var paragraph = MarkdownConverter.PlainText(document.OfType<ParagraphBlock>().FirstOrDefault()?.Inline);
        var items = document.OfType<ListBlock>().FirstOrDefault()?.OfType<ListItemBlock>()
            .Select(item => text.Substring(item.Span.Start, item.Span.Length).TrimStart('-', '*', ' ').Trim());
        return new NotebookSummary(
            title.Length > 0 ? title : Path.GetFileNameWithoutExtension(notebook.Path),
            paragraph,
            [.. items ?? []],
            TimeTaken().Match(text).Groups["time"].Value.Trim(),
            Section().Match(text).Groups["id"].Value);
    }

    [GeneratedRegex(@"\*\*Time:?\*\*:?\s*(?<time>[^·\n]+)|It takes (?<time>[^.\n]+)")]
    private static partial Regex TimeTaken();

    [GeneratedRegex(@"\]\(\.\./my_note\.md#(?<id>[^)]+)\)")]
    private static partial Regex Section();
}
