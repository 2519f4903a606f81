using Microsoft.AspNetCore.Html;
using Microsoft.DotNet.Interactive.Formatting;

namespace Nb.Session;

/// <summary>The assemblies that every cell can use.</summary>
internal static class Framework
{
    /// <summary>Those of .NET itself, full paths: the trusted assemblies that lie beside the core library, not beside
    /// this program.</summary>
    public static IReadOnlyList<string> Assemblies { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(file => Path.GetDirectoryName(file) == Path.GetDirectoryName(typeof(object).Assembly.Location)),
    ];

    /// <summary>Those of this program that cells name.</summary>
    public static IReadOnlyList<string> Shared { get; } =
    [
        typeof(CellSession).Assembly.Location, typeof(Formatter).Assembly.Location, typeof(IHtmlContent).Assembly.Location,
    ];
}
