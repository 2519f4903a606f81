using System.Collections.Generic;
using System.Globalization;
using System.Linq;

#nullable enable

// Figures of networks: what a neuron does, how layers hang together, and what goes forward and back through them.
// Equation numbers are those of my_note.md.

/// <summary>Draws networks.</summary>
public static class NetworkFigures
{
    /// <summary>One neuron: weighted sum and activation, (2.1) and (2.2).</summary>
    public static Sketch Neuron()
    {
        var sketch = new Sketch("neuron", 600, 310, "A neuron: each input x is multiplied by a weight w, the products and the bias b add up to z, " +
            "and the activation function g makes the output a of z.");
        (double X, double Y) sum = (290, 150);
        foreach (var (y, index) in new[] { (45, "0"), (115, "1"), (265, "{783}") })
        {
            sketch.Arrow(58, y, sum.X, sum.Y, Tone.Main, before: 40, after: 26);
            sketch.Circle(58, y, 26, Tone.Main);
            sketch.Text(58, y + 6, $"$x_{index}$", size: Sketch.Words, clear: false);
            // On the line, a little before its middle.
            sketch.Text(58 + 0.42 * (sum.X - 58), y + 0.42 * (sum.Y - y) + 6, $"$w_{index}$", Tone.Main, Sketch.Words);
        }
        foreach (var y in new[] { 176, 190, 204 }) sketch.Dot(58, y, 2.5, Tone.Soft);
        sketch.Arrow(sum.X, 42, sum.X, sum.Y, before: 40);
        sketch.Text(sum.X, 34, "bias $b$", size: Sketch.Words);
        sketch.Circle(sum.X, sum.Y, 40, fill: Tone.Main, opacity: 0.12);
        sketch.Text(sum.X, sum.Y + 11, "$Σ$", size: 34, clear: false);
        sketch.Text(sum.X + 6, 236, "weighted sum", Tone.Soft);
        sketch.Text(sum.X + 6, 262, "$z$ $=$ $w^⊤x$ $+$ $b$", size: Sketch.Words);
        sketch.Arrow(sum.X, sum.Y, 404, sum.Y, before: 0, after: 40);
        sketch.Text(366, sum.Y - 12, "$z$", size: Sketch.Words);
        sketch.Box(404, 104, 92, 92, fill: Tone.Main, opacity: 0.12);
        var plot = new Plot(sketch, 414, 114, 72, 72, -2, 2, -0.6, 2);
        plot.Sketch.Line(plot.X(-2), plot.Y(0), plot.X(2), plot.Y(0), Tone.Soft, 1.2);
        plot.Sketch.Line(plot.X(0), plot.Y(-0.6), plot.X(0), plot.Y(2), Tone.Soft, 1.2);
        plot.Function(z => Math.Max(0, z), Tone.Main);
        sketch.Text(450, 94, "$g$", size: Sketch.Words);
        sketch.Text(450, 236, "activation", Tone.Soft);
        sketch.Text(450, 262, "$a$ $=$ $g(z)$", size: Sketch.Words);
        sketch.Arrow(496, sum.Y, 560, sum.Y);
        sketch.Text(576, sum.Y + 6, "$a$", size: Sketch.Words);
        return sketch;
    }

