using System.Text.Json;
using Microsoft.Playwright;

namespace Tests.Site;

/// <summary>The drawing pad says what the C# library says, and does what its buttons promise.</summary>
[Trait("Time", "long")]
public sealed class PadTests(BuiltSite site) : SitePageTests(site)
{
    private const string Pad = "pad.html";

    [Fact]
    public async Task The_forward_pass_is_that_of_the_library()
    {
        var network = NetworkFile.Load<float>(Path.Join(Course.Root, "data", "digits-784-128-10.nn"));
        var (_, test) = Mnist.Load(Path.Join(Course.Root, "data"));
        var images = test.Select([.. Enumerable.Range(0, 60).Select(i => 150 * i)]);
        var pass = network.Forward(images.ToMatrix<float>());
        var page = await OpenAsync(Pad);
        for (var j = 0; j < images.Count; j++)
        {
            var found = await page.EvaluateAsync<JsonElement>("""
                base64 => {
                  const pass = digits.forward(pad.network, Float64Array.from(atob(base64), c => c.charCodeAt(0) / 255));
                  return { A1: [...pass.A1], A2: [...pass.A2] };
                }
                """, Convert.ToBase64String(images.Image(j)));
            Compare("A1", pass.A1, 1e-4);
            Compare("A2", pass.A2, 1e-5);

            void Compare(string name, Matrix<float> expected, double tolerance)
            {
                double[] values = [.. found.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];
                Assert.Equal(expected.Rows, values.Length);
                for (var i = 0; i < values.Length; i++)
                    Assert.True(Math.Abs(expected[i, j] - values[i]) <= tolerance, $"image {150 * j}, {name}[{i}]: {expected[i, j]} in C#, {values[i]} on the page");
            }
        }
    }

    [Fact]
    public async Task A_drawing_goes_through_the_stages_of_the_library()
    {
        var page = await OpenAsync(Pad);
        foreach (var (name, picture) in Pictures())
        {
            var found = await page.EvaluateAsync<JsonElement>("""
                ({ width, height, pixels }) => {
                  const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
                  const text = bytes => btoa(Array.from(bytes, b => String.fromCharCode(b)).join(""));
                  const drawing = digits.prepare({ width, height, pixels: bytes(pixels) });
                  return drawing.problem ? drawing
                    : { ...drawing, ink: text(drawing.ink.pixels), scaled: text(drawing.scaled.pixels), pixels: text(drawing.pixels) };
                }
                """, new { width = picture.Width, height = picture.Height, pixels = Convert.ToBase64String(picture.Pixels) });
            if (name.StartsWith("none", StringComparison.Ordinal))
            {
                Assert.Throws<BadDataException>(() => Drawings.Prepare(picture, name));
                Assert.True(found.TryGetProperty("problem", out _), name);
                continue;
            }
            var expected = Drawings.Prepare(picture, name);
            Assert.True(expected.Ink.Pixels.SequenceEqual(found.GetProperty("ink").GetBytesFromBase64()), $"{name}: ink");
            var box = found.GetProperty("box");
            Assert.Equal(expected.Box, new(box.GetProperty("left").GetInt32(), box.GetProperty("top").GetInt32(), box.GetProperty("width").GetInt32(), box.GetProperty("height").GetInt32()));
            Assert.True(expected.Scaled.Pixels.SequenceEqual(found.GetProperty("scaled").GetBytesFromBase64()), $"{name}: scaled");
            Assert.Equal([expected.Centre.Row, expected.Centre.Column], found.GetProperty("centre").EnumerateArray().Select(x => x.GetDouble()));
            Assert.Equal([expected.Shift.Rows, expected.Shift.Columns], found.GetProperty("shift").EnumerateArray().Select(x => x.GetInt32()));
            Assert.True(expected.Pixels.SequenceEqual(found.GetProperty("pixels").GetBytesFromBase64()), $"{name}: pixels");
        }
    }

