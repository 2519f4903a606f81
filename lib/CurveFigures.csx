using System.Collections.Generic;
using System.Globalization;
using System.Linq;

#nullable enable

// Figures with axes: activation functions, losses, and what is measured in a run. Every curve is computed here.
// Equation numbers are those of my_note.md.

/// <summary>Draws curves.</summary>
public static class CurveFigures
{
    /// <summary>ReLU, sigmoid and tanh with their slopes, (2.3) to (2.8).</summary>
    public static Sketch Activation()
    {
        var sketch = new Sketch("activations", 640, 370, "Three activation functions and, dashed, their slopes. ReLU has the slope 0 on the left and 1 on the right; " +
            "the slope of the sigmoid is at most a quarter, that of tanh at most 1, and both are nearly 0 far from zero.");
        // One scale for all three: only so can the eye compare how steep they are.
        Panel(0, "ReLU", Activations.ReLU, Activations.ReLUDerivative);
        Panel(1, "sigmoid $σ$", Activations.Sigmoid, Activations.SigmoidDerivative);
        Panel(2, "tanh", Activations.Tanh, Activations.TanhDerivative);
        sketch.Line(130, 346, 180, 346, Tone.Main, 3);
        sketch.Text(190, 352, "$g(z)$", Tone.Main, anchor: "start");
        sketch.Line(340, 346, 390, 346, Tone.Back, 3, "7 5");
        sketch.Text(400, 352, "slope $g$′$(z)$", Tone.Back, anchor: "start");
        return sketch;

        void Panel(int i, string name, Func<Matrix<double>, Matrix<double>> g, Func<Matrix<double>, Matrix<double>> slope)
        {
            var plot = new Plot(sketch, 50 + 212 * i, 50, 155, 230, -4, 4, -1.1, 2);
            sketch.Text(plot.Left + 77, 30, name, bold: true, size: Sketch.Words);
            plot.Axes([(-4, "−4"), (0, "0"), (4, "4")], new[] { -1, 0, 1, 2 }.Select(t => ((double)t, Sketch.Short(t))));
            sketch.Line(plot.X(0), plot.Top, plot.X(0), plot.Top + plot.Height, Tone.Grid, 1.2);
            plot.Function(z => One(g, z), Tone.Main);
            // The slope of ReLU jumps: two pieces.
            if (i == 0) plot.Function(z => One(slope, z), Tone.Back, "7 5", to: 0);
            plot.Function(z => One(slope, z), Tone.Back, "7 5", from: i == 0 ? 1e-9 : -4);
        }
        static double One(Func<Matrix<double>, Matrix<double>> f, double z) => f(Matrix.FromColumn([z]))[0, 0];
    }

    /// <summary>|x| as the sum of two ReLU units, and what a network without a bend has in the middle when it has the same values at −1 and 1.</summary>
    public static Sketch AbsoluteValue()
    {
        var sketch = new Sketch("absolute-value", 640, 410, "The size of x without its sign, as a corner at 0. The two ReLU units, dashed, lie on its two halves. " +
            "A straight line with the same values at −1 and 1, dotted, is at 1 in the middle, where the corner is at 0.");
        var plot = new Plot(sketch, 60, 24, 540, 240, -2, 2, -0.1, 2.1);
        plot.Axes(new[] { -2, -1, 0, 1, 2 }.Select(t => ((double)t, Sketch.Short(t))), new[] { 0, 1, 2 }.Select(t => ((double)t, Sketch.Short(t))), "$x$");
        sketch.Path(new[] { -2.0, 0, 2 }.Select(x => (plot.X(x), plot.Y(Math.Abs(x)))), Tone.Main, 11, opacity: 0.35);
        plot.Function(x => Math.Max(0, x), Tone.Back, "9 6");   // (2.3)
        plot.Function(x => Math.Max(0, -x), Tone.Third, "9 6");
        plot.Function(_ => 1, Tone.Soft, "2 5", 2.5);
        foreach (var x in new[] { -1, 1 }) sketch.Dot(plot.X(x), plot.Y(1), 6, Tone.Ink);
        (string Words, Tone Tone, string Dash, double Width)[] lines =
            [("|$x$|, their sum", Tone.Main, "", 11), ("without a bend", Tone.Soft, "2 5", 2.5), ("ReLU($x$)", Tone.Back, "9 6", 3), ("ReLU(−$x$)", Tone.Third, "9 6", 3)];
        for (var i = 0; i < lines.Length; i++)
        {
            var (left, y) = (90 + 280 * (i % 2), 346 + 34 * (i / 2));
            sketch.Line(left, y - 6, left + 50, y - 6, lines[i].Tone, lines[i].Width, lines[i].Dash, i == 0 ? 0.35 : 1);
            sketch.Text(left + 60, y, lines[i].Words, lines[i].Tone, anchor: "start");
        }
        return sketch;
    }

