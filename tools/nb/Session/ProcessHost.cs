namespace Nb.Session;

/// <summary>What a process of its own gives a session: threads, files, NuGet, the console.</summary>
public sealed class ProcessHost : ISessionHost
{
    public IReadOnlyList<string> Framework => Session.Framework.Assemblies;

    public IReadOnlyList<string> Shared => Session.Framework.Shared;

    public bool StopsLoops => true;

    public async Task<ICellTurn> TakeTurnAsync(string folder, CancellationToken cancellationToken) =>
        await ProcessState.TakeAsync(folder, cancellationToken);

    public ICellThreads NewThreads() => new CellThreads();

    public async Task<string?> ReadScriptAsync(string path, CancellationToken cancellationToken) =>
        File.Exists(path) ? await File.ReadAllTextAsync(path, cancellationToken) : null;

    /// <summary>None: here the compiler is quick enough.</summary>
    public Task<string?> FindCompiledAsync(string path, string text, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(null);

    public Task<PackageFiles> RestoreAsync(
        IReadOnlyCollection<Package> packages, IReadOnlyCollection<string> sources, CancellationToken cancellationToken) =>
        PackageRestore.RestoreAsync(packages, sources, cancellationToken);
}
