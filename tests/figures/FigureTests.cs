using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Figures;
using Microsoft.Playwright;

namespace Tests.Figures;

/// <summary>The figures of the notes: the files are what the code draws, every one is in the notes with its alternative text, and all can be read.</summary>
[Trait("Time", "long")]
public sealed partial class FigureTests
{
    private static readonly Lazy<Sketch[]> s_drawn = new(() => [.. CourseFigures.All(Path.Join(Course.Root, "data"))]);

    private static string FileOf(string name) => Path.Join(Course.Root, CourseFigures.Folder, name + ".svg");

    public static TheoryData<string> Names() =>
        [.. Directory.GetFiles(Path.Join(Course.Root, CourseFigures.Folder), "*.svg").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    [Fact]
    public void There_is_a_file_for_each_figure_and_no_other() =>
        Assert.Equal(s_drawn.Value.Select(sketch => sketch.Name).Order(StringComparer.Ordinal), Names().Select(row => row.Data));

    [Theory, MemberData(nameof(Names))]
    public void The_file_is_what_the_code_draws(string name)
    {
        if (name == "difference")   // shows the rounding of the machine's own exponential
            Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "Another system rounds in another way.");
        var (drawn, stored) = (s_drawn.Value.Single(sketch => sketch.Name == name).ToSvg(), File.ReadAllText(FileOf(name)).ReplaceLineEndings("\n"));
        Assert.True(Number().Replace(drawn, "#") == Number().Replace(stored, "#"), $"{CourseFigures.Folder}/{name}.svg is not what the code draws: dotnet run -c Release --project tools/figures");
        // A place may fall on the other side of a half: one unit of the last digit.
        foreach (var (a, b) in Number().Matches(drawn).Zip(Number().Matches(stored)))
            Assert.True(Math.Abs(Value(a) - Value(b)) < 0.11, $"{name}: drawn {a.Value}, stored {b.Value}. dotnet run -c Release --project tools/figures");

        static double Value(Match match) => double.Parse(match.Value, CultureInfo.InvariantCulture);
    }

    [Theory, MemberData(nameof(Names))]
    public void It_stands_in_the_notes_with_its_alternative_text(string name)
    {
        var description = XElement.Parse(File.ReadAllText(FileOf(name))).Elements().Single(e => e.Name.LocalName == "title").Value;
        Assert.InRange(description.Length, 60, 400);
        var picture = Assert.Single(PictureLink().Matches(Course.Notes), match => match.Groups["file"].Value == $"{CourseFigures.Folder}/{name}.svg");
        Assert.Equal(description, picture.Groups["alt"].Value);
    }

    [Fact]
    public void Pictures_of_the_notes_and_notebooks_exist_and_say_what_they_show()
    {
        var texts = Course.Notebooks.Select(path => (Folder: Path.Join(Course.Root, "notebooks"), Text: string.Join('\n', Nb.Notebooks.Notebook.Load(path).Cells.Where(cell => cell.IsMarkdown).Select(cell => cell.Source))))
            .Append((Course.Root, Course.Notes));
        foreach (var (folder, text) in texts)
            foreach (Match picture in PictureLink().Matches(text))
            {
                var file = Path.Join(folder, picture.Groups["file"].Value);
                Assert.True(File.Exists(file), $"{file} is shown and does not exist");
                Assert.Equal(XElement.Parse(File.ReadAllText(file)).Elements().Single(e => e.Name.LocalName == "title").Value, picture.Groups["alt"].Value);
            }
    }

    [Theory, MemberData(nameof(Names))]
    public void Its_words_are_large_enough_for_a_telephone(string name)
    {
        var svg = XElement.Parse(File.ReadAllText(FileOf(name)));
        var width = (double)svg.Attribute("width")!;
        Assert.All(svg.Elements().Where(e => e.Name.LocalName == "text"), text => Assert.True(340 / width * (double)text.Attribute("font-size")! >= 9.5, $"{name}: \"{text.Value}\""));
    }

