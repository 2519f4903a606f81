using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Nb.Kernel;

/// <summary>The kernel as clients see it: it passes messages between the sockets and the process that runs the cells,
/// tells the reader when that process has ended, and starts another.</summary>
public sealed class KernelFront
{
    private const int WrittenLimit = 20_000;

    private readonly Lock _lock = new();
    private readonly KernelSockets _sockets;
    private readonly List<Message> _open = [];   // requests on shell and control that are not done yet, oldest first
    private CellsProcess _cells;
    private Message? _lastExecute;
    private int _written;
    private bool _ending;

    private KernelFront(ConnectionFile connection)
    {
        lock (_lock)   // it may end at once, and that is told through the sockets
        {
            _cells = StartCells();   // first, as it takes longest
            _sockets = new KernelSockets(connection, Receive, End);
        }
    }

    /// <summary>Serves the clients that know the connection file until one of them, or the end of the process that
    /// started this one, ends it.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string connectionFile)
    {
        var front = new KernelFront(ConnectionFile.Load(connectionFile));
        using var interrupts = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            front.Interrupt();
        });
        using var termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            front.End();
        });
        ParentWatch.Start(front.End);
        front._sockets.Send(Message.NewStatus("starting"));
        using (front._sockets)
            front._sockets.Run();
        return front._cells.HasSpoken || front._ending ? 0 : 1;
    }

    private CellsProcess StartCells() => new(FromCells, WrittenByCells, CellsEnded);

    private void Interrupt() =>
        _cells.Send(new Message(Message.Control, [], new() { ["msg_id"] = "", ["msg_type"] = "interrupt_request" }, [], [], []));

    /// <summary>Ends the kernel. The process of the cells is not asked: it may not be able to answer.</summary>
    private void End()
    {
        lock (_lock)
        {
            if (_ending)
                return;
            _ending = true;
        }
        _cells.Kill();
        _sockets.Stop();
    }

    private void Receive(Message message)
    {
        if (message.Problem is { } problem)
        {
            Refuse(message, problem);
            return;
        }
        if (message.Type == "shutdown_request" && message.Channel != Message.Stdin)
        {
            _sockets.Send(message.PublishStatus("busy"));
            _sockets.Send(message.Reply(new()
            {
                ["status"] = "ok",
                ["restart"] = message.Content["restart"] is JsonValue value && value.TryGetValue(out bool restart) && restart,
            }));
            _sockets.Send(message.PublishStatus("idle"));
            End();
            return;
        }
        lock (_lock)
        {
            if (message.Channel != Message.Stdin)
                _open.Add(message);
            if (message.Type == "execute_request")
                (_lastExecute, _written) = (message, 0);
            _cells.Send(message);
        }
    }

    /// <summary>Whoever asked gets an answer: an editor would wait for it for ever.</summary>
    private void Refuse(Message message, string problem)
    {
        if (!message.Type.EndsWith("_request", StringComparison.Ordinal))
            return;
        _sockets.Send(message.PublishStatus("busy"));
        if (message.Type == "execute_request")
            _sockets.Send(message.Publish("error", Error("Error", problem)));
        var reply = Error("Error", problem);
        reply["status"] = "error";
        _sockets.Send(message.Reply(reply));
        _sockets.Send(message.PublishStatus("idle"));
    }

    private void FromCells(Message message)
    {
        // Not every message has a reply, but each has an end.
        if (message.Channel is Message.Shell or Message.Control || message.IsIdle)
        {
            lock (_lock)
                _open.RemoveAll(request => request.Id == message.ParentId);
        }
        _sockets.Send(message);
    }

    /// <summary>What native code, or a thread that outlived its cell, writes to the console appears below the cell that
    /// runs, or the last that did.</summary>
    private void WrittenByCells(string name, string text)
    {
        Message? cell;
        lock (_lock)
        {
            cell = _open.Find(request => request.Type == "execute_request") ?? _lastExecute;
            text = text[..Math.Clamp(WrittenLimit - _written, 0, text.Length)];
            _written += text.Length;
        }
        if (cell is not null && text.Length > 0)
            _sockets.Send(cell.Publish("stream", new() { ["name"] = name, ["text"] = text }));
    }

    private void CellsEnded(CellsProcess ended)
    {
        lock (_lock)
        {
            if (_ending)
                return;
            if (!ended.HasSpoken)
            {
                Console.Error.WriteLine($"The process that runs the cells did not start: {ended.DescribeEnd()}.");
                _sockets.Stop();
                return;
            }
            var message = Colours.Short("Run the cells again from the top: all variables are gone.\n"
                + $"The process that ran the cells has ended: {ended.DescribeEnd()}.\nA new process has been started.");
            var running = _open.Find(request => request.Type == "execute_request");
            if (running is null && _lastExecute is not null)
                _sockets.Send(_lastExecute.Publish("stream", new() { ["name"] = "stderr", ["text"] = message + "\n" }));
            foreach (var request in _open)
            {
                var error = Error("ProcessEnded", message);
                if (request == running)
                    _sockets.Send(request.Publish("error", Error("ProcessEnded", message)));
                error["status"] = request == running || request.Type != "execute_request" ? "error" : "aborted";
                // A second stop ends code by force, and .NET does not always survive that. What was asked has happened: nothing runs.
                _sockets.Send(request.Reply(request.Type == "interrupt_request" ? new() { ["status"] = "ok" } : error));
                _sockets.Send(request.PublishStatus("idle"));
            }
            _open.Clear();
            _cells = StartCells();
        }
        ended.Dispose();
    }

    private static JsonObject Error(string name, string message) => new()
    {
        ["ename"] = name,
        ["evalue"] = Colours.Short(message),
        ["traceback"] = new JsonArray([.. Colours.Short(message).Split('\n').Select(line => (JsonNode)Colours.Red(line))]),
    };
}
