using System.Buffers.Binary;
using System.Text;

namespace Nb.Site;

/// <summary>The pictures of a site, each under a name of its own.</summary>
/// <param name="root">The course's folder: nothing from outside of it is taken.</param>
public sealed class SitePictures(string root)
{
    private readonly string _root = Followed(Path.GetFullPath(root));
    private readonly Dictionary<string, string> _names = [];
    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, byte[]> _files = [];

    /// <summary>Path on the site to content.</summary>
    public IReadOnlyDictionary<string, byte[]> Files => _files;

    /// <summary>Takes a picture of the course; gives its address on the site. Null when the file, with links followed, lies
    /// outside the course, or is no picture by its content: then it is not published.</summary>
    public string? Add(string file)
    {
        if (!File.Exists(file) || Real(file) is not { } real)
            return null;
        if (_names.TryGetValue(real, out var address))
            return address;
        if (!IsInside(real) || KindOf(File.ReadAllBytes(real)) is not { } kind)
            return null;
        // Named after its content: a PNG that is called .svg would not be shown.
        var name = Path.GetFileNameWithoutExtension(file) + (Path.GetExtension(file) is { Length: > 0 } ending && kind.Contains(ending.ToLowerInvariant()) ? ending : kind[0]);
        return _names[real] = Add(name, File.ReadAllBytes(real));
    }

    /// <summary>Takes a picture under a name, or one like it when that is taken; gives its address on the site.</summary>
    public string Add(string name, byte[] content)
    {
        var (stem, ending, free) = (Path.GetFileNameWithoutExtension(name), Path.GetExtension(name), name);
        for (var i = 2; !_taken.Add(free); i++)
            free = $"{stem}-{i}{ending}";
        _files["pictures/" + free] = content;
        return "pictures/" + Uri.EscapeDataString(free);
    }

    /// <summary>Whether a file lies in the course when all links on the way to it are followed.</summary>
    public bool IsInside(string file) => Real(file)?.StartsWith(Path.TrimEndingDirectorySeparator(_root) + Path.DirectorySeparatorChar, StringComparison.Ordinal) == true;

    /// <summary>Whether a PNG is at most 640 wide, at two pixels for one: so are the figures of the course, whose words can be read when it shrinks to a telephone.</summary>
    public static bool IsNarrow(byte[] png) => png.Length > 24 && BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)) <= 1280;

    /// <summary>The endings of files of the kind that the first bytes show; null for what is no picture.</summary>
    public static string[]? KindOf(ReadOnlySpan<byte> content)
    {
        if (content.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]))
            return [".png"];
        if (content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return [".jpg", ".jpeg"];
        if (content.StartsWith("GIF87a"u8) || content.StartsWith("GIF89a"u8))
            return [".gif"];
        if (content.StartsWith("RIFF"u8) && content.Length > 12 && content[8..].StartsWith("WEBP"u8))
            return [".webp"];
        return IsSvg(content) ? [".svg"] : null;
    }

    /// <summary>Whether the first element of the text is an svg.</summary>
    private static bool IsSvg(ReadOnlySpan<byte> content)
    {
        var text = Encoding.UTF8.GetString(content[..Math.Min(content.Length, 100_000)]).TrimStart('\uFEFF').TrimStart();
        while (text.StartsWith("<?", StringComparison.Ordinal) || text.StartsWith("<!", StringComparison.Ordinal))
        {
            var end = text.StartsWith("<!--", StringComparison.Ordinal) ? "-->" : ">";
            var at = text.IndexOf(end, StringComparison.Ordinal);
            if (at < 0)
                return false;
            text = text[(at + end.Length)..].TrimStart();
        }
        return text.StartsWith("<svg", StringComparison.Ordinal) && text.Length > 4 && (char.IsWhiteSpace(text[4]) || text[4] is '>' or '/');
    }

    /// <summary>The path with every link on it followed; null where that leads nowhere.</summary>
    private static string? Real(string path)
    {
        try
        {
            return Followed(path);
        }
        catch (IOException)
        {
            return null;   // links that lead to each other
        }
    }

    private static string Followed(string path)
    {
        var real = Path.GetPathRoot(path)!;
        foreach (var part in path[real.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Join(real, part);
            FileSystemInfo info = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            // Its target may have links in its own path.
            real = info.LinkTarget is null ? next : info.ResolveLinkTarget(returnFinalTarget: true) is { } target ? Followed(target.FullName) : next;
        }
        return real;
    }
}
