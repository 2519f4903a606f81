namespace Nb.Pictures;

/// <summary>Finds the installed browser that draws the still pictures.</summary>
public static class Chromium
{
    private static readonly string[] s_names =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "chrome.exe", "msedge.exe"];

    /// <summary>The program's path: NB_CHROMIUM, else the PATH, else the usual places.</summary>
    public static string Find()
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
            ?? throw new UserError("--stills: expected an installed Chromium, Chrome or Edge to draw the pictures with, "
                + "found none. Install one, or name its program in the environment variable NB_CHROMIUM, or leave "
                + "--stills out: the notebooks run without it.");
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
