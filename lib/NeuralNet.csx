using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using System.Numerics.Tensors;

#nullable enable

// The network: activation functions, losses, forward pass, backward pass, gradient check. Letters and equation numbers are
// those of my_note.md: one column of X is one example, Z1 = W1·X + b1 is equation (3.1), and so on.

// ──────────────────────────────── Part 2: activation functions ────────────────────────────────

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
    public static Matrix<T> ReLU<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var A = Z.Copy();
        TensorPrimitives.Max(A.Span, T.Zero, A.Span);
        return A;
    }

    /// <summary>1 where z &gt; 0, else 0, equation (2.4). At z = 0, where there is no derivative, we take 0.</summary>
    public static Matrix<T> ReLUDerivative<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var D = Z.Copy();
        foreach (ref var z in D.Span)
            z = z > T.Zero ? T.One : T.Zero;
        return D;
    }

    /// <summary>σ(z) = 1/(1 + e⁻ᶻ), equation (2.5); between 0 and 1.</summary>
    public static Matrix<T> Sigmoid<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var A = Z.Copy();
        TensorPrimitives.Sigmoid<T>(A.Span, A.Span);
        return A;
    }

    /// <summary>σ′ = σ(1 − σ), equation (2.6).</summary>
    public static Matrix<T> SigmoidDerivative<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Sigmoid(Z).Map(a => a * (T.One - a));

    /// <summary>tanh z, equation (2.7); between −1 and 1.</summary>
    public static Matrix<T> Tanh<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var A = Z.Copy();
        TensorPrimitives.Tanh<T>(A.Span, A.Span);
        return A;
    }

    /// <summary>tanh′ = 1 − tanh², equation (2.8).</summary>
    public static Matrix<T> TanhDerivative<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Tanh(Z).Map(a => T.One - a * a);

    /// <summary>g(Z) for the activation that is named, equation (2.2).</summary>
    public static Matrix<T> Apply<T>(Activation g, Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> => g switch
    {
        Activation.ReLU => ReLU(Z),
        Activation.Sigmoid => Sigmoid(Z),
        Activation.Tanh => Tanh(Z),
        _ => throw new ArgumentOutOfRangeException(nameof(g), g, "No such activation.")
    };

    /// <summary>g′(Z) for the activation that is named.</summary>
    public static Matrix<T> Derivative<T>(Activation g, Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T> => g switch
    {
        Activation.ReLU => ReLUDerivative(Z),
        Activation.Sigmoid => SigmoidDerivative(Z),
        Activation.Tanh => TanhDerivative(Z),
        _ => throw new ArgumentOutOfRangeException(nameof(g), g, "No such activation.")
    };
}

// ───────────────────────────────────── Part 3: losses ─────────────────────────────────────

/// <summary>What training makes small.</summary>
public enum Loss
{
    /// <summary>Equation (4.5).</summary>
    CrossEntropy,
    /// <summary>Equation (4.1).</summary>
    SquaredError
}

/// <summary>Softmax, one-hot labels and the two losses. K is the number of classes (10), m the number of examples.</summary>
public static class Losses
{
    /// <summary>The labels as columns of zeros with a single one, K×m, equation (1.5).</summary>
    /// <exception cref="ArgumentOutOfRangeException">A label is not below the number of classes.</exception>
    public static Matrix<T> OneHot<T>(ReadOnlySpan<byte> labels, int classes = 10)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var Y = new Matrix<T>(classes, labels.Length);
        for (var j = 0; j < labels.Length; j++)
        {
            if (labels[j] >= classes)
                throw new ArgumentOutOfRangeException(nameof(labels),
                    $"Label {j} is {labels[j]}, but the classes are 0 to {classes - 1}.");
            Y[labels[j], j] = T.One;
        }
        return Y;
    }

    /// <summary>
    /// The probabilities of each column, K×m → K×m, equations (4.2) and (4.3). The maximum is taken from each column,
    /// that is for each example, so that no exponential can overflow.
    /// </summary>
    public static Matrix<T> Softmax<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var A = MinusColumnMaximum(Z);                                    // z − max z      (4.3)
        TensorPrimitives.Exp<T>(A.Span, A.Span);                          // e^(z − max z)
        for (var j = 0; j < A.Columns; j++)
        {
            var a = A.ColumnSpan(j);
            TensorPrimitives.Divide(a, TensorPrimitives.Sum<T>(a), a);    // divided by their sum   (4.2)
        }
        return A;
    }

    /// <summary>The logarithm of the softmax, K×m → K×m, equation (4.4): finite even where the softmax rounds to 0.</summary>
    public static Matrix<T> LogSoftmax<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var L = MinusColumnMaximum(Z);
        var exponentials = L.Copy();
        TensorPrimitives.Exp<T>(exponentials.Span, exponentials.Span);
        for (var j = 0; j < L.Columns; j++)
        {
            var logSum = T.Log(TensorPrimitives.Sum<T>(exponentials.ColumnSpan(j)));
            TensorPrimitives.Subtract(L.ColumnSpan(j), logSum, L.ColumnSpan(j));
        }
        return L;
    }

    /// <summary>Cross-entropy of m examples, equation (4.5), from Z2 and the one-hot Y (both K×m). In nats, 0 is perfect.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static double CrossEntropy<T>(Matrix<T> Z2, Matrix<T> Y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // 0·(−∞) would be NaN, so entries with Y = 0 are left out, as in (4.7).
        var y = SameShape("Cross-entropy", Z2, Y).ToPlain().Span;
        var l = LogSoftmax(Z2).Span;
        var sum = 0.0;
        for (var i = 0; i < y.Length; i++)
            if (y[i] != T.Zero) sum -= double.CreateChecked(y[i] * l[i]);
        return sum / Y.Columns;
    }

    /// <summary>Squared error of m examples, equation (4.1), from A2 and Y (both K×m).</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static double SquaredError<T>(Matrix<T> A2, Matrix<T> Y) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sum = 0.0;
        foreach (var d in (A2 - SameShape("Squared error", A2, Y)).Span)
            sum += double.CreateChecked(d * d);
        return sum / (2.0 * Y.Columns);
    }

    private static Matrix<T> MinusColumnMaximum<T>(Matrix<T> Z) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var result = Z.Copy();
        if (Z.Rows == 0) return result;
        for (var j = 0; j < result.Columns; j++)
        {
            var z = result.ColumnSpan(j);
            TensorPrimitives.Subtract(z, TensorPrimitives.Max<T>(z), z);
        }
        return result;
    }

    /// <summary>Y, when its shape is that of A. The difference A − Y alone would take a single column for a bias.</summary>
    internal static Matrix<T> SameShape<T>(string what, Matrix<T> A, Matrix<T> Y) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        A.Rows == Y.Rows && A.Columns == Y.Columns
            ? Y
            : throw new ShapeException($"{what} of a network output {A.Shape} and labels {Y.Shape}: the shapes must be equal.");
}

