using System.Globalization;
using System.Text.RegularExpressions;

namespace Tests.Lib;

/// <summary>The network that is committed for the drawing pad and for notebook 10.</summary>
public class TrainedNetworkTests
{
    [Fact]
    public void It_reads_as_many_test_images_as_the_data_page_says()
    {
        var network = NetworkFile.Load<float>(Path.Combine(Course.Root, "data", "digits-784-128-10.nn"));
        Assert.Equal([784, 128, 10], network.Sizes);
        Assert.Equal((Activation.ReLU, Loss.CrossEntropy), (network.Hidden, network.Loss));

        var page = File.ReadAllText(Path.Combine(Course.Root, "data", "README.md"));
        var accuracy = 100 * network.Accuracy(Mnist.Load(Path.Combine(Course.Root, "data")).Test.ToExamples<float>());
        var told = Regex.Match(page, @"of the 10,000 test images (\d+\.\d+) %").Groups[1].Value;
        // An image on the border may fall to the other side where the processor adds in another order.
        Assert.Equal(double.Parse(told, CultureInfo.InvariantCulture), accuracy, 0.021);
        Assert.Contains(network.ParameterCount.ToString("N0", CultureInfo.InvariantCulture), page);

        var record = File.ReadAllText(Path.Combine(Course.Root, "data", "digits-784-128-10.csv"));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"test error {100 - double.Parse(told, CultureInfo.InvariantCulture):F2} %"), record);
    }
}
