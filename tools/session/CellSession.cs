using System.Diagnostics;
using System.Globalization;
using Nb.Values;

namespace Nb.Session;

/// <summary>Runs C# cells one after another; each sees what the ones before it declared. Knows nothing of files of
/// notebooks, of consoles or of protocols: text goes in, outputs come out through an <see cref="IOutputSink"/>.</summary>
public sealed class CellSession
{
    private readonly ISessionHost _host;
    private readonly NotebookAssemblies _assemblies;
    private readonly Submissions _submissions;
    private readonly List<string> _ran = [];
    private readonly List<string> _references;
    private readonly List<string> _sources = [];
    private readonly TimeSpan _grace;
    private Dictionary<string, Package> _packages = [];
    private string _folder;
    private CellContext? _running;

    /// <param name="folder">Where cells run and what their paths are relative to.</param>
    /// <param name="host">What the session is for, and what that adds to it.</param>
    /// <param name="grace">How long a cell that was asked to stop may take before it is left behind.</param>
    public CellSession(string folder, ISessionHost host, TimeSpan? grace = null)
    {
        (_folder, _host) = (folder, host);
        _grace = grace ?? TimeSpan.FromSeconds(2);
        _references = [.. host.Shared];
        _assemblies = new NotebookAssemblies(host);
        _submissions = new Submissions(_assemblies, host);
    }

    /// <summary>What later cells can refer to, for those who complete and explain code.</summary>
    public SessionCode Code
    {
        get
        {
            lock (_ran)
                return new SessionCode([.. _ran], [.. _references], Cells.CellFunctions.Usings);
        }
    }

    /// <summary>Gets the compiler ready, which takes the better part of a second; cells run without it, too.</summary>
    public Task WarmAsync(CancellationToken cancellationToken) =>
        Task.Run(() => _submissions.Warm(cancellationToken), cancellationToken);

    /// <summary>Runs one cell. What it puts out, and why it failed, goes to <paramref name="sink"/>.</summary>
    /// <param name="name">What error messages call the cell.</param>
    public Task<CellStatus> RunAsync(string code, string name, IOutputSink sink, CancellationToken cancellationToken) =>
        RunAsync(cell => RunTextAsync(code, name, ".", [], cell), sink, cancellationToken);

    /// <summary>Shows the value of an expression; what it declares is forgotten.</summary>
    public Task<CellStatus> EvaluateAsync(
        string expression, string name, IOutputSink sink, CancellationToken cancellationToken) =>
        RunAsync(cell => cell.Threads.RunAsync(_submissions.CompileAside(expression, name, cancellationToken)),
            sink, cancellationToken);

    /// <summary>Ends a cell that was asked to stop and did not. This can end the whole process.</summary>
    public void ForceStop() => _running?.Threads.Abort();