    /// <summary>From the scores of one example to its probabilities and its cost, (4.2) and (4.7).</summary>
    /// <param name="scores">Two to four scores.</param>
    /// <param name="label">The right class.</param>
    public static Sketch Softmax(double[] scores, int label)
    {
        if (scores.Length is < 2 or > 4 || label < 0 || label >= scores.Length)
            throw new ArgumentException($"Softmax is drawn for two to four scores, and the right class is one of them; found {scores.Length} scores and class {label}.");
        double[] exponentials = [.. scores.Select(Math.Exp)];
        var sum = exponentials.Sum();
        double[] a = [.. exponentials.Select(e => e / sum)];   // (4.2)
        string Finer(double value) => Sketch.Exactly(4, value);   // so that a reader who takes it gets the cost
        var cost = -Math.Log(a[label]);                        // (4.7)
        var bottom = 60 + 50 * scores.Length;
        var sketch = new Sketch("softmax", 640, bottom + 66, $"Softmax in two steps. The scores {string.Join(", ", scores.Select(Sketch.Short))} become the exponentials {string.Join(", ", exponentials.Select(Sketch.Three))}; " +
            $"divided by their sum {Sketch.Three(sum)} they are the probabilities {string.Join(", ", a.Select(Sketch.Three))}. Class {label} is right: its cost is minus the logarithm of {Finer(a[label])}, that is {Sketch.Three(cost)}.");
        sketch.Text(56, 34, "score $z$", bold: true, size: Sketch.Words);
        sketch.Text(236, 34, "$e^z$", bold: true, size: Sketch.Words);
        sketch.Text(496, 34, "probability $a$", bold: true, size: Sketch.Words);
        for (var k = 0; k < scores.Length; k++)
        {
            var (y, tone) = (60 + 50 * k, k == label ? Tone.Main : Tone.Soft);
            sketch.Text(56, y + 23, Sketch.Short(scores[k]), tone, Sketch.Words, bold: k == label);
            sketch.Arrow(86, y + 16, 128, y + 16, Tone.Soft, 1.5);
            sketch.Box(140, y + 2, 120 * exponentials[k] / exponentials.Max(), 28, null, tone, 0.55, corner: 2);
            sketch.Text(150 + 120 * exponentials[k] / exponentials.Max(), y + 23, Sketch.Three(exponentials[k]), tone, anchor: "start");
            sketch.Arrow(338, y + 16, 400, y + 16, Tone.Soft, 1.5);
            // The frame is what the label asks for: the whole probability at the right class.
            if (k == label) sketch.Box(412, y + 2, 150, 28, Tone.Main, corner: 2, pen: 1.5);
            sketch.Box(412, y + 2, 150 * a[k], 28, null, tone, 0.55, corner: 2);
            sketch.Text(570, y + 23, Sketch.Three(a[k]), tone, anchor: "start", bold: k == label);
        }
        sketch.Text(140, bottom + 22, $"sum {Sketch.Three(sum)}", Tone.Soft, anchor: "start");
        sketch.Text(369, 48, $"÷ {Sketch.Three(sum)}", Tone.Soft);
        sketch.Text(412, bottom + 22, "sum 1", Tone.Soft, anchor: "start");
        sketch.Text(622, bottom + 50, $"cost $−\\log$ {Finer(a[label])} = {Sketch.Three(cost)}", Tone.Main, anchor: "end");
        sketch.Text(56, bottom + 50, $"class {label} is right", Tone.Main, anchor: "start");
        return sketch;
    }

    /// <summary>The two losses of one example with two classes, and how strongly each pulls at the score of the right class: (4.1), (4.7), (5.3), (5.11).</summary>
    public static Sketch Losses()
    {
        var sketch = new Sketch("losses", 640, 390, "Left: the loss of one example against the probability p of the right class. Minus log p grows without limit as p goes to 0, the squared error ends at 1. " +
            "Right: how strongly each pulls at the score of the right class. Cross-entropy pulls with 1 − p; the squared error pulls hardly at all where p is near 0.");
        var left = new Plot(sketch, 48, 50, 255, 230, 0, 1, 0, 4);
        sketch.Text(left.Left + 127, 30, "the loss", bold: true, size: Sketch.Words);
        left.Axes([(0, "0"), (0.5, "0.5"), (1, "1")], [(0, "0"), (1, "1"), (2, "2"), (3, "3"), (4, "4")], "$p$ of the right class");
        left.Function(p => -Math.Log(p), Tone.Main, from: Math.Exp(-4));
        left.Function(p => (1 - p) * (1 - p), Tone.Back, "7 5");   // two classes: half of twice this square
        var right = new Plot(sketch, 374, 50, 255, 230, 0, 1, 0, 1);
        sketch.Text(right.Left + 127, 30, "the pull on the score", bold: true, size: Sketch.Words);
        right.Axes([(0, "0"), (0.5, "0.5"), (1, "1")], [(0, "0"), (0.5, "0.5"), (1, "1")], "$p$ of the right class");
        right.Function(p => 1 - p, Tone.Main);
        right.Function(p => -BySquares(p, 2), Tone.Back, "7 5");
        sketch.Line(70, 364, 115, 364, Tone.Main, 3);
        sketch.Text(124, 370, "cross-entropy", Tone.Main, anchor: "start");
        sketch.Line(366, 364, 411, 364, Tone.Back, 3, "7 5");
        sketch.Text(420, 370, "squared error", Tone.Back, anchor: "start");
        return sketch;
    }

