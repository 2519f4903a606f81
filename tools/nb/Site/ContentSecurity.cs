namespace Nb.Site;

/// <summary>What a page of the site may load and run: its own files, and nothing that stands in an output. `file:` is the
/// site on a disk, where `'self'` is not the same for every browser.</summary>
internal static class ContentSecurity
{
    /// <summary>The element for the head of a page. Scripts in outputs and `javascript:` links do nothing under it.</summary>
    public const string Meta = """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' file: 'wasm-unsafe-eval'; """
        + "worker-src 'self' file: blob:; connect-src 'self' file:; style-src 'self' file: 'unsafe-inline'; font-src 'self' file: data:; "
        + "img-src 'self' file: data: blob: https:; media-src 'self' file: data:; form-action 'none'; base-uri 'none'\">";
}