    [Fact, Trait("Time", "long")]
    public async Task Digits_drawn_with_the_mouse_are_read()
    {
        var page = await OpenAsync(Pad);
        var answers = new List<int>();
        foreach (var strokes in Digits())
        {
            foreach (var stroke in strokes) await DrawAsync(page, stroke);
            answers.Add(await AnswerAsync(page));
            await page.ClickAsync("#clear");
        }
        var right = answers.Where((answer, digit) => answer == digit).Count();
        Assert.True(right >= 9, $"0 to 9 were read as {string.Join(", ", answers)}");
    }

    [Fact]
    public async Task The_examples_are_read_and_can_be_reached_with_the_keyboard_alone()
    {
        var page = await OpenAsync(Pad);
        // Undo, Clear and Save are off while there is no drawing; so the first stop after the links is the example 0.
        await page.FocusAsync("#examples button");
        for (var digit = 0; digit < 10; digit++)
        {
            await page.Keyboard.PressAsync("Enter");
            Assert.Equal(digit, await AnswerAsync(page));
            await Assertions.Expect(page.Locator("#spoken")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex($"^The network (reads|is not certain[.] It would say) {digit}, with a probability (of|above) [0-9.]+ %[.]$"));
            Assert.Equal(digit, await page.EvaluateAsync<int>("[...document.querySelectorAll('[role=meter]')].map(m => +m.getAttribute('aria-valuenow')).reduce((best, v, i, all) => v > all[best] ? i : best, 0)"));
            await page.Keyboard.PressAsync("Tab");
        }
        await page.FocusAsync("#unit");
        var before = await page.InnerTextAsync("#unit-text");
        await page.Keyboard.PressAsync("ArrowRight");
        Assert.StartsWith("Unit 1: z = ", await page.InnerTextAsync("#unit-text"));
        Assert.NotEqual(before, await page.InnerTextAsync("#unit-text"));
        await page.ClickAsync("#units rect >> nth=16");
        Assert.StartsWith("Unit 16: ", await page.InnerTextAsync("#unit-text"));
    }

