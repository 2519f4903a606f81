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

// From a drawing or a photograph of a digit to the 784 pixels that a network of this course has learnt from: the form
// into which the makers of MNIST brought their digits. Equation numbers are those of my_note.md.
//
//   Part 1  grey pictures
//   Part 2  the way from a picture to 784 pixels, stage by stage
//   Part 3  pictures side by side, for a notebook

// ───────────────────────────── Part 1: grey pictures ─────────────────────────────

/// <summary>A grey picture of any size.</summary>
public sealed class GreyImage
{
    private const int LongestSide = 1000;
    private const long MostPixels = 60_000_000, MostBytes = 100_000_000;

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

    /// <summary>The pixel in row r and column c, both counted from 0.</summary>
    public byte this[int r, int c] => Pixels[r * Width + c];

    /// <summary>Reads a PNG or JPEG file as grey: 0.299 red + 0.587 green + 0.114 blue, on white where it is transparent.</summary>
    /// <remarks>It is turned as its EXIF orientation says, as telephones write it. A picture with a side of more than 1,000
    /// pixels is made smaller by a whole factor k: means of k×k pixels.</remarks>
    /// <exception cref="BadDataException">The file is missing, cannot be read, is no picture, is damaged, or is too large.</exception>
    public static GreyImage Read(string path)
    {
        BadDataException Bad(string expected, string found, string advice, Exception? inner = null) =>
            new($"{path}: expected {expected}, found {found}. {advice}", inner);

        if (!File.Exists(path))
            throw Bad("a picture", "no such file", $"Check the path; it is looked for from '{Directory.GetCurrentDirectory()}'.");
        try
        {
            if (new FileInfo(path).Length > MostBytes)
                throw Bad($"a picture of at most {MostBytes / 1_000_000} MB", $"{new FileInfo(path).Length / 1_000_000} MB", "Make the picture smaller; 500 pixels across are plenty.");
            var bytes = File.ReadAllBytes(path);
            using var file = new EndingStream(bytes);
            if (PictureFile.KindOf(bytes) == PictureKind.Other || ImageInfo.FromStream(file) is not { } info)
                throw Bad("a PNG or JPEG picture", "another kind of file, or a damaged one", "Save the picture as PNG or JPEG; telephones often use HEIC.");
            if ((long)info.Width * info.Height > MostPixels)
                throw Bad($"at most {MostPixels / 1_000_000} million pixels", $"{info.Width}×{info.Height}", "Make the picture smaller; 500 pixels across are plenty.");
            if (PictureFile.KindOf(bytes) == PictureKind.Png)
                PictureFile.CheckPng(bytes);
            file.Position = 0;
            var colours = ImageResult.FromStream(file, ColorComponents.RedGreenBlueAlpha);
            return FromColours(colours.Width, colours.Height, colours.Data, PictureFile.Orientation(bytes));
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

    /// <summary>The decoder takes what is missing at a file's end for zeros, and may look for more of them for ever.</summary>
    private sealed class EndingStream(byte[] content) : MemoryStream(content)
    {
        private int missing;

        public override int ReadByte() => base.ReadByte() is var value and >= 0 ? value : Missing(-1);

        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, count) is var read && (read > 0 || count == 0) ? read : Missing(0);

        // A few are no fault: they are asked for while the decoder finds out what kind of file it is.
        private int Missing(int end) => ++missing < 1000 ? end : throw new InvalidDataException("it is cut off");
    }

    private static GreyImage FromColours(int width, int height, byte[] colours, int orientation)
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
                        var p = colours.AsSpan(4 * (y * width + x), 4);   // red, green, blue, opacity
                        sum += 255 + (0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2] - 255) * p[3] / 255;
                    }
                pixels[r * newWidth + c] = (byte)Math.Floor(sum / count + 0.5);
            }
        var upright = PictureFile.Upright(ref newWidth, ref newHeight, pixels, orientation);
        return new(newWidth, newHeight, upright);
    }

    /// <summary>The picture as the content of a PNG file.</summary>
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
            byte[] body = [.. Encoding.ASCII.GetBytes(type), .. content];
            var number = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
            file.Write([.. number, .. body]);
            BinaryPrimitives.WriteUInt32BigEndian(number, PictureFile.Crc(body));
            file.Write(number);
        }
    }
}

