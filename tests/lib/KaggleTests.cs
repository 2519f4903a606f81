namespace Tests.Lib;

/// <summary>Kaggle's CSV files: there and back, and everything that can be wrong in them.</summary>
public class KaggleTests : TemporaryFolder
{
    private static readonly ImageSet First200 = Mnist.Load(Path.Combine(Course.Root, "data")).Test.Take(200);

    private static readonly string Header = "label," + string.Join(',', Enumerable.Range(0, 784).Select(i => $"pixel{i}"));

    private static readonly string[] Row = ["3", .. Enumerable.Repeat("0", 782), "254", "255"];

    /// <summary>train.csv with two good rows, of which the second has one entry changed.</summary>
    private string Training(int column, string entry)
    {
        string[] row = [.. Row];
        row[column] = entry;
        return Write("train.csv", $"{Header}\n{string.Join(',', Row)}\n{string.Join(',', row)}\n");
    }

    [Fact]
    public void Images_come_back_as_they_were_written()
    {
        Kaggle.WriteTraining(At("train.csv"), First200);
        Kaggle.WriteTest(At("test.csv"), First200);
        var (training, test) = (Kaggle.ReadTraining(At("train.csv")), Kaggle.ReadTest(At("test.csv")));
        Assert.Equal(First200.Pixels, training.Pixels);
        Assert.Equal(First200.Labels, training.Labels);
        Assert.Equal(First200.Pixels, test.Pixels);
        Assert.Empty(test.Labels);
        Assert.Equal(("train.csv", "test.csv"), (training.Name, test.Name));
    }

    [Fact]
    public void Files_have_the_form_of_Kaggles_own()
    {
        Kaggle.WriteTraining(At("train.csv"), First200);
        Kaggle.WriteTest(At("test.csv"), First200);
        var (training, test) = (File.ReadAllLines(At("train.csv")), File.ReadAllLines(At("test.csv")));
        Assert.Equal((201, 201), (training.Length, test.Length));
        Assert.Equal(Header, training[0]);
        Assert.Equal(Header["label,".Length..], test[0]);
        Assert.Equal("7," + string.Join(',', First200.Image(0).ToArray()), training[1]);
        Assert.Equal(string.Join(',', First200.Image(199).ToArray()), test[200]);
    }

