using System.Collections.Generic;
using System.Globalization;
using System.Linq;

#nullable enable

// Small pictures beside each other, to be compared at one look: four runs, four starts; several patiences on one loss;
// counts beside what chance gives; bars.

/// <summary>Draws what is to be compared: several networks, each in a panel of its own, counts and what chance gives, or bars.</summary>
public static class PanelFigures
{
    private const int Columns = 2, Across = 318, Down = 232;

    /// <summary>The losses of some runs from epoch 1 on, each with a scale of its own; a dotted line is what guessing costs, (4.8).</summary>
    /// <param name="runs">One to six runs, each with a validation loss and at least two epochs, and what is written above its panel.</param>
    public static Sketch LossCurves(params (string Name, TrainingHistory History)[] runs)
    {
        if (runs.Length is 0 or > 6) throw new ArgumentException($"Panels are drawn for one to six runs; found {runs.Length}.");
        foreach (var (name, history) in runs)
            if (history.Epochs.Count < 3 || history.Epochs.Skip(1).Any(e => !double.IsFinite(e.TrainingLoss) || !double.IsFinite(e.ValidationLoss)))
                throw new ArgumentException($"A panel needs a training and a validation loss after each of at least two epochs; run “{name}” has not.");
        var guess = Math.Log(10);
        var sketch = Sheet("losses-of-runs", runs.Length, 44, $"The training loss, solid, and the validation loss, dashed, of {runs.Length} runs, from epoch 1 on. " +
            string.Join(" ", runs.Select(run => $"{run.Name}: training {Course(run.History, e => e.TrainingLoss)}; validation {Course(run.History, e => e.ValidationLoss)}.")));
        for (var i = 0; i < runs.Length; i++)
        {
            EpochResult[] epochs = [.. runs[i].History.Epochs.Skip(1)];
            var highest = epochs.Max(e => Math.Max(e.TrainingLoss, e.ValidationLoss));
            var tick = RoundNumbers.Step(highest);
            var plot = Panel(sketch, i, runs[i].Name, epochs[0].Epoch, epochs[^1].Epoch, 1.06 * highest);
            plot.Axes(new[] { epochs[0].Epoch, epochs[^1].Epoch }.Select(e => ((double)e, $"{e}")),
                Enumerable.Range(0, 1 + (int)(1.06 * highest / tick)).Select(k => (k * tick, Sketch.Short(k * tick))));
            sketch.Text(plot.Left + plot.Width / 2, plot.Top + plot.Height + 22, "epoch", Tone.Soft);
            if (guess < plot.Y1) sketch.Line(plot.Left, plot.Y(guess), plot.Left + plot.Width, plot.Y(guess), Tone.Soft, 2, "2 5");
            plot.Curve(epochs.Select(e => ((double)e.Epoch, e.TrainingLoss)), Tone.Main);
            plot.Curve(epochs.Select(e => ((double)e.Epoch, e.ValidationLoss)), Tone.Back, "8 5");
        }
        var y = sketch.Height - 18;
        sketch.Line(20, y - 6, 62, y - 6, Tone.Main, 3);
        sketch.Text(70, y, "training loss", Tone.Main, anchor: "start");
        sketch.Line(210, y - 6, 252, y - 6, Tone.Back, 3, "8 5");
        sketch.Text(260, y, "validation loss", Tone.Back, anchor: "start");
        sketch.Line(420, y - 6, 462, y - 6, Tone.Soft, 2, "2 5");
        sketch.Text(470, y, "guessing: log 10", Tone.Soft, anchor: "start");
        return sketch;

        static string Course(TrainingHistory history, Func<EpochResult, double> loss)
        {
            double[] all = [.. history.Epochs.Skip(1).Select(loss)];
            var lowest = all.Min() < Math.Min(all[0], all[^1]) - 0.005 ? $", lowest {Sketch.Two(all.Min())}" : "";
            return $"{Sketch.Two(all[0])} to {Sketch.Two(all[^1])}{lowest}, {all.Zip(all.Skip(1)).Count(pair => pair.Second > pair.First)} of {all.Length - 1} steps up";
        }
    }

