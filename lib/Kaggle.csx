using System;
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

    /// <summary>train.csv: a header <c>label,pixel0,…,pixel783</c>, then one image a row.</summary>
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
            // The reader takes either kind of line end, and a byte order mark at the start.
            using var reader = new StreamReader(path, Encoding.UTF8);
            string[] columns = hasLabels ? ["label", .. PixelNames] : PixelNames;
            CheckHeader(path, columns, reader.ReadLine());

            var (pixels, labels, firstEmpty) = (new List<byte>(), new List<byte>(), 0);
            var values = new byte[columns.Length];
            for (var line = 2; reader.ReadLine() is { } text; line++)
            {
                // Empty lines at the end are common; before another row they are missing rows.
                if (text.Length == 0)
                {
                    if (firstEmpty == 0) firstEmpty = line;
                    continue;
                }
                if (firstEmpty > 0) throw Bad(path, $"{columns.Length} columns in line {firstEmpty}", "an empty line");
                ReadRow(path, line, text, columns, values);
                if (hasLabels)
                {
                    if (values[0] > 9) throw Bad(path, $"a label from 0 to 9 in line {line}", $"{values[0]}");
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

    private static void CheckHeader(string path, string[] expected, string? header)
    {
        if (string.IsNullOrEmpty(header)) throw Bad(path, "a header in line 1", header is null ? "an empty file" : "an empty line");
        var found = header.Split(',');
        for (var i = 0; i < Math.Min(expected.Length, found.Length); i++)
            if (found[i] != expected[i])
                throw Bad(path, $"the header '{expected[i]}' for column {i + 1}", $"'{found[i]}'" + (i, found[i]) switch
                {
                    (0, "pixel0") => " (test.csv is read by Kaggle.ReadTest)",
                    (0, "label") => " (train.csv is read by Kaggle.ReadTraining)",
                    _ => ""
                });
        if (found.Length != expected.Length) throw Bad(path, $"a header of {expected.Length} columns", $"{found.Length}");
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
                throw Bad(path, $"a whole number from 0 to 255 in line {line}, column {columns[column]}", $"'{text[range]}'");
            column++;
        }
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
