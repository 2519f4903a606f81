using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;

#nullable enable

// The data: reading and checking MNIST's files, scaling, splitting.
// Equation numbers are those of my_note.md.

/// <summary>
/// A file of the data that is missing, damaged, not what it should be, or cannot be written. The message names the
/// file, what was expected, what was found and what to do.
/// </summary>
public sealed class BadDataException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What a message quotes of a file: at most 40 characters, and a dot for each that is none to read.</summary>
    public static string Short(string text)
    {
        var plain = string.Concat(text.Take(40).Select(c => char.IsControl(c) || char.IsSurrogate(c) || c == '\uFFFD' ? '·' : c));
        return text.Length > 40 ? plain + "…" : plain;
    }
}

/// <summary>How pixels of 0 to 255 become numbers of 0 to 1.</summary>
public enum PixelScaling
{
    /// <summary>p/255, equation (1.2).</summary>
    DivideBy255,
    /// <summary>(p − min)/(max − min) with the minimum and maximum of each image, equation (1.3), as in the NumPy original.</summary>
    MinMaxPerImage
}

/// <summary>Images of 28×28 grey pixels, with labels or without.</summary>
[TypeFormatterSource(typeof(HtmlFormatters))]
public sealed class ImageSet : IHtml
{
    /// <summary>Pixels of one image, 28·28.</summary>
    public const int PixelsPerImage = 784;

    /// <param name="name">What the set is called in messages.</param>
    /// <param name="pixels">Image after image, each row by row: count·784 bytes, 0 (paper) to 255 (ink).</param>
    /// <param name="labels">One label for each image, 0 to 9; empty where they are not known.</param>
    /// <exception cref="BadDataException">The lengths do not fit, or a label is above 9.</exception>
    public ImageSet(string name, byte[] pixels, byte[] labels)
    {
        if (pixels.Length % PixelsPerImage != 0)
            throw new BadDataException($"{name}: {pixels.Length} pixels are not a whole number of images of {PixelsPerImage} pixels.");
        (Name, Pixels, Labels, Count) = (name, pixels, labels, pixels.Length / PixelsPerImage);
        if (labels.Length != 0 && labels.Length != Count)
            throw new BadDataException($"{name}: {Count} images but {labels.Length} labels; there must be one label for each image.");
        if (labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)9) is var bad and >= 0)
            throw new BadDataException($"{name}: label {bad} is {labels[bad]}; labels are digits from 0 to 9.");
    }

    /// <summary>What the set is called in messages.</summary>
    public string Name { get; }

    /// <summary>Image after image, 784 bytes each, row by row: pixel (r, c) of image i is at 784·i + 28·r + c, see (1.1).</summary>
    public byte[] Pixels { get; }

    /// <summary>One label for each image, 0 to 9; empty where they are not known.</summary>
    public byte[] Labels { get; }

    /// <summary>The number of images, m.</summary>
    public int Count { get; }

    /// <summary>The 784 pixels of one image, counted from 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ReadOnlySpan<byte> Image(int index) => (uint)index < (uint)Count
        ? Pixels.AsSpan(index * PixelsPerImage, PixelsPerImage)
        : throw new ArgumentOutOfRangeException(nameof(index), $"There is no image {index} in '{Name}': it has {Count}, counted from 0.");

    /// <summary>A copy of the images with these indices, in this order.</summary>
    public ImageSet Select(ReadOnlySpan<int> indices)
    {
        var pixels = new byte[indices.Length * PixelsPerImage];
        var labels = new byte[Labels.Length == 0 ? 0 : indices.Length];
        for (var j = 0; j < indices.Length; j++)
        {
            Image(indices[j]).CopyTo(pixels.AsSpan(j * PixelsPerImage));
            if (labels.Length > 0) labels[j] = Labels[indices[j]];
        }
        return new(Name, pixels, labels);
    }

    /// <summary>A copy of the first images.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public ImageSet Take(int count)
    {
        if (count < 0 || count > Count)
            throw new ArgumentOutOfRangeException(nameof(count), $"{count} images were asked for, but '{Name}' has {Count}.");
        return new(Name, Pixels[..(count * PixelsPerImage)], Labels.Length == 0 ? [] : Labels[..count]);
    }

    /// <summary>The images as columns of numbers from 0 to 1: X of equation (1.4), 784×m. An image of one grey only, where (1.3) would divide 0 by 0, becomes zeros.</summary>
    /// <param name="scaling">p/255 as in (1.2), or from the image's own darkest and lightest pixel as in (1.3).</param>
    /// <typeparam name="T"><c>float</c> or <c>double</c>.</typeparam>
    public Matrix<T> ToMatrix<T>(PixelScaling scaling = PixelScaling.DivideBy255) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var X = new T[Pixels.Length];
        var by255 = ScaledGreys<T>(0, 255);
        Parallel.For(0, Count, j =>
        {
            var image = Image(j);
            var greys = by255;
            if (scaling == PixelScaling.MinMaxPerImage)
            {
                byte min = 255, max = 0;
                foreach (var p in image) (min, max) = (Math.Min(min, p), Math.Max(max, p));
                if ((min, max) != (0, 255)) greys = ScaledGreys<T>(min, max);
            }
            var column = X.AsSpan(j * PixelsPerImage, PixelsPerImage);
            for (var i = 0; i < column.Length; i++) column[i] = greys[image[i]];
        });
        return new(PixelsPerImage, Count, X);
    }

    /// <summary>The images as X (784×m) and their labels as one-hot Y (10×m), ready for a network.</summary>
    /// <exception cref="BadDataException">The set has no labels.</exception>
    public Examples<T> ToExamples<T>(PixelScaling scaling = PixelScaling.DivideBy255) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Labels.Length == Count
            ? new(ToMatrix<T>(scaling), Labels)
            : throw new BadDataException($"'{Name}' has no labels, so it cannot be learnt from or measured. Use ToMatrix for its images.");

    /// <summary>For instance "MNIST training: 60,000 images of 28×28 pixels, with labels".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}: {Count:N0} images of 28×28 pixels, {(Labels.Length == 0 && Count > 0 ? "without" : "with")} labels");

    /// <summary>The same as HTML.</summary>
    public string ToHtml() => $"<p>{System.Net.WebUtility.HtmlEncode(ToString())}</p>";

    /// <summary>The value of each grey p from 0 to 255: (p − min)/(max − min), which with 0 and 255 is (1.2).</summary>
    private static T[] ScaledGreys<T>(byte min, byte max) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var greys = new T[256];
        if (max > min)
            for (var p = 0; p < 256; p++) greys[p] = T.CreateChecked(p - min) / T.CreateChecked(max - min);   // (1.3); (1.2) with 0 and 255
        return greys;
    }
}

