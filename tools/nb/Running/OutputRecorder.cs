using System.Text;
using System.Text.Json.Nodes;
using Nb.Notebooks;
using Nb.Session;
using Nb.Values;

namespace Nb.Running;

/// <summary>Collects what a cell puts out as the outputs that a notebook file keeps: the last state of what was
/// updated, and one stream output for neighbouring writes.</summary>
/// <param name="displays">Where the displays of the notebook are: a later cell can update one, too.</param>
public sealed class OutputRecorder(int executionCount, Dictionary<string, OutputRecorder>? displays = null) : IOutputSink
{
    private readonly Dictionary<string, OutputRecorder> _all = displays ?? [];
    private readonly List<JsonObject> _outputs = [];
    private readonly Dictionary<string, int> _displays = [];
    private readonly StringBuilder _text = new();
    private readonly TextLimit _limit = new();
    private string? _stream;
    private bool _clearNext;

    /// <summary>The failure of the cell, if it failed.</summary>
    public CellError? Failure { get; private set; }

    /// <summary>All outputs so far.</summary>
    public JsonArray ToJson()
    {
        AddEndOfText();
        return [.. _outputs.Select(output => output.DeepClone())];
    }

    public void Display(string displayId, MimeBundle value)
    {
        _displays[displayId] = Add(Outputs.Display(ToData(value)));
        _all[displayId] = this;
    }

    public void Update(string displayId, MimeBundle value)
    {
        if (_displays.TryGetValue(displayId, out var index))
            _outputs[index] = Outputs.Display(ToData(value));
        else if (_all.TryGetValue(displayId, out var other) && other != this)
            other.Update(displayId, value);   // a handle kept from an earlier cell has its output there
    }

    public void Stream(string name, string text)
    {
        ClearIfAsked();
        text = text[.._limit.Take(name, text)];
        if (text.Length == 0)
            return;
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
    public string? Ask(string prompt, bool isPassword, CancellationToken cancellationToken) =>
        throw new UserError(IOutputSink.NobodyToAsk);

    public void Result(MimeBundle value)
    {
        AddEndOfText();
        Add(Outputs.Result(ToData(value), executionCount));
    }

    public void Error(CellError error)
    {
        Failure = error;
        AddEndOfText();
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

    private void AddEndOfText()
    {
        EndStream();
        if (_limit.TakeEnd() is { } end)
            _outputs.Add(Outputs.Stream(end.Name, Lines.Whole(end.Text)));
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
            var form = MimeBundle.IsJson(mimeType) ? JsonTree.ParseOrText(text)
                : mimeType == MimeBundle.Png ? text
                : Lines.Split(Lines.Whole(text).ReplaceLineEndings("\n"));
            // What a cell says is a picture or a chart and is none would make a file that nobody reads.
            if (NotebookChecks.Problem(mimeType, form) is null)
                data[mimeType] = form;
        }
        return data;
    }
}
