using System.Runtime.InteropServices;

namespace Nb.Kernel;

/// <summary>Notices that the client that started the kernel is gone: one that was killed cannot ask it to end.</summary>
internal static class ParentWatch
{
    /// <param name="gone">Called once, on a thread of its own.</param>
    public static void Start(Action gone)
    {
        // Jupyter's own name for it. On Windows it is a handle to wait on, elsewhere the number of the process.
        var told = nint.TryParse(Environment.GetEnvironmentVariable("JPY_PARENT_PID"), out var value) ? value : 0;
        Func<bool>? isGone = OperatingSystem.IsWindows()
            ? told > 0 ? () => WaitForSingleObject(told, 0) == 0 : null
            : IsGoneUnix(getppid());
        if (isGone is null)
            return;
        new Thread(() =>
        {
            while (!isGone())
                Thread.Sleep(1000);
            gone();
        }) { IsBackground = true, Name = "watches the parent" }.Start();
    }

    /// <summary>A process whose parent ends gets another one. One that has no parent left at the start was meant to run
    /// without.</summary>
    private static Func<bool>? IsGoneUnix(int parent) => parent > 1 ? () => getppid() != parent : null;

    [DllImport("libc")]
    private static extern int getppid();

    [DllImport("kernel32")]
    private static extern uint WaitForSingleObject(nint handle, uint milliseconds);
}
