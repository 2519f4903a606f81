using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Nb.Session;

/// <summary>A piece of a cell, in the order in which the pieces are carried out.</summary>
internal abstract record Step;

/// <summary>C# code. Lines that belong to other steps are blank, so that line numbers stay those of the cell.</summary>
internal sealed record CodeStep(string Text) : Step;

/// <summary><c>#!import path</c>: run a C# script file.</summary>
internal sealed record ImportStep(string Path) : Step;

/// <summary><c>#r "path.dll"</c>.</summary>
internal sealed record ReferenceStep(string Path) : Step;

/// <summary><c>#r "nuget: Id, Version"</c>.</summary>
internal sealed record PackageStep(Package Package) : Step;

/// <summary>The C# of notebooks: C# script and a few directives, each on a line of its own.</summary>
internal static partial class Dialect
{
    private static readonly CSharpParseOptions s_script = new(LanguageVersion.CSharp13, kind: SourceCodeKind.Script);

    /// <summary>Takes a cell apart. References come first, as the code of the whole cell may need them.</summary>
    /// <param name="text">The cell, or an imported file.</param>
    /// <param name="name">What errors call it.</param>
    public static List<Step> Parse(string text, string name)
    {
        var references = new List<Step>();
        var steps = new List<Step>();
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        SyntaxNode? tree = null;
        var (position, codeStart) = (0, 0);
        for (var i = 0; i < lines.Length; position += lines[i++].Length + 1)
        {
            var line = lines[i].Trim();
            if (!line.StartsWith('#') || ParseDirective(line, $"{name}, line {i + 1}") is not { } step)
                continue;
            tree ??= CSharpSyntaxTree.ParseText(string.Join('\n', lines), s_script).GetRoot();
            if (!tree.FindTrivia(position + lines[i].IndexOf('#', StringComparison.Ordinal)).IsDirective)
                continue;   // text inside a string or a comment that only looks like a directive
            lines[i] = new string(' ', lines[i].Length);
            if (step() is not ImportStep import)
            {
                references.Add(step());
                continue;
            }
            AddCode(i);
            steps.Add(import);
            codeStart = i;
        }
        AddCode(lines.Length);
        return [.. references, .. steps];

        void AddCode(int end)
        {
            var code = lines[codeStart..end];
            if (!code.All(string.IsNullOrWhiteSpace))
                steps.Add(new CodeStep(new string('\n', codeStart) + string.Join('\n', code)));
        }
    }

    /// <summary>Null when the line is the compiler's business (#nullable, #pragma, #region and the like). The step is
    /// made only once it is certain that the line is no part of a string: it is what throws.</summary>
    private static Func<Step>? ParseDirective(string line, string place)
    {
        if (line.StartsWith("#r", StringComparison.Ordinal) && !line.StartsWith("#region", StringComparison.Ordinal))
        {
            if (NuGetReference().Match(line) is { Success: true } nuget)
            {
                var (id, version) = (nuget.Groups["id"].Value, nuget.Groups["version"].Value);
                return () => version.Length > 0 || PackageRestore.IsProvidedByNb(id)
                    ? new PackageStep(new Package(id, version))
                    : throw new UserError($"{place}: expected a version, found `{line}`. Write "
                        + $"`#r \"nuget: {id}, VERSION\"`, so that every run uses the same code.");
            }
            if (FileReference().Match(line) is { Success: true } file)
                return () => new ReferenceStep(file.Groups["path"].Value);
            return () => throw new UserError($"{place}: expected `#r \"nuget: Id, Version\"` or `#r \"path.dll\"`, "
                + $"found `{line}`.");
        }
        if (Import().Match(line) is { Success: true } import)
            return () => new ImportStep(import.Groups["path"].Value.Trim().Trim('"'));
        if (line.StartsWith("#load", StringComparison.Ordinal))
        {
            return () => throw new UserError($"{place}: `#load` is not supported, because not every notebook client "
                + "finds a relative path with it. Use `#!import path` in a cell of its own.");
        }
        if (line.StartsWith("#!", StringComparison.Ordinal) || SourceFeed().IsMatch(line))
        {
            return () => throw new UserError($"{place}: `{line.Split(' ')[0]}` is not supported. Cells are C# with "
                + "`#r \"nuget: Id, Version\"`, `#r \"path.dll\"` and `#!import path`; use one of these or remove "
                + "the line.");
        }
        return null;
    }

    [GeneratedRegex("""^#r\s+"nuget:\s*(?<id>[\w.-]+)\s*(,\s*(?<version>[^"\s]+)\s*)?"\s*(//.*)?$""")]
    private static partial Regex NuGetReference();

    [GeneratedRegex("""^#r\s+@?"(?!nuget:)(?<path>[^"]+)"\s*(//.*)?$""")]
    private static partial Regex FileReference();

    [GeneratedRegex(@"^#!import\s+(?<path>\S.*)$")]
    private static partial Regex Import();

    [GeneratedRegex(@"^#i\s")]
    private static partial Regex SourceFeed();
}
