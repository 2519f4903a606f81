namespace Tests.Lib;

/// <summary>What an optimiser does with a gradient: against plain loops in double, and against PyTorch.</summary>
public class OptimiserTests
{
    private const double Rate = 0.05, Mu = 0.8, Beta2 = 0.95, Lambda = 0.1;

    /// <summary>Three steps with gradients that are given, on all parameters of a small network.</summary>
    private static (Network<double> Before, Network<double> After, Gradients<double>[] Gradients) ThreeSteps(TrainingOptions options)
    {
        var network = Network<double>.Create([4, 3, 2], new Random(1), Initialisation.Original);
        var random = new Random(2);
        Gradients<double>[] gradients = [.. Enumerable.Range(0, 3).Select(_ => new Gradients<double>(
            [Matrix.Uniform<double>(3, 4, -1, 1, random), Matrix.Uniform<double>(2, 3, -1, 1, random)],
            [Matrix.Uniform<double>(3, 1, -1, 1, random), Matrix.Uniform<double>(2, 1, -1, 1, random)]))];
        var after = network.Copy();
        var rule = new UpdateRule<double>(after, options);
        foreach (var g in gradients) rule.Step(g, Rate);
        return (network, after, gradients);
    }

    /// <summary>Compares with a rule for a single number: (parameter, its gradients, whether it is a weight) to the new value.</summary>
    private static void AgreesWith(TrainingOptions options, Func<double, double[], bool, double> byHand)
    {
        var (before, after, gradients) = ThreeSteps(options);
        for (var l = 0; l < 2; l++)
        {
            Compare(before.W[l], after.W[l], [.. gradients.Select(g => g.dW[l])], isWeight: true);
            Compare(before.b[l], after.b[l], [.. gradients.Select(g => g.db[l])], isWeight: false);
        }

        void Compare(Matrix<double> start, Matrix<double> end, Matrix<double>[] d, bool isWeight)
        {
            for (var i = 0; i < start.Rows; i++)
                for (var j = 0; j < start.Columns; j++)
                    Assert.Equal(byHand(start[i, j], [.. d.Select(g => g[i, j])], isWeight), end[i, j], 1e-12);
        }
    }

    [Fact]
    public void Gradient_descent_goes_against_each_gradient() =>
        AgreesWith(new(), (w, gradients, _) => w - Rate * gradients.Sum());

    [Fact]
    public void Momentum_agrees_with_a_plain_loop() =>
        AgreesWith(new() { Optimiser = Optimiser.Momentum, Momentum = Mu }, (w, gradients, _) =>
        {
            var v = 0.0;
            foreach (var g in gradients)
            {
                v = Mu * v + g;
                w -= Rate * v;
            }
            return w;
        });

    [Theory]
    [InlineData(0)]
    [InlineData(Lambda)]
    public void Adam_agrees_with_a_plain_loop(double lambda) =>
        AgreesWith(new() { Optimiser = Optimiser.Adam, Momentum = Mu, Beta2 = Beta2, WeightDecay = lambda }, (w, gradients, isWeight) =>
        {
            var (m, s, t) = (0.0, 0.0, 0);
            foreach (var g in gradients)
            {
                t++;
                m = Mu * m + (1 - Mu) * g;
                s = Beta2 * s + (1 - Beta2) * g * g;
                var (mHat, sHat) = (m / (1 - Math.Pow(Mu, t)), s / (1 - Math.Pow(Beta2, t)));
                if (isWeight) w -= Rate * lambda * w;
                w -= Rate * mHat / (Math.Sqrt(sHat) + 1e-8);
            }
            return w;
        });

    [Fact]
    public void Weight_decay_shrinks_weights_and_spares_biases() =>
        AgreesWith(new() { WeightDecay = Lambda }, (w, gradients, isWeight) =>
        {
            foreach (var g in gradients) w = (isWeight ? 1 - Rate * Lambda : 1) * w - Rate * g;
            return w;
        });

    [Fact]
    public void Weight_decay_with_momentum_stays_outside_of_the_velocity() =>
        AgreesWith(new() { Optimiser = Optimiser.Momentum, Momentum = Mu, WeightDecay = Lambda }, (w, gradients, isWeight) =>
        {
            var v = 0.0;
            foreach (var g in gradients)
            {
                v = Mu * v + g;
                w = (isWeight ? 1 - Rate * Lambda : 1) * w - Rate * v;
            }
            return w;
        });

    [Fact]
    public void Adams_first_step_has_the_length_of_the_learning_rate_whatever_the_gradient()
    {
        var network = Network<double>.Create([4, 3, 2], new Random(1));
        var (before, gradients) = (network.Copy(), UpdateRule<double>.Zeros(network));
        gradients.dW1[0, 0] = 1000;
        gradients.dW1[1, 2] = -0.001;
        new UpdateRule<double>(network, new() { Optimiser = Optimiser.Adam }).Step(gradients, Rate);
        Assert.Equal(before.W1[0, 0] - Rate, network.W1[0, 0], 1e-6);
        Assert.Equal(before.W1[1, 2] + Rate, network.W1[1, 2], 1e-6);
        Assert.Equal(before.W1[2, 3], network.W1[2, 3]);   // no gradient: 0/(0 + ε), no step
    }

