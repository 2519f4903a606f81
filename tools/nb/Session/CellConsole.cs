using System.Text;

namespace Nb.Session;

/// <summary>A console writer that hands what a cell writes to that cell's outputs. What others write in the meantime
/// (a progress bar) goes where it went before.</summary>
internal sealed class CellConsole(string name, TextWriter elsewhere) : TextWriter
{
    public override Encoding Encoding => elsewhere.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;
        if (CellContext.Current is { } cell)
            cell.Send(sink => sink.Stream(name, value.ReplaceLineEndings("\n")));
        else
            elsewhere.Write(value);
    }

    public override void WriteLine() => Write("\n");

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Flush() => elsewhere.Flush();
}
