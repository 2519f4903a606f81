using Nb;
using Nb.Commands;

using var signals = new Signals();
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
