using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Threading;

#nullable enable

// Makes the program that runs the cells (the client) ready, whichever it is. Everything that differs between clients is
// here, and is looked up by name when it is needed: no client has to be there for the script to compile.

/// <summary>What the client can do, and whether everything that a notebook imports has arrived.</summary>
public static class Setup
{
    private static string? problem;

    /// <summary>The client: ".NET Interactive", "nb", "Verso", or "another client".</summary>
    public static string Client =>
        Clients.DotNetInteractive != null ? ".NET Interactive"
        : Clients.Nb != null ? "nb"
        : Clients.Assemblies.Any(a => a.GetName().Name is { } name && (name == "Verso" || name.StartsWith("Verso.", StringComparison.Ordinal))) ? "Verso"
        : "another client";

    /// <summary>Whether the imported scripts were compiled with the optimiser; null before <see cref="Ready"/> has looked.</summary>
    public static bool? IsOptimised { get; private set; }

    // Types of the scripts that course.dib imports: where one is missing, its import has failed.
    private static readonly string[] course =
        ["Matrix", "Network`1", "BackwardCheck", "Training", "Measures", "NetworkFile", "Mnist", "Kaggle", "Distortions", "Drawings", "Charts", "TrainingView",
         "Sketch", "NetworkFigures", "CurveFigures", "DescentFigures", "ImageFigures", "MatrixFigures", "BackwardFigures", "PanelFigures", "Fast"];

    /// <summary>
    /// Says what is ready and what it runs on. A notebook calls it after its import: one that failed silently is
    /// noticed here.
    /// </summary>
    /// <exception cref="InvalidOperationException">A script of the course has not arrived, or cannot be used, mostly
    /// because a package is missing.</exception>
    public static string Ready()
    {
        // Scripts are compiled into memory, each into a class of its own or, in the browser, all into one assembly; the newest
        // comes last.
        var types = Clients.Assemblies.Where(a => !a.IsDynamic && a.Location == "").Reverse()
            .SelectMany(Clients.TypesOf).Where(type => type.Namespace is null && course.Contains(type.Name)).ToArray();
        var needed = course.Select(name => Array.Find(types, type => type.Name == name)).ToArray();
        if (Array.FindIndex(needed, type => type is null) is >= 0 and var missing)
            throw new InvalidOperationException($"{course[missing].Split('`')[0]} is not there: an import failed. Run the cell " +
                "`#!import ../lib/course.dib` again and look at what it says, then this cell.");
        return Ready([.. needed.Select(type => type!.ContainsGenericParameters ? type.MakeGenericType(typeof(float)) : type)]);
    }

    /// <summary>The same for scripts that were imported one by one.</summary>
    /// <param name="needed">A type of each imported script.</param>
    /// <exception cref="InvalidOperationException">A type cannot be used, mostly because a package is missing.</exception>
    public static string Ready(params Type[] needed)
    {
        foreach (var type in needed)
        {
            try
            {
                // Looks at every type that the methods speak of, and so at the packages that they come from.
                foreach (var method in type.GetMethods()) method.GetParameters();
            }
            catch (Exception e) when (e is IOException or TypeLoadException or BadImageFormatException)
            {
                throw new InvalidOperationException(
                    $"{Name(type)} cannot be used: {e.Message} Run the cell with the #r lines, then the imports, then this cell again.", e);
            }
        }
        if (needed.Length > 0)
            IsOptimised = needed.All(type => type.Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true });
        foreach (var type in needed) ForeignCharts.Register(type);

