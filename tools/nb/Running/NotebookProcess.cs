using System.Diagnostics;
using System.IO.Pipes;
using System.Text.Json.Nodes;
using Nb.Notebooks;
using Nb.Session;

namespace Nb.Running;

/// <summary>A process that runs notebooks beside others. Console, working directory and what a cell does to its process
/// belong to one notebook at a time, so notebooks that run at once have processes of their own.</summary>
internal sealed class NotebookProcess : IDisposable
{
    public const string Argument = "notebooks", Stop = "stop", Go = "go";

    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    private readonly AnonymousPipeServerStream _to = new(PipeDirection.Out, HandleInheritability.Inheritable);
    private readonly AnonymousPipeServerStream _from = new(PipeDirection.In, HandleInheritability.Inheritable);
    private readonly Process _process;
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;
    private readonly CellGate _gate;

    /// <param name="gate">Where its cells and those of the others wait for each other.</param>
    public NotebookProcess(CellGate gate)
    {
        _gate = gate;
        _process = DotNet.Start(DotNet.ThisProgram(Argument, _to.GetClientHandleAsString(), _from.GetClientHandleAsString()));
        _process.StandardInput.Close();   // nobody is there to answer a cell
        _to.DisposeLocalCopyOfClientHandle();
        _from.DisposeLocalCopyOfClientHandle();
        (_reader, _writer) = (new StreamReader(_from), new StreamWriter(_to) { AutoFlush = true });
    }

    /// <summary>Runs a notebook there; for the rest see <see cref="NotebookRunner"/>.</summary>
    /// <param name="started">Told the number of each code cell as it starts, and how many there are.</param>
    public async Task<RunResult> RunAsync(Notebook notebook, Action<int, int> started, CancellationToken cancellationToken)
    {
        var (number, isInside) = (0, false);
        await using var stop = cancellationToken.Register(() => Task.Run(EndAsync));
        try
        {
            await SendAsync(new JsonObject { ["path"] = notebook.Path, ["text"] = notebook.ToText() }.ToJsonString());
            while (await _reader.ReadLineAsync(CancellationToken.None) is { } line)
            {
                var message = JsonNode.Parse(line)!;
                Leave();
                if (message["cell"] is null)
                    return FromJson(message, notebook.Path);
                number = (int)message["cell"]!;
                await _gate.EnterAsync((bool)message["alone"]!);
                isInside = true;
                started(number, (int)message["of"]!);
                await SendAsync(Go);
            }
        }
        finally
        {
            Leave();
        }
        cancellationToken.ThrowIfCancellationRequested();
        await _process.WaitForExitAsync(CancellationToken.None);
        throw new UserError($"{notebook.Path}, cell {number}: the process that ran it has ended with exit code {_process.ExitCode}, and the "
            + "whole run ends with it.");

        void Leave()
        {
            if (isInside)
                _gate.Leave();
            isInside = false;
        }
    }

    /// <summary>Asks the running notebook to stop, and ends the process where it does not.</summary>
    private async Task EndAsync()
    {
        await SendAsync(Stop);
        await Task.Delay(s_grace);
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    private async Task SendAsync(string line)
    {
        try
        {
            await _writer.WriteLineAsync(line);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // It has ended, which reading from it tells.
        }
    }

    /// <summary>The process ends when its pipe closes.</summary>
    public void Dispose()
    {
        _to.Dispose();
        if (!_process.WaitForExit(s_grace))
            _process.Kill(entireProcessTree: true);
        _from.Dispose();
        _process.Dispose();
    }

    public static JsonObject ToJson(RunResult result) => new()
    {
        ["notebook"] = result.Notebook.ToText(),
        ["status"] = result.Status.ToString(),
        ["failed"] = result.FailedCell,
        ["error"] = result.Error is not { } error ? null
            : new JsonObject { ["name"] = error.Name, ["message"] = error.Message, ["traceback"] = new JsonArray([.. error.Traceback.Select(line => (JsonNode)line)]) },
        ["seconds"] = result.Time.TotalSeconds,
        ["times"] = new JsonObject(result.CellTimes.Select(time => KeyValuePair.Create(time.Key, (JsonNode?)time.Value.TotalSeconds))),
    };

    /// <exception cref="UserError">The notebook could not be run.</exception>
    private static RunResult FromJson(JsonNode message, string path)
    {
        if (message["problem"] is { } problem)
            throw new UserError((string)problem!);
        var error = message["error"] is not { } e ? null
            : new CellError((string)e["name"]!, (string)e["message"]!, [.. e["traceback"]!.AsArray().Select(line => (string)line!)]);
        return new(Notebook.Parse((string)message["notebook"]!, path), Enum.Parse<CellStatus>((string)message["status"]!), (int?)message["failed"], error,
            TimeSpan.FromSeconds((double)message["seconds"]!),
            message["times"]!.AsObject().ToDictionary(time => time.Key, time => TimeSpan.FromSeconds((double)time.Value!)));
    }
}
