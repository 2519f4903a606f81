using System.Numerics;
using CsCheck;

namespace Tests.Lib;

/// <summary>Products column by column: with one column, and without the places that are 0.</summary>
public class ColumnsTests
{
    [Fact]
    public void A_product_with_one_column_has_the_bits_of_the_product_with_more() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 900], Gen.Int).Sample((n, k, seed) =>
        {
            Agree<float>(1.2e-7);
            Agree<double>(2.3e-16);

            void Agree<T>(double epsilon) where T : unmanaged, IBinaryFloatingPointIeee754<T>
            {
                var random = new Random(seed);
                var (A, B) = (Matrix.Uniform<T>(n, k, -1, 1, random), Matrix.Uniform<T>(k, 2, -1, 1, random));
                var x = B.Column(1);
                var z = A * x;
                Naive.SameBits((A * B).Column(1), z);
                Naive.Same(Naive.Product(Naive.Values(A), Naive.Values(x)), z, epsilon * k);
            }
        }, iter: 60);

    [Fact]
    public void To_leave_out_zeros_changes_no_bit() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 900], Gen.Int[1, 30], Gen.Double[0, 1], Gen.Int).Sample((n, k, m, density, seed) =>
        {
            Agree<float>();
            Agree<double>();

            void Agree<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
            {
                var random = new Random(seed);
                var A = Matrix.Uniform<T>(n, k, -1, 1, random);
                var B = Matrix.Uniform<T>(k, m, -1, 1, random).Map(x => random.NextDouble() < density ? x : T.Zero);
                var C = new Matrix<T>(n, m).Map(_ => T.NaN);   // what stands there is not read
                if (ComputeWithoutZeros(A, B, C))
                    Naive.SameBits(A * B, C);
                else
                    Assert.All(C.ToArray(), c => Assert.Equal(T.NaN, c));
            }
        }, iter: 60);

    [Theory]
    [InlineData(0.2, true)]
    [InlineData(0.9, false)]
    public void Zeros_are_left_out_where_there_are_many(double density, bool expected)
    {
        var random = new Random(3);
        var (A, B, C) = (Matrix.Uniform<float>(128, 784, -1, 1, random), new Matrix<float>(784, 64).Map(_ => random.NextDouble() < density ? 0.5f : 0), new Matrix<float>(128, 64));
        Assert.Equal(expected, ComputeWithoutZeros(A, B, C));
    }

    [Fact]
    public void Millions_of_inputs_do_not_need_a_large_stack()
    {
        const int k = 4_000_000;   // marks of two columns: 1 MB
        Matrix<float> A = new(1, k), B = new(k, 2), C = new(1, 2);
        A.Span.Fill(1);
        for (var i = 0; i < k; i += 8) B[i, 0] = B[i, 1] = 1;
        var isDone = false;
        var thread = new Thread(() => isDone = ComputeWithoutZeros(A, B, C), maxStackSize: 512 * 1024);
        thread.Start();
        thread.Join();
        Assert.True(isDone);
        Assert.Equal([k / 8, k / 8], C.ToArray());
    }

    private static bool ComputeWithoutZeros<T>(Matrix<T> A, Matrix<T> B, Matrix<T> C) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var a = new Grid<T>(A.Memory, A.Rows, A.Columns, false);
        return TiledProduct<T>.ComputeWithoutZeros(a, TiledProduct<T>.Packed(a), new(B.Memory, B.Rows, B.Columns, false), new(C.Memory, C.Rows, C.Columns, false));
    }

    [Fact]
    public void Lists_have_the_places_where_one_of_two_columns_is_not_0() =>
        Gen.Select(Gen.Int[0, 500], Gen.Double[0, 1], Gen.Int).Sample((count, density, seed) =>
        {
            List<float>();
            List<double>();

            byte[] Marks<T>(T[] x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
            {
                var marks = new byte[(count + 7) / 8];
                Array.Fill(marks, (byte)0xA5);   // what was there before does not matter
                Places.Mark<T>(x, marks);
                return marks;
            }

            void List<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
            {
                var random = new Random(seed);
                T[] Column() => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() >= density ? (random.Next(2) == 0 ? T.Zero : T.NegativeZero)
                    : random.Next(10) == 0 ? T.NaN : T.CreateChecked(random.NextDouble() - 0.5))];
                var (x, y, places) = (Column(), Column(), new ushort[count + Places.Spare]);
                var (ofX, ofY) = (Marks(x), Marks(y));
                var n = Places.List(ofX, ofY, places);
                Assert.Equal(Enumerable.Range(0, count).Where(i => x[i] != T.Zero || y[i] != T.Zero), places.Take(n).Select(place => (int)place));
            }
        }, iter: 100);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_weight_that_is_not_finite_meets_every_pixel(float weight)
    {
        foreach (var m in new[] { 1, 7, 40, 300 })
        {
            var network = Network<float>.Create([20, 16, 3], new Random(1), hidden: Activation.Tanh);
            network.W1[5, 11] = weight;
            var X = Matrix.Uniform<float>(20, m, 0, 1, new Random(2)).Map(x => x < 0.8f ? 0 : x);
            var expected = Naive.Values(network.Forward(X).Output);
            Assert.Contains(expected.Cast<double>(), double.IsNaN);
            var (_, A) = Network<float>.Outputs(network, X);
            for (var j = 0; j < m; j++)
                for (var k = 0; k < 3; k++) Assert.Equal(double.IsNaN(expected[k, j]), float.IsNaN(A[k, j]));
        }
    }

    [Fact]
    public void Outputs_have_the_same_bits_on_one_thread_and_on_several_and_whatever_is_beside_an_example()
    {
        var network = Network<float>.Create([784, 128, 10], new Random(1));
        var X = Matrix.Uniform<float>(784, 2500, 0, 1, new Random(2)).Map(x => x < 0.8f ? 0 : x);
        var before = Cores.Threads;
        try
        {
            Cores.Threads = 1;
            var expected = Of(X);
            Cores.Threads = 3;
            Naive.SameBits(expected, Of(X));
            foreach (var j in new[] { 0, 1234, 2499 }) Naive.SameBits(expected.Column(j), Of(X.Column(j)));
        }
        finally
        {
            Cores.Threads = before;
        }

        Matrix<float> Of(Matrix<float> X) => Network<float>.Outputs(network, X).A;
    }

    [Fact]
    public void Little_is_allocated_to_read_one_image()
    {
        var network = Network<float>.Create([784, 128, 10], new Random(1));
        var x = Matrix.Uniform<float>(784, 1, 0, 1, new Random(2));
        for (var i = 0; i < 3; i++) network.Predict(x);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++) network.Predict(x);
        // The outputs and what is around them; of the layers on the way, 512 bytes for the hidden one alone, nothing.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 10, 0, 1500);
    }
}
