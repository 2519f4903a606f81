using CsCheck;

namespace Tests.Lib;

/// <summary>The lists of what is not 0.</summary>
public class NonZerosTests
{
    [Fact]
    public void Sorted_lists_are_the_same_lists_and_give_the_same_bits() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 60], Gen.Int[1, 256], Gen.Double[0, 1], Gen.Double[0, 1], Gen.Int)
            .Sample((rows, count, bandRows, density, greys, seed) =>
            {
                var random = new Random(seed);
                var X = Matrix.Uniform<double>(rows, count + 5, -1, 1, random).Map(x => random.NextDouble() >= density ? 0
                    : random.NextDouble() < greys ? random.Next(1, 256) / 255.0 : x);
                var all = new NonZeros<double>(new(X.Memory, rows, count + 5, false), bandRows);
                int[] of = [.. Enumerable.Range(random.Next(6), count)];
                var slice = new NonZeroSlice<double>(all, count).Take(random.Next(2) == 0 ? of : [.. of.Reverse()]);
                var sorted = slice.SortedByLength();
                Assert.Equal((slice.Count, slice.Bands, slice.BandRows), (sorted.Count, sorted.Bands, sorted.BandRows));
                for (var band = 0; band < slice.Bands; band++)
                {
                    Assert.Equal(Values(slice, band).OrderBy(list => list.Column), Values(sorted, band).OrderBy(list => list.Column));
                    var lengths = Enumerable.Range(0, count).Select(i => sorted.Segment(i, band).Count).ToArray();
                    Assert.Equal(lengths.Order(), lengths);
                }

                var kernels = PanelKernels<double>.ForThisMachine();
                foreach (var width in new[] { 1, 2, 4 }.Select(registers => registers * kernels.RegisterLength))
                {
                    var w = Matrix.Uniform<double>(width, rows, -1, 1, random);
                    var (z, zSorted) = (new double[width * count], new double[width * count]);
                    for (var band = 0; band < slice.Bands; band++)
                    {
                        kernels.AddProduct(width, slice, band, ref w.Span[band * bandRows * width], ref z[0]);
                        kernels.AddProduct(width, sorted, band, ref w.Span[band * bandRows * width], ref zSorted[0]);
                    }
                    Assert.Equal(z, zSorted);
                }
            }, iter: 100);

    private static IEnumerable<(int Column, string Entries)> Values(NonZeroSlice<double> x, int band) => Enumerable.Range(0, x.Count).Select(i =>
    {
        var (column, start, count, table) = x.Segment(i, band);
        return (column, string.Join(' ', Enumerable.Range(start, count).Select(at => x.EntryAt(at)).Select(entry => (entry & 255, x.ValueAt(table + (entry >> 8))))));
    });
}