/// <summary>The MNIST files of LeCun, Cortes and Burges, in the IDX format.</summary>
public static class Mnist
{
    private const int ImagesMagic = 2051, LabelsMagic = 2049;

    /// <summary>MD5 of the published files, uncompressed (data/README.md has the table).</summary>
    private static readonly Dictionary<string, string> Published = new()
    {
        ["train-images-idx3-ubyte"] = "6bbc9ace898e44ae57da46a324031adb",
        ["train-labels-idx1-ubyte"] = "a25bea736e30d166cdddb491f175f624",
        ["t10k-images-idx3-ubyte"] = "2646ac647ad5339dbf082846283269ea",
        ["t10k-labels-idx1-ubyte"] = "27ae3e4e09519cfbb04c329615203637"
    };

    /// <summary>All 60,000 training and 10,000 test images, checked against the checksums of the published files.</summary>
    /// <param name="folder">Where the four files are, gzip-compressed (.gz) or not; null looks for a folder data/ in the
    /// working directory and in every folder above it, which finds the course's own from its notebooks.</param>
    /// <exception cref="BadDataException">A file is missing or is not the published one.</exception>
    public static (ImageSet Training, ImageSet Test) Load(string? folder = null)
    {
        var data = folder ?? FindFolder();
        string PathOf(string name) => Names(name).Select(found => Path.Combine(data, found)).FirstOrDefault(File.Exists) ?? Path.Combine(data, name + ".gz");
        ImageSet ReadPublished(string prefix, string name) =>
            Read(PathOf($"{prefix}-images-idx3-ubyte"), PathOf($"{prefix}-labels-idx1-ubyte"), name, mustBePublished: true);

        // Inflating takes most of the time, and one file cannot be inflated by two threads: so both sets at once.
        var test = Task.Run(() => ReadPublished("t10k", "MNIST test"));
        return (ReadPublished("train", "MNIST training"), test.GetAwaiter().GetResult());
    }

    /// <summary>The names under which a published file is found: its own, with a dot as many copies have it
    /// (train-images.idx3-ubyte), in a folder of its name as one download unpacks it; each compressed or not.</summary>
    private static IEnumerable<string> Names(string name) =>
        from form in new[] { name, name.Replace("-idx", ".idx"), Path.Combine(name, name), Path.Combine(name.Replace("-idx", ".idx"), name.Replace("-idx", ".idx")) }
        from ending in new[] { "", ".gz" }
        select form + ending;

