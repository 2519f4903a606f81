using System.Text.RegularExpressions;

namespace Nb.Kernel;

/// <summary>Colours for tracebacks, in the codes of terminals, which clients know.</summary>
internal static partial class Colours
{
    public static string Red(string text) => $"\e[31m{text}\e[0m";

    /// <summary>The kind of an error in red, the places in cells and files in green.</summary>
    public static string Traceback(string line) =>
        Place().Replace(Kind().Replace(line, "${before}\e[1;31m${kind}\e[0m"), "\e[32m${place}\e[0m");

    [GeneratedRegex(@"^(?<before>caused by |.*, line \d+, column \d+: )?(?<kind>[A-Z]\w*(?=: ))")]
    private static partial Regex Kind();

    [GeneratedRegex(@"(?<place>(?<=^   at (.* in )?)\S.*?, line \d+$|^.+?, line \d+, column \d+(?=: ))")]
    private static partial Regex Place();
}
