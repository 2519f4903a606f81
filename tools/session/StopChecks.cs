using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Nb.Session;

/// <summary>Puts a look at the stop flag into the loops, lambdas and recursive functions of a cell. The runtime's own
/// way to end code, ControlledExecution, would need none of this, but is no more than a last resort: see
/// <see cref="ICellThreads.Abort"/>.</summary>
internal sealed class StopChecks : CSharpSyntaxRewriter
{
    private static readonly StatementSyntax s_check =
        SyntaxFactory.ParseStatement($"global::{typeof(Stop).FullName}.{nameof(Stop.Check)}();");

    private readonly bool _isCell;
    private readonly Func<LambdaExpressionSyntax, INamedTypeSymbol?> _typeOf;

    private StopChecks(bool isCell, Func<LambdaExpressionSyntax, INamedTypeSymbol?> typeOf) =>
        (_isCell, _typeOf) = (isCell, typeOf);

    /// <summary>The same code with the looks in it; every line keeps its number.</summary>
    /// <param name="isCell">The text of a cell. An imported script keeps its innermost counting loops as they are, and
    /// its lambdas that are one expression.</param>
    /// <param name="compile">Compiles the tree as it comes; asked only where the meaning of a lambda must be known.</param>
    public static SyntaxTree AddTo(
        SyntaxTree tree, bool isCell, Func<SyntaxTree, CSharpCompilation> compile, CancellationToken cancellationToken)
    {
        var model = new Lazy<SemanticModel>(() => compile(tree).GetSemanticModel(tree));
        var root = new StopChecks(isCell, lambda => model.Value.GetTypeInfo(lambda, cancellationToken).ConvertedType as INamedTypeSymbol)
            .Visit(tree.GetRoot(cancellationToken));
        return CSharpSyntaxTree.Create(
            (CSharpSyntaxNode)root, (CSharpParseOptions)tree.Options, tree.FilePath, tree.Encoding);
    }

    [return: NotNullIfNotNull(nameof(node))]
    public override SyntaxNode? Visit(SyntaxNode? node) => (node, base.Visit(node)) switch
    {
        (ForStatementSyntax loop, var visited) when IsShort(loop) => visited,
        (_, WhileStatementSyntax loop) => With(loop, loop.Statement),
        (_, DoStatementSyntax loop) => With(loop, loop.Statement),
        (_, ForStatementSyntax loop) => With(loop, loop.Statement),
        (_, CommonForEachStatementSyntax loop) => With(loop, loop.Statement),
        (_, GotoStatementSyntax jump) => SyntaxFactory.Block(s_check, jump),
        (_, AnonymousFunctionExpressionSyntax { Block: { } block } lambda) => With(lambda, block),
        (LambdaExpressionSyntax original, LambdaExpressionSyntax { ExpressionBody: { } body } lambda)
            when _isCell && body is not RefExpressionSyntax && DelegateOf(original) is { } type =>
            lambda.WithExpressionBody(null).WithBlock(SyntaxFactory.Block(s_check, HasNoValue(lambda, type)
                ? SyntaxFactory.ParseStatement($"{body.ToFullString().TrimStart(' ')};")
                : ToReturn(body))),
        (_, MethodDeclarationSyntax method) when Calls(method, method.Identifier) =>
            method.ExpressionBody is { } arrow
                ? method.WithBody(ToBlock(arrow, method.ReturnType, method.Modifiers)).WithExpressionBody(null).WithSemicolonToken(default)
                : With(method, method.Body),
        (_, LocalFunctionStatementSyntax function) when Calls(function, function.Identifier) =>
            function.ExpressionBody is { } arrow
                ? function.WithBody(ToBlock(arrow, function.ReturnType, function.Modifiers)).WithExpressionBody(null).WithSemicolonToken(default)
                : With(function, function.Body),
        var (_, visited) => visited,
    };

    private static bool Calls(SyntaxNode function, SyntaxToken name) => function.DescendantNodes()
        .OfType<InvocationExpressionSyntax>()
        .Any(call => call.Expression is SimpleNameSyntax callee && callee.Identifier.Text == name.Text);

    /// <summary>The delegate that a lambda becomes; null where it becomes data about code, or is a part of such.</summary>
    private INamedTypeSymbol? DelegateOf(LambdaExpressionSyntax lambda) =>
        lambda.Ancestors().OfType<LambdaExpressionSyntax>().All(outer => _typeOf(outer)?.TypeKind == TypeKind.Delegate)
            && _typeOf(lambda) is { TypeKind: TypeKind.Delegate } type ? type : null;

    private static bool HasNoValue(LambdaExpressionSyntax lambda, INamedTypeSymbol type) =>
        lambda.ExpressionBody is ThrowExpressionSyntax
        || type.DelegateInvokeMethod is not { ReturnsVoid: false } invoke
        || lambda.AsyncKeyword.IsKind(SyntaxKind.AsyncKeyword) && invoke.ReturnType is not INamedTypeSymbol { IsGenericType: true };

    private static ReturnStatementSyntax ToReturn(ExpressionSyntax value) =>
        SyntaxFactory.ReturnStatement(value.WithLeadingTrivia(value.GetLeadingTrivia().Insert(0, SyntaxFactory.Space)));

    private static BlockSyntax ToBlock(ArrowExpressionClauseSyntax arrow, TypeSyntax returned, SyntaxTokenList modifiers)
    {
        var hasNoValue = returned.ToString() == "void"
            || modifiers.Any(SyntaxKind.AsyncKeyword) && returned is IdentifierNameSyntax { Identifier.Text: "Task" or "ValueTask" };
        StatementSyntax body = hasNoValue || arrow.Expression is ThrowExpressionSyntax
            ? SyntaxFactory.ParseStatement($"{arrow.Expression.ToFullString().TrimStart(' ')};")
            : ToReturn(arrow.Expression);
        return SyntaxFactory.Block(s_check, body)
            .WithLeadingTrivia(arrow.GetLeadingTrivia().AddRange(arrow.ArrowToken.TrailingTrivia))
            .WithTrailingTrivia(arrow.GetTrailingTrivia());
    }

    /// <summary>An innermost loop that counts and only computes is left alone where a loop around it is looked after: in
    /// it, a look in every step would cost.</summary>
    private bool IsShort(ForStatementSyntax loop) =>
        loop.Condition is not null
        && loop.Incrementors.Count > 0
        && !loop.DescendantNodes().Any(n => n is ForStatementSyntax or WhileStatementSyntax or DoStatementSyntax
            or CommonForEachStatementSyntax)
        && (!_isCell
            || loop.Ancestors().Any(n => n is ForStatementSyntax or WhileStatementSyntax or DoStatementSyntax
                or CommonForEachStatementSyntax)
            && !loop.DescendantNodes().Any(n => n is InvocationExpressionSyntax or BaseObjectCreationExpressionSyntax
                or ArrayCreationExpressionSyntax or AwaitExpressionSyntax or InterpolatedStringExpressionSyntax));

    private static SyntaxNode With(SyntaxNode node, StatementSyntax? body) => body switch
    {
        null => node,
        BlockSyntax block => node.ReplaceNode(block, block.WithStatements(block.Statements.Insert(0, s_check))),
        _ => node.ReplaceNode(body, SyntaxFactory.Block(s_check, body)),
    };
}
