using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;

// Runs notebooks by the rules of Verso 1.0.17, which is on no package feed: C# 13, compiled without the optimiser,
// Newtonsoft.Json 13.0.3 in the process, a value shown by its method ToHtml() or else as text, and a cell that failed is
// followed by the next. Writes one line of JSON for each cell: its outputs in the form of a notebook. What several
// notebooks import is imported once.

var json = Assembly.Load("Newtonsoft.Json").GetCustomAttribute<AssemblyFileVersionAttribute>()!.Version;
if (!json.StartsWith("13.0.3.", StringComparison.Ordinal))
    throw new InvalidOperationException($"This client is about Newtonsoft.Json 13.0.3, but {json} was loaded.");

ScriptState<object>? state = null;
var options = ScriptOptions.Default
    .WithLanguageVersion(LanguageVersion.CSharp13)
    .WithOptimizationLevel(OptimizationLevel.Debug)
    .WithImports("System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Text", "System.Threading.Tasks")
    .WithReferences(((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)));
var imported = new HashSet<string>();

foreach (var path in args)
{
    Directory.SetCurrentDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    foreach (var cell in JsonNode.Parse(File.ReadAllText(path))!["cells"]!.AsArray().Where(cell => (string)cell!["cell_type"]! == "code"))
    {
        var source = string.Concat(cell!["source"] is JsonArray lines ? lines.Select(line => (string)line!) : [(string)cell["source"]!]);
        var outputs = new JsonArray();
        var console = new StringWriter();
        Console.SetOut(console);
        object? value = null;
        try
        {
            value = await Run(source);
        }
        catch (Exception error)
        {
            outputs.Add(new JsonObject { ["output_type"] = "error", ["evalue"] = error.ToString() });
        }
        if (value is not null) outputs.Insert(0, Shown(value));
        if (console.ToString() is { Length: > 0 } text) outputs.Add(new JsonObject { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = text });
        Console.SetOut(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        Console.WriteLine(JsonSerializer.Serialize(new { file = Path.GetFileName(path), id = (string)cell["id"]!, outputs }));
    }
}

// Packages are there; of an import each part is a cell of its own.
async Task<object?> Run(string cell)
{
    const string import = "#!import ";
    if (cell.StartsWith("#r \"nuget:", StringComparison.Ordinal)) return null;
    if (cell.StartsWith(import, StringComparison.Ordinal))
    {
        var file = Path.GetFullPath(cell[import.Length..].Trim());
        if (!imported.Add(file)) return null;
        var text = File.ReadAllText(file);
        foreach (var part in file.EndsWith(".dib", StringComparison.Ordinal) ? text.Split("#!csharp", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [text])
            await Run(part);
        return null;
    }
    state = state is null ? await CSharpScript.RunAsync<object>(cell, options) : await state.ContinueWithAsync<object>(cell, options);
    return state.ReturnValue;
}

JsonObject Shown(object value)
{
    var html = (string?)value.GetType().GetMethod("ToHtml", BindingFlags.Public | BindingFlags.Instance, Type.EmptyTypes)?.Invoke(value, null);
    return new() { ["output_type"] = "execute_result", ["data"] = new JsonObject { [html is null ? "text/plain" : "text/html"] = html ?? value.ToString() } };
}