    /// <summary>How numbers are spread, in panels that have one horizontal axis and heights of their own.</summary>
    /// <param name="what">What the numbers are.</param>
    /// <param name="reach">The axis goes from −reach to reach; a number beyond it is not drawn.</param>
    /// <param name="panels">One to six panels: what is written above each, and its numbers.</param>
    public static Sketch Histograms(string what, double reach, params (string Name, IReadOnlyList<float> Values)[] panels)
    {
        if (panels.Length is 0 or > 6 || !(reach > 0 && double.IsFinite(reach)) || panels.Any(panel => panel.Values.Count == 0))
            throw new ArgumentException($"Histograms are drawn in one to six panels, each with numbers, between −reach and a reach above 0; found {panels.Length} panels and the reach {Sketch.Short(reach)}.");
        const int Bins = 60;
        string Size(IReadOnlyList<float> values) => Sketch.Two(Math.Sqrt(values.Average(v => (double)v * v)));
        var sketch = Sheet("histograms", panels.Length, 20, $"{what}, as histograms over one axis from {Sketch.Short(-reach)} to {Sketch.Short(reach)}, each with its own height. " +
            string.Join(" ", panels.Select(panel => $"{panel.Name}: size {Size(panel.Values)}, {Sketch.Short(Math.Round(100 * Share(panel.Values)))} % between −1 and 1.")));
        for (var i = 0; i < panels.Length; i++)
        {
            var counts = new int[Bins];
            foreach (var value in panels[i].Values)
                if (Math.Floor((value + reach) / (2 * reach) * Bins) is >= 0 and < Bins and var bin) counts[(int)bin]++;
            var plot = Panel(sketch, i, panels[i].Name, -reach, reach, 1.06 * Math.Max(1, counts.Max()));
            plot.Axes(new[] { -reach, -reach / 2, 0, reach / 2, reach }.Select(at => (at, Sketch.Short(at))), []);
            Hill(plot, counts, 0, Bins, Tone.Main);
            sketch.Text(plot.Left + plot.Width, plot.Top + 24, $"size {Size(panels[i].Values)}", Tone.Soft, anchor: "end");
        }
        return sketch;

        static double Share(IReadOnlyList<float> values) => values.Count(v => Math.Abs(v) <= 1) / (double)values.Count;
    }

    /// <summary>The sums z of a unit for many images, in panels that have one axis: blue right of 0, where ReLU is on, grey left of it.</summary>
    /// <param name="what">Whose sums they are.</param>
    /// <param name="panels">One to six panels: what is written above each, and its sums.</param>
    public static Sketch Sums(string what, params (string Name, IReadOnlyList<float> Z)[] panels)
    {
        if (panels.Length is 0 or > 6 || panels.Any(panel => panel.Z.Count == 0 || panel.Z.Any(z => !float.IsFinite(z))))
            throw new ArgumentException($"Sums are drawn in one to six panels, each with finite numbers; found {panels.Length} panels: {string.Join(", ", panels.Select(panel => panel.Z.Count))} numbers.");
        var (low, high) = (Math.Min(0.0, panels.Min(panel => panel.Z.Min())), Math.Max(0.0, panels.Max(panel => panel.Z.Max())));
        var tick = Math.Max(1e-6, RoundNumbers.Step(high - low));
        var width = tick / 20;   // so that 0 is between two bars
        int From(double z) => (int)Math.Floor(z / width);
        var (first, bars) = (From(low) - 1, From(high) - From(low) + 3);
        string On(IReadOnlyList<float> Z) => $"{Math.Round(100.0 * Z.Count(z => z > 0) / Z.Count)} %";
        var sketch = Sheet("sums", panels.Length, 20, $"{what}, as histograms over one axis, each with its own height. " +
            string.Join(" ", panels.Select(panel => $"{panel.Name}: from {Sketch.Short(Math.Round(panel.Z.Min(), 1))} to {Sketch.Short(Math.Round(panel.Z.Max(), 1))}, on for {On(panel.Z)}.")));
        for (var i = 0; i < panels.Length; i++)
        {
            var counts = new int[bars];
            foreach (var z in panels[i].Z) counts[From(z) - first]++;
            var plot = Panel(sketch, i, panels[i].Name, first * width, (first + bars) * width, 1.25 * counts.Max());
            plot.Axes(Enumerable.Range(0, 100).Select(k => (Math.Ceiling(plot.X0 / tick) + k) * tick).TakeWhile(at => at <= plot.X1).Select(at => (at, Sketch.Short(at))), []);
            Hill(plot, counts, 0, -first, Tone.Soft);
            Hill(plot, counts, -first, bars, Tone.Main);
            sketch.Line(plot.X(0), plot.Top, plot.X(0), plot.Top + plot.Height, Tone.Ink, 1.5, "3 4");
            sketch.Text(plot.X(0) - 8, plot.Top + 18, $"on for {On(panels[i].Z)}", Tone.Main, anchor: "end");
        }
        return sketch;
    }

