using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

namespace Tests.Site;

/// <summary>Every number of the walk-through is what the C# library computes.</summary>
[Trait("Time", "long")]
public sealed class WalkthroughTests(BuiltSite site) : SitePageTests(site)
{
    private const string Walkthrough = "walkthrough.html";

    [Fact]
    public async Task Every_number_is_that_of_the_library()
    {
        var page = await OpenAsync(Walkthrough);
        var example = await page.EvaluateAsync<string>("JSON.stringify(walkthrough.example)");
        // The numbers of the notes, "A worked example on paper".
        Assert.Equal("""{"X":[[0.5],[1]],"label":1,"eta":0.1,"W1":[[1,1],[1,-1]],"b1":[[0.5],[0]],"W2":[[1,-1],[0.5,1]],"b2":[[0],[0.5]]}""", example);
        await CompareAsync(page, [[0.5], [1]], 1, 0.1, [[1, 1], [1, -1]], [[0.5], [0]], [[1, -1], [0.5, 1]], [[0], [0.5]]);
        var random = new Random(3);
        double[] Row(int count) => [.. Enumerable.Range(0, count).Select(_ => Math.Round(4 * random.NextDouble() - 2, 2))];
        double[][] Rows(int columns) => [Row(columns), Row(columns)];
        for (var i = 0; i < 30; i++)
            await CompareAsync(page, Rows(1), i % 2, random.NextDouble(), Rows(2), Rows(1), Rows(2), Rows(1));
    }

