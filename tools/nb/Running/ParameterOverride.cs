using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Nb.Notebooks;

namespace Nb.Running;

/// <summary>Replaces the values of the variables in the cell that is tagged `parameters`.</summary>
public static class ParameterOverride
{
    private static readonly CSharpParseOptions s_script = new(LanguageVersion.CSharp13, kind: SourceCodeKind.Script);

    /// <summary>The part before the first `=` of `name=value`, and the part after it.</summary>
    public static (string Name, string Value) Split(string setting)
    {
        var parts = setting.Split('=', 2, StringSplitOptions.TrimEntries);
        return parts is [{ Length: > 0 } name, { Length: > 0 } value]
            ? (name, value)
            : throw new UserError($"--set: expected name=value, found `{setting}`. For example --set epochs=5.");
    }

    /// <summary>Changes the parameters cell of <paramref name="notebook"/>. A variable keeps its type: 1 for a double
    /// becomes 1d, and 0.5 for an int is an error.</summary>
    public static void Apply(Notebook notebook, IEnumerable<(string Name, string Value)> settings)
    {
        var cell = notebook.Cells.FirstOrDefault(c => c.IsCode && c.Tags.Contains("parameters"))
            ?? throw new UserError($"{notebook.Path}: --set expected a code cell with the tag `parameters`, found "
                + "none. Add the tag to the cell that sets the values.");
        foreach (var (name, value) in settings)
            cell.Source = Replace(cell.Source, name, value, notebook.Path);
    }

    private static string Replace(string source, string name, string value, string path)
    {
        var variables = CSharpSyntaxTree.ParseText(source, s_script).GetCompilationUnitRoot().Members
            .OfType<FieldDeclarationSyntax>()
            .SelectMany(field => field.Declaration.Variables)
            .Where(variable => variable.Initializer is not null)
            .ToList();
        var variable = variables.LastOrDefault(v => v.Identifier.ValueText == name)
            ?? throw new UserError($"{path}: --set {name}: expected one of the parameters "
                + $"{string.Join(", ", variables.Select(v => v.Identifier.ValueText))}; found no {name} among them.");
        var old = variable.Initializer!.Value;
        var typed = Literal(old) is { } literal ? Convert(literal, name, value)
            : old is MemberAccessExpressionSyntax member ? Sibling(member, name, value)
            : Expression(name, value).ToString();
        return source[..old.SpanStart] + typed + source[old.Span.End..];
    }

    private static string Convert(object old, string name, string value)
    {
        var given = Literal(Expression(name, value))!;
        if (given.GetType() == old.GetType())
            return value;
        return (old, given) switch
        {
            (double, int or long) => value + "d",
            (float, int or long or double) => value.TrimEnd('d', 'D', 'L', 'l') + "f",
            (long, int) => value + "L",
            _ => throw new UserError($"--set {name}={value}: expected a value of type {TypeOf(old)} like "
                + $"{System.Convert.ToString(old, CultureInfo.InvariantCulture)}, found one of type {TypeOf(given)}."),
        };
    }

    /// <summary>Another value of the same enumeration: Activation.Tanh for Activation.ReLU.</summary>
    private static string Sibling(MemberAccessExpressionSyntax old, string name, string value) =>
        SyntaxFactory.ParseExpression(value, options: s_script) is MemberAccessExpressionSyntax { ContainsDiagnostics: false } given
            && given.Expression.ToString() == old.Expression.ToString()
            ? value
            : throw new UserError($"--set {name}={value}: expected a value like {old}, found `{value}`.");

    private static ExpressionSyntax Expression(string name, string value)
    {
        var expression = SyntaxFactory.ParseExpression(value, options: s_script);
        return !expression.ContainsDiagnostics && Literal(expression) is not null
            ? expression
            : throw new UserError($"--set {name}={value}: expected a C# literal such as 5, 0.1, true or \"text\" (text "
                + $"with its quotes: --set '{name}=\"text\"'), found `{value}`.");
    }

    /// <summary>The value of a literal, with or without a minus; null for any other expression.</summary>
    private static object? Literal(ExpressionSyntax expression) => expression switch
    {
        LiteralExpressionSyntax literal => literal.Token.Value,
        PrefixUnaryExpressionSyntax
        {
            RawKind: (int)SyntaxKind.UnaryMinusExpression, Operand: LiteralExpressionSyntax literal
        } when literal.Token.Value is int or long or float or double or decimal => literal.Token.Value,
        _ => null,
    };

    private static string TypeOf(object value) => value switch
    {
        int => "int",
        long => "long",
        float => "float",
        double => "double",
        bool => "bool",
        string => "string",
        _ => value.GetType().Name,
    };
}
