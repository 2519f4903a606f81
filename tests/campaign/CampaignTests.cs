using System.Globalization;

namespace Tests.Campaign;

/// <summary>Thousands of damaged inputs: each is read right, or refused with a clear error. A few hundred in every run of the
/// tests; all of them with the environment variable CAMPAIGN, which says how many:
/// <c>CAMPAIGN=4000 dotnet run --project tests -- -class Tests.Campaign.CampaignTests</c>.
/// The table of what became of them is written to campaign.md beside the tests.</summary>
[Trait("Time", "long")]
public sealed class CampaignTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_damaged_input_is_read_right_or_refused_with_a_clear_error()
    {
        var asked = Environment.GetEnvironmentVariable("CAMPAIGN");
        var count = asked is { Length: > 0 } ? int.Parse(asked, CultureInfo.InvariantCulture) : 240;
        using var data = new DataKinds();
        List<Kind> kinds = [.. data.All, .. ToolKinds.All];
        var table = new Table();
        List<string> failures = [];
        for (var i = 0; i < count; i++)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            var kind = kinds[i % kinds.Count];
            var (outcome, found) = await kind.RunAsync(i);
            table.Add(kind.Name, outcome);
            if (outcome > Outcome.Legal) failures.Add($"{kind.Name}, seed {i}: {outcome} {found}");
        }
        output.WriteLine(table.ToString());
        await File.WriteAllTextAsync(Path.Combine(AppContext.BaseDirectory, "campaign.md"), table.ToString(), TestContext.Current.CancellationToken);
        Assert.True(failures.Count == 0, $"{failures.Count} of {count}:\n{string.Join('\n', failures.Take(30))}\n{table}");
    }

    [Fact]
    public async Task The_same_number_makes_the_same_input()
    {
        using var data = new DataKinds();
        foreach (var kind in data.All.Concat(ToolKinds.All))
            for (var seed = 0; seed < 6; seed++)
                Assert.Equal(await kind.RunAsync(seed), await kind.RunAsync(seed));
    }

    [Fact]
    public async Task What_is_silent_unclear_or_hung_is_seen()
    {
        Kind Of(Func<Random, Outcome> trial) => new("", [typeof(BadDataException)], trial);
        Assert.Equal(Outcome.Silent, (await Of(_ => Outcome.Silent).RunAsync(1)).Outcome);
        Assert.Equal(Outcome.Unclear, (await Of(_ => throw new NullReferenceException()).RunAsync(1)).Outcome);
        Assert.Equal(Outcome.Unclear, (await Of(_ => throw new BadDataException("a.csv: expected a header, found \u0007")).RunAsync(1)).Outcome);
        Assert.Equal(Outcome.Unclear, (await Of(_ => throw new BadDataException(new string('x', 7000))).RunAsync(1)).Outcome);
        Assert.Equal(Outcome.ClearError, (await Of(_ => throw new BadDataException("a.csv: expected a header, found none")).RunAsync(1)).Outcome);
    }
}
