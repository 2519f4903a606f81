using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.DotNet.Interactive.Formatting;

namespace Tests.Lib;

/// <summary>lib/Setup.csx, loaded as a notebook loads it.</summary>
public sealed class SetupTests
{
    [Theory]
    [InlineData(OptimizationLevel.Release, true)]
    [InlineData(OptimizationLevel.Debug, false)]
    public async Task ReadySaysWhetherTheScriptsWereOptimised(OptimizationLevel level, bool optimised)
    {
        var session = new ScriptSession(level);
        await session.Import("Setup.csx");
        await session.Run("public sealed class Needed<T>;");
        Assert.Null(await session.Run("Setup.IsOptimised"));

        var lines = ((string)(await session.Run("Setup.Ready(typeof(Needed<float>))"))!).Split('\n');

        Assert.Equal(optimised, await session.Run("Setup.IsOptimised"));
        Assert.Equal("Ready: Needed", lines[0]);
        Assert.StartsWith("Client: another client · .NET 10", lines[1]);
        Assert.Equal(optimised, lines[1].EndsWith(" · optimised", StringComparison.Ordinal));
        Assert.Equal(optimised ? 3 : 4, lines.Length);
        if (!optimised) Assert.StartsWith("not optimised: about 5 times slower, see setup.md", lines[2]);
        Assert.Matches(@"^\d+ threads? · (4|8|16) floats at once$", lines[^1]);
    }

    [Fact]
    public async Task AllScriptsAreReadyAfterTheirImports()
    {
        var session = new ScriptSession(OptimizationLevel.Release);
        await session.ImportCourse();
        Assert.StartsWith("Ready: Network, Charts\n", (string)(await session.Run("Setup.Ready(typeof(Network<float>), typeof(Charts))"))!);
        Assert.Equal("Curve", await session.Run("""Charts.Lines("Curve", "x", "y", new Curve("a", [1, 2], [3, 4])).ToString()"""));
    }

    [Fact, Trait("Time", "long")]
    public async Task ImportsLeaveOrdinaryNamesToTheReader()
    {
        var session = new ScriptSession(OptimizationLevel.Debug);
        await session.ImportCourse();
        Assert.Equal("Line 3", await session.Run("""
            record Line(int Length); enum Color { Red } record Title(string Text); record Shape(int Rows);
            var Layout = 3; var Config = Color.Red;
            $"Line {new Line(Layout).Length}"
            """));
        Assert.Equal("mine", await session.Run("""
            using Plotly.NET.CSharp;
            var chart = Chart.Line<double, double, string>(x: [1.0, 2.0], y: [1.0, 2.0]).WithXAxisStyle<double, double, string>(TitleText: "x");
            Charts.Show(chart, "mine").Title
            """));
        Assert.Equal("theirs", await session.Run("""
            using Plotly.NET;
            Charts.Show(Plotly.NET.CSharp.Chart.Point<double, double, string>(x: [1.0], y: [1.0]), "theirs").Title
            """));
    }

    [Fact]
    public async Task ChecksPassWithATickAndFailWithACross()
    {
        var session = new ScriptSession(OptimizationLevel.Debug);
        await session.Import("Setup.csx");
        Assert.Equal("✓ one is one", await session.Run("""Check.That(1 == 1, "one is one")"""));
        Assert.Equal("✓ near", await session.Run("""Check.Close(1, 1.05, 0.1, "near")"""));
        Assert.Equal("✓ the same", await session.Run("""Check.Close(double.PositiveInfinity, double.PositiveInfinity, 0, "the same")"""));

        var failed = await Assert.ThrowsAnyAsync<Exception>(() => session.Run("""Check.That(false, "one is two")"""));
        Assert.Equal(("CheckFailedException", "✗ one is two"), (failed.GetType().Name, failed.Message));
        failed = await Assert.ThrowsAnyAsync<Exception>(() => session.Run("""Check.Close(1, 1.25, 0.1, "near")"""));
        Assert.Equal("✗ near: 1 and 1.25 differ by 0.25, more than 0.1", failed.Message);
        failed = await Assert.ThrowsAnyAsync<Exception>(() => session.Run("""Check.Close(double.NaN, 1, 0.1, "near")"""));
        Assert.StartsWith("✗ near: NaN", failed.Message);
    }

