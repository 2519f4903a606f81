using System.Text;
using Tests.Data;

namespace Tests.Library;

/// <summary>The way from a picture to the 784 pixels of MNIST's form.</summary>
public sealed class DrawingTests : TemporaryFolder
{
    private static readonly Lazy<ImageSet> Test = new(() => Mnist.Load(Path.Combine(Course.Root, "data")).Test);

    private static GreyImage Paper(int width, int height, Func<int, int, double> value) =>
        new(width, height, [.. from r in Enumerable.Range(0, height) from c in Enumerable.Range(0, width) select (byte)Math.Clamp(value(r, c), 0, 255)]);

    private static GreyImage Large(ReadOnlySpan<byte> digit, int factor)
    {
        var pixels = digit.ToArray();
        return Paper(28 * factor, 28 * factor, (r, c) => pixels[r / factor * 28 + c / factor]);
    }

    private static double Difference(byte[] a, ReadOnlySpan<byte> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += Math.Abs(a[i] - b[i]);
        return sum / a.Length;
    }

    /// <summary>The mean difference of a pixel that is 0.13·255 in the mean, for the first 500 test images.</summary>
    private static double[] ThereAndBack(int factor, Func<GreyImage, GreyImage> change) =>
        [.. Enumerable.Range(0, 500).Select(i => Difference(Drawings.Prepare(change(Large(Test.Value.Image(i), factor)), $"{i}").Pixels, Test.Value.Image(i)))];

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public void An_MNIST_image_drawn_large_comes_back(int factor)
    {
        var differences = ThereAndBack(factor, image => image);
        Assert.True(differences.Count(d => d < 1) >= 490, $"{differences.Count(d => d < 1)} of 500 come back; median {differences.Order().ElementAt(250)}, worst {differences.Max()}");
    }

    [Fact]
    public void It_comes_back_from_dark_ink_on_light_paper()
    {
        var differences = ThereAndBack(5, image => Paper(image.Width, image.Height, (r, c) => 255 - image.Pixels[r * image.Width + c]));
        Assert.True(differences.Count(d => d < 1) >= 490, $"{differences.Count(d => d < 1)} of 500 come back");
    }

