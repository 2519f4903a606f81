using System.Diagnostics;
using System.Net.Sockets;
using NetMQ;
using NetMQ.Monitoring;
using NetMQ.Sockets;

namespace Nb.Kernel;

/// <summary>The five sockets that a client of the kernel talks to.</summary>
public sealed class KernelSockets : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Wire _wire;
    private readonly Dictionary<string, NetMQSocket> _sockets;
    private readonly RouterSocket _heartbeat = new();
    private readonly NetMQQueue<Message> _outgoing = new();
    private readonly NetMQPoller _poller;
    private readonly List<NetMQMonitor> _monitors = [];
    private volatile bool _isStopping;
    private bool _wasHeard;
    private int _peers;
    private long? _goneSince;

    /// <summary>Binds the addresses of the connection file, and no others.</summary>
    /// <param name="received">Told each message that is signed as it should be, on the thread of <see cref="Run"/>.</param>
    /// <param name="left">Called when a client that spoke has gone, and with it the last connection: not every client
    /// listens to the heartbeat.</param>
    public KernelSockets(ConnectionFile connection, Action<Message> received, Action left)
    {
        _wire = new Wire(connection.Key);
        _poller = [_outgoing, _heartbeat];
        _sockets = new()
        {
            [Message.Shell] = Bind(new RouterSocket(), connection.ShellPort),
            [Message.Control] = Bind(new RouterSocket(), connection.ControlPort),
            [Message.Stdin] = Bind(new RouterSocket(), connection.StdinPort),
            [Message.IoPub] = Bind(new PublisherSocket(), connection.IoPubPort),
        };
        Bind(_heartbeat, connection.HeartbeatPort);
        foreach (var (channel, socket) in _sockets.Where(s => s.Key != Message.IoPub))
        {
            _poller.Add(socket);
            socket.ReceiveReady += (_, _) =>
            {
                if (!_wire.TryRead(channel, Receive(socket), out var message))
                    return;
                _wasHeard = true;
                received(message);
            };
        }
        _heartbeat.ReceiveReady += (_, _) =>
        {
            _wasHeard = true;
            Send(_heartbeat, Receive(_heartbeat));
        };
        _outgoing.ReceiveReady += (_, _) =>
        {
            while (_outgoing.TryDequeue(out var message, TimeSpan.Zero))
                Send(_sockets[message.Channel], _wire.ToFrames(message));
        };
        var timer = new NetMQTimer(TimeSpan.FromMilliseconds(50));
        timer.Elapsed += (_, _) => Tick(left);
        _poller.Add(timer);

        NetMQSocket Bind(NetMQSocket socket, int port)
        {
            // No limits: what a reader printed must not be dropped because the client is slow for a moment.
            (socket.Options.SendHighWatermark, socket.Options.ReceiveHighWatermark) = (0, 0);
            socket.Options.Linger = TimeSpan.FromSeconds(1);
            try
            {
                WatchPeers(socket, port);   // before the first can come
                socket.Bind($"tcp://{connection.Ip}:{port}");
            }
            catch (Exception error) when (error is NetMQException or ArgumentException or SocketException)
            {
                throw new UserError($"The kernel expected {connection.Ip}:{port} to be an address of this machine that is free, "
                    + $"found: {error.Message.TrimEnd('.')}. Start the kernel again.");
            }
            return socket;
        }
    }

    /// <summary>Sends a message, from any thread.</summary>
    public void Send(Message message) => _outgoing.Enqueue(message);

    /// <summary>Receives and sends until <see cref="Stop"/>.</summary>
    public void Run() => _poller.Run();

    /// <summary>Ends <see cref="Run"/> when all that was to be sent before has been.</summary>
    public void Stop() => _isStopping = true;

    public void Dispose()
    {
        foreach (var monitor in _monitors)
            monitor.Dispose();
        _poller.Dispose();
        foreach (var socket in _sockets.Values.Append(_heartbeat))
            socket.Dispose();
        _outgoing.Dispose();
    }

    private void WatchPeers(NetMQSocket socket, int port)
    {
        var monitor = new NetMQMonitor(socket, $"inproc://monitor-{port}", SocketEvents.Accepted | SocketEvents.Disconnected);
        monitor.Accepted += (_, _) => Count(1);
        monitor.Disconnected += (_, _) => Count(-1);
        monitor.AttachToPoller(_poller);
        _monitors.Add(monitor);
    }

    private void Count(int change)
    {
        _peers += change;
        // Only who has spoken is missed: some clients look first whether the ports are open. And he may come back.
        _goneSince = _peers <= 0 && _wasHeard ? Stopwatch.GetTimestamp() : null;
    }

    /// <summary>Twenty times a second. The poller's collections must not change under its feet, so there is one timer for
    /// everything, from the beginning.</summary>
    private void Tick(Action left)
    {
        if (_isStopping && _outgoing.IsEmpty)
            _poller.Stop();
        else if (_goneSince is { } since && Stopwatch.GetElapsedTime(since) > s_patience)
            left();
    }

    private static List<byte[]> Receive(NetMQSocket socket)
    {
        var frames = new List<byte[]>();
        return socket.TryReceiveMultipartBytes(ref frames!) ? frames : [];
    }

    private static void Send(NetMQSocket socket, List<byte[]> frames) =>
        socket.TrySendMultipartBytes(TimeSpan.Zero, frames);
}