    // The bars from one to another, as one area.
    private static void Hill(Plot plot, int[] counts, int from, int to, Tone tone)
    {
        double Edge(int bar) => plot.Left + plot.Width * bar / counts.Length;
        plot.Sketch.Area([(Edge(from), plot.Y(0)), .. Enumerable.Range(from, to - from).SelectMany(bar => new[] { (Edge(bar), plot.Y(counts[bar])), (Edge(bar + 1), plot.Y(counts[bar])) }),
            (Edge(to), plot.Y(0))], tone, 0.75);
    }

    /// <summary>How long early stopping waits, (7.2): a validation loss from some epoch on, and for each patience a bar from the epoch that is kept to the one after which it stops.</summary>
    public static Sketch Patience(double[] losses, int from, params (int Patience, int Kept, int Stopped)[] waits)
    {
        if (from < 0 || losses.Length < from + 3 || waits.Length is 0 or > 6 || waits.Any(wait => wait.Kept < from || wait.Stopped < wait.Kept || wait.Stopped >= losses.Length))
            throw new ArgumentException($"Early stopping is drawn for at least 3 losses from an epoch on, and for one to six patiences that keep one of them; found {losses.Length} losses, from {from}, and {waits.Length}.");
        // A row for each patience, the last epoch first: then no line goes through the words.
        waits = [.. waits.OrderByDescending(wait => wait.Kept).ThenByDescending(wait => wait.Stopped)];
        var (lowest, y) = (from + Array.IndexOf(losses[from..], losses[from..].Min()), RoundNumbers.Around(losses[from..].Min(), losses[from..].Max()));
        var sketch = new Sketch("patience", 640, 370 + 32 * waits.Length, $"The validation loss from epoch {from} on, lowest in epoch {lowest}, and bars from the epoch that is kept to the one after which training stops: " +
            string.Join("; ", waits.Select(wait => $"patience {wait.Patience}: {wait.Kept} to {wait.Stopped}")) + ".");
        // Below the curve, inside the axes.
        double Row(int i) => 304 + 32 * i;
        var below = 24 + 32 * waits.Length;
        var plot = new Plot(sketch, 60, 46, 560, 240 + below, from, losses.Length - 1, y[0] - (y[^1] - y[0]) * below / 240, y[^1]);
        sketch.Text(20, 26, "validation loss", Tone.Back, anchor: "start");
        plot.Axes(RoundNumbers.Around(from, losses.Length - 1).Where(e => e >= from && e < losses.Length).Select(e => (e, Sketch.Short(e))), y.Select(at => (at, Sketch.Short(at))), "epoch");
        foreach (var (wait, i) in waits.Select((wait, i) => (wait, i))) sketch.Line(plot.X(wait.Kept), plot.Y(losses[wait.Kept]), plot.X(wait.Kept), Row(i), Tone.Ink, 1.2, "3 4");
        plot.Curve(losses[from..].Select((loss, i) => ((double)from + i, loss)), Tone.Back, "8 5", 2);
        for (var e = from; e < losses.Length; e++) sketch.Dot(plot.X(e), plot.Y(losses[e]), 3.2, Tone.Back);
        foreach (var (wait, i) in waits.Select((wait, i) => (wait, i)))
        {
            sketch.Line(plot.X(wait.Kept), Row(i), plot.X(wait.Stopped), Row(i), Tone.Main, 3);
            for (var e = wait.Kept + 1; e <= wait.Stopped; e++) sketch.Dot(plot.X(e), Row(i), e == wait.Stopped ? 7 : 3.2, Tone.Main);
            foreach (var at in new[] { Row(i), plot.Y(losses[wait.Kept]) }) sketch.Circle(plot.X(wait.Kept), at, 6, Tone.Ink, 2.5);
            var isRoom = plot.X(wait.Stopped) < 410;   // right of the end of the bar, or else left of its beginning
            sketch.Text(isRoom ? plot.X(wait.Stopped) + 14 : plot.X(wait.Kept) - 14, Row(i) + 6, $"patience {wait.Patience}: {wait.Kept} to {wait.Stopped}", Tone.Main, anchor: isRoom ? "start" : "end");
        }
        return sketch;
    }

