using System.Globalization;
using System.Text;

namespace Nb.Session;

/// <summary>Characters of text that a cell may print before the middle is left out: notebook servers drop what is more than
/// about three million at once, editors get slow long before, and a loop that prints without end fills the memory.</summary>
public sealed class TextLimit
{
    private const int Most = 1_000_000;
    private const int TailLength = 10_000;

    private readonly StringBuilder _tail = new();
    private string _tailName = "stdout";
    private int _length;
    private long _leftOut;

    /// <summary>How much of a text, from its beginning, is to be shown.</summary>
    /// <param name="name">The stream that it was written to.</param>
    public int Take(string name, string text)
    {
        var room = Math.Clamp(Most - _length, 0, text.Length);
        _length += room;
        if (room < text.Length)
        {
            _tailName = name;
            _leftOut += text.Length - room;
            _tail.Append(text, room, text.Length - room);
            if (_tail.Length > 2 * TailLength)
                _tail.Remove(0, _tail.Length - TailLength);
        }
        return room;
    }

    /// <summary>The last of what was left out, after a word on how much that is; null when it was nothing.</summary>
    public (string Name, string Text)? TakeEnd()
    {
        if (_leftOut == 0)
            return null;
        var text = string.Create(CultureInfo.InvariantCulture,
            $"\n… {_leftOut - _tail.Length:N0} characters are left out here; print less, or write to a file …\n{_tail}");
        _leftOut = 0;
        _tail.Clear();
        return (_tailName, text);
    }
}
