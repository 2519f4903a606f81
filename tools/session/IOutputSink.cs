using Nb.Values;

namespace Nb.Session;

/// <summary>Takes what a running cell puts out, in order and as it comes. Never called by two threads at once, except
/// for <see cref="Ask"/>, which waits for an answer while outputs go on.</summary>
public interface IOutputSink
{
    /// <summary>What a cell is told that asks where nobody can answer.</summary>
    const string NobodyToAsk = "The cell asks for input, and the program that runs it has nobody to ask.\nPut the value into the cell, "
        + "or run it in an editor.";

    /// <summary>A value shown while the cell runs; <paramref name="displayId"/> is unique within the session.</summary>
    void Display(string displayId, MimeBundle value);

    /// <summary>A new value in the place of one shown before.</summary>
    void Update(string displayId, MimeBundle value);

    /// <summary>Text written to the console; <paramref name="name"/> is stdout or stderr.</summary>
    void Stream(string name, string text);

    /// <summary>Takes away what the cell has put out; with <paramref name="wait"/> only when the next output comes.
    /// </summary>
    void Clear(bool wait);

    /// <summary>Asks the reader for a line of text; null at the end of the answers.</summary>
    /// <exception cref="UserError">There is nobody to ask.</exception>
    string? Ask(string prompt, bool isPassword, CancellationToken cancellationToken);

    /// <summary>The value of the cell.</summary>
    void Result(MimeBundle value);

    /// <summary>Why the cell failed.</summary>
    void Error(CellError error);
}

/// <summary>A failure as Jupyter shows it.</summary>
/// <param name="Name">The kind: the exception's type, or CompilationError.</param>
/// <param name="Message">What went wrong, in one or more lines.</param>
/// <param name="Traceback">Lines to show, the innermost place first.</param>
public sealed record CellError(string Name, string Message, IReadOnlyList<string> Traceback);

/// <summary>How a cell ended.</summary>
public enum CellStatus { Passed, Failed, Cancelled }
