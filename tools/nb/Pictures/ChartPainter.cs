using System.Globalization;
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
        await page.AddScriptTagAsync(new() { Content = PixelsOf });
        return new ChartPainter(playwright, browser, page);
    }

    // The pixels of a picture with an address, on white: its width, and four bytes for each pixel in base64.
    private const string PixelsOf =
        """
        async function pixelsOf(address, scale) {
          const image = new Image();
          image.src = address;
          await image.decode();
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [image.width * scale, image.height * scale];
          const context = canvas.getContext("2d");
          context.fillStyle = "white";
          context.fillRect(0, 0, canvas.width, canvas.height);
          context.drawImage(image, 0, 0, canvas.width, canvas.height);
          const reader = new FileReader();
          const read = new Promise(done => reader.onload = done);
          reader.readAsDataURL(new Blob([context.getImageData(0, 0, canvas.width, canvas.height).data]));
          await read;
          return [String(canvas.width), reader.result.split(",")[1]];
        }
        """;

    /// <summary>The picture of a figure {"data", "layout", …} on white, in base64.</summary>
    public async Task<string> DrawAsync(string figure) => Png(await _page.EvaluateAsync<string[]>(
        """
        async ([json, scale]) => {
          const figure = JSON.parse(json);
          const layout = Object.assign({}, figure.layout, { paper_bgcolor: "white" });
          const width = layout.width || 700, height = layout.height || 450;
          return await pixelsOf(await Plotly.toImage({ data: figure.data, layout: layout },
            { format: "png", width: width, height: height, scale: scale }), 1);
        }
        """,
        new object[] { OnWhite(figure), Scale }));

    /// <summary>The picture of an SVG document with a width and a height, on white, in base64.</summary>
    public async Task<string> DrawSvgAsync(string svg) => Png(await _page.EvaluateAsync<string[]>(
        """([svg, scale]) => pixelsOf("data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg), scale)""",
        new object[] { OnWhite(svg), Scale }));

    private static string Png(string[] drawn) => Convert.ToBase64String(
        PalettePng.Of(int.Parse(drawn[0], CultureInfo.InvariantCulture), Convert.FromBase64String(drawn[1])));

    private static string OnWhite(string picture) => picture.Replace(Grey, Ink, StringComparison.OrdinalIgnoreCase);

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
