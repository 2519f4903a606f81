using System.Numerics;
using CsCheck;

namespace Tests.Lib;

/// <summary>A step in chunks of pixels, against sums that are written out.</summary>
public class ChunksTests
{
    [Fact]
    public void A_pass_in_chunks_adds_the_gradients_of_the_equations_and_returns_the_losses() =>
        Gen.Select(Gen.Int[1, 90], Gen.Int[1, 10], Gen.Int[1, ChunkedPass<float>.Most], Gen.Int[1, 12], Gen.OneOf(Gen.Const(0.0), Gen.Const(1.0), Gen.Double[0.02, 0.5]), Gen.Int).Sample((inputs, units, count, classes, density, seed) =>
        {
            Agree<float>(2e-5);
            Agree<double>(1e-13);

            void Agree<T>(double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
            {
                var random = new Random(seed);
                byte[] whites = [.. Enumerable.Range(0, count).Select(_ => random.Next(2) == 0 ? (byte)255 : (byte)random.Next(1, 256))];
                var (X, Y) = (new Matrix<T>(inputs, count), new Matrix<T>(classes, count));
                for (var j = 0; j < count; j++)
                {
                    for (var q = 0; q < inputs; q++)
                        X[q, j] = random.NextDouble() < density ? T.CreateChecked(random.Next(1 + whites[j])) / T.CreateChecked(whites[j]) : T.Zero;
                    for (var k = 0; k < classes; k++) Y[k, j] = random.Next(3) == 0 ? T.CreateChecked(random.NextDouble()) : T.Zero;
                }
                var network = Network<T>.Create([inputs, units, classes], random);
                foreach (var b in network.b) b.CopyFrom(Matrix.Uniform<T>(b.Rows, 1, -0.5, 0.5, random));

                var panels = Panel.Cut(units, 16);
                var (plain, sums) = (new PaddedParameters<T>(panels, inputs, classes), new PaddedParameters<T>(panels, inputs, classes));
                var W = Seam<T>.Memories(network.W);
                plain.Load(W[0].Span, network.b[0].ToPlain().Span, W[1].Span, network.b[1].ToPlain().Span);
                var (parameters, gradients) = (new ChunkedParameters<T>(inputs, classes), new ChunkedParameters<T>(inputs, classes));
                parameters.Load(plain, panels[0].Width);
                var pass = new ChunkedPass<T>(classes);
                // A pass for more examples comes first: what it leaves in memory must not be seen.
                const int Most = ChunkedPass<T>.Most;
                pass.Run(Slice(Matrix.Uniform<T>(inputs, Most, 1, 1, random), new(classes, Most), [.. Enumerable.Repeat((byte)255, Most)]), parameters, gradients);
                gradients.Clear();
                var loss = 0.0;
                for (var time = 0; time < 2; time++) loss += pass.Run(Slice(X, Y, whites), parameters, gradients);
                gradients.Store(sums, panels[0].Width);
                Memory<T>[] found = [new T[units * inputs], new T[units], new T[classes * units], new T[classes]];
                sums.Store(found[0].Span, found[1].Span, found[2].Span, found[3].Span);

                ChunkSlice<T> Slice(Matrix<T> images, Matrix<T> labels, byte[] whites) => new(images.ToPlain().Span, whites, labels.ToPlain().Span, ChunkedPass<T>.Most);
                Compare();

                void Compare()
                {
                    // Written out, in double: (3.1) to (3.3), (4.2), (4.5), (5.4) to (5.10), each summed over the examples, twice.
                    double W1(int n, int q) => Of(network.W[0][n, q]);
                    double W2(int k, int n) => Of(network.W[1][k, n]);
                    var (dW1, db1, dW2, db2, expectedLoss) = (new double[units, inputs], new double[units], new double[classes, units], new double[classes], 0.0);
                    var (largestA, largestD) = (0.0, 0.0);
                    for (var j = 0; j < count; j++)
                    {
                        var Z1 = Each(units, n => Of(network.b[0][n, 0]) + Each(inputs, q => W1(n, q) * Of(X[q, j])).Sum());
                        if (Z1.Any(z => Math.Abs(z) < tolerance)) return;   // one side takes the derivative of the ReLU for 0, the other for 1
                        var A1 = Each(units, n => Math.Max(0, Z1[n]));
                        var Z2 = Each(classes, k => Of(network.b[1][k, 0]) + Each(units, n => W2(k, n) * A1[n]).Sum());
                        var sum = Z2.Sum(Math.Exp);
                        var dZ2 = Each(classes, k => Math.Exp(Z2[k]) / sum - Of(Y[k, j]));
                        var dZ1 = Each(units, n => Z1[n] > 0 ? Each(classes, k => W2(k, n) * dZ2[k]).Sum() : 0);
                        expectedLoss += 2 * Each(classes, k => Of(Y[k, j]) * (Math.Log(sum) - Z2[k])).Sum();
                        (largestA, largestD) = (Math.Max(largestA, A1.Max()), Math.Max(largestD, dZ1.Max(Math.Abs)));
                        for (var k = 0; k < classes; k++)
                        {
                            db2[k] += 2 * dZ2[k];
                            for (var n = 0; n < units; n++) dW2[k, n] += 2 * dZ2[k] * A1[n];
                        }
                        for (var n = 0; n < units; n++)
                        {
                            db1[n] += 2 * dZ1[n];
                            for (var q = 0; q < inputs; q++) dW1[n, q] += 2 * dZ1[n] * Of(X[q, j]);
                        }
                    }
                    var most = tolerance * 2 * count;
                    Assert.Equal(expectedLoss, loss, most);
                    Assert.Equal(largestA, pass.Largest.A1, tolerance);
                    Assert.Equal(largestD, pass.Largest.dZ1, tolerance);
                    for (var k = 0; k < classes; k++)
                    {
                        Assert.Equal(db2[k], Of(found[3].Span[k]), most);
                        for (var n = 0; n < units; n++) Assert.Equal(dW2[k, n], Of(found[2].Span[n * classes + k]), most);
                    }
                    for (var n = 0; n < units; n++)
                    {
                        Assert.Equal(db1[n], Of(found[1].Span[n]), most);
                        for (var q = 0; q < inputs; q++) Assert.Equal(dW1[n, q], Of(found[0].Span[q * units + n]), most);
                    }
                }

                static double Of(T number) => double.CreateChecked(number);
                static double[] Each(int count, Func<int, double> number) => [.. Enumerable.Range(0, count).Select(number)];
            }
        }, iter: 60);

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
                var whites = ChunkSlice<T>.Whites(images, pixels)!;
                Assert.Equal(255, whites[0]);
                Assert.True(whites[1] >= white);   // a larger one may have the same greys: 1/2 is 127/254
                Assert.All(images[pixels..], value => Assert.Equal(value, T.Round(value * T.CreateChecked(whites[1])) / T.CreateChecked(whites[1])));
                foreach (var other in (double[])[1.5, -0.5, double.NaN, double.PositiveInfinity, 1 / Math.PI])
                {
                    images[random.Next(images.Length)] = T.CreateChecked(other);
                    Assert.Null(ChunkSlice<T>.Whites(images, pixels));
                }
            }
        }, iter: 100);
}
