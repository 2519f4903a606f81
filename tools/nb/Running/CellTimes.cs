using System.Text.Json.Nodes;
using Nb.Notebooks;

namespace Nb.Running;

/// <summary>The seconds of the cells that take long, in the notebook's metadata: the page that runs cells in a browser says with
/// them how long a cell will take there. Roughly is enough, and a run must not change the file for nothing.</summary>
public static class CellTimes
{
    /// <summary>Shorter ones are not noted: even in a slow browser nobody has to be warned of them.</summary>
    private const double Shortest = 2;

    /// <summary>The seconds of the cells that take long, by their ids, as far as the notebook knows them.</summary>
    public static IReadOnlyDictionary<string, double> Of(Notebook notebook) =>
        ((notebook.Root["metadata"] as JsonObject)?["nb"] as JsonObject)?["seconds"] is not JsonObject known ? new Dictionary<string, double>()
            : known.Where(entry => entry.Value is JsonValue value && value.TryGetValue(out double _))
                .ToDictionary(entry => entry.Key, entry => entry.Value!.GetValue<double>());

    /// <summary>Notes times with one digit. One that is known stays, unless the new one is more than twice or less than half of it.</summary>
    public static void Note(Notebook notebook, IReadOnlyDictionary<string, TimeSpan> times)
    {
        if ((notebook.Root["metadata"] as JsonObject)?["nb"] is not JsonObject known)
            return;
        var before = Of(notebook);
        var now = new JsonObject();
        foreach (var (id, time) in times.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (before.TryGetValue(id, out var old) && old > 0 && time.TotalSeconds >= old / 2 && time.TotalSeconds <= old * 2)
                now[id] = known["seconds"]![id]!.DeepClone();
            else if (time.TotalSeconds >= Shortest)
                now[id] = (int)Rounded(time.TotalSeconds);
        }
        known.Remove("seconds");
        if (now.Count > 0)
            known.Insert(known.TakeWhile(entry => string.CompareOrdinal(entry.Key, "seconds") < 0).Count(), "seconds", now);
    }

    private static double Rounded(double seconds)
    {
        var ten = Math.Pow(10, Math.Floor(Math.Log10(seconds)));
        return Math.Round(seconds / ten) * ten;
    }
}
