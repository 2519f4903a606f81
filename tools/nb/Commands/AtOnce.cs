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

    /// <summary>First the notebooks with a cell that runs alone, the shortest of them first: such a cell waits until no cell
    /// of another notebook runs, and the first cells of a notebook are short. Then the others, the longest first, so that no
    /// long one is left over at the end.</summary>
    public static IEnumerable<int> Order(IReadOnlyList<Notebook> notebooks) => Enumerable.Range(0, notebooks.Count)
        .OrderByDescending(i => HasCellAlone(notebooks[i]))
        .ThenBy(i => (HasCellAlone(notebooks[i]) ? 1 : -1) * CellTimes.Of(notebooks[i]).Values.Sum());

    private static bool HasCellAlone(Notebook notebook) => notebook.Cells.Any(cell => cell.IsCode && cell.Tags.Contains(CellGate.AloneTag));
}
