using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Numerics.Tensors;
using System.Reflection;
using System.Runtime.Loader;
using System.Security.Cryptography;
using System.Text;

#nullable enable

// A client that compiles scripts for a debugger has the compiler in its process, and the sources lie beside the course.
// There the scripts of fast/ are compiled once more, with the optimiser, into an assembly in memory. The compiler is
// found by the names of its types: no client has to have it for this script to compile.

/// <summary>The routines of fast/, compiled anew where the client did not optimise them.</summary>
public static class Recompiled
{
    private const string Assemblies = "TRUSTED_PLATFORM_ASSEMBLIES";

    /// <summary>
    /// The scripts of a folder as an optimised assembly. It is made once for the same sources, however often a session
    /// imports them.
    /// </summary>
    /// <param name="folder">Where the scripts are; null looks for lib/fast in the current folder and in those above it.</param>
    /// <exception cref="InvalidOperationException">It cannot be made; the message says why.</exception>
    public static Assembly Load(string? folder = null)
    {
        folder ??= Find();
        var sources = Directory.GetFiles(folder, "*.csx").Order(StringComparer.Ordinal).Select(path => File.ReadAllText(path)).ToArray();
        var key = "lib/fast " + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', sources))));
        if (AppDomain.CurrentDomain.GetData(key) is Assembly known) return known;
        // It must find the same System.Numerics.Tensors as this script did.
        var context = AssemblyLoadContext.GetLoadContext(typeof(TensorPrimitives).Assembly) ?? AssemblyLoadContext.Default;
        var made = context.LoadFromStream(Compile(["global using System;", .. sources]));
        AppDomain.CurrentDomain.SetData(key, made);
        return made;
    }

