using System.Globalization;
using Nb.Running;
using Nb.Session;
using Spectre.Console;

namespace Nb.Commands;

/// <summary>Tells how far a run is: a bar for each notebook on a terminal, a line for each when redirected; always in the order
/// of the notebooks.</summary>
public static class RunProgress
{
    /// <summary>Runs a file; is given what to call with the number of a cell that starts, and how many there are. Null when
    /// it was not run.</summary>
    public delegate Task<RunResult?> Work(string file, Action<int, int> started);

    /// <summary>Runs every file, one after the other.</summary>
    public static Task<IReadOnlyList<RunResult>> RunAsync(IReadOnlyList<string> files, Work work) =>
        RunAsync(files, Enumerable.Range(0, files.Count), [work]);

    /// <summary>Runs every file.</summary>
    /// <param name="files">What is told, in this order.</param>
    /// <param name="order">The places of the files in that list, in the order in which they are begun.</param>
    /// <param name="workers">Who runs them: each takes the next file when it is done with one.</param>
    /// <returns>The results in the order of the files.</returns>
    public static async Task<IReadOnlyList<RunResult>> RunAsync(
        IReadOnlyList<string> files, IEnumerable<int> order, IReadOnlyList<Work> workers)
    {
        var results = new RunResult?[files.Count];
        var isTerminal = AnsiConsole.Profile.Out.IsTerminal && !Console.IsOutputRedirected;
        await (isTerminal
            ? AnsiConsole.Progress()
                .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(),
                    new PercentageColumn(), new ElapsedTimeColumn())
                .StartAsync(progress => RunAllAsync(new Bars(progress, files)))
            : RunAllAsync(new TextLines(files)));
        return [.. results.OfType<RunResult>()];

        async Task RunAllAsync(IShown shown)
        {
            var waiting = new Queue<int>(order);
            await Task.WhenAll(workers.Select(async work =>
            {
                while (Next(waiting) is { } i)
                {
                    shown.Begin(i);
                    results[i] = await work(files[i], (cell, cells) => shown.Cell(i, cell, cells));
                    shown.End(i, results[i]);
                }
            }));
        }
    }

    private static int? Next(Queue<int> waiting)
    {
        lock (waiting)
            return waiting.TryDequeue(out var next) ? next : null;
    }

    private static string Outcome(RunResult? result) => result switch
    {
        null => "not run",
        { Status: CellStatus.Passed } => $"passed, {Seconds(result.Time)}",
        { Status: CellStatus.Cancelled } => "cancelled",
        _ => $"FAILED in cell {result.FailedCell}, {Seconds(result.Time)}",
    };

    private static string Seconds(TimeSpan time) =>
        time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";

    private interface IShown
    {
        void Begin(int file);

        void Cell(int file, int cell, int cells);

        void End(int file, RunResult? result);
    }

    private sealed class Bars(ProgressContext progress, IReadOnlyList<string> files) : IShown
    {
        private readonly List<ProgressTask> _tasks = [.. files.Select(file => progress.AddTask(Name(file), autoStart: false))];

        public void Begin(int file) => _tasks[file].StartTask();

        public void Cell(int file, int cell, int cells)
        {
            _tasks[file].MaxValue = cells;
            _tasks[file].Value = cell - 1;
            _tasks[file].Description = $"{Name(files[file])} [grey]cell {cell} of {cells}[/]";
        }

        public void End(int file, RunResult? result)
        {
            if (result?.Status == CellStatus.Passed)
                _tasks[file].Value = _tasks[file].MaxValue;
            _tasks[file].Description = $"{Name(files[file])} {Markup.Escape(Outcome(result))}";
            _tasks[file].StopTask();
        }

        private static string Name(string file) => Markup.Escape(Path.GetFileName(file));
    }

    /// <summary>The line of a file waits for those of the files before it.</summary>
    private sealed class TextLines(IReadOnlyList<string> files) : IShown
    {
        private readonly string?[] _lines = new string?[files.Count];
        private int _written;

        public void Begin(int file)
        {
        }

        public void Cell(int file, int cell, int cells)
        {
        }

        public void End(int file, RunResult? result)
        {
            lock (_lines)
            {
                _lines[file] = $"{Path.GetFileName(files[file])}: {Outcome(result)}";
                for (; _written < files.Count && _lines[_written] is { } line; _written++)
                    AnsiConsole.Profile.Out.Writer.WriteLine(line);
            }
        }
    }
}
