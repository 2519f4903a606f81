using System.Numerics;
using System.Runtime.Intrinsics;
using CsCheck;

namespace Tests.Lib;

/// <summary>The fast step drops out what <see cref="Dropout.Mask"/> says, bit for bit, in registers of every length.</summary>
public class MaskTests
{
    [Fact]
    public void Registers_of_every_length_drop_out_what_the_mask_of_the_course_says() =>
        Gen.Select(Gen.Int[1, 150], Gen.Int[1, 20], Gen.OneOf(Gen.Const(0.0), Gen.Const(0.5), Gen.Const(1 - 1e-16), Gen.Double[0, 0.999]), Gen.Long, Gen.Int[0, 9])
            .Sample((units, count, p, key, before) =>
            {
                Agree<float>(new PanelKernels<float, Vector512<float>, Register512<float>>());
                Agree<float>(new PanelKernels<float, Vector<float>, Register<float>>());
                Agree<float>(new PrecompiledKernels<float>());
                Agree<double>(new PanelKernels<double, Vector512<double>, Register512<double>>());
                Agree<double>(new PanelKernels<double, Vector<double>, Register<double>>());
                Agree<double>(new PrecompiledKernels<double>());

                // Some examples of a batch that has others before them.
                void Agree<T>(PanelKernels<T> kernels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
                {
                    var D = Dropout.Mask<T>(units, before + count, p, key);
                    var (mask, scale) = (Mask.Of(key, p), T.CreateChecked(1 / (1 - p)));
                    var random = new Random(units);
                    foreach (var panel in Panel.Cut(units, kernels.RegisterLength))
                    {
                        var a = new T[panel.Width * count];
                        for (var j = 0; j < count; j++)
                            for (var n = 0; n < panel.Count; n++) a[j * panel.Width + n] = T.CreateChecked(random.NextDouble());
                        var expected = a.Select((x, i) => i % panel.Width < panel.Count ? x * D[panel.Unit + i % panel.Width, before + i / panel.Width] : x).ToArray();
                        kernels.DropOut(panel.Width, count, mask, (uint)(before * units + panel.Unit), units, scale, ref a[0]);
                        Assert.Equal(expected, a);
                    }
                }
            }, iter: 100);

    [Fact]
    public void One_number_by_itself_is_kept_or_not_as_in_the_mask_of_the_course()
    {
        var (D, mask) = (Dropout.Mask<double>(30, 40, 0.3, -5), Mask.Of(-5, 0.3));
        Assert.Equal(D.ToArray().Select(d => d > 0), Enumerable.Range(0, 1200).Select(i => mask.Keeps((uint)i)));
    }
}
