using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Host.Mef;
using Microsoft.CodeAnalysis.Text;
using Nb.Session;

namespace Nb.Assistance;

/// <summary>The code of a session as Roslyn's editing services see it: a project for each text that ran, each of which
/// refers to the one before. It is made when it is first asked for, as its start takes a second.</summary>
internal sealed class CodeWorkspace : IDisposable
{
    /// <summary>The class around the code of cells. No name in C# looks like that, so it can be told from the others.</summary>
    public const string CellClass = "cell#";

    private readonly AdhocWorkspace _workspace = new(MefHostServices.DefaultHost);
    private readonly List<MetadataReference> _newReferences;
    private Solution _solution;
    private ProjectId? _last;
    private Document? _cell;
    private int _submissions;
    private int _references;

    /// <param name="framework">The assemblies of .NET, full paths.</param>
    public CodeWorkspace(IEnumerable<string> framework)
    {
        _newReferences = [.. framework.Select(Reference)];
        _solution = _workspace.CurrentSolution;
    }

    /// <summary>A document for a cell that is being written, after all that ran.</summary>
    public Document DocumentFor(SessionCode session, string cell)
    {
        if (session.References.Count == _references && session.Submissions.Count == _submissions && _cell is not null)
            return _cell = _cell.WithText(SourceText.From(cell));   // only the text is new: most of the work is done
        // A file that is gone again would otherwise end every answer from now on.
        _newReferences.AddRange(session.References.Skip(_references).Where(File.Exists).Select(Reference));
        _references = session.References.Count;
        foreach (var text in session.Submissions.Skip(_submissions))
        {
            var ran = Add(session, text).Project;
            (_solution, _last) = (ran.Solution, ran.Id);
            _newReferences.Clear();   // from here on they come from the project before
        }
        _submissions = session.Submissions.Count;
        return _cell = Add(session, cell);
    }

    public void Dispose() => _workspace.Dispose();

    /// <summary>An assembly with the documentation that lies beside it.</summary>
    private static MetadataReference Reference(string file)
    {
        var documentation = Path.ChangeExtension(file, ".xml");
        return MetadataReference.CreateFromFile(
            file, documentation: File.Exists(documentation) ? XmlDocumentationProvider.CreateFromFile(documentation) : null);
    }

    private Document Add(SessionCode session, string text)
    {
        var id = ProjectId.CreateNewId();
        var name = $"cell{_solution.ProjectIds.Count}";
        var project = ProjectInfo.Create(
            id, VersionStamp.Default, name, name, LanguageNames.CSharp,
            compilationOptions: new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, scriptClassName: CellClass, usings: session.Usings, allowUnsafe: true),
            parseOptions: Dialect.ParseOptions.WithDocumentationMode(DocumentationMode.Parse),
            projectReferences: _last is null ? [] : [new ProjectReference(_last)],
            metadataReferences: _newReferences,
            isSubmission: true);
        var document = DocumentInfo.Create(
            DocumentId.CreateNewId(id), "cell", sourceCodeKind: SourceCodeKind.Script,
            loader: TextLoader.From(TextAndVersion.Create(SourceText.From(text), VersionStamp.Default)));
        return _solution.AddProject(project).AddDocument(document).GetDocument(document.Id)!;
    }
}
