using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using System.Numerics.Tensors;
using System.Threading;
using System.Threading.Tasks;

#nullable enable

// Training: the options, the rules that turn a gradient into a step, dropout, the loop, early stopping; sections 6, 7 and 9
// of my_note.md.

/// <summary>How a gradient becomes a step.</summary>
public enum Optimiser
{
    /// <summary>Against the gradient, equation (6.1).</summary>
    GradientDescent,
    /// <summary>Against the sum of all gradients, old ones counting less, equations (9.1) and (9.2).</summary>
    Momentum,
    /// <summary>A step of its own for each parameter, from running means, equations (9.3) to (9.6) (Kingma and Ba 2015).</summary>
    Adam
}

/// <summary>The hyperparameters of a training run. What is not named is off, so that new TrainingOptions() is plain gradient descent.</summary>
public sealed record TrainingOptions
{
    /// <summary>How often all examples are gone through.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>B, the examples of one step; 0 takes all of them (full-batch gradient descent).</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>η, the length of a step, equation (6.1). For Adam, 0.001 is usual.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>γ, by which the learning rate is multiplied after each epoch, equation (9.7): above 0, at most 1, which leaves it as it is.</summary>
    public double Decay { get; init; } = 1;

    /// <summary>How a gradient becomes a step.</summary>
    public Optimiser Optimiser { get; init; } = Optimiser.GradientDescent;

    /// <summary>μ of (9.1), or β1 of (9.3): the share of the old gradients that is kept, 0 or more and below 1. Plain gradient descent has no use for it.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>β2 of (9.4), 0 or more and below 1, for Adam only.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>λ, how fast the weights decay, equation (9.8): 0 or more; 0 is without. Biases do not decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>p, the probability with which a hidden unit is left out of a step, equation (9.9): 0 or more and below 1; 0 is without.</summary>
    public double Dropout { get; init; }

    /// <summary>
    /// Early stopping, equation (7.2): training ends after so many measurements without a lower validation loss, and the
    /// network gets back the parameters with the lowest one. 0: it goes through all epochs and keeps the last.
    /// </summary>
    public int Patience { get; init; }

    /// <summary>Loss and accuracy are measured before the first epoch and after every so many epochs, and after the last.</summary>
    public int ReportEvery { get; init; } = 1;

    /// <summary>Called with each measurement, for a progress line or a moving curve.</summary>
    public Action<EpochResult>? OnEpoch { get; init; }

    /// <summary>Stops training between two steps; the network keeps the parameters it has then.</summary>
    public CancellationToken Token { get; init; }
}

/// <summary>One measurement. Losses are means over the examples, accuracies lie between 0 and 1; validation is NaN when there is none.</summary>
/// <param name="Epoch">How many epochs were done; 0 is the untrained network.</param>
/// <param name="TrainingLoss">Over all training examples.</param>
/// <param name="TrainingAccuracy">Over all training examples.</param>
/// <param name="ValidationLoss">Over all validation examples.</param>
/// <param name="ValidationAccuracy">Over all validation examples.</param>
public sealed record EpochResult(int Epoch, double TrainingLoss, double TrainingAccuracy, double ValidationLoss, double ValidationAccuracy);

/// <summary>The measurements of a training run, in order.</summary>
public sealed class TrainingHistory
{
    private readonly List<EpochResult> epochs = [];

    /// <summary>The measurements, the untrained network first.</summary>
    public IReadOnlyList<EpochResult> Epochs => epochs;

    /// <summary>The last measurement.</summary>
    public EpochResult Last => epochs[^1];

    /// <summary>The measurement with the lowest validation loss, the first of them where several are equal: e* of (7.2).</summary>
    /// <exception cref="InvalidOperationException">There was no validation set, or it never had a finite loss.</exception>
    public EpochResult Best => epochs.Where(e => double.IsFinite(e.ValidationLoss)).MinBy(e => e.ValidationLoss)   // (7.2)
        ?? throw new InvalidOperationException("The best epoch is that with the lowest validation loss; expected a validation set with finite losses, found none. Hand one to Training.Train.");

    /// <summary>How many measurements have followed the one with the lowest validation loss.</summary>
    internal int SinceBest { get; private set; }

