using System.IO.Compression;

namespace Tests.Lib;

/// <summary>What is wrong with a data file is said: which file, what was expected, what was found, what to do.</summary>
public class MnistFilesTests : TemporaryFolder
{
    private static readonly byte[] Three = Labels(7, 0, 9);

    private ImageSet Read(byte[] images, byte[] labels) => Mnist.Read(Write("images", images), Write("labels", labels), "small");

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_pair_is_read_compressed_or_not_whatever_its_name(bool gzipImages, bool gzipLabels)
    {
        var set = Read(gzipImages ? Gzip(Images(3)) : Images(3), gzipLabels ? Gzip(Three) : Three);
        Assert.Equal("small: 3 images of 28×28 pixels, with labels", set.ToString());
        Assert.Equal([7, 0, 9], set.Labels);
        Assert.Equal(Images(3)[16..], set.Pixels);
        Assert.Equal(Images(3)[(16 + 784)..(16 + 2 * 784)], set.Image(1).ToArray());
    }

    [Fact]
    public void Published_names_do_not_make_a_pair_of_ones_own_be_compared_with_the_published_sums()
    {
        var set = Mnist.Read(Write("t10k-images-idx3-ubyte.gz", Gzip(Images(3))), Write("t10k-labels-idx1-ubyte.gz", Gzip(Three)), "fashion");
        Assert.Equal(3, set.Count);
    }

    [Fact]
    public void Content_that_comes_out_of_gzip_in_many_pieces_is_put_together()
    {
        var content = Images(100);
        new Random(1).NextBytes(content.AsSpan(16));   // noise: 78 KB that hardly compress
        using (var gzip = new GZipStream(new MemoryStream(Gzip(content)), CompressionMode.Decompress))
            Assert.True(gzip.Read(new byte[content.Length]) < content.Length, "the test needs a short read");
        Assert.Equal(content[16..], Read(Gzip(content), Labels(new byte[100])).Pixels);
    }

    [Fact]
    public void A_missing_file_is_named_with_what_to_do()
    {
        Fails(() => Mnist.Read(At("absent"), Write("labels", Three), "small"), At("absent"), "expected images", "no such file");
        Fails(() => Mnist.Read(Write("images", Images(3)), At("absent"), "small"), At("absent"), "expected labels", "no such file");
        Fails(() => Mnist.Load(Folder), At("train-labels-idx1-ubyte.gz"), "no such file", "git checkout -- data");
    }

    [Fact]
    public void Swapped_files_are_recognised()
    {
        Fails(() => Mnist.Read(Write("a", Three), Write("b", Images(3)), "small"), At("b"), "expected labels (magic number 2049)", "found images (magic number 2051)", "swapped");
        Fails(() => Mnist.Read(Write("a", Three), Write("c", Three), "small"), At("a"), "expected images (magic number 2051)", "found labels (magic number 2049)", "swapped");
    }

    [Fact]
    public void Another_magic_number_is_told() =>
        Fails(() => Read(Images(3, magic: 2052), Three), At("images"), "2051", "found magic number 2052");

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_file_shorter_than_its_magic_number_is_cut_off(int length) =>
        Fails(() => Read(Images(3), Three[..length]), At("labels"), "2049", $"found {length} bytes", "cut off");

    [Theory]
    [InlineData(4)]
    [InlineData(15)]
    public void A_file_shorter_than_its_header_is_cut_off(int length) =>
        Fails(() => Read(Images(3)[..length], Three), At("images"), "16 bytes", $"found {length} bytes", "cut off");

    [Theory]
    [InlineData(27, 28)]
    [InlineData(28, 29)]
    public void Images_of_another_size_are_refused(int rows, int columns) =>
        Fails(() => Read(Images(3, rows, columns), Three), At("images"), "28×28", $"found {rows}×{columns}");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Too_few_bytes_are_counted(bool gzip)
    {
        byte[] Maybe(byte[] content) => gzip ? Gzip(content) : content;
        Fails(() => Read(Maybe(Images(3)[..^1]), Three), At("images"), "3 images (2352 bytes", "found 2351 bytes", "cut off");
        Fails(() => Read(Images(3), Maybe(Three[..^1])), At("labels"), "3 labels (3 bytes", "found 2 bytes", "cut off");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bytes_after_the_end_are_noticed(bool gzip)
    {
        byte[] Maybe(byte[] content) => gzip ? Gzip(content) : content;
        Fails(() => Read(Maybe([.. Images(3), 0]), Three), At("images"), "3 images", "more bytes");
        Fails(() => Read(Images(3), Maybe([.. Three, 0])), At("labels"), "3 labels", "more bytes");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2_000_000)]      // 1.6 GB, which must not be taken on the word of a file of 2 KB
    [InlineData(int.MaxValue)]   // more than an array can hold
    public void A_count_that_cannot_be_is_not_believed(int count)
    {
        var images = Images(3);
        Number(count).CopyTo(images, 4);
        Fails(() => Read(images, Three), At("images"), "a count of images", $"found {count}");
    }

