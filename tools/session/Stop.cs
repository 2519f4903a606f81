using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Nb.Session;

/// <summary>The flag that loops of cells look at. One cell at a time has the process, so one flag is enough.</summary>
public static class Stop
{
    private static readonly Lock s_lock = new();
    private static ICellThreads? s_cell;
    private static volatile bool s_asked;

    /// <summary>Another cell has the process: the flag is its own from here on.</summary>
    internal static void Begin(ICellThreads cell)
    {
        lock (s_lock)
            (s_cell, s_asked) = (cell, false);
    }

    /// <summary>The token alone has not stopped a cell. One that was left behind can no longer stop the next.</summary>
    internal static void Ask(ICellThreads cell)
    {
        lock (s_lock)
            s_asked |= s_cell == cell;
    }

    /// <summary>Ends the code that calls it if the cell was asked to stop. <see cref="StopChecks"/> writes the calls.
    /// </summary>
    /// <exception cref="OperationCanceledException">The cell was asked to stop.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check()
    {
        if (s_asked)
            Throw();
    }

    [DoesNotReturn]
    private static void Throw() => throw new OperationCanceledException("The cell was stopped.");
}