    /// <summary>Counts as bars, and in front of each what chance gives: the expected count as a dot, two standard deviations to both sides as a stroke. What lies outside has its number in bold.</summary>
    /// <param name="what">What was counted, in words.</param>
    /// <param name="across">What the names of the bars are.</param>
    /// <param name="up">What is counted.</param>
    /// <param name="bars">For each bar its name, what was found, what is expected, and the standard deviation of that.</param>
    public static Sketch Counts(string what, string across, string up, params (string Name, int Found, double Expected, double Deviation)[] bars)
    {
        if (bars.Length is 0 or > 12 || bars.Any(bar => bar.Found < 0 || !(bar.Deviation >= 0 && double.IsFinite(bar.Expected + bar.Deviation))))
            throw new ArgumentException($"One to twelve bars are drawn, each with a count of 0 or more, an expected count and a finite standard deviation; found {bars.Length} bars.");
        bool IsOutside((string Name, int Found, double Expected, double Deviation) bar) => Math.Abs(bar.Found - bar.Expected) > 2 * bar.Deviation;
        string Told((string Name, int Found, double Expected, double Deviation) bar) => $"{bar.Name}: {bar.Found} and {Sketch.Exactly(1, bar.Expected)}";
        var sketch = new Sketch("counts", 640, 430, $"{what}: what was found, and what is expected by chance. {string.Join("; ", bars.Select(Told))}. " +
            $"Further than two standard deviations from what is expected: {bars.Count(IsOutside)} of {bars.Length}.");
        var highest = bars.Max(bar => Math.Max(bar.Found, bar.Expected + 2 * bar.Deviation));
        var tick = Math.Max(1, RoundNumbers.Step(highest));
        var plot = new Plot(sketch, 56, 46, 570, 282, 0, bars.Length, 0, 1.12 * highest);
        plot.Axes(bars.Select((bar, i) => (i + 0.5, bar.Name)), Enumerable.Range(0, 1 + (int)(1.06 * highest / tick)).Select(k => (k * tick, Sketch.Short(k * tick))), across);
        sketch.Text(20, 26, up, Tone.Soft, anchor: "start");
        foreach (var (bar, i) in bars.Select((bar, i) => (bar, i)))
        {
            var (left, middle, right) = (plot.X(i + 0.12), plot.X(i + 0.5), plot.X(i + 0.88));
            var (low, high) = (Math.Max(0, bar.Expected - 2 * bar.Deviation), bar.Expected + 2 * bar.Deviation);
            sketch.Area([(left, plot.Y(0)), (left, plot.Y(bar.Found)), (right, plot.Y(bar.Found)), (right, plot.Y(0))], Tone.Main, 0.45);
            sketch.Line(middle, plot.Y(low), middle, plot.Y(high), Tone.Back, 3);
            foreach (var end in new[] { low, high }) sketch.Line(middle - 7, plot.Y(end), middle + 7, plot.Y(end), Tone.Back, 2);
            sketch.Dot(middle, plot.Y(bar.Expected), 4.5, Tone.Back);
            sketch.Text(middle, plot.Y(Math.Max(bar.Found, high)) - 9, $"{bar.Found}", Tone.Main, bold: IsOutside(bar));
        }
        var y = sketch.Height - 18;
        sketch.Box(60, y - 14, 18, 15, edge: null, fill: Tone.Main, opacity: 0.45, corner: 0);
        sketch.Text(88, y, "found", Tone.Main, anchor: "start");
        sketch.Line(182, y - 19, 182, y + 4, Tone.Back, 3);
        sketch.Dot(182, y - 7, 4.5, Tone.Back);
        sketch.Text(198, y, "expected by chance, ± 2 standard deviations", Tone.Back, anchor: "start");
        return sketch;
    }