    [Fact]
    public void A_parameter_that_is_a_transposed_view_gets_the_same_step()
    {
        foreach (var optimiser in Enum.GetValues<Optimiser>())
        {
            var plain = Network<double>.Create([4, 3, 2], new Random(1));
            var view = new Network<double>([plain.W1.Transposed.Copy().Transposed, plain.W2.Transposed.Copy().Transposed], [plain.b1.Copy(), plain.b2.Copy()]);
            var random = new Random(3);
            var gradients = plain.Backward(plain.Forward(Matrix.Uniform<double>(4, 5, 0, 1, random)), Matrix.OneHot<double>([0, 1, 0, 1, 1], 2));
            var options = new TrainingOptions { Optimiser = optimiser, WeightDecay = Lambda };
            new UpdateRule<double>(plain, options).Step(gradients, Rate);
            new UpdateRule<double>(view, options).Step(gradients, Rate);
            Naive.SameBits(plain.W1, view.W1);
            Naive.SameBits(plain.W2, view.W2);
        }
    }

    [Fact]
    public void Decay_shortens_the_steps_from_epoch_to_epoch()
    {
        var random = new Random(4);
        var examples = new Examples<double>(Matrix.Uniform<double>(4, 6, 0, 1, random), [0, 1, 0, 1, 1, 0], 2);
        var network = Network<double>.Create([4, 3, 2], new Random(1));
        var byHand = network.Copy();
        Training.Train(network, examples, null, new() { Epochs = 3, BatchSize = 0, LearningRate = 0.4, Decay = 0.5 }, new Random(1));
        foreach (var rate in new[] { 0.4, 0.2, 0.1 })
            byHand.Update(byHand.LossAndGradients(examples).Gradients, rate);
        Naive.SameBits(byHand.W1, network.W1);
    }

    /// <summary>
    /// Three full-batch steps of torch.optim.SGD(lr=0.5, momentum=0.9), Adam(lr=0.05) and AdamW(lr=0.05, weight_decay=0.1
    /// for the weights, 0 for the biases) on this network and these examples in float64; PyTorch 1.13.0, Debian's
    /// python3-torch, run by hand in November 2026. Numbers column after column.
    /// </summary>
    [Theory]
    [InlineData(Optimiser.Momentum, 0.5, 0.0,
        new[] { 0.70591691181997485, -0.63685554941263489, -0.44181231305989738, 1.3249441846347119, 0.78004746949826764, 0.25989324692247534 },
        new[] { 0.14549728873433113, 0.14309184490165144 },
        new[] { 0.94525366957490775, -0.045253669574907715, -0.74428589793842004, 0.94428589793841999 },
        new[] { 0.1150555916106995, -0.11505559161069945 })]
    [InlineData(Optimiser.Adam, 0.05, 0.0,
        new[] { 0.64993843203901125, -0.59609115413543512, -0.44853215280364883, 1.0463916815302861, 0.67917880495829042, 0.2134412998722327 },
        new[] { 0.11450303857283277, -0.064721666343143913 },
        new[] { 0.84903111766895711, 0.050968882331042915, -0.54931949726332341, 0.74931949726332348 },
        new[] { 0.060811183403679372, -0.060811183403679421 })]
    [InlineData(Optimiser.Adam, 0.05, 0.1,
        new[] { 0.641738819019948, -0.58741127824689676, -0.44336308938905233, 1.0322536537358993, 0.66691674917348109, 0.21159956755579373 },
        new[] { 0.11424636909571359, -0.064576294635441289 },
        new[] { 0.83786424689497763, 0.048703140605022566, -0.54261058340291934, 0.73962555840291933 },
        new[] { 0.060566610695383383, -0.060566610695383424 })]
    public void Three_epochs_agree_with_PyTorch(Optimiser optimiser, double rate, double decay, double[] W1, double[] b1, double[] W2, double[] b2)
    {
        var network = new Network<double>(
            [new(2, 3, [0.5, -0.6, -0.3, 0.9, 0.8, 0.1]), new(2, 2, [0.7, 0.2, -0.4, 0.6])],
            [new(2, 1, [0.1, -0.2]), new(2, 1, [0.05, -0.05])]);
        var examples = new Examples<double>(new(3, 4, [1, 0.3, 0, 0.2, 1, 0.6, 0.5, 0.4, 1, 0, 0.9, 0.7]), [0, 1, 0, 1], 2);
        Training.Train(network, examples, null,
            new() { Epochs = 3, BatchSize = 0, Optimiser = optimiser, LearningRate = rate, WeightDecay = decay }, new Random(1));
        foreach (var (expected, found) in new[] { (W1, network.W1), (b1, network.b1), (W2, network.W2), (b2, network.b2) })
            Assert.All(expected.Zip(found.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }
}
