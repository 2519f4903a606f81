using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
// Aliases only: a `using` here is seen by every later cell.
using ColorComponents = StbImageSharp.ColorComponents;
using ImageInfo = StbImageSharp.ImageInfo;
using ImageResult = StbImageSharp.ImageResult;

#nullable enable

// From a drawing or a photograph of a digit to the 784 pixels that a network of this course has learnt from: the form in
// which the makers of MNIST brought their digits. Equation numbers are those of my_note.md.
//
//   Part 1  grey pictures
//   Part 2  the way from a picture to 784 pixels, stage by stage
//   Part 3  pictures side by side, for a notebook

// ───────────────────────────── Part 1: grey pictures ─────────────────────────────

/// <summary>A grey picture of any size.</summary>
public sealed class GreyImage
{
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels">Row by row, width·height bytes.</param>
    /// <exception cref="ArgumentException">A size is below 1, or there are not width·height pixels.</exception>
    public GreyImage(int width, int height, byte[] pixels)
    {
        if (width < 1 || height < 1 || pixels.Length != (long)width * height)
            throw new ArgumentException($"A picture of {width}×{height} pixels (width×height) needs both to be at least 1 and " +
                $"{(long)width * height} pixels, but {pixels.Length} were given.");
        (Width, Height, Pixels) = (width, height, pixels);
    }

    /// <summary>The number of columns.</summary>
    public int Width { get; }

    /// <summary>The number of rows.</summary>
    public int Height { get; }

    /// <summary>Row by row, each 0 to 255: the pixel in row r and column c is at r·Width + c.</summary>
    public byte[] Pixels { get; }

    /// <summary>Reads a PNG or JPEG file as grey: 0.299 red + 0.587 green + 0.114 blue, on white where it is transparent.</summary>
    /// <remarks>A picture with a side of more than 1,000 pixels is made smaller by a whole factor: means of k×k pixels.</remarks>
    /// <exception cref="BadDataException">The file is missing, is no PNG or JPEG picture, is damaged, or is too large.</exception>
    public static GreyImage Read(string path)
    {
        BadDataException Bad(string expected, string found, string advice, Exception? inner = null) =>
            new($"{path}: expected {expected}, found {found}. {advice}", inner);

        if (!File.Exists(path))
            throw Bad("a picture", "no such file", $"Check the path; it is looked for in '{Directory.GetCurrentDirectory()}'.");
        try
        {
            using var file = File.OpenRead(path);
            var start = new byte[12];
            var length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            if (Kind(start.AsSpan(0, length)) is { } other)
                throw Bad("a PNG or JPEG picture", other, "Save the picture as PNG or JPEG.");
            file.Position = 0;
            if (ImageInfo.FromStream(file) is not { } info)
                throw Bad("a whole picture", "a damaged one: its size cannot be read", "Save the picture again.");
            if ((long)info.Width * info.Height > MostPixels)
                throw Bad($"at most {MostPixels / 1_000_000} million pixels", $"{info.Width}×{info.Height}", "Make the picture smaller: 500 pixels across are plenty.");
            file.Position = 0;
            var colours = ImageResult.FromStream(file, ColorComponents.RedGreenBlueAlpha);
            return FromColours(colours.Width, colours.Height, colours.Data);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw Bad("a file that can be read", error.Message, "Check its permissions and whether another program holds it.", error);
        }
        catch (Exception error) when (error is not (BadDataException or OutOfMemoryException))
        {
            // The decoder throws whatever its tables throw when the file is damaged.
            throw Bad("a whole picture", $"a damaged one ({error.Message})", "Save the picture again.", error);
        }
    }

    /// <summary>The picture as a PNG file of 8 bits.</summary>
    public byte[] ToPng()
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        header[8] = 8;   // bits; the zeros after it say: grey, deflate, no interlacing
        Chunk("IHDR", header);
        using var rows = new MemoryStream();
        using (var deflate = new ZLibStream(rows, CompressionLevel.SmallestSize, leaveOpen: true))
            for (var r = 0; r < Height; r++)
            {
                deflate.WriteByte(0);   // each row says how it is filtered: not at all
                deflate.Write(Pixels, r * Width, Width);
            }
        Chunk("IDAT", rows.ToArray());
        Chunk("IEND", []);
        return file.ToArray();