    /// <summary>Bars that lie below each other, so that names may be long; the number stands at the end of its bar.</summary>
    /// <param name="what">What the bars show, with the unit.</param>
    /// <param name="logarithmic">Whether equal lengths are equal factors; the bars then begin at the power of ten at or below the smallest.</param>
    /// <param name="bars">The names and their values, from above.</param>
    public static Sketch Lying(string what, bool logarithmic, params (string Name, double Value)[] bars)
    {
        if (bars.Length is 0 or > 12 || bars.Any(bar => !(bar.Value >= 0 && double.IsFinite(bar.Value) && !(logarithmic && bar.Value == 0))))
            throw new ArgumentException($"One to twelve bars lie below each other, each with a finite value that is not negative (on a logarithmic axis: above 0); found {bars.Length} bars.");
        string Told(double value) => value.ToString(bars.Max(bar => bar.Value) < 10 ? "0.00" : value < 10 ? "0.#" : "N0", CultureInfo.InvariantCulture);
        var sketch = new Sketch("lying-bars", 640, 52 + 34 * bars.Length + (logarithmic ? 30 : 0), $"{what}. {string.Join("; ", bars.Select(bar => $"{bar.Name}: {Told(bar.Value)}"))}.");
        double At(double value) => logarithmic ? Math.Log10(value) : value;
        var (from, to) = (logarithmic ? Math.Floor(At(bars.Min(bar => bar.Value))) : 0, At(bars.Max(bar => bar.Value)));
        var left = 24 + 9.3 * bars.Max(bar => bar.Name.Length);
        var plot = new Plot(sketch, left, 40, 570 - left, 34 * bars.Length, from, to > from ? to : from + 1, bars.Length, 0);
        sketch.Text(20, 26, what, Tone.Soft, anchor: "start");
        for (var power = from; logarithmic && power <= plot.X1; power++)
        {
            sketch.Line(plot.X(power), plot.Top, plot.X(power), plot.Top + plot.Height, Tone.Grid, 1.2);
            sketch.Text(plot.X(power), plot.Top + plot.Height + 24, Math.Pow(10, power).ToString("#,0.###", CultureInfo.InvariantCulture), Tone.Soft);
        }
        foreach (var (bar, i) in bars.Select((bar, i) => (bar, i)))
        {
            var y = plot.Y(i + 0.5);
            sketch.Text(left - 10, y + 6, bar.Name, anchor: "end");
            sketch.Box(left, y - 12, plot.X(At(bar.Value)) - left, 24, null, Tone.Main, 0.75, corner: 2);
            sketch.Text(plot.X(At(bar.Value)) + 8, y + 6, Told(bar.Value), Tone.Main, anchor: "start");
        }
        sketch.Line(left, plot.Top, left, plot.Top + plot.Height, Tone.Soft, 1.5);
        return sketch;
    }

