using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Nb.Session;
using Nb.Values;

namespace Nb.Engine;

/// <summary>Posts what a cell puts out to the page. Text is gathered for a moment: a message for each word would cost
/// more than the cell.</summary>
internal sealed class PageSink(string id, int count) : IOutputSink
{
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(50);

    private readonly StringBuilder _text = new();
    private string _stream = "";
    private long _since;

    public void Display(string displayId, MimeBundle value) => Output("display_data", writer =>
    {
        Messages.Data(writer, value);
        Messages.Transient(writer, value, displayId);
    });

    public void Update(string displayId, MimeBundle value) => Post("update", writer =>
    {
        Messages.Data(writer, value);
        Messages.Transient(writer, value, displayId);
    });

    public void Stream(string name, string text)
    {
        if (_stream != name)
            Flush();
        if (_text.Length == 0)
            _since = Stopwatch.GetTimestamp();
        _stream = name;
        _text.Append(text);
        // The one thread is the cell's, so there is no timer that could do it.
        if (Stopwatch.GetElapsedTime(_since) > s_moment)
            Flush();
    }

    public void Clear(bool wait) => Post("clear", writer => writer.WriteBoolean("wait", wait));

    public string? Ask(string prompt, bool isPassword, CancellationToken cancellationToken)
    {
        Post("ask", writer =>
        {
            writer.WriteString("prompt", prompt);
            writer.WriteBoolean("password", isPassword);
        });
        return Page.Ask(prompt, isPassword);
    }

    public void Result(MimeBundle value) => Output("execute_result", writer =>
    {
        Messages.Data(writer, value);
        Messages.Transient(writer, value);
        writer.WriteNumber("execution_count", count);
    });

    public void Error(CellError error) => Output("error", writer =>
    {
        writer.WriteString("ename", error.Name);
        writer.WriteString("evalue", error.Message);
        writer.WriteStartArray("traceback");
        foreach (var line in error.Traceback)
            writer.WriteStringValue(line);
        writer.WriteEndArray();
    });

    public void Done(CellStatus status, TimeSpan time) => Post("done", writer =>
    {
        writer.WriteString("status", status == CellStatus.Passed ? "ok" : "error");
        writer.WriteNumber("ms", Math.Round(time.TotalMilliseconds));
        writer.WriteNumber("count", count);
    });

    private void Output(string kind, Action<Utf8JsonWriter> content) => Post("output", writer =>
    {
        writer.WriteStartObject("output");
        writer.WriteString("output_type", kind);
        content(writer);
        writer.WriteEndObject();
    });

    private void Post(string type, Action<Utf8JsonWriter> content)
    {
        Flush();
        Send(type, content);
    }

    private void Flush()
    {
        if (_text.Length == 0)
            return;
        var text = _text.ToString();
        _text.Clear();
        Send("output", writer =>
        {
            writer.WriteStartObject("output");
            writer.WriteString("output_type", "stream");
            writer.WriteString("name", _stream);
            writer.WriteString("text", text);
            writer.WriteEndObject();
        });
    }

    private void Send(string type, Action<Utf8JsonWriter> content) => Page.Post(Messages.Make(type, writer =>
    {
        writer.WriteString("id", id);
        content(writer);
    }));
}
