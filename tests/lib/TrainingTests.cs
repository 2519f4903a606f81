namespace Tests.Lib;

public class TrainingTests
{
    /// <summary>Images that are noise around a pattern for each class: quick to learn.</summary>
    private static Examples<float> Patterns(int count, double noise = 0.3, int seed = 1)
    {
        var random = new Random(seed);
        var patterns = Matrix.Uniform<float>(40, 10, 0, 1, new Random(99));
        var labels = Enumerable.Range(0, count).Select(_ => (byte)random.Next(10)).ToArray();
        var X = patterns.SelectColumns([.. labels.Select(l => (int)l)]) + Matrix.Uniform<float>(40, count, -noise, noise, random);
        return new(X, labels);
    }

    private static Network<float> Net(int seed = 3) => Network<float>.Create([40, 20, 10], new Random(seed));

    [Fact]
    public void Learns_patterns_and_records_each_epoch()
    {
        var seen = new List<EpochResult>();
        var network = Net();
        var history = Training.Train(network, Patterns(600), Patterns(200, seed: 2),
            new() { Epochs = 8, BatchSize = 20, LearningRate = 0.1, OnEpoch = seen.Add }, new Random(1));
        Assert.Equal(Enumerable.Range(0, 9), history.Epochs.Select(e => e.Epoch));
        Assert.Equal(history.Epochs, seen);
        Assert.InRange(history.Epochs[0].TrainingLoss, 2, 5);
        Assert.InRange(history.Last.TrainingAccuracy, 0.99, 1);
        Assert.InRange(history.Last.ValidationAccuracy, 0.97, 1);
        Assert.True(history.Last.TrainingLoss < 0.2);
        Assert.Equal(network.Accuracy(Patterns(600)), history.Last.TrainingAccuracy);
    }

