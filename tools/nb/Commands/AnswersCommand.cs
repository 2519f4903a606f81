using Nb.Notebooks;
using Nb.Pictures;
using Nb.Running;
using Nb.Session;

namespace Nb.Commands;

/// <summary>`nb answers`: runs notebooks with the answers to their exercises, and stores what the answers put out.</summary>
public static class AnswersCommand
{
    /// <summary>Exit codes as for <see cref="RunCommand"/>. The notebooks themselves are not changed.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> files, TextWriter report, CancellationToken cancellationToken)
    {
        foreach (var file in files)
            Notebook.Load(file);   // what is wrong with the last of them is said before the first one runs
        var chromium = Chromium.Find("nb answers", otherwise: "");
        var scripts = new CompiledScripts();
        var results = await RunProgress.RunAsync(files, async (file, started) =>
        {
            if (cancellationToken.IsCancellationRequested)
                return null;
            var source = ExerciseAnswers.RunWith(Notebook.Load(file));
            var result = await NotebookRunner.RunAsync(source, started, cancellationToken, scripts);
            if (result.Status == CellStatus.Passed)
                await StoreAsync(result.Notebook, chromium, cancellationToken);
            return result;
        });
        return RunCommand.Summarise(results, report, cancellationToken);
    }

    private static async Task StoreAsync(Notebook ran, string chromium, CancellationToken cancellationToken)
    {
        var answers = ExerciseAnswers.Of(ran);
        if (File.Exists(answers.Path))
            Stills.Keep(answers, Notebook.Load(answers.Path));
        await Stills.DrawMissingAsync(answers, ran, () => chromium, cancellationToken);
        Directory.CreateDirectory(answers.Folder);
        answers.Save(answers.Path);
    }
}
