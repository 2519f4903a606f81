using System.Diagnostics;
using Nb.Live;
using Nb.Notebooks;
using Nb.Site;

namespace Nb.Commands;

/// <summary>`nb serve`: the site with cells that run, served to this machine.</summary>
public static class ServeCommand
{
    /// <summary>Where the engine for the site is put together.</summary>
    public static string EngineFolder(string root) => Path.Join(root, "tools", "engine", "bin", "live");

    /// <summary>Builds what is not built yet, then serves until it is cancelled.</summary>
    public static async Task<int> ServeAsync(
        string root, int port, bool opens, TextWriter report, CancellationToken cancellationToken)
    {
        var site = Path.Join(root, "tools", "engine", "bin", "site");
        // What pages link to and is no page, the server has at this address.
        Environment.SetEnvironmentVariable("NB_SOURCES", "sources");
        await BuildAsync(root, site, report, cancellationToken);
        await using var server = await LiveServer.StartAsync(site, root, port, cancellationToken);
        report.WriteLine($"The course: {server.Address}   (Ctrl+C ends it)");
        if (opens)
            Open(server.Address);
        await server.WaitAsync(cancellationToken);
        return 0;
    }

    /// <summary>Makes the site with the engine in it.</summary>
    public static async Task<string> BuildAsync(
        string root, string folder, TextWriter report, CancellationToken cancellationToken)
    {
        SiteFolder.RefuseForeign(Path.GetFullPath(folder));
        var time = Stopwatch.StartNew();
        report.Write("Building what runs cells in the browser (the first time two to five minutes) … ");
        var build = await EngineBuild.PublishAsync(root, cancellationToken);
        await LiveFolder.WriteAsync(root, EngineFolder(root), build, cancellationToken);
        report.WriteLine($"{time.Elapsed.TotalSeconds:F0} s");
        var notebooks = Course.Notebooks(root).Select(Notebook.Load).ToList();
        return await SiteBuilder.BuildAsync(root, notebooks, folder, cancellationToken, EngineFolder(root));
    }

    private static void Open(Uri address)
    {
        try
        {
            Process.Start(new ProcessStartInfo(address.ToString()) { UseShellExecute = true })?.Dispose();
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            // No desktop here: the address is on the screen.
        }
    }
}
