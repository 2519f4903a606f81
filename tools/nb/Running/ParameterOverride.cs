using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Nb.Notebooks;
using Nb.Session;

namespace Nb.Running;

/// <summary>Replaces the values of the variables in the cell that is tagged `parameters`.</summary>
public static class ParameterOverride
{
    private static readonly Lazy<IReadOnlyList<MetadataReference>> s_framework =
        new(() => [.. Framework.Assemblies.Select(file => MetadataReference.CreateFromFile(file))]);

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
        var tree = CSharpSyntaxTree.ParseText(source, Dialect.ParseOptions);
        var variables = tree.GetCompilationUnitRoot().Members
            .OfType<FieldDeclarationSyntax>()
            .SelectMany(field => field.Declaration.Variables)
            .Where(variable => variable.Initializer is not null)
            .ToList();
        var variable = variables.LastOrDefault(v => v.Identifier.ValueText == name)
            ?? throw new UserError($"{path}: --set {name}: expected one of the parameters "
                + $"{string.Join(", ", variables.Select(v => v.Identifier.ValueText))}; found no {name} among them.");
        var old = variable.Initializer!.Value;
        return source[..old.SpanStart] + NewValue(tree, old, name, value) + source[old.Span.End..];
    }

    private static string NewValue(SyntaxTree tree, ExpressionSyntax old, string name, string value)
    {
        var type = CSharpCompilation.CreateScriptCompilation(
                "parameters", tree, s_framework.Value, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, usings: ["System"]))
            .GetSemanticModel(tree).GetTypeInfo(old).ConvertedType?.SpecialType ?? SpecialType.None;
        if (Types.TryGetValue(type, out var known))
            return Convert(known, old, name, value);
        if (old is MemberAccessExpressionSyntax member)
            return Sibling(member, name, value);
        throw new UserError($"--set {name}={value}: expected a parameter that is a number, true or false, a text or a value like Activation.ReLU, "
            + $"found `{old}`. Change it in the notebook.");
    }

    private static Dictionary<SpecialType, Type> Types { get; } = new()
    {
        [SpecialType.System_Int32] = typeof(int), [SpecialType.System_Int64] = typeof(long), [SpecialType.System_Byte] = typeof(byte),
        [SpecialType.System_Int16] = typeof(short), [SpecialType.System_UInt32] = typeof(uint), [SpecialType.System_UInt64] = typeof(ulong),
        [SpecialType.System_Single] = typeof(float), [SpecialType.System_Double] = typeof(double), [SpecialType.System_Decimal] = typeof(decimal),
        [SpecialType.System_Boolean] = typeof(bool), [SpecialType.System_String] = typeof(string), [SpecialType.System_Char] = typeof(char),
    };

    /// <summary>The literal that gives the variable this value and leaves its type: 1d for 1, where it is a double.</summary>
    private static string Convert(Type type, ExpressionSyntax old, string name, string value)
    {
        var expression = SyntaxFactory.ParseExpression(value, options: Dialect.ParseOptions);
        var given = expression.ContainsDiagnostics ? null : Literal(expression);
        if (given is null)
        {
            throw new UserError($"--set {name}={value}: expected a C# literal such as 5, 0.1, true or \"text\" (text "
                + $"with its quotes: --set '{name}=\"text\"'), found `{value}`.");
        }
        if (given.GetType() == type)
            return expression.ToString();   // not the value as it was given: a comment behind it would be code
        try
        {
            var isWhole = given is int or long or uint or ulong;
            if (type == typeof(double) && (isWhole || given is float))
                return $"{System.Convert.ToDouble(given, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture)}d";
            if (type == typeof(float) && (isWhole || given is double))
                return $"{System.Convert.ToSingle(given, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture)}f";
            if (type == typeof(decimal) && (isWhole || given is double))
                return $"{System.Convert.ToDecimal(given, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)}m";
            if (isWhole && type != typeof(int) && type.IsPrimitive && type != typeof(bool) && type != typeof(char))
            {
                var suffix = type == typeof(long) ? "L" : type == typeof(ulong) ? "UL" : type == typeof(uint) ? "U" : "";
                return $"{System.Convert.ChangeType(given, type, CultureInfo.InvariantCulture)}{suffix}";
            }
        }
        catch (OverflowException)
        {
            // Named below.
        }
        throw new UserError($"--set {name}={value}: expected a value of type {NameOf(type)} like {old}, found one of type {NameOf(given.GetType())}.");
    }

    /// <summary>Another value of the same enumeration: Activation.Tanh for Activation.ReLU.</summary>
    private static string Sibling(MemberAccessExpressionSyntax old, string name, string value) =>
        SyntaxFactory.ParseExpression(value, options: Dialect.ParseOptions) is MemberAccessExpressionSyntax { ContainsDiagnostics: false } given
            && given.Expression.ToString() == old.Expression.ToString()
            ? given.ToString()
            : throw new UserError($"--set {name}={value}: expected a value like {old}, found `{value}`.");

    /// <summary>The value of a literal, with or without a minus; null for any other expression.</summary>
    private static object? Literal(ExpressionSyntax expression) => expression switch
    {
        LiteralExpressionSyntax literal => literal.Token.Value,
        PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.UnaryMinusExpression, Operand: LiteralExpressionSyntax literal } =>
            literal.Token.Value switch
            {
                int number => -number,
                long number => -number,
                float number => -number,
                double number => -number,
                decimal number => -number,
                uint and 2147483648 => int.MinValue,   // one more than the largest int: C# knows it as this number alone
                uint number => -(long)number,
                ulong and 9223372036854775808 => long.MinValue,
                _ => null,
            },
        _ => null,
    };

    private static string NameOf(Type type) =>
        type == typeof(int) ? "int" : type == typeof(long) ? "long" : type == typeof(float) ? "float" : type == typeof(double) ? "double"
        : type == typeof(bool) ? "bool" : type == typeof(string) ? "string" : type == typeof(char) ? "char" : type == typeof(decimal) ? "decimal"
        : type == typeof(byte) ? "byte" : type == typeof(uint) ? "uint" : type == typeof(ulong) ? "ulong" : type == typeof(short) ? "short" : type.Name;
}
