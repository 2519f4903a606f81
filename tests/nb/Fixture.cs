using System.Text.Json.Nodes;
using Nb.Notebooks;
using Nb.Running;
using Nb.Session;
using Nb.Values;
using Xunit;

namespace Tests.Runner;

/// <summary>A folder of its own for a test, with notebooks written from a few strings.</summary>
public sealed class Fixture : IDisposable
{
    public Fixture()
    {
        Folder = Directory.CreateTempSubdirectory("nb-tests-").FullName;
        Directory.CreateDirectory(Path.Join(Folder, "notebooks"));
    }

    public string Folder { get; }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Writes a file; returns its full path.</summary>
    public string Write(string name, string text)
    {
        var path = Path.Join(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Writes notebooks/<paramref name="name"/>: a cell that starts with `md:` is markdown, one that starts
    /// with `parameters:` or `alone:` is tagged so, every other one is code.</summary>
    public string WriteNotebook(string name, params string[] cells)
    {
        var list = new JsonArray();
        foreach (var (cell, i) in cells.Select((c, i) => (c, i)))
        {
            var isMarkdown = cell.StartsWith("md:", StringComparison.Ordinal);
            var tag = ((string[])["parameters", "alone"]).FirstOrDefault(tag => cell.StartsWith(tag + ":", StringComparison.Ordinal));
            var node = new JsonObject { ["cell_type"] = isMarkdown ? "markdown" : "code" };
            if (!isMarkdown)
                node["execution_count"] = null;
            node["id"] = $"cell-{i}";
            node["metadata"] = tag is not null ? new JsonObject { ["tags"] = new JsonArray(tag) } : [];
            if (!isMarkdown)
                node["outputs"] = new JsonArray();
            node["source"] = Lines.Split(isMarkdown ? cell[3..] : tag is not null ? cell[(tag.Length + 1)..] : cell);
            list.Add(node);
        }
        var root = new JsonObject
        {
            ["cells"] = list,
            ["metadata"] = new JsonObject(),
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };
        return Write($"notebooks/{name}", JupyterJson.Write(root) + "\n");
    }

    /// <summary>Runs a notebook of these cells.</summary>
    public Task<RunResult> RunAsync(params string[] cells) =>
        NotebookRunner.RunAsync(Notebook.Load(WriteNotebook("a.ipynb", cells)), null, Token);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>Keeps what a cell puts out, in order.</summary>
public sealed class RecordingSink : IOutputSink
{
    public List<string> Events { get; } = [];

    public Action<string>? OnEvent { get; init; }

    public void Display(string displayId, MimeBundle value) => Add($"display {value[MimeBundle.Plain]}");

    public void Update(string displayId, MimeBundle value) => Add($"update {value[MimeBundle.Plain]}");

    public void Stream(string name, string text) => Add($"{name} {text.TrimEnd()}");

    public void Clear(bool wait) => Add($"clear {wait}");

    public string? Ask(string prompt, bool isPassword, CancellationToken cancellationToken) =>
        Answers.TryDequeue(out var answer) ? answer : null;

    /// <summary>What the reader answers when a cell asks.</summary>
    public Queue<string> Answers { get; init; } = [];

    public void Result(MimeBundle value) => Add($"result {value[MimeBundle.Plain]}");

    public void Error(CellError error) => Add($"error {error.Name}: {error.Message}");

    private void Add(string line)
    {
        Events.Add(line);
        OnEvent?.Invoke(line);
    }
}
