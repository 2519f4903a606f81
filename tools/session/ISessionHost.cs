namespace Nb.Session;

/// <summary>What a door adds to the session: all that differs between a process of its own and a page in a browser.
/// </summary>
public interface ISessionHost
{
    /// <summary>Assemblies of .NET that every cell is compiled against, full paths.</summary>
    IReadOnlyList<string> Framework { get; }

    /// <summary>Those of this program that cells name: its functions for cells, and the formatters behind them.</summary>
    IReadOnlyList<string> Shared { get; }

    /// <summary>Whether code can be stopped while it computes, so that its loops are to look at <see cref="Stop"/>.</summary>
    bool StopsLoops { get; }

    /// <summary>Waits until a cell may have the console and the working directory.</summary>
    /// <param name="folder">Where the cell is to run.</param>
    Task<ICellTurn> TakeTurnAsync(string folder, CancellationToken cancellationToken);

    /// <summary>What runs the code of the next cell.</summary>
    ICellThreads NewThreads();

    /// <summary>The text of a script; null when there is no such file.</summary>
    /// <param name="path">As it is shown in errors: relative to the working directory, with slashes.</param>
    Task<string?> ReadScriptAsync(string path, CancellationToken cancellationToken);

    /// <summary>The assembly into which exactly this script, with all that it imports, was compiled beforehand (a full
    /// path); null when there is none.</summary>
    Task<string?> FindCompiledAsync(string path, string text, CancellationToken cancellationToken);

    /// <summary>The files of packages with all that they need.</summary>
    /// <param name="sources">Feeds to look in besides those of the user's settings.</param>
    /// <exception cref="UserError">They cannot be had.</exception>
    Task<PackageFiles> RestoreAsync(
        IReadOnlyCollection<Package> packages, IReadOnlyCollection<string> sources, CancellationToken cancellationToken);
}

/// <summary>A cell's turn with the console and the working directory; ends when it is disposed.</summary>
public interface ICellTurn : IDisposable
{
    /// <summary>The working directory, which the cell may have changed.</summary>
    string Folder { get; }
}

/// <summary>Runs the code of one cell, and can end it.</summary>
public interface ICellThreads
{
    /// <summary>Runs code. Ends with <see cref="OperationCanceledException"/> when the cell was ended before the code
    /// was.</summary>
    Task<T> RunAsync<T>(Func<Task<T>> code);

    /// <summary>Ends the code, which may take several steps.</summary>
    /// <param name="cell">Completes when the cell has ended by itself.</param>
    /// <param name="ended">Called when nothing runs it any more, which may be never.</param>
    void End(Task cell, Action ended);

    /// <summary>Ends the code wherever it is, whatever that breaks.</summary>
    void Abort();
}
