using System.Text;

namespace Tests.Lib;

/// <summary>The way from a picture to the 784 pixels of MNIST's form.</summary>
public sealed class DrawingsTests : TemporaryFolder
{
    private static readonly string Data = Path.Combine(Course.Root, "data");
    private static readonly Lazy<ImageSet> Test = new(() => Mnist.Load(Data).Test);
    private static readonly Lazy<Network<float>> Digits = new(() => NetworkFile.Load<float>(Path.Combine(Data, "digits-784-128-10.nn")));

    private static GreyImage Paper(int width, int height, Func<int, int, double> value) =>
        new(width, height, [.. from r in Enumerable.Range(0, height) from c in Enumerable.Range(0, width) select (byte)Math.Clamp(value(r, c), 0, 255)]);

    /// <summary>A test digit of MNIST, each pixel a square of factor×factor, somewhere on a larger picture; 0 is ground.</summary>
    private static GreyImage Large(int index, int factor, int left = 0, int top = 0, int room = 0)
    {
        var digit = Test.Value.Image(index).ToArray();
        var side = 28 * factor;
        return Paper(side + room, side + room, (r, c) =>
            r - top is var y && c - left is var x && y >= 0 && y < side && x >= 0 && x < side ? digit[y / factor * 28 + x / factor] : 0);
    }

    private static GreyImage Inverted(GreyImage image) => Paper(image.Width, image.Height, (r, c) => 255 - image[r, c]);

    private static double Difference(byte[] a, ReadOnlySpan<byte> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += Math.Abs(a[i] - b[i]);
        return sum / a.Length;
    }

    // ───────────────────────────── The stages ─────────────────────────────

    [Fact]
    public void Every_stage_is_what_the_notes_say()
    {
        // The example of the notes: a box of 60 by 100 pixels, s = 0.2, and the digit becomes 12 by 20.
        var drawing = Drawings.Prepare(Paper(200, 150, (r, c) => r is >= 10 and < 110 && c is >= 100 and < 160 ? 200 : 0), "box");
        Assert.Equal(new(100, 10, 60, 100), drawing.Box);
        Assert.Equal(0.2, drawing.Box.Scale);
        // 12 columns from 8 and 20 rows from 4: the mean is 13.5, and round(0.5) is 1.
        Assert.Equal((13.5, 13.5), drawing.Centre);
        Assert.Equal((1, 1), drawing.Shift);
        for (var r = 0; r < 28; r++)
            for (var c = 0; c < 28; c++)
                Assert.Equal(r is >= 5 and < 25 && c is >= 9 and < 21 ? 255 : 0, drawing.Pixels[28 * r + c]);
        Assert.Equal("box: 200×150; ink in a box of 60×100, s = 0.2; centre of mass (13.50, 13.50); moved by (1, 1)", drawing.ToString());
    }

    [Fact]
    public void The_example_of_the_notes_has_its_centre_of_mass_and_its_shift()
    {
        GreyImage example = new(3, 3, [0, 6, 2, 0, 2, 0, 0, 0, 0]);
        Assert.Equal((0.2, 1.2), Drawings.CentreOfMass(example));
        Assert.Equal([0, 0, 0, 0, 6, 2, 0, 2, 0], Drawings.Shift(example, 1, 0).Pixels);
        Assert.Equal([0, 2, 0, 0, 0, 0, 0, 0, 0], Drawings.Shift(example, -1, 0).Pixels);
        Assert.Equal([6, 2, 0, 2, 0, 0, 0, 0, 0], Drawings.Shift(example, 0, -1).Pixels);
        Assert.All(Drawings.Shift(example, 0, 5).Pixels, p => Assert.Equal(0, p));
    }

    /// <summary>Random strokes: whatever is drawn, it comes out centred and no larger than 20×20.</summary>
    [Fact]
    public void Any_drawing_is_centred_and_in_a_box_of_20()
    {
        for (var seed = 1; seed <= 100; seed++)
        {
            var random = new Random(seed);
            var (w, h) = (random.Next(30, 150), random.Next(30, 150));
            var ink = new double[w * h];
            for (var (r, c, n) = (random.Next(5, h - 5), random.Next(5, w - 5), 0); n < 400; n++)
            {
                (r, c) = (Math.Clamp(r + random.Next(-1, 2), 3, h - 4), Math.Clamp(c + random.Next(-1, 2), 3, w - 4));
                for (var y = -1; y <= 1; y++) for (var x = -1; x <= 1; x++) ink[(r + y) * w + c + x] = 250;
            }
            var drawing = Drawings.Prepare(Paper(w, h, (r, c) => 255 - ink[r * w + c]), $"seed {seed}");
            GreyImage result = new(28, 28, drawing.Pixels);
            var (row, column) = Drawings.CentreOfMass(result);
            Assert.InRange(row, 13.5 - 1e-9, 14.5);
            Assert.InRange(column, 13.5 - 1e-9, 14.5);
            var box = Drawings.BoxOf(result)!;
            Assert.InRange(Math.Max(box.Width, box.Height), 19, 20);   // a faint edge may round to 0
            Assert.Equal(255, drawing.Pixels.Max());
        }
    }

