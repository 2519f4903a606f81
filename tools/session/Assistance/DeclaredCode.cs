using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Nb.Session;

namespace Nb.Assistance;

/// <summary>What the texts that ran have declared, as one text: its size is that of what a reader can name, however many
/// cells have run. Of what was declared again, only the last is kept; statements that declare nothing are left out.</summary>
internal sealed class DeclaredCode
{
    private readonly List<(string Key, string Text)> _usings = [];
    private readonly List<(List<string> Keys, SyntaxNode Node)> _members = [];

    /// <summary>Adds a text that has run after all others.</summary>
    public void Add(string ran)
    {
        var root = CSharpSyntaxTree.ParseText(ran, Dialect.ParseOptions.WithDocumentationMode(DocumentationMode.Parse)).GetCompilationUnitRoot();
        foreach (var line in root.Usings)
        {
            var key = line.Alias is { } alias ? alias.Name.ToString() : line.ToString();
            _usings.RemoveAll(known => known.Key == key);
            _usings.Add((key, line.ToString()));
        }
        foreach (var member in root.Members)
        {
            var keys = KeysOf(member).ToList();
            if (keys.Count == 0)
                continue;
            foreach (var known in _members)
                known.Keys.RemoveAll(keys.Contains);
            _members.RemoveAll(known => known.Keys.Count == 0);
            _members.Add((keys, member));
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (_, line) in _usings)
            text.AppendLine(line);
        foreach (var (keys, node) in _members)
            text.AppendLine((node is FieldDeclarationSyntax field ? Only(field, keys) : node).ToFullString());
        return text.ToString();
    }

    /// <summary>What a member declares, so that a later declaration of the same can take its place: the name, and of a
    /// method also its parameters.</summary>
    private static IEnumerable<string> KeysOf(MemberDeclarationSyntax member) => member switch
    {
        FieldDeclarationSyntax field => field.Declaration.Variables.Select(variable => variable.Identifier.ValueText),
        EventFieldDeclarationSyntax field => field.Declaration.Variables.Select(variable => variable.Identifier.ValueText),
        PropertyDeclarationSyntax property => [property.Identifier.ValueText],
        MethodDeclarationSyntax method =>
            [$"{method.Identifier.ValueText}`{method.Arity}({string.Join(',', method.ParameterList.Parameters.Select(p => p.Type?.ToString()))})"],
        TypeDeclarationSyntax type => [$"{type.Identifier.ValueText}`{type.Arity}"],
        BaseTypeDeclarationSyntax type => [$"{type.Identifier.ValueText}`0"],
        DelegateDeclarationSyntax type => [$"{type.Identifier.ValueText}`{type.Arity}"],
        GlobalStatementSyntax statement => statement.DescendantNodes(IsSameScope).Select(node => node switch
        {
            SingleVariableDesignationSyntax variable => variable.Identifier.ValueText,   // var (a, b) = …, out var c, is int d
            VariableDeclaratorSyntax variable => variable.Identifier.ValueText,   // using var e = …
            _ => "",
        }).Where(name => name.Length > 0),
        _ => [],
    };

    private static bool IsSameScope(SyntaxNode node) => node is not (BlockSyntax or AnonymousFunctionExpressionSyntax
        or ForStatementSyntax or CommonForEachStatementSyntax or QueryExpressionSyntax);

    private static FieldDeclarationSyntax Only(FieldDeclarationSyntax field, List<string> names) => field.WithDeclaration(
        field.Declaration.WithVariables(SyntaxFactory.SeparatedList(
            field.Declaration.Variables.Where(variable => names.Contains(variable.Identifier.ValueText)))));
}
