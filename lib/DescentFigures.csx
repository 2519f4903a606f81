using System.Collections.Generic;
using System.Linq;

#nullable enable

// Figures of gradient descent on losses of one or two parameters: where it goes and how far it comes. Every way is
// computed. Equation numbers are those of my_note.md.

/// <summary>Draws the ways of gradient descent.</summary>
public static class DescentFigures
{
    /// <summary>Steps of gradient descent in the bowl L = ½κθ² with κ = 1, for several learning rates, (6.8).</summary>
    /// <param name="rates">Up to six learning rates.</param>
    public static Sketch Bowl(params double[] rates)
    {
        if (rates.Length is 0 or > 6 || rates.Any(rate => !(rate > 0)))
            throw new ArgumentException($"The bowl is drawn for one to six learning rates above 0; found {string.Join(", ", rates)}.");
        const int Steps = 10;
        var rows = (rates.Length + 2) / 3;
        double[][] ways = [.. rates.Select(Way)];
        // A way has one place more than steps.
        var cut = rates.Zip(ways, (rate, way) => (rate, steps: way.Length - 1)).Where(one => one.steps < Steps).ToArray();
        var sketch = new Sketch("bowl", 640, 20 + 205 * rows, "A ball in a bowl whose curvature is 1, ten steps" +
            (cut.Length == 0 ? "" : $" ({string.Join(", ", cut.Select(one => $"for {Sketch.Short(one.rate)} {First(one.steps)}"))})") +
            " from the right side, for the learning rates " + string.Join(", ", rates.Select(Sketch.Short)) + ": " +
            string.Join("; ", rates.Select(rate => $"{Sketch.Short(rate)} {What(rate)}")) + ".");
        for (var i = 0; i < rates.Length; i++)
        {
            var shown = ways[i];
            var reach = Math.Max(1.15, 1.15 * shown.Max(Math.Abs));
            var plot = new Plot(sketch, 20 + 210 * (i % 3), 48 + 205 * (i / 3), 180, 112, -reach, reach, 0, reach * reach / 2);
            var converges = rates[i] < 2;
            sketch.Text(plot.Left + 90, plot.Top - 14, $"$η$ = {Sketch.Short(rates[i])}", bold: true, size: Sketch.Words);
            sketch.Line(plot.Left, plot.Y(0), plot.Left + plot.Width, plot.Y(0), Tone.Grid, 1.2);
            plot.Function(theta => theta * theta / 2, Tone.Soft, width: 2);
            var points = shown.Select(theta => (plot.X(theta), plot.Y(theta * theta / 2))).ToArray();
            sketch.Path(points, converges ? Tone.Main : Tone.Back, 2, opacity: 0.8);
            foreach (var (x, y) in points) sketch.Dot(x, y, 4.5, converges ? Tone.Main : Tone.Back);
            sketch.Circle(points[0].Item1, points[0].Item2, 6, converges ? Tone.Main : Tone.Back, 2.5);
            sketch.Text(plot.Left + 90, plot.Top + plot.Height + 24, What(rates[i]), converges ? Tone.Main : Tone.Back);
        }
        return sketch;

        static double[] Way(double rate)
        {
            var thetas = new List<double> { 1 };
            for (var step = 0; step < Steps; step++) thetas.Add((1 - rate) * thetas[^1]);   // (6.8), κ = 1
            // What diverges leaves the picture soon: its first steps are drawn.
            return [.. thetas.TakeWhile(theta => Math.Abs(theta) < 4)];
        }

        static string First(int steps) => steps switch
        {
            0 => "none", 1 => "the first",
            _ => "the first " + new[] { "two", "three", "four", "five", "six", "seven", "eight", "nine" }[steps - 2],
        };

        static string What(double rate) => rate switch
        {
            < 0.3 => "slow", < 1 => "fast", 1 => "there in one step", < 2 => "jumps, arrives", 2 => "jumps for ever", _ => "diverges",
        };
    }

