namespace Tests.Lib;

/// <summary>Distorted images: against exact permutations, and against (9.11) to (9.13) in plain loops and double precision.</summary>
public class DistortionsTests
{
    private static readonly Distortion Everything = new()
    {
        MaxRotation = 20, MaxScale = 0.2, MaxShear = 0.3, MaxShift = 2, ElasticAlpha = 30, ElasticSigma = 3
    };

    /// <summary>Images with values between 0 and 1, half of them 0.</summary>
    private static Matrix<T> Images<T>(int count, int seed = 1) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
        Matrix.Uniform<T>(784, count, -1, 1, new Random(seed)).Map(x => x > T.Zero ? x : T.Zero);

    private static T[] Warped<T>(Matrix<T> X, Distortions.AffineMap map) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var bordered = new T[32 * 32 + 34];
        for (var q = 0; q < 784; q++) bordered[(q / 28 + 1) * 32 + q % 28 + 1] = X[q, 0];
        var result = new T[784];
        Distortions.Warp<T>(bordered, map, 0, [], [], result);
        return result;
    }

    [Fact]
    public void A_distortion_that_names_nothing_gives_the_same_bits()
    {
        var (X, D) = (Images<float>(37), Images<double>(5));
        Naive.SameBits(X, Distortions.Apply(X, new(), new Random(3)));
        Naive.SameBits(D, Distortions.Apply(D, new(), new Random(3)));
        Assert.Equal("784×0", Distortions.Apply(new Matrix<float>(784, 0), Everything, new Random(3)).Shape);
    }

    [Fact]
    public void A_shift_by_whole_pixels_moves_them_and_fills_with_zeros()
    {
        var X = Images<float>(1);
        var shifted = Warped(X, Distortions.AffineMap.Of(0, 1, 0, 3, -5));
        for (var r = 0; r < 28; r++)
            for (var c = 0; c < 28; c++)
                Assert.Equal(r + 3 < 28 && c - 5 >= 0 ? X[28 * (r + 3) + c - 5, 0] : 0, shifted[28 * r + c]);
    }

    [Fact]
    public void Quarter_turns_are_permutations_in_the_direction_of_the_notes()
    {
        var X = Images<float>(1);
        var quarter = Warped(X, Distortions.AffineMap.Of(90, 1, 0, 0, 0));
        var half = Warped(X, Distortions.AffineMap.Of(180, 1, 0, 0, 0));
        for (var r = 0; r < 28; r++)
            for (var c = 0; c < 28; c++)
            {
                Assert.Equal(X[28 * (27 - c) + r, 0], quarter[28 * r + c], 1e-5);   // clockwise: lower left comes to upper left
                Assert.Equal(X[28 * (27 - r) + 27 - c, 0], half[28 * r + c], 1e-5);
            }
    }

    [Fact]
    public void A_slanted_and_scaled_image_comes_from_where_T_says()
    {
        // One bright pixel at (17, 12): what is bright in the new image has its source there.
        var X = new Matrix<double>(784, 1);
        X[28 * 17 + 12, 0] = 1;
        var (q, f) = (0.5, 0.4);
        var result = Warped(X, Distortions.AffineMap.Of(0, q, f, 0, 0));
        for (var r = 0; r < 28; r++)
            for (var c = 0; c < 28; c++)
            {
                var rs = q * (r - 13.5) + 13.5;
                var cs = q * (f * (r - 13.5) + (c - 13.5)) + 13.5;
                Assert.Equal(Math.Max(0, 1 - Math.Abs(rs - 17)) * Math.Max(0, 1 - Math.Abs(cs - 12)), result[28 * r + c], 1e-5);
            }
        Assert.InRange(result.Sum(), 3.5, 4.5);   // half the size in the source is twice the size in the image
    }

    [Fact]
    public void It_is_what_the_equations_say_in_plain_loops()
    {
        var X = Images<double>(19);
        var distorted = Distortions.Apply(X, Everything, new Random(5));
        var random = new Random(5);
        var expected = new double[784, 19];
        for (var j = 0; j < 19; j++)
        {
            var image = ByTheEquations(X, j, Everything, random);
            for (var q = 0; q < 784; q++) expected[q, j] = image[q];
        }
        Naive.Same(expected, distorted, 2e-4);   // the places are computed in float
        Assert.True(Naive.Distance(distorted, Naive.Values(X)) > 0.5);
    }

    private static double[] ByTheEquations(Matrix<double> X, int j, Distortion d, Random random)
    {
        double UpTo(double most) => most * (2 * random.NextDouble() - 1);
        var (phi, q, f, tr, tc) = (UpTo(d.MaxRotation) * Math.PI / 180, 1 + UpTo(d.MaxScale), UpTo(d.MaxShear), UpTo(d.MaxShift), UpTo(d.MaxShift));
        var rotation = Matrix.FromRows([[Math.Cos(phi), -Math.Sin(phi)], [Math.Sin(phi), Math.Cos(phi)]]);
        var T = rotation * (q * Matrix.FromRows([[1.0, 0], [f, 1]]));
        var (key, otherKey) = (random.Next(), random.Next());
        var (Ur, Uc) = (Smoothed(Drawn(key, otherKey, 0), d.ElasticSigma), Smoothed(Drawn(key, otherKey, 784), d.ElasticSigma));
        double I(int r, int c) => r is >= 0 and < 28 && c is >= 0 and < 28 ? X[28 * r + c, j] : 0;
        var result = new double[784];
        for (var r = 0; r < 28; r++)
            for (var c = 0; c < 28; c++)
            {
                var source = T * Matrix.FromColumn([r - 13.5, c - 13.5]);
                var (rs, cs) = (source[0, 0] + 13.5 + tr + d.ElasticAlpha * Ur[r, c], source[1, 0] + 13.5 + tc + d.ElasticAlpha * Uc[r, c]);
                var (r0, c0) = ((int)Math.Floor(rs), (int)Math.Floor(cs));
                var (fr, fc) = (rs - r0, cs - c0);
                result[28 * r + c] = (1 - fr) * (1 - fc) * I(r0, c0) + (1 - fr) * fc * I(r0, c0 + 1) + fr * (1 - fc) * I(r0 + 1, c0) + fr * fc * I(r0 + 1, c0 + 1);
            }
        return result;
    }

    private static double[,] Drawn(int key, int otherKey, int from)
    {
        var U = new double[28, 28];
        for (var q = 0; q < 784; q++) U[q / 28, q % 28] = Number((uint)(from + q), (uint)key, (uint)otherKey);
        return U;
    }

    /// <summary>One random number of a field, by itself.</summary>
    private static double Number(uint i, uint key, uint otherKey)
    {
        var x = 0x9E3779B9 * i + key;
        x = (x ^ (x >> 16)) * 0x85EBCA6B + otherKey;
        x = (x ^ (x >> 13)) * 0xC2B2AE35;
        x ^= x >> 16;
        return (x >> 8) / 8388608.0 - 1;
    }

    [Fact]
    public void The_numbers_of_a_field_are_spread_evenly_and_do_not_depend_on_each_other()
    {
        const int Images = 500;
        var bits = new uint[1568];
        var numbers = new float[Images][];
        var random = new Random(1);
        for (var j = 0; j < Images; j++)
        {
            var (key, otherKey) = (random.Next(), random.Next());
            Distortions.Draw((uint)key | (long)otherKey << 32, bits, numbers[j] = new float[1568]);
            Assert.Equal(Number(1000, (uint)key, (uint)otherKey), numbers[j][1000]);
        }
        var all = numbers.SelectMany(n => n).ToArray();
        Assert.All(all, u => Assert.InRange(u, -1, 1));
        // Standard errors: 0.58/√784,000 = 0.00065 for the mean, 0.3/√784,000 = 0.00034 for the mean square.
        Assert.Equal(0, all.Average(u => (double)u), 0.003);
        Assert.Equal(1 / 3.0, all.Average(u => (double)u * u), 0.0015);
        for (var tenth = 0; tenth < 10; tenth++)
            Assert.Equal(0.1, all.Count(u => (int)((u + 1) * 5) == tenth) / (double)all.Length, 0.002);
        // Neighbours in a row, neighbours in a column, the same place in the next image.
        Assert.Equal(0, numbers.Average(n => Enumerable.Range(0, 1567).Average(i => (double)n[i] * n[i + 1])), 0.002);
        Assert.Equal(0, numbers.Average(n => Enumerable.Range(0, 1540).Average(i => (double)n[i] * n[i + 28])), 0.002);
        Assert.Equal(0, Enumerable.Range(1, Images - 1).Average(j => Enumerable.Range(0, 1568).Average(i => (double)numbers[j][i] * numbers[j - 1][i])), 0.002);
    }

    private static double[,] Smoothed(double[,] U, double sigma)
    {
        var reach = (int)Math.Ceiling(3 * sigma);
        double K(int i, int k) => Math.Exp(-(i * i + k * k) / (2 * sigma * sigma));
        var (Z, result) = (0.0, new double[28, 28]);
        for (var i = -reach; i <= reach; i++)
            for (var k = -reach; k <= reach; k++) Z += K(i, k);
        for (var r = 0; r < 28; r++)
            for (var c = 0; c < 28; c++)
                for (var i = -reach; i <= reach; i++)
                    for (var k = -reach; k <= reach; k++)
                        if (r + i is >= 0 and < 28 && c + k is >= 0 and < 28) result[r, c] += K(i, k) / Z * U[r + i, c + k];
        return result;
    }

    /// <summary>The weights of (9.12) add up to 1 away from the edge, and their squares to 1/(4πσ²), as the notes say.</summary>
    [Fact]
    public void The_gaussian_has_the_sums_of_the_notes()
    {
        var G = Distortions.Gaussian(4);
        double[] row = [.. Enumerable.Range(0, 28).Select(i => (double)G[14 * 32 + i])];
        Assert.Equal(1, row.Sum(), 2e-6);
        for (var i = 1; i <= 13; i++) Assert.Equal(row[14 - i], row[14 + i]);
        Assert.Equal(Math.Exp(-9 / 32.0), row[17] / row[14], 1e-6);
        var squares = row.Sum(w => w * w);
        Assert.Equal(0.00497, squares * squares, 5e-5);   // the tail beyond 3σ is cut off
        Assert.Equal(0, Distortions.Gaussian(0.3)[3 * 32 + 5]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(34)]
    public void The_same_seed_gives_the_same_bits_on_any_number_of_threads(double alpha)
    {
        var X = Images<float>(203);
        Matrix<float> On(int threads, int seed)
        {
            var before = Distortions.Threads;
            Distortions.Threads = threads;
            try
            {
                return Distortions.Apply(X, Everything with { ElasticAlpha = alpha }, new Random(seed));
            }
            finally
            {
                Distortions.Threads = before;
            }
        }
        var one = On(1, 7);
        Naive.SameBits(one, On(2, 7));
        Naive.SameBits(one, On(5, 7));
        Assert.NotEqual(one.ToArray(), On(1, 8).ToArray());
    }

    [Fact]
    public void Each_image_is_distorted_in_its_own_way()
    {
        var X = Matrix.Uniform<float>(784, 1, 0, 1, new Random(1)) * Matrix.Fill(1, 3, 1f);
        var distorted = Distortions.Apply(X, Everything, new Random(3));
        Assert.NotEqual(distorted.Column(0).ToArray(), distorted.Column(1).ToArray());
        Assert.NotEqual(distorted.Column(1).ToArray(), distorted.Column(2).ToArray());
    }

    [Fact]
    public void Paper_stays_exactly_zero_and_no_value_leaves_its_range()
    {
        var X = new Matrix<float>(784, 40);
        for (var j = 0; j < 40; j++)
            for (var q = 0; q < 784; q++)
                if (q / 28 is >= 10 and < 18 && q % 28 is >= 10 and < 18) X[q, j] = 1;
        var distorted = Distortions.Apply(X, Everything, new Random(2)).ToArray();
        Assert.All(distorted, x => Assert.InRange(x, 0, 1.000001f));
        Assert.InRange(distorted.Count(x => x == 0) / (double)distorted.Length, 0.8, 0.95);
        Assert.InRange(distorted.Count(x => x == 1) / (double)distorted.Length, 0.03, 0.1);
    }

    [Fact]
    public void Examples_keep_their_labels_and_serve_to_train_with()
    {
        var examples = new Examples<float>(Images<float>(30), [.. Enumerable.Range(0, 30).Select(i => (byte)(i % 3))], classes: 3);
        var distorted = Distortions.Apply(examples, Everything, new Random(1));
        Assert.Equal(examples.Labels, distorted.Labels);
        Assert.Equal("3×30", distorted.Y.Shape);
        Naive.SameBits(Distortions.Apply(examples.X, Everything, new Random(1)), distorted.X);

        var network = Network<float>.Create([784, 8, 3], new Random(1));
        var history = Training.Train(network, examples, null, new() { Epochs = 2, BatchSize = 10 }, new Random(1), (e, r) => Distortions.Apply(e, Everything, r));
        Assert.True(double.IsFinite(history.Last.TrainingLoss));
    }

    [Fact]
    public void What_is_out_of_range_is_named()
    {
        var X = Images<float>(2);
        void Refused(string part, Distortion d)
        {
            var message = Assert.Throws<ArgumentException>(() => Distortions.Apply(X, d, new Random(1))).Message;
            Assert.Contains(part, message);
            Assert.Contains("found", message);
        }
        Refused("MaxRotation of 0 to 180", new() { MaxRotation = 181 });
        Refused("MaxRotation", new() { MaxRotation = -1 });
        Refused("MaxScale of 0 or more and below 1; found 1", new() { MaxScale = 1 });
        Refused("MaxShear", new() { MaxShear = double.PositiveInfinity });
        Refused("MaxShift", new() { MaxShift = double.NaN });
        Refused("ElasticAlpha", new() { ElasticAlpha = -0.5 });
        Refused("ElasticSigma above 0", new() { ElasticSigma = 0 });
        Assert.DoesNotContain(float.NaN, Distortions.Apply(X, new() { MaxShear = 1e300, MaxShift = 1e300, ElasticAlpha = 1e300 }, new Random(1)).ToArray());
        Assert.Contains("784 rows", Assert.Throws<ShapeException>(() => Distortions.Apply(new Matrix<float>(783, 2), new(), new Random(1))).Message);
    }
}
