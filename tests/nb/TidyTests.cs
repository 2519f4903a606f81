using Nb.Commands;
using Nb.Notebooks;
using Xunit;

namespace Tests.Runner;

public sealed class TidyTests : IDisposable
{
    // As VS Code saves a notebook that it has run with the kernel.
    private const string Saved = """
        { "cells": [
          { "cell_type": "code", "execution_count": 41, "id": "a", "metadata": {}, "source": ["Chart()"], "outputs": [
            { "output_type": "stream", "name": "stdout", "text": ["one\n", "tw"] },
            { "output_type": "stream", "name": "stdout", "text": ["o\n"] },
            { "output_type": "stream", "name": "stderr", "text": ["three"] },
            { "output_type": "execute_result", "execution_count": 41, "metadata": {}, "data": {
              "text/html": ["<div></div><script></script>"], "application/vnd.plotly.v1+json": { "layout": { "b": 1.0, "a": 2.5E-05 }, "data": [] } } },
            { "output_type": "display_data", "metadata": {}, "transient": { "display_id": "x" }, "data": { "text/html": ["<b>kept</b>"], "text/plain": ["kept"] } },
            { "output_type": "error", "ename": "E", "evalue": "why", "traceback": ["\u001b[1;31mE\u001b[0m: why"] } ] },
          { "cell_type": "code", "execution_count": null, "id": "b", "metadata": {}, "source": [], "outputs": [] },
          { "cell_type": "code", "execution_count": 43, "id": "c", "metadata": {}, "source": ["1"], "outputs": [] } ],
          "metadata": { "kernelspec": { "display_name": "C# (old)", "language": "C#", "name": ".net-csharp" }, "language_info": { "name": "C#", "version": "13.0" }, "nb": { "kept": true } },
          "nbformat": 4, "nbformat_minor": 5 }
        """;

    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void What_an_editor_saved_becomes_what_is_committed()
    {
        var notebook = Notebook.Parse(Saved, "a.ipynb");
        TidyCommand.Tidy(notebook);
        Assert.Equal([1, null, 3], notebook.Cells.Select(cell => cell.ExecutionCount));
        var outputs = notebook.Cells[0].Outputs;
        Assert.Equal(["stream", "stream", "execute_result", "display_data", "error"], outputs.Select(output => Outputs.KindOf(output!)));
        Assert.Equal("one\ntwo\n", Lines.Join(outputs[0]!["text"]));
        Assert.Equal(1, (int)outputs[2]!["execution_count"]!);
        Assert.Equal(["application/vnd.plotly.v1+json"], Outputs.DataOf(outputs[2]!)!.Select(p => p.Key));
        Assert.Equal(["text/html", "text/plain"], Outputs.DataOf(outputs[3]!)!.Select(p => p.Key));
        Assert.False(outputs[3]!.AsObject().ContainsKey("transient"));
        Assert.Equal("E: why", (string?)outputs[4]!["traceback"]![0]);
        var metadata = notebook.Root["metadata"]!;
        Assert.Equal(("C# (.NET 10)", "14.0", true), ((string?)metadata["kernelspec"]!["display_name"], (string?)metadata["language_info"]!["version"], (bool)metadata["nb"]!["kept"]!));
        var once = notebook.ToText();
        TidyCommand.Tidy(notebook);
        Assert.Equal(once, notebook.ToText());
    }

    [Fact]
    public void Code_cells_say_their_language_to_every_editor_and_keep_what_they_say()
    {
        var notebook = Notebook.Parse("""
            { "cells": [
              { "cell_type": "code", "execution_count": null, "id": "a", "metadata": { "polyglot_notebook": { "kernelName": "csharp" }, "tags": ["parameters"] }, "source": [], "outputs": [] },
              { "cell_type": "code", "execution_count": null, "id": "b", "metadata": { "vscode": { "languageId": "python" } }, "source": [], "outputs": [] },
              { "cell_type": "markdown", "id": "c", "metadata": {}, "source": [] } ],
              "metadata": { "kernelspec": { "display_name": "C#", "language": "C#", "name": ".net-csharp" } }, "nbformat": 4, "nbformat_minor": 5 }
            """, "a.ipynb");
        TidyCommand.Tidy(notebook);
        Assert.Equal(
            ["""{"polyglot_notebook":{"kernelName":"csharp"},"tags":["parameters"],"dotnet_interactive":{"language":"csharp"},"vscode":{"languageId":"csharp"}}""",
                """{"vscode":{"languageId":"python"}}""", "{}"],
            notebook.Cells.Select(cell => cell.Node["metadata"]!.ToJsonString()));
        // A notebook of another kernel is none of ours.
        notebook.Root["metadata"]!["kernelspec"]!["name"] = "python3";
        notebook.Cells[0].Node["metadata"] = new System.Text.Json.Nodes.JsonObject();
        TidyCommand.Tidy(notebook);
        Assert.Equal("{}", notebook.Cells[0].Node["metadata"]!.ToJsonString());
    }

    [Fact]
    public async Task Pictures_of_charts_that_did_not_change_are_those_that_were_committed()
    {
        var committed = Notebook.Parse(Saved, Path.Join(_fixture.Folder, "notebooks", "a.ipynb"));
        TidyCommand.Tidy(committed);
        Outputs.DataOf(committed.Cells[0].Outputs[2]!)!["image/png"] = "iVBORw0KGgo=";
        var file = _fixture.Write("notebooks/a.ipynb", committed.ToText());
        await Git("init", "-q");
        await Git("add", ".");
        await Git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "a");
        _fixture.Write("notebooks/a.ipynb", Saved);
        var report = new StringWriter();
        Assert.Equal(0, await TidyCommand.RunAsync([file], report, Fixture.Token));
        Assert.Equal(committed.ToText(), await File.ReadAllTextAsync(file, Fixture.Token));
        Assert.Equal(0, await TidyCommand.RunAsync([file], report, Fixture.Token));
        Assert.Equal(["a.ipynb: tidied", "a.ipynb: is tidy"], report.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()));

        async Task Git(params string[] arguments)
        {
            using var git = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("git", arguments) { WorkingDirectory = _fixture.Folder })!;
            await git.WaitForExitAsync(Fixture.Token);
            Assert.Equal(0, git.ExitCode);
        }
    }

    [Fact]
    public void The_committed_notebooks_are_tidy_but_for_what_the_next_run_of_all_writes()
    {
        foreach (var path in Course.Notebooks)
        {
            var notebook = Notebook.Load(path);
            var outputs = Text(notebook);
            TidyCommand.Tidy(notebook);
            Assert.Equal(outputs, Text(notebook));
        }

        // The numbers of cells that were added or taken out since are those of the next run.
        static string Text(Notebook notebook) => string.Concat(notebook.Cells.Where(cell => cell.IsCode).SelectMany(cell => cell.Outputs).Select(output =>
        {
            var copy = output!.DeepClone().AsObject();
            copy.Remove("execution_count");
            return copy.ToJsonString();
        }));
    }
}
