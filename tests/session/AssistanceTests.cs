using Nb.Assistance;
using Nb.Session;
using Tests.Runner;
using Xunit;

namespace Tests.Session;

public sealed class AssistanceTests : IDisposable
{
    private static readonly string[] s_library =
        [.. Lib.ScriptSession.Course.TakeWhile(name => name != "NeuralNet.csx").Append("NeuralNet.csx").Select(name => File.ReadAllText(Path.Join(Course.Root, "lib", name)))];

    private readonly CodeAssistant _assistant = new(ReferencePack.Assemblies);

    public void Dispose() => _assistant.Dispose();

    [Theory]
    [InlineData("words.Ad|", "Add", "method")]
    [InlineData("words.Selec|", "Select", "method")]
    [InlineData("{ var local = 1; loc|", "local", "variable")]
    [InlineData("Netw|", "Network", "class")]
    [InlineData("(W1 * W1).Columns|", "Columns", "property")]
    [InlineData("TensorPrimitives.Do|", "Dot", "method")]
    [InlineData("whi|", "while", "keyword")]
    [InlineData("new List<int> { Cap|", "Capacity", "property")]
    [InlineData("DayOfWeek day = DayOfWeek.Fri|", "Friday", "enum")]
    [InlineData("#!time\nwords.ad|;", "Add", "method")]
    [InlineData("if (true) { words.Ad|", "Add", "method")]
    [InlineData("@wor|", "words", "field")]
    [InlineData("string.Join(separ|", "separator:", "variable")]
    [InlineData("DayOfWeek day = |", "DayOfWeek", "enum")]
    [InlineData("List<int> numbers = new |", "List<int>", "class")]
    public async Task The_best_match_is_first(string cell, string text, string kind)
    {
        var (found, code) = await CompleteAsync(cell);
        Assert.Equal((text, kind), (found.Items[0].Text, found.Items[0].Kind));
        Assert.StartsWith(code[found.Start..found.End].TrimStart('@'), text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task What_the_reader_declared_is_not_pushed_out_by_the_types_of_NET()
    {
        var found = (await CompleteAsync("new |")).Found;
        Assert.Equal(500, found.Items.Count);
        Assert.Contains(found.Items, item => item.Text == "Network");
    }

    [Theory]
    [InlineData("W1.|")]   // has operators
    [InlineData("words.|")]   // has an indexer, and an IDE makes a loop of words.foreach
    [InlineData("int? number = 1; number.|")]   // has conversions
    public async Task What_cannot_follow_a_dot_is_not_offered(string cell)
    {
        var found = (await CompleteAsync(cell)).Found;
        Assert.NotEmpty(found.Items);
        Assert.All(found.Items, item => Assert.Matches(@"^[A-Z]\w*$", item.Text));
    }

    [Theory]
    [InlineData("\"words.|")]
    [InlineData("// words.|")]
    [InlineData("#!import ../lib/N|")]
    [InlineData("#r \"nuget: Sys|")]
    [InlineData("#!import |")]
    [InlineData("#r \"nuget: |")]
    [InlineData("#!markdown\nwords.|")]
    [InlineData("#!markdown\nwords \n\n|")]
    public async Task Nothing_is_offered_where_names_mean_nothing(string cell) =>
        Assert.Empty((await CompleteAsync(cell)).Found.Items);

    [Fact]
    public async Task A_list_is_never_longer_than_a_reader_can_use() =>
        Assert.InRange((await CompleteAsync("|")).Found.Items.Count, 100, 500);

    [Fact]
    public async Task What_runs_later_is_known_later()
    {
        Assert.Empty((await CompleteAsync("later.|")).Found.Items);
        var session = await Session();
        var code = session with { Submissions = [.. session.Submissions, "broken (", "var later = \"\";"] };
        Assert.Contains((await _assistant.CompleteAsync(code, "later.Sub", 9, Fixture.Token)).Items, i => i.Text == "Substring");
    }

    [Theory]
    [InlineData("words.Add(|", false, "void List<string>.Add(string item)\n  Adds an object to the end of the List.\n  item: The object")]
    [InlineData("wor|ds", false, "(field) List<string> words")]
    [InlineData("Net|work<float>", false, "equation (3.7)")]
    [InlineData("new Network<float>(|", true, "Network<float>.Network(Matrix<float>[] W, Matrix<float>[] b")]
    [InlineData("Matrix<float> M = new(|", false, "Matrix<float>.Matrix(int rows, int columns) (+ 1 overload)\n  A matrix of zeros.")]
    [InlineData("Math.Max(1.5, |", false, "double Math.Max(double val1, double val2) (+ 12 overloads)\n  Returns the larger")]
    [InlineData("Math.Max(1, |", true, "byte Math.Max(byte val1, byte val2)\n  Returns the larger")]
    [InlineData("Math.Max(1, |", true, "decimal Math.Max(decimal val1, decimal val2)")]
    [InlineData("TensorPrimitives.Dot(|", true, "Throws ArgumentException: Length of x must be same as length of y.")]
    public async Task A_name_is_explained(string cell, bool detailed, string text) =>
        Assert.Contains(text, await InspectAsync(cell, detailed), StringComparison.Ordinal);

    [Fact]
    public async Task Words_of_a_documentation_stay_as_they_are()
    {
        var session = await Session();
        var code = session with { Submissions = [.. session.Submissions, "/// <summary>Runs JavaScript. Script.Run is not it.</summary>\nvoid Run() { }"] };
        Assert.Equal("void Run()\n  Runs JavaScript. Script.Run is not it.", await _assistant.InspectAsync(code, "Run", 1, false, Fixture.Token));
    }

    [Fact]
    public async Task An_assembly_that_is_gone_takes_nothing_else_with_it()
    {
        var session = await Session();
        var code = session with { References = [.. session.References, Path.Join(Path.GetTempPath(), "no-such-assembly.dll")] };
        Assert.NotEmpty((await _assistant.CompleteAsync(code, "words.", 6, Fixture.Token)).Items);
    }

    [Fact]
    public async Task An_extension_method_is_explained_without_what_it_is_called_on()
    {
        var text = await InspectAsync("words.Sel|ect(w => w.Length)", detailed: false);
        Assert.Contains("selector: ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("source: ", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("   |")]
    [InlineData("|")]
    [InlineData("1 +| 1")]
    [InlineData("\"wor|ds\"")]
    [InlineData("unknown|")]
    public async Task What_has_no_meaning_is_not_explained(string cell) => Assert.Null(await InspectAsync(cell, detailed: true));

    [Fact]
    public async Task Positions_outside_the_text_mean_its_ends()
    {
        Assert.NotEmpty((await _assistant.CompleteAsync(await Session(), "words.", 99, Fixture.Token)).Items);
        Assert.NotNull(await _assistant.CompleteAsync(await Session(), "words.", -5, Fixture.Token));
        Assert.NotNull(await _assistant.InspectAsync(await Session(), "words", 99, false, Fixture.Token));
        Assert.Null(await _assistant.InspectAsync(await Session(), "", 3, true, Fixture.Token));
    }

    [Theory]
    [InlineData("1 + 1", Completeness.Complete, "")]
    [InlineData("", Completeness.Complete, "")]
    [InlineData("#!import ../lib/X.csx", Completeness.Complete, "")]
    [InlineData("for (var i = 0; i < 3; i++) {", Completeness.Incomplete, "    ")]
    [InlineData("class A {\n    void F() {", Completeness.Incomplete, "        ")]
    [InlineData("F(1,", Completeness.Incomplete, "")]
    [InlineData("int x = ;", Completeness.Invalid, "")]
    [InlineData("}", Completeness.Invalid, "")]
    public void A_cell_is_complete_or_not(string cell, Completeness status, string indent) =>
        Assert.Equal((status, indent), CodeAssistant.IsComplete(cell));

    [Theory]
    [InlineData("var a = 1; ¶ var a = \"\";", "a.Subs|", "Substring")]   // what was declared again
    [InlineData("int a = 1, b = 2; ¶ var a = \"\";", "b.CompareT|", "CompareTo")]   // only one of two
    [InlineData("var (c, d) = (1, \"\");", "d.Subs|", "Substring")]
    [InlineData("int.TryParse(\"1\", out var e);", "e.CompareT|", "CompareTo")]
    [InlineData("using T = System.Text.StringBuilder;", "new T().AppendJ|", "AppendJoin")]
    [InlineData("class G { } ¶ class G { public int Newer; }", "new G().New|", "Newer")]
    [InlineData("int H(int x) => x; ¶ string H(string x) => x;", "H(\"\").Subs|", "Substring")]   // two methods of one name
    [InlineData("enum I { One } record J(int Two);", "new J(2).Tw|", "Two")]
    [InlineData("var k = 1; foreach (var k2 in new[] { \"\" }) { var k = \"\"; }", "k.CompareT|", "CompareTo")]
    public async Task What_cells_declared_is_known(string ran, string cell, string text)
    {
        var session = await Session();
        var found = await _assistant.CompleteAsync(
            session with { Submissions = [.. session.Submissions, .. ran.Split(" ¶ ")] }, cell.TrimEnd('|'), cell.Length - 1, Fixture.Token);
        Assert.Equal(text, found.Items[0].Text);
    }

    internal static async Task<SessionCode> Session() => new(
        [.. s_library, "using System.Numerics.Tensors; var words = new List<string>(); var W1 = Matrix.Identity<float>(2);"],
        (await PackageRestore.RestoreAsync([new Package("System.Numerics.Tensors", "10.0.15")], [], Fixture.Token)).Compile,
        ["System", "System.Collections.Generic", "System.Linq"]);

    private async Task<(Completions Found, string Code)> CompleteAsync(string cell)
    {
        var position = cell.IndexOf('|', StringComparison.Ordinal);
        var code = cell.Remove(position, 1);
        return (await _assistant.CompleteAsync(await Session(), code, position, Fixture.Token), code);
    }

    private async Task<string?> InspectAsync(string cell, bool detailed)
    {
        var position = cell.IndexOf('|', StringComparison.Ordinal);
        return await _assistant.InspectAsync(await Session(), cell.Remove(position, 1), position, detailed, Fixture.Token);
    }
}
