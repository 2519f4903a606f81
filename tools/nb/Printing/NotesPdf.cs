using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Markdig.Syntax;
using Microsoft.Playwright;
using Nb.Pictures;
using Nb.Site;

namespace Nb.Printing;

/// <summary>Typesets the notes on A4: the same markdown and the same KaTeX as on the site, printed by Chromium.</summary>
public static partial class NotesPdf
{
    private const string Mark = "% my_note.md sha256 ";

    /// <summary>The SHA-256 of a text with `\n` at line ends, so that it is the same in every checkout; lower-case
    /// hexadecimal.</summary>
    public static string HashOf(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"))));

    /// <summary>The hash of the notes that a PDF was printed from: its last line, a comment behind the document. Null when
    /// there is none.</summary>
    public static string? HashIn(ReadOnlySpan<byte> pdf)
    {
        var last = Encoding.Latin1.GetString(pdf).TrimEnd().Split('\n')[^1];
        return last.StartsWith(Mark, StringComparison.Ordinal) ? last[Mark.Length..] : null;
    }

    /// <summary>Prints a markdown text.</summary>
    /// <param name="markdown">The notes; the first heading is the title.</param>
    /// <param name="folder">Where they lie: their pictures are looked for from there.</param>
    /// <param name="chromium">The browser's program.</param>
    /// <returns>The PDF, with the hash of the text as its last line.</returns>
    public static async Task<byte[]> PrintAsync(string markdown, string folder, string chromium, CancellationToken cancellationToken)
    {
        RequireTitle(markdown);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.LaunchAsync(playwright, chromium);
        var context = await browser.NewContextAsync(new() { Offline = true });
        // A file of the program's own folder: the page may load the style sheets and fonts beside it.
        ReplacedFile.RemoveLeftoversIn(AppContext.BaseDirectory, "print-", ".html");
        var file = Path.Join(AppContext.BaseDirectory, $"print-{Environment.ProcessId}.html");
        try
        {
            // Printed twice: only then is it known which page each heading stands on.
            var first = await PrintOnceAsync(new Dictionary<string, int>());
            var pdf = await PrintOnceAsync(PdfPlaces.Pages(first));
            return [.. pdf, .. Encoding.ASCII.GetBytes($"{Mark}{HashOf(markdown)}\n")];
        }
        finally
        {
            File.Delete(file);
        }

        async Task<byte[]> PrintOnceAsync(IReadOnlyDictionary<string, int> pageNumbers)
        {
            await File.WriteAllTextAsync(file, Page(markdown, folder, pageNumbers), cancellationToken);
            var page = await context.NewPageAsync();
            await page.GotoAsync(AddressOf(file), new() { WaitUntil = WaitUntilState.Load }).WaitAsync(cancellationToken);
            if (await page.EvaluateAsync<string?>(Script).WaitAsync(cancellationToken) is { } problem)
                throw new UserError($"my_note.md: expected formulas that KaTeX understands and that fit the page, found {problem}. "
                    + "Correct the formula, or break it into two lines.");
            var pdf = await page.PdfAsync(new()
            {
                Format = "A4",
                Margin = new() { Top = "20mm", Bottom = "20mm", Left = "24mm", Right = "24mm" },
                PrintBackground = true,
                Outline = true,
                Tagged = true,
                DisplayHeaderFooter = true,
                HeaderTemplate = "<span></span>",
                FooterTemplate = "<div style=\"width: 100%; text-align: center; font: 8pt serif; color: #555\"><span class=\"pageNumber\"></span></div>",
            }).WaitAsync(cancellationToken);
            await page.CloseAsync();
            return pdf;
        }
    }

    /// <summary>The address of a file. Uri would take a % in the path for the start of an escape.</summary>
    public static string AddressOf(string file)
    {
        var parts = Path.GetFullPath(file).Replace('\\', '/').TrimStart('/').Split('/');
        return "file:///" + string.Join('/', parts.Select((part, i) => i == 0 && part.EndsWith(':') ? part : Uri.EscapeDataString(part)));
    }

    private static void RequireTitle(string markdown)
    {
        if (!MarkdownConverter.CanParse(markdown))
            throw new UserError("my_note.md: expected markdown that can be shown, found lists or quotations nested too deeply.");
        if (!MarkdownConverter.Parse(markdown).OfType<HeadingBlock>().Any(heading => heading.Level == 1))
            throw new UserError("my_note.md: expected a heading \"# …\", which is the title on the first page, found "
                + (string.IsNullOrWhiteSpace(markdown) ? "an empty file." : "none."));
    }

    /// <summary>Draws the formulas; makes what is still too wide smaller, down to what can be read. Returns what is
    /// wrong, or null.</summary>
    private const string Script =
        """
        async () => {
          const problems = [];
          document.body.style.width = "162mm";   // what the margins leave of A4
          for (const element of document.querySelectorAll(".formula")) {
            const tex = element.textContent;
            try { katex.render(tex, element, { displayMode: element.classList.contains("display"), throwOnError: true }); }
            catch (error) { problems.push(error.message); }
          }
          await Promise.all([...document.fonts].map(font => font.load()));
          const tooWide = element => {
            const inner = element.querySelector(".katex-html");
            const tag = inner.querySelector(".katex-tag");
            const needed = [...inner.querySelectorAll(":scope > .katex-base")].reduce((sum, base) => sum + base.getBoundingClientRect().width, 0)
              + (tag ? 2 * tag.getBoundingClientRect().width + 12 : 0);
            return needed / element.getBoundingClientRect().width;
          };
          for (const element of document.querySelectorAll(".formula.display")) {
            if (!element.querySelector(".katex-html")) continue;
            const ratio = tooWide(element);
            if (!(ratio > 0)) problems.push("a formula without a width: KaTeX's class names have changed");
            if (ratio > 1) element.style.fontSize = `${0.98 / ratio}em`;
            if (ratio > 1.5) problems.push(`one that is ${ratio.toFixed(1)} times as wide: ${element.querySelector("annotation").textContent}`);
          }
          // What fits on a page stays on one.
          for (const table of document.querySelectorAll("table")) if (table.rows.length <= 12) table.className = "short";
          for (const element of document.querySelectorAll(".formula.display, pre, .short, .place")) {
            const before = element.previousElementSibling;
            if (before?.tagName === "P") before.classList.add("announces");
          }
          // So does a derivation: the lines and formulas that follow on each other, up to half a page; a longer one breaks
          // where a numbered formula is reached.
          const half = 125 / 25.4 * 96, isFormula = e => e?.matches(".formula.display, pre, .place");
          for (const first of document.querySelectorAll(".text > p")) {
            if (first.parentElement.className !== "text" || !isFormula(first.nextElementSibling) || isFormula(first)) continue;
            const group = [first];
            for (let next = first.nextElementSibling; next && (isFormula(next) || next.tagName === "P" && isFormula(next.nextElementSibling)); next = next.nextElementSibling)
              group.push(next);
            const top = first.getBoundingClientRect().top;
            while (group.length > 1 && (group.at(-1).getBoundingClientRect().bottom - top > half || !group.at(-1).matches(".formula.display, pre"))) group.pop();
            const box = document.createElement("div");
            box.className = "derivation";
            first.before(box);
            box.append(...group);
          }
          // The sources fill one page, in smaller letters if need be: a last page with a few lines is none.
          const sources = [...document.querySelectorAll("#sources, #sources ~ *, .built")];
          const tall = () => sources.at(-1).getBoundingClientRect().bottom - sources[0].getBoundingClientRect().top > 250 / 25.4 * 96;
          for (let size = 10.4; sources.length > 1 && size > 7.5 && tall(); size -= 0.2)
            for (const element of sources.slice(1)) element.style.fontSize = `${size}pt`;
          // A comma or full stop stays with the formula before it.
          for (const element of document.querySelectorAll("span.formula")) {
            const [text, last] = [element.nextSibling, [...element.querySelectorAll(".katex-html > .katex-base")].at(-1)];
            const mark = text?.nodeType === Node.TEXT_NODE && last ? text.data.match(/^[.,:;?)]+/)?.[0] : undefined;
            if (mark) { last.append(mark); text.data = text.data.slice(mark.length); }
          }
          for (const image of document.images)
            if (!image.complete || image.naturalWidth === 0) problems.push(`a picture that is not there: ${image.src}`);
          // Links to files of the repository lead nowhere from a PDF: their text remains.
          for (const link of document.querySelectorAll('a[href=""]')) link.replaceWith(...link.childNodes);
          return problems.length ? problems.join("; ") : null;
        }
        """;

    private static string Page(string markdown, string folder, IReadOnlyDictionary<string, int> pageNumbers)
    {
        var converter = new MarkdownConverter(address =>
            address.StartsWith('#') || address.StartsWith("http", StringComparison.Ordinal) ? address
            : Path.GetExtension(address) is ".svg" or ".png" ? PictureFor(Path.GetFullPath(address, folder)) : "");
        var body = NotesText.WithQuotes(NotesText.WithLinks(converter.ToHtml(markdown)));
        var title = MarkdownConverter.PlainText(MarkdownConverter.Parse(markdown).OfType<HeadingBlock>().First(heading => heading.Level == 1).Inline);
        // The title stands on the cover; what is before it stays with what is after it.
        var (start, end) = (body.IndexOf("<h1 ", StringComparison.Ordinal), body.IndexOf("</h1>", StringComparison.Ordinal) + "</h1>".Length);
        // The empty paragraphs that hold an equation's place.
        var text = (body[..start] + body[end..]).Replace("<p><a id=", "<p class=\"place\"><a id=", StringComparison.Ordinal);
        return $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>{WebUtility.HtmlEncode(title)}</title>
            <link rel="stylesheet" href="Site/assets/katex/katex.min.css">
            <link rel="stylesheet" href="Printing/assets/print.css">
            <script src="Site/assets/katex/katex.min.js"></script>
            </head>
            <body>
            <div class="cover"><h1>{WebUtility.HtmlEncode(title)}</h1><div class="rule"></div>
            <p>The mathematics of the course “A neural network from scratch, in C#”</p></div>
            <nav class="toc"><h2>Contents</h2><ol>
            {Contents(converter.Headings, pageNumbers)}</ol></nav>
            <div class="text">{text}</div>
            <p class="built">Printed from my_note.md, SHA-256 {HashOf(markdown)}, with <code>dotnet run --project tools/nb -- pdf</code></p>
            </body>
            </html>

            """;
    }

    /// <summary>Where the page finds a picture. Words in the figures have a halo of paper around them, which a PDF has as one
    /// outline for each letter and size of letters. Its round corners would be a handful of curves each, so they are
    /// bevelled. And on paper a figure is 11/16 as large (print.css): with sides that are whole multiples of 16 every figure
    /// is drawn at exactly that scale, none is stretched to whole dots, and all share the outlines of their letters.</summary>
    private static string PictureFor(string file)
    {
        if (Path.GetExtension(file) != ".svg" || !File.Exists(file))
            return AddressOf(file);
        var svg = Size().Replace(File.ReadAllText(file), match =>
        {
            int Whole(int side) => (int.Parse(match.Groups[side].Value, CultureInfo.InvariantCulture) + 15) / 16 * 16;
            return $"width=\"{Whole(1)}\" height=\"{Whole(2)}\" viewBox=\"0 0 {Whole(1)} {Whole(2)}\"";
        }, 1).Replace("stroke-linejoin:round", "stroke-linejoin:bevel", StringComparison.Ordinal);
        return "data:image/svg+xml;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(svg));
    }

    [GeneratedRegex(@"width=""(\d+)"" height=""(\d+)"" viewBox=""0 0 \1 \2""")] private static partial Regex Size();

    private static string Contents(IReadOnlyList<Heading> headings, IReadOnlyDictionary<string, int> pageNumbers)
    {
        var list = new StringBuilder();
        foreach (var heading in headings.Where(heading => heading.Level is 2 or 3))
        {
            var number = pageNumbers.TryGetValue(heading.Id, out var page) ? page.ToString(CultureInfo.InvariantCulture) : "00";
            list.Append($"<li class=\"level{heading.Level}\"><a href=\"#{heading.Id}\">{heading.Html}</a><i></i><span>{number}</span></li>\n");
        }
        return list.ToString();
    }
}
