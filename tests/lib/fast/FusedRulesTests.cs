using CsCheck;

namespace Tests.Lib;

/// <summary>Momentum, Adam, weight decay and dropout on the fused step, against the plain equations.</summary>
public sealed class FusedRulesTests
{
    // In double the two differ by rounding, 1e-13 or so (FusedStepTests); Adam divides a gradient by its own size and 1e-8,
    // which makes 1e-5 of that, and takes η of it.
    private const double Tolerance = 1e-7;

    private static readonly Gen<TrainingOptions> Rules =
        from optimiser in Gen.Enum<Optimiser>()
        from momentum in Gen.OneOf(Gen.Const(0.0), Gen.Const(0.5), Gen.Const(0.9))
        from beta2 in Gen.OneOf(Gen.Const(0.9), Gen.Const(0.999))
        from decay in Gen.OneOf(Gen.Const(0.0), Gen.Const(0.01), Gen.Const(0.3))
        from dropout in Gen.OneOf(Gen.Const(0.0), Gen.Const(0.2), Gen.Const(0.7))
        from batchSize in Gen.OneOf(Gen.Const(0), Gen.Const(1), Gen.Const(7), Gen.Const(32), Gen.Const(300))
        select new TrainingOptions
        {
            Epochs = 2, LearningRate = optimiser == Optimiser.Adam ? 0.003 : 0.05, Decay = 0.9, BatchSize = batchSize,
            Optimiser = optimiser, Momentum = momentum, Beta2 = beta2, WeightDecay = decay, Dropout = dropout
        };

    [Fact]
    public void Every_rule_comes_to_the_same_as_the_equations() =>
        Gen.Select(Rules, Gen.Int[1, 70], Gen.Int[2, 400], Gen.Int[0, 1000]).Sample((rule, hidden, count, seed) =>
        {
            var (fused, plain) = (Trained<double>(rule, hidden, count, seed, isFused: true), Trained<double>(rule, hidden, count, seed, isFused: false));
            Same(plain.Network, fused.Network, Tolerance);
            Assert.Equal(plain.Loss, fused.Loss, 1e-6);
        }, iter: 80);

    /// <summary>In float the plain and the fused sums differ in the seventh digit, and Adam makes whole steps of such a difference where the gradient is nothing else.</summary>
    [Theory]
    [InlineData(Optimiser.Momentum)]
    [InlineData(Optimiser.Adam)]
    public void In_float_the_loss_is_the_same(Optimiser optimiser)
    {
        var rule = new TrainingOptions { Epochs = 3, BatchSize = 32, Optimiser = optimiser, LearningRate = 0.002, WeightDecay = 0.01, Dropout = 0.2 };
        var (fused, plain) = (Trained<float>(rule, 40, 500, 1, isFused: true), Trained<float>(rule, 40, 500, 1, isFused: false));
        Assert.Equal(plain.Loss, fused.Loss, 1e-3);
        Assert.True(fused.Loss < Trained<float>(rule with { Epochs = 0 }, 40, 500, 1, isFused: true).Loss - 0.01);
    }

    [Theory]
    [InlineData(Optimiser.GradientDescent, 32)]
    [InlineData(Optimiser.Momentum, 300)]
    [InlineData(Optimiser.Adam, 32)]
    public void The_number_of_threads_changes_no_bit(Optimiser optimiser, int batchSize)
    {
        var rule = new TrainingOptions { Epochs = 2, BatchSize = batchSize, Optimiser = optimiser, LearningRate = 0.01, WeightDecay = 0.1, Dropout = 0.3 };
        var before = Cores.Threads;
        try
        {
            Cores.Threads = 1;
            var one = Trained<float>(rule, 200, 400, 1, isFused: true).Network;
            Cores.Threads = 3;
            var three = Trained<float>(rule, 200, 400, 1, isFused: true).Network;
            for (var l = 0; l < 2; l++)
            {
                Naive.SameBits(one.W[l], three.W[l]);
                Naive.SameBits(one.b[l], three.b[l]);
            }
        }
        finally
        {
            Cores.Threads = before;
        }
    }

