using System.Net;
using System.Text;
using Markdig;
using Markdig.Extensions.Mathematics;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Nb.Site;

/// <summary>A heading of a page.</summary>
public sealed record Heading(int Level, string Html, string Id);

/// <summary>Turns the markdown of one page into HTML: formulas kept for KaTeX, C# coloured, links led to the pages of
/// the site, headings collected with the ids that GitHub gives them.</summary>
/// <param name="redirect">Turns the address of a link or picture into the one on the site.</param>
/// <param name="untrusted">Takes what could run out of the HTML; null where the text is trusted.</param>
public sealed class MarkdownConverter(Func<string, string> redirect, Untrusted? untrusted = null)
{
    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables()
        .UseMathematics()
        .UseFootnotes()
        .UseTaskLists()
        .UseEmphasisExtras()
        .UseAutoLinks()
        .Build();

    private readonly List<Heading> _headings = [];
    private readonly Dictionary<string, int> _ids = [];

    /// <summary>The headings of everything converted so far.</summary>
    public IReadOnlyList<Heading> Headings => _headings;

    public string ToHtml(string markdown)
    {
        var document = Markdown.Parse(markdown, s_pipeline);
        foreach (var link in document.Descendants<LinkInline>())
        {
            if (link.Url is { Length: > 0 } url)
                link.Url = redirect(url);
        }
        foreach (var heading in document.Descendants<HeadingBlock>())
        {
            var id = UniqueId(PlainText(heading.Inline));
            heading.GetAttributes().Id = id;
            var inner = Render(r => r.WriteLeafInline(heading));
            _headings.Add(new Heading(heading.Level, untrusted?.Clean(inner) ?? inner, id));
        }
        var html = Render(r => r.Render(document));
        return untrusted?.Clean(html) ?? html;
    }

    /// <summary>The text of inlines without marks, formulas included.</summary>
    public static string PlainText(ContainerInline? inline)
    {
        var text = new StringBuilder();
        foreach (var part in inline?.Descendants() ?? [])
        {
            text.Append(part switch
            {
                LiteralInline literal => literal.Content.ToString(),
                CodeInline code => code.Content,
                MathInline math => math.Content.ToString(),
                LineBreakInline => " ",
                HtmlEntityInline entity => entity.Transcoded.ToString(),
                _ => "",
            });
        }
        return text.ToString();
    }

    /// <summary>The document that a text stands for.</summary>
    public static MarkdownDocument Parse(string markdown) => Markdown.Parse(markdown, s_pipeline);

    /// <summary>Whether it can be parsed: lists and quotations may be nested too deeply for that.</summary>
    public static bool CanParse(string markdown)
    {
        try
        {
            Parse(markdown);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The blocks of C# in a text, in their order.</summary>
    public static IEnumerable<string> CodeOf(string markdown) =>
        Parse(markdown).Descendants<CodeBlock>().Where(IsCSharp).Select(block => block.Lines.ToString());

    private static bool IsCSharp(CodeBlock block) => block is FencedCodeBlock { Info: "csharp" or "cs" or "c#" or "C#" };

    private string UniqueId(string text)
    {
        var id = string.Concat(text.ToLowerInvariant()
            .Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')
            .Select(c => c == ' ' ? '-' : c));
        var count = _ids[id] = _ids.GetValueOrDefault(id, -1) + 1;
        return count == 0 ? id : $"{id}-{count}";
    }

    private static string Render(Action<HtmlRenderer> render)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var renderer = new HtmlRenderer(writer);
        s_pipeline.Setup(renderer);
        renderer.ObjectRenderers.Replace<HtmlMathInlineRenderer>(new InlineFormula());
        renderer.ObjectRenderers.Replace<HtmlMathBlockRenderer>(new BlockFormula());
        renderer.ObjectRenderers.Replace<CodeBlockRenderer>(new ColouredCode());
        render(renderer);
        writer.Flush();
        return writer.ToString();
    }

    /// <summary>The element that site.js hands to KaTeX: the formula as its plain text.</summary>
    private static string Formula(string tag, bool display, string tex) =>
        $"<{tag} class=\"{(display ? "formula display" : "formula")}\">{WebUtility.HtmlEncode(tex.Trim())}</{tag}>";

    private sealed class InlineFormula : HtmlObjectRenderer<MathInline>
    {
        protected override void Write(HtmlRenderer renderer, MathInline formula) =>
            renderer.Write(Formula("span", formula.DelimiterCount > 1, formula.Content.ToString()));
    }

    private sealed class BlockFormula : HtmlObjectRenderer<MathBlock>
    {
        protected override void Write(HtmlRenderer renderer, MathBlock formula) =>
            renderer.WriteLine(Formula("div", display: true, formula.Lines.ToString()));
    }

    private sealed class ColouredCode : HtmlObjectRenderer<CodeBlock>
    {
        protected override void Write(HtmlRenderer renderer, CodeBlock block)
        {
            var code = block.Lines.ToString();
            var isCSharp = IsCSharp(block);
            renderer.WriteLine(
                $"<pre{(isCSharp ? " class=\"csharp\"" : "")}><code>{(isCSharp ? CodeColours.ToHtml(code) : WebUtility.HtmlEncode(code))}</code></pre>");
        }
    }
}