    [Fact]
    public void Colours_can_be_read_on_light_and_on_dark_paper()
    {
        var style = NetworkFigures.Neuron().ToSvg();
        var palettes = Palette().Matches(style).Select(match => Colour().Matches(match.Value).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["rgb"].Value)).ToArray();
        Assert.Equal(2, palettes.Length);
        foreach (var palette in palettes)
            foreach (var name in new[] { "ink", "soft", "main", "back", "third", "fourth" })
                Assert.True(Contrast(palette[name], palette["paper"]) >= 4.5, $"{name} {palette[name]} on {palette["paper"]}");
        // Inside a page the same two, by the page's own colours.
        Assert.All(palettes[0].Keys, name => Assert.Contains($"--{name}:light-dark({palettes[0][name]},{palettes[1][name]})", style, StringComparison.Ordinal));

        static double Contrast(string a, string b)
        {
            var (x, y) = (Luminance(a), Luminance(b));
            return (Math.Max(x, y) + 0.05) / (Math.Min(x, y) + 0.05);
        }
        static double Luminance(string rgb)
        {
            if (rgb.Length == 4) rgb = $"#{rgb[1]}{rgb[1]}{rgb[2]}{rgb[2]}{rgb[3]}{rgb[3]}";
            double Part(int at) => int.Parse(rgb.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0 is var c && c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
            return 0.2126 * Part(1) + 0.7152 * Part(3) + 0.0722 * Part(5);
        }
    }

    /// <summary>In a browser: no words lie on others or leave the figure, and the paper is light or dark as the page says, as a picture and inside the page.</summary>
    [Fact]
    public async Task No_words_overlap_and_the_paper_follows_the_page()
    {
        var program = Browser.Path();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Nb.Pictures.Chromium.LaunchAsync(playwright, program);
        var context = await browser.NewContextAsync(new() { Offline = true, ColorScheme = ColorScheme.Light });
        var page = await context.NewPageAsync();
        foreach (var (name, svg) in Names().Select(row => (row.Data, File.ReadAllText(FileOf(row.Data)))).Concat(OfNotebooks().Select(sketch => (sketch.Name, sketch.ToSvg()))))
        {
            await page.SetContentAsync($"<!doctype html><html style=\"color-scheme: dark\"><body style=\"margin:0\">{svg}</body></html>");
            Assert.Equal("rgb(20, 24, 29)", await page.EvaluateAsync<string>("getComputedStyle(document.querySelector('svg rect')).fill"));
            var problems = await page.EvaluateAsync<string[]>(
                """
                () => {
                  const svg = document.querySelector("svg"), [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number), problems = [];
                  // The letters are a little lower and narrower than their box.
                  const boxes = [...svg.querySelectorAll("text")].map(text => {
                    const { x, y, width, height } = text.getBBox(), size = Number(text.getAttribute("font-size"));
                    return { words: text.textContent, left: x + 1, right: x + width - 1, top: Number(text.getAttribute("y")) - 0.74 * size, bottom: Number(text.getAttribute("y")) + 0.16 * size };
                  });
                  for (const [i, a] of boxes.entries()) {
                    if (a.left < 1 || a.right > width - 1 || a.top < 1 || a.bottom > height - 1) problems.push(`"${a.words}" leaves the figure`);
                    for (const b of boxes.slice(i + 1))
                      if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) problems.push(`"${a.words}" lies on "${b.words}"`);
                  }
                  return problems;
                }
                """);
            Assert.True(problems.Length == 0, $"{name}: {string.Join("; ", problems)}");
        }
    }

    /// <summary>What diverges leaves the picture: the description counts the steps that are drawn, a dot for each place.</summary>
    [Theory]
    [InlineData(0.5, 11, "ten steps from")]
    [InlineData(2.5, 4, "ten steps (for 2.5 the first three) from")]
    [InlineData(4.5, 2, "ten steps (for 4.5 the first) from")]
    [InlineData(30, 1, "ten steps (for 30 none) from")]
    public void The_bowl_says_how_many_steps_it_shows(double rate, int places, string said)
    {
        var bowl = DescentFigures.Bowl(rate);
        Assert.Contains(said, bowl.Description, StringComparison.Ordinal);
        Assert.Equal(places, bowl.ToSvg().Split("r=\"4.5\"").Length - 1);
    }

