using Nb.Cells;
using Nb.Values;

namespace Nb.Session;

/// <summary>What a running cell can reach of the session it runs in. lib/Setup.csx finds it by its name.</summary>
public sealed class CellContext
{
    private static readonly AsyncLocal<CellContext?> s_current = new();
    private static readonly string s_process = Guid.NewGuid().ToString("N");   // an editor can still show displays of the process before
    private static int s_displays;

    private readonly Lock _lock = new();
    private IOutputSink? _sink;

    internal CellContext(IOutputSink sink, ICellThreads threads, CancellationToken cancellationToken) =>
        (_sink, Threads, CancellationToken) = (sink, threads, cancellationToken);

    /// <summary>The cell that the calling code belongs to; null outside a cell.</summary>
    public static CellContext? Current
    {
        get => s_current.Value;
        internal set => s_current.Value = value;
    }

    /// <summary>Cancelled when the cell is asked to stop: long loops look at it.</summary>
    public CancellationToken CancellationToken { get; }

    internal ICellThreads Threads { get; }

    /// <summary>Shows a value at once, below what the cell has shown so far.</summary>
    public DisplayedValue Display(object value) => Display(ValueFormatter.Format(value));

    internal DisplayedValue Display(MimeBundle value)
    {
        var id = $"{s_process}-{Interlocked.Increment(ref s_displays)}";
        Send(sink => sink.Display(id, value));
        return new DisplayedValue(this, id);
    }

    internal void Update(string displayId, MimeBundle value) => Send(sink => sink.Update(displayId, value));

    internal void Clear(bool wait) => Send(sink => sink.Clear(wait));

    /// <summary>Asks the reader for a line; null when there is nobody to ask.</summary>
    internal string? Ask(string prompt, bool isPassword)
    {
        IOutputSink? sink;
        lock (_lock)
            sink = _sink;
        return sink?.Ask(prompt, isPassword, CancellationToken);   // not under the lock: it waits for a person
    }

    internal void Send(Action<IOutputSink> output)
    {
        lock (_lock)
        {
            if (_sink is not null)
                output(_sink);
        }
    }

    /// <summary>After this, what threads left behind by the cell put out is dropped: the cell's outputs are done.</summary>
    internal void Close()
    {
        lock (_lock)
            _sink = null;
    }
}