    private async Task<CellStatus> RunAsync(
        Func<CellContext, Task<object?>> run, IOutputSink sink, CancellationToken cancellationToken)
    {
        ICellTurn turn;
        try
        {
            turn = await _host.TakeTurnAsync(_folder, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return CellStatus.Cancelled;
        }
        using (turn)
        {
            var cell = _running = new CellContext(sink, _host.NewThreads(), cancellationToken);
            Stop.Begin(cell.Threads);
            // Apart from the caller's thread, so that the cell can be left behind.
            var running = Task.Run(() => RunInContextAsync(run, cell), CancellationToken.None);
            // Not the task of the stop itself: this method may be woken before that has begun.
            var ended = new TaskCompletionSource();
            await using var stop = cancellationToken.Register(() => cell.Threads.End(running, ended.SetResult));
            try
            {
                await running.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                await Task.WhenAny(Task.WhenAll(running, ended.Task), Task.Delay(_grace, CancellationToken.None));
            }
            cell.Close();
            _folder = turn.Folder;
            return running.IsCompletedSuccessfully ? await running : CellStatus.Cancelled;
        }
    }

    private static async Task<CellStatus> RunInContextAsync(Func<CellContext, Task<object?>> run, CellContext cell)
    {
        CellContext.Current = cell;
        try
        {
            if (await run(cell) is { } value)
            {
                // Code of the notebook may write itself: it can be stopped as the cell can.
                var bundle = await cell.Threads.RunAsync(() => Task.FromResult(ValueFormatter.Format(value)));
                cell.Send(sink => sink.Result(bundle));
            }
            return CellStatus.Passed;
        }
        catch (Exception) when (cell.CancellationToken.IsCancellationRequested)
        {
            return CellStatus.Cancelled;   // what the code made of being stopped is not its own failure
        }
        catch (CompilationFailedException error)
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
        var start = Stopwatch.GetTimestamp();
        var steps = Dialect.Parse(text, name);
        _sources.AddRange(steps.OfType<SourceStep>().Select(step => step.Resolve(folder)).Except(_sources));
        await AddPackagesAsync([.. steps.OfType<PackageStep>().Select(step => step.Package)], importing.Count == 0, cell);
        foreach (var step in steps)
        {
            switch (step)
            {
                case ReferenceStep reference:
                    AddReference(reference.Path, folder, name);
                    break;
                case ImportStep import:
                    await ImportAsync(import, folder, name, importing, cell);
                    break;
                case MarkupStep markup:
                    cell.Display(markup.Value);
                    break;
                case CodeStep code:
                    value = await RunCodeAsync(code.Text, name, importing.Count == 0, cell);
                    break;
            }
        }
        if (steps.OfType<TimeStep>().Any())
        {
            var time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            cell.Display(string.Create(CultureInfo.InvariantCulture, $"Wall time: {time:0.###} ms"));
        }
        return value;
    }

    /// <param name="isCell">The text of a cell, and not of an imported script.</param>
    private async Task<object?> RunCodeAsync(string code, string name, bool isCell, CellContext cell)
    {
        var run = _submissions.Compile(code, name, isCell, cell.CancellationToken);
        lock (_ran)
            _ran.Add(code);
        return await cell.Threads.RunAsync(run);
    }

    private async Task ImportAsync(
        ImportStep import, string folder, string name, IReadOnlyList<string> importing, CellContext cell)
    {
        var places = ImportedFile.Places(import.Path, folder, ".");
        var (shown, text) = (places[0], (string?)null);
        foreach (var place in places.TakeWhile(_ => text is null))
        {
            if (await _host.ReadScriptAsync(place, cell.CancellationToken) is { } found)
                (shown, text) = (place, found);
        }
        if (text is null)
        {
            throw new UserError($"{name}: `{import.Line}` expected a C# script at {shown}, found no such file. The "
                + "path is relative to the file that holds the import, or to the folder of the notebook.");
        }
        if (importing.Contains(shown, StringComparer.Ordinal))
            throw new UserError($"{name}: `{import.Line}` imports itself: {string.Join(" → ", importing)} → {shown}.");
        if (await _host.FindCompiledAsync(shown, text, cell.CancellationToken) is { } compiled)
        {
            AddAssemblies([compiled], [], []);
            return;
        }
        var beside = Path.GetDirectoryName(shown) is { Length: > 0 } f ? f : ".";
        foreach (var part in ImportedFile.Parts(text, shown))
            await RunTextAsync(part.Text, part.Name, beside, [.. importing, shown], cell);
    }

    private void AddReference(string path, string folder, string name)
    {
        var file = Path.GetFullPath(Path.Combine(folder, path));
        if (!File.Exists(file))
            throw new UserError($"{name}: `#r \"{path}\"` expected an assembly at {file}, found no such file.");
        AddAssemblies([file], [file], []);
    }

    /// <param name="isCell">The text of a cell, and not of an imported file: its reader is told what is skipped.</param>
    private async Task AddPackagesAsync(IReadOnlyList<Package> packages, bool isCell, CellContext cell)
    {
        var all = new Dictionary<string, Package>(_packages, StringComparer.OrdinalIgnoreCase);
        foreach (var package in packages)
        {
            if (package.IsProvided)
            {
                if (isCell)
                {
                    cell.Send(sink => sink.Stream("stdout",
                        $"{package.Id} is skipped: nb does by itself what it adds to .NET Interactive.\n"));
                }
            }
            else if (!all.TryAdd(package.Id, package) && !package.IsNewest && all[package.Id].Version is var known
                && known != package.Version)
            {
                throw new UserError($"{package.Id} {package.Version} is asked for, but this session already uses "
                    + $"version {known}. Use one version in the whole notebook.");
            }
        }
        if (all.Count == _packages.Count)
            return;
        var files = await _host.RestoreAsync(all.Values, _sources, cell.CancellationToken);
        foreach (var (id, version) in all.Values.Where(p => p.IsNewest).Select(p => (p.Id, files.Versions[p.Id])).ToList())
        {
            // From here on the version is as fixed as if the cell had named it.
            all[id] = new Package(id, version);
            cell.Send(sink => sink.Stream("stdout",
                $"{id} {version} is the newest. Write `#r \"nuget: {id}, {version}\"` to have the same next time.\n"));
        }
        _packages = all;
        AddAssemblies(files.Compile, files.Runtime, files.Native);
    }

    private void AddAssemblies(IEnumerable<string> compile, IEnumerable<string> runtime, IEnumerable<string> native)
    {
        _assemblies.Add(runtime, native);
        var added = compile
            .Where(file => !_assemblies.IsShared(file) && !_references.Contains(file, StringComparer.OrdinalIgnoreCase))
            .ToList();
        _submissions.Reference(added);
        lock (_ran)
            _references.AddRange(added);
    }
}
