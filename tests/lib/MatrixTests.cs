using System.Numerics;
using CsCheck;

namespace Tests.Lib;

public class MatrixTests
{
    private static readonly Matrix<double> A = Matrix.FromRows<double>([[1, 2, 3], [4, 5, 6]]);
    private static readonly Matrix<double> B = Matrix.FromRows<double>([[7, 8], [9, 10], [11, 12]]);

    [Fact]
    public void Rows_are_taken_from_and_divide_each_column()
    {
        var A = Matrix.FromRows<double>([[1, 6], [4, 2]]);
        Assert.Equal([4, 6], A.ColumnMaxima().ToArray());
        Assert.Equal([1, 4, 6, 2], A.Transposed.Transposed.MinusRow(new(1, 2)).ToArray());
        Assert.Equal([-3, 0, 0, -4], A.MinusRow(A.ColumnMaxima()).ToArray());
        Assert.Equal([0.25, 1, 1, 2.0 / 6], A.OverRow(A.ColumnMaxima()).ToArray());
        Assert.Equal([double.NegativeInfinity], new Matrix<double>(0, 1).ColumnMaxima().ToArray());
        Assert.True(double.IsNaN(Matrix.FromRows<double>([[double.NaN], [1]]).ColumnMaxima()[0, 0]));
        Assert.Contains("Difference of 2×2 and 2×1: the right one must be a row, 1×2", Assert.Throws<ShapeException>(() => A.MinusRow(new(2, 1))).Message);
        Assert.Contains("Quotient of 2×2 and 1×3", Assert.Throws<ShapeException>(() => A.OverRow(new(1, 3))).Message);
    }

    [Fact]
    public void Product_of_a_hand_worked_example() => Naive.Same(new double[,] { { 58, 64 }, { 139, 154 } }, A * B, 0);

    [Fact]
    public void Entries_lie_column_after_column() => Assert.Equal([1, 4, 2, 5, 3, 6], A.ToArray());

    [Fact]
    public void Transposed_is_a_view_of_the_same_numbers()
    {
        var M = A.Copy();
        var view = M.Transposed;
        Assert.Equal("3×2", view.Shape);
        M[1, 2] = 60;
        Assert.Equal(60, view[2, 1]);
        view[0, 1] = 40;
        Assert.Equal(40, M[1, 0]);
        Assert.Equal([1, 2, 3, 40, 5, 60], view.ToArray());
    }

    [Fact]
    public void Sum_difference_scaling_element_wise_product()
    {
        var C = Matrix.FromRows<double>([[10, 20, 30], [40, 50, 60]]);
        Naive.Same(new double[,] { { 11, 22, 33 }, { 44, 55, 66 } }, A + C, 0);
        Naive.Same(new double[,] { { 9, 18, 27 }, { 36, 45, 54 } }, C - A, 0);
        Naive.Same(new double[,] { { 2, 4, 6 }, { 8, 10, 12 } }, 2.0 * A, 0);
        Naive.Same(new double[,] { { -1, -2, -3 }, { -4, -5, -6 } }, -A, 0);
        Naive.Same(new double[,] { { 10, 40, 90 }, { 160, 250, 360 } }, A.Hadamard(C), 0);
        Naive.Same(new double[,] { { 8, 11 }, { 11, 15 }, { 14, 18 } }, B + Matrix.FromRows<double>([[1, 2, 3], [3, 5, 6]]).Transposed, 0);
    }

    [Fact]
    public void A_bias_column_is_added_to_every_column()
    {
        var b = Matrix.FromColumn<double>([100, 200]);
        Naive.Same(new double[,] { { 101, 102, 103 }, { 204, 205, 206 } }, A + b, 0);
        Naive.Same(new double[,] { { -99, -98, -97 }, { -196, -195, -194 } }, A - b, 0);
    }

    [Fact]
    public void Sums_of_rows_and_columns_and_arg_max()
    {
        Naive.Same(new double[,] { { 6 }, { 15 } }, A.RowSums(), 0);
        Naive.Same(new double[,] { { 5, 7, 9 } }, A.ColumnSums(), 0);
        Naive.Same(new double[,] { { 5 }, { 7 }, { 9 } }, A.Transposed.RowSums(), 0);
        Assert.Equal(21, A.Sum());
        Assert.Equal([2, 0, 1], Matrix.FromRows<double>([[0, 5, 1], [0, 5, 9], [3, 5, 2]]).ArgMaxOfColumns());
    }

    [Fact]
    public void Columns_are_picked_as_a_view_or_as_a_copy()
    {
        var M = A.Copy();
        var view = M.ColumnRange(1, 2);
        M[0, 1] = -2;
        Naive.Same(new double[,] { { -2, 3 }, { 5, 6 } }, view, 0);
        Naive.Same(new double[,] { { 3, 1, 3 }, { 6, 4, 6 } }, A.SelectColumns([2, 0, 2]), 0);
        Naive.Same(new double[,] { { 2 }, { 5 } }, A.Column(1), 0);
        Naive.Same(new double[,] { { 4 }, { 5 }, { 6 } }, A.Transposed.ColumnRange(1, 1), 0);
        // A view of some columns works in a product, transposed too.
        Naive.Same(Naive.Product(new double[,] { { 2, 5 }, { 3, 6 } }, new double[,] { { 1 }, { 1 } }),
            A.ColumnRange(1, 2).Transposed * Matrix.Fill(2, 1, 1.0), 0);
    }

