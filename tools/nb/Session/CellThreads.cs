using System.Diagnostics;
using System.Runtime;

namespace Nb.Session;

/// <summary>Runs the code of one cell on threads, and can end it. What a cell awaits continues here, too, unless it asks not to.
/// </summary>
internal sealed class CellThreads : TaskScheduler, ICellThreads
{
    private const int StackBytes = 16 * 1024 * 1024;   // recursion is taught, and depth is not the lesson
    private static readonly TimeSpan s_forTheToken = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly HashSet<Thread> _running = [];
    private readonly CancellationTokenSource _left = new();
    private readonly CancellationTokenSource _abort = new();

    /// <summary>Runs code on a thread of its own. Ends with <see cref="OperationCanceledException"/> when the cell was
    /// ended before the code was.</summary>
    public Task<T> RunAsync<T>(Func<Task<T>> code) => Task.Factory
        .StartNew(code, CancellationToken.None, TaskCreationOptions.LongRunning, this)
        .Unwrap()
        // Hands over to another thread: what follows is not the cell's code, and must not be ended with it.
        .ContinueWith(task => task, CancellationToken.None, TaskContinuationOptions.None, Default)
        .Unwrap()
        .WaitAsync(_left.Token);

    /// <summary>Ends the code in steps: it may end by itself, as its token is cancelled; then what it awaits is left,
    /// its loops throw at <see cref="Stop"/>, and its waits are interrupted.</summary>
    /// <param name="cell">Completes when the cell has ended by itself.</param>
    /// <param name="ended">Called when no thread runs it any more, which may be never.</param>
    public void End(Task cell, Action ended) =>
        // On a thread of its own: the cell may be keeping all those of the pool busy.
        new Thread(() =>
        {
            EndStepByStep(cell);
            ended();
        }) { IsBackground = true, Name = "ends a cell" }.Start();

    /// <summary>Lets the runtime end the threads wherever they are. This is for code that nothing else can end: on .NET 10
    /// it hangs in loops that allocate, and where methods are called it can take the whole process with it.</summary>
    public void Abort() =>
        // Cancelling comes back only when the abort has worked.
        new Thread(_abort.Cancel) { IsBackground = true, Name = "aborts a cell" }.Start();

    private void EndStepByStep(Task cell)
    {
        var time = Stopwatch.StartNew();
        while (time.Elapsed < s_forTheToken && !cell.IsCompleted)
            Thread.Sleep(5);
        Stop.Ask(this);
        _left.Cancel();
        Thread.Sleep(5);
        while (Interrupt())
            Thread.Sleep(10);
    }

    protected override void QueueTask(Task task)
    {
        if (task.CreationOptions.HasFlag(TaskCreationOptions.LongRunning))
            new Thread(() => Run(task), StackBytes) { IsBackground = true, Name = "cell" }.Start();
        else
            ThreadPool.UnsafeQueueUserWorkItem(Run, task, preferLocal: true);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && IsRunningHere() && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    private void Run(Task task)
    {
        lock (_lock)
        {
            if (_left.IsCancellationRequested)
                return;
            _running.Add(Thread.CurrentThread);
        }
        try
        {
#pragma warning disable SYSLIB0046 // It can leave what it aborts in a bad state; the alternative is to end the process.
            ControlledExecution.Run(() => TryExecuteTask(task), _abort.Token);
#pragma warning restore SYSLIB0046
        }
        catch (Exception) when (_left.IsCancellationRequested)
        {
            // Aborted or interrupted, or what the code made of that.
        }
        finally
        {
            Leave();
        }
    }

    private void Leave()
    {
        while (true)
        {
            try
            {
                lock (_lock)
                    _running.Remove(Thread.CurrentThread);
                if (_left.IsCancellationRequested)
                    Thread.Sleep(1);   // takes in an interrupt that is still under way
                return;
            }
            catch (ThreadInterruptedException)
            {
                // Meant for the code that this thread has left.
            }
        }
    }

    private bool IsRunning()
    {
        lock (_lock)
            return _running.Count > 0;
    }

    private bool IsRunningHere()
    {
        lock (_lock)
            return _running.Contains(Thread.CurrentThread);
    }

    /// <summary>Wakes every thread that waits; one that does not will notice at its next wait.</summary>
    private bool Interrupt()
    {
        lock (_lock)
        {
            foreach (var thread in _running)
                thread.Interrupt();
            return _running.Count > 0;
        }
    }
}