    internal void Add(EpochResult result)
    {
        epochs.Add(result);
        SinceBest = double.IsFinite(result.ValidationLoss) && Best == result ? 0 : SinceBest + 1;
    }
}

/// <summary>Training made the loss infinite, NaN or far too large. The network was set back to the parameters of the last good measurement.</summary>
public sealed class DivergedException(string message, TrainingHistory history) : Exception(message)
{
    /// <summary>What was measured until then.</summary>
    public TrainingHistory History { get; } = history;
}

/// <summary>The rule that the options name, and what it remembers from step to step: V, or M and S, each with the shape of its parameter.</summary>
public sealed class UpdateRule<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>ε of (9.6): keeps 0/0 away where a parameter has never had a gradient.</summary>
    public const double Epsilon = 1e-8;

    private readonly Network<T> network;
    private readonly TrainingOptions options;

    /// <summary>V of (9.1), or M of Adam.</summary>
    internal Gradients<T> V { get; }

    /// <summary>S of Adam.</summary>
    internal Gradients<T> S { get; }

    /// <summary>How many steps were made: t of (9.5).</summary>
    internal int Steps { get; set; }

    /// <param name="network">Whose parameters the steps change.</param>
    /// <param name="options">Optimiser, Momentum, Beta2 and WeightDecay are used.</param>
    public UpdateRule(Network<T> network, TrainingOptions options)
    {
        (this.network, this.options) = (network, options);
        V = options.Optimiser == Optimiser.GradientDescent ? new([], []) : Zeros(network);
        S = options.Optimiser == Optimiser.Adam ? Zeros(network) : new([], []);
    }

    /// <summary>Zeros with the shapes of the parameters of a network.</summary>
    public static Gradients<T> Zeros(Network<T> network) =>
        new([.. network.W.Select(W => new Matrix<T>(W.Rows, W.Columns))], [.. network.b.Select(b => new Matrix<T>(b.Rows, 1))]);

    /// <summary>One step of every parameter: (9.8) on the weights, then (6.1), (9.1) and (9.2), or (9.3) to (9.6).</summary>
    /// <param name="gradients">The gradients at the parameters as they are now.</param>
    /// <param name="learningRate">η of this step.</param>
    /// <exception cref="ShapeException">The gradients have not the shapes of the parameters.</exception>
    public void Step(Gradients<T> gradients, double learningRate)
    {
        Steps++;
        if (options.WeightDecay > 0)
            foreach (var W in network.W)
                W.CopyFrom(T.CreateChecked(1 - learningRate * options.WeightDecay) * W);   // (9.8), the decay
        if (options.Optimiser == Optimiser.GradientDescent)
        {
            network.Update(gradients, learningRate);   // (6.1)
            return;
        }
        for (var l = 0; l < network.W.Length; l++)
            if (options.Optimiser == Optimiser.Momentum)
            {
                Momentum(network.W[l], gradients.dW[l], V.dW[l], learningRate);
                Momentum(network.b[l], gradients.db[l], V.db[l], learningRate);
            }
            else
            {
                Adam(network.W[l], gradients.dW[l], V.dW[l], S.dW[l], learningRate);
                Adam(network.b[l], gradients.db[l], V.db[l], S.db[l], learningRate);
            }
    }

    private void Momentum(Matrix<T> W, Matrix<T> dW, Matrix<T> V, double learningRate)
    {
        V.CopyFrom(T.CreateChecked(options.Momentum) * V + dW);                                         // (9.1)
        W.AddScaled(T.CreateChecked(-learningRate), V);                                                 // (9.2)
    }

    private void Adam(Matrix<T> W, Matrix<T> dW, Matrix<T> M, Matrix<T> S, double learningRate)
    {
        var (beta1, beta2) = (options.Momentum, options.Beta2);
        M.CopyFrom(T.CreateChecked(beta1) * M + T.CreateChecked(1 - beta1) * dW);                       // (9.3)
        S.CopyFrom(T.CreateChecked(beta2) * S + T.CreateChecked(1 - beta2) * dW.Hadamard(dW));          // (9.4)
        var MHat = T.CreateChecked(1 / (1 - Math.Pow(beta1, Steps))) * M;                               // (9.5)
        var SHat = T.CreateChecked(1 / (1 - Math.Pow(beta2, Steps))) * S;                               // (9.5)
        var step = MHat.Hadamard(SHat.Map(s => T.One / (T.Sqrt(s) + T.CreateChecked(Epsilon))));
        W.AddScaled(T.CreateChecked(-learningRate), step);                                              // (9.6)
    }
}

