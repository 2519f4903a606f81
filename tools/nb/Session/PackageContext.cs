using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Nb.Session;

/// <summary>Loads the assemblies that cells refer to, apart from nb's own. One assembly serves every version that is
/// asked for, as in a built program: Plotly.NET's parts were built against three versions of FSharp.Core.</summary>
internal sealed class PackageContext() : AssemblyLoadContext("packages of a notebook")
{
    private static readonly HashSet<string> s_framework = [.. Framework.Assemblies.Select(NameOf)];

    private readonly Dictionary<string, string> _files = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _native = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Loads those of the files that are not loaded yet and not part of .NET itself.</summary>
    public List<Assembly> Add(IEnumerable<string> files, IEnumerable<string> native)
    {
        foreach (var file in native)
            _native.TryAdd(NameOf(file), file);
        // All names first: the first assembly may need the last.
        var added = files.Where(file => !s_framework.Contains(NameOf(file)) && _files.TryAdd(NameOf(file), file)).ToList();
        return [.. added.Select(LoadFromAssemblyPath)];
    }

    protected override Assembly? Load(AssemblyName name) =>
        _files.TryGetValue(name.Name!, out var file) ? LoadFromAssemblyPath(file) : null;

    protected override nint LoadUnmanagedDll(string name) =>
        _native.TryGetValue(name, out var file) || _native.TryGetValue("lib" + name, out file)
            ? NativeLibrary.Load(file)
            : 0;

    private static string NameOf(string file) => Path.GetFileNameWithoutExtension(file);
}
