using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;

#nullable enable

// The page of the course: activation functions, losses, the network with its forward and backward pass, and the check of
// its gradients. Letters and equation numbers are those of my_note.md: one column of X is one example, (3.1) is
// Z1 = W1·X + b1, and so on. T is float for training and double for gradient checks.
//
// When course.dib has been imported, fast/ makes most training steps and measures: the same equations in another order of
// summation. Seam<float>.UseNothing() has them made by what stands here and in Training.csx.

// ───── Activation functions (section 2) ────────────────────────────────────────────────────────────────────────────

/// <summary>The activation function g of a hidden layer.</summary>
public enum Activation
{
    /// <summary>max(0, z), equation (2.3).</summary>
    ReLU,
    /// <summary>1/(1 + e⁻ᶻ), equation (2.5).</summary>
    Sigmoid,
    /// <summary>tanh z, equation (2.7).</summary>
    Tanh
}

/// <summary>Activation functions and their derivatives, entry by entry on a matrix of any shape.</summary>
public static class Activations
{
    /// <summary>max(0, z), equation (2.3). NaN stays NaN.</summary>
    public static Matrix<T> ReLU<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Matrix.Max(Z, T.Zero);                                // (2.3)

    /// <summary>1 where z &gt; 0, else 0, equation (2.4). At z = 0, where there is no derivative, we take 0.</summary>
    public static Matrix<T> ReLUDerivative<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Z.Map(z => z > T.Zero ? T.One : T.Zero);              // (2.4)

    /// <summary>σ(z) = 1/(1 + e⁻ᶻ), equation (2.5); between 0 and 1.</summary>
    public static Matrix<T> Sigmoid<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Matrix.Exp(-Z).Map(e => T.One / (T.One + e));         // (2.5)

    /// <summary>σ′ = σ(1 − σ), equation (2.6); between 0 and 1/4.</summary>
    public static Matrix<T> SigmoidDerivative<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Sigmoid(Z).Map(a => a * (T.One - a));                 // (2.6)

    /// <summary>tanh z, equation (2.7); between −1 and 1.</summary>
    public static Matrix<T> Tanh<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Matrix.Tanh(Z);                                       // (2.7)

    /// <summary>tanh′ = 1 − tanh², equation (2.8); between 0 and 1.</summary>
    public static Matrix<T> TanhDerivative<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Tanh(Z).Map(a => T.One - a * a);                      // (2.8)

    /// <summary>g(Z) for the activation that is named, equation (2.2).</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such activation.</exception>
    public static Matrix<T> Apply<T>(Activation g, Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> => g switch
    {
        Activation.ReLU => ReLU(Z),
        Activation.Sigmoid => Sigmoid(Z),
        Activation.Tanh => Tanh(Z),
        _ => throw new ArgumentOutOfRangeException(nameof(g), g, "No such activation.")
    };

    /// <summary>g′(Z) for the activation that is named, equation (2.4), (2.6) or (2.8).</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such activation.</exception>
    public static Matrix<T> Derivative<T>(Activation g, Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> => g switch
    {
        Activation.ReLU => ReLUDerivative(Z),
        Activation.Sigmoid => SigmoidDerivative(Z),
        Activation.Tanh => TanhDerivative(Z),
        _ => throw new ArgumentOutOfRangeException(nameof(g), g, "No such activation.")
    };
}

// ───── Losses (section 4) ──────────────────────────────────────────────────────────────────────────────────────────

/// <summary>What training makes small: the function whose gradient is taken.</summary>
public enum Loss
{
    /// <summary>The mean of −log of the probability of the label, equation (4.5), in nats.</summary>
    CrossEntropy,
    /// <summary>Half the squared distance of the output to the one-hot label, mean over the examples, equation (4.1).</summary>
    SquaredError
}

/// <summary>Softmax and the two losses, of m examples: shapes are those of ten classes, and any other number will do.</summary>
public static class Losses
{
    /// <summary>
    /// The probabilities of each column, 10×m → 10×m, equations (4.2) and (4.3). The maximum of a column, that is of an
    /// example, is subtracted from it, so that no exponential can overflow.
    /// </summary>
    public static Matrix<T> Softmax<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var E = Matrix.Exp(Z.MinusRow(Z.ColumnMaxima()));               // e^(z − max z)          (4.3)
        return E.OverRow(E.ColumnSums());                               // divided by their sum   (4.2)
    }

    /// <summary>The logarithm of the softmax, 10×m → 10×m, equation (4.4): 0 or less, and finite where the softmax rounds to 0.</summary>
    public static Matrix<T> LogSoftmax<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var shifted = Z.MinusRow(Z.ColumnMaxima());                               // z − max z
        return shifted.MinusRow(Matrix.Exp(shifted).ColumnSums().Map(T.Log));     // minus the logarithm of the sum   (4.4)
    }

