using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;

namespace Tests.Lib;

/// <summary>Runs cells as the clients do: each a Roslyn script that continues the one before.</summary>
internal sealed class ScriptSession(OptimizationLevel level)
{
    private ScriptState<object>? state;

    private readonly ScriptOptions options = ScriptOptions.Default
        .WithOptimizationLevel(level)
        .WithLanguageVersion(Microsoft.CodeAnalysis.CSharp.LanguageVersion.CSharp13)
        .WithImports("System", "System.Linq", "System.Collections.Generic")
        .WithReferences(
            typeof(System.Numerics.Tensors.TensorPrimitives).Assembly,
            typeof(Plotly.NET.GenericChart).Assembly, typeof(Plotly.NET.CSharp.Chart).Assembly,
            typeof(DynamicObj.DynamicObj).Assembly, typeof(Microsoft.FSharp.Core.Unit).Assembly,
            typeof(Newtonsoft.Json.Linq.JObject).Assembly, typeof(System.Security.Cryptography.SHA256).Assembly,
            typeof(Microsoft.DotNet.Interactive.Formatting.Formatter).Assembly,
            typeof(StbImageSharp.ImageResult).Assembly);

    public async Task<object?> Run(string cell)
    {
        state = state == null
            ? await CSharpScript.RunAsync<object>(cell, options)
            : await state.ContinueWithAsync<object>(cell, options);
        return state.ReturnValue;
    }

    /// <summary>
    /// Imports a script of lib/, which must compile without a warning. CS1701 only says that a package was built
    /// against an older .NET; the SDK keeps it quiet too.
    /// </summary>
    public async Task Import(string script)
    {
        await Run(File.ReadAllText(LibraryPath(script)));
        Assert.Empty(state!.Script.GetCompilation().GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning && d.Id != "CS1701"));
    }

    /// <summary>Imports what course.dib does, in its order, up to and with one script, or all of it.</summary>
    public async Task ImportCourse(string? last = null)
    {
        foreach (var script in Course[..(last == null ? Course.Length : Array.IndexOf(Course, last) + 1)]) await Import(script);
    }

    /// <summary>The scripts of lib/ in the order in which course.dib imports them.</summary>
    public static string[] Course { get; } =
        [.. File.ReadLines(LibraryPath("course.dib")).Where(line => line.StartsWith("#!import ../lib/")).Select(line => line["#!import ../lib/".Length..].Trim())];

    public static string LibraryPath(string script, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "lib", script));
}
