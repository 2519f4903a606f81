using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

#nullable enable

// The training step, in one go. bench/how-fast-is-it.ipynb explains it step by step.

/// <summary>
/// One step of training for the network of the notes (one hidden layer, ReLU, softmax and cross-entropy):
/// forward, loss, backward and update in one go, without taking memory. Three things make it fast.
/// (1) Four fifths of the pixels are 0. A weight times 0 adds nothing to Z1, and dZ1 times 0 nothing to dW1, so both
/// go through lists of the other pixels, which are made once.
/// (2) The hidden units are cut into panels, a few registers wide. All weights of a panel lie together, and stay in the
/// cache of the core that works on it from the forward pass to the update.
/// (3) The threads stay awake from one step to the next, see <see cref="Crew"/>.
/// The panels, and the groups into which a large batch is cut, depend on the shapes alone, and sums over them are added
/// in the same order always: the number of threads does not change a bit. The step has its own copy of the parameters,
/// and of what their rule remembers: <see cref="Load"/> takes them, <see cref="Store"/> gives them back.
/// </summary>
public sealed class FusedStep<T> : IDisposable where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int LargestShared = 256;      // batches up to this are shared out by panels, larger ones by examples
    private const int LeastShared = 768;        // of batches with fewer activations one thread makes the step alone: it takes some 5 µs
    private const int SliceSize = ChunkedPass<T>.Most;   // of a larger batch so many examples go forward, then backward: that fits the cache
    private const int MostGroups = 16;          // into so many groups the examples of a larger batch are cut
    private const int LeastPanels = 4, FewestByPixel = 32;   // for so many wide panels and examples it pays to make lists by pixel first
    private const double DensestWorth = 0.6;    // with more pixels than this the dense product is faster

    private readonly Grid<T> X;
    private readonly ReadOnlyMemory<T> Y;
    private readonly Memory<T>[] W, b, V, S;
    private readonly Rule<T> rule;
    private readonly double dropout;
    private readonly NonZeros<T> pixels;
    private readonly PanelKernels<T> kernels;
    private readonly Crew crew;
    private readonly Action<int> smallBatch, outputError, groupByGroup, sumUpAndUpdate;
    private readonly int inputs, units, classes, padded;
    private readonly Panel[] panels;
    private readonly (int From, int To)[] owned;    // of a small batch, the panels of each thread
    private readonly int[] batch;
    private readonly PaddedParameters<T> parameters;
    private readonly PaddedParameters<T>? v, s;     // what the rule remembers, V and S
    private readonly PaddedParameters<T>[] sums;    // of the gradients of each group
    private readonly Slice[] slices;                // for each thread
    private readonly double[] losses;               // of each group, summed over its examples
    private Pixels[][]? whole;                      // for each slice of each group, when the batch is all examples in order
    private ChunkSlice<T>[][]? chunks;              // the same, in chunks
    private readonly byte[]? whites;                // of the images, where all are of greys and units are few
    private readonly ChunkedParameters<T>? chunked; // for them
    private readonly PixelKernels<T>? pixelKernels; // for many units
    private readonly PairKernels<T>? pairKernels;   // for two panels of one thread
    private readonly PixelLists<T>[] lists;         // of a small batch, or of slices of a large one, for each thread
    private readonly (ChunkedPass<T> Pass, ChunkedParameters<T> Gradients)[] passes;   // of a group in chunks, for each thread
    private readonly double[] reach;                // the largest factor of a gradient that each thread saw
    private double bound, boundOfV;                 // no parameter, and no entry of V, is larger than this
    private int count, groups;                      // examples in the batch now, and into how many groups it is cut
    private bool isWhole;                           // the batch is all examples in order
    private bool isStraight;                        // gradients go into the parameters at once
    private Mask mask;                              // of dropout, in this step

    /// <summary>What is computed for some examples on the way. Column j of A1 and dZ1 is cut into panels, all columns of one after the other.</summary>
    private sealed class Slice(NonZeros<T> pixels, int examples, int padded, int panels, int classes)
    {
        public readonly NonZeroSlice<T> X = new(pixels, examples);
        public readonly AlignedArray<T> A1 = new(examples * padded), dZ1 = new(examples * padded);
        public readonly T[] Shares = new T[panels * examples * classes];   // what each panel adds to Z2
        public readonly double[] Losses = new double[examples];
        public readonly T[] Z2 = new T[examples * classes], A2 = new T[examples * classes];   // A2 becomes dZ2
    }

    /// <summary>The pixels of some examples that are not 0, as they are gone through: all forms that are there.</summary>
    /// <param name="ByExample">For each example.</param>
    /// <param name="Lists">For each pixel, made for this batch.</param>
    /// <param name="ByPixel">The same for all examples in order, made once.</param>
    private readonly record struct Pixels(NonZeroSlice<T> ByExample, PixelLists<T>? Lists = null, NonZeroSlice<T>? ByPixel = null);

    /// <summary>
    /// Begins steps on batches of some examples, which must not change as long as it is used. Null where the network is
    /// of another kind than above, or the examples have too few zeros for it to be worth it.
    /// </summary>
    /// <param name="sizes">Inputs, hidden units, classes.</param>
    /// <param name="activation">Of the hidden layers: 0 is ReLU.</param>
    /// <param name="loss">0 is cross-entropy after a softmax.</param>
    /// <param name="optimiser">0 plain gradient descent, 1 momentum, 2 Adam.</param>
    /// <param name="momentum">μ of (9.1), or β1 of (9.3).</param>
    /// <param name="beta2">β2 of (9.4).</param>
    /// <param name="weightDecay">λ of (9.8).</param>
    /// <param name="dropout">p of (9.9).</param>
    /// <param name="X">The examples, one column of inputs each.</param>
    /// <param name="Y">Their labels, one column of classes each.</param>
    /// <param name="W">The weights of each layer, column after column; read by <see cref="Load"/>, written by <see cref="Store"/>.</param>
    /// <param name="b">The biases of each layer.</param>
    /// <param name="V">What the rule remembers of the weights of each layer, then of the biases: V, or M of Adam; empty for plain descent.</param>
    /// <param name="S">The same of the squares, for Adam.</param>
    /// <param name="largestBatch">No batch will have more examples.</param>
    public static FusedStep<T>? Begin(int[] sizes, int activation, int loss, int optimiser, double momentum, double beta2, double weightDecay, double dropout,
        ReadOnlyMemory<T> X, ReadOnlyMemory<T> Y, Memory<T>[] W, Memory<T>[] b, Memory<T>[] V, Memory<T>[] S, int largestBatch) =>
        (typeof(T) == typeof(float) || typeof(T) == typeof(double)) && sizes.Length == 3 && activation == 0 && loss == 0 && X.Length > 0
        && Rule<T>.IsBounded(optimiser, momentum, beta2)
        && NonZeros<T>.DensityOf(new(MemoryMarshal.AsMemory(X), sizes[0], X.Length / sizes[0], false)) <= DensestWorth
            ? new(sizes, new(optimiser, momentum, beta2, weightDecay), dropout, X, Y, W, b, V, S, largestBatch)
            : null;

    /// <inheritdoc cref="Begin"/>
    internal FusedStep(int[] sizes, Rule<T> rule, double dropout, ReadOnlyMemory<T> X, ReadOnlyMemory<T> Y, Memory<T>[] W, Memory<T>[] b,
        Memory<T>[] V, Memory<T>[] S, int largestBatch, PanelKernels<T>? kernels = null)
    {
        this.kernels = kernels ??= PanelKernels<T>.ForThisMachine();
        (inputs, units, classes, this.W, this.b, this.V, this.S, this.Y, this.rule, this.dropout) = (sizes[0], sizes[1], sizes[2], W, b, V, S, Y, rule, dropout);
        this.X = new(MemoryMarshal.AsMemory(X), inputs, X.Length / inputs, false);
        panels = Panel.Cut(sizes[1], kernels.RegisterLength);
        // A small batch has no work for more threads than panels, and a very small one is done before another has begun.
        crew = new(largestBatch > LargestShared ? Cores.Threads : largestBatch * sizes[1] < LeastShared ? 1 : Math.Min(Cores.Threads, panels.Length));
        // What belongs to a band of a panel of weights fits the first-level cache: with 64 bytes a register, 24 KB.
        pixels = new(this.X, Math.Min(256, 384 / (panels[0].Width / kernels.RegisterLength)));
        padded = panels[^1].At + panels[^1].Width;
        batch = new int[largestBatch];
        parameters = new(panels, inputs, classes);
        v = V.Length > 0 ? new(panels, inputs, classes) : null;
        s = S.Length > 0 ? new(panels, inputs, classes) : null;
        sums = [.. Enumerable.Range(0, GroupsOf(largestBatch)).Select(_ => new PaddedParameters<T>(panels, inputs, classes))];
        slices = [.. Enumerable.Range(0, crew.Count).Select(_ => new Slice(pixels, Math.Min(largestBatch, LargestShared), padded, panels.Length, classes))];
        // Of pixels in chunks more are multiplied, ten units each, than of single ones, a register of units each.
        whites = panels.Length == 1 && units is > ChunkedParameters<T>.Units / 2 and <= ChunkedParameters<T>.Units && dropout == 0
            && largestBatch > LargestShared && largestBatch >= this.X.Columns && kernels is not PrecompiledKernels<T> ? ChunkSlice<T>.Whites(X.Span, inputs) : null;
        chunked = whites == null ? null : new(inputs, classes);
        passes = [.. slices.Where(_ => chunked != null).Select(_ => (new ChunkedPass<T>(classes), new ChunkedParameters<T>(inputs, classes)))];
        // In a small batch each thread has panels that follow on each other, of about the same width in all.
        owned = [.. slices.Select((_, thread) => (panels.Count(panel => Owner(panel) < thread), panels.Count(panel => Owner(panel) <= thread)))];
        pairKernels = PairKernels<T>.For(kernels);
        pixelKernels = PixelKernels<T>.For(kernels) is { } wide && panels.Count(panel => panel.Width == wide.Width) >= LeastPanels ? wide : null;
        lists = [.. Enumerable.Range(0, pixelKernels == null ? 0 : crew.Count).Select(_ => new PixelLists<T>(inputs, Math.Min(largestBatch, LargestShared)))];
        (losses, reach) = (new double[sums.Length], new double[crew.Count]);
        (smallBatch, outputError, groupByGroup, sumUpAndUpdate) = (SmallBatch, OutputError, GroupByGroup, SumUpAndUpdate);
        Load();
    }

    /// <summary>Takes the parameters from W and b, and what the rule remembers from V and S.</summary>
    public void Load()
    {
        parameters.Load(W[0].Span, b[0].Span, W[1].Span, b[1].Span);
        v?.Load(V[0].Span, V[2].Span, V[1].Span, V[3].Span);   // of W1, b1, W2, b2
        s?.Load(S[0].Span, S[2].Span, S[1].Span, S[3].Span);
        (bound, boundOfV) = (parameters.Largest, v?.Largest ?? 0);
    }

    /// <summary>Gives all of it back.</summary>
    public void Store()
    {
        parameters.Store(W[0].Span, b[0].Span, W[1].Span, b[1].Span);
        v?.Store(V[0].Span, V[2].Span, V[1].Span, V[3].Span);
        s?.Store(S[0].Span, S[2].Span, S[1].Span, S[3].Span);
    }

    /// <summary>How many threads make a step.</summary>
    internal int Threads => crew.Count;

    /// <summary>Ends the threads.</summary>
    public void Dispose() => crew.Dispose();

    /// <summary>
    /// One step by the rule, on the examples with these indices. Returns their loss before the step; null when numbers are
    /// so large that the plain equations must make the step.
    /// </summary>
    /// <param name="indices">The examples of the batch.</param>
    /// <param name="learningRate">η of this step.</param>
    /// <param name="key">The key of D of (9.9); without dropout it says nothing.</param>
    /// <param name="t">The number of this step, counted from 1, for (9.5).</param>
    public double? Step(ReadOnlyMemory<int> indices, double learningRate, long key = 0, int t = 1)
    {
        if (!IsSafe || !double.IsFinite(double.CreateChecked(T.CreateSaturating(learningRate))) || !rule.Begin(learningRate, indices.Length, t)) return null;
        mask = Mask.Of(key, dropout);
        isStraight = rule.IsPlain && indices.Length <= LargestShared;
        var meanLoss = Run(indices.Span);
        if (indices.Length > LargestShared) crew.Run(sumUpAndUpdate);
        rule.Apply(parameters.b2, v?.b2, s?.b2, sums[0].b2, decays: false);
        (bound, boundOfV) = rule.Bounds(bound, boundOfV, reach.Max());
        return meanLoss;
    }

    /// <summary>
    /// Whether nothing can become infinite on the way to dZ1. Where a weight is infinite or NaN, even a pixel of 0 makes
    /// a NaN, and must not be skipped: then the plain equations compute the step.
    /// </summary>
    private bool IsSafe => (padded + 1.0) * (inputs * pixels.Largest + 1) * Math.Max(1, bound * bound) < 1e30;

    /// <summary>Loss and gradients; of a small batch the update, too, but for b2.</summary>
    private double Run(ReadOnlySpan<int> indices)
    {
        if (indices.Length == 0 || indices.Length > batch.Length)
            throw new ArgumentException($"A step takes 1 to {batch.Length} examples; found {indices.Length}.", nameof(indices));
        foreach (var index in indices)
            if ((uint)index >= (uint)X.Columns)
                throw new ArgumentOutOfRangeException(nameof(indices), $"There is no example {index}: there are {X.Columns}, counted from 0.");
        indices.CopyTo(batch);
        (count, groups) = (indices.Length, GroupsOf(indices.Length));
        Array.Clear(losses);
        Array.Clear(reach);
        if (count <= LargestShared) crew.Run(smallBatch);
        else
        {
            isWhole = count == X.Columns && NonZeroSlice<T>.AreInOrder(indices);
            if (isWhole && chunked != null)
            {
                chunks ??= OfWhole(InChunks);
                chunked.Load(parameters, padded);
            }
            else if (isWhole) whole ??= OfWhole(BothWays);
            crew.Run(groupByGroup);
        }
        var loss = 0.0;
        for (var g = 0; g < groups; g++) loss += losses[g];
        return loss / count;
    }

    /// <summary>A small batch: each thread goes forward and backward through its panels, and in between who is there computes dZ2.</summary>
    private void SmallBatch(int thread)
    {
        Forward(thread);
        crew.Meet(thread);
        crew.Share(outputError);
        Backward(thread);
    }

    /// <summary>First half: each thread computes Z1 and A1 of its panels, and what they add to Z2.</summary>
    private void Forward(int thread)
    {
        var x = slices[thread].X.Take(batch.AsSpan(0, count));
        if (thread == 0) Array.Clear(sums[0].b2);
        var (from, to) = owned[thread];
        for (var p = from; p < to && !isStraight; p++) sums[0].Clear(panels[p]);
        ForwardOfPanels(from, to, count, new(x), slices[0], 0);
        // For the second half. Each thread makes all of the lists: those of another core can take longer to come.
        if (!IsByPixel(count)) return;
        for (var band = 0; band < x.Bands; band++) lists[thread].List(x, band, isStraight ? rule.Straight : T.One);
    }

    /// <summary>In between: a piece of dZ2.</summary>
    private void OutputError(int piece) => OutputError(slices[0], batch.AsSpan(0, count), piece * count / crew.Count, (piece + 1) * count / crew.Count);

    /// <summary>Second half: each thread computes the gradients of its panels.</summary>
    private void Backward(int thread)
    {
        if (thread == 0) AddLossAndDb2(0, slices[0], count);
        for (var p = owned[thread].From; p < owned[thread].To; p++)
        {
            BackwardOfPanel(p, count, new(slices[thread].X, IsByPixel(count) ? lists[thread] : null), slices[0], sums[0], thread);
            if (!isStraight) Update(panels[p]);
        }
    }

    /// <summary>A large batch: each thread takes whole groups of examples, slice after slice, through all panels.</summary>
    private void GroupByGroup(int thread)
    {
        if (isWhole && chunks != null)
        {
            GroupByGroupInChunks(thread);
            return;
        }
        var slice = slices[thread];
        for (var g = thread; g < groups; g += crew.Count)
        {
            sums[g].Clear();
            var group = Group(g);
            var before = (int)((long)g * count / groups);   // examples of the groups before
            for (var i = 0; i < group.Length; i += SliceSize)
            {
                var of = group.Slice(i, Math.Min(SliceSize, group.Length - i));
                var x = isWhole ? whole![g][i / SliceSize] : Listed(of, thread);
                ForwardOfPanels(0, panels.Length, of.Length, x, slice, before + i);
                OutputError(slice, of, 0, of.Length);
                AddLossAndDb2(g, slice, of.Length);
                for (var p = 0; p < panels.Length; p++) BackwardOfPanel(p, of.Length, x, slice, sums[g], thread);
            }
        }
    }

    private void GroupByGroupInChunks(int thread)
    {
        var (pass, gradients) = passes[thread];
        for (var g = thread; g < groups; g += crew.Count)
        {
            gradients.Clear();
            foreach (var slice in chunks![g])
            {
                losses[g] += pass.Run(slice, chunked!, gradients);
                var (largestA1, largestDZ1) = pass.Largest;
                SeeReach(thread, largestA1, largestDZ1);
            }
            gradients.Store(sums[g], padded);
        }
    }

    /// <summary>What a thread saw in A1 and dZ1: with pixels and weights these are the factors of all gradients.</summary>
    private void SeeReach(int thread, double largestA1, double largestDZ1) =>
        reach[thread] = Math.Max(reach[thread], Math.Max(Math.Max(1, pixels.Largest) * largestDZ1, Math.Max(1, largestA1)));

    private Span<int> Group(int g) => batch.AsSpan(0, count)[((int)((long)g * count / groups))..(int)((g + 1L) * count / groups)];

    private Pixels Listed(ReadOnlySpan<int> of, int thread)
    {
        var x = slices[thread].X.Take(of);
        if (!IsByPixel(of.Length)) return new(x);
        for (var band = 0; band < x.Bands; band++) lists[thread].List(x, band, T.One);
        return new(x, lists[thread]);
    }

    private bool IsByPixel(int examples) => pixelKernels != null && examples >= FewestByPixel;

    /// <summary>What a batch of all examples has is made once, as the examples do not change as long as this is used.</summary>
    private S[][] OfWhole<S>(Func<int[], S> make) =>
        [.. Enumerable.Range(0, groups).AsParallel().AsOrdered().Select(g => Group(g).ToArray().Chunk(SliceSize).Select(make).ToArray())];

    /// <summary>
    /// The lists with their columns sorted; and a second time, for each pixel the examples in which it is not 0. With these
    /// dW1 is summed in registers, and a weight is loaded and stored once for each slice, not once for each example.
    /// </summary>
    private Pixels BothWays(int[] of) => new(new NonZeroSlice<T>(pixels, 0).Take(of).SortedByLength(),
        ByPixel: new NonZeroSlice<T>(new(Columns(of[0], of.Length).Transposed.ToPlain(), SliceSize), 0).TakeAll().SortedByLength());

    private ChunkSlice<T> InChunks(int[] of) =>
        new(Columns(of[0], of.Length).Span, whites.AsSpan(of[0], of.Length), Y.Span.Slice(of[0] * classes, of.Length * classes), SliceSize);

    private Grid<T> Columns(int from, int count) => new(X.Numbers.Slice(from * inputs, count * inputs), inputs, count, false);

    /// <summary>Z1 and A1 of some panels, and what they add to Z2. The slice begins with example number first of the batch.</summary>
    private void ForwardOfPanels(int from, int to, int examples, Pixels x, Slice slice, int first)
    {
        for (var p = from; p < to;)
        {
            var isPair = pairKernels != null && p + 1 < to && panels[p + 1].Width == pairKernels.Width;   // the widest come first
            AddProduct(p, isPair, examples, x, slice);
            for (var end = isPair ? p + 2 : p + 1; p < end; p++) ForwardOfPanel(p, examples, x, slice, first);
        }
    }

    /// <summary>Z1 of a panel, or of this one and the next, equation (3.1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddProduct(int p, bool isPair, int examples, Pixels x, Slice slice)
    {
        var (at, width) = (panels[p].At, panels[p].Width);
        for (var end = isPair ? at + width : at; at <= end; at += width)
            for (var j = 0; j < examples; j++) parameters.b1.Span(at, width).CopyTo(slice.A1.Span(at * examples + j * width, width));
        at = panels[p].At;
        ref var z = ref slice.A1[at * examples];
        for (var band = 0; band < x.ByExample.Bands; band++)
        {
            ref var w = ref parameters.W1[at * inputs + band * x.ByExample.BandRows * width];
            if (isPair) pairKernels!.AddProduct(x.ByExample, band, ref w, width * inputs, ref z, width * examples);
            else kernels.AddProduct(width, x.ByExample, band, ref w, ref z);
        }
    }

    /// <summary>A1 of a panel, and what it adds to Z2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardOfPanel(int p, int examples, Pixels x, Slice slice, int first)
    {
        var panel = panels[p];
        var A = slice.A1.Span(panel.At * examples, panel.Width * examples);
        kernels.ReLU(A);   // (3.2)
        if (dropout > 0)   // (9.9)
            kernels.DropOut(panel.Width, examples, mask, (uint)(first * units + panel.Unit), units, T.CreateChecked(1 / (1 - dropout)), ref A[0]);
        kernels.Scores(panel.Width, examples, ref parameters.W2[panel.At * classes], ref A[0], slice.Shares.AsSpan(p * examples * classes), classes);   // (3.3)
    }

    /// <summary>dZ1 of a panel, and its gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardOfPanel(int p, int examples, Pixels x, Slice slice, PaddedParameters<T> sum, int thread)
    {
        var (panel, dZ2) = (panels[p], slice.A2);
        var (into, scale) = isStraight ? (parameters, rule.Straight) : (sum, T.One);
        var A = slice.A1.Span(panel.At * examples, panel.Width * examples);
        var d = slice.dZ1.Span(panel.At * examples, panel.Width * examples);
        kernels.HiddenError(panel.Width, examples, ref parameters.W2[panel.At * classes], dZ2, classes, ref A[0], ref d[0]);   // (5.7), (5.8)
        if (dropout > 0) TensorPrimitives.Multiply(d, T.CreateChecked(1 / (1 - dropout)), d);   // (9.10): where a unit was left out, A is 0 and so is d
        if (isStraight) rule.Decay(into.W1.Span(panel.At * inputs, panel.Width * inputs), into.W2.Span(panel.At * classes, panel.Width * classes));
        kernels.AddOuterProducts(panel.Width, examples, dZ2, classes, scale, ref A[0], ref into.W2[panel.At * classes]);   // (5.5)
        kernels.AddColumns(panel.Width, examples, scale, ref d[0], ref into.b1[panel.At]);   // (5.10)
        SeeReach(thread, kernels.Largest(A), kernels.Largest(d));
        // (5.9). With the lists by pixel dW1 is a product as Z1 is; those of a batch have its scale, and a batch of all examples is never straight.
        ref var dW1 = ref into.W1[panel.At * inputs];
        if (x.ByPixel != null) kernels.AddProduct(panel.Width, x.ByPixel, 0, ref d[0], ref dW1);
        else if (x.Lists != null && panel.Width == pixelKernels!.Width) pixelKernels.AddOuterProducts(x.Lists, ref d[0], ref dW1);
        else for (var band = 0; band < x.ByExample.Bands; band++)
            kernels.AddOuterProducts(panel.Width, x.ByExample, band, scale, ref d[0], ref Unsafe.Add(ref dW1, band * x.ByExample.BandRows * panel.Width));
    }

    /// <summary>Of the examples from … to−1: Z2 − max Z2 from the shares of the panels, and dZ2 = A2 − Y, equations (3.3), (4.2), (4.3) and (5.4); the loss (4.5).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void OutputError(Slice slice, ReadOnlySpan<int> of, int from, int to)
    {
        var Z2 = slice.Z2.AsSpan(from * classes, (to - from) * classes);
        var A2 = slice.A2.AsSpan(from * classes, (to - from) * classes);
        for (var j = 0; j < to - from; j++) parameters.b2.CopyTo(Z2[(j * classes)..]);
        for (var p = 0; p < panels.Length; p++) kernels.Add(slice.Shares.AsSpan((p * of.Length + from) * classes, Z2.Length), Z2);
        for (var j = 0; j < to - from; j++)
        {
            var z = Z2.Slice(j * classes, classes);
            var max = z[0];
            for (var k = 1; k < z.Length; k++) max = T.MaxNative(max, z[k]);
            for (var k = 0; k < z.Length; k++) z[k] -= max;   // (4.3)
        }
        // The vector routine is the faster one when it has been compiled for the second time, which takes half a second;
        // short trainings with small batches would spend it waiting.
        if (count > LargestShared) TensorPrimitives.Exp<T>(Z2, A2);
        else for (var i = 0; i < Z2.Length; i++) A2[i] = T.Exp(Z2[i]);
        var labels = Y.Span;
        for (var j = 0; j < to - from; j++)
        {
            var z = Z2.Slice(j * classes, classes);
            var a = A2.Slice(j * classes, classes);
            var y = labels.Slice(of[from + j] * classes, classes);
            var sum = T.Zero;
            for (var k = 0; k < a.Length; k++) sum += a[k];   // (4.2)
            var (oneOverSum, logSum, loss) = (T.One / sum, T.Log(sum), T.Zero);
            for (var k = 0; k < a.Length; k++)
            {
                if (y[k] != T.Zero) loss += y[k] * (logSum - z[k]);   // (4.5); 0·(−∞) would be NaN, as in (4.7)
                a[k] = a[k] * oneOverSum - y[k];   // (4.2), (5.4)
            }
            slice.Losses[from + j] = double.CreateChecked(loss);
        }
    }

    /// <summary>db2, and the loss of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddLossAndDb2(int g, Slice slice, int examples)
    {
        var loss = 0.0;
        for (var j = 0; j < examples; j++)
        {
            loss += slice.Losses[j];
            kernels.Add(slice.A2.AsSpan(j * classes, classes), sums[g].b2);   // (5.6): A2 is dZ2 now
        }
        losses[g] += loss;
    }

    /// <summary>After a large batch: the sums of all groups together, and the update with them.</summary>
    private void SumUpAndUpdate(int thread)
    {
        for (var p = owned[thread].From; p < owned[thread].To; p++)
        {
            for (var g = 1; g < groups; g++) sums[0].Add(sums[g], panels[p], isFirst: p == 0);
            Update(panels[p]);
        }
    }

    /// <summary>The update of a panel by its summed gradients.</summary>
    private void Update(Panel panel)
    {
        var (w1, w2) = ((At: panel.At * inputs, Count: panel.Width * inputs), (At: panel.At * classes, Count: panel.Width * classes));
        rule.Apply(parameters.W1.Span(w1.At, w1.Count), Part(v?.W1, w1), Part(s?.W1, w1), sums[0].W1.Span(w1.At, w1.Count), decays: true);
        rule.Apply(parameters.b1.Span(panel.At, panel.Width), Part(v?.b1, (panel.At, panel.Width)), Part(s?.b1, (panel.At, panel.Width)), sums[0].b1.Span(panel.At, panel.Width), decays: false);
        rule.Apply(parameters.W2.Span(w2.At, w2.Count), Part(v?.W2, w2), Part(s?.W2, w2), sums[0].W2.Span(w2.At, w2.Count), decays: true);

        static Span<T> Part(AlignedArray<T>? of, (int At, int Count) part) => of is null ? [] : of.Span(part.At, part.Count);
    }

    private int Owner(Panel panel) => (int)((2L * panel.At + panel.Width) * crew.Count / (2L * padded));

    private static int GroupsOf(int count) => count <= LargestShared ? 1 : MostGroups;
}