        void Chunk(string type, byte[] content)
        {
            var body = new byte[4 + content.Length];
            Encoding.ASCII.GetBytes(type, body);
            content.CopyTo(body, 4);
            Span<byte> number = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
            file.Write(number);
            file.Write(body);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc32(body));
            file.Write(number);
        }
    }

    private const long MostPixels = 60_000_000;
    private const int LongestSide = 1000;

    // What a file that is no PNG or JPEG picture is, by its first bytes; null when it is one.
    private static string? Kind(ReadOnlySpan<byte> start) => start switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] or [0xFF, 0xD8, 0xFF, ..] => null,
        [] => "an empty file",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => "a HEIC or AVIF picture, as telephones make them",
        [(byte)'G', (byte)'I', (byte)'F', ..] => "a GIF picture",
        [(byte)'B', (byte)'M', ..] => "a BMP picture",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => "a WebP picture",
        _ => "another kind of file"
    };

    private static GreyImage FromColours(int width, int height, byte[] colours)
    {
        var k = (Math.Max(width, height) + LongestSide - 1) / LongestSide;
        var (newWidth, newHeight) = (Math.Max(1, width / k), Math.Max(1, height / k));
        var pixels = new byte[newWidth * newHeight];
        for (var r = 0; r < newHeight; r++)
            for (var c = 0; c < newWidth; c++)
            {
                var (sum, count) = (0.0, 0);
                for (var y = r * k; y < Math.Min(height, (r + 1) * k); y++)
                    for (var x = c * k; x < Math.Min(width, (c + 1) * k); x++, count++)
                    {
                        var p = colours.AsSpan(4 * (y * width + x), 4);
                        sum += 255 + (0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2] - 255) * p[3] / 255;
                    }
                pixels[r * newWidth + c] = (byte)Math.Floor(sum / count + 0.5);
            }
        return new(newWidth, newHeight, pixels);
    }

    private static uint Crc32(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        }
        return ~crc;
    }
}

// ───────────────────────────── Part 2: from a picture to 784 pixels ─────────────────────────────

/// <summary>A rectangle of pixels: the first column and row, and how many of each.</summary>
public sealed record PixelBox(int Left, int Top, int Width, int Height);

/// <summary>A digit on its way from a picture to the 784 pixels of a network's input, with every stage kept.</summary>
[TypeFormatterSource(typeof(DrawingSource), PreferredMimeTypes = ["image/svg+xml"])]
public sealed class Drawing : IHtml
{
    /// <summary>What the picture is called, mostly its file's name.</summary>
    public required string Name { get; init; }

    /// <summary>Stage 1: the picture in grey.</summary>
    public required GreyImage Grey { get; init; }

    /// <summary>Whether the border of the picture is lighter than half, as paper is: then the picture is inverted.</summary>
    public required bool GroundIsLight { get; init; }

    /// <summary>Stage 2: the ink alone. 0 is ground, 255 the strongest ink there can be.</summary>
    public required GreyImage Ink { get; init; }

    /// <summary>Stage 3: the smallest rectangle with all the ink.</summary>
    public required PixelBox Box { get; init; }

    /// <summary>s, the factor from the box to 20 pixels, equation (10.1).</summary>
    public double Scale => 20.0 / Math.Max(Box.Width, Box.Height);

    /// <summary>Stage 4: the scaled digit in the middle of a field of 28×28, before it is shifted.</summary>
    public required GreyImage Scaled { get; init; }

    /// <summary>The row r̄ of the centre of mass of <see cref="Scaled"/>, equation (10.2).</summary>
    public required double CentreRow { get; init; }

    /// <summary>The column c̄ of the centre of mass of <see cref="Scaled"/>, equation (10.2).</summary>
    public required double CentreColumn { get; init; }

    /// <summary>t_r, how many rows the digit is moved down, equation (10.3).</summary>
    public required int ShiftRows { get; init; }