    /// <summary>A saddle, L = ½(θ1² − θ2²): the way of gradient descent (6.1) past it, and the loss on this way.</summary>
    /// <param name="eta">The learning rate, between 0 and 1.</param>
    /// <param name="from">Where θ2 starts, between 0 and 1; θ1 starts at 1. The way ends when θ2 has reached 1.</param>
    public static Sketch Saddle(double eta = 0.1, double from = 0.001)
    {
        if (eta is not (> 0 and < 1) || from is not (> 0 and < 1))
            throw new ArgumentException($"The saddle needs a learning rate and a start between 0 and 1; found {eta} and {from}.");
        var way = new List<(double X, double Y)> { (1, from) };
        while (way[^1].Y < 1) way.Add(((1 - eta) * way[^1].X, (1 + eta) * way[^1].Y));
        double[] losses = [.. way.Select(at => (at.X * at.X - at.Y * at.Y) / 2)];
        var steps = losses.Length - 1;
        var level = losses.Count(loss => Math.Abs(loss) < 0.02);
        var sketch = new Sketch("saddle", 640, 360, $"Left: contour lines of a saddle. In {steps} steps the path comes in from the right, hardly moves in the middle, and leaves at the top. " +
            $"Right: the loss over these steps. It falls to nearly 0, stays within 0.02 of it for {level} steps, and falls again.");
        const double Reach = 1.2;
        var map = new Plot(sketch, 44, 40, 250, 250, -Reach, Reach, -Reach, Reach);
        sketch.Box(map.Left, map.Top, map.Width, map.Height, Tone.Grid, corner: 4, pen: 1.5);
        foreach (var loss in new[] { 0.05, 0.2, 0.45 })
        {
            // Where the loss is ±`loss`: hyperbolas, of which each coordinate is a function of the other.
            var end = Math.Sqrt(Reach * Reach - 2 * loss);
            (double Near, double Far)[] arm = [.. Enumerable.Range(-20, 41).Select(i => end * i / 20).Select(t => (t, Math.Sqrt(2 * loss + t * t)))];
            foreach (var side in new[] { -1, 1 })
            {
                map.Curve(arm.Select(p => (side * p.Far, p.Near)), Tone.Grid, width: 1.6);
                map.Curve(arm.Select(p => (p.Near, side * p.Far)), Tone.Grid, width: 1.6);
            }
        }
        sketch.Path(way.Select(p => (map.X(p.X), map.Y(p.Y))), Tone.Main, 2);
        foreach (var (x, y) in way) sketch.Dot(map.X(x), map.Y(y), 3, Tone.Main);
        sketch.Circle(map.X(way[0].X), map.Y(way[0].Y), 6, Tone.Main, 2.5);
        sketch.Text(map.X(0), map.Top + map.Height + 28, "$θ_1$");
        sketch.Text(map.Left - 20, map.Y(0) + 6, "$θ_2$");
        var plot = new Plot(sketch, 390, 40, 235, 250, 0, steps, -0.6, 0.6);
        plot.Axes([(0, "0"), (steps, $"{steps}")], [(-0.5, "−0.5"), (0, "0"), (0.5, "0.5")], "step");
        plot.Curve(losses.Select((loss, step) => ((double)step, loss)), Tone.Main);
        sketch.Text(plot.Left, 26, "loss", Tone.Soft, anchor: "middle");
        sketch.Text(plot.X(steps * 0.6), plot.Y(0) - 22, $"{level} steps within 0.02", Tone.Soft);
        return sketch;
    }

