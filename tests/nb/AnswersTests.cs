using Nb.Commands;
using Nb.Notebooks;
using Xunit;

namespace Tests.Runner;

/// <summary>What the answers to exercises put out: stored beside the notebook, shown on the site below their code.</summary>
[Collection(nameof(CellsHere))]
public sealed class AnswersTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    private const string Exercises = "md:**1.** Add.\n\n<details><summary>Answer</summary>\n\nSo:\n\n```csharp\nvar b = a + 1;\nb\n```\n\nAnd:\n\n```csharp\n\"<i>\"\n```\n\n</details>\n\n"
        + "```csharp\nnot an answer\n```";

    [Fact]
    public async Task They_run_after_the_last_cell_and_the_site_shows_what_they_put_out()
    {
        Browser.Path();   // skips where there is none: the command draws pictures
        var file = _fixture.WriteNotebook("01-a.ipynb", "md:# A", "var a = 1;", Exercises, "a = 41;");
        var before = File.ReadAllText(file);
        Assert.Equal(0, await AnswersCommand.RunAsync([file], TextWriter.Null, Fixture.Token));
        Assert.Equal(before, File.ReadAllText(file));

        var stored = ExerciseAnswers.Stored(Notebook.Load(file));
        Assert.Equal(["var b = a + 1;\nb", "\"<i>\""], stored.Keys);
        var html = await PageAsync();
        var answer = html[html.IndexOf("<summary>Answer", StringComparison.Ordinal)..html.IndexOf("</details>", StringComparison.Ordinal)];
        Assert.Matches("(?s)b</code></pre>\\s*<div class=\"output\"><pre>42</pre></div>.*And:.*<div class=\"output\"><pre>&lt;i&gt;</pre></div>", answer);
        Assert.DoesNotContain("class=\"output\"", html[html.IndexOf("not an answer", StringComparison.Ordinal)..html.IndexOf("id=\"cell-2\"", StringComparison.Ordinal)]);

        // A block that was changed since shows nothing rather than what another one put out.
        _fixture.WriteNotebook("01-a.ipynb", "md:# A", "var a = 1;", Exercises.Replace("a + 1", "a + 2"), "a = 41;");
        html = await PageAsync();
        Assert.DoesNotContain("<pre>42</pre>", html);
        Assert.Contains("<pre>&lt;i&gt;</pre>", html);
    }

    [Fact]
    public async Task An_answer_that_fails_is_named_and_nothing_is_stored()
    {
        Browser.Path();
        var file = _fixture.WriteNotebook("01-a.ipynb", "md:# A", "var a = 1;", Exercises.Replace("a + 1", "none + 1"));
        var report = new StringWriter();
        Assert.Equal(1, await AnswersCommand.RunAsync([file], report, Fixture.Token));
        Assert.Contains("01-a.ipynb, cell 2:", report.ToString());
        Assert.False(Directory.Exists(Path.GetDirectoryName(ExerciseAnswers.PathOf(file))));
    }

    [Fact]
    public async Task What_could_run_in_a_browser_is_taken_out_of_the_outputs_of_strangers()
    {
        var file = _fixture.WriteNotebook("01-a.ipynb", "md:# A\n\n**1.** B\n\n<details><summary>Answer</summary>\n\n```csharp\nvar x = \"<b>\"; x\n```\n\n</details>");
        var cell = System.Text.Json.Nodes.JsonNode.Parse("""{"cell_type":"code","execution_count":1,"id":"answer-0","metadata":{},"outputs":[{"data":{"text/html":"<b onclick=\"evil()\">safe</b><script>evil()</script>"},"metadata":{},"output_type":"display_data"}]}""")!;
        cell["source"] = "var x = \"<b>\"; x";
        _fixture.Write("notebooks/answers/01-a.ipynb", $$"""{"cells":[{{cell.ToJsonString()}}],"metadata":{},"nbformat":4,"nbformat_minor":5}""");
        Assert.Single(ExerciseAnswers.Stored(Notebook.Load(file)));
        var html = await PageAsync(isTrusted: false);
        Assert.Contains("<b>safe</b>", html);
        Assert.DoesNotContain("evil", html);
    }

    private async Task<string> PageAsync(bool isTrusted = true)
    {
        var folder = Path.Join(_fixture.Folder, "site");
        await SiteCommand.BuildAsync(_fixture.Folder, folder, TextWriter.Null, Fixture.Token, isTrusted);
        return await File.ReadAllTextAsync(Path.Join(folder, "01-a.html"), Fixture.Token);
    }
}
