namespace Nb.Engine;

/// <summary>Where things are in the file system of the page, which the worker fills before the first cell.</summary>
internal static class Folders
{
    /// <summary>The course: notebooks/, lib/, data/.</summary>
    public const string Course = "/course";

    /// <summary>The assemblies of .NET, for the compiler.</summary>
    public const string References = "/references";

    /// <summary>An assembly that was published with the engine, for the compiler.</summary>
    public static string Assembly(string name) => $"/references/own/{name}.dll";
}
