namespace Tests.Lib;

public class BackwardCheckTests
{
    private const int Inputs = 7, Hidden = 5, Classes = 3, Count = 4;
    private static readonly string[] s_names = ["dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1"];

    private static (Network<double> Network, Matrix<double> X, Matrix<double> Y) Given(Activation g = Activation.ReLU, Loss loss = Loss.CrossEntropy)
    {
        var random = new Random(3);
        var X = Matrix.Uniform<double>(Inputs, Count, 0, 1, random);
        return (Network<double>.Create([Inputs, Hidden, Classes], random, Initialisation.Original, g, loss), X, Matrix.OneHot<double>([2, 0, 1, 2], Classes));
    }

    /// <summary>The seven lines as the notes have them, for every activation function and loss.</summary>
    private static Matrix<double>?[] Right(Network<double> network, Matrix<double> X, Matrix<double> Y)
    {
        var p = network.Forward(X);
        var G = p.A2 - Y;
        var dZ2 = network.Loss == Loss.CrossEntropy ? G : p.A2.Hadamard(G - Matrix.Fill(Classes, 1, 1.0) * G.Hadamard(p.A2).ColumnSums());   // (5.4), (5.11)
        var dA1 = network.W2.Transposed * dZ2;
        var dZ1 = dA1.Hadamard(Activations.Derivative(network.Hidden, p.Z1));
        var over = 1.0 / X.Columns;
        return [dZ2, over * dZ2 * p.A1.Transposed, over * dZ2.RowSums(), dA1, dZ1, over * dZ1 * X.Transposed, over * dZ1.RowSums()];
    }

    private static string Answer(Network<double> network, Matrix<double> X, Matrix<double> Y, Matrix<double>?[] seven) =>
        BackwardCheck.FirstWrong(network, X, Y, seven[0], seven[1], seven[2], seven[3], seven[4], seven[5], seven[6]);

    [Theory]
    [InlineData(Activation.ReLU, Loss.CrossEntropy), InlineData(Activation.Sigmoid, Loss.CrossEntropy), InlineData(Activation.Tanh, Loss.SquaredError)]
    public void Seven_right_lines_are_right_and_nothing_is_changed(Activation g, Loss loss)
    {
        var (network, X, Y) = Given(g, loss);
        var before = network.Copy();
        Assert.Equal("✓ dZ2  ✓ dW2  ✓ db2  ✓ dA1  ✓ dZ1  ✓ dW1  ✓ db1  all seven are right", Answer(network, X, Y, Right(network, X, Y)));
        Assert.Equal(before.W1.ToArray(), network.W1.ToArray());
        Assert.Equal(before.b2.ToArray(), network.b2.ToArray());
    }

    /// <summary>Each of the seven is made wrong by itself: one entry, the factor m, its sign, NaN, another shape, or it is missing.</summary>
    [Theory, InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6)]
    public void The_first_wrong_quantity_is_named(int which)
    {
        var (network, X, Y) = Given();
        string With(Func<Matrix<double>, Matrix<double>?> change)
        {
            var seven = Right(network, X, Y);
            seven[which] = change(seven[which]!);
            // What comes later is wrong as well, and must not be spoken of.
            if (which < 6) seven[6] = null;
            return Answer(network, X, Y, seven);
        }
        var right = string.Concat(s_names[..which].Select(name => $"✓ {name}  "));
        var (name, of) = (s_names[which], s_names[which][1..]);

        Assert.StartsWith($"{right}next: {name}, equation (5.{which + 4}), ", With(_ => null));
        Assert.StartsWith($"{right}✗ {name} is {(name[1] == 'b' ? "1×" : "")}", With(value => value.Transposed));
        Assert.EndsWith($", the shape of {of}", With(value => value.Transposed));
        Assert.Equal($"{right}✗ {name} is wrong: {Count} times too large, and m is {Count}", With(value => (double)Count * value));
        Assert.Equal($"{right}✗ {name} is wrong: {Count} times too small, and m is {Count}", With(value => 1.0 / Count * value));
        Assert.StartsWith($"{right}✗ {name} is wrong at [", With(value => -value));
        foreach (var wrong in new[] { 5, double.NaN })
        {
            var answer = With(value =>
            {
                var changed = value.Copy();
                changed[2, 0] = wrong;
                return changed;
            });
            Assert.StartsWith($"{right}✗ {name} is wrong at [2, 0]: found {(double.IsNaN(wrong) ? "NaN" : "5.000000")}, but moving {of}[2, 0] gives ", answer);
        }
    }

    /// <summary>The mistake of the original, and a gate that was forgotten.</summary>
    [Fact]
    public void Mistakes_that_have_the_right_shape_are_found()
    {
        var (network, X, Y) = Given();
        var seven = Right(network, X, Y);
        seven[2] = Matrix.Fill(Classes, 1, 1.0 / Count * seven[0]!.Sum());
        Assert.StartsWith("✓ dZ2  ✓ dW2  ✗ db2 is wrong at [", Answer(network, X, Y, seven));
        seven = Right(network, X, Y);
        Assert.Contains(0, network.Forward(X).A1.ToArray());   // a closed gate
        seven[4] = seven[3];
        Assert.StartsWith("✓ dZ2  ✓ dW2  ✓ db2  ✓ dA1  ✗ dZ1 is wrong at [", Answer(network, X, Y, seven));
    }

    [Fact]
    public void Other_networks_are_refused()
    {
        var (_, X, Y) = Given();
        var deep = Network<double>.Create([Inputs, 4, 4, Classes], new Random(1));
        Assert.Contains("one hidden layer; this one has 2", Assert.Throws<ArgumentException>(() => BackwardCheck.FirstWrong(deep, X, Y)).Message);
    }
}
