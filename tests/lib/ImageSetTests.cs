using System.Numerics;
using CsCheck;

namespace Tests.Lib;

/// <summary>Scaling, choosing and splitting, compared with the definitions in plain loops.</summary>
public class ImageSetTests
{
    /// <summary>Up to twelve images, each between two greys of its own, with labels.</summary>
    private static readonly Gen<ImageSet> Sets = Gen.Select(Gen.Int[1, 12], Gen.Int[0, 1_000_000]).Select((count, seed) =>
    {
        var random = new Random(seed);
        var pixels = new byte[count * 784];
        for (var i = 0; i < count; i++)
        {
            var (a, b) = (random.Next(256), random.Next(256));
            foreach (ref var p in pixels.AsSpan(i * 784, 784)) p = (byte)random.Next(Math.Min(a, b), Math.Max(a, b) + 1);
        }
        return new ImageSet("random", pixels, [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(10))]);
    });

    private static void ScalesLikeTheDefinition<T>(ImageSet set) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (by255, minMax) = (set.ToMatrix<T>(), set.ToMatrix<T>(PixelScaling.MinMaxPerImage));
        Assert.Equal((784, set.Count, 784, set.Count), (by255.Rows, by255.Columns, minMax.Rows, minMax.Columns));
        for (var j = 0; j < set.Count; j++)
        {
            var image = set.Pixels.Skip(784 * j).Take(784).ToArray();
            T min = T.CreateChecked(image.Min()), max = T.CreateChecked(image.Max());
            for (var i = 0; i < 784; i++)
            {
                var p = T.CreateChecked(image[i]);
                Assert.Equal(p / T.CreateChecked(255), by255[i, j]);
                Assert.Equal(max > min ? (p - min) / (max - min) : T.Zero, minMax[i, j]);
            }
        }
    }

    [Fact]
    public void Scaling_is_that_of_equations_1_2_and_1_3_to_the_last_bit() => Sets.Sample(set =>
    {
        ScalesLikeTheDefinition<float>(set);
        ScalesLikeTheDefinition<double>(set);
    }, iter: 40);

    [Fact]
    public void An_image_of_one_grey_becomes_zeros_and_others_reach_from_0_to_1()
    {
        var pixels = new byte[3 * 784];
        pixels.AsSpan(0, 784).Fill(200);
        pixels.AsSpan(784, 784).Fill(10);
        (pixels[784], pixels[2 * 784 - 1]) = (5, 25);
        var X = new ImageSet("greys", pixels, []).ToMatrix<float>(PixelScaling.MinMaxPerImage);
        Assert.All(X.Column(0).ToArray(), x => Assert.Equal(0, x));
        Assert.Equal((0f, 0.25f, 1f), (X[0, 1], X[1, 1], X[783, 1]));
        Assert.All(X.Column(2).ToArray(), x => Assert.Equal(0, x));
    }

    [Fact]
    public void A_set_becomes_examples_with_its_labels_one_hot() => Sets.Sample(set =>
    {
        var examples = set.ToExamples<double>(PixelScaling.MinMaxPerImage);
        Assert.Equal(set.Labels, examples.Labels);
        Assert.Equal(set.ToMatrix<double>(PixelScaling.MinMaxPerImage).ToArray(), examples.X.ToArray());
        for (var j = 0; j < set.Count; j++)
            for (var k = 0; k < 10; k++)
                Assert.Equal(set.Labels[j] == k ? 1 : 0, examples.Y[k, j]);
    }, iter: 20);

    [Fact]
    public void Without_labels_there_are_numbers_but_no_examples()
    {
        var set = new ImageSet("unlabelled", new byte[2 * 784], []);
        Assert.Equal(2, set.ToMatrix<float>().Columns);
        Assert.Contains("'unlabelled' has no labels", Assert.Throws<BadDataException>(() => set.ToExamples<float>()).Message);
        Assert.Contains("without labels", set.ToString());
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        static string Message(Action action) => Assert.Throws<BadDataException>(action).Message;
        Assert.Contains("785 pixels", Message(() => _ = new ImageSet("odd", new byte[785], [])));
        Assert.Contains("2 images but 1 labels", Message(() => _ = new ImageSet("few", new byte[2 * 784], [1])));
        Assert.Contains("label 1 is 10", Message(() => _ = new ImageSet("ten", new byte[2 * 784], [1, 10])));
        var set = new ImageSet("two", new byte[2 * 784], [0, 1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Image(2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Image(-1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Select([0, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Take(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Take(-1));
    }

    [Fact]
    public void Choosing_takes_these_images_in_this_order_and_copies_them() => Gen.Select(Sets, Gen.Int[0, 20], Gen.Int[0, 1000]).Sample((set, number, seed) =>
    {
        var random = new Random(seed);
        int[] indices = [.. Enumerable.Range(0, number).Select(_ => random.Next(set.Count))];
        var chosen = set.Select(indices);
        Assert.Equal(indices.Length, chosen.Count);
        Assert.Equal(indices.Select(i => set.Labels[i]), chosen.Labels);
        for (var j = 0; j < indices.Length; j++) Assert.Equal(set.Image(indices[j]).ToArray(), chosen.Image(j).ToArray());

        var first = set.Take(set.Count / 2);
        Assert.Equal(set.Pixels.Take(set.Count / 2 * 784), first.Pixels);
        Assert.Equal(set.Labels.Take(set.Count / 2), first.Labels);

        var before = set.Pixels[0];
        var copy = set.Select([0]);
        copy.Pixels[0] ^= 255;
        Assert.Equal(before, set.Pixels[0]);
    }, iter: 40);

    /// <summary>Images that carry their own number, so that each is known again; the label is its last digit.</summary>
    private static ImageSet Numbered(int count)
    {
        var pixels = new byte[count * 784];
        for (var i = 0; i < count; i++) (pixels[784 * i], pixels[784 * i + 1]) = ((byte)(i / 256), (byte)(i % 256));
        return new("numbered", pixels, [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))]);
    }

    private static int[] NumbersOf(ImageSet set) => [.. Enumerable.Range(0, set.Count).Select(i => set.Image(i)[0] * 256 + set.Image(i)[1])];

    [Fact]
    public void A_split_has_every_image_once_with_its_label() => Gen.Select(Gen.Int[0, 400], Gen.Double.Unit, Gen.Int).Sample((count, share, seed) =>
    {
        var validationCount = (int)Math.Round(share * count);
        var (training, validation) = Mnist.Split(Numbered(count), validationCount, new Random(seed));
        Assert.Equal((count - validationCount, validationCount), (training.Count, validation.Count));
        Assert.Equal(Enumerable.Range(0, count), NumbersOf(training).Concat(NumbersOf(validation)).Order());
        foreach (var part in new[] { training, validation })
            Assert.Equal(NumbersOf(part).Select(number => (byte)(number % 10)), part.Labels);
    }, iter: 40);

    [Fact]
    public void A_split_is_shuffled_and_decided_by_the_seed()
    {
        var set = Numbered(500);
        int[] Of(int seed) => NumbersOf(Mnist.Split(set, 100, new Random(seed)).Validation);
        Assert.Equal(Of(1), Of(1));
        Assert.NotEqual(Of(1).Order(), Of(2).Order());
        Assert.NotEqual(Of(1).Order(), Enumerable.Range(0, 100));
        Assert.NotEqual(Of(1).Order(), Enumerable.Range(400, 100));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(11)]
    public void A_split_of_more_than_there_is_is_refused(int validationCount) =>
        Assert.Contains($"{validationCount} images were asked for as validation set, but 'numbered' has 10",
            Assert.Throws<ArgumentOutOfRangeException>(() => Mnist.Split(Numbered(10), validationCount, new Random(1))).Message);

    [Fact]
    public void Batches_have_every_index_once() => Gen.Select(Gen.Int[0, 500], Gen.Int[1, 80], Gen.Int).Sample((count, size, seed) =>
    {
        var batches = Training.Batches(count, size, new Random(seed)).ToArray();
        Assert.Equal((count + size - 1) / size, batches.Length);
        Assert.All(batches.SkipLast(1), batch => Assert.Equal(size, batch.Length));
        Assert.Equal(Enumerable.Range(0, count), batches.SelectMany(batch => batch).Order());
        Assert.Equal(batches, Training.Batches(count, size, new Random(seed)));
    }, iter: 100);

    [Fact]
    public void Batches_are_shuffled_and_differ_from_one_epoch_to_the_next()
    {
        var random = new Random(1);
        var (first, second) = (Training.Batches(100, 10, random).SelectMany(b => b).ToArray(), Training.Batches(100, 10, random).SelectMany(b => b).ToArray());
        Assert.NotEqual(Enumerable.Range(0, 100), first);
        Assert.NotEqual(first, second);
        Assert.Throws<ArgumentOutOfRangeException>(() => Training.Batches(100, 0, random));
        Assert.Throws<ArgumentOutOfRangeException>(() => Training.Batches(-1, 10, random));
    }
}