        var lines = new List<string>
        {
            "Ready: " + (needed.Length > 0 ? string.Join(", ", needed.Select(Name)) : "nothing was asked for"),
            $"Client: {Client} · {RuntimeInformation.FrameworkDescription}" + (IsOptimised == true ? " · optimised" : ""),
        };
        if (IsOptimised == false)
            lines.Add("not optimised: " + WithoutOptimiser(needed.FirstOrDefault(type => type.Name == "Fast")));
        lines.Add($"{Environment.ProcessorCount} thread{(Environment.ProcessorCount == 1 ? "" : "s")} · {Vector<float>.Count} floats at once");
        if (problem != null) lines.Add(problem);
        return string.Join('\n', lines);
    }

    // Fast.csx says whether it could compile what takes long anew.
    private static string WithoutOptimiser(Type? fast) =>
        fast?.GetProperty("IsRecompiled")?.GetValue(null) is true ? "products and training steps were compiled anew, with the optimiser"
        : "about 5 times slower, see setup.md" + (fast?.GetProperty("Problem")?.GetValue(null) is string why ? $" ({why})" : "");

    /// <summary>Runs once, at the end of this script. What it cannot do, <see cref="Ready"/> reports.</summary>
    internal static void Begin()
    {
        try
        {
            if (Clients.DotNetInteractive is not { } context) return;
            ResolveFSharpCore();
            SetCompiler(context);
        }
        catch (Exception e)
        {
            problem = $"The client could not be set up fully: {(e as TargetInvocationException)?.InnerException?.Message ?? e.Message}";
        }
    }

    // .NET Interactive compiles cells for a debugger, and shows in red that a package was built for an older framework
    // (CS1701, hundreds of times under one import) and that a cell writes `string?` (CS8632). Its kernel keeps the
    // compiler's options in a private field, and reads them anew for each cell: with others in it, all later cells are
    // optimised, and of what the compiler has to say only errors are shown.
    private static void SetCompiler(object context)
    {
        const string name = "_scriptOptions";
        var kernel = context.GetType().GetProperty("HandlingKernel")?.GetValue(context)
            ?? throw new InvalidOperationException("no kernel handles this cell.");
        // Where one kernel stands for several, it is one of its children that compiles.
        kernel = (kernel.GetType().GetProperty("ChildKernels")?.GetValue(kernel) as System.Collections.IEnumerable)?
            .Cast<object>().FirstOrDefault(child => Field(child, name) != null) ?? kernel;
        var field = Field(kernel, name);
        var options = field?.GetValue(kernel);
        var with = options?.GetType().GetMethod("WithOptimizationLevel")
            ?? throw new InvalidOperationException($"{kernel.GetType().Name} has no {name} with an optimisation level.");
        var level = Enum.Parse(with.GetParameters()[0].ParameterType, "Release");
        var optimised = with.Invoke(options, [level])!;
        field!.SetValue(kernel, optimised.GetType().GetMethod("WithWarningLevel")?.Invoke(optimised, [0]) ?? optimised);
    }

    private static FieldInfo? Field(object instance, string name)
    {
        for (var type = instance.GetType(); type != null; type = type.BaseType)
            if (type.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly) is { } field)
                return field;
        return null;
    }

    // .NET Interactive carries an older FSharp.Core than Plotly.NET asks for, and it serves; without a word from here
    // the first chart fails.
    private static void ResolveFSharpCore()
    {
        const string once = "Setup.csx resolves FSharp.Core";
        if (AppDomain.CurrentDomain.GetData(once) != null) return;
        AppDomain.CurrentDomain.SetData(once, true);
        AssemblyLoadContext.Default.Resolving += (_, wanted) =>
            wanted.Name == "FSharp.Core" ? Clients.Assemblies.FirstOrDefault(a => a.GetName().Name == "FSharp.Core") : null;
    }

    private static string Name(Type type) => type.Name.Split('`')[0];
}

/// <summary>Checks in the open: each says what it has checked, and stops the notebook when that does not hold.</summary>
public static class Check
{
    /// <summary>Checks that something is true.</summary>
    /// <param name="condition">What must be true.</param>
    /// <param name="claim">The same in words.</param>
    /// <returns>"✓ " and the claim.</returns>
    /// <exception cref="CheckFailedException">It is not true.</exception>
    public static string That(bool condition, string claim) =>
        condition ? "✓ " + claim : throw new CheckFailedException("✗ " + claim);

    /// <summary>Checks that two numbers differ by no more than a tolerance. NaN is close to nothing.</summary>
    /// <param name="a">One number.</param>
    /// <param name="b">The other.</param>
    /// <param name="tolerance">The largest difference allowed, in the unit of the numbers.</param>
    /// <param name="claim">What is claimed, in words.</param>
    /// <returns>"✓ " and the claim.</returns>
    /// <exception cref="CheckFailedException">They differ by more, or one is NaN.</exception>
    public static string Close(double a, double b, double tolerance, string claim) =>
        a == b || Math.Abs(a - b) <= tolerance ? "✓ " + claim : throw new CheckFailedException(string.Create(CultureInfo.InvariantCulture,
            $"✗ {claim}: {a:G9} and {b:G9} differ by {Math.Abs(a - b):G3}, more than {tolerance:G3}"));
}

