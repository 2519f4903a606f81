using System.Text.RegularExpressions;

namespace Nb.Kernel;

/// <summary>Colours for tracebacks, in the codes of terminals, which clients know.</summary>
internal static partial class Colours
{
    public static string Red(string text) => $"\e[31m{text}\e[0m";

    /// <summary>The text without any.</summary>
    public static string Remove(string text) => Code().Replace(text, "");

    /// <summary>A text in lines that an editor need not wrap: some do not, and show one long line. What is no prose,
    /// such as a path, stays whole, and so does code between backquotes.</summary>
    public static string Short(string text) => string.Join('\n', text.Split('\n').Select(line =>
    {
        var indent = line[..(line.Length - line.TrimStart().Length)];
        var (all, now) = (new List<string>(), "");
        foreach (var word in Words().Matches(line).Select(match => match.Value))
        {
            if (now.Length > 0 && indent.Length + now.Length + 1 + word.Length > Width)
            {
                all.Add(now);
                now = "    ";
            }
            now += now.Length == 0 || now == "    " ? word : " " + word;
        }
        all.Add(now);
        return string.Join('\n', all.Select(part => indent + part));
    }));

    /// <summary>The kind of an error in red, the places in cells and files in green.</summary>
    public static string Traceback(string line) =>
        Place().Replace(Kind().Replace(line, "${before}\e[1;31m${kind}\e[0m"), "\e[32m${place}\e[0m");

    private const int Width = 100;

    [GeneratedRegex("[^\\s`]*`[^`]*`\\S*|\\S+")]
    private static partial Regex Words();

    [GeneratedRegex(@"\e\[[0-9;]*m")]
    private static partial Regex Code();

    [GeneratedRegex(@"^(?<before>caused by |.*, line \d+, column \d+: )?(?<kind>[A-Z]\w*(?=: ))")]
    private static partial Regex Kind();

    [GeneratedRegex(@"(?<place>(?<=^   at (.* in )?)\S.*?, line \d+$|^.+?, line \d+, column \d+(?=: ))")]
    private static partial Regex Place();
}