    /// <summary>
    /// Cross-entropy of m examples, equation (4.5), from Z2 and the one-hot Y (both 10×m). In nats; 0 is perfect, and there is
    /// no largest value. NaN without examples.
    /// </summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static double CrossEntropy<T>(Matrix<T> Z2, Matrix<T> Y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Z2.RequireShapeOf(Y, "Cross-entropy of a network output {0} and labels {1}");
        var logA = LogSoftmax(Z2);
        var sum = 0.0;
        for (var j = 0; j < Y.Columns; j++)
            for (var k = 0; k < Y.Rows; k++)
                // Only the label's entry counts, as in (4.7). To add the others times 0 would give NaN where one is −∞.
                if (Y[k, j] != T.Zero) sum += double.CreateChecked(Y[k, j] * logA[k, j]);
        return -sum / Y.Columns;                                        // (4.5)
    }

    /// <summary>
    /// Squared error of m examples, equation (4.1), from A2 and Y (both 10×m): between 0 and 1 where each column of A2 is a
    /// softmax. NaN without examples.
    /// </summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static double SquaredError<T>(Matrix<T> A2, Matrix<T> Y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        A2.RequireShapeOf(Y, "Squared error of a network output {0} and labels {1}");
        var sum = 0.0;
        for (var j = 0; j < Y.Columns; j++)
            for (var k = 0; k < Y.Rows; k++)
            {
                var difference = A2[k, j] - Y[k, j];
                sum += double.CreateChecked(difference * difference);
            }
        return sum / (2.0 * Y.Columns);                                 // (4.1)
    }
}

// ───── The network (sections 3, 5 and 6) ───────────────────────────────────────────────────────────────────────────

/// <summary>How the weights start. n_in is the number of inputs of a layer, n_out that of its units.</summary>
public enum Initialisation
{
    /// <summary>Normal with variance 2/n_in, equation (6.7) (He et al. 2015); biases 0. Made for ReLU.</summary>
    He,
    /// <summary>Normal with variance 2/(n_in + n_out), equation (6.6) (Glorot and Bengio 2010); biases 0. Made for tanh.</summary>
    Xavier,
    /// <summary>
    /// As the NumPy original, equation (6.4): weights normal with variance 1/n_in in the first layer and
    /// 1/(n_in + n_out) after it; biases random too, with variance 1/n_out, in the last layer 1/(inputs of the network).
    /// </summary>
    Original
}

