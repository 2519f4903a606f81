using System.Diagnostics;
using System.Text;
using Nb;
using Nb.Notebooks;
using Nb.Running;
using Nb.Session;
using Nb.Values;

namespace Tests.Runner;

/// <summary>What may stand in the fields of a notebook file, and what becomes of the rest.</summary>
[Collection(nameof(CellsHere))]
public sealed class NotebookFieldTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    private const string Stream = """{ "output_type": "stream", "name": "stdout", "text": [] }""";

    [Theory]
    [InlineData("\"metadata\": []", "expected \"metadata\" to be an object, found a list")]
    [InlineData("\"metadata\": null", "expected \"metadata\" to be an object, found nothing (null)")]
    [InlineData("\"metadata\": \"x\"", "expected \"metadata\" to be an object, found \"x\"")]
    [InlineData("\"metadata\": { \"tags\": \"parameters\" }", "expected \"metadata\".\"tags\" to be a list of texts")]
    [InlineData("\"metadata\": { \"tags\": [1] }", "expected \"metadata\".\"tags\" to be a list of texts")]
    [InlineData("\"id\": 7", "expected \"id\" to be text, found 7")]
    [InlineData("\"execution_count\": \"1\"", "expected \"execution_count\" to be a whole number or null, found \"1\"")]
    [InlineData("\"execution_count\": 1.5", "expected \"execution_count\" to be a whole number or null, found 1.5")]
    [InlineData("\"execution_count\": 99999999999", "expected \"execution_count\" to be a whole number or null, found 99999999999")]
    [InlineData("\"outputs\": null", "expected \"outputs\" to be a list, found nothing (null)")]
    [InlineData("\"outputs\": {}", "expected \"outputs\" to be a list, found an object")]
    [InlineData("\"outputs\": [1]", "output 1: expected an object, found 1")]
    [InlineData($"\"outputs\": [{Stream}, {{}}]", "output 2: expected \"output_type\" to be one of stream, display_data, execute_result, error")]
    [InlineData("\"outputs\": [{ \"output_type\": {} }]", "output 1: expected \"output_type\" to be one of")]
    [InlineData("\"outputs\": [{ \"output_type\": \"stream\", \"name\": 1, \"text\": \"a\" }]", "output 1: expected \"name\" to be text, found 1")]
    [InlineData("\"outputs\": [{ \"output_type\": \"stream\", \"name\": \"stdout\", \"text\": 1 }]", "output 1: expected \"text\" to be text, or a list of lines, found 1")]
    [InlineData("\"outputs\": [{ \"output_type\": \"error\", \"traceback\": \"a\" }]", "output 1: expected \"traceback\" to be a list of lines")]
    [InlineData("\"outputs\": [{ \"output_type\": \"error\", \"ename\": [] }]", "output 1: expected \"ename\" to be text")]
    [InlineData("\"outputs\": [{ \"output_type\": \"display_data\" }]", "output 1: expected \"data\" to be an object, found nothing (null)")]
    [InlineData("\"outputs\": [{ \"output_type\": \"display_data\", \"metadata\": [], \"data\": {} }]", "output 1: expected \"metadata\" to be an object")]
    [InlineData("\"outputs\": [{ \"output_type\": \"execute_result\", \"execution_count\": {}, \"data\": {} }]", "output 1: expected \"execution_count\" to be a whole number or null")]
    [InlineData("\"outputs\": [{ \"output_type\": \"display_data\", \"data\": { \"text/plain\": 5 } }]", "output 1: expected \"text/plain\" to be text")]
    [InlineData("\"outputs\": [{ \"output_type\": \"display_data\", \"data\": { \"text/html\": [[]] } }]", "output 1: expected \"text/html\" to be text")]
    [InlineData("\"outputs\": [{ \"output_type\": \"display_data\", \"data\": { \"application/vnd.plotly.v1+json\": 1 } }]", "to be a figure, an object, found 1")]
    [InlineData("\"outputs\": [{ \"output_type\": \"display_data\", \"data\": { \"image/png\": \"iVBORw0KGgo\" } }]", "expected \"image/png\" to be a picture in base64, found 11 characters that are damaged or cut off")]
    [InlineData("\"outputs\": [{ \"output_type\": \"display_data\", \"data\": { \"image/jpeg\": \"/9j/%4AA\" } }]", "expected \"image/jpeg\" to be a picture in base64")]
    public void A_field_of_a_wrong_type_is_named_with_its_file_and_cell(string field, string message)
    {
        var fields = new Dictionary<string, string>
        {
            ["cell_type"] = "\"code\"", ["source"] = "\"1\"", ["metadata"] = "{}", ["outputs"] = "[]",
        };
        fields.Remove(field.Split('"')[1]);
        var cell = string.Join(", ", fields.Select(pair => $"\"{pair.Key}\": {pair.Value}").Append(field));
        var file = _fixture.Write("notebooks/a.ipynb",
            $$"""{ "cells": [ { "cell_type": "markdown", "metadata": {}, "source": "" }, { {{cell}} } ], "metadata": {}, "nbformat": 4, "nbformat_minor": 5 }""");
        var error = Assert.Throws<UserError>(() => Notebook.Load(file)).Message;
        Assert.StartsWith($"{file}, cell 2 of the list", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void No_message_sends_control_characters_to_a_terminal() =>
        Assert.Equal("a·[31m\nb·", new UserError("a\u001b[31m\nb\u0007").Message);

    [Fact]
    public void Metadata_of_the_notebook_is_an_object() => Assert.Contains("a.ipynb: expected \"metadata\" to be an object, found a list",
        Assert.Throws<UserError>(() => Notebook.Parse("{ \"nbformat\": 4, \"metadata\": [], \"cells\": [] }", "a.ipynb")).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Half_a_character_stays_as_it_was_in_values_keys_and_sources()
    {
        const string text = """
            {
             "cells": [
              {
               "cell_type": "code",
               "execution_count": 1,
               "id": "c\udc00",
               "metadata": {
                "\ud83dkey": "\ud83d and 😀 and \ude00\ud83d"
               },
               "outputs": [
                {
                 "name": "stdout",
                 "output_type": "stream",
                 "text": "hel\ud83dlo\n"
                }
               ],
               "source": "\"\ud83d\".Length"
              }
             ],
             "metadata": {},
             "nbformat": 4,
             "nbformat_minor": 5
            }

            """;
        var notebook = Notebook.Parse(text, Path.Join(_fixture.Folder, "a.ipynb"));
        Assert.Equal(text.ReplaceLineEndings("\n"), notebook.ToText());
        Assert.Equal(text.ReplaceLineEndings("\n"), notebook.Copy().ToText());

        // It runs, and what it puts out is stored with the sign for half a character: Jupyter cannot save the half itself.
        var result = await NotebookRunner.RunAsync(notebook, null, Fixture.Token);
        Assert.Equal(CellStatus.Passed, result.Status);
        Assert.Contains("\"1\"", result.Notebook.ToText(), StringComparison.Ordinal);
        var recorder = new OutputRecorder(1);
        recorder.Stream("stdout", "a\ud83d");
        recorder.Stream("stdout", "\ude00b\ud83d");
        Assert.Equal("a😀b\ufffd", Lines.Join(recorder.ToJson()[0]!["text"]));
    }

    [Theory]
    [InlineData(70)]
    [InlineData(400)]
    public void Deep_json_is_kept(int depth)
    {
        var file = _fixture.Write("a.ipynb", Deep(depth));
        var notebook = Notebook.Load(file);
        Assert.Equal(notebook.ToText(), Notebook.Parse(notebook.ToText(), file).ToText());
    }

    [Theory]
    [InlineData(600)]
    [InlineData(100_000)]
    public void Json_that_is_too_deep_is_called_so(int depth)
    {
        var message = Assert.Throws<UserError>(() => Notebook.Parse(Deep(depth), "a.ipynb")).Message;
        Assert.Contains("found more than 500 objects and lists in one another", message, StringComparison.Ordinal);
        Assert.DoesNotContain("merge", message, StringComparison.Ordinal);
    }

    private static string Deep(int depth) =>
        $$"""{ "nbformat": 4, "cells": [], "metadata": { "deep": {{new string('[', depth)}}{{new string(']', depth)}} } }""";

    [Fact]
    public void Other_encodings_are_named_and_not_stored_wrong()
    {
        var path = Path.Join(_fixture.Folder, "a.ipynb");
        var good = Encoding.UTF8.GetBytes("{ \"nbformat\": 4,\n \"cells\": [], \"metadata\": { \"x\": \"é\" } }");
        var latin = Encoding.Latin1.GetBytes(Encoding.UTF8.GetString(good));
        File.WriteAllBytes(path, latin);
        Assert.Contains("a.ipynb: expected text in UTF-8, found the byte 0xE9 in line 2, byte ",
            Assert.Throws<UserError>(() => Notebook.Load(path)).Message, StringComparison.Ordinal);
        File.WriteAllText(path, "{}", Encoding.Unicode);
        Assert.Contains("found a file in UTF-16", Assert.Throws<UserError>(() => Notebook.Load(path)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, [.. Encoding.UTF8.Preamble, .. good]);
        Assert.Equal("é", (string?)Notebook.Load(path).Root["metadata"]!["x"]);
    }

    [Fact]
    public void What_a_cell_puts_out_never_makes_a_file_that_cannot_be_read()
    {
        var recorder = new OutputRecorder(1);
        recorder.Display("1", new MimeBundle
        {
            [MimeBundle.Plotly] = "1", [MimeBundle.Png] = "no picture", ["image/gif"] = "%", ["application/json"] = "{", [MimeBundle.Plain] = "a",
        });
        var data = recorder.ToJson()[0]!["data"]!.AsObject();
        Assert.Equal(["application/json", MimeBundle.Plain], data.Select(form => form.Key));
        Assert.Equal("{", (string?)data["application/json"]);
    }

    [Fact]
    public void A_stored_file_keeps_its_mode_and_its_links()
    {
        if (OperatingSystem.IsWindows())
            return;   // there are no modes
        var file = _fixture.WriteNotebook("a.ipynb", "1");
        var link = Path.Join(_fixture.Folder, "link.ipynb");
        File.CreateSymbolicLink(link, file);
        foreach (var mode in new[] { "600", "755", "664" })
        {
            File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32(mode, 8));
            Notebook.Load(link).Save(link);
            Assert.Equal((UnixFileMode)Convert.ToInt32(mode, 8), File.GetUnixFileMode(file));
        }
        Assert.NotNull(new FileInfo(link).LinkTarget);
    }

    [Fact]
    public void All_names_of_a_file_see_what_is_stored()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the number of names is not asked for.");
        var file = _fixture.WriteNotebook("a.ipynb", "1");
        var other = Path.Join(_fixture.Folder, "other.ipynb");
        using (var ln = Process.Start("ln", [file, other])) ln.WaitForExit();
        var notebook = Notebook.Load(file);
        notebook.Cells[0].Source = "2";
        notebook.Save(file);
        Assert.Equal("2", Notebook.Load(other).Cells[0].Source);
        Assert.Equal(2, Directory.GetFiles(_fixture.Folder, "*", SearchOption.AllDirectories).Length);
    }

    /// <summary>.NET Interactive stores a figure as text, which VS Code draws all the same.</summary>
    [Fact]
    public void A_figure_as_text_is_a_figure()
    {
        const string output = """{ "output_type": "display_data", "metadata": {}, "data": { "application/vnd.plotly.v1+json": "{\"data\": [], \"layout\": {}}" } }""";
        var file = _fixture.Write("notebooks/a.ipynb",
            $$"""{ "cells": [ { "cell_type": "code", "metadata": {}, "source": "1", "outputs": [{{output}}] } ], "metadata": {}, "nbformat": 4, "nbformat_minor": 5 }""");
        var found = Assert.Single(Notebook.Load(file).Cells.Single().Outputs)!;
        Assert.Equal("""{"data":[],"layout":{}}""", found["data"]!["application/vnd.plotly.v1+json"]!.ToJsonString());
    }

    [Fact]
    public void What_a_killed_run_left_is_deleted_by_the_next_one()
    {
        var file = _fixture.WriteNotebook("a.ipynb", "1");
        using var gone = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", "--version") { RedirectStandardOutput = true })!;
        gone.WaitForExit();
        var left = _fixture.Write($"notebooks/a.ipynb.{gone.Id}.part", "half");
        var running = _fixture.Write("notebooks/a.ipynb.1.part", "the first process of the machine runs as long as this test");
        var other = _fixture.Write($"notebooks/a.ipynb.copy.{gone.Id}.parts", "somebody's own");
        Notebook.Load(file).Save(file);
        Assert.False(File.Exists(left));
        Assert.Equal(!OperatingSystem.IsWindows(), File.Exists(running));
        Assert.True(File.Exists(other));
    }
}
