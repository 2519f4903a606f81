namespace Nb.Live;

/// <summary>What the engine needs before the first cell, and what a notebook needs that imports the course. Everything else
/// of .NET is there, too, but is fetched when a cell first asks for it, while that cell waits.</summary>
internal static class FirstAssemblies
{
    private static readonly HashSet<string> s_names =
    [
        "course", "engine", "session", "Microsoft.AspNetCore.Html.Abstractions", "Microsoft.CodeAnalysis",
        "Microsoft.CodeAnalysis.CSharp", "Microsoft.DotNet.Interactive.Formatting", "System.Collections",
        "System.Collections.Concurrent", "System.Collections.Immutable", "System.ComponentModel",
        "System.ComponentModel.Primitives", "System.Console", "System.Diagnostics.StackTrace", "System.Diagnostics.TraceSource",
        "System.Diagnostics.Tracing", "System.IO.Compression", "System.IO.MemoryMappedFiles", "System.IO.Pipelines", "System.Linq",
        "System.Linq.Expressions", "System.Memory", "System.Net.Primitives", "System.Numerics.Tensors", "System.Numerics.Vectors",
        "System.ObjectModel", "System.Private.CoreLib", "System.Private.Uri", "System.Reflection.DispatchProxy",
        "System.Reflection.Emit.ILGeneration", "System.Reflection.Emit.Lightweight", "System.Reflection.Metadata",
        "System.Reflection.Primitives", "System.Runtime", "System.Runtime.InteropServices",
        "System.Runtime.InteropServices.JavaScript", "System.Runtime.Intrinsics", "System.Runtime.Loader",
        "System.Runtime.Numerics", "System.Security.Cryptography", "System.Text.Encoding.Extensions", "System.Text.Encodings.Web",
        "System.Text.Json", "System.Text.RegularExpressions", "System.Threading", "System.Threading.Tasks.Parallel",
        "System.Threading.ThreadPool", "System.Private.Xml", "System.Private.Xml.Linq", "System.Xml.ReaderWriter", "System.Xml.XDocument",
        "netstandard",
    ];

    /// <summary>What charts need beside the packages.</summary>
    public static IReadOnlyList<string> OfCharts { get; } =
    [
        "Microsoft.CSharp", "System.Collections.NonGeneric", "System.ComponentModel.TypeConverter", "System.Data.Common",
        "System.Runtime.Serialization.Formatters", "System.Runtime.Serialization.Primitives",
    ];

    public static bool Contains(string name) => s_names.Contains(name);
}