// ──────────────────────────────────── Part 4: the network ────────────────────────────────────

/// <summary>How the weights start.</summary>
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

/// <summary>Images with their labels, ready for a network.</summary>
/// <typeparam name="T"><c>float</c> or <c>double</c>.</typeparam>
public sealed class Examples<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int classes;

    /// <param name="X">The inputs, one column each: 784×m.</param>
    /// <param name="labels">The m labels, each below <paramref name="classes"/>.</param>
    /// <param name="classes">The number of classes, K.</param>
    /// <exception cref="ShapeException">There are not as many labels as columns.</exception>
    public Examples(Matrix<T> X, byte[] labels, int classes = 10)
    {
        if (X.Columns != labels.Length)
            throw new ShapeException($"{X.Columns} examples (X is {X.Shape}) but {labels.Length} labels: there must be one for each.");
        (this.X, Labels, this.classes, Y) = (X, labels, classes, Losses.OneHot<T>(labels, classes));
    }

    /// <summary>The inputs, one column each: 784×m, equation (1.4).</summary>
    public Matrix<T> X { get; }

    /// <summary>The labels as one-hot columns: K×m, equation (1.5).</summary>
    public Matrix<T> Y { get; }

    /// <summary>The m labels.</summary>
    public byte[] Labels { get; }

    /// <summary>m, the number of examples.</summary>
    public int Count => Labels.Length;

    /// <summary>The first examples.</summary>
    public Examples<T> Take(int count) => new(X.ColumnRange(0, count), Labels[..count], classes);

    /// <summary>A copy of the examples with these indices, in this order.</summary>
    public Examples<T> Select(ReadOnlySpan<int> indices)
    {
        var columns = X.SelectColumns(indices);
        var labels = new byte[indices.Length];
        for (var j = 0; j < labels.Length; j++) labels[j] = Labels[indices[j]];
        return new(columns, labels, classes);
    }
}