    /// <summary>A narrow valley, L = ½θ₁² + ½·20·θ₂², gone down from (10, 1) without and with momentum, (6.1), (9.1) and (9.2), and with Adam, (9.3) to (9.6).</summary>
    /// <param name="plain">The learning rate η without momentum; above 0.1 it diverges.</param>
    /// <param name="eta">The η with momentum.</param>
    /// <param name="mu">μ.</param>
    /// <param name="steps">How many steps each takes.</param>
    /// <param name="adam">Adam's learning rate, or null: then its way is not drawn.</param>
    public static Sketch Valley(double plain = 0.09, double eta = 0.05, double mu = 0.7, int steps = 25, double? adam = null)
    {
        var (without, with) = (Walk(plain, 0), Walk(eta, mu));
        var own = adam is { } rate ? Adam(rate) : [];
        var high = adam == null ? 140 : 100;
        var sketch = new Sketch(adam == null ? "valley" : "valley-adam", 640, (adam == null ? 2 : 3) * (high + 80) + 6, $"Contour lines of a narrow valley, and {steps} steps down it. Without momentum the path jumps from wall to wall and is then at a distance of {Sketch.Short(Far(without))} from the lowest point. " +
            $"With momentum it swings out and runs along the valley, and is at a distance of {Sketch.Short(Far(with))}." + (adam == null ? "" : $" Adam sets out diagonally, by {Sketch.Short(adam.Value)} in both directions, and is at a distance of {Sketch.Short(Far(own))}."));
        Panel(46, $"without momentum, $η$ = {Sketch.Short(plain)}", without, Tone.Back);
        Panel(46 + high + 80, $"with momentum, $η$ = {Sketch.Short(eta)}, $μ$ = {Sketch.Short(mu)}", with, Tone.Main);
        if (adam != null) Panel(46 + 2 * (high + 80), $"Adam, $η$ = {Sketch.Short(adam.Value)}, $β_1$ = 0.9, $β_2$ = 0.999", own, Tone.Third);
        return sketch;

        (double X, double Y)[] Walk(double rate, double share)
        {
            var (t1, t2, v1, v2) = (10.0, 1.0, 0.0, 0.0);
            var path = new List<(double, double)> { (t1, t2) };
            for (var step = 1; step <= steps; step++)
            {
                (v1, v2) = (share * v1 + t1, share * v2 + 20 * t2);   // (9.1)
                (t1, t2) = (t1 - rate * v1, t2 - rate * v2);          // (9.2)
                path.Add((t1, t2));
            }
            return [.. path];
        }

        (double X, double Y)[] Adam(double rate)
        {
            double[] theta = [10, 1], M = [0, 0], S = [0, 0];
            var path = new List<(double, double)> { (theta[0], theta[1]) };
            for (var t = 1; t <= steps; t++)
            {
                double[] slope = [theta[0], 20 * theta[1]];
                for (var i = 0; i < 2; i++)
                {
                    M[i] = 0.9 * M[i] + 0.1 * slope[i];                                 // (9.3)
                    S[i] = 0.999 * S[i] + 0.001 * slope[i] * slope[i];                  // (9.4)
                    var (mean, square) = (M[i] / (1 - Math.Pow(0.9, t)), S[i] / (1 - Math.Pow(0.999, t)));   // (9.5)
                    theta[i] -= rate * mean / (Math.Sqrt(square) + 1e-8);               // (9.6)
                }
                path.Add((theta[0], theta[1]));
            }
            return [.. path];
        }

        static double Far((double X, double Y)[] path) => Math.Sqrt(path[^1].X * path[^1].X + path[^1].Y * path[^1].Y);

        void Panel(double top, string title, (double X, double Y)[] path, Tone tone)
        {
            sketch.Text(20, top - 16, title, tone, Sketch.Words, "start", bold: true);
            var plot = new Plot(sketch, 20, top, 600, high, -2.4, 11.2, -1.35, 1.35);
            sketch.Box(plot.Left, plot.Top, plot.Width, plot.Height, Tone.Grid, corner: 4, pen: 1.5);
            // Where the loss is `level`: an ellipse.
            foreach (var level in new[] { 0.15, 1, 4, 10, 20, 34, 52 })
                plot.Curve(Enumerable.Range(0, 181).Select(i => 2 * Math.PI * i / 180).Select(t => (Math.Sqrt(2 * level) * Math.Cos(t), Math.Sqrt(2 * level / 20) * Math.Sin(t))), Tone.Grid, width: 1.6);
            sketch.Path(path.Select(p => (plot.X(p.X), plot.Y(p.Y))), tone, 2);
            foreach (var (x, y) in path) sketch.Dot(plot.X(x), plot.Y(y), 3.4, tone);
            sketch.Circle(plot.X(path[0].X), plot.Y(path[0].Y), 6, tone, 2.5);
            sketch.Line(plot.X(0) - 8, plot.Y(0), plot.X(0) + 8, plot.Y(0), Tone.Ink, 2.5);
            sketch.Line(plot.X(0), plot.Y(0) - 8, plot.X(0), plot.Y(0) + 8, Tone.Ink, 2.5);
            sketch.Text(320, top + high + 24, $"after {steps} steps: {Sketch.Short(Far(path))} from the lowest point", Tone.Soft);
        }
    }

