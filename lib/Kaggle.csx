using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

#nullable enable

// Kaggle's CSV files in, predictions out; notebook 10.

/// <summary>The CSV files of Kaggle's "Digit Recognizer", the form in which the NumPy original had the data.</summary>
public static class Kaggle
{
    private static readonly string[] PixelNames = [.. Enumerable.Range(0, ImageSet.PixelsPerImage).Select(i => $"pixel{i}")];

    /// <summary>How others name the same columns: Fashion-MNIST and Sign Language MNIST count from 1, MNIST-in-CSV by row and column.</summary>
    private static readonly string[][] OtherNames =
    [
        [.. Enumerable.Range(1, ImageSet.PixelsPerImage).Select(i => $"pixel{i}")],
        [.. from r in Enumerable.Range(1, 28) from c in Enumerable.Range(1, 28) select $"{r}x{c}"],
    ];

    /// <summary>train.csv: a header <c>label,pixel0,…,pixel783</c>, then one image a row.</summary>
    /// <remarks>Also read: no header, pixel1 to pixel784 or 1x1 to 28x28 in it, quotation marks, and whole numbers like 3.0.</remarks>
    /// <exception cref="BadDataException">The file is missing or not of this form; the message names the row.</exception>
    public static ImageSet ReadTraining(string path) => Read(path, hasLabels: true);

    /// <summary>test.csv: the same without the column <c>label</c>.</summary>
    /// <exception cref="BadDataException">The file is missing or not of this form; the message names the row.</exception>
    public static ImageSet ReadTest(string path) => Read(path, hasLabels: false);

    /// <summary>predictions.csv: <c>ImageId,Label</c> with ids from 1. Written beside and renamed, so it is never half there.</summary>
    /// <param name="path">The file to write; one that is there is replaced.</param>
    /// <param name="predictions">One digit, 0 to 9, for each image of test.csv, in its order.</param>
    /// <exception cref="BadDataException">A prediction is not a digit, or the file cannot be written; an older file stays as it was.</exception>
    public static void WritePredictions(string path, int[] predictions)
    {
        var bad = Array.FindIndex(predictions, p => p is < 0 or > 9);
        if (bad >= 0)
            throw new BadDataException($"{path}: expected predictions from 0 to 9, found {predictions[bad]} for image {bad + 1}. " +
                "Nothing was written; Network.Predict gives such digits.");
        Write(path, "ImageId,Label", predictions.Select((label, i) => $"{i + 1},{label}"));
    }

    /// <summary>Writes labelled images in the form of train.csv.</summary>
    /// <exception cref="BadDataException">The set has no labels, or the file cannot be written.</exception>
    public static void WriteTraining(string path, ImageSet set)
    {
        if (set.Labels.Length != set.Count)
            throw new BadDataException($"{path}: expected images with labels, found '{set.Name}' without. Nothing was written; use Kaggle.WriteTest for images alone.");
        Write(path, "label," + string.Join(',', PixelNames),
            Enumerable.Range(0, set.Count).Select(i => set.Labels[i] + "," + string.Join(',', set.Image(i).ToArray())));
    }

    /// <summary>Writes images in the form of test.csv, without their labels.</summary>
    /// <exception cref="BadDataException">The file cannot be written.</exception>
    public static void WriteTest(string path, ImageSet set) => Write(path, string.Join(',', PixelNames),
        Enumerable.Range(0, set.Count).Select(i => string.Join(',', set.Image(i).ToArray())));

    private static ImageSet Read(string path, bool hasLabels)
    {
        if (!File.Exists(path))
            throw new BadDataException($"{path}: expected a CSV file, found no such file. Kaggle's files need an account there " +
                "(competition \"Digit Recognizer\"); Kaggle.WriteTraining and Kaggle.WriteTest make files of the same form from MNIST.");
        try
        {
            CheckKind(path);
            // The reader takes either kind of line end, and a byte order mark at the start.
            using var reader = new StreamReader(path, Encoding.UTF8);
            string[] columns = hasLabels ? ["label", .. PixelNames] : PixelNames;
            var first = reader.ReadLine();
            var hasHeader = IsHeader(path, columns, first);

            var (pixels, labels, firstEmpty) = (new List<byte>(), new List<byte>(), 0);
            var values = new byte[columns.Length];
            for (var line = hasHeader ? 2 : 1; (line == 1 ? first : reader.ReadLine()) is { } text; line++)
            {
                // Empty lines at the end are common; before another row they are missing rows.
                if (string.IsNullOrWhiteSpace(text))
                {
                    if (firstEmpty == 0) firstEmpty = line;
                    continue;
                }
                if (firstEmpty > 0) throw Bad(path, $"{columns.Length} columns in line {firstEmpty}", "an empty line");
                ReadRow(path, line, text, columns, values);
                if (hasLabels)
                {
                    if (values[0] > 9)
                        throw Bad(path, $"a label from 0 to 9 in line {line}", $"{values[0]}" + (values[0] < 26 ? " (sets of letters have such labels; a network of this course has ten outputs)" : ""));
                    labels.Add(values[0]);
                }
                pixels.AddRange(values.AsSpan(columns.Length - ImageSet.PixelsPerImage));
            }
            if (pixels.Count == 0) throw Bad(path, "at least one image after the header", "none");
            return new(Path.GetFileName(path), [.. pixels], [.. labels]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{path}: expected a file that can be read, found: {error.Message} Check its permissions and whether another program holds it.", error);
        }
    }

    /// <summary>Files that are no text at all are named for what they are.</summary>
    private static void CheckKind(string path)
    {
        using var file = File.OpenRead(path);
        var start = new byte[512];
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        if (start.AsSpan().StartsWith("PK\u0003\u0004"u8)) throw Bad(path, "a CSV file", "a ZIP file (Excel's .xlsx is one, too): unpack it, or save it as CSV");
        if (start is [31, 139, ..]) throw Bad(path, "a CSV file", "a gzip file: unpack it");
        if (start.AsSpan().StartsWith("7z"u8) || start.AsSpan().StartsWith("BZh"u8) || start is [0xFD, (byte)'7', ..] or [0x28, 0xB5, 0x2F, 0xFD, ..])
            throw Bad(path, "a CSV file", "a compressed file: unpack it");
        if (start is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]) return;   // UTF-16, which the reader knows by this mark
        if (start.Any(b => b < 32 && b is not (9 or 10 or 13))) throw Bad(path, "a CSV file", "a file that is no text");
        if (Encoding.UTF8.GetString(start).TrimStart('\uFEFF', ' ', '\r', '\n', '\t').StartsWith('<'))
            throw Bad(path, "a CSV file", "a web page: the download needs you to be signed in");
    }