/// <summary>
/// A network of layers: A_0 = X, then A_l = g(W_l·A_(l−1) + b_l), equation (3.7), with softmax in the last layer.
/// With one hidden layer it is the network of the notes, and W1, b1, W2, b2 are its parameters. Arrays begin at 0: layer
/// l + 1 of the notes has W[l], b[l] and Z[l]; its input is A[l], its output A[l + 1], and A[0] is X.
/// </summary>
public sealed class Network<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A network with parameters that are given. With the sizes s_l of (3.7), W[l] is s_(l+1)×s_l and b[l] s_(l+1)×1.</summary>
    /// <exception cref="ShapeException">W[l] has not as many columns as W[l − 1] has rows, or b[l] is no column of its layer's height.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such activation or loss.</exception>
    public Network(Matrix<T>[] W, Matrix<T>[] b, Activation hidden = Activation.ReLU, Loss loss = Loss.CrossEntropy)
    {
        if (W.Length == 0 || W.Length != b.Length)
            throw new ShapeException($"A network needs as many weight matrices as bias columns, at least one; got {W.Length} and {b.Length}.");
        for (var l = 0; l < W.Length; l++)
        {
            if (b[l].Rows != W[l].Rows || b[l].Columns != 1)
                throw new ShapeException($"Layer {l + 1}: W{l + 1} is {W[l].Shape}, so b{l + 1} must be {W[l].Rows}×1, but it is {b[l].Shape}.");
            if (l > 0 && W[l].Columns != W[l - 1].Rows)
                throw new ShapeException($"Layer {l + 1}: W{l + 1} is {W[l].Shape}, but layer {l} has {W[l - 1].Rows} outputs.");
        }
        if (!Enum.IsDefined(hidden)) throw new ArgumentOutOfRangeException(nameof(hidden), hidden, "No such activation.");
        if (!Enum.IsDefined(loss)) throw new ArgumentOutOfRangeException(nameof(loss), loss, "No such loss.");
        (this.W, this.b, Hidden, Loss) = (W, b, hidden, loss);
    }

    /// <summary>The weights: W[0] is W1 of the notes.</summary>
    public Matrix<T>[] W { get; }
    /// <summary>The biases: b[0] is b1 of the notes.</summary>
    public Matrix<T>[] b { get; }
    /// <summary>W1, h×784: the weights of the first layer.</summary>
    public Matrix<T> W1 => W[0];
    /// <summary>b1, h×1.</summary>
    public Matrix<T> b1 => b[0];
    /// <summary>W2, 10×h: the weights of the second layer.</summary>
    public Matrix<T> W2 => W[1];
    /// <summary>b2, 10×1.</summary>
    public Matrix<T> b2 => b[1];
    /// <summary>The activation function of the hidden layers.</summary>
    public Activation Hidden { get; }
    /// <summary>What training makes small.</summary>
    public Loss Loss { get; }

    /// <summary>Inputs, hidden units, outputs: [784, h, 10].</summary>
    public int[] Sizes => [W[0].Columns, .. W.Select(w => w.Rows)];

    /// <summary>The number of weights and biases, equation (3.5).</summary>
    public int ParameterCount => W.Sum(w => w.Rows * w.Columns) + b.Sum(c => c.Rows);   // (3.5)

    /// <summary>The forward pass, equations (3.1) to (3.4) and (3.7), with dropout (9.9), for m examples at once.</summary>
    /// <param name="X">One example in each column: 784×m.</param>
    /// <param name="masks">For training with dropout: D/(1 − p) of (9.9) for each hidden layer, h×m, from <see cref="Dropout.Masks"/>; else null.</param>
    /// <exception cref="ShapeException">X has not as many rows as the network has inputs, or a mask has not the shape of its layer.</exception>
    public ForwardPass<T> Forward(Matrix<T> X, Matrix<T>[]? masks = null)
    {
        if (X.Rows != W[0].Columns)
            throw new ShapeException($"The network has {W[0].Columns} inputs, but X is {X.Shape}: one column is one example, so X needs {W[0].Columns} rows.");
        if (masks != null && masks.Length != W.Length - 1)
            throw new ShapeException($"Dropout needs a mask for each hidden layer: the network has {W.Length - 1}, but there are {masks.Length} masks.");
        var Z = new Matrix<T>[W.Length];
        var A = new Matrix<T>[W.Length + 1];
        A[0] = X;
        for (var l = 0; l < W.Length; l++)
        {
            Z[l] = W[l] * A[l] + b[l];                                                              // (3.1), (3.3), (3.7)
            A[l + 1] = l < W.Length - 1 ? Activations.Apply(Hidden, Z[l]) : Losses.Softmax(Z[l]);   // (3.2), (3.4), (3.7)
            if (masks != null && l < masks.Length) A[l + 1] = A[l + 1].Hadamard(masks[l]);          // (9.9)
        }
        return new ForwardPass<T>(Z, A, masks);
    }

    /// <summary>The backward pass: the gradient of the loss for every parameter, equations (5.4) to (5.11) and (5.15), with dropout (9.10).</summary>
    /// <param name="pass">The forward pass of the same examples.</param>
    /// <param name="Y">Their labels, one-hot: 10×m.</param>
    /// <exception cref="ShapeException">Y has not the shape of the output.</exception>
    public Gradients<T> Backward(ForwardPass<T> pass, Matrix<T> Y)
    {
        var dW = new Matrix<T>[W.Length];
        var db = new Matrix<T>[W.Length];
        var oneOverM = T.One / T.CreateChecked(Y.Columns);
        var dZ = OutputError(pass.Output, Y);                                    // 10×m
        for (var l = W.Length - 1; l >= 0; l--)
        {
            dW[l] = oneOverM * dZ * pass.A[l].Transposed;                        // (5.5), (5.9)   as W[l]
            db[l] = oneOverM * dZ.RowSums();                                     // (5.6), (5.10)  as b[l]
            if (l == 0) break;                                                   // nobody asks for the slope of a pixel
            var dA = W[l].Transposed * dZ;                                       // (5.7), (5.15)  h×m
            if (pass.Masks != null) dA = dA.Hadamard(pass.Masks[l - 1]);         // (9.10)
            dZ = dA.Hadamard(Activations.Derivative(Hidden, pass.Z[l - 1]));     // (5.8), (5.15)  h×m
        }
        return new Gradients<T>(dW, db);
    }

    /// <summary>dZ of the last layer, 10×m, equations (5.4) and (5.11): m times the derivative of the loss by its Z.</summary>
    private Matrix<T> OutputError(Matrix<T> A2, Matrix<T> Y)
    {
        A2.RequireShapeOf(Y, "Backward pass of a network output {0} and labels {1}");
        if (Loss == Loss.CrossEntropy) return A2 - Y;                            // (5.4)
        var G = A2 - Y;
        var C = G.Hadamard(A2).ColumnSums();                                     // one row of C, all ten are equal
        return A2.Hadamard(G.MinusRow(C));                                       // (5.11)
    }

    /// <summary>Loss and gradients of m examples, at least one.</summary>
    /// <param name="examples">The batch.</param>
    /// <param name="masks">For training with dropout: as in <see cref="Forward"/>.</param>
    /// <exception cref="ArgumentException">No examples, or they do not fit the network.</exception>
    public (double Loss, Gradients<T> Gradients) LossAndGradients(Examples<T> examples, Matrix<T>[]? masks = null)
    {
        if (examples.Count == 0) throw new ArgumentException("There is no gradient without examples; found 0.", nameof(examples));
        var pass = Forward(examples.X, masks);
        return (LossOf(pass, examples.Y), Backward(pass, examples.Y));
    }

    /// <summary>The loss of m examples, equation (4.5) in nats, or (4.1).</summary>
    /// <exception cref="ShapeException">Y has not the shape of the output.</exception>
    public double LossOf(ForwardPass<T> pass, Matrix<T> Y) => LossOf(pass.Z[^1], pass.Output, Y);

    private double LossOf(Matrix<T> Z, Matrix<T> A, Matrix<T> Y) => Loss == Loss.CrossEntropy
        ? Losses.CrossEntropy(Z, Y)
        : Losses.SquaredError(A, Y);

    /// <summary>One step of gradient descent, equation (6.1): every parameter minus η times its gradient.</summary>
    /// <param name="gradients">The gradients at the parameters as they are now.</param>
    /// <param name="learningRate">η.</param>
    /// <exception cref="ShapeException">The gradients have not the shapes of the parameters.</exception>
    public void Update(Gradients<T> gradients, double learningRate)
    {
        var minusRate = T.CreateChecked(-learningRate);
        for (var l = 0; l < W.Length; l++)
        {
            W[l].AddScaled(minusRate, gradients.dW[l]);   // W ← W − η·dW   (6.1)
            b[l].AddScaled(minusRate, gradients.db[l]);   // b ← b − η·db   (6.1)
        }
    }

    /// <summary>
    /// Z and A of the last layer for m examples, 10×m each, which is all that measuring needs. A forward pass gives them;
    /// Seam.csx can put something in its place that keeps nothing else.
    /// </summary>
    public static Func<Network<T>, Matrix<T>, (Matrix<T> Z, Matrix<T> A)> Outputs { get; set; } = OutputsOfForwardPass;

    private static (Matrix<T> Z, Matrix<T> A) OutputsOfForwardPass(Network<T> network, Matrix<T> X)
    {
        var pass = network.Forward(X);
        return (pass.Z[^1], pass.Output);
    }

    /// <summary>The ten probabilities of each example: 10×m.</summary>
    public Matrix<T> Probabilities(Matrix<T> X) => Outputs(this, X).A;

    /// <summary>The predicted class of each example, equation (3.6): m numbers.</summary>
    public int[] Predict(Matrix<T> X) => Probabilities(X).ArgMaxOfColumns();                                  // (3.6)

    /// <summary>The share of examples that are predicted right, between 0 and 1, equation (6.9).</summary>
    public double Accuracy(Examples<T> examples) => Evaluate(examples).Accuracy;

    /// <summary>The loss (4.5) or (4.1) and the accuracy (6.9) over all examples. NaN and NaN without examples.</summary>
    public (double Loss, double Accuracy) Evaluate(Examples<T> examples)
    {
        var (Z, A) = Outputs(this, examples.X);
        var right = A.ArgMaxOfColumns().Zip(examples.Labels).Count(pair => pair.First == pair.Second);
        return (LossOf(Z, A, examples.Y), (double)right / examples.Count);                                   // (6.9)
    }

    /// <summary>A network with random parameters, for instance sizes [784, 10, 10].</summary>
    /// <param name="sizes">Inputs, hidden units of each hidden layer, outputs.</param>
    /// <param name="random">The generator: the same seed gives the same network.</param>
    /// <param name="initialisation">How the weights start.</param>
    /// <param name="hidden">The activation function of the hidden layers.</param>
    /// <param name="loss">The loss.</param>
    /// <exception cref="ArgumentException">Fewer than two sizes, or one below 1.</exception>
    public static Network<T> Create(int[] sizes, Random random, Initialisation initialisation = Initialisation.He,
        Activation hidden = Activation.ReLU, Loss loss = Loss.CrossEntropy)
    {
        if (sizes.Length < 2 || sizes.Any(n => n < 1))
            throw new ArgumentException($"A network needs at least two layer sizes, all of them 1 or more; got [{string.Join(", ", sizes)}].", nameof(sizes));
        var W = new Matrix<T>[sizes.Length - 1];
        var b = new Matrix<T>[sizes.Length - 1];
        for (var l = 0; l < W.Length; l++)
        {
            var (n_in, n_out) = (sizes[l], sizes[l + 1]);
            var (weightVariance, biasVariance) = initialisation switch
            {
                Initialisation.He => (2.0 / n_in, 0.0),                                         // (6.7)
                Initialisation.Xavier => (2.0 / (n_in + n_out), 0.0),                           // (6.6)
                Initialisation.Original => (l == 0 ? 1.0 / n_in : 1.0 / (n_in + n_out),         // (6.4)
                                            l < W.Length - 1 ? 1.0 / n_out : 1.0 / sizes[0]),
                _ => throw new ArgumentOutOfRangeException(nameof(initialisation), initialisation, "No such initialisation.")
            };
            W[l] = Matrix.Normal<T>(n_out, n_in, Math.Sqrt(weightVariance), random);
            b[l] = Matrix.Normal<T>(n_out, 1, Math.Sqrt(biasVariance), random);                     // variance 0: zeros
        }
        return new(W, b, hidden, loss);
    }

    /// <summary>A network with the same parameters that shares nothing with this one.</summary>
    public Network<T> Copy() => new([.. W.Select(w => w.Copy())], [.. b.Select(c => c.Copy())], Hidden, Loss);

    /// <summary>Takes over the parameters of a network with the same layers; activation and loss stay as they are.</summary>
    /// <exception cref="ShapeException">The layers differ.</exception>
    public void CopyFrom(Network<T> other)
    {
        if (!Sizes.SequenceEqual(other.Sizes))
            throw new ShapeException($"Copying a network {string.Join('-', other.Sizes)} into a network {string.Join('-', Sizes)}: the layers must be equal.");
        for (var l = 0; l < W.Length; l++)
        {
            W[l].CopyFrom(other.W[l]);
            b[l].CopyFrom(other.b[l]);
        }
    }

    /// <summary>For instance "784-10-10, ReLU, cross-entropy, 7,960 parameters".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{string.Join('-', Sizes)}, {Hidden}, {(Loss == Loss.CrossEntropy ? "cross-entropy" : "squared error")}, {ParameterCount:N0} parameters");
}