    /// <summary>Puts the routines of the assembly into the seam.</summary>
    public static void Use<T>(Assembly assembly) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        D Routine<D>(string type, string method) where D : Delegate =>
            assembly.GetType(type, throwOnError: true)!.GetMethod(method)!.MakeGenericMethod(typeof(T)).CreateDelegate<D>();
        var steps = assembly.GetType("FusedStep`1", throwOnError: true)!.MakeGenericType(typeof(T));
        var begin = steps.GetMethod(nameof(FusedStep<T>.Begin))!.CreateDelegate<BeginSteps<T>>();
        D Of<D>(object step, string method) where D : Delegate => steps.GetMethod(method)!.CreateDelegate<D>(step);
        Seam<T>.Use(
            Routine<ProductRoutine<T>>(nameof(FastProduct), nameof(FastProduct.Compute)),
            Routine<OutputRoutine<T>>(nameof(FastOutputs), nameof(FastOutputs.Compute)),
            (sizes, activation, loss, optimiser, momentum, beta2, weightDecay, dropout, X, Y, W, b, V, S, largestBatch) =>
                begin(sizes, activation, loss, optimiser, momentum, beta2, weightDecay, dropout, X, Y, W, b, V, S, largestBatch) is not { } step ? null
                    : new(Of<StepRoutine<T>>(step, nameof(FusedStep<T>.Step)), Of<Action>(step, nameof(FusedStep<T>.Load)),
                        Of<Action>(step, nameof(FusedStep<T>.Store)), Of<Action>(step, nameof(FusedStep<T>.Dispose))));
        var threads = assembly.GetType(nameof(Cores), throwOnError: true)!.GetProperty(nameof(Cores.Threads))!.SetMethod!.CreateDelegate<Action<int>>();
        threads(Cores.Threads);
        Cores.ThreadsChanged = threads;
    }

    // FusedStep<T>.Begin of an assembly whose types have no names here.
    private delegate object? BeginSteps<T>(int[] sizes, int activation, int loss, int optimiser, double momentum, double beta2, double weightDecay, double dropout,
        ReadOnlyMemory<T> X, ReadOnlyMemory<T> Y, Memory<T>[] W, Memory<T>[] b, Memory<T>[] V, Memory<T>[] S, int largestBatch);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(Directory.GetCurrentDirectory()); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "lib", "fast") is var found && Directory.Exists(found)) return found;
        throw new InvalidOperationException($"lib/fast is not in '{Directory.GetCurrentDirectory()}' nor in a folder above it");
    }

    private static MemoryStream Compile(string[] sources)
    {
        var compilation = AppDomain.CurrentDomain.GetAssemblies().Where(a => a.GetName().Name == "Microsoft.CodeAnalysis.CSharp")
            .Select(a => a.GetType("Microsoft.CodeAnalysis.CSharp.CSharpCompilation")).FirstOrDefault(type => type is not null)
            ?? throw new InvalidOperationException("no C# compiler was found in the client");
        Type CSharp(string name) => compilation.Assembly.GetType("Microsoft.CodeAnalysis.CSharp." + name, throwOnError: true)!;
        Type Common(string name) => compilation.BaseType!.Assembly.GetType("Microsoft.CodeAnalysis." + name, throwOnError: true)!;
        Array Typed(string name, IEnumerable<object> items)
        {
            var all = items.ToArray();
            var typed = Array.CreateInstance(Common(name), all.Length);
            all.CopyTo(typed, 0);
            return typed;
        }

        var options = Call(CSharp("CSharpCompilationOptions").GetConstructors(), null, ("outputKind", Enum.Parse(Common("OutputKind"), "DynamicallyLinkedLibrary")));
        options = Call(options.GetType().GetMethods().Where(m => m.Name == "WithOptimizationLevel"), options, ("value", Enum.Parse(Common("OptimizationLevel"), "Release")));
        var parse = CSharp("CSharpSyntaxTree").GetMethods().Where(m => m.Name == "ParseText").ToArray();
        var reference = Common("MetadataReference").GetMethods().Where(m => m.Name == "CreateFromFile").ToArray();
        var made = Call(compilation.GetMethods().Where(m => m.Name == "Create"), null,
            ("assemblyName", "lib.fast"),
            ("syntaxTrees", Typed("SyntaxTree", sources.Select(source => Call(parse, null, ("text", source))))),
            ("references", Typed("MetadataReference", References().Select(path => Call(reference, null, ("path", path))))),
            ("options", options));
        var stream = new MemoryStream();
        var result = Call(made.GetType().GetMethods().Where(m => m.Name == "Emit"), made, ("peStream", stream));
        if (result.GetType().GetProperty("Success")!.GetValue(result) is not true)
        {
            var said = ((System.Collections.IEnumerable)result.GetType().GetProperty("Diagnostics")!.GetValue(result)!).Cast<object>().Select(d => d.ToString()!);
            throw new InvalidOperationException("lib/fast does not compile: " + said.FirstOrDefault(text => text.Contains(": error ", StringComparison.Ordinal) || text.StartsWith("error ", StringComparison.Ordinal)));
        }
        stream.Position = 0;
        return stream;
    }

    // The framework that runs, and the package of System.Numerics.Tensors that the script was compiled with.
    private static IEnumerable<string> References()
    {
        var tensors = typeof(TensorPrimitives).Assembly;
        return ((string?)AppContext.GetData(Assemblies) ?? "").Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && name.StartsWith("System.", StringComparison.Ordinal) && name != Path.GetFileName(tensors.Location))
            .Append(tensors.Location);
    }

    // Calls the method, or the constructor, of these that has parameters of these names and no others without a default.
    private static object Call(IEnumerable<MethodBase> overloads, object? instance, params (string Name, object Value)[] arguments)
    {
        foreach (var method in overloads)
        {
            var parameters = method.GetParameters();
            if (!arguments.All(a => parameters.Any(p => p.Name == a.Name && p.ParameterType.IsInstanceOfType(a.Value)))) continue;
            if (!parameters.All(p => p.HasDefaultValue || arguments.Any(a => a.Name == p.Name))) continue;
            object?[] values = [.. parameters.Select(p => Array.Find(arguments, a => a.Name == p.Name) is { Name: not null } given ? given.Value : p.DefaultValue)];
            return (method is ConstructorInfo constructor ? constructor.Invoke(values) : method.Invoke(instance, values))!;
        }
        throw new InvalidOperationException($"the client's compiler has no {string.Join(" or ", overloads.Select(m => m.DeclaringType!.Name + "." + m.Name).Distinct())} with {string.Join(", ", arguments.Select(a => a.Name))}");
    }
}
