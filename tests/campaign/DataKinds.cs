using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tests.Lib;

namespace Tests.Campaign;

/// <summary>Damaged files of lib/: IDX, CSV, networks, pictures; and options of training that make no sense.</summary>
public sealed class DataKinds : TemporaryFolder
{
    private readonly ImageSet set = Mnist.Load(Path.Combine(Course.Root, "data")).Test.Take(5);
    private readonly byte[][] pictures = [.. new[] { "pad-3.png", "pad-7.png", "paper-4.jpg", "chalk-2.jpg" }
        .Select(name => File.ReadAllBytes(Path.Combine(Course.Root, "data", "drawings", name)))];

    public IEnumerable<Kind> All =>
    [
        new("data (IDX)", [typeof(BadDataException)], Idx),
        new("CSV", [typeof(BadDataException)], Csv),
        new("networks", [typeof(InvalidDataException)], Net),
        new("images", [typeof(BadDataException)], Image),
        new("options", [typeof(ArgumentException), typeof(DivergedException), typeof(ShapeException)], Options),
    ];

    private Outcome Idx(Random random)
    {
        byte[] images = [.. Number(2051), .. Number(set.Count), .. Number(28), .. Number(28), .. set.Pixels], labels = [.. Number(2049), .. Number(set.Count), .. set.Labels];
        var (isZipped, ofLabels) = (random.Next(2) == 0, random.Next(3) == 0);
        byte[] Form(byte[] file) => isZipped ? Gzip(file) : file;
        var (imagesFile, labelsFile) = (Form(images), Form(labels));
        if (ofLabels) labelsFile = Damage.Bytes(labelsFile, random);
        else imagesFile = Damage.Bytes(imagesFile, random);
        var read = Mnist.Read(Write("images", imagesFile), Write("labels", labelsFile), "trial");
        if (read.Pixels.SequenceEqual(set.Pixels) && read.Labels.SequenceEqual(set.Labels)) return Outcome.Right;
        // Without compression there is no checksum, so other pixels are other pixels; the sizes must still be those of the header.
        return !isZipped && read.Count == read.Labels.Length && imagesFile.Length == 16 + 784 * read.Count && labelsFile.Length == 8 + read.Count
            ? Outcome.Legal : Outcome.Silent;
    }