/// <summary>Everything that the forward pass computed, kept for the backward pass.</summary>
/// <param name="Z">Z[0] is Z1 of the notes (h×m), the last one Z2 (10×m).</param>
/// <param name="A">A[0] is X, A[1] is A1 (h×m), the last one the output (10×m).</param>
/// <param name="Masks">D/(1 − p) of (9.9) as it was used, Masks[0] for A1 (h×m); null without dropout.</param>
public sealed record ForwardPass<T>(Matrix<T>[] Z, Matrix<T>[] A, Matrix<T>[]? Masks = null) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Z1 = W1·X + b1, h×m, equation (3.1).</summary>
    public Matrix<T> Z1 => Z[0];
    /// <summary>A1 = ReLU(Z1), h×m, equation (3.2).</summary>
    public Matrix<T> A1 => A[1];
    /// <summary>Z2 = W2·A1 + b2, 10×m, equation (3.3).</summary>
    public Matrix<T> Z2 => Z[1];
    /// <summary>A2 = softmax(Z2), 10×m, equation (3.4).</summary>
    public Matrix<T> A2 => A[2];
    /// <summary>The probabilities that the last layer gives: 10×m.</summary>
    public Matrix<T> Output => A[^1];
}

/// <summary>The gradient of the loss: dW[l] has the shape of W[l], db[l] that of b[l].</summary>
public sealed record Gradients<T>(Matrix<T>[] dW, Matrix<T>[] db) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>dW1, the gradient of W1: h×784, equation (5.9).</summary>
    public Matrix<T> dW1 => dW[0];
    /// <summary>db1, the gradient of b1: h×1, equation (5.10).</summary>
    public Matrix<T> db1 => db[0];
    /// <summary>dW2, the gradient of W2: 10×h, equation (5.5).</summary>
    public Matrix<T> dW2 => dW[1];
    /// <summary>db2, the gradient of b2: 10×1, equation (5.6).</summary>
    public Matrix<T> db2 => db[1];
}

