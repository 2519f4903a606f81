namespace Tests.Lib;

public class NeuralNetTests
{
    private static (Matrix<double> X, Matrix<double> Y) Data(int inputs, int count, int classes = 10)
    {
        var random = new Random(11);
        var labels = Enumerable.Range(0, count).Select(_ => (byte)random.Next(classes)).ToArray();
        return (Matrix.Uniform<double>(inputs, count, 0, 1, random), Matrix.OneHot<double>(labels, classes));
    }

    [Fact]
    public void The_originals_network_has_7960_parameters()
    {
        var network = Network<float>.Create([784, 10, 10], new Random(1), Initialisation.Original);
        Assert.Equal(784 * 10 + 10 + 10 * 10 + 10, network.ParameterCount);
        Assert.Equal([784, 10, 10], network.Sizes);
        Assert.Equal("784-10-10, ReLU, cross-entropy, 7,960 parameters", network.ToString());
        Assert.Equal(("10×784", "10×1", "10×10", "10×1"), (network.W1.Shape, network.b1.Shape, network.W2.Shape, network.b2.Shape));
    }

    [Fact]
    public void Forward_pass_agrees_with_plain_loops()
    {
        var network = Network<double>.Create([5, 4, 3], new Random(2), Initialisation.Original);
        var (X, _) = Data(5, 6, 3);
        var pass = network.Forward(X);
        var (Z1, Z2) = (Naive.Product(Naive.Values(network.W1), Naive.Values(X)), new double[3, 6]);
        for (var j = 0; j < 6; j++)
            for (var i = 0; i < 4; i++) Z1[i, j] += network.b1[i, 0];
        Naive.Same(Z1, pass.Z1, 1e-14);
        var A1 = (double[,])Z1.Clone();
        for (var j = 0; j < 6; j++)
            for (var i = 0; i < 4; i++) A1[i, j] = Math.Max(0, A1[i, j]);
        Naive.Same(A1, pass.A1, 1e-14);
        Z2 = Naive.Product(Naive.Values(network.W2), A1);
        for (var j = 0; j < 6; j++)
            for (var i = 0; i < 3; i++) Z2[i, j] += network.b2[i, 0];
        Naive.Same(Z2, pass.Z2, 1e-14);
        Naive.Same(Naive.Softmax(Z2), pass.A2, 1e-14);
        Assert.Same(pass.Output, pass.A2);
    }

    public static TheoryData<Activation, Loss, int[]> EveryNetwork()
    {
        var data = new TheoryData<Activation, Loss, int[]>();
        foreach (var g in Enum.GetValues<Activation>())
            foreach (var loss in Enum.GetValues<Loss>())
                foreach (var sizes in new int[][] { [6, 10], [6, 5, 10], [6, 7, 5, 10], [6, 4, 5, 6, 10] })
                    data.Add(g, loss, sizes);
        return data;
    }

    [Theory]
    [MemberData(nameof(EveryNetwork))]
    public void Gradients_agree_with_finite_differences(Activation g, Loss loss, int[] sizes)
    {
        // Uneven biases, so that no zero hides a wrong term.
        var network = Network<double>.Create(sizes, new Random(4), Initialisation.Original, g, loss);
        var (X, Y) = Data(sizes[0], 9);
        var report = GradientCheck.Run(network, X, Y);
        Assert.Equal(2 * (sizes.Length - 1), report.Comparisons.Count);
        Assert.True(report.LargestRelativeError < 1e-6, report.ToString());
    }

    [Fact]
    public void The_check_catches_a_bias_gradient_summed_over_the_whole_matrix()
    {
        var network = Network<double>.Create([6, 5, 10], new Random(4), Initialisation.Original);
        var (X, Y) = Data(6, 9);
        var pass = network.Forward(X);
        var right = network.Backward(pass, Y).db2;
        var wrong = Matrix.Fill(10, 1, right.Sum());   // what the NumPy original computed
        var numerical = GradientCheck.Numerical(() => network.LossOf(network.Forward(X), Y), network.b2);
        Assert.True(GradientCheck.RelativeError(right, numerical) < 1e-6);
        Assert.True(GradientCheck.RelativeError(wrong, numerical) > 0.1);
    }

    [Fact]
    public void Relative_error_sees_a_single_wrong_entry_and_NaN()
    {
        var a = Matrix.FromColumn<double>([1, 2, 3]);
        Assert.Equal(0, GradientCheck.RelativeError(a, a.Copy()));
        Assert.Equal(0.1 / 4.1, GradientCheck.RelativeError(a, Matrix.FromColumn([1, 2.1, 3])), 12);
        Assert.True(double.IsNaN(GradientCheck.RelativeError(a, Matrix.FromColumn([1, double.NaN, 3]))));
    }

    [Fact]
    public void Gradients_in_float_agree_with_those_in_double()
    {
        var single = Network<float>.Create([20, 12, 10], new Random(4));
        var twice = Network<double>.Create([20, 12, 10], new Random(4));
        var (X, Y) = Data(20, 30);
        var g = single.Backward(single.Forward(ToFloat(X)), ToFloat(Y));
        var expected = twice.Backward(twice.Forward(X), Y);
        Naive.Same(Naive.Values(expected.dW1), g.dW1, 1e-6);
        Naive.Same(Naive.Values(expected.db1), g.db1, 1e-6);
        Naive.Same(Naive.Values(expected.dW2), g.dW2, 1e-6);
        Naive.Same(Naive.Values(expected.db2), g.db2, 1e-6);
    }