    /// <summary>Why a batch k times as large allows a step k times as long, (7.6), and where that ends: four short noisy steps beside one long one, in a wide bowl and in a narrow one.</summary>
    /// <param name="eta">The learning rate of the short steps.</param>
    /// <param name="along">κ of both losses in the direction of θ₁, and of the wide one in every direction.</param>
    /// <param name="across">κ of the narrow one in the direction of θ₂; the long step is beyond 2/κ, (6.8).</param>
    public static Sketch LongStep(double eta = 0.1, double along = 0.5, double across = 7.5)
    {
        const int Short = 4;
        if (!(eta > 0 && along > 0 && Short * eta < 1 / along && Short * eta > 2 / across))
            throw new ArgumentException($"A long step is drawn that is short enough for the wide bowl and too long for the narrow one; found η = {eta}, {Short} times that for the long step, and the curvatures {along} and {across}.");
        (double X, double Y) start = (-4.4, 0.44);
        // The errors of the batch gradients: the same four batches on both maps.
        double[] errors = [.. Matrix.Normal<double>(2 * Short, 1, 1, new Random(2)).ToArray()];
        var (wide, narrow) = (Ways(along), Ways(across));
        var (apart, length) = (Distance(wide.Few, wide.Many[^1]), Distance(wide.Few, start));
        var sketch = new Sketch("long-step", 640, 654, $"Contour lines of two bowls, and in each four short steps with noisy slopes beside one step with four times the rate and the mean of their noise. " +
            $"In the wide bowl the long step is {Sketch.Two(length)} long, and both ways end {Sketch.Two(apart)} apart. In the narrow bowl the short steps bring the loss from {Sketch.Two(Loss(start, across))} down to {Sketch.Two(Loss(narrow.Many[^1], across))}; " +
            $"the long one jumps to the opposite wall, and the loss is {Sketch.Two(Loss(narrow.Few, across))}.");
        Panel(48, "wide bowl: the short steps add up to the long one", along, wide);
        Panel(348, "narrow bowl: the long step jumps across", across, narrow);
        sketch.Line(20, 630, 60, 630, Tone.Main, 2.5);
        sketch.Text(70, 636, $"{Short} steps with $η$ = {Sketch.Short(eta)}", Tone.Main, anchor: "start");
        sketch.Line(320, 630, 360, 630, Tone.Back, 2.5, "8 5");
        sketch.Text(370, 636, $"1 step with $η$ = {Sketch.Short(Short * eta)}", Tone.Back, anchor: "start");
        return sketch;

        double Loss((double X, double Y) at, double kappa) => along / 2 * at.X * at.X + kappa / 2 * at.Y * at.Y;

        static double Distance((double X, double Y) a, (double X, double Y) b) => Math.Sqrt((a.X - b.X) * (a.X - b.X) + (a.Y - b.Y) * (a.Y - b.Y));

        // The long step takes the mean of the same errors, with the slope at the start: the four batches as one.
        ((double X, double Y)[] Many, (double X, double Y) Few) Ways(double kappa)
        {
            var many = new List<(double X, double Y)> { start };
            for (var i = 0; i < Short; i++)
                many.Add((many[^1].X - eta * (along * many[^1].X + errors[2 * i]), many[^1].Y - eta * (kappa * many[^1].Y + errors[2 * i + 1])));   // (6.1)
            double Mean(int side) => Enumerable.Range(0, Short).Average(i => errors[2 * i + side]);
            return ([.. many], (start.X - Short * eta * (along * start.X + Mean(0)), start.Y - Short * eta * (kappa * start.Y + Mean(1))));   // (7.6)
        }

        void Panel(double top, string title, double kappa, ((double X, double Y)[] Many, (double X, double Y) Few) ways)
        {
            var map = new Plot(sketch, 20, top, 600, 216, -4.85, 0.428, -0.95, 0.95);
            sketch.Text(20, top - 16, title, size: Sketch.Words, anchor: "start", bold: true);
            sketch.Box(map.Left, map.Top, map.Width, map.Height, Tone.Grid, corner: 4, pen: 1.5);
            foreach (var radius in new[] { 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5 })
                map.Curve(Enumerable.Range(0, 721).Select(i => Math.PI * i / 360).Select(t => (radius * Math.Cos(t), radius * Math.Sqrt(along / kappa) * Math.Sin(t))), Tone.Grid, width: 1.6);
            sketch.Line(map.X(0) - 8, map.Y(0), map.X(0) + 8, map.Y(0), Tone.Ink, 2.5);
            sketch.Line(map.X(0), map.Y(0) - 8, map.X(0), map.Y(0) + 8, Tone.Ink, 2.5);
            sketch.Circle(map.X(start.X), map.Y(start.Y), 6, Tone.Ink, 2.5);
            foreach (var (a, b) in ways.Many.Zip(ways.Many.Skip(1))) sketch.Arrow(map.X(a.X), map.Y(a.Y), map.X(b.X), map.Y(b.Y), Tone.Main, 2.5);
            sketch.Arrow(map.X(start.X), map.Y(start.Y), map.X(ways.Few.X), map.Y(ways.Few.Y), Tone.Back, 2.5, dash: "8 5");
            sketch.Text(20, top + 240, $"loss at the start {Sketch.Two(Loss(start, kappa))}", anchor: "start");
            sketch.Text(310, top + 240, $"{Short} steps: {Sketch.Two(Loss(ways.Many[^1], kappa))}", Tone.Main);
            sketch.Text(620, top + 240, $"1 step: {Sketch.Two(Loss(ways.Few, kappa))}", Tone.Back, anchor: "end");
        }
    }

