using Nb.Kernel;
using Nb.Notebooks;
using Nb.Pictures;
using Nb.Session;

namespace Nb.Commands;

/// <summary>`nb install` and `nb uninstall`: make the kernel known to Jupyter's clients, and unknown again.</summary>
public static class InstallCommand
{
    /// <summary>Its scope is the application: a folder's settings cannot hold it.</summary>
    public const string CompletionSetting = "\"jupyter.completionTriggerCharacters\": { \"csharp\": [\".\"] }";

    /// <summary>Builds a release and puts it into the kernel's own folder. What was there is replaced at the end, by a
    /// rename; when anything fails, it stays.</summary>
    /// <param name="prefix">The root of an environment; null for the user.</param>
    public static async Task<int> InstallAsync(
        string course, string? prefix, string name, TextWriter report, CancellationToken cancellationToken)
    {
        var folder = JupyterPaths.KernelFolder(prefix, name);
        var isUpdate = KernelSpec.IsOurs(folder);
        var data = Path.GetDirectoryName(Path.GetDirectoryName(folder))!;
        if (Directory.Exists(data))
            RemoveLeftovers(data);
        var beside = Path.Join(data, $"nb-install-{Environment.ProcessId}");   // not among the kernels: clients would list it
        try
        {
            Directory.CreateDirectory(Path.Join(beside, "kernel"));
            report.WriteLine("Building a release of nb…");
            await PublishAsync(course, Path.Join(beside, "kernel", KernelSpec.ProgramFolder), Path.Join(beside, "build"), cancellationToken);
            foreach (var logo in Directory.EnumerateFiles(Path.Join(AppContext.BaseDirectory, "Kernel", "assets")))
                File.Copy(logo, Path.Join(beside, "kernel", Path.GetFileName(logo)));
            var plotly = await PlotlyScript.ReadAsync(Course.Notebooks(course).Select(Notebook.Load), cancellationToken);
            await File.WriteAllTextAsync(Path.Join(beside, "kernel", JupyterCharts.ScriptName), plotly, cancellationToken);
            KernelSpec.Write(Path.Join(beside, "kernel"), DotNet.Program, folder);

            Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            if (isUpdate)
                MoveAway(folder, Path.Join(beside, "old"));
            Directory.Move(Path.Join(beside, "kernel"), folder);
        }
        finally
        {
            if (Directory.Exists(beside))
                Directory.Delete(beside, recursive: true);
        }
        report.WriteLine($"""
            {(isUpdate ? "Updated" : "Installed")} the kernel "{KernelSpec.DisplayName}", named {name}, in
              {folder}
            Open notebooks/01-the-digits.ipynb in VS Code with the Jupyter extension, in JupyterLab or in Notebook, and choose
            "{KernelSpec.DisplayName}" if you are asked for a kernel.{(isUpdate ? " Restart kernels that run: they still are the old version." : "")}
            VS Code asks this kernel for completions only with this line in the user settings (F1, "Open User Settings (JSON)"):
              {CompletionSetting}
            To remove it: dotnet run --project tools/nb -- uninstall{(prefix is null ? "" : $" --prefix {prefix}")}{(name == KernelSpec.DefaultName ? "" : $" --name {name}")}
            """);
        return 0;
    }

    /// <summary>Removes what <see cref="InstallAsync"/> has made; nothing else.</summary>
    public static int Uninstall(string? prefix, string name, TextWriter report)
    {
        var folder = JupyterPaths.KernelFolder(prefix, name);
        if (!KernelSpec.IsOurs(folder))
            throw new UserError($"{folder}: expected the kernel that `nb install` makes, found none. Nothing was removed.");
        // Renamed first: a folder half removed would still be listed.
        var data = Path.GetDirectoryName(Path.GetDirectoryName(folder))!;
        RemoveLeftovers(data);
        var away = Path.Join(data, $"nb-uninstall-{Environment.ProcessId}");
        MoveAway(folder, away);
        Directory.Delete(away, recursive: true);
        report.WriteLine($"Removed the kernel {name} from\n  {folder}");
        return 0;
    }

    /// <summary>What runs that were killed have left.</summary>
    private static void RemoveLeftovers(string data)
    {
        ReplacedFile.RemoveLeftoversIn(data, "nb-install-", "");
        ReplacedFile.RemoveLeftoversIn(data, "nb-uninstall-", "");
    }

    private static void MoveAway(string folder, string to)
    {
        try
        {
            Directory.Move(folder, to);
        }
        catch (IOException error)
        {
            throw new UserError($"{folder}: expected a folder that can be replaced, found it in use: {error.Message} Shut down "
                + "the notebooks that use this kernel, and try again.");
        }
    }

    private static async Task PublishAsync(string course, string to, string build, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "publish", Path.Join(course, "tools", "nb", "nb.csproj"), "--configuration", "Release", "--output", to,
            // Its own folder for what the build makes: the build that runs now stays as it is.
            "--artifacts-path", build, "--nologo", "--disable-build-servers", "-nodeReuse:false",
            // A kernel draws nothing with a browser: without this, the driver for it would be copied, 130 MB.
            "-p:PlaywrightPlatform=none", "-p:UseAppHost=false", "-p:DebugType=none",
        ];
        var (succeeded, output) = await DotNet.RunAsync(course, arguments, cancellationToken);
        if (!succeeded)
        {
            throw new UserError($"The release could not be built; nothing was installed. `dotnet {string.Join(' ', arguments)}` "
                + $"says:\n{output.Trim()}");
        }
    }
}
