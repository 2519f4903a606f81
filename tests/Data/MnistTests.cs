using System.Buffers.Binary;
using System.IO.Compression;
using CsCheck;

namespace Tests.Data;

/// <summary>The real files, read once for all tests.</summary>
public sealed class RealData
{
    public RealData() => (Training, Test) = Mnist.Load(Path.Combine(Course.Root, "data"));

    public ImageSet Training { get; }

    public ImageSet Test { get; }
}

public class MnistTests(RealData data) : IClassFixture<RealData>
{
    [Fact]
    public void Counts_labels_and_classes_are_the_published_ones()
    {
        Assert.Equal((60_000, 10_000), (data.Training.Count, data.Test.Count));
        Assert.Equal([5, 0, 4, 1, 9, 2, 1, 3, 1, 4], data.Training.Labels[..10]);
        Assert.Equal([7, 2, 1, 0, 4, 1, 4, 9, 5, 9], data.Test.Labels[..10]);
        Assert.Equal([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949], Classes(data.Training));
        Assert.Equal([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009], Classes(data.Test));

        static int[] Classes(ImageSet set) => [.. Enumerable.Range(0, 10).Select(k => set.Labels.Count(label => label == k))];
    }

    [Fact]
    public void Pixels_have_the_known_mean_spread_and_zeros()
    {
        var pixels = data.Training.Pixels;
        var mean = pixels.Average(p => p / 255.0);
        Assert.Equal(0.130660, mean, 6);
        Assert.Equal(0.308108, Math.Sqrt(pixels.Average(p => (p / 255.0 - mean) * (p / 255.0 - mean))), 6);
        Assert.Equal(0.809, pixels.Count(p => p == 0) / (double)pixels.Length, 3);
    }

    [Fact]
    public void All_images_differ()
    {
        var seen = new HashSet<string>();
        foreach (var set in new[] { data.Training, data.Test })
            for (var i = 0; i < set.Count; i++)
                Assert.True(seen.Add(Convert.ToBase64String(set.Image(i))), $"{set.Name}: image {i} occurs twice");
    }

    [Theory]
    [InlineData(PixelScaling.DivideBy255)]
    [InlineData(PixelScaling.MinMaxPerImage)]
    public void Scaling_agrees_with_its_definition(PixelScaling scaling)
    {
        var set = data.Training.Take(300);
        var (X, single) = (set.ToMatrix<double>(scaling), set.ToMatrix<float>(scaling));
        Assert.Equal("784×300", X.Shape);
        for (var j = 0; j < set.Count; j++)
        {
            var image = set.Image(j).ToArray();
            var (min, max) = scaling == PixelScaling.MinMaxPerImage ? (image.Min(), image.Max()) : ((byte)0, (byte)255);
            for (var i = 0; i < 784; i++)
            {
                Assert.Equal((image[i] - min) / (double)(max - min), X[i, j]);
                Assert.Equal((image[i] - min) / (float)(max - min), single[i, j]);
            }
        }
    }

