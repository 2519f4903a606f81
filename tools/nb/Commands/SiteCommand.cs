using Nb.Notebooks;
using Nb.Pictures;
using Nb.Running;
using Nb.Session;
using Nb.Site;

namespace Nb.Commands;

/// <summary>Makes the site: from the outputs in the notebook files, or from a run of them all.</summary>
public static class SiteCommand
{
    /// <summary>`nb site`: runs nothing.</summary>
    /// <param name="isTrusted">False takes out of the notebooks and notes what could run in a reader's browser.</param>
    public static async Task<int> BuildAsync(
        string root, string folder, TextWriter report, CancellationToken cancellationToken, bool isTrusted = true)
    {
        var notebooks = new List<Notebook>();
        foreach (var file in Course.Notebooks(root))
        {
            cancellationToken.ThrowIfCancellationRequested();
            notebooks.Add(Notebook.Load(file));
        }
        report.WriteLine($"Site: {await SiteBuilder.BuildAsync(root, notebooks, folder, cancellationToken, isTrusted: isTrusted)}");
        return 0;
    }

    /// <summary>`nb` alone: runs every notebook and shows what came out, failures included. Exit code as for
    /// <see cref="RunCommand"/>.</summary>
    /// <param name="jobs">How many run at once; null for the usual number.</param>
    public static async Task<int> RunAllAsync(
        string root, string folder, TextWriter report, CancellationToken cancellationToken, int? jobs = null)
    {
        var files = Course.Notebooks(root);
        // What is wrong with the last of them is said before the first one runs.
        IReadOnlyList<Notebook> notebooks = [.. files.Select(Notebook.Load)];
        foreach (var notebook in notebooks)
            CellLanguage.Check(notebook);
        SiteBuilder.Check(root, files, folder);
        var results = await AtOnce.RunAsync(notebooks, jobs ?? AtOnce.Usual, cancellationToken);
        foreach (var (result, notebook) in results.Join(notebooks, r => r.Notebook.Path, n => n.Path, (r, n) => (r, n)))
            Stills.Keep(result.Notebook, notebook);
        var exitCode = RunCommand.Summarise(results, report, cancellationToken);
        if (!cancellationToken.IsCancellationRequested)
        {
            var index = await SiteBuilder.BuildAsync(
                root, [.. results.Select(r => r.Notebook)], folder, cancellationToken);
            report.WriteLine($"Site: {index}");
        }
        return exitCode;
    }
}
