using System.Text;
using Figures;

// Draws the figures of the notes anew.
// From the course's folder: dotnet run -c Release --project tools/figures

if (!Directory.Exists("data") || !Directory.Exists("notebooks"))
{
    Console.Error.WriteLine($"{CourseFigures.Folder}: expected the folders data and notebooks here, found none in {Directory.GetCurrentDirectory()}. Run this from the course's folder.");
    return 1;
}
Directory.CreateDirectory(CourseFigures.Folder);
foreach (var sketch in CourseFigures.All("data"))
{
    var file = Path.Join(CourseFigures.Folder, sketch.Name + ".svg");
    await File.WriteAllTextAsync(file + ".part", sketch.ToSvg(), new UTF8Encoding(false));
    File.Move(file + ".part", file, overwrite: true);
    Console.WriteLine($"{file}: {sketch.Description}");
}
return 0;
