using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Nb.Notebooks;
using Nb.Session;

namespace Nb.Kernel;

/// <summary>Carries out execute requests, one at a time, and stops them.</summary>
internal sealed class CellExecution(CellSession session, History history, Action<Message> send)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(600);

    private readonly BlockingCollection<Message> _answers = [];
    private readonly Lock _lock = new();
    private int _count;
    private CancellationTokenSource? _stop;
    private CellOutputs? _outputs;
    private bool _isTold;

    /// <summary>Runs the cell.</summary>
    /// <returns>The content of the reply, and whether the requests that wait behind it are to be carried out.</returns>
    public async Task<(JsonObject Reply, bool GoesOn)> RunAsync(Message request)
    {
        var code = request.Content.Required<string>("code");
        var isSilent = request.Content["silent"].As<bool?>() ?? false;
        var isStored = !isSilent && (request.Content["store_history"].As<bool?>() ?? true);
        var allowStdin = request.Content["allow_stdin"].As<bool?>() ?? false;
        if (isStored)
            _count++;
        Action<Message> publish = isSilent ? _ => { } : send;
        publish(request.Publish("execute_input", new() { ["code"] = code, ["execution_count"] = _count }));

        using var stop = new CancellationTokenSource();
        using var outputs = new CellOutputs(request, _count, publish,
            (prompt, isPassword, token) => Ask(request, allowStdin, prompt, isPassword, token));
        lock (_lock)
            (_stop, _outputs, _isTold) = (stop, outputs, false);
        // VS Code sends the metadata of the cell along, and with it the language.
        var status = await session.RunAsync(code, $"cell [{_count}]", outputs, stop.Token, CellLanguage.Of(request.Metadata));
        lock (_lock)
            (_stop, _outputs) = (null, null);
        if (status == CellStatus.Cancelled)
            outputs.Error(Stopped());
        outputs.Finish();
        if (isStored)
            history.Add(_count, code, outputs.ResultText);

        var reply = outputs.Failure is { } failure ? CellOutputs.ToJson(failure) : new JsonObject
        {
            ["payload"] = new JsonArray(),
            ["user_expressions"] = await EvaluateAsync(request),
        };
        reply["status"] = outputs.Failure is null ? "ok" : "error";
        reply["execution_count"] = _count;
        return (reply, outputs.Failure is null || !(request.Content["stop_on_error"].As<bool?>() ?? true));
    }

    /// <summary>An answer of the reader to a cell that asked.</summary>
    public void Answer(Message message) => _answers.Add(message);

    /// <summary>Sends what the running cell has put out: its process is about to end.</summary>
    public void Flush() => _outputs?.Flush();

    /// <summary>Asks the running cell to stop; once the reader was told that it does not, ends it by force. Before that a
    /// second stop is only an impatient one.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            if (_stop is not { } stop)
                return;
            if (_isTold)
            {
                session.ForceStop();
                TellIfStillRunning("Restart the kernel to go on: the cell cannot be stopped.\nAll variables are lost then.\n");
                return;
            }
            if (stop.IsCancellationRequested)
                return;
            // What was registered with the token may take its time: not here, where the next stop must arrive.
            new Thread(() => Cancel(stop)) { IsBackground = true, Name = "stops a cell" }.Start();
            TellIfStillRunning("Wait, or stop the cell again to end it by force, which can cost all variables.\n"
                + "It has been asked to stop, but it is in code that cannot be interrupted, and goes on until that code returns.\n");
        }
    }

    private static void Cancel(CancellationTokenSource stop)
    {
        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The cell has ended in the meantime.
        }
    }

    private void TellIfStillRunning(string text)
    {
        var outputs = _outputs!;
        new Thread(() =>
        {
            Thread.Sleep(s_patience);
            lock (_lock)
            {
                if (_outputs != outputs)
                    return;
                outputs.Stream("stderr", text);
                _isTold = true;
            }
        }) { IsBackground = true, Name = "tells of a stop" }.Start();
    }

    private string? Ask(Message request, bool allowStdin, string prompt, bool isPassword, CancellationToken cancellationToken)
    {
        if (!allowStdin)
            throw new UserError(IOutputSink.NobodyToAsk);
        while (_answers.TryTake(out _))
        {
            // An answer to a question that was given up.
        }
        send(request.Answer(Message.Stdin, "input_request", new() { ["prompt"] = prompt, ["password"] = isPassword }));
        return _answers.Take(cancellationToken).Content["value"].As<string>() ?? "";
    }

    private async Task<JsonObject> EvaluateAsync(Message request)
    {
        var results = new JsonObject();
        if (request.Content["user_expressions"] is not JsonObject expressions)
            return results;
        foreach (var (name, expression) in expressions)
        {
            var value = new ValueSink();
            await session.EvaluateAsync(expression.As<string>() ?? "", $"expression {name}", value, CancellationToken.None);
            results[name] = value.Failure is { } failure
                ? new JsonObject(CellOutputs.ToJson(failure).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())))
                {
                    ["status"] = "error",
                }
                : new JsonObject
                {
                    ["status"] = "ok", ["data"] = value.Data ?? [], ["metadata"] = new JsonObject(),
                };
        }
        return results;
    }

    private static CellError Stopped()
    {
        const string message = "The cell was stopped. All variables are kept.";
        return new CellError("Stopped", message, [$"Stopped: {message}"]);
    }
}