    [Fact]
    public void Images_that_are_all_paper_compress_as_well_as_gzip_can_and_are_read()
    {
        var images = Images(20_000);
        images.AsSpan(16).Clear();
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize)) gzip.Write(images);
        Assert.Equal(20_000, Read(packed.ToArray(), Labels(new byte[20_000])).Count);
    }

    [Fact]
    public void Labels_are_digits() =>
        Fails(() => Read(Images(3), Labels(9, 10, 0)), At("labels"), "labels from 0 to 9", "found 10 as label 1");

    [Fact]
    public void There_are_as_many_labels_as_images() =>
        Fails(() => Read(Images(2), Three), At("images"), At("labels"), "2 images", "3 labels", "same source");

    /// <summary>Cut or changed at each place in turn: never accepted, and never another kind of exception.</summary>
    [Fact]
    public void A_damaged_gzip_file_is_never_accepted()
    {
        var packed = Gzip(Images(3));
        for (var length = 0; length < packed.Length; length++)
            Fails(() => Read(packed[..length], Three), At("images"), "expected", "found");
        for (var at = 0; at < packed.Length; at++)
        {
            // Bytes 4 to 9 of a gzip file (time, flags for information, system) say nothing about the content.
            if (at is >= 4 and <= 9) continue;
            var damaged = packed.ToArray();
            damaged[at] ^= 0x55;
            Fails(() => Read(damaged, Three), At("images"), "expected", "found");
        }
    }

    [Fact]
    public void A_cut_or_changed_gzip_file_is_called_damaged()
    {
        var packed = Gzip(Images(3));
        Fails(() => Read(packed[..(packed.Length / 2)], Three), At("images"), "cut off");
        Fails(() => Read(packed[..^1], Three), At("images"), "ends with the length of its content, 2368 bytes", "cut off");
        Fails(() => Read([.. packed, 0], Three), At("images"), "ends with the length", "bytes added");
        packed[^6] ^= 1;   // in its checksum
        Fails(() => Read(packed, Three), At("images"), "a whole gzip file", "damaged");
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_told_in_the_same_way()
    {
        var labels = Write("labels", Three);
        using var held = new FileStream(labels, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Fails(() => Mnist.Read(Write("images", Images(3)), labels, "small"), labels, "a file that can be read", "another program");
    }

    /// <summary>The published set with one file in another state.</summary>
    private void CopyPublished(string file, Func<byte[], byte[]> change)
    {
        foreach (var path in Directory.GetFiles(Path.Combine(Course.Root, "data"), "*.gz"))
            if (Path.GetFileName(path) == file + ".gz") Write(file, change(Gunzip(path)));
            else File.Copy(path, At(Path.GetFileName(path)));
    }

    [Theory]
    [InlineData("train-images-idx3-ubyte", "6bbc9ace898e44ae57da46a324031adb")]
    [InlineData("train-labels-idx1-ubyte", "a25bea736e30d166cdddb491f175f624")]
    [InlineData("t10k-images-idx3-ubyte", "2646ac647ad5339dbf082846283269ea")]
    [InlineData("t10k-labels-idx1-ubyte", "27ae3e4e09519cfbb04c329615203637")]
    public void One_changed_value_in_a_published_file_is_noticed(string file, string md5)
    {
        CopyPublished(file, content => { content[^1] ^= 1; return content; });
        Fails(() => Mnist.Load(Folder), At(file), md5, "the file was changed", "git checkout -- data");
    }

    [Fact]
    public void A_published_file_may_be_unpacked()
    {
        CopyPublished("t10k-images-idx3-ubyte", content => content);
        Assert.Equal(10_000, Mnist.Load(Folder).Test.Count);
    }
}