    [Fact]
    public void Min_max_uses_each_images_own_range_and_makes_an_even_image_zero()
    {
        var pixels = new byte[3 * 784];
        (pixels[0], pixels[1]) = (50, 100);                      // 0 to 100
        pixels.AsSpan(784, 784).Fill(40);
        (pixels[784], pixels[785]) = (60, 240);                  // 40 to 240
        pixels.AsSpan(2 * 784, 784).Fill(77);                    // no range at all
        var X = new ImageSet("made", pixels, [1, 2, 3]).ToMatrix<double>(PixelScaling.MinMaxPerImage);
        Assert.Equal([0.5, 1, 0], [X[0, 0], X[1, 0], X[2, 0]]);
        Assert.Equal([0.1, 1, 0], [X[0, 1], X[1, 1], X[2, 1]]);
        Assert.All(X.Column(2).ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Examples_have_one_column_and_one_label_for_each_image()
    {
        var examples = data.Test.Take(20).ToExamples<float>();
        Assert.Equal(("784×20", "10×20", 20), (examples.X.Shape, examples.Y.Shape, examples.Count));
        Assert.Equal(data.Test.Labels[..20].Select(label => (int)label), examples.Y.ArgMaxOfColumns());
        Assert.Contains("no labels", Assert.Throws<BadDataException>(() => new ImageSet("bare", new byte[784], []).ToExamples<float>()).Message);
    }

    [Fact]
    public void A_split_is_disjoint_complete_and_repeatable()
    {
        var set = data.Training.Take(500);
        var (training, validation) = Mnist.Split(set, 120, new Random(4));
        Assert.Equal((380, 120), (training.Count, validation.Count));
        Assert.Equal(Images(set).Order(), Images(training).Concat(Images(validation)).Order());
        Assert.Equal(Images(validation), Images(Mnist.Split(set, 120, new Random(4)).Validation));
        Assert.NotEqual(Images(validation), Images(Mnist.Split(set, 120, new Random(5)).Validation));
        Assert.Throws<ArgumentOutOfRangeException>(() => Mnist.Split(set, 501, new Random(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Mnist.Split(set, -1, new Random(1)));

        // The label belongs to its image: both are part of what is compared.
        static List<string> Images(ImageSet set) =>
            [.. Enumerable.Range(0, set.Count).Select(i => set.Labels[i] + Convert.ToBase64String(set.Image(i)))];
    }

    [Fact]
    public void Batches_lose_nothing() => Gen.Select(Gen.Int[0, 200], Gen.Int[1, 60]).Sample((count, size) =>
    {
        var batches = Training.Batches(count, size, new Random(1)).ToArray();
        return batches.Length == (count + size - 1) / size
            && batches.SkipLast(1).All(batch => batch.Length == size)
            && batches.SelectMany(batch => batch).Order().SequenceEqual(Enumerable.Range(0, count));
    });

    [Fact]
    public void A_network_learns_a_hundred_real_images_by_heart()
    {
        var examples = data.Training.Take(100).ToExamples<float>();
        var network = Network<float>.Create([784, 30, 10], new Random(1));
        var history = Training.Train(network, examples, null, new() { Epochs = 100, BatchSize = 10, ReportEvery = 100 }, new Random(1));
        Assert.Equal(1.0, history.Last.TrainingAccuracy);
    }

    [Fact]
    public void The_folder_is_found_from_the_notebooks_and_named_when_it_is_not()
    {
        Assert.Equal(60_000, Mnist.Load().Training.Count);   // from the tests' own working directory, below the course
        var empty = Directory.CreateTempSubdirectory("mnist-empty-").FullName;
        try
        {
            Assert.Contains("not there", Assert.Throws<BadDataException>(() => Mnist.Load(empty)).Message);
        }
        finally
        {
            Directory.Delete(empty);
        }
    }
}

/// <summary>What a reader is told about a file that is not as it should be.</summary>
public sealed class BadMnistFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("mnist-tests-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Write(string name, byte[] content)
    {
        var path = Path.Combine(folder, name);
        using var file = File.Create(path);
        using Stream stream = name.EndsWith(".gz") ? new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(content);
        return path;
    }

    private static byte[] Idx(int magic, int[] sizes, byte[] content)
    {
        var header = new byte[4 + 4 * sizes.Length];
        BinaryPrimitives.WriteInt32BigEndian(header, magic);
        for (var i = 0; i < sizes.Length; i++) BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * i), sizes[i]);
        return [.. header, .. content];
    }

    private static byte[] Images(int count, byte ink = 9) => Idx(2051, [count, 28, 28], [.. Enumerable.Repeat(ink, count * 784)]);

    private static byte[] Labels(params byte[] labels) => Idx(2049, [labels.Length], labels);

    private void Refused(string images, string labels, params string[] parts)
    {
        var message = Assert.Throws<BadDataException>(() => Mnist.Read(images, labels, "test set")).Message;
        Assert.All(parts, part => Assert.Contains(part, message));
    }

    [Fact]
    public void A_good_pair_is_read_compressed_or_not()
    {
        var set = Mnist.Read(Write("i.gz", Images(2, 200)), Write("l", Labels(3, 9)), "two");
        Assert.Equal([3, 9], set.Labels);
        Assert.All(set.Pixels, p => Assert.Equal(200, p));
        Assert.Equal("two: 2 images of 28×28 pixels, with labels", set.ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Image(2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Take(3));
    }

    [Fact]
    public void Missing() => Refused(Path.Combine(folder, "none.gz"), Write("l.gz", Labels(1)), "none.gz", "not there", "clone");

    [Fact]
    public void Swapped() => Refused(Write("i.gz", Labels(1)), Write("l.gz", Images(1)), "l.gz", "expected labels", "swapped");

    [Fact]
    public void Another_kind_of_file() => Refused(Write("i.gz", [1, 2, 3, 4, 5, 6, 7, 8]), Write("l.gz", Labels(1)), "i.gz", "2051", "magic number 16909060");

    [Fact]
    public void Cut_off_in_the_header() => Refused(Write("i.gz", Images(1)[..10]), Write("l.gz", Labels(1)), "header", "10 bytes");

    [Fact]
    public void Empty() => Refused(Write("i.gz", []), Write("l.gz", Labels(1)), "0 bytes");

    [Fact]
    public void Cut_off_in_the_content() => Refused(Write("i.gz", Images(2)[..^5]), Write("l.gz", Labels(1, 2)), "2 images (1568 bytes)", "1563 bytes", "cut off");

    [Fact]
    public void Longer_than_its_count() => Refused(Write("i.gz", [.. Images(1), 0]), Write("l.gz", Labels(1)), "more bytes");

    [Fact]
    public void Gzip_cut_off()
    {
        var whole = File.ReadAllBytes(Path.Combine(Course.Root, "data", "t10k-images-idx3-ubyte.gz"));
        var path = Path.Combine(folder, "half.gz");
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
        Refused(path, Path.Combine(Course.Root, "data", "t10k-labels-idx1-ubyte.gz"), "half.gz", "10000 images", "cut off");
    }

    [Fact]
    public void Gzip_damaged()
    {
        var path = Write("i.gz", Images(3));
        var bytes = File.ReadAllBytes(path);
        bytes[0] ^= 0xFF;
        File.WriteAllBytes(path, bytes);
        Refused(path, Write("l.gz", Labels(1, 2, 3)), "i.gz", "gzip");
    }

    [Fact]
    public void Other_image_sizes() => Refused(Write("i.gz", Idx(2051, [1, 32, 32], new byte[1024])), Write("l.gz", Labels(1)), "28×28", "32×32");

    [Fact]
    public void Absurd_counts() => Refused(Write("i.gz", Idx(2051, [-1, 28, 28], [])), Write("l.gz", Labels(1)), "-1");

    [Fact]
    public void Labels_and_images_of_different_counts() => Refused(Write("i.gz", Images(2)), Write("l.gz", Labels(1, 2, 3)), "2 images", "3 labels");

    [Fact]
    public void A_label_above_nine() => Refused(Write("i.gz", Images(2)), Write("l.gz", Labels(1, 10)), "label 1", "10");

    [Fact]
    public void A_published_name_must_have_the_published_content() =>
        Refused(Write("t10k-images-idx3-ubyte.gz", Images(1)), Write("t10k-labels-idx1-ubyte.gz", Labels(1)),
            "t10k-labels-idx1-ubyte.gz", "MD5 27ae3e4e09519cfbb04c329615203637", "changed");

    [Fact]
    public void Image_sets_check_what_they_are_given()
    {
        Assert.Contains("783 pixels", Assert.Throws<BadDataException>(() => new ImageSet("made", new byte[783], [1])).Message);
        Assert.Contains("1 images but 2 labels", Assert.Throws<BadDataException>(() => new ImageSet("made", new byte[784], [1, 2])).Message);
        Assert.Contains("label 0 is 11", Assert.Throws<BadDataException>(() => new ImageSet("made", new byte[784], [11])).Message);
    }
}
