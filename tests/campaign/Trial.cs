using System.Globalization;
using System.Text;

namespace Tests.Campaign;

/// <summary>What became of one damaged input. Right, a clear error, and a change that no format can show are as they
/// should be; everything else fails.</summary>
public enum Outcome
{
    /// <summary>The same as without the damage, or what the changed input plainly says.</summary>
    Right,
    /// <summary>The documented exception, with a message that a reader can use.</summary>
    ClearError,
    /// <summary>Read as another value, in a format that has no checksum: nobody could know.</summary>
    Legal,
    /// <summary>Read as something else without a word.</summary>
    Silent,
    /// <summary>An exception that is not documented, or a message that only a programmer can read.</summary>
    Unclear,
    /// <summary>No end after five minutes.</summary>
    Hung
}

/// <summary>Makes damaged inputs of one kind, and says what became of each.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Documented">The exceptions that this kind may throw.</param>
/// <param name="Try">Makes one input from the generator and reads it; <c>null</c> is right.</param>
public sealed record Kind(string Name, Type[] Documented, Func<Random, Outcome> Try)
{
    /// <summary>Runs the trial with a number: the same number, the same input.</summary>
    public async Task<(Outcome Outcome, string Found)> RunAsync(int seed)
    {
        try
        {
            return (await Task.Run(() => Try(new Random(seed))).WaitAsync(TimeSpan.FromMinutes(5)), "");
        }
        catch (TimeoutException)
        {
            return (Outcome.Hung, "no end after five minutes");
        }
        catch (Exception error)
        {
            var message = $"{error.GetType().Name}: {error.Message}";
            return (Documented.Contains(error.GetType()) && IsClear(error.Message) ? Outcome.ClearError : Outcome.Unclear, message);
        }
    }

    /// <summary>Short, without control characters, and none of the sentences of .NET's own exceptions.</summary>
    private static bool IsClear(string message) =>
        message.Length is > 20 and < 700 && !message.Any(char.IsControl)
        && !new[] { "Object reference", "Index was out", "Sequence contains", "Specified argument", "Value cannot be null", "Arithmetic operation",
            "Unable to cast", "Array dimensions", "Input string", "Nullable object", "Exception of type", "Stack" }.Any(message.Contains);
}

/// <summary>How many trials of each kind had which outcome.</summary>
public sealed class Table
{
    private static readonly Outcome[] Outcomes = Enum.GetValues<Outcome>();
    private readonly Dictionary<string, int[]> rows = [];

    public void Add(string kind, Outcome outcome)
    {
        if (!rows.TryGetValue(kind, out var row)) rows[kind] = row = new int[Outcomes.Length];
        row[(int)outcome]++;
    }

    public int Count(Outcome outcome) => rows.Values.Sum(row => row[(int)outcome]);

    public override string ToString()
    {
        var text = new StringBuilder($"| kind | tried | {string.Join(" | ", Outcomes.Select(outcome => outcome == Outcome.ClearError ? "clear error" : outcome.ToString().ToLowerInvariant()))} |\n");
        text.Append("| --- |").Append(string.Concat(Enumerable.Repeat(" ---: |", Outcomes.Length + 1))).Append('\n');
        foreach (var (kind, row) in rows.Append(new("all", [.. Outcomes.Select(Count)])))
            text.Append(CultureInfo.InvariantCulture, $"| {kind} | {row.Sum()} | {string.Join(" | ", row)} |\n");
        return text.ToString();
    }
}

/// <summary>Ways to damage bytes and texts.</summary>
public static class Damage
{
    /// <summary>One to three times: a flipped bit, a byte changed, cut off, cut out, doubled, or put in.</summary>
    public static byte[] Bytes(byte[] good, Random random)
    {
        List<byte> bytes = [.. good];
        for (var i = random.Next(1, 4); i > 0 && bytes.Count > 0; i--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 40), bytes.Count - at);
            switch (random.Next(7))
            {
                case 0 or 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes[at] = (byte)random.Next(256); break;
                case 3: bytes.RemoveRange(at, bytes.Count - at); break;
                case 4: bytes.RemoveRange(at, length); break;
                case 5: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                default: bytes.InsertRange(at, [.. Enumerable.Range(0, length).Select(_ => (byte)random.Next(256))]); break;
            }
        }
        return [.. bytes];
    }

    public static T Any<T>(this Random random, params T[] list) => list[random.Next(list.Length)];
}
