using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    private const int BlockSize = 16;             // images that a thread takes at a time
    private const int Wide = 32;                  // a row of 28 in whole registers
    private const int Bordered = 32;              // rows and columns of an image with its border, a power of two
    private const float Middle = (Side - 1) / 2f; // 13.5
    private static readonly float[] s_rows = FromTheMiddle(q => q / Side), s_columns = FromTheMiddle(q => q % Side);

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

        // What is drawn for an image is drawn here, in the order of the images, so it does not matter which thread comes to it when.
        var drafts = new Draft[X.Columns];
        for (var j = 0; j < drafts.Length; j++) drafts[j] = new(AffineMap.Draw(distortion, random), (uint)random.Next() | (long)random.Next() << 32);
        var G = distortion.ElasticAlpha > 0 ? Gaussian(distortion.ElasticSigma) : null;
        var images = X.ToPlain();
        var result = GC.AllocateUninitializedArray<T>(Pixels * X.Columns);
        Parallel.For(0, (X.Columns + BlockSize - 1) / BlockSize, new ParallelOptions { MaxDegreeOfParallelism = Threads },
            () => new Workspace<T>(), (block, _, work) =>
            {
                for (var j = block * BlockSize; j < Math.Min((block + 1) * BlockSize, X.Columns); j++)
                    work.Distort(images.ColumnSpan(j), G, (float)distortion.ElasticAlpha, drafts[j], result.AsSpan(j * Pixels, Pixels));
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
    /// The Gaussian of (9.12) in one direction: 28 rows of <see cref="Wide"/> numbers, those behind the 28th 0. Number i of
    /// row r is the weight with which place i counts at place r. As exp(−(i² + k²)/2σ²) is a product, the smoothed field
    /// K*U is G·U·Gᵀ. It reaches 3σ to each side.
    /// </summary>
    internal static float[] Gaussian(double sigma)
    {
        double Bell(double distance) => Math.Exp(-distance * distance / (2 * sigma * sigma));
        var reach = (int)Math.Min(Math.Ceiling(3 * sigma), 1 << 20);
        var Z = 1.0;
        for (var i = 1; i <= reach; i++) Z += 2 * Bell(i);
        var G = new float[Side * Wide];
        for (var r = 0; r < Side; r++)
            for (var i = 0; i < Side; i++)
                if (Math.Abs(r - i) <= reach) G[r * Wide + i] = (float)(Bell(r - i) / Z);
        return G;
    }

    /// <summary>What is drawn for one image: its affine map, and the key of its elastic field.</summary>
    private readonly record struct Draft(AffineMap Map, long Key);

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

    /// <summary>
    /// One new image, by (9.11) to (9.13). The places are computed for all pixels at once, with precompiled vector routines;
    /// then each pixel is looked up between its four neighbours.
    /// </summary>
    /// <param name="image">The old one in a border of zeros: 32×32, row after row, its first pixel in row 1 and column 1.</param>
    /// <param name="map">Turns and shifts.</param>
    /// <param name="alpha">α of (9.12).</param>
    /// <param name="fieldR">The smoothed field in the direction of the rows, 784 numbers; not read when α is 0.</param>
    /// <param name="fieldC">The same in the direction of the columns.</param>
    /// <param name="result">The new image, 784 pixels.</param>
    internal static void Warp<T>(ReadOnlySpan<T> image, AffineMap map, float alpha, ReadOnlySpan<float> fieldR, ReadOnlySpan<float> fieldC, Span<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<float> rs = stackalloc float[Pixels], cs = stackalloc float[Pixels], r0 = stackalloc float[Pixels], c0 = stackalloc float[Pixels];
        Span<int> places = stackalloc int[Pixels];
        Place(map.Trr, map.Trc, Middle + map.Tr, alpha, fieldR, rs);
        Place(map.Tcr, map.Tcc, Middle + map.Tc, alpha, fieldC, cs);
        TensorPrimitives.Floor<float>(rs, r0);
        TensorPrimitives.Floor<float>(cs, c0);
        TensorPrimitives.Subtract<float>(rs, r0, rs);                   // the fractions
        TensorPrimitives.Subtract<float>(cs, c0, cs);
        TensorPrimitives.MultiplyAdd<float>(r0, Bordered, c0, c0);
        TensorPrimitives.Add<float>(c0, Bordered + 1, c0);              // row 0 and column 0 lie behind the border
        TensorPrimitives.ConvertToInteger<float, int>(c0, places);
        ref var first = ref MemoryMarshal.GetReference(image);
        for (var i = 0; i < Pixels; i++)
        {
            ref var at = ref Unsafe.Add(ref first, places[i] & (Bordered * Bordered - 1));   // always inside, whatever the place
            var (fr, fc) = (T.CreateTruncating(rs[i]), T.CreateTruncating(cs[i]));
            var above = (T.One - fc) * at + fc * Unsafe.Add(ref at, 1);
            var below = (T.One - fc) * Unsafe.Add(ref at, Bordered) + fc * Unsafe.Add(ref at, Bordered + 1);
            result[i] = (T.One - fr) * above + fr * below;              // (9.13)
        }

        // One coordinate of (9.11), and of (9.12). What lies further out than the border is as white as the border.
        static void Place(float ofRow, float ofColumn, float shift, float alpha, ReadOnlySpan<float> field, Span<float> place)
        {
            place.Fill(shift);
            TensorPrimitives.MultiplyAdd<float>(s_columns, ofColumn, place, place);
            TensorPrimitives.MultiplyAdd<float>(s_rows, ofRow, place, place);
            if (alpha > 0) TensorPrimitives.MultiplyAdd<float>(field, alpha, place, place);
            TensorPrimitives.MaxNumber<float>(place, -1, place);        // not a number, by ∞ − ∞, is further out, too
            TensorPrimitives.MinNumber<float>(place, Side, place);
        }
    }

    private static float[] FromTheMiddle(Func<int, int> coordinate)
    {
        var distances = new float[Pixels];
        for (var q = 0; q < Pixels; q++) distances[q] = coordinate(q) - Middle;
        return distances;
    }

    private static void Require(bool holds, string expected, double found)
    {
        if (!holds) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A distortion needs {expected}; found {found}."));
    }

    /// <summary>Random numbers between −1 and 1, from <see cref="RandomBits"/>.</summary>
    /// <param name="key">Decides which numbers come.</param>
    /// <param name="bits">To work in, as long as the numbers.</param>
    /// <param name="numbers">What is drawn.</param>
    internal static void Draw(long key, Span<uint> bits, Span<float> numbers)
    {
        RandomBits.Draw(key, 0, bits);
        TensorPrimitives.ShiftRightLogical(bits, 8, bits);             // 24 bits are what a float can hold
        TensorPrimitives.ConvertTruncating<int, float>(MemoryMarshal.Cast<uint, int>(bits), numbers);
        TensorPrimitives.Multiply(numbers, 1f / (1 << 23), numbers);
        TensorPrimitives.Subtract(numbers, 1, numbers);
    }

    /// <summary>The smoothed field K*U of (9.12), which is G·U·Gᵀ.</summary>
    /// <param name="G">The Gaussian, 28 rows of <see cref="Wide"/> numbers, those behind the 28th 0; it is its own transpose.</param>
    /// <param name="U">The field, 28 rows of 28 numbers.</param>
    /// <param name="between">To work in: 28 rows of <see cref="Wide"/> numbers.</param>
    /// <param name="smooth">The result, 28 rows of 28 numbers.</param>
    internal static void Smooth(ReadOnlySpan<float> G, ReadOnlySpan<float> U, Span<float> between, Span<float> smooth)
    {
        // U·Gᵀ first: row r of it is Σ over i of U[r, i] times row i of G.
        for (var r = 0; r < Side; r += 2)
            SumsOfRows(U.Slice(r * Side, Side), U.Slice((r + 1) * Side, Side), G, between.Slice(r * Wide, Wide), between.Slice((r + 1) * Wide, Wide));
        Span<float> row = stackalloc float[Wide], next = stackalloc float[Wide];
        for (var r = 0; r < Side; r += 2)
        {
            // The bell does not reach all rows.
            var (from, upTo) = (G.Slice(r * Wide, Side).IndexOfAnyExcept(0), G.Slice((r + 1) * Wide, Side).LastIndexOfAnyExcept(0) + 1);
            SumsOfRows(G[(r * Wide + from)..(r * Wide + upTo)], G[((r + 1) * Wide + from)..((r + 1) * Wide + upTo)], between[(from * Wide)..], row, next);
            row[..Side].CopyTo(smooth[(r * Side)..]);
            next[..Side].CopyTo(smooth[((r + 1) * Side)..]);
        }
    }

    /// <summary>
    /// sum ← Σ over i of factors[i] times row i, each row <see cref="Wide"/> numbers; the same for a second sum of the same
    /// rows. The sums stay in registers, and each row is loaded once for both.
    /// </summary>
    private static void SumsOfRows(ReadOnlySpan<float> factors, ReadOnlySpan<float> otherFactors, ReadOnlySpan<float> rows, Span<float> sum, Span<float> otherSum)
    {
        var n = Vector<float>.Count;
        for (var at = 0; at < Wide; at += 2 * n)
        {
            var (a, b, c, d) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            ref var row = ref Unsafe.Add(ref MemoryMarshal.GetReference(rows), at);
            for (var i = 0; i < factors.Length; i++, row = ref Unsafe.Add(ref row, Wide))
            {
                var (factor, otherFactor) = (new Vector<float>(factors[i]), new Vector<float>(otherFactors[i]));
                var (left, right) = (Vector.LoadUnsafe(ref row), Vector.LoadUnsafe(ref row, (nuint)n));
                a = Vector.FusedMultiplyAdd(factor, left, a);
                b = Vector.FusedMultiplyAdd(factor, right, b);
                c = Vector.FusedMultiplyAdd(otherFactor, left, c);
                d = Vector.FusedMultiplyAdd(otherFactor, right, d);
            }
            a.CopyTo(sum[at..]);
            b.CopyTo(sum[(at + n)..]);
            c.CopyTo(otherSum[at..]);
            d.CopyTo(otherSum[(at + n)..]);
        }
    }

    /// <summary>What one thread works with.</summary>
    private sealed class Workspace<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly uint[] bits = new uint[2 * Pixels];
        private readonly float[] U = new float[2 * Pixels], between = new float[Side * Wide], fieldR = new float[Pixels], fieldC = new float[Pixels];
        private readonly T[] bordered = new T[Bordered * Bordered + Bordered + 2];

        /// <summary>One image, with the numbers that were drawn for it.</summary>
        public void Distort(ReadOnlySpan<T> image, float[]? G, float alpha, Draft draft, Span<T> result)
        {
            if (G != null)
            {
                Draw(draft.Key, bits, U);
                Smooth(G, U.AsSpan(0, Pixels), between, fieldR);
                Smooth(G, U.AsSpan(Pixels), between, fieldC);
            }
            for (var r = 0; r < Side; r++) image.Slice(r * Side, Side).CopyTo(bordered.AsSpan((r + 1) * Bordered + 1));
            Warp(bordered, draft.Map, alpha, fieldR, fieldC, result);
        }
    }
}