    /// <summary>Dropout: for each example of a batch other hidden units are left out, (9.9).</summary>
    /// <param name="kept">For each of up to three examples, which of its hidden units are kept.</param>
    public static Sketch Dropout(IReadOnlyList<bool[]> kept)
    {
        if (kept.Count is < 1 or > 3 || kept.Any(units => units.Length is < 2 or > 6))
            throw new ArgumentException($"One to three examples with two to six hidden units are drawn; found {string.Join(", ", kept.Select(units => units.Length))} units.");
        const double radius = 13, between = 46, top = 66;
        var sketch = new Sketch("dropout", 640, 330, "A small network three times, once for each example of a batch. Hidden units that are left out are dashed and crossed, and no line reaches them: " +
            string.Join("; ", kept.Select((units, j) => $"for example {j} {string.Join(" and ", units.Select((isKept, n) => (isKept, n)).Where(unit => !unit.isKept).Select(unit => $"unit {unit.n}"))}")) + ".");
        for (var j = 0; j < kept.Count; j++)
        {
            var left = 34 + 212 * j;
            (double X, double Y)[] Layer(int count, int at) => [.. Enumerable.Range(0, count).Select(i => (left + at * 76.0, top + (5 - count) * between / 2 + i * between))];
            var (inputs, hidden, outputs) = (Layer(4, 0), Layer(kept[j].Length, 1), Layer(3, 2));
            foreach (var (from, to) in inputs.SelectMany(from => hidden.Where((_, n) => kept[j][n]).Select(to => (from, to)))
                .Concat(hidden.Where((_, n) => kept[j][n]).SelectMany(from => outputs.Select(to => (from, to)))))
                sketch.Line(from.X, from.Y, to.X, to.Y, Tone.Soft, 1.2, opacity: 0.7);
            foreach (var (x, y) in inputs.Concat(outputs)) sketch.Circle(x, y, radius);
            for (var n = 0; n < hidden.Length; n++)
            {
                var (x, y) = hidden[n];
                if (kept[j][n]) sketch.Circle(x, y, radius, Tone.Main, fill: Tone.Main, opacity: 0.25);
                else
                {
                    sketch.Circle(x, y, radius, Tone.Soft, 1.5, dash: "4 3");
                    sketch.Line(x - 6, y - 6, x + 6, y + 6, Tone.Back, 2.5);
                    sketch.Line(x - 6, y + 6, x + 6, y - 6, Tone.Back, 2.5);
                }
            }
            sketch.Text(left + 76, 34, $"example {j}", Tone.Soft);
        }
        sketch.Text(320, 312, "kept units count $1/(1−p)$ times", Tone.Main);
        return sketch;
    }

    /// <summary>A network with one hidden layer and the image that it reads, (3.1) to (3.4); a few of the nodes, each filled as its value is large.</summary>
    /// <param name="image">784 pixels, 0 to 255.</param>
    /// <param name="hidden">The column of A1 for this image.</param>
    /// <param name="output">The column of A2: ten probabilities.</param>
    public static Sketch Layers(IReadOnlyList<byte> image, IReadOnlyList<double> hidden, IReadOnlyList<double> output)
    {
        if (image.Count != 784 || hidden.Count < 6 || output.Count != 10)
            throw new ArgumentException($"Expected 784 pixels, at least 6 hidden units and 10 outputs; found {image.Count}, {hidden.Count} and {output.Count}.");
        var answer = Enumerable.Range(0, 10).MaxBy(k => output[k]);
        var sketch = new Sketch("layers", 640, 450, string.Create(CultureInfo.InvariantCulture,
            $"A network: the 784 pixels of an image are the input layer, each is joined to each of the {hidden.Count} hidden units, and each of those to the ten outputs, of which the one for {answer} is the largest."));
        int[] pixels = [0, 1, 405, 406, 407, 782, 783];
        double[] inputY = [62, 104, 172, 214, 256, 324, 366], hiddenY = [62, 112, 162, 212, 310, 366];
        // The first two, the last, and the three in between that are largest: else few would be on.
        int[] units = [0, 1, .. Enumerable.Range(2, hidden.Count - 3).OrderByDescending(n => hidden[n]).Take(3).Order(), hidden.Count - 1];
        var outputY = Enumerable.Range(0, 10).Select(k => 45 + 36.5 * k).ToArray();
        const double inputX = 232, hiddenX = 400, outputX = 546;
        foreach (var i in inputY)
            foreach (var n in hiddenY) sketch.Line(inputX, i, hiddenX, n, Tone.Soft, 1, opacity: 0.55);
        foreach (var n in hiddenY)
            foreach (var k in outputY) sketch.Line(hiddenX, n, outputX, k, Tone.Soft, 1, opacity: 0.55);

        sketch.Digit(image, 8, 144, 140);
        sketch.Arrow(152, 214, 190, 214, Tone.Soft);
        var largest = hidden.Append(1e-9).Max();
        for (var i = 0; i < pixels.Length; i++)
        {
            sketch.Circle(inputX, inputY[i], 12, fill: Tone.Ink, opacity: image[pixels[i]] / 255.0);
            if (i is 0 or 6) sketch.Text(inputX - 18, inputY[i] + 6, $"$x_{{{pixels[i]}}}$", anchor: "end");
        }
        for (var n = 0; n < units.Length; n++) sketch.Circle(hiddenX, hiddenY[n], 15, fill: Tone.Main, opacity: Math.Max(0, hidden[units[n]]) / largest);
        for (var k = 0; k < 10; k++)
        {
            sketch.Circle(outputX, outputY[k], 13, fill: Tone.Main, opacity: output[k]);
            sketch.Text(outputX + 24, outputY[k] + 6, $"{k}", k == answer ? Tone.Main : Tone.Ink, anchor: "start", bold: k == answer);
        }
        sketch.Text(outputX + 46, outputY[answer] + 6, string.Create(CultureInfo.InvariantCulture, $"{output[answer]:0.00}"), Tone.Main, anchor: "start", bold: true);
        foreach (var (x, ys) in new[] { (inputX, new[] { 138, 290 }), (hiddenX, [261]) })
            foreach (var y in ys)
                foreach (var step in new[] { -9, 0, 9 }) sketch.Dot(x, y + step, 2.2, Tone.Soft);
        sketch.Text((inputX + hiddenX) / 2, 32, "$W_1$, $b_1$");
        sketch.Text((hiddenX + outputX) / 2, 32, "$W_2$, $b_2$");
        foreach (var (x, name, values) in new[] { (78.0, "image", "28 × 28"), (inputX, "input", "$X$: 784"), (hiddenX, "hidden, ReLU", $"$A_1$: {hidden.Count}"), (outputX, "softmax", "$A_2$: 10") })
        {
            sketch.Text(x, 414, name, Tone.Soft);
            sketch.Text(x, 438, values);
        }
        return sketch;
    }

