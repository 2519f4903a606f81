using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Nb.Session;

/// <summary>Puts a look at the stop flag into the loops, lambdas and recursive functions of a cell. The runtime's own
/// way to end code, ControlledExecution, would need none of this, but is no more than a last resort: see
/// <see cref="CellThreads.Abort"/>.</summary>
internal sealed class StopChecks : CSharpSyntaxRewriter
{
    private static readonly StatementSyntax s_check =
        SyntaxFactory.ParseStatement($"global::{typeof(Stop).FullName}.{nameof(Stop.Check)}();");

    private readonly bool _isCell;

    private StopChecks(bool isCell) => _isCell = isCell;

    /// <summary>The same code with the looks in it; every line keeps its number.</summary>
    /// <param name="isCell">The text of a cell. An imported script keeps its innermost counting loops as they are.</param>
    public static SyntaxTree AddTo(SyntaxTree tree, bool isCell, CancellationToken cancellationToken)
    {
        var root = new StopChecks(isCell).Visit(tree.GetRoot(cancellationToken));
        return CSharpSyntaxTree.Create(
            (CSharpSyntaxNode)root, (CSharpParseOptions)tree.Options, tree.FilePath, tree.Encoding);
    }

    public override SyntaxNode? VisitWhileStatement(WhileStatementSyntax node) =>
        With((WhileStatementSyntax)base.VisitWhileStatement(node)!, n => n.Statement);

    public override SyntaxNode? VisitDoStatement(DoStatementSyntax node) =>
        With((DoStatementSyntax)base.VisitDoStatement(node)!, n => n.Statement);

    public override SyntaxNode? VisitForEachStatement(ForEachStatementSyntax node) =>
        With((ForEachStatementSyntax)base.VisitForEachStatement(node)!, n => n.Statement);

    public override SyntaxNode? VisitForEachVariableStatement(ForEachVariableStatementSyntax node) =>
        With((ForEachVariableStatementSyntax)base.VisitForEachVariableStatement(node)!, n => n.Statement);

    public override SyntaxNode? VisitForStatement(ForStatementSyntax node)
    {
        var visited = (ForStatementSyntax)base.VisitForStatement(node)!;
        return IsShort(node) ? visited : With(visited, n => n.Statement);
    }

    public override SyntaxNode? VisitGotoStatement(GotoStatementSyntax node) =>
        SyntaxFactory.Block(s_check, (GotoStatementSyntax)base.VisitGotoStatement(node)!);

    public override SyntaxNode? VisitSimpleLambdaExpression(SimpleLambdaExpressionSyntax node) =>
        With((SimpleLambdaExpressionSyntax)base.VisitSimpleLambdaExpression(node)!, n => n.Block);

    public override SyntaxNode? VisitParenthesizedLambdaExpression(ParenthesizedLambdaExpressionSyntax node) =>
        With((ParenthesizedLambdaExpressionSyntax)base.VisitParenthesizedLambdaExpression(node)!, n => n.Block);

    public override SyntaxNode? VisitMethodDeclaration(MethodDeclarationSyntax node)
    {
        var visited = (MethodDeclarationSyntax)base.VisitMethodDeclaration(node)!;
        return !Calls(node, node.Identifier.Text) ? visited
            : visited.ExpressionBody is not { } arrow ? With(visited, n => n.Body)
            : visited.WithBody(ToBlock(arrow, node.ReturnType, node.Modifiers)).WithExpressionBody(null).WithSemicolonToken(default);
    }

    public override SyntaxNode? VisitLocalFunctionStatement(LocalFunctionStatementSyntax node)
    {
        var visited = (LocalFunctionStatementSyntax)base.VisitLocalFunctionStatement(node)!;
        return !Calls(node, node.Identifier.Text) ? visited
            : visited.ExpressionBody is not { } arrow ? With(visited, n => n.Body)
            : visited.WithBody(ToBlock(arrow, node.ReturnType, node.Modifiers)).WithExpressionBody(null).WithSemicolonToken(default);
    }

    private static bool Calls(SyntaxNode function, string name) => function.DescendantNodes()
        .OfType<InvocationExpressionSyntax>()
        .Any(call => call.Expression is SimpleNameSyntax callee && callee.Identifier.Text == name);

    private static BlockSyntax ToBlock(ArrowExpressionClauseSyntax arrow, TypeSyntax returned, SyntaxTokenList modifiers)
    {
        var hasNoValue = returned.ToString() == "void"
            || modifiers.Any(SyntaxKind.AsyncKeyword) && returned is IdentifierNameSyntax { Identifier.Text: "Task" or "ValueTask" };
        StatementSyntax body = hasNoValue || arrow.Expression is ThrowExpressionSyntax
            ? SyntaxFactory.ParseStatement($"{arrow.Expression.ToFullString().TrimStart(' ')};")
            : SyntaxFactory.ReturnStatement(arrow.Expression.WithLeadingTrivia(SyntaxFactory.Space));
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

    private static T With<T>(T node, Func<T, StatementSyntax?> body)
        where T : SyntaxNode => body(node) switch
        {
            null => node,
            BlockSyntax block => node.ReplaceNode(block, block.WithStatements(block.Statements.Insert(0, s_check))),
            var statement => node.ReplaceNode(statement, SyntaxFactory.Block(s_check, statement)),
        };
}
