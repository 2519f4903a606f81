using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Nb.Session;

/// <summary>The flag that loops of cells look at. One cell at a time has the process, so one flag is enough.</summary>
public static class Stop
{
    private static volatile bool s_asked;

    /// <summary>Whether the running cell was asked to stop, and its token alone has not done it.</summary>
    internal static bool Asked
    {
        get => s_asked;
        set => s_asked = value;
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