// ───── The gradient check (section 5) ──────────────────────────────────────────────────────────────────────────────

/// <summary>Compares gradients with finite differences of the loss. Always in double precision.</summary>
public static class GradientCheck
{
    /// <summary>
    /// The "tiny" of (5.14): no difference is divided by less. By (5.13) the difference quotient carries a rounding error of
    /// about 1e-11, which would be a large share of a gradient that is itself near zero.
    /// </summary>
    public const double Tiny = 1e-4;

    /// <summary>The difference quotient (5.12) for every entry of a parameter; the parameter is left as it was.</summary>
    /// <param name="loss">Computes the loss with the parameter as it stands.</param>
    /// <param name="parameter">The matrix whose entries are moved, one after the other.</param>
    /// <param name="epsilon">How far an entry is moved to each side.</param>
    public static Matrix<double> Numerical(Func<double> loss, Matrix<double> parameter, double epsilon = 1e-5)
    {
        var slope = new Matrix<double>(parameter.Rows, parameter.Columns);
        for (var j = 0; j < parameter.Columns; j++)
            for (var i = 0; i < parameter.Rows; i++)
            {
                var value = parameter[i, j];
                parameter[i, j] = value + epsilon;
                var above = loss();
                parameter[i, j] = value - epsilon;
                var below = loss();
                parameter[i, j] = value;
                slope[i, j] = (above - below) / (2 * epsilon);   // (5.12)
            }
        return slope;
    }

