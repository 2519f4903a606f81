namespace Nb.Site;

/// <summary>Where links lead on the site: to its own pages, and for files that are no pages to the files themselves.</summary>
/// <param name="pages">Full path of a source file to the address of its page.</param>
/// <param name="siteFolder">Where the site will lie.</param>
/// <param name="root">The course's folder.</param>
/// <param name="pictures">Takes the pictures that pages show.</param>
/// <param name="sources">Address of the course's folder on the web, for a site that is published without the files beside
/// it; null for a site that stays on this machine.</param>
public sealed class SiteLinks(
    IReadOnlyDictionary<string, string> pages, string siteFolder, string root, SitePictures pictures, string? sources = null)
{
    /// <summary>The address on the site of what <paramref name="address"/> means in a file of <paramref name="folder"/>.</summary>
    public string Redirect(string address, string folder)
    {
        if (address.StartsWith('#') || address.StartsWith("//", StringComparison.Ordinal)
            || Uri.TryCreate(address, UriKind.Absolute, out var absolute) && absolute.Scheme != Uri.UriSchemeFile)
        {
            return address;
        }
        var parts = address.Split('#', 2);
        var fragment = parts.Length > 1 ? "#" + parts[1] : "";
        var name = Uri.UnescapeDataString(parts[0]);
        if (name.Contains('\0', StringComparison.Ordinal))
            return address;   // no file has such a name
        var file = Path.GetFullPath(Path.Join(folder, name));
        if (pages.TryGetValue(file, out var page))
            return page + fragment;
        if (Path.GetExtension(file).ToLowerInvariant() is ".png" or ".svg" or ".jpg" or ".jpeg" or ".gif" or ".webp" && pictures.Add(file) is { } picture)
            return picture;
        return sources is not null
            ? $"{sources.TrimEnd('/')}/{Escaped(Path.GetRelativePath(root, file))}{fragment}"
            : Escaped(Path.GetRelativePath(siteFolder, file)) + fragment;
    }

    private static string Escaped(string path) => string.Join('/', path.Replace('\\', '/').Split('/').Select(Uri.EscapeDataString));
}
