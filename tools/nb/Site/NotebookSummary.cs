using System.Text.RegularExpressions;
using Markdig.Syntax;
using Nb.Notebooks;

namespace Nb.Site;

/// <summary>What the first cell of a notebook says about it.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Summary">The first paragraph below; empty when there is none.</param>
/// <param name="Time">What stands after "Time"; empty when it does not say.</param>
public sealed partial record NotebookSummary(string Title, string Summary, string Time)
{
    public static NotebookSummary Of(Notebook notebook)
    {
        var text = notebook.Cells.FirstOrDefault(cell => cell.IsMarkdown)?.Source ?? "";
        var document = MarkdownConverter.Parse(text);
        var title = MarkdownConverter.PlainText(document.OfType<HeadingBlock>().FirstOrDefault()?.Inline);
        var paragraph = MarkdownConverter.PlainText(document.OfType<ParagraphBlock>().FirstOrDefault()?.Inline);
        return new NotebookSummary(
            title.Length > 0 ? title : Path.GetFileNameWithoutExtension(notebook.Path),
            paragraph,
            TimeTaken().Match(text).Groups["time"].Value.Trim());
    }

    [GeneratedRegex(@"\*\*Time:?\*\*:?\s*(?<time>[^·\n]+)")]
    private static partial Regex TimeTaken();
}
