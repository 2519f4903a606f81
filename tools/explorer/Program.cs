// Made data/explorer.json, the runs of the site's explorer. Run it again when Grid.cs or the training changes:
// dotnet run -c Release --project tools/explorer
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Explorer;

// Trains every cell of the grid and writes data/explorer.json, from which `nb site` makes the page "Explorer".
// From the course's folder: dotnet run -c Release --project tools/explorer

var file = Path.Join("data", "explorer.json");
if (!Directory.Exists("data"))
{
    Console.Error.WriteLine($"{file}: expected a folder data here, found none in {Directory.GetCurrentDirectory()}. Run this from the course's folder.");
    return 1;
}
var (training, validation) = Grid.Load("data");
var (runs, watch) = (new List<Run>(), Stopwatch.StartNew());
foreach (var learningRate in Grid.LearningRates)
    foreach (var hiddenUnits in Grid.HiddenUnits)
        foreach (var batchSize in Grid.BatchSizes)
        {
            var run = Grid.Train(training, validation, learningRate, hiddenUnits, batchSize);
            runs.Add(run);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{watch.Elapsed.TotalSeconds,6:F1} s  η = {learningRate,-5} h = {hiddenUnits,-3} B = {batchSize,-5}  ")
                + (run.Diverged is { } epoch ? $"diverged in epoch {epoch}" : $"{run.ValidationErrors[^1]} of {Grid.ValidationCount} wrong"));
        }
var grid = new GridFile(
    DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    $"{Environment.ProcessorCount} cores ({RuntimeInformation.ProcessArchitecture}), {RuntimeInformation.FrameworkDescription}",
    Math.Round(watch.Elapsed.TotalSeconds), Grid.Epochs, Grid.TrainingCount, Grid.ValidationCount,
    Grid.LearningRates, Grid.HiddenUnits, Grid.BatchSizes, runs);
await File.WriteAllTextAsync(file + ".part", JsonSerializer.Serialize(grid, JsonSerializerOptions.Web) + "\n");
File.Move(file + ".part", file, overwrite: true);
Console.WriteLine($"{file}: {runs.Count} runs in {grid.Seconds} s");
return 0;