/// <summary>Dropout: hidden units are left out of a training step at random (Srivastava et al. 2014).</summary>
public static class Dropout
{
    /// <summary>
    /// A mask for each hidden layer, with the shape of its activations, h×m. Its entries are those of D/(1 − p) in (9.9):
    /// 0 with probability p, else 1/(1 − p), independent of each other.
    /// </summary>
    /// <param name="network">Gives the number of units in each hidden layer.</param>
    /// <param name="count">m, the number of examples.</param>
    /// <param name="p">The probability with which a unit is left out: 0 or more and below 1.</param>
    /// <param name="random">The generator: the same seed gives the same masks.</param>
    /// <exception cref="ArgumentOutOfRangeException">p is no such probability.</exception>
    public static Matrix<T>[] Masks<T>(Network<T> network, int count, double p, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (p is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(p), p, "The probability of dropout must be 0 or more and below 1.");
        return [.. network.Sizes[1..^1].Select(units => Mask<T>(units, count, p, random.NextInt64()))];
    }

    /// <summary>The mask of one layer, units×count. The key is all that is random about it: entry n of column j is made of the random bits of number j·units + n.</summary>
    public static Matrix<T> Mask<T>(int units, int count, double p, long key) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (D, kept) = (new Matrix<T>(units, count), T.CreateChecked(1 / (1 - p)));
        var leftOut = (uint)(p * (1L << 32));   // of 2³² equally likely numbers, p·2³² are below it
        var bits = new uint[units];
        for (var j = 0; j < count; j++)
        {
            RandomBits.Draw(key, j * units, bits);
            var column = D.ColumnSpan(j);
            for (var n = 0; n < units; n++) column[n] = bits[n] < leftOut ? T.Zero : kept;   // (9.9)
        }
        return D;
    }
}

/// <summary>The steps of a training run: loss and gradients of a batch, then the rule of the options.</summary>
public class TrainingStep<T>(Network<T> network, TrainingOptions options, Random random) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Makes the steps of a run. Here they are the equations; Seam.csx can put something faster in their place.</summary>
    public static Func<Network<T>, TrainingOptions, Random, TrainingStep<T>> Make { get; set; } =
        (network, options, random) => new(network, options, random);

    /// <summary>Whose parameters the steps change.</summary>
    protected Network<T> Network { get; } = network;

    /// <summary>The hyperparameters of the run.</summary>
    protected TrainingOptions Options { get; } = options;

    /// <summary>What the masks of dropout are drawn with.</summary>
    protected Random Random { get; } = random;

    /// <summary>How the gradients become a step.</summary>
    protected UpdateRule<T> Rule { get; } = new(network, options);

    /// <summary>What batches are taken from.</summary>
    protected Examples<T>? Examples { get; private set; }

    /// <summary>The batches of the next steps are taken from these examples.</summary>
    public virtual void Take(Examples<T> examples) => Examples = examples;

    /// <summary>One step on the examples with these indices. Returns their loss before it.</summary>
    public virtual double On(int[] indices, double learningRate) =>
        Step(indices, Options.Dropout > 0 ? Dropout.Masks(Network, indices.Length, Options.Dropout, Random) : null, learningRate);

    /// <summary>The same with masks that are given, D/(1 − p) of (9.9).</summary>
    protected double Step(int[] indices, Matrix<T>[]? masks, double learningRate)
    {
        var (loss, gradients) = Network.LossAndGradients(Examples!.Select(indices), masks);
        if (double.IsFinite(loss)) Rule.Step(gradients, learningRate);   // (6.1), or another rule
        return loss;
    }

    /// <summary>Gives the network the parameters as they are now. They are there already, where the equations make the steps.</summary>
    public virtual void Store() { }

    /// <summary>Takes the parameters from the network again, as whoever looked at them may have changed them.</summary>
    public virtual void Load() { }

    /// <summary>There will be no more steps.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>Training by gradient descent, with all that <see cref="TrainingOptions"/> offers.</summary>
