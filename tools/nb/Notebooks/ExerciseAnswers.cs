using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Nb.Notebooks;

/// <summary>
/// The code in the folded answers of a notebook's exercises. A notebook stores no outputs for it, so they stand beside it:
/// notebooks/answers/NAME.ipynb holds the blocks of all answers as cells, with what they put out after NAME.ipynb had run.
/// </summary>
public static partial class ExerciseAnswers
{
    private const string Folder = "answers";

    /// <summary>Where the answers of a notebook are stored.</summary>
    public static string PathOf(string notebook) => Path.Join(Path.GetDirectoryName(notebook)!, Folder, Path.GetFileName(notebook));

    /// <summary>The blocks of code in a text, those in answers, in their order.</summary>
    public static IEnumerable<string> In(string markdown) =>
        from Match answer in Answer().Matches(markdown)
        from Match code in Code().Matches(answer.Groups[1].Value)
        select code.Groups[1].Value;

    /// <summary>A copy of the notebook with the answers as further cells.</summary>
    public static Notebook RunWith(Notebook notebook)
    {
        var root = notebook.Root.DeepClone();
        var cells = root["cells"]!.AsArray();
        foreach (var (source, i) in notebook.Cells.Where(cell => cell.IsMarkdown).SelectMany(cell => In(cell.Source)).Select((source, i) => (source, i)))
        {
            cells.Add(new JsonObject
            {
                ["cell_type"] = "code", ["execution_count"] = null, ["id"] = IdOf(i),
                ["metadata"] = new JsonObject(), ["outputs"] = new JsonArray(), ["source"] = Lines.Split(source)
            });
        }
        return Notebook.Parse(root.ToJsonString(), notebook.Path);
    }

    /// <summary>What is stored of a run of <see cref="RunWith"/>: the cells of the answers, under a line that says what they are.</summary>
    public static Notebook Of(Notebook ran)
    {
        var name = Path.GetFileName(ran.Path);
        var root = ran.Root.DeepClone();
        var cells = root["cells"]!.AsArray();
        var answers = new JsonArray([.. cells.Where(cell => IsAnswer((string?)cell!["id"])).Select(cell => cell!.DeepClone())]);
        answers.Insert(0, new JsonObject
        {
            ["cell_type"] = "markdown", ["id"] = "title", ["metadata"] = new JsonObject(),
            ["source"] = Lines.Split($"What the answers to the exercises of [{name}](../{name}) put out when they run after its last cell. "
                + "The site shows it. It was written by `dotnet run --project tools/nb -- answers`, and cannot run alone.")
        });
        root["cells"] = answers;
        (root["metadata"] as JsonObject)?.Remove("nb");   // the stamp is that of the notebook's own cells
        return Notebook.Parse(root.ToJsonString(), PathOf(ran.Path));
    }

    /// <summary>The outputs that are stored for the answers of a notebook, by the block's text; none for a block that was changed since.</summary>
    public static IReadOnlyDictionary<string, JsonArray> Stored(Notebook notebook)
    {
        var path = PathOf(notebook.Path);
        return File.Exists(path)
            ? Notebook.Load(path).Cells.Where(cell => cell.IsCode).DistinctBy(cell => cell.Source).ToDictionary(cell => cell.Source, cell => cell.Outputs)
            : new Dictionary<string, JsonArray>();
    }

    private static string IdOf(int i) => $"answer-{i}";

    private static bool IsAnswer(string? id) => id is not null && Id().IsMatch(id);

    [GeneratedRegex(@"<summary>Answer</summary>(.*?)</details>", RegexOptions.Singleline)] private static partial Regex Answer();
    [GeneratedRegex(@"```csharp\n(.*?)\n```", RegexOptions.Singleline)] private static partial Regex Code();
    [GeneratedRegex(@"^answer-\d+$")] private static partial Regex Id();
}
