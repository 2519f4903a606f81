namespace Tests.Lib;

/// <summary>The data and the library together.</summary>
public class LearningTests
{
    [Fact]
    public void A_network_learns_a_hundred_real_images_by_heart()
    {
        var examples = Mnist.Load(Path.Combine(Course.Root, "data")).Training.Take(100).ToExamples<float>();
        var network = Network<float>.Create([784, 30, 10], new Random(1));
        var history = Training.Train(network, examples, null, new() { Epochs = 100, BatchSize = 10, ReportEvery = 100 }, new Random(1));
        Assert.Equal(1.0, history.Last.TrainingAccuracy);
    }
}
