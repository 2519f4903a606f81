using Nb.Notebooks;
using Nb.Pictures;
using Nb.Running;
using Nb.Session;

namespace Nb.Commands;

/// <summary>What `nb run` was asked to do.</summary>
/// <param name="InPlace">Write the outputs into the notebook files.</param>
/// <param name="OutFolder">Write copies with outputs into this folder.</param>
/// <param name="Stills">Store a picture beside every chart.</param>
/// <param name="Settings">Values for the cell tagged `parameters`.</param>
/// <param name="AllStills">Draw every picture anew, those of charts that did not change, too.</param>
public sealed record RunOptions(
    bool InPlace = false, string? OutFolder = null, bool Stills = false,
    IReadOnlyList<(string Name, string Value)>? Settings = null, bool AllStills = false);

/// <summary>`nb run`: executes notebooks, and stores their outputs when asked to.</summary>
public static class RunCommand
{
    /// <summary>Exit code 0 when every cell passed, 1 when one failed, 130 when the run was cancelled.</summary>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> files, RunOptions options, TextWriter report, CancellationToken cancellationToken)
    {
        if (options.InPlace && options.Settings is { Count: > 0 })
        {
            throw new UserError("--set with --in-place: the outputs in the file would not belong to its source. Use "
                + "--out DIR, or change the value in the notebook.");
        }
        if (options.InPlace && options.OutFolder is not null)
            throw new UserError("--in-place with --out: choose one of them.");
        if (options.Stills && !options.InPlace && options.OutFolder is null)
            throw new UserError("--stills: there is nothing to store the pictures in. Add --in-place or --out DIR.");
        // Asked for before anything runs, so that what is wrong with the last of the files costs no time.
        foreach (var file in files)
        {
            CellLanguage.Check(WithSettings(DibNotebook.Load(file), options));
            if (options.InPlace && DibNotebook.Is(file))
            {
                throw new UserError($"{file}: expected a notebook (.ipynb) for --in-place, found a .dib file, which keeps no "
                    + "outputs. Use --out DIR: the copy is a notebook.");
            }
            if (options.InPlace)
                ReplacedFile.RequireWritable(file);
        }
        if (options.OutFolder is { } folder)
            CheckOutFolder(folder, files);
        var chromium = options.Stills ? Chromium.Find() : null;
        var scripts = new CompiledScripts();
        var results = await RunProgress.RunAsync(files, async (file, started) => cancellationToken.IsCancellationRequested ? null
            : await RunOneAsync(file, options, chromium, started, scripts, cancellationToken));
        return Summarise(results, report, cancellationToken);
    }

    /// <summary>Runs one notebook and stores it as the options say.</summary>
    private static async Task<RunResult> RunOneAsync(
        string file, RunOptions options, string? chromium, Action<int, int> started, CompiledScripts scripts,
        CancellationToken cancellationToken)
    {
        var original = DibNotebook.Load(file);
        var source = WithSettings(original, options);
        var result = await NotebookRunner.RunAsync(source, started, cancellationToken, scripts);
        if (result.Status == CellStatus.Cancelled || options.InPlace && result.Status != CellStatus.Passed)
            return result;
        if (!options.AllStills)
            Stills.Keep(result.Notebook, original);
        if (chromium is not null)
            await Stills.DrawMissingAsync(result.Notebook, result.Notebook, () => chromium, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (options.InPlace)
        {
            NotebookRunner.Stamp(result.Notebook, result.CellTimes);
            StoreInPlace(result.Notebook, original);
        }
        else if (options.OutFolder is { } folder)
        {
            Directory.CreateDirectory(folder);
            result.Notebook.Save(Path.Join(folder, CopyName(file)));
        }
        return result;
    }

    private static Notebook WithSettings(Notebook original, RunOptions options)
    {
        var source = original.Copy();
        if (options.Settings is { Count: > 0 } settings)
            ParameterOverride.Apply(source, settings);
        return source;
    }

    private static string CopyName(string file) =>
        Path.GetFileName(DibNotebook.Is(file) ? Path.ChangeExtension(file, ".ipynb") : file);

    /// <summary>Copies must neither replace the notebooks that they are copies of nor each other.</summary>
    private static void CheckOutFolder(string folder, IReadOnlyList<string> files)
    {
        if (string.IsNullOrWhiteSpace(folder))
            throw new UserError("--out: expected a folder, found an empty name.");
        var places = new Dictionary<string, string>();
        foreach (var source in files.Select(Path.GetFullPath).Distinct())
        {
            var copy = Path.GetFullPath(Path.Join(folder, CopyName(source)));
            if (copy == source)
            {
                throw new UserError($"--out {folder}: expected a folder for copies, found the folder of {source} itself. "
                    + "Name another one, or use --in-place.");
            }
            if (!places.TryAdd(copy, source))
            {
                throw new UserError($"--out {folder}: {places[copy]} and {source} would both become {copy}. Run them one "
                    + "after the other with two folders.");
            }
        }
    }

    /// <summary>A run can take minutes: what was saved into the file meanwhile, by an editor or another run, stays.
    /// </summary>
    private static void StoreInPlace(Notebook result, Notebook original)
    {
        if (!File.Exists(original.Path) || Notebook.Load(original.Path).ToText() is var now
            && now != original.ToText() && now != result.ToText())
        {
            throw new UserError($"{original.Path}: expected the file as it was when the run began, found it changed. Its "
                + "outputs were not stored; run it again.");
        }
        result.Save(original.Path);
    }

    /// <summary>Names what failed, and where.</summary>
    public static int Summarise(
        IReadOnlyList<RunResult> results, TextWriter report, CancellationToken cancellationToken)
    {
        foreach (var result in results.Where(r => r.Status == CellStatus.Failed))
        {
            report.WriteLine();
            report.WriteLine($"{result.Notebook.Path}, cell {result.FailedCell}:");
            foreach (var line in result.Error!.Traceback)
                report.WriteLine("  " + line);
        }
        if (cancellationToken.IsCancellationRequested)
        {
            report.WriteLine("Cancelled.");
            return 130;
        }
        return results.All(r => r.Status == CellStatus.Passed) ? 0 : 1;
    }
}
