using System.ComponentModel;
using System.Diagnostics;

namespace Nb.Session;

/// <summary>The .NET that runs this program, and its SDK.</summary>
internal static class DotNet
{
    /// <summary>Its folder: the one above shared/Microsoft.NETCore.App/10.0.x, where the core library lies.</summary>
    public static string Root { get; } = Path.GetFullPath(
        Path.Join(Path.GetDirectoryName(typeof(object).Assembly.Location), "..", "..", ".."));

    /// <summary>The full path of the program `dotnet`.</summary>
    public static string Program { get; } = Path.Join(Root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");

    /// <summary>Runs the SDK and waits. When that is cancelled, everything that it has started ends.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <returns>Whether it succeeded, and all that it wrote.</returns>
    /// <exception cref="UserError">There is no SDK.</exception>
    public static async Task<(bool Succeeded, string Output)> RunAsync(
        string folder, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start(new ProcessStartInfo(Program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            Environment = { ["DOTNET_CLI_UI_LANGUAGE"] = "en" },
        });
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }
        return (process.ExitCode == 0, await output + await errors);
    }

    /// <summary>How another process of nb is started; what it reads from the console is for the one who starts it.</summary>
    public static ProcessStartInfo ThisProgram(params string[] arguments)
    {
        var program = Environment.ProcessPath!;
        // Else it was `dotnet nb.dll`, or a program that has nb as a library, as the tests are.
        var (file, first) = Path.GetFileNameWithoutExtension(program) == "nb" ? (program, Array.Empty<string>()) : (Program, [typeof(DotNet).Assembly.Location]);
        return new ProcessStartInfo(file, [.. first, .. arguments]) { RedirectStandardInput = true };
    }

    /// <summary>Starts it.</summary>
    /// <exception cref="UserError">There is no such program.</exception>
    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new UserError($"{start.FileName}: expected the program of the .NET SDK, found none. Install the .NET SDK 10.");
        }
    }
}
