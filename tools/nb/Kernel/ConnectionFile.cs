using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nb.Kernel;

/// <summary>Where a client wants to talk to its kernel, and the key that both sign with.</summary>
public sealed record ConnectionFile(
    [property: JsonPropertyName("ip")] string Ip,
    [property: JsonPropertyName("transport")] string Transport,
    [property: JsonPropertyName("shell_port")] int ShellPort,
    [property: JsonPropertyName("control_port")] int ControlPort,
    [property: JsonPropertyName("iopub_port")] int IoPubPort,
    [property: JsonPropertyName("stdin_port")] int StdinPort,
    [property: JsonPropertyName("hb_port")] int HeartbeatPort,
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("signature_scheme")] string SignatureScheme)
{
    private static readonly JsonSerializerOptions s_strict =
        new() { RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    /// <summary>Reads the file that the client has written. Throws <see cref="UserError"/> when it is not usable.</summary>
    public static ConnectionFile Load(string path)
    {
        const string advice = "An editor writes this file when it starts the kernel; `nb kernel` is not meant to be "
            + "started by hand.";
        ConnectionFile connection;
        try
        {
            connection = JsonSerializer.Deserialize<ConnectionFile>(File.ReadAllText(path), s_strict)
                ?? throw new JsonException("it is null.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UserError($"{path}: expected a Jupyter connection file, found none: {error.Message} {advice}");
        }
        if (connection.Transport != "tcp")
            throw new UserError($"{path}: expected the transport tcp, found {connection.Transport}. {advice}");
        if (connection.SignatureScheme != "hmac-sha256" && connection.Key.Length > 0)
            throw new UserError($"{path}: expected the signature scheme hmac-sha256, found {connection.SignatureScheme}. {advice}");
        if (string.IsNullOrWhiteSpace(connection.Ip))   // it would stand for every interface
            throw new UserError($"{path}: expected an address in \"ip\", found an empty one. {advice}");
        int[] ports = [connection.ShellPort, connection.ControlPort, connection.IoPubPort, connection.StdinPort, connection.HeartbeatPort];
        if (ports.Distinct().Count() < ports.Length || ports.Any(port => port is < 1 or > 65535))
            throw new UserError($"{path}: expected five different ports from 1 to 65535, found {string.Join(", ", ports)}. {advice}");
        return connection;
    }
}
