using System.Numerics;
using System.Runtime.Intrinsics;
using CsCheck;

namespace Tests.Lib;

/// <summary>The fused training step against the plain equations of <see cref="Network{T}"/>.</summary>
public class FusedStepTests
{
    // Both sum the same products in another order. A sum of n numbers of the size s is off by about √n·u·s, u the
    // rounding unit (6e-8 for float, 1e-16 for double). The sums here have up to 400 terms of the size 1 and go through
    // two layers: a few hundred u. Parameters are of the size 1.
    private const double FloatTolerance = 5e-5, DoubleTolerance = 1e-13;

    private static double Tolerance<T>() => typeof(T) == typeof(float) ? FloatTolerance : DoubleTolerance;

    private static readonly Gen<(int Inputs, int Hidden, int Classes, int Examples, int Batch, double Density, int Seed)> Cases =
        Gen.Select(
            Gen.OneOf(Gen.Int[1, 40], Gen.Int[90, 400]),
            Gen.OneOf(Gen.Int[1, 20], Gen.Const(16), Gen.Int[60, 200]),
            Gen.Int[1, 17],
            Gen.Int[1, 90],
            Gen.Int[1, 64],
            Gen.OneOf(Gen.Const(0.0), Gen.Const(1.0), Gen.Double[0.05, 0.6]),
            Gen.Int);

    private static (Network<T> Network, Examples<T> Examples) Problem<T>(int inputs, int hidden, int classes, int examples, double density, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        var X = Matrix.Uniform<T>(inputs, examples, 0, 1, random).Map(x => random.NextDouble() < density ? x : T.Zero);
        var labels = Enumerable.Range(0, examples).Select(_ => (byte)random.Next(classes)).ToArray();
        var network = Network<T>.Create([inputs, hidden, classes], random);
        foreach (var b in network.b) b.CopyFrom(Matrix.Uniform<T>(b.Rows, 1, -0.5, 0.5, random));
        return (network, new(X, labels, classes));
    }

    private static FusedStep<T> Fused<T>(Network<T> network, Examples<T> examples, int largestBatch, PanelKernels<T>? kernels = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(network.Sizes, new(0, 0, 0, 0), 0, examples.X.Memory, examples.Y.Memory, Seam<T>.Memories(network.W), Seam<T>.Memories(network.b), [], [], largestBatch, kernels);

    /// <summary>The step as training makes it: with the plain equations where the fused one declines.</summary>
    private static TrainingStep<float> Steps(Network<float> network, Examples<float> examples, int largestBatch)
    {
        var step = TrainingStep<float>.Make(network, new() { BatchSize = largestBatch }, new Random(0));
        step.Take(examples);
        return step;
    }

    private static double PlainStep<T>(Network<T> network, Examples<T> examples, int[] batch, double rate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (loss, gradients) = network.LossAndGradients(examples.Select(batch));
        if (double.IsFinite(loss)) network.Update(gradients, rate);   // as in training, which ends there
        return loss;
    }

    private static void Same<T>(Network<T> expected, Network<T> actual, double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var l = 0; l < 2; l++)
        {
            Naive.Same(Naive.Values(expected.W[l]), actual.W[l], tolerance);
            Naive.Same(Naive.Values(expected.b[l]), actual.b[l], tolerance);
        }
    }