    [Fact]
    public void A_batch_in_slices_gives_the_gradients_of_the_whole()
    {
        var network = Network<double>.Create([12, 8, 10], new Random(4));
        var random = new Random(2);
        var examples = new Examples<double>(Matrix.Uniform<double>(12, 5000, 0, 1, random), [.. Enumerable.Range(0, 5000).Select(i => (byte)(i % 10))]);
        var (loss, gradients) = network.LossAndGradients(examples);
        var pass = network.Forward(examples.X);
        var whole = network.Backward(pass, examples.Y);
        Assert.Equal(network.LossOf(pass, examples.Y), loss, 12);
        Naive.Same(Naive.Values(whole.dW1), gradients.dW1, 1e-13);
        Naive.Same(Naive.Values(whole.db1), gradients.db1, 1e-13);
        Naive.Same(Naive.Values(whole.dW2), gradients.dW2, 1e-13);
        Naive.Same(Naive.Values(whole.db2), gradients.db2, 1e-13);
        var (evaluatedLoss, accuracy) = network.Evaluate(examples);
        Assert.Equal(loss, evaluatedLoss, 12);
        Assert.Equal(pass.A2.ArgMaxOfColumns(), network.Predict(examples.X));
        Assert.Equal(network.Predict(examples.X).Zip(examples.Labels).Count(p => p.First == p.Second) / 5000.0, accuracy);
    }

    [Theory]
    [InlineData(Initialisation.He, 2.0 / 784)]
    [InlineData(Initialisation.Xavier, 2.0 / (784 + 100))]
    [InlineData(Initialisation.Original, 1.0 / 784)]
    public void Weights_start_with_the_variance_of_the_notes(Initialisation initialisation, double variance)
    {
        var network = Network<double>.Create([784, 100, 10], new Random(6), initialisation);
        var w = network.W1.ToArray();
        Assert.InRange(w.Average(x => x * x) / variance, 0.97, 1.03);
        Assert.InRange(w.Average() / Math.Sqrt(variance), -0.02, 0.02);
        Assert.Equal(initialisation == Initialisation.Original, network.b1.ToArray().Any(x => x != 0));
    }

    [Fact]
    public void The_originals_start_has_the_variances_of_6_4_in_every_layer()
    {
        var network = Network<double>.Create([50, 400, 300, 500], new Random(6), Initialisation.Original);
        static double Variance(Matrix<double> A) => A.ToArray().Average(x => x * x);
        Assert.InRange(Variance(network.W[0]) * 50, 0.95, 1.05);
        Assert.InRange(Variance(network.W[1]) * (400 + 300), 0.95, 1.05);
        Assert.InRange(Variance(network.W[2]) * (300 + 500), 0.95, 1.05);
        // Few numbers in a bias: the bounds are wide, and still far from any other of the sizes.
        Assert.InRange(Variance(network.b[0]) * 400, 0.75, 1.25);
        Assert.InRange(Variance(network.b[1]) * 300, 0.75, 1.25);
        Assert.InRange(Variance(network.b[2]) * 50, 0.75, 1.25);   // the inputs of the network
    }

    [Fact]
    public void Bad_shapes_are_named()
    {
        var network = Network<float>.Create([784, 10, 10], new Random(1));
        Assert.Contains("784 inputs, but X is 785×3", Assert.Throws<ShapeException>(() => network.Forward(new Matrix<float>(785, 3))).Message);
        Assert.Throws<ShapeException>(() => network.Backward(network.Forward(new Matrix<float>(784, 3)), new Matrix<float>(10, 4)));
        // A single column of labels would pass as a bias in A2 − Y, and the gradients would be wrong without a word.
        Assert.Contains("10×3 and labels 10×1", Assert.Throws<ShapeException>(() => network.Backward(network.Forward(new Matrix<float>(784, 3)), new Matrix<float>(10, 1))).Message);
        Assert.Contains("784-5-10 into a network 784-10-10", Assert.Throws<ShapeException>(() => network.CopyFrom(Network<float>.Create([784, 5, 10], new Random(1)))).Message);
        Assert.Contains("10×3 and 10×1", Assert.Throws<ShapeException>(() => GradientCheck.RelativeError(new(10, 3), new(10, 1))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Examples<float>(new Matrix<float>(784, 2), [1, 2]).Select([2]));
        Assert.Throws<ArgumentException>(() => Network<float>.Create([784], new Random(1)));
        Assert.Throws<ArgumentException>(() => Network<float>.Create([784, 0, 10], new Random(1)));
        Assert.Contains("Layer 2", Assert.Throws<ShapeException>(() => new Network<float>(
            [new(4, 3), new(2, 5)], [new(4, 1), new(2, 1)])).Message);
        Assert.Contains("got 1 and 2", Assert.Throws<ShapeException>(() => new Network<float>([new(4, 3)], [new(4, 1), new(4, 1)])).Message);
        Assert.Contains("b1 must be 4×1", Assert.Throws<ShapeException>(() => new Network<float>([new(4, 3)], [new(3, 1)])).Message);
        Assert.Contains("3 examples", Assert.Throws<ShapeException>(() => new Examples<float>(new Matrix<float>(784, 3), [1, 2])).Message);
    }

    [Fact]
    public void Confusion_matrix_counts_label_and_prediction()
    {
        var counts = ConfusionMatrix.Of([0, 1, 1, 2], [0, 1, 2, 2], 3);
        Assert.Equal(new[,] { { 1, 0, 0 }, { 0, 1, 1 }, { 0, 0, 1 } }, counts);
        Assert.Throws<ArgumentException>(() => ConfusionMatrix.Of([0], [0, 1]));
        Assert.Throws<ArgumentException>(() => ConfusionMatrix.Of([0], [10]));
    }

    private static Matrix<float> ToFloat(Matrix<double> A) => new(A.Rows, A.Columns, [.. A.ToArray().Select(x => (float)x)]);
}