    [Fact]
    public void It_comes_back_from_paper_in_uneven_light_with_noise()
    {
        var random = new Random(1);
        double Noise() => 4 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5);
        var differences = ThereAndBack(5, image => Paper(image.Width + 60, image.Height + 40, (r, c) =>
        {
            var ink = r - 20 is >= 0 and < 140 && c - 30 is >= 0 and < 140 ? image.Pixels[(r - 20) * image.Width + c - 30] : 0;
            return (225 - 0.25 * r - 0.15 * c) * (1 - 0.75 * ink / 255) + Noise();
        }));
        Assert.True(differences.Count(d => d < 8) >= 490, $"{differences.Count(d => d < 8)} of 500 come back; median {differences.Order().ElementAt(250)}, worst {differences.Max()}");
    }

    [Fact]
    public void Every_stage_is_what_the_notes_say()
    {
        // A box of 60 by 100 pixels, full of ink, on dark ground: s = 0.2, and the digit becomes 12 by 20.
        var drawing = Drawings.Prepare(Paper(200, 150, (r, c) => r is >= 10 and < 110 && c is >= 100 and < 160 ? 200 : 0), "box");
        Assert.False(drawing.GroundIsLight);
        Assert.Equal(new(100, 10, 60, 100), drawing.Box);
        Assert.Equal(0.2, drawing.Scale);
        // 12 columns from 8, 20 rows from 4: the middle of mass is half a pixel before 14, so nothing has to move.
        Assert.Equal((13.5, 13.5), (drawing.CentreRow, drawing.CentreColumn));
        Assert.Equal((1, 1), (drawing.ShiftRows, drawing.ShiftColumns));
        Assert.Equal(240, drawing.Pixels.Count(p => p == 255));
        Assert.Equal(784 - 240, drawing.Pixels.Count(p => p == 0));
        Assert.Equal(255, drawing.Pixels[5 * 28 + 9]);
        Assert.Contains("box of 60×100, s = 0.2; centre of mass (13.50, 13.50); moved by (1, 1)", drawing.ToString());
    }

    [Fact]
    public void The_example_of_the_notes_has_its_centre_of_mass() =>
        Assert.Equal((0.2, 1.2), Drawings.CentreOfMass(new(3, 3, [0, 6, 2, 0, 2, 0, 0, 0, 0])));

    [Fact]
    public void Each_new_pixel_is_the_mean_of_what_it_covers()
    {
        // 30 rows become 20: each new one covers one and a half, and the rows are white and black by turns.
        var drawing = Drawings.Prepare(Paper(50, 50, (r, c) => r is >= 10 and < 40 && c is >= 10 and < 40 ? r % 2 == 0 ? 240 : 120 : 0), "stripes");
        // (240 + 120/2)/1.5 = 200 and (120/2 + 240)/1.5 = 200, then (120 + 240/2)/1.5 = 160 and so on; the strongest becomes 255.
        var column = Enumerable.Range(0, 20).Select(r => drawing.Scaled.Pixels[(4 + r) * 28 + 14]).ToArray();
        Assert.Equal([255, 204, 255, 204], [.. column.Take(4).Select(p => (int)p).Select((p, i) => p)]);
    }

    [Fact]
    public void Small_drawings_are_enlarged_and_thin_ones_keep_their_proportions()
    {
        var drawing = Drawings.Prepare(Paper(20, 20, (r, c) => r is >= 4 and < 14 && c == 8 ? 255 : 0), "thin");
        Assert.Equal(2, drawing.Scale);
        Assert.Equal(40, drawing.Pixels.Count(p => p > 0));
    }

    [Fact]
    public void Dust_is_left_out()
    {
        var clean = Drawings.Prepare(Paper(100, 100, (r, c) => r is >= 30 and < 70 && c is >= 40 and < 50 ? 255 : 0), "clean");
        var dusty = Drawings.Prepare(Paper(100, 100, (r, c) => (r is >= 30 and < 70 && c is >= 40 and < 50) || (r, c) == (5, 90) ? 255 : 0), "dusty");
        Assert.Equal(clean.Pixels, dusty.Pixels);
    }

    [Fact]
    public void A_written_png_is_read_back()
    {
        var random = new Random(1);
        var image = Paper(37, 21, (_, _) => random.Next(256));
        var path = Write("noise.png", image.ToPng());
        var read = GreyImage.Read(path);
        Assert.Equal((37, 21), (read.Width, read.Height));
        Assert.Equal(image.Pixels, read.Pixels);
    }

    [Fact]
    public void A_large_picture_is_made_smaller_by_a_whole_factor()
    {
        var path = Write("large.png", Paper(2100, 900, (r, c) => r % 3 == 0 ? 90 : 0).ToPng());
        var read = GreyImage.Read(path);
        Assert.Equal((700, 300), (read.Width, read.Height));
        Assert.All(read.Pixels, p => Assert.Equal(30, p));
    }

    [Fact]
    public void Squeezing_changes_the_size_and_nothing_else()
    {
        var squeezed = Drawings.Squeezed(Paper(56, 280, (r, c) => 200));
        Assert.Equal(784, squeezed.Length);
        Assert.All(squeezed, p => Assert.Equal(200, p));
    }

    [Fact]
    public void Drawings_become_a_set_of_images()
    {
        var drawing = Drawings.Prepare(Large(Test.Value.Image(0), 3), "seven");
        var set = Drawings.ToImageSet([drawing, drawing], [7, 7]);
        Assert.Equal(2, set.Count);
        Assert.Equal(drawing.Pixels, set.Image(1).ToArray());
    }

    [Fact]
    public void Stages_and_sheets_are_pictures_with_words()
    {
        var drawing = Drawings.Prepare(Large(Test.Value.Image(0), 3), "a <b> & c");
        var svg = System.Xml.Linq.XDocument.Parse(drawing.ToHtml());
        Assert.Contains("a <b> & c: grey 84×84", svg.Root!.Elements().First().Value);
        Assert.Equal(4, svg.Descendants().Count(element => element.Name.LocalName == "image"));
        var formats = new DrawingSource().CreateTypeFormatters().Concat(new SheetSource().CreateTypeFormatters()).Cast<ConventionFormatter>();
        Assert.Equal(6, formats.Count());
        Assert.Contains("needs at least one picture", Assert.Throws<ArgumentException>(() => new Sheet("none", [])).Message);
    }

    public static TheoryData<string, string, byte[]?> BadFiles => new()
    {
        { "expected a picture, found no such file. Check the path", "", null },
        { "found an empty file", "empty.png", [] },
        { "expected a PNG or JPEG picture, found another kind of file", "text.png", Encoding.ASCII.GetBytes("This is not a picture at all.") },
        { "found a HEIC or AVIF picture, as telephones make them. Save the picture as PNG or JPEG", "photo.heic", [0, 0, 0, 24, .. Encoding.ASCII.GetBytes("ftypheic1234")] },
        { "found a GIF picture", "a.gif", Encoding.ASCII.GetBytes("GIF89a..........") },
        { "found a damaged one", "cut.png", Paper(50, 50, (r, c) => r * c).ToPng()[..60] },
        { "found a damaged one", "header.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 1, 2, 3, 4, 5, 6, 7, 8] },
        { "expected a digit, found an empty picture: no ink", "blank.png", Paper(100, 100, (_, _) => 250).ToPng() },
        { "found an empty picture", "shade.png", Paper(100, 100, (r, c) => 250 - r / 2.0 - c / 3.0).ToPng() },
        { "found an empty picture", "grain.png", Paper(100, 100, (r, c) => 200 + (r * 31 + c * 17 + r * c) % 23).ToPng() },
        { "expected a digit of at least 8 pixels, found ink in 3×5 pixels", "dot.png", Paper(100, 100, (r, c) => r is >= 50 and < 55 && c is >= 50 and < 53 ? 0 : 255).ToPng() },
        { "expected a picture of at least 8 pixels, found 5×5", "tiny.png", Paper(5, 5, (r, c) => r * c * 10).ToPng() },
        { "expected at most 60 million pixels, found 20000×20000", "huge.png", Huge() },
    };

    /// <summary>A picture that says in its header that it is huge.</summary>
    private static byte[] Huge()
    {
        var png = Paper(10, 10, (_, _) => 0).ToPng();
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 20_000);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 20_000);
        return png;
    }

    [Theory]
    [MemberData(nameof(BadFiles), DisableDiscoveryEnumeration = true)]
    public void What_cannot_be_read_is_refused_with_the_file_and_what_was_found(string part, string name, byte[]? content)
    {
        var path = content is null ? At("missing.png") : Write(name, content);
        var message = Assert.Throws<BadDataException>(() => Drawings.Read(path)).Message;
        Assert.StartsWith(path, message);
        Assert.Contains(part, message);
    }

    [Fact]
    public void A_picture_without_its_pixels_and_a_centre_without_ink_are_refused()
    {
        Assert.Contains("needs both to be at least 1 and 6 pixels, but 5", Assert.Throws<ArgumentException>(() => new GreyImage(2, 3, new byte[5])).Message);
        Assert.Contains("expected ink, found none", Assert.Throws<BadDataException>(() => Drawings.CentreOfMass(new(3, 3, new byte[9]))).Message);
    }

    [Theory]
    [InlineData(Microsoft.CodeAnalysis.OptimizationLevel.Debug)]
    [InlineData(Microsoft.CodeAnalysis.OptimizationLevel.Release)]
    public async Task The_script_loads_in_a_notebook(Microsoft.CodeAnalysis.OptimizationLevel level)
    {
        var session = new Scripts.ScriptSession(level);
        foreach (var script in new[] { "NeuralNet.csx", "Mnist.csx", "Drawings.csx" })
            await session.Import(script);
        Assert.Equal(13.5, await session.Run("return Drawings.CentreOfMass(new GreyImage(28, 28, Enumerable.Repeat((byte)9, 784).ToArray())).Row;"));
    }
}
