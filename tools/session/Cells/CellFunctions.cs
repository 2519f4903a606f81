using Microsoft.AspNetCore.Html;
using Microsoft.DotNet.Interactive.Formatting;
using Nb.Session;
using Nb.Values;

namespace Nb.Cells;

/// <summary>What cells can call without naming a class. The names are .NET Interactive's, so that notebooks written for
/// it find them.</summary>
public static class CellFunctions
{
    /// <summary>What every cell uses: namespaces, and a class for the names of its members.</summary>
    internal static IReadOnlyList<string> Usings { get; } =
    [
        "System", "System.IO", "System.Text", "System.Collections", "System.Collections.Generic",
        "System.Threading", "System.Threading.Tasks", "System.Linq",
        typeof(CellFunctions).Namespace!, typeof(CellFunctions).FullName!, typeof(Formatter).Namespace!,
    ];

    /// <summary>Shows a value at once, below what the cell has shown so far.</summary>
    /// <param name="value">What to show; null is shown as such.</param>
    /// <param name="mimeTypes">The forms to show it in; without any, those that its formatter prefers.</param>
    /// <exception cref="InvalidOperationException">Called outside a cell.</exception>
    public static DisplayedValue display(object? value, params string[] mimeTypes) =>
        Current.Display(Bundle(value, mimeTypes));

    /// <summary>Runs a script in the page that shows the notebook.</summary>
    public static void Javascript(string script) => display(HTML($"<script type=\"text/javascript\">{script}</script>"));

    /// <summary>Shows a table: a row for each item, a column for each property.</summary>
    public static DisplayedValue DisplayTable<T>(this IEnumerable<T> items) => display(items, MimeBundle.Html);

    /// <summary>Text that is shown as HTML.</summary>
    public static IHtmlContent HTML(string html) => new HtmlString(html);

    /// <summary>Asks the reader for a line of text.</summary>
    /// <param name="prompt">What the reader sees beside the field.</param>
    /// <returns>The line; null when there is nobody to ask.</returns>
    public static Task<string?> GetInputAsync(string prompt = "") => Task.Run(() => Current.Ask(prompt, isPassword: false));

    /// <summary>Asks the reader for a line that is not shown while it is typed.</summary>
    /// <inheritdoc cref="GetInputAsync"/>
    public static Task<string?> GetPasswordAsync(string prompt = "") => Task.Run(() => Current.Ask(prompt, isPassword: true));

    /// <summary>Takes away what the cell has put out so far.</summary>
    /// <param name="wait">Only when the next output comes, so that nothing flickers.</param>
    public static void ClearOutput(bool wait = false) => Current.Clear(wait);

    /// <summary>Shows this value at once; the same as <see cref="display"/>.</summary>
    public static DisplayedValue Display<T>(this T value, params string[] mimeTypes) => display(value, mimeTypes);

    /// <summary>Shows this text as what it is: HTML, Markdown, LaTeX or another type that the editor knows.</summary>
    public static DisplayedValue DisplayAs(this string text, string mimeType) =>
        Current.Display(new MimeBundle { [mimeType] = text });

    internal static MimeBundle Bundle(object? value, string[] mimeTypes)
    {
        if (value is null)
            return new() { [MimeBundle.Plain] = "<null>" };
        if (mimeTypes.Length == 0)
            return ValueFormatter.Format(value);
        var bundle = new MimeBundle();
        foreach (var mimeType in mimeTypes)
            bundle[mimeType] = value as string ?? value.ToDisplayString(mimeType);
        return bundle;
    }

    private static CellContext Current =>
        CellContext.Current ?? throw new InvalidOperationException("There is no cell here to show a value in.");
}
