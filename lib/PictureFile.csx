using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;

#nullable enable

// What is looked at in a PNG or JPEG file before it is decoded: which of the two it is, whether it is whole, and which
// way up it is. The decoder itself compares no checksums, and knows nothing of the way a telephone was held.

/// <summary>The kind of a picture file, by its first bytes.</summary>
public enum PictureKind
{
    /// <summary>Neither PNG nor JPEG.</summary>
    Other,
    /// <summary>PNG.</summary>
    Png,
    /// <summary>JPEG.</summary>
    Jpeg
}

/// <summary>Looks at the bytes of picture files.</summary>
public static class PictureFile
{
    private static readonly byte[] PngStart = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];
    private static readonly uint[] CrcOfByte = [.. Enumerable.Range(0, 256).Select(CrcOf)];

    /// <summary>PNG, JPEG or neither.</summary>
    public static PictureKind KindOf(ReadOnlySpan<byte> file) =>
        file.StartsWith(PngStart) ? PictureKind.Png
        : file.Length > 3 && file[0] == 0xFF && file[1] == 0xD8 && file[2] == 0xFF ? PictureKind.Jpeg
        : PictureKind.Other;

    /// <summary>The checksum CRC-32 of a part of a PNG: of its four letters and its content.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes) crc = (crc >> 8) ^ CrcOfByte[(byte)(crc ^ b)];
        return ~crc;
    }

    private static uint CrcOf(int value)
    {
        var crc = (uint)value;
        for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        return crc;
    }

    // ───────────────────────────── Is a PNG whole? ─────────────────────────────

    /// <summary>Compares the checksum of every part, and inflates the pixels: exactly as many as the size says, with the
    /// right checksum (Adler-32) of their own. At most that many are inflated, and none are kept.</summary>
    /// <exception cref="InvalidDataException">Something is wrong; the message says what.</exception>
    public static void CheckPng(byte[] file)
    {
        using var pixels = new MemoryStream();
        ReadOnlySpan<byte> header = default;
        var isEnded = false;
        for (var at = PngStart.Length; !isEnded;)
        {
            if (file.Length - at < 12) throw new InvalidDataException("it is cut off");
            var length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - 12) throw new InvalidDataException("it is cut off, or the length of a part is damaged");
            var part = file.AsSpan(at + 4, 4 + (int)length);
            var name = Encoding.ASCII.GetString(part[..4]);
            if (Crc(part) != BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + (int)length)))
                throw new InvalidDataException("the checksum of a part does not fit");
            if (header.IsEmpty != (name == "IHDR")) throw new InvalidDataException("it has no header, or two");
            if (name == "IHDR") header = part[4..];
            if (name == "IDAT") pixels.Write(part[4..]);
            isEnded = name == "IEND";
            at += 12 + (int)length;
        }
        var expected = InflatedLength(header);
        pixels.Position = 0;
        using var inflate = new ZLibStream(pixels, CompressionMode.Decompress);
        var buffer = new byte[1 << 16];
        var count = 0L;
        try
        {
            for (int read; count <= expected && (read = inflate.Read(buffer)) > 0;) count += read;
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException("its pixels cannot be decompressed, or their checksum does not fit", error);
        }
        if (count > expected) throw new InvalidDataException("it has more pixels than its size says");
        if (count < expected) throw new InvalidDataException("it has fewer pixels than its size says");
    }

    /// <summary>How many bytes the pixels are before compression: each row begins with the number of its filter.</summary>
    private static long InflatedLength(ReadOnlySpan<byte> header)
    {
        if (header.Length != 13) throw new InvalidDataException("its header has a wrong length");
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(header), BinaryPrimitives.ReadUInt32BigEndian(header[4..]));
        var bits = header[8] * header[9] switch { 0 or 3 => 1, 2 => 3, 4 => 2, 6 => 4, _ => throw new InvalidDataException("its kind of colours is unknown") };
        long Pass(long w, long h) => w == 0 || h == 0 ? 0 : h * (1 + (w * bits + 7) / 8);
        if (header[12] == 0) return Pass(width, height);
        // Interlaced (Adam7): seven pictures, each of every 8th, 4th or 2nd pixel.
        var sum = 0L;
        foreach (var (x, y, dx, dy) in new[] { (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2) })
            sum += Pass((width + dx - 1 - x) / dx, (height + dy - 1 - y) / dy);
        return sum;
    }

    // ───────────────────────────── Which way up is it? ─────────────────────────────

    /// <summary>The orientation of EXIF, 1 to 8: what has to be done to the pixels of the file to see the picture upright. 1,
    /// which is "nothing", where the file does not say.</summary>
    /// <remarks>Telephones store the picture as the sensor lies, and note how they were held.</remarks>
    public static int Orientation(ReadOnlySpan<byte> file) => KindOf(file) switch
    {
        PictureKind.Jpeg => InJpeg(file),
        PictureKind.Png => InPng(file),
        _ => 1
    };

    /// <summary>A JPEG begins with segments: 255, a number, a length of two bytes, the content. EXIF is in the one with number 225.</summary>
    private static int InJpeg(ReadOnlySpan<byte> file)
    {
        for (var at = 2; at + 4 <= file.Length && file[at] == 0xFF;)
        {
            var marker = file[at + 1];
            if (marker == 0xFF) { at++; continue; }              // a byte that fills
            if (marker is 0xDA or 0xD9) break;                   // the pixels begin, or the picture ends
            var length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 2 || at + 2 + length > file.Length) break;
            var content = file.Slice(at + 4, length - 2);
            if (marker == 0xE1 && content.StartsWith("Exif\0\0"u8)) return InTiff(content[6..]);
            at += 2 + length;
        }
        return 1;
    }

    private static int InPng(ReadOnlySpan<byte> file)
    {
        for (var at = PngStart.Length; file.Length - at >= 12;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12) break;
            if (file.Slice(at + 4, 4).SequenceEqual("eXIf"u8)) return InTiff(file.Slice(at + 8, (int)length));
            at += 12 + (int)length;
        }
        return 1;
    }

    /// <summary>EXIF is a small TIFF: II or MM for the order of bytes, 42, where its list is; each of its entries has a number,
    /// a type, a count and a value. Number 274 is the orientation.</summary>
    private static int InTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8) return 1;
        bool isLittle = tiff.StartsWith("II"u8), isBig = tiff.StartsWith("MM"u8);
        ushort Two(ReadOnlySpan<byte> at) => isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);
        uint Four(ReadOnlySpan<byte> at) => isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at);
        if (!(isLittle || isBig) || Two(tiff[2..]) != 42) return 1;
        var list = (long)Four(tiff[4..]);
        if (list + 2 > tiff.Length) return 1;
        var count = Two(tiff[(int)list..]);
        for (var at = list + 2; count > 0 && at + 12 <= tiff.Length; at += 12, count--)
        {
            var entry = tiff.Slice((int)at, 12);
            if (Two(entry) == 274)
                return (Two(entry[2..]) == 4 ? Four(entry[8..]) : Two(entry[8..])) is var found and >= 1 and <= 8 ? (int)found : 1;
        }
        return 1;
    }

    /// <summary>The pixels turned and mirrored, so that a picture with this EXIF orientation is upright.</summary>
    /// <param name="width">Columns as stored; becomes the number of columns that are seen.</param>
    /// <param name="height">Rows as stored.</param>
    /// <param name="pixels">Row by row.</param>
    /// <param name="orientation">1 to 8.</param>
    public static byte[] Upright(ref int width, ref int height, byte[] pixels, int orientation)
    {
        if (orientation == 1) return pixels;
        var (w, h) = (width, height);
        if (orientation >= 5) (width, height) = (h, w);   // rows become columns
        var upright = new byte[pixels.Length];
        for (var r = 0; r < height; r++)
            for (var c = 0; c < width; c++)
            {
                var (y, x) = orientation switch
                {
                    2 => (r, w - 1 - c),           // seen in a mirror
                    3 => (h - 1 - r, w - 1 - c),   // upside down
                    4 => (h - 1 - r, c),
                    5 => (c, r),
                    6 => (h - 1 - c, r),           // a quarter to the right
                    7 => (h - 1 - c, w - 1 - r),
                    _ => (c, w - 1 - r)            // 8: a quarter to the left
                };
                upright[r * width + c] = pixels[y * w + x];
            }
        return upright;
    }
}
