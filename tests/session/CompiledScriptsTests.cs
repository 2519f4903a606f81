using Nb.Notebooks;
using Nb.Running;
using Nb.Session;
using Tests.Runner;
using Xunit;

namespace Tests.Session;

[Collection(nameof(CellsHere))]
public sealed class CompiledScriptsTests : IDisposable
{
    private readonly Fixture _fixture = new();
    private readonly CompiledScripts _scripts = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Notebooks_with_the_same_imports_compile_them_once_and_share_no_value()
    {
        _fixture.Write("lib/A.csx", "public static class A { public static int Calls; public static int Next() => ++Calls; }");
        _fixture.Write("lib/B.csx", "public static class B { public static int Twice() => A.Next() + A.Next(); }");
        string[] cells =
        [
            "#!import ../lib/A.csx\n#!import ../lib/B.csx",
            "$\"{B.Twice()} {typeof(A).Assembly.GetName().Name} {typeof(B).Assembly.GetName().Name} {typeof(A).GetHashCode()}\""
        ];
        var (first, second, alone) = (await ValueAsync(cells), await ValueAsync(cells), await ValueAsync(cells, shared: false));
        Assert.Equal("3", first[0]);
        Assert.Equal("3", second[0]);   // a static of one notebook is not that of another
        Assert.Equal(first[1..3], second[1..3]);   // each compilation has a name of its own
        Assert.Equal(4, first[1..3].Concat(alone[1..3]).Distinct().Count());
        Assert.NotEqual(first[3], second[3]);
    }

    [Fact]
    public async Task A_script_that_changed_or_that_sees_something_else_is_compiled_anew()
    {
        _fixture.Write("lib/A.csx", "public static class A { public const int Value = 1; }");
        _fixture.Write("lib/B.csx", "public static class B { public static int Value => A.Value; }");
        string[] cells = ["#!import ../lib/A.csx\n#!import ../lib/B.csx", "B.Value.ToString()"];
        Assert.Equal(["1"], await ValueAsync(cells));
        _fixture.Write("lib/A.csx", "public static class A { public const int Value = 2; }");
        Assert.Equal(["2"], await ValueAsync(cells));   // B is the same text, but a constant of A is in its code
        Assert.Equal(["7"], await ValueAsync(
            ["public static class A { public const int Value = 7; }", "#!import ../lib/B.csx", "B.Value.ToString()"]));
    }

    [Fact]
    public async Task A_script_that_does_not_compile_is_named_by_every_notebook_and_runs_once_it_is_mended()
    {
        _fixture.Write("lib/A.csx", "public static class A { public static int Value => missing; }");
        for (var i = 0; i < 2; i++)
            Assert.StartsWith("../lib/A.csx, line 1, column 52: CS0103", (await RunAsync(["#!import ../lib/A.csx"])).Error!.Message, StringComparison.Ordinal);
        _fixture.Write("lib/A.csx", "public static class A { public static int Value => int.Parse(\"x\"); }");
        for (var i = 0; i < 2; i++)
            Assert.Contains("   at A.get_Value in ../lib/A.csx, line 1", (await RunAsync(["#!import ../lib/A.csx", "A.Value"])).Error!.Traceback);
    }

    private async Task<string[]> ValueAsync(string[] cells, bool shared = true)
    {
        var result = await RunAsync(cells, shared);
        Assert.Null(result.Error);
        return result.Notebook.Cells.Last().Outputs.Single()!["data"]!["text/plain"]!.AsArray().Single()!.GetValue<string>().Split(' ');
    }

    private Task<RunResult> RunAsync(string[] cells, bool shared = true) => NotebookRunner.RunAsync(
        Notebook.Load(_fixture.WriteNotebook("a.ipynb", cells)), null, Fixture.Token, shared ? _scripts : null);
}
