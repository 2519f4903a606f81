namespace Tests.Lib;

/// <summary>Dropout, the price on weights, early stopping, and examples that change from epoch to epoch.</summary>
public class RegularisationTests
{
    private static Examples<T> Noise<T>(int count, int seed) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        return new(Matrix.Uniform<T>(12, count, 0, 1, random), [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(10))]);
    }

    private static Network<float> Trained(TrainingOptions options, int threads = 1, Func<Examples<float>, Random, Examples<float>>? augment = null)
    {
        var before = Cores.Threads;
        Cores.Threads = threads;
        try
        {
            var network = Network<float>.Create([12, 200, 10], new Random(3));
            Training.Train(network, Noise<float>(400, 1), null, options, new Random(5), augment);
            return network;
        }
        finally
        {
            Cores.Threads = before;
        }
    }

    private static void SameBits<T>(Network<T> expected, Network<T> actual) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        for (var l = 0; l < expected.W.Length; l++)
        {
            Naive.SameBits(expected.W[l], actual.W[l]);
            Naive.SameBits(expected.b[l], actual.b[l]);
        }
    }

    [Theory]
    [InlineData(Activation.ReLU, Loss.CrossEntropy)]
    [InlineData(Activation.Tanh, Loss.CrossEntropy)]
    [InlineData(Activation.Sigmoid, Loss.SquaredError)]
    public void Gradients_with_a_fixed_mask_agree_with_finite_differences(Activation g, Loss loss)
    {
        var network = Network<double>.Create([12, 7, 6, 10], new Random(4), Initialisation.Original, g, loss);
        var examples = Noise<double>(8, 2);
        var D = Dropout.Masks(network, examples.Count, 0.4, new Random(6));
        var gradients = network.Backward(network.Forward(examples.X, D), examples.Y);
        double LossNow() => network.LossOf(network.Forward(examples.X, D), examples.Y);
        for (var l = 0; l < network.W.Length; l++)
        {
            Assert.InRange(GradientCheck.RelativeError(gradients.dW[l], GradientCheck.Numerical(LossNow, network.W[l])), 0, 1e-6);
            Assert.InRange(GradientCheck.RelativeError(gradients.db[l], GradientCheck.Numerical(LossNow, network.b[l])), 0, 1e-6);
        }
        var without = network.Backward(network.Forward(examples.X), examples.Y);
        Assert.True(GradientCheck.RelativeError(without.dW1, gradients.dW1) > 0.1, "the mask must matter");
    }

    [Fact]
    public void The_price_on_weights_has_the_gradient_of_the_notes_and_decay_takes_its_step()
    {
        const double Lambda = 0.3, Rate = 0.2;
        var network = Network<double>.Create([12, 7, 10], new Random(4), Initialisation.Original);
        var examples = Noise<double>(8, 2);
        double Priced() => network.Evaluate(examples).Loss + Lambda / 2 * network.W.Sum(W => W.Hadamard(W).Sum());   // (7.3)
        var gradients = network.LossAndGradients(examples).Gradients;
        Matrix<double>[] priced = [.. network.W.Zip(gradients.dW, (W, dW) => dW + Lambda * W)];                       // (7.4)
        for (var l = 0; l < 2; l++)
            Assert.InRange(GradientCheck.RelativeError(priced[l], GradientCheck.Numerical(Priced, network.W[l])), 0, 1e-6);
        var expected = network.W1 - Rate * priced[0];
        new UpdateRule<double>(network, new() { WeightDecay = Lambda }).Step(gradients, Rate);                        // (9.8)
        Naive.Same(Naive.Values(expected), network.W1, 1e-14);
    }

    [Fact]
    public void Masks_leave_out_the_share_that_was_asked_for_and_keep_the_mean()
    {
        var network = Network<float>.Create([12, 50, 40, 10], new Random(1));
        var masks = Dropout.Masks(network, 500, 0.2, new Random(1));
        Assert.Equal(["50×500", "40×500"], masks.Select(D => D.Shape));
        Assert.Equal([0f, 1.25f], masks[0].ToArray().Distinct().Order());
        Assert.InRange(masks[0].Sum() / 25_000, 0.98, 1.02);
        Assert.All(Dropout.Masks(network, 3, 0, new Random(1))[1].ToArray(), d => Assert.Equal(1, d));
        Assert.NotEqual(masks[0].ToArray(), Dropout.Masks(network, 500, 0.2, new Random(2))[0].ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => Dropout.Masks(network, 3, 1, new Random(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Dropout.Masks(network, 3, double.NaN, new Random(1)));
    }

    [Fact]
    public void Entries_of_masks_do_not_depend_on_each_other()
    {
        // 40 steps of a run: 40·80·50 = 160,000 entries of each of two layers.
        const double P = 0.2;
        const int Steps = 40, Units = 80, Examples = 50;
        var (network, random) = (Network<double>.Create([3, Units, Units, 2], new Random(1)), new Random(7));
        var masks = Enumerable.Range(0, Steps).Select(_ => Dropout.Masks(network, Examples, P, random)).ToArray();
        double[][] steps = [.. masks.Select(D => D[0].ToArray().Select(d => d == 0 ? 1.0 : 0).ToArray())];
        double[][] others = [.. masks.Select(D => D[1].ToArray().Select(d => d == 0 ? 1.0 : 0).ToArray())];
        Assert.All(masks, D => Assert.All(D[0].ToArray(), d => Assert.True(d is 0 or 1 / (1 - P))));
        Assert.Equal(P, steps.Average(D => D.Average()), 0.004);   // a standard error of 0.001
        // Each unit, each example and each step leaves out its share: errors of 0.009, 0.007 and 0.006.
        for (var n = 0; n < Units; n++) Assert.Equal(P, steps.Average(D => Enumerable.Range(0, Examples).Average(j => D[j * Units + n])), 0.04);
        for (var j = 0; j < Examples; j++) Assert.Equal(P, steps.Average(D => D.AsSpan(j * Units, Units).ToArray().Average()), 0.035);
        Assert.All(steps, D => Assert.Equal(P, D.Average(), 0.03));
        // Both of two are left out with p·p: neighbours, the same unit for the next examples, in the next steps, in the other layer.
        foreach (var apart in new[] { 1, 2, 3, 8, 16, 79, 80, 81, 160, 400 })
            Assert.Equal(P * P, steps.Average(D => Enumerable.Range(0, D.Length - apart).Average(i => D[i] * D[i + apart])), 0.0025);
        for (var apart = 1; apart < 4; apart++)
            Assert.Equal(P * P, Enumerable.Range(apart, Steps - apart).Average(s => steps[s].Zip(steps[s - apart], (a, b) => a * b).Average()), 0.0025);
        Assert.Equal(P * P, steps.Zip(others, (a, b) => a.Zip(b, (x, y) => x * y).Average()).Average(), 0.0025);
        // So many of a column are left out as of a binomial distribution: mean 16, variance 12.8, with an error of 0.4.
        double[] left = [.. steps.SelectMany(D => D.Chunk(Units).Select(column => column.Sum()))];
        Assert.Equal(P * (1 - P) * Units, left.Average(x => (x - P * Units) * (x - P * Units)), 1.8);
    }

    /// <summary>A stored mask: the same seed gives it in every version and in every client.</summary>
    [Fact]
    public void A_seed_gives_the_mask_that_it_always_gave() =>
        Assert.Equal("0010110111011111011000111110111000100001", string.Concat(Dropout.Masks(Network<float>.Create([3, 8, 2], new Random(1)), 5, 0.5, new Random(1))[0].ToArray().Select(d => d == 0 ? '0' : '1')));

    [Fact]
    public void Masks_of_the_wrong_number_or_shape_are_named()
    {
        var network = Network<float>.Create([12, 5, 10], new Random(1));
        var X = Noise<float>(4, 1).X;
        Assert.Contains("1, but there are 2", Assert.Throws<ShapeException>(() => network.Forward(X, [new(5, 4), new(5, 4)])).Message);
        Assert.Contains("5×4", Assert.Throws<ShapeException>(() => network.Forward(X, [new(5, 3)])).Message);
    }

    [Fact]
    public void A_batch_of_many_slices_uses_its_own_part_of_the_mask()
    {
        var network = Network<double>.Create([12, 6, 10], new Random(1));
        var examples = Noise<double>(5000, 3);
        var D = Dropout.Masks(network, 5000, 0.5, new Random(2));
        var (loss, gradients) = network.LossAndGradients(examples, D);
        var pass = network.Forward(examples.X, D);
        Assert.Equal(network.LossOf(pass, examples.Y), loss, 1e-12);
        Naive.Same(Naive.Values(network.Backward(pass, examples.Y).dW1), gradients.dW1, 1e-13);
    }

    [Fact]
    public void A_step_with_dropout_is_the_step_with_the_masks_that_the_generator_gives()
    {
        var examples = Noise<double>(30, 1);
        var network = Network<double>.Create([12, 9, 10], new Random(3));
        var byHand = network.Copy();
        var history = Training.Train(network, examples, null, new() { Epochs = 1, BatchSize = 0, Dropout = 0.5 }, new Random(5));
        byHand.Update(byHand.LossAndGradients(examples, Dropout.Masks(byHand, 30, 0.5, new Random(5))).Gradients, 0.1);
        SameBits(byHand, network);
        Assert.Equal(network.Evaluate(examples).Loss, history.Last.TrainingLoss);   // measured without a mask
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_with_everything_switched_on()
    {
        var options = new TrainingOptions { Epochs = 2, BatchSize = 64, Optimiser = Optimiser.Adam, LearningRate = 0.01, WeightDecay = 0.01, Dropout = 0.3, Decay = 0.9 };
        static Examples<float> Jitter(Examples<float> e, Random random) => new(e.X + Matrix.Uniform<float>(12, e.Count, -0.1, 0.1, random), e.Labels);
        var one = Trained(options, 1, Jitter);
        SameBits(one, Trained(options, 1, Jitter));
        SameBits(one, Trained(options, 2, Jitter));
        SameBits(one, Trained(options, Environment.ProcessorCount, Jitter));
        Assert.NotEqual(one.W1.ToArray(), Trained(options).W1.ToArray());
    }

    [Fact]
    public void Options_that_are_off_change_no_bit()
    {
        var plain = Trained(new() { Epochs = 2 });
        SameBits(plain, Trained(new() { Epochs = 2, Momentum = 0.5, Beta2 = 0.5, Decay = 1, Dropout = 0, WeightDecay = 0 }));
        // Plain gradient descent as it is written in the notes, with the same batches.
        var byHand = Network<float>.Create([12, 200, 10], new Random(3));
        var (examples, random) = (Noise<float>(400, 1), new Random(5));
        for (var epoch = 0; epoch < 2; epoch++)
            foreach (var batch in Training.Batches(400, 64, random))
                byHand.Update(byHand.LossAndGradients(examples.Select(batch)).Gradients, 0.1);
        SameBits(byHand, plain);
    }

    [Fact]
    public void Every_epoch_gets_examples_of_its_own_and_they_are_what_it_learns_from()
    {
        var examples = Noise<double>(20, 1);
        var seen = new List<int>();
        Examples<double> Shifted(Examples<double> e, Random random)
        {
            lock (seen) seen.Add(random.Next());
            return new(e.X + Matrix.Fill(12, 1, (double)seen.Count), e.Labels);
        }
        var network = Network<double>.Create([12, 9, 10], new Random(3));
        var byHand = network.Copy();
        Training.Train(network, examples, null, new() { Epochs = 3, BatchSize = 0 }, new Random(5), Shifted);
        Assert.Equal(3, seen.Distinct().Count());
        for (var epoch = 1; epoch <= 3; epoch++)
            byHand.Update(byHand.LossAndGradients(new(examples.X + Matrix.Fill(12, 1, (double)epoch), examples.Labels)).Gradients, 0.1);
        SameBits(byHand, network);
    }

    [Fact]
    public void What_augment_throws_is_told()
    {
        Assert.Equal("no more paper", Assert.Throws<InvalidOperationException>(() =>
            Trained(new() { Epochs = 2 }, 1, (_, _) => throw new InvalidOperationException("no more paper"))).Message);
        Assert.Contains("augment", Assert.Throws<ArgumentException>(() => Trained(new() { Epochs = 2 }, 1, (e, _) => e.Take(0))).Message);
        Assert.Throws<ShapeException>(() => Trained(new() { Epochs = 2 }, 1, (e, _) => new(new(5, e.Count), e.Labels)));
    }

    [Fact]
    public void Early_stopping_ends_after_its_patience_and_gives_the_best_parameters_back()
    {
        // Labels without a pattern: what is learnt of the training examples only harms elsewhere.
        var (training, validation) = (Noise<float>(60, 1), Noise<float>(200, 2));
        var network = Network<float>.Create([12, 60, 10], new Random(3));
        var kept = new List<Network<float>>();
        var options = new TrainingOptions { Epochs = 200, BatchSize = 10, LearningRate = 0.05, Patience = 4, OnEpoch = _ => kept.Add(network.Copy()) };
        var history = Training.Train(network, training, validation, options, new Random(1));
        Assert.True(history.Last.Epoch < 200);
        Assert.Equal(4, history.Last.Epoch - history.Best.Epoch);
        Assert.All(history.Epochs, e => Assert.True(e.ValidationLoss >= history.Best.ValidationLoss));
        SameBits(kept[history.Best.Epoch], network);
        Assert.Equal(history.Best.ValidationLoss, network.Evaluate(validation).Loss);
    }

    [Fact]
    public void Early_stopping_that_is_never_reached_still_keeps_the_best()
    {
        var network = Network<float>.Create([12, 60, 10], new Random(3));
        var validation = Noise<float>(200, 2);
        var history = Training.Train(network, Noise<float>(60, 1), validation, new() { Epochs = 20, BatchSize = 10, Patience = 1000 }, new Random(1));
        Assert.Equal(20, history.Last.Epoch);
        Assert.True(history.Best.Epoch < 20);
        Assert.Equal(history.Best.ValidationLoss, network.Evaluate(validation).Loss);
    }

    [Fact]
    public void There_is_no_best_epoch_without_a_validation_set()
    {
        var history = Training.Train(Network<float>.Create([12, 5, 10], new Random(3)), Noise<float>(20, 1), null, new() { Epochs = 1 }, new Random(1));
        Assert.Contains("validation", Assert.Throws<InvalidOperationException>(() => history.Best).Message);
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        void Refused(string part, TrainingOptions options) =>
            Assert.Contains(part, Assert.Throws<ArgumentException>(() => Trained(options)).Message);
        Refused("Decay above 0", new() { Decay = 0 });
        Refused("Decay", new() { Decay = 1.1 });
        Refused("Decay", new() { Decay = double.NaN });
        Refused("Optimiser", new() { Optimiser = (Optimiser)7 });
        Refused("Momentum of 0 or more and below 1; found 1", new() { Momentum = 1 });
        Refused("Momentum", new() { Momentum = -0.1 });
        Refused("Beta2", new() { Beta2 = 1 });
        Refused("WeightDecay", new() { WeightDecay = -1 });
        Refused("WeightDecay", new() { WeightDecay = double.PositiveInfinity });
        Refused("Dropout", new() { Dropout = 1 });
        Refused("Dropout", new() { Dropout = double.NaN });
        Refused("Patience of 0 or more", new() { Patience = -1 });
        Refused("validation", new() { Patience = 2 });
    }
}
