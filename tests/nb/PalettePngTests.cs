using Nb.Pictures;
using StbImageSharp;
using Xunit;

namespace Tests.Runner;

public sealed class PalettePngTests
{
    private static (int Width, int Height, byte[] Pixels) Read(byte[] png)
    {
        var image = ImageResult.FromMemory(png, ColorComponents.RedGreenBlueAlpha);
        return (image.Width, image.Height, image.Data);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(7, 5, 3)]
    [InlineData(64, 40, 256)]
    public void A_picture_of_few_colours_comes_back_as_it_was(int width, int height, int colours)
    {
        var random = new Random(1);
        var palette = Enumerable.Range(0, colours).Select(_ => new byte[] { (byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256), 255 }).ToArray();
        byte[] pixels = [.. Enumerable.Range(0, width * height).SelectMany(i => palette[i % colours])];
        var png = PalettePng.Of(width, pixels);
        Assert.Equal((width, height), (Read(png).Width, Read(png).Height));
        Assert.Equal(pixels, Read(png).Pixels);
        Assert.Equal(png, PalettePng.Of(width, pixels));
    }

    [Fact]
    public void With_more_colours_similar_ones_become_one()
    {
        // A scale of 2,048 colours from blue over white to orange, as in pictures of weights; its ends are rare.
        byte[] pixels = [.. Enumerable.Range(0, 2048).SelectMany(i => Enumerable.Repeat(Shade(i / 2047.0), 1 + Math.Min(i, 2047 - i) / 16)).SelectMany(c => c)];
        pixels = pixels[..(pixels.Length / 256 * 256)];
        var read = Read(PalettePng.Of(64, pixels)).Pixels;
        Assert.True(read.Chunk(4).Select(Convert.ToHexString).Distinct().Count() is > 200 and <= 256);
        for (var i = 0; i < pixels.Length; i++) Assert.InRange(read[i] - pixels[i], -12, 12);

        static byte[] Shade(double t) => t < 0.5
            ? [(byte)(510 * t), (byte)(80 + 350 * t), 255, 255]
            : [255, (byte)(255 - 350 * (t - 0.5)), (byte)(255 - 510 * (t - 0.5)), 255];
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(3, 16)]
    [InlineData(2, 0)]
    public void Rows_must_be_whole(int width, int bytes) => Assert.Throws<ArgumentException>(() => PalettePng.Of(width, new byte[bytes]));
}
