using System.Security.Cryptography;
using System.Text;

namespace Nb.Site;

/// <summary>The folder of a site. It keeps a list of the files that nb wrote, with their checksums: what is not in it, or
/// was changed since, belongs to somebody else and is never replaced.</summary>
public static class SiteFolder
{
    /// <summary>The list, as `sha256sum --check` reads it.</summary>
    public const string ListName = "files.sha256";

    /// <summary>The full path of the folder that is meant: behind a link, the one to which it leads.</summary>
    /// <exception cref="UserError">The name is empty, or is that of a file.</exception>
    public static string Find(string folder)
    {
        if (string.IsNullOrWhiteSpace(folder))
            throw new UserError("--out: expected a folder, found an empty name.");
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(folder))
            throw new UserError($"{folder}: expected a folder for the site, found a file. Choose another name.");
        if (Path.GetDirectoryName(folder) is null)
            throw new UserError($"{folder}: expected a folder for the site, found the root of a disk. Choose a folder in it.");
        return Directory.Exists(folder) ? Directory.ResolveLinkTarget(folder, returnFinalTarget: true)?.FullName ?? folder : folder;
    }

    /// <summary>Throws <see cref="UserError"/> when the folder holds what nb did not write: a new site would take its place.</summary>
    public static void RefuseForeign(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        var listed = ReadList(folder);
        var foreign = Foreign(new DirectoryInfo(folder)).Take(4).Select(path => Path.GetRelativePath(folder, path)).ToList();
        if (foreign.Count == 0)
            return;
        var some = string.Join(", ", foreign.Take(3).Select(UserError.Short)) + (foreign.Count > 3 ? ", …" : "");
        throw new UserError($"{folder}: expected an empty folder or a site that nb made, found "
            + (listed is null ? $"other files: {some}." : $"files that nb did not write, or that were changed since: {some}.")
            + " They would be lost. Choose another folder, or move them away.");

        IEnumerable<string> Foreign(DirectoryInfo place)
        {
            foreach (var entry in place.EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                var name = Path.GetRelativePath(folder, entry.FullName).Replace('\\', '/');
                if (entry is DirectoryInfo { LinkTarget: null } inner && listed?.Keys.Any(path => path.StartsWith(name + "/", StringComparison.Ordinal)) == true)
                {
                    foreach (var path in Foreign(inner))
                        yield return path;
                }
                else if (entry is not FileInfo { LinkTarget: null } || name != ListName && !(listed?.TryGetValue(name, out var sum) == true
                    && sum == Sum(File.ReadAllBytes(entry.FullName))))
                {
                    yield return entry.FullName;
                }
            }
        }
    }

    /// <summary>Writes a site and its list beside the folder, then swaps, so that the site is whole or as it was.</summary>
    /// <param name="folder">As <see cref="Find"/> gave it.</param>
    /// <param name="files">Path on the site, with slashes, to content.</param>
    /// <exception cref="UserError">The folder holds what nb did not write.</exception>
    public static void Write(string folder, IReadOnlyDictionary<string, byte[]> files, CancellationToken cancellationToken)
    {
        Doing.Now = $"writing {folder}";
        ReplacedFile.RemoveLeftovers(folder, "part", "old");
        var (beside, old) = (ReplacedFile.Beside(folder), ReplacedFile.Beside(folder, "old"));
        try
        {
            var list = new StringBuilder();
            foreach (var (name, content) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Put(name, content);
                list.Append($"{Sum(content)}  {name}\n");
            }
            Put(ListName, Encoding.UTF8.GetBytes(list.ToString()));
            RefuseForeign(folder);   // asked before, too; meanwhile somebody may have put something there
            if (Directory.Exists(folder))
                Directory.Move(folder, old);
            try
            {
                Directory.Move(beside, folder);
            }
            catch when (Directory.Exists(old))
            {
                Directory.Move(old, folder);
                throw;
            }
        }
        finally
        {
            foreach (var left in new[] { beside, old }.Where(Directory.Exists))
                Directory.Delete(left, recursive: true);
        }

        void Put(string name, byte[] content)
        {
            var path = Path.Join(beside, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }
    }

    /// <summary>Path to checksum of what nb wrote; null where there is no list.</summary>
    private static Dictionary<string, string>? ReadList(string folder)
    {
        var path = Path.Join(folder, ListName);
        if (!File.Exists(path))
            return null;
        var listed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(path))
        {
            if (line.Split("  ", 2) is [{ Length: 64 } sum, var name])
                listed[name] = sum;
        }
        return listed;
    }

    private static string Sum(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
