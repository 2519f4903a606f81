namespace Nb;

/// <summary>An error whose message is meant for the user: what was expected, what was found, what to do.
/// It is printed as it is, without a stack trace.</summary>
/// <remarks>It may quote a damaged file: of control characters, which a terminal would obey, a dot remains.</remarks>
public sealed class UserError(string message)
    : Exception(string.Concat(message.Select(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t') ? '·' : c)))
{
    /// <summary>What a message quotes of a file: at most 60 characters, on one line, none of them a control character.</summary>
    public static string Short(string text)
    {
        var end = text.Length <= 60 ? text.Length : char.IsHighSurrogate(text[59]) ? 59 : 60;
        var plain = string.Concat(text[..end].Select(c => char.IsControl(c) ? '·' : c));
        return end < text.Length ? plain + "…" : plain;
    }
}