    /// <summary>Whether the first line is a header; false for a row of numbers. Anything else is an error.</summary>
    private static bool IsHeader(string path, string[] expected, string? header)
    {
        if (string.IsNullOrEmpty(header)) throw Bad(path, "a header in line 1", header is null ? "an empty file" : "an empty line");
        string[] found = [.. header.Split(',').Select(Plain)];
        if (found.All(entry => double.TryParse(entry, NumberStyles.Float, CultureInfo.InvariantCulture, out _))) return false;
        foreach (var (mark, name) in new[] { (';', "semicolons"), ('\t', "tabs"), ('|', "vertical bars") })
            if (found.Length < 10 && header.Count(c => c == mark) > 100) throw Bad(path, "commas between the columns", $"{name}: save the file with commas");

        var (start, names) = (expected.Length - ImageSet.PixelsPerImage, PixelNames);
        foreach (var other in OtherNames)
            if (found.Length > start + 1 && IsSame(other[0], found[start]) && IsSame(other[1], found[start + 1])) names = other;
        string[] columns = [.. expected[..start], .. names];
        for (var i = 0; i < Math.Min(columns.Length, found.Length); i++)
            if (!IsSame(columns[i], found[i]))
                throw Bad(path, $"the header '{columns[i]}' for column {i + 1}", $"'{BadDataException.Short(found[i])}'" + (i, found[i].ToLowerInvariant()) switch
                {
                    (0, "pixel0" or "pixel1" or "1x1") => " (test.csv is read by Kaggle.ReadTest)",
                    (0, "label") => " (train.csv is read by Kaggle.ReadTraining)",
                    _ => ""
                });
        if (found.Length != columns.Length) throw Bad(path, $"a header of {columns.Length} columns", $"{found.Length}");
        return true;
    }

    private static bool IsSame(string expected, string found) => expected.Equals(found, StringComparison.OrdinalIgnoreCase);

    /// <summary>Without the spaces and quotation marks around it.</summary>
    private static string Plain(string entry)
    {
        entry = entry.Trim();
        return entry.Length > 1 && entry[0] == '"' && entry[^1] == '"' ? entry[1..^1].Trim() : entry;
    }

    /// <summary>One row of numbers into <paramref name="values"/>.</summary>
    private static void ReadRow(string path, int line, ReadOnlySpan<char> text, string[] columns, byte[] values)
    {
        // First the number of columns: where one is missing, all that follow are in the wrong place.
        var count = text.Count(',') + 1;
        if (count != columns.Length) throw Bad(path, $"{columns.Length} columns in line {line}", $"{count}");
        var column = 0;
        foreach (var range in text.Split(','))
        {
            if (!byte.TryParse(text[range], NumberStyles.None, CultureInfo.InvariantCulture, out values[column]))
                values[column] = Grey(path, line, columns[column], text[range].ToString());
            column++;
        }
    }

    /// <summary>A number in another spelling: " 3", "3" with quotation marks, 3.0 as pandas writes it.</summary>
    private static byte Grey(string path, int line, string column, string entry)
    {
        if (double.TryParse(Plain(entry), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            if (number is >= 0 and <= 255 && number == Math.Floor(number)) return (byte)number;
            if (number is > 0 and < 1)
                throw Bad(path, $"a whole number from 0 to 255 in line {line}, column {column}", $"'{BadDataException.Short(entry)}' (pixels that were divided by 255? Multiply them again)");
        }
        throw Bad(path, $"a whole number from 0 to 255 in line {line}, column {column}", $"'{BadDataException.Short(entry)}'");
    }

    private static void Write(string path, string header, IEnumerable<string> rows)
    {
        var beside = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            using (var writer = new StreamWriter(beside) { NewLine = "\n" })
                foreach (var line in rows.Prepend(header)) writer.WriteLine(line);
            File.Move(beside, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{path}: expected a file that can be written, found: {error.Message} Nothing was written; check that the folder is there and may be written to.", error);
        }
        finally
        {
            if (File.Exists(beside)) File.Delete(beside);
        }
    }

    private static BadDataException Bad(string path, string expected, string found) =>
        new($"{path}: expected {expected}, found {found}. The form is that of Kaggle's Digit Recognizer: label (0 to 9, in train.csv only) and pixel0 to pixel783 (0 to 255).");
}
