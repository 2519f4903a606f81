using Nb.Assistance;
using Nb.Session;
using Tests.Runner;
using Xunit;

namespace Tests.Session;

/// <summary>What completion keeps. It is measured in this process, where no other test may allocate meanwhile.</summary>
[Collection(nameof(CellsHere))]
[Trait("Time", "long")]
public sealed class AssistanceMemoryTests
{
    [Fact]
    public async Task Three_hundred_cells_need_no_memory_of_their_own()
    {
        using var assistant = new CodeAssistant(ReferencePack.Assemblies);
        var session = await AssistanceTests.Session();
        var before = 0L;
        for (var cell = 0; cell < 300; cell++)
        {
            session = session with { Submissions = [.. session.Submissions, $"var words{cell} = words.Select(w => w.Length).ToArray(); words{cell}.Length"] };
            Assert.Equal("Length", (await assistant.CompleteAsync(session, $"words{cell}.Leng", $"words{cell}.Leng".Length, Fixture.Token)).Items[0].Text);
            if (cell == 9)
                before = GC.GetTotalMemory(forceFullCollection: true);
        }
        var grown = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1024.0 / 1024;
        TestContext.Current.TestOutputHelper!.WriteLine($"{grown:F1} MiB more after 300 cells");
        Assert.InRange(grown, double.MinValue, 8);
    }
}
