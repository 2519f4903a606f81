using System.Collections.Generic;
using System.Globalization;
using System.Linq;

#nullable enable

// The seven lines of a backward pass, looked at one after the other. What is right is not derived here but measured, by
// moving the matrix in question itself: Z2, A1 and Z1 as well as the parameters.

/// <summary>Names the first wrong quantity in a backward pass that a reader writes.</summary>
public static class BackwardCheck
{
    // Far above the noise of a difference quotient (5.13), far below what a wrong formula gives.
    private const double Limit = 1e-5;

    /// <summary>
    /// Compares the quantities of (5.4) to (5.10), in this order, with difference quotients (5.12), and stops at the first
    /// that is missing, has another shape, or is wrong.
    /// </summary>
    /// <param name="network">A network with one hidden layer.</param>
    /// <param name="X">The inputs, 784×m.</param>
    /// <param name="Y">The one-hot columns, 10×m.</param>
    /// <returns>What is right so far, and what comes next or is wrong.</returns>
    /// <exception cref="ArgumentException">The network has not exactly one hidden layer.</exception>
    public static string FirstWrong(Network<double> network, Matrix<double> X, Matrix<double> Y,
        Matrix<double>? dZ2 = null, Matrix<double>? dW2 = null, Matrix<double>? db2 = null, Matrix<double>? dA1 = null,
        Matrix<double>? dZ1 = null, Matrix<double>? dW1 = null, Matrix<double>? db1 = null)
    {
        if (network.W.Length != 2)
            throw new ArgumentException($"The check knows networks with one hidden layer; this one has {network.W.Length - 1}.", nameof(network));
        var pass = network.Forward(X);
        var (Z1, A1, Z2) = (pass.Z1.Copy(), pass.A1.Copy(), pass.Z2.Copy());
        double OfScores(Matrix<double> scores) =>
            network.Loss == Loss.CrossEntropy ? Losses.CrossEntropy(scores, Y) : Losses.SquaredError(Losses.Softmax(scores), Y);
        double OfHidden(Matrix<double> hidden) => OfScores(network.W2 * hidden + network.b2);
        double OfParameters() => network.LossOf(network.Forward(X), Y);

        (string Name, string Equation, Matrix<double>? Found, Matrix<double> Moved, Func<double> Loss)[] steps =
        [
            ("dZ2", "(5.4)", dZ2, Z2, () => OfScores(Z2)),
            ("dW2", "(5.5)", dW2, network.W2, OfParameters),
            ("db2", "(5.6)", db2, network.b2, OfParameters),
            ("dA1", "(5.7)", dA1, A1, () => OfHidden(A1)),
            ("dZ1", "(5.8)", dZ1, Z1, () => OfHidden(Activations.Apply(network.Hidden, Z1))),
            ("dW1", "(5.9)", dW1, network.W1, OfParameters),
            ("db1", "(5.10)", db1, network.b1, OfParameters)
        ];
        var right = new List<string>();
        string Answer(string text) => string.Concat(right.Select(done => $"✓ {done}  ")) + text;
        foreach (var (name, equation, found, moved, loss) in steps)
        {
            var of = name[1..];
            if (found is null)
                return Answer($"next: {name}, equation {equation}, {moved.Shape}");
            if (found.Shape != moved.Shape)
                return Answer($"✗ {name} is {found.Shape}, expected {moved.Shape}, the shape of {of}");
            // dZ and dA belong to the sum of the losses, dW and db to their mean.
            var factor = name[1] is 'Z' or 'A' ? X.Columns : 1.0;
            var measured = factor * GradientCheck.Numerical(loss, moved);
            // Written so that NaN does not pass.
            if (!(GradientCheck.RelativeError(found, measured) <= Limit))
                return Answer($"✗ {name} is wrong{WhereAndHow(found, measured, X.Columns, of)}");
            right.Add(name);
        }
        return Answer("all seven are right");
    }

    // The entry that is furthest off; or, when all are wrong by the number of examples, that.
    private static string WhereAndHow(Matrix<double> found, Matrix<double> measured, int m, string of)
    {
        if (GradientCheck.RelativeError(found, (double)m * measured) <= Limit)
            return $": {m} times too large, and m is {m}";
        if (GradientCheck.RelativeError((double)m * found, measured) <= Limit)
            return $": {m} times too small, and m is {m}";
        var (row, column, worst) = (0, 0, -1.0);
        for (var j = 0; j < found.Columns; j++)
            for (var i = 0; i < found.Rows; i++)
            {
                var off = Math.Abs(found[i, j] - measured[i, j]);
                if (off <= worst) continue;
                (row, column, worst) = (i, j, double.IsNaN(off) ? double.PositiveInfinity : off);
            }
        return string.Create(CultureInfo.InvariantCulture,
            $" at [{row}, {column}]: found {found[row, column]:0.000000}, but moving {of}[{row}, {column}] gives {measured[row, column]:0.000000}");
    }
}