/// <summary>A check did not hold.</summary>
/// <param name="message">"✗ " and what was claimed.</param>
public sealed class CheckFailedException(string message) : Exception(message);

/// <summary>Output that changes while a cell runs.</summary>
public static class Live
{
    /// <summary>
    /// Cancelled when the reader stops the cell, where the client says so; loops that run long look at it. Take it in
    /// the cell itself, not in a thread of its own.
    /// </summary>
    public static CancellationToken Token =>
        Clients.Context is { } context && context.GetType().GetProperty("CancellationToken")?.GetValue(context) is CancellationToken token
            ? token : CancellationToken.None;

    /// <summary>Shows a value that <see cref="LiveOutput.Update"/> replaces. End the cell with <see cref="LiveOutput.Final"/>.</summary>
    /// <param name="value">What to show first.</param>
    public static LiveOutput Show(object value) => new(value);
}

/// <summary>One place in the output of a cell. Where the client cannot change output in place, it keeps the last value.</summary>
public sealed class LiveOutput
{
    private readonly Action<object>? update;
    private readonly object? place;
    private object last;

    internal LiveOutput(object value)
    {
        last = value;
        try
        {
            place = Display(value);
            update = place?.GetType().GetMethod("Update", [typeof(object)])?.CreateDelegate<Action<object>>(place);
        }
        catch (Exception e) when (e is TargetInvocationException or MemberAccessException or ArgumentException)
        {
            update = null;
        }
    }

    /// <summary>
    /// What the cell ends with: the last value where it could not be shown while the cell ran; where it was shown,
    /// something that shows nothing.
    /// </summary>
    // .NET Interactive writes <null> for null and an empty Out[n] for an empty text; it writes nothing for a place that
    // it has shown already.
    public object? Final => update == null ? last : Clients.DotNetInteractive != null ? place : null;

    /// <summary>Replaces the value.</summary>
    public void Update(object value)
    {
        last = value;
        update?.Invoke(value);
    }

    // The client's own way to show a value: the place where it stands, which can be updated; null when it has none.
    private static object? Display(object value)
    {
        if (Clients.DotNetInteractive is { } context)
        {
            var display = context.GetType().Assembly.GetType("Microsoft.DotNet.Interactive.KernelInvocationContextExtensions")?
                .GetMethods(BindingFlags.Public | BindingFlags.Static)
                .FirstOrDefault(m => m.Name == "Display" && m.GetParameters() is [_, { ParameterType: var second }, ..] && second == typeof(object));
            // After the context and the value come the MIME types: none named means the preferred ones.
            return display?.Invoke(null, [context, value, .. display.GetParameters().Skip(2).Select(p => p.ParameterType.IsArray ? Array.Empty<string>() : null)]);
        }
        return Clients.Nb is { } cell ? cell.GetType().GetMethod("Display", [typeof(object)])?.Invoke(cell, [value]) : null;
    }
}

/// <summary>A chart that a reader makes with Plotly.NET itself is shown as a picture of the course.</summary>
internal static class ForeignCharts
{
    /// <summary>Tells the client's formatter of Plotly.NET's chart type, which Charts.Show turns into a picture.</summary>
    public static void Register(Type charts)
    {
        var show = charts.GetMethod("Show", BindingFlags.Public | BindingFlags.Static);
        if (show?.GetParameters() is not [{ ParameterType: { FullName: "Plotly.NET.GenericChart" } chart }, { ParameterType: var text }] || text != typeof(string)) return;
        object Picture(object value) => show.Invoke(null, [value, ""])!;
        string Json(object picture) => (string)picture.GetType().GetProperty("Json")!.GetValue(picture)!;
        string Html(object picture) => (string)picture.GetType().GetMethod("ToHtml")!.Invoke(picture, [])!;
        if (Clients.Context != null) TellFormatter(chart, value => Json(Picture(value)), value => Html(Picture(value)));
        else TellVerso(chart, value => Html(Picture(value)));
    }