    /// <summary>A pair of files in the format of MNIST, for instance one's own or Fashion-MNIST. Everything is checked but the checksums.</summary>
    /// <param name="imagesFile">IDX file of images, gzip-compressed or not: its first bytes tell.</param>
    /// <param name="labelsFile">IDX file of labels, gzip-compressed or not.</param>
    /// <param name="name">What the set is called in messages.</param>
    /// <exception cref="BadDataException">A file is missing, damaged or of another kind, or the counts differ.</exception>
    public static ImageSet Read(string imagesFile, string labelsFile, string name) => Read(imagesFile, labelsFile, name, mustBePublished: false);

    private static ImageSet Read(string imagesFile, string labelsFile, string name, bool mustBePublished)
    {
        var labels = ReadIdx(labelsFile, LabelsMagic, "labels", mustBePublished);
        var pixels = ReadIdx(imagesFile, ImagesMagic, "images", mustBePublished);
        if (pixels.Length != (long)labels.Length * ImageSet.PixelsPerImage)
            throw new BadDataException($"{imagesFile} has {pixels.Length / ImageSet.PixelsPerImage} images, but {labelsFile} has {labels.Length} labels: " +
                "expected one label for each image. Take both files from the same source.");
        return new(name, pixels, labels);
    }

    /// <summary>Two disjoint parts of a set in random order, equation (1.6): what is learnt from, and what is only measured.</summary>
    /// <param name="set">The images to divide.</param>
    /// <param name="validationCount">How many images the second part gets.</param>
    /// <param name="random">Shuffles: the same seed gives the same parts.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative or larger than the set.</exception>
    public static (ImageSet Training, ImageSet Validation) Split(ImageSet set, int validationCount, Random random)
    {
        if (validationCount < 0 || validationCount > set.Count)
            throw new ArgumentOutOfRangeException(nameof(validationCount),
                $"{validationCount} images were asked for as validation set, but '{set.Name}' has {set.Count}.");
        var order = Enumerable.Range(0, set.Count).ToArray();
        random.Shuffle(order);
        return (set.Select(order.AsSpan(validationCount)), set.Select(order.AsSpan(0, validationCount)));   // (1.6)
    }

