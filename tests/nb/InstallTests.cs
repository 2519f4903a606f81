using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Nb;
using Nb.Commands;
using Nb.Kernel;
using NetMQ;
using NetMQ.Sockets;
using Xunit;

namespace Tests.Runner;

[Trait("Time", "long")]
public sealed class InstallTests : IDisposable
{
    /// <summary>Longer than anything takes that works, on any machine: it only ends what hangs.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(20);

    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(JupyterPaths.Platform.Linux, "", "home/.local/share/jupyter")]
    [InlineData(JupyterPaths.Platform.Linux, "XDG_DATA_HOME=data", "data/jupyter")]
    [InlineData(JupyterPaths.Platform.MacOS, "", "home/Library/Jupyter")]
    [InlineData(JupyterPaths.Platform.MacOS, "XDG_DATA_HOME=data", "home/Library/Jupyter")]
    [InlineData(JupyterPaths.Platform.Windows, "APPDATA=roaming", "roaming/jupyter")]
    [InlineData(JupyterPaths.Platform.Windows, "", "home/AppData/Roaming/jupyter")]
    [InlineData(JupyterPaths.Platform.Windows, "JUPYTER_DATA_DIR=told", "told")]
    [InlineData(JupyterPaths.Platform.Linux, "JUPYTER_DATA_DIR=told", "told")]
    public void Kernels_are_looked_for_where_Jupyter_does(JupyterPaths.Platform platform, string variable, string expected)
    {
        var set = variable.Split('=');
        var folder = JupyterPaths.DataFolder(platform, name => name == set[0] ? set[1] : null, "home");
        Assert.Equal(expected, folder.Replace('\\', '/'));
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("../up")]
    [InlineData("..")]
    [InlineData("")]
    public void A_name_that_Jupyter_does_not_know_is_refused(string name) =>
        Assert.Contains("expected letters, digits", Assert.Throws<UserError>(
            () => JupyterPaths.KernelFolder(_fixture.Folder, name)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_kernel_of_somebody_else_is_neither_replaced_nor_removed()
    {
        var folder = JupyterPaths.KernelFolder(_fixture.Folder, KernelSpec.DefaultName);
        Directory.CreateDirectory(folder);
        const string spec = """{ "argv": ["dotnet", "interactive"], "display_name": ".NET (C#)" }""";
        File.WriteAllText(Path.Join(folder, "kernel.json"), spec);
        Assert.Contains("found the kernel \".NET (C#)\"", Refusal(), StringComparison.Ordinal);
        Assert.Equal(spec, File.ReadAllText(Path.Join(folder, "kernel.json")));

        File.WriteAllText(Path.Join(folder, "kernel.json"), "{ broken");
        Assert.Contains("found no readable kernel.json", Refusal(), StringComparison.Ordinal);

        string Refusal() => Assert.Throws<UserError>(
            () => InstallCommand.Uninstall(_fixture.Folder, KernelSpec.DefaultName, TextWriter.Null)).Message;
    }

    [Fact]
    public void Uninstalling_what_is_not_there_says_so() => Assert.Contains(
        "found none. Nothing was removed", Assert.Throws<UserError>(
            () => InstallCommand.Uninstall(_fixture.Folder, "none", TextWriter.Null)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task What_is_installed_runs_is_updated_and_goes_without_a_trace()
    {
        var report = new StringWriter();
        Assert.Equal(0, await InstallCommand.InstallAsync(Course.Root, _fixture.Folder, "c.sharp", report, Fixture.Token));
        var folder = Path.Join(_fixture.Folder, "share", "jupyter", "kernels", "c.sharp");
        Assert.Contains($"Installed the kernel \"C# (.NET 10)\", named c.sharp, in\n  {folder}", report.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);

        var spec = JsonNode.Parse(await File.ReadAllTextAsync(Path.Join(folder, "kernel.json"), Fixture.Token))!;
        Assert.Equal(("C# (.NET 10)", "C#", "message"),
            ((string)spec["display_name"]!, (string)spec["language"]!, (string)spec["interrupt_mode"]!));
        var argv = spec["argv"]!.AsArray().Select(a => (string)a!).ToArray();
        Assert.Equal(["kernel", "{connection_file}"], argv[2..]);
        Assert.All(argv[..2], file => Assert.True(Path.IsPathFullyQualified(file) && File.Exists(file), file));
        foreach (var file in new[] { "logo-32x32.png", "logo-64x64.png", "logo-svg.svg", "plotly.min.js" })
            Assert.True(File.Exists(Path.Join(folder, file)), file);
        var bytes = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
        Assert.InRange(bytes, 10_000_000, 80_000_000);   // not with the browser's driver

        await RunsWithNothingButTheSdkAsync(argv);

        var marker = Path.Join(folder, "old");
        await File.WriteAllTextAsync(marker, "", Fixture.Token);
        await InstallCommand.InstallAsync(Course.Root, _fixture.Folder, "c.sharp", report, Fixture.Token);
        Assert.Contains("Updated the kernel", report.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(marker));

        Assert.Equal(0, InstallCommand.Uninstall(_fixture.Folder, "c.sharp", report));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Join(_fixture.Folder, "share", "jupyter", "kernels")));
        Assert.Equal(["kernels"], Directory.EnumerateFileSystemEntries(Path.Join(_fixture.Folder, "share", "jupyter")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task An_install_that_fails_leaves_what_was_there()
    {
        var course = Path.Join(_fixture.Folder, "course");
        Directory.CreateDirectory(Path.Join(course, "notebooks"));   // and no tools/nb
        var error = await Assert.ThrowsAsync<UserError>(
            () => InstallCommand.InstallAsync(course, _fixture.Folder, "c.sharp", TextWriter.Null, Fixture.Token));
        Assert.Contains("could not be built; nothing was installed", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Join(_fixture.Folder, "share", "jupyter")));
    }

    /// <summary>Starts a kernel as VS Code does: from its kernel.json, with no Python, and with the stop on the channel that
    /// the cells take.</summary>
    private async Task RunsWithNothingButTheSdkAsync(string[] argv)
    {
        const string key = "a key of both";
        var ports = FreePorts(5);
        var connection = _fixture.Write("with a space/connection.json", new JsonObject
        {
            ["ip"] = "127.0.0.1", ["transport"] = "tcp", ["key"] = key, ["signature_scheme"] = "hmac-sha256",
            ["shell_port"] = ports[0], ["iopub_port"] = ports[1], ["control_port"] = ports[2], ["stdin_port"] = ports[3], ["hb_port"] = ports[4],
        }.ToJsonString());
        var start = new ProcessStartInfo(argv[0], argv[1..].Select(a => a.Replace("{connection_file}", connection, StringComparison.Ordinal)))
        {
            WorkingDirectory = _fixture.Folder,
        };
        foreach (var name in start.Environment.Keys.Where(name => !OperatingSystem.IsWindows() || name != "SystemRoot").ToList())
            start.Environment.Remove(name);
        start.Environment["PATH"] = Path.GetDirectoryName(argv[0])!;
        using var process = Process.Start(start)!;
        try
        {
            var wire = new Wire(key);
            using var shell = new DealerSocket($">tcp://127.0.0.1:{ports[0]}");
            using var iopub = new SubscriberSocket($">tcp://127.0.0.1:{ports[1]}");
            iopub.SubscribeToAnyTopic();
            do
            {
                Send("kernel_info_request", []);
                Assert.Equal("C#", (string?)Receive(shell, "kernel_info_reply").Content["language_info"]!["name"]);
            }
            while (!iopub.HasIn && !iopub.Poll(TimeSpan.FromSeconds(1)));

            Send("execute_request", new() { ["code"] = "1 + 1" });
            Assert.Equal("2", (string?)Receive(iopub, "execute_result").Content["data"]!["text/plain"]);
            Assert.Equal("ok", (string?)Receive(shell, "execute_reply").Content["status"]);
            Send("execute_request", new() { ["code"] = "Console.Write(5); while (true) { }" });
            Assert.Equal("5", (string?)Receive(iopub, "stream").Content["text"]);
            Send("interrupt_request", []);
            Assert.Equal("Stopped", (string?)Receive(shell, "execute_reply").Content["ename"]);
            Send("shutdown_request", new() { ["restart"] = false });
            await process.WaitForExitAsync(Fixture.Token).WaitAsync(s_patience, Fixture.Token);
            Assert.Equal(0, process.ExitCode);

            void Send(string type, JsonObject content) => shell.SendMultipartBytes(wire.ToFrames(new Message(
                Message.Shell, [], new() { ["msg_id"] = Guid.NewGuid().ToString(), ["msg_type"] = type }, [], [], content)));

            Message Receive(NetMQSocket socket, string type)
            {
                while (true)
                {
                    var frames = new List<byte[]>();
                    Assert.True(socket.TryReceiveMultipartBytes(s_patience, ref frames!), $"{type} did not come");
                    if (wire.TryRead(Message.Shell, frames, out var message) && message.Type == type)
                        return message;
                }
            }
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        listeners.ForEach(listener => listener.Stop());
        return ports;
    }
}
