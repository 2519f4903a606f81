using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nb.Kernel;

/// <summary>The folder that tells Jupyter's clients of this kernel: kernel.json, logos, plotly.js, and the program.</summary>
public static class KernelSpec
{
    public const string DefaultName = ".net-csharp";   // what the notebooks ask for
    public const string DisplayName = "C# (.NET 10)";
    public const string ProgramFolder = "nb";
    private const string FileName = "kernel.json";

    /// <summary>The text of kernel.json.</summary>
    /// <param name="dotnet">Full path of the program `dotnet`: editors that are started from a dock have a short PATH.</param>
    /// <param name="folder">The folder that it will lie in.</param>
    public static string Json(string dotnet, string folder) => new JsonObject
    {
        ["argv"] = new JsonArray(dotnet, Program(folder), "kernel", "{connection_file}"),
        ["display_name"] = DisplayName,
        ["language"] = "C#",
        ["interrupt_mode"] = "message",
        ["metadata"] = new JsonObject { ["debugger"] = false },
    }.ToJsonString(new JsonSerializerOptions(Message.Json) { WriteIndented = true }) + "\n";

    public static void Write(string folder, string dotnet, string finalFolder) =>
        File.WriteAllText(Path.Join(folder, FileName), Json(dotnet, finalFolder));

    /// <summary>Whether nb has made this folder. Throws <see cref="UserError"/> when something else is there.</summary>
    /// <param name="folder">The folder of a kernel, which need not exist.</param>
    public static bool IsOurs(string folder)
    {
        if (!Path.Exists(folder))
            return false;
        var found = "no readable kernel.json";
        try
        {
            var spec = JsonNode.Parse(File.ReadAllText(Path.Join(folder, FileName)));
            if (spec?["argv"] is JsonArray { Count: > 1 } argv && (string?)argv[1] == Program(folder))
                return true;
            found = $"the kernel \"{(string?)spec?["display_name"]}\"";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException
            or InvalidOperationException)
        {
            // What is there is named as it is.
        }
        throw new UserError($"{folder}: expected a kernel that `nb install` has made, or nothing; found {found}. Delete the "
            + "folder if you do not need that kernel any more, or choose another name with --name.");
    }

    private static string Program(string folder) => Path.Join(folder, ProgramFolder, "nb.dll");
}