    /// <summary>The scores of one example, multiplied by some factors, and below each what softmax makes of them (4.2): the order stays, the certainty changes.</summary>
    /// <param name="scores">The scores of two to ten classes.</param>
    /// <param name="factors">One to three factors above 0.</param>
    public static Sketch Certainty(double[] scores, params double[] factors)
    {
        if (scores.Length is < 2 or > 10 || factors.Length is 0 or > 3 || factors.Any(factor => !(factor > 0 && double.IsFinite(factor))))
            throw new ArgumentException($"The scores of two to ten classes are multiplied by one to three factors above 0; found {scores.Length} scores and {factors.Length} factors.");
        int[] order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(k => scores[k])];
        double[][] probabilities = [.. factors.Select(factor => Losses.Softmax(factor * Matrix.FromColumn(scores)).ToArray())];
        string One(double value) => Sketch.Exactly(1, value);
        var sketch = new Sketch("certainty", 640, 470, $"The scores of one image times {string.Join(", ", factors.Select(Sketch.Short))}, and below them their probabilities. " +
            string.Join(" ", factors.Select((factor, i) => $"Times {Sketch.Short(factor)}: digit {order[0]} has the score {One(factor * scores[order[0]])} and the probability {Sketch.Two(probabilities[i][order[0]])}, " +
                $"digit {order[1]} {One(factor * scores[order[1]])} and {Sketch.Two(probabilities[i][order[1]])}.")));
        double lowest = factors.Max() * Math.Min(0, scores.Min()), highest = factors.Max() * Math.Max(0, scores.Max());
        for (var i = 0; i < factors.Length; i++)
        {
            var left = 24 + 206 * i;
            sketch.Text(left + 95, 28, $"scores × {Sketch.Short(factors[i])}", bold: true);
            sketch.Text(left + 95, 254, "probabilities", bold: true);
            Bars(new(sketch, left, 66, 190, 140, 0, scores.Length, lowest, highest), [.. scores.Select(z => factors[i] * z)], One);
            Bars(new(sketch, left, 292, 190, 116, 0, scores.Length, 0, 1), probabilities[i], Sketch.Two);
            for (var k = 0; k < scores.Length; k++) sketch.Text(left + 190 * (k + 0.5) / scores.Length, 430, $"{k}", Of(k), bold: k == order[0]);
            sketch.Text(left + 95, 456, "digit", Tone.Soft);
        }
        return sketch;

        Tone Of(int k) => k == order[0] ? Tone.Main : k == order[1] ? Tone.Back : Tone.Soft;