    private static async Task CompareAsync(IPage page, double[][] x, int label, double eta, double[][] W1, double[][] b1, double[][] W2, double[][] b2)
    {
        var steps = await page.EvaluateAsync<JsonElement>("given => walkthrough.stepsOf(given)", new { X = x, label, eta, W1, b1, W2, b2 });
        var network = new Network<double>([M(W1), M(W2)], [M(b1), M(b2)]);
        var X = M(x);
        var Y = M([[1 - label], [label]]);
        var expected = new Dictionary<string, Matrix<double>>();
        void Forward(string prime)
        {
            var pass = network.Forward(X);
            (expected["Z1" + prime], expected["A1" + prime], expected["Z2" + prime], expected["A2" + prime]) = (pass.Z1, pass.A1, pass.Z2, pass.A2);
            expected["L" + prime] = M([[network.LossOf(pass, Y)]]);
            expected["prediction" + prime] = M([[pass.Output.ArgMaxOfColumns()[0]]]);
            if (prime.Length > 0) return;
            var gradients = network.Backward(pass, Y);
            expected["dZ2"] = pass.A2 - Y;
            expected["dA1"] = network.W2.Transposed * expected["dZ2"];
            expected["dZ1"] = gradients.db1;   // with one example they are equal
            (expected["dW1"], expected["db1"], expected["dW2"], expected["db2"]) = (gradients.dW1, gradients.db1, gradients.dW2, gradients.db2);
            network.Update(gradients, eta);
            (expected["W1'"], expected["b1'"], expected["W2'"], expected["b2'"]) = (network.W1, network.b1, network.W2, network.b2);
        }
        Forward("");
        Forward("'");

        var seen = new HashSet<string>();
        foreach (var result in steps.EnumerateArray().SelectMany(step => step.GetProperty("results").EnumerateArray()))
        {
            var (name, row, column) = (result.GetProperty("name").GetString()!, result.GetProperty("row").GetInt32(), result.GetProperty("column").GetInt32());
            Assert.True(seen.Add($"{name}[{row}, {column}]"), $"{name}[{row}, {column}] is computed twice");
            if (name[0] is not ('M' or 'E' or 'S'))   // what softmax needs on its way
                Assert.True(Math.Abs(expected[name][row, column] - result.GetProperty("value").GetDouble()) < 1e-12, $"{name}[{row}, {column}] for {x[0][0]}, {x[1][0]}");
        }
        Assert.All(expected, entry => Assert.Equal(entry.Value.Rows * entry.Value.Columns, seen.Count(name => name.StartsWith(entry.Key + "[", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Buttons_and_keys_go_through_it_and_the_numbers_stand_in_the_picture_and_in_the_notes()
    {
        var page = await OpenAsync(Walkthrough);
        var count = await page.EvaluateAsync<int>("walkthrough.stepsOf(walkthrough.example).length");
        await StepAsync(1);
        Assert.True(await page.IsDisabledAsync("#previous"));
        await page.ClickAsync("#next");
        await StepAsync(2);
        await page.Keyboard.PressAsync("ArrowRight");
        await StepAsync(3);
        Assert.Equal("(3.2)", await page.InnerTextAsync("#equation"));
        Assert.Equal("my_note.html#eq-3-2", await page.GetAttributeAsync("#equation", "href"));
        Assert.Equal("2", await page.TextContentAsync("#picture [data-key='A1-0-0'].now"));
        await page.Keyboard.PressAsync("ArrowLeft");
        await StepAsync(2);
        Assert.Equal(0, await page.Locator("#picture [data-key='A1-0-0']").CountAsync());
        await page.Keyboard.PressAsync("End");
        await StepAsync(count);
        Assert.True(await page.IsDisabledAsync("#next"));
        await page.ClickAsync("#phases button >> text='The loss'");
        Assert.Equal("The loss", await page.InnerTextAsync("#title"));
        Assert.Equal("L = 0.9741", await page.TextContentAsync("#picture [data-key='L-0-0'].now"));
        Assert.Contains("0.974077", await page.InnerTextAsync("#arithmetic"), StringComparison.Ordinal);
        await page.Keyboard.PressAsync("Home");
        await StepAsync(1);

        // Every result that is shown stands in the notes, with their six decimals; but for those that the notes pass over.
        var notes = await File.ReadAllTextAsync(Path.Join(Course.Root, "my_note.md"), TestContext.Current.CancellationToken);
        var example = notes[notes.IndexOf("### A worked example on paper", StringComparison.Ordinal)..notes.IndexOf("### Mini-batches", StringComparison.Ordinal)];
        var shown = await page.EvaluateAsync<JsonElement>("walkthrough.stepsOf(walkthrough.example).flatMap(step => step.results)");
        foreach (var result in shown.EnumerateArray())
            if (result.GetProperty("name").GetString()![0] is not ('M' or 'E' or 'S'))
                Assert.Contains(Math.Abs(Math.Round(result.GetProperty("value").GetDouble(), 6)).ToString("0.######", CultureInfo.InvariantCulture), example, StringComparison.Ordinal);

        async Task StepAsync(int number) => Assert.Equal($"step {number} of {count}", await page.InnerTextAsync("#count"));
    }

    [Fact]
    public async Task The_derivative_for_a_weight_is_a_bold_line_without_a_head_and_nothing_comes_back_to_the_inputs()
    {
        var page = await OpenAsync(Walkthrough);
        var steps = await page.EvaluateAsync<JsonElement>("walkthrough.stepsOf(walkthrough.example)");
        var (weights, heads) = (0, 0);
        foreach (var step in steps.EnumerateArray())
        {
            var (title, phase) = (step.GetProperty("title").GetString()!, step.GetProperty("phase").GetString()!);
            var (bold, arrows) = (await page.Locator("#picture line.now.back").CountAsync(), await page.Locator("#picture polygon").CountAsync());
            if (title.StartsWith("The derivative for weight", StringComparison.Ordinal))
            {
                weights++;
                Assert.Equal((1, 0), (bold, arrows));
                var words = step.GetProperty("words").GetString()!;
                // The second hidden unit is off: its error is 0.
                var isOff = title.StartsWith("The derivative for weight W1[1", StringComparison.Ordinal);
                Assert.Contains(title.StartsWith("The derivative for weight W1", StringComparison.Ordinal) && isOff ? "The unit's error is 0, so the slope of this weight is 0." : "", words, StringComparison.Ordinal);
                Assert.DoesNotContain("comes back", words, StringComparison.Ordinal);
            }
            else if (phase.StartsWith("Backward", StringComparison.Ordinal))
                heads += arrows;
            await page.Keyboard.PressAsync("ArrowRight");
        }
        Assert.Equal(8, weights);
        Assert.Equal(4, heads);   // what reaches the two hidden units, over two weights each
    }

    [Fact]
    public async Task Other_numbers_are_computed_anew_and_a_key_in_a_field_stays_there()
    {
        var page = await OpenAsync(Walkthrough);
        await page.FillAsync("#x0", "2");
        await Assertions.Expect(page.Locator("#picture [data-key='Z1-0-0']")).ToHaveTextAsync("z₁ = 3.5");
        await page.FocusAsync("#x1");
        await page.Keyboard.PressAsync("ArrowRight");
        Assert.StartsWith("step 1 of", await page.InnerTextAsync("#count"), StringComparison.Ordinal);
        await page.FillAsync("#x1", "");   // on the way to another number
        Assert.Equal("z₁ = 3.5", await page.TextContentAsync("#picture [data-key='Z1-0-0']"));
        await page.ClickAsync("#reset");
        Assert.Equal("z₁ = 2", await page.TextContentAsync("#picture [data-key='Z1-0-0']"));
        Assert.Equal("0.5", await page.InputValueAsync("#x0"));
    }

    [Fact]
    public async Task Weights_and_biases_can_be_changed_too()
    {
        var page = await OpenAsync(Walkthrough);
        Assert.Equal(12, await page.Locator("#givens .matrix input:not([id^=x])").CountAsync());
        await page.FillAsync("[aria-label='W1[0, 1]']", "2");
        await Assertions.Expect(page.Locator("#picture [data-key='Z1-0-0']")).ToHaveTextAsync("z₁ = 3");   // 0.5 + 2 + 0.5
        await page.FillAsync("[aria-label='b1[0, 0]']", "-1");
        await Assertions.Expect(page.Locator("#picture [data-key='Z1-0-0']")).ToHaveTextAsync("z₁ = 1.5");
        await page.FillAsync("[aria-label='W2[1, 0]']", "-0.5");
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("[[1,-1],[-0.5,1]]", await page.EvaluateAsync<string>("JSON.stringify(walkthrough.givens().W2)"));
        await page.ClickAsync("#reset");
        Assert.Equal(await page.EvaluateAsync<string>("JSON.stringify(walkthrough.example)"), await page.EvaluateAsync<string>("JSON.stringify(walkthrough.givens())"));
    }

    [Fact]
    public async Task The_measured_slope_lands_on_the_computed_one()
    {
        var page = await OpenAsync(Walkthrough);
        // The check of the notes: W2[0, 0] from 0.99 to 1.01 gives 1.2449.
        var check = await page.EvaluateAsync<JsonElement>("walkthrough.measure(walkthrough.example, { name: 'W2', row: 0, column: 0 }, 0.01)");
        Assert.Equal([0.986573, 0.961675, 1.2449, 1.244919], new[] { "lossUp", "lossDown", "measured", "computed" }
            .Select((name, i) => Math.Round(check.GetProperty(name).GetDouble(), i == 2 ? 4 : 6)));

        // Every one of the twelve, as a reader does it: the smaller ε is, the nearer they come.
        Assert.Equal(12, await page.Locator("#nudged option").CountAsync());
        for (var i = 0; i < 12; i++)
        {
            await page.SelectOptionAsync("#nudged", new SelectOptionValue { Index = i });
            await page.FillAsync("#epsilon", "-4");
            var (measured, computed) = (await NumberAsync("#measured"), await NumberAsync("#computed"));
            Assert.True(Math.Abs(measured - computed) <= 1e-6, $"{await page.InputValueAsync("#nudged")}: measured {measured}, computed {computed}");
        }
        await page.SelectOptionAsync("#nudged", "W2[0, 0]");
        var differences = new List<double>();
        foreach (var exponent in new[] { "0", "-1", "-2" })
        {
            await page.FillAsync("#epsilon", exponent);
            differences.Add(await NumberAsync("#difference"));
        }
        Assert.True(differences[0] > 50 * differences[1] && differences[1] > 50 * differences[2], string.Join(", ", differences));

        // A weight that one goes to is the one that is nudged; and another number changes both slopes.
        await page.FocusAsync("[aria-label='W1[0, 1]']");
        Assert.Equal("W1[0, 1]", await page.InputValueAsync("#nudged"));
        var before = await NumberAsync("#computed");
        await page.FillAsync("[aria-label='W1[0, 1]']", "0.4");
        Assert.NotEqual(before, await NumberAsync("#computed"));
        Assert.Equal(await NumberAsync("#computed"), await NumberAsync("#measured"), 0.001);

        // At the corner of ReLU the measured slope is a mixture, and the page says so.
        await page.ClickAsync("#reset");
        await page.FillAsync("[aria-label='b1[1, 0]']", "0.5");   // the sum of the second unit is then 0
        await Assertions.Expect(page.Locator("#nudge-words")).ToContainTextAsync("corner of ReLU");

        async Task<double> NumberAsync(string place) => double.Parse(await page.InnerTextAsync(place), CultureInfo.InvariantCulture);
    }

    private static Matrix<double> M(double[][] rows)
    {
        var matrix = new Matrix<double>(rows.Length, rows[0].Length);
        for (var i = 0; i < rows.Length; i++)
            for (var j = 0; j < rows[i].Length; j++) matrix[i, j] = rows[i][j];
        return matrix;
    }
}
