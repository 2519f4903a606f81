using System.Runtime.InteropServices;
using System.Runtime.InteropServices.JavaScript;

namespace Nb.Engine;

/// <summary>The routines of simd/simd.wat. They work in the memory of .NET: addresses and steps between numbers are in bytes.</summary>
internal static unsafe partial class Simd
{
    private static nint s_panel;
    private static int s_panelLength;

    /// <summary>Puts the routines into the seam of the library. Of numbers of 64 bits, which gradient checks use, only the
    /// product is here: the rest is as it is taught.</summary>
    public static void On()
    {
        Seam<float>.Use(Product, SimdOutputs.Compute, SimdStep.Begin);
        Seam<double>.Use(Product, null, null);
    }

    /// <inheritdoc cref="ProductRoutine{T}"/>
    private static void Product(int n, int k, int m, ReadOnlyMemory<float> A, bool isATransposed, ReadOnlyMemory<float> B, bool isBTransposed, Memory<float> C)
    {
        C.Span.Clear();
        fixed (float* a = A.Span, b = B.Span, c = C.Span)
            Product(n, k, m, a, isATransposed, b, isBTransposed, c);
    }

    private static void Product(int n, int k, int m, ReadOnlyMemory<double> A, bool isATransposed, ReadOnlyMemory<double> B, bool isBTransposed, Memory<double> C)
    {
        C.Span.Clear();
        if (n == 0 || k == 0 || m == 0)
            return;
        fixed (double* a = A.Span, b = B.Span, c = C.Span)
        {
            Product64(n, k, m, (int)a, isATransposed ? k * 8 : 8, isATransposed ? 8 : n * 8,
                (int)b, isBTransposed ? m * 8 : 8, isBTransposed ? 8 : k * 8, (int)c, Panel(k));
        }
    }

    /// <summary>C ← C + A·B.</summary>
    public static void Product(int n, int k, int m, float* A, bool isATransposed, float* B, bool isBTransposed, float* C)
    {
        if (n == 0 || k == 0 || m == 0)
            return;
        Product32(n, k, m, (int)A, isATransposed ? k * 4 : 4, isATransposed ? 4 : n * 4,
            (int)B, isBTransposed ? m * 4 : 4, isBTransposed ? 4 : k * 4, (int)C, Panel(k));
    }

    /// <summary>b ← b + scale·(the sum of the columns of D), which is D times a column of as many numbers `scale`.</summary>
    public static void AddColumns(int rows, int columns, float* D, float scale, float* b)
    {
        if (rows > 0 && columns > 0)
            Product32(rows, columns, 1, (int)D, 4, rows * 4, (int)&scale, 0, 0, (int)b, Panel(columns));
    }

    /// <summary>Memory for a panel of the product.</summary>
    private static int Panel(int k)
    {
        if (k > s_panelLength)
        {
            NativeMemory.AlignedFree((void*)s_panel);
            s_panel = (nint)NativeMemory.AlignedAlloc((nuint)(32 * k + 128), 64);
            s_panelLength = k;
        }
        return (int)s_panel;
    }

    [JSImport("product32", "simd")]
    private static partial void Product32(int n, int k, int m, int A, int aRow, int aColumn, int B, int bRow, int bColumn, int C, int panel);

    [JSImport("product64", "simd")]
    private static partial void Product64(int n, int k, int m, int A, int aRow, int aColumn, int B, int bRow, int bColumn, int C, int panel);

    /// <summary>x ← max(x, 0).</summary>
    [JSImport("relu", "simd")]
    public static partial void ReLU(int count, int x);

    /// <summary>d ← d where x &gt; 0, else 0.</summary>
    [JSImport("whereActive", "simd")]
    public static partial void WhereActive(int count, int x, int d);

    /// <summary>x ← decay·x + step·g.</summary>
    [JSImport("descend", "simd")]
    public static partial void Descend(int count, int x, int g, float decay, float step);

    /// <summary>v ← μ·v + share·g, x ← decay·x + step·v.</summary>
    [JSImport("momentum", "simd")]
    public static partial void Momentum(int count, int x, int v, int g, float decay, float mu, float share, float step);

    /// <summary>m ← β1·m + share1·g, s ← β2·s + share2·g², x ← decay·x + step·m/(√(correction·s) + ε).</summary>
    [JSImport("adam", "simd")]
    public static partial void Adam(int count, int x, int m, int s, int g, float decay, float beta1, float share1, float beta2, float share2, float correction, float epsilon, float step);
}
