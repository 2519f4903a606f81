using System.Reflection;
using System.Runtime.InteropServices.JavaScript;
using Nb.Session;

namespace Nb.Engine;

/// <summary>What the worker's JavaScript does for the session.</summary>
internal static partial class Page
{
    /// <summary>Sends a message of the worker's protocol, as JSON.</summary>
    [JSImport("post", "worker")]
    public static partial void Post(string message);

    /// <summary>Asks the page for a line and waits; null when there is nobody to ask.</summary>
    [JSImport("ask", "worker")]
    public static partial string? Ask(string prompt, bool isPassword);

    /// <summary>The bytes of an assembly that was not there from the start; null when there is none of this name.</summary>
    [JSImport("readAssembly", "worker")]
    public static partial byte[]? ReadAssembly(string name);

    /// <summary>Once, before anything else: what is written to the console is a cell's.</summary>
    public static void Start()
    {
        Console.SetOut(new CellConsole("stdout", Console.Out));
        Console.SetError(new CellConsole("stderr", Console.Error));
        // Console.SetIn refuses to work in a browser, where nobody types into a console. Here somebody does.
        typeof(Console).GetField("s_in", BindingFlags.Static | BindingFlags.NonPublic)!.SetValue(null, new CellInput(TextReader.Null));
        LateAssemblies.Resolve();
    }
}
