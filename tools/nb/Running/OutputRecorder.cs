using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nb.Notebooks;
using Nb.Session;
using Nb.Values;

namespace Nb.Running;

/// <summary>Collects what a cell puts out as the outputs that a notebook file keeps: the last state of what was
/// updated, and one stream output for neighbouring writes.</summary>
public sealed class OutputRecorder(int executionCount) : IOutputSink
{
    private readonly List<JsonObject> _outputs = [];
    private readonly Dictionary<string, int> _displays = [];
    private readonly StringBuilder _text = new();
    private string? _stream;
    private bool _clearNext;

    /// <summary>The failure of the cell, if it failed.</summary>
    public CellError? Failure { get; private set; }

    /// <summary>All outputs so far.</summary>
    public JsonArray ToJson()
    {
        EndStream();
        return [.. _outputs.Select(output => output.DeepClone())];
    }

    public void Display(string displayId, MimeBundle value)
    {
        _displays[displayId] = Add(Outputs.Display(ToData(value)));
    }

    public void Update(string displayId, MimeBundle value)
    {
        // A handle kept from an earlier cell has its output there, and that cell is done.
        if (_displays.TryGetValue(displayId, out var index))
            _outputs[index] = Outputs.Display(ToData(value));
    }

    public void Stream(string name, string text)
    {
        ClearIfAsked();
        if (_stream != name)
            EndStream();
        _stream = name;
        _text.Append(text);
    }

    public void Clear(bool wait)
    {
        _clearNext = true;
        if (!wait)
            ClearIfAsked();
    }

    /// <summary>Nobody is there to answer, and a cell that asks must not wait for ever.</summary>
    public string? Ask(string prompt, bool isPassword, CancellationToken cancellationToken) => null;

    public void Result(MimeBundle value) => Add(Outputs.Result(ToData(value), executionCount));

    public void Error(CellError error)
    {
        Failure = error;
        Add(Outputs.Error(error.Name, Lines.Whole(error.Message), error.Traceback.Select(Lines.Whole)));
    }

    private void ClearIfAsked()
    {
        if (!_clearNext)
            return;
        (_clearNext, _stream) = (false, null);
        _text.Clear();
        _outputs.Clear();
        _displays.Clear();
    }

    private int Add(JsonObject output)
    {
        ClearIfAsked();
        EndStream();
        _outputs.Add(output);
        return _outputs.Count - 1;
    }

    private void EndStream()
    {
        if (_stream is { } name)
            _outputs.Add(Outputs.Stream(name, Lines.Whole(_text.ToString())));
        _stream = null;
        _text.Clear();
    }

    /// <summary>A chart keeps its JSON and not its HTML: a page that shows both would run the HTML's script, and some
    /// show nothing then.</summary>
    private static JsonObject ToData(MimeBundle value)
    {
        var data = new JsonObject();
        foreach (var (mimeType, text) in value)
        {
            if (mimeType == MimeBundle.Html && value.ContainsKey(MimeBundle.Plotly))
                continue;
            var form = MimeBundle.IsJson(mimeType) ? Json(text)
                : mimeType == MimeBundle.Png ? text
                : Lines.Split(Lines.Whole(text).ReplaceLineEndings("\n"));
            // What a cell says is a picture or a chart and is none would make a file that nobody reads.
            if (NotebookChecks.Problem(mimeType, form) is null)
                data[mimeType] = form;
        }
        return data;
    }

    private static JsonNode? Json(string text)
    {
        try
        {
            return JsonTree.Parse(Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException)
        {
            return text;   // a text is JSON, too
        }
    }
}
