using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
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
            await Assertions.Expect(page.Locator("#result")).ToContainTextAsync(string.Create(CultureInfo.InvariantCulture,
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
        Assert.Equal((s_grid.LearningRates.Count - 1).ToString(CultureInfo.InvariantCulture), await page.InputValueAsync("#rate"));
        Assert.Equal(2, await page.Locator("path.kept").CountAsync());
        await page.ClickAsync("#drop");
        Assert.Equal(0, await page.Locator("path.kept").CountAsync());

        Assert.Equal(64, s_grid.At(3, 64, 8).DeadUnits);
        await page.ClickAsync("#map tr:nth-child(2) td:last-child");
        await Assertions.Expect(page.Locator("#result")).ToContainTextAsync("All 64 hidden units are off for every training image: the network gives the same answer to all of them, and no derivative");
    }

    [Fact]
    public async Task No_verdict_contradicts_the_numbers_of_its_run()
    {
        var page = await OpenAsync("explorer.html");
        var kinds = new HashSet<string>();
        foreach (var (rate, hidden, batch, run) in All())
        {
            var verdict = await page.EvaluateAsync<string>("""
                values => {
                  Object.entries(values).forEach(([id, value]) => document.getElementById(id).value = value);
                  document.getElementById("rate").dispatchEvent(new Event("input"));
                  return document.getElementById("verdict").textContent;
                }
                """, new { rate = s_grid.LearningRates.ToList().IndexOf(rate), hidden = s_grid.HiddenUnits.ToList().IndexOf(hidden), batch = s_grid.BatchSizes.ToList().IndexOf(batch) });
            var loss = run.ValidationLoss;
            var (place, lowest) = ($"{rate}, {hidden}, {batch}: {verdict}", loss.ToList().IndexOf(loss.Min()));
            // Every number of the sentence, in its order, is the run's.
            double[] numbers = [.. Regex.Matches(verdict, @"\d+(\.\d+)?").Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture))];
            kinds.Add(Regex.Replace(verdict, @"\d+(\.\d+)?", "N"));
            double Fallen() => 100 * (1 - loss[^1] / loss[^6]);
            switch (Regex.Replace(verdict, @"\d+(\.\d+)?", "N"))
            {
                case "The steps are too long: take a smaller learning rate.":
                    Assert.True(run.Diverged is not null || run.DeadUnits > hidden / 2.0, place);
                    break;
                case "The loss jumps: the steps are too long to come to rest.":
                    Assert.True(loss.Skip(loss.Count - 6).Zip(loss.Skip(loss.Count - 5)).Any(pair => pair.Second > 1.2 * pair.First), place);
                    break;
                case "The validation loss was lowest after epoch N. It is now N % higher, and the training loss is lower: the network learns its training images by heart.":
                    Assert.True(numbers[0] == lowest && Math.Abs(numbers[1] - 100 * (loss[^1] / loss[lowest] - 1)) <= 0.5, place);
                    Assert.True(numbers[1] >= 5 && run.TrainingLoss[^1] < 0.9 * run.TrainingLoss[lowest] && run.TrainingLoss[^1] < 0.6 * loss[^1], place);
                    break;
                case "The loss is still N; that of guessing is log N = N. The steps are too short, or too few." or "The loss is still N; that of guessing is log N = N.":
                    Assert.True(loss[^1] > 2 && Math.Abs(numbers[0] - loss[^1]) <= 0.0051 && numbers[2] == Math.Round(Math.Log(10), 2), place);
                    Assert.True(verdict.Contains("too short", StringComparison.Ordinal) == (run.DeadUnits == 0), place);
                    break;
                case "In the last five epochs the validation loss fell by N %: training is not finished.":
                    Assert.True(Math.Abs(numbers[0] - Fallen()) <= 0.51 && Fallen() > 10 && lowest > s_grid.Epochs - 5, place);
                    break;
                case "In the last five epochs the validation loss fell by N %: it still falls, but slowly.":
                    Assert.True(Math.Abs(numbers[0] - Fallen()) <= 0.51 && Fallen() is > 0.5 and <= 10 && lowest == s_grid.Epochs, place);
                    break;
                case "The validation loss was lowest after epoch N and has not come below that since.":
                    Assert.True(numbers[0] == lowest && lowest < s_grid.Epochs, place);
                    Assert.True(Fallen() <= 10 || lowest <= s_grid.Epochs - 5, place);
                    break;
                default:
                    Assert.Fail(place);
                    break;
            }
        }
        Assert.Equal(8, kinds.Count);
    }

    [Fact]
    public async Task The_address_keeps_the_position_and_the_epochs_play()
    {
        var page = await OpenAsync("explorer.html");
        await page.ClickAsync("#map tr:nth-child(2) td:nth-child(4)");
        var address = page.Url;
        Assert.EndsWith(string.Create(CultureInfo.InvariantCulture, $"#rate={s_grid.LearningRates[2]}&hidden=64&batch={s_grid.BatchSizes[0]}"), address, StringComparison.Ordinal);
        var result = await page.InnerTextAsync("#result");

        var other = await OpenAsync("explorer.html" + new Uri(address).Fragment);
        Assert.Equal(result, await other.InnerTextAsync("#result"));
        await other.ClickAsync("#play");
        await Assertions.Expect(other.Locator("#play")).ToHaveTextAsync("Pause");
        await Assertions.Expect(other.Locator("#epoch")).ToHaveValueAsync(new Regex("^([2-9]|1.)$"));
        await other.ClickAsync("#play");
        await other.FocusAsync("#epoch");
        await other.Keyboard.PressAsync("Home");
        await other.Keyboard.PressAsync("ArrowRight");
        Assert.EndsWith("&epoch=1", other.Url, StringComparison.Ordinal);
        var run = s_grid.At(s_grid.LearningRates[2], 64, s_grid.BatchSizes[0]);
        Assert.Contains($"({run.ValidationErrors[1].ToString("N0", CultureInfo.InvariantCulture)} of", await other.InnerTextAsync("#result"), StringComparison.Ordinal);
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
        // Too large: most runs at the largest rate end with most of their units off, and their loss looks like that of guessing.
        var largest = All().Where(at => at.Rate == s_grid.LearningRates[^1]).ToList();
        Assert.True(largest.Count(at => at.Run.DeadUnits > at.Hidden / 2.0) > 0.8 * largest.Count);
        Assert.All(All().Where(at => at.Run.DeadUnits == at.Hidden), at => Assert.InRange(at.Run.ValidationLoss[^1], 2.2, 2.5));
        // Only with all images in one batch and the largest rate does the loss diverge.
        Assert.All(All().Where(at => at.Run.Diverged is not null), at => Assert.Equal((3, s_grid.TrainingCount), (at.Rate, at.Batch)));
        // From 8 to 512 the good rate mostly moves up, by less than (7.6) says: in proportion to the batch.
        var moves = s_grid.HiddenUnits.SelectMany(hidden => s_grid.BatchSizes.Zip(s_grid.BatchSizes.Skip(1)).Where(pair => pair.Second <= 512)
            .Select(pair => (ByRule: (double)pair.Second / pair.First, Found: Best(hidden, pair.Second) / Best(hidden, pair.First)))).ToList();
        Assert.True(moves.Count(move => move.Found > 1) > 0.7 * moves.Count);
        Assert.All(moves, move => Assert.True(move.Found < move.ByRule));
        Assert.All(s_grid.HiddenUnits, hidden => Assert.InRange(Best(hidden, 512) / Best(hidden, 8), 1.01, 512 / 8 - 1));
        // With all images in one batch it is larger still for one size of network only, and long steps leave units off that short ones do not.
        Assert.InRange(s_grid.HiddenUnits.Count(hidden => Best(hidden, s_grid.TrainingCount) > Best(hidden, 512)), 0, 1);
        Assert.All(All().Where(at => at.Batch == s_grid.TrainingCount), at => Assert.Equal(at.Rate >= 1, at.Run.DeadUnits > 0));
        // Two units are too few, whatever the learning rate.
        Assert.Equal(38, Math.Round(All().Where(at => at.Hidden == 2).Min(at => 100.0 * at.Run.ValidationErrors[^1] / s_grid.ValidationCount)));
        Assert.All(s_grid.LearningRates, rate => Assert.All(s_grid.BatchSizes, batch => Assert.True(Wrong(rate, 2, batch) > 3 * Wrong(0.1, 64, 32))));
        // Where the page says that the steps are too long, shorter ones are better; where too short or too few, longer or more.
        foreach (var (rate, hidden, batch, run) in All())
        {
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

    private static IEnumerable<(double Rate, int Hidden, int Batch, Run Run)> All() =>
        from rate in s_grid.LearningRates
        from hidden in s_grid.HiddenUnits
        from batch in s_grid.BatchSizes
        select (rate, hidden, batch, s_grid.At(rate, hidden, batch));

    private static Task<string> CurvesAsync(IPage page) =>
        page.EvaluateAsync<string>("[...document.querySelectorAll('.charts path')].map(path => path.getAttribute('d')).join('|')");
}