    /// <summary>The error of the label's output, dL/dz by its own score, for one example and every probability p of the label: (5.3) and (5.11).</summary>
    public static Sketch LabelErrors()
    {
        const double wrong = 0.001;   // as in the paragraph after (5.11)
        var sketch = new Sketch("label-errors", 640, 510, $"The error of the label's output against its probability p. For cross-entropy it is a straight line from −1 at p = 0 to 0 at p = 1. For the squared error it is 0 at both ends and strongest at p = 1/3: {Sketch.Three(BySquares(1 / 3.0, 2))} for two classes, {Sketch.Three(BySquares(1 / 3.0, 10))} for ten of which nine share the rest equally. " +
            $"At p = {Sketch.Short(wrong)} the two losses say {Sketch.Three(wrong - 1)} and, for two classes, {Sketch.Three(BySquares(wrong, 2))}.");
        var plot = new Plot(sketch, 62, 64, 550, 290, 0, 1, -1, 0);
        // However ten classes share the rest, the error lies between the two curves.
        double[] across = [.. Enumerable.Range(0, 101).Select(i => i / 100.0)];
        sketch.Area([.. across.Select(p => (plot.X(p), plot.Y(BySquares(p, 2)))), .. across.Reverse().Select(p => (plot.X(p), plot.Y(BySquares(p, 10))))], Tone.Back, 0.12);
        plot.Axes([(0, "0"), (1 / 3.0, "1/3"), (0.5, "0.5"), (1, "1")], [(-1, "−1"), (-0.5, "−0.5"), (0, "0")], "probability $p$ of the label");
        plot.Function(p => p - 1, Tone.Main);                           // (5.3)
        plot.Function(p => BySquares(p, 2), Tone.Back, "7 5");
        plot.Function(p => BySquares(p, 10), Tone.Third, "2 5");
        foreach (var (p, error, tone) in new[] { (wrong, wrong - 1, Tone.Main), (wrong, BySquares(wrong, 2), Tone.Back), (1 / 3.0, BySquares(1 / 3.0, 2), Tone.Back), (1 / 3.0, BySquares(1 / 3.0, 10), Tone.Third) })
            sketch.Dot(plot.X(p), plot.Y(error), 5.5, tone);
        sketch.Text(20, 26, "error of the label's output", Tone.Soft, anchor: "start");
        sketch.Text(plot.X(0.02), plot.Top - 9, $"$p$ = {Sketch.Short(wrong)}: {Sketch.Three(BySquares(wrong, 2))}", Tone.Back, anchor: "start");
        sketch.Text(plot.X(0.1), plot.Y(-0.96), $"$p$ = {Sketch.Short(wrong)}: {Sketch.Three(wrong - 1)}", Tone.Main, anchor: "start");
        sketch.Text(plot.X(1 / 3.0), plot.Y(BySquares(1 / 3.0, 2)) + 24, Sketch.Three(BySquares(1 / 3.0, 2)), Tone.Back);
        sketch.Text(plot.X(1 / 3.0), plot.Y(BySquares(1 / 3.0, 10)) - 12, Sketch.Three(BySquares(1 / 3.0, 10)), Tone.Third);
        foreach (var (y, tone, dash, words) in new[]
            { (426, Tone.Main, "", "cross-entropy, however many classes"), (456, Tone.Back, "7 5", "squared error, two classes"), (486, Tone.Third, "2 5", "squared error, ten classes, equal shares") })
        {
            sketch.Line(62, y, 107, y, tone, 3, dash);
            sketch.Text(116, y + 6, words, tone, anchor: "start");
        }
        return sketch;
    }

    /// <summary>The error (5.11) of the label's score for the squared error, where the label has the probability p and the other classes share the rest equally.</summary>
    private static double BySquares(double p, int classes)
    {
        double[] a = [p, .. Enumerable.Repeat((1 - p) / (classes - 1), classes - 1)];
        double[] g = [p - 1, .. a.Skip(1)];   // a − y
        return a[0] * (g[0] - g.Zip(a, (slope, share) => slope * share).Sum());
    }

    /// <summary>Independent examples: the product of their probabilities shrinks, the sum of −log grows by a piece for each, (4.6) and (4.7).</summary>
    /// <param name="p">The probability that each example's right class got: two to six, between 0 and 1.</param>
    public static Sketch Likelihood(params double[] p)
    {
        if (p.Length is < 2 or > 6 || p.Any(value => !(value > 0 && value < 1)))
            throw new ArgumentException($"The likelihood is drawn for two to six probabilities, each between 0 and 1; found {string.Join(", ", p.Select(Sketch.Short))}.");
        double[] costs = [.. p.Select(value => -Math.Log(value))];
        double[] products = [.. p.Select((_, j) => p.Take(j + 1).Aggregate((u, v) => u * v))], sums = [.. p.Select((_, j) => costs.Take(j + 1).Sum())];
        string Of(double value) => value.ToString(value < 0.0001 ? "0.0e0" : "0.####", CultureInfo.InvariantCulture);
        var bottom = 62 + 44 * p.Length;
        var sketch = new Sketch("likelihood", 640, bottom + 74, $"{p.Length} independent examples; their right classes got the probabilities {string.Join(", ", p.Select(Of))}. The product so far shrinks: {string.Join(", ", products.Select(Of))}. " +
            $"The sum of minus log p grows by one piece for each example, to {Sketch.Three(sums[^1])}, which is minus the logarithm of the product; divided by {p.Length} it is {Sketch.Three(sums[^1] / p.Length)}.");
        foreach (var (x, words) in new[] { (44, "$p$ of the label"), (226, "product so far"), (412, "sum of $−\\log p$") })
            sketch.Text(x, 34, words, anchor: "start", bold: true, size: Sketch.Words);
        for (var j = 0; j < p.Length; j++)
        {
            var y = 56 + 44 * j;
            sketch.Text(26, y + 21, $"{j}", Tone.Soft);
            Bar(44, y, 110, p[j], Tone.Main, Of(p[j]));
            Bar(226, y, 110, products[j], Tone.Back, Of(products[j]));
            // The pieces of the examples before, and the new one, full.
            for (var i = 0; i <= j; i++)
                sketch.Box(412 + 150 * (sums[i] - costs[i]) / sums[^1], y, 150 * costs[i] / sums[^1], 30, Tone.Paper, Tone.Main, i == j ? 0.85 : 0.3, corner: 0, pen: 1.5);
            sketch.Text(572, y + 21, Sketch.Three(sums[j]), Tone.Main, anchor: "start", bold: j == p.Length - 1);
        }
        sketch.Text(26, bottom + 24, $"$−\\log$ {Of(products[^1])} = {Sketch.Three(sums[^1])}: product and sum agree", anchor: "start");
        sketch.Text(26, bottom + 54, $"the loss is the mean: {Sketch.Three(sums[^1])} / {p.Length} = {Sketch.Three(sums[^1] / p.Length)}, by (4.6) and by (4.7)", anchor: "start");
        return sketch;

        void Bar(double x, double y, double width, double value, Tone tone, string words)
        {
            sketch.Box(x, y, width * value, 30, null, tone, 0.55, corner: 2);
            sketch.Text(x + width * value + 8, y + 21, words, tone, anchor: "start");
        }
    }

