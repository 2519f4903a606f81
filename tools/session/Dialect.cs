using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Nb.Values;

namespace Nb.Session;

/// <summary>A piece of a cell, in the order in which the pieces are carried out.</summary>
internal abstract record Step;

/// <summary>C# code. Lines that belong to other steps are blank, so that line numbers stay those of the cell.</summary>
internal sealed record CodeStep(string Text) : Step;

/// <summary><c>#!import path</c> and <c>#load "path"</c>: run a C# script file.</summary>
/// <param name="Line">The line as it was written, for errors.</param>
internal sealed record ImportStep(string Path, string Line) : Step;

/// <summary><c>#r "path.dll"</c>.</summary>
internal sealed record ReferenceStep(string Path) : Step;

/// <summary><c>#r "nuget: Id, Version"</c>.</summary>
internal sealed record PackageStep(Package Package) : Step;

/// <summary><c>#i "nuget:source"</c>: a feed or a folder of packages.</summary>
internal sealed record SourceStep(string Source) : Step
{
    /// <summary>The feed's address, or the folder's full path.</summary>
    public string Resolve(string folder) =>
        Source.Contains("://", StringComparison.Ordinal) ? Source : Path.GetFullPath(Path.Combine(folder, Source));
}

/// <summary><c>#!time</c>: say how long the cell took.</summary>
internal sealed record TimeStep : Step;

/// <summary>The lines after <c>#!markdown</c> or <c>#!html</c>, to be shown.</summary>
internal sealed record MarkupStep(MimeBundle Value) : Step;

/// <summary>The C# of notebooks: C# script and a few directives, each on a line of its own.</summary>
internal static partial class Dialect
{
    private const string Supported = "Cells are C# with `#r \"nuget: Id, Version\"`, `#r \"path.dll\"`, `#i \"nuget:source\"`, "
        + "`#!import path`, `#load \"path\"`, `#!time`, `#!markdown`, `#!html` and `#!csharp`";

    /// <summary>How the C# of cells is read.</summary>
    public static CSharpParseOptions ParseOptions { get; } = new(Microsoft.CodeAnalysis.CSharp.LanguageVersion.CSharp14, kind: SourceCodeKind.Script);

    /// <summary>The version of C#, as clients and notebooks name it.</summary>
    public static string LanguageVersion => ParseOptions.LanguageVersion.ToDisplayString();

