using System.Buffers.Binary;
using System.IO.Compression;

namespace Tests.Lib;

/// <summary>A folder for one test, and small files in the format of MNIST in it.</summary>
public abstract class TemporaryFolder : IDisposable
{
    protected TemporaryFolder() => Folder = Directory.CreateTempSubdirectory("mnist-tests").FullName;

    protected string Folder { get; }

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected string At(string name) => Path.Combine(Folder, name);

    protected string Write(string name, byte[] content)
    {
        File.WriteAllBytes(At(name), content);
        return At(name);
    }

    protected string Write(string name, string content)
    {
        File.WriteAllText(At(name), content);
        return At(name);
    }

    /// <summary>An IDX file of images; pixel k of the file is k mod 251, so that a shifted byte shows.</summary>
    protected static byte[] Images(int count, int rows = 28, int columns = 28, int magic = 2051) =>
        [.. Number(magic), .. Number(count), .. Number(rows), .. Number(columns), .. Enumerable.Range(0, count * rows * columns).Select(k => (byte)(k % 251))];

    protected static byte[] Labels(params byte[] labels) => [.. Number(2049), .. Number(labels.Length), .. labels];

    protected static byte[] Number(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    protected static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(content);
        return packed.ToArray();
    }

    protected static byte[] Gunzip(string path)
    {
        using var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var content = new MemoryStream();
        gzip.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>The action fails with the one exception of the data, and its message has every one of these parts.</summary>
    protected static void Fails(Action action, params string[] parts)
    {
        var message = Assert.Throws<BadDataException>(action).Message;
        Assert.All(parts, part => Assert.Contains(part, message));
    }
}
