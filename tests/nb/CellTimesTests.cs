using Nb.Notebooks;
using Nb.Running;

namespace Tests.Runner;

/// <summary>The times of long cells in the notebook file: enough to warn of them, and no change for nothing.</summary>
[Collection(nameof(CellsHere))]
public sealed class CellTimesTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Long_cells_are_noted_with_one_digit_and_change_only_when_they_are_twice_or_half_as_long()
    {
        var notebook = Notebook.Load(_fixture.WriteNotebook("a.ipynb", "1", "2", "3"));
        NotebookRunner.Stamp(notebook);
        Assert.Equal("""{"cell-1":2,"cell-2":90}""", Noted(("cell-0", 0.4), ("cell-1", 2.2), ("cell-2", 87)));
        Assert.Equal("""{"cell-1":2,"cell-2":90}""", Noted(("cell-0", 0.9), ("cell-1", 1.1), ("cell-2", 50)));
        Assert.Equal("""{"cell-1":5,"cell-2":200}""", Noted(("cell-0", 1.9), ("cell-1", 4.6), ("cell-2", 190)));
        Assert.Equal("null", Noted(("cell-0", 0.1), ("cell-1", 0.2), ("cell-2", 0.3)));
        Assert.Equal(["source_sha256"], notebook.Root["metadata"]!["nb"]!.AsObject().Select(entry => entry.Key));

        string Noted(params (string Id, double Seconds)[] times)
        {
            NotebookRunner.Stamp(notebook, times.ToDictionary(time => time.Id, time => TimeSpan.FromSeconds(time.Seconds)));
            notebook = Notebook.Parse(notebook.ToText(), notebook.Path);   // as from the file
            return notebook.Root["metadata"]!["nb"]!["seconds"]?.ToJsonString() ?? "null";
        }
    }

    [Fact]
    public async Task A_run_gives_the_time_of_each_cell()
    {
        var result = await _fixture.RunAsync("1", "System.Threading.Thread.Sleep(50);");
        Assert.Equal(["cell-0", "cell-1"], result.CellTimes.Keys);
        Assert.True(result.CellTimes["cell-1"].TotalMilliseconds >= 50);
    }
}