    /// <summary>The C# of a cell, with blanks for everything else, so that every position holds. For cells that are still
    /// being written: nothing in them is an error.</summary>
    public static string CodeOf(string text)
    {
        var isCode = true;
        return string.Concat(AnyLine().Matches(text).Select(match =>
        {
            var line = match.Value.Trim();
            if (Language().IsMatch(line))
                isCode = !Markup().IsMatch(line);
            var isDirective = line.StartsWith("#!", StringComparison.Ordinal) || Reference().IsMatch(line);
            return isCode && !isDirective ? match.Value : Visible().Replace(match.Value, " ");
        }));
    }

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
            if (!line.StartsWith('#') || ParseDirective(line, $"{name}, line {i + 1}") is not { } directive)
                continue;
            tree ??= CSharpSyntaxTree.ParseText(string.Join('\n', lines), ParseOptions).GetRoot();
            if (!tree.FindTrivia(position + lines[i].IndexOf('#', StringComparison.Ordinal)).IsDirective)
                continue;   // text inside a string or a comment that only looks like a directive
            lines[i] = new string(' ', lines[i].Length);
            if (Markup().Match(line) is { Success: true } markup)
            {
                AddCode(i);
                steps.Add(new MarkupStep(TakeMarkup(i + 1, markup.Groups["kind"].Value)));
                codeStart = i;
                tree = null;   // the text was no C#, and is gone from the lines
            }
            else if (directive() is ImportStep import)
            {
                AddCode(i);
                steps.Add(import);
                codeStart = i;
            }
            else if (directive() is { } step)
            {
                references.Add(step);
            }
        }
        AddCode(lines.Length);
        return [.. references, .. steps];

        void AddCode(int end)
        {
            var code = lines[codeStart..end];
            if (!code.All(string.IsNullOrWhiteSpace))
                steps.Add(new CodeStep(new string('\n', codeStart) + string.Join('\n', code)));
        }

        MimeBundle TakeMarkup(int start, string kind)
        {
            var end = start;
            while (end < lines.Length && !Language().IsMatch(lines[end]))
                end++;
            var taken = string.Join('\n', lines[start..end]).Trim('\n');
            for (var i = start; i < end; i++)
                lines[i] = new string(' ', lines[i].Length);
            return new() { [kind == "html" ? MimeBundle.Html : MimeBundle.Markdown] = taken };
        }
    }

    /// <summary>Null when the line is the compiler's business (#nullable, #pragma, #region and the like). The step is
    /// made only once it is certain that the line is no part of a string: it is what throws. It is null when there is
    /// nothing to do.</summary>
    private static Func<Step?>? ParseDirective(string line, string place)
    {
        if (line.StartsWith("#r", StringComparison.Ordinal) && !line.StartsWith("#region", StringComparison.Ordinal))
        {
            if (NuGetReference().Match(line) is { Success: true } nuget)
            {
                var (id, version) = (nuget.Groups["id"].Value, nuget.Groups["version"].Value);
                return () => new PackageStep(new Package(id, version.Length > 0 ? version : "*"));
            }
            if (FileReference().Match(line) is { Success: true } file)
                return () => new ReferenceStep(file.Groups["path"].Value);
            return () => throw new UserError($"{place}: expected `#r \"nuget: Id, Version\"` or `#r \"path.dll\"`, "
                + $"found `{line}`.");
        }
        if (Import().Match(line) is { Success: true } import)
            return () => new ImportStep(import.Groups["path"].Value.Trim().Trim('"'), line);
        if (Source().Match(line) is { Success: true } source)
            return () => new SourceStep(source.Groups["source"].Value);
        if (Time().IsMatch(line))
            return () => new TimeStep();
        if (Language().IsMatch(line))
            return () => null;
        if (line.StartsWith("#!", StringComparison.Ordinal) || line.StartsWith("#i ", StringComparison.Ordinal)
            || line.StartsWith("#load", StringComparison.Ordinal))
        {
            var word = line.Split(' ')[0];
            return () => throw new UserError($"{place}: `{word}` is not supported{(Advice(word) is { } advice ? $": {advice}" : "")}. "
                + $"{Supported}.");
        }
        return null;
    }

    private static string? Advice(string word) => word switch
    {
        "#load" or "#i" => "the line is not in the form below",
        "#!fsharp" or "#!pwsh" or "#!powershell" or "#!sql" or "#!kql" or "#!python" or "#!r" or "#!http" =>
            "this kernel runs C# only. Write the step in C#, or run it in a notebook of that language",
        "#!javascript" or "#!js" => "show a script as HTML: HTML(\"<script>…</script>\")",
        "#!mermaid" => "show the diagram as Markdown, or as a picture",
        "#!share" or "#!set" or "#!value" => "there is one kernel only, so every variable is there already",
        "#!who" or "#!whos" or "#!lsmagic" or "#!about" => "complete a name with Tab to see what there is",
        "#!connect" => "there is one kernel only",
        _ => null,
    };

    [GeneratedRegex("""^#r\s+"nuget:\s*(?<id>[\w.-]+)\s*(,\s*(?<version>[^"\s]+)\s*)?"\s*(//.*)?$""")]
    private static partial Regex NuGetReference();

    [GeneratedRegex("""^#r\s+@?"(?!nuget:)(?<path>[^"]+)"\s*(//.*)?$""")]
    private static partial Regex FileReference();

    [GeneratedRegex("""^(#!import\s+(?<path>\S.*)|#load\s+@?"(?<path>[^"]+)"\s*(//.*)?)$""")]
    private static partial Regex Import();

    [GeneratedRegex(@"[^\n]*\n|[^\n]+$")]
    private static partial Regex AnyLine();

    [GeneratedRegex(@"[^\r\n]")]
    private static partial Regex Visible();

    [GeneratedRegex("""^#(r|i|load)\s""")]
    private static partial Regex Reference();

    [GeneratedRegex("""^#i\s+"(nuget:)?\s*(?<source>[^"]+?)\s*"\s*(//.*)?$""")]
    private static partial Regex Source();

    [GeneratedRegex(@"^#!time\s*$")]
    private static partial Regex Time();

    [GeneratedRegex(@"^#!(csharp|c#|cs|markdown|md|html)\s*$")]
    private static partial Regex Language();

    [GeneratedRegex(@"^#!((?<kind>html)|(?<kind>markdown|md))$")]
    private static partial Regex Markup();
}
