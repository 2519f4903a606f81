using System.Numerics;
using System.Runtime.Intrinsics;
using CsCheck;

namespace Tests.Lib;

/// <summary>The products of a step in chunks of pixels, against sums that are written out.</summary>
public class ChunksTests
{
    [Fact]
    public void Products_with_chunks_are_the_sums_of_the_equations() =>
        Gen.Select(Gen.Int[1, 90], Gen.Int[1, 192], Gen.Int[1, 12], Gen.OneOf(Gen.Const(0.0), Gen.Const(1.0), Gen.Double[0.02, 0.5]), Gen.Int).Sample((inputs, count, classes, density, seed) =>
        {
            Agree(new ChunkKernels<float, Vector512<float>, Register512<float>>(), 1e-4);
            Agree(new ChunkKernels<float, Vector<float>, Register<float>>(), 1e-4);
            Agree(new ChunkKernels<double, Vector512<double>, Register512<double>>(), 1e-12);
            Agree(new ChunkKernels<double, Vector<double>, Register<double>>(), 1e-12);

            void Agree<T>(ChunkKernels<T> kernels, double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
            {
                const int Width = 16, Units = ChunkKernels<T>.Units;
                var random = new Random(seed);
                T Number() => T.CreateChecked(random.NextDouble() - 0.5);
                var greys = new byte[inputs * count];
                byte[] whites = [.. Enumerable.Range(0, count).Select(_ => random.Next(2) == 0 ? (byte)255 : (byte)random.Next(1, 256))];
                for (var i = 0; i < greys.Length; i++) greys[i] = random.NextDouble() < density ? (byte)random.Next(1 + whites[i / inputs]) : (byte)0;
                T[] w1 = [.. Enumerable.Range(0, inputs * Width).Select(_ => Number())], w2 = [.. Enumerable.Range(0, classes * Width).Select(_ => Number())];
                T[] z = new T[count * Width], scores = new T[count * classes + 16], gradient = new T[inputs * Width];
                var x = new ChunkSlice(greys, whites, kernels.Length);
                var (chunkW1, chunkW2, sums) = (kernels.NewW1(inputs), kernels.NewW2(classes), kernels.NewW1(inputs));
                kernels.LoadW1(w1, Width, chunkW1.Span());
                kernels.LoadW2(w2, Width, chunkW2.Span());
                z.AsSpan().Fill(T.One);
                kernels.AddProduct(x, ref chunkW1[0], Width, ref z[0]);
                kernels.Scores(Width, count, ref chunkW2[0], ref z[0], scores, classes);
                T[] scaled = [.. z];
                ChunkKernels<T>.ToOneWhite(x, Width, scaled);
                kernels.AddOuterProducts(x, Width, ref scaled[0], ref sums[0]);
                kernels.AddOuterProducts(x, Width, ref scaled[0], ref sums[0]);
                kernels.StoreDW1(sums.Span(), Width, gradient);
                double Grey(int q, int j) => (double)greys[j * inputs + q] / whites[j];
                double Of(T number) => double.CreateChecked(number);
                for (var j = 0; j < count; j++)
                {
                    for (var n = 0; n < Width; n++)
                        Assert.Equal(n < Units ? 1 + Enumerable.Range(0, inputs).Sum(q => Of(w1[q * Width + n]) * Grey(q, j)) : 1, Of(z[j * Width + n]), tolerance);
                    for (var k = 0; k < classes; k++)
                        Assert.Equal(Enumerable.Range(0, Units).Sum(n => Of(w2[k * Width + n]) * Of(z[j * Width + n])), Of(scores[j * classes + k]), 10 * tolerance);
                }
                for (var q = 0; q < inputs; q++)
                    for (var n = 0; n < Units; n++)
                        Assert.Equal(2 * Enumerable.Range(0, count).Sum(j => Of(z[j * Width + n]) * Grey(q, j)), Of(gradient[q * Width + n]), 100 * tolerance);
            }
        }, iter: 40);

    [Fact]
    public void The_white_of_an_image_is_found_where_its_pixels_are_greys() =>
        Gen.Select(Gen.Int[1, 255], Gen.Int[1, 60], Gen.Int).Sample((white, pixels, seed) =>
        {
            Found<float>();
            Found<double>();

            void Found<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
            {
                var random = new Random(seed);
                T Grey() => T.CreateChecked(random.Next(white + 1)) / T.CreateChecked(white);
                T[] images = [T.One / T.CreateChecked(255), .. Enumerable.Range(1, pixels - 1).Select(_ => T.Zero), .. Enumerable.Range(0, pixels).Select(_ => Grey())];
                var whites = ChunkKernels<T>.Whites(images, pixels)!;
                Assert.Equal(255, whites[0]);
                Assert.True(whites[1] >= white);   // a larger one may have the same greys: 1/2 is 127/254
                Assert.All(images[pixels..], value => Assert.Equal(value, T.Round(value * T.CreateChecked(whites[1])) / T.CreateChecked(whites[1])));
                foreach (var other in (double[])[1.5, -0.5, double.NaN, double.PositiveInfinity, 1 / Math.PI])
                {
                    images[random.Next(images.Length)] = T.CreateChecked(other);
                    Assert.Null(ChunkKernels<T>.Whites(images, pixels));
                }
            }
        }, iter: 100);
}
