namespace Tests.Data;

public sealed class KaggleTests : IDisposable
{
    private static readonly string Header = "label," + string.Join(',', Enumerable.Range(0, 784).Select(i => $"pixel{i}"));

    private readonly string folder = Directory.CreateTempSubdirectory("kaggle-tests-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string PathOf(string name) => Path.Combine(folder, name);

    private string Write(string content)
    {
        File.WriteAllText(PathOf("train.csv"), content);
        return PathOf("train.csv");
    }

    private static string Row(string label, string first = "0") => $"{label},{first}," + string.Join(',', Enumerable.Repeat("7", 783));

    private void Refused(string content, params string[] parts)
    {
        var message = Assert.Throws<BadDataException>(() => Kaggle.ReadTraining(Write(content))).Message;
        Assert.All([.. parts, "train.csv", "expected", "found"], part => Assert.Contains(part, message));
    }

    [Fact]
    public void Images_survive_the_way_through_the_files()
    {
        var set = Mnist.Load(Path.Combine(Course.Root, "data")).Test.Take(200);
        Kaggle.WriteTraining(PathOf("a.csv"), set);
        Kaggle.WriteTest(PathOf("b.csv"), set);
        var (training, test) = (Kaggle.ReadTraining(PathOf("a.csv")), Kaggle.ReadTest(PathOf("b.csv")));
        Assert.Equal(set.Labels, training.Labels);
        Assert.Equal(set.Pixels, training.Pixels);
        Assert.Equal(set.Pixels, test.Pixels);
        Assert.Empty(test.Labels);
        Assert.Equal(Header, File.ReadLines(PathOf("a.csv")).First());
        Assert.Equal(2, Directory.GetFiles(folder).Length);
    }

    [Theory]
    [InlineData("\n", "")]
    [InlineData("\n", "\n")]
    [InlineData("\r\n", "\r\n")]
    public void Line_ends_and_a_byte_order_mark_do_not_matter(string newLine, string end)
    {
        var set = Kaggle.ReadTraining(Write("\uFEFF" + Header + newLine + Row("3", "255") + newLine + Row("8") + end));
        Assert.Equal([3, 8], set.Labels);
        Assert.Equal((255, 7), (set.Pixels[0], set.Pixels[^1]));
    }

    [Fact] public void Missing() => Assert.Contains("not there", Assert.Throws<BadDataException>(() => Kaggle.ReadTraining(PathOf("none.csv"))).Message);

    [Fact] public void Empty() => Refused("", "an empty file");

    [Fact] public void Header_only() => Refused(Header + "\n", "at least one image");

    [Fact] public void Wrong_header() => Refused(Header.Replace("pixel5,", "pixel_5,"), "'pixel5' for column 7", "'pixel_5'");

    [Fact] public void Header_of_the_test_file() => Refused(Header["label,".Length..], "'label'", "'pixel0'");

    [Fact] public void Header_too_long() => Refused(Header + ",pixel784", "785 columns", "786");

    [Fact] public void A_missing_column() => Refused($"{Header}\n{Row("1")}\n{Row("2")[..^2]}", "785 columns in row 3", "784");

    [Fact] public void A_column_too_many() => Refused($"{Header}\n{Row("1")},0", "785 columns in row 2", "786");

    [Fact] public void A_letter() => Refused($"{Header}\n{Row("1", "x")}", "row 2, column pixel0", "'x'");

    [Fact] public void Above_255() => Refused($"{Header}\n{Row("1", "256")}", "0 to 255", "'256'");

    [Fact] public void Negative() => Refused($"{Header}\n{Row("1", "-1")}", "'-1'");

    [Fact] public void A_label_above_nine() => Refused($"{Header}\n{Row("10")}", "label from 0 to 9 in row 2", "10");

    [Fact] public void An_empty_line_in_the_middle() => Refused($"{Header}\n{Row("1")}\n\n{Row("2")}", "row 3");

    [Fact]
    public void Predictions_are_numbered_from_one()
    {
        Kaggle.WritePredictions(PathOf("predictions.csv"), [7, 2, 1]);
        Assert.Equal(["ImageId,Label", "1,7", "2,2", "3,1"], File.ReadAllLines(PathOf("predictions.csv")));
    }

    [Fact]
    public void Predictions_that_cannot_be_written_leave_nothing()
    {
        Assert.Contains("Prediction 1 is 10", Assert.Throws<ArgumentException>(() => Kaggle.WritePredictions(PathOf("p.csv"), [1, 10])).Message);
        Directory.CreateDirectory(PathOf("taken"));
        Assert.ThrowsAny<Exception>(() => Kaggle.WritePredictions(PathOf("taken"), [1]));
        Assert.Empty(Directory.GetFiles(folder));
    }
}
