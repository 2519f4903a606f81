using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Bench;

/// <summary>Someone who runs a line of work and says how many milliseconds it took; null when it has no such work.</summary>
internal abstract class Contestant(string name) : IDisposable
{
    public string Name => name;

    public abstract double? Run(string work);

    public virtual void Dispose()
    {
    }
}

/// <summary>The library of the course, compiled into this process.</summary>
internal sealed class Library() : Contestant("library")
{
    public override double? Run(string work) => Workloads.Run(work);
}

/// <summary>MathNet.Numerics with its managed provider: products alone.</summary>
internal sealed class MathNetPeer() : Contestant("MathNet")
{
    public override double? Run(string work)
    {
        var words = work.Split(' ');
        if (words[0] != "product") return null;
        var (n, k, m) = (int.Parse(words[2]), int.Parse(words[3]), int.Parse(words[4]));
        if (n > 1024) return null;   // seconds for each, and a minute for the row
        return words[1] == "float"
            ? Median(MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.Random(n, k), MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.Random(k, m))
            : Median(MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Random(n, k), MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Random(k, m));
    }

    private static double Median<T>(MathNet.Numerics.LinearAlgebra.Matrix<T> A, MathNet.Numerics.LinearAlgebra.Matrix<T> B) where T : struct, IEquatable<T>, IFormattable
    {
        var C = A * B;
        return Measured.Of(Enumerable.Range(0, A.RowCount > 512 ? 1 : 7).Select(_ =>
        {
            var start = Stopwatch.GetTimestamp();
            A.Multiply(B, C);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        })).Middle;
    }
}

/// <summary>A process that reads lines of work and writes milliseconds, after a line "ready".</summary>
internal sealed class ChildProcess : Contestant
{
    private readonly Process process;

    private ChildProcess(string name, Process process) : base(name) => this.process = process;

    /// <summary>Starts it; null, and the reason, when it does not get ready.</summary>
    public static (ChildProcess? Child, string Reason) Start(string name, string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // A peer shall find out by itself what suits the processor: a kernel that the environment names can be a slower one.
        foreach (var variable in (string[])["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"]) info.Environment.Remove(variable);
        try
        {
            var process = Process.Start(info)!;
            var errors = AllOf(process.StandardError);
            while (process.StandardOutput.ReadLine() is { } line)
                if (line == "ready") return (new(name, process), "");
            process.WaitForExit();
            return (null, errors().Trim().Split('\n')[0]);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (null, e.Message);
        }
    }

    public override double? Run(string work)
    {
        process.StandardInput.WriteLine(work);
        process.StandardInput.Flush();
        return Milliseconds(process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{Name} ended while it ran '{work}'."));
    }

    public override void Dispose()
    {
        process.StandardInput.WriteLine();
        process.StandardInput.Close();
        if (!process.WaitForExit(5000)) process.Kill();
        process.Dispose();
    }

    /// <summary>Reads a stream to its end on a thread of its own: on one of the pool it would be missing where products are shared out.</summary>
    internal static Func<string> AllOf(StreamReader stream)
    {
        var text = "";
        var thread = new Thread(() => text = stream.ReadToEnd()) { IsBackground = true };
        thread.Start();
        return () =>
        {
            thread.Join();
            return text;
        };
    }

    internal static double? Milliseconds(string answer) => answer == "-" ? null : double.Parse(answer, CultureInfo.InvariantCulture);
}

/// <summary>The library in a notebook that nb runs: its last cell connects to this process and answers it.</summary>
internal sealed class NotebookInNb : Contestant
{
    private readonly Process process;
    private readonly StreamReader reader;
    private readonly StreamWriter writer;
    private readonly string folder;

    private NotebookInNb(Process process, TcpClient client, string folder) : base("in nb")
    {
        (this.process, this.folder) = (process, folder);
        (reader, writer) = (new(client.GetStream()), new(client.GetStream()) { AutoFlush = true });
    }

    public static (NotebookInNb? Notebook, string Reason) Start(string root)
    {
        var folder = Directory.CreateTempSubdirectory("bench").FullName;
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        string[] cells =
        [
            $"#!import {root}/lib/course.dib", $"#!import {root}/bench/Workloads.csx",
            $$"""
            System.IO.Directory.SetCurrentDirectory("{{root}}");
            var client = new System.Net.Sockets.TcpClient("127.0.0.1", {{port}});
            var reader = new System.IO.StreamReader(client.GetStream());
            var writer = new System.IO.StreamWriter(client.GetStream()) { AutoFlush = true };
            while (reader.ReadLine() is { Length: > 0 } work)
                writer.WriteLine(Workloads.Run(work) is { } milliseconds ? milliseconds.ToString("R", System.Globalization.CultureInfo.InvariantCulture) : "-");
            """
        ];
        var path = Path.Combine(folder, "workloads.ipynb");
        File.WriteAllText(path, System.Text.Json.JsonSerializer.Serialize(new
        {
            nbformat = 4, nbformat_minor = 5,
            metadata = new { kernelspec = new { display_name = ".NET (C#)", language = "C#", name = ".net-csharp" }, language_info = new { name = "C#" } },
            cells = cells.Select((source, i) => new { cell_type = "code", id = $"cell{i}", metadata = new { }, execution_count = (int?)null, outputs = Array.Empty<object>(), source })
        }));
        var info = new ProcessStartInfo("dotnet", ["run", "-c", "Release", "--project", Path.Combine(root, "tools", "nb"), "--", "run", path])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(info)!;
        var (output, errors) = (ChildProcess.AllOf(process.StandardOutput), ChildProcess.AllOf(process.StandardError));
        var connection = listener.AcceptTcpClientAsync();
        Task.WaitAny(connection, process.WaitForExitAsync());
        return connection.IsCompletedSuccessfully ? (new(process, connection.Result, folder), "") : (null, (output() + errors()).ReplaceLineEndings(" ").Trim());
    }

    public override double? Run(string work)
    {
        writer.WriteLine(work);
        return ChildProcess.Milliseconds(reader.ReadLine() ?? throw new InvalidOperationException($"The notebook ended while it ran '{work}'."));
    }

    public override void Dispose()
    {
        writer.WriteLine();
        if (!process.WaitForExit(20_000)) process.Kill(entireProcessTree: true);
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