    /// <summary>Noisy steps on the parabola with κ = 1, with a constant learning rate and with a falling one, (9.7); both with the same errors.</summary>
    /// <param name="eta">The first learning rate, below 2.</param>
    /// <param name="gamma">γ of the falling one.</param>
    /// <param name="epochs">At least three.</param>
    /// <param name="steps">How many steps an epoch has.</param>
    public static Sketch Falling(double eta = 0.5, double gamma = 0.65, int epochs = 8, int steps = 12)
    {
        if (eta is not (> 0 and < 2) || gamma is not (> 0 and < 1) || epochs < 3 || steps < 1)
            throw new ArgumentException($"A falling learning rate is drawn from below 2, with a γ between 0 and 1 and at least three epochs; found {Sketch.Short(eta)}, {Sketch.Short(gamma)} and {epochs}.");
        double[] errors = [.. Matrix.Normal<double>(epochs * steps, 1, 1, new Random(1)).ToArray()];   // variance σ²/B = 1
        var (constant, falling) = (Way(1), Way(gamma));
        var sketch = new Sketch("falling", 640, 470, $"A parameter on a parabola over {epochs} epochs, with noisy slopes. With the constant learning rate {Sketch.Short(eta)} it soon reaches the minimum and then keeps jumping around it, in the last two epochs by {Sketch.Short(Far(constant))} (root mean square). " +
            $"With a rate that falls by the factor {Sketch.Short(gamma)} in each epoch it comes to rest: {Sketch.Short(Far(falling))}.");
        Panel(50, $"constant: $η$ = {Sketch.Short(eta)}", 1, constant, Tone.Back);
        Panel(264, $"falling: $η_e$ = {Sketch.Short(eta)} · {Sketch.Short(gamma)}$^{{e−1}}$", gamma, falling, Tone.Main);
        return sketch;

        double[] Way(double factor)
        {
            var thetas = new List<double> { 3 };
            for (var step = 0; step < errors.Length; step++)
            {
                var rate = eta * Math.Pow(factor, step / steps);                        // (9.7)
                thetas.Add((1 - rate) * thetas[^1] - rate * errors[step]);
            }
            return [.. thetas];
        }

        double Far(double[] way) => Math.Round(Math.Sqrt(way.TakeLast(2 * steps).Average(theta => theta * theta)), 2);

        void Panel(double top, string title, double factor, double[] way, Tone tone)
        {
            var plot = new Plot(sketch, 56, top, 568, 140, 0, epochs * steps, -1.8, 3.2);
            sketch.Text(plot.Left, top - 18, title, tone, Sketch.Words, "start", bold: true);
            plot.Axes(Enumerable.Range(0, epochs).Select(e => ((e + 0.5) * steps, $"{e + 1}")), [(0, "0"), (2, "2")], factor < 1 ? "epoch" : "");
            sketch.Text(plot.Left - 40, plot.Y(1) + 6, "$θ$");
            for (var e = 0; e < epochs; e++)
            {
                // The standard deviation to which this rate leads in the end, if it stays.
                var rate = eta * Math.Pow(factor, e);
                var spread = Math.Sqrt(rate / (2 - rate));
                sketch.Box(plot.X(e * steps), plot.Y(spread), plot.X(steps) - plot.X(0), plot.Y(-spread) - plot.Y(spread), null, tone, 0.16, corner: 0);
            }
            plot.Curve(way.Select((theta, step) => ((double)step, theta)), tone, width: 2);
        }
    }

