namespace Nb.Running;

/// <summary>A cell can end the whole process: with Environment.Exit, or with an exception on a thread of its own. While
/// this exists, such an end names the notebook and the cell, and never looks like success.</summary>
internal sealed class ProcessEndWatch : IDisposable
{
    private readonly string _place;
    private readonly CancellationToken _cancelled;
    private readonly TextWriter _error = Console.Error;   // the one of the program, not the one that the cell gets

    public ProcessEndWatch(string notebook, int cell, CancellationToken cancelled)
    {
        (_place, _cancelled) = ($"{notebook}, cell {cell}", cancelled);
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        AppDomain.CurrentDomain.UnhandledException += OnUnhandledException;
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandledException;
    }

    private void OnExit(object? sender, EventArgs e)
    {
        if (_cancelled.IsCancellationRequested)
            return;   // a second Ctrl+C, and not the cell
        _error.WriteLine($"{_place}: the cell ended the whole run with Environment.Exit. Nothing was stored for this "
            + "notebook, and the cells after it did not run; take the call out.");
        if (Environment.ExitCode == 0)
            Environment.ExitCode = 1;
    }

    private void OnUnhandledException(object sender, UnhandledExceptionEventArgs e)
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        if (_cancelled.IsCancellationRequested)
            Environment.Exit(130);   // a thread of the cell was stopped with it
        var why = e.ExceptionObject is Exception error ? $" ({error.GetType().Name}: {UserError.Short(error.Message)})" : "";
        _error.WriteLine($"{_place}: an exception on a thread that the cell started, and that nothing caught, ends the whole run{why}. "
            + "Nothing was stored for this notebook.");
        Environment.Exit(1);   // before the runtime ends the process in its own way, with a stack and another exit code
    }
}
