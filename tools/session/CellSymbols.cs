using System.Diagnostics;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Runtime.CompilerServices;

namespace Nb.Session;

/// <summary>Which line of a cell a step of its code comes from. A runtime with an optimising compiler knows it from the symbols
/// that a cell is loaded with; the one in the browser knows it only when it is told to debug, and is a hundred times slower
/// then. So they are kept here, too.</summary>
internal static class CellSymbols
{
    private static readonly ConditionalWeakTable<Assembly, MemoryStream> s_symbols = [];

    /// <param name="symbols">A portable PDB.</param>
    public static void Add(Assembly cell, MemoryStream symbols) => s_symbols.Add(cell, symbols);

    /// <summary>Where the frame is; null when that is unknown.</summary>
    public static (string File, int Line)? PlaceOf(StackFrame frame)
    {
        if (frame.GetFileName() is { } file)
            return (file, frame.GetFileLineNumber());
        return frame.GetMethod() is { } method && s_symbols.TryGetValue(method.Module.Assembly, out var symbols)
            ? Find(symbols, method.MetadataToken, frame.GetILOffset())
            : null;
    }

    private static (string, int)? Find(MemoryStream symbols, int method, int offset)
    {
        symbols.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(symbols, MetadataStreamOptions.LeaveOpen);
        var reader = provider.GetMetadataReader();
        var points = reader.GetMethodDebugInformation((MethodDefinitionHandle)MetadataTokens.Handle(method)).GetSequencePoints()
            .Where(point => !point.IsHidden && point.Offset <= Math.Max(0, offset)).ToList();
        return points.Count == 0 ? null : (reader.GetString(reader.GetDocument(points[^1].Document).Name), points[^1].StartLine);
    }
}
