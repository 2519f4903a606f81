using Microsoft.Playwright;
using Nb.Pictures;
using Nb.Values;

namespace Tests.Lib;

/// <summary>A chart as HTML on the pages that clients make: with and without require.js, which may arrive late, with a
/// network and without.</summary>
public sealed class PlotlyPromiseTests
{
    // What require.js does when a script registers while it was loaded by another: it keeps it to itself.
    private const string Amd = "window.define = function () { window.taken = true; }; define.amd = {}; window.require = function () {}; require.config = function () {};";

    [Theory, Trait("Time", "long")]
    [InlineData("nothing else")]
    [InlineData("AMD before")]
    [InlineData("AMD meanwhile")]
    [InlineData("only script tags")]
    [InlineData("no network")]
    public async Task A_chart_draws_itself_or_says_why_not(string page)
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.LaunchAsync(playwright, Browser.Path());
        var chart = Plotly.NET.CSharp.Chart.Line<double, double, string>(x: [1.0, 2.0], y: [3.0, 4.0]);
        string[] charts = [Charts.Show(chart, "mine").ToHtml(), PlotlyChart.ToHtml(PlotlyChart.ToFigureJson(chart)!)];
        // Each alone, and both on one page: then one load serves both.
        foreach (var html in (string[])[.. charts, string.Concat(charts)])
        {
            var tab = await browser.NewPageAsync();
            var asked = 0;
            await tab.RouteAsync("https://cdn.plot.ly/**", async route =>
            {
                asked++;
                if (page == "no network" || page == "only script tags" && route.Request.ResourceType != "script")
                {
                    await route.AbortAsync();
                    return;
                }
                if (page == "AMD meanwhile") await tab.EvaluateAsync(Amd);
                await route.FulfillAsync(new() { ContentType = "text/javascript", Body = s_plotly.Value });
            });
            await tab.SetContentAsync($"<html><body>{(page == "AMD before" ? $"<script>{Amd}</script>" : "")}{html}</body></html>");

            var count = html == charts[0] || html == charts[1] ? 1 : 2;
            var places = tab.Locator("[data-picture], [data-chart]");
            if (page == "no network")
            {
                for (var i = 0; i < count; i++) await Assertions.Expect(places.Nth(i)).ToContainTextAsync("could not be loaded");
            }
            else
            {
                for (var i = 0; i < count; i++) await Assertions.Expect(places.Nth(i).Locator("svg.main-svg .scatterlayer path.js-line")).ToHaveCountAsync(1);
                Assert.Equal(page == "only script tags" ? 2 : 1, asked);
                Assert.False(await tab.EvaluateAsync<bool>("window.taken === true"));
            }
            await tab.CloseAsync();
        }
    }

    /// <summary>A script cannot share a text with the program that runs it.</summary>
    [Fact]
    public void The_course_and_nb_load_plotly_alike() => Assert.Equal(Picture.PlotlyPromise, PlotlyChart.PlotlyPromise);

    private static readonly Lazy<string> s_plotly = new(() =>
    {
        var assembly = typeof(Plotly.NET.GenericChart).Assembly;
        using var reader = new StreamReader(assembly.GetManifestResourceStream(assembly.GetManifestResourceNames().Single(name => name.EndsWith(".js", StringComparison.Ordinal)))!);
        return reader.ReadToEnd();
    });
}