public static class Training
{
    /// <summary>
    /// Trains a network by gradient descent, equation (6.1): shuffle, cut into batches, and for each batch forward,
    /// backward, update. With BatchSize 0 each epoch is one step over all examples. Loss and accuracy are measured on the
    /// whole network and on the examples as they are, without dropout and without what augment does.
    /// </summary>
    /// <param name="network">Is changed in place.</param>
    /// <param name="training">The examples to learn from. They must not change meanwhile.</param>
    /// <param name="validation">Examples that are only measured, or null.</param>
    /// <param name="options">The hyperparameters.</param>
    /// <param name="random">Shuffles and drops out: the same seed gives the same bits, on any number of threads.</param>
    /// <param name="augment">
    /// Gives the examples of an epoch, made from the training examples with a generator of its own. It runs on another
    /// thread while the epoch before trains.
    /// </param>
    /// <exception cref="ArgumentException">No examples, or a hyperparameter out of range.</exception>
    /// <exception cref="DivergedException">
    /// The training loss of a batch, or the training or validation loss at a measurement, is infinite or NaN. Or, with
    /// cross-entropy, the training loss at a measurement is more than ten times the larger of what it was before training
    /// and log 10, which guessing among ten classes costs (4.8). The squared error is never above 1 here, so it has only the first rule.
    /// </exception>
    /// <exception cref="OperationCanceledException">Stopped by the token.</exception>
    public static TrainingHistory Train<T>(Network<T> network, Examples<T> training, Examples<T>? validation,
        TrainingOptions options, Random random, Func<Examples<T>, Random, Examples<T>>? augment = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(training, validation, options);
        NoteLargeInputs(training.X);
        var history = new TrainingHistory();
        using var step = TrainingStep<T>.Make(network, options, random);
        var lastGood = network.Copy();
        var best = options.Patience > 0 ? network.Copy() : null;
        int[] all = [];

        Measure(0);
        var next = Prepare(1);
        for (var epoch = 1; epoch <= options.Epochs && (best is null || history.SinceBest < options.Patience); epoch++)
        {
            var examples = next is null ? training : next.GetAwaiter().GetResult();
            Require(examples.Count > 0, "at least one example from augment", examples.Count);
            next = Prepare(epoch + 1);
            var learningRate = options.LearningRate * Math.Pow(options.Decay, epoch - 1);   // (9.7)
            var steps = 0;
            step.Take(examples);
            foreach (var batch in BatchesOf(examples.Count))                                // (6.3)
            {
                StopIfAsked();
                steps++;
                if (!double.IsFinite(step.On(batch, learningRate)))                         // (6.1), or another rule
                    throw Diverged(epoch, $"in batch {steps}", NotFinite);
            }
            if (epoch % options.ReportEvery == 0 || epoch == options.Epochs)
                Measure(epoch);
        }
        if (best != null) network.CopyFrom(best);                                           // the parameters of e*, (7.2)
        return history;

        // Each epoch has a generator of its own, so it does not matter when its examples are made.
        Task<Examples<T>>? Prepare(int epoch)
        {
            if (augment is null || epoch > options.Epochs) return null;
            var ofEpoch = new Random(random.Next());
            return Task.Run(() => augment(training, ofEpoch));
        }

        IEnumerable<int[]> BatchesOf(int count)
        {
            if (options.BatchSize > 0) return Batches(count, options.BatchSize, random);
            if (all.Length != count) all = [.. Enumerable.Range(0, count)];
            return [all];   // in their order
        }

        void StopIfAsked()
        {
            if (!options.Token.IsCancellationRequested) return;
            step.Store();
            options.Token.ThrowIfCancellationRequested();
        }

        void Measure(int epoch)
        {
            step.Store();
            var (loss, accuracy) = network.Evaluate(training);
            if (!double.IsFinite(loss)) throw Diverged(epoch, "at its end", NotFinite);
            // Large steps need not overflow: the loss may also settle at a value that no guess would cost.
            var guessing = Math.Log(training.Y.Rows);   // (4.8)
            if (history.Epochs is [var first, ..] && network.Loss == Loss.CrossEntropy && loss > 10 * Math.Max(first.TrainingLoss, guessing))
                throw Diverged(epoch, "at its end", string.Create(CultureInfo.InvariantCulture,
                    $"the training loss is {loss:G4}, more than ten times the larger of its value before training ({first.TrainingLoss:G4}) and what guessing costs ({guessing:G4})"));
            var (validationLoss, validationAccuracy) = validation is null ? (double.NaN, double.NaN) : network.Evaluate(validation);
            // Training would go on, but nothing that is measured there would mean anything.
            if (validation is { Count: > 0 } && !double.IsFinite(validationLoss)) throw Diverged(epoch, "at its end", NotFiniteValidation);
            lastGood.CopyFrom(network);
            history.Add(new(epoch, loss, accuracy, validationLoss, validationAccuracy));
            if (best != null && history.SinceBest == 0) best.CopyFrom(network);
            options.OnEpoch?.Invoke(history.Last);
            step.Load();
        }

        DivergedException Diverged(int epoch, string where, string why)
        {
            network.CopyFrom(lastGood);
            if (history.Epochs.Count == 0)
                return new(why == NotFiniteValidation ? $"Training cannot begin: {why}. Look for NaN or infinity in the validation data."
                    : "Training cannot begin: the loss of the untrained network is not a finite number. Look for NaN or infinity in the data or the parameters.", history);
            var rate = options.LearningRate.ToString(CultureInfo.InvariantCulture);
            var cause = options.LearningRate < 0 ? $"below 0 ({rate}): it goes up the slope; take its absolute value" : $"that is too large ({rate}); try a tenth of it";
            return new($"Training diverged in epoch {epoch}, {where}: {why}. The likely cause is a learning rate {cause}. The network is back at the parameters of epoch {history.Last.Epoch}.", history);
        }
    }