    /// <summary>The largest relative error over all entries, equation (5.14). NaN when an entry is NaN.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static double RelativeError(Matrix<double> analytic, Matrix<double> numerical)
    {
        if (analytic.Rows != numerical.Rows || analytic.Columns != numerical.Columns)
            throw new ShapeException($"Relative error of gradients {analytic.Shape} and {numerical.Shape}: the shapes must be equal.");
        var largest = 0.0;
        for (var j = 0; j < analytic.Columns; j++)
            for (var i = 0; i < analytic.Rows; i++)
            {
                var (d, v) = (analytic[i, j], numerical[i, j]);
                largest = Math.Max(largest, Math.Abs(d - v) / Math.Max(Math.Abs(d) + Math.Abs(v), Tiny));   // (5.14)
            }
        return largest;
    }

    /// <summary>Checks every parameter of a network on the examples given. Two forward passes a parameter: use a few examples.</summary>
    public static GradientReport Run(Network<double> network, Matrix<double> X, Matrix<double> Y, double epsilon = 1e-5)
    {
        var gradients = network.Backward(network.Forward(X), Y);
        double LossNow() => network.LossOf(network.Forward(X), Y);   // of the parameters as they are, one of them moved
        var rows = new List<GradientComparison>();
        for (var l = 0; l < network.W.Length; l++)
        {
            rows.Add(new($"dW{l + 1}", gradients.dW[l].Shape, RelativeError(gradients.dW[l], Numerical(LossNow, network.W[l], epsilon))));
            rows.Add(new($"db{l + 1}", gradients.db[l].Shape, RelativeError(gradients.db[l], Numerical(LossNow, network.b[l], epsilon))));
        }
        return new(rows);
    }
}

/// <summary>One line of a gradient check: which gradient, its shape, its largest relative error.</summary>
public sealed record GradientComparison(string Gradient, string Shape, double LargestRelativeError);

/// <summary>The result of a gradient check.</summary>
public sealed record GradientReport(IReadOnlyList<GradientComparison> Comparisons)
{
    /// <summary>The largest relative error over all parameters. NaN when one is NaN, which Max of the list would pass over.</summary>
    public double LargestRelativeError => Comparisons.Aggregate(0.0, (largest, c) => Math.Max(largest, c.LargestRelativeError));

    /// <summary>One line for each gradient.</summary>
    public override string ToString() => string.Join('\n', Comparisons.Select(c => string.Create(CultureInfo.InvariantCulture,
        $"{c.Gradient,-4} {c.Shape,-8} largest relative error {c.LargestRelativeError:0.0e+00}")));
}
