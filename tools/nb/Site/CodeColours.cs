using System.Net;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Nb.Site;

/// <summary>Colours C# by the compiler's own tokens.</summary>
public static class CodeColours
{
    private static readonly CSharpParseOptions s_script = new(LanguageVersion.CSharp13, kind: SourceCodeKind.Script);

    /// <summary>The code as HTML, with a class on what has a colour: k keyword, s text, n number, c comment,
    /// d directive, t type, m method.</summary>
    /// <remarks>What cannot be coloured is plain text. A page shows every cell, whatever is in it.</remarks>
    public static string ToHtml(string code)
    {
        try
        {
            return Coloured(code);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return WebUtility.HtmlEncode(code);
        }
    }

    private static string Coloured(string code)
    {
        var html = new StringBuilder();
        foreach (var token in CSharpSyntaxTree.ParseText(code, s_script).GetRoot().DescendantTokens())
        {
            foreach (var trivia in token.LeadingTrivia)
                Append(trivia);
            Append(token.Text, ClassOf(token));
            foreach (var trivia in token.TrailingTrivia)
                Append(trivia);
        }
        return html.ToString();

        void Append(object text, string? kind = null)
        {
            kind ??= text is SyntaxTrivia trivia ? ClassOf(trivia) : null;
            var whole = text is SyntaxTrivia t ? t.ToFullString() : (string)text;
            if (whole.Length == 0)
                return;
            var encoded = WebUtility.HtmlEncode(whole);
            html.Append(kind is null ? encoded : $"<span class=\"{kind}\">{encoded}</span>");
        }
    }

    private static string? ClassOf(SyntaxTrivia trivia) =>
        trivia.IsDirective ? "d"
        : trivia.Kind().ToString().EndsWith("CommentTrivia", StringComparison.Ordinal) ? "c"
        : null;

    private static string? ClassOf(SyntaxToken token)
    {
        var kind = token.Kind();
        if (SyntaxFacts.IsKeywordKind(kind) || token.IsContextualKeyword() || token.ValueText == "var")
            return "k";
        if (kind == SyntaxKind.NumericLiteralToken)
            return "n";
        if (kind.ToString().Contains("String", StringComparison.Ordinal) || kind == SyntaxKind.CharacterLiteralToken)
            return "s";
        if (kind != SyntaxKind.IdentifierToken)
            return null;
        return token.Parent switch
        {
            BaseTypeDeclarationSyntax => "t",
            MethodDeclarationSyntax or LocalFunctionStatementSyntax => "m",
            SimpleNameSyntax name when IsCalled(name) => "m",
            SimpleNameSyntax name when IsType(name) => "t",
            _ => null,
        };
    }

    private static bool IsCalled(SimpleNameSyntax name) =>
        name.Parent is InvocationExpressionSyntax call && call.Expression == name
        || name.Parent is MemberAccessExpressionSyntax access && access.Name == name
            && access.Parent is InvocationExpressionSyntax;

    // Without the compiler's knowledge of names: a generic name, or a capital in a place where types stand.
    private static bool IsType(SimpleNameSyntax name) => name is GenericNameSyntax
        || name.Identifier.ValueText is [var first, ..] && char.IsUpper(first) && name.Parent is ObjectCreationExpressionSyntax
            or VariableDeclarationSyntax or ParameterSyntax or TypeArgumentListSyntax or ArrayTypeSyntax
            or MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax } or TypeOfExpressionSyntax
            && (name.Parent is not MemberAccessExpressionSyntax member || member.Expression == name);
}