    [Fact]
    public void What_cannot_be_drawn_is_named()
    {
        var (network, x, y) = CourseFigures.WorkedExample();
        Assert.Contains("640", Assert.ThrowsAny<ArgumentException>(() => new Sketch("wide", 700, 10, "")).Message, StringComparison.Ordinal);
        Assert.Contains("3×2", Assert.ThrowsAny<ArgumentException>(() => NetworkFigures.Paths(Network<double>.Create([2, 3, 2], new Random(1)), x, y)).Message, StringComparison.Ordinal);
        Assert.Contains("2×3", Assert.ThrowsAny<ArgumentException>(() => NetworkFigures.Paths(network, new Matrix<double>(2, 3), y)).Message, StringComparison.Ordinal);
        Assert.Contains("−1", Assert.ThrowsAny<ArgumentException>(() => NetworkFigures.Gate((-1, 2), (-1, 2))).Message, StringComparison.Ordinal);
        Assert.Contains("783", Assert.ThrowsAny<ArgumentException>(() => NetworkFigures.Layers(new byte[783], new double[10], new double[10])).Message, StringComparison.Ordinal);
        Assert.Contains("0", Assert.ThrowsAny<ArgumentException>(() => DescentFigures.Bowl(0.1, 0)).Message, StringComparison.Ordinal);
        Assert.Contains("empty", Assert.ThrowsAny<ArgumentException>(() => CurveFigures.Reliability([], "")).Message, StringComparison.Ordinal);
        Assert.Contains("2 and 1", Assert.ThrowsAny<ArgumentException>(() => CurveFigures.Walks("", ("", [1, 2], [1]))).Message, StringComparison.Ordinal);
        Assert.Contains("1, 0 runs", Assert.ThrowsAny<ArgumentException>(() => CurveFigures.Points("", "", ("", [(1, 2)]), ("", []))).Message, StringComparison.Ordinal);
        Assert.Contains("found 1 and 0", Assert.ThrowsAny<ArgumentException>(() => CurveFigures.Coverage([(1, 0)])).Message, StringComparison.Ordinal);
        Assert.Contains("found 1", Assert.ThrowsAny<ArgumentException>(() => PanelFigures.Glide("", (0, 0, 0))).Message, StringComparison.Ordinal);
        Assert.Contains("0 measurements", Assert.ThrowsAny<ArgumentException>(() => CurveFigures.Stopping(new TrainingHistory(), "")).Message, StringComparison.Ordinal);
        Assert.Contains("row 10", Assert.ThrowsAny<ArgumentException>(() => BackwardFigures.SharedIndex(k: 10)).Message, StringComparison.Ordinal);
        Assert.Contains("9×8", Assert.ThrowsAny<ArgumentException>(() => BackwardFigures.RowSums(new Matrix<double>(9, 8), new byte[8])).Message, StringComparison.Ordinal);
        Assert.Contains("7 labels", Assert.ThrowsAny<ArgumentException>(() => BackwardFigures.ThroughReLU(new Matrix<double>(12, 8), new Matrix<double>(12, 8), new byte[7])).Message, StringComparison.Ordinal);
        Assert.Contains("2×2", Assert.ThrowsAny<ArgumentException>(() => BackwardFigures.Jacobian(new Matrix<double>(2, 2))).Message, StringComparison.Ordinal);
        Assert.Contains("found 0", Assert.ThrowsAny<ArgumentException>(() => CurveFigures.Nudge(w => w, 1, 0, 1, "w")).Message, StringComparison.Ordinal);
        Assert.Contains("found 0.5, 1", Assert.ThrowsAny<ArgumentException>(() => CurveFigures.Likelihood(0.5, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("3, 2", Assert.ThrowsAny<ArgumentException>(() => CurveFigures.Runs("", ("", [[1, 2, 3]]), ("", [[1, 2]]))).Message, StringComparison.Ordinal);
        Assert.Contains("783", Assert.ThrowsAny<ArgumentException>(() => ImageFigures.Bend(new byte[783], 34, 4, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("783", Assert.ThrowsAny<ArgumentException>(() => ImageFigures.Affine(new byte[783], 20, 1.25, 0.3, (3, 4))).Message, StringComparison.Ordinal);
        Assert.Contains("found 2, 0.65", Assert.ThrowsAny<ArgumentException>(() => DescentFigures.Falling(eta: 2)).Message, StringComparison.Ordinal);
        Assert.Contains("found 2, 3 and 2", Assert.ThrowsAny<ArgumentException>(() => DescentFigures.Epochs("", ("", [[1, 2], [1, 2, 3]]), ("", [(1, 2), (2, 3)]))).Message, StringComparison.Ordinal);
        Assert.Contains("f_c = 1", Assert.ThrowsAny<ArgumentException>(() => ImageFigures.Cell((1, 2), (3, 4), 0.5, 1)).Message, StringComparison.Ordinal);
    }

    /// <summary>Figures that only notebooks show: their words lie as in those with a file, and they say what they show.</summary>
    public static Sketch[] OfNotebooks()
    {
        var A = Matrix.FromRows<float>([[0, 2, -1], [0.5f, 0, -4]]);
        return
        [
            PanelFigures.LossCurves(("A", Run((2, 2.1), (1, 1.2), (1.5, 1), (0.5, 1.4))), ("B", Run((2, 3), (1, 3.2), (0.2, 3.4)))),
            PanelFigures.Histograms("Ten numbers", 4, ("narrow", [0.1f, -0.1f, 0.2f, 0, 0]), ("wide", [3, -3, 1.5f, -1.5f, 40])),
            PanelFigures.Sums("Four sums", ("before", [0.5f, -0.2f, 1.3f, 1]), ("after", [-2, -2.7f, -1.5f, -0.1f])),
            PanelFigures.Patience([9, 0.5, 0.6, 0.4, 0.55, 0.5, 0.45], 1, (1, 1, 2), (3, 3, 6)),
            PanelFigures.Counts("Groups", "right of 100", "groups", ("98", 278, 270, 14), ("99", 24, 60.5, 7)),
            PanelFigures.Lying("error (%)", logarithmic: false, ("plain", 3.72), ("distorted, γ = 0.9", 2.02), ("none", 0)),
            PanelFigures.Lying("times as fast", logarithmic: true, ("plain loops", 1), ("in the order of memory", 13.98), ("tiles, all cores", 1548)),
            PanelFigures.Certainty([-3, 0.5, 1, 9.5, -8, 2, -1, 0, 1, 10.4], 1, 2, 4),
            MatrixFigures.Memory(), MatrixFigures.Memory(6, 3, 2), MatrixFigures.Tile(), MatrixFigures.Tile(6),
            NetworkFigures.Xor(strip: false), NetworkFigures.Xor(strip: true), ImageFigures.EndToEnd([0, 250, 80, 30, 255, 0, 0, 240, 60]),
            NetworkFigures.Borders(("direction of the first weights", "rest of the second"), ("3", [(3, 1), (4, 2), (1, -1)], (3, 1)), ("5", [(-3, 1), (-1, 3)], (-2, 2)), ("two means", (1, 0), 0), ("the rule", (2, -2), 1)),
            CurveFigures.Reliability([new(0.5, 0.6, 20, 0.5, 0.55), new(0.9, 1, 80, 0.95, 0.96)], "A network", "after 30 epochs", ("after 6 epochs", [new(0.9, 1, 100, 0.9, 0.95)])),
            CurveFigures.Walks("A walk", ("η = 0.5", [1, -1.2, 0.3], [0.5, 0.5, 0.5]), ("η = 0.05", [1, 0.9, 0.8], [0.1, 0.1, 0.1])),
            CurveFigures.Points("training loss", "validation loss", ("plain", [(0.05, 0.155), (0.06, 0.169)]), ("momentum", [(0.0236, 0.16)]), ("Adam", [(0.03, 0.16)]), ("falling rate", [(0.06, 0.149)])),
            CurveFigures.Coverage([(1, 0.0095), (0.97, 0.0019), (0.9, 0.0001)], (0, 1, 0.0095), (0.9, 0.97, 0.0019), (0.99, 0.9033, 0.0001)),
            DescentFigures.Epochs("training accuracy (%)", ("batches of 32", [[90.1, 93, 92], [89.4, 91, 94.5]]), ("full batch", [(150, 85.6), (2500, 93.2)])),
            ImageFigures.Distances(new byte[784], new byte[7840], [72, 62, 61, 60, 49, 53, 68, 23, 59, 41]),
            ImageFigures.Products(new byte[784], (7, new byte[784], 37.9f, 19.8f), (1, new byte[784], 13, 14.4f), (6, new byte[784], 20.5f, 24.7f)),
            MatrixFigures.Colours(A, "neuron", "image"), MatrixFigures.Colours(A, "digit", "image", ["5", "0", "4"], frame: true),
        ];
    }

    // A run with these losses, on training and on validation images, after the epochs 0, 1, 2 …
    private static TrainingHistory Run(params (double Training, double Validation)[] losses)
    {
        var history = new TrainingHistory();
        for (var e = 0; e < losses.Length; e++) history.Add(new EpochResult(e, losses[e].Training, 0, losses[e].Validation, 0));
        return history;
    }

    [Fact]
    public void Figures_of_notebooks_have_words_that_can_be_read_and_say_what_they_show()
    {
        foreach (var sketch in OfNotebooks())
        {
            Assert.InRange(sketch.Description.Length, 60, 400);
            Assert.All(XElement.Parse(sketch.ToSvg()).Elements().Where(e => e.Name.LocalName == "text"), text => Assert.True((double)text.Attribute("font-size")! >= Sketch.SmallWords));
        }
        Assert.Contains("row 1, 0, 0", OfNotebooks()[^1].Description, StringComparison.Ordinal);
        Assert.Contains("2 of 6 are 0", OfNotebooks()[^2].Description, StringComparison.Ordinal);
        // Epoch 0 is not drawn.
        Assert.Contains("A: training 1.00 to 0.50, 1 of 2 steps up; validation 1.20 to 1.40, lowest 1.00, 1 of 2 steps up.", OfNotebooks()[0].Description, StringComparison.Ordinal);
        Assert.Contains("wide: size 18.01, 0 % between −1 and 1", OfNotebooks()[1].Description, StringComparison.Ordinal);
        Assert.Contains("run “A” has not", Assert.ThrowsAny<ArgumentException>(() => PanelFigures.LossCurves(("A", Run((1, 1), (1, 1))))).Message, StringComparison.Ordinal);
        Assert.Contains("98: 278 and 270.0; 99: 24 and 60.5. Further than two standard deviations from what is expected: 1 of 2.", OfNotebooks().Single(sketch => sketch.Name == "counts").Description, StringComparison.Ordinal);
        Assert.Contains("found 0 bars", Assert.ThrowsAny<ArgumentException>(() => PanelFigures.Counts("", "", "")).Message, StringComparison.Ordinal);
        Assert.Contains("before: from −0.2 to 1.3, on for 75 %. after: from −2.7 to −0.1, on for 0 %.", OfNotebooks()[2].Description, StringComparison.Ordinal);
        Assert.Contains("from epoch 1 on, lowest in epoch 3", OfNotebooks()[3].Description, StringComparison.Ordinal);
        Assert.Contains("patience 3: 3 to 6; patience 1: 1 to 2.", OfNotebooks()[3].Description, StringComparison.Ordinal);
        Assert.Contains("found 1 panels: 0 numbers", Assert.ThrowsAny<ArgumentException>(() => PanelFigures.Sums("", ("", []))).Message, StringComparison.Ordinal);
        Assert.Contains("found 2 losses, from 0, and 1", Assert.ThrowsAny<ArgumentException>(() => PanelFigures.Patience([1, 2], 0, (1, 0, 1))).Message, StringComparison.Ordinal);
        Assert.Contains("found 2 bars", Assert.ThrowsAny<ArgumentException>(() => PanelFigures.Lying("", logarithmic: true, ("a", 1), ("b", 0))).Message, StringComparison.Ordinal);
        Assert.Contains("plain loops: 1; in the order of memory: 14; tiles, all cores: 1,548.", OfNotebooks().Last(sketch => sketch.Name == "lying-bars").Description, StringComparison.Ordinal);
        Assert.Contains("1 scores and 1 factors", Assert.ThrowsAny<ArgumentException>(() => PanelFigures.Certainty([1], 1)).Message, StringComparison.Ordinal);
        Assert.Contains("Times 2: digit 9 has the score 20.8 and the probability 0.86, digit 3 19.0 and 0.14.", OfNotebooks().Single(sketch => sketch.Name == "certainty").Description, StringComparison.Ordinal);
        Assert.Contains("found 1 panels and the reach 0", Assert.ThrowsAny<ArgumentException>(() => PanelFigures.Histograms("", 0, ("", [1]))).Message, StringComparison.Ordinal);
        // What is 0 has no box of its own: two zeros less than six entries, one edge and three of the legend.
        Assert.Equal(6 - 2 + 1 + 3, XElement.Parse(OfNotebooks()[^2].ToSvg()).Elements().Count(e => e.Name.LocalName == "rect") - 1);
        Assert.Contains("shortest bar is that of 7", OfNotebooks().Single(sketch => sketch.Name == "distances").Description, StringComparison.Ordinal);
        Assert.Contains("1: 13.0 minus 14.4 is −1.4; 6: 20.5 minus 24.7 is −4.2. The largest score is that of 7.", OfNotebooks().Single(sketch => sketch.Name == "products").Description, StringComparison.Ordinal);
        Assert.Contains("783 pixels and 2 means", Assert.ThrowsAny<ArgumentException>(() => ImageFigures.Products(new byte[783], (7, new byte[784], 1, 0), (1, new byte[784], 0, 0))).Message, StringComparison.Ordinal);
        Assert.Contains("2 images", Assert.ThrowsAny<ArgumentException>(() => MatrixFigures.Columns([new byte[784], new byte[784]], 210)).Message, StringComparison.Ordinal);
        Assert.Contains("21×3", Assert.ThrowsAny<ArgumentException>(() => MatrixFigures.Colours(new Matrix<float>(21, 3), "", "")).Message, StringComparison.Ordinal);
        Assert.Contains("1 names", Assert.ThrowsAny<ArgumentException>(() => MatrixFigures.Colours(new Matrix<float>(2, 3), "", "", ["5"])).Message, StringComparison.Ordinal);
        Assert.Contains("2×3 times 2×2", Assert.ThrowsAny<ArgumentException>(() => MatrixFigures.Entry(new Matrix<double>(2, 3), new Matrix<double>(2, 2), 0, 0)).Message, StringComparison.Ordinal);
        Assert.Contains("column 2", Assert.ThrowsAny<ArgumentException>(() => MatrixFigures.Entry(new Matrix<double>(2, 3), new Matrix<double>(3, 2), 1, 2)).Message, StringComparison.Ordinal);
        Assert.Contains("found 2 and 1", Assert.ThrowsAny<ArgumentException>(() => DescentFigures.Batches((w, b) => w * w + b * b, [(1, 1), (0, 0)], [(1, 1)], ("w", "b"), "")).Message, StringComparison.Ordinal);
        Assert.Contains("0, 1 and 2", Assert.ThrowsAny<ArgumentException>(() => DescentFigures.Shrinking(flat: 0)).Message, StringComparison.Ordinal);
        Assert.Contains("600", Assert.ThrowsAny<ArgumentException>(() => MatrixFigures.Product("p", ("A", "B", "C"), new("r", 60), new("s", 400), new("c", 67), ("", "", ""))).Message, StringComparison.Ordinal);
        Assert.Contains("come with 3 pieces", MatrixFigures.Memory(6, 3, 2).Description, StringComparison.Ordinal);
        Assert.Contains("pieces of 3", Assert.ThrowsAny<ArgumentException>(() => MatrixFigures.Memory(fetched: 3)).Message, StringComparison.Ordinal);
        Assert.Contains("found 7", Assert.ThrowsAny<ArgumentException>(() => MatrixFigures.Tile(7)).Message, StringComparison.Ordinal);
        Assert.Contains("783", Assert.ThrowsAny<ArgumentException>(() => ImageFigures.Distances(new byte[783], new byte[7840], new float[10])).Message, StringComparison.Ordinal);
        Assert.Contains("0", Assert.ThrowsAny<ArgumentException>(() => ImageFigures.Sets(1, 0, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("8 pixels", Assert.ThrowsAny<ArgumentException>(() => ImageFigures.EndToEnd(new byte[8])).Message, StringComparison.Ordinal);
        Assert.Contains("0 neurons", Assert.ThrowsAny<ArgumentException>(() => NetworkFigures.Borders(("direction of the first weights", "rest of the second"), ("3", [(1, 1)], (1, 1)), ("5", [(0, 0)], (0, 0)))).Message, StringComparison.Ordinal);
    }

    /// <summary>A border lies where the weighted sum is 0, and what lies on its wrong side is counted.</summary>
    [Fact]
    public void Borders_count_the_points_on_their_wrong_side()
    {
        // The first neuron says x > 0, the second x > y.
        var sketch = NetworkFigures.Borders(("direction of the first weights", "rest of the second"), ("3", [(3, 1), (-1, -2)], (1, 0)), ("5", [(-3, 1), (1, 3), (2, 4)], (0, 3)), ("first", (1, 0), 0), ("second", (1, -1), 0));
        Assert.Contains("To the right runs the direction of the first weights, upwards the rest of the second.", sketch.Description, StringComparison.Ordinal);
        Assert.Contains("first: 3 points on the wrong side; second: no point on the wrong side", sketch.Description, StringComparison.Ordinal);
    }

    /// <summary>The numbers that the figure of the paths shows are those of the worked example in the notes, rounded.</summary>
    [Fact]
    public void The_paths_have_the_numbers_of_the_notes()
    {
        var words = XElement.Parse(File.ReadAllText(FileOf("paths"))).Elements().Where(e => e.Name.LocalName == "text").Select(e => e.Value.Replace("\u200b", "")).ToArray();
        foreach (var expected in new[] { "0.6225", "0.3775", "0.9741", "dz = 0.6225", "dz = −0.6225", "da = 0.3112", "da = −1.2449", "dz = 0 (off)", "1.2449", "−1.2449", "0.1556", "0.3112" })
            Assert.Contains(expected, words);
    }

    /// <summary>What only notebooks show: the colours are those of the numbers, and the words say what is there.</summary>
    [Fact]
    public void Tables_of_slopes_have_a_colour_for_each_number()
    {
        var (dA1, Z1) = (Matrix.FromRows<double>([[1, -2], [0, 0.5]]), Matrix.FromRows<double>([[3, -1], [1, 0]]));
        var svg = XElement.Parse(BackwardFigures.ThroughReLU(dA1, Z1, [7, 4]).ToSvg());
        var cells = svg.Elements().Where(e => e.Name.LocalName == "rect" && (string?)e.Attribute("width") == "22").ToArray();
        string Tint(int i) => ((string)cells[i].Attribute("class")!).Contains("f-back", StringComparison.Ordinal) ? "orange" : "blue";
        double Full(int i) => double.Parse((string)cells[i].Attribute("fill-opacity")!, CultureInfo.InvariantCulture);
        Assert.Equal(12, cells.Length);   // dA1, the gates, dZ1
        Assert.Equal(("orange", "blue"), (Tint(0), Tint(1)));
        Assert.True(Full(1) > Full(0) && Full(0) > Full(3) && Full(3) > Full(2) && Full(2) == 0);
        Assert.Equal([true, false, true, false], Enumerable.Range(4, 4).Select(i => Full(i) > 0));
        Assert.Equal([Full(0), 0, 0, 0], Enumerable.Range(8, 4).Select(Full));
        Assert.Contains("2 of 4 open", svg.Elements().First().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void The_chord_of_the_nudge_has_the_slope_of_5_12()
    {
        var words = CurveFigures.Nudge(w => w * w * w, 1, 0.5, 3, "w").Description;
        Assert.Contains("has the slope 3.2500; the tangent in the middle has 3.0000", words, StringComparison.Ordinal);   // ((1.5)³ − (0.5)³) / 1
    }

    [Fact]
    public void The_errors_of_the_label_have_the_values_of_section_5()
    {
        var words = CurveFigures.LabelErrors().Description;
        Assert.Contains($"{-2 / 3.0 * 4 / 9:F3} for two classes, {-10 / 27.0 * 4 / 9:F3} for ten".Replace('-', '−'), words, StringComparison.Ordinal);   // −K/(K − 1)·p(1 − p)² at p = 1/3
        Assert.Contains($"say −0.999 and, for two classes, {-2 * 0.001 * 0.999 * 0.999:F3}.".Replace('-', '−'), words, StringComparison.Ordinal);
    }

    [Fact]
    public void The_sum_of_the_likelihood_is_minus_the_logarithm_of_the_product() =>
        Assert.Contains($"shrinks: 0.5, 0.125. The sum of minus log p grows by one piece for each example, to {-Math.Log(0.125):F3},", CurveFigures.Likelihood(0.5, 0.25).Description, StringComparison.Ordinal);

    /// <summary>The formula of section 7 against a search for the lowest point of L with its price.</summary>
    [Theory]
    [InlineData(4, 1.6)]
    [InlineData(0.25, 0.4)]
    public void The_price_moves_the_minimum_to_where_the_figure_says(double kappa, double expected)
    {
        var lowest = Enumerable.Range(-3000, 6001).Select(i => i / 1000.0).MinBy(theta => kappa / 2 * (theta - 2) * (theta - 2) + theta * theta / 2);
        Assert.Equal(expected, lowest, 1e-9);
        Assert.Contains($"{expected.ToString(CultureInfo.InvariantCulture)}", DescentFigures.Shrinking().Description, StringComparison.Ordinal);
    }

    /// <summary>What the caption of (7.6) says, and that only in the narrow bowl the long step is beyond (6.8) and ends above its start.</summary>
    [Fact]
    public void Short_steps_add_up_to_a_long_one_where_the_bowl_is_wide()
    {
        var words = DescentFigures.LongStep().Description;
        double[] numbers = [.. Number().Matches(words).Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture))];
        Assert.True(numbers is [0.99, 0.08, var start, var down, var up] && down < start && start < up, words);
        Assert.True(0.4 > 2 / 7.5 && 0.4 < 2 / 0.5 && Math.Round(2 / 7.5, 2) == 0.27);
        Assert.Contains("end only 0.08 from where the long step ends, which is 0.99 long", Course.Notes, StringComparison.Ordinal);
        Assert.Contains("curvatures 0.5 and 2", Assert.ThrowsAny<ArgumentException>(() => DescentFigures.LongStep(across: 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pairs_at_random_take_more_values_than_a_grid()
    {
        Assert.Contains("Left a grid: 3 values. Right pairs drawn at random: 9 values.", PanelFigures.GridAndRandom().Description, StringComparison.Ordinal);
        Assert.Contains("4 values. Right pairs drawn at random: 16 values.", PanelFigures.GridAndRandom(4).Description, StringComparison.Ordinal);
        Assert.Contains("found 6", Assert.ThrowsAny<ArgumentException>(() => PanelFigures.GridAndRandom(6)).Message, StringComparison.Ordinal);
    }

    /// <summary>What the caption in section 9 says of Adam with a small learning rate; and the loss of two parameters is lowest where it is.</summary>
    [Fact]
    public void The_ways_end_where_the_captions_say()
    {
        Assert.Contains("by 0.1 in both directions, and is at a distance of 7.553", DescentFigures.Valley(adam: 0.1).Description, StringComparison.Ordinal);
        Assert.Contains("still be 7.55 from the lowest point", Course.Notes, StringComparison.Ordinal);
        Assert.Contains("come to 1.020; the lowest point has 0.020.", DescentFigures.Batches((w, b) => 0.02 + (w - 3) * (w - 3) + b * b, [(0, 0), (1, 0)], [(0, 0), (2, 0)], ("w", "b"), "a bowl").Description, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"-?\d+(\.\d+)?")] private static partial Regex Number();
    [GeneratedRegex(@"!\[(?<alt>[^\]]*)\]\((?<file>[^)]*\.svg)\)")] private static partial Regex PictureLink();
    [GeneratedRegex(@"\{(--\w+:#[0-9a-f]+;?)+\}")] private static partial Regex Palette();
    [GeneratedRegex(@"--(?<name>\w+):(?<rgb>#[0-9a-f]+)")] private static partial Regex Colour();
}