    [Fact]
    public async Task A_small_digit_in_a_corner_is_read_as_well_as_a_large_one()
    {
        var page = await OpenAsync(Pad);
        var ways = Digits().Select(strokes => strokes.Select(stroke => stroke.Select(point => new[] { point.X, point.Y }).ToArray()).ToArray()).ToArray();
        var wrong = await page.EvaluateAsync<string[]>("""
            ways => {
              const wrong = [], all = [...ways.map((strokes, digit) => ({ strokes, digit })), ...pad.examples.map((strokes, digit) => ({ strokes, digit }))];
              for (const side of [176, 58, 34])
                for (const [right, bottom] of [[0, 0], [1, 0], [0, 1], [1, 1]])
                  all.forEach(({ strokes, digit }, way) => {
                    const points = strokes.flat(), low = k => Math.min(...points.map(p => p[k])), high = k => Math.max(...points.map(p => p[k]));
                    const scale = side / Math.max(high(0) - low(0), high(1) - low(1)), room = 280 - side - 24;
                    const move = [12 + right * room - scale * low(0), 12 + bottom * room - scale * low(1)];
                    pad.show(strokes.map(stroke => stroke.map(p => p.map((x, k) => scale * x + move[k]))));
                    if (pad.state().best !== digit) wrong.push(`way ${way} of ${digit}, ${side} pixels, corner ${right}${bottom}: ${pad.state().best}`);
                  });
              return wrong;
            }
            """, ways);
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Below_the_threshold_of_notebook_10_the_answer_is_not_certain()
    {
        var page = await OpenAsync(Pad);
        var threshold = await page.EvaluateAsync<double>("pad.threshold");
        var notebook = await File.ReadAllTextAsync(Path.Join(Course.Root, "notebooks", "10-using-the-network.ipynb"), TestContext.Current.CancellationToken);
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"test        t = {threshold:F4}: error"), notebook, StringComparison.Ordinal);
        await DrawAsync(page, [(60, 140), (220, 150)]);   // a dash is no digit
        var sure = await page.EvaluateAsync<double>("Math.max(...pad.state().pass.A2)");
        Assert.True(sure < threshold, $"the dash is read with {sure}");
        Assert.StartsWith("not certain: with a probability of", await page.InnerTextAsync("#sure"), StringComparison.Ordinal);
        Assert.EndsWith(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"below the threshold {100 * threshold:F1} %"), await page.InnerTextAsync("#sure"), StringComparison.Ordinal);
        Assert.Equal(["my_note.html#eq-3-4", "my_note.html#eq-10-4", "10-using-the-network.html"], await page.EvaluateAsync<string[]>("[...document.querySelectorAll('#bars + p a')].map(a => a.getAttribute('href'))"));
        await page.ClickAsync("#examples button >> nth=0");
        Assert.True(await page.EvaluateAsync<double>("Math.max(...pad.state().pass.A2)") >= threshold);
        Assert.StartsWith("with a probability", await page.InnerTextAsync("#sure"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_shares_of_the_units_add_up_to_the_difference_of_the_scores()
    {
        var page = await OpenAsync(Pad);
        await page.ClickAsync("#examples button >> nth=7");
        Assert.Equal("7", await page.InnerTextAsync("#one"));
        var runnerUp = await page.InputValueAsync("#other");
        Assert.Equal(runnerUp, await page.EvaluateAsync<string>("[...pad.state().pass.A2].map((share, k) => [share, k]).sort((a, b) => b[0] - a[0])[1][1].toString()"));
        for (var other = 0; other < 10; other++)
        {
            if (other == 7) continue;
            await page.SelectOptionAsync("#other", $"{other}");
            var (difference, sum) = (await page.EvaluateAsync<double>($"pad.sharesOf(pad.state().pass, 7, {other}).difference"),
                await page.EvaluateAsync<double>($"(shares => shares.biases + shares.units.reduce((sum, unit) => sum + unit.by, 0))(pad.sharesOf(pad.state().pass, 7, {other}))"));
            Assert.Equal(difference, sum, 1e-6);
            Assert.Contains($"above that of {other}", await page.InnerTextAsync("#why-text"), StringComparison.Ordinal);
            Assert.Equal(difference.ToString("F2", System.Globalization.CultureInfo.InvariantCulture).Replace('-', '−'), await page.InnerTextAsync("#why-text sup"));
            // What is shown is all of it: the largest, the others together, the biases.
            var shown = await page.EvaluateAsync<string[]>("[...document.querySelectorAll('#shares output')].map(e => e.textContent.replace('−', '-'))");
            Assert.InRange(shown.Sum(text => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture)), difference - 0.06, difference + 0.06);
        }
        await page.ClickAsync("#shares button >> nth=0");
        Assert.Equal(await page.InnerTextAsync("#shares button >> nth=0"), (await page.InnerTextAsync("#unit-text")).Split(':')[0].ToLowerInvariant());
    }

    [Fact]
    public async Task Undo_takes_the_last_stroke_and_clear_all_of_them()
    {
        var page = await OpenAsync(Pad);
        var empty = await InkAsync(page);
        Assert.True(await page.IsDisabledAsync("#undo"));
        await DrawAsync(page, [(90, 60), (90, 150)]);
        var first = await InkAsync(page);
        await DrawAsync(page, [(180, 60), (180, 220)]);
        Assert.NotEqual(first, await InkAsync(page));
        await page.ClickAsync("#undo");
        Assert.Equal(first, await InkAsync(page));
        await DrawAsync(page, [(180, 60), (180, 220)]);
        await page.Keyboard.PressAsync("Control+z");
        Assert.Equal(first, await InkAsync(page));
        // In a field with text the keys undo the text.
        await page.FocusAsync("input:not([type=range])");
        await page.Keyboard.PressAsync("Control+z");
        Assert.Equal(first, await InkAsync(page));
        await DrawAsync(page, [(180, 60), (180, 220)]);
        await page.ClickAsync("#clear");
        Assert.Equal(empty, await InkAsync(page));
        Assert.Equal("Draw a digit, and read the answer here.", await page.InnerTextAsync("#sure"));
        Assert.True(await page.IsDisabledAsync("#save"));
    }

    [Fact]
    public async Task A_finger_draws_too()
    {
        var page = await OpenAsync(Pad, new() { HasTouch = true, IsMobile = true, ViewportSize = new() { Width = 320, Height = 640 } });
        var place = await PlaceAsync(page);
        var scrolled = await page.EvaluateAsync<int>("scrollY");
        var session = await page.Context.NewCDPSessionAsync(page);
        async Task TouchAsync(string type, params (float X, float Y)[] points) => await session.SendAsync("Input.dispatchTouchEvent", new()
        {
            ["type"] = type, ["touchPoints"] = points.Select(p => new { x = place.X + p.X * place.Width / 280, y = place.Y + p.Y * place.Height / 280 }).ToArray()
        });
        await TouchAsync("touchStart", (140, 40));
        for (var y = 50; y <= 240; y += 10) await TouchAsync("touchMove", (140, y));
        await TouchAsync("touchEnd");
        Assert.Equal(1, await AnswerAsync(page));
        Assert.Equal(scrolled, await page.EvaluateAsync<int>("scrollY"));   // the finger drew, and did not move the page
    }

    [Fact]
    public async Task A_saved_picture_is_read_back_by_the_library_as_the_page_saw_it()
    {
        var page = await OpenAsync(Pad);
        using var fixture = new Runner.Fixture();
        foreach (var strokes in Digits().Take(4))
        {
            foreach (var stroke in strokes) await DrawAsync(page, stroke);
            var download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("#save"));
            Assert.Equal("digit.png", download.SuggestedFilename);
            var file = Path.Join(fixture.Folder, download.SuggestedFilename);
            await download.SaveAsAsync(file);
            var drawing = Drawings.Read(file);
            Assert.Equal(255, drawing.Grey.Pixels[0]);
            Assert.Equal((280, 280), (drawing.Grey.Width, drawing.Grey.Height));
            Assert.Equal(await page.EvaluateAsync<int[]>("[...pad.state().drawing.pixels]"), drawing.Pixels.Select(p => (int)p));
            await page.ClickAsync("#clear");
        }
    }

    // ── helpers ──

    private static async Task<int> AnswerAsync(IPage page) => int.Parse(await page.InnerTextAsync("#answer"), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>All pixels of the canvas, as text.</summary>
    private static Task<string> InkAsync(IPage page) => page.EvaluateAsync<string>("document.getElementById('drawing').toDataURL()");

    private static async Task<LocatorBoundingBoxResult> PlaceAsync(IPage page)
    {
        await page.Locator("#drawing").ScrollThereAsync();
        return (await page.Locator("#drawing").BoundingBoxAsync())!;
    }

    private static async Task DrawAsync(IPage page, (double X, double Y)[] stroke)
    {
        var place = await PlaceAsync(page);
        (float, float) At((double X, double Y) point) => ((float)(place.X + point.X * place.Width / 280), (float)(place.Y + point.Y * place.Height / 280));
        var (x, y) = At(stroke[0]);
        await page.Mouse.MoveAsync(x, y);
        await page.Mouse.DownAsync();
        foreach (var point in stroke[1..])
        {
            (x, y) = At(point);
            await page.Mouse.MoveAsync(x, y);
        }
        await page.Mouse.UpAsync();
    }

    private static (double X, double Y)[] Arc(double x, double y, double rx, double ry, double from, double to) =>
        [.. Enumerable.Range(0, 17).Select(i => (from + (to - from) * i / 16) * Math.PI / 180).Select(angle => (x + rx * Math.Cos(angle), y + ry * Math.Sin(angle)))];

    /// <summary>0 to 9 as a hand might write them; not the examples of the page.</summary>
    private static (double X, double Y)[][][] Digits() =>
    [
        [Arc(130, 150, 50, 80, -70, 295)],
        [[(150, 60), (140, 140), (128, 215)]],
        [[.. Arc(140, 110, 45, 45, -170, 30), (100, 215), (120, 205), (205, 215)]],
        [[.. Arc(140, 105, 45, 40, -140, 80), .. Arc(140, 190, 52, 45, -80, 145)]],
        [[(115, 70), (95, 155), (190, 150)], [(180, 75), (168, 225)]],
        [[(118, 72), (108, 135), .. Arc(138, 178, 52, 50, -120, 150)], [(118, 72), (190, 66)]],
        [[(165, 60), (120, 120), .. Arc(142, 185, 44, 40, 180, 540)]],
        [[(90, 75), (190, 72), (150, 145), (125, 225)]],
        [[.. Arc(140, 105, 38, 38, -60, -270), .. Arc(140, 188, 45, 45, -90, 270), .. Arc(140, 105, 38, 38, 90, -60)]],
        [Arc(135, 110, 42, 42, 0, -350), [(177, 100), (172, 160), (160, 225)]],
    ];

    /// <summary>Grey pictures of many kinds, with fixed seeds. Those called "none" hold no digit.</summary>
    private static IEnumerable<(string Name, GreyImage Picture)> Pictures()
    {
        var random = new Random(7);
        yield return ("black on white", Line(280, 280, _ => 255, 0, 20, (140, 40), (150, 240)));
        yield return ("white on black", Line(280, 280, _ => 0, 255, 20, (60, 60), (200, 90), (120, 240)));
        yield return ("grey on uneven paper", Line(200, 260, at => 150 + at.X / 4 + at.Y / 8, 60, 12, (50, 60), (150, 80), (70, 200)));
        yield return ("rough paper", Line(180, 180, _ => 215 + random.Next(12), 50, 10, (40, 40), (140, 60), (60, 150)));
        yield return ("a corner", Line(280, 280, _ => 255, 0, 6, (230, 230), (265, 250), (240, 268)));
        yield return ("small, to be enlarged", Line(60, 60, _ => 255, 0, 3, (25, 25), (31, 34)));
        yield return ("very wide", Line(300, 120, _ => 255, 0, 8, (20, 60), (280, 66)));
        yield return ("tall", Line(40, 200, _ => 255, 0, 4, (20, 10), (22, 190)));
        yield return ("with dust", Dust(Line(280, 280, _ => 255, 0, 20, (80, 60), (180, 70), (100, 230))));
        var (_, test) = Mnist.Load(Path.Join(Course.Root, "data"));
        foreach (var index in new[] { 0, 18, 61 })
            yield return ($"MNIST {index}", new(28, 28, test.Image(index).ToArray()));
        for (var i = 0; i < 12; i++)
        {
            var (width, height) = (random.Next(60, 300), random.Next(60, 300));
            var points = Enumerable.Range(0, 5).Select(_ => (random.NextDouble() * width, random.NextDouble() * height)).ToArray();
            yield return ($"random {i}", Line(width, height, _ => 240, random.Next(120), random.Next(4, 20), points));
        }
        yield return ("none: white", new(280, 280, [.. Enumerable.Repeat((byte)255, 280 * 280)]));
        yield return ("none: a dot", Line(280, 280, _ => 255, 0, 4, (100, 100), (100, 100)));

        GreyImage Dust(GreyImage image)
        {
            for (var i = 0; i < 20; i++) image.Pixels[random.Next(image.Pixels.Length)] = 0;
            return image;
        }
    }

    /// <summary>A line through points, with soft edges.</summary>
    private static GreyImage Line(int width, int height, Func<(int X, int Y), int> ground, int ink, double pen, params (double X, double Y)[] points)
    {
        var pixels = new byte[width * height];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var cover = Math.Clamp(pen / 2 + 0.5 - points.Zip(points.Skip(1), (a, b) => Distance(x, y, a, b)).Min(), 0, 1);
                pixels[y * width + x] = (byte)Math.Clamp(cover * ink + (1 - cover) * ground((x, y)), 0, 255);
            }
        return new(width, height, pixels);
    }

    private static double Distance(double x, double y, (double X, double Y) a, (double X, double Y) b)
    {
        var (dx, dy) = (b.X - a.X, b.Y - a.Y);
        var length = dx * dx + dy * dy;
        var t = length == 0 ? 0 : Math.Clamp(((x - a.X) * dx + (y - a.Y) * dy) / length, 0, 1);
        return Math.Sqrt(Math.Pow(x - a.X - t * dx, 2) + Math.Pow(y - a.Y - t * dy, 2));
    }
}
