namespace Tests.Lib;

/// <summary>The published files under the names that copies of them have, and files that claim more than they hold.</summary>
public sealed class MnistNamesTests : TemporaryFolder
{
    private static readonly string Data = Path.Combine(Course.Root, "data");

    private static readonly string[] Files = [.. Directory.GetFiles(Data, "*-ubyte.gz").Select(path => Path.GetFileName(path))];

    [Theory]
    [InlineData("with a dot, compressed")]
    [InlineData("with a dot")]
    [InlineData("each in a folder of its name")]
    public void Copies_under_other_names_are_found(string form)
    {
        Assert.Equal(4, Files.Length);
        foreach (var file in Files)
        {
            var name = Path.GetFileNameWithoutExtension(file);
            if (form == "with a dot, compressed") File.Copy(Path.Combine(Data, file), At(file.Replace("-idx", ".idx")));
            else if (form == "with a dot") Write(name.Replace("-idx", ".idx"), Gunzip(Path.Combine(Data, file)));
            else
            {
                Directory.CreateDirectory(At(name));
                Write(Path.Combine(name, name), Gunzip(Path.Combine(Data, file)));
            }
        }
        var (training, test) = Mnist.Load(Folder);
        Assert.Equal((60_000, 10_000), (training.Count, test.Count));
    }

    [Fact]
    public void A_folder_without_them_is_named() =>
        Fails(() => Mnist.Load(Folder), $"looked for in the folder '{Folder}'", "found no such file");

    [Fact]
    public void A_header_that_claims_much_more_than_there_is_costs_no_memory()
    {
        // Two million bytes that inflate to as many zeros as gzip can pack into them, and a header that claims as much.
        var count = 2_000_000;
        byte[] content = [.. Number(2051), .. Number(count), .. Number(28), .. Number(28), .. new byte[3_000_000]];
        var packed = Gzip(content);
        var padded = Write("images", [.. packed, .. new byte[2_000_000]]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Fails(() => Mnist.Read(padded, Write("labels", Labels(1)), "claimed"), padded);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 40_000_000);
        // The published files have a number that is known.
        Write("t10k-labels-idx1-ubyte", [.. Number(2049), .. Number(9_999), .. new byte[9_999]]);
        File.Copy(Path.Combine(Data, "t10k-images-idx3-ubyte.gz"), At("t10k-images-idx3-ubyte.gz"));
        foreach (var file in Files.Where(file => file.StartsWith("train"))) File.Copy(Path.Combine(Data, file), At(file));
        Fails(() => Mnist.Load(Folder), "the published labels, 10,000 of them", "found 9999");
    }
}
