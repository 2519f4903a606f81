using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Nb.Pictures;

/// <summary>Writes a picture as a PNG of at most 256 colours, one byte for each pixel. Charts and figures have few colours
/// and their blends at the edges of letters; so written they are a fifth as large as with four bytes for each pixel.</summary>
public static class PalettePng
{
    private const int MostColours = 256;

    /// <summary>The PNG file. Where there are more colours than a palette holds, similar ones become one.</summary>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="pixels">Red, green, blue and opacity of each pixel, row after row. The opacity is not used: the picture
    /// is opaque.</param>
    public static byte[] Of(int width, ReadOnlySpan<byte> pixels)
    {
        if (width < 1 || pixels.Length == 0 || pixels.Length % (4 * width) != 0)
            throw new ArgumentException($"Expected whole rows of {width} pixels of four bytes, found {pixels.Length} bytes.");
        var colours = new int[pixels.Length / 4];
        var counts = new Dictionary<int, int>();
        for (var i = 0; i < colours.Length; i++)
        {
            colours[i] = pixels[4 * i] << 16 | pixels[4 * i + 1] << 8 | pixels[4 * i + 2];
            counts[colours[i]] = counts.GetValueOrDefault(colours[i]) + 1;
        }
        // In the order of the colours: the same picture gives the same file.
        var groups = Grouped([.. counts.Select(c => new Colour(c.Key, c.Value)).OrderBy(c => c.Rgb)]);
        var palette = groups.ConvertAll(group => group.Mean);
        var places = groups.SelectMany((group, place) => group.Colours.Select(c => (c.Rgb, Place: (byte)place))).ToDictionary(c => c.Rgb, c => c.Place);
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), colours.Length / width);
        (header[8], header[9]) = (8, 3);   // eight bits for a pixel, which is a place in the palette
        WriteChunk(file, "IHDR", header);
        WriteChunk(file, "PLTE", [.. palette.SelectMany(c => new[] { (byte)(c >> 16), (byte)(c >> 8), (byte)c })]);
        WriteChunk(file, "IDAT", Compressed(width, colours, places));
        WriteChunk(file, "IEND", []);
        return file.ToArray();
    }

    private readonly record struct Colour(int Rgb, int Count)
    {
        public int Part(int shift) => Rgb >> shift & 255;
    }

    /// <summary>Similar colours, with what they have in common.</summary>
    private sealed class Group
    {
        private readonly int _shift;      // of red, green or blue: in which they differ most
        private readonly double _middle;  // the mean of it

        public Group(List<Colour> colours)
        {
            Colours = colours;
            double pixels = colours.Sum(c => (long)c.Count);
            foreach (var shift in (int[])[16, 8, 0])
            {
                var mean = colours.Sum(c => (double)c.Count * c.Part(shift)) / pixels;
                Mean |= (int)Math.Round(mean) << shift;
                var spread = colours.Sum(c => c.Count * (c.Part(shift) - mean) * (c.Part(shift) - mean));
                if (spread > Spread)
                    (Spread, _shift, _middle) = (spread, shift, mean);
            }
        }

        public List<Colour> Colours { get; }

        public int Mean { get; }

        /// <summary>The squared distances of all pixels from the mean, in that part; 0 where there is one colour.</summary>
        public double Spread { get; }

        public Group[] Halves() =>
            [new(Colours.FindAll(c => c.Part(_shift) <= _middle)), new(Colours.FindAll(c => c.Part(_shift) > _middle))];
    }

    // The group with the largest spread is cut at its mean, until there are as many as a palette holds.
    private static List<Group> Grouped(List<Colour> colours)
    {
        List<Group> groups = [new(colours)];
        while (groups.Count < MostColours && groups.MaxBy(group => group.Spread) is { Spread: > 0 } widest)
        {
            groups.Remove(widest);
            groups.AddRange(widest.Halves());
        }
        return groups;
    }

    // Each row begins with the number of its filter: 0, the bytes as they are.
    private static byte[] Compressed(int width, int[] colours, Dictionary<int, byte> places)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize))
        {
            var row = new byte[1 + width];
            for (var i = 0; i < colours.Length; i += width)
            {
                for (var j = 0; j < width; j++)
                    row[1 + j] = places[colours[i + j]];
                zlib.Write(row);
            }
        }
        return compressed.ToArray();
    }

    private static void WriteChunk(Stream file, string type, byte[] content)
    {
        Span<byte> number = stackalloc byte[4];
        byte[] checkedPart = [.. Encoding.ASCII.GetBytes(type), .. content];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(checkedPart);
        BinaryPrimitives.WriteUInt32BigEndian(number, Checksum(checkedPart));
        file.Write(number);
    }

    // CRC-32 as the PNG specification (annex D) has it.
    private static uint Checksum(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = crc >> 1 ^ (0xEDB88320 & (0 - (crc & 1)));
        }
        return ~crc;
    }
}
