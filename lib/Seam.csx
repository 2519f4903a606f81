using System.Collections.Generic;
using System.Linq;
using System.Numerics;

#nullable enable

// The seam between what is taught and what is fast.
//
// Matrix.csx, NeuralNet.csx and Training.csx are complete without this file and without fast/: the product is three
// loops, a training step is the equations. There are three places where those who want speed may put something else:
//
//   Matrix<T>.Product         C ← A·B                                            Seam<T>.Product
//   Network<T>.Outputs        the last layer for many examples, to measure       Seam<T>.Outputs
//   TrainingStep<T>.Make      forward, loss, backward, update for a batch        Seam<T>.Begin
//
// On the right are the routines that this file calls from there. They speak in numbers only (memory, sizes, flags), so
// that what is behind them can be compiled without the course (fast/ is), or be something else altogether. Whoever has
// routines calls Seam<float>.Use(…) and Seam<double>.Use(…); a routine that is null leaves the taught code in its
// place. Fast.csx does this with the routines of fast/. Seam<T>.UseNothing() takes all of them away again.
//
// What every routine may rely on, and what it must keep to:
//   - A matrix lies column after column (one column is one example); a transposed one, row after row.
//   - T is float or double.
//   - No file has `using System;`: each client has it anyway. Who compiles fast/ alone adds `global using System;`.
//   - The same input gives the same bits, whatever the number of threads.
//   - NaN and infinity come out as they would of the taught code. A step that cannot promise that returns null instead
//     of a loss, having changed nothing, and the taught equations make that step.

/// <summary>C ← A·B for A of n×k, B of k×m and C of n×m; a side may be 0.</summary>
/// <param name="n">Rows of A and C.</param>
/// <param name="k">Columns of A, rows of B.</param>
/// <param name="m">Columns of B and C.</param>
/// <param name="A">n·k numbers, column after column.</param>
/// <param name="isATransposed">A lies row after row instead.</param>
/// <param name="B">k·m numbers.</param>
/// <param name="isBTransposed">The same of B.</param>
/// <param name="C">n·m numbers, column after column, to be overwritten.</param>
public delegate void ProductRoutine<T>(int n, int k, int m, ReadOnlyMemory<T> A, bool isATransposed, ReadOnlyMemory<T> B, bool isBTransposed, Memory<T> C);

/// <summary>The last Z of some examples, however many, and its softmax, equations (3.1) to (3.4) and (3.7).</summary>
/// <param name="sizes">Inputs, units of each hidden layer, classes.</param>
/// <param name="activation">Of the hidden layers: 0 ReLU, 1 σ, 2 tanh.</param>
/// <param name="W">The weights of each layer.</param>
/// <param name="b">The biases of each layer.</param>
/// <param name="X">One column of inputs for each example.</param>
/// <param name="Z">One column of classes for each example, to be overwritten.</param>
/// <param name="A">One column of probabilities for each example, to be overwritten.</param>
public delegate void OutputRoutine<T>(int[] sizes, int activation, Memory<T>[] W, Memory<T>[] b, ReadOnlyMemory<T> X, Memory<T> Z, Memory<T> A);

/// <summary>Begins training steps on batches of some examples, which do not change meanwhile. Null: the equations are to make them.</summary>
/// <param name="sizes">Inputs, units of each hidden layer, classes.</param>
/// <param name="activation">Of the hidden layers: 0 ReLU, 1 σ, 2 tanh.</param>
/// <param name="loss">0 cross-entropy, 1 squared error; both after a softmax.</param>
/// <param name="optimiser">0 plain gradient descent (6.1), 1 momentum (9.1), (9.2), 2 Adam (9.3) to (9.6).</param>
/// <param name="momentum">μ of momentum, β1 of Adam.</param>
/// <param name="beta2">β2 of Adam.</param>
/// <param name="weightDecay">λ of (9.8), beside the step; biases do not decay.</param>
/// <param name="dropout">p of (9.9).</param>
/// <param name="X">One column of inputs for each example.</param>
/// <param name="Y">One column of classes for each example, one-hot.</param>
/// <param name="W">The weights of each layer: where the steps take the parameters from, and store them.</param>
/// <param name="b">The biases of each layer.</param>
/// <param name="V">What the rule remembers, which is taken and stored with the parameters: V of momentum, M of Adam, for the
/// weights of each layer, then for the biases; empty for plain gradient descent.</param>
/// <param name="S">S of Adam in the same way, else empty.</param>
/// <param name="largestBatch">No batch has more examples.</param>
public delegate StepRoutines<T>? BeginRoutine<T>(int[] sizes, int activation, int loss, int optimiser, double momentum, double beta2, double weightDecay, double dropout,
    ReadOnlyMemory<T> X, ReadOnlyMemory<T> Y, Memory<T>[] W, Memory<T>[] b, Memory<T>[] V, Memory<T>[] S, int largestBatch);

/// <summary>One step on some examples.</summary>
/// <param name="indices">Which examples.</param>
/// <param name="learningRate">η of this step.</param>
/// <param name="key">The key of D of (9.9) for the one hidden layer: <see cref="Dropout.Mask"/> makes D/(1 − p) of it, and the step does as if it had. Without dropout it says nothing.</param>
/// <param name="t">The number of the step, counted from 1, for (9.5).</param>
/// <returns>Their mean loss before the step; null: nothing was changed, the equations are to make this step.</returns>
public delegate double? StepRoutine<T>(ReadOnlyMemory<int> indices, double learningRate, long key, int t);

