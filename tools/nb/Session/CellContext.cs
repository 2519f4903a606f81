using Nb.Values;

namespace Nb.Session;

/// <summary>What a running cell can reach of the session it runs in. lib/Setup.csx finds it by its name.</summary>
public sealed class CellContext
{
    private static readonly AsyncLocal<CellContext?> s_current = new();
    private static int s_displays;

    private readonly Lock _lock = new();
    private IOutputSink? _sink;

    internal CellContext(IOutputSink sink, CancellationToken cancellationToken) =>
        (_sink, CancellationToken) = (sink, cancellationToken);

    /// <summary>The cell that the calling code belongs to; null outside a cell.</summary>
    public static CellContext? Current
    {
        get => s_current.Value;
        internal set => s_current.Value = value;
    }

    /// <summary>Cancelled when the cell is asked to stop: long loops look at it.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Shows a value at once, below what the cell has shown so far.</summary>
    public DisplayHandle Display(object value)
    {
        var id = $"display-{Interlocked.Increment(ref s_displays)}";
        var bundle = ValueFormatter.Format(value);
        Send(sink => sink.Display(id, bundle));
        return new DisplayHandle(this, id);
    }

    internal void Update(string displayId, object value)
    {
        var bundle = ValueFormatter.Format(value);
        Send(sink => sink.Update(displayId, bundle));
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

/// <summary>A value on display that can be replaced in place.</summary>
public sealed class DisplayHandle
{
    private readonly CellContext _cell;
    private readonly string _id;

    internal DisplayHandle(CellContext cell, string id) => (_cell, _id) = (cell, id);

    /// <summary>Shows <paramref name="value"/> in the place of the value before.</summary>
    public void Update(object value) => _cell.Update(_id, value);
}
