using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace Nb.Session;

/// <summary>Turns failures into what a reader of a notebook needs: the kind, the message, and the places in cells and
/// imported files, without the machinery that runs them.</summary>
internal static partial class Traceback
{
    /// <summary>The errors of code that does not compile, each with its place, and below it what to do where that is known.
    /// </summary>
    public static CellError Of(CompilationFailedException failure)
    {
        var errors = failure.Diagnostics
            .Where(d => d.Severity == DiagnosticSeverity.Error)
            .OrderBy(d => d.Location.SourceSpan.Start)
            .ToList();
        var lines = errors
            .Take(MostErrors)
            .SelectMany(d =>
            {
                var place = d.Location.GetLineSpan();
                var line = $"{place.Path}, line {place.StartLinePosition.Line + 1}, column "
                    + $"{place.StartLinePosition.Character + 1}: {d.Id}: {ErrorAdvice.TextOf(d)}";
                return ErrorAdvice.For(d, failure.Compilation) is { } advice ? [line, Advice + advice] : new[] { line };
            })
            .ToList();
        // What holds for several errors is said once, below the last of them.
        lines = [.. lines.Where((line, i) => !line.StartsWith(Advice, StringComparison.Ordinal) || lines.LastIndexOf(line) == i)];
        if (errors.Count > MostErrors)
            lines.Add($"and {errors.Count - MostErrors} errors more. The first are often the cause of the others.");
        return new CellError("CompilationError", string.Join('\n', lines), lines);
    }

    private const string Advice = "  → ";
    private const int MostErrors = 12;

    /// <summary>An exception that code of a cell threw.</summary>
    public static CellError Of(Exception exception)
    {
        var lines = new List<string>();
        string? place = null;
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            lines.Add($"{(lines.Count > 0 ? "caused by " : "")}{NameOf(e.GetType())}: {e.Message}");
            foreach (var frame in Frames(e).Where(frame => frame != lines[^1]))   // a lambda and its cell share a line
                lines.Add(frame);
            // The last frame is the reader's own line, which led there.
            place ??= lines[^1].StartsWith("   at ", StringComparison.Ordinal) ? CellPlace().Match(lines[^1]).Groups["place"].Value : "";
        }
        // Some editors show the message and fold the rest away.
        var message = string.IsNullOrEmpty(place) ? exception.Message : $"{exception.Message}\n({place})";
        return new CellError(NameOf(exception.GetType()), message, lines);
    }

    private static IEnumerable<string> Frames(Exception exception)
    {
        var frames = new StackTrace(exception, fNeedFileInfo: true).GetFrames();
        var last = Array.FindLastIndex(frames, IsOfCell);
        return frames[..(last + 1)]
            .Where(f => IsOfCell(f) || !IsMachinery(f) && IsCalledByName(f))
            .Select(f =>
            {
                var method = Describe(f.GetMethod()!);
                var place = IsOfCell(f) && CellSymbols.PlaceOf(f) is { } at ? $"{at.File}, line {at.Line}" : null;
                return "   at " + (method.Length > 0 && place is not null ? $"{method} in {place}" : place ?? method);
            });
    }

    /// <summary>Code of cells and of imported files is compiled in memory; it has lines, and no file of its own.</summary>
    private static bool IsOfCell(StackFrame frame) =>
        frame.GetMethod() is { Module.Assembly.Location: "" } && CellSymbols.PlaceOf(frame) is not null;

    private static bool IsMachinery(StackFrame frame) => frame.GetMethod()?.Module.Assembly is not { } assembly
        || assembly == typeof(Traceback).Assembly
        || assembly.GetName().Name!.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal);

    /// <summary>Leaves out the runtime's own steps between an await and its continuation, and the throw helpers.</summary>
    private static bool IsCalledByName(StackFrame frame)
    {
        var type = frame.GetMethod()!.DeclaringType;
        return type is { IsPublic: true } && type.Namespace is not ("System.Runtime.CompilerServices"
            or "System.Runtime.ExceptionServices" or "System.Threading");
    }

    /// <summary>The method as the author wrote it; empty for the top level of a cell.</summary>
    private static string Describe(MethodBase method)
    {
        var type = method.DeclaringType;
        var name = method.Name;
        // Lambdas, iterators and async methods live in generated classes named after where they were written.
        while (type is not null && type.Name.StartsWith('<'))
        {
            if (type.Name.Contains("d__", StringComparison.Ordinal))
                name = type.Name;
            type = type.DeclaringType;
        }
        name = GeneratedName().Replace(name, "$1");
        if (name.Contains('<') || name.Length == 0)
            return "";
        return type is null || SubmissionName().IsMatch(type.Name) ? name : $"{NameOf(type)}.{name}";
    }

    private static string NameOf(Type type) => type.Name.Split('`')[0];

    [GeneratedRegex(@"^<(\w*)>[a-z]__.*$")]
    private static partial Regex GeneratedName();

    [GeneratedRegex(@"^Submission#\d+$")]
    private static partial Regex SubmissionName();

    [GeneratedRegex(@"^(   at .* in |   at )(?<place>.+, line \d+)$")]
    private static partial Regex CellPlace();
}
