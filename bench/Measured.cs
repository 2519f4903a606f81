using System.Globalization;

namespace Bench;

/// <summary>What several rounds gave.</summary>
/// <param name="Middle">The median, in milliseconds.</param>
/// <param name="Error">Half of the distance between the quartiles: half of the rounds lie about so near.</param>
internal readonly record struct Measured(double Middle, double Error)
{
    /// <summary>Whether the rounds agree well enough to say anything.</summary>
    public bool IsSettled => Error < Middle / 2;

    public static Measured Of(IEnumerable<double> rounds)
    {
        double[] sorted = [.. rounds.Order()];
        var quarter = sorted.Length / 4;
        return new(sorted[sorted.Length / 2], (sorted[sorted.Length - 1 - quarter] - sorted[quarter]) / 2);
    }

    /// <summary>Runs a line of work with all contestants in turn, several rounds after one that does not count. Where the
    /// rounds of one do not agree, it is done again, up to three times.</summary>
    /// <returns>In the order of the contestants; null for one that has no such work.</returns>
    public static Measured?[] All(IReadOnlyList<Contestant> contestants, string work, int rounds)
    {
        Measured?[] found = [];
        for (var attempt = 0; attempt < 3 && (attempt == 0 || found.Any(m => m is { IsSettled: false })); attempt++)
        {
            var times = contestants.Select(_ => new List<double>()).ToArray();
            for (var round = -1; round < rounds; round++)
                for (var i = 0; i < contestants.Count; i++)
                {
                    if (contestants[i].Run(work) is { } time && round >= 0) times[i].Add(time);
                    Thread.Sleep(30);   // threads of others that still spin come to rest
                }
            found = [.. times.Select(t => t.Count == 0 ? (Measured?)null : Of(t))];
        }
        return found;
    }

    /// <summary>With its error; without one where the rounds never agreed, as then there is no figure.</summary>
    public override string ToString() => IsSettled ? $"{Short(Middle)} ± {Short(Error)}" : "not settled";

    public static string Short(double x) => x.ToString(x < 0.01 ? "0.0000" : x < 0.1 ? "0.000" : x < 10 ? "0.00" : x < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
