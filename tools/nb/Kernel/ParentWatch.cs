using System.Runtime.InteropServices;

namespace Nb.Kernel;

/// <summary>Notices that the client that started the kernel is gone: one that was killed cannot ask it to end.</summary>
internal static class ParentWatch
{
    /// <param name="gone">Called once, on a thread of its own.</param>
    public static void Start(Action gone)
    {
        var isGone = OperatingSystem.IsWindows() ? IsGoneWindows() : IsGoneUnix(getppid());
        if (isGone is null)
            return;
        new Thread(() =>
        {
            while (!isGone())
                Thread.Sleep(1000);
            gone();
        }) { IsBackground = true, Name = "watches the parent" }.Start();
    }

    /// <summary>There a client that can be watched tells a handle of its process.</summary>
    private static Func<bool>? IsGoneWindows() =>
        nint.TryParse(Environment.GetEnvironmentVariable("JPY_PARENT_PID"), out var handle) && handle > 0
            ? () => WaitForSingleObject(handle, 0) == 0 : null;

    /// <summary>A process whose parent ends gets another one. One that has no parent left at the start was meant to run
    /// without.</summary>
    private static Func<bool>? IsGoneUnix(int parent) => parent > 1 ? () => getppid() != parent : null;

    [DllImport("libc")]
    private static extern int getppid();

    [DllImport("kernel32")]
    private static extern uint WaitForSingleObject(nint handle, uint milliseconds);
}
