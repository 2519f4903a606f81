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
        var chromium = Chromium.Find("nb pdf", "print the notes", "");
        var pdf = await NotesPdf.PrintAsync(await File.ReadAllTextAsync(notes, cancellationToken), root, chromium, cancellationToken);
        var beside = $"{file}.{Environment.ProcessId}.part";
        try
        {
            await File.WriteAllBytesAsync(beside, pdf, cancellationToken);
            File.Move(beside, file, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
        report.WriteLine($"Notes: {file}");
        return 0;
    }
}
