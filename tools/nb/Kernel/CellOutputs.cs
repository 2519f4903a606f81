using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Nb.Session;
using Nb.Values;

namespace Nb.Kernel;

/// <summary>Publishes what a cell puts out, gathered over a moment: neighbouring text becomes one message, and of the
/// values that a display takes in between only the newest is sent. So a loop that prints a million lines or updates a
/// chart a thousand times a second neither waits for the client nor drowns it.</summary>
internal sealed class CellOutputs : IOutputSink, IDisposable
{
    /// <summary>Characters of text that a cell may print before the middle is left out: notebook servers drop what is
    /// more than about three million at once, and editors get slow long before.</summary>
    private const int TextLimit = 1_000_000;
    private const int TailLimit = 10_000;
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(25);

    /// <summary>VS Code takes the cell's stored output away when the kernel first answers; when it hears of that itself, it
    /// forgets the display that has come in between, and drops every update of it. Seen up to 50 ms after the start.</summary>
    private static readonly TimeSpan s_forgetful = TimeSpan.FromMilliseconds(500);

    private readonly Message _request;
    private readonly Action<Message> _send;
    private readonly Func<string, bool, CancellationToken, string?> _ask;
    private readonly int _executionCount;
    private readonly Lock _lock = new();
    private readonly Lock _sending = new();
    private readonly List<Output> _waiting = [];
    private readonly StringBuilder _tail = new();
    private readonly Timer _timer;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly TimeSpan _hold;
    private string _tailName = "stdout";
    private int _textLength;
    private long _leftOut;
    private bool _isTimed;

    /// <param name="request">The request whose outputs these are.</param>
    /// <param name="ask">Asks the client for a line.</param>
    public CellOutputs(
        Message request, int executionCount, Action<Message> send, Func<string, bool, CancellationToken, string?> ask)
    {
        (_request, _executionCount, _send, _ask) = (request, executionCount, send, ask);
        // The address of the cell, which VS Code sends along; other clients send none, or one of another kind.
        _hold = request.Metadata["cellId"].As<string>()?.StartsWith("vscode-", StringComparison.Ordinal) == true ? s_forgetful : TimeSpan.Zero;
        _timer = new Timer(_ => Send(isLast: false));
    }

    /// <summary>Why the cell failed, if it did.</summary>
    public CellError? Failure { get; private set; }

    /// <summary>The value of the cell as plain text, if it has one.</summary>
    public string? ResultText { get; private set; }

    public void Display(string displayId, MimeBundle value) => Add(new Output("display_data", displayId, value));

    public void Update(string displayId, MimeBundle value)
    {
        lock (_lock)
        {
            if (_waiting.FindLast(o => o.DisplayId == displayId) is { } known && (known.Type == "update_display_data" || HoldsFor > TimeSpan.Zero))
            {
                known.Value = value;
                return;
            }
        }
        Add(new Output("update_display_data", displayId, value));
    }

    public void Stream(string name, string text)
    {
        lock (_lock)
        {
            var room = Math.Clamp(TextLimit - _textLength, 0, text.Length);
            if (room < text.Length)
                KeepTail(name, text[room..]);
            if (room == 0)
                return;
            _textLength += room;
            if (_waiting.Count == 0 || _waiting[^1].Type != "stream" || _waiting[^1].Name != name)
                Add(new Output("stream", name: name));
            _waiting[^1].Text.Append(text.AsSpan(0, room));
        }
    }

    public void Clear(bool wait) => Add(new Output("clear_output", wait: wait));

    public string? Ask(string prompt, bool isPassword, CancellationToken cancellationToken)
    {
        // What was printed before is the question.
        if (IsHolding)
            cancellationToken.WaitHandle.WaitOne(HoldsFor);
        Flush();
        return _ask(prompt, isPassword, cancellationToken);
    }

    public void Result(MimeBundle value)
    {
        ResultText = value.GetValueOrDefault(MimeBundle.Plain);
        Add(new Output("execute_result", value: value));
    }

    public void Error(CellError error)
    {
        Failure = error;
        Add(new Output("error"));
    }

