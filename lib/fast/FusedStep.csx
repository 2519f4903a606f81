using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

#nullable enable

// The training step, in one go. bench/how-fast-is-it.ipynb explains it step by step.

/// <summary>
/// One step of <see cref="Training"/> for the network of the notes (one hidden layer, ReLU, softmax and cross-entropy):
/// forward, loss, backward and update in one go, without taking memory. Three things make it fast.
/// (1) Four fifths of the pixels are 0. A weight times 0 adds nothing to Z1, and dZ1 times 0 nothing to dW1, so both
/// go through lists of the other pixels, which are made once.
/// (2) The hidden units are cut into panels, a few registers wide. All weights of a panel lie together, and stay in the
/// cache of the core that works on it from the forward pass to the update.
/// (3) The threads stay awake from one step to the next, see <see cref="Crew"/>.
/// The panels, and the groups into which a large batch is cut, depend on the shapes alone, and sums over them are added
/// in the same order always: the number of threads does not change a bit. The step has its own copy of the parameters:
/// <see cref="Load"/> takes them from the network, <see cref="Store"/> gives them back.
/// </summary>
internal sealed class FusedStep<T> : IDisposable where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int LargestShared = 256;      // batches up to this are shared out by panels, larger ones by examples
    private const int SliceSize = 192;          // of a larger batch so many examples go forward, then backward: that fits the cache
    private const int MostGroups = 16;          // into so many groups the examples of a larger batch are cut
    private const double DensestWorth = 0.6;    // with more pixels than this the dense product is faster

    private readonly Network<T> network;
    private readonly Examples<T> examples;
    private readonly NonZeros<T> pixels;
    private readonly PanelKernels<T> kernels;
    private readonly Crew crew;
    private readonly Action<int> forward, backward, groupByGroup, sumUp;
    private readonly int inputs, classes, padded;
    private readonly Panel[] panels;
    private readonly int[] batch;
    private readonly PaddedParameters<T> parameters;
    private readonly PaddedParameters<T>[] sums;    // of the gradients of each group
    private readonly Slice[] slices;                // for each thread
    private readonly double[] losses;               // of each group, summed over its examples
    private NonZeroSlice<T>[][]? byPixel;           // for each slice of each group, when the batch is all examples in order
    private readonly double[] reach;                // the largest factor of a gradient that each thread saw
    private double bound;                           // no parameter is larger than this
    private int count, groups;                      // examples in the batch now, and into how many groups it is cut
    private bool isWhole;                           // the batch is all examples in order
    private T straight;                             // not 0: gradients go into the parameters at once, times this

    /// <summary>What is computed for some examples on the way. Column j of A1 and dZ1 is cut into panels, all columns of one after the other.</summary>
    private sealed class Slice(NonZeros<T> pixels, int examples, int padded, int panels, int classes)
    {
        public readonly NonZeroSlice<T> X = new(pixels, examples);
        public readonly AlignedArray<T> A1 = new(examples * padded), dZ1 = new(examples * padded);
        public readonly T[] Shares = new T[panels * examples * classes];   // what each panel adds to Z2
        public double Loss;            // summed over the examples
        public readonly T[] Z2 = new T[examples * classes], A2 = new T[examples * classes];   // A2 becomes dZ2
    }

    /// <summary>A step for batches of this size (0: all examples), or null where the network or the examples are of another kind.</summary>
    public static FusedStep<T>? For(Network<T> network, Examples<T> examples, int batchSize) => Fits(network, examples)
        ? new(network, examples, batchSize == 0 ? examples.Count : Math.Min(batchSize, examples.Count))
        : null;

    /// <summary>Whether the network is of the kind above, and the examples have enough zeros.</summary>
    public static bool Fits(Network<T> network, Examples<T> examples) =>
        (typeof(T) == typeof(float) || typeof(T) == typeof(double))
        && network.W.Length == 2 && network.Hidden == Activation.ReLU && network.Loss == Loss.CrossEntropy
        && network.W1.Rows > 0 && network.W2.Rows > 0 && network.W1.Columns > 0
        && examples.Count > 0 && examples.X.Rows == network.W1.Columns && examples.Y.Rows == network.W2.Rows
        && !network.W.Concat(network.b).Append(examples.X).Append(examples.Y).Any(matrix => matrix.IsTransposed)
        && NonZeros<T>.DensityOf(examples.X) <= DensestWorth;

    /// <summary>A step on batches of these examples, which must not change as long as it is used.</summary>
    /// <param name="network">A network that <see cref="Fits"/>; its parameters are loaded.</param>
    /// <param name="examples">What batches are taken from.</param>
    /// <param name="largestBatch">No batch will have more examples.</param>
    /// <param name="kernels">Null takes the fastest.</param>
    public FusedStep(Network<T> network, Examples<T> examples, int largestBatch, PanelKernels<T>? kernels = null)
    {
        this.kernels = kernels ??= PanelKernels<T>.ForThisMachine();
        (this.network, this.examples) = (network, examples);
        (inputs, classes) = (network.W1.Columns, network.W2.Rows);
        panels = Panel.Cut(network.W1.Rows, kernels.RegisterLength);
        // A small batch has no work for more threads than panels.
        crew = new(largestBatch > LargestShared ? MatrixProduct.Threads : Math.Min(MatrixProduct.Threads, panels.Length));
        // What belongs to a band of a panel of weights fits the first-level cache: with 64 bytes a register, 24 KB.
        pixels = new(examples.X, Math.Min(256, 384 / (panels[0].Width / kernels.RegisterLength)));
        padded = panels[^1].At + panels[^1].Width;
        batch = new int[largestBatch];
        parameters = new(panels, inputs, classes);
        sums = [.. Enumerable.Range(0, GroupsOf(largestBatch)).Select(_ => new PaddedParameters<T>(panels, inputs, classes))];
        slices = [.. Enumerable.Range(0, crew.Count).Select(_ => new Slice(pixels, Math.Min(largestBatch, LargestShared), padded, panels.Length, classes))];
        (losses, reach) = (new double[sums.Length], new double[crew.Count]);
        (forward, backward, groupByGroup, sumUp) = (Forward, Backward, GroupByGroup, SumUp);
        Load();
    }

    /// <summary>Takes the parameters from the network.</summary>
    public void Load()
    {
        parameters.Load(network.W, network.b);
        bound = parameters.Largest;
    }

    /// <summary>Gives the parameters to the network.</summary>
    public void Store() => parameters.Store(network.W, network.b);

    /// <summary>Ends the threads.</summary>
    public void Dispose() => crew.Dispose();

    /// <summary>One step of gradient descent, (6.1), on the examples with these indices. Returns their loss before the step.</summary>
    public double Step(ReadOnlySpan<int> indices, double learningRate)
    {
        var scale = T.CreateChecked(-learningRate / indices.Length);
        if (!IsSafe || !T.IsFinite(scale))
        {
            Store();
            var (loss, gradients) = network.LossAndGradients(examples.Select(indices));
            network.Update(gradients, learningRate);
            Load();
            return loss;
        }
        var isStraight = indices.Length <= LargestShared;
        var meanLoss = Run(indices, isStraight ? scale : T.Zero);
        if (isStraight)
            TensorPrimitives.MultiplyAdd(sums[0].b2, scale, parameters.b2, parameters.b2);
        else
        {
            crew.Run(sumUp);
            parameters.AddScaled(scale, sums[0]);
        }
        bound += Math.Abs(learningRate) * reach.Max();
        return meanLoss;
    }

    /// <summary>
    /// The loss of the examples with these indices and its gradients, for other rules than (6.1). The parameters are
    /// those that the network has now.
    /// </summary>
    public double Gradients(ReadOnlySpan<int> indices, Gradients<T> into)
    {
        Load();
        if (!IsSafe)
        {
            var (loss, gradients) = network.LossAndGradients(examples.Select(indices));
            for (var l = 0; l < 2; l++)
            {
                into.dW[l].CopyFrom(gradients.dW[l]);
                into.db[l].CopyFrom(gradients.db[l]);
            }
            return loss;
        }
        var meanLoss = Run(indices, T.Zero);
        crew.Run(sumUp);
        sums[0].Scale(T.One / T.CreateChecked(indices.Length));
        sums[0].Store(into.dW, into.db);
        return meanLoss;
    }

    /// <summary>
    /// Whether nothing can become infinite on the way to dZ1. Where a weight is infinite or NaN, even a pixel of 0 makes
    /// a NaN, and must not be skipped: then the plain equations compute the step.
    /// </summary>
    private bool IsSafe => (padded + 1.0) * (inputs * pixels.Largest + 1) * Math.Max(1, bound * bound) < 1e30;

    /// <summary>Loss and gradients; they go to sums, or into the parameters, see <see cref="straight"/>.</summary>
    private double Run(ReadOnlySpan<int> indices, T straight)
    {
        if (indices.Length == 0 || indices.Length > batch.Length)
            throw new ArgumentException($"A step takes 1 to {batch.Length} examples; found {indices.Length}.", nameof(indices));
        foreach (var index in indices)
            if ((uint)index >= (uint)examples.Count)
                throw new ArgumentOutOfRangeException(nameof(indices), $"There is no example {index}: there are {examples.Count}, counted from 0.");
        indices.CopyTo(batch);
        (count, groups, this.straight) = (indices.Length, GroupsOf(indices.Length), straight);
        Array.Clear(losses);
        Array.Clear(reach);
        if (count <= LargestShared)
        {
            crew.Run(forward);
            crew.Run(backward);
        }
        else
        {
            isWhole = count == examples.Count && NonZeroSlice<T>.AreInOrder(indices);
            if (isWhole) byPixel ??= ListByPixel();
            crew.Run(groupByGroup);
        }
        var loss = 0.0;
        for (var g = 0; g < groups; g++) loss += losses[g];
        return loss / count;
    }

    /// <summary>A small batch, first half: each thread computes Z1 and A1 of its panels, and what they add to Z2.</summary>
    private void Forward(int thread)
    {
        slices[thread].X.Take(batch.AsSpan(0, count));
        if (thread == 0) Array.Clear(sums[0].b2);
        for (var p = 0; p < panels.Length; p++)
        {
            if (Owner(p) != thread) continue;
            if (straight == T.Zero) sums[0].Clear(panels[p]);
            Forward(p, slices[thread].X, slices[0]);
        }
    }

    /// <summary>Second half: each thread computes the gradients of its panels. All of them compute dZ2, which is sooner than waiting for it.</summary>
    private void Backward(int thread)
    {
        OutputError(slices[0].Shares, slices[thread], batch.AsSpan(0, count));
        if (thread == 0) AddLoss(0, slices[0]);
        for (var p = 0; p < panels.Length; p++)
            if (Owner(p) == thread) Backward(p, slices[thread].X, slices[0], slices[thread].A2, sums[0], thread);
    }

    /// <summary>A large batch: each thread takes whole groups of examples, slice after slice, through all panels.</summary>
    private void GroupByGroup(int thread)
    {
        var slice = slices[thread];
        for (var g = thread; g < groups; g += crew.Count)
        {
            sums[g].Clear();
            var group = Group(g);
            for (var i = 0; i < group.Length; i += SliceSize)
            {
                var of = group.Slice(i, Math.Min(SliceSize, group.Length - i));
                slice.X.Take(of);
                for (var p = 0; p < panels.Length; p++) Forward(p, slice.X, slice);
                OutputError(slice.Shares, slice, of);
                AddLoss(g, slice);
                for (var p = 0; p < panels.Length; p++) Backward(p, slice.X, slice, slice.A2, sums[g], thread, isWhole ? byPixel![g][i / SliceSize] : null);
            }
        }
    }

    private Span<int> Group(int g) => batch.AsSpan(0, count)[((int)((long)g * count / groups))..(int)((g + 1L) * count / groups)];

    /// <summary>
    /// The lists of a large batch a second time, now for each pixel the examples of a slice in which it is not 0. With
    /// them dW1 is summed in registers, and a weight is loaded and stored once for each slice, not once for each example.
    /// </summary>
    private NonZeroSlice<T>[][] ListByPixel() => [.. Enumerable.Range(0, groups).Select(g =>
        Group(g).ToArray().Chunk(SliceSize).Select(of => new NonZeroSlice<T>(new(examples.X.ColumnRange(of[0], of.Length).Transposed.ToPlain(), SliceSize), 0).TakeAll()).ToArray())];

    /// <summary>Z1 and A1 of a panel, and what it adds to Z2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Forward(int p, NonZeroSlice<T> X, Slice slice)
    {
        var panel = panels[p];
        var A = slice.A1.Span(panel.At * X.Count, panel.Width * X.Count);
        for (var j = 0; j < X.Count; j++) parameters.b1.Span(panel.At, panel.Width).CopyTo(A[(j * panel.Width)..]);
        for (var band = 0; band < X.Bands; band++)
            kernels.AddProduct(panel.Width, X, band, ref parameters.W1[panel.At * inputs + band * X.BandRows * panel.Width], ref A[0]);   // (3.1)
        kernels.ReLU(A);                                                                                                                  // (3.2)
        kernels.Scores(panel.Width, X.Count, ref parameters.W2[panel.At * classes], ref A[0], slice.Shares.AsSpan(p * X.Count * classes), classes);
    }

    /// <summary>dZ1 of a panel, and its gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Backward(int p, NonZeroSlice<T> X, Slice slice, ReadOnlySpan<T> dZ2, PaddedParameters<T> sum, int thread, NonZeroSlice<T>? byPixel = null)
    {
        var panel = panels[p];
        var (into, scale) = straight != T.Zero ? (parameters, straight) : (sum, T.One);
        var A = slice.A1.Span(panel.At * X.Count, panel.Width * X.Count);
        var d = slice.dZ1.Span(panel.At * X.Count, panel.Width * X.Count);
        kernels.HiddenError(panel.Width, X.Count, ref parameters.W2[panel.At * classes], dZ2, classes, ref A[0], ref d[0]);
        kernels.AddOuterProducts(panel.Width, X.Count, dZ2, classes, scale, ref A[0], ref into.W2[panel.At * classes]);
        kernels.AddColumns(panel.Width, X.Count, scale, ref d[0], ref into.b1[panel.At]);
        if (byPixel != null) kernels.AddProduct(panel.Width, byPixel, 0, ref d[0], ref into.W1[panel.At * inputs]);
        for (var band = 0; byPixel == null && band < X.Bands; band++)
            kernels.AddOuterProducts(panel.Width, X, band, scale, ref d[0], ref into.W1[panel.At * inputs + band * X.BandRows * panel.Width]);
        reach[thread] = Math.Max(reach[thread], Math.Max(Math.Max(1, pixels.Largest) * kernels.Largest(d), Math.Max(1, kernels.Largest(A))));
    }

    /// <summary>Z2 − max Z2 from the shares of the panels, and dZ2 = A2 − Y, equations (3.3), (4.2), (4.3) and (5.4); the loss (4.5).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void OutputError(ReadOnlySpan<T> shares, Slice slice, ReadOnlySpan<int> of)
    {
        var Z2 = slice.Z2.AsSpan(0, of.Length * classes);
        var A2 = slice.A2.AsSpan(0, of.Length * classes);
        for (var j = 0; j < of.Length; j++) parameters.b2.CopyTo(Z2[(j * classes)..]);
        for (var p = 0; p < panels.Length; p++) kernels.Add(shares.Slice(p * Z2.Length, Z2.Length), Z2);
        for (var j = 0; j < of.Length; j++)
        {
            var z = Z2.Slice(j * classes, classes);
            var max = z[0];
            for (var k = 1; k < z.Length; k++) max = T.MaxNative(max, z[k]);
            for (var k = 0; k < z.Length; k++) z[k] -= max;
        }
        // The vector routine is the faster one when it has been compiled for the second time, which takes half a second;
        // short trainings with small batches would spend it waiting.
        if (count > LargestShared) TensorPrimitives.Exp<T>(Z2, A2);
        else for (var i = 0; i < Z2.Length; i++) A2[i] = T.Exp(Z2[i]);
        slice.Loss = 0;
        for (var j = 0; j < of.Length; j++)
        {
            var z = Z2.Slice(j * classes, classes);
            var a = A2.Slice(j * classes, classes);
            var y = examples.Y.ColumnSpan(of[j]);
            var sum = T.Zero;
            for (var k = 0; k < a.Length; k++) sum += a[k];
            var (oneOverSum, logSum, loss) = (T.One / sum, T.Log(sum), T.Zero);
            for (var k = 0; k < a.Length; k++)
            {
                if (y[k] != T.Zero) loss += y[k] * (logSum - z[k]);   // 0·(−∞) would be NaN, as in (4.7)
                a[k] = a[k] * oneOverSum - y[k];
            }
            slice.Loss += double.CreateChecked(loss);
        }
    }

    /// <summary>db2, and the loss of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddLoss(int g, Slice slice)
    {
        losses[g] += slice.Loss;
        for (var j = 0; j < slice.X.Count; j++) kernels.Add(slice.A2.AsSpan(j * classes, classes), sums[g].b2);
    }

    /// <summary>Adds the sums of all groups to those of the first.</summary>
    private void SumUp(int thread)
    {
        for (var p = 0; p < panels.Length; p++)
            if (Owner(p) == thread)
                for (var g = 1; g < groups; g++) sums[0].Add(sums[g], panels[p], isFirst: p == 0);
    }

    /// <summary>The thread that has a panel in a small batch: each has panels that follow on each other, of about the same width in all.</summary>
    private int Owner(int p) => (int)((2L * panels[p].At + panels[p].Width) * crew.Count / (2L * padded));

    private static int GroupsOf(int count) => count <= LargestShared ? 1 : MostGroups;
}

