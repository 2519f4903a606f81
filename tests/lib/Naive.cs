using System.Numerics;

namespace Tests.Lib;

/// <summary>The definitions, in plain loops and double precision: what the library is compared with.</summary>
internal static class Naive
{
    public static double[,] Values<T>(Matrix<T> A) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var result = new double[A.Rows, A.Columns];
        for (var i = 0; i < A.Rows; i++)
            for (var j = 0; j < A.Columns; j++)
                result[i, j] = double.CreateChecked(A[i, j]);
        return result;
    }

    public static double[,] Product(double[,] A, double[,] B)
    {
        var C = new double[A.GetLength(0), B.GetLength(1)];
        for (var i = 0; i < A.GetLength(0); i++)
            for (var j = 0; j < B.GetLength(1); j++)
                for (var k = 0; k < A.GetLength(1); k++)
                    C[i, j] += A[i, k] * B[k, j];
        return C;
    }

    public static double[,] Softmax(double[,] Z)
    {
        var A = new double[Z.GetLength(0), Z.GetLength(1)];
        for (var j = 0; j < Z.GetLength(1); j++)
        {
            var sum = 0.0;
            for (var i = 0; i < Z.GetLength(0); i++) sum += Math.Exp(Z[i, j]);
            for (var i = 0; i < Z.GetLength(0); i++) A[i, j] = Math.Exp(Z[i, j]) / sum;
        }
        return A;
    }

    /// <summary>The largest |a − b| over all entries; NaN against NaN and ∞ against the same ∞ count as equal.</summary>
    public static double Distance<T>(Matrix<T> A, double[,] B) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Assert.Equal((B.GetLength(0), B.GetLength(1)), (A.Rows, A.Columns));
        var largest = 0.0;
        for (var i = 0; i < A.Rows; i++)
            for (var j = 0; j < A.Columns; j++)
            {
                var (a, b) = (double.CreateChecked(A[i, j]), B[i, j]);
                if (a.Equals(b)) continue;
                if (double.IsNaN(a) || double.IsNaN(b)) return double.PositiveInfinity;
                largest = Math.Max(largest, Math.Abs(a - b));
            }
        return largest;
    }

    public static void Same<T>(double[,] expected, Matrix<T> actual, double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var distance = Distance(actual, expected);
        Assert.True(distance <= tolerance, $"{typeof(T).Name} {actual.Shape}: differs by {distance}, allowed {tolerance}");
    }

    public static void SameBits<T>(Matrix<T> expected, Matrix<T> actual) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Assert.Equal(expected.ToArray(), actual.ToArray());
}
