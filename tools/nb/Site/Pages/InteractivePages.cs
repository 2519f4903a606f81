namespace Nb.Site.Pages;

/// <summary>A page that a reader uses instead of reading it. Its scripts lie in assets/ and need no network.</summary>
public sealed record InteractivePage(string Address, string Title, string Body)
{
    /// <summary>A link to an equation of the notes, for instance (3.1).</summary>
    internal static string Equation(string number) =>
        $"<a href=\"my_note.html#eq-{number.Replace('.', '-')}\">({number})</a>";

    /// <summary>Text for a script element that is data: only "&lt;/" could end it early.</summary>
    internal static string Data(string id, string type, string text) =>
        $"<script id=\"{id}\" type=\"{type}\">{text.Replace("</", "<\\/", StringComparison.Ordinal)}</script>";
}

/// <summary>The interactive pages of the site.</summary>
public static class InteractivePages
{
    /// <summary>Those whose data the course has, in the order in which the site lists them.</summary>
    /// <param name="root">The course's folder.</param>
    /// <exception cref="UserError">A data file is there, but is not what it should be.</exception>
    public static IReadOnlyList<InteractivePage> Of(string root) =>
        [.. new[] { PadPage.Of(root), ExplorerPage.Of(root), WalkthroughPage.Of(root) }.OfType<InteractivePage>()];
}
