using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using Nb.Session;

namespace Nb.Kernel;

/// <summary>The process that runs the cells, as the process with the sockets sees it. They are two, so that a cell that
/// ends its process does not end the talk with the reader.</summary>
internal sealed class CellsProcess : IDisposable
{
    private const int TailLength = 4000;

    private readonly AnonymousPipeServerStream _toCells = new(PipeDirection.Out, HandleInheritability.Inheritable);
    private readonly AnonymousPipeServerStream _fromCells = new(PipeDirection.In, HandleInheritability.Inheritable);
    private readonly StringBuilder _errors = new();
    private readonly BlockingCollection<Message> _toSend = [];
    private readonly Process _process;

    /// <param name="received">Told each message of the process, in order.</param>
    /// <param name="wrote">Told what it wrote past the cells: stdout or stderr, and the text.</param>
    /// <param name="ended">Told once that it has ended, after all that it wrote.</param>
    public CellsProcess(Action<Message> received, Action<string, string> wrote, Action<CellsProcess> ended)
    {
        var start = DotNet.ThisProgram("cells", _toCells.GetClientHandleAsString(), _fromCells.GetClientHandleAsString());
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        start.StandardOutputEncoding = start.StandardErrorEncoding = Encoding.UTF8;
        // What debuggers connect to are files in the temporary folder, and a process that is killed leaves them there.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        _process = DotNet.Start(start);
        _toCells.DisposeLocalCopyOfClientHandle();
        _fromCells.DisposeLocalCopyOfClientHandle();
        _process.StandardInput.Close();
        OnThread(WriteMessages);
        Task[] readers =
        [
            OnThread(() => ReadMessages(received)),
            OnThread(() => Forward(_process.StandardOutput, text => wrote("stdout", text))),
            OnThread(() => Forward(_process.StandardError, text =>
            {
                lock (_errors)
                    _errors.Append(text.AsSpan(0, Math.Clamp(TailLength - _errors.Length, 0, text.Length)));
                wrote("stderr", text);
            })),
        ];
        OnThread(() =>
        {
            _process.WaitForExit();
            Task.WaitAll(readers, TimeSpan.FromSeconds(1));   // a process that a cell started may keep them open
            ended(this);
        });
    }

    /// <summary>Whether it has answered anything yet.</summary>
    public bool HasSpoken { get; private set; }

    /// <summary>Passes a message on, and does not wait until it has gone: both pipes may be full, and then the process
    /// reads on only after its own messages were taken. One for a process that has just ended is lost; its end is told.</summary>
    public void Send(Message message)
    {
        try
        {
            _toSend.Add(message);
        }
        catch (InvalidOperationException)
        {
            // No more are taken.
        }
    }

    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Why it ended, for the reader of the notebook.</summary>
    public string DescribeEnd()
    {
        string errors;
        lock (_errors)
            errors = _errors.ToString();
        var code = _process.ExitCode;
        return errors.Contains("Stack overflow", StringComparison.Ordinal) ? "stack overflow: a method calls itself without end"
            : errors.Contains("Out of memory", StringComparison.Ordinal) ? "the memory ran out"
            : code == 137 ? "it was killed, by hand or because the memory ran out (signal 9)"
            : code is > 128 and < 160 ? $"it crashed (signal {code - 128}){Reason(errors)}"
            : code < 0 ? $"it crashed (0x{code:X8})"
            : $"a cell ended it with exit code {code}, as Environment.Exit does";
    }

    /// <summary>What the runtime says before the stack trace.</summary>
    private static string Reason(string errors)
    {
        var lines = errors.Split('\n').Select(line => line.TrimEnd()).TakeWhile(line => !line.StartsWith("   at ", StringComparison.Ordinal));
        var reason = string.Join(' ', lines.Where(line => line.Length > 0).Take(3));
        return reason.Length > 0 ? $": {reason}" : "";
    }

    public void Dispose()
    {
        _toSend.CompleteAdding();
        _toCells.Dispose();
        _fromCells.Dispose();
        _process.Dispose();
    }

    private void ReadMessages(Action<Message> received)
    {
        using var reader = new StreamReader(_fromCells);
        while (reader.ReadLine() is { } line)
        {
            HasSpoken = true;
            received(Message.FromLine(line));
        }
    }

    private void WriteMessages()
    {
        try
        {
            using var writer = new StreamWriter(_toCells) { AutoFlush = true };
            foreach (var message in _toSend.GetConsumingEnumerable())
                writer.WriteLine(message.ToLine());
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The process has ended.
        }
    }

    private static void Forward(StreamReader reader, Action<string> forward)
    {
        var buffer = new char[4096];
        while (reader.Read(buffer) is > 0 and var count)
            forward(new string(buffer, 0, count));
    }

    private static Task OnThread(Action action) => Task.Factory.StartNew(
        action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
