using System.Text.Json.Nodes;
using Nb.Notebooks;
using Nb.Running;

namespace Nb.Commands;

/// <summary>Runs several notebooks at once. Two are enough: much of a notebook keeps one core busy, and training keeps all.
/// </summary>
public static class AtOnce
{
    /// <summary>As many as are run at once where nobody says how many: one on a single core.</summary>
    public static int Usual { get; } = Math.Min(Environment.ProcessorCount, 2);

    /// <summary>The results in the order of the notebooks; those that were not begun when the run was cancelled are missing.
    /// </summary>
    /// <param name="jobs">How many run at once.</param>
    /// <exception cref="UserError">A cell has ended its process, and with it the run.</exception>
    public static async Task<IReadOnlyList<RunResult>> RunAsync(IReadOnlyList<Notebook> notebooks, int jobs, CancellationToken cancellationToken)
    {
        var byFile = notebooks.ToDictionary(notebook => notebook.Path);
        var gate = new CellGate();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var processes = new List<NotebookProcess>();
        try
        {
            for (var i = 0; i < Math.Min(jobs, notebooks.Count); i++)
                processes.Add(new NotebookProcess(gate));
            return await RunProgress.RunAsync(
                [.. notebooks.Select(notebook => notebook.Path)], Order(notebooks), [.. processes.Select(process => (RunProgress.Work)((file, started) => RunOneAsync(process, byFile[file], started)))]);
        }
        finally
        {
            foreach (var process in processes)
                process.Dispose();
        }

        async Task<RunResult?> RunOneAsync(NotebookProcess process, Notebook notebook, Action<int, int> started)
        {
            if (end.IsCancellationRequested)
                return null;
            try
            {
                return await process.RunAsync(notebook, started, end.Token);
            }
            catch
            {
                await end.CancelAsync();   // the other one need not go on
                throw;
            }
        }
    }

    /// <summary>First those with a cell that is to be alone, the shortest before the others: it waits for the cell of another
    /// notebook, and those are short in the beginning. Then the longest, so that none is left over at the end.</summary>
    public static IEnumerable<int> Order(IReadOnlyList<Notebook> notebooks) => Enumerable.Range(0, notebooks.Count)
        .OrderByDescending(i => HasCellAlone(notebooks[i]))
        .ThenBy(i => HasCellAlone(notebooks[i]) ? Seconds(notebooks[i]) : -Seconds(notebooks[i]));

    private static bool HasCellAlone(Notebook notebook) => notebook.Cells.Any(cell => cell.IsCode && cell.Tags.Contains(CellGate.AloneTag));

    /// <summary>As far as the notebook knows it: see <see cref="CellTimes"/>.</summary>
    private static double Seconds(Notebook notebook) =>
        (notebook.Root["metadata"] as JsonObject)?["nb"]?["seconds"] is JsonObject times
            ? times.Sum(time => time.Value is JsonValue value && value.TryGetValue(out double seconds) ? seconds : 0) : 0;
}
