using System.Text.RegularExpressions;

namespace Tests.Lib;

/// <summary>Words in pictures can be read on light and on dark pages: 4.5 to 1, as the accessibility guidelines (WCAG 2, AA) ask.</summary>
public partial class ContrastTests
{
    public static TheoryData<string, string> Pictures() => new()
    {
        { "a sheet", new Sheet("two", [new(new(1, 1, [0]), "right"), new(new(1, 1, [0]), "wrong", true)]).ToHtml() },
        { "the animation of the README", File.ReadAllText(Path.Join(Course.Root, ".github", "readme", "training.svg")) },
        { "a training view", TrainingView.Of("one", Network<float>.Create([784, 2, 10], new Random(1)), One, new TrainingOptions { Epochs = 1 }, One).ToSvg() },
    };

    private static Examples<float> One => new ImageSet("one", new byte[784], [0]).ToExamples<float>();

    [Theory, MemberData(nameof(Pictures))]
    public void Words_have_contrast_on_light_and_on_dark_paper(string what, string svg)
    {
        // The colours of words, by the names that the style gives them; grids and the like are no words.
        foreach (Match rule in Rule().Matches(svg))
        {
            var colours = Colour().Matches(rule.Value).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
            foreach (var (name, colour) in colours.Where(colour => colour.Key is not ("paper" or "grid")))
                Assert.True(Contrast(colour, colours["paper"]) >= 4.5, $"{what}: --{name} {colour} on {colours["paper"]} has {Contrast(colour, colours["paper"]):F2}");
        }
        Assert.True(Rule().Count(svg) >= 2, $"{what} has no colours for light and for dark");
        Assert.DoesNotContain("#7d7d7d", svg, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void The_measure_of_contrast_is_that_of_the_guidelines()
    {
        Assert.Equal(21, Contrast("#000", "#fff"), 1e-9);
        Assert.Equal(4.48, Contrast("#777777", "#ffffff"), 0.005);   // the known grey that just misses it
    }

    private static double Contrast(string a, string b)
    {
        double[] both = [.. new[] { Luminance(a), Luminance(b) }.Order()];
        return (both[1] + 0.05) / (both[0] + 0.05);
    }

    private static double Luminance(string colour)
    {
        var digits = colour.Length == 4 ? string.Concat(colour[1..].Select(c => $"{c}{c}")) : colour[1..];
        double[] linear = [.. Convert.FromHexString(digits).Select(v => v / 255.0 is var s && s <= 0.04045 ? s / 12.92 : Math.Pow((v / 255.0 + 0.055) / 1.055, 2.4))];
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    }

    [GeneratedRegex(@"\{--paper:#[^}]*\}")] private static partial Regex Rule();
    [GeneratedRegex(@"--(\w+):(#[0-9a-fA-F]{3,6})")] private static partial Regex Colour();
}
