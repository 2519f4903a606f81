using System.Diagnostics;
using System.Text.Json.Nodes;
using Nb.Notebooks;
using Nb.Session;

namespace Nb.Running;

/// <summary>How the run of a notebook went.</summary>
/// <param name="Notebook">A copy of the notebook with the outputs of this run.</param>
/// <param name="FailedCell">Number of the cell that failed; null when none did.</param>
/// <param name="CellTimes">How long each cell took, by its id.</param>
public sealed record RunResult(
    Notebook Notebook, CellStatus Status, int? FailedCell, CellError? Error, TimeSpan Time,
    IReadOnlyDictionary<string, TimeSpan> CellTimes);

/// <summary>Runs the code cells of a notebook in order, up to the first that does not pass.</summary>
public static class NotebookRunner
{
    /// <summary>Runs a copy of <paramref name="original"/>, which is not changed.</summary>
    /// <param name="started">Told the number of each code cell before it starts, and how many there are.</param>
    /// <inheritdoc cref="RunAsync(Notebook, Func{int, Task}?, CancellationToken, CompiledScripts?)"/>
    public static Task<RunResult> RunAsync(
        Notebook original, Action<int, int> started, CancellationToken cancellationToken, CompiledScripts? scripts = null)
    {
        var cells = original.Cells.Count(cell => cell.IsCode);
        return RunAsync(original, cell =>
        {
            started(cell, cells);
            return Task.CompletedTask;
        }, cancellationToken, scripts);
    }

    /// <summary>Runs a copy of <paramref name="original"/>, which is not changed.</summary>
    /// <param name="started">Told the number of each code cell, counted from 1, before it starts, which waits for that.</param>
    /// <param name="scripts">What the notebooks of a run import is compiled for the first of them, and kept here.</param>
    public static async Task<RunResult> RunAsync(
        Notebook original, Func<int, Task>? started, CancellationToken cancellationToken, CompiledScripts? scripts = null)
    {
        var time = Stopwatch.StartNew();
        var notebook = original.Copy();
        foreach (var cell in notebook.Cells.Where(c => c.IsCode))
            (cell.Outputs, cell.ExecutionCount) = ([], null);

        CellLanguage.Check(notebook);
        var session = new CellSession(notebook.Folder, new ProcessHost(), scripts: scripts);
        var recorders = new List<(Cell Cell, OutputRecorder Recorder)>();
        var displays = new Dictionary<string, OutputRecorder>();
        var number = 0;
        var times = new Dictionary<string, TimeSpan>();
        foreach (var cell in notebook.Cells.Where(c => c.IsCode))
        {
            number++;
            if (cancellationToken.IsCancellationRequested)
                return Result(CellStatus.Cancelled);
            if (started is not null)
                await started(number);
            Doing.Now = $"running {notebook.Path}, cell {number}";
            if (string.IsNullOrWhiteSpace(cell.Source))
                continue;
            var recorder = new OutputRecorder(number, displays);
            recorders.Add((cell, recorder));
            using var watch = new ProcessEndWatch(notebook.Path, number, cancellationToken);
            var before = time.Elapsed;
            var status = await session.RunAsync(
                cell.Source, $"cell {number}", recorder, cancellationToken, CellLanguage.Of(cell.Node["metadata"]));
            times[cell.Id] = time.Elapsed - before;
            cell.ExecutionCount = number;
            if (status != CellStatus.Passed)
                return Result(status, number, recorder.Failure);
        }
        return Result(CellStatus.Passed);

        RunResult Result(CellStatus status, int? failed = null, CellError? error = null)
        {
            // At the end: a cell can update what an earlier one has shown.
            foreach (var (cell, recorder) in recorders)
                cell.Outputs = recorder.ToJson();
            return new(notebook, status, failed, error, time.Elapsed, times);
        }
    }

    /// <summary>Notes in the notebook which sources its outputs belong to, and which of its cells take long.</summary>
    public static void Stamp(Notebook notebook, IReadOnlyDictionary<string, TimeSpan>? times = null)
    {
        StampSources(notebook);
        if (times is not null)
            CellTimes.Note(notebook, times);
    }

    private static void StampSources(Notebook notebook)
    {
        if (notebook.Root["metadata"] is not JsonObject metadata)
            notebook.Root["metadata"] = metadata = [];
        if (metadata["nb"] is JsonObject known)
        {
            known["source_sha256"] = SourceHash.Of(notebook);
            return;
        }
        metadata.Remove("nb");
        var stamp = new JsonObject { ["source_sha256"] = SourceHash.Of(notebook) };
        // Jupyter sorts keys when it saves, so the place in the order keeps the next save free of differences.
        var place = metadata.TakeWhile(p => string.CompareOrdinal(p.Key, "nb") < 0).Count();
        metadata.Insert(place, "nb", stamp);
    }
}
