namespace Figures;

/// <summary>The figures of the notes, each with the numbers that the text around it has.</summary>
public static class CourseFigures
{
    /// <summary>Where the files lie, from the course's folder.</summary>
    public const string Folder = "notebooks/figures";

    /// <summary>Draws them all, in the order of the notes.</summary>
    /// <param name="data">The folder with MNIST and the trained network.</param>
    public static IEnumerable<Sketch> All(string data)
    {
        var (training, _) = Mnist.Load(data);
        yield return ImageFigures.Column([.. training.Image(0)], training.Labels[0], row: 7, column: 15);
        yield return MatrixFigures.Columns([.. Enumerable.Range(0, 4).Select(i => training.Image(i).ToArray())], place: 210);   // row 7, column 14
        yield return ImageFigures.Sets(55_000, 5_000, 10_000);
        yield return NetworkFigures.Neuron();
        yield return CurveFigures.Activation();
        yield return CurveFigures.AbsoluteValue();
        yield return Layers(data, training);
        yield return MatrixFigures.Entry(Matrix.FromRows<double>([[1, 2, 0], [0, 1, 3]]), Matrix.FromRows<double>([[1, 4], [2, 0], [1, 1]]), k: 1, j: 0);
        yield return MatrixFigures.Product("product", ("W_1", "X", "Z_1"), rows: new("h", 64), inner: new("784", 180), columns: new("m", 84),
            ("one neuron", "one image", "what this neuron makes of this image"), bias: "b_1");   // (3.1)
        yield return Glide(training);
        yield return CurveFigures.Softmax([2, 1, 0], label: 1);
        yield return CurveFigures.Likelihood(0.7, 0.3, 0.9, 0.5, 0.8);   // the first two are those of notebook 4
        yield return CurveFigures.Losses();
        yield return CurveFigures.LabelErrors();
        var (network, x, y) = WorkedExample();
        yield return NetworkFigures.Paths(network, x, y);
        yield return BackwardFigures.SharedIndex();
        yield return RowSums(training);
        yield return Gate(network, x, y);
        yield return BackwardFigures.OneWalk();
        // W2[0, 0] of the worked example, as the table after (5.13) has it.
        yield return CurveFigures.Nudge(w => Math.Log(1 + Math.Exp(2 * w - 1.5)), 1, 1, 2 / (1 + Math.Exp(-0.5)), "W_2[0,0]");
        yield return CurveFigures.Difference();
        yield return Batches(training);
        yield return DescentFigures.Bowl(0.1, 0.5, 1, 1.5, 2, 2.5);
        yield return DescentFigures.Saddle();
        foreach (var sketch in OfARun(training)) yield return sketch;
        yield return DescentFigures.Shrinking();
        yield return DescentFigures.LongStep();
        yield return PanelFigures.GridAndRandom();
        yield return MatrixFigures.PrecisionAndRecall(new[,] { { 8, 2, 0 }, { 1, 5, 0 }, { 1, 1, 2 } }, 1);   // the example below (8.1)
        yield return DescentFigures.Valley();
        yield return DescentFigures.Valley(adam: 0.5);
        yield return DescentFigures.Falling();
        yield return NetworkFigures.Dropout([[true, true, false, true, true], [false, true, true, true, false], [true, true, true, false, true]]);
        yield return ImageFigures.Affine([.. training.Image(7)], degrees: 20, q: 1.25, f: 0.3, shift: (3, 4));
        yield return ImageFigures.Bend([.. training.Image(7)], alpha: 34, sigma: 4, seed: 3);
        yield return ImageFigures.Cell((100, 200), (50, 0), fr: 0.25, fc: 0.5);
        yield return ImageFigures.Preparation(Drawings.Read(Path.Join(data, "drawings", "pad-9.png")));
    }

    /// <summary>The network, input and answer of "A worked example on paper".</summary>
    public static (Network<double> Network, Matrix<double> X, Matrix<double> Y) WorkedExample() =>
        (new([Matrix.FromRows<double>([[1, 1], [1, -1]]), Matrix.FromRows<double>([[1, -1], [0.5, 1]])],
            [Matrix.FromColumn<double>([0.5, 0]), Matrix.FromColumn<double>([0, 0.5])]),
        Matrix.FromColumn<double>([0.5, 1]), Matrix.FromColumn<double>([0, 1]));