    [Fact]
    public void Each_new_pixel_is_the_mean_of_what_it_covers()
    {
        // Three rows become two: each new one covers one old one and half of the next.
        GreyImage rows = new(1, 3, [240, 120, 30]);
        Assert.Equal([255, (byte)(255 * 60 / 200.0 + 0.5)], Drawings.Scale(rows, new(0, 0, 1, 3), 1, 2).Pixels);
        // Two become four, by (9.13): at −1/4, 1/4, 3/4 and 5/4, kept within 0 and 1.
        GreyImage two = new(2, 1, [255, 55]);
        Assert.Equal([255, 205, 105, 55], Drawings.Scale(two, new(0, 0, 2, 1), 4, 1).Pixels);
        // Only what lies in the box counts.
        GreyImage part = new(3, 1, [255, 100, 200]);
        Assert.Equal([128, 255], Drawings.Scale(part, new(1, 0, 2, 1), 2, 1).Pixels);
    }

    [Fact]
    public void Small_drawings_are_enlarged_and_thin_ones_keep_their_proportions()
    {
        var drawing = Drawings.Prepare(Paper(20, 20, (r, c) => r is >= 4 and < 14 && c == 8 ? 255 : 0), "thin");
        Assert.Equal(2, drawing.Box.Scale);
        Assert.Equal(new(13, 4, 2, 20), Drawings.BoxOf(drawing.Scaled));
        var line = Drawings.Prepare(Paper(200, 200, (r, c) => r is >= 20 and < 180 && c == 8 ? 255 : 0), "line");
        Assert.Equal(1, Drawings.BoxOf(line.Scaled)!.Width);
    }

    [Fact]
    public void Ink_is_what_stands_out_from_uneven_ground()
    {
        static bool IsInk(int r, int c) => r is >= 30 and < 70 && c is >= 40 and < 50;
        double Ground(int r, int c) => 220 - 0.9 * r - 0.5 * c;
        var ink = Drawings.InkOf(Paper(100, 100, (r, c) => Ground(r, c) - (IsInk(r, c) ? 80 : 0)));
        for (var r = 0; r < 100; r++)
            for (var c = 0; c < 100; c++)
                if (IsInk(r, c)) Assert.InRange(ink[r, c], 76, 84);
                else Assert.Equal(0, ink[r, c]);
    }