    /// <summary>The error of the finite difference (5.12) against its step, in double and in float, as in the table after (5.13): for W2[0, 0] of the worked example.</summary>
    public static Sketch Difference()
    {
        // The loss as the notes' check writes it, log(1 + e^(z0 − z1)), with z0 = 2·w and z1 = 1.5; the slope at w = 1 is 2·0.622459.
        var slope = 2 / (1 + Math.Exp(-0.5));
        double[] steps = [.. Enumerable.Range(0, 45).Select(i => Math.Pow(10, -12 + i / 4.0))];
        var doubles = steps.Select(e => Math.Abs((L(1 + e) - L(1 - e)) / (2 * e) - slope)).ToArray();
        var floats = steps.Select(e => Math.Abs((F(1 + (float)e) - F(1 - (float)e)) / (2 * (float)e) - slope)).ToArray();
        var sketch = new Sketch("difference", 640, 420, "The error of a finite difference against its step, both axes in powers of ten. In double precision it falls with the square of the step down to about 1e-11 near the step 1e-5 and rises again as rounding takes over: a V. " +
            "In float the V is much higher, and its lowest point lies at a far larger step.");
        var plot = new Plot(sketch, 76, 44, 530, 310, -12, -1, -12.5, 0.6);
        plot.Axes(new[] { -12, -9, -7, -5, -3, -1 }.Select(k => ((double)k, Power(k))), new[] { -12, -9, -6, -3, 0 }.Select(k => ((double)k, Power(k))), "step $ε$");
        Series(floats, Tone.Back, "7 5");
        Series(doubles, Tone.Main, "");
        sketch.Text(plot.X(-8.6), plot.Y(0.6) + 40, "float", Tone.Back, Sketch.Words, bold: true);
        sketch.Text(plot.X(-9.6), plot.Y(-9.4), "double", Tone.Main, Sketch.Words, bold: true);
        sketch.Text(plot.X(-10.2), plot.Y(-10.6), "rounding, like $1/ε$", Tone.Soft);
        sketch.Text(plot.X(-2.05), plot.Y(-9.2), "truncation,", Tone.Soft);
        sketch.Text(plot.X(-2.05), plot.Y(-9.2) + 23, "like $ε^2$", Tone.Soft);
        sketch.Text(20, 26, "error of the slope (5.12)", Tone.Soft, anchor: "start");
        return sketch;

        static double L(double w) => Math.Log(1 + Math.Exp(2 * w - 1.5));
        static float F(float w) => MathF.Log(1 + MathF.Exp(2 * w - 1.5f));
        void Series(double[] errors, Tone tone, string dash)
        {
            var points = steps.Zip(errors, (e, error) => (Math.Log10(e), Math.Log10(Math.Max(error, 1e-13)))).ToArray();
            plot.Curve(points, tone, dash, 2);
            foreach (var (x, y) in points.Where(p => p.Item2 >= -12.5)) sketch.Dot(plot.X(x), plot.Y(y), 3.2, tone);
        }
        static string Power(int k) => k == 0 ? "1" : $"$10^{{{k.ToString(CultureInfo.InvariantCulture).Replace('-', '−')}}}$";
    }

