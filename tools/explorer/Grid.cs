namespace Explorer;

/// <summary>The runs that the site's page "Explorer" shows: every learning rate with every size and every batch size.</summary>
public static class Grid
{
    /// <summary>η, equation (6.1).</summary>
    public static IReadOnlyList<double> LearningRates { get; } = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];

    /// <summary>h, the units of the one hidden layer.</summary>
    public static IReadOnlyList<int> HiddenUnits { get; } = [2, 8, 16, 32, 64, 128, 256];

    /// <summary>B, equation (6.3); the last one is full-batch gradient descent.</summary>
    public static IReadOnlyList<int> BatchSizes { get; } = [8, 32, 128, 512, TrainingCount];

    public const int Epochs = 20, TrainingCount = 10_000, ValidationCount = 5_000;

    private const int SplitSeed = 1, StartSeed = 2, ShuffleSeed = 3;

    /// <summary>The examples of all runs: from the 60,000 training images, chosen by a fixed seed. The test images stay unseen.</summary>
    /// <param name="folder">Where the MNIST files are; null looks for data/ above the working directory.</param>
    /// <exception cref="BadDataException">A file is missing or is not the published one.</exception>
    public static (Examples<float> Training, Examples<float> Validation) Load(string? folder = null)
    {
        var (training, validation) = Mnist.Split(Mnist.Load(folder).Training, ValidationCount, new Random(SplitSeed));
        return (training.Take(TrainingCount).ToExamples<float>(), validation.ToExamples<float>());
    }

    /// <summary>One run: 784-h-10, ReLU, cross-entropy, He's initialisation, plain gradient descent.</summary>
    /// <remarks>Runs with the same h start from the same parameters; all runs shuffle with the same seed.</remarks>
    public static Run Train(Examples<float> training, Examples<float> validation, double learningRate, int hiddenUnits, int batchSize)
    {
        var network = Network<float>.Create([ImageSet.PixelsPerImage, hiddenUnits, 10], new Random(StartSeed));
        var options = new TrainingOptions { Epochs = Epochs, LearningRate = learningRate, BatchSize = batchSize };
        try
        {
            var history = Training.Train(network, training, validation, options, new Random(ShuffleSeed));
            return Run.Of(history, DeadUnits(network, training), diverged: null);
        }
        catch (DivergedException error)
        {
            return Run.Of(error.History, DeadUnits(network, training), diverged: error.History.Last.Epoch + 1);
        }
    }

    /// <summary>How many hidden units give 0 for every example: their derivatives are 0 as well, so they never learn again.</summary>
    private static int DeadUnits(Network<float> network, Examples<float> examples)
    {
        var A1 = network.Forward(examples.X).A1;   // h×m
        return Enumerable.Range(0, A1.Rows).Count(n => Enumerable.Range(0, A1.Columns).All(j => A1[n, j] == 0));
    }
}

/// <summary>What one run measured, before training and after each epoch.</summary>
/// <param name="TrainingLoss">Four digits of each.</param>
/// <param name="ValidationLoss">Four digits of each.</param>
/// <param name="TrainingErrors">How many of the training images were read wrong.</param>
/// <param name="ValidationErrors">How many of the validation images were read wrong.</param>
/// <param name="DeadUnits">How many hidden units give 0 for every training image, at the last measurement.</param>
/// <param name="Diverged">The epoch in which the loss was lost; null in a run that went to its end.</param>
public sealed record Run(
    IReadOnlyList<double> TrainingLoss, IReadOnlyList<double> ValidationLoss,
    IReadOnlyList<int> TrainingErrors, IReadOnlyList<int> ValidationErrors, int DeadUnits, int? Diverged)
{
    internal static Run Of(TrainingHistory history, int deadUnits, int? diverged) => new(
        [.. history.Epochs.Select(e => Rounded(e.TrainingLoss))],
        [.. history.Epochs.Select(e => Rounded(e.ValidationLoss))],
        [.. history.Epochs.Select(e => Errors(e.TrainingAccuracy, Grid.TrainingCount))],
        [.. history.Epochs.Select(e => Errors(e.ValidationAccuracy, Grid.ValidationCount))],
        deadUnits, diverged);

    private static int Errors(double accuracy, int count) => (int)Math.Round((1 - accuracy) * count);

    private static double Rounded(double loss) =>
        double.Parse(loss.ToString("G4", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The file of the page: what was run, and what came out.</summary>
/// <param name="Runs">In the order of learning rates, in each the hidden units, in each the batch sizes.</param>
/// <param name="Seconds">How long all runs took together, loading the data not counted.</param>
public sealed record GridFile(
    string Date, string Machine, double Seconds, int Epochs, int TrainingCount, int ValidationCount,
    IReadOnlyList<double> LearningRates, IReadOnlyList<int> HiddenUnits, IReadOnlyList<int> BatchSizes, IReadOnlyList<Run> Runs)
{
    /// <summary>The run of one cell.</summary>
    public Run At(double learningRate, int hiddenUnits, int batchSize) =>
        Runs[(IndexOf(LearningRates, learningRate) * HiddenUnits.Count + IndexOf(HiddenUnits, hiddenUnits)) * BatchSizes.Count
            + IndexOf(BatchSizes, batchSize)];

    private static int IndexOf<T>(IReadOnlyList<T> values, T value) => values.ToList().IndexOf(value) is >= 0 and var index
        ? index
        : throw new ArgumentException($"The grid has {string.Join(", ", values)}, but not {value}.");
}