    /// <summary>A loss of two parameters with two ways down it: few steps with the gradient of all examples, and many with those of batches, (6.1) and (6.2).</summary>
    /// <param name="loss">The loss of all examples; it has one lowest point and rises from there in every direction.</param>
    /// <param name="few">The places of the full batch, the start first.</param>
    /// <param name="many">The places of the batches, from the same start.</param>
    /// <param name="names">What the parameters are called, as formulas without dollar signs.</param>
    /// <param name="what">Whose loss it is, in words, for the description.</param>
    public static Sketch Batches(Func<double, double, double> loss, (double X, double Y)[] few, (double X, double Y)[] many, (string X, string Y) names, string what)
    {
        if (few.Length < 2 || many.Length < 2 || few[0] != many[0])
            throw new ArgumentException($"Two ways are drawn from one start, each with at least one step; found {few.Length} and {many.Length} places.");
        var lowest = Lowest(loss, few[0]);
        (double X, double Y)[] all = [.. few, .. many, lowest];
        // One scale for both axes, so that a step is as long as it looks.
        const double wide = 590, high = 330;
        var (x0, x1, y0, y1) = (all.Min(p => p.X), all.Max(p => p.X), all.Min(p => p.Y), all.Max(p => p.Y));
        var scale = 1.16 * Math.Max((x1 - x0) / wide, (y1 - y0) / high);
        var (middleX, middleY) = ((x0 + x1) / 2, (y0 + y1) / 2);
        var (floor, start, end, endOfMany) = (loss(lowest.X, lowest.Y), loss(few[0].X, few[0].Y), loss(few[^1].X, few[^1].Y), loss(many[^1].X, many[^1].Y));
        var sketch = new Sketch("batches", 640, 468, $"Contour lines of the loss of {what}, and two ways down from the same start, with the same number of images seen. The full batch makes {few.Length - 1} smooth steps and comes to the loss {Sketch.Three(end)}. " +
            $"Batches make {many.Length - 1} restless steps and come to {Sketch.Three(endOfMany)}; the lowest point has {Sketch.Three(floor)}.");
        var map = new Plot(sketch, 25, 20, wide, high, middleX - scale * wide / 2, middleX + scale * wide / 2, middleY - scale * high / 2, middleY + scale * high / 2);
        sketch.Box(map.Left, map.Top, map.Width, map.Height, Tone.Grid, corner: 4, pen: 1.5);
        foreach (var share in new[] { 0.02, 0.08, 0.2, 0.4, 0.7, 1, 1.4 })
            map.Curve(Enumerable.Range(0, 181).Select(i => 2 * Math.PI * i / 180).Select(a => Where(floor + share * (start - floor), Math.Cos(a), Math.Sin(a))), Tone.Grid, width: 1.6);
        sketch.Path(many.Select(p => (map.X(p.X), map.Y(p.Y))), Tone.Main, 1.4, opacity: 0.75);
        foreach (var (x, y) in many) sketch.Dot(map.X(x), map.Y(y), 2.2, Tone.Main);
        sketch.Path(few.Select(p => (map.X(p.X), map.Y(p.Y))), Tone.Back, 2.5, "7 5");
        foreach (var (x, y) in few) sketch.Dot(map.X(x), map.Y(y), 5.5, Tone.Back);
        sketch.Circle(map.X(few[0].X), map.Y(few[0].Y), 7, Tone.Ink, 2.5);
        foreach (var (dx, dy) in new[] { (9, 0), (0, 9) }) sketch.Line(map.X(lowest.X) - dx, map.Y(lowest.Y) - dy, map.X(lowest.X) + dx, map.Y(lowest.Y) + dy, Tone.Ink, 3);
        sketch.Text(map.Left + wide / 2, map.Top + high + 26, $"${names.X}$");
        sketch.Text(map.Left - 12, map.Top + high / 2, $"${names.Y}$");
        foreach (var (tone, dash, words, i) in new[] { (Tone.Back, "7 5", $"full batch: {few.Length - 1} steps, loss {Sketch.Three(end)}", 0), (Tone.Main, "", $"batches: {many.Length - 1} steps, loss {Sketch.Three(endOfMany)}", 1) })
        {
            sketch.Line(40, 410 + 30 * i, 85, 410 + 30 * i, tone, 3, dash);
            sketch.Text(96, 416 + 30 * i, words, tone, anchor: "start");
        }
        sketch.Text(610, 446, $"lowest: {Sketch.Three(floor)}", anchor: "end");
        return sketch;

        // Where the loss is `level`, seen from the lowest point: halved between inside and outside.
        (double, double) Where(double level, double dx, double dy)
        {
            var (inside, outside) = (0.0, 1.0);
            while (loss(lowest.X + outside * dx, lowest.Y + outside * dy) < level && outside < 1e3) outside *= 2;
            for (var i = 0; i < 30; i++)
                if (loss(lowest.X + (inside + outside) / 2 * dx, lowest.Y + (inside + outside) / 2 * dy) < level) inside = (inside + outside) / 2;
                else outside = (inside + outside) / 2;
            return (lowest.X + inside * dx, lowest.Y + inside * dy);
        }
    }

