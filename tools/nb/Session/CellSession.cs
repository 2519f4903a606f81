using System.Runtime.ExceptionServices;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Scripting.Hosting;
using Nb.Values;

namespace Nb.Session;

/// <summary>Runs C# cells one after another; each sees what the ones before it declared. Knows nothing of files of
/// notebooks, of consoles or of protocols: text goes in, outputs come out through an <see cref="IOutputSink"/>.</summary>
public sealed class CellSession : IDisposable
{
    private static readonly string[] s_imports =
    [
        "System", "System.IO", "System.Text", "System.Collections", "System.Collections.Generic",
        "System.Threading.Tasks", "System.Linq",
    ];

    private static readonly MetadataReference[] s_framework =
        [.. Framework.Assemblies.Select(file => MetadataReference.CreateFromFile(file))];

    private readonly InteractiveAssemblyLoader _loader = new();
    private readonly PackageContext _context = new();
    private readonly HashSet<string> _references = new(StringComparer.OrdinalIgnoreCase);
    private readonly TimeSpan _grace;
    private ScriptOptions _options = ScriptOptions.Default
        .WithReferences(s_framework)
        .WithImports(s_imports)
        .WithLanguageVersion(LanguageVersion.CSharp13)
        .WithOptimizationLevel(OptimizationLevel.Release)
        .WithEmitDebugInformation(true)
        .WithFileEncoding(Encoding.UTF8);
    private Dictionary<string, Package> _packages = [];
    private ScriptState<object>? _state;
    private string _folder;

    /// <param name="folder">Where cells run and what their paths are relative to.</param>
    /// <param name="grace">How long a cell that was asked to stop may take before it is left behind.</param>
    public CellSession(string folder, TimeSpan? grace = null)
    {
        _folder = folder;
        _grace = grace ?? TimeSpan.FromSeconds(2);
    }