    /// <summary>t_c, how many columns the digit is moved to the right, equation (10.3).</summary>
    public required int ShiftColumns { get; init; }

    /// <summary>Stage 5: the 784 pixels, row by row, 0 (ground) to 255 (ink), as those of an <see cref="ImageSet"/>.</summary>
    public required byte[] Pixels { get; init; }

    /// <summary>The stages in words.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Name}: grey {Grey.Width}×{Grey.Height}; {(GroundIsLight ? "inverted" : "not inverted")}, the ground set to 0; ink in a box of " +
        $"{Box.Width}×{Box.Height}, s = {Scale:G3}; centre of mass ({CentreRow:F2}, {CentreColumn:F2}); moved by ({ShiftRows}, {ShiftColumns})");

    /// <summary>The stages as pictures.</summary>
    public string ToHtml() => Stages().ToHtml();

    /// <summary>The stages side by side: the box is drawn in the second, the centre of mass in the third and the fourth.</summary>
    public Sheet Stages()
    {
        static string Number(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
        string Cross(double row, double column) =>
            $"<circle cx=\"{Number(column + 0.5)}\" cy=\"{Number(row + 0.5)}\" r=\"0.9\" fill=\"none\" stroke=\"#D55E00\" stroke-width=\"0.5\"/>";
        const string middle = "<path d=\"M14.5 12.7v3.6M12.7 14.5h3.6\" stroke=\"#0072B2\" stroke-width=\"0.4\"/>";
        var line = Number(Math.Max(Grey.Width, Grey.Height) / 80.0);
        var box = $"<rect x=\"{Box.Left}\" y=\"{Box.Top}\" width=\"{Box.Width}\" height=\"{Box.Height}\" fill=\"none\" stroke=\"#D55E00\" stroke-width=\"{line}\"/>";
        return new(ToString(),
        [
            new(Grey, $"1 grey, {Grey.Width}×{Grey.Height}"),
            new(Ink, $"2, 3 ink and box") { Overlay = box },
            new(Scaled, $"4 scaled, s = {Scale.ToString("G2", CultureInfo.InvariantCulture)}") { Overlay = middle + Cross(CentreRow, CentreColumn) },
            new(new(28, 28, Pixels), $"5 moved by ({ShiftRows}, {ShiftColumns})") { Overlay = middle + Cross(CentreRow + ShiftRows, CentreColumn + ShiftColumns) },
        ], columns: 4, size: 190);
    }
}

/// <summary>Brings pictures of digits into the form that MNIST has.</summary>
public static class Drawings
{
    private const int Field = 28, BoxSide = 20, Middle = 14, LeastSide = 8;

    /// <summary>Reads a PNG or JPEG picture of one digit and brings it into the form of MNIST.</summary>
    /// <param name="path">The file. The digit stands alone, with some free ground around it, dark on light or light on dark.</param>
    /// <exception cref="BadDataException">The file is missing, is no picture, is too large; or there is no digit in it, or too small a one.</exception>
    public static Drawing Read(string path) => Prepare(GreyImage.Read(path), path);

    /// <summary>The stages from a grey picture to 784 pixels, equations (10.1) to (10.3).</summary>
    /// <param name="grey">The picture; light or dark ground.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <exception cref="BadDataException">The picture or its ink is smaller than 8 pixels in both directions, or there is no ink.</exception>
    public static Drawing Prepare(GreyImage grey, string name)
    {
        if (Math.Max(grey.Width, grey.Height) < LeastSide || Math.Min(grey.Width, grey.Height) < 2)
            throw new BadDataException($"{name}: expected a picture of at least {LeastSide} pixels, found {grey.Width}×{grey.Height}. Draw or photograph the digit larger.");
        var isLight = Median(Border(grey)) > 127;
        var ink = WithoutSpecks(WithoutGround(isLight ? Inverted(grey) : grey));
        if (ink.Pixels.Max() < FaintestInk)
            throw new BadDataException($"{name}: expected a digit, found an empty picture: no ink stands out from the ground. " +
                "Write with a darker or thicker pen, in even light.");
        var box = BoxOf(ink);
        if (Math.Max(box.Width, box.Height) < LeastSide)
            throw new BadDataException($"{name}: expected a digit of at least {LeastSide} pixels, found ink in {box.Width}×{box.Height} pixels. Draw or photograph the digit larger.");
        var scaled = InField(Scaled(ink, box));
        var (row, column) = CentreOfMass(scaled);
        var (rows, columns) = (Round(Middle - row), Round(Middle - column));   // (10.3)
        return new()
        {
            Name = name, Grey = grey, GroundIsLight = isLight, Ink = ink, Box = box, Scaled = scaled, CentreRow = row,
            CentreColumn = column, ShiftRows = rows, ShiftColumns = columns, Pixels = Shifted(scaled, rows, columns)
        };
    }

