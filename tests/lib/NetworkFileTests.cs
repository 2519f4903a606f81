namespace Tests.Lib;

public sealed class NetworkFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("network-file-").FullName;

    private string PathOf(string name) => Path.Combine(folder, name);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_network_comes_back_bit_for_bit()
    {
        var network = Network<float>.Create([7, 6, 5, 4], new Random(1), Initialisation.Original, Activation.Tanh, Loss.SquaredError);
        NetworkFile.Save(network, PathOf("a.nn"));
        NetworkFile.Save(network, PathOf("a.nn"));   // over an existing file
        var back = NetworkFile.Load<float>(PathOf("a.nn"));
        Assert.Equal(network.ToString(), back.ToString());
        for (var l = 0; l < 3; l++)
        {
            Naive.SameBits(network.W[l], back.W[l]);
            Naive.SameBits(network.b[l], back.b[l]);
        }
        Assert.Equal([PathOf("a.nn")], Directory.GetFiles(folder));
    }

    [Fact]
    public void A_damaged_file_is_refused_whatever_byte_changed()
    {
        NetworkFile.Save(Network<float>.Create([3, 2, 2], new Random(1)), PathOf("a.nn"));
        var bytes = File.ReadAllBytes(PathOf("a.nn"));
        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[i] ^= 0x10;
            File.WriteAllBytes(PathOf("b.nn"), damaged);
            Assert.Contains("b.nn", Assert.Throws<InvalidDataException>(() => NetworkFile.Load<float>(PathOf("b.nn"))).Message);
            File.WriteAllBytes(PathOf("b.nn"), bytes[..i]);
            Assert.Throws<InvalidDataException>(() => NetworkFile.Load<float>(PathOf("b.nn")));
        }
    }

    [Fact]
    public void Other_files_are_named()
    {
        Assert.Contains("no network file", Assert.Throws<FileNotFoundException>(() => NetworkFile.Load<float>(PathOf("none.nn"))).Message);
        File.WriteAllText(PathOf("text.nn"), "label,pixel0");
        Assert.Contains("another kind of file", Assert.Throws<InvalidDataException>(() => NetworkFile.Load<float>(PathOf("text.nn"))).Message);
        NetworkFile.Save(Network<double>.Create([3, 2, 2], new Random(1)), PathOf("double.nn"));
        Assert.Contains("numbers of 8 bytes", Assert.Throws<InvalidDataException>(() => NetworkFile.Load<float>(PathOf("double.nn"))).Message);
    }

    [Fact]
    public void A_save_never_writes_into_the_file_that_is_there()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "An open file cannot be replaced there.");
        NetworkFile.Save(Network<float>.Create([3, 2, 2], new Random(1)), PathOf("a.nn"));
        var before = File.ReadAllBytes(PathOf("a.nn"));
        using var old = File.Open(PathOf("a.nn"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        NetworkFile.Save(Network<float>.Create([3, 2, 2], new Random(2)), PathOf("a.nn"));
        var seen = new byte[before.Length];
        old.ReadExactly(seen);
        Assert.Equal(before, seen);
        Assert.NotEqual(before, File.ReadAllBytes(PathOf("a.nn")));
    }

    [Fact]
    public void A_save_that_fails_leaves_nothing_and_keeps_the_old_file()
    {
        var network = Network<float>.Create([3, 2, 2], new Random(1));
        Directory.CreateDirectory(PathOf("folder.nn"));   // cannot be replaced by a file
        Assert.ThrowsAny<Exception>(() => NetworkFile.Save(network, PathOf("folder.nn")));
        Assert.Empty(Directory.GetFiles(folder));
    }
}
