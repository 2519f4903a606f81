namespace Tests.Lib;

public class ActivationAndLossTests
{
    private static readonly Matrix<double> Z = Matrix.FromRows<double>([[-3, -0.5, 0.25], [2, 0.7, -1.3]]);

    [Theory]
    [InlineData(Activation.ReLU)]
    [InlineData(Activation.Sigmoid)]
    [InlineData(Activation.Tanh)]
    public void No_examples_give_no_outputs(Activation activation)
    {
        var network = Network<double>.Create([3, 2, 2], new Random(1), hidden: activation);
        Assert.Equal("2×0", network.Forward(new(3, 0)).Output.Shape);
        Assert.Equal("2×0", Activations.Derivative(activation, new Matrix<double>(2, 0)).Shape);
    }

    [Fact]
    public void Activation_functions_at_known_points()
    {
        var z = Matrix.FromColumn<double>([-2, 0, 3]);
        Assert.Equal([0, 0, 3], Activations.ReLU(z).ToArray());
        Assert.Equal([0, 0, 1], Activations.ReLUDerivative(z).ToArray());
        Naive.Same(new[,] { { 1 / (1 + Math.Exp(2)) }, { 0.5 }, { 1 / (1 + Math.Exp(-3)) } }, Activations.Sigmoid(z), 1e-15);
        Naive.Same(new[,] { { Math.Tanh(-2) }, { 0 }, { Math.Tanh(3) } }, Activations.Tanh(z), 1e-15);
    }

    [Theory]
    [InlineData(Activation.ReLU)]
    [InlineData(Activation.Sigmoid)]
    [InlineData(Activation.Tanh)]
    public void Derivatives_are_the_slopes(Activation g)
    {
        const double Epsilon = 1e-6;
        var step = Matrix.Fill(Z.Rows, Z.Columns, Epsilon);
        var slope = (1 / (2 * Epsilon)) * (Activations.Apply(g, Z + step) - Activations.Apply(g, Z - step));
        Naive.Same(Naive.Values(slope), Activations.Derivative(g, Z), 1e-9);
    }

    [Theory]
    [InlineData(Activation.ReLU)]
    [InlineData(Activation.Sigmoid)]
    [InlineData(Activation.Tanh)]
    public void Activations_do_not_overflow_and_keep_NaN(Activation g)
    {
        var z = Matrix.FromColumn<float>([-1e30f, 1e30f, float.NaN]);
        var a = Activations.Apply(g, z);
        Assert.Equal(g == Activation.Tanh ? -1f : 0f, a[0, 0]);
        Assert.Equal(g == Activation.ReLU ? 1e30f : 1f, a[1, 0]);
        Assert.True(float.IsNaN(a[2, 0]));
    }

    [Fact]
    public void Softmax_agrees_with_its_definition_and_sums_to_one()
    {
        var z = Matrix.Uniform<double>(10, 7, -5, 5, new Random(3));
        Naive.Same(Naive.Softmax(Naive.Values(z)), Losses.Softmax(z), 1e-15);
        foreach (var sum in Losses.Softmax(z).ColumnSums().ToArray()) Assert.Equal(1, sum, 14);
        Naive.Same(Naive.Values(Losses.Softmax(z).Map(Math.Log)), Losses.LogSoftmax(z), 1e-13);
    }

    [Fact]
    public void Softmax_takes_the_maximum_of_each_example_and_cannot_overflow()
    {
        // Were the maximum of the whole matrix taken, every number of the second column would become 0/0.
        var z = Matrix.FromRows<float>([[1e4f, -1e4f], [0f, -1e4f + 1]]);
        var a = Losses.Softmax(z);
        Assert.Equal([1f, 0f], [a[0, 0], a[1, 0]]);
        Assert.Equal(1 / (1 + Math.E), a[0, 1], 1e-6);
        Assert.Equal(-1e4f, Losses.LogSoftmax(z)[1, 0]);
        Assert.Equal(1e4, Losses.CrossEntropy(z.Column(0), Matrix.OneHot<float>([1], 2)), 1e-3);
    }

    [Fact]
    public void One_hot_has_a_single_one_in_each_column()
    {
        Naive.Same(new double[,] { { 0, 0 }, { 1, 0 }, { 0, 1 } }, Matrix.OneHot<double>([1, 2], 3), 0);
        Assert.Contains("Label 1 is 10", Assert.Throws<ArgumentOutOfRangeException>(() => Matrix.OneHot<float>([9, 10])).Message);
    }

    [Fact]
    public void Guessing_evenly_costs_the_logarithm_of_ten() =>
        Assert.Equal(Math.Log(10), Losses.CrossEntropy(new Matrix<double>(10, 4), Matrix.OneHot<double>([1, 2, 3, 4])), 14);

    [Fact]
    public void Cross_entropy_agrees_with_its_definition()
    {
        var z = Matrix.Uniform<double>(10, 6, -4, 4, new Random(8));
        byte[] labels = [3, 1, 4, 1, 5, 9];
        var a = Naive.Softmax(Naive.Values(z));
        var expected = -labels.Select((label, j) => Math.Log(a[label, j])).Sum() / 6;
        Assert.Equal(expected, Losses.CrossEntropy(z, Matrix.OneHot<double>(labels)), 13);
    }

    [Fact]
    public void An_impossible_class_that_is_not_the_label_costs_nothing() =>
        Assert.Equal(0, Losses.CrossEntropy(Matrix.FromColumn([0, double.NegativeInfinity]), Matrix.OneHot<double>([0], 2)));

    [Fact]
    public void Squared_error_of_a_hand_worked_example() =>
        // Column 0 is right; column 1 is off by 0.6 and −0.6: (0 + 0.36 + 0.36)/(2·2).
        Assert.Equal(0.18, Losses.SquaredError(Matrix.FromRows<double>([[1, 0.6], [0, 0.4]]), Matrix.OneHot<double>([0, 1], 2)), 14);

    [Fact]
    public void Losses_refuse_labels_of_another_shape()
    {
        Assert.Contains("10×4", Assert.Throws<ShapeException>(() => Losses.CrossEntropy(new Matrix<float>(10, 4), new Matrix<float>(10, 5))).Message);
        Assert.Throws<ShapeException>(() => Losses.SquaredError(new Matrix<float>(10, 4), new Matrix<float>(10, 1)));
    }

    [Fact]
    public void NaN_in_the_output_is_NaN_in_the_loss() =>
        Assert.True(double.IsNaN(Losses.CrossEntropy(Matrix.Fill(10, 1, float.NaN), Matrix.OneHot<float>([0]))));
}
