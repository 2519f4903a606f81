using System.Reflection;

namespace Nb.Engine;

/// <summary>The scripts of lib/ as they were when the engine was built; they are in the engine, compiled.</summary>
internal static class CourseLibrary
{
    private static readonly Dictionary<string, byte[]> s_files = Read();

    /// <summary>Puts the scripts where cells find them.</summary>
    public static void Write()
    {
        foreach (var (path, bytes) in s_files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }
    }

    /// <summary>Whether a file is one of the scripts, and all of them are still what was compiled. With one of them changed
    /// none is answered by the assembly: its types would be others than those of the script.</summary>
    public static bool Answers(string path) => Path.GetExtension(path) == ".csx" && s_files.ContainsKey(Path.GetFullPath(path))
        && s_files.All(file => File.Exists(file.Key) && File.ReadAllBytes(file.Key).AsSpan().SequenceEqual(file.Value));

    private static Dictionary<string, byte[]> Read()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith("lib/", StringComparison.Ordinal)).ToDictionary(
            name => Path.GetFullPath(Path.Combine(Folders.Course, name.Replace('\\', '/'))),
            name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                var bytes = new byte[stream.Length];
                stream.ReadExactly(bytes);
                return bytes;
            });
    }
}