    /// <summary>What (5.12) measures: the loss over one parameter, the chord between two nudged points, and the tangent that backpropagation gives.</summary>
    /// <param name="loss">The loss for a value of this one parameter.</param>
    /// <param name="at">Its value now.</param>
    /// <param name="epsilon">How far it is moved to both sides.</param>
    /// <param name="slope">The derivative there.</param>
    /// <param name="name">What it is called, as a formula without dollar signs.</param>
    public static Sketch Nudge(Func<double, double> loss, double at, double epsilon, double slope, string name)
    {
        if (!(epsilon > 0) || !double.IsFinite(at)) throw new ArgumentException($"The parameter is moved by a step above 0, from a finite value; found {epsilon} and {at}.");
        var (below, here, above) = (loss(at - epsilon), loss(at), loss(at + epsilon));
        var measured = (above - below) / (2 * epsilon);   // (5.12)
        string F(double value) => Sketch.Exactly(4, value);
        var sketch = new Sketch("nudge", 640, 436, $"The loss as a curve over one weight. A straight line through the points a step of {Sketch.Short(epsilon)} to the left and to the right has the slope {F(measured)}; the tangent in the middle has {F(slope)}. The smaller the step, the nearer the chord comes to the tangent.");
        var (x0, x1) = (at - 2 * epsilon, at + 2 * epsilon);
        double Chord(double x) => (above + below) / 2 + measured * (x - at);
        double Tangent(double x) => here + slope * (x - at);
        // Both lines from end to end: what is cut off at the axis looks as if it meant something there.
        double[] heights = [.. Enumerable.Range(0, 81).Select(i => loss(x0 + (x1 - x0) * i / 80)), Chord(x0), Chord(x1), Tangent(x0), Tangent(x1)];
        var ticks = RoundNumbers.Around(heights.Min(), heights.Max());
        var plot = new Plot(sketch, 60, 46, 560, 250, x0, x1, ticks[0], ticks[^1]);
        plot.Axes([], ticks.Select(value => (value, Sketch.Short(value))));
        foreach (var (x, y, words) in new[] { (at - epsilon, below, "$θ$ − $ε$"), (at, here, "$θ$"), (at + epsilon, above, "$θ$ + $ε$") })
        {
            sketch.Line(plot.X(x), plot.Y(y), plot.X(x), plot.Top + plot.Height, Tone.Soft, 1.2, "3 4");
            sketch.Text(plot.X(x), plot.Top + plot.Height + 26, words);
        }
        sketch.Text(plot.Left + plot.Width / 2, plot.Top + plot.Height + 54, $"the weight, ${name}$", Tone.Soft);
        plot.Function(loss, Tone.Ink);
        plot.Function(Tangent, Tone.Back, "8 5");
        plot.Function(Chord, Tone.Main, width: 2.4);
        foreach (var (x, y) in new[] { (at - epsilon, below), (at + epsilon, above) }) sketch.Dot(plot.X(x), plot.Y(y), 6, Tone.Main);
        sketch.Dot(plot.X(at), plot.Y(here), 6, Tone.Back);
        sketch.Text(20, 26, "loss $L$", Tone.Soft, anchor: "start");
        sketch.Line(60, 384, 105, 384, Tone.Main, 2.4);
        sketch.Text(114, 390, $"chord, $ε$ = {Sketch.Short(epsilon)}: slope {F(measured)}", Tone.Main, anchor: "start");
        sketch.Line(60, 414, 105, 414, Tone.Back, 3, "8 5");
        sketch.Text(114, 420, $"tangent: slope {F(slope)}", Tone.Back, anchor: "start");
        return sketch;
    }

    /// <summary>Two kinds of runs, several of each, so that one sees whether they can be told apart.</summary>
    /// <param name="what">What is measured, with its unit.</param>
    /// <param name="first">What the first kind is called, and what each of its runs measured after round 1, 2, 3 …</param>
    /// <param name="second">The same of the second kind.</param>
    public static Sketch Runs(string what, (string Name, double[][] Runs) first, (string Name, double[][] Runs) second)
    {
        double[][] all = [.. first.Runs, .. second.Runs];
        if (all.Length == 0 || all[0].Length < 2 || all.Any(run => run.Length != all[0].Length))
            throw new ArgumentException($"Runs are drawn with the same number of rounds, at least two; found {string.Join(", ", all.Select(run => run.Length))}.");
        var (rounds, low, high) = (all[0].Length, Math.Floor(all.Min(run => run.Min())), Math.Ceiling(all.Max(run => run.Max())));
        string Ends(double[][] runs) => $"{Sketch.Short(Math.Round(runs.Min(run => run[^1]), 1))} to {Sketch.Short(Math.Round(runs.Max(run => run[^1]), 1))}";
        var sketch = new Sketch("runs", 640, 440, $"{what}, round by round, {first.Runs.Length} runs of “{first.Name}” and {second.Runs.Length} of “{second.Name}”. The two bundles overlap; after {rounds} rounds the first ends at {Ends(first.Runs)}, the second at {Ends(second.Runs)}.");
        var plot = new Plot(sketch, 56, 50, 560, 270, 1, rounds, low, high);
        plot.Axes(Enumerable.Range(1, rounds).Select(r => ((double)r, Sketch.Short(r))), Enumerable.Range(0, 1 + (int)(high - low)).Select(i => (low + i, Sketch.Short(low + i))), "round");
        sketch.Text(20, 26, what, Tone.Soft, anchor: "start");
        foreach (var (runs, tone, dash) in new[] { (first.Runs, Tone.Back, "8 5"), (second.Runs, Tone.Main, "") })
            foreach (var run in runs)
            {
                plot.Curve(run.Select((value, i) => (i + 1.0, value)), tone, dash, 2);
                for (var i = 0; i < rounds; i++) sketch.Dot(plot.X(i + 1), plot.Y(run[i]), 3.4, tone);
            }
        sketch.Line(60, 410, 105, 410, Tone.Back, 3, "8 5");
        sketch.Text(114, 416, first.Name, Tone.Back, anchor: "start");
        sketch.Line(400, 410, 445, 410, Tone.Main, 3);
        sketch.Text(454, 416, second.Name, Tone.Main, anchor: "start");
        return sketch;
    }