    /// <summary>Two ways to train over their epochs, on a logarithmic axis: several runs of the first, thin, with their mean, thick, and one run of the second, dashed.</summary>
    /// <param name="what">What is measured, with its unit.</param>
    /// <param name="many">What the first way is called, and what each of its runs measured after epoch 1, 2, 3 …</param>
    /// <param name="one">What the second is called, and after which epochs its run measured what.</param>
    public static Sketch Epochs(string what, (string Name, double[][] Runs) many, (string Name, (double Epoch, double Value)[] Run) one)
    {
        if (many.Runs.Length < 2 || many.Runs[0].Length < 2 || many.Runs.Any(run => run.Length != many.Runs[0].Length) || one.Run.Length < 2 || one.Run.Any(at => !(at.Epoch >= 1)))
            throw new ArgumentException($"Drawn are two or more runs of at least two epochs, all of the same length, and another of at least two from epoch 1 on; found {string.Join(", ", many.Runs.Select(run => run.Length))} and {one.Run.Length}.");
        double[] mean = [.. Enumerable.Range(0, many.Runs[0].Length).Select(e => many.Runs.Average(run => run[e]))];
        var (lowest, highest) = (Math.Min(many.Runs.Min(run => run.Min()), one.Run.Min(at => at.Value)), Math.Max(many.Runs.Max(run => run.Max()), one.Run.Max(at => at.Value)));
        var step = RoundNumbers.Step(highest - lowest);
        var (low, high, end) = (lowest - step / 8, highest + step / 8, Math.Log10(Math.Max(mean.Length, one.Run.Max(at => at.Epoch))));
        var first = Math.Ceiling(low / step);
        string Ends(double first, double last) => $"from {Sketch.Two(first)} to {Sketch.Two(last)}";
        var sketch = new Sketch("epochs", 640, 460, $"{what} over the epochs, on a logarithmic axis. {many.Name}: {many.Runs.Length} thin lines and their thick mean, {Ends(mean[0], mean[^1])} in {mean.Length} epochs. " +
            $"{one.Name}: a dashed line, {Ends(one.Run[0].Value, one.Run[^1].Value)} between the epochs {Sketch.Short(one.Run[0].Epoch)} and {Sketch.Short(one.Run[^1].Epoch)}.");
        var plot = new Plot(sketch, 56, 46, 560, 280, -0.08, end, low, high);   // room between the numbers at the corner
        plot.Axes(Enumerable.Range(0, 1 + (int)end).Select(k => ((double)k, Sketch.Short(Math.Pow(10, k)))), Enumerable.Range(0, 1 + (int)(Math.Floor(high / step) - first)).Select(i => (first + i) * step).Select(y => (y, Sketch.Short(y))), "epochs");
        sketch.Text(20, 26, what, Tone.Soft, anchor: "start");
        foreach (var run in many.Runs) plot.Curve(Over(run), Tone.Main, width: 1.2);
        plot.Curve(Over(mean), Tone.Main, width: 4.5);
        plot.Curve(one.Run.Select(at => (Math.Log10(at.Epoch), at.Value)), Tone.Back, "8 5");
        foreach (var (y, width, dash, tone, words) in new[] { (402, 4.5, "", Tone.Main, $"{many.Name}: mean of {many.Runs.Length} runs (thin)"), (434, 3, "8 5", Tone.Back, one.Name) })
        {
            sketch.Line(60, y, 105, y, tone, width, dash);
            sketch.Text(114, y + 6, words, tone, anchor: "start");
        }
        return sketch;

        static IEnumerable<(double, double)> Over(double[] run) => run.Select((value, e) => (Math.Log10(e + 1), value));
    }

