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
    private readonly Dictionary<string, string> _imported = [];   // full path to all that was read with it
    private readonly TimeSpan _grace;
    private Dictionary<string, Package> _packages = [];
    private string _folder;
    private CellContext? _running;

    /// <param name="folder">Where cells run and what their paths are relative to.</param>
    /// <param name="host">What the session is for, and what that adds to it.</param>
    /// <param name="grace">How long a cell that was asked to stop may take before it is left behind.</param>
    /// <param name="scripts">What other sessions have compiled, and this one adds to; null to share nothing.</param>
    public CellSession(string folder, ISessionHost host, TimeSpan? grace = null, CompiledScripts? scripts = null)
    {
        (_folder, _host) = (folder, host);
        _grace = grace ?? TimeSpan.FromSeconds(2);
        _references = [.. host.Shared];
        _assemblies = new NotebookAssemblies(host);
        _submissions = new Submissions(_assemblies, host, scripts);
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
    /// <param name="language">The language that the cell is marked with; null when it is not.</param>
    public Task<CellStatus> RunAsync(
        string code, string name, IOutputSink sink, CancellationToken cancellationToken, string? language = null) =>
        RunAsync(cell => RunTextAsync(InLanguage(code, name, language), name, ".", [], cell), sink, cancellationToken);

    /// <summary>A cell that is marked as HTML or Markdown is shown; one of another language is refused.</summary>
    private static string InLanguage(string code, string name, string? language) =>
        Dialect.IsCSharp(language) ? code
        : language!.ToLowerInvariant() is "html" or "markdown" ? $"#!{language.ToLowerInvariant()}\n{code}"
        : throw new UserError($"{name} is marked as {UserError.Short(language)}: {DirectiveAdvice.OtherLanguage}.");

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
            // What `display` returns is on display already.
            if (await run(cell) is { } value and not Cells.DisplayedValue)
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
            cell.Send(sink => sink.Error(Traceback.Of(error)));
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
        var sources = steps.OfType<SourceStep>().Select(step => step.Find(folder, name)).Except(_sources).ToList();
        await AddPackagesAsync([.. steps.OfType<PackageStep>().Select(step => step.Package)], sources, importing.Count == 0, cell);
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
        Ran(code);
        try
        {
            return await cell.Threads.RunAsync(run);
        }
        catch (Exception)
        {
            if (_submissions.KeepOverwritten() is { } kept)
                Ran(kept);
            throw;
        }
    }

    private void Ran(string code)
    {
        lock (_ran)
            _ran.Add(code);
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
        var whole = string.Join('\0', await WithImportsAsync(text, shown, [], cell.CancellationToken));
        var isKnown = _imported.TryGetValue(Path.GetFullPath(shown), out var before);
        if (isKnown && before == whole)
            return;   // run again it would declare everything anew, and no value of before would fit
        var beside = Path.GetDirectoryName(shown) is { Length: > 0 } f ? f : ".";
        try
        {
            await RunPartsAsync(ImportedFile.Parts(text, shown));
        }
        catch (CompilationFailedException error) when (importing.Count == 0 && error.LacksNames)
        {
            var count = _imported.Count;
            var (list, earlier) = await EarlierAsync(shown, beside, cell.CancellationToken);
            await RunPartsAsync(earlier);
            if (_imported.Count == count)
                throw;   // all that should come before it is there
            await RunPartsAsync(ImportedFile.Parts(text, shown));
            cell.Send(sink => sink.Stream("stdout", $"{shown} builds on scripts that {list} imports before it: they are imported, too.\n"
                + $"Other kernels do not do this. For them, write `#!import {list}`.\n"));
        }
        _imported[Path.GetFullPath(shown)] = whole;
        if (isKnown && importing.Count == 0)
        {
            cell.Send(sink => sink.Stream("stdout", $"{shown} has changed since it was imported, and is imported anew.\n"
                + "Run the cells again that make values of its types: those of before do not fit any more.\n"));
        }

        async Task RunPartsAsync(IEnumerable<(string Text, string Name)> parts)
        {
            foreach (var part in parts)
                await RunTextAsync(part.Text, part.Name, beside, [.. importing, shown], cell);
        }
    }

    /// <summary>The .dib file beside a script that imports it after others, and its parts before that; an empty list when
    /// there is none.</summary>
    private async Task<(string List, IReadOnlyList<(string Text, string Name)> Parts)> EarlierAsync(
        string script, string folder, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
            return ("", []);   // scripts that the host keeps, and no folder of this machine
        foreach (var list in Directory.GetFiles(folder, "*.dib").Order(StringComparer.Ordinal).Select(file => $"{folder}/{Path.GetFileName(file)}"))
        {
            if (await _host.ReadScriptAsync(list, cancellationToken) is { } text && ImportedFile.PartsBefore(text, list, script) is { } parts)
                return (list, parts);
        }
        return ("", []);
    }

    /// <summary>The text of a file, and of the files that it imports.</summary>
    private async Task<IEnumerable<string>> WithImportsAsync(
        string text, string path, IReadOnlyList<string> importing, CancellationToken cancellationToken)
    {
        var all = new List<string> { text };
        var folder = Path.GetDirectoryName(path) is { Length: > 0 } f ? f : ".";
        foreach (var import in ImportedFile.Parts(text, path).SelectMany(part => Dialect.Parse(part.Text, part.Name)).OfType<ImportStep>())
        {
            foreach (var place in ImportedFile.Places(import.Path, folder, ".").Where(place => !importing.Contains(place)))
            {
                if (await _host.ReadScriptAsync(place, cancellationToken) is not { } inner)
                    continue;
                all.AddRange(await WithImportsAsync(inner, place, [.. importing, path], cancellationToken));
                break;
            }
        }
        return all;
    }

    private void AddReference(string path, string folder, string name)
    {
        var file = Path.GetFullPath(Path.Combine(folder, path));
        if (!File.Exists(file))
        {
            // `#r "System.Xml"`, as scripts of .NET Framework have it: every cell has that already.
            if (_host.Framework.Any(known => path.Equals(Path.GetFileNameWithoutExtension(known), StringComparison.OrdinalIgnoreCase)
                    || path.Equals(Path.GetFileName(known), StringComparison.OrdinalIgnoreCase)))
                return;
            throw new UserError($"{name}: `#r \"{path}\"` expected an assembly at {file}, found no such file.\nA package is asked for with "
                + $"`#r \"nuget: {Path.GetFileNameWithoutExtension(path)}\"`.");
        }
        AddAssemblies([file], [file], []);
    }

    /// <param name="sources">Feeds that the text adds. They are kept only if what it asks for can be had with them.</param>
    /// <param name="isCell">The text of a cell, and not of an imported file: its reader is told what is skipped.</param>
    private async Task AddPackagesAsync(
        IReadOnlyList<Package> packages, IReadOnlyList<string> sources, bool isCell, CellContext cell)
    {
        var all = new Dictionary<string, Package>(_packages, StringComparer.OrdinalIgnoreCase);
        foreach (var package in packages)
        {
            if (package.Advice is { } advice)
                throw new UserError(advice);
            if (package.IsProvided)
            {
                if (isCell)
                {
                    cell.Send(sink => sink.Stream("stdout",
                        $"{package.Id} is skipped: nb does by itself what it adds to .NET Interactive.\n"));
                }
                if (package.Needs is { } needed && !packages.Any(p => p.Id.Equals(needed.Id, StringComparison.OrdinalIgnoreCase)))
                    all.TryAdd(needed.Id, needed);
            }
            else if (!all.TryAdd(package.Id, package) && !package.IsNewest && all[package.Id].Version is var known
                && known != package.Version)
            {
                throw new UserError($"{package.Id} {package.Version} is asked for, but this session already uses "
                    + $"version {known}. Use one version in the whole notebook.");
            }
        }
        if (all.Count == _packages.Count)
        {
            _sources.AddRange(sources);
            return;
        }
        var files = await RestoreAsync(all.Values, sources, cell);
        _sources.AddRange(sources);
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

    /// <summary>A feed that is wrong would fail every restore from now on: it is named, and not used again.</summary>
    private async Task<PackageFiles> RestoreAsync(
        IReadOnlyCollection<Package> packages, IReadOnlyList<string> added, CellContext cell)
    {
        try
        {
            return await _host.RestoreAsync(packages, [.. _sources, .. added], cell.CancellationToken);
        }
        catch (UserError error)
        {
            var wrong = _sources.Concat(added).Where(source => error.Message.Contains(source.TrimEnd('/'), StringComparison.OrdinalIgnoreCase)).ToList();
            var dropped = added.Concat(wrong).Distinct().ToList();
            if (dropped.Count == 0)
                throw;
            _sources.RemoveAll(wrong.Contains);
            throw new UserError($"{error.Message}\nNot used any more: {string.Join(", ", dropped.Select(source => $"`#i \"nuget:{source}\"`"))}. "
                + "Take the line out or correct it, then run the cell again.");
        }
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