    /// <summary>A run that first learns and then learns by heart: both losses, the gap (7.1), and the epoch that early stopping keeps, (7.2).</summary>
    /// <param name="history">The run, with validation losses.</param>
    /// <param name="what">What was trained, in words.</param>
    public static Sketch Stopping(TrainingHistory history, string what)
    {
        var epochs = history.Epochs.Where(e => double.IsFinite(e.ValidationLoss) && double.IsFinite(e.TrainingLoss)).ToArray();
        if (epochs.Length < 3) throw new ArgumentException($"The run has {epochs.Length} measurements with a validation loss; a curve needs at least 3.");
        var best = epochs.MinBy(e => e.ValidationLoss)!;
        var sketch = new Sketch("stopping", 640, 430, $"{what}: the training loss falls towards 0, the validation loss falls to {Sketch.Two(best.ValidationLoss)} in epoch {best.Epoch} and then rises to {Sketch.Two(epochs[^1].ValidationLoss)}. " +
            "Left of the lowest point both losses still fall on the whole; to the right only the training loss does.");
        // The untrained network is far off: the scale is that of what follows.
        var highest = Math.Max(epochs[1].TrainingLoss, epochs[1].ValidationLoss);
        var step = RoundNumbers.Step(highest);
        var top = Math.Ceiling(10 * highest) / 10;
        var plot = new Plot(sketch, 56, 46, 560, 280, epochs[0].Epoch, epochs[^1].Epoch, 0, top);
        sketch.Box(plot.X(best.Epoch), plot.Top, plot.Left + plot.Width - plot.X(best.Epoch), plot.Height, null, Tone.Back, 0.08, corner: 0);
        plot.Axes(Enumerable.Range(0, 5).Select(i => (double)(epochs[^1].Epoch * i / 4)).Select(e => (e, Sketch.Short(e))), Enumerable.Range(0, 1 + (int)(top / step + 1e-9)).Select(i => step * i).Select(t => (t, Sketch.Short(t))), "epoch $e$");
        plot.Curve(epochs.Select(e => ((double)e.Epoch, e.TrainingLoss)), Tone.Main);
        plot.Curve(epochs.Select(e => ((double)e.Epoch, e.ValidationLoss)), Tone.Back, "8 5");
        sketch.Line(plot.X(best.Epoch), plot.Top, plot.X(best.Epoch), plot.Top + plot.Height, Tone.Ink, 1.5, "3 4");
        sketch.Circle(plot.X(best.Epoch), plot.Y(best.ValidationLoss), 6, Tone.Ink, 2.5);
        sketch.Text(plot.X(best.Epoch), plot.Top - 12, $"$e^∗$ = {best.Epoch}: kept", bold: true);
        sketch.Text(plot.X(best.Epoch) + 14, plot.Top + 24, "$L_{val}$ rises →", Tone.Back, anchor: "start");
        if (plot.X(best.Epoch) - plot.Left > 110) sketch.Text(plot.X(best.Epoch) - 14, plot.Top + 24, "← $L_{val}$ falls", Tone.Back, anchor: "end");
        var end = epochs[^1];
        var at = plot.Left + plot.Width - 12;
        sketch.Arrow(at, (plot.Y(end.TrainingLoss) + plot.Y(end.ValidationLoss)) / 2, at, plot.Y(end.ValidationLoss), before: 3);
        sketch.Arrow(at, (plot.Y(end.TrainingLoss) + plot.Y(end.ValidationLoss)) / 2, at, plot.Y(end.TrainingLoss), before: 3);
        sketch.Text(at - 14, (plot.Y(end.TrainingLoss) + plot.Y(end.ValidationLoss)) / 2 + 6, "gap (7.1)", anchor: "end");
        sketch.Line(60, 408, 105, 408, Tone.Main, 3);
        sketch.Text(114, 414, "loss, training images", Tone.Main, anchor: "start");
        sketch.Line(342, 408, 387, 408, Tone.Back, 3, "8 5");
        sketch.Text(396, 414, "loss, validation images", Tone.Back, anchor: "start");
        return sketch;
    }