    /// <summary>All numbers of a forward and a backward pass through a network 2-2-2 with one example, (3.1) to (3.4) and (5.4) to (5.10).</summary>
    /// <param name="network">Two inputs, two hidden units, two outputs.</param>
    /// <param name="x">2×1.</param>
    /// <param name="y">2×1, one-hot.</param>
    public static Sketch Paths(Network<double> network, Matrix<double> x, Matrix<double> y)
    {
        if (network.W.Count() != 2 || network.W.Any(W => (W.Rows, W.Columns) != (2, 2)) || (x.Rows, x.Columns, y.Rows, y.Columns) != (2, 1, 2, 1))
            throw new ShapeException($"This figure is drawn for a network 2-2-2 and one example; found weights {string.Join(", ", network.W.Select(W => W.Shape))}, x {x.Shape}, y {y.Shape}.");
        var pass = network.Forward(x);
        var gradients = network.Backward(pass, y);
        var (dZ2, dZ1) = (gradients.db2, gradients.db1);   // with one example (5.6) and (5.10) are the columns themselves
        var dA1 = network.W2.Transposed * dZ2;             // (5.7)
        var sketch = new Sketch("paths", 640, 550, "A network with two inputs, two hidden units and two outputs. Forward, in blue, the values: " +
            string.Join(" and ", new[] { 0, 1 }.Select(n => $"hidden unit {n} gives {S(pass.A1[n, 0])}")) + $", the loss is {S(network.LossOf(pass, y))}. " +
            "Back, in orange, the errors, and on each line the derivative of its weight; a unit that is off sends 0, a grey line, and a cross stops what comes back to it.");
        const double inputX = 50, hiddenX = 266, outputX = 480, lossX = 594, radius = 42;
        double[] rows = [160, 356];
        Layer(inputX, hiddenX, network.W1, gradients.dW1, back: false);
        Layer(hiddenX, outputX, network.W2, gradients.dW2, back: true);
        foreach (var k in new[] { 0, 1 })
        {
            Both(outputX, rows[k], lossX, 258, 42, back: true);
            var on = pass.Z1[k, 0] > 0;
            Node(inputX, k, x[k, 0], true, ($"$x_{k}$", Tone.Main));
            Node(hiddenX, k, pass.A1[k, 0], on, ($"$b$ = {S(network.b1[k, 0])}, $z$ = {S(pass.Z1[k, 0])}", Tone.Main), ($"$da$ = {S(dA1[k, 0])}", Tone.Back), ($"$dz$ = {S(dZ1[k, 0])}{(on ? "" : " (off)")}", on ? Tone.Back : Tone.Soft));
            if (!on) sketch.Text(hiddenX + 27, rows[k] + 8, "✕", Tone.Back, 24, bold: true, clear: false);
            Node(outputX, k, pass.A2[k, 0], true, ($"$b$ = {S(network.b2[k, 0])}, $z$ = {S(pass.Z2[k, 0])}", Tone.Main), ($"$y$ = {S(y[k, 0])}", Tone.Ink), ($"$dz$ = {S(dZ2[k, 0])}", Tone.Back));
        }
        sketch.Text(lossX, 254, "$L$", Tone.Main, Sketch.Words);
        sketch.Text(lossX, 278, S(network.LossOf(pass, y)), Tone.Main, bold: true);
        Direction(sketch, 518);
        return sketch;

        // There and back, side by side.
        void Both(double x1, double y1, double x2, double y2, double end, bool back, bool moves = true)
        {
            var length = Math.Sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1));
            var (dx, dy) = (back ? 4 * (y2 - y1) / length : 0, back ? -4 * (x2 - x1) / length : 0);
            sketch.Arrow(x1 + dx, y1 + dy, x2 + dx, y2 + dy, moves ? Tone.Main : Tone.Soft, 1.8, before: end, after: radius, dash: moves ? "" : "4 5");
            if (back) sketch.Arrow(x2 - dx, y2 - dy, x1 - dx, y1 - dy, Tone.Back, 1.8, before: radius, after: end);
        }
        void Layer(double left, double right, Matrix<double> W, Matrix<double> dW, bool back)
        {
            foreach (var i in new[] { 0, 1 })
                // What a unit sends that is off moves nothing: grey. What comes back to it arrives, as in Gate, and is stopped there.
                foreach (var n in new[] { 0, 1 }) Both(left, rows[n], right, rows[i], radius, back, moves: !back || pass.Z1[n, 0] > 0);
            foreach (var i in new[] { 0, 1 })
                foreach (var n in new[] { 0, 1 })
                {
                    // Where lines cross, the numbers stand near the left end, on either side of their line.
                    var (share, aside, above, below) = i == n ? (0.5, 0, back ? -14 : -11, back ? 27 : 23) : (0.31, back ? 16 : 10, 2, 10);
                    var (px, py) = (left + share * (right - left), rows[n] + share * (rows[i] - rows[n]));
                    var (upper, lower) = i == n ? ("middle", "middle") : i > n ? ("start", "end") : ("end", "start");
                    sketch.Text(px + aside * Math.Sign(i - n), py + above, S(W[i, n]), Tone.Main, anchor: upper);
                    sketch.Text(px - aside * Math.Sign(i - n), py + below, S(dW[i, n]), Tone.Back, anchor: lower);
                }
        }
        void Node(double at, int k, double value, bool on, params (string Words, Tone Tone)[] lines)
        {
            sketch.Circle(at, rows[k], radius, on ? Tone.Main : Tone.Soft, fill: Tone.Main, opacity: on ? 0.1 : 0, dash: on ? "" : "5 5");
            sketch.Text(at, rows[k] + 6, S(value), on ? Tone.Main : Tone.Soft, bold: true, clear: false);
            for (var i = 0; i < lines.Length; i++)
                sketch.Text(at, k == 0 ? rows[0] - 51 - 23 * (lines.Length - 1 - i) : rows[1] + 63 + 23 * i, lines[i].Words, lines[i].Tone);
        }
    }

    /// <summary>ReLU on the way forward and on the way back, (3.2) and (5.8): a unit that is on lets both pass, one that is off stops both.</summary>
    /// <param name="open">The weighted sum of a unit that is on, and what comes back to it.</param>
    /// <param name="closed">The same of a unit that is off.</param>
    public static Sketch Gate((double Z, double dA) open, (double Z, double dA) closed)
    {
        if (!(open.Z > 0) || !(closed.Z <= 0))
            throw new ArgumentException($"The open unit needs a sum above 0 and the closed one a sum of 0 or less; found {S(open.Z)} and {S(closed.Z)}.");
        var sketch = new Sketch("gate", 640, 330, $"ReLU as a gate. A unit whose sum is {Sketch.Short(open.Z)} is open: the value goes forward; {Sketch.Short(open.dA)} comes back, passes unchanged and is the unit's error. " +
            $"A unit whose sum is {Sketch.Short(closed.Z)} is closed: 0 goes forward; {Sketch.Short(closed.dA)} comes back and is stopped, and the error is 0.");
        // Both units on one scale, so that neither lies on the corner.
        var reach = 1.3 * Math.Max(open.Z, -closed.Z);
        Half(0, "open: slope 1", open.Z, open.dA, true);
        Half(320, "closed: slope 0", closed.Z, closed.dA, false);
        sketch.Line(320, 20, 320, 262, Tone.Grid, 1.5);
        Direction(sketch, 296);
        return sketch;

        void Half(double left, string title, double z, double dA, bool on)
        {
            var middle = left + 160;
            sketch.Text(middle, 30, title, bold: true, size: Sketch.Words);
            sketch.Box(middle - 56, 56, 112, 176, on ? Tone.Ink : Tone.Soft, Tone.Main, on ? 0.1 : 0.03);
            var plot = new Plot(sketch, middle - 46, 98, 92, 92, -reach, reach, -0.9 * reach, 1.1 * reach);
            sketch.Line(plot.X(-reach), plot.Y(0), plot.X(reach), plot.Y(0), Tone.Soft, 1.2);
            sketch.Line(plot.X(0), plot.Y(-0.23 * reach), plot.X(0), plot.Y(1.04 * reach), Tone.Soft, 1.2);
            plot.Function(v => Math.Max(0, v), Tone.Main, to: reach);
            sketch.Dot(plot.X(z), plot.Y(Math.Max(0, z)), 6, Tone.Back);
            sketch.Text(left + 54, 58, "$z$ =", Tone.Main);
            sketch.Text(left + 54, 80, Sketch.Short(z), Tone.Main);
            sketch.Arrow(left + 14, 92, middle - 56, 92, Tone.Main, 3);
            sketch.Text(left + 266, 58, "$a$ =", on ? Tone.Main : Tone.Soft);
            sketch.Text(left + 266, 80, Sketch.Short(Math.Max(0, z)), on ? Tone.Main : Tone.Soft);
            sketch.Arrow(middle + 56, 92, left + 306, 92, on ? Tone.Main : Tone.Soft, on ? 3 : 1.5, dash: on ? "" : "4 5");
            sketch.Arrow(left + 306, 200, middle + 56, 200, Tone.Back, 3);
            sketch.Text(left + 266, 226, "$da$ =", Tone.Back);
            sketch.Text(left + 266, 248, Sketch.Short(dA), Tone.Back);
            sketch.Arrow(middle - 56, 200, left + 14, 200, on ? Tone.Back : Tone.Soft, on ? 3 : 1.5, dash: on ? "" : "4 5");
            sketch.Text(left + 54, 226, "$dz$ =", on ? Tone.Back : Tone.Soft);
            sketch.Text(left + 54, 248, Sketch.Short(on ? dA : 0), on ? Tone.Back : Tone.Soft);
            if (!on) sketch.Text(middle + 40, 208, "✕", Tone.Back, 24, bold: true, clear: false);
        }
    }

    /// <summary>XOR in the plane: the four inputs, and a line of one neuron, or the strip between two lines that takes both ones and no zero.</summary>
    /// <param name="strip">Whether the strip is drawn, instead of a line that fails.</param>
    public static Sketch Xor(bool strip)
    {
        var sketch = new Sketch(strip ? "xor-strip" : "xor-line", 420, 380, "The four inputs of XOR in the plane: (0, 1) and (1, 0) are to answer 1, (0, 0) and (1, 1) are to answer 0. " +
            (strip ? "Between the lines where the sum of both inputs is 0.5 and 1.5 lie both ones and neither zero." : "A straight line has both ones on one side, but a zero as well: one of four answers is wrong."));
        var plot = new Plot(sketch, 60, 24, 300, 300, -0.6, 1.6, -0.6, 1.6);
        (double X, double Y) At(double x, double y) => (plot.X(x), plot.Y(y));
        // The side of a line that answers 1.
        sketch.Area([At(-0.6, 1.1), At(1.1, -0.6), At(1.6, -0.6), .. strip ? [At(1.6, -0.1), At(-0.1, 1.6)] : new[] { At(1.6, 1.6) }, At(-0.6, 1.6)], Tone.Main, 0.14);
        sketch.Line(plot.X(-0.6), plot.Y(0), plot.X(1.6), plot.Y(0), Tone.Grid, 1.5);
        sketch.Line(plot.X(0), plot.Y(-0.6), plot.X(0), plot.Y(1.6), Tone.Grid, 1.5);
        sketch.Line(plot.X(-0.6), plot.Y(1.1), plot.X(1.1), plot.Y(-0.6), Tone.Main, 2.5);
        if (strip) sketch.Line(plot.X(-0.1), plot.Y(1.6), plot.X(1.6), plot.Y(-0.1), Tone.Main, 2.5);
        foreach (var (x, y) in new[] { (0, 0), (0, 1), (1, 0), (1, 1) })
        {
            var (one, fails) = (x != y, !strip && x + y == 2);
            sketch.Circle(plot.X(x), plot.Y(y), 17, one ? Tone.Main : Tone.Ink, 2.5, one ? Tone.Main : Tone.Paper);
            sketch.Text(plot.X(x), plot.Y(y) + 7, one ? "1" : "0", one ? Tone.Paper : Tone.Ink, Sketch.Words, bold: true, clear: false);
            if (fails) sketch.Text(plot.X(x) + 28, plot.Y(y) - 14, "✕", Tone.Back, 24, bold: true, clear: false);
        }
        foreach (var at in new[] { 0, 1 })
        {
            sketch.Text(plot.X(at), 346, $"{at}", Tone.Soft);
            sketch.Text(50, plot.Y(at) + 6, $"{at}", Tone.Soft, anchor: "end");
        }
        sketch.Text(plot.X(0.5), 370, "$x_1$");
        sketch.Text(24, plot.Y(0.5) + 6, "$x_2$");
        return sketch;
    }

    /// <summary>Images as points of a plane, and the borders that neurons draw there: each is a straight line, at a right angle to its weights.</summary>
    /// <param name="axes">What runs to the right, and what runs upwards.</param>
    /// <param name="first">The class for which the neurons are to be positive: its name, its images, and their mean. Orange, as what is positive is everywhere.</param>
    /// <param name="second">The other class.</param>
    /// <param name="neurons">One or two: its name, its weights in this plane, and its bias.</param>
    public static Sketch Borders((string Across, string Up) axes, (string Name, (double X, double Y)[] Images, (double X, double Y) Mean) first, (string Name, (double X, double Y)[] Images, (double X, double Y) Mean) second,
        params (string Name, (double X, double Y) Weights, double Bias)[] neurons)
    {
        if (neurons.Length is 0 or > 2 || first.Images.Length == 0 || second.Images.Length == 0 || neurons.Any(neuron => neuron.Weights == (0, 0)))
            throw new ArgumentException($"The borders of one or two neurons are drawn, whose weights are not all zero, with images of both classes; found {neurons.Length} neurons, {first.Images.Length} and {second.Images.Length} images.");
        int[] wrong = [.. neurons.Select(neuron => first.Images.Count(at => Sum(neuron, at) <= 0) + second.Images.Count(at => Sum(neuron, at) > 0))];
        (double X, double Y)[] all = [.. first.Images, .. second.Images];
        // One scale for both directions, so that a right angle is one.
        const double wide = 600, left = 20, top = 44;
        var (x0, x1, y0, y1) = (all.Min(at => at.X), all.Max(at => at.X), all.Min(at => at.Y), all.Max(at => at.Y));
        var scale = (x1 - x0) / (wide - 30);
        var high = Math.Clamp((y1 - y0) / scale + 30, 120, 480);
        var (middleX, middleY) = ((x0 + x1) / 2, (y0 + y1) / 2);
        var sketch = new Sketch("borders", 640, (int)(top + high + 90 + 30 * neurons.Length), $"Each image is a point of a plane: {first.Images.Length} images of a {first.Name} and {second.Images.Length} of a {second.Name}. To the right runs the {axes.Across}, upwards the {axes.Up}. The border of each neuron is a straight line. " +
            string.Join("; ", neurons.Zip(wrong, (neuron, count) => $"{neuron.Name}: {(count == 0 ? "no point" : $"{count} points")} on the wrong side")) + ".");
        var plot = new Plot(sketch, left, top, wide, high, middleX - scale * wide / 2, middleX + scale * wide / 2, middleY - scale * high / 2, middleY + scale * high / 2);
        sketch.Box(left, top, wide, high, Tone.Grid, corner: 4, pen: 1.5);
        foreach (var (x, y) in first.Images) sketch.Dot(plot.X(x), plot.Y(y), 2.6, Tone.Back);
        foreach (var (x, y) in second.Images) sketch.Circle(plot.X(x), plot.Y(y), 2.6, Tone.Main, 1.3);
        (Tone Tone, string Dash)[] pens = [(Tone.Ink, "9 6"), (Tone.Ink, "")];
        foreach (var (neuron, pen) in neurons.Zip(pens))
            sketch.Path(InFrame(neuron).Select(at => (plot.X(at.X), plot.Y(at.Y))), pen.Tone, 2.5, pen.Dash);
        sketch.Line(plot.X(first.Mean.X), plot.Y(first.Mean.Y), plot.X(second.Mean.X), plot.Y(second.Mean.Y), Tone.Soft, 1.5);
        foreach (var (one, tone) in new[] { (first, Tone.Back), (second, Tone.Main) })
        {
            sketch.Circle(plot.X(one.Mean.X), plot.Y(one.Mean.Y), 14, tone, 2.5);
            sketch.Text(plot.X(one.Mean.X), plot.Y(one.Mean.Y) + 6, one.Name, tone, bold: true, clear: false);
        }
        sketch.Arrow(left + 6, 36, left + 6, 12, Tone.Soft);
        sketch.Text(left + 20, 30, axes.Up, Tone.Soft, anchor: "start");
        sketch.Arrow(left + wide - 24, top + high + 20, left + wide, top + high + 20, Tone.Soft);
        sketch.Text(left + wide - 34, top + high + 26, axes.Across, Tone.Soft, anchor: "end");
        var line = top + high + 72;
        sketch.Dot(40, line - 6, 4, Tone.Back);
        sketch.Text(52, line, $"images of a {first.Name}", Tone.Back, anchor: "start");
        sketch.Circle(240, line - 6, 4, Tone.Main, 1.6);
        sketch.Text(252, line, $"images of a {second.Name}", Tone.Main, anchor: "start");
        sketch.Text(440, line, "large circles: means", Tone.Soft, anchor: "start");
        for (var i = 0; i < neurons.Length; i++)
        {
            sketch.Line(28, line + 24 + 30 * i, 73, line + 24 + 30 * i, pens[i].Tone, 2.5, pens[i].Dash);
            sketch.Text(84, line + 30 + 30 * i, $"{neurons[i].Name}: {wrong[i]} on the wrong side", anchor: "start");
        }
        return sketch;

        static double Sum((string, (double X, double Y) Weights, double Bias) neuron, (double X, double Y) at) =>
            neuron.Weights.X * at.X + neuron.Weights.Y * at.Y + neuron.Bias;   // (2.1)

        // Where the sum is 0 on the frame.
        IEnumerable<(double X, double Y)> InFrame((string, (double X, double Y) Weights, double Bias) neuron)
        {
            var (w, b) = (neuron.Item2, neuron.Item3);
            foreach (var y in new[] { plot.Y0, plot.Y1 })
                if (w.X != 0 && -(w.Y * y + b) / w.X is var x && x >= plot.X0 && x <= plot.X1) yield return (x, y);
            foreach (var x in new[] { plot.X0, plot.X1 })
                if (w.Y != 0 && -(w.X * x + b) / w.Y is var y && y > plot.Y0 && y < plot.Y1) yield return (x, y);
        }
    }

    /// <summary>What the two colours mean.</summary>
    private static void Direction(Sketch sketch, double y)
    {
        sketch.Arrow(50, y, 110, y, Tone.Main, 3);
        sketch.Text(122, y + 6, "forward: values", Tone.Main, anchor: "start");
        sketch.Arrow(390, y, 330, y, Tone.Back, 3);
        sketch.Text(402, y + 6, "back: derivatives", Tone.Back, anchor: "start");
    }

    private static string S(double value) => Sketch.AtMost(4, value);
}
