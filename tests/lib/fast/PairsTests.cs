using System.Numerics;
using System.Runtime.Intrinsics;
using CsCheck;

namespace Tests.Lib;

/// <summary>Z1 of two panels at once: the same bits as of one after the other.</summary>
public class PairsTests
{
    [Fact]
    public void Sums_have_the_bits_of_one_panel_after_the_other() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 60], Gen.Int[1, 256], Gen.Double[0, 1], Gen.Double[0, 1], Gen.Int).Sample((rows, count, bandRows, density, greys, seed) =>
        {
            Agree<float>(new PanelKernels<float, Vector512<float>, Register512<float>>());
            Agree<float>(new PanelKernels<float, Vector<float>, Register<float>>());
            Agree<double>(new PanelKernels<double, Vector512<double>, Register512<double>>());
            Agree<double>(new PanelKernels<double, Vector<double>, Register<double>>());

            void Agree<T>(PanelKernels<T> kernels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
            {
                var random = new Random(seed);
                var pairs = PairKernels<T>.For(kernels)!;
                var width = pairs.Width;
                Assert.Equal(4 * kernels.RegisterLength, width);
                // Greys, and other numbers, for which bands have tables of their own.
                var X = Matrix.Uniform<T>(rows, 80, -1, 1, random).Map(x => random.NextDouble() >= density ? T.Zero
                    : random.NextDouble() < greys ? T.CreateChecked(random.Next(1, 256)) / T.CreateChecked(255) : x);
                var slice = new NonZeroSlice<T>(new(new(X.Memory, rows, 80, false), bandRows), count).Take([.. Enumerable.Range(0, count).Select(_ => random.Next(80))]);
                // Two panels, one behind the other.
                var W = Matrix.Uniform<T>(width, 2 * rows, -1, 1, random);
                var start = Matrix.Uniform<T>(width, 2 * count, -1, 1, random);
                var (expected, found) = (start.Copy(), start.Copy());
                for (var band = 0; band < slice.Bands; band++)
                {
                    var at = band * bandRows * width;
                    for (var panel = 0; panel < 2; panel++)
                        kernels.AddProduct(width, slice, band, ref W.Span[panel * rows * width + at], ref expected.Span[panel * count * width]);
                    pairs.AddProduct(slice, band, ref W.Span[at], rows * width, ref found.Span[0], count * width);
                }
                Naive.SameBits(expected, found);
            }
        }, iter: 100);

    [Fact]
    public void Precompiled_kernels_have_none() => Assert.Null(PairKernels<float>.For(new PrecompiledKernels<float>()));
}
