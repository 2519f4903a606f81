using System.Text.RegularExpressions;

namespace Tests.Lib;

/// <summary>What is known about MNIST from elsewhere holds for what is loaded.</summary>
public partial class MnistFactsTests
{
    private static readonly (ImageSet Training, ImageSet Test) All = Mnist.Load(Path.Combine(Course.Root, "data"));

    private static int[] CountOfEachDigit(ImageSet set) => [.. Enumerable.Range(0, 10).Select(digit => set.Labels.Count(label => label == digit))];

    [Fact]
    public void Labels_are_the_known_ones()
    {
        Assert.Equal((60_000, 10_000), (All.Training.Count, All.Test.Count));
        Assert.Equal(("MNIST training", "MNIST test"), (All.Training.Name, All.Test.Name));
        Assert.Equal([5, 0, 4, 1, 9, 2, 1, 3, 1, 4], All.Training.Labels[..10]);
        Assert.Equal([7, 2, 1, 0, 4, 1, 4, 9, 5, 9], All.Test.Labels[..10]);
        Assert.Equal([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949], CountOfEachDigit(All.Training));
        Assert.Equal([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009], CountOfEachDigit(All.Test));
    }

    [Fact]
    public void Pixels_have_the_known_mean_deviation_and_share_of_zeros()
    {
        var values = All.Training.ToMatrix<double>().ToArray();
        var mean = values.Average();
        Assert.Equal(0.130660, mean, 1e-6);
        Assert.Equal(0.308108, Math.Sqrt(values.Average(x => (x - mean) * (x - mean))), 1e-6);
        Assert.Equal(0.809, values.Count(x => x == 0) / (double)values.Length, 5e-4);
    }

    [Fact]
    public void All_70000_images_differ() =>
        Assert.Equal(70_000, new[] { All.Training, All.Test }
            .SelectMany(set => Enumerable.Range(0, set.Count).Select(i => Convert.ToBase64String(set.Image(i)))).Distinct().Count());

    [Fact]
    public void The_table_of_the_readme_is_true()
    {
        var rows = TableRow().Matches(File.ReadAllText(Path.Combine(Course.Root, "data", "README.md")));
        Assert.Equal(4, rows.Count);
        foreach (Match row in rows)
        {
            var path = Path.Combine(Course.Root, "data", row.Groups[1].Value + ".gz");
            using var gzip = new System.IO.Compression.GZipStream(File.OpenRead(path), System.IO.Compression.CompressionMode.Decompress);
            using var content = new MemoryStream();
            gzip.CopyTo(content);
            Assert.Equal(row.Groups[2].Value.Replace(",", ""), $"{content.Length}");
            Assert.Equal(row.Groups[3].Value, Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(content.ToArray())));
            Assert.Equal(row.Groups[4].Value.Replace(",", ""), $"{new FileInfo(path).Length}");
        }
    }

    [GeneratedRegex(@"^\| (\S+-ubyte) \| ([\d,]+) \| ([0-9a-f]{32}) \| ([\d,]+) \|", RegexOptions.Multiline)]
    private static partial Regex TableRow();
}
