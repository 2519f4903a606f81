using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Tests.Lib;

/// <summary>Networks as ONNX: another engine, ONNX Runtime, reads the file and gives the same probabilities.</summary>
public sealed class OnnxTests : TemporaryFolder
{
    private static readonly string Data = Path.Combine(Course.Root, "data");

    /// <summary>What ONNX Runtime makes of the columns of X, column by column.</summary>
    private static T[] Run<T>(InferenceSession session, Matrix<T> X) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var pixels = NamedOnnxValue.CreateFromTensor(Onnx.Input, new DenseTensor<T>(X.ToArray(), [X.Columns, X.Rows]));
        using var results = session.Run([pixels]);
        return results.Single(result => result.Name == Onnx.Output).AsTensor<T>().ToArray();
    }

    /// <summary>With floats both engines round, in another order each; with doubles nothing of that is left to see.</summary>
    [Fact]
    public void The_network_of_the_course_gives_the_same_probabilities_for_all_test_images()
    {
        var test = Mnist.Load(Data).Test;
        var network = NetworkFile.Load<float>(Path.Combine(Data, "digits-784-128-10.nn"));
        static Matrix<double>[] Doubles(Matrix<float>[] list) =>
            [.. list.Select(matrix => new Matrix<double>(matrix.Rows, matrix.Columns, Array.ConvertAll(matrix.ToArray(), number => (double)number)))];
        Assert.InRange(Largest(network, test.ToMatrix<float>()), 0, 2e-6);
        Assert.InRange(Largest(new Network<double>(Doubles(network.W), Doubles(network.b), network.Hidden, network.Loss), test.ToMatrix<double>()), 0, 1e-12);
        Assert.Equal([At("a.onnx")], Directory.GetFileSystemEntries(Folder));

        double Largest<T>(Network<T> network, Matrix<T> X) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        {
            Onnx.Save(network, At("a.onnx"));
            using var session = new InferenceSession(At("a.onnx"));
            var (found, expected) = (Run(session, X), network.Probabilities(X).ToArray());
            Assert.Equal(10 * 10_000, found.Length);
            return found.Zip(expected, (a, b) => Math.Abs(double.CreateChecked(a - b))).Max();
        }
    }

    [Theory]
    [InlineData(Activation.ReLU, new[] { 784, 10 })]
    [InlineData(Activation.ReLU, new[] { 3, 5, 4 })]
    [InlineData(Activation.Sigmoid, new[] { 6, 300, 2 })]
    [InlineData(Activation.Tanh, new[] { 5, 7, 6, 3 })]
    public void Any_network_gives_the_same_probabilities(Activation activation, int[] sizes)
    {
        var random = new Random(1);
        Same<double>(1e-12);
        Same<float>(2e-6);

        void Same<T>(double within) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        {
            var network = Network<T>.Create(sizes, random, Initialisation.Original, activation, Loss.SquaredError);
            var X = Matrix.Normal<T>(sizes[0], 50, 1, random);
            using var session = new InferenceSession(Onnx.Model(network));
            Assert.Equal([-1, sizes[0]], session.InputMetadata[Onnx.Input].Dimensions);
            Assert.Equal([-1, sizes[^1]], session.OutputMetadata[Onnx.Output].Dimensions);
            Assert.InRange(Run(session, X).Zip(network.Probabilities(X).ToArray(), (a, b) => Math.Abs(double.CreateChecked(a - b))).Max(), 0, within);
        }
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_named_and_nothing_is_left()
    {
        var network = Network<float>.Create([2, 2], new Random(1));
        Directory.CreateDirectory(At("a.onnx"));
        foreach (var path in new[] { At("a.onnx"), Path.Combine(Folder, "none", "a.onnx") })
            Assert.Contains("expected a file that can be written", Assert.Throws<IOException>(() => Onnx.Save(network, path)).Message);
        Assert.Equal([At("a.onnx")], Directory.GetFileSystemEntries(Folder));
    }
}