    /// <summary>The reliability diagram of section 8: for each bin the share that is right against the mean confidence, and the calibration error (8.8).</summary>
    /// <param name="bins">As <see cref="Measures.Calibration{T}"/> gives them.</param>
    /// <param name="what">What was measured, in words.</param>
    /// <param name="name">What these bins are called where there are others, too.</param>
    /// <param name="others">Bins to compare with, dashed, and what they are called.</param>
    public static Sketch Reliability(IReadOnlyList<CalibrationBin> bins, string what, string name = "", (string Name, IReadOnlyList<CalibrationBin> Bins)? others = null)
    {
        var filled = bins.Where(bin => bin.Count > 0).ToArray();
        if (filled.Length == 0) throw new ArgumentException("A reliability diagram needs at least one bin with examples, but all are empty.");
        var (n, error, below) = (filled.Sum(bin => bin.Count), Measures.CalibrationError(bins), filled.Count(bin => bin.Accuracy < bin.Confidence));
        var sketch = new Sketch("reliability", 640, 490, $"{what}, {n} images: the share of right answers against the confidence, in {bins.Count} bins, of which {filled.Length} have images. {below} of the {filled.Length} points lie below the diagonal, where the network is more certain than it is right. " +
            $"The calibration error is {Sketch.Three(error)}." + (others is { } o ? $" Dashed, {o.Name}: {Sketch.Three(Measures.CalibrationError(o.Bins))}." : ""));
        var plot = new Plot(sketch, 70, 46, 380, 380, 0, 1, 0, 1);
        (double, string)[] ticks = [(0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1, "1")];
        plot.Axes(ticks, ticks, "confidence");
        sketch.Line(plot.X(0), plot.Y(0), plot.X(1), plot.Y(1), Tone.Soft, 2, "3 4");
        // No stroke comes here: with ten classes no confidence is below 0.1, and hardly one below 0.2.
        sketch.Text(plot.X(0.02), plot.Y(0.2), "perfect", Tone.Soft, anchor: "start");
        foreach (var bin in filled)
            // The distance that (8.8) adds up.
            sketch.Line(plot.X(bin.Confidence), plot.Y(bin.Confidence), plot.X(bin.Confidence), plot.Y(bin.Accuracy), Tone.Back, 5, opacity: 0.6);
        if (others is { } earlier)
        {
            var points = earlier.Bins.Where(bin => bin.Count > 0).Select(bin => (bin.Confidence, bin.Accuracy)).ToArray();
            plot.Curve(points, Tone.Third, "8 5", 2);
            foreach (var (x, y) in points) sketch.Dot(plot.X(x), plot.Y(y), 3.4, Tone.Third);
            sketch.Line(490, 358, 535, 358, Tone.Main, 3);
            sketch.Text(490, 380, name, Tone.Main, anchor: "start");
            sketch.Line(490, 404, 535, 404, Tone.Third, 3, "8 5");
            sketch.Text(490, 426, earlier.Name, Tone.Third, anchor: "start");
        }
        plot.Curve(filled.Select(bin => (bin.Confidence, bin.Accuracy)), Tone.Main, width: 2);
        foreach (var bin in filled)
        {
            sketch.Circle(plot.X(bin.Confidence), plot.Y(bin.Accuracy), 4 + 14 * Math.Sqrt((double)bin.Count / filled.Max(b => b.Count)), Tone.Main, fill: Tone.Main, opacity: 0.25);
            sketch.Dot(plot.X(bin.Confidence), plot.Y(bin.Accuracy), 3, Tone.Main);
        }
        foreach (var (words, i) in new[] { "underconfident:", "right more often", "than certain" }.Select((words, i) => (words, i)))
            sketch.Text(plot.X(0.06), plot.Y(0.93) + 23 * i, words, Tone.Soft, anchor: "start", bold: i == 0);
        foreach (var (words, i) in new[] { "overconfident:", "more certain", "than right" }.Select((words, i) => (words, i)))
            sketch.Text(plot.X(0.97), plot.Y(0.17) + 23 * i, words, Tone.Soft, anchor: "end", bold: i == 0);
        sketch.Text(20, 26, "share of right answers", Tone.Soft, anchor: "start");
        sketch.Text(490, 190, "calibration", anchor: "start");
        sketch.Text(490, 214, "error (8.8)", anchor: "start");
        sketch.Text(490, 242, Sketch.Three(error), Tone.Back, Sketch.Words, "start", bold: true);
        sketch.Text(490, 290, "larger disc:", Tone.Main, anchor: "start");
        sketch.Text(490, 314, "more images", Tone.Main, anchor: "start");
        return sketch;
    }

    /// <summary>Walks of one number, one below the other on one scale, each with the standard deviation to both sides of 0 that it should have.</summary>
    /// <param name="what">What walks, in words.</param>
    /// <param name="walks">What each is called, where it was after 0, 1, 2 … steps, and the standard deviation that belongs to each of them.</param>
    public static Sketch Walks(string what, params (string Name, double[] Places, double[] Deviation)[] walks)
    {
        if (walks.Length == 0 || walks[0].Places.Length < 2 || walks.Any(walk => walk.Places.Length != walks[0].Places.Length || walk.Deviation.Length != walk.Places.Length))
            throw new ArgumentException($"Walks are drawn with the same number of places, at least two, and a standard deviation for each; found {string.Join(", ", walks.Select(walk => $"{walk.Places.Length} and {walk.Deviation.Length}"))}.");
        var (steps, reach, half) = (walks[0].Places.Length - 1, Math.Ceiling(2 * walks.Max(walk => walk.Places.Max(Math.Abs))) / 2, walks[0].Places.Length / 2);
        string Farthest(IEnumerable<double> places) => Sketch.Two(places.Max(Math.Abs));
        var sketch = new Sketch("walks", 640, 62 + 164 * walks.Length, $"{what}: {walks.Length} walks of {steps} steps. How far from 0 they come in the first and in the second half: " +
            string.Join("; ", walks.Select(walk => $"{walk.Name}: {Farthest(walk.Places.Take(half))}, {Farthest(walk.Places.Skip(half))}")) + ". Dashed: the standard deviation.");
        foreach (var (walk, i) in walks.Select((walk, i) => (walk, i)))
        {
            var plot = new Plot(sketch, 60, 38 + 164 * i, 560, 110, 0, steps, -reach, reach);
            plot.Axes(i < walks.Length - 1 ? [] : Enumerable.Range(0, 5).Select(k => steps * k / 4.0).Select(at => (at, Sketch.Short(at))), new[] { -reach, 0, reach }.Select(at => (at, Sketch.Short(at))), i < walks.Length - 1 ? "" : "step");
            sketch.Text(60, plot.Top - 14, walk.Name, anchor: "start", bold: true);
            plot.Curve(walk.Places.Select((place, step) => ((double)step, place)), Tone.Main, width: 1.8);
            foreach (var side in new[] { -1, 1 }) plot.Curve(walk.Deviation.Select((deviation, step) => ((double)step, side * deviation)), Tone.Back, "8 5", 2.4);
        }
        return sketch;
    }

