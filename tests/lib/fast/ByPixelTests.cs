using System.Numerics;
using System.Runtime.Intrinsics;

namespace Tests.Lib;

/// <summary>dW1 by lists for each pixel: the same bits as by lists for each example.</summary>
public class ByPixelTests
{
    [Fact]
    public void Sums_have_the_bits_of_those_example_by_example() =>
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
                var byPixel = PixelKernels<T>.For(kernels)!;
                var width = byPixel.Width;
                Assert.Equal(4 * kernels.RegisterLength, width);
                var slice = new NonZeroSlice<T>(some.Pixels<T>(random), count);
                var lists = new PixelLists<T>(rows, count);
                var scale = T.CreateChecked(random.NextDouble() - 0.5);
                // The lists are made anew for each batch, which may be smaller.
                foreach (var examples in new[] { count, (count + 1) / 2, count })
                {
                    slice.Take(PanelCase.Taken(examples, random));
                    var d = Matrix.Uniform<T>(width, examples, -1, 1, random);
                    var start = Matrix.Uniform<T>(width, rows, -1, 1, random);
                    var (expected, found) = (start.Copy(), start.Copy());
                    for (var band = 0; band < slice.Bands; band++)
                    {
                        kernels.AddOuterProducts(width, slice, band, scale, ref d.Span[0], ref expected.Span[band * bandRows * width]);
                        lists.List(slice, band, scale);
                    }
                    byPixel.AddOuterProducts(lists, ref d.Span[0], ref found.Span[0]);
                    Naive.SameBits(expected, found);
                }
            }
        });

    [Fact]
    public void Precompiled_kernels_have_none() => Assert.Null(PixelKernels<float>.For(new PrecompiledKernels<float>()));

    [Fact]
    public void A_batch_that_is_too_large_is_named()
    {
        var X = new Matrix<float>(5, 8);
        var slice = new NonZeroSlice<float>(new(new(X.Memory, 5, 8, false), 5), 8).TakeAll();
        Assert.Contains("room for 7 examples; found 8", Assert.Throws<ArgumentException>(() => new PixelLists<float>(5, 7).List(slice, 0, 1)).Message);
    }
}
