using System.Diagnostics;
using System.Text.Json;
using Nb.Notebooks;

namespace Tests.Kernel;

/// <summary>The kernel's tests on one machine do not compete with each other, nor with the runs of the notebooks, for its
/// processors.</summary>
[CollectionDefinition(nameof(Kernels), DisableParallelization = true)]
public sealed class Kernels;

/// <summary>Python with the Jupyter programs, which speak to the kernel as a reader's editor does. Without them the tests
/// are skipped; in CI on Linux, where they must be there, they fail.</summary>
internal static class Python
{
    /// <summary>Longer than anything takes that works, on any machine: it only ends what hangs.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromHours(2);

    /// <summary>Where the Python tests lie.</summary>
    public static string Tests { get; } = Path.Join(Course.Root, "tests", "nb", "Kernel");

    /// <summary>The command that starts the kernel, as a kernelspec names it.</summary>
    public static string[] KernelCommand { get; } = [Dotnet, typeof(Notebook).Assembly.Location, "kernel", "{connection_file}"];

    /// <summary>The program, once it is certain that it has these modules.</summary>
    public static async Task<string> FindAsync(params string[] modules)
    {
        var isNeeded = OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("CI") is not (null or "");
        if (!OperatingSystem.IsLinux())
            Assert.Skip("The tests with Jupyter's own clients look at processes as Linux shows them.");
        // Debian's own Python sees the modules that Debian installs; another one that comes first on the PATH does not.
        var program = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
        var why = "";
        try
        {
            var (exitCode, output) = await RunAsync(program, ["-c", $"import {string.Join(", ", modules)}"], Path.GetTempPath(), new Dictionary<string, string>());
            if (exitCode == 0)
                return program;
            why = output.Trim().Split('\n')[^1];
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            why = error.Message;
        }
        Assert.SkipUnless(isNeeded, $"{program} has not all of {string.Join(", ", modules)}: {why}");
        Assert.Fail($"{program} has not all of {string.Join(", ", modules)}, which .ci/run installs: {why}");
        return program;
    }

    /// <summary>Runs a program to its end and returns what it wrote. One that hangs is ended with all that it started.
    /// </summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments, string folder,
        IReadOnlyDictionary<string, string> environment)
    {
        using var process = Start(program, arguments, folder, environment);
        var output = new System.Text.StringBuilder();
        process.OutputDataReceived += (_, line) => { lock (output) output.AppendLine(line.Data); };
        process.ErrorDataReceived += (_, line) => { lock (output) output.AppendLine(line.Data); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(s_patience, TestContext.Current.CancellationToken);
            return (process.ExitCode, Written());
        }
        catch (TimeoutException)
        {
            return (-1, $"{Written()}\nIt was ended after {s_patience}.");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        string Written()
        {
            lock (output) return output.ToString();
        }
    }

    /// <summary>Starts a program with its streams redirected.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, string folder, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        // What the tests write goes to their own folders, and no compiled Python beside the source.
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["NB_KERNEL"] = JsonSerializer.Serialize(KernelCommand);
        return Process.Start(start)!;
    }

    private static string Dotnet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
}