    private static Sketch Layers(string data, ImageSet training)
    {
        var pass = NetworkFile.Load<float>(Path.Join(data, "digits-784-128-10.nn")).Forward(training.Take(1).ToMatrix<float>(PixelScaling.DivideBy255));
        double[] Column(Matrix<float> A) => [.. A.ToArray().Select(a => (double)a)];
        return NetworkFigures.Layers([.. training.Image(0)], Column(pass.A1), Column(pass.A2));
    }

    /// <summary>The network, the hundred images and the bias of notebook 4.</summary>
    private static Sketch Glide(ImageSet training)
    {
        var hundred = training.Take(100).ToExamples<double>();
        var network = Network<double>.Create([784, 12, 10], new Random(13), Initialisation.Original);
        return PanelFigures.Glide("the bias of the output unit for 3", [.. Enumerable.Range(-100, 201).Select(i =>
        {
            network.b2[3, 0] = i / 500.0;
            return (i / 500.0, 1 - network.Accuracy(hundred), Losses.SquaredError(network.Probabilities(hundred.X), hundred.Y));
        })]);
    }

    private static Sketch Gate(Network<double> network, Matrix<double> x, Matrix<double> y)
    {
        var pass = network.Forward(x);
        var dA1 = network.W2.Transposed * network.Backward(pass, y).db2;   // (5.7); with one example db2 is dZ2
        return NetworkFigures.Gate((pass.Z1[0, 0], dA1[0, 0]), (pass.Z1[1, 0], dA1[1, 0]));
    }

    /// <summary>The errors of the network and the images of notebook 5, before training.</summary>
    private static Sketch RowSums(ImageSet training)
    {
        var eight = training.Take(8).ToExamples<double>(PixelScaling.MinMaxPerImage);
        var network = Network<double>.Create([784, 12, 10], new Random(15), Initialisation.Original);
        return BackwardFigures.RowSums(network.Forward(eight.X).A2 - eight.Y, eight.Labels);   // (5.4)
    }

    /// <summary>The two ways of notebook 6: one neuron that tells 0s from 7s by their ink.</summary>
    private static Sketch Batches(ImageSet training)
    {
        int[] chosen = [.. Enumerable.Range(0, training.Count).Where(i => training.Labels[i] is 0 or 7).Take(320)];
        double[] ink = [.. chosen.Select(i => training.Image(i).ToArray().Average(p => p / 255.0))];
        double[] y = [.. chosen.Select(i => training.Labels[i] == 0 ? 1.0 : 0)];
        var (mean, deviation) = (ink.Average(), Math.Sqrt(ink.Average(v => v * v) - ink.Average() * ink.Average()));
        double[] x = [.. ink.Select(v => (v - mean) / deviation)];
        return DescentFigures.Batches((w, b) => x.Zip(y, (v, one) => Math.Log(1 + Math.Exp((1 - 2 * one) * (w * v + b)))).Average(),
            Way(320), Way(8), ("w", "b"), "one neuron that tells 0s from 7s by their ink, 320 images");

        (double, double)[] Way(int B)
        {
            var (w, b, order, random) = (-1.0, 1.5, Enumerable.Range(0, 320).ToArray(), new Random(1));
            var way = new List<(double, double)> { (w, b) };
            for (var epoch = 0; epoch < 6; epoch++)
            {
                random.Shuffle(order);
                foreach (var batch in order.Chunk(B))
                {
                    double[] dz = [.. batch.Select(j => 1 / (1 + Math.Exp(-(w * x[j] + b))) - y[j])];
                    (w, b) = (w - batch.Select((j, i) => dz[i] * x[j]).Average(), b - dz.Average());   // (6.1) with η = 1, (6.2)
                    way.Add((w, b));
                }
            }
            return [.. way];
        }
    }

    /// <summary>The run of notebook 7 on few images, far beyond the best epoch: its curves, and how certain the network is at the end.</summary>
    private static IEnumerable<Sketch> OfARun(ImageSet training)
    {
        // As there, but in double: the figures are the same on every machine.
        var (forTraining, forValidation) = Mnist.Split(training, 5_000, new Random(2));
        var examples = forTraining.Take(1_000).ToExamples<double>();
        var unseen = forValidation.ToExamples<double>();
        var network = Network<double>.Create([784, 64, 10], new Random(4));
        var history = Training.Train(network, examples, unseen, new TrainingOptions { Epochs = 60, BatchSize = 32, LearningRate = 0.1 }, new Random(5));
        yield return CurveFigures.Stopping(history, "A network 784-64-10 trained on 1,000 images");
        yield return CurveFigures.Reliability(Measures.Calibration(network.Probabilities(unseen.X), unseen.Labels), "A network after 60 epochs, on images that it has not seen");
    }
}