    [Fact]
    public async Task WithoutLiveDisplayTheLastValueIsKept()
    {
        var session = new ScriptSession(OptimizationLevel.Debug);
        await session.Import("Setup.csx");
        Assert.Equal("third", await session.Run("""var live = Live.Show("first"); live.Update("second"); live.Update("third"); live.Final"""));
        Assert.Equal(false, await session.Run("Live.Token.CanBeCanceled"));
    }

    [Theory]
    [InlineData("DerivedKernel")]
    [InlineData("CompositeKernel")]
    public async Task InDotNetInteractiveTheOptimiserIsSwitchedOn(string kernel)
    {
        using var client = DotNetInteractive.Start(DotNetInteractive.New(kernel));
        var session = new ScriptSession(OptimizationLevel.Debug);
        await session.Import("Setup.csx");
        Assert.Equal((OptimizationLevel.Release, 0), (client.ScriptOptions.OptimizationLevel, client.ScriptOptions.WarningLevel));
        Assert.Equal(".NET Interactive", await session.Run("Setup.Client"));
        Assert.DoesNotContain("could not", (string)(await session.Run("Setup.Ready(typeof(Setup))"))!);
    }

    [Fact]
    public async Task AKernelOfAnotherShapeIsReportedAndBreaksNothing()
    {
        using var client = DotNetInteractive.Start(kernel: new object());
        var session = new ScriptSession(OptimizationLevel.Debug);
        await session.Import("Setup.csx");
        Assert.EndsWith("The client could not be set up fully: Object has no _scriptOptions with an optimisation level.",
            (string)(await session.Run("Setup.Ready(typeof(Setup))"))!);
    }

    [Fact]
    public async Task InDotNetInteractiveOutputChangesInPlaceAndTheCellCanBeStopped()
    {
        using var client = DotNetInteractive.Start();
        var session = new ScriptSession(OptimizationLevel.Debug);
        await session.Import("Setup.csx");
        // The place where it stands already: .NET Interactive shows nothing for that.
        Assert.Equal("DisplayedValue", (await session.Run("""var live = Live.Show("first"); live.Update("second"); live.Final"""))!.GetType().Name);
        Assert.Equal(["shown first", "changed to second"], client.Log);
        Assert.Equal(false, await session.Run("Live.Token.IsCancellationRequested"));
        client.Cancel();
        Assert.Equal(true, await session.Run("Live.Token.IsCancellationRequested"));
    }

    [Fact, Trait("Time", "long")]
    public async Task InDotNetInteractiveAReadersOwnChartIsShownAsAPicture()
    {
        using var client = DotNetInteractive.Start();
        var session = new ScriptSession(OptimizationLevel.Debug);
        await session.ImportCourse();
        await session.Run("Setup.Ready(typeof(Charts))");
        try
        {
            var chart = Plotly.NET.CSharp.Chart.Line<double, double, string>(x: [1.0, 2.0], y: [1.0, 2.0]);
            Assert.Equal(["application/vnd.plotly.v1+json", "text/html"], Formatter.GetPreferredMimeTypesFor(chart.GetType()));
            Assert.StartsWith("{\"data\":[{", chart.ToDisplayString("application/vnd.plotly.v1+json"));
            Assert.StartsWith("<div data-picture=", chart.ToDisplayString("text/html"));
            // nb asks the same formatter.
            Assert.Equal(chart.ToDisplayString("text/html"), Nb.Values.ValueFormatter.Format(chart)["text/html"]);
        }
        finally
        {
            Formatter.ResetToDefault();
        }
    }

