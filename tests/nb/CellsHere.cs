using System.Text.RegularExpressions;

namespace Tests;

/// <summary>Tests that run cells in this process. Console and working directory belong to the whole process, and other
/// tests look for the data from there: so none runs beside these.</summary>
[CollectionDefinition(nameof(CellsHere), DisableParallelization = true)]
public sealed partial class CellsHere
{
    [Fact]
    public void Every_class_of_tests_that_runs_cells_is_one_of_these()
    {
        var files = Directory.GetFiles(Path.Combine(Course.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories);
        Assert.DoesNotContain(files, file => File.ReadAllText(file) is var text && RunsCells().IsMatch(text)
            && !text.Contains($"[Collection(nameof({nameof(CellsHere)}))]", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"new CellSession\(|\b(NotebookRunner|RunCommand|_fixture)\.RunAsync\(|SetCurrentDirectory\(")] private static partial Regex RunsCells();
}
