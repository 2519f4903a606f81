namespace Nb.Values;

/// <summary>One value in every form in which it can be shown: MIME type to text, sorted by type.</summary>
public sealed class MimeBundle() : SortedDictionary<string, string>(StringComparer.Ordinal)
{
    public const string Plain = "text/plain";
    public const string Html = "text/html";
    public const string Markdown = "text/markdown";
    public const string Png = "image/png";
    public const string Svg = "image/svg+xml";
    public const string Plotly = "application/vnd.plotly.v1+json";

    /// <summary>Whether values of this type are stored as JSON and not as text.</summary>
    public static bool IsJson(string mimeType) =>
        mimeType == "application/json" || mimeType.EndsWith("+json", StringComparison.Ordinal);
}
