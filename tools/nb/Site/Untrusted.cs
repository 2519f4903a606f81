using Ganss.Xss;

namespace Nb.Site;

/// <summary>Takes out of HTML what could run: for a site made of notebooks whose authors one does not know.</summary>
public sealed class Untrusted
{
    private readonly HtmlSanitizer _sanitizer = Create();

    /// <summary>The HTML without scripts, handlers of events, frames, forms, and addresses such as `javascript:`.</summary>
    public string Clean(string html) => _sanitizer.Sanitize(html);

    private static HtmlSanitizer Create()
    {
        var sanitizer = new HtmlSanitizer();
        // Pages need ids for their links, and classes for formulas and coloured code.
        foreach (var attribute in new[] { "id", "class", "role", "tabindex", "loading", "aria-label", "aria-hidden", "start" })
            sanitizer.AllowedAttributes.Add(attribute);
        foreach (var tag in new[] { "form", "input", "button", "select", "option", "optgroup", "textarea", "fieldset", "keygen", "datalist" })
            sanitizer.AllowedTags.Remove(tag);
        foreach (var tag in new[] { "details", "summary", "figure", "figcaption", "section", "aside", "main" })
            sanitizer.AllowedTags.Add(tag);
        sanitizer.AllowedSchemes.Clear();
        foreach (var scheme in new[] { "http", "https", "mailto" })
            sanitizer.AllowedSchemes.Add(scheme);
        // Embedded pictures cannot run; anything else in a data: address might.
        sanitizer.FilterUrl += (_, found) =>
        {
            if (found.SanitizedUrl is null && found.Tag?.TagName == "IMG" && found.OriginalUrl.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase))
                found.SanitizedUrl = found.OriginalUrl;
        };
        return sanitizer;
    }
}
