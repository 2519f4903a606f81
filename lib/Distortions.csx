using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using System.Threading.Tasks;

#nullable enable

// More images from the same ones: training digits that are turned, stretched, shifted and bent at random, as
// Simard, Steinkraus and Platt did it (2003). Equation numbers are those of my_note.md.

/// <summary>How far images may be distorted. Everything is off until it is named, so that new Distortion() changes nothing.</summary>
public sealed record Distortion
{
    /// <summary>The rotation φ of (9.11) is drawn between −MaxRotation and MaxRotation, in degrees: 0 to 180.</summary>
    public double MaxRotation { get; init; }

    /// <summary>The scaling q of (9.11) is drawn between 1 − MaxScale and 1 + MaxScale: 0 or more and below 1.</summary>
    public double MaxScale { get; init; }

    /// <summary>The shear f of (9.11) is drawn between −MaxShear and MaxShear: 0 or more.</summary>
    public double MaxShear { get; init; }

    /// <summary>Both shifts of (9.11) are drawn between −MaxShift and MaxShift, in pixels: 0 or more. They need not be whole.</summary>
    public double MaxShift { get; init; }

    /// <summary>α of (9.12), the strength of the elastic distortion: 0 or more; 0 is without.</summary>
    public double ElasticAlpha { get; init; }

    /// <summary>σ of (9.12), the width of the Gaussian in pixels: above 0.</summary>
    public double ElasticSigma { get; init; } = 4;
}

/// <summary>Distorts images of 28×28 pixels, each in its own way.</summary>
public static class Distortions
{
    private const int Side = 28, Pixels = Side * Side;
    private const int BlockSize = 8;              // images that a thread takes at a time: their fields fit its cache
    private const float Middle = (Side - 1) / 2f; // 13.5

