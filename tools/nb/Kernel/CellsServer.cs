using System.IO.Pipes;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Nb.Session;

namespace Nb.Kernel;

/// <summary>The process that runs the cells: answers the requests that come through a pipe, in their order, except for
/// those that concern the one being carried out.</summary>
public sealed class CellsServer
{
    private const string Interrupt = "interrupt_request";

    private readonly Channel<Message> _requests = Channel.CreateUnbounded<Message>();
    private readonly CellExecution _execution;
    private readonly Answers _answers;
    private readonly StreamWriter _writer;
    private readonly Task _warm;
    private Task? _warmAnswers;

    private CellsServer(Stream toFront)
    {
        _writer = new StreamWriter(toFront);
        var session = new CellSession(Directory.GetCurrentDirectory(), new ProcessHost(), grace: Timeout.InfiniteTimeSpan);
        _warm = session.WarmAsync(CancellationToken.None);   // while the client and the kernel get to know each other
        var history = new History();
        _execution = new CellExecution(session, history, Send);
        _answers = new Answers(session, history, Send);
    }

    /// <summary>Serves until the pipe closes, which it does when the process at the other end is gone.</summary>
    /// <param name="input">The handle of the pipe to read from.</param>
    /// <param name="output">The handle of the pipe to write to.</param>
    public static int Run(string input, string output)
    {
        // Ctrl+C in a terminal reaches both processes; the other one passes it on.
        using var interrupts = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        Console.OutputEncoding = Encoding.UTF8;
        // A cell that keeps every core busy takes as many threads of the pool: outputs and answers need some, too.
        ThreadPool.SetMinThreads(Environment.ProcessorCount + 4, Environment.ProcessorCount);
        var console = Console.Error;   // the one of the process: what is written there appears below the last cell
        ExceptionHandling.SetUnhandledExceptionHandler(error =>
        {
            console.WriteLine("Nothing caught this exception, on a thread that a cell started:\n"
                + string.Join('\n', Traceback.Of(error).Traceback));
            return true;
        });
        using var fromFront = new AnonymousPipeClientStream(PipeDirection.In, input);
        using var toFront = new AnonymousPipeClientStream(PipeDirection.Out, output);
        var server = new CellsServer(toFront);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server._execution.Flush();
        _ = Task.Run(server.ServeAsync);
        using var reader = new StreamReader(fromFront);
        while (reader.ReadLine() is { } line)
            server.Receive(Message.FromLine(line));
        Environment.Exit(0);   // cells may have left threads behind
        return 0;
    }

    /// <summary>All but these wait for their turn, on whatever channel they come: one at a time has the session.</summary>
    private void Receive(Message message)
    {
        if (message.Channel == Message.Stdin)
            _execution.Answer(message);
        // The protocol sends a stop on control; VS Code sends it on shell.
        else if (message.Type == Interrupt || message is { Channel: Message.Control, Type: "kernel_info_request" })
            _ = AnswerAsync(message);
        else
            _requests.Writer.TryWrite(message);
    }

    private async Task ServeAsync()
    {
        await foreach (var request in _requests.Reader.ReadAllAsync())
        {
            foreach (var waiting in await AnswerAsync(request))
                await AnswerAsync(waiting, isAborted: waiting.Type == "execute_request");
        }
    }

    /// <returns>What waits behind a cell that failed, and is to be answered without being run: the reader asked for all,
    /// and what follows builds on the one that failed.</returns>
    private async Task<IReadOnlyList<Message>> AnswerAsync(Message request, bool isAborted = false)
    {
        IReadOnlyList<Message> waiting = [];
        Send(request.PublishStatus("busy"));
        try
        {
            if (isAborted)
                Send(request.Reply(new() { ["status"] = "aborted" }));
            else if (request.Type == "execute_request")
            {
                await _warm;
                var (reply, goesOn) = await _execution.RunAsync(request);
                // Before the reply: what the reader asks for after having read it is not to be aborted.
                if (!goesOn)
                    waiting = TakeWaiting();
                Send(request.Reply(reply));
                _warmAnswers ??= _answers.WarmAsync();
            }
            else if (request.Type == Interrupt)
                Send(request.Reply(Stop()));
            else if (await _answers.ToAsync(request) is { } content)
                Send(request.Reply(content));
        }
        catch (Exception error)
        {
            var failure = CellOutputs.ToJson(error is UserError ? new("Error", error.Message, [error.Message]) : Traceback.Of(error));
            failure["status"] = "error";
            Send(request.Reply(failure));
        }
        finally
        {
            Send(request.PublishStatus("idle"));
        }
        return waiting;
    }

    private List<Message> TakeWaiting()
    {
        var waiting = new List<Message>();
        while (_requests.Reader.TryRead(out var request))
            waiting.Add(request);
        return waiting;
    }

    private JsonObject Stop()
    {
        _execution.Stop();
        return new() { ["status"] = "ok" };
    }

    private void Send(Message message)
    {
        try
        {
            lock (_writer)
            {
                _writer.WriteLine(message.ToLine());
                _writer.Flush();
            }
        }
        catch (IOException)
        {
            // Nobody is left to tell; the other pipe closes, too.
        }
    }
}
