using Microsoft.Playwright;

namespace Nb.Pictures;

/// <summary>The installed browser that draws the still pictures and prints the notes.</summary>
public static class Chromium
{
    private static readonly string[] s_names =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "chrome.exe", "msedge.exe"];

    /// <summary>The program's path: NB_CHROMIUM, else the PATH, else the usual places.</summary>
    /// <param name="asked">What was asked for, as the user wrote it.</param>
    /// <param name="purpose">What the browser is needed for.</param>
    /// <param name="otherwise">What else can be done, for the end of the message.</param>
    public static string Find(string asked = "--stills", string purpose = "draw the pictures",
        string otherwise = ", or leave --stills out: the notebooks run without it")
    {
        if (Environment.GetEnvironmentVariable("NB_CHROMIUM") is { Length: > 0 } named)
        {
            return File.Exists(named)
                ? named
                : throw new UserError($"NB_CHROMIUM: expected the path of a Chromium program, found {named}, which is no "
                    + "file.");
        }
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => s_names.Select(name => Path.Join(folder, name)));
        return folders.Concat(UsualPlaces()).FirstOrDefault(File.Exists)
            ?? throw new UserError($"{asked}: expected an installed Chromium, Chrome or Edge to {purpose} with, found none. "
                + $"Install one, or name its program in the environment variable NB_CHROMIUM{otherwise}.");
    }

    /// <summary>Starts it without a window.</summary>
    /// <exception cref="UserError">It does not start.</exception>
    public static async Task<IBrowser> LaunchAsync(IPlaywright playwright, string program)
    {
        try
        {
            return await playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = program,
                // Chromium's sandbox does not start for root, which is who runs in most containers. The pages hold nothing but
                // the course's own charts and notes.
                Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
            });
        }
        catch (Exception error) when (error is PlaywrightException or TimeoutException)
        {
            throw new UserError($"{program}: expected a Chromium, Chrome or Edge that starts, found: "
                + $"{UserError.Short(error.Message.Split('\n')[0])} Start it once by hand, or name another in the environment variable NB_CHROMIUM.");
        }
    }

    private static IEnumerable<string> UsualPlaces()
    {
        yield return "/Applications/Chromium.app/Contents/MacOS/Chromium";
        yield return "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
        foreach (var folder in (Environment.SpecialFolder[])
            [Environment.SpecialFolder.ProgramFiles, Environment.SpecialFolder.ProgramFilesX86,
             Environment.SpecialFolder.LocalApplicationData])
        {
            var programs = Environment.GetFolderPath(folder);
            yield return Path.Join(programs, "Google", "Chrome", "Application", "chrome.exe");
            yield return Path.Join(programs, "Microsoft", "Edge", "Application", "msedge.exe");
        }
    }
}