// ───────────────────────────── Part 2: from a picture to 784 pixels ─────────────────────────────
//
// Exactly, so that a program in another language can do the same (round(x) is always ⌊x + 1/2⌋):
//
//   1 Grey    0.299 red + 0.587 green + 0.114 blue, rounded.
//   2 Ink     The median of each of the four sides (one pixel wide; of n sorted values the one at ⌊n/2⌋) tells the
//             ground. If the mean of the four is above 127.5, every p becomes 255 − p, and the medians are taken again.
//             Ground in row r and column c of a picture of h rows and w columns, a plane through the sides:
//               (top + bottom + left + right)/4 + (bottom − top)·(r/(h−1) − 1/2) + (right − left)·(c/(w−1) − 1/2).
//             Roughness: the median of |p − ground| over the pixels of the four sides. Ink is round(p − ground) where
//             p − ground ≥ max(20, 8·roughness), else 0.
//             Pieces of ink that hang together (8 neighbours) and have less than 1/100 of all ink are dust: set to 0.
//   3 Box     The smallest rectangle with all ink > 0.
//   4 Scale   s = 20/max(width, height), (10.1). New size: max(1, round(s·width)) × max(1, round(s·height)).
//             Along a line of n old and n' new pixels the step is n/n'. If it is at least 1, new pixel i is the mean of
//             the stretch from i·step to (i+1)·step, old pixels counted with the part that lies in it; if it is less,
//             the linear interpolation (9.13) at (i + 1/2)·step − 1/2, kept within 0 and n − 1. Rows and columns alike;
//             the value is kept as a real number. Then it becomes round(255·value/largest), as in (1.3).
//   5 Shift   The digit is put into 28×28 at row ⌊(28 − height)/2⌋ and column ⌊(28 − width)/2⌋. Centre of mass (10.2),
//             shift round(14 − r̄), round(14 − c̄) (10.3); what comes from outside is 0, what goes outside is lost.

/// <summary>A rectangle of pixels: the first column and row, and how many of each.</summary>
public sealed record PixelBox(int Left, int Top, int Width, int Height)
{
    /// <summary>s, the factor that makes the longer side 20 pixels long, equation (10.1).</summary>
    public double Scale => 20.0 / Math.Max(Width, Height);
}

/// <summary>A digit on its way from a picture to the 784 pixels of a network's input, with every stage kept.</summary>
/// <param name="Name">What the picture is called, mostly its file.</param>
/// <param name="Grey">Stage 1: the picture in grey.</param>
/// <param name="Ink">Stage 2: the ink alone, 0 where there is none.</param>
/// <param name="Box">Stage 3: the smallest rectangle with all the ink.</param>
/// <param name="Scaled">Stage 4: the scaled digit in the middle of a field of 28×28, before it is shifted.</param>
/// <param name="Centre">The centre of mass (r̄, c̄) of <paramref name="Scaled"/>, equation (10.2).</param>
/// <param name="Shift">How many rows down and columns to the right the digit is moved: (t_r, t_c), equation (10.3).</param>
/// <param name="Pixels">Stage 5: 784 pixels, row by row, 0 (ground) to 255 (ink), as those of an <see cref="ImageSet"/>.</param>
[TypeFormatterSource(typeof(SvgFormatters), PreferredMimeTypes = ["image/svg+xml"])]
public sealed record Drawing(string Name, GreyImage Grey, GreyImage Ink, PixelBox Box, GreyImage Scaled,
    (double Row, double Column) Centre, (int Rows, int Columns) Shift, byte[] Pixels) : IHtml
{
    /// <summary>The stages in words.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Name}: {Grey.Width}×{Grey.Height}; ink in a box of {Box.Width}×{Box.Height}, s = {Box.Scale:G3}; " +
        $"centre of mass ({Centre.Row:F2}, {Centre.Column:F2}); moved by ({Shift.Rows:0;−0}, {Shift.Columns:0;−0})");

    /// <summary>The stages as pictures.</summary>
    public string ToHtml() => Stages().ToHtml();

    /// <summary>The stages side by side: the box drawn in the second, the centre of mass and the middle in the last two.</summary>
    public Sheet Stages()
    {
        string Marked(double row, double column) => string.Create(CultureInfo.InvariantCulture,
            $"<path d=\"M14.5 12.7v3.6M12.7 14.5h3.6\" stroke=\"#0072B2\" stroke-width=\"0.5\"/>" +
            $"<circle cx=\"{column + 0.5:F2}\" cy=\"{row + 0.5:F2}\" r=\"0.9\" fill=\"none\" stroke=\"#D55E00\" stroke-width=\"0.5\"/>");
        var box = string.Create(CultureInfo.InvariantCulture, $"<rect x=\"{Box.Left}\" y=\"{Box.Top}\" width=\"{Box.Width}\" height=\"{Box.Height}\" " +
            $"fill=\"none\" stroke=\"#D55E00\" stroke-width=\"{Math.Max(Grey.Width, Grey.Height) / 80.0:F2}\"/>");
        return new(ToString(),
        [
            new(Grey, "1 grey"),
            new(Ink, "2 ink, 3 its box") { Overlay = box },
            new(Scaled, string.Create(CultureInfo.InvariantCulture, $"4 scaled, s = {Box.Scale:G2}")) { Overlay = Marked(Centre.Row, Centre.Column) },
            new(new(28, 28, Pixels), $"5 moved by ({Shift.Rows:0;−0}, {Shift.Columns:0;−0})") { Overlay = Marked(Centre.Row + Shift.Rows, Centre.Column + Shift.Columns) },
        ], columns: 4, size: 170) { Words = ToString() };
    }
}

