using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Nb.Notebooks;
using Nb.Session;

namespace Nb.Running;

/// <summary>The other end of a <see cref="NotebookProcess"/>: runs the notebooks that it is sent, one after the other, and
/// asks before each cell.</summary>
internal sealed class NotebookServer
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly CancellationTokenSource _stop = new();
    private readonly CompiledScripts _scripts = new();
    private readonly StreamWriter _writer;

    private NotebookServer(Stream output) => _writer = new StreamWriter(output) { AutoFlush = true };

    /// <summary>Serves until the pipe closes, which it does when the process at the other end is gone.</summary>
    /// <param name="input">The handle of the pipe to read from.</param>
    /// <param name="output">The handle of the pipe to write to.</param>
    public static async Task<int> RunAsync(string input, string output)
    {
        // Ctrl+C in a terminal reaches both processes; the other one passes it on.
        using var interrupts = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        await using var from = new AnonymousPipeClientStream(PipeDirection.In, input);
        await using var to = new AnonymousPipeClientStream(PipeDirection.Out, output);
        var server = new NotebookServer(to);
        // On a thread of its own: the cells may be keeping all those of the pool busy.
        new Thread(() => server.Read(from)) { IsBackground = true, Name = "reads the orders" }.Start();
        await foreach (var line in server._lines.Reader.ReadAllAsync())
            server.Send(await server.AnswerAsync(JsonNode.Parse(line)!));
        return 0;
    }

    private void Read(Stream stream)
    {
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line == NotebookProcess.Stop)
                _stop.Cancel();
            else
                _lines.Writer.TryWrite(line);
        }
        _stop.Cancel();
        Environment.Exit(0);   // cells may have left threads behind
    }

    private async Task<JsonObject> AnswerAsync(JsonNode order)
    {
        try
        {
            var notebook = Notebook.Parse((string)order["text"]!, (string)order["path"]!);
            var cells = notebook.Cells.Where(cell => cell.IsCode).ToList();
            var result = await NotebookRunner.RunAsync(notebook, number => BeginAsync(number, cells), _stop.Token, _scripts);
            return NotebookProcess.ToJson(result);
        }
        catch (Exception error)
        {
            return new() { ["problem"] = error is UserError ? error.Message : Doing.Message(error, verbose: false) };
        }
    }

    private async Task BeginAsync(int number, List<Cell> cells)
    {
        Send(new() { ["cell"] = number, ["of"] = cells.Count, ["alone"] = cells[number - 1].Tags.Contains(CellGate.AloneTag) });
        await _lines.Reader.ReadAsync();
    }

    private void Send(JsonObject message) => _writer.WriteLine(message.ToJsonString());
}
