using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Completion;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.QuickInfo;
using Microsoft.CodeAnalysis.Tags;
using Nb.Session;

namespace Nb.Assistance;

/// <summary>What can stand at a place.</summary>
/// <param name="Start">Where what is already there begins; it is replaced.</param>
/// <param name="End">Where it ends.</param>
public sealed record Completions(int Start, int End, IReadOnlyList<Completion> Items);

/// <param name="Text">What is inserted.</param>
/// <param name="Kind">method, property, class, keyword and so on, as editors name them.</param>
public sealed record Completion(string Text, string Kind);

/// <summary>Whether a cell can be run as it is.</summary>
public enum Completeness { Complete, Incomplete, Invalid }

/// <summary>Answers what an editor asks about a cell that is being written. Positions count UTF-16 units; those outside
/// the text mean its nearest end.</summary>
/// <param name="framework">Finds the assemblies of .NET, with their documentation if there is any.</param>
public sealed class CodeAssistant(Func<IEnumerable<string>> framework) : IDisposable
{
    private const int MostItems = 500;
    private CodeWorkspace? _workspace;

    public async Task<Completions> CompleteAsync(
        SessionCode session, string cell, int position, CancellationToken cancellationToken)
    {
        position = Math.Clamp(position, 0, cell.Length);
        var code = Dialect.CodeOf(cell);
        if (Dialect.CodeOf(cell.Insert(position, "x"))[position] != 'x')
            return new Completions(position, position, []);   // what is typed in a directive or a text is no code
        var document = Workspace(session).DocumentFor(session, code);
        var service = CompletionService.GetService(document)!;
        var list = await service.GetCompletionsAsync(document, position, cancellationToken: cancellationToken);
        var (start, end) = (list.Span.Start, Math.Max(list.Span.End, position));
        var typed = cell[start..position].TrimStart('@');
        var fitting = list.ItemsList
            .Where(HasName)
            .Where(item => item.FilterText.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .ToList();
        // What the reader has declared comes before the many types of .NET, so that these do not push it out.
        var own = fitting.Count > MostItems ? await NamesOfReaderAsync(document, position, cancellationToken) : [];
        var items = fitting
            .Select(item => (Origin: item, Item: new Completion(TextOf(item), KindOf(item))))
            .OrderByDescending(item => item.Item.Text.StartsWith(typed, StringComparison.Ordinal))
            .ThenByDescending(item => item.Origin.Rules.MatchPriority)   // the type that is expected here
            .ThenByDescending(item => own.Contains(item.Origin.DisplayText))
            .ThenByDescending(item => typed.Length == 0 && item.Item.Kind is "variable" or "field" or "property")
            .ThenBy(item => item.Origin.SortText, StringComparer.Ordinal)
            .Select(item => item.Item)
            .DistinctBy(item => item.Text)
            .Take(MostItems);
        return new Completions(start, end, [.. items]);
    }

    /// <summary>What is known of the name at a place, or of the method whose arguments are being written there: signatures
    /// and documentation as text; null when there is nothing.</summary>
    /// <param name="detailed">All overloads, and not only the one that is meant.</param>
    public async Task<string?> InspectAsync(
        SessionCode session, string cell, int position, bool detailed, CancellationToken cancellationToken)
    {
        position = Math.Clamp(position, 0, cell.Length);
        var document = Workspace(session).DocumentFor(session, Dialect.CodeOf(cell));
        var root = await document.GetSyntaxRootAsync(cancellationToken);
        var place = PlaceToInspect(root!, position);
        if (place is not null && await document.GetSemanticModelAsync(cancellationToken) is { } model
            && Overloads(model, root!, place.Value) is { Count: > 0 } overloads)
        {
            return Clean(detailed
                ? string.Join("\n\n", overloads.Select(overload => SymbolText.Of(overload)))
                : SymbolText.Of(overloads[0], overloads.Count - 1));
        }
        var info = place is { } at
            ? await QuickInfoService.GetService(document)!.GetQuickInfoAsync(document, at, cancellationToken) : null;
        return info is null ? null : Clean(string.Join('\n', info.Sections.Select(section => section.Text).Where(text => text.Length > 0)));
    }

    /// <summary>Whether a cell is a whole, for clients that run it when Enter is pressed.</summary>
    /// <returns>That, and how far the next line is to be indented.</returns>
    public static (Completeness Status, string Indent) IsComplete(string cell)
    {
        var tree = CSharpSyntaxTree.ParseText(Dialect.CodeOf(cell), Dialect.ParseOptions);
        var diagnostics = tree.GetDiagnostics().ToList();
        // A string that its line does not end, or a sign where none can be: no further line mends that.
        if (diagnostics.Any(d => d.Id == "CS1010"
            || d.Id == "CS1525" && !d.GetMessage(CultureInfo.InvariantCulture).Contains("''", StringComparison.Ordinal)))
        {
            return (Completeness.Invalid, "");
        }
        if (!SyntaxFactory.IsCompleteSubmission(tree))
        {
            var open = tree.GetRoot().DescendantTokens().Sum(token => token.IsMissing ? 0 : token.Kind() switch
            {
                SyntaxKind.OpenBraceToken => 1,
                SyntaxKind.CloseBraceToken => -1,
                _ => 0,
            });
            return (Completeness.Incomplete, new string(' ', 4 * Math.Max(open, 0)));
        }
        var isValid = diagnostics.All(d => d.Severity != DiagnosticSeverity.Error);
        return (isValid ? Completeness.Complete : Completeness.Invalid, "");
    }

    public void Dispose() => _workspace?.Dispose();

    private CodeWorkspace Workspace(SessionCode session) => _workspace ??= new CodeWorkspace(framework(), session.Usings);

    /// <summary>The name at the position, just before it, or before the parenthesis that is open there.</summary>
    private static int? PlaceToInspect(SyntaxNode root, int position)
    {
        foreach (var at in new[] { position, position - 1 }.Where(at => at >= 0 && at < root.FullSpan.End))
        {
            var token = root.FindToken(at);
            if (token.Span.Contains(at) && (token.IsKind(SyntaxKind.IdentifierToken) || SyntaxFacts.IsPredefinedType(token.Kind())))
                return token.SpanStart;
        }
        var arguments = root.FindToken(Math.Clamp(position - 1, 0, root.FullSpan.End)).Parent?.AncestorsAndSelf()
            .OfType<ArgumentListSyntax>().FirstOrDefault(list => list.OpenParenToken.Span.End <= position);
        return arguments?.OpenParenToken.GetPreviousToken() switch
        {
            null => null,
            { Parent: TypeArgumentListSyntax { Parent: GenericNameSyntax name } } => name.SpanStart,
            var token => token.Value.SpanStart,
        };
    }

    /// <summary>Names of cells are nested in a class that is none of the reader's business.</summary>
    private static string Clean(string text) => text.Replace(CodeWorkspace.CellClass + ".", "", StringComparison.Ordinal);

    /// <summary>The methods or constructors that a name may mean, first the one that it means as far as can be told.</summary>
    private static List<ISymbol> Overloads(SemanticModel model, SyntaxNode root, int place)
    {
        var name = root.FindToken(place).Parent;
        var creation = name?.AncestorsAndSelf().TakeWhile(node => node is NameSyntax or BaseObjectCreationExpressionSyntax)
            .OfType<BaseObjectCreationExpressionSyntax>().FirstOrDefault();
        IEnumerable<ISymbol> all = name is null ? []
            : creation is null ? model.GetMemberGroup(name)
            : model.GetTypeInfo(creation).Type is INamedTypeSymbol type ? type.InstanceConstructors : [];
        var arguments = (creation?.ArgumentList ?? name?.FirstAncestorOrSelf<InvocationExpressionSyntax>()?.ArgumentList)?.Arguments ?? [];
        var meant = name is null ? null : model.GetSymbolInfo((SyntaxNode?)creation ?? name).Symbol;
        return
        [
            .. all
                .Where(symbol => model.IsAccessible(place, symbol))
                .OrderByDescending(symbol => SymbolEqualityComparer.Default.Equals(symbol.OriginalDefinition, meant?.OriginalDefinition))
                .ThenByDescending(symbol => symbol is IMethodSymbol method ? Fit(model, arguments, method) : 0),
        ];
    }

    /// <summary>How well the arguments that are there already go with a method.</summary>
    private static int Fit(SemanticModel model, IEnumerable<ArgumentSyntax> arguments, IMethodSymbol method) => arguments
        .Where(argument => !argument.Expression.IsMissing)
        .Zip(method.Parameters, (argument, parameter) => model.ClassifyConversion(argument.Expression, parameter.Type))
        .TakeWhile(conversion => conversion.IsImplicit)
        .Sum(conversion => conversion.IsIdentity ? 2 : 1);

    private static async Task<HashSet<string>> NamesOfReaderAsync(
        Document document, int position, CancellationToken cancellationToken)
    {
        var model = await document.GetSemanticModelAsync(cancellationToken);
        return [.. model!.LookupSymbols(position).Where(s => s.Locations.Any(l => l.IsInSource)).Select(s => s.Name)];
    }

    /// <summary>Not so an indexer, an operator or a conversion, nor the short word for a piece of code that an IDE would
    /// put in its place: inserted as they are called, they are no C#.</summary>
    private static bool HasName(CompletionItem item) => item.DisplayTextSuffix != "[]"
        && !item.Tags.Contains(WellKnownTags.Operator) && !item.Tags.Contains(WellKnownTags.Snippet);

    private static string TextOf(CompletionItem item) =>
        (item.Properties.TryGetValue("InsertionText", out var text) ? text : item.DisplayText)
        + (item.DisplayTextSuffix == ":" ? ":" : "");   // the name of an argument

    private static string KindOf(CompletionItem item) => item.Tags.Select(tag => tag switch
    {
        WellKnownTags.Method or WellKnownTags.ExtensionMethod => "method",
        WellKnownTags.Property => "property",
        WellKnownTags.Field or WellKnownTags.Constant => "field",
        WellKnownTags.EnumMember => "enum",
        WellKnownTags.Event => "event",
        WellKnownTags.Class or WellKnownTags.Delegate => "class",
        WellKnownTags.Structure => "struct",
        WellKnownTags.Interface => "interface",
        WellKnownTags.Enum => "enum",
        WellKnownTags.Namespace => "module",
        WellKnownTags.Keyword => "keyword",
        WellKnownTags.Local or WellKnownTags.Parameter or WellKnownTags.RangeVariable => "variable",
        WellKnownTags.TypeParameter => "type",
        _ => null,
    }).FirstOrDefault(kind => kind is not null) ?? "text";
}
