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
            cell.Send(sink => sink.Stream(name, value.Replace("\r\n", "\n", StringComparison.Ordinal)));
        else
            elsewhere.Write(value);
    }

    public override void WriteLine() => Write("\n");

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Flush() => elsewhere.Flush();
}

/// <summary>The console's input: a cell that reads from it asks its reader.</summary>
internal sealed class CellInput(TextReader elsewhere) : TextReader
{
    private string _rest = "";

    public override string? ReadLine()
    {
        if (_rest.Length > 0)
        {
            var line = _rest.TrimEnd('\n');
            _rest = "";
            return line;
        }
        return CellContext.Current is { } cell ? cell.Ask("", isPassword: false) : elsewhere.ReadLine();
    }

    public override int Peek()
    {
        if (_rest.Length == 0 && ReadLine() is { } line)
            _rest = line + "\n";
        return _rest.Length > 0 ? _rest[0] : -1;
    }

    public override int Read()
    {
        var next = Peek();
        if (next >= 0)
            _rest = _rest[1..];
        return next;
    }
}