    // .NET Interactive and nb have the same formatter.
    private static void TellFormatter(Type chart, Func<object, string> json, Func<object, string> html)
    {
        var formatter = Clients.Find("Microsoft.DotNet.Interactive.Formatting.Formatter");
        var register = formatter?.GetMethod("Register", [typeof(Type), typeof(Action<object, TextWriter>), typeof(string)]);
        var prefer = formatter?.GetMethod("SetPreferredMimeTypesFor", [typeof(Type), typeof(string[])]);
        if (register == null || prefer == null) return;
        const string plotly = "application/vnd.plotly.v1+json", page = "text/html";
        register.Invoke(null, [chart, (object value, TextWriter writer) => writer.Write(json(value)), plotly]);
        register.Invoke(null, [chart, (object value, TextWriter writer) => writer.Write(html(value)), page]);
        prefer.Invoke(null, [chart, new[] { plotly, page }]);
    }

    // Verso's list of formatters is behind what shows a value while a cell runs.
    private static void TellVerso(Type chart, Func<object, string> html)
    {
        const BindingFlags any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        var handler = (Clients.Find("Verso.Abstractions.DisplayContext")?.GetProperty("Current", any)?.GetValue(null) as Delegate)?.Target;
        var host = handler?.GetType().GetField("_extensionHost", any)?.GetValue(handler);
        var load = host?.GetType().GetMethod("LoadExtensionAsync");
        if (load == null || Clients.Find("Verso.Abstractions.IDataFormatter") is not { } formatter) return;
        var known = (host!.GetType().GetMethod("GetFormatters")?.Invoke(host, []) as System.Collections.IEnumerable)?.OfType<VersoFormatter>().FirstOrDefault();
        var told = known ?? (VersoFormatter)DispatchProxy.Create(formatter, typeof(VersoFormatter));
        (told.Chart, told.Html) = (chart, html);
        if (known == null) ((System.Threading.Tasks.Task)load.Invoke(host, [told])!).Wait();
    }
}

/// <summary>A formatter of Verso, which asks for the value of each of its properties by name.</summary>
public class VersoFormatter : DispatchProxy
{
    internal Type Chart { get; set; } = typeof(object);
    internal Func<object, string> Html { get; set; } = _ => "";

    /// <summary>Called by Verso.</summary>
    protected override object? Invoke(MethodInfo? method, object?[]? arguments) => method!.Name switch
    {
        "get_ExtensionId" => "course.charts",
        "get_Name" => "Charts of Plotly.NET",
        "get_Version" => "1.0.0",
        "get_SupportedTypes" => new[] { Chart },
        "get_Priority" => 100,
        "CanFormat" => true,
        "FormatAsync" => Result(method.ReturnType.GenericTypeArguments[0], Html(arguments![0]!)),
        _ => method.ReturnType == typeof(System.Threading.Tasks.Task) ? System.Threading.Tasks.Task.CompletedTask : null,
    };

    // A Task<CellOutput>, of a type that only Verso has.
    private static object Result(Type type, string html)
    {
        var make = type.GetConstructors().First(c => c.GetParameters() is [{ ParameterType: var mime }, ..] && mime == typeof(string));
        object?[] arguments = ["text/html", html, .. make.GetParameters().Skip(2).Select(p => p.HasDefaultValue ? p.DefaultValue : null)];
        return typeof(System.Threading.Tasks.Task).GetMethod("FromResult")!.MakeGenericMethod(type).Invoke(null, [make.Invoke(arguments)])!;
    }
}

/// <summary>Finds the client by the names of its types.</summary>
internal static class Clients
{
    public static Assembly[] Assemblies => AppDomain.CurrentDomain.GetAssemblies();

    /// <summary>What .NET Interactive knows of the cell that runs; null in other clients.</summary>
    public static object? DotNetInteractive => Current("Microsoft.DotNet.Interactive.KernelInvocationContext");

    /// <summary>The same of nb.</summary>
    public static object? Nb => Current("Nb.Session.CellContext");

    /// <summary>Whichever of the two there is.</summary>
    public static object? Context => DotNetInteractive ?? Nb;

    public static Type? Find(string fullName) => Assemblies.Select(a => a.GetType(fullName)).FirstOrDefault(type => type != null);

    /// <summary>The types of an assembly, as far as they can be loaded.</summary>
    public static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            return e.Types.OfType<Type>();
        }
    }

    private static object? Current(string fullName) => Assemblies
        .Select(a => a.GetType(fullName)?.GetProperty("Current", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
        .FirstOrDefault(context => context != null);
}

Setup.Begin();
