namespace Nb.Site;

/// <summary>Where links lead on the site: to its own pages, and for files that are no pages to the files themselves.</summary>
/// <param name="pages">Full path of a source file to the name of its page.</param>
/// <param name="siteFolder">Where the site will lie.</param>
/// <param name="root">The course's folder.</param>
/// <param name="sources">Address of the course's folder on the web, for a site that is published without the files beside
/// it; null for a site that stays on this machine.</param>
public sealed class SiteLinks(
    IReadOnlyDictionary<string, string> pages, string siteFolder, string root, string? sources = null)
{
    private readonly Dictionary<string, string> _pictures = [];

    /// <summary>Pictures that pages show: full path to the path on the site.</summary>
    public IReadOnlyDictionary<string, string> Pictures => _pictures;

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
        var file = Path.GetFullPath(Path.Join(folder, Uri.UnescapeDataString(parts[0])));
        if (pages.TryGetValue(file, out var page))
            return page + fragment;
        if (Path.GetExtension(file).ToLowerInvariant() is ".png" or ".svg" or ".jpg" or ".gif" && File.Exists(file))
            return _pictures[file] = "pictures/" + Path.GetFileName(file);
        if (sources is not null)
            return $"{sources.TrimEnd('/')}/{Path.GetRelativePath(root, file).Replace('\\', '/')}{fragment}";
        return Path.GetRelativePath(siteFolder, file).Replace('\\', '/') + fragment;
    }
}