    /// <summary>The whole picture made 28×28 and nothing else: what a program does that does not know how MNIST was made.</summary>
    /// <param name="grey">The picture; its proportions are not kept.</param>
    /// <returns>784 pixels, row by row, 0 to 255.</returns>
    public static byte[] Squeezed(GreyImage grey) => Resized(grey, new(0, 0, grey.Width, grey.Height), Field, Field).Pixels;

    /// <summary>Drawings as a set of images, with labels or without.</summary>
    /// <param name="drawings">At least none.</param>
    /// <param name="labels">One for each, 0 to 9; empty where they are not known.</param>
    /// <param name="name">What the set is called in messages.</param>
    /// <exception cref="BadDataException">Not one label for each drawing, or a label above 9.</exception>
    public static ImageSet ToImageSet(IEnumerable<Drawing> drawings, byte[] labels, string name = "drawings") =>
        new(name, [.. drawings.SelectMany(drawing => drawing.Pixels)], labels);

    /// <summary>
    /// The centre of mass (r̄, c̄) of the ink, equation (10.2): the mean row and column, each pixel weighted with its ink.
    /// </summary>
    /// <param name="image">0 is ground, 255 is ink.</param>
    /// <exception cref="BadDataException">There is no ink: (10.2) would be 0/0.</exception>
    public static (double Row, double Column) CentreOfMass(GreyImage image)
    {
        double sum = 0, row = 0, column = 0;
        for (var r = 0; r < image.Height; r++)
            for (var c = 0; c < image.Width; c++)
            {
                double p = image.Pixels[r * image.Width + c];
                (sum, row, column) = (sum + p, row + r * p, column + c * p);
            }
        return sum > 0
            ? (row / sum, column / sum)   // (10.2)
            : throw new BadDataException($"Centre of mass of a picture of {image.Width}×{image.Height} pixels: expected ink, found none.");
    }

    // ── stage 2: the ink alone ──

    /// <summary>Ink that is less than this above the ground is none, however even the ground is.</summary>
    private const int FaintestInk = 32, EvenGround = 8;

    private static GreyImage Inverted(GreyImage image) => new(image.Width, image.Height, [.. image.Pixels.Select(p => (byte)(255 - p))]);

    private static IEnumerable<byte> Border(GreyImage image)
    {
        for (var c = 0; c < image.Width; c++)
        {
            yield return image.Pixels[c];
            yield return image.Pixels[(image.Height - 1) * image.Width + c];
        }
        for (var r = 1; r < image.Height - 1; r++)
        {
            yield return image.Pixels[r * image.Width];
            yield return image.Pixels[(r + 1) * image.Width - 1];
        }
    }

