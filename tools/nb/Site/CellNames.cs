using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Nb.Notebooks;
using Nb.Session;

namespace Nb.Site;

/// <summary>Which names a cell gives to the cells below it, so that the page knows what needs a cell that has not run.</summary>
public static class CellNames
{
    /// <summary>What stands for "all cells below may need it": an import, a package or a using.</summary>
    public const string Everything = "*";

    private static readonly CSharpParseOptions s_script = new(LanguageVersion.CSharp13, kind: SourceCodeKind.Script);

    /// <summary>The names that the cell declares or sets, in their order.</summary>
    public static IReadOnlyList<string> GivenBy(Cell cell)
    {
        var code = cell.Source;
        try
        {
            if (Dialect.Parse(code, "").Any(step => step is ImportStep or PackageStep))
                return [Everything];
        }
        catch (UserError)
        {
            return [];   // a cell that cannot run gives nothing
        }
        var root = CSharpSyntaxTree.ParseText(code, s_script).GetCompilationUnitRoot();
        var names = root.Members.SelectMany(Names).Distinct();
        return [.. root.Usings.Count > 0 ? [Everything] : Array.Empty<string>(), .. names];
    }

    private static IEnumerable<string> Names(MemberDeclarationSyntax member) => member switch
    {
        FieldDeclarationSyntax field => field.Declaration.Variables.Select(variable => variable.Identifier.ValueText),
        PropertyDeclarationSyntax property => [property.Identifier.ValueText],
        MethodDeclarationSyntax method => [method.Identifier.ValueText],
        BaseTypeDeclarationSyntax type => [type.Identifier.ValueText],
        DelegateDeclarationSyntax type => [type.Identifier.ValueText],
        // Of statements count the names that are still there after the cell: those of no inner block or function.
        GlobalStatementSyntax { Statement: ExpressionStatementSyntax statement } => Set(statement.Expression),
        GlobalStatementSyntax { Statement: LocalFunctionStatementSyntax function } => [function.Identifier.ValueText],
        _ => [],
    };

    private static IEnumerable<string> Set(ExpressionSyntax expression)
    {
        var declared = expression.DescendantNodes(node => node is not AnonymousFunctionExpressionSyntax)
            .OfType<SingleVariableDesignationSyntax>().Select(designation => designation.Identifier.ValueText);
        var assigned = expression is AssignmentExpressionSyntax { Left: IdentifierNameSyntax name } ? [name.Identifier.ValueText]
            : expression is AssignmentExpressionSyntax { Left: TupleExpressionSyntax tuple }
                ? tuple.Arguments.Select(argument => argument.Expression).OfType<IdentifierNameSyntax>().Select(part => part.Identifier.ValueText)
            : Enumerable.Empty<string>();
        return declared.Concat(assigned);
    }
}