    [Theory]
    [InlineData("\n", "", "\n")]
    [InlineData("\r\n", "", "\r\n")]
    [InlineData("\n", "\uFEFF", "\n")]
    [InlineData("\r\n", "\uFEFF", "")]
    [InlineData("\n", "", "\n\n")]
    [InlineData("\r\n", "", "\r\n\r\n\r\n")]
    [InlineData("\n", "", "\n \n")]
    public void Line_ends_a_byte_order_mark_and_empty_lines_at_the_end_do_not_matter(string lineEnd, string start, string end)
    {
        var set = Kaggle.ReadTraining(Write("train.csv", start + string.Join(lineEnd, Header, string.Join(',', Row), string.Join(',', Row)) + end));
        Assert.Equal([3, 3], set.Labels);
        Assert.Equal((254, 255), (set.Image(1)[782], set.Image(1)[783]));
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Fails(() => Kaggle.ReadTest(At("test.csv")), At("test.csv"), "no such file", "account", "Kaggle.WriteTest");

    [Fact]
    public void An_empty_file_is_told() =>
        Fails(() => Kaggle.ReadTraining(Write("train.csv", "")), At("train.csv"), "a header in line 1", "found an empty file");

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\n\n\n")]
    public void A_header_alone_is_not_enough(string end) =>
        Fails(() => Kaggle.ReadTraining(Write("train.csv", Header + end)), At("train.csv"), "at least one image", "found none");

    [Theory]
    [InlineData("pixel0,", "pixel1,", "expected the header 'pixel0' for column 2", "found 'pixel1'")]
    [InlineData("label", "class", "expected the header 'label' for column 1", "found 'class'")]
    [InlineData("pixel10,", "", "expected the header 'pixel10' for column 12", "found 'pixel11'")]
    [InlineData(",pixel783", "", "785 columns", "found 784")]
    [InlineData(",pixel783", ",pixel783,pixel784", "785 columns", "found 786")]
    [InlineData("label,pixel0", "\nlabel,pixel0", "a header in line 1", "an empty line")]
    public void A_wrong_header_is_told_with_its_column(string old, string changed, string expected, string found) =>
        Fails(() => Kaggle.ReadTraining(Write("train.csv", $"{Header.Replace(old, changed)}\n{string.Join(',', Row)}\n")), At("train.csv"), expected, found);

    private static string[] Columns(Func<int, string> name) => [.. Enumerable.Range(0, 784).Select(name)];

    /// <summary>The forms in which others have the same data, of which the meaning is plain.</summary>
    [Theory]
    [InlineData("Fashion-MNIST")]
    [InlineData("MNIST-in-CSV")]
    [InlineData("R, with quotation marks")]
    [InlineData("pandas, with decimals")]
    [InlineData("spaces")]
    [InlineData("capitals")]
    [InlineData("no header")]
    public void Other_spellings_of_the_same_file_are_read(string form)
    {
        string[] row = [.. Row];
        var names = form switch
        {
            "Fashion-MNIST" => Columns(i => $"pixel{i + 1}"),
            "MNIST-in-CSV" => Columns(i => $"{i / 28 + 1}x{i % 28 + 1}"),
            _ => Columns(i => $"pixel{i}"),
        };
        string Line(IEnumerable<string> entries) => string.Join(form == "spaces" ? " , " : ",", entries.Select(entry => form switch
        {
            "R, with quotation marks" => $"\"{entry}\"",
            "pandas, with decimals" => entry.All(char.IsDigit) ? entry + ".0" : entry,
            "capitals" => entry.ToUpperInvariant(),
            _ => entry,
        })) + (form == "spaces" ? " " : "") + "\n";
        var (header, data) = (form == "no header" ? "" : Line(["label", .. names]), Line(row));
        var training = Kaggle.ReadTraining(Write("train.csv", header + data + data));
        var test = Kaggle.ReadTest(Write("test.csv", (form == "no header" ? "" : Line(names)) + Line(row[1..])));
        Assert.Equal([3, 3], training.Labels);
        Assert.Equal(row[1..].Select(byte.Parse), training.Image(1).ToArray());
        Assert.Equal(training.Image(0).ToArray(), test.Pixels);
    }

    [Theory]
    [InlineData("zip", "a ZIP file")]
    [InlineData("gzip", "a gzip file: unpack it")]
    [InlineData("bzip2", "a compressed file")]
    [InlineData("semicolons", "semicolons: save the file with commas")]
    [InlineData("tabs", "tabs: save the file with commas")]
    [InlineData("html", "a web page")]
    [InlineData("binary", "a file that is no text")]
    [InlineData("long", "expected the header 'label' for column 1, found 'xxxx")]
    [InlineData("control", "a file that is no text")]
    [InlineData("divided", "divided by 255")]
    public void What_is_no_such_csv_is_named_in_a_short_message_without_odd_characters(string form, string message)
    {
        var good = $"{Header}\n{string.Join(',', Row)}\n";
        var bytes = System.Text.Encoding.UTF8.GetBytes(good);
        byte[] content = form switch
        {
            "zip" => [.. "PK\u0003\u0004"u8, .. bytes],
            "gzip" => Gzip(bytes),
            "bzip2" => [.. "BZh91AY"u8, .. bytes],
            "semicolons" => System.Text.Encoding.UTF8.GetBytes(good.Replace(',', ';')),
            "tabs" => System.Text.Encoding.UTF8.GetBytes(good.Replace(',', '\t')),
            "html" => [.. "<!DOCTYPE html><title>Kaggle</title>"u8],
            "binary" => [.. Enumerable.Range(0, 2000).Select(i => (byte)(i * 37))],
            "long" => [.. Enumerable.Repeat((byte)'x', 10_000)],
            "control" => [.. "label\u0007,pixel0"u8],
            _ => System.Text.Encoding.UTF8.GetBytes(good.Replace(",254,255", ",0.5,0.25")),
        };
        var found = Assert.Throws<BadDataException>(() => Kaggle.ReadTraining(Write("train.csv", content))).Message;
        Assert.Contains(message, found);
        Assert.InRange(found.Length, 1, 400 + At("train.csv").Length);
        Assert.DoesNotContain(found, char.IsControl);
    }

    [Fact]
    public void The_other_of_the_two_files_is_recognised()
    {
        Kaggle.WriteTraining(At("train.csv"), First200.Take(1));
        Kaggle.WriteTest(At("test.csv"), First200.Take(1));
        Fails(() => Kaggle.ReadTraining(At("test.csv")), At("test.csv"), "'label'", "'pixel0'", "Kaggle.ReadTest");
        Fails(() => Kaggle.ReadTest(At("train.csv")), At("train.csv"), "'pixel0'", "'label'", "Kaggle.ReadTraining");
    }

    [Theory]
    [InlineData(300, "x")]
    [InlineData(300, "256")]
    [InlineData(300, "-1")]
    [InlineData(300, "1.5")]
    [InlineData(300, "NaN")]
    [InlineData(300, "1e9")]
    [InlineData(300, "")]
    [InlineData(300, "99999999999")]
    public void What_is_not_a_grey_is_told_with_its_line_and_column(int column, string entry) =>
        Fails(() => Kaggle.ReadTraining(Training(column, entry)), At("train.csv"), "a whole number from 0 to 255 in line 3, column pixel299", $"found '{entry}'");

    [Fact]
    public void The_columns_of_test_csv_are_named_rightly() =>
        Fails(() => Kaggle.ReadTest(Write("test.csv", $"{Header["label,".Length..]}\n{string.Join(',', Row[1..^1])},x\n")),
            At("test.csv"), "line 2, column pixel783", "found 'x'");

    [Fact]
    public void A_label_is_a_digit() =>
        Fails(() => Kaggle.ReadTraining(Training(0, "10")), At("train.csv"), "a label from 0 to 9 in line 3", "found 10");

    [Fact]
    public void A_missing_or_additional_column_is_told_with_its_line()
    {
        var good = $"{Header}\n{string.Join(',', Row)}\n";
        Fails(() => Kaggle.ReadTraining(Write("train.csv", good + string.Join(',', Row[..^1]) + "\n")), At("train.csv"), "785 columns in line 3", "found 784");
        Fails(() => Kaggle.ReadTraining(Write("train.csv", good + string.Join(',', Row) + ",0\n")), At("train.csv"), "785 columns in line 3", "found 786");
        Fails(() => Kaggle.ReadTraining(Write("train.csv", good + "\n" + string.Join(',', Row) + "\n")), At("train.csv"), "785 columns in line 3", "found an empty line");
    }

    [Fact]
    public void A_file_that_is_held_by_another_is_told_in_the_same_way()
    {
        var path = Training(0, "1");
        using var held = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Fails(() => Kaggle.ReadTraining(path), path, "a file that can be read", "another program");
    }

    [Fact]
    public void Predictions_have_ids_from_1_and_replace_what_was_there()
    {
        Write("predictions.csv", "an older and much longer file than the one that follows it now");
        Kaggle.WritePredictions(At("predictions.csv"), [2, 0, 9]);
        Assert.Equal("ImageId,Label\n1,2\n2,0\n3,9\n", File.ReadAllText(At("predictions.csv")));
        Assert.Equal([At("predictions.csv")], Directory.GetFileSystemEntries(Folder));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-1)]
    public void A_prediction_that_is_no_digit_leaves_the_older_file(int prediction)
    {
        Write("predictions.csv", "older");
        Fails(() => Kaggle.WritePredictions(At("predictions.csv"), [1, prediction]), At("predictions.csv"), "0 to 9", $"found {prediction} for image 2");
        Assert.Equal("older", File.ReadAllText(At("predictions.csv")));
        Assert.Single(Directory.GetFileSystemEntries(Folder));
    }

    [Fact]
    public void A_write_that_fails_leaves_nothing()
    {
        // A folder of that name: the file beside it is written whole, and then cannot be renamed.
        Directory.CreateDirectory(At("predictions.csv"));
        Fails(() => Kaggle.WritePredictions(At("predictions.csv"), [1, 2]), At("predictions.csv"), "a file that can be written", "Nothing was written");
        Assert.Equal([At("predictions.csv")], Directory.GetFileSystemEntries(Folder));

        Fails(() => Kaggle.WritePredictions(Path.Combine(Folder, "absent", "predictions.csv"), [1]), "predictions.csv", "a file that can be written");
        Assert.Single(Directory.GetFileSystemEntries(Folder));
    }

    [Fact]
    public void Training_files_need_labels()
    {
        Fails(() => Kaggle.WriteTraining(At("train.csv"), new ImageSet("unlabelled", new byte[784], [])), At("train.csv"), "'unlabelled'", "Kaggle.WriteTest");
        Assert.Empty(Directory.GetFileSystemEntries(Folder));
    }
}