    /// <summary>Types with the names and the shapes that .NET Interactive's public source has, compiled into an assembly of their own.</summary>
    private sealed class DotNetInteractive : IDisposable
    {
        private const string Source = """
            using System; using System.Collections.Generic; using System.Threading;
            namespace Microsoft.DotNet.Interactive
            {
                public class Kernel { }
                public class CSharpKernel : Kernel { private Microsoft.CodeAnalysis.Scripting.ScriptOptions _scriptOptions = Microsoft.CodeAnalysis.Scripting.ScriptOptions.Default; }
                public class DerivedKernel : CSharpKernel { }
                public class CompositeKernel : Kernel { public IEnumerable<Kernel> ChildKernels { get; } = new List<Kernel> { new Kernel(), new CSharpKernel() }; }
                public class KernelInvocationContext
                {
                    private static readonly AsyncLocal<KernelInvocationContext> _current = new();
                    public readonly CancellationTokenSource Source = new();
                    public readonly List<string> Log = new();
                    public static KernelInvocationContext Current => _current.Value;
                    public static void Set(KernelInvocationContext context) => _current.Value = context;
                    public object HandlingKernel { get; set; }
                    public CancellationToken CancellationToken => Source.Token;
                }
                public class DisplayedValue
                {
                    public KernelInvocationContext Context;
                    public void Update(object updatedValue) => Context.Log.Add("changed to " + updatedValue);
                }
                public static class KernelInvocationContextExtensions
                {
                    public static DisplayedValue Display(this KernelInvocationContext context, object value, params string[] mimeTypes)
                    {
                        context.Log.Add("shown " + value + string.Concat(mimeTypes));
                        return new DisplayedValue { Context = context };
                    }
                    public static DisplayedValue DisplayAs(this KernelInvocationContext context, string value, string mimeType) => null;
                }
            }
            """;

        private static readonly Assembly Types = Compile();
        private readonly Type type = Types.GetType("Microsoft.DotNet.Interactive.KernelInvocationContext")!;
        private readonly object context;

        // Not async: what is set here must still be set where the test goes on.
        private DotNetInteractive(object? kernel)
        {
            context = Activator.CreateInstance(type)!;
            type.GetProperty("HandlingKernel")!.SetValue(context, kernel ?? New("DerivedKernel"));
            type.GetMethod("Set")!.Invoke(null, [context]);
        }

        public static DotNetInteractive Start(object? kernel = null) => new(kernel);

        public static object New(string kernel) => Activator.CreateInstance(Types.GetType("Microsoft.DotNet.Interactive." + kernel)!)!;

        public List<string> Log => (List<string>)type.GetField("Log")!.GetValue(context)!;

        /// <summary>The compiler's options of the kernel that handles the cell, or of its last child.</summary>
        public ScriptOptions ScriptOptions
        {
            get
            {
                var kernel = type.GetProperty("HandlingKernel")!.GetValue(context)!;
                if (kernel.GetType().GetProperty("ChildKernels")?.GetValue(kernel) is IEnumerable<object> children) kernel = children.Last();
                return (ScriptOptions)Types.GetType("Microsoft.DotNet.Interactive.CSharpKernel")!
                    .GetField("_scriptOptions", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(kernel)!;
            }
        }

        public void Cancel() => ((CancellationTokenSource)type.GetField("Source")!.GetValue(context)!).Cancel();

        public void Dispose() => type.GetMethod("Set")!.Invoke(null, [null]);

        private static Assembly Compile()
        {
            var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
                .Select(path => MetadataReference.CreateFromFile(path));
            var compilation = CSharpCompilation.Create("DotNetInteractiveStandIn", [CSharpSyntaxTree.ParseText(Source)], references,
                new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
            using var image = new MemoryStream();
            var result = compilation.Emit(image);
            Assert.True(result.Success, string.Join('\n', result.Diagnostics));
            return Assembly.Load(image.ToArray());
        }
    }
}
