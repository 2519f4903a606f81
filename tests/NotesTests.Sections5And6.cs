using System.Text.RegularExpressions;

namespace Tests;

// What sections 5 and 6 derive beside the worked example, recomputed.
public partial class NotesTests
{
    /// <summary>The three parts of (5.13), for the weight of the table: the third derivative by differences, and the best ε.</summary>
    [Fact]
    public void The_best_step_of_a_finite_difference_is_as_section_5_says()
    {
        var text = Sections[5];
        double Loss(double weight) => Math.Log(1 + Math.Exp(2 * weight - 1.5));   // the worked example, by its W2[0, 0]
        var a = 1 / (1 + Math.Exp(-0.5));
        var third = 8 * a * (1 - a) * (1 - 2 * a);
        const double h = 1e-3;
        Assert.Equal((Loss(1 + 2 * h) - 2 * Loss(1 + h) + 2 * Loss(1 - h) - Loss(1 - 2 * h)) / (2 * h * h * h), third, 1e-4);
        Assert.Contains($"= {third:F3}$", text);
        var size = Loss(1) + 2 * a;
        Assert.Contains($"= {Loss(1):F3} + {2 * a:F3} = {size:F3}$", text);
        foreach (var (u, best, error) in new[] { (Math.Pow(2, -53), @"1.2 \cdot 10^{-5}", @"3 \cdot 10^{-11}"), (Math.Pow(2, -24), @"9.5 \cdot 10^{-3}", @"2 \cdot 10^{-5}") })
        {
            var epsilon = Math.Pow(3 * u * size / Math.Abs(third), 1 / 3.0);
            Assert.Contains($"is about ${best}$, with an error near ${error}$", text);
            Assert.Equal(PowerOfTen(best), epsilon, 0.05 * epsilon);
            var wrong = epsilon * epsilon / 6 * Math.Abs(third) + u * size / epsilon;
            Assert.Equal(PowerOfTen(error), wrong, 0.1 * wrong);
        }
        Assert.Contains("never exceed $0.0963$", text);
        Assert.InRange(Enumerable.Range(0, 100_001).Max(i => i / 1e5 * (1 - i / 1e5) * Math.Abs(1 - 2 * i / 1e5)), 0.0962, 0.0963);

        // (5.14): an error of 1e-11 beside a derivative of 1e-9
        Assert.Contains($"like an error of {100 * 1e-11 / (1e-9 + 1e-9 + 1e-11):F1} %", text);

        static double PowerOfTen(string tex) => Number(tex.Split(@" \cdot ")[0]) * Math.Pow(10, Number(Regex.Match(tex, @"\{(.+)\}").Groups[1].Value));
    }

    /// <summary>The error of the label's output below (5.11), by difference quotients of both losses: its formula, where it is strongest, and what another way to share the rest does.</summary>
    [Theory]
    [InlineData(2, "-2 p (1 - p)^2")]
    [InlineData(10, @"-\frac{10}{9} p (1 - p)^2")]
    public void The_error_of_the_label_goes_to_0_again_as_section_5_says(int K, string formula)
    {
        Assert.Contains($"${formula}$", Sections[5]);
        double BySquares(double p) => -K / (K - 1.0) * p * (1 - p) * (1 - p);
        var equally = Enumerable.Repeat(1.0, K - 1).ToArray();
        foreach (var p in new[] { 0.001, 0.1, 1 / 3.0, 0.7, 0.999 })
        {
            Assert.Equal(p - 1, Nudged(p, equally, squared: false), 1e-8);
            Assert.Equal(BySquares(p), Nudged(p, equally, squared: true), 1e-8);
            Assert.True(BySquares(p) >= BySquares(1 / 3.0));
            // One wrong class has nearly all of the rest, or some share it: between the curves of two and of ten classes.
            foreach (var shares in new[] { [1, .. Enumerable.Repeat(1e-9, 8)], Enumerable.Range(1, 9).Select(i => (double)i).ToArray() })
                Assert.InRange(Nudged(p, shares, squared: true), -2 * p * (1 - p) * (1 - p) - 1e-8, -10 / 9.0 * p * (1 - p) * (1 - p) + 1e-8);
        }

        static double Nudged(double p, double[] shares, bool squared)   // (5.12) by the label's score
        {
            var Y = Matrix.OneHot<double>([0], shares.Length + 1);
            double LossOf(double turn)
            {
                var Z = Matrix.FromColumn<double>([Math.Log(p) + turn, .. shares.Select(share => Math.Log((1 - p) * share / shares.Sum()))]);
                return squared ? Losses.SquaredError(Losses.Softmax(Z), Y) : Losses.CrossEntropy(Z, Y);
            }
            return (LossOf(1e-5) - LossOf(-1e-5)) / 2e-5;
        }
    }

    [Fact]
    public void The_saddles_of_section_6_are_saddles()
    {
        var text = Sections[6];
        var (distance, steps) = (0.001, 0);
        while (distance < 1) (distance, steps) = (distance + 0.1 * distance, steps + 1);
        Assert.Contains($"it takes {steps} steps from $\\theta_2 = 0.001$ to $1$", text);

        // The network of zeros: only b2 has a slope, and a network close by is better.
        var (X, Y) = (Matrix.Uniform<double>(5, 6, 0, 1, new Random(1)), Matrix.OneHot<double>([0, 1, 2, 0, 1, 0], classes: 3));
        Network<double> Small(double size) => new(
            [size * Matrix.Fill(4, 5, 1.0), size * Matrix.Uniform<double>(3, 4, -1, 1, new Random(2))],
            [new Matrix<double>(4, 1), Matrix.FromColumn([Math.Log(3), Math.Log(2), 0])]);
        var zeros = Small(0);
        for (var step = 0; step < 2; step++)
        {
            var gradients = zeros.Backward(zeros.Forward(X), Y);
            Assert.All(new[] { gradients.dW1, gradients.db1, gradients.dW2 }, gradient => Assert.All(gradient.ToArray(), value => Assert.Equal(0, value)));
            zeros.Update(gradients, 0.1);
        }
        // With b2 at the frequencies of the labels nothing at all moves; still W1 and W2 can lower the loss together.
        double LossOf(Network<double> network) => network.LossOf(network.Forward(X), Y);
        Assert.All(Small(0).Backward(Small(0).Forward(X), Y).db2.ToArray(), value => Assert.Equal(0, value, 1e-12));
        var close = Small(0.1);
        for (var step = 0; step < 20; step++) close.Update(close.Backward(close.Forward(X), Y), 0.1);
        Assert.True(LossOf(close) < LossOf(Small(0)));
    }
}
