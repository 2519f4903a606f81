using Nb;
using Nb.Commands;

using var signals = new Signals();
// Exit, and not return: threads that a cell left running would keep the process alive.
Environment.Exit(await RunAsync());

async Task<int> RunAsync()
{
    try
    {
        return await CommandLine.Create(signals.Token).Parse(args).InvokeAsync(
            new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }
    catch (UserError error)
    {
        Console.Error.WriteLine(error.Message);
        return 1;
    }
    catch (Exception error) when (error is IOException or UnauthorizedAccessException)
    {
        // A full disk, a file that may not be written: the message names the file, and what was there is as it was.
        Console.Error.WriteLine(error.Message);
        return 1;
    }
    catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
    {
        Console.Error.WriteLine("Cancelled.");
        return 130;
    }
}