/// <summary>
/// A network of layers: A_0 = X, then A_l = g(W_l·A_(l−1) + b_l), equation (3.7), with softmax in the last layer.
/// With one hidden layer it is the network of the notes, and W1, b1, W2, b2 are its parameters.
/// </summary>
public sealed class Network<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A network with parameters that are given: W[l] is n_(l+1)×n_l, b[l] is n_(l+1)×1.</summary>
    /// <exception cref="ShapeException">The shapes do not follow on each other.</exception>
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
        (this.W, this.b, Hidden, Loss) = (W, b, hidden, loss);
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
        var layers = sizes.Zip(sizes.Skip(1), (n_in, n_out) => (n_in, n_out)).ToArray();
        var W = new Matrix<T>[layers.Length];
        var b = new Matrix<T>[layers.Length];
        for (var l = 0; l < layers.Length; l++)
        {
            var (n_in, n_out) = layers[l];
            var (weightVariance, biasVariance) = initialisation switch
            {
                Initialisation.He => (2.0 / n_in, 0.0),                                         // (6.7)
                Initialisation.Xavier => (2.0 / (n_in + n_out), 0.0),                           // (6.6)
                Initialisation.Original => (l == 0 ? 1.0 / n_in : 1.0 / (n_in + n_out),         // (6.4)
                                            l < layers.Length - 1 ? 1.0 / n_out : 1.0 / sizes[0]),
                _ => throw new ArgumentOutOfRangeException(nameof(initialisation), initialisation, "No such initialisation.")
            };
            W[l] = Matrix.Normal<T>(n_out, n_in, Math.Sqrt(weightVariance), random);
            b[l] = Matrix.Normal<T>(n_out, 1, Math.Sqrt(biasVariance), random);
        }
        return new(W, b, hidden, loss);
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

    /// <summary>How many numbers training sets, equation (3.5).</summary>
    public int ParameterCount => W.Sum(w => w.Rows * w.Columns) + b.Sum(c => c.Rows);

    /// <summary>The forward pass, equations (3.1) to (3.4) and (3.7), for m examples at once.</summary>
    /// <param name="X">One example in each column: 784×m.</param>
    /// <param name="D">For training with dropout: a mask for each hidden layer, see <see cref="Dropout.Masks"/>.</param>
    /// <exception cref="ShapeException">X has not as many rows as the network has inputs, or a mask has not the shape of its layer.</exception>
    public ForwardPass<T> Forward(Matrix<T> X, Matrix<T>[]? D = null)
    {
        if (X.Rows != W[0].Columns)
            throw new ShapeException($"The network has {W[0].Columns} inputs, but X is {X.Shape}: one column is one example, so X needs {W[0].Columns} rows.");
        if (D != null && D.Length != W.Length - 1)
            throw new ShapeException($"Dropout needs a mask for each hidden layer: the network has {W.Length - 1}, but there are {D.Length} masks.");
        var Z = new Matrix<T>[W.Length];
        var A = new Matrix<T>[W.Length + 1];
        A[0] = X;
        for (var l = 0; l < W.Length; l++)
        {
            Z[l] = W[l] * A[l] + b[l];                                                              // (3.1), (3.3)
            A[l + 1] = l < W.Length - 1 ? Activations.Apply(Hidden, Z[l]) : Losses.Softmax(Z[l]);   // (3.2), (3.4)
            if (D != null && l < D.Length) A[l + 1] = A[l + 1].Hadamard(D[l]);                      // (9.9)
        }
        return new(Z, A, D);
    }

    /// <summary>The backward pass: the gradient of the loss for every parameter, equations (5.4) to (5.11) and (5.15).</summary>
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
            if (l == 0) break;
            var dA = W[l].Transposed * dZ;                                       // (5.7)          h×m
            if (pass.D != null) dA = dA.Hadamard(pass.D[l - 1]);                 // (9.10)
            dZ = dA.Hadamard(Activations.Derivative(Hidden, pass.Z[l - 1]));     // (5.8), (5.15)
        }
        return new(dW, db);
    }

    /// <summary>
    /// Loss and gradients of any number of examples. Both are means over examples, so a large batch is gone through in
    /// slices, which keeps everything between the forward and the backward pass in the cache.
    /// </summary>
    /// <param name="examples">m examples, at least one.</param>
    /// <param name="D">For training with dropout: the masks of these examples.</param>
    public (double Loss, Gradients<T> Gradients) LossAndGradients(Examples<T> examples, Matrix<T>[]? D = null)
    {
        var (loss, sum) = (0.0, (Gradients<T>?)null);
        foreach (var (start, count) in Slices(examples.Count))
        {
            var pass = Forward(examples.X.ColumnRange(start, count), D?.Select(d => d.ColumnRange(start, count)).ToArray());
            var Y = examples.Y.ColumnRange(start, count);
            var share = (double)count / examples.Count;
            loss += share * LossOf(pass, Y);
            if (share == 1) return (loss, Backward(pass, Y));
            sum ??= Gradients<T>.Zeros(this);
            sum.AddScaled(T.CreateChecked(share), Backward(pass, Y));
        }
        return (loss, sum ?? throw new ArgumentException("There is no gradient without examples; found 0.", nameof(examples)));
    }

    /// <summary>The loss of m examples, equation (4.5) or (4.1).</summary>
    public double LossOf(ForwardPass<T> pass, Matrix<T> Y) => Loss == Loss.CrossEntropy
        ? Losses.CrossEntropy(pass.Z[^1], Y)
        : Losses.SquaredError(pass.Output, Y);

    /// <summary>The ten probabilities of each example: 10×m.</summary>
    public Matrix<T> Probabilities(Matrix<T> X) => Forward(X).Output;

    /// <summary>The predicted class of each example, equation (3.6): m numbers.</summary>
    public int[] Predict(Matrix<T> X)
    {
        var predictions = new int[X.Columns];
        foreach (var (start, count) in Slices(X.Columns, ForwardSlice))
            Forward(X.ColumnRange(start, count)).Output.ArgMaxOfColumns().CopyTo(predictions, start);
        return predictions;
    }

    /// <summary>The share of examples that are predicted right, between 0 and 1, equation (6.9).</summary>
    public double Accuracy(Examples<T> examples) => Evaluate(examples).Accuracy;

    /// <summary>Loss and accuracy over all examples. No examples: NaN and NaN.</summary>
    public (double Loss, double Accuracy) Evaluate(Examples<T> examples)
    {
        var (loss, right) = (0.0, 0);
        foreach (var (start, count) in Slices(examples.Count, ForwardSlice))
        {
            var pass = Forward(examples.X.ColumnRange(start, count));
            loss += count * LossOf(pass, examples.Y.ColumnRange(start, count));
            var predictions = pass.Output.ArgMaxOfColumns();
            for (var j = 0; j < count; j++)
                if (predictions[j] == examples.Labels[start + j]) right++;
        }
        return (loss / examples.Count, (double)right / examples.Count);
    }

    /// <summary>One step of gradient descent, equation (6.1): every parameter minus η times its gradient.</summary>
    public void Update(Gradients<T> gradients, double learningRate)
    {
        var minusRate = T.CreateChecked(-learningRate);
        for (var l = 0; l < W.Length; l++)
        {
            W[l].AddScaled(minusRate, gradients.dW[l]);
            b[l].AddScaled(minusRate, gradients.db[l]);
        }
    }

    /// <summary>A network with the same parameters that shares nothing with this one.</summary>
    public Network<T> Copy() => new([.. W.Select(w => w.Copy())], [.. b.Select(c => c.Copy())], Hidden, Loss);

    /// <summary>Takes over the parameters of a network of the same shape.</summary>
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

    /// <summary>m times the derivative of the loss by the last Z: 10×m.</summary>
    private Matrix<T> OutputError(Matrix<T> output, Matrix<T> Y)
    {
        var G = output - Losses.SameShape("Backward pass", output, Y);
        if (Loss == Loss.CrossEntropy) return G;                                     // (5.4)
        var sums = G.Hadamard(output).ColumnSums();                                  // 1×m
        return output.Hadamard(G - Matrix.Fill(output.Rows, 1, T.One) * sums);       // (5.11)
    }

    /// <summary>Pieces that bound the memory of a pass over many examples; fixed, so that sums are always added in the same order.</summary>
    private static IEnumerable<(int Start, int Count)> Slices(int examples, int size = 2016)
    {
        for (var start = 0; start < examples; start += size)
            yield return (start, Math.Min(size, examples - start));
    }

    // A forward pass alone leaves nothing to add up. In small slices its matrices are small: memory for them is quickly
    // had, and they are still in the cache when the next line reads them.
    private const int ForwardSlice = 160;
}

