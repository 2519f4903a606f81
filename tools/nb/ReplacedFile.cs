using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Nb;

/// <summary>Writes files beside their place first, then puts them there, so that each is whole or as it was.</summary>
public static class ReplacedFile
{
    /// <summary>The name under which this process writes what will be <paramref name="path"/>.</summary>
    public static string Beside(string path, string ending = "part") => $"{path}.{Environment.ProcessId}.{ending}";

    /// <summary>Refuses a file that is protected against writing: renaming would replace it all the same.</summary>
    public static void RequireWritable(string path)
    {
        if (File.Exists(path) && File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly))
            throw new UserError($"{path}: expected a file that may be written, found it read-only. Nothing was stored.");
    }

    /// <summary>Writes a file. One that is there keeps its mode and its links: a symbolic link stays one, and all names of
    /// a file with several see the new content.</summary>
    public static void Write(string path, byte[] content)
    {
        RequireWritable(path);
        if (File.Exists(path))
            path = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        RemoveLeftovers(path, "part");
        var beside = Beside(path);
        try
        {
            File.WriteAllBytes(beside, content);
            if (!OperatingSystem.IsWindows() && File.Exists(path))
                File.SetUnixFileMode(beside, File.GetUnixFileMode(path));
            if (HasOtherNames(path))
            {
                // A rename would give this name a file of its own. The copy beside is whole until this one is.
                using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
                file.SetLength(0);
                file.Write(content);
            }
            else
            {
                File.Move(beside, path, overwrite: true);
            }
        }
        finally
        {
            File.Delete(beside);
        }
    }

    /// <summary>Deletes what runs that were killed have left beside a file or folder: NAME.PID.ending of processes that are
    /// gone.</summary>
    public static void RemoveLeftovers(string path, params string[] endings)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (Directory.Exists(folder))
            RemoveLeftoversIn(folder, Path.GetFileName(path) + ".", [.. endings.Select(ending => "." + ending)]);
    }

    /// <summary>Deletes PREFIX + PID + ENDING of processes that are gone from a folder.</summary>
    public static void RemoveLeftoversIn(string folder, string prefix, params string[] endings)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            foreach (var ending in endings)
            {
                if (entry.Name.Length <= prefix.Length + ending.Length
                    || !entry.Name.StartsWith(prefix, StringComparison.Ordinal) || !entry.Name.EndsWith(ending, StringComparison.Ordinal)
                    || !int.TryParse(entry.Name[prefix.Length..^ending.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var process)
                    || IsRunning(process))
                {
                    continue;
                }
                try
                {
                    if (entry is DirectoryInfo { LinkTarget: null } left)
                        left.Delete(recursive: true);
                    else
                        entry.Delete();
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    // Another run tidies up at the same time, or it is another user's: it harms nobody where it lies.
                }
            }
        }
    }

    private static bool IsRunning(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return true;   // it is there, and another user's
        }
    }

    /// <summary>Whether the file has more than one name (hard links). Known on Linux; elsewhere a name gets a file of its own.</summary>
    private static bool HasOtherNames(string path)
    {
        if (!OperatingSystem.IsLinux() || !File.Exists(path))
            return false;
        var answer = new byte[256];   // struct statx: its number of links is the 32 bits at 16
        return statx(-100, path, 0, 4, answer) == 0 && BitConverter.ToUInt32(answer, 16) > 1;
    }

    // AT_FDCWD = -100, STATX_NLINK = 4.
    [DllImport("libc", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] answer);
}
