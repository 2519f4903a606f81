using Microsoft.Playwright;

namespace Nb.Pictures;

/// <summary>Draws charts as PNG pictures with plotly.js in a browser without a window and without the network.</summary>
public sealed class ChartPainter : IAsyncDisposable
{
    private const int Scale = 2;   // sharp on dense screens

    // The course writes in a grey that can be read on light and on dark. These pictures are white, and ink reads better there.
    private const string Grey = "#7d7d7d", Ink = "#1d2530";

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly IPage _page;

    private ChartPainter(IPlaywright playwright, IBrowser browser, IPage page) =>
        (_playwright, _browser, _page) = (playwright, browser, page);

    /// <param name="chromium">The browser's program.</param>
    /// <param name="plotly">The text of plotly.js.</param>
    public static async Task<ChartPainter> StartAsync(string chromium, string plotly)
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await Chromium.LaunchAsync(playwright, chromium);
        var context = await browser.NewContextAsync(new() { Offline = true });
        var page = await context.NewPageAsync();
        await page.AddScriptTagAsync(new() { Content = plotly });
        return new ChartPainter(playwright, browser, page);
    }

    /// <summary>The picture of a figure {"data", "layout", …} on white, in base64.</summary>
    public async Task<string> DrawAsync(string figure)
    {
        var address = await _page.EvaluateAsync<string>(
            """
            async ([json, scale]) => {
              const figure = JSON.parse(json);
              const layout = Object.assign({}, figure.layout, { paper_bgcolor: "white" });
              const width = layout.width || 700, height = layout.height || 450;
              return await Plotly.toImage({ data: figure.data, layout: layout },
                { format: "png", width: width, height: height, scale: scale });
            }
            """,
            new object[] { OnWhite(figure), Scale });
        return Content(address);
    }

    /// <summary>The picture of an SVG document with a width and a height, on white, in base64.</summary>
    public async Task<string> DrawSvgAsync(string svg) => Content(await _page.EvaluateAsync<string>(
        """
        async ([svg, scale]) => {
          const image = new Image();
          image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
          await image.decode();
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [image.width * scale, image.height * scale];
          const context = canvas.getContext("2d");
          context.fillStyle = "white";
          context.fillRect(0, 0, canvas.width, canvas.height);
          context.drawImage(image, 0, 0, canvas.width, canvas.height);
          return canvas.toDataURL("image/png");
        }
        """,
        new object[] { OnWhite(svg), Scale }));

    private static string OnWhite(string picture) => picture.Replace(Grey, Ink, StringComparison.OrdinalIgnoreCase);

    private static string Content(string address) => address[(address.IndexOf(',', StringComparison.Ordinal) + 1)..];

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