    [Fact]
    public void Update_in_place_works_through_views()
    {
        var M = new Matrix<double>(2, 3);
        M.AddScaled(2, A);
        M.Transposed.AddScaled(1, A.Transposed);
        Naive.Same(Naive.Values(3.0 * A), M, 0);
        M.Transposed.CopyFrom(B);
        Naive.Same(new double[,] { { 7, 9, 11 }, { 8, 10, 12 } }, M, 0);
    }

    [Fact]
    public void A_matrix_may_stand_on_both_sides()
    {
        var S = Matrix.FromRows<double>([[1, 2], [3, 4]]);
        Naive.Same(new double[,] { { 2, 4 }, { 6, 8 } }, S + S, 0);
        Naive.Same(new double[,] { { 7, 10 }, { 15, 22 } }, S * S, 0);
        Naive.Same(new double[,] { { 5, 11 }, { 11, 25 } }, S * S.Transposed, 0);
        S.AddScaled(1, S.Transposed);
        Naive.Same(new double[,] { { 2, 5 }, { 5, 8 } }, S, 0);
        S[0, 1] = 7;
        S.CopyFrom(S.Transposed);
        Naive.Same(new double[,] { { 2, 5 }, { 7, 8 } }, S, 0);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_named()
    {
        var message = Assert.Throws<ShapeException>(() => A * A).Message;
        Assert.Contains("2×3 · 2×3", message);
        Assert.Contains("3 columns", message);
        Assert.Contains("2 rows", message);
        Assert.Contains("2×3 and 3×2", Assert.Throws<ShapeException>(() => A + B).Message);
        Assert.Contains("Difference", Assert.Throws<ShapeException>(() => A - B).Message);
        Assert.Contains("Element-wise", Assert.Throws<ShapeException>(() => A.Hadamard(B)).Message);
        Assert.Throws<ShapeException>(() => A.Hadamard(Matrix.FromColumn<double>([1, 2])));
        Assert.Throws<ShapeException>(() => A.AddScaled(1, B));
        Assert.Throws<ShapeException>(() => A.CopyFrom(B));
        Assert.Throws<ShapeException>(() => new Matrix<double>(2, 2, [1, 2, 3]));
        Assert.Throws<ShapeException>(() => Matrix.FromRows<double>([[1, 2], [3]]));
        Assert.Throws<ArgumentOutOfRangeException>(() => A[2, 0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => A[0, -1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => A.ColumnRange(2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => A.Column(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => A.ColumnRange(int.MaxValue, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => A.ColumnRange(2, int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Matrix<double>(-1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Matrix<double>(-1, -2, [1, 2]));
        Assert.Contains("50000×50000", Assert.Throws<ShapeException>(() => new Matrix<float>(50_000, 50_000)).Message);
    }

    [Fact]
    public void Text_shows_the_shape_and_the_numbers()
    {
        Assert.StartsWith("2×3\n", A.ToString());
        Assert.Contains("<caption>2×3</caption>", A.ToHtml());
        Assert.Contains(">6<", A.ToHtml());
        Assert.Contains("…", new Matrix<float>(3, 50).ToHtml());
        Assert.Contains("⋮", new Matrix<float>(50, 3).ToString());
    }

    [Fact]
    public void Random_matrices_have_the_distribution_they_promise()
    {
        var U = Matrix.Uniform<double>(300, 300, -0.5, 0.5, new Random(1)).ToArray();
        Assert.InRange(U.Min(), -0.5, -0.499);
        Assert.InRange(U.Max(), 0.499, 0.5);
        Assert.InRange(U.Average(), -0.005, 0.005);
        var N = Matrix.Normal<double>(300, 300, 2, new Random(1)).ToArray();
        Assert.InRange(N.Average(), -0.03, 0.03);
        Assert.InRange(Math.Sqrt(N.Average(x => x * x)), 1.97, 2.03);
        Assert.InRange(N.Count(x => Math.Abs(x) < 2) / 90_000.0, 0.67, 0.70);   // 68.3 % lie within one standard deviation
        Assert.Equal(N, Matrix.Normal<double>(300, 300, 2, new Random(1)).ToArray());
    }
}

/// <summary>The fast products against three loops, on random shapes.</summary>
public class MatrixProductTests
{
    private delegate void Product<T>(Matrix<T> A, Matrix<T> B, Matrix<T> C) where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    private static readonly Gen<(int M, int K, int N, bool TransposeA, bool TransposeB, int Seed)> Cases =
        Gen.Select(Gen.Int[0, 70], Gen.Int[0, 70], Gen.Int[0, 70], Gen.Bool, Gen.Bool, Gen.Int[0, 1000]);

    private static Matrix<T> Random<T>(int rows, int columns, bool transposed, Random random) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        transposed
            ? Matrix.Uniform<T>(columns, rows, -1, 1, random).Transposed
            : Matrix.Uniform<T>(rows, columns, -1, 1, random);

    private static void Compare<T>(Product<T> product, double epsilon) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Cases.Sample(c =>
        {
            var random = new Random(c.Seed);
            var A = Random<T>(c.M, c.K, c.TransposeA, random);
            var B = Random<T>(c.K, c.N, c.TransposeB, random);
            var C = new Matrix<T>(c.M, c.N).Map(_ => T.NaN);   // what stands there is not read
            var expected = Naive.Product(Naive.Values(A), Naive.Values(B));
            product(A, B, C);
            // A sum of K products below 1 is off by at most about K roundings.
            Naive.Same(expected, C, epsilon * (c.K + 1));
        });

    private static Grid<T> Grid<T>(Matrix<T> A) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(A.Memory, A.Rows, A.Columns, A.IsTransposed);

    [Fact] public void Three_loops() => Compare<double>(Matrix<double>.ThreeLoops, 2.3e-16);
    [Fact] public void Tiled_product_in_float() => Compare<float>(Guarded<float>((A, B, C) => TiledProduct<float>.Compute(Grid(A), Grid(B), Grid(C))), 1.2e-7);
    [Fact] public void Tiled_product_in_double() => Compare<double>(Guarded<double>((A, B, C) => TiledProduct<double>.Compute(Grid(A), Grid(B), Grid(C))), 2.3e-16);
    [Fact] public void Vector_product_in_float() => Compare<float>(Guarded<float>((A, B, C) => VectorProduct.Compute(Grid(A), Grid(B), Grid(C))), 1.2e-7);
    [Fact] public void Vector_product_in_double() => Compare<double>(Guarded<double>((A, B, C) => VectorProduct.Compute(Grid(A), Grid(B), Grid(C))), 2.3e-16);
    [Fact] public void Operator_in_float() => Compare<float>((A, B, C) => C.CopyFrom(A * B), 1.2e-7);

    // These are never called with an empty side: FastProduct answers that with zeros.
    private static Product<T> Guarded<T>(Product<T> product) where T : unmanaged, IBinaryFloatingPointIeee754<T> => (A, B, C) =>
    {
        if (A.Rows > 0 && A.Columns > 0 && B.Columns > 0) product(A, B, C);
        else C.Span.Clear();
    };

    [Theory]
    [InlineData(10, 784, 2016, false, false)]   // W1·X
    [InlineData(10, 2016, 784, false, true)]    // dZ1·Xᵀ, taken the other way round
    [InlineData(128, 784, 64, false, false)]
    [InlineData(128, 64, 784, false, true)]
    [InlineData(128, 10, 600, true, false)]     // W2ᵀ·dZ2
    [InlineData(17, 1300, 513, true, true)]
    [InlineData(130, 1100, 560, false, false)]  // the columns of B far apart, and more than a block of it
    public void The_shapes_of_the_network(int m, int k, int n, bool transposeA, bool transposeB)
    {
        var random = new Random(k);
        var A = Random<float>(m, k, transposeA, random);
        var B = Random<float>(k, n, transposeB, random);
        var expected = Naive.Product(Naive.Values(A), Naive.Values(B));
        Naive.Same(expected, A * B, 1.2e-7 * k);
        var C = new Matrix<float>(m, n);
        VectorProduct.Compute(Grid(A), Grid(B), Grid(C));
        Naive.Same(expected, C, 1.2e-7 * k);
    }

    [Fact]
    public void The_same_bits_on_one_thread_and_on_several()
    {
        var A = Matrix.Uniform<float>(130, 1100, -1, 1, new Random(1));
        var B = Matrix.Uniform<float>(1100, 301, -1, 1, new Random(2));
        var before = Cores.Threads;
        try
        {
            Cores.Threads = 1;
            var (one, oneTransposed) = (A * B, B.Transposed * A.Transposed);
            foreach (var threads in new[] { 2, 3, 8 })
            {
                Cores.Threads = threads;
                Naive.SameBits(one, A * B);
                Naive.SameBits(oneTransposed, B.Transposed * A.Transposed);
            }
        }
        finally
        {
            Cores.Threads = before;
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void What_is_not_finite_passes_through_as_in_the_plain_loops(double value)
    {
        var random = new Random(5);
        foreach (var (row, column) in new[] { (0, 0), (18, 20), (7, 13) })
        {
            var A = Matrix.Uniform<double>(19, 21, -1, 1, random);
            var B = Matrix.Uniform<double>(21, 11, -1, 1, random);
            A[row, column] = value;
            var expected = Naive.Product(Naive.Values(A), Naive.Values(B));
            Naive.Same(expected, A * B, 1e-14);
            var C = new Matrix<double>(19, 11);
            VectorProduct.Compute(Grid(A), Grid(B), Grid(C));
            Naive.Same(expected, C, 1e-14);
            Naive.Same(Naive.Product(Naive.Values(B.Transposed), Naive.Values(A.Transposed)), B.Transposed * A.Transposed, 1e-14);
        }
    }

    [Fact]
    public void This_build_is_optimised() => Assert.True(Cores.IsOptimised);
}