        void Bars(Plot plot, double[] values, Func<double, string> told)
        {
            sketch.Line(plot.Left, plot.Y(0), plot.Left + plot.Width, plot.Y(0), Tone.Soft, 1.5);
            for (var k = 0; k < values.Length; k++)
                sketch.Area([(plot.X(k + 0.15), plot.Y(0)), (plot.X(k + 0.15), plot.Y(values[k])), (plot.X(k + 0.85), plot.Y(values[k])), (plot.X(k + 0.85), plot.Y(0))], Of(k), 0.75);
            sketch.Text(plot.X(order[0] + 0.5), plot.Y(values[order[0]]) - 8, told(values[order[0]]), Tone.Main, anchor: order[0] < 1 ? "start" : order[0] > 8 ? "end" : "middle");
        }
    }

    /// <summary>What happens to the mistakes and to a loss while one parameter moves: steps above, a curve below, over one axis.</summary>
    /// <param name="parameter">What moves.</param>
    /// <param name="at">For each value of it, from left to right, the share of mistakes and the squared error (4.1).</param>
    public static Sketch Glide(string parameter, params (double Value, double Mistakes, double SquaredError)[] at)
    {
        if (at.Length < 2) throw new ArgumentException($"Mistakes and a loss are drawn over at least two values of a parameter; found {at.Length}.");
        var sketch = new Sketch("glide", 640, 396, $"One parameter moves, {parameter}. The share of mistakes, above, is a staircase; the squared error, below, is a smooth curve. " +
            $"Where the squared error is lowest, the mistakes are {(at.MinBy(a => a.SquaredError).Mistakes == at.Max(a => a.Mistakes) ? "most" : "not most")}.");
        var stairs = at.Zip(at.Skip(1)).SelectMany(pair => new[] { (pair.First.Value, pair.First.Mistakes), (pair.Second.Value, pair.First.Mistakes) });
        Half(40, "share of mistakes", stairs, Tone.Back, "0.00", "");
        Half(212, "squared error", at.Select(a => (a.Value, a.SquaredError)), Tone.Main, "0.0000", parameter);
        return sketch;

        void Half(double top, string name, IEnumerable<(double X, double Y)> points, Tone tone, string form, string xTitle)
        {
            var (low, high) = (points.Min(p => p.Y), points.Max(p => p.Y));
            var room = 0.08 * (high - low);
            var plot = new Plot(sketch, 76, top, 540, 110, at[0].Value, at[^1].Value, low - room, high + room);
            sketch.Text(plot.Left, top - 12, name, tone, Sketch.Words, "start", bold: true);
            plot.Axes([(at[0].Value, Sketch.Short(at[0].Value)), (0, "0"), (at[^1].Value, Sketch.Short(at[^1].Value))], new[] { low, high }.Select(y => (y, y.ToString(form, CultureInfo.InvariantCulture))), xTitle);
            plot.Curve(points, tone);
        }
    }

    /// <summary>Pairs of two hyperparameters in a grid, and as many drawn at random, with the values of the first below them.</summary>
    /// <param name="side">The grid has side · side pairs.</param>
    public static Sketch GridAndRandom(int side = 3)
    {
        if (side is < 2 or > 5) throw new ArgumentException($"A grid is drawn with 2 to 5 values of each of two hyperparameters; found {side}.");
        var random = new Random(4);
        (double X, double Y)[] grid = [.. Enumerable.Range(0, side * side).Select(i => ((i % side + 0.5) / side, (i / side + 0.5) / side))];
        (double X, double Y)[] drawn = [.. grid.Select(_ => (Inside(), Inside()))];
        var sketch = new Sketch("grid-and-random", 640, 340, $"{grid.Length} pairs of two values in a square, and below the square the values that the first of the two takes. " +
            $"Left a grid: {Values(grid)} values. Right pairs drawn at random: {Values(drawn)} values.");
        Half(32, "in a grid", grid);
        Half(352, "at random", drawn);
        return sketch;

        double Inside() => 0.04 + 0.92 * random.NextDouble();   // no dot on the frame

        int Values((double X, double Y)[] pairs) => pairs.Select(pair => pair.X).Distinct().Count();

        void Half(double left, string name, (double X, double Y)[] pairs)
        {
            var plot = new Plot(sketch, left, 44, 256, 200, 0, 1, 0, 1);
            sketch.Text(left + 128, 28, name, bold: true, size: Sketch.Words);
            sketch.Box(plot.Left, plot.Top, plot.Width, plot.Height, Tone.Grid, corner: 4, pen: 1.5);
            foreach (var (x, y) in pairs)
            {
                sketch.Line(plot.X(x), plot.Y(y), plot.X(x), plot.Y(0) + 14, Tone.Back, 1.5, "2 5");
                sketch.Line(plot.X(x), plot.Y(0) + 14, plot.X(x), plot.Y(0) + 34, Tone.Back, 3);
            }
            foreach (var (x, y) in pairs) sketch.Dot(plot.X(x), plot.Y(y), 6, Tone.Main);
            sketch.Text(left + 128, 304, $"{Values(pairs)} values of the one", Tone.Back);
            sketch.Text(left + 128, 328, "that matters more", Tone.Back);
        }
    }

    private static Sketch Sheet(string name, int panels, int below, string description) =>
        new(name, 640, (panels + Columns - 1) / Columns * Down + below, description);

    private static Plot Panel(Sketch sketch, int i, string name, double from, double to, double top)
    {
        var plot = new Plot(sketch, 52 + Across * (i % Columns), 44 + Down * (i / Columns), 250, 150, from, to, 0, top);
        sketch.Text(plot.Left + plot.Width / 2, plot.Top - 16, name, bold: true, size: Sketch.Words);
        return plot;
    }
}
