using Nb.Session;

namespace Nb.Engine;

/// <summary>What a browser gives a session: one thread that nobody can stop, the files that came with the site, and the
/// packages that were published with the engine.</summary>
internal sealed class BrowserHost : ISessionHost
{
    public IReadOnlyList<string> Framework { get; } = [.. Directory.GetFiles(Folders.References, "*.dll")];

    public IReadOnlyList<string> Shared { get; } =
        [Folders.Assembly("session"), Folders.Assembly("Microsoft.DotNet.Interactive.Formatting"), Folders.Assembly("Microsoft.AspNetCore.Html.Abstractions")];

    public bool StopsLoops => false;

    public Task<ICellTurn> TakeTurnAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.SetCurrentDirectory(folder);
        return Task.FromResult<ICellTurn>(new Turn());
    }

    public ICellThreads NewThreads() => new OneThread();

    public async Task<string?> ReadScriptAsync(string path, CancellationToken cancellationToken) =>
        File.Exists(path) ? await File.ReadAllTextAsync(path, cancellationToken) : null;

    public Task<string?> FindCompiledAsync(string path, string text, CancellationToken cancellationToken) =>
        Task.FromResult(CourseLibrary.Answers(path) ? Folders.Assembly("course") : null);

    public Task<PackageFiles> RestoreAsync(
        IReadOnlyCollection<Package> packages, IReadOnlyCollection<string> sources, CancellationToken cancellationToken) =>
        Task.FromResult(PublishedPackages.Find(packages));

    private sealed class Turn : ICellTurn
    {
        public string Folder => Directory.GetCurrentDirectory();

        public void Dispose()
        {
        }
    }

    /// <summary>Runs the code right here. To stop it, the page ends the whole worker.</summary>
    private sealed class OneThread : ICellThreads
    {
        public Task<T> RunAsync<T>(Func<Task<T>> code) => code();

        public void End(Task cell, Action ended) => ended();

        public void Abort()
        {
        }
    }
}