    /// <summary>Sends what waits, and the end of a text that was too long.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            if (_leftOut > 0)
            {
                var end = new Output("stream", name: _tailName);
                end.Text.Append(CultureInfo.InvariantCulture,
                    $"\n… {_leftOut - _tail.Length:N0} characters are left out here; print less, or write to a file …\n{_tail}");
                // The error of the cell stays last.
                _waiting.Insert(_waiting.FindIndex(o => o.Type is "error" or "execute_result") is >= 0 and var i ? i : _waiting.Count, end);
                _leftOut = 0;
            }
        }
        Flush();
    }

    public void Dispose() => _timer.Dispose();

    private void KeepTail(string name, string text)
    {
        _tailName = name;
        _leftOut += text.Length;
        _tail.Append(text);
        if (_tail.Length > 2 * TailLimit)
            _tail.Remove(0, _tail.Length - TailLimit);
    }

    private void Add(Output output)
    {
        lock (_lock)
        {
            _waiting.Add(output);
            if (!_isTimed)
                _timer.Change(s_moment, Timeout.InfiniteTimeSpan);
            _isTimed = true;
        }
    }

    /// <summary>Sends all that waits.</summary>
    public void Flush() => Send(isLast: true);

    /// <summary>How long displays are still held back, and with them what comes after them.</summary>
    private TimeSpan HoldsFor => _hold - Stopwatch.GetElapsedTime(_start) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    private bool IsHolding
    {
        get
        {
            lock (_lock)
                return HoldsFor > TimeSpan.Zero && _waiting.Exists(output => output.DisplayId is not null);
        }
    }

    private void Send(bool isLast)
    {
        lock (_sending)   // so that two flushes keep their order
        {
            List<Output> outputs;
            lock (_lock)
            {
                var left = isLast ? TimeSpan.Zero : HoldsFor;
                var held = left > TimeSpan.Zero ? _waiting.FindIndex(output => output.DisplayId is not null) : -1;
                outputs = held < 0 ? [.. _waiting] : _waiting[..held];
                _waiting.RemoveRange(0, outputs.Count);
                _isTimed = held >= 0;
                if (_isTimed)
                    _timer.Change(left, Timeout.InfiniteTimeSpan);
            }
            foreach (var output in outputs)
                _send(_request.Publish(output.Type, Content(output)));
        }
    }

    private JsonObject Content(Output output) => output.Type switch
    {
        "stream" => new() { ["name"] = output.Name, ["text"] = output.Text.ToString() },
        "clear_output" => new() { ["wait"] = output.Wait },
        "error" => ToJson(Failure!),
        "execute_result" => new()
        {
            ["data"] = ToData(output.Value!), ["metadata"] = new JsonObject(), ["execution_count"] = _executionCount,
        },
        _ => new()
        {
            ["data"] = ToData(output.Value!),
            ["metadata"] = new JsonObject(),
            ["transient"] = new JsonObject { ["display_id"] = output.DisplayId },
        },
    };

    /// <summary>The parts of an error that its message and the reply to its request share.</summary>
    public static JsonObject ToJson(CellError error) => new()
    {
        ["ename"] = error.Name,
        ["evalue"] = error.Message,
        ["traceback"] = new JsonArray([.. error.Traceback.Select(line => (JsonNode)Colours.Traceback(line))]),
    };

    /// <summary>A value as messages carry it.</summary>
    public static JsonObject ToData(MimeBundle value)
    {
        var data = new JsonObject();
        foreach (var (mimeType, text) in JupyterCharts.WithHtml(value))
            data[mimeType] = MimeBundle.IsJson(mimeType) ? JsonNode.Parse(text) : text;
        return data;
    }

    private sealed class Output(
        string type, string? displayId = null, MimeBundle? value = null, string? name = null, bool wait = false)
    {
        public string Type => type;

        public string? DisplayId => displayId;

        public MimeBundle? Value { get; set; } = value;

        public string? Name => name;

        public bool Wait => wait;

        public StringBuilder Text { get; } = new();
    }
}
