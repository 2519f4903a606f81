using Nb.Pictures;
using Nb.Printing;

namespace Nb.Commands;

/// <summary>`nb pdf`: my_note.pdf from my_note.md.</summary>
public static class PdfCommand
{
    public static async Task<int> BuildAsync(string root, string file, TextWriter report, CancellationToken cancellationToken)
    {
        var notes = Path.Join(root, "my_note.md");
        if (!File.Exists(notes))
            throw new UserError($"{notes}: expected the notes, found no such file. Run nb from inside the course's folder.");
        file = CheckPlace(file);
        var chromium = Chromium.Find("nb pdf", "print the notes", "");
        Doing.Now = $"printing {notes}";
        var pdf = await NotesPdf.PrintAsync(TextFile.Read(notes), root, chromium, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        ReplacedFile.Write(file, pdf);
        report.WriteLine($"Notes: {file}");
        return 0;
    }

    /// <summary>Asked before the printing, which takes its time.</summary>
    private static string CheckPlace(string file)
    {
        if (string.IsNullOrWhiteSpace(file))
            throw new UserError("--out: expected the path of a PDF, found an empty name.");
        file = Path.GetFullPath(file);
        if (Directory.Exists(file))
            throw new UserError($"--out {file}: expected the path of a PDF, found a folder. Name a file in it: {Path.Join(file, "my_note.pdf")}");
        if (!Directory.Exists(Path.GetDirectoryName(file)))
            throw new UserError($"--out {file}: expected a place in a folder that is there, found no {Path.GetDirectoryName(file)}. Make the folder first.");
        ReplacedFile.RequireWritable(file);
        return file;
    }
}