    /// <summary>Where numbers are too large for the fused step the equations make the step, and both remember the same.</summary>
    [Theory]
    [InlineData(Optimiser.Momentum)]
    [InlineData(Optimiser.Adam)]
    public void What_a_rule_remembers_goes_to_and_fro_between_the_two(Optimiser optimiser)
    {
        var options = new TrainingOptions { BatchSize = 8, Optimiser = optimiser, WeightDecay = 0.01 };
        var (network, examples) = Problem<double>(12, 40, 2);
        var (fused, plain) = (network.Copy(), network.Copy());
        using var steps = new SeamStep<double>(fused, options, new Random(1));
        using var equations = new TrainingStep<double>(plain, options, new Random(1));
        steps.Take(examples);
        equations.Take(examples);
        for (var step = 0; step < 9; step++)
        {
            // For three steps one bias is so large that the fused step declines; negative, it switches its unit off and harms nothing.
            var large = step is >= 3 and < 6 ? -1e15 : 0.1;
            steps.Store();
            (fused.b[0][0, 0], plain.b[0][0, 0]) = (large, large);
            steps.Load();
            int[] batch = [.. Enumerable.Range(step, 8)];
            var (expected, actual) = (equations.On(batch, 0.01), steps.On(batch, 0.01));
            Assert.Equal(expected, actual, 1e-6);
        }
        steps.Store();
        Same(plain, fused, 1e-5);
    }

    [Fact]
    public void Adam_without_a_bound_for_its_steps_is_left_to_the_equations()
    {
        Assert.True(Rule<float>.IsBounded(2, 0.9, 0.999));
        Assert.False(Rule<float>.IsBounded(2, 0.9, 0.5));
        Assert.False(Rule<float>.IsBounded(3, 0.9, 0.999));
        var rule = new TrainingOptions { Epochs = 1, Optimiser = Optimiser.Adam, Momentum = 0.9, Beta2 = 0.5, LearningRate = 0.001 };
        Same(Trained<double>(rule, 10, 50, 1, isFused: false).Network, Trained<double>(rule, 10, 50, 1, isFused: true).Network, 0);
    }

    /// <summary>The bound that IsBounded promises, against gradients that try to break it: many small ones, then a large one.</summary>
    [Fact]
    public void No_step_of_Adam_is_longer_than_its_bound()
    {
        var rule = new Rule<double>(2, 0.9, 0.999, 0);
        double[] x = [0], m = [0], s = [0];
        var bound = 0.0;
        for (var t = 1; t <= 300; t++)
        {
            Assert.True(rule.Begin(0.001, 1, t));
            rule.Apply(x, m, s, [t % 100 == 0 ? 1e6 : 1e-6], decays: false);
            (bound, _) = rule.Bounds(bound, 0, 1e6);
            Assert.True(Math.Abs(x[0]) <= bound);
        }
        Assert.True(double.IsNaN(rule.Bounds(bound, 0, double.NaN).OfX));
        Assert.False(rule.Begin(double.NaN, 1, 1));
    }

    /// <summary>The steps of a training run, by the routines of the seam or by the equations.</summary>
    private static (Network<T> Network, double Loss) Trained<T>(TrainingOptions rule, int hidden, int count, int seed, bool isFused)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var (network, examples) = Problem<T>(hidden, count, seed);
        var random = new Random(seed);
        using var steps = isFused ? new SeamStep<T>(network, rule, random) : new TrainingStep<T>(network, rule, random);
        steps.Take(examples);
        for (var epoch = 1; epoch <= rule.Epochs; epoch++)
            foreach (var batch in rule.BatchSize == 0 ? [[.. Enumerable.Range(0, count)]] : Training.Batches(count, rule.BatchSize, random))
                steps.On(batch, rule.LearningRate * Math.Pow(rule.Decay, epoch - 1));
        steps.Store();
        return (network, network.LossOf(network.Forward(examples.X), examples.Y));
    }

    private static (Network<T> Network, Examples<T> Examples) Problem<T>(int hidden, int count, int seed)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        var X = Matrix.Uniform<T>(60, count, 0, 1, random).Map(x => random.NextDouble() < 0.3 ? x : T.Zero);
        return (Network<T>.Create([60, hidden, 5], random), new(X, [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(5))], 5));
    }

    private static void Same<T>(Network<T> expected, Network<T> actual, double tolerance) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        for (var l = 0; l < 2; l++)
        {
            Naive.Same(Naive.Values(expected.W[l]), actual.W[l], tolerance);
            Naive.Same(Naive.Values(expected.b[l]), actual.b[l], tolerance);
        }
    }
}
