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

    /// <summary>The names of earlier cells whose values each cell fills, <c>runs[name] = …</c> or <c>rows.Add(…)</c>, itself or by a
    /// function of the notebook that it calls: one list for each cell.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> FilledBy(IEnumerable<Cell> cells)
    {
        var byFunction = new Dictionary<string, IReadOnlyList<string>>();
        var all = new List<IReadOnlyList<string>>();
        foreach (var cell in cells)
        {
            var root = CSharpSyntaxTree.ParseText(cell.Source, s_script).GetCompilationUnitRoot();
            foreach (var (name, function) in Functions(root))
                byFunction[name] = Filled(function, byFunction);
            // What a function fills is filled where it is called.
            var functions = Functions(root).Select(pair => pair.Function).ToList();
            all.Add([.. root.Members.Where(member => !functions.Contains(member) && !functions.Any(function => function.Parent == member))
                .SelectMany(member => Filled(member, byFunction)).Except(root.Members.SelectMany(Names))]);
        }
        return all;
    }

    private static IEnumerable<(string Name, SyntaxNode Function)> Functions(CompilationUnitSyntax root) => root.Members.SelectMany(member => member switch
    {
        MethodDeclarationSyntax method => [(method.Identifier.ValueText, (SyntaxNode)method)],
        GlobalStatementSyntax { Statement: LocalFunctionStatementSyntax function } => [(function.Identifier.ValueText, function)],
        _ => Enumerable.Empty<(string, SyntaxNode)>(),
    });

    private static IReadOnlyList<string> Filled(SyntaxNode node, Dictionary<string, IReadOnlyList<string>> byFunction)
    {
        var own = node.DescendantNodesAndSelf().Select(part => part switch
        {
            VariableDeclaratorSyntax variable => variable.Identifier.ValueText,
            ParameterSyntax parameter => parameter.Identifier.ValueText,
            SingleVariableDesignationSyntax designation => designation.Identifier.ValueText,
            ForEachStatementSyntax loop => loop.Identifier.ValueText,
            _ => null,
        }).ToHashSet();
        var filled = node.DescendantNodesAndSelf().SelectMany(part => part switch
        {
            AssignmentExpressionSyntax { Left: ElementAccessExpressionSyntax { Expression: IdentifierNameSyntax name } } => [name.Identifier.ValueText],
            InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Add", Expression: IdentifierNameSyntax name } } =>
                [name.Identifier.ValueText],
            InvocationExpressionSyntax { Expression: IdentifierNameSyntax called } => byFunction.GetValueOrDefault(called.Identifier.ValueText, []),
            _ => Enumerable.Empty<string>(),
        });
        return [.. filled.Where(name => !own.Contains(name)).Distinct()];
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
