using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.DotNet.Interactive.Formatting;

namespace Nb.Session;

/// <summary>Says what to do where the compiler's own words do not help the reader of a notebook.</summary>
internal static partial class ErrorAdvice
{
    private const int MostNamespaces = 3;

    private static readonly HashSet<string> s_tags =
        [.. typeof(PocketViewTags).GetMembers(BindingFlags.Public | BindingFlags.Static).Select(member => member.Name.Replace("get_", "", StringComparison.Ordinal))];

    /// <summary>The compiler's text, or another one for what only notebooks know: a type that was declared again.</summary>
    public static string TextOf(Diagnostic diagnostic)
    {
        var text = diagnostic.GetMessage(CultureInfo.InvariantCulture);
        return SameName().Match(text) is { Success: true } match
            ? $"make the value again: run the cells that make it. {match.Groups["type"].Value} was declared again since (its cell ran again, or "
                + $"its file has changed), and the value is still one of the {match.Groups["type"].Value} of before."
            : CellAssembly().Replace(text, "");
    }

    /// <summary>A line to put below an error; null when there is nothing to add.</summary>
    public static string? For(Diagnostic diagnostic, CSharpCompilation compilation)
    {
        if (diagnostic.Id is not ("CS0103" or "CS0246" or "CS0234" or "CS0117" or "CS1061"))
            return null;
        var text = diagnostic.GetMessage(CultureInfo.InvariantCulture);
        var names = Quoted().Matches(text).Select(match => match.Groups["name"].Value.Split('<')[0]).ToList();
        if (names.Count == 0)
            return null;
        if (diagnostic.Id is "CS0117" or "CS1061")
            return Member(names);
        return names[0] switch
        {
            "XPlot" => "XPlot draws through .NET Interactive, which is not here. Use Plotly.NET: `#r \"nuget: Plotly.NET, 6.0.0\"`.",
            "SubmitCode" or "KernelCommand" or "CompositeKernel" or "CSharpKernel" or "Commands" or "Events" or "Connection" or "Http"
                when diagnostic.Id != "CS0234" || names.Contains("Microsoft.DotNet.Interactive") => Kernels,
            "Interactive" when names.Contains("Microsoft.DotNet") => Kernels,
            var name when diagnostic.Id == "CS0103" && s_tags.Contains(name) && IsCalled(diagnostic) =>
                "The tags of HTML are there after `using static Microsoft.DotNet.Interactive.Formatting.PocketViewTags;`.",
            var name when diagnostic.Id != "CS0234" && Namespaces(compilation, name) is { Count: > 0 } found =>
                $"Add {string.Join(" or ", found.Select(space => $"`using {space};`"))} at the top of the cell.",
            _ => null,
        };
    }

    /// <summary>`div(…)` or `div[…]`. A name of one letter is a variable that is missing, and not a tag.</summary>
    private static bool IsCalled(Diagnostic diagnostic) => diagnostic.Location.SourceSpan.Length > 1
        && diagnostic.Location.SourceTree?.GetRoot().FindNode(diagnostic.Location.SourceSpan).Parent
            is InvocationExpressionSyntax or ElementAccessExpressionSyntax;

    private const string Kernels = "Kernels of .NET Interactive and their commands are not here: this kernel is C# alone. Call the method in C# "
        + "directly; display, HTML, Javascript, GetInputAsync and KernelInvocationContext.Current.CancellationToken are there.";

    private static string? Member(List<string> names) => names[0] is "Kernel" or "KernelInvocationContext" ? Kernels : null;

    /// <summary>Where there are public types of this name.</summary>
    private static List<string> Namespaces(CSharpCompilation compilation, string name)
    {
        var found = new List<string>();
        Search(compilation.GlobalNamespace);
        return [.. found.Distinct().OrderBy(space => !space.StartsWith("System", StringComparison.Ordinal)).ThenBy(space => space.Length).Take(MostNamespaces)];

        void Search(INamespaceSymbol space)
        {
            if (!space.IsGlobalNamespace && space.GetTypeMembers(name).Any(type => type.DeclaredAccessibility == Accessibility.Public && type.ContainingType is null))
                found.Add(space.ToDisplayString());
            foreach (var inner in space.GetNamespaceMembers())
                Search(inner);
        }
    }

    [GeneratedRegex(@"'(?<type>[^'\[]+?) \[cell-[0-9a-f]+[^'\]]*\]'.*'\k<type> \[cell-")]
    private static partial Regex SameName();

    [GeneratedRegex(@" \[cell-[0-9a-f]+[^'\]]*\]")]
    private static partial Regex CellAssembly();

    [GeneratedRegex("'(?<name>[^']+)'")]
    private static partial Regex Quoted();
}