/// <summary>Everything that the forward pass computed, kept for the backward pass.</summary>
/// <param name="Z">Z[0] is Z1 of the notes (h×m), the last one Z2 (10×m).</param>
/// <param name="A">A[0] is X, A[1] is A1 (h×m), the last one the output (10×m).</param>
/// <param name="D">The masks of dropout that were used, D[0] for A1 (h×m); null without dropout.</param>
public sealed record ForwardPass<T>(Matrix<T>[] Z, Matrix<T>[] A, Matrix<T>[]? D = null) where T : unmanaged, IBinaryFloatingPointIeee754<T>
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
    /// <summary>h×784, equation (5.9).</summary>
    public Matrix<T> dW1 => dW[0];
    /// <summary>h×1, equation (5.10).</summary>
    public Matrix<T> db1 => db[0];
    /// <summary>10×h, equation (5.5).</summary>
    public Matrix<T> dW2 => dW[1];
    /// <summary>10×1, equation (5.6).</summary>
    public Matrix<T> db2 => db[1];

    /// <summary>Zeros with the shapes of the parameters of a network.</summary>
    public static Gradients<T> Zeros(Network<T> network) =>
        new([.. network.W.Select(W => new Matrix<T>(W.Rows, W.Columns))], [.. network.b.Select(b => new Matrix<T>(b.Rows, 1))]);

    /// <summary>this ← this + scale·other, in place.</summary>
    internal void AddScaled(T scale, Gradients<T> other)
    {
        for (var l = 0; l < dW.Length; l++)
        {
            dW[l].AddScaled(scale, other.dW[l]);
            db[l].AddScaled(scale, other.db[l]);
        }
    }
}

