using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

#nullable enable

// The file of a trained network; section 10 of my_note.md.

/// <summary>
/// The file of a network: "NNET", a version, the bytes of a number (4 or 8), activation, loss, the number of layers
/// and their sizes, W and b of each layer column by column, and a SHA-256 of all that. Little-endian.
/// </summary>
public static class NetworkFile
{
    private const uint Magic = 0x54454E4E;   // "NNET"
    private const int Version = 1;

    /// <summary>Writes the parameters to a file. It is written beside and then renamed, so the file is never half there.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder is not there.</exception>
    public static void Save<T>(Network<T> network, string path) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var memory = new MemoryStream();
        using (var writer = new BinaryWriter(memory, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(Version);
            writer.Write(Unsafe.SizeOf<T>());
            writer.Write((int)network.Hidden);
            writer.Write((int)network.Loss);
            writer.Write(network.Sizes.Length);
            foreach (var size in network.Sizes) writer.Write(size);
            foreach (var parameters in Parameters(network))
                writer.Write(MemoryMarshal.AsBytes(parameters.ToPlain().Span));
        }
        var content = memory.ToArray();
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{path}: expected a folder {folder} to write to, found none. Make it first: Directory.CreateDirectory(\"…\").");
        // A name of its own, as another run may be saving to the same place.
        var beside = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            File.WriteAllBytes(beside, [.. content, .. SHA256.HashData(content)]);
            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    /// <summary>Reads a network that <see cref="Save"/> wrote.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not such a network, or it is damaged.</exception>
    public static Network<T> Load<T>(string path) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no network file '{path}'. Save one with NetworkFile.Save(network, path), or correct the path.", path);
        var bytes = File.ReadAllBytes(path);
        InvalidDataException Bad(string expected, string found) =>
            new($"Network file '{path}': expected {expected}, found {found}. Save the network again with NetworkFile.Save(network, path).");

        if (bytes.Length < 4 || BitConverter.ToUInt32(bytes) != Magic)
            throw Bad("a file that begins with NNET", bytes.Length < 4 ? $"{bytes.Length} bytes" : "another kind of file");
        if (bytes.Length < 24 + SHA256.HashSizeInBytes)
            throw Bad("a whole network", $"only {bytes.Length} bytes: the file is cut off");
        var content = bytes.AsSpan(0, bytes.Length - SHA256.HashSizeInBytes);
        if (!SHA256.HashData(content).AsSpan().SequenceEqual(bytes.AsSpan(content.Length)))
            throw Bad("a content that matches its checksum", "one that does not: the file is cut off or damaged");

        using var reader = new BinaryReader(new MemoryStream(content.ToArray()));
        reader.ReadUInt32();
        if (reader.ReadInt32() is var version && version != Version) throw Bad($"version {Version}", $"version {version}");
        if (reader.ReadInt32() is var width && width != Unsafe.SizeOf<T>())
            throw Bad($"numbers of {Unsafe.SizeOf<T>()} bytes ({typeof(T).Name})", $"numbers of {width} bytes");
        var (hidden, loss) = ((Activation)reader.ReadInt32(), (Loss)reader.ReadInt32());
        var sizes = new int[reader.ReadInt32()];
        for (var i = 0; i < sizes.Length; i++) sizes[i] = reader.ReadInt32();
        var network = new Network<T>(
            [.. sizes.Skip(1).Select((n, l) => new Matrix<T>(n, sizes[l]))],
            [.. sizes.Skip(1).Select(n => new Matrix<T>(n, 1))], hidden, loss);
        foreach (var parameters in Parameters(network))
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(parameters.Span));
        return network;
    }

    private static IEnumerable<Matrix<T>> Parameters<T>(Network<T> network) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        network.W.Zip(network.b).SelectMany(layer => new[] { layer.First, layer.Second });
}
