using System.Diagnostics;
using System.Runtime.InteropServices.JavaScript;
using System.Runtime.Versioning;
using Nb.Assistance;
using Nb.Session;

namespace Nb.Engine;

/// <summary>What the worker calls.</summary>
[SupportedOSPlatform("browser")]
internal static partial class Door
{
    private static CellSession? s_session;
    private static CodeAssistant? s_assistant;
    private static int s_count;

    /// <summary>Begins a session. The compiler is made ready while the reader still reads.</summary>
    /// <param name="folder">Where the notebook lies in the course.</param>
    [JSExport]
    public static async Task Start(string folder)
    {
        CourseLibrary.Write();
        Simd.On();
        var notebook = Path.Join(Folders.Course, folder);
        Directory.CreateDirectory(notebook);
        s_session = new CellSession(notebook, new BrowserHost());
        try
        {
            await s_session.WarmAsync(CancellationToken.None);
        }
        catch (CompilationFailedException error)
        {
            throw new InvalidOperationException(Traceback.Of(error).Message);
        }
    }

    [JSExport]
    public static async Task Run(string id, string code, string name)
    {
        var sink = new PageSink(id, ++s_count);
        var time = Stopwatch.StartNew();
        var status = await s_session!.RunAsync(code, name, sink, CancellationToken.None);
        sink.Done(status, time.Elapsed);
    }

    /// <summary>How much longer than on the machine that stored the notebooks' durations a computation takes here.</summary>
    [JSExport]
    public static double Speed() => Yardstick.Measure();

    [JSExport]
    public static async Task Complete(int request, string code, int position)
    {
        var found = await Assistant.CompleteAsync(s_session!.Code, code, position, CancellationToken.None);
        Page.Post(Messages.Completions(request, found));
    }

    [JSExport]
    public static async Task Signature(int request, string code, int position)
    {
        var text = await Assistant.InspectAsync(s_session!.Code, code, position, detailed: false, CancellationToken.None);
        Page.Post(Messages.Signatures(request, text));
    }

    private static CodeAssistant Assistant => s_assistant ??= new CodeAssistant(() => Directory.GetFiles(Folders.References, "*.dll"));
}