    /// <summary>
    /// Light is seldom even. So the ground is measured in the four corners (the median of an eighth of each side) and
    /// interpolated between them, as in (9.13), and taken away. How much the corners vary around it tells how rough
    /// the ground is; what does not rise clearly above that is set to 0.
    /// </summary>
    private static GreyImage WithoutGround(GreyImage image)
    {
        var (w, h) = (image.Width, image.Height);
        var (cw, ch) = (Math.Max(1, w / 8), Math.Max(1, h / 8));
        IEnumerable<(int Row, int Column)> Corner(bool bottom, bool right) =>
            from r in Enumerable.Range(bottom ? h - ch : 0, ch)
            from c in Enumerable.Range(right ? w - cw : 0, cw)
            select (r, c);
        double Level(bool bottom, bool right) => Median(Corner(bottom, right).Select(at => image.Pixels[at.Row * w + at.Column]));
        var (a, b, c, d) = (Level(false, false), Level(false, true), Level(true, false), Level(true, true));
        double Ground(int row, int column)
        {
            // 0 in the middle of the first corner, 1 in the middle of the last.
            var y = Math.Clamp((row - (ch - 1) / 2.0) / Math.Max(1, h - ch), 0, 1);
            var x = Math.Clamp((column - (cw - 1) / 2.0) / Math.Max(1, w - cw), 0, 1);
            return (1 - y) * ((1 - x) * a + x * b) + y * ((1 - x) * c + x * d);
        }
        double[] roughness = [.. new[] { false, true }.SelectMany(bottom => new[] { false, true }.SelectMany(right => Corner(bottom, right)))
            .Select(at => Math.Abs(image.Pixels[at.Row * w + at.Column] - Ground(at.Row, at.Column))).Order()];
        // Nine in ten corner pixels differ by less than this; five times as much hardly any pixel of the ground does.
        var threshold = Math.Max(EvenGround, 5 * roughness[roughness.Length * 9 / 10]);
        var pixels = new byte[w * h];
        for (var row = 0; row < h; row++)
            for (var column = 0; column < w; column++)
            {
                var ink = image.Pixels[row * w + column] - Ground(row, column);
                if (ink >= threshold) pixels[row * w + column] = (byte)Math.Min(255, Round(ink));
            }
        return new(w, h, pixels);
    }

    /// <summary>Islands with less than a hundredth of the ink are dust, or noise of the camera.</summary>
    private static GreyImage WithoutSpecks(GreyImage image)
    {
        var (w, h) = (image.Width, image.Height);
        var left = image.Pixels.ToArray();
        var pixels = new byte[w * h];
        var least = image.Pixels.Sum(p => (long)p) / 100.0;
        var island = new List<int>();
        for (var start = 0; start < left.Length; start++)
        {
            if (left[start] == 0) continue;
            island.Clear();
            island.Add(start);
            long ink = left[start];
            left[start] = 0;
            for (var next = 0; next < island.Count; next++)
            {
                var (r, c) = (island[next] / w, island[next] % w);
                for (var y = Math.Max(0, r - 1); y <= Math.Min(h - 1, r + 1); y++)
                    for (var x = Math.Max(0, c - 1); x <= Math.Min(w - 1, c + 1); x++)
                        if (left[y * w + x] is var p and > 0)
                        {
                            ink += p;
                            left[y * w + x] = 0;
                            island.Add(y * w + x);
                        }
            }
            if (ink >= least)
                foreach (var at in island) pixels[at] = image.Pixels[at];
        }
        return new(w, h, pixels);
    }

