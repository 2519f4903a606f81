using System.Text.RegularExpressions;

namespace Nb.Kernel;

/// <summary>Where Jupyter's clients, VS Code among them, look for kernels.</summary>
public static partial class JupyterPaths
{
    public enum Platform { Linux, MacOS, Windows }

    /// <summary>The user's folder of Jupyter data.</summary>
    /// <param name="variable">Reads a variable of the environment; null or empty when it is not set.</param>
    /// <param name="home">The user's home folder.</param>
    public static string DataFolder(Platform platform, Func<string, string?> variable, string home)
    {
        if (variable("JUPYTER_DATA_DIR") is { Length: > 0 } told)
            return told;
        return platform switch
        {
            Platform.Windows => Path.Join(
                variable("APPDATA") is { Length: > 0 } roaming ? roaming : Path.Join(home, "AppData", "Roaming"), "jupyter"),
            Platform.MacOS => Path.Join(home, "Library", "Jupyter"),
            _ => Path.Join(
                variable("XDG_DATA_HOME") is { Length: > 0 } data ? data : Path.Join(home, ".local", "share"), "jupyter"),
        };
    }

    /// <summary>The folder of a kernel on this machine.</summary>
    /// <param name="prefix">The root of an environment, such as Python's; null for the user's own kernels.</param>
    /// <param name="name">The kernel's name.</param>
    public static string KernelFolder(string? prefix, string name)
    {
        if (!Name().IsMatch(name))
        {
            throw new UserError($"--name: expected letters, digits, `.`, `_` and `-`, found `{name}`. Jupyter knows no other "
                + "names of kernels.");
        }
        if (prefix is not null && string.IsNullOrWhiteSpace(prefix))
            throw new UserError("--prefix: expected a folder, found an empty name.");
        var platform = OperatingSystem.IsWindows() ? Platform.Windows
            : OperatingSystem.IsMacOS() ? Platform.MacOS : Platform.Linux;
        var data = prefix is not null ? Path.Join(prefix, "share", "jupyter") : DataFolder(
            platform, Environment.GetEnvironmentVariable,
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        return Path.GetFullPath(Path.Join(data, "kernels", name));
    }

    [GeneratedRegex(@"^(?!\.+$)[A-Za-z0-9._-]+$")]
    private static partial Regex Name();
}
