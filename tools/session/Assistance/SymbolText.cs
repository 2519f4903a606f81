using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Nb.Assistance;

/// <summary>A method with its documentation, as plain text.</summary>
internal static partial class SymbolText
{
    private static readonly SymbolDisplayFormat s_format =
        SymbolDisplayFormat.MinimallyQualifiedFormat.AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.AllowDefaultLiteral);

    /// <param name="others">How many more methods have its name.</param>
    public static string Of(ISymbol symbol, int others = 0)
    {
        var overloads = others switch { 0 => "", 1 => " (+ 1 overload)", _ => $" (+ {others} overloads)" };
        var lines = new List<string> { symbol.ToDisplayString(s_format) + overloads };
        if (Documentation(symbol) is { } xml)
        {
            Add("", xml.Element("summary"));
            // An extension method is called without its first parameter.
            foreach (var parameter in symbol is IMethodSymbol method ? method.Parameters : [])
                Add($"{parameter.Name}: ", xml.Elements("param").FirstOrDefault(e => (string?)e.Attribute("name") == parameter.Name));
            Add("Returns: ", xml.Element("returns"));
            foreach (var exception in xml.Elements("exception"))
                Add($"Throws {Name((string?)exception.Attribute("cref"))}: ", exception);
        }
        return string.Join('\n', lines);

        void Add(string before, XElement? element)
        {
            if (element is not null && Plain(element) is { Length: > 0 } text)
                lines.Add("  " + before + text);
        }
    }

    private static XElement? Documentation(ISymbol symbol)
    {
        try
        {
            return symbol.GetDocumentationCommentXml(expandIncludes: true) is { Length: > 0 } text
                ? XElement.Parse($"<doc>{text}</doc>").DescendantsAndSelf().FirstOrDefault(e => e.Element("summary") is not null)
                : null;
        }
        catch (XmlException)
        {
            return null;   // a comment of somebody that is no XML
        }
    }

    private static string Plain(XElement element) => Spaces().Replace(string.Concat(element.Nodes().Select(node => node switch
    {
        XText text => text.Value,
        XElement { IsEmpty: true } reference =>
            Name((string?)(reference.Attribute("cref") ?? reference.Attribute("name") ?? reference.Attribute("langword"))),
        XElement inner => Plain(inner),
        _ => "",
    })), " ").Trim();

    /// <summary>`M:System.Math.Max(System.Int32)` as `Max`.</summary>
    private static string Name(string? reference) =>
        reference is null ? "" : reference.Split('(')[0].Split('.', ':')[^1].Split('`')[0];

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