    private Outcome Csv(Random random)
    {
        Kaggle.WriteTraining(At("train.csv"), set);
        var good = File.ReadAllBytes(At("train.csv"));
        var bytes = random.Next(4) switch
        {
            0 => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(good).Replace(random.Any(",", "\n", "0", "label", "pixel7", "5"), random.Any(";", "\t", "\r\n", "-1", "", "\"", "1e3", "NaN", ",,", "é"))),
            _ => Damage.Bytes(good, random),
        };
        var read = Kaggle.ReadTraining(Write("train.csv", bytes));
        // What is read must be what the text says, number by number, to somebody who knows nothing of Kaggle.
        var lines = Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).ToList();
        if (lines[0].Contains("label", StringComparison.OrdinalIgnoreCase)) lines.RemoveAt(0);
        double[][] rows = [.. lines.SelectMany(line => line.Split('\r')).Where(line => line.Length > 0)
            .Select(line => line.Split(',').Select(entry => double.Parse(entry.Trim(' ', '"'), CultureInfo.InvariantCulture)).ToArray())];
        if (read.Count != rows.Length || rows.Any(row => row.Length != 785)) return Outcome.Silent;
        for (var i = 0; i < rows.Length; i++)
            if (read.Labels[i] != rows[i][0] || !read.Image(i).ToArray().Select(p => (double)p).SequenceEqual(rows[i][1..])) return Outcome.Silent;
        return read.Pixels.SequenceEqual(set.Pixels) && read.Labels.SequenceEqual(set.Labels) ? Outcome.Right : Outcome.Legal;
    }

    private Outcome Net(Random random)
    {
        var network = Network<float>.Create([6, 4, 3], new Random(1));
        NetworkFile.Save(network, At("a.nn"));
        var good = File.ReadAllBytes(At("a.nn"));
        var isSigned = random.Next(2) == 0;
        byte[] damaged;
        if (isSigned)
        {
            byte[] content = [.. good[..^32]];
            if (random.Next(2) == 0) BitConverter.TryWriteBytes(content.AsSpan(4 * random.Next(8)), random.Any(-1, 0, 1, 2, 3, 7, 99, 1000, int.MaxValue, int.MinValue, 100_000_000));
            else if (random.Next(2) == 0) BitConverter.TryWriteBytes(content.AsSpan(36 + 4 * random.Next((content.Length - 36) / 4)), random.Any(float.NaN, float.PositiveInfinity, 1e30f, 0f));
            else content = Damage.Bytes(content, random);
            damaged = [.. content, .. SHA256.HashData(content)];
        }
        else damaged = Damage.Bytes(good, random);
        var read = NetworkFile.Load<float>(Write("b.nn", damaged));
        var numbers = read.W.Concat(read.b).SelectMany(matrix => matrix.ToArray()).ToList();
        if (numbers.Any(number => !float.IsFinite(number)) || !Enum.IsDefined(read.Hidden) || !Enum.IsDefined(read.Loss)) return Outcome.Silent;
        if (damaged.SequenceEqual(good)) return Outcome.Right;
        // Signed anew, it is another network, and as good a one: written again, it is the same file.
        NetworkFile.Save(read, At("c.nn"));
        return isSigned && File.ReadAllBytes(At("c.nn")).SequenceEqual(damaged) ? Outcome.Legal : Outcome.Silent;
    }

    private Outcome Image(Random random)
    {
        var good = random.Any(pictures);
        var expected = GreyImage.Read(Write("good", good));
        var read = GreyImage.Read(Write("a", Damage.Bytes(good, random)));
        if (read.Width == expected.Width && read.Pixels.SequenceEqual(expected.Pixels)) return Outcome.Right;
        return PictureFile.KindOf(good) == PictureKind.Jpeg ? Outcome.Legal : Outcome.Silent;   // JPEG has no checksum
    }

    private Outcome Options(Random random)
    {
        double Odd(double usual) => random.Next(3) > 0 ? usual : random.Any(double.NaN, double.PositiveInfinity, -1, 0, 1, 1e-300, 1e9, -0.1, double.MaxValue);
        int OddCount(int usual) => random.Next(3) > 0 ? usual : random.Any(-1, 0, 1, int.MinValue, 1000);
        var X = Matrix.Normal<float>(5, 40, 1, random);
        if (random.Next(4) == 0) X[random.Next(5), random.Next(40)] = random.Any(float.NaN, float.PositiveInfinity, 1e30f, 255f);
        var V = Matrix.Normal<float>(5, 10, 1, random);
        if (random.Next(4) == 0) V[random.Next(5), random.Next(10)] = random.Any(float.NaN, float.NegativeInfinity, 1e38f);
        byte[] labels(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))];
        var network = Network<float>.Create([5, 6, 10], random, random.Any(Enum.GetValues<Initialisation>()), random.Any(Enum.GetValues<Activation>()), random.Any(Enum.GetValues<Loss>()));
        var before = network.Copy();
        var history = Training.Train(network, new Examples<float>(X, labels(40)), new Examples<float>(V, labels(10)), new()
        {
            Epochs = Math.Min(OddCount(3), 3), BatchSize = OddCount(8), LearningRate = Odd(0.1), Decay = Odd(0.9), Optimiser = random.Any(Enum.GetValues<Optimiser>()),
            Momentum = Odd(0.9), Beta2 = Odd(0.999), WeightDecay = Odd(0.001), Dropout = Odd(0.1), Patience = OddCount(2), ReportEvery = OddCount(1),
        }, random);
        if (network.W.Concat(network.b).Any(matrix => matrix.ToArray().Any(number => !float.IsFinite(number)))) return Outcome.Silent;
        return history.Epochs.All(epoch => double.IsFinite(epoch.TrainingLoss) && double.IsFinite(epoch.ValidationLoss)) ? Outcome.Right : Outcome.Silent;
    }
}
