using System.Reflection;
using System.Runtime.Loader;

namespace Nb.Engine;

/// <summary>Assemblies that most readers never need are fetched when they are first asked for.</summary>
internal static class LateAssemblies
{
    public static void Resolve() => AssemblyLoadContext.Default.Resolving += (context, name) => Load(context, name.Name!);

    private static Assembly? Load(AssemblyLoadContext context, string name) =>
        Page.ReadAssembly(name) is { } bytes ? context.LoadFromStream(new MemoryStream(bytes)) : null;
}
