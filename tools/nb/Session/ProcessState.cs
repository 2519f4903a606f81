namespace Nb.Session;

/// <summary>The console and the working directory belong to the whole process, so one cell at a time has them. Taking
/// them waits for that; disposing gives back what was there.</summary>
internal sealed class ProcessState : ICellTurn
{
    private static readonly SemaphoreSlim s_turn = new(1);

    private readonly TextReader _in = Console.In;
    private readonly TextWriter _out = Console.Out;
    private readonly TextWriter _error = Console.Error;
    private readonly string _folder = Directory.GetCurrentDirectory();

    private ProcessState(string folder)
    {
        Console.SetIn(new CellInput(_in));
        Console.SetOut(new CellConsole("stdout", _out));
        Console.SetError(new CellConsole("stderr", _error));
        Directory.SetCurrentDirectory(folder);
    }

    public string Folder => Directory.GetCurrentDirectory();

    public static async Task<ProcessState> TakeAsync(string folder, CancellationToken cancellationToken)
    {
        await s_turn.WaitAsync(cancellationToken);
        try
        {
            return new ProcessState(folder);
        }
        catch
        {
            s_turn.Release();
            throw;
        }
    }

    public void Dispose()
    {
        Console.SetIn(_in);
        Console.SetOut(_out);
        Console.SetError(_error);
        Directory.SetCurrentDirectory(_folder);
        s_turn.Release();
    }
}