    /// <summary>How many threads share the images. Half of the machine is left to the training that goes on meanwhile.</summary>
    internal static int Threads { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>
    /// A distorted copy of each image, by (9.11) to (9.13): it is turned, scaled, slanted and shifted about its middle, and
    /// each pixel is moved by an elastic field. What comes from outside the image is 0.
    /// </summary>
    /// <param name="X">The images, one column each: 784×m.</param>
    /// <param name="distortion">How far they may be distorted.</param>
    /// <param name="random">The generator: the same seed gives the same bits, on any number of threads.</param>
    /// <returns>784×m. A pixel lies between the smallest and the largest of the four that it is made from.</returns>
    /// <exception cref="ShapeException">X has not 784 rows.</exception>
    /// <exception cref="ArgumentException">A number of the distortion is out of range.</exception>
    public static Matrix<T> Apply<T>(Matrix<T> X, Distortion distortion, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (X.Rows != Pixels)
            throw new ShapeException($"Distorting images needs a matrix of {Pixels} rows, one column for each image of 28×28 pixels; found {X.Shape}.");
        Require(distortion.MaxRotation is >= 0 and <= 180, "a MaxRotation of 0 to 180 degrees", distortion.MaxRotation);
        Require(distortion.MaxScale is >= 0 and < 1, "a MaxScale of 0 or more and below 1", distortion.MaxScale);
        Require(distortion.MaxShear >= 0 && double.IsFinite(distortion.MaxShear), "a MaxShear of 0 or more", distortion.MaxShear);
        Require(distortion.MaxShift >= 0 && double.IsFinite(distortion.MaxShift), "a MaxShift of 0 or more pixels", distortion.MaxShift);
        Require(distortion.ElasticAlpha >= 0 && double.IsFinite(distortion.ElasticAlpha), "an ElasticAlpha of 0 or more", distortion.ElasticAlpha);
        Require(distortion.ElasticSigma > 0 && double.IsFinite(distortion.ElasticSigma), "an ElasticSigma above 0", distortion.ElasticSigma);

        // Each image has a generator of its own, so it does not matter which thread comes to it when.
        var seeds = new int[X.Columns];
        for (var j = 0; j < seeds.Length; j++) seeds[j] = random.Next();
        var G = distortion.ElasticAlpha > 0 ? Gaussian(distortion.ElasticSigma) : null;
        var result = new T[Pixels * X.Columns];
        Parallel.For(0, (X.Columns + BlockSize - 1) / BlockSize, new ParallelOptions { MaxDegreeOfParallelism = Threads },
            () => new Workspace<T>(), (block, _, work) =>
            {
                var start = block * BlockSize;
                var count = Math.Min(BlockSize, X.Columns - start);
                work.Distort(X.ColumnRange(start, count).ToArray(), distortion, G, seeds.AsSpan(start, count), result.AsSpan(start * Pixels, count * Pixels));
                return work;
            }, _ => { });
        return new(Pixels, X.Columns, result);
    }

    /// <summary>A distorted copy of each example with its label. Training.Train takes this as its augment: (e, r) => Distortions.Apply(e, distortion, r).</summary>
    /// <inheritdoc cref="Apply{T}(Matrix{T}, Distortion, Random)"/>
    public static Examples<T> Apply<T>(Examples<T> examples, Distortion distortion, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(Apply(examples.X, distortion, random), examples.Labels, examples.Y.Rows);

    /// <summary>
    /// The Gaussian of (9.12) in one direction, 28×28: G[r, i] is the weight with which place i counts at place r. As
    /// exp(−(i² + k²)/2σ²) is a product, the smoothed field K*U is G·U·Gᵀ. It reaches 3σ to each side.
    /// </summary>
    internal static float[,] Gaussian(double sigma)
    {
        double Bell(double distance) => Math.Exp(-distance * distance / (2 * sigma * sigma));
        var reach = (int)Math.Min(Math.Ceiling(3 * sigma), 1 << 20);
        var Z = 1.0;
        for (var i = 1; i <= reach; i++) Z += 2 * Bell(i);
        var G = new float[Side, Side];
        for (var r = 0; r < Side; r++)
            for (var i = 0; i < Side; i++)
                if (Math.Abs(r - i) <= reach) G[r, i] = (float)(Bell(r - i) / Z);
        return G;
    }

    /// <summary>Where the pixels of a new image come from: T and the shift of (9.11).</summary>
    /// <param name="Trr">T[0, 0].</param>
    /// <param name="Trc">T[0, 1].</param>
    /// <param name="Tcr">T[1, 0].</param>
    /// <param name="Tcc">T[1, 1].</param>
    /// <param name="Tr">The shift in rows.</param>
    /// <param name="Tc">The shift in columns.</param>
    internal readonly record struct AffineMap(float Trr, float Trc, float Tcr, float Tcc, float Tr, float Tc)
    {
        /// <summary>T = rotation·scaling·shear.</summary>
        public static AffineMap Of(double degrees, double q, double f, double tr, double tc)
        {
            var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
            return new((float)(q * (cos - f * sin)), (float)(-q * sin), (float)(q * (sin + f * cos)), (float)(q * cos), (float)tr, (float)tc);
        }

        /// <summary>Draws what (9.11) leaves open, in this order: φ, q, f, the shift in rows, the shift in columns.</summary>
        public static AffineMap Draw(Distortion d, Random random)
        {
            double UpTo(double most) => most * (2 * random.NextDouble() - 1);
            return Of(UpTo(d.MaxRotation), 1 + UpTo(d.MaxScale), UpTo(d.MaxShear), UpTo(d.MaxShift), UpTo(d.MaxShift));
        }
    }

    /// <summary>One new image, by (9.11) to (9.13).</summary>
    /// <param name="image">The old one with a border of zeros, 30×30, row after row.</param>
    /// <param name="map">Turns and shifts.</param>
    /// <param name="alpha">α of (9.12).</param>
    /// <param name="fieldR">The smoothed field in the direction of the rows. Its row r begins at r·stride.</param>
    /// <param name="fieldC">The same in the direction of the columns.</param>
    /// <param name="stride">From one row of a field to the next.</param>
    /// <param name="result">The new image, 784 pixels.</param>
    internal static void Warp<T>(ReadOnlySpan<T> image, AffineMap map, float alpha, ReadOnlySpan<float> fieldR, ReadOnlySpan<float> fieldC, int stride, Span<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var r = 0; r < Side; r++)
            for (var c = 0; c < Side; c++)
            {
                var (y, x) = (r - Middle, c - Middle);
                var rs = map.Trr * y + map.Trc * x + (Middle + map.Tr);   // (9.11)
                var cs = map.Tcr * y + map.Tcc * x + (Middle + map.Tc);
                if (alpha > 0)
                {
                    rs += alpha * fieldR[r * stride + c];                 // (9.12)
                    cs += alpha * fieldC[r * stride + c];
                }
                result[r * Side + c] = T.Zero;
                if (!(rs > -1 && rs < Side && cs > -1 && cs < Side)) continue;
                var (r0, c0) = ((int)MathF.Floor(rs), (int)MathF.Floor(cs));
                var (fr, fc) = (T.CreateTruncating(rs - r0), T.CreateTruncating(cs - c0));
                var at = (r0 + 1) * (Side + 2) + c0 + 1;
                var above = (T.One - fc) * image[at] + fc * image[at + 1];
                var below = (T.One - fc) * image[at + Side + 2] + fc * image[at + Side + 3];
                result[r * Side + c] = (T.One - fr) * above + fr * below;   // (9.13)
            }
    }

    private static void Require(bool holds, string expected, double found)
    {
        if (!holds) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A distortion needs {expected}; found {found}."));
    }

    /// <summary>What one thread works with.</summary>
    private sealed class Workspace<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int Fields = 2 * BlockSize;          // two for each image
        private const int RowOfAll = Fields * Side;        // row r of all fields, one after the other
        private readonly float[] U = new float[Side * RowOfAll], V = new float[Side * RowOfAll];
        private readonly AffineMap[] maps = new AffineMap[BlockSize];
        private readonly T[] bordered = new T[(Side + 2) * (Side + 2)];

        public void Distort(ReadOnlySpan<T> images, Distortion distortion, float[,]? G, ReadOnlySpan<int> seeds, Span<T> results)
        {
            for (var j = 0; j < seeds.Length; j++)
            {
                var random = new Random(seeds[j]);
                maps[j] = AffineMap.Draw(distortion, random);
                if (G == null) continue;
                // Column after column, first the field of the rows, then that of the columns.
                for (var field = 2 * j; field < 2 * j + 2; field++)
                    for (var c = 0; c < Side; c++)
                        foreach (ref var u in U.AsSpan(c * RowOfAll + field * Side, Side)) u = 2 * random.NextSingle() - 1;
            }
            if (G != null)
            {
                Smooth(G, U, V);   // along the rows: U lies transposed
                Transpose(V, U);
                Smooth(G, U, V);   // along the columns
            }
            for (var j = 0; j < seeds.Length; j++)
            {
                for (var r = 0; r < Side; r++)
                    images.Slice(j * Pixels + r * Side, Side).CopyTo(bordered.AsSpan((r + 1) * (Side + 2) + 1));
                Warp(bordered, maps[j], (float)distortion.ElasticAlpha, V.AsSpan(2 * j * Side), V.AsSpan((2 * j + 1) * Side), RowOfAll, results.Slice(j * Pixels, Pixels));
            }
        }

        /// <summary>target = G·source, for all fields at once.</summary>
        private static void Smooth(float[,] G, float[] source, float[] target)
        {
            for (var r = 0; r < Side; r++)
            {
                var row = target.AsSpan(r * RowOfAll, RowOfAll);
                row.Clear();
                for (var i = 0; i < Side; i++)
                    if (G[r, i] > 0) TensorPrimitives.MultiplyAdd(source.AsSpan(i * RowOfAll, RowOfAll), G[r, i], row, row);
            }
        }

        /// <summary>Exchanges rows and columns in each field.</summary>
        private static void Transpose(float[] source, float[] target)
        {
            for (var r = 0; r < Side; r++)
                for (var field = 0; field < Fields; field++)
                    for (var c = 0; c < Side; c++)
                        target[c * RowOfAll + field * Side + r] = source[r * RowOfAll + field * Side + c];
        }
    }
}
