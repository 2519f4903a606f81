namespace Nb.Session;

/// <summary>The assemblies of .NET itself.</summary>
internal static class Framework
{
    /// <summary>Their full paths: the trusted assemblies that lie beside the core library, not beside this program.</summary>
    public static IReadOnlyList<string> Assemblies { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(file => Path.GetDirectoryName(file) == Path.GetDirectoryName(typeof(object).Assembly.Location)),
    ];
}