// ───────────────────────────────── Part 5: the gradient check ─────────────────────────────────

/// <summary>Compares gradients with finite differences of the loss. Always in double precision.</summary>
public static class GradientCheck
{
    /// <summary>
    /// Gradients below this size are compared on its scale, the "tiny" of (5.14): by (5.13) the difference quotient
    /// carries a rounding error of about 1e-11, which would be a large share of a gradient that is itself near zero.
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
        var difference = (analytic - numerical).Span;
        var a = analytic.ToPlain().Span;
        var n = numerical.ToPlain().Span;
        var largest = 0.0;
        for (var i = 0; i < difference.Length; i++)
            largest = Math.Max(largest, Math.Abs(difference[i]) / Math.Max(Math.Abs(a[i]) + Math.Abs(n[i]), Tiny));   // (5.14)
        return largest;
    }

    /// <summary>Checks every parameter of a network on the examples given. Two forward passes a parameter: use a few examples.</summary>
    public static GradientReport Run(Network<double> network, Matrix<double> X, Matrix<double> Y, double epsilon = 1e-5)
    {
        var gradients = network.Backward(network.Forward(X), Y);
        double LossNow() => network.LossOf(network.Forward(X), Y);
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
    /// <summary>The largest relative error over all parameters.</summary>
    public double LargestRelativeError => Comparisons.Max(c => c.LargestRelativeError);

    /// <summary>One line for each gradient.</summary>
    public override string ToString() => string.Join('\n', Comparisons.Select(c => string.Create(CultureInfo.InvariantCulture,
        $"{c.Gradient,-4} {c.Shape,-8} largest relative error {c.LargestRelativeError:0.0e+00}")));
}