    private static void SameBits<T>(Network<T> expected, Network<T> actual) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var l = 0; l < 2; l++)
        {
            Naive.SameBits(expected.W[l], actual.W[l]);
            Naive.SameBits(expected.b[l], actual.b[l]);
        }
    }

    /// <summary>Whether an entry of Z1 lies within the rounding of its sum from 0. There one sum may be above and the other below,
    /// the derivative of the ReLU 1 here and 0 there, and both are right.</summary>
    private static bool HasKink<T>(Network<T> network, Matrix<T> X) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var z in network.Forward(X).Z1.ToPlain().Span)
            if (Math.Abs(double.CreateChecked(z)) < Tolerance<T>() / 16)
                return true;
        return false;
    }

    /// <returns>Whether all was compared, and not only what came before a kink.</returns>
    private static bool EpochsAgree<T>(int inputs, int hidden, int classes, int count, int batchSize, double density, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        EpochsAgree(new PanelKernels<T, Vector512<T>, Register512<T>>(), inputs, hidden, classes, count, batchSize, density, seed)
        & EpochsAgree(new PanelKernels<T, Vector<T>, Register<T>>(), inputs, hidden, classes, count, batchSize, density, seed)
        & EpochsAgree(new PrecompiledKernels<T>(), inputs, hidden, classes, count, batchSize, density, seed);

    private static bool EpochsAgree<T>(PanelKernels<T> kernels, int inputs, int hidden, int classes, int count, int batchSize, double density, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (network, examples) = Problem<T>(inputs, hidden, classes, count, density, seed);
        var plain = network.Copy();
        using var step = Fused<T>(network, examples, Math.Min(batchSize, count), kernels);
        var isWhole = true;
        foreach (var batch in Training.Batches(count, batchSize, new Random(seed)).Take(5))
        {
            if (HasKink(plain, examples.Select(batch).X))
            {
                isWhole = false;
                break;
            }
            var expected = PlainStep(plain, examples, batch, 0.1);
            Assert.Equal(expected, step.Step(batch, 0.1)!.Value, 20 * Tolerance<T>());
        }
        step.Store();
        Same(plain, network, Tolerance<T>());
        return isWhole;
    }

    [Fact, Trait("Time", "long")]
    public void Steps_equal_the_plain_equations_on_random_shapes()
    {
        var (all, whole) = (0, 0);
        Cases.Sample(c =>
        {
            Interlocked.Increment(ref all);
            if (EpochsAgree<float>(c.Inputs, c.Hidden, c.Classes, c.Examples, c.Batch, c.Density, c.Seed)
                & EpochsAgree<double>(c.Inputs, c.Hidden, c.Classes, c.Examples, c.Batch, c.Density, c.Seed))
                Interlocked.Increment(ref whole);
        }, iter: 150);
        Assert.True(whole > all * 3 / 4, $"Only {whole} of {all} cases were compared to their end.");
    }

    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(1, 1, 2, 3, 2)]          // the last batch is smaller
    [InlineData(784, 10, 10, 700, 700)]  // a large batch, cut into groups of examples
    [InlineData(784, 10, 10, 257, 257)]
    [InlineData(784, 10, 10, 256, 256)]
    [InlineData(100, 130, 10, 1100, 400)]
    [InlineData(784, 128, 10, 200, 64)]
    [InlineData(784, 270, 10, 150, 60)]  // so many panels that lists by pixel are made, of batches that are not too small
    [InlineData(100, 300, 3, 700, 300)]
    [InlineData(96, 64, 3, 50, 7)]
    [InlineData(97, 65, 3, 50, 7)]
    public void Steps_equal_the_plain_equations(int inputs, int hidden, int classes, int count, int batch)
    {
        Assert.True(EpochsAgree<float>(inputs, hidden, classes, count, batch, 0.2, 1));
        Assert.True(EpochsAgree<double>(inputs, hidden, classes, count, batch, 0.2, 1));
    }

    [Theory]
    [InlineData(784, 10, 700, 1.0)]    // all pixels are greys k/255, or in one of three images k/254
    [InlineData(784, 6, 400, 1.0)]     // so few units that registers hold pixels
    [InlineData(37, 9, 301, 1.0)]      // the last chunk of pixels is shorter
    [InlineData(5, 10, 300, 1.0)]      // there is only one, and it is shorter
    [InlineData(784, 5, 300, 1.0)]
    [InlineData(784, 11, 300, 1.0)]
    [InlineData(784, 10, 700, 0.99)]   // one in a hundred is not, so some bands have tables of their own
    [InlineData(300, 40, 301, 0.9)]
    [InlineData(300, 130, 257, 0.0)]
    [InlineData(1, 1, 300, 1.0)]
    public void Pixels_of_greys_and_all_examples_in_order_equal_the_plain_equations(int inputs, int hidden, int count, double share)
    {
        AllInOrder<float>();
        AllInOrder<double>();

        void AllInOrder<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            foreach (var kernels in new PanelKernels<T>[] { new PanelKernels<T, Vector512<T>, Register512<T>>(), new PanelKernels<T, Vector<T>, Register<T>>(), new PrecompiledKernels<T>() })
            {
                var (network, examples) = Problem<T>(inputs, hidden, 10, count, 0.2, 7);
                var random = new Random(8);
                for (var j = 0; j < count; j++)
                {
                    var white = T.CreateChecked(j % 3 == 0 ? 254 : 255);   // as images whose lightest pixel is 254, by (1.3)
                    foreach (ref var x in examples.X.ColumnSpan(j))
                        if (random.NextDouble() < share) x = T.Round(white * x) / white;
                }
                var plain = network.Copy();
                int[] all = [.. Enumerable.Range(0, count)], reversed = [.. all.Reverse()], few = [.. all.Where(j => j % 3 == 0).Take(50)];
                using var step = Fused<T>(network, examples, count, kernels);
                foreach (var batch in new[] { all, all, reversed, few, all })
                    Assert.Equal(PlainStep(plain, examples, batch, 0.1), step.Step(batch, 0.1)!.Value, 20 * Tolerance<T>());
                step.Store();
                Same(plain, network, Tolerance<T>());
            }
        }
    }

    [Theory]
    [InlineData(10, 600)]
    [InlineData(128, 64)]
    [InlineData(100, 32)]
    [InlineData(300, 64)]
    [InlineData(800, 128)]   // pairs of panels, and lists by pixel, of each thread
    [InlineData(300, 500)]
    [InlineData(10, 1200)]   // all in order
    [InlineData(20, 1200)]
    public void The_same_bits_on_any_number_of_threads(int hidden, int batchSize)
    {
        (Network<float> Network, double Loss) Run(int threads)
        {
            var before = Cores.Threads;
            Cores.Threads = threads;
            try
            {
                var (network, examples) = Problem<float>(784, hidden, 10, 1200, 0.2, 5);
                using var step = Fused<float>(network, examples, batchSize);
                var batches = batchSize == 1200 ? [[.. Enumerable.Range(0, 1200)]] : Training.Batches(1200, batchSize, new Random(2));
                var losses = batches.Select(batch => step.Step(batch, 0.1)!.Value).ToArray();
                step.Store();
                return (network, losses.Sum());
            }
            finally
            {
                Cores.Threads = before;
            }
        }
        var one = Run(1);
        foreach (var threads in new[] { 1, 2, 3, 7 })
        {
            var other = Run(threads);
            Assert.Equal(one.Loss, other.Loss);
            SameBits(one.Network, other.Network);
        }
    }

    [Theory]
    [InlineData(float.NaN, 0)]
    [InlineData(float.PositiveInfinity, 0)]
    [InlineData(float.NegativeInfinity, 1)]
    [InlineData(float.NaN, 2)]
    [InlineData(float.PositiveInfinity, 3)]
    [InlineData(float.NegativeInfinity, 3)]
    [InlineData(float.MaxValue, 0)]
    [InlineData(float.MinValue, 0)]
    [InlineData(float.MinValue, 2)]
    [InlineData(float.NaN, 4)]
    [InlineData(float.PositiveInfinity, 4)]
    [InlineData(float.MaxValue, 4)]
    public void NaN_and_infinity_pass_through_as_in_the_plain_code(float bad, int where)
    {
        // Where 0 to 3 it stands in a parameter; the weight in W1 belongs to a pixel that is 0 in every example.
        var (network, examples) = Problem<float>(50, 20, 10, 40, 0.3, 3);
        for (var j = 0; j < 40; j++) examples.X[7, j] = 0;
        Matrix<float>[] parameters = [network.W1, network.b1, network.W2, network.b2, examples.X];
        var target = parameters[where];
        target[target.Rows > 5 ? 5 : 0, target.Columns > 7 ? 7 : 0] = bad;
        var plain = network.Copy();
        int[] batch = [.. Enumerable.Range(0, 16)];
        using var step = Steps(network, examples, 16);
        for (var i = 0; i < 2; i++)
            Assert.Equal(PlainStep(plain, examples, batch, 0.1), step.On(batch, 0.1), (a, b) => a.Equals(b) || Math.Abs(a - b) < 1e-4);
        step.Store();
        Same(plain, network, FloatTolerance);
    }

    /// <summary>TensorPrimitives.MaxMagnitude gives the number with its sign; a bound must not.</summary>
    [Fact]
    public void The_largest_parameter_may_be_negative()
    {
        var (network, examples) = Problem<float>(50, 20, 10, 40, 0.3, 3);
        network.b1[3, 0] = -1e25f;
        using var step = Fused<float>(network, examples, 40);
        Assert.Null(step.Step(new[] { 1, 2, 3 }, 0.1));
    }

    [Fact]
    public void A_step_into_infinity_is_the_plain_step()
    {
        var (network, examples) = Problem<float>(50, 20, 10, 40, 0.3, 3);
        var plain = network.Copy();
        int[] batch = [.. Enumerable.Range(0, 40)];
        using var step = Steps(network, examples, 40);
        for (var i = 0; i < 4; i++)
        {
            var (expected, found) = (PlainStep(plain, examples, batch, 1e30), step.On(batch, 1e30));
            Assert.Equal(double.IsFinite(expected), double.IsFinite(found));
        }
        step.Store();
        Assert.Equal(plain.W1.ToArray().Select(float.IsFinite), network.W1.ToArray().Select(float.IsFinite));
    }

    [Fact]
    public void Takes_no_memory_after_the_first_steps()
    {
        var (network, examples) = Problem<float>(784, 100, 10, 500, 0.2, 3);
        var batches = Training.Batches(500, 50, new Random(1)).ToArray();
        using var step = Fused<float>(network, examples, 500);
        int[] all = [.. Enumerable.Range(0, 500)];
        void Epoch()
        {
            foreach (var batch in batches) step.Step(batch, 0.01);
            step.Step(all, 0.01);
        }
        long Allocated()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Epoch();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        // The runtime takes some for itself when a thread waits for the first time, or a method is compiled anew.
        Assert.Contains(0, Enumerable.Range(0, 8).Select(_ => Allocated()));
    }

    [Fact]
    public void Fits_only_networks_and_examples_of_its_kind()
    {
        var (network, examples) = Problem<float>(30, 5, 10, 40, 0.2, 1);
        Assert.True(Fits(network, examples));
        Assert.False(Fits(network, Problem<float>(30, 5, 10, 40, 1, 1).Examples));
        Assert.False(Fits(Network<float>.Create([30, 5, 5, 10], new Random(1)), examples));
        Assert.False(Fits(Network<float>.Create([30, 10], new Random(1)), examples));
        Assert.False(Fits(new(network.W, network.b, Activation.Tanh), examples));
        Assert.False(Fits(new(network.W, network.b, loss: Loss.SquaredError), examples));

        static bool Fits(Network<float> network, Examples<float> examples)
        {
            using var step = FusedStep<float>.Begin(network.Sizes, (int)network.Hidden, (int)network.Loss, 0, 0, 0, 0, 0, examples.X.Memory, examples.Y.Memory,
                Seam<float>.Memories(network.W), Seam<float>.Memories(network.b), [], [], 8);
            return step != null;
        }
    }

    [Fact]
    public void A_network_of_transposed_views_is_trained_by_the_equations()
    {
        var (network, examples) = Problem<float>(30, 5, 10, 40, 0.2, 1);
        Network<float> views = new([network.W1.Transposed.Copy().Transposed, network.W2.Copy()], [network.b1.Copy(), network.b2.Copy()]);
        using var step = Steps(views, examples, 40);
        int[] batch = [.. Enumerable.Range(0, 40)];
        Assert.Equal(PlainStep(network, examples, batch, 0.1), step.On(batch, 0.1));
        step.Store();
        Same(network, views, FloatTolerance);
    }

    [Fact]
    public void Batches_that_cannot_be_are_named()
    {
        var (network, examples) = Problem<float>(30, 5, 10, 40, 0.2, 1);
        using var step = Fused<float>(network, examples, 8);
        Assert.Contains("1 to 8 examples; found 9", Assert.Throws<ArgumentException>(() => step.Step(new int[9], 0.1)).Message);
        Assert.Contains("no example 40", Assert.Throws<ArgumentOutOfRangeException>(() => step.Step(new[] { 3, 40 }, 0.1)).Message);
    }

    [Fact]
    public void Training_takes_it_and_comes_to_the_same()
    {
        var (network, examples) = Problem<double>(200, 30, 10, 500, 0.2, 4);
        var plain = network.Copy();
        var options = new TrainingOptions { Epochs = 3, BatchSize = 32, LearningRate = 0.1 };
        var history = Training.Train(network, examples, examples, options, new Random(6));
        var random = new Random(6);
        for (var epoch = 0; epoch < 3; epoch++)
            foreach (var batch in Training.Batches(500, 32, random)) PlainStep(plain, examples, batch, 0.1);
        Same(plain, network, 1e-12);
        Assert.Equal(plain.Evaluate(examples).Loss, history.Last.ValidationLoss, 1e-12);
        Assert.Equal(history.Last.TrainingLoss, history.Last.ValidationLoss, 1e-12);
    }

    [Theory]
    [InlineData(Optimiser.Momentum, 0, 32)]
    [InlineData(Optimiser.Adam, 0, 32)]
    [InlineData(Optimiser.GradientDescent, 0.01, 32)]
    [InlineData(Optimiser.Momentum, 0.01, 0)]
    public void Training_by_another_rule_takes_its_gradients_and_comes_to_the_same(Optimiser optimiser, double weightDecay, int batchSize)
    {
        var (network, examples) = Problem<double>(200, 30, 10, 500, 0.2, 4);
        var plain = network.Copy();
        var options = new TrainingOptions { Optimiser = optimiser, WeightDecay = weightDecay, Epochs = 3, BatchSize = batchSize, LearningRate = 0.01, Decay = 0.9 };
        // Other examples in each epoch: the fast part must take them up.
        Training.Train(network, examples, null, options, new Random(6), (all, random) => all.Select([.. Enumerable.Range(0, all.Count - random.Next(20))]));
        var random = new Random(6);
        var rule = new UpdateRule<double>(plain, options);
        var next = new Random(random.Next());   // the generator of the next epoch is drawn before the shuffle of this one
        for (var epoch = 1; epoch <= 3; epoch++)
        {
            var count = 500 - next.Next(20);
            if (epoch < 3) next = new Random(random.Next());
            var batches = batchSize == 0 ? [[.. Enumerable.Range(0, count)]] : Training.Batches(count, batchSize, random);
            foreach (var batch in batches)
                rule.Step(plain.LossAndGradients(examples.Select(batch)).Gradients, 0.01 * Math.Pow(0.9, epoch - 1));
        }
        // Adam divides by the root of the gradient's mean square, which makes much of small differences.
        Same(plain, network, optimiser == Optimiser.Adam ? 1e-7 : 1e-12);
    }

    [Fact]
    public void Training_that_is_stopped_keeps_the_parameters_of_the_last_step()
    {
        var (network, examples) = Problem<float>(200, 30, 10, 500, 0.2, 4);
        var start = network.Copy();
        using var stop = new CancellationTokenSource();
        var options = new TrainingOptions { Epochs = 1000, BatchSize = 32, Token = stop.Token, OnEpoch = e => { if (e.Epoch == 2) stop.Cancel(); } };
        Assert.Throws<OperationCanceledException>(() => Training.Train(network, examples, null, options, new Random(1)));
        Assert.True(network.Evaluate(examples).Loss < start.Evaluate(examples).Loss);
    }

    [Theory]
    [InlineData(128, 1, 1)]
    [InlineData(128, 5, 1)]
    [InlineData(128, 6, 2)]
    [InlineData(800, 1, 2)]
    [InlineData(10, 64, 1)]     // one panel
    [InlineData(10, 300, 2)]    // shared out by examples
    public void Threads_share_a_step_that_is_worth_it(int hidden, int batch, int threads)
    {
        var before = Cores.Threads;
        Cores.Threads = 2;
        try
        {
            var (network, examples) = Problem<float>(50, hidden, 10, 300, 0.2, 1);
            using var step = Fused<float>(network, examples, batch);
            Assert.Equal(threads, step.Threads);
        }
        finally
        {
            Cores.Threads = before;
        }
    }

    [Fact]
    public void A_crew_meets_in_the_midst_of_its_work()
    {
        using var crew = new Crew(3);
        var (written, sums) = (new int[3], new int[3]);
        for (var i = 1; i < 200; i++)
        {
            crew.Run(thread =>
            {
                written[thread] = i;
                crew.Meet(thread);
                crew.Share(piece => sums[piece] = written.Sum() + piece);
                written[thread] = sums.Sum();
            });
            Assert.Equal([3 * i, 3 * i + 1, 3 * i + 2], sums);
            Assert.Equal([9 * i + 3, 9 * i + 3, 9 * i + 3], written);
            if (i % 50 == 0) Thread.Sleep(2);
        }
        using var one = new Crew(1);
        one.Run(thread =>
        {
            one.Meet(thread);
            one.Share(piece => sums[piece] = 7);
        });
        Assert.Equal(7, sums[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Nobody_waits_for_a_thread_that_failed(int failing)
    {
        using var crew = new Crew(3);
        var error = Record.Exception(() => crew.Run(thread =>
        {
            if (thread == failing) throw new ArithmeticException("deliberate");
            crew.Meet(thread);
            crew.Share(_ => { });
        }));
        Assert.Contains("deliberate", error?.Message);
    }

    [Fact]
    public void A_crew_says_what_went_wrong_in_a_thread_and_does_not_hang()
    {
        using var crew = new Crew(3);
        var sum = 0;
        for (var i = 0; i < 200; i++)
        {
            crew.Run(thread => Interlocked.Add(ref sum, thread));
            if (i % 50 == 0) Thread.Sleep(2);   // long enough for the others to go to sleep
        }
        Assert.Equal(200 * 3, sum);
        Assert.Contains("deliberate", Assert.Throws<InvalidOperationException>(() => crew.Run(thread =>
        {
            if (thread == 1) throw new ArithmeticException("deliberate");
        })).Message);
        Assert.Throws<FormatException>(() => crew.Run(thread => throw new FormatException()));
    }
}
