using System.Numerics;
using System.Runtime.Intrinsics;
using CsCheck;

namespace Tests.Lib;

/// <summary>dW1 by lists for each pixel: the same bits as by lists for each example.</summary>
public class ByPixelTests
{
    [Fact]
    public void Sums_have_the_bits_of_those_example_by_example() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 60], Gen.Int[1, 256], Gen.Double[0, 1], Gen.Double[0, 1], Gen.Int).Sample((rows, count, bandRows, density, greys, seed) =>
        {
            Agree<float>(new PanelKernels<float, Vector512<float>, Register512<float>>());
            Agree<float>(new PanelKernels<float, Vector<float>, Register<float>>());
            Agree<double>(new PanelKernels<double, Vector512<double>, Register512<double>>());
            Agree<double>(new PanelKernels<double, Vector<double>, Register<double>>());

            void Agree<T>(PanelKernels<T> kernels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
            {
                var random = new Random(seed);
                var byPixel = PixelKernels<T>.For(kernels)!;
                var width = byPixel.Width;
                Assert.Equal(4 * kernels.RegisterLength, width);
                // Greys, and other numbers, for which bands have tables of their own.
                var X = Matrix.Uniform<T>(rows, 80, -1, 1, random).Map(x => random.NextDouble() >= density ? T.Zero
                    : random.NextDouble() < greys ? T.CreateChecked(random.Next(1, 256)) / T.CreateChecked(255) : x);
                var all = new NonZeros<T>(new(X.Memory, rows, 80, false), bandRows);
                var slice = new NonZeroSlice<T>(all, count);
                var lists = new PixelLists<T>(rows, count);
                var scale = T.CreateChecked(random.NextDouble() - 0.5);
                // The lists are made anew for each batch, which may be smaller.
                foreach (var examples in new[] { count, (count + 1) / 2, count })
                {
                    slice.Take([.. Enumerable.Range(0, examples).Select(_ => random.Next(80))]);
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
        }, iter: 100);

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
