using System.Text.RegularExpressions;

namespace Tests.Kernel;

/// <summary>The kernel as its clients see it: every message of the protocol, damaged messages, beginning and end. The
/// tests themselves are Python, because the clients are.</summary>
[Collection(nameof(Kernels))]
[Trait("Time", "long")]
public sealed partial class KernelTests : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    /// <summary>Every class of tests in test_*.py, as file and class.</summary>
    public static TheoryData<string> Classes() => [.. Directory.GetFiles(Python.Tests, "test_*.py").Order(StringComparer.Ordinal)
        .SelectMany(file => ClassOfTests().Matches(File.ReadAllText(file)).Select(match => $"{Path.GetFileNameWithoutExtension(file)}.{match.Groups[1].Value}"))];

    [Theory, MemberData(nameof(Classes))]
    public async Task Protocol(string name) => await RunAsync("-m", "unittest", "-v", name);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Thousand_damaged_messages_and_the_next_good_one_is_answered(int seed) => await RunAsync("fuzz.py", $"{seed}");

    [Fact]
    public async Task The_figures_can_be_measured() => Assert.Contains("start to first result", await RunAsync("figures.py"), StringComparison.Ordinal);

    private async Task<string> RunAsync(params string[] arguments)
    {
        var python = await Python.FindAsync("jupyter_client");
        var (exitCode, output) = await Python.RunAsync(python, ["-u", .. arguments], Python.Tests, home.Environment);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("Ran 0 tests", output, StringComparison.Ordinal);
        Assert.Empty(home.Processes());
        return output;
    }

    [GeneratedRegex(@"^class (\w+)\((?:KernelTest|unittest\.TestCase)\):", RegexOptions.Multiline)]
    private static partial Regex ClassOfTests();
}
