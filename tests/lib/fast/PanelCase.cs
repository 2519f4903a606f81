using System.Numerics;
using CsCheck;

namespace Tests.Lib;

/// <summary>Random pixels of 80 images in lists, and how many of the images are taken: what the kernels of panels are compared on.</summary>
internal sealed record PanelCase(int Rows, int Count, int BandRows, double Density, double Greys, int Seed)
{
    public const int Images = 80;

    public static void Sample(Action<PanelCase> check) =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 60], Gen.Int[1, 256], Gen.Double[0, 1], Gen.Double[0, 1], Gen.Int)
            .Sample((rows, count, bandRows, density, greys, seed) => check(new(rows, count, bandRows, density, greys, seed)), iter: 100);

    /// <summary>Greys, and other numbers, for which bands have tables of their own.</summary>
    public NonZeros<T> Pixels<T>(Random random) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var X = Matrix.Uniform<T>(Rows, Images, -1, 1, random).Map(x => random.NextDouble() >= Density ? T.Zero
            : random.NextDouble() < Greys ? T.CreateChecked(random.Next(1, 256)) / T.CreateChecked(255) : x);
        return new(new(X.Memory, Rows, Images, false), BandRows);
    }

    /// <summary>Some of the images, at random; one may come twice.</summary>
    public static int[] Taken(int examples, Random random) => [.. Enumerable.Range(0, examples).Select(_ => random.Next(Images))];
}
