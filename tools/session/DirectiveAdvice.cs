using System.Text.RegularExpressions;

namespace Nb.Session;

/// <summary>What to write in C# instead of a directive of .NET Interactive that is not here.</summary>
internal static partial class DirectiveAdvice
{
    /// <summary>Null when there is nothing better to say than what is supported.</summary>
    /// <param name="line">The whole line.</param>
    public static string? For(string line)
    {
        var word = line.Split(' ')[0];
        return word switch
        {
            "#load" or "#i" => "the line is not in the form below",
            "#!import" => "it needs the path of a file",
            "#!javascript" or "#!js" => "show a script as HTML: HTML(\"<script>…</script>\")",
            "#!mermaid" => "show the diagram as Markdown, or as a picture",
            "#!value" => Value(line),
            "#!set" => Set(line),
            "#!share" => $"it takes a value from another kernel, and there is only this one. Make the value in C#: `var {Last(line)} = …;`",
            "#!who" or "#!whos" => "complete a name with Tab to see what there is, or write a name at the end of a cell to see its value",
            "#!lsmagic" => "the directives that there are stand in the next sentence",
            "#!about" => "`Environment.Version` is the version of .NET; the kernel is nb, which the course brings along",
            "#!connect" => "there is one kernel only. Speak to the database or service from C#, with a package such as `#r \"nuget: Microsoft.Data.Sqlite\"`",
            "#!http" => "call the address from C#: `await new System.Net.Http.HttpClient().GetStringAsync(\"https://…\")`",
            "#!exit" or "#!quit" => "stop or restart the kernel in the editor",
            "#!log" or "#!verbosity" or "#!telemetry" or "#!enable-preprocessing" => "nothing here needs it; take the line out",
            _ when Languages().IsMatch(word) => OtherLanguage,
            _ => null,
        };
    }

    /// <summary>What to do with a cell of another language.</summary>
    public const string OtherLanguage = "this kernel runs C# only. Write the step in C#, or run it in a notebook of that language";

    private static string Value(string line)
    {
        var name = Option(line, "name") ?? "text";
        return Option(line, "from-file") is { } file ? $"read the file in C#: `var {name} = File.ReadAllText(\"{file}\");`"
            : Option(line, "from-url") is { } url ? $"read the address in C#: `var {name} = await new System.Net.Http.HttpClient().GetStringAsync(\"{url}\");`"
            : $"write the text as a variable: `var {name} = \"\"\"…\"\"\";` (three quotation marks before and after it), or read it from a file: "
                + $"`var {name} = File.ReadAllText(\"…\");`";
    }

    private static string Set(string line)
    {
        var name = Option(line, "name") ?? "name";
        var value = Option(line, "value") ?? "…";
        return Asked().Match(value) is { Success: true } asked
            ? $"ask in C#: `var {name} = await Get{(asked.Groups["kind"].Value == "password" ? "Password" : "Input")}Async(\"{asked.Groups["prompt"].Value}\");`"
            : value.StartsWith('@') ? $"it takes a value from another kernel, and there is only this one. Make the value in C#: `var {name} = …;`"
            : $"write an assignment: `var {name} = {(double.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out _) ? value : $"\"{value}\"")};`";
    }

    private static string? Option(string line, string name) =>
        Regex.Match(line, $"""--{name}[\s=]+(?<value>@\w+:"[^"]*"|"[^"]*"|\S+)""") is { Success: true } match
            ? match.Groups["value"].Value.Replace("\"", "", StringComparison.Ordinal) : null;

    private static string Last(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, .., var last] && Name().IsMatch(last) ? last : "name";

    [GeneratedRegex(@"^@(?<kind>input|password)(:(?<prompt>.*))?$")]
    private static partial Regex Asked();

    [GeneratedRegex(@"^[A-Za-z_]\w*$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^#!(fsharp|f#|fs|pwsh|powershell|bash|sql|kql|python|r|julia)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Languages();
}
