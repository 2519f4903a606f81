using Nb;
using Nb.Commands;
using Nb.Kernel;
using Nb.Running;

// Exit, and not return: threads that a cell left running would keep the process alive.
Environment.Exit(await RunAsync());

async Task<int> RunAsync()
{
    Signals? signals = null;
    var verbose = args.Contains(CommandLine.Verbose);
    try
    {
        // The kernel has its own answer to Ctrl+C, and starts in a hurry: an editor waits.
        if (args is ["kernel", var connectionFile] && !connectionFile.StartsWith('-'))
            return KernelFront.Run(connectionFile);
        if (args is ["cells", var input, var output])
            return CellsServer.Run(input, output);
        if (args is [NotebookProcess.Argument, var orders, var results])
            return await NotebookServer.RunAsync(orders, results);
        signals = new Signals();
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
        Console.Error.WriteLine(verbose ? error.ToString() : error.Message);
        return 1;
    }
    catch (OperationCanceledException) when (signals is { Token.IsCancellationRequested: true })
    {
        Console.Error.WriteLine("Cancelled.");
        return 130;
    }
    catch (Exception error)
    {
        Console.Error.WriteLine(Doing.Message(error, verbose));
        return 1;
    }
}
