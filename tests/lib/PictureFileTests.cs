using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Tests.Lib;

/// <summary>Picture files that are damaged, or that were taken with the telephone held another way.</summary>
public sealed class PictureFileTests : TemporaryFolder
{
    private static readonly string Drawn = Path.Combine(Course.Root, "data", "drawings");

    private static byte[] Part(string name, params byte[] content)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(name), .. content];
        var crc = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(crc, PictureFile.Crc(body));
        return [.. Number(content.Length), .. body, .. crc];
    }

    private static byte[] Png(int width, int height, byte[] deflated, byte interlaced = 0, params byte[][] others) =>
        [0x89, .. "PNG\r\n\u001a\n"u8, .. Part("IHDR", [.. Number(width), .. Number(height), 8, 0, 0, 0, interlaced]), .. others.SelectMany(part => part),
            .. Part("IDAT", deflated), .. Part("IEND")];

    private static byte[] Deflated(byte[] rows)
    {
        using var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.Fastest)) deflate.Write(rows);
        return packed.ToArray();
    }

    /// <summary>EXIF with one entry, the orientation.</summary>
    private static byte[] Exif(int orientation, bool isLittle)
    {
        byte[] two(int value) => isLittle ? [(byte)value, 0] : [0, (byte)value];
        byte[] type = isLittle ? [18, 1] : [1, 18];   // 274
        return [.. isLittle ? "II"u8 : "MM"u8, .. two(42), .. isLittle ? new byte[] { 8, 0, 0, 0 } : [0, 0, 0, 8], .. two(1),
            .. type, .. two(3), .. isLittle ? new byte[] { 1, 0, 0, 0 } : [0, 0, 0, 1], .. two(orientation), 0, 0, 0, 0, 0, 0];
    }

    private static byte[] WithExif(byte[] jpeg, byte[] exif) =>
        [0xFF, 0xD8, 0xFF, 0xE1, (byte)((exif.Length + 8) >> 8), (byte)(exif.Length + 8), .. "Exif\0\0"u8, .. exif, .. jpeg[2..]];

    // ───────────────────────────── Orientation ─────────────────────────────

    /// <summary>What is seen upright is 1 2 3 over 4 5 6, however it is stored.</summary>
    [Theory]
    [InlineData(1, 3, new byte[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData(2, 3, new byte[] { 3, 2, 1, 6, 5, 4 })]
    [InlineData(3, 3, new byte[] { 6, 5, 4, 3, 2, 1 })]
    [InlineData(4, 3, new byte[] { 4, 5, 6, 1, 2, 3 })]
    [InlineData(5, 2, new byte[] { 1, 4, 2, 5, 3, 6 })]
    [InlineData(6, 2, new byte[] { 3, 6, 2, 5, 1, 4 })]
    [InlineData(7, 2, new byte[] { 6, 3, 5, 2, 4, 1 })]
    [InlineData(8, 2, new byte[] { 4, 1, 5, 2, 6, 3 })]
    public void A_picture_is_turned_as_its_file_says(int orientation, int width, byte[] stored)
    {
        var rows = stored.Chunk(width).SelectMany(row => row.Prepend((byte)0)).ToArray();
        foreach (var isLittle in new[] { true, false })
        {
            var png = Png(width, stored.Length / width, Deflated(rows), 0, Part("eXIf", Exif(orientation, isLittle)));
            var upright = GreyImage.Read(Write("a.png", png));
            Assert.Equal((3, 2), (upright.Width, upright.Height));
            Assert.Equal([1, 2, 3, 4, 5, 6], upright.Pixels);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_photograph_is_turned_as_its_exif_says(bool isLittle)
    {
        var jpeg = File.ReadAllBytes(Path.Combine(Drawn, "paper-7.jpg"));
        var stored = GreyImage.Read(Path.Combine(Drawn, "paper-7.jpg"));
        for (var orientation = 1; orientation <= 8; orientation++)
        {
            var (width, height) = (stored.Width, stored.Height);
            var expected = PictureFile.Upright(ref width, ref height, stored.Pixels, orientation);
            var read = GreyImage.Read(Write("a.jpg", WithExif(jpeg, Exif(orientation, isLittle))));
            Assert.Equal((width, height), (read.Width, read.Height));
            Assert.Equal(expected, read.Pixels);
        }
    }

    [Fact]
    public void Damaged_exif_turns_nothing()
    {
        var jpeg = File.ReadAllBytes(Path.Combine(Drawn, "paper-7.jpg"));
        var upright = GreyImage.Read(Path.Combine(Drawn, "paper-7.jpg")).Pixels;
        var exif = Exif(6, isLittle: true);
        byte[][] damaged = [[], exif[..9], exif[..^8], [.. exif[..4], 255, 255, 255, 255, .. exif[8..]], Exif(9, true), Exif(0, false), [.. "XX"u8, .. exif[2..]]];
        Assert.All(damaged, bad => Assert.Equal(upright, GreyImage.Read(Write("a.jpg", WithExif(jpeg, bad))).Pixels));
    }

    // ───────────────────────────── Damage ─────────────────────────────

    [Fact]
    public void No_flipped_bit_of_a_png_changes_what_is_read()
    {
        var good = File.ReadAllBytes(Path.Combine(Drawn, "pad-3.png"));
        var pixels = GreyImage.Read(Path.Combine(Drawn, "pad-3.png")).Pixels;
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            byte[] damaged = [.. good];
            damaged[random.Next(good.Length)] ^= (byte)(1 << random.Next(8));
            var path = Write("a.png", damaged);
            try
            {
                Assert.Equal(pixels, GreyImage.Read(path).Pixels);
            }
            catch (BadDataException error)
            {
                Assert.StartsWith(path, error.Message);
                Assert.InRange(error.Message.Length, 1, path.Length + 300);
            }
        }
    }

    [Theory]
    [InlineData("crc", "the checksum of a part does not fit")]
    [InlineData("adler", "their checksum does not fit")]
    [InlineData("more", "more pixels than its size says")]
    [InlineData("fewer", "fewer pixels than its size says")]
    [InlineData("cut", "it is cut off")]
    [InlineData("end", "it is cut off")]
    [InlineData("header", "no header, or two")]
    [InlineData("colours", "kind of colours")]
    public void What_is_wrong_with_a_png_is_said(string damage, string message)
    {
        var rows = new byte[20 * 21];
        var (deflated, png) = (Deflated(rows), Png(20, 20, Deflated(rows)));
        byte[] damaged = [.. png];
        switch (damage)
        {
            case "crc": damaged[^1] ^= 1; break;
            case "adler": deflated[^1] ^= 1; damaged = Png(20, 20, deflated); break;
            case "more": damaged = Png(20, 20, Deflated(new byte[rows.Length + 1])); break;
            case "fewer": damaged = Png(20, 20, Deflated(rows[1..])); break;
            case "cut": damaged = png[..^20]; break;
            case "end": damaged = png[..^12]; break;
            case "header": damaged = [.. png[..8], .. Part("gAMA", 0, 0, 0, 0), .. png[8..]]; break;
            case "colours": damaged = [.. png[..8], .. Part("IHDR", [.. Number(20), .. Number(20), 8, 5, 0, 0, 0]), .. png[33..]]; break;
        }
        if (damage is "header" or "colours")   // the decoder's own look at the header comes first, and may refuse them, too
            Fails(() => GreyImage.Read(Write("a.png", damaged)), At("a.png"), "expected");
        else
            Fails(() => GreyImage.Read(Write("a.png", damaged)), At("a.png"), "expected a whole picture", "damaged", message);
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => PictureFile.CheckPng(damaged)).Message);
    }

    [Fact]
    public void A_small_file_that_would_inflate_to_a_large_one_costs_no_memory()
    {
        var bomb = Png(10, 10, Deflated(new byte[200_000_000]));
        Assert.InRange(bomb.Length, 1, 2_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Fails(() => GreyImage.Read(Write("a.png", bomb)), "more pixels than its size says");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000_000);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(8, 8)]
    [InlineData(13, 17)]
    public void Interlaced_pictures_are_whole_when_they_are(int width, int height)
    {
        List<byte> rows = [];
        foreach (var (x, y, dx, dy) in new[] { (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2) })
            for (var r = y; r < height; r += dy)
                if (x < width) rows.AddRange([0, .. Enumerable.Repeat((byte)100, (width - x + dx - 1) / dx)]);
        var read = GreyImage.Read(Write("a.png", Png(width, height, Deflated([.. rows]), interlaced: 1)));
        Assert.Equal((width, height), (read.Width, read.Height));
        Assert.All(read.Pixels, p => Assert.Equal(100, p));
        Fails(() => GreyImage.Read(Write("a.png", Png(width, height, Deflated([.. rows[1..]]), interlaced: 1))), "fewer pixels");
    }

    [Fact]
    public void Only_png_and_jpeg_are_decoded()
    {
        // A header that the decoder would take for a TGA picture of 20×20.
        var tga = new byte[18 + 400];
        (tga[2], tga[12], tga[14], tga[16]) = (3, 20, 20, 8);
        Fails(() => GreyImage.Read(Write("a.tga", tga)), "expected a PNG or JPEG picture", "another kind of file");
    }
}
