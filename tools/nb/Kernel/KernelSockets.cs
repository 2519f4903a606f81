using NetMQ;
using NetMQ.Monitoring;
using NetMQ.Sockets;

namespace Nb.Kernel;

/// <summary>The five sockets that a client of the kernel talks to.</summary>
public sealed class KernelSockets : IDisposable
{
    private readonly Wire _wire;
    private readonly Dictionary<string, NetMQSocket> _sockets;
    private readonly RouterSocket _heartbeat = new();
    private readonly NetMQQueue<Message> _outgoing = new();
    private readonly NetMQPoller _poller;
    private readonly List<NetMQMonitor> _monitors = [];
    private int _peers;
    private int _listeners;

    /// <summary>Binds the addresses of the connection file, and no others.</summary>
    /// <param name="received">Told each message that is signed as it should be, on the thread of <see cref="Run"/>.</param>
    /// <param name="left">Called when a client that listened to the heartbeat has gone, and with it the last of all.
    /// </param>
    public KernelSockets(ConnectionFile connection, Action<Message> received, Action left)
    {
        _wire = new Wire(connection.Key);
        _sockets = new()
        {
            [Message.Shell] = Bind(new RouterSocket(), connection.ShellPort),
            [Message.Control] = Bind(new RouterSocket(), connection.ControlPort),
            [Message.Stdin] = Bind(new RouterSocket(), connection.StdinPort),
            [Message.IoPub] = Bind(new PublisherSocket(), connection.IoPubPort),
        };
        Bind(_heartbeat, connection.HeartbeatPort);
        _poller = [_outgoing, _heartbeat];
        foreach (var (channel, socket) in _sockets.Where(s => s.Key != Message.IoPub))
        {
            _poller.Add(socket);
            socket.ReceiveReady += (_, _) =>
            {
                if (_wire.TryRead(channel, Receive(socket), out var message))
                    received(message);
            };
        }
        _heartbeat.ReceiveReady += (_, _) => Send(_heartbeat, Receive(_heartbeat));
        _outgoing.ReceiveReady += (_, _) =>
        {
            while (_outgoing.TryDequeue(out var message, TimeSpan.Zero))
                Send(_sockets[message.Channel], _wire.ToFrames(message));
        };
        WatchPeers(left);

        NetMQSocket Bind(NetMQSocket socket, int port)
        {
            // No limits: what a reader printed must not be dropped because the client is slow for a moment.
            (socket.Options.SendHighWatermark, socket.Options.ReceiveHighWatermark) = (0, 0);
            socket.Options.Linger = TimeSpan.FromSeconds(1);
            try
            {
                socket.Bind($"tcp://{connection.Ip}:{port}");
            }
            catch (NetMQException error)
            {
                throw new UserError($"The kernel expected {connection.Ip}:{port} to be free, found it is not: "
                    + $"{error.Message}. Start the kernel again.");
            }
            return socket;
        }
    }

    /// <summary>Sends a message, from any thread.</summary>
    public void Send(Message message) => _outgoing.Enqueue(message);

    /// <summary>Receives and sends until <see cref="Stop"/>.</summary>
    public void Run() => _poller.Run();

    /// <summary>Ends <see cref="Run"/> when all that was to be sent before has been.</summary>
    public void Stop()
    {
        var end = new NetMQTimer(TimeSpan.FromMilliseconds(20));
        end.Elapsed += (_, _) =>
        {
            if (_outgoing.IsEmpty)
                _poller.Stop();
        };
        _poller.Add(end);
    }

    public void Dispose()
    {
        foreach (var monitor in _monitors)
            monitor.Dispose();
        _poller.Dispose();
        foreach (var socket in _sockets.Values.Append(_heartbeat))
            socket.Dispose();
        _outgoing.Dispose();
    }

    private void WatchPeers(Action left)
    {
        foreach (var (channel, socket) in _sockets.Append(new("heartbeat", _heartbeat)))
        {
            var monitor = new NetMQMonitor(
                socket, $"inproc://monitor-{channel}", SocketEvents.Accepted | SocketEvents.Disconnected);
            monitor.Accepted += (_, _) => Count(channel, 1);
            monitor.Disconnected += (_, _) => Count(channel, -1);
            monitor.AttachToPoller(_poller);
            _monitors.Add(monitor);
        }

        void Count(string channel, int change)
        {
            _peers += change;
            if (channel != "heartbeat")
                return;
            _listeners += change;
            if (change > 0)
                return;
            // A client may be about to come back.
            var wait = new NetMQTimer(TimeSpan.FromSeconds(5));
            wait.Elapsed += (_, _) =>
            {
                _poller.Remove(wait);
                if (_listeners <= 0 && _peers <= 0)
                    left();
            };
            _poller.Add(wait);
        }
    }

    private static List<byte[]> Receive(NetMQSocket socket)
    {
        var frames = new List<byte[]>();
        return socket.TryReceiveMultipartBytes(ref frames!) ? frames : [];
    }

    private static void Send(NetMQSocket socket, List<byte[]> frames) =>
        socket.TrySendMultipartBytes(TimeSpan.Zero, frames);
}
