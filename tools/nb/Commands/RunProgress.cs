using System.Globalization;
using Nb.Running;
using Nb.Session;
using Spectre.Console;

namespace Nb.Commands;

/// <summary>Tells how far a run is: a bar for each notebook on a terminal, a line for each when redirected.</summary>
public static class RunProgress
{
    /// <summary>Runs <paramref name="work"/> on every file; it is given what to call when a cell starts.</summary>
    public static async Task RunAsync(
        IReadOnlyList<string> files, Func<string, Action<int, int>, Task<RunResult?>> work)
    {
        if (AnsiConsole.Profile.Out.IsTerminal && !Console.IsOutputRedirected)
        {
            await AnsiConsole.Progress()
                .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(),
                    new PercentageColumn(), new ElapsedTimeColumn())
                .StartAsync(async progress =>
                {
                    foreach (var file in files)
                    {
                        var name = Markup.Escape(Path.GetFileName(file));
                        var task = progress.AddTask(name);
                        var result = await work(file, (cell, cells) =>
                        {
                            task.MaxValue = cells;
                            task.Value = cell - 1;
                            task.Description = $"{name} [grey]cell {cell} of {cells}[/]";
                        });
                        if (result?.Status == CellStatus.Passed)
                            task.Value = task.MaxValue;
                        task.Description = $"{name} {Markup.Escape(Outcome(result))}";
                        task.StopTask();
                    }
                });
            return;
        }
        foreach (var file in files)
        {
            var result = await work(file, (_, _) => { });
            AnsiConsole.Profile.Out.Writer.WriteLine($"{Path.GetFileName(file)}: {Outcome(result)}");
        }
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
}