/// <summary>Brings pictures of digits into the form that MNIST has.</summary>
public static class Drawings
{
    private const int Field = 28, Middle = 14, LeastSide = 8, FaintestInk = 20;

    /// <summary>Reads a PNG or JPEG picture of one digit and brings it into the form of MNIST.</summary>
    /// <param name="path">The file. The digit stands alone, with free ground around it, dark on light or light on dark.</param>
    /// <exception cref="BadDataException">The file is missing, is no picture, is too large; or there is no digit in it, or too small a one.</exception>
    public static Drawing Read(string path) => Prepare(GreyImage.Read(path), path);

    /// <summary>All stages from a grey picture to 784 pixels, equations (10.1) to (10.3).</summary>
    /// <param name="grey">The picture, at least 8×8; its ground is light or dark.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <exception cref="BadDataException">The picture or the digit is smaller than 8 pixels, or there is no ink.</exception>
    public static Drawing Prepare(GreyImage grey, string name)
    {
        if (Math.Min(grey.Width, grey.Height) < LeastSide)
            throw new BadDataException($"{name}: expected a picture of at least {LeastSide}×{LeastSide} pixels, found {grey.Width}×{grey.Height}. Make the picture larger.");
        var ink = InkOf(grey);
        if (BoxOf(ink) is not { } box)
            throw new BadDataException($"{name}: expected a digit, found an empty picture: no ink stands out from the ground. Write with a darker or thicker pen, in even light.");
        if (Math.Max(box.Width, box.Height) < LeastSide)
            throw new BadDataException($"{name}: expected a digit of at least {LeastSide} pixels, found ink in {box.Width}×{box.Height} pixels. Draw or photograph the digit larger.");
        var scaled = InField(Scale(ink, box, Round(box.Scale * box.Width), Round(box.Scale * box.Height)));   // (10.1)
        var centre = CentreOfMass(scaled);                                                                    // (10.2)
        var shift = (Rows: Round(Middle - centre.Row), Columns: Round(Middle - centre.Column));               // (10.3)
        return new(name, grey, ink, box, scaled, centre, shift, Shift(scaled, shift.Rows, shift.Columns).Pixels);
    }

    /// <summary>Stage 2: the ink alone. Light ground is inverted, the ground is taken away, dust too.</summary>
    /// <param name="grey">At least 2×2 pixels.</param>
    /// <returns>A picture of the same size: 0 is ground, the rest is by how much the ink stands out from it.</returns>
    public static GreyImage InkOf(GreyImage grey)
    {
        var (w, h) = (grey.Width, grey.Height);
        double Side(GreyImage image, bool isRow, int at) =>
            Median(Enumerable.Range(0, isRow ? w : h).Select(i => (double)(isRow ? image[at, i] : image[i, at])));
        (double Top, double Bottom, double Left, double Right) Sides(GreyImage image) =>
            (Side(image, true, 0), Side(image, true, h - 1), Side(image, false, 0), Side(image, false, w - 1));

        var image = grey;
        var (top, bottom, left, right) = Sides(image);
        if ((top + bottom + left + right) / 4 > 127.5)
        {
            image = new(w, h, Array.ConvertAll(grey.Pixels, p => (byte)(255 - p)));
            (top, bottom, left, right) = Sides(image);
        }

        // Light is seldom even, so the ground is a plane through the four sides.
        double AboveGround(int r, int c) => image[r, c] - (top + bottom + left + right) / 4
            - (bottom - top) * (r / (h - 1.0) - 0.5) - (right - left) * (c / (w - 1.0) - 0.5);
        var border = from r in Enumerable.Range(0, h)
                     from c in r == 0 || r == h - 1 ? Enumerable.Range(0, w) : [0, w - 1]
                     select Math.Abs(AboveGround(r, c));
        // Of normally distributed noise, eight medians are more than five standard deviations.
        var threshold = Math.Max(FaintestInk, 8 * Median(border));
        var pixels = new byte[w * h];
        for (var r = 0; r < h; r++)
            for (var c = 0; c < w; c++)
                if (AboveGround(r, c) is var ink && ink >= threshold) pixels[r * w + c] = (byte)Math.Min(255, Round(ink));
        RemoveDust(pixels, w, h);
        return new(w, h, pixels);
    }

