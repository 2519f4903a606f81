using System.Text.Json;
using Explorer;
using Microsoft.Playwright;

namespace Tests.Site;

/// <summary>The explorer shows runs that were made, and its sliders choose among them.</summary>
[Trait("Time", "long")]
public sealed class ExplorerTests(BuiltSite site) : SitePageTests(site)
{
    private static readonly string s_file = Path.Join(Course.Root, "data", "explorer.json");
    private static readonly GridFile s_grid = JsonSerializer.Deserialize<GridFile>(File.ReadAllText(s_file), JsonSerializerOptions.Web)!;

    [Fact]
    public async Task A_slider_moved_by_the_keyboard_changes_curves_and_figures()
    {
        var page = await OpenAsync("explorer.html");
        var (rate, hidden, batch) = (4, 4, 1);
        await ShowsAsync();
        var before = await CurvesAsync(page);
        await page.FocusAsync("#rate");
        await page.Keyboard.PressAsync("ArrowRight");
        rate++;
        await ShowsAsync();
        Assert.NotEqual(before, await CurvesAsync(page));
        Assert.Equal("0.3", await page.GetAttributeAsync("#rate", "aria-valuetext"));
        before = await CurvesAsync(page);
        await page.FocusAsync("#hidden");
        await page.Keyboard.PressAsync("End");
        hidden = s_grid.HiddenUnits.Count - 1;
        await ShowsAsync();
        Assert.NotEqual(before, await CurvesAsync(page));
        await page.FocusAsync("#batch");
        await page.Keyboard.PressAsync("Home");
        batch = 0;
        await ShowsAsync();

        async Task ShowsAsync()
        {
            var run = s_grid.At(s_grid.LearningRates[rate], s_grid.HiddenUnits[hidden], s_grid.BatchSizes[batch]);
            await Assertions.Expect(page.Locator("#result")).ToContainTextAsync(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{100.0 * run.ValidationErrors[^1] / s_grid.ValidationCount:F2} % wrong on the validation images ({run.ValidationErrors[^1]:N0} of {s_grid.ValidationCount:N0}"));
            Assert.Equal(1, await page.Locator("#map .chosen[aria-current]").CountAsync());
        }
    }

    [Fact]
    public async Task A_run_that_diverged_or_learned_nothing_is_called_so_and_curves_can_be_kept()
    {
        var page = await OpenAsync("explorer.html");
        await page.ClickAsync("#keep");
        Assert.Equal("kept, validation: η = 0.1, h = 64, B = 32", await page.InnerTextAsync("#kept"));
        // In the table the row of full batches is the last, and the learning rate 3 the last column.
        await page.ClickAsync("#map tr:last-child td:last-child");
        var run = s_grid.At(3, 64, s_grid.TrainingCount);
        Assert.NotNull(run.Diverged);
        await Assertions.Expect(page.Locator("#result")).ToContainTextAsync($"Diverged in epoch {run.Diverged}");
        await Assertions.Expect(page.Locator("#verdict")).ToHaveTextAsync("The steps are too long: take a smaller learning rate.");
        Assert.Equal("×", await page.InnerTextAsync("#map .chosen"));
        Assert.Equal((s_grid.LearningRates.Count - 1).ToString(System.Globalization.CultureInfo.InvariantCulture), await page.InputValueAsync("#rate"));
        Assert.Equal(2, await page.Locator("path.kept").CountAsync());
        await page.ClickAsync("#drop");
        Assert.Equal(0, await page.Locator("path.kept").CountAsync());

        Assert.Equal(64, s_grid.At(3, 64, 8).DeadUnits);
        await page.ClickAsync("#map tr:nth-child(2) td:last-child");
        await Assertions.Expect(page.Locator("#result")).ToContainTextAsync("All 64 hidden units are off for every training image");
    }

    [Fact]
    public async Task Training_is_called_unfinished_only_where_its_lowest_loss_is_the_last_and_it_still_falls()
    {
        var page = await OpenAsync("explorer.html");
        var (unfinished, behind) = (0, 0);
        for (var rate = 0; rate < s_grid.LearningRates.Count; rate++)
            for (var hidden = 0; hidden < s_grid.HiddenUnits.Count; hidden++)
                for (var batch = 0; batch < s_grid.BatchSizes.Count; batch++)
                {
                    var verdict = await page.EvaluateAsync<string>("""
                        values => {
                          Object.entries(values).forEach(([id, value]) => document.getElementById(id).value = value);
                          document.getElementById("rate").dispatchEvent(new Event("input"));
                          return document.getElementById("verdict").textContent;
                        }
                        """, new { rate, hidden, batch });
                    var loss = s_grid.At(s_grid.LearningRates[rate], s_grid.HiddenUnits[hidden], s_grid.BatchSizes[batch]).ValidationLoss;
                    if (verdict.Contains("not finished", StringComparison.Ordinal))
                    {
                        unfinished++;
                        Assert.Equal(loss.Min(), loss[^1]);
                        Assert.True(loss[^1] < 0.9 * loss[^6], verdict);
                    }
                    if (verdict.Contains("lowest after epoch", StringComparison.Ordinal))
                    {
                        behind++;
                        Assert.Contains($"after epoch {loss.ToList().IndexOf(loss.Min())},", verdict, StringComparison.Ordinal);
                        Assert.True(loss.Min() < loss[^1]);
                    }
                }
        Assert.InRange(unfinished, 1, 60);
        Assert.InRange(behind, 1, 60);
    }

    [Fact]
    public async Task The_address_keeps_the_position_and_the_epochs_play()
    {
        var page = await OpenAsync("explorer.html");
        await page.ClickAsync("#map tr:nth-child(2) td:nth-child(4)");
        var address = page.Url;
        Assert.EndsWith(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"#rate={s_grid.LearningRates[2]}&hidden=64&batch={s_grid.BatchSizes[0]}"), address, StringComparison.Ordinal);
        var result = await page.InnerTextAsync("#result");

        var other = await OpenAsync("explorer.html" + new Uri(address).Fragment);
        Assert.Equal(result, await other.InnerTextAsync("#result"));
        await other.ClickAsync("#play");
        await Assertions.Expect(other.Locator("#play")).ToHaveTextAsync("Pause");
        await Assertions.Expect(other.Locator("#epoch")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("^([2-9]|1.)$"));
        await other.ClickAsync("#play");
        await other.FocusAsync("#epoch");
        await other.Keyboard.PressAsync("Home");
        await other.Keyboard.PressAsync("ArrowRight");
        Assert.EndsWith("&epoch=1", other.Url, StringComparison.Ordinal);
        var run = s_grid.At(s_grid.LearningRates[2], 64, s_grid.BatchSizes[0]);
        Assert.Contains($"({run.ValidationErrors[1].ToString("N0", System.Globalization.CultureInfo.InvariantCulture)} of", await other.InnerTextAsync("#result"), StringComparison.Ordinal);
        Assert.Equal(2, (await other.Locator("#loss path.validation").GetAttributeAsync("d"))!.Split('M', 'L').Length - 1);
        await other.Keyboard.PressAsync("End");
        Assert.Equal(result, await other.InnerTextAsync("#result"));
    }

    [Fact]
    public void The_file_has_every_run_and_what_the_page_says_of_them_holds()
    {
        Assert.InRange(new FileInfo(s_file).Length, 1, 300_000);
        Assert.Equal(Grid.LearningRates, s_grid.LearningRates);
        Assert.Equal(Grid.HiddenUnits, s_grid.HiddenUnits);
        Assert.Equal(Grid.BatchSizes, s_grid.BatchSizes);
        Assert.Equal(s_grid.LearningRates.Count * s_grid.HiddenUnits.Count * s_grid.BatchSizes.Count, s_grid.Runs.Count);
        Assert.All(s_grid.Runs, run => Assert.Equal(run.Diverged ?? Grid.Epochs + 1, run.TrainingLoss.Count));
        Assert.Contains(s_grid.Runs, run => run.Diverged is not null);

        int Wrong(double rate, int hidden, int batch) => s_grid.At(rate, hidden, batch).ValidationErrors[^1];
        double Best(int hidden, int batch) => s_grid.LearningRates.MinBy(rate => Wrong(rate, hidden, batch));
        foreach (var hidden in new[] { 32, 64, 128, 256 })
        {
            // A larger batch takes a larger learning rate, and both ends are worse than the middle.
            Assert.True(Best(hidden, 8) < Best(hidden, 512), $"h = {hidden}");
            Assert.True(Wrong(0.001, hidden, 32) > Wrong(0.1, hidden, 32) && Wrong(0.1, hidden, 32) < Wrong(3, hidden, 32), $"h = {hidden}");
        }
        // Two units are too few, whatever the learning rate.
        Assert.All(s_grid.LearningRates, rate => Assert.All(s_grid.BatchSizes, batch => Assert.True(Wrong(rate, 2, batch) > 3 * Wrong(0.1, 64, 32))));
        // Where the page says that the steps are too long, shorter ones are better; where too short or too few, longer or more.
        foreach (var hidden in s_grid.HiddenUnits)
            foreach (var batch in s_grid.BatchSizes)
                foreach (var rate in s_grid.LearningRates)
                {
                    var run = s_grid.At(rate, hidden, batch);
                    bool Better(Func<double, int, bool> which) => s_grid.LearningRates.Any(r => s_grid.BatchSizes.Any(b => which(r, b) && Wrong(r, hidden, b) < Wrong(rate, hidden, batch)));
                    if (run.Diverged is not null || run.DeadUnits > hidden / 2.0)
                        Assert.True(Better((r, b) => r < rate && b == batch), $"too long: {rate}, {hidden}, {batch}");
                    else if (run.ValidationLoss[^1] > 2 && run.DeadUnits == 0)
                        Assert.True(Better((r, b) => r >= rate && b <= batch), $"too short: {rate}, {hidden}, {batch}");
                }
        // The gap opens: training goes on falling, validation has its lowest value before the end.
        var large = s_grid.At(0.1, 256, 8);
        Assert.True(large.TrainingLoss[^1] < 0.1 * large.ValidationLoss[^1]);
        Assert.True(large.ValidationLoss.Min() < large.ValidationLoss[^1] && large.ValidationLoss.ToList().IndexOf(large.ValidationLoss.Min()) < 15);
    }

    [Fact]
    public void A_run_made_again_gives_the_stored_figures()
    {
        var (training, validation) = Grid.Load(Path.Join(Course.Root, "data"));
        var (stored, again) = (s_grid.At(0.03, 32, 128), Grid.Train(training, validation, 0.03, 32, 128));
        // Registers of another width add in another order: a last digit may differ there, but no more.
        Assert.Equal(stored.TrainingLoss.Count, again.TrainingLoss.Count);
        foreach (var (expected, found) in stored.TrainingLoss.Concat(stored.ValidationLoss).Zip(again.TrainingLoss.Concat(again.ValidationLoss)))
            Assert.InRange(found, expected * 0.998, expected * 1.002);
        foreach (var (expected, found) in stored.ValidationErrors.Concat(stored.TrainingErrors).Zip(again.ValidationErrors.Concat(again.TrainingErrors)))
            Assert.InRange(found, expected - 10, expected + 10);
        Assert.Equal(stored.DeadUnits, again.DeadUnits);
    }

    private static Task<string> CurvesAsync(IPage page) =>
        page.EvaluateAsync<string>("[...document.querySelectorAll('.charts path')].map(path => path.getAttribute('d')).join('|')");
}
