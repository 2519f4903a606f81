using System.Numerics;

namespace Tests.Lib;

/// <summary>The product in tiles, where it takes its ways for large matrices: blocks of B are copied, several tasks pack the same rows of A.</summary>
public class ProductTests
{
    [Theory]
    [InlineData(600, 1100, 560)]    // blocks of B are copied
    [InlineData(333, 1050, 563)]    // and the last tiles are not whole
    public void Every_column_has_the_bits_of_its_own_product_whatever_the_threads(int n, int k, int m)
    {
        var before = Cores.Threads;
        try
        {
            foreach (var threads in new[] { 1, 3 })
            {
                Cores.Threads = threads;
                Agree<float>();
                Agree<double>();
            }
        }
        finally
        {
            Cores.Threads = before;
        }

        void Agree<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var random = new Random(n);
            var (A, B) = (Matrix.Uniform<T>(n, k, -1, 1, random), Matrix.Uniform<T>(k, m, -1, 1, random));
            var (C, fromTransposed) = (A * B, A.Transposed.Copy().Transposed * B.Transposed.Copy().Transposed);
            Naive.SameBits(C, fromTransposed);
            // A product with one column is computed in another way, which sums in the same order.
            foreach (var j in new[] { 0, 1, 263, 264, 269, m / 2, m - 2, m - 1 }) Naive.SameBits(C.Column(j), A * B.Column(j));
        }
    }

    [Theory]
    [InlineData(300, 900, 560)]    // sums over several pieces of k, whole tiles and others
    [InlineData(300, 900, 1)]
    [InlineData(300, 0, 560)]      // an empty sum is 0
    public void What_stands_in_C_is_overwritten(int n, int k, int m)
    {
        var random = new Random(4);
        var (A, B, C) = (Matrix.Uniform<double>(n, k, -1, 1, random), Matrix.Uniform<double>(k, m, -1, 1, random), new Matrix<double>(n, m).Map(_ => double.NaN));
        FastProduct.Compute(n, k, m, A.Memory, false, B.Memory, false, C.Memory);
        Naive.SameBits(A * B, C);
        if (k == 0) Assert.All(C.ToArray(), c => Assert.Equal(0, c));
    }
}
