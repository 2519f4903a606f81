namespace Nb.Running;

/// <summary>Lets the cells of several notebooks run at once, but for those that are to be alone: such a cell begins when no
/// other runs, and none begins until it has ended. They go in the order in which they came.</summary>
public sealed class CellGate
{
    /// <summary>The tag of a cell that shows how long something takes.</summary>
    public const string AloneTag = "alone";

    private readonly Lock _lock = new();
    private readonly Queue<(bool Alone, TaskCompletionSource Entered)> _waiting = [];
    private int _inside;
    private bool _isAlone;

    /// <summary>Completes when the cell may begin.</summary>
    public Task EnterAsync(bool alone)
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiting.Enqueue((alone, entered));
            LetIn();
        }
        return entered.Task;
    }

    /// <summary>A cell that had entered has ended.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            (_inside, _isAlone) = (_inside - 1, false);
            LetIn();
        }
    }

    private void LetIn()
    {
        while (!_isAlone && _waiting.TryPeek(out var next) && (_inside == 0 || !next.Alone))
        {
            (_inside, _isAlone) = (_inside + 1, next.Alone);
            _waiting.Dequeue().Entered.SetResult();
        }
    }
}
