using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Host.Mef;
using Microsoft.CodeAnalysis.Text;
using Nb.Session;

namespace Nb.Assistance;

/// <summary>The code of a session as Roslyn's editing services see it: one project for all that ran, and one for the cell
/// that is being written, which refers to it. It is made when it is first asked for, as its start takes a second.</summary>
internal sealed class CodeWorkspace : IDisposable
{
    /// <summary>The class around the code of cells. No name in C# looks like that, so it can be told from the others.</summary>
    public const string CellClass = "cell#";

    private readonly AdhocWorkspace _workspace = new(MefHostServices.DefaultHost);
    private readonly DeclaredCode _declared = new();
    private readonly DocumentId _ran;
    private readonly DocumentId _cell;
    private Solution _solution;
    private int _submissions;
    private int _references;

    /// <param name="framework">The assemblies of .NET, full paths.</param>
    /// <param name="usings">What every cell uses.</param>
    public CodeWorkspace(IEnumerable<string> framework, IEnumerable<string> usings)
    {
        _solution = _workspace.CurrentSolution;
        _ran = Add("ran", usings, framework.Select(Reference), null);
        _cell = Add("cell", usings, [], _ran.ProjectId);   // the references come from the project before
    }

    /// <summary>A document for a cell that is being written, after all that ran.</summary>
    public Document DocumentFor(SessionCode session, string cell)
    {
        if (session.References.Count > _references)
        {
            // A file that is gone again would otherwise end every answer from now on.
            _solution = _solution.AddMetadataReferences(
                _ran.ProjectId, session.References.Skip(_references).Where(File.Exists).Select(Reference));
            _references = session.References.Count;
        }
        if (session.Submissions.Count > _submissions)
        {
            foreach (var text in session.Submissions.Skip(_submissions))
                _declared.Add(text);
            _submissions = session.Submissions.Count;
            _solution = _solution.WithDocumentText(_ran, SourceText.From(_declared.ToString()));
        }
        // Kept, so that where only this text is new most of the work is done.
        _solution = _solution.WithDocumentText(_cell, SourceText.From(cell));
        return _solution.GetDocument(_cell)!;
    }

    public void Dispose() => _workspace.Dispose();

    /// <summary>An assembly with the documentation that lies beside it.</summary>
    private static MetadataReference Reference(string file)
    {
        var documentation = Path.ChangeExtension(file, ".xml");
        return MetadataReference.CreateFromFile(
            file, documentation: File.Exists(documentation) ? XmlDocumentationProvider.CreateFromFile(documentation) : null);
    }

    private DocumentId Add(string name, IEnumerable<string> usings, IEnumerable<MetadataReference> references, ProjectId? before)
    {
        var id = ProjectId.CreateNewId();
        var project = ProjectInfo.Create(
            id, VersionStamp.Default, name, name, LanguageNames.CSharp,
            compilationOptions: new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, scriptClassName: CellClass, usings: usings, allowUnsafe: true),
            parseOptions: Dialect.ParseOptions.WithDocumentationMode(DocumentationMode.Parse),
            projectReferences: before is null ? [] : [new ProjectReference(before)],
            metadataReferences: references,
            isSubmission: true);
        var document = DocumentInfo.Create(
            DocumentId.CreateNewId(id), name, sourceCodeKind: SourceCodeKind.Script,
            loader: TextLoader.From(TextAndVersion.Create(SourceText.From(""), VersionStamp.Default)));
        _solution = _solution.AddProject(project).AddDocument(document);
        return document.Id;
    }
}
