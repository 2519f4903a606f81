using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

#nullable enable

// How the training step keeps the parameters of a network: panel after panel of hidden units.

/// <summary>Hidden units Unit … Unit+Count−1. The panel is filled up with zeros to Width; At says how wide those before it are.</summary>
internal readonly record struct Panel(int Unit, int Count, int Width, int At)
{
    /// <summary>Panels of four registers, and of two or one for the rest; few units are cut finer, so that threads can share them.</summary>
    public static Panel[] Cut(int units, int registerLength)
    {
        var cut = new List<Panel>();
        for (var unit = 0; unit < units; unit += cut[^1].Width)
        {
            var left = (units - unit + registerLength - 1) / registerLength;
            var width = (units >= 8 * registerLength && left >= 4 ? 4 : left >= 2 ? 2 : 1) * registerLength;
            cut.Add(new(unit, Math.Min(width, units - unit), width, unit));
        }
        return [.. cut];
    }
}

/// <summary>
/// Parameters (or gradients) of a network with one hidden layer, panel after panel. Of a panel W1 holds column after
/// column, and W2 row after row, so both hold a number for each unit of the panel, and again, and again.
/// </summary>
internal sealed class PaddedParameters<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Panel[] panels;
    private readonly int inputs, units, classes;

    public PaddedParameters(Panel[] panels, int inputs, int classes)
    {
        (this.panels, this.inputs, units, this.classes) = (panels, inputs, panels.Sum(panel => panel.Count), classes);
        var padded = panels[^1].At + panels[^1].Width;
        (W1, b1, W2, b2) = (new(padded * inputs), new(padded), new(padded * classes), new T[classes]);
    }

    public AlignedArray<T> W1 { get; }

    public AlignedArray<T> b1 { get; }

    public AlignedArray<T> W2 { get; }

    public T[] b2 { get; }

    /// <summary>The largest absolute value; NaN if there is a NaN.</summary>
    public double Largest => Math.Max(Math.Max(W1.Largest(), b1.Largest()), Math.Max(W2.Largest(), Math.Abs(double.CreateChecked(TensorPrimitives.MaxMagnitude<T>(b2)))));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Load(ReadOnlySpan<T> w1, ReadOnlySpan<T> c1, ReadOnlySpan<T> w2, ReadOnlySpan<T> c2)
    {
        foreach (var panel in panels)
        {
            for (var q = 0; q < inputs; q++) w1.Slice(q * units + panel.Unit, panel.Count).CopyTo(W1.Span(panel.At * inputs + q * panel.Width, panel.Count));
            c1.Slice(panel.Unit, panel.Count).CopyTo(b1.Span(panel.At, panel.Count));
            for (var n = 0; n < panel.Count; n++)
                for (var k = 0; k < classes; k++) W2[panel.At * classes + k * panel.Width + n] = w2[(panel.Unit + n) * classes + k];
        }
        c2.CopyTo(b2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Store(Span<T> w1, Span<T> c1, Span<T> w2, Span<T> c2)
    {
        foreach (var panel in panels)
        {
            for (var q = 0; q < inputs; q++) W1.Span(panel.At * inputs + q * panel.Width, panel.Count).CopyTo(w1[(q * units + panel.Unit)..]);
            b1.Span(panel.At, panel.Count).CopyTo(c1[panel.Unit..]);
            for (var n = 0; n < panel.Count; n++)
                for (var k = 0; k < classes; k++) w2[(panel.Unit + n) * classes + k] = W2[panel.At * classes + k * panel.Width + n];
        }
        b2.CopyTo(c2);
    }

    /// <summary>Zeros in one panel.</summary>
    public void Clear(Panel panel)
    {
        W1.Span(panel.At * inputs, panel.Width * inputs).Clear();
        b1.Span(panel.At, panel.Width).Clear();
        W2.Span(panel.At * classes, panel.Width * classes).Clear();
    }

    /// <summary>Zeros everywhere.</summary>
    public void Clear()
    {
        foreach (var panel in panels) Clear(panel);
        Array.Clear(b2);
    }

    /// <summary>this ← this + other, in one panel, and with the first panel in b2.</summary>
    public void Add(PaddedParameters<T> other, Panel panel, bool isFirst)
    {
        Add(W1.Span(panel.At * inputs, panel.Width * inputs), other.W1.Span(panel.At * inputs, panel.Width * inputs));
        Add(b1.Span(panel.At, panel.Width), other.b1.Span(panel.At, panel.Width));
        Add(W2.Span(panel.At * classes, panel.Width * classes), other.W2.Span(panel.At * classes, panel.Width * classes));
        if (isFirst) Add(b2, other.b2);

        static void Add(Span<T> sum, ReadOnlySpan<T> x) => TensorPrimitives.Add(sum, x, sum);
    }
}