    private static double Median(IEnumerable<byte> values)
    {
        byte[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    // ── stages 3 to 5: box, scale, shift ──

    private static PixelBox BoxOf(GreyImage ink)
    {
        var (left, top, right, bottom) = (ink.Width, ink.Height, -1, -1);
        for (var r = 0; r < ink.Height; r++)
            for (var c = 0; c < ink.Width; c++)
                if (ink.Pixels[r * ink.Width + c] > 0)
                    (left, top, right, bottom) = (Math.Min(left, c), Math.Min(top, r), Math.Max(right, c), Math.Max(bottom, r));
        return new(left, top, right - left + 1, bottom - top + 1);
    }

    /// <summary>The box scaled by (10.1), its longer side 20, and brightened so that the strongest ink is 255.</summary>
    private static GreyImage Scaled(GreyImage ink, PixelBox box)
    {
        var s = (double)BoxSide / Math.Max(box.Width, box.Height);   // (10.1)
        return Resized(ink, box, Math.Max(1, Round(s * box.Width)), Math.Max(1, Round(s * box.Height)), brighten: true);
    }

    /// <summary>
    /// Part of a picture in another size. Smaller: each new pixel is the mean of the old ones that it covers, by the share
    /// of their area. Larger: linear interpolation between the four nearest pixels, as in (9.13).
    /// </summary>
    private static GreyImage Resized(GreyImage image, PixelBox box, int width, int height, bool brighten = false)
    {
        var (across, down) = (Weights(box.Width, width), Weights(box.Height, height));
        var values = new double[width * height];
        for (var r = 0; r < height; r++)
            for (var c = 0; c < width; c++)
            {
                var sum = 0.0;
                foreach (var (y, wy) in down[r])
                    foreach (var (x, wx) in across[c])
                        sum += wy * wx * image.Pixels[(box.Top + y) * image.Width + box.Left + x];
                values[r * width + c] = sum;
            }
        var factor = brighten ? 255 / values.Max() : 1;
        return new(width, height, [.. values.Select(value => (byte)Math.Clamp(Round(factor * value), 0, 255))]);
    }

    /// <summary>For each of the new pixels of a line which old ones it is made of, and the share of each; the shares add up to 1.</summary>
    private static (int Old, double Share)[][] Weights(int oldCount, int newCount)
    {
        var step = (double)oldCount / newCount;
        return [.. Enumerable.Range(0, newCount).Select(i =>
        {
            if (step < 1)
            {
                var at = Math.Clamp((i + 0.5) * step - 0.5, 0, oldCount - 1);
                var first = Math.Min((int)at, Math.Max(0, oldCount - 2));
                return oldCount == 1 ? [(0, 1.0)] : new[] { (first, 1 - (at - first)), (first + 1, at - first) };
            }
            var (begin, end) = (i * step, (i + 1) * step);
            return [.. from old in Enumerable.Range((int)begin, Math.Min((int)end + 1, oldCount) - (int)begin)
                       let share = (Math.Min(end, old + 1) - Math.Max(begin, old)) / step
                       where share > 1e-9
                       select (old, share)];
        })];
    }

    private static GreyImage InField(GreyImage digit)
    {
        var pixels = new byte[Field * Field];
        var (top, left) = ((Field - digit.Height) / 2, (Field - digit.Width) / 2);
        for (var r = 0; r < digit.Height; r++)
            digit.Pixels.AsSpan(r * digit.Width, digit.Width).CopyTo(pixels.AsSpan((top + r) * Field + left));
        return new(Field, Field, pixels);
    }

    /// <summary>The pixel (r, c) of the result is (r − t_r, c − t_c) of the field, and 0 where that lies outside, equation (10.3).</summary>
    private static byte[] Shifted(GreyImage field, int rows, int columns)
    {
        var pixels = new byte[Field * Field];
        for (var r = 0; r < Field; r++)
            for (var c = 0; c < Field; c++)
                if ((uint)(r - rows) < Field && (uint)(c - columns) < Field)
                    pixels[r * Field + c] = field.Pixels[(r - rows) * Field + c - columns];
        return pixels;
    }

    /// <summary>To the nearest whole number, halves up: the same in every language, which the drawing pad needs.</summary>
    private static int Round(double value) => (int)Math.Floor(value + 0.5);
}

/// <summary>How notebooks show a <see cref="Drawing"/>: its stages side by side.</summary>
public sealed class DrawingSource
{
    /// <summary>Called by the notebook's client.</summary>
    public IEnumerable<object> CreateTypeFormatters() =>
        [new ConventionFormatter("image/svg+xml", value => ((Drawing)value).Stages().ToSvg()),
         new ConventionFormatter("text/html", value => ((Drawing)value).ToHtml()),
         new ConventionFormatter("text/plain", value => value.ToString()!)];
}

// ───────────────────────────── Part 3: pictures side by side ─────────────────────────────

/// <summary>A picture of a sheet and what stands under it.</summary>
public sealed record SheetItem
{
    /// <param name="image">The picture.</param>
    /// <param name="caption">What stands under it.</param>
    /// <param name="warning">Whether the caption is in the colour of mistakes.</param>
    public SheetItem(GreyImage image, string caption, bool warning = false) :
        this("image/png", image.ToPng(), caption, warning) => (Width, Height) = (image.Width, image.Height);

    private SheetItem(string mimeType, byte[] file, string caption, bool warning) =>
        (Address, Caption, Warning) = ($"data:{mimeType};base64,{Convert.ToBase64String(file)}", caption, warning);

    /// <summary>A PNG or JPEG file as it is, in its colours.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SheetItem OfFile(string path, string caption, bool warning = false)
    {
        var file = File.ReadAllBytes(path);
        return new(file is [0xFF, ..] ? "image/jpeg" : "image/png", file, caption, warning);
    }

    internal string Address { get; }
    internal string Caption { get; }
    internal bool Warning { get; }
    internal int Width { get; } = 1;
    internal int Height { get; } = 1;

    /// <summary>SVG that is drawn over the picture, in its pixels.</summary>
    internal string Overlay { get; init; } = "";
}

/// <summary>Pictures of any size in rows, each with a caption.</summary>
[TypeFormatterSource(typeof(SheetSource), PreferredMimeTypes = ["image/svg+xml"])]
public sealed class Sheet : IHtml
{
    private readonly string title;
    private readonly IReadOnlyList<SheetItem> items;
    private readonly int columns, size;

    /// <param name="title">What the pictures show: the alternative text.</param>
    /// <param name="items">At least one.</param>
    /// <param name="columns">How many stand in a row, at least 1.</param>
    /// <param name="size">The side of the square in which each is drawn, on the screen.</param>
    /// <exception cref="ArgumentException">No picture, or less than one in a row.</exception>
    public Sheet(string title, IReadOnlyList<SheetItem> items, int columns = 10, int size = 76)
    {
        if (items.Count == 0 || columns < 1 || size < 1)
            throw new ArgumentException($"A sheet needs at least one picture, one column and a size of 1; found {items.Count}, {columns} and {size}.");
        (this.title, this.items, this.columns, this.size) = (title, items, Math.Min(columns, items.Count), size);
    }

    /// <summary>What the pictures show.</summary>
    public override string ToString() => title;

    /// <summary>The picture for clients that show a value as HTML.</summary>
    public string ToHtml() => ToSvg();

    /// <summary>The pictures as SVG.</summary>
    public string ToSvg()
    {
        const int gap = 8, line = 20;
        var rows = (items.Count + columns - 1) / columns;
        var (width, height) = (columns * (size + gap) + gap, rows * (size + gap + line) + gap);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" ");
        svg.Append($"style=\"max-width:100%;height:auto\" role=\"img\" font-family=\"sans-serif\" font-size=\"13\"><title>{Escaped(title)}</title>");
        for (var i = 0; i < items.Count; i++)
        {
            var item = items[i];
            var (x, y) = (gap + i % columns * (size + gap), gap + i / columns * (size + gap + line));
            svg.Append(CultureInfo.InvariantCulture, $"<svg x=\"{x}\" y=\"{y}\" width=\"{size}\" height=\"{size}\" viewBox=\"0 0 {item.Width} {item.Height}\">");
            svg.Append(CultureInfo.InvariantCulture, $"<image width=\"{item.Width}\" height=\"{item.Height}\" style=\"image-rendering:{(item.Width is > 1 and <= 28 ? "pixelated" : "auto")}\" ");
            svg.Append($"href=\"{item.Address}\"/>{item.Overlay}</svg>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x + size / 2}\" y=\"{y + size + 15}\" text-anchor=\"middle\" ");
            svg.Append($"fill=\"{(item.Warning ? "#D55E00" : "#7d7d7d")}\">{Escaped(item.Caption)}</text>");
        }
        return svg.Append("</svg>").ToString();
    }

    private static string Escaped(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;");
}

/// <summary>How notebooks show a <see cref="Sheet"/>.</summary>
public sealed class SheetSource
{
    /// <summary>Called by the notebook's client.</summary>
    public IEnumerable<object> CreateTypeFormatters() =>
        [new ConventionFormatter("image/svg+xml", value => ((Sheet)value).ToSvg()),
         new ConventionFormatter("text/html", value => ((Sheet)value).ToHtml()),
         new ConventionFormatter("text/plain", value => value.ToString()!)];
}
