using System.Globalization;

namespace Bench;

/// <summary>A row of the table.</summary>
/// <param name="Text">What the page calls it.</param>
/// <param name="Work">The line that the contestants are given.</param>
/// <param name="Need">What no program can do without.</param>
/// <param name="Aim">The part of the faster peer's time that the library aims at; null where it aims at nothing.</param>
internal sealed record Row(string Text, string Work, Need Need, double? Aim = null);

/// <summary>What a work needs at least: each of its operations once, and what it reads and writes once through memory.</summary>
/// <param name="Operations">Multiplications and additions.</param>
/// <param name="Bytes">Of matrices and images. The parameters of these networks fit the caches and are not counted.</param>
/// <param name="OneCore">The work is one thread's.</param>
internal sealed record Need(double Operations, double Bytes, bool IsDouble = false, bool OneCore = false)
{
    /// <summary>The part of the machine's limit that a run of this time reached, and which limit it is.</summary>
    public string Share(double milliseconds, Limits machine)
    {
        var cores = OneCore ? Environment.ProcessorCount : 1;
        var arithmetic = 1e-6 * Operations / (IsDouble ? machine.Double : machine.Float) * cores;
        var memory = 1e-6 * Bytes / machine.Memory;
        var share = 100 * Math.Max(arithmetic, memory) / milliseconds;
        return string.Create(CultureInfo.InvariantCulture, $"{share.ToString(share < 1 ? "0.00" : share < 10 ? "0.0" : "0", CultureInfo.InvariantCulture)} % of {(arithmetic >= memory ? "arithmetic" : "memory")}");
    }
}

/// <summary>What the machine can do at most: 10⁹ operations, and bytes, a second.</summary>
internal sealed record Limits(double Float, double Double, double Memory);

internal static class Rows
{
    private const int All = 60_000, Original = 41_160;

    /// <param name="nonZeros">The pixels of an image that are not 0, in the mean: the others need no multiplication.</param>
    public static IReadOnlyList<Row> List(double nonZeros)
    {
        return
        [
            .. from size in (int[])[512, 1024, 2048]
               from type in (string[])["float", "double"]
               select Product($"a. product {size}×{size} · {size}×{size}", type, size, size, size, size < 2048 ? 0.95 : null),
            Product("a. W1·X: 128×784 · 784×64", "float", 128, 784, 64, 0.6),
            Product("a. W1·X: 128×784 · 784×64", "double", 128, 784, 64, 0.8),
            Product("a. dZ1·Xᵀ: 128×64 · 64×784", "float", 128, 64, 784, 0.6),
            Product("a. dZ1·Xᵀ: 128×64 · 64×784", "double", 128, 64, 784, 0.8),
            Epoch("b. epoch 784-128-10, batches of 32", 128, 32, "", 0.15),
            Epoch("b. epoch 784-128-10, batches of 64", 128, 64, "", 0.2),
            Epoch("b. 6,000 images one by one, 784-128-10", 128, 1, "", null, 6_000),
            Epoch("b. epoch 784-800-10, batches of 128", 800, 128, "", 0.3),
            Epoch("b. the same with Adam", 800, 128, "adam", 0.4),
            Epoch("b. the same with dropout 0.2", 800, 128, "dropout", 0.4),
            Epoch("b. the same with Adam, weight decay and dropout 0.2", 800, 128, "adam+decay+dropout", 0.5),
            Full("double", sizeof(double), 0.08),
            Full("float", sizeof(float), 0.1),
            Infer("d. read one image, 784-128-10, float", 1, 0.8),
            Infer("d. read 10,000 images, 784-128-10, float", 10_000, 0.5),
            // Two fields, each smoothed along rows and columns by a bell of 25 numbers; the map, and four pixels for each.
            new("e. distort 10,000 images on one core, float", "distort float 10000", new(10_000.0 * 784 * (2 * 2 * 2 * 25 + 30), 10_000.0 * 784 * 2 * sizeof(float), OneCore: true)),
        ];

        Row Product(string text, string type, double n, double k, double m, double? aim) => new($"{text}, {type}", $"product {type} {n} {k} {m}",
            new(2 * n * k * m, (n * k + k * m + n * m) * (type == "double" ? sizeof(double) : sizeof(float)), type == "double"), aim);

        // Forward and dW1 multiply the pixels that are not 0, forward, dW2 and dZ1 the second layer; then the rule.
        Row Epoch(string text, double h, int batch, string rules, double? aim, int examples = All)
        {
            var steps = Math.Ceiling((double)examples / batch);
            var ofRule = (rules.Contains("adam") ? 14 : 2) + (rules.Contains("decay") ? 1 : 0);
            return new($"{text}, float", $"epoch float {h} {batch} {examples} 0 {rules}".TrimEnd(),
                new(examples * (4 * nonZeros * h + 6 * 10 * h + (rules.Contains("dropout") ? 2 * h : 0)) + steps * ofRule * 795 * h, examples * nonZeros * 2), aim);
        }

        Row Full(string type, int size, double aim) => new($"c. full-batch step, 41,160 images, 784-10-10, {type}", $"full {type}",
            new(Original * (4 * nonZeros * 10 + 6 * 10 * 10), Original * nonZeros * 2 * 2, type == "double"), aim);

        Row Infer(string text, double count, double aim) => new(text, $"infer float 128 {count}",
            new(count * (2 * nonZeros * 128 + 2 * 10 * 128), count * 784 * sizeof(float)), aim);
    }
}