    // Goes to the best of four neighbours; where none is better, they come nearer.
    private static (double X, double Y) Lowest(Func<double, double, double> loss, (double X, double Y) from)
    {
        var at = from;
        for (var step = 1.0; step > 1e-6;)
        {
            var best = new[] { (at.X + step, at.Y), (at.X - step, at.Y), (at.X, at.Y + step), (at.X, at.Y - step) }.MinBy(p => loss(p.Item1, p.Item2));
            if (loss(best.Item1, best.Item2) < loss(at.X, at.Y)) at = best;
            else step /= 2;
        }
        return at;
    }

    /// <summary>The parabola ½κ(θ − θ₀)² with the price ½λθ² of (7.3), once steep and once flat: where their sum has its minimum.</summary>
    /// <param name="steep">κ of the first.</param>
    /// <param name="flat">κ of the second.</param>
    /// <param name="lambda">λ.</param>
    /// <param name="at">θ₀, where the loss alone has its minimum.</param>
    public static Sketch Shrinking(double steep = 4, double flat = 0.25, double lambda = 1, double at = 2)
    {
        if (!(steep > 0 && flat > 0 && lambda > 0 && at > 0))
            throw new ArgumentException($"The price is drawn for curvatures, a λ and a minimum above 0; found {steep}, {flat}, {lambda} and {at}.");
        double Moved(double kappa) => kappa / (kappa + lambda) * at;
        var sketch = new Sketch("shrinking", 640, 368, $"Two parabolas with their minimum at {Sketch.Short(at)}, a steep one of curvature {Sketch.Short(steep)} and a flat one of curvature {Sketch.Short(flat)}, and for both the same price, a parabola of curvature {Sketch.Short(lambda)} around 0. " +
            $"With the price the minimum of the steep one moves to {Sketch.Short(Moved(steep))}, that of the flat one to {Sketch.Short(Moved(flat))}.");
        Panel(30, "steep", steep);
        Panel(346, "flat", flat);
        foreach (var (words, tone, dash, x) in new[] { ("loss $L$", Tone.Main, "", 40), ($"price, $λ$ = {Sketch.Short(lambda)}", Tone.Back, "7 5", 204), ("both together", Tone.Ink, "", 404) })
        {
            sketch.Line(x, 342, x + 45, 342, tone, 3, dash);
            sketch.Text(x + 56, 348, words, tone, anchor: "start");
        }
        return sketch;

        void Panel(double left, string name, double kappa)
        {
            var plot = new Plot(sketch, left, 46, 264, 180, -0.3 * at, 1.65 * at, 0, lambda * at * at);
            var (moved, bottom) = (Moved(kappa), plot.Top + plot.Height);
            double L(double theta) => kappa / 2 * (theta - at) * (theta - at);
            double Price(double theta) => lambda / 2 * theta * theta;
            sketch.Text(plot.Left + 132, 30, $"{name}: $κ$ = {Sketch.Short(kappa)}", bold: true, size: Sketch.Words);
            sketch.Line(plot.Left, bottom, plot.Left + plot.Width, bottom, Tone.Soft, 1.5);
            sketch.Line(plot.X(0), plot.Top, plot.X(0), bottom, Tone.Grid, 1.2);
            plot.Function(Price, Tone.Back, "7 5", 2.4);
            plot.Function(L, Tone.Main);
            plot.Function(theta => L(theta) + Price(theta), Tone.Ink);
            sketch.Line(plot.X(at), bottom, plot.X(at), bottom + 6, Tone.Main, 2);
            sketch.Dot(plot.X(at), bottom, 6, Tone.Main);
            sketch.Line(plot.X(moved), plot.Y(L(moved) + Price(moved)), plot.X(moved), bottom + 6, Tone.Ink, 1.5, "3 4");
            sketch.Dot(plot.X(moved), plot.Y(L(moved) + Price(moved)), 6, Tone.Ink);
            sketch.Arrow(plot.X(at), bottom + 16, plot.X(moved), bottom + 16, Tone.Ink, 2.5);
            sketch.Text(plot.X(0), bottom + 46, "0", Tone.Soft);
            sketch.Text(plot.X(at) + 6, bottom + 46, $"$θ_0$ = {Sketch.Short(at)}", Tone.Main, anchor: "start");
            sketch.Text(plot.Left + 132, bottom + 78, $"to $θ$ = {Sketch.Short(kappa / (kappa + lambda))} · {Sketch.Short(at)} = {Sketch.Short(moved)}", bold: true);
        }
    }
}