    [Fact]
    public void Dust_and_noise_are_no_ink()
    {
        var random = new Random(1);
        double Noise() => 8 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5);
        static bool IsInk(int r, int c) => r is >= 30 and < 70 && c is >= 40 and < 50;
        var clean = Drawings.Prepare(Paper(100, 100, (r, c) => IsInk(r, c) ? 40 : 240), "clean");
        var dusty = Drawings.Prepare(Paper(100, 100, (r, c) => (IsInk(r, c) || (r, c) == (5, 90) ? 40 : 240) + Noise()), "dusty");
        Assert.Equal(clean.Box, dusty.Box);
        // A dot of its own that is part of the writing stays.
        var dotted = Drawings.Prepare(Paper(100, 100, (r, c) => IsInk(r, c) || (r is >= 10 and < 16 && c is >= 40 and < 46) ? 40 : 240), "dotted");
        Assert.Equal(10, dotted.Box.Top);
    }

    // ───────────────────────────── MNIST there and back ─────────────────────────────

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public void An_MNIST_image_drawn_large_comes_back(int factor)
    {
        var back = Enumerable.Range(0, 100).Count(i => Difference(Drawings.Prepare(Inverted(Large(i, factor, room: 40, left: 11, top: 27)), $"{i}").Pixels, Test.Value.Image(i)) < 2);
        Assert.InRange(back, 97, 100);   // the mean pixel of a digit is 33
    }

    [Fact, Trait("Time", "long")]
    public void Test_digits_on_paper_are_recognised_nearly_as_before()
    {
        const int count = 300;
        var random = new Random(2);
        double Noise() => 6 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5);
        var pixels = new List<byte>();
        for (var i = 0; i < count; i++)
        {
            var image = Large(i, random.Next(3, 6), random.Next(40), random.Next(40), room: 40);
            var paper = Paper(image.Width, image.Height, (r, c) => (225 - 0.25 * r - 0.15 * c) * (1 - 0.75 * image[r, c] / 255) + Noise());
            pixels.AddRange(Drawings.Read(Write("digit.png", paper.ToPng())).Pixels);
        }
        var labels = Test.Value.Labels[..count];
        var before = Digits.Value.Accuracy(Test.Value.Take(count).ToExamples<float>());
        var after = Digits.Value.Accuracy(new ImageSet("paper", [.. pixels], labels).ToExamples<float>());
        Assert.InRange(before, 0.97, 1);
        Assert.InRange(after, before - 0.02, 1);
    }

    // ───────────────────────────── Files ─────────────────────────────

    [Fact]
    public void A_written_png_is_read_back()
    {
        var random = new Random(1);
        var image = Paper(37, 21, (_, _) => random.Next(256));
        var read = GreyImage.Read(Write("noise.png", image.ToPng()));
        Assert.Equal((37, 21), (read.Width, read.Height));
        Assert.Equal(image.Pixels, read.Pixels);
    }

    /// <summary>The pictures that notebook 10 reads: PNG and JPEG, dark on light and light on dark.</summary>
    [Fact]
    public void The_drawings_of_the_course_are_recognised()
    {
        string[] files = [.. Directory.GetFiles(Path.Combine(Data, "drawings"), "*-?.*").Where(path => char.IsDigit(Path.GetFileNameWithoutExtension(path)[^1]))];
        Assert.Equal(30, files.Length);
        var set = new ImageSet("drawings", [.. files.SelectMany(path => Drawings.Read(path).Pixels)], [.. files.Select(path => (byte)(Path.GetFileNameWithoutExtension(path)[^1] - '0'))]);
        Assert.InRange(Digits.Value.Accuracy(set.ToExamples<float>()), 0.9, 1);
        Assert.InRange(Directory.GetFiles(Path.Combine(Data, "drawings")).Sum(path => new FileInfo(path).Length), 1, 300_000);
    }

    [Fact]
    public void A_large_picture_is_made_smaller_by_a_whole_factor()
    {
        var read = GreyImage.Read(Write("large.png", Paper(2100, 900, (r, c) => r % 3 == 0 ? 90 : 0).ToPng()));
        Assert.Equal((700, 300), (read.Width, read.Height));
        Assert.All(read.Pixels, p => Assert.Equal(30, p));
    }

    [Fact]
    public void Colours_become_grey_and_what_is_transparent_white()
    {
        // A PNG of 4×1 pixels, 8 bits, red green blue opacity: red, green, blue, and black that cannot be seen.
        var png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAQAAAABCAYAAAD5PA/NAAAAFElEQVR4nGP4z8DwHwwZ/gMxAwMAO9UF+81zb24AAAAASUVORK5CYII=");
        Assert.Equal([76, 150, 29, 255], GreyImage.Read(Write("colours.png", png)).Pixels);
    }

    public static TheoryData<string, string, byte[]?> BadFiles => new()
    {
        { "expected a picture, found no such file. Check the path", "", null },
        { "expected a PNG or JPEG picture, found another kind of file", "empty.png", [] },
        { "Save the picture as PNG or JPEG; telephones often use HEIC", "photo.heic", [0, 0, 0, 24, .. Encoding.ASCII.GetBytes("ftypheic1234")] },
        { "expected a whole picture, found a damaged one", "cut.png", Paper(50, 50, (r, c) => r * c).ToPng()[..60] },
        { "found a damaged one (it is cut off)", "header.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 1, 2, 3, 4, 5, 6, 7, 8] },
        { "found a damaged one (it is cut off)", "half.jpg", File.ReadAllBytes(Path.Combine(Course.Root, "data", "drawings", "paper-3.jpg"))[..5000] },
        { "expected a digit, found an empty picture: no ink", "blank.png", Paper(100, 100, (_, _) => 250).ToPng() },
        { "found an empty picture", "shade.png", Paper(100, 100, (r, c) => 250 - r / 2.0 - c / 3.0).ToPng() },
        { "found an empty picture", "grain.png", Paper(100, 100, (r, c) => 200 + (r * 31 + c * 17 + r * c) % 23).ToPng() },
        { "expected a digit of at least 8 pixels, found ink in 3×5 pixels", "dot.png", Paper(100, 100, (r, c) => r is >= 50 and < 55 && c is >= 50 and < 53 ? 0 : 255).ToPng() },
        { "expected a picture of at least 8×8 pixels, found 50×5", "tiny.png", Paper(50, 5, (r, c) => r * c).ToPng() },
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
    public void What_makes_no_sense_is_refused()
    {
        Assert.Contains("needs both to be at least 1 and 6 pixels, but 5", Assert.Throws<ArgumentException>(() => new GreyImage(2, 3, new byte[5])).Message);
        Assert.Contains("expected ink, found none", Assert.Throws<BadDataException>(() => Drawings.CentreOfMass(new(3, 3, new byte[9]))).Message);
        Assert.Contains("no room for 29×5", Assert.Throws<ArgumentException>(() => Drawings.InField(new(29, 5, new byte[145]))).Message);
    }

    // ───────────────────────────── In a notebook ─────────────────────────────

    [Fact]
    public void Stages_and_sheets_are_pictures_with_words()
    {
        var drawing = Drawings.Prepare(Large(0, 3), "a <b> & c");
        var formats = new SvgFormatters().CreateTypeFormatters().Cast<ConventionFormatter>().ToArray();
        Assert.Equal(["image/svg+xml", "text/html", "text/plain"], formats.Select(format => format.MimeType));
        foreach (var (value, pictures) in new (object, int)[] { (drawing, 4), (new Sheet("three", [.. Enumerable.Repeat(new SheetItem(drawing.Grey, "1 < 2", true), 3)], columns: 2), 3) })
        {
            using var writer = new StringWriter();
            Assert.True(formats[0].Format(value, writer));
            var svg = System.Xml.Linq.XDocument.Parse(writer.ToString());
            Assert.Equal(value.ToString(), svg.Root!.Elements().First().Value);
            Assert.Equal(pictures, svg.Descendants().Count(element => element.Name.LocalName == "image"));
        }
        Assert.StartsWith("a <b> & c: 84×84", drawing.ToString());
    }

    [Fact]
    public void A_sheet_is_described_with_its_captions()
    {
        var paper = Paper(10, 10, (_, _) => 255);
        static string Title(Sheet sheet) => System.Xml.Linq.XDocument.Parse(sheet.ToHtml()).Root!.Elements().First().Value;
        Sheet captions = new("What is no digit is read as one", [new(paper, "a letter: 4, 0.738"), new(paper, "nothing: 5, 0.391", true)]);
        Assert.Equal("What is no digit is read as one. a letter: 4, 0.738; nothing: 5, 0.391", captions.ToString());
        Assert.Equal(captions.ToString(), Title(captions));
        Assert.Equal("two", Title(new("two", [new(paper, ""), new(paper, " ")])));
        Assert.EndsWith("; 39; and 10 more", new Sheet("many", [.. Enumerable.Range(0, 50).Select(i => new SheetItem(paper, $"{i}"))]).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 170, "a letter: 4, 0.738", 14)]   // as wide as its place
    [InlineData(10, 76, "5", 22)]
    [InlineData(1, 76, "", 13)]
    [InlineData(2, 40, "much longer than a place", 13)]
    public void Captions_of_a_sheet_are_as_large_as_their_places_allow(int count, int size, string caption, int font)
    {
        var svg = System.Xml.Linq.XDocument.Parse(new Sheet("a sheet", [.. Enumerable.Repeat(new SheetItem(Paper(28, 28, (_, _) => 255), caption), count)], size: size).ToHtml()).Root!;
        Assert.Equal($"{font}", (string?)svg.Attribute("font-size"));
        var words = svg.Elements().Last(element => element.Name.LocalName == "text");
        // Above the pictures stands the title.
        var title = svg.Elements().Where(element => element.Name.LocalName == "text").TakeWhile(element => element.Attribute("text-anchor") == null).ToArray();
        Assert.Equal("a sheet", string.Join(' ', title.Select(element => element.Value)));
        Assert.InRange((int)words.Attribute("y")!, 8 + size + font + title.Length * (font + 7), (int)svg.Attribute("height")! - font / 4);
    }

    [Fact]
    public void Each_picture_of_a_sheet_has_an_edge_around_itself()
    {
        // White paper on a white page: without a line nobody sees where it ends. A picture that is not square fills a part of its square.
        var svg = System.Xml.Linq.XDocument.Parse(new Sheet("two", [new(Paper(10, 10, (_, _) => 255), "a"), new(Paper(40, 20, (_, _) => 255), "b")], size: 80).ToHtml());
        var edges = svg.Root!.Elements().Where(element => element.Name.LocalName == "rect" && (string?)element.Attribute("fill") == "none");
        Assert.Equal(["8 28 80 80", "96 48 80 40"], edges.Select(edge => string.Join(' ', new[] { "x", "y", "width", "height" }.Select(name => (string?)edge.Attribute(name)))));
        Assert.All(edges, edge => Assert.NotNull(edge.Attribute("stroke")));
    }

    [Theory]
    [InlineData(Microsoft.CodeAnalysis.OptimizationLevel.Debug)]
    [InlineData(Microsoft.CodeAnalysis.OptimizationLevel.Release)]
    public async Task The_script_loads_in_a_notebook(Microsoft.CodeAnalysis.OptimizationLevel level)
    {
        var session = new ScriptSession(level);
        await session.ImportCourse("Drawings.csx");
        Assert.Equal(13.5, await session.Run("return Drawings.CentreOfMass(new GreyImage(28, 28, Enumerable.Repeat((byte)9, 784).ToArray())).Row;"));
    }
}
