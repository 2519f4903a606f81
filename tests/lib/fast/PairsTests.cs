using System.Numerics;
using System.Runtime.Intrinsics;

namespace Tests.Lib;

/// <summary>Z1 of two panels at once: the same bits as of one after the other.</summary>
public class PairsTests
{
    [Fact]
    public void Sums_have_the_bits_of_one_panel_after_the_other() =>
        PanelCase.Sample(some =>
        {
            var (rows, count, bandRows) = (some.Rows, some.Count, some.BandRows);
            Agree<float>(new PanelKernels<float, Vector512<float>, Register512<float>>());
            Agree<float>(new PanelKernels<float, Vector<float>, Register<float>>());
            Agree<double>(new PanelKernels<double, Vector512<double>, Register512<double>>());
            Agree<double>(new PanelKernels<double, Vector<double>, Register<double>>());

            void Agree<T>(PanelKernels<T> kernels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
            {
                var random = new Random(some.Seed);
                var pairs = PairKernels<T>.For(kernels)!;
                var width = pairs.Width;
                Assert.Equal(4 * kernels.RegisterLength, width);
                var slice = new NonZeroSlice<T>(some.Pixels<T>(random), count).Take(PanelCase.Taken(count, random));
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
        });

    [Fact]
    public void Precompiled_kernels_have_none() => Assert.Null(PairKernels<float>.For(new PrecompiledKernels<float>()));
}
