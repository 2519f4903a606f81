using System.Globalization;

namespace Tests;

/// <summary>What sections 7 to 10 of the notes claim without a worked example beside it: each sentence against numbers that are computed here.</summary>
public class NotesClaimsTests
{
    private static readonly string Notes = Course.Notes;

    /// <summary>After (7.6): at a fixed θ the batches of a whole epoch add up to the same sum; the first k of them vary as one batch of kB.</summary>
    [Fact]
    public void The_batches_of_an_epoch_vary_less_than_independent_ones_and_all_of_them_not_at_all()
    {
        double[] g = [1, 3, -1, 5, 0, 4];   // one derivative for each of m = 6 examples
        const int M = 6, B = 2;
        var sigmaSquared = Variance(g);
        var orders = Permutations([.. Enumerable.Range(0, M)]).ToArray();
        for (var k = 1; k <= M / B; k++)
        {
            var sums = orders.Select(order => order.Take(k * B).Sum(j => g[j]) / B).ToArray();   // of k batch gradients
            Assert.Equal(k * sigmaSquared / B * (M - k * B) / (M - 1), Variance(sums), 1e-12);
        }
    }

    /// <summary>Section 9: momentum converges below η = 2(1 + μ)/κ and diverges above.</summary>
    [Theory, InlineData(0), InlineData(0.5), InlineData(0.9)]
    public void Momentum_has_the_limit_of_the_notes(double mu)
    {
        const double Kappa = 3;
        double After(double eta)
        {
            var (theta, V) = (1.0, 0.0);
            for (var step = 0; step < 3_000; step++)
            {
                V = mu * V + Kappa * theta;   // (9.1)
                theta -= eta * V;             // (9.2)
            }
            return Math.Abs(theta);
        }
        Assert.True(After(0.99 * 2 * (1 + mu) / Kappa) < 1e-3);
        Assert.True(After(1.01 * 2 * (1 + mu) / Kappa) > 1e3);
        Assert.Contains("1.9 times that of plain descent", Notes);
        Assert.Equal(1.9, 2 * (1 + 0.9) / 2, 1e-12);
    }

    /// <summary>Section 9: Adam's steps have the length η for equal gradients and 0.23 η for pure noise.</summary>
    [Fact]
    public void The_steps_of_Adam_are_as_long_as_the_notes_say()
    {
        double RootMeanSquare(Func<double> gradient)
        {
            var (M, S, sum) = (0.0, 0.0, 0.0);
            for (var t = 1; t <= 120_000; t++)
            {
                var dw = gradient();
                M = 0.9 * M + 0.1 * dw;             // (9.3)
                S = 0.999 * S + 0.001 * dw * dw;    // (9.4)
                if (t > 20_000) sum += M * M / S;   // by then both corrections (9.5) are 1
            }
            return Math.Sqrt(sum / 100_000);
        }
        var random = new Random(1);
        Assert.Equal(1, RootMeanSquare(() => 0.5), 1e-9);
        var ofNoise = Math.Sqrt((1 - 0.9) / (1 + 0.9));
        Assert.Equal(ofNoise, RootMeanSquare(() => random.NextDouble() - 0.5), 0.01);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"= {ofNoise:F2} \\eta"), Notes);
    }

    /// <summary>Section 9: with every error once in an epoch, θ ends the epoch much closer to the minimum than with independent errors.</summary>
    [Fact]
    public void Errors_that_come_once_in_an_epoch_leave_less_variance_at_its_end()
    {
        const double Eta = 0.01;
        const int Steps = 100;
        double[] factors = [.. Enumerable.Range(0, Steps).Select(k => Math.Pow(1 - Eta, k))];
        // Mixed errors of mean 0 and variance 1 have the covariance −1/(n − 1), so a sum of them weighted with f has this variance:
        var ofEpoch = Steps / (Steps - 1.0) * (factors.Sum(f => f * f) - Math.Pow(factors.Sum(), 2) / Steps);
        var once = Eta * Eta * ofEpoch / (1 - Math.Pow(1 - Eta, 2 * Steps));
        var independent = Eta / (2 - Eta);
        Assert.True(once < independent / 10, $"{once} against {independent}");
    }

    /// <summary>Section 8: F1 is 0 where precision and recall are, and does not exist where one of them does not.</summary>
    [Fact]
    public void F1_of_zero_and_of_nothing_is_as_the_notes_say()
    {
        int[,] C = { { 0, 2, 0 }, { 3, 0, 0 }, { 0, 1, 0 } };
        Assert.Equal([0, 0, double.NaN], Measures.F1(C));
        Assert.Equal([0, 0, double.NaN], Measures.Precision(C));
        Assert.Equal([0, 0, 0], Measures.Recall(C));
    }

    /// <summary>Section 9: how much of the squared bell is left for a pixel at the border and in a corner.</summary>
    [Fact]
    public void Displacements_are_smaller_near_the_border()
    {
        double[] squares = [.. Enumerable.Range(-28, 57).Select(i => Math.Exp(-i * i / 16.0))];   // σ = 4
        var atTheBorder = squares[28..].Sum() / squares.Sum();
        Assert.InRange(atTheBorder, 0.5, 0.6);
        Assert.InRange(atTheBorder * atTheBorder, 0.3, 0.36);
        Assert.Contains("at the border a little more than half of the squared weights are left, in a corner about a third", Notes);
    }

    private static double Variance(double[] values) => values.Select(value => Math.Pow(value - values.Average(), 2)).Average();

    private static IEnumerable<int[]> Permutations(int[] items) => items.Length == 1 ? [items]
        : items.SelectMany(first => Permutations([.. items.Where(item => item != first)]).Select(rest => (int[])[first, .. rest]));
}
