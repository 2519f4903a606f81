using System.Collections.Generic;
using System.IO;
using System.Linq;

#nullable enable

// How a notebook shows a value. Its type implements IHtml, and names one of the two classes at the end, or one of its own, in
// an attribute:
//
//   [TypeFormatterSource(typeof(HtmlFormatters))]
//   public sealed class Matrix<T> : IHtml

/// <summary>A value that a notebook shows as HTML.</summary>
public interface IHtml
{
    /// <summary>The value as HTML.</summary>
    string ToHtml();
}

/// <summary>
/// .NET Interactive and nb look for an attribute of this name on the type of a cell's value, and call
/// CreateTypeFormatters() of the class it points at. Verso calls ToHtml() instead. So a value shows alike in all three.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    /// <summary>The class with a method CreateTypeFormatters().</summary>
    public Type FormatterSourceType { get; } = formatterSourceType;

    /// <summary>The MIME types in which the value is shown, best first.</summary>
    public string[] PreferredMimeTypes { get; set; } = ["text/html"];
}

/// <summary>Writes a value in one MIME type; found by the names of its members.</summary>
public sealed class ConventionFormatter(string mimeType, Func<object, string> render)
{
    /// <summary>What it writes.</summary>
    public string MimeType { get; } = mimeType;

    /// <summary>Writes the value; true says that it did.</summary>
    public bool Format(object instance, TextWriter writer)
    {
        writer.Write(render(instance));
        return true;
    }
}

/// <summary>For a value that is shown as HTML: a table, or a line of text.</summary>
public sealed class HtmlFormatters
{
    /// <summary>Called by the notebook's client.</summary>
    public IEnumerable<object> CreateTypeFormatters() =>
        [new ConventionFormatter("text/html", value => ((IHtml)value).ToHtml()),
         new ConventionFormatter("text/plain", value => value.ToString()!)];
}

/// <summary>For a value that is an SVG picture, in HTML as well.</summary>
public sealed class SvgFormatters
{
    /// <summary>Called by the notebook's client.</summary>
    public IEnumerable<object> CreateTypeFormatters() =>
        [new ConventionFormatter("image/svg+xml", value => ((IHtml)value).ToHtml()), .. new HtmlFormatters().CreateTypeFormatters()];
}

/// <summary>The numbers beside an axis.</summary>
internal static class RoundNumbers
{
    /// <summary>The step between them, 1, 2 or 5 times a power of ten: the smallest with at most four steps in the span.</summary>
    public static double Step(double span)
    {
        var raw = Math.Max(span / 4, 1e-6);   // what does not change at all needs a step, too
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        return power * (raw / power <= 1 ? 1 : raw / power <= 2 ? 2 : raw / power <= 5 ? 5 : 10);
    }

    /// <summary>Round numbers from the last below the one to the first above the other.</summary>
    public static double[] Around(double low, double high)
    {
        var step = Step(high - low);
        var first = Math.Floor(low / step + 1e-9);
        return [.. Enumerable.Range(0, 1 + (int)(Math.Ceiling(high / step - 1e-9) - first)).Select(i => (first + i) * step)];
    }
}