    /// <summary>Stage 3: the smallest rectangle with all the ink; null without any.</summary>
    public static PixelBox? BoxOf(GreyImage ink)
    {
        var (left, top, right, bottom) = (ink.Width, ink.Height, -1, -1);
        for (var r = 0; r < ink.Height; r++)
            for (var c = 0; c < ink.Width; c++)
                if (ink[r, c] > 0)
                    (left, top, right, bottom) = (Math.Min(left, c), Math.Min(top, r), Math.Max(right, c), Math.Max(bottom, r));
        return right < 0 ? null : new(left, top, right - left + 1, bottom - top + 1);
    }

    /// <summary>Stage 4: the part of a picture that lies in a box, in another size, its strongest pixel made 255.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="box">A rectangle inside it.</param>
    /// <param name="width">Columns of the result; less than 1 counts as 1.</param>
    /// <param name="height">Rows of the result; less than 1 counts as 1.</param>
    public static GreyImage Scale(GreyImage image, PixelBox box, int width, int height)
    {
        var (across, down) = (Shares(box.Width, Math.Max(1, width)), Shares(box.Height, Math.Max(1, height)));
        double[] values = [.. from line in down
                              from part in across
                              select line.Sum(y => y.Share * part.Sum(x => x.Share * image[box.Top + y.Old, box.Left + x.Old]))];
        var largest = values.Max();
        return new(across.Length, down.Length, Array.ConvertAll(values, value => largest > 0 ? (byte)Round(255 * value / largest) : (byte)0));
    }

    /// <summary>A digit of at most 28×28 in the middle of a field of 28×28.</summary>
    /// <exception cref="ArgumentException">It is larger than the field.</exception>
    public static GreyImage InField(GreyImage digit)
    {
        if (Math.Max(digit.Width, digit.Height) > Field)
            throw new ArgumentException($"A field of {Field}×{Field} has no room for {digit.Width}×{digit.Height} pixels; make the digit smaller with Drawings.Scale.");
        var pixels = new byte[Field * Field];
        var (top, left) = ((Field - digit.Height) / 2, (Field - digit.Width) / 2);
        for (var r = 0; r < digit.Height; r++)
            digit.Pixels.AsSpan(r * digit.Width, digit.Width).CopyTo(pixels.AsSpan((top + r) * Field + left));
        return new(Field, Field, pixels);
    }

    /// <summary>The centre of mass (r̄, c̄) of the ink, equation (10.2): the mean place, each pixel weighted with its ink.</summary>
    /// <param name="image">0 is ground, 255 is ink.</param>
    /// <exception cref="BadDataException">There is no ink: (10.2) would be 0/0.</exception>
    public static (double Row, double Column) CentreOfMass(GreyImage image)
    {
        double sum = 0, row = 0, column = 0;
        for (var r = 0; r < image.Height; r++)
            for (var c = 0; c < image.Width; c++)
                (sum, row, column) = (sum + image[r, c], row + r * image[r, c], column + c * image[r, c]);
        return sum > 0
            ? (row / sum, column / sum)   // (10.2)
            : throw new BadDataException($"The centre of mass of a picture of {image.Width}×{image.Height} pixels: expected ink, found none. An empty picture has no centre.");
    }

    /// <summary>Stage 5: I[r − t_r, c − t_c] in the pixel (r, c), and 0 where that lies outside, as below (10.3).</summary>
    /// <param name="image">The picture I.</param>
    /// <param name="rows">t_r, how far down; negative is up.</param>
    /// <param name="columns">t_c, how far to the right; negative is to the left.</param>
    public static GreyImage Shift(GreyImage image, int rows, int columns)
    {
        var pixels = new byte[image.Pixels.Length];
        for (var r = Math.Max(0, rows); r < Math.Min(image.Height, image.Height + rows); r++)
            for (var c = Math.Max(0, columns); c < Math.Min(image.Width, image.Width + columns); c++)
                pixels[r * image.Width + c] = image[r - rows, c - columns];
        return new(image.Width, image.Height, pixels);
    }

