using System.Text.Json.Nodes;
using Nb;
using Nb.Notebooks;
using Xunit;

namespace Tests.Runner;

public sealed class NotebookTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Reading_and_writing_changes_no_byte()
    {
        // As VS Code writes it, with fields and forms that nb knows nothing of.
        const string text = """
            {
             "cells": [
              {
               "cell_type": "raw",
               "id": "x",
               "metadata": {
                "strange": [
                 1,
                 0.00001,
                 2.5e-7,
                 12345678901234567890,
                 null,
                 true,
                 {},
                 []
                ]
               },
               "source": "one string, \"quoted\" \\ \t <b>&'+ é ✓ 😀 \u001b end"
              }
             ],
             "metadata": {
              "7": 0,
              "10": 0,
              "A": 1,
              "a": "b"
             },
             "nbformat": 4,
             "nbformat_minor": 5,
             "unknown": "kept"
            }

            """;
        Assert.Equal(text.ReplaceLineEndings("\n"), Notebook.Parse(text, "a.ipynb").ToText());
    }

    [Theory]
    [InlineData("""{"b": 1, "a": {"d": [], "c": [{"f": 1, "e": 2}]}, "10": 0, "9": 0, "B": 0, "09": 0}""",
        """{"9":0,"10":0,"09":0,"B":0,"a":{"c":[{"e":2,"f":1}],"d":[]},"b":1}""")]
    [InlineData("[1.0, -0, -0.0, 100, 2.5E-05, 1E-05, 0.000001, 1E-07, -9.6107E-07, 1e21, 1e22, 1.50, 123456789012345680000, 0.1, 12e2, 5e-324, 1.7976931348623157E308]",
        "[1,0,0,100,0.000025,0.00001,0.000001,1e-7,-9.6107e-7,1e+21,1e+22,1.5,123456789012345680000,0.1,1200,5e-324,1.7976931348623157e+308]")]
    public void Keys_and_numbers_are_written_as_JavaScript_writes_them(string read, string written) =>
        Assert.Equal(written, string.Concat(JupyterJson.Write(JsonNode.Parse(read)).Split('\n').Select(line => line.Trim())).Replace("\": ", "\":"));

    [Theory]
    [InlineData("a\nb\n", new[] { "a\n", "b\n" })]
    [InlineData("a\n\nb", new[] { "a\n", "\n", "b" })]
    [InlineData("", new string[0])]
    public void Text_becomes_lines_and_back(string text, string[] lines)
    {
        var list = Lines.Split(text);
        Assert.Equal(lines, list.Select(line => (string?)line));
        Assert.Equal(text, Lines.Join(list));
    }

    [Theory]
    [InlineData("{ \"cells\": [", "expected JSON, found something else at line 1")]
    [InlineData("<<<<<<< HEAD", "merge conflict")]
    [InlineData("[]", "expected an object with the key \"nbformat\"")]
    [InlineData("{ \"nbformat\": 3, \"cells\": [] }", "expected nbformat 4, found nbformat 3")]
    [InlineData("{ \"nbformat\": 4 }", "expected a list \"cells\", found none")]
    [InlineData("{ \"nbformat\": 4, \"cells\": [ { \"cell_type\": \"odd\", \"source\": [] } ] }", "cell 1 of the list: expected a \"cell_type\"")]
    [InlineData("{ \"nbformat\": 4, \"cells\": [ { \"cell_type\": 5, \"source\": [] } ] }", "cell 1 of the list: expected a \"cell_type\"")]
    [InlineData("{ \"nbformat\": 4, \"cells\": [ { \"cell_type\": \"code\", \"source\": 7 } ] }", "cell 1 of the list: expected a \"cell_type\"")]
    [InlineData("{ \"nbformat\": 4, \"cells\": [ { \"cell_type\": \"code\", \"source\": [1] } ] }", "cell 1 of the list: expected a \"cell_type\"")]
    [InlineData("{ \"nbformat\": 4, \"nbformat\": 4, \"cells\": [] }", "found the key \"nbformat\" twice")]
    [InlineData(" ", "found an empty file")]
    public void A_file_that_is_no_notebook_is_named_with_what_was_found(string text, string message)
    {
        var path = _fixture.Write("bad.ipynb", text);
        var error = Assert.Throws<UserError>(() => Notebook.Load(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Saving_never_writes_into_the_file_that_is_there()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "An open file cannot be replaced there.");
        var file = _fixture.WriteNotebook("a.ipynb", "1");
        var before = File.ReadAllText(file);
        using var old = new StreamReader(
            File.Open(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        var notebook = Notebook.Load(file);
        notebook.Cells[0].Source = "2";
        notebook.Save(file);
        Assert.Equal(before, old.ReadToEnd());
        Assert.Equal("2", Notebook.Load(file).Cells[0].Source);
        Assert.Equal([file], Directory.GetFiles(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("found no such file", Assert.Throws<UserError>(() => Notebook.Load("none.ipynb")).Message,
            StringComparison.Ordinal);
}
