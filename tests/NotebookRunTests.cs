using Nb.Notebooks;
using Nb.Running;
using Nb.Session;

namespace Tests;

/// <summary>
/// Every notebook is run on the real data, with the answers to its exercises as further cells. What it puts out must
/// be what is committed, but for the digits of numbers: they may differ in the last places from machine to machine.
/// </summary>
[Collection(nameof(CellsHere))]
[Trait("Time", "long")]
public class NotebookRunTests
{
    public static TheoryData<string> Notebooks() => [.. Course.Notebooks.Select(path => Path.GetFileName(path)!)];

    [Theory, MemberData(nameof(Notebooks))]
    public async Task Every_cell_and_every_answer_passes_and_gives_what_is_committed(string name)
    {
        var committed = Notebook.Load(Path.Combine(Course.Root, "notebooks", name));
        var result = await NotebookRunner.RunAsync(ExerciseAnswers.RunWith(committed), null, TestContext.Current.CancellationToken);

        var failed = result.FailedCell is null ? "" : $"cell {result.FailedCell}: {string.Join('\n', result.Error?.Traceback ?? [])}";
        Assert.True(result.Status == CellStatus.Passed, $"{name}, {failed}");
        foreach (var (before, now) in committed.Cells.Zip(result.Notebook.Cells).Where(pair => pair.First.IsCode))
            Assert.Equal(OutputKinds.Of(before.Outputs), OutputKinds.Of(now.Outputs));
        var stored = ExerciseAnswers.Stored(committed);
        foreach (var answer in ExerciseAnswers.Of(result.Notebook).Cells.Where(cell => cell.IsCode))
            Assert.Equal(OutputKinds.Of(stored[answer.Source]), OutputKinds.Of(answer.Outputs));
    }
}
