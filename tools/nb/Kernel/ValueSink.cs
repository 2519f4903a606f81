using System.Text.Json.Nodes;
using Nb.Session;
using Nb.Values;

namespace Nb.Kernel;

/// <summary>Takes the value of an expression and nothing else.</summary>
internal sealed class ValueSink : IOutputSink
{
    public JsonObject? Data { get; private set; }

    public CellError? Failure { get; private set; }

    public void Result(MimeBundle value) => Data = CellOutputs.ToData(value);

    public void Error(CellError error) => Failure = error;

    public void Display(string displayId, MimeBundle value)
    {
    }

    public void Update(string displayId, MimeBundle value)
    {
    }

    public void Stream(string name, string text)
    {
    }

    public void Clear(bool wait)
    {
    }

    public string? Ask(string prompt, bool isPassword, CancellationToken cancellationToken) => null;
}
