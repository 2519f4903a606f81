using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

#nullable enable

// A trained network as ONNX, the format that other engines read: telephones, browsers, graphics cards, clusters.
// Section 10 of my_note.md. Beside this file: the specification, https://onnx.ai/onnx/repo-docs/IR.html, and the numbers of
// the fields, onnx.proto of the same project.

/// <summary>Writes a network as an ONNX model.</summary>
/// <remarks>
/// An ONNX model is a list of operations. In ONNX one row is one example, so the model computes the transpose of the notes:
/// Z1ᵀ = Xᵀ·W1ᵀ + b1ᵀ (3.1), A1ᵀ = g(Z1ᵀ) (3.2), Z2ᵀ = A1ᵀ·W2ᵀ + b2ᵀ (3.3), A2ᵀ = softmax of each row (3.4).
/// </remarks>
public static class Onnx
{
    /// <summary>The names of the model's input, m×784 numbers from 0 to 1, and of its output, m×10 probabilities.</summary>
    public const string Input = "pixels", Output = "probabilities";

    /// <summary>The version of the list of operations; any engine since 2020 knows it.</summary>
    private const int Operations = 13, Format = 7;

    /// <summary>Writes the model. It is written beside and then renamed, so the file is never half there.</summary>
    /// <exception cref="IOException">The file cannot be written; an older one stays as it was.</exception>
    public static void Save<T>(Network<T> network, string path) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var beside = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            File.WriteAllBytes(beside, Model(network));
            File.Move(beside, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: expected a file that can be written, found: {error.Message} Nothing was written; check that the folder is there and may be written to.", error);
        }
        finally
        {
            if (File.Exists(beside)) File.Delete(beside);
        }
    }

    /// <summary>The bytes of the model.</summary>
    /// <exception cref="ArgumentException">The numbers are neither float nor double.</exception>
    public static byte[] Model<T>(Network<T> network) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var number = typeof(T) == typeof(float) ? 1 : typeof(T) == typeof(double) ? 11   // as TensorProto.DataType counts
            : throw new ArgumentException($"ONNX models have numbers of type float or double here; the network has {typeof(T).Name}.");
        List<byte[]> nodes = [], parameters = [];
        var last = network.W.Length;
        var before = Input;
        for (var l = 1; l <= last; l++)
        {
            // W is stored column by column, which is Wᵀ row by row: the same bytes.
            parameters.Add(Tensor($"W{l}T", number, [network.W[l - 1].Columns, network.W[l - 1].Rows], network.W[l - 1].ToPlain()));
            parameters.Add(Tensor($"b{l}", number, [network.W[l - 1].Rows], network.b[l - 1].ToPlain()));
            nodes.Add(Node("Gemm", [before, $"W{l}T", $"b{l}"], $"Z{l}"));   // (3.1), (3.3)
            before = l < last ? $"A{l}" : Output;
            nodes.Add(l < last
                ? Node(network.Hidden switch { Activation.ReLU => "Relu", Activation.Sigmoid => "Sigmoid", _ => "Tanh" }, [$"Z{l}"], before)   // (3.2)
                : Node("Softmax", [$"Z{l}"], before, Attribute("axis", 1)));   // (3.4)
        }
        var graph = Message(
            [.. nodes.Select(node => Field(1, node)), Field(2, "network"), .. parameters.Select(tensor => Field(5, tensor)),
             Field(11, Value(Input, number, network.Sizes[0])), Field(12, Value(Output, number, network.Sizes[^1]))]);
        return Message(   // ModelProto
            Field(1, Format), Field(2, "A neural network from scratch"), Field(7, graph),
            Field(8, Message(Field(1, ""), Field(2, Operations))));   // the operations of ONNX itself
    }

    // ───────────────────────────── The messages of ONNX ─────────────────────────────

    private static byte[] Node(string operation, string[] inputs, string output, params byte[][] attributes) => Message(
        [.. inputs.Select(input => Field(1, input)), Field(2, output), Field(3, output), Field(4, operation), .. attributes.Select(attribute => Field(5, attribute))]);

    private static byte[] Attribute(string name, long value) => Message(Field(1, name), Field(3, value), Field(20, 2));   // 2: a whole number

    /// <summary>Numbers with a name: their sizes, and the bytes row by row, little-endian.</summary>
    private static byte[] Tensor<T>(string name, int number, int[] sizes, Matrix<T> values) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Message(
        [.. sizes.Select(size => Field(1, size)), Field(2, number), Field(8, name), Field(9, MemoryMarshal.AsBytes(values.Span).ToArray())]);

    /// <summary>What goes in or comes out: any number of rows, m, and a known number of columns.</summary>
    private static byte[] Value(string name, int number, int columns) => Message(
        Field(1, name),
        Field(2, Message(Field(1, Message(   // TypeProto, its kind "tensor"
            Field(1, number),
            Field(2, Message(Field(1, Message(Field(2, "m"))), Field(1, Message(Field(1, columns))))))))));

    // ───────────────────────────── Protocol buffers ─────────────────────────────
    //
    // A message is its fields one after the other. A field begins with 8·number + kind; kind 0 is a whole number in groups of
    // seven bits, the lowest first, each but the last with 128 added; kind 2 is a length and as many bytes.

    private static byte[] Message(params byte[][] fields) => [.. fields.SelectMany(field => field)];

    private static byte[] Field(int number, long value) => [.. Whole(8 * number), .. Whole(value)];

    private static byte[] Field(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    private static byte[] Field(int number, byte[] content) => [.. Whole(8 * number + 2), .. Whole(content.Length), .. content];

    private static IEnumerable<byte> Whole(long value)
    {
        for (; value > 127; value >>= 7) yield return (byte)(value & 127 | 128);
        yield return (byte)value;
    }
}
