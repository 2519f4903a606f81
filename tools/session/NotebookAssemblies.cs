using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Nb.Session;

/// <summary>Loads the cells, and the assemblies that they refer to, apart from nb's own. One assembly serves every
/// version that is asked for, as in a built program: Plotly.NET's parts were built against three versions of
/// FSharp.Core.</summary>
internal sealed class NotebookAssemblies(ISessionHost host) : AssemblyLoadContext("a notebook")
{
    private readonly HashSet<string> _shared = [.. host.Framework.Concat(host.Shared).Select(NameOf)];
    private readonly Dictionary<string, string> _files = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _native = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Assembly> _cells = [];

    /// <summary>Whether cells get this file from .NET itself or from nb, whatever a package brings.</summary>
    public bool IsShared(string file) => _shared.Contains(NameOf(file));

    /// <summary>Loads those of the files that are not loaded yet and not part of .NET itself.</summary>
    public void Add(IEnumerable<string> files, IEnumerable<string> native)
    {
        foreach (var file in native)
            _native.TryAdd(NameOf(file), file);
        // All names first: the first assembly may need the last.
        foreach (var file in files.Where(file => !IsShared(file) && _files.TryAdd(NameOf(file), file)).ToList())
            LoadFromAssemblyPath(file);
    }

    /// <summary>Loads a compiled cell.</summary>
    public Assembly AddCell(MemoryStream assembly, MemoryStream symbols)
    {
        var cell = LoadFromStream(assembly, symbols);
        CellSymbols.Add(cell, symbols);
        _cells.Add(cell.GetName().Name!, cell);
        return cell;
    }

    protected override Assembly? Load(AssemblyName name) =>
        _cells.TryGetValue(name.Name!, out var cell) ? cell
        : _files.TryGetValue(name.Name!, out var file) ? LoadFromAssemblyPath(file)
        : null;

    protected override nint LoadUnmanagedDll(string name) =>
        _native.TryGetValue(name, out var file) || _native.TryGetValue("lib" + name, out file)
            ? NativeLibrary.Load(file)
            : 0;

    private static string NameOf(string file) => Path.GetFileNameWithoutExtension(file);
}
