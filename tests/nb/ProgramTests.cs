using System.Diagnostics;
using System.Globalization;
using Nb;
using Nb.Notebooks;
using Xunit;

namespace Tests.Runner;

/// <summary>nb as a user starts it: a process with arguments, messages and an exit code.</summary>
[Trait("Time", "long")]
public sealed class ProgramTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Ctrl_C_in_a_cell_that_does_not_listen_ends_the_process_and_leaves_the_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A signal cannot be sent to another process there.");
        var file = _fixture.WriteNotebook("a b.ipynb", "File.WriteAllText(\"started\", \"\");", "while (true) { }");
        var before = File.ReadAllText(file);
        using var process = Start("run", file, "--in-place");
        while (!File.Exists(Path.Join(_fixture.Folder, "notebooks", "started")))
            await Task.Delay(20, Fixture.Token);
        await Task.Delay(500, Fixture.Token);
        using (var kill = Process.Start("kill", [Interrupt(), process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(Fixture.Token);
        var (exitCode, output) = await EndAsync(process);
        Assert.Equal(130, exitCode);
        Assert.Contains("Cancelled.", output, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(file));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(file)!, "*.part"));
    }

    /// <summary>W1 and its gradient are made anew in each step as it is taught. Among the large objects that took three times as long.</summary>
    [Fact]
    public async Task Matrices_of_a_step_are_ordinary_objects()
    {
        using var process = Start("run", _fixture.WriteNotebook("a.ipynb", "if (GC.GetGeneration(new float[800 * 784]) != 0) throw new Exception(\"a large object\");"));
        var (exitCode, output) = await EndAsync(process);
        Assert.True(exitCode == 0, output);
    }

    [Theory]
    [InlineData("Environment.Exit(0);", "ended the whole run with Environment.Exit")]
    [InlineData("Environment.Exit(3);", "ended the whole run with Environment.Exit")]
    [InlineData("new System.Threading.Thread(() => throw new Exception(\"why\")).Start(); await Task.Delay(-1);",
        "an exception on a thread")]
    public async Task A_cell_that_ends_the_process_is_named_and_is_no_success(string code, string message)
    {
        var file = _fixture.WriteNotebook("a.ipynb", "1", code);
        var before = File.ReadAllText(file);
        using var process = Start("run", file, "--in-place");
        var (exitCode, output) = await EndAsync(process);
        Assert.Equal(code.StartsWith("Environment.Exit(3)", StringComparison.Ordinal) ? 3 : 1, exitCode);
        Assert.DoesNotContain("Unhandled exception", output, StringComparison.Ordinal);
        Assert.Contains($"{file}, cell 2: ", output, StringComparison.Ordinal);
        Assert.Contains(message, output, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(file));
    }

    [Fact]
    public async Task A_cell_that_ends_the_process_of_its_notebook_ends_a_run_of_all_and_leaves_no_process()
    {
        var first = _fixture.WriteNotebook("01-a.ipynb", "1", "Environment.Exit(0);");
        _fixture.WriteNotebook("02-b.ipynb", "File.WriteAllText(\"id\", Environment.ProcessId.ToString());", "while (true) await Task.Delay(10);");
        using var process = Start("--jobs", "2");
        var (exitCode, output) = await EndAsync(process);
        Assert.Equal(1, exitCode);
        Assert.Contains($"{first}, cell 2: ", output, StringComparison.Ordinal);
        Assert.Contains("the whole run ends", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Join(_fixture.Folder, "site")));
        await AssertGoneAsync();
    }

    [Fact]
    public async Task Ctrl_C_ends_all_notebooks_of_a_run_and_leaves_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A signal cannot be sent to another process there.");
        _fixture.WriteNotebook("01-a.ipynb", "while (true) { }");
        _fixture.WriteNotebook("02-b.ipynb", "File.WriteAllText(\"id\", Environment.ProcessId.ToString());", "while (true) { }");
        _fixture.WriteNotebook("03-c.ipynb", "1");
        using var process = Start("--jobs", "2");
        while (!File.Exists(IdFile))
            await Task.Delay(20, Fixture.Token);
        await Task.Delay(500, Fixture.Token);
        using (var kill = Process.Start("kill", [Interrupt(), process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(Fixture.Token);
        var (exitCode, output) = await EndAsync(process);
        Assert.Equal(130, exitCode);
        Assert.Equal(["01-a.ipynb: cancelled", "02-b.ipynb: cancelled", "03-c.ipynb: not run", "Cancelled."], output.Trim().ReplaceLineEndings("\n").Split('\n'));
        await AssertGoneAsync();
        File.Delete(IdFile);
        Assert.Equal(["notebooks"], Directory.GetFileSystemEntries(_fixture.Folder).Select(Path.GetFileName));
        Assert.Equal(3, Directory.GetFileSystemEntries(Path.Join(_fixture.Folder, "notebooks")).Length);
    }

    private string IdFile => Path.Join(_fixture.Folder, "notebooks", "id");

    /// <summary>The process that ran the second notebook is gone, or goes just now.</summary>
    private async Task AssertGoneAsync()
    {
        if (!File.Exists(IdFile))
            return;   // it was ended before its first cell
        try
        {
            using var other = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(IdFile, Fixture.Token), CultureInfo.InvariantCulture));
            await other.WaitForExitAsync(Fixture.Token).WaitAsync(TimeSpan.FromMinutes(2), Fixture.Token);
        }
        catch (ArgumentException)
        {
            // There is no such process any more.
        }
    }

    [Fact]
    public async Task Nobody_answers_a_cell_that_asks_the_console()
    {
        var file = _fixture.WriteNotebook("a.ipynb", "if (Console.ReadLine() is { } text) throw new Exception(text);");
        using var process = Start("run", file);
        await process.StandardInput.WriteLineAsync("typed");
        await process.StandardInput.FlushAsync(Fixture.Token);
        var (exitCode, output) = await EndAsync(process);
        Assert.Equal(1, exitCode);
        Assert.Contains("the program that runs it has nobody to ask.", output, StringComparison.Ordinal);
        Assert.DoesNotContain("typed", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run --inplace", "--inplace: expected an option")]
    [InlineData("run nothing.ipynb", "found no such file")]
    [InlineData("--jobs 0", "--jobs: expected 1 or more, found 0.")]
    [InlineData("nothing", "Unrecognized command or argument 'nothing'")]
    [InlineData("site", "expected notebooks (*.ipynb), found none")]
    [InlineData("", "expected notebooks (*.ipynb), found none")]
    public async Task Wrong_arguments_are_named(string arguments, string message)
    {
        using var process = Start(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var (exitCode, output) = await EndAsync(process);
        Assert.Equal(1, exitCode);
        Assert.Contains(message, output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_making_of_a_site()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A signal cannot be sent to another process there.");
        // So much that it takes long; what is waited for is that the first of it was begun.
        for (var i = 0; i < 40; i++)
            _fixture.WriteNotebook($"{i:00}.ipynb", [.. Enumerable.Repeat("var a = new List<int> { 1, 2 }; // a comment\nConsole.Write(a);", 2000)]);
        using var process = Start("site");
        await Task.Delay(1500, Fixture.Token);
        Assert.SkipWhen(process.HasExited, "This machine was done before it could be stopped.");
        using (var kill = Process.Start("kill", [Interrupt(), process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(Fixture.Token);
        var (exitCode, output) = await EndAsync(process);
        Assert.Equal(130, exitCode);
        Assert.Contains("Cancelled.", output, StringComparison.Ordinal);
        Assert.Equal(["notebooks"], Directory.GetFileSystemEntries(_fixture.Folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_error_that_nobody_foresaw_is_one_line_with_what_was_done(bool verbose)
    {
        Doing.Now = "reading a.ipynb";
        var message = Doing.Message(new InvalidOperationException("Sequence contains\nno elements"), verbose);
        Assert.StartsWith("nb failed while reading a.ipynb: InvalidOperationException: Sequence contains·no elements This is a fault of nb: please report",
            message, StringComparison.Ordinal);
        Assert.Equal(verbose, message.Contains('\n', StringComparison.Ordinal));
    }

    /// <summary>SIGINT is what Ctrl+C sends. A shell that starts the tests in the background has it ignored in all that it
    /// starts; then SIGTERM, which nb treats alike, takes its place.</summary>
    private static string Interrupt()
    {
        const string Status = "/proc/self/status";
        var ignored = File.Exists(Status)
            ? File.ReadLines(Status).First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..].Trim()
            : "0";
        var isIgnored = (ulong.Parse(ignored, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 2) != 0;
        return isIgnored ? "-TERM" : "-INT";
    }

    private Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo(
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(Notebook).Assembly.Location, .. arguments])
    {
        WorkingDirectory = _fixture.Folder,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static async Task<(int ExitCode, string Output)> EndAsync(Process process)
    {
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(Fixture.Token);
            var errors = process.StandardError.ReadToEndAsync(Fixture.Token);
            await process.WaitForExitAsync(Fixture.Token).WaitAsync(TimeSpan.FromMinutes(20), Fixture.Token);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