/// <summary>Hidden units Unit … Unit+Count−1. The panel is filled up with zeros to Width; At says how wide those before it are.</summary>
internal readonly record struct Panel(int Unit, int Count, int Width, int At)
{
    /// <summary>Panels of four registers, and of two or one for the rest; few units are cut finer, so that threads can share them.</summary>
    public static Panel[] Cut(int units, int registerLength)
    {
        var cut = new List<Panel>();
        for (var unit = 0; unit < units; unit += cut[^1].Width)
        {
            var left = (units - unit + registerLength - 1) / registerLength;
            var width = (units >= 8 * registerLength && left >= 4 ? 4 : left >= 2 ? 2 : 1) * registerLength;
            cut.Add(new(unit, Math.Min(width, units - unit), width, unit));
        }
        return [.. cut];
    }
}

/// <summary>
/// Parameters (or gradients) of a network with one hidden layer, panel after panel. Of a panel W1 holds column after
/// column, and W2 row after row, so both hold a number for each unit of the panel, and again, and again.
/// </summary>
internal sealed class PaddedParameters<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Panel[] panels;
    private readonly int inputs, classes;

    public PaddedParameters(Panel[] panels, int inputs, int classes)
    {
        (this.panels, this.inputs, this.classes) = (panels, inputs, classes);
        var padded = panels[^1].At + panels[^1].Width;
        (W1, b1, W2, b2) = (new(padded * inputs), new(padded), new(padded * classes), new T[classes]);
    }

    public AlignedArray<T> W1 { get; }

    public AlignedArray<T> b1 { get; }

    public AlignedArray<T> W2 { get; }

    public T[] b2 { get; }

    /// <summary>The largest absolute value; NaN if there is a NaN.</summary>
    public double Largest => Math.Max(Math.Max(W1.Largest(), b1.Largest()), Math.Max(W2.Largest(), double.CreateChecked(TensorPrimitives.MaxMagnitude<T>(b2))));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Load(Matrix<T>[] W, Matrix<T>[] b)
    {
        foreach (var panel in panels)
        {
            for (var q = 0; q < inputs; q++) W[0].ColumnSpan(q).Slice(panel.Unit, panel.Count).CopyTo(W1.Span(panel.At * inputs + q * panel.Width, panel.Count));
            b[0].Span.Slice(panel.Unit, panel.Count).CopyTo(b1.Span(panel.At, panel.Count));
            for (var n = 0; n < panel.Count; n++)
                for (var k = 0; k < classes; k++) W2[panel.At * classes + k * panel.Width + n] = W[1].ColumnSpan(panel.Unit + n)[k];
        }
        b[1].Span.CopyTo(b2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Store(Matrix<T>[] W, Matrix<T>[] b)
    {
        foreach (var panel in panels)
        {
            for (var q = 0; q < inputs; q++) W1.Span(panel.At * inputs + q * panel.Width, panel.Count).CopyTo(W[0].ColumnSpan(q)[panel.Unit..]);
            b1.Span(panel.At, panel.Count).CopyTo(b[0].Span[panel.Unit..]);
            for (var n = 0; n < panel.Count; n++)
                for (var k = 0; k < classes; k++) W[1].ColumnSpan(panel.Unit + n)[k] = W2[panel.At * classes + k * panel.Width + n];
        }
        b2.CopyTo(b[1].Span);
    }

    /// <summary>Zeros in one panel.</summary>
    public void Clear(Panel panel)
    {
        W1.Span(panel.At * inputs, panel.Width * inputs).Clear();
        b1.Span(panel.At, panel.Width).Clear();
        W2.Span(panel.At * classes, panel.Width * classes).Clear();
    }

    /// <summary>Zeros everywhere.</summary>
    public void Clear()
    {
        foreach (var panel in panels) Clear(panel);
        Array.Clear(b2);
    }

    /// <summary>this ← this + other, in one panel, and with the first panel in b2.</summary>
    public void Add(PaddedParameters<T> other, Panel panel, bool isFirst)
    {
        Add(W1.Span(panel.At * inputs, panel.Width * inputs), other.W1.Span(panel.At * inputs, panel.Width * inputs));
        Add(b1.Span(panel.At, panel.Width), other.b1.Span(panel.At, panel.Width));
        Add(W2.Span(panel.At * classes, panel.Width * classes), other.W2.Span(panel.At * classes, panel.Width * classes));
        if (isFirst) Add(b2, other.b2);

        static void Add(Span<T> sum, ReadOnlySpan<T> x) => TensorPrimitives.Add(sum, x, sum);
    }

    /// <summary>this ← this + scale·other.</summary>
    public void AddScaled(T scale, PaddedParameters<T> other)
    {
        TensorPrimitives.MultiplyAdd(other.W1.Span(), scale, W1.Span(), W1.Span());
        TensorPrimitives.MultiplyAdd(other.b1.Span(), scale, b1.Span(), b1.Span());
        TensorPrimitives.MultiplyAdd(other.W2.Span(), scale, W2.Span(), W2.Span());
        TensorPrimitives.MultiplyAdd(other.b2, scale, b2, b2);
    }

    /// <summary>this ← scale·this.</summary>
    public void Scale(T scale)
    {
        TensorPrimitives.Multiply(W1.Span(), scale, W1.Span());
        TensorPrimitives.Multiply(b1.Span(), scale, b1.Span());
        TensorPrimitives.Multiply(W2.Span(), scale, W2.Span());
        TensorPrimitives.Multiply(b2, scale, b2);
    }
}
