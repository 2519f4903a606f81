using Microsoft.AspNetCore.Html;
using Nb.Session;

namespace Nb.Cells;

/// <summary>What notebooks write as `Kernel.display(…)`: in .NET Interactive the functions for cells are members of a class of
/// this name.</summary>
public static class Kernel
{
    /// <inheritdoc cref="CellFunctions.display"/>
    public static DisplayedValue display(object? value, params string[] mimeTypes) => CellFunctions.display(value, mimeTypes);

    /// <inheritdoc cref="CellFunctions.HTML"/>
    public static IHtmlContent HTML(string html) => CellFunctions.HTML(html);

    /// <inheritdoc cref="CellFunctions.Javascript"/>
    public static void Javascript(string script) => CellFunctions.Javascript(script);

    /// <inheritdoc cref="CellFunctions.GetInputAsync"/>
    public static Task<string?> GetInputAsync(string prompt = "") => CellFunctions.GetInputAsync(prompt);

    /// <inheritdoc cref="CellFunctions.GetPasswordAsync"/>
    public static Task<string?> GetPasswordAsync(string prompt = "") => CellFunctions.GetPasswordAsync(prompt);
}

/// <summary>What notebooks ask .NET Interactive for while a cell runs. The name is the same, the namespace is not: who looks
/// for .NET Interactive does not find it here.</summary>
public sealed class KernelInvocationContext
{
    private readonly CellContext _cell;

    private KernelInvocationContext(CellContext cell) => _cell = cell;

    /// <summary>That of the cell that runs; null outside a cell.</summary>
    public static KernelInvocationContext? Current => CellContext.Current is { } cell ? new KernelInvocationContext(cell) : null;

    /// <summary>Cancelled when the cell is asked to stop.</summary>
    public CancellationToken CancellationToken => _cell.CancellationToken;

    /// <inheritdoc cref="CellFunctions.display"/>
    public DisplayedValue Display(object? value, params string[] mimeTypes) => CellFunctions.display(value, mimeTypes);

    /// <inheritdoc cref="CellFunctions.DisplayAs"/>
    public DisplayedValue DisplayAs(string text, string mimeType) => text.DisplayAs(mimeType);
}
