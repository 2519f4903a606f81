using System.Globalization;
using System.Xml.Linq;

namespace Tests.Lib;

public class TrainingViewTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static (TrainingView View, Network<float> Network, Examples<float> Examples, TrainingOptions Options) Begin(int digits = 10, int epochs = 30)
    {
        var random = new Random(1);
        var labels = Enumerable.Range(0, 40).Select(i => (byte)(i % 10)).ToArray();
        var pixels = new byte[784 * 40];
        for (var i = 0; i < 40; i++) pixels.AsSpan(784 * i + 28 * labels[i] * 2, 56).Fill(255);
        var set = new ImageSet("made", pixels, labels);
        var examples = set.ToExamples<float>();
        var network = Network<float>.Create([784, 12, 10], random);
        var options = new TrainingOptions { Epochs = epochs, BatchSize = 4, LearningRate = 0.5 };
        var view = TrainingView.Of("made up & <small>", network, examples, options, examples.Take(digits));
        return (view, network, examples, options);
    }

    [Fact]
    public void It_follows_training_to_its_end()
    {
        var (view, network, examples, options) = Begin();
        var moments = new List<TrainingView> { view };
        Training.Train(network, examples, examples, options with { OnEpoch = e => moments.Add(moments[^1].After(e)) }, new Random(2));
        Assert.Equal(32, moments.Count);   // before, the untrained network, thirty epochs
        var svgs = moments.Select(moment => XElement.Parse(moment.ToSvg())).ToArray();
        // Two charts with two curves each, once there is something to draw.
        Assert.Equal([0, .. Enumerable.Repeat(4, 31)], svgs.Select(svg => svg.Descendants(Svg + "polyline").Count()));
        Assert.Equal("made up & <small>: begins", svgs[0].Element(Svg + "title")!.Value);
        // The bar grows to the full width, and every digit is recognised at the end.
        var bars = svgs.Select(svg => double.Parse(svg.Descendants(Svg + "rect").Last().Attribute("width")!.Value, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(bars.Order(), bars);
        Assert.Equal((0, 442, 884), (bars[1], bars[16], bars[^1]));
        Assert.Equal(Enumerable.Range(0, 10), moments[^1].Guesses);
        Assert.Matches(@">[0-9,]+ images per second · [0-9,]+ s left<", moments[2].ToSvg());
        Assert.DoesNotContain("s left", moments[^1].ToSvg(), StringComparison.Ordinal);
        Assert.StartsWith("made up & <small>: 30 of 30 epochs, loss ", moments[^1].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void It_takes_less_than_a_twentieth_of_the_time_of_training()
    {
        // As in notebook 06, but with fewer images: there an epoch takes longer, and the view as long as here.
        var (training, _) = Mnist.Load(Path.Join(Course.Root, "data"));
        var examples = training.Take(22_000).ToExamples<float>();
        var network = Network<float>.Create([784, 128, 10], new Random(4));
        var options = new TrainingOptions { Epochs = 6, BatchSize = 32, LearningRate = 0.2 };
        var view = TrainingView.Of("784-128-10", network, examples, options, examples.Take(10));
        var (forView, watch) = (new List<TimeSpan>(), System.Diagnostics.Stopwatch.StartNew());
        Training.Train(network, examples, examples, options with
        {
            OnEpoch = e =>
            {
                var before = watch.Elapsed;
                Assert.NotEmpty((view = view.After(e)).ToSvg());
                forView.Add(watch.Elapsed - before);
            }
        }, new Random(5));
        // The median, so that a pause of the machine during one of the seven decides nothing.
        var share = 7 * forView.Order().ElementAt(3) / watch.Elapsed;
        TestContext.Current.SendDiagnosticMessage($"The training view took {share:P2} of the time.");
        Assert.InRange(share, 0, 0.05);
    }

    [Fact]
    public void The_digits_are_a_bitmap_of_their_pixels()
    {
        var svg = XElement.Parse(Begin(digits: 3).View.ToSvg());
        var address = svg.Descendants(Svg + "image").Single().Attribute("href")!.Value;
        var bytes = Convert.FromBase64String(address["data:image/bmp;base64,".Length..]);
        Assert.Equal(54 + 1024 + 3 * 784, bytes.Length);
        Assert.Equal((84, 28, 1078), (BitConverter.ToInt32(bytes, 18), BitConverter.ToInt32(bytes, 22), BitConverter.ToInt32(bytes, 10)));
        // Rows come from the last up: row 2·d of digit d is full of ink.
        for (var d = 0; d < 3; d++)
            for (var row = 0; row < 28; row++)
                Assert.Equal(row == 2 * d || row == 2 * d + 1 ? 255 : 0, bytes[1078 + (27 - row) * 84 + 28 * d + 5]);
    }

    [Fact]
    public void What_does_not_fit_together_is_named()
    {
        var (_, network, examples, options) = Begin();
        var error = Assert.Throws<ArgumentException>(() => TrainingView.Of("", network, examples, options, examples.Take(17)));
        Assert.Contains("at most 16 digits of 784 pixels; found 784×17", error.Message, StringComparison.Ordinal);
    }
}
