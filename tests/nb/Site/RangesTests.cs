using System.Globalization;
using System.Text.RegularExpressions;
using Nb.Notebooks;

namespace Tests.Site;

/// <summary>From where to where the sliders of a Try-it cell go, as the notebooks say it.</summary>
public sealed partial class RangesTests
{
    [Fact]
    public void Every_range_is_of_a_number_of_its_cell_and_holds_it()
    {
        var count = 0;
        foreach (var cell in Course.Notebooks.Select(Notebook.Load).SelectMany(notebook => notebook.Cells).Where(cell => cell.Tags.Contains("parameters")))
        {
            if (cell.Node["metadata"]!["nb"]?["ranges"] is not { } ranges) continue;
            var values = Value().Matches(cell.Source).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
            foreach (var (name, range) in ranges.AsObject())
            {
                count++;
                if (values[name].StartsWith('"'))
                    Assert.Contains(values[name].Trim('"'), range!.AsArray().Select(choice => (string?)choice));
                else
                {
                    var (least, most, step) = ((double)range![0]!, (double)range[1]!, (double)range[2]!);
                    Assert.InRange(double.Parse(values[name].Replace("_", ""), CultureInfo.InvariantCulture), least, most);
                    Assert.InRange(step, double.Epsilon, most - least);
                }
            }
        }
        Assert.True(count > 0);
    }

    [GeneratedRegex(@"^var (\w+) = ([^;]+);", RegexOptions.Multiline)] private static partial Regex Value();
}
