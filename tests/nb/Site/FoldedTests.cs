using Microsoft.Playwright;
using Nb.Notebooks;
using Nb.Values;

namespace Tests.Site;

/// <summary>What a notebook's page folds away: the set-up, the answers with what they put out, and the notes, which open at the reader's place.</summary>
[Trait("Time", "long")]
public sealed class FoldedTests(BuiltSite site) : SitePageTests(site)
{
    [Fact]
    public async Task The_set_up_is_folded_and_is_there_on_paper()
    {
        var page = await OpenAsync("03-the-forward-pass.html");
        var import = page.Locator("details.setup .cell", new() { HasText = "course.dib" });
        Assert.Equal(1, await import.CountAsync());
        Assert.False(await import.IsVisibleAsync());
        // What reports is no set-up: it says whether an import did not take.
        Assert.True(await page.Locator(".cell", new() { HasText = "Setup.Ready()" }).First.IsVisibleAsync());
        await page.Locator("details.setup > summary").ClickAsync();
        Assert.True(await import.IsVisibleAsync());
        await page.Locator("details.setup > summary").ClickAsync();

        await page.EvaluateAsync("dispatchEvent(new Event('beforeprint'))");
        Assert.True(await import.IsVisibleAsync());
        await page.EvaluateAsync("dispatchEvent(new Event('afterprint'))");
        Assert.False(await import.IsVisibleAsync());
    }

    [Fact]
    public async Task An_answer_shows_its_output_and_its_chart_when_it_is_opened_and_not_before()
    {
        var page = await OpenAsync("01-the-digits.html");
        var answers = page.Locator(".text details");
        Assert.Equal(6, await answers.CountAsync());
        Assert.Equal(0, await page.Locator(".text details .output:visible").CountAsync());
        Assert.Equal(0, await page.Locator(".text details .main-svg").CountAsync());

        await answers.First.Locator("summary").ClickAsync();
        Assert.Equal("406; row 17, column 24", (await answers.First.Locator("pre.csharp + .output").InnerTextAsync()).Trim());
        await answers.Nth(1).Locator("summary").ClickAsync();
        await answers.Nth(1).Locator(".output .chart .main-svg").First.WaitForAsync();
        Assert.True(await answers.Nth(1).Locator(".chart").EvaluateAsync<double>("e => e.getBoundingClientRect().width") > 300);
    }

    /// <summary>On each page each block of an answer is followed by what is stored for it.</summary>
    [Fact]
    public async Task Every_block_of_every_answer_is_followed_by_all_its_outputs()
    {
        foreach (var path in Course.Notebooks)
        {
            var notebook = Notebook.Load(path);
            var stored = ExerciseAnswers.Stored(notebook);
            int[] expected = [.. notebook.Cells.Where(cell => cell.IsMarkdown).SelectMany(cell => ExerciseAnswers.In(cell.Source)).Select(source => stored[source].Count)];
            var page = await OpenAsync(Path.ChangeExtension(Path.GetFileName(path), "html"));
            Assert.Equal(expected, await page.EvaluateAsync<int[]>(
                """
                () => [...document.querySelectorAll(".text details pre.csharp")].map(block => {
                  let count = 0;
                  for (let next = block.nextElementSibling; next?.matches(".output"); next = next.nextElementSibling) count++;
                  return count;
                })
                """));
            await page.CloseAsync();
        }
    }

    [Fact]
    public async Task The_notes_open_at_the_equation_that_the_reader_is_at()
    {
        var page = await OpenAsync("05-backpropagation.html", new() { ViewportSize = new() { Width = 1400, Height = 900 } });
        await page.EvaluateAsync("() => { document.querySelector('.beside details').open = false; }");
        foreach (var (cell, equation) in new[] { ("da1", "5-7"), ("dw2", "5-5"), ("nudge-one", "5-12") })
        {
            await page.Locator($".cell[data-cell='{cell}']").EvaluateAsync("e => e.scrollIntoView({ block: 'center', behavior: 'instant' })");
            await page.Locator(".beside summary").ClickAsync();
            await page.UntilAsync(
                """
                id => {
                  const place = document.getElementById(`notes-eq-${id}`), panel = document.querySelector(".beside .text");
                  const from = place.getBoundingClientRect().top - panel.getBoundingClientRect().top;
                  return from > -5 && from < panel.clientHeight / 2;
                }
                """, equation);
            await page.Locator(".beside summary").ClickAsync();
        }
    }
}
