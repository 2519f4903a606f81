using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace Nb.Session;

/// <summary>Compiles pieces of C# one after another; each sees what the ones before it declared. The compiler's own
/// scripting package does the same, but keeps the variables of a piece to itself until that has ended: here those of a
/// piece that was stopped stay, too.</summary>
/// <param name="scripts">Scripts that other sessions have compiled; null where there are none.</param>
internal sealed class Submissions(NotebookAssemblies assemblies, ISessionHost host, CompiledScripts? scripts)
{
    private static readonly EmitOptions s_emit = new(debugInformationFormat: DebugInformationFormat.PortablePdb);
    private static readonly ConcurrentDictionary<string, MetadataReference> s_read = [];

    private readonly List<MetadataReference> _newReferences = [.. host.Framework.Concat(host.Shared).Select(ReadOnce)];
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private CSharpCompilation? _previous;
    private Overwritten? _overwritten;
    private object? _piece;   // the one that runs, or that ran last
    private object?[] _states = new object?[1];   // the first place is for a host object, which cells do not have

    /// <summary>Lets the pieces that follow refer to more assemblies.</summary>
    public void Reference(IEnumerable<string> files) =>
        _newReferences.AddRange(files.Select(file => scripts?.Reference(file) ?? MetadataReference.CreateFromFile(file)));

    /// <summary>Compiles something of no consequence, so that the first piece finds the compiler ready.</summary>
    public void Warm(CancellationToken cancellationToken) => Compile("0", "", isCell: true, cancellationToken);

    /// <summary>Compiles a piece. What comes back runs it; from then on its names are known to the next.</summary>
    /// <param name="name">What errors and stack traces call it.</param>
    /// <param name="isCell">The text of a cell, and not of an imported script.</param>
    /// <exception cref="CompilationFailedException">The code has errors.</exception>
    public Func<Task<object?>> Compile(string code, string name, bool isCell, CancellationToken cancellationToken)
    {
        // A cell is not kept: another session has other cells.
        return Runner(isCell || scripts is null ? Compiled()
            : scripts.Get(new(_previous, new(_newReferences), _states.Length, code, name), Compiled));

        CompiledPiece Compiled()
        {
            var tree = CSharpSyntaxTree.ParseText(
                SourceText.From(code, Encoding.UTF8), Dialect.ParseOptions, name, cancellationToken);
            if (!host.StopsLoops)
                return Emit(tree, cancellationToken);
            try
            {
                return Emit(StopChecks.AddTo(tree, isCell, Compilation, cancellationToken), cancellationToken);
            }
            catch (CompilationFailedException)
            {
                return Emit(tree, cancellationToken);   // for the columns, which the looks at the flag have shifted
            }
        }
    }

    /// <summary>Compiles an expression and leaves no trace of it: the next piece does not know its names.</summary>
    public Func<Task<object?>> CompileAside(string code, string name, CancellationToken cancellationToken)
    {
        var (previous, references) = (_previous, _newReferences.ToArray());
        var run = Compile(code, name, isCell: true, cancellationToken);
        return () =>
        {
            var task = run();
            _previous = previous;
            _newReferences.Clear();
            _newReferences.AddRange(references);
            return task;
        };
    }

    private CSharpCompilation Compilation(SyntaxTree tree) => CSharpCompilation.CreateScriptCompilation(
        $"cell-{Guid.NewGuid():N}",
        tree,
        _newReferences,   // the others come from the piece before: to repeat them costs megabytes for each piece
        new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            scriptClassName: $"Submission#{_states.Length}",
            usings: Cells.CellFunctions.Usings,
            optimizationLevel: OptimizationLevel.Release,
            allowUnsafe: true),
        _previous);

    private CompiledPiece Emit(SyntaxTree tree, CancellationToken cancellationToken)
    {
        var compilation = Compilation(tree);
        var assembly = new MemoryStream();
        var symbols = new MemoryStream();
        var result = compilation.Emit(assembly, symbols, options: s_emit, cancellationToken: cancellationToken);
        // Without an error it means that nothing is there to emit: comments, or using directives alone.
        if (!result.Success && result.Diagnostics.All(d => d.Severity != DiagnosticSeverity.Error))
            return new(compilation, [], [], "", []);
        if (!result.Success)
            throw new CompilationFailedException(result.Diagnostics, compilation);
        var type = compilation.GetEntryPoint(cancellationToken)!.ContainingType;
        return new(compilation, assembly.ToArray(), symbols.ToArray(), type.MetadataName,
            [.. type.GetMembers().OfType<IFieldSymbol>().Where(field => !field.IsImplicitlyDeclared).Select(field => field.Name)]);
    }

    /// <summary>What loads and runs a compiled piece.</summary>
    private Func<Task<object?>> Runner(CompiledPiece compiled)
    {
        if (compiled.Assembly.Length == 0)
        {
            return () =>
            {
                Continue(compiled.Compilation);
                return Task.FromResult<object?>(null);
            };
        }
        return () =>
        {
            var type = assemblies.AddCell(new MemoryStream(compiled.Assembly), new MemoryStream(compiled.Symbols)).GetType(compiled.TypeName)!;
            Continue(compiled.Compilation);
            Array.Resize(ref _states, _states.Length + 1);
            // What the entry point does, in two steps: in between, the variables of before are handed on.
            var piece = Activator.CreateInstance(type, [_states])!;
            _overwritten = new Overwritten(piece, compiled.Variables, _states);
            _piece = piece;
            return type.GetMethod("<Initialize>", Members)!.CreateDelegate<Func<Task<object?>>>(piece)();
        };
    }

    /// <summary>After a piece that was stopped or has failed: names that it was to declare again, and has not come to, have
    /// their values of before again.</summary>
    /// <returns>The code that declares them; null when there are none.</returns>
    public string? KeepOverwritten()
    {
        if (_overwritten?.Declaration() is not { } code)
            return null;
        var overwritten = _overwritten;
        try
        {
            // No code of the reader is in it, and so nothing that could take its time.
            Runner(Emit(CSharpSyntaxTree.ParseText(SourceText.From(code, Encoding.UTF8), Dialect.ParseOptions), CancellationToken.None))().GetAwaiter().GetResult();
        }
        catch (CompilationFailedException)
        {
            return null;   // their type was declared again, too
        }
        overwritten.CopyTo(_piece!);
        _overwritten = null;
        return code;
    }

    private static MetadataReference ReadOnce(string file) =>
        s_read.GetOrAdd(file, static file => MetadataReference.CreateFromFile(file));   // sessions share what is read

    private void Continue(CSharpCompilation compilation)
    {
        _previous = compilation;
        _newReferences.Clear();
    }
}

/// <summary>Code does not compile.</summary>
internal sealed class CompilationFailedException(IReadOnlyList<Diagnostic> diagnostics, CSharpCompilation compilation)
    : Exception("The code has errors.")
{
    /// <summary>What was compiled, for those who look for what the code may have meant.</summary>
    public CSharpCompilation Compilation => compilation;

    public IReadOnlyList<Diagnostic> Diagnostics { get; } = diagnostics;

    /// <summary>Whether there are names that nothing before has declared.</summary>
    public bool LacksNames => Diagnostics.Any(d => d.Id is "CS0103" or "CS0246");
}
