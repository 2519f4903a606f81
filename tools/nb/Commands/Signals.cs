using System.Runtime.InteropServices;

namespace Nb.Commands;

/// <summary>Turns Ctrl+C, and the request to end, into a cancelled token, so that what runs can end cleanly.</summary>
public sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly IDisposable[] _registrations;

    public Signals()
    {
        _registrations = [Register(PosixSignal.SIGINT), Register(PosixSignal.SIGTERM)];

        IDisposable Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
        {
            // A second one ends the process at once.
            context.Cancel = !_source.IsCancellationRequested;
            _source.Cancel();
        });
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }
}