    [Fact]
    public void Memorises_labels_that_have_no_pattern()
    {
        var random = new Random(7);
        var examples = new Examples<float>(Matrix.Uniform<float>(40, 100, 0, 1, random), [.. Enumerable.Range(0, 100).Select(_ => (byte)random.Next(10))]);
        var network = Network<float>.Create([40, 100, 10], new Random(1));
        var history = Training.Train(network, examples, null, new() { Epochs = 600, BatchSize = 10, LearningRate = 0.1, ReportEvery = 600 }, random);
        Assert.Equal(1.0, history.Last.TrainingAccuracy);
        Assert.True(double.IsNaN(history.Last.ValidationLoss));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_on_any_number_of_threads()
    {
        Network<float> Run(int threads)
        {
            var before = Cores.Threads;
            Cores.Threads = threads;
            try
            {
                var network = Network<float>.Create([40, 300, 10], new Random(3));
                Training.Train(network, Patterns(500), null, new() { Epochs = 2, BatchSize = 100 }, new Random(5));
                return network;
            }
            finally
            {
                Cores.Threads = before;
            }
        }
        var (one, again, two) = (Run(1), Run(1), Run(2));
        for (var l = 0; l < 2; l++)
        {
            Naive.SameBits(one.W[l], again.W[l]);
            Naive.SameBits(one.W[l], two.W[l]);
            Naive.SameBits(one.b[l], two.b[l]);
        }
        Assert.NotEqual(one.W1.ToArray(), Net(4).W1.ToArray());
    }

    [Fact]
    public void Full_batch_is_gradient_descent_on_all_examples()
    {
        var (network, byHand, examples) = (Net(), Net(), Patterns(300));
        Training.Train(network, examples, null, new() { Epochs = 3, BatchSize = 0, LearningRate = 0.2 }, new Random(1));
        for (var i = 0; i < 3; i++)
            byHand.Update(byHand.Backward(byHand.Forward(examples.X), examples.Y), 0.2);
        Naive.SameBits(byHand.W1, network.W1);
        Naive.SameBits(byHand.b2, network.b2);
    }

    [Fact]
    public void Every_example_is_used_once_in_an_epoch()
    {
        // With η tiny the parameters hardly move, so four batches of 25 add up to four steps over all 100 examples:
        // an example left out or taken twice would show in the second digit.
        const double Rate = 1e-9;
        var random = new Random(12);
        var examples = new Examples<double>(Matrix.Uniform<double>(8, 100, 0, 1, random), [.. Enumerable.Range(0, 100).Select(_ => (byte)random.Next(10))]);
        var start = Network<double>.Create([8, 6, 10], new Random(3));
        var trained = start.Copy();
        Training.Train(trained, examples, null, new() { Epochs = 1, BatchSize = 25, LearningRate = Rate }, new Random(1));
        var g = start.LossAndGradients(examples).Gradients;
        Naive.Same(Naive.Values(4.0 * g.dW1), 1 / Rate * (start.W1 - trained.W1), 1e-5);
        Naive.Same(Naive.Values(4.0 * g.db2), 1 / Rate * (start.b2 - trained.b2), 1e-5);
    }

    [Fact]
    public void ReportEvery_measures_less_often_but_always_at_the_end()
    {
        var history = Training.Train(Net(), Patterns(50), null, new() { Epochs = 7, ReportEvery = 3 }, new Random(1));
        Assert.Equal([0, 3, 6, 7], history.Epochs.Select(e => e.Epoch));
    }

    [Fact]
    public void A_learning_rate_that_diverges_is_named_and_the_last_good_parameters_stay()
    {
        var network = Net();
        var error = Assert.Throws<DivergedException>(() => Training.Train(network, Patterns(300), null,
            new() { Epochs = 50, BatchSize = 0, LearningRate = 1e20 }, new Random(1)));
        Assert.Contains("learning rate", error.Message);
        Assert.Contains("1E+20", error.Message);
        Assert.Matches("epoch \\d+", error.Message);
        Assert.All(network.W1.ToArray(), w => Assert.True(float.IsFinite(w)));
        Assert.True(double.IsFinite(network.Evaluate(Patterns(300)).Loss));
        Assert.Equal(error.History.Last.TrainingLoss, network.Evaluate(Patterns(300)).Loss);
    }

    [Fact]
    public void Training_that_diverges_later_goes_back_to_the_last_measurement_and_names_the_batch()
    {
        var (network, examples, good) = (Net(), Patterns(60), (Network<float>?)null);
        void Spoil(EpochResult result)
        {
            if (result.Epoch != 2) return;
            good = network.Copy();
            examples.X[0, 0] = float.NaN;
        }
        var error = Assert.Throws<DivergedException>(() => Training.Train(network, examples, null,
            new() { Epochs = 5, BatchSize = 0, OnEpoch = Spoil }, new Random(1)));
        Assert.Contains("epoch 3, in batch 1", error.Message);
        Assert.Contains("parameters of epoch 2", error.Message);
        for (var l = 0; l < 2; l++)
        {
            Naive.SameBits(good!.W[l], network.W[l]);
            Naive.SameBits(good.b[l], network.b[l]);
        }
        Assert.NotEqual(Net().W1.ToArray(), network.W1.ToArray());
    }

    [Fact]
    public void A_loss_that_grows_tenfold_is_divergence_too()
    {
        var network = Net();
        var error = Assert.Throws<DivergedException>(() => Training.Train(network, Patterns(300), null,
            new() { Epochs = 5, BatchSize = 10, LearningRate = 1000 }, new Random(1)));
        Assert.Contains("more than ten times the larger of its value before training", error.Message);
        Assert.Equal(error.History.Last.TrainingLoss, network.Evaluate(Patterns(300)).Loss);
    }

    [Fact]
    public void With_squared_error_large_steps_end_no_training()
    {
        var network = Network<float>.Create([40, 5, 10], new Random(1), loss: Loss.SquaredError);
        var history = Training.Train(network, Patterns(50), null, new() { Epochs = 3, LearningRate = 1000 }, new Random(1));
        Assert.All(history.Epochs, e => Assert.InRange(e.TrainingLoss, 0, 1));
    }

    [Fact]
    public void Data_with_NaN_is_named_before_the_first_step()
    {
        var examples = Patterns(20);
        examples.X[0, 3] = float.NaN;
        var message = Assert.Throws<DivergedException>(() => Training.Train(Net(), examples, null, new(), new Random(1))).Message;
        Assert.Contains("untrained network", message);
        Assert.DoesNotContain("learning rate", message);
    }

    [Fact]
    public void Stops_when_asked()
    {
        using var stop = new CancellationTokenSource();
        var options = new TrainingOptions { Epochs = 1000, Token = stop.Token, OnEpoch = e => { if (e.Epoch == 2) stop.Cancel(); } };
        Assert.Throws<OperationCanceledException>(() => Training.Train(Net(), Patterns(50), null, options, new Random(1)));
    }

    [Fact]
    public void Hyperparameters_out_of_range_are_named()
    {
        void Refused(string part, TrainingOptions options) =>
            Assert.Contains(part, Assert.Throws<ArgumentException>(() => Training.Train(Net(), Patterns(5), null, options, new Random(1))).Message);
        Refused("found -1", new() { Epochs = -1 });
        Refused("BatchSize", new() { BatchSize = -2 });
        Refused("ReportEvery", new() { ReportEvery = 0 });
        Refused("LearningRate", new() { LearningRate = double.NaN });
        Assert.Contains("at least one", Assert.Throws<ArgumentException>(() => Training.Train(Net(), Patterns(0), null, new(), new Random(1))).Message);
    }
}

/// <summary>What training writes, which is tested apart from all else that writes to the console.</summary>
[Collection(nameof(CellsHere))]
public class TrainingNoteTests
{
    [Theory]
    [InlineData(255f, true)]
    [InlineData(-255f, true)]
    [InlineData(5f, false)]
    public void Inputs_far_from_those_it_was_made_for_are_named(float largest, bool isNamed)
    {
        var X = new Matrix<float>(3, 2);
        X[1, 1] = largest;
        var (before, written) = (Console.Out, new StringWriter());
        Console.SetOut(written);
        try
        {
            Training.Train(Network<float>.Create([3, 2, 2], new Random(1)), new Examples<float>(X, [0, 1], 2), null, new() { Epochs = 0 }, new Random(1));
        }
        finally
        {
            Console.SetOut(before);
        }
        Assert.Equal(isNamed, written.ToString().Contains("Note: the inputs go up to 255, and this course was made for 0 to 1.", StringComparison.Ordinal));
    }
}