    /// <summary>The content of an IDX file of bytes after its header; everything about it is checked.</summary>
    private static byte[] ReadIdx(string file, int magic, string kind, bool mustBePublished)
    {
        BadDataException Bad(string expected, string found, Exception? inner = null) => new($"{file}: expected {expected}, found {found}. " +
            (mustBePublished ? "Restore the file with 'git checkout -- data', or see data/README.md for its source." : "Make or fetch the file again; data/README.md describes the format."), inner);

        if (!File.Exists(file))
            throw new BadDataException($"{file}: expected {kind}, found no such file. " + (mustBePublished
                ? $"The four files are looked for in the folder '{Path.GetDirectoryName(file)}', compressed (.gz) or not; the course has them in data/: `git checkout -- data` gets them back. " +
                    "Another folder is named so: Mnist.Load(\"folder\")."
                : "Check the path."));
        try
        {
            using var raw = File.OpenRead(file);
            // A gzip file begins with 31, 139; an IDX file with 0, 0. The name does not tell: browsers unpack, and keep the ".gz".
            var isGzip = raw.ReadByte() == 31 && raw.ReadByte() == 139;
            raw.Position = 0;
            using Stream stream = isGzip ? new GZipStream(raw, CompressionMode.Decompress) : raw;

            var header = new byte[magic == ImagesMagic ? 16 : 8];
            var headerLength = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
            int Number(int at) => BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(at));
            if (headerLength < 4) throw Bad($"{kind} (magic number {magic})", $"{headerLength} bytes: the file is cut off");
            if (Number(0) != magic)
                throw Bad($"{kind} (magic number {magic})", Number(0) switch
                {
                    ImagesMagic => $"images (magic number {ImagesMagic}): the two files may be swapped",
                    LabelsMagic => $"labels (magic number {LabelsMagic}): the two files may be swapped",
                    var other => $"magic number {other}: it is neither an IDX file of bytes nor a gzip file of one"
                });
            if (headerLength < header.Length) throw Bad($"a header of {header.Length} bytes", $"{headerLength} bytes: the file is cut off");
            if (magic == ImagesMagic && (Number(8), Number(12)) != (28, 28)) throw Bad("images of 28×28 pixels", $"{Number(8)}×{Number(12)}");

            // The count is not believed blindly: gzip packs 1032 bytes into one at best. A gzip file ends with a checksum, which
            // GZipStream compares, and the length of its content; where this end is cut off, it compares nothing and says nothing.
            var count = Number(4);
            var length = (long)count * (magic == ImagesMagic ? ImageSet.PixelsPerImage : 1);
            if (count < 0 || length > Array.MaxLength || length > raw.Length * 1032)
                throw Bad($"a count of {kind} that a file of {raw.Length} bytes can hold", $"{count}");
            if (mustBePublished && count != (Path.GetFileName(file).StartsWith("train", StringComparison.Ordinal) ? 60_000 : 10_000))
                throw Bad($"the published {kind}, {(Path.GetFileName(file).StartsWith("train", StringComparison.Ordinal) ? "60,000" : "10,000")} of them", $"{count}");
            // The runtime in a browser has no MD5. There the page compares each file's SHA-256 as it comes.
            using var md5 = mustBePublished && !OperatingSystem.IsBrowser() ? new RunningMd5() : null;
            md5?.Append(header);
            var content = ReadUpTo(stream, length, isLengthKnown: mustBePublished, md5 is null ? null : md5.Append);
            if (content.Length < length) throw Bad($"{count} {kind} ({length} bytes after the header)", $"{content.Length} bytes: the file is cut off");
            if (stream.ReadByte() >= 0) throw Bad($"{count} {kind} ({length} bytes after the header)", "more bytes after them");
            if (isGzip && EndOf(raw) != (uint)(header.Length + length))
                throw Bad($"a gzip file that ends with the length of its content, {header.Length + length} bytes",
                    "another end: it is cut off, has bytes added, or was put together from several (then unpack it: it need not be compressed)");

            if (md5 != null)
            {
                var name = file.EndsWith(".gz", StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(file) : Path.GetFileName(file);
                var expected = Published[name.Replace(".idx", "-idx")];
                var found = md5.Hex();
                if (found != expected) throw Bad($"the published content (MD5 {expected})", $"MD5 {found}: the file was changed");
            }
            if (magic == LabelsMagic && content.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)9) is var bad and >= 0)
                throw Bad("labels from 0 to 9", $"{content[bad]} as label {bad} (counted from 0)");
            return content;
        }
        catch (InvalidDataException error)
        {
            throw Bad("a whole gzip file", "one that cannot be decompressed: it is damaged or cut off", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{file}: expected a file that can be read, found: {error.Message} Check its permissions and whether another program holds it.", error);
        }
    }

    /// <summary>At most so many bytes, a megabyte at a time, each of which is told as it comes.</summary>
    /// <param name="isLengthKnown">Else memory is taken as the bytes come: a damaged header may claim far more than there are.</param>
    private static byte[] ReadUpTo(Stream stream, long length, bool isLengthKnown, Action<ReadOnlyMemory<byte>>? onPart)
    {
        const int Megabyte = 1 << 20;
        var content = new byte[isLengthKnown ? length : Math.Min(length, Megabyte)];
        for (var count = 0; ;)
        {
            // Stream.Read may return less than asked for, and GZipStream does: ReadAtLeast goes on until the end.
            var part = content.AsMemory(count, Math.Min(Megabyte, content.Length - count));
            var read = stream.ReadAtLeast(part.Span, part.Length, throwOnEndOfStream: false);
            onPart?.Invoke(part[..read]);
            count += read;
            if (read < part.Length) return content[..count];
            if (count == length) return content;
            if (count == content.Length) Array.Resize(ref content, (int)Math.Min(length, 2L * content.Length));
        }
    }

    /// <summary>The MD5 of bytes that come in parts, computed on another thread while the next part is unpacked.</summary>
    private sealed class RunningMd5 : IDisposable
    {
        private readonly IncrementalHash md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        private Task last = Task.CompletedTask;

        public void Append(ReadOnlyMemory<byte> part) => last = last.ContinueWith(_ => md5.AppendData(part.Span), TaskScheduler.Default);

        public string Hex()
        {
            last.GetAwaiter().GetResult();
            return Convert.ToHexStringLower(md5.GetHashAndReset());
        }

        public void Dispose()
        {
            last.GetAwaiter().GetResult();
            md5.Dispose();
        }
    }

    /// <summary>The length that a gzip file says its content has: its last four bytes.</summary>
    private static uint EndOf(FileStream raw)
    {
        var end = new byte[4];
        raw.Seek(-end.Length, SeekOrigin.End);
        raw.ReadExactly(end);
        return BinaryPrimitives.ReadUInt32LittleEndian(end);
    }

    private static string FindFolder()
    {
        // Any of the files will do: which one is missing is said where it is read.
        for (var folder = new DirectoryInfo(Directory.GetCurrentDirectory()); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "data") is var data && Published.Keys.Any(name => File.Exists(Path.Combine(data, name)) || File.Exists(Path.Combine(data, name + ".gz"))))
                return data;
        throw new BadDataException($"{Path.Combine("data", Published.Keys.First())}: expected in '{Directory.GetCurrentDirectory()}' or a folder above it, found in none of them. " +
            "Run the notebook from the folder of the course, or name the folder: Mnist.Load(\"folder\").");
    }
}