    /// <summary>The indices 0 … count−1 in random order, cut into ⌈count/batchSize⌉ batches, equation (6.3); the last one may be smaller.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative or the batch size below 1.</exception>
    public static IEnumerable<int[]> Batches(int count, int batchSize, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        var order = Enumerable.Range(0, count).ToArray();
        random.Shuffle(order);
        return order.Chunk(batchSize);   // (6.3)
    }

    private const string NotFinite = "the loss is no longer a finite number", NotFiniteValidation = "the validation loss is not a finite number";

    private static void Check<T>(Examples<T> training, Examples<T>? validation, TrainingOptions options) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require(training.Count > 0, "at least one training example", training.Count);
        Require(options.Epochs >= 0, "Epochs of 0 or more", options.Epochs);
        Require(options.BatchSize >= 0, "BatchSize of 1 or more, or 0 for all examples", options.BatchSize);
        Require(options.ReportEvery >= 1, "ReportEvery of 1 or more", options.ReportEvery);
        Require(double.IsFinite(options.LearningRate), "a finite LearningRate", options.LearningRate);
        Require(options.Decay is > 0 and <= 1, "a Decay above 0 and at most 1", options.Decay);
        Require(Enum.IsDefined(options.Optimiser), "an Optimiser that exists", options.Optimiser);
        Require(options.Momentum is >= 0 and < 1, "a Momentum of 0 or more and below 1", options.Momentum);
        Require(options.Beta2 is >= 0 and < 1, "a Beta2 of 0 or more and below 1", options.Beta2);
        Require(options.WeightDecay >= 0 && double.IsFinite(options.WeightDecay), "a WeightDecay of 0 or more", options.WeightDecay);
        Require(options.Dropout is >= 0 and < 1, "a Dropout of 0 or more and below 1", options.Dropout);
        Require(options.Patience >= 0, "a Patience of 0 or more", options.Patience);
        Require(options.Patience == 0 || validation is { Count: > 0 }, "validation examples to stop early by their loss", "none");
    }

    // Inputs that are scaled, in whatever way, are seldom larger.
    private const double LargestUsual = 20;

    private static void NoteLargeInputs<T>(Matrix<T> X) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var largest = double.CreateChecked(T.Abs(TensorPrimitives.MaxMagnitude<T>(X.Rows > 0 ? X.Span : [T.Zero])));
        if (largest > LargestUsual)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Note: the inputs go up to {largest:G4}, and this course was made for 0 to 1. Pixels of 0 to 255 are divided by 255 first: set.ToExamples<float>(), or (1f / 255) * X. Without that, training mostly stalls."));
    }

    private static void Require(bool holds, string expected, object found)
    {
        if (!holds) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Training needs {expected}; found {found}."));
    }
}