    /// <summary>Runs one cell. What it puts out, and why it failed, goes to <paramref name="sink"/>.</summary>
    /// <param name="name">What error messages call the cell.</param>
    public async Task<CellStatus> RunAsync(
        string code, string name, IOutputSink sink, CancellationToken cancellationToken)
    {
        var cell = new CellContext(sink, cancellationToken);
        ProcessState process;
        try
        {
            process = await ProcessState.TakeAsync(_folder, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return CellStatus.Cancelled;
        }
        using (process)
        {
            // On a thread of its own, so that a cell that does not look at the token can be left behind.
            var run = Task.Run(() => RunInContextAsync(code, name, cell), CancellationToken.None);
            try
            {
                await run.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (!run.IsCompleted)
            {
                await Task.WhenAny(run, Task.Delay(_grace, CancellationToken.None));
            }
            catch (OperationCanceledException)
            {
            }
            cell.Close();
            _folder = Directory.GetCurrentDirectory();
            return run.IsCompletedSuccessfully ? await run : CellStatus.Cancelled;
        }
    }

    public void Dispose() => _loader.Dispose();

    private async Task<CellStatus> RunInContextAsync(string code, string name, CellContext cell)
    {
        CellContext.Current = cell;
        try
        {
            var value = await RunTextAsync(code, name, ".", [], cell);
            if (value is not null)
            {
                var bundle = ValueFormatter.Format(value);
                cell.Send(sink => sink.Result(bundle));
            }
            return CellStatus.Passed;
        }
        catch (OperationCanceledException) when (cell.CancellationToken.IsCancellationRequested)
        {
            return CellStatus.Cancelled;
        }
        catch (CompilationErrorException error)
        {
            cell.Send(sink => sink.Error(Traceback.Of(error.Diagnostics)));
        }
        catch (UserError error)
        {
            cell.Send(sink => sink.Error(new CellError("Error", error.Message, error.Message.Split('\n'))));
        }
        catch (Exception error)
        {
            cell.Send(sink => sink.Error(Traceback.Of(error)));
        }
        return CellStatus.Failed;
    }

    /// <param name="folder">What paths in the text are relative to, itself relative to the session's folder.</param>
    /// <param name="importing">The files being imported, the outermost first.</param>
    private async Task<object?> RunTextAsync(
        string text, string name, string folder, IReadOnlyList<string> importing, CellContext cell)
    {
        object? value = null;
        var steps = Dialect.Parse(text, name);
        await AddPackagesAsync(steps.OfType<PackageStep>().Select(step => step.Package), cell);
        foreach (var step in steps)
        {
            switch (step)
            {
                case ReferenceStep reference:
                    AddReference(reference.Path, folder, name);
                    break;
                case ImportStep import:
                    await ImportAsync(import.Path, folder, name, importing, cell);
                    break;
                case CodeStep code:
                    value = await RunCodeAsync(code.Text, name);
                    break;
            }
        }
        return value;
    }

    private async Task<object?> RunCodeAsync(string code, string name)
    {
        var options = _options.WithFilePath(name);
        var script = _state is null
            ? CSharpScript.Create(code, options, assemblyLoader: _loader)
            : _state.Script.ContinueWith(code, options);
        var next = _state is null
            ? await script.RunAsync(catchException: _ => true)
            : await script.RunFromAsync(_state, catchException: _ => true);
        _state = next;
        if (next.Exception is not null)
            ExceptionDispatchInfo.Throw(next.Exception);
        return next.ReturnValue;
    }

    private async Task ImportAsync(
        string path, string folder, string name, IReadOnlyList<string> importing, CellContext cell)
    {
        var shown = Path.IsPathRooted(path) || folder == "." ? path : Path.Join(folder, path);
        shown = shown.Replace('\\', '/');
        if (!File.Exists(shown))
        {
            throw new UserError($"{name}: `#!import {path}` expected a C# script at {shown}, found no such file. The "
                + "path is relative to the file that holds the import.");
        }
        if (importing.Contains(shown, StringComparer.Ordinal))
            throw new UserError($"{name}: `#!import {path}` imports itself: {string.Join(" → ", importing)} → {shown}.");
        var text = await File.ReadAllTextAsync(shown, cell.CancellationToken);
        await RunTextAsync(text, shown, Path.GetDirectoryName(shown) is { Length: > 0 } f ? f : ".",
            [.. importing, shown], cell);
    }

    private void AddReference(string path, string folder, string name)
    {
        var file = Path.GetFullPath(Path.Combine(folder, path));
        if (!File.Exists(file))
            throw new UserError($"{name}: `#r \"{path}\"` expected an assembly at {file}, found no such file.");
        AddAssemblies([file], [file], []);
    }

    private async Task AddPackagesAsync(IEnumerable<Package> packages, CellContext cell)
    {
        var all = new Dictionary<string, Package>(_packages, StringComparer.OrdinalIgnoreCase);
        foreach (var package in packages)
        {
            if (PackageRestore.IsProvidedByNb(package.Id))
            {
                cell.Send(sink => sink.Stream("stdout",
                    $"{package.Id} is skipped: nb does by itself what it adds to .NET Interactive.\n"));
            }
            else if (!all.TryAdd(package.Id, package) && all[package.Id].Version is var known
                && known != package.Version)
            {
                throw new UserError($"{package.Id} {package.Version} is asked for, but this session already uses "
                    + $"version {known}. Use one version in the whole notebook.");
            }
        }
        if (all.Count == _packages.Count)
            return;
        var files = await PackageRestore.RestoreAsync(all.Values, cell.CancellationToken);
        _packages = all;
        AddAssemblies(files.Compile, files.Runtime, files.Native);
    }

    private void AddAssemblies(IEnumerable<string> compile, IEnumerable<string> runtime, IEnumerable<string> native)
    {
        foreach (var assembly in _context.Add(runtime, native))
            _loader.RegisterDependency(assembly);
        _options = _options.AddReferences(compile
            .Where(_references.Add)
            .Select(file => MetadataReference.CreateFromFile(file)));
    }
}
