using Nb.Notebooks;

namespace Tests.Kernel;

/// <summary>Jupyter's own program to run notebooks runs the course through the kernel.</summary>
[Collection(nameof(Kernels))]
[Trait("Time", "long")]
public sealed class NbconvertTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Nbconvert_runs_every_notebook_and_gets_what_is_committed()
    {
        var python = await Python.FindAsync("nbconvert", "nbclient");
        var (course, results) = (home.CopyCourse(), Path.Join(home.Folder, "results"));
        var before = Files(course);
        var (exitCode, output) = await Python.RunAsync(python,
            ["-m", "nbconvert", "--to", "notebook", "--execute", "--ExecutePreprocessor.startup_timeout=600", "--ExecutePreprocessor.iopub_timeout=600",
                "--output-dir", results, .. Course.Notebooks.Select(path => $"notebooks/{Path.GetFileName(path)}")],
            course, home.Environment);
        Assert.True(exitCode == 0, output);

        foreach (var path in Course.Notebooks)
        {
            var (committed, now) = (Notebook.Load(path), Notebook.Load(Path.Join(results, Path.GetFileName(path))));
            Assert.Equal(committed.Cells.Count, now.Cells.Count);
            foreach (var (expected, found) in committed.Cells.Zip(now.Cells).Where(pair => pair.First.IsCode))
            {
                Assert.DoesNotContain("error", found.Outputs.Select(output => (string?)output!["output_type"]));
                Assert.Equal(OutputKinds.Of(expected.Outputs), OutputKinds.Of(found.Outputs));
            }
        }
        // The last notebook writes a network and predictions; nothing else of the course changes.
        Assert.Equal(before, Files(course));
        Assert.Empty(home.Processes());
    }

    private static SortedDictionary<string, string> Files(string folder) => new(
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith(".nn", StringComparison.Ordinal) && !file.EndsWith("predictions.csv", StringComparison.Ordinal))
            .ToDictionary(file => file, file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))),
        StringComparer.Ordinal);
}
