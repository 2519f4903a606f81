using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.DotNet.Interactive.Formatting;

namespace Nb.Values;

/// <summary>Turns the value of a cell into what is shown, by the rules of .NET Interactive's formatters.</summary>
public static partial class ValueFormatter
{
    /// <summary>The forms of <paramref name="value"/>: text alone for strings and scalars; HTML and text for objects;
    /// what its TypeFormatterSource attribute names, or what its ToHtml() returns, when it has one of them.</summary>
    public static MimeBundle Format(object value)
    {
        var type = value.GetType();
        if (value is string text)
            return new() { [MimeBundle.Plain] = text };
        if (value is bool or char || value is IFormattable && type.IsValueType)
            return new() { [MimeBundle.Plain] = Convert.ToString(value, CultureInfo.InvariantCulture)! };
        if (PlotlyChart.ToFigureJson(value) is { } figure)
        {
            // The course has a look for charts, and tells the formatter of it.
            return Formatter.GetPreferredMimeTypesFor(type).Contains(MimeBundle.Plotly)
                ? new() { [MimeBundle.Plotly] = value.ToDisplayString(MimeBundle.Plotly), [MimeBundle.Html] = value.ToDisplayString(MimeBundle.Html) }
                : new() { [MimeBundle.Plotly] = figure, [MimeBundle.Html] = PlotlyChart.ToHtml(figure) };
        }

        var bundle = new MimeBundle();
        if (DataFrameTable.ToHtml(value) is { } table)
        {
            bundle[MimeBundle.Html] = table;
        }
        else if (!HasFormatterSource(type) && OwnHtml(value) is { } html)
        {
            bundle[MimeBundle.Html] = html;
        }
        else
        {
            foreach (var mimeType in Formatter.GetPreferredMimeTypesFor(type))
                bundle[mimeType] = Clean(value.ToDisplayString(mimeType));
        }
        // A chart without words of its own would be printed as its whole JSON.
        if (HasOwnToString(type))
            bundle[MimeBundle.Plain] = value.ToString()!;
        else if (!bundle.ContainsKey(MimeBundle.Plotly))
            bundle[MimeBundle.Plain] = Clean(value.ToDisplayString(MimeBundle.Plain)).Trim();
        return bundle;
    }

    private static bool HasFormatterSource(Type type) =>
        type.GetCustomAttributes(inherit: true).Any(a => a.GetType().Name == "TypeFormatterSourceAttribute");

    private static string? OwnHtml(object value)
    {
        var method = value.GetType().GetMethod("ToHtml", BindingFlags.Public | BindingFlags.Instance, []);
        return method?.ReturnType == typeof(string)
            ? (string?)method.Invoke(value, BindingFlags.DoNotWrapExceptions, null, null, null)
            : null;
    }

    private static bool HasOwnToString(Type type)
    {
        var owner = type.GetMethod(nameof(ToString), [])!.DeclaringType!;
        return owner != typeof(object) && owner != typeof(ValueType) && owner.Assembly != typeof(object).Assembly;
    }

    private static string Clean(string text) => Submission().Replace(SharedStyle().Replace(text, ""), "");

    // Types of a cell are nested in a class that is none of the reader's business.
    [GeneratedRegex(@"Submission#\d+\+")]
    private static partial Regex Submission();

    // Every HTML value comes with the same style block; the site has it once, notebooks do without.
    [GeneratedRegex(@"<style>\s*\.dni-code-hint.*?</style>\s*", RegexOptions.Singleline)]
    private static partial Regex SharedStyle();
}
