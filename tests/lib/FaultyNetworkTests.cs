using System.Security.Cryptography;

namespace Tests.Lib;

/// <summary>Network files with a right checksum and something else wrong, and validation data that is none.</summary>
public sealed class FaultyNetworkTests : TemporaryFolder
{
    /// <summary>A network 3-2-2 whose bytes are changed and then signed.</summary>
    private string Signed(Func<byte[], byte[]> change)
    {
        NetworkFile.Save(Network<float>.Create([3, 2, 2], new Random(1)), At("good.nn"));
        var content = change(File.ReadAllBytes(At("good.nn"))[..^32]);
        return Write("a.nn", [.. content, .. SHA256.HashData(content)]);
    }

    private string With(int at, int value) => Signed(content =>
    {
        BitConverter.TryWriteBytes(content.AsSpan(at), value);
        return content;
    });

    [Theory]
    [InlineData(12, 7, "an activation function and a loss")]
    [InlineData(16, 99, "an activation function and a loss")]
    [InlineData(16, -1, "an activation function and a loss")]
    [InlineData(20, -1, "at least two layers")]
    [InlineData(20, 0, "at least two layers")]
    [InlineData(20, 1, "at least two layers")]
    [InlineData(20, 1000, "at least two layers")]
    [InlineData(20, int.MaxValue, "at least two layers")]
    [InlineData(20, 2, "bytes of parameters")]
    [InlineData(24, -1, "at least one unit")]
    [InlineData(24, 0, "at least one unit")]
    [InlineData(24, 2, "bytes of parameters")]
    [InlineData(28, 100_000_000, "found fewer")]
    [InlineData(32, int.MaxValue, "found fewer")]
    [InlineData(36, 0x7FC00000, "finite numbers")]
    [InlineData(40, 0x7F800000, "finite numbers")]
    public void A_signed_file_with_a_wrong_number_is_named(int at, int value, string expected)
    {
        var path = With(at, value);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = Assert.Throws<InvalidDataException>(() => NetworkFile.Load<float>(path)).Message;
        Assert.StartsWith($"Network file '{path}': expected ", message);
        Assert.Contains(expected, message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-4)]
    [InlineData(1)]
    [InlineData(4)]
    public void Bytes_too_few_and_too_many_are_named(int more) => Assert.Contains("bytes of parameters", Assert.Throws<InvalidDataException>(() =>
        NetworkFile.Load<float>(Signed(content => more < 0 ? content[..^-more] : [.. content, .. new byte[more]]))).Message);

    [Fact]
    public void A_place_that_cannot_be_written_is_named_and_nothing_is_left()
    {
        Directory.CreateDirectory(At("a.nn"));
        Assert.Contains("expected a file that can be written", Assert.Throws<IOException>(() => NetworkFile.Save(Network<float>.Create([2, 2], new Random(1)), At("a.nn"))).Message);
        Assert.Equal([At("a.nn")], Directory.GetFileSystemEntries(Folder));
    }

    [Theory]
    [InlineData(float.NaN, 3)]
    [InlineData(float.PositiveInfinity, 3)]
    [InlineData(float.NaN, 0)]
    public void Validation_data_that_is_no_number_stops_the_training_at_once(float odd, int patience)
    {
        var random = new Random(1);
        Examples<float> Some(int count) => new(Matrix.Normal<float>(4, count, 1, random), [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))]);
        var (training, validation) = (Some(40), Some(20));
        validation.X[2, 7] = odd;
        var error = Assert.Throws<DivergedException>(() => Training.Train(Network<float>.Create([4, 5, 10], random), training, validation, new() { Patience = patience }, random));
        Assert.StartsWith("Training cannot begin: the validation loss is not a finite number. Look for NaN or infinity in the validation data", error.Message);
    }
}