/// <summary>The training steps that were begun. They may hold the parameters in a form of their own between Load and Store.</summary>
/// <param name="Step">Makes one.</param>
/// <param name="Load">Takes the parameters from W and b, and V and S, which somebody else may have changed.</param>
/// <param name="Store">Writes them there.</param>
/// <param name="End">There will be no more steps: threads end, memory is given back.</param>
public sealed record StepRoutines<T>(StepRoutine<T> Step, Action Load, Action Store, Action End);

/// <summary>Puts routines in the places of the taught code, see the top of this file.</summary>
public static class Seam<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly Func<Network<T>, Matrix<T>, (Matrix<T> Z, Matrix<T> A)> taughtOutputs = Network<T>.Outputs;
    private static readonly Func<Network<T>, TrainingOptions, Random, TrainingStep<T>> taughtStep = TrainingStep<T>.Make;

    /// <summary>What computes products; null when three loops do.</summary>
    public static ProductRoutine<T>? Product { get; private set; }

    /// <summary>What computes outputs; null when forward passes do.</summary>
    public static OutputRoutine<T>? Outputs { get; private set; }

    /// <summary>What begins training steps; null when the equations make them.</summary>
    public static BeginRoutine<T>? Begin { get; private set; }

    /// <summary>Puts these routines in the places of the taught code.</summary>
    public static void Use(ProductRoutine<T>? product, OutputRoutine<T>? outputs, BeginRoutine<T>? begin)
    {
        (Product, Outputs, Begin) = (product, outputs, begin);
        Matrix<T>.Product = product is null ? Matrix<T>.ThreeLoops
            : (A, B, C) => product(A.Rows, A.Columns, B.Columns, A.Memory, A.IsTransposed, B.Memory, B.IsTransposed, C.Memory);
        Network<T>.Outputs = outputs is null ? taughtOutputs : OutputsByRoutine;
        TrainingStep<T>.Make = begin is null ? taughtStep : (network, options, random) => new SeamStep<T>(network, options, random);
    }

    /// <summary>Everything is computed as it is taught.</summary>
    public static void UseNothing() => Use(null, null, null);

    private static (Matrix<T> Z, Matrix<T> A) OutputsByRoutine(Network<T> network, Matrix<T> X)
    {
        if (Outputs is not { } outputs || X.Rows != network.W[0].Columns) return taughtOutputs(network, X);
        var sizes = network.Sizes;
        var (Z, A) = (new Matrix<T>(sizes[^1], X.Columns), new Matrix<T>(sizes[^1], X.Columns));
        outputs(sizes, (int)network.Hidden, Memories(network.W), Memories(network.b), X.ToPlain().Memory, Z.Memory, A.Memory);
        return (Z, A);
    }

    /// <summary>The numbers of plain matrices, where they are; of transposed ones, a copy.</summary>
    internal static Memory<T>[] Memories(Matrix<T>[] matrices) => [.. matrices.Select(matrix => matrix.ToPlain().Memory)];
}

/// <summary>The steps of a training run, by the routines where there are some for it.</summary>
internal sealed class SeamStep<T>(Network<T> network, TrainingOptions options, Random random) : TrainingStep<T>(network, options, random)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly bool isPossible = !network.W.Concat(network.b).Any(matrix => matrix.IsTransposed) && (options.Dropout == 0 || network.W.Length == 2);
    private StepRoutines<T>? routines;

    public override void Take(Examples<T> examples)
    {
        if (ReferenceEquals(examples, Examples)) return;
        Store();
        routines?.End();
        base.Take(examples);
        var isOfNetwork = examples.X.Rows == Network.Sizes[0] && examples.Y.Rows == Network.Sizes[^1];
        routines = !isPossible || !isOfNetwork || examples.X.IsTransposed || examples.Y.IsTransposed ? null
            : Seam<T>.Begin?.Invoke(Network.Sizes, (int)Network.Hidden, (int)Network.Loss,
                (int)Options.Optimiser, Options.Momentum, Options.Beta2, Options.WeightDecay, Options.Dropout,
                examples.X.Memory, examples.Y.Memory, Seam<T>.Memories(Network.W), Seam<T>.Memories(Network.b), Memories(Rule.V), Memories(Rule.S),
                Options.BatchSize == 0 ? examples.Count : Math.Min(Options.BatchSize, examples.Count));
        Load();
    }

    public override double On(int[] batch, double learningRate)
    {
        if (routines is null) return base.On(batch, learningRate);
        var key = Options.Dropout > 0 ? Random.NextInt64() : 0;   // as Dropout.Masks draws it
        if (routines.Step(batch, learningRate, key, Rule.Steps + 1) is { } loss)
        {
            Rule.Steps++;
            return loss;
        }
        routines.Store();
        var byEquations = Step(batch, Options.Dropout > 0 ? [Dropout.Mask<T>(Network.Sizes[1], batch.Length, Options.Dropout, key)] : null, learningRate);
        routines.Load();
        return byEquations;
    }

    public override void Store() => routines?.Store();

    public override void Load() => routines?.Load();

    public override void Dispose() => routines?.End();

    private static Memory<T>[] Memories(Gradients<T> remembered) => Seam<T>.Memories([.. remembered.dW, .. remembered.db]);
}