    /// <summary>For each new pixel of a line, the old ones it is made of and the share of each; the shares add up to 1.</summary>
    private static (int Old, double Share)[][] Shares(int oldCount, int newCount)
    {
        var step = (double)oldCount / newCount;
        return [.. Enumerable.Range(0, newCount).Select(i => step < 1 ? Between((i + 0.5) * step - 0.5) : Covered(i * step, (i + 1) * step))];

        (int, double)[] Covered(double begin, double end) =>
            [.. from old in Enumerable.Range((int)begin, Math.Min((int)end + 1, oldCount) - (int)begin)
                select (old, (Math.Min(end, old + 1) - Math.Max(begin, old)) / step)];
        (int, double)[] Between(double at)   // (9.13), along one direction
        {
            at = Math.Clamp(at, 0, oldCount - 1);
            var first = (int)at;
            return [(first, 1 - (at - first)), (Math.Min(first + 1, oldCount - 1), at - first)];
        }
    }

    /// <summary>Pieces with less than a hundredth of the ink are dust, or noise of the camera: they become 0.</summary>
    private static void RemoveDust(byte[] pixels, int w, int h)
    {
        var least = pixels.Sum(p => (long)p) / 100.0;
        var seen = new bool[pixels.Length];
        for (var start = 0; start < pixels.Length; start++)
        {
            if (pixels[start] == 0 || seen[start]) continue;
            var piece = new List<int> { start };
            seen[start] = true;
            for (var next = 0; next < piece.Count; next++)
            {
                var (r, c) = (piece[next] / w, piece[next] % w);
                for (var y = Math.Max(0, r - 1); y <= Math.Min(h - 1, r + 1); y++)
                    for (var x = Math.Max(0, c - 1); x <= Math.Min(w - 1, c + 1); x++)
                        if (pixels[y * w + x] > 0 && !seen[y * w + x])
                        {
                            seen[y * w + x] = true;
                            piece.Add(y * w + x);
                        }
            }
            if (piece.Sum(at => (long)pixels[at]) < least)
                foreach (var at in piece) pixels[at] = 0;
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    /// <summary>To the nearest whole number, halves up: the same in every language, which the site's drawing pad needs.</summary>
    private static int Round(double value) => (int)Math.Floor(value + 0.5);
}

// ───────────────────────────── Part 3: pictures side by side ─────────────────────────────

/// <summary>
/// Paper and ink of pictures that are SVG. No one grey can be read with a contrast of 4.5 on white and on a dark page, so
/// they bring their paper with them: a file is light or dark as its reader's system is, inside a page it is as the page is.
/// </summary>
internal static class PagePaper
{
    /// <summary>Begins a picture: its title, escaped, then paper. Words are in ink. <c>class="ink"</c> is for words, <c>class="warn"</c> for those about mistakes.</summary>
    public static string Open(int width, int height, string font, string title, string kind = "") =>
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"on-paper{kind}\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"xMinYMin\" " +
        $"style=\"max-width:100%;height:auto\" role=\"img\" font-family=\"sans-serif\" font-size=\"{font}\"><title>{title}</title>" +
        "<style>.on-paper{--paper:#fff;--ink:#1d2530;--warn:#b94a00}" +
        "@media(prefers-color-scheme:dark){.on-paper:root{--paper:#14181d;--ink:#dde3ea;--warn:#ff9b5e}}" +
        "@supports(color:light-dark(#000,#fff)){.on-paper:not(:root){--paper:light-dark(#fff,#14181d);--ink:light-dark(#1d2530,#dde3ea);--warn:light-dark(#b94a00,#ff9b5e)}}" +
        // Twice: what knows no variables takes the first.
        ".on-paper .paper{fill:#fff;fill:var(--paper)}.on-paper .ink{fill:#1d2530;fill:var(--ink)}.on-paper .warn{fill:#b94a00;fill:var(--warn)}</style>" +
        $"<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>";
}

/// <summary>A picture of a sheet.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Caption">What stands under it.</param>
/// <param name="Warning">Whether the caption is in the colour of mistakes.</param>
public sealed record SheetItem(GreyImage Image, string Caption, bool Warning = false)
{
    /// <summary>SVG that is drawn over the picture, in its pixels.</summary>
    internal string Overlay { get; init; } = "";
}

/// <summary>Pictures of any size in rows, each with a caption.</summary>
/// <param name="title">What the pictures show: it stands above them, and with the captions after it is the alternative text.</param>
/// <param name="items">The pictures, in reading order.</param>
/// <param name="columns">How many stand in a row, at least 1.</param>
/// <param name="size">The side of the square in which each is drawn, on the screen.</param>
[TypeFormatterSource(typeof(SvgFormatters), PreferredMimeTypes = ["image/svg+xml"])]
public sealed class Sheet(string title, IReadOnlyList<SheetItem> items, int columns = 10, int size = 76) : IHtml
{
    private const int MostCaptions = 40;

    /// <summary>The alternative text where the title says all that the captions do.</summary>
    internal string? Words { get; init; }

    /// <summary>What the pictures show, and what stands under each: the alternative text.</summary>
    public override string ToString()
    {
        if (Words != null) return Words;
        string[] captions = [.. items.Select(item => item.Caption.Trim()).Where(caption => caption.Length > 0)];
        if (captions.Length == 0) return title;
        // The first dozens tell what a picture is like; nobody listens to hundreds.
        return $"{title.TrimEnd('.')}. " + string.Join("; ", captions.Take(MostCaptions)) + (captions.Length > MostCaptions ? $"; and {captions.Length - MostCaptions} more" : "");
    }

    /// <summary>The pictures as SVG.</summary>
    public string ToHtml()
    {
        const int gap = 8, smallest = 13, largest = 22;
        var inRow = Math.Max(1, Math.Min(columns, items.Count));
        var width = inRow * (size + gap) + gap;
        // On a telephone the captions become smaller with the sheet: they are as large as the places below the pictures allow.
        var font = Math.Clamp(Math.Min(width / 32, (int)((size + gap) / (0.7 * items.Select(item => item.Caption.Length).Append(1).Max()))), smallest, largest);
        var line = font + 7;
        var heading = Words != null ? [] : Wrapped(title, (int)(width / (0.56 * font)));
        var height = heading.Count * line + (items.Count + inRow - 1) / inRow * (size + gap + line) + gap;
        var svg = new StringBuilder(PagePaper.Open(width, height, $"{font}", Escaped(ToString())));
        svg.Append(string.Concat(heading.Select((words, i) => $"<text x=\"{gap}\" y=\"{font + 4 + i * line}\" class=\"ink\">{Escaped(words)}</text>")));
        foreach (var (item, i) in items.Select((item, i) => (item, i)))
        {
            var (x, y, image) = (gap + i % inRow * (size + gap), heading.Count * line + gap + i / inRow * (size + gap + line), item.Image);
            // The picture stands in the middle of its square, as large as fits.
            var (w, h) = (size * Math.Min(1, (double)image.Width / image.Height), size * Math.Min(1, (double)image.Height / image.Width));
            var (left, top) = (x + (size - w) / 2, y + (size - h) / 2);
            svg.Append(CultureInfo.InvariantCulture, $"<svg x=\"{x}\" y=\"{y}\" width=\"{size}\" height=\"{size}\" viewBox=\"0 0 {image.Width} {image.Height}\">" +
                $"<image width=\"{image.Width}\" height=\"{image.Height}\" style=\"image-rendering:{(image.Width <= 28 ? "pixelated" : "auto")}\" " +
                $"href=\"data:image/png;base64,{Convert.ToBase64String(image.ToPng())}\"/>{item.Overlay}</svg>" +
                // White paper on a white page has no edge of its own.
                $"<rect x=\"{left}\" y=\"{top}\" width=\"{w}\" height=\"{h}\" fill=\"none\" stroke=\"#8c96a3\"/>" +
                $"<text x=\"{x + size / 2}\" y=\"{y + size + font + 2}\" text-anchor=\"middle\" class=\"{(item.Warning ? "warn" : "ink")}\">{Escaped(item.Caption)}</text>");
        }
        return svg.Append("</svg>").ToString();
    }

    private static List<string> Wrapped(string text, int most) => text.Split(' ').Aggregate(new List<string>(), (lines, word) =>
    {
        if (lines.Count == 0 || lines[^1].Length + word.Length >= most) lines.Add(word);
        else lines[^1] += " " + word;
        return lines;
    });

    private static string Escaped(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;");
}