    /// <summary>Runs as points in the plane of two measurements; each kind of run has a mark of its own.</summary>
    /// <param name="across">What is measured to the right.</param>
    /// <param name="up">What is measured upwards.</param>
    /// <param name="kinds">At most four kinds, and what their runs measured.</param>
    public static Sketch Points(string across, string up, params (string Name, (double X, double Y)[] Runs)[] kinds)
    {
        if (kinds.Length is < 1 or > 4 || kinds.Any(kind => kind.Runs.Length == 0))
            throw new ArgumentException($"One to four kinds of runs are drawn, each with at least one run; found {kinds.Length} kinds: {string.Join(", ", kinds.Select(kind => kind.Runs.Length))} runs.");
        var all = kinds.SelectMany(kind => kind.Runs).ToArray();
        string Span(IEnumerable<double> values) => $"{Sketch.Short(values.Min())} to {Sketch.Short(values.Max())}";
        var sketch = new Sketch("points", 640, 460, $"{all.Length} runs as points: {across} to the right, {up} upwards. " +
            string.Join("; ", kinds.Select(kind => $"{kind.Name}: {Span(kind.Runs.Select(run => run.X))} and {Span(kind.Runs.Select(run => run.Y))}")) + ".");
        var (x, y) = (RoundNumbers.Around(all.Min(run => run.X), all.Max(run => run.X)), RoundNumbers.Around(all.Min(run => run.Y), all.Max(run => run.Y)));
        var plot = new Plot(sketch, 70, 46, 540, 310, x[0] - 0.03 * (x[^1] - x[0]), x[^1], y[0], y[^1]);   // room between the numbers at the corner
        plot.Axes(x.Select(at => (at, Sketch.Short(at))), y.Select(at => (at, Sketch.Short(at))), across);
        sketch.Text(20, 26, up, Tone.Soft, anchor: "start");
        Tone[] tones = [Tone.Main, Tone.Back, Tone.Third, Tone.Fourth];
        var left = 40.0;
        foreach (var (kind, i) in kinds.Select((kind, i) => (kind, i)))
        {
            foreach (var run in kind.Runs) Mark(i, plot.X(run.X), plot.Y(run.Y));
            Mark(i, left, 436);
            sketch.Text(left + 16, 442, kind.Name, tones[i], anchor: "start");
            left += 56 + 11.5 * kind.Name.Length;
        }
        return sketch;

        void Mark(int kind, double x, double y)
        {
            (double, double)[] corners = kind switch
            {
                1 => [(-7, -7), (7, -7), (7, 7), (-7, 7)],
                2 => [(0, -10), (9.5, 7), (-9.5, 7)],
                _ => [(0, -10), (10, 0), (0, 10), (-10, 0)],
            };
            if (kind == 0) sketch.Dot(x, y, 7.5, tones[kind]);
            else sketch.Area(corners.Select(corner => (x + corner.Item1, y + corner.Item2)), tones[kind], 1);
        }
    }

    /// <summary>What certainty costs, (10.4): the error among the answers against the coverage, with some thresholds as points.</summary>
    /// <param name="curve">Coverage and error, as shares, for many thresholds from 0 up.</param>
    /// <param name="marked">The thresholds that have a point.</param>
    public static Sketch Coverage(IReadOnlyList<(double Coverage, double Error)> curve, params (double T, double Coverage, double Error)[] marked)
    {
        if (curve.Count < 2 || marked.Length == 0) throw new ArgumentException($"A curve needs at least two points, and at least one threshold is marked; found {curve.Count} and {marked.Length}.");
        var (x, y) = (RoundNumbers.Around(100 * curve.Min(p => p.Coverage), 100), RoundNumbers.Around(0, 100 * curve.Max(p => p.Error)));
        var sketch = new Sketch("coverage", 640, 450, "The error among the answers against the coverage. The higher the threshold t, the less is answered, and the less of it is wrong: " +
            string.Join("; ", marked.Select(m => string.Create(CultureInfo.InvariantCulture, $"t = {Sketch.Short(m.T)}: coverage {100 * m.Coverage:0.0} %, error {100 * m.Error:0.00} %"))) + ".");
        var plot = new Plot(sketch, 70, 46, 540, 330, x[0] - 0.03 * (x[^1] - x[0]), x[^1], y[0], y[^1]);   // room between the numbers at the corner
        plot.Axes(x.Select(at => (at, Sketch.Short(at))), y.Select(at => (at, Sketch.Short(at))), "coverage (%)");
        sketch.Text(20, 26, "error among the answers (%)", Tone.Soft, anchor: "start");
        plot.Curve(curve.Select(p => (100 * p.Coverage, 100 * p.Error)), Tone.Main);
        foreach (var m in marked)
        {
            var (left, top) = (plot.X(100 * m.Coverage), plot.Y(100 * m.Error));
            sketch.Dot(left, top, 6, Tone.Back);
            // Above the curve, which rises to the right; at the left edge there is room to the right only.
            sketch.Text(left < plot.Left + 90 ? left : left - 12, top - 10, $"$t$ = {Sketch.Short(m.T)}", Tone.Back, anchor: left < plot.Left + 90 ? "start" : "end");
        }
        return sketch;
    }
}
