using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Nb.Live;

/// <summary>Serves a site to this machine alone.</summary>
public sealed class LiveServer : IAsyncDisposable
{
    private static readonly FileExtensionContentTypeProvider s_types = Types();
    private readonly WebApplication _app;

    private LiveServer(WebApplication app) => _app = app;

    /// <summary>Such as http://127.0.0.1:8765/.</summary>
    public Uri Address { get; private set; } = null!;

    /// <param name="site">The folder of the site.</param>
    /// <param name="root">The course's folder: what the pages link to lies there, at sources/.</param>
    /// <param name="port">0 for any that is free.</param>
    public static async Task<LiveServer> StartAsync(string site, string root, int port, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = site, WebRootPath = site });
        builder.Logging.ClearProviders();
        builder.Services.AddResponseCompression(compression => compression.MimeTypes = ["text/html", "text/css", "text/javascript", "image/svg+xml"]);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        // A page of another site must not reach this one by a name of its own that leads to 127.0.0.1.
        app.Use((context, next) => IsOfThisMachine(context.Request.Host.Host) ? next(context) : Refuse(context));
        app.Use((context, next) => ServeCompressed(context, site, next));
        app.UseResponseCompression();   // what does not lie there compressed: pages, scripts, pictures
        var files = new PhysicalFileProvider(site);
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        app.UseStaticFiles(new StaticFileOptions { FileProvider = files, ContentTypeProvider = s_types, OnPrepareResponse = sent => Cache(sent.Context) });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = new PhysicalFileProvider(root),   // without what begins with a dot
            RequestPath = "/sources",
            ContentTypeProvider = new FileExtensionContentTypeProvider(Sources.ToDictionary(extension => extension, _ => "text/plain; charset=utf-8")),
        });
        var server = new LiveServer(app);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException error)
        {
            await app.DisposeAsync();
            throw new UserError($"--port {port}: expected a free port of this machine, found it in use ({error.Message}). Choose another "
                + "one, or --port 0 for any that is free.");
        }
        server.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    /// <summary>Until the server is stopped.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => HostingAbstractionsHostExtensions.WaitForShutdownAsync(_app, cancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static IReadOnlyList<string> Sources { get; } = [".cs", ".csx", ".dib", ".ipynb", ".md", ".csproj", ".json", ".py", ".csv", ".svg", ".yml", ".js", ".css"];

    private static bool IsOfThisMachine(string host) => host is "127.0.0.1" or "localhost";

    private static Task Refuse(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        return Task.CompletedTask;
    }

    private static FileExtensionContentTypeProvider Types()
    {
        var types = new FileExtensionContentTypeProvider();
        types.Mappings[".dll"] = types.Mappings[".bin"] = types.Mappings[".nn"] = "application/octet-stream";
        types.Mappings[".wasm"] = "application/wasm";
        types.Mappings[".ipynb"] = "application/x-ipynb+json";
        // The data are gzip files that the course opens itself: they are sent as they are.
        types.Mappings[".gz"] = "application/gzip";
        types.Mappings[".br"] = "application/octet-stream";
        types.Mappings[".csx"] = types.Mappings[".dib"] = types.Mappings[".md"] = "text/plain; charset=utf-8";
        return types;
    }

    /// <summary>A file that lies there compressed, too, is sent so to whoever understands it.</summary>
    private static Task ServeCompressed(HttpContext context, string site, RequestDelegate next)
    {
        var request = context.Request;
        var path = request.Path.Value ?? "";
        if (path.StartsWith("/live/", StringComparison.Ordinal) && !path.Contains("..", StringComparison.Ordinal)
            && request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal) && File.Exists(Path.Join(site, path) + ".br")
            && s_types.TryGetContentType(path, out var type))
        {
            request.Path = path + ".br";
            request.Headers.Range = StringValues.Empty;
            context.Response.OnStarting(() =>
            {
                if (context.Response.StatusCode is 200 or 304)
                {
                    context.Response.ContentType = type;
                    context.Response.Headers.ContentEncoding = "br";
                    context.Response.Headers.Vary = "Accept-Encoding";
                }
                return Task.CompletedTask;
            });
        }
        return next(context);
    }

    /// <summary>What has the hash of its content in its address can be kept; all else is asked for anew, and is mostly found
    /// unchanged.</summary>
    private static void Cache(HttpContext context)
    {
        var hashed = context.Request.Query.ContainsKey("v") || context.Request.Path.Value is { } path && path.StartsWith("/live/", StringComparison.Ordinal)
            && Path.GetFileName(path) is var name && name.Split('.') is { Length: > 2 } parts && parts.Any(part => part.Length == 10 && part.All(char.IsAsciiLetterOrDigit));
        context.Response.Headers.CacheControl = hashed ? "public, max-age=31536000, immutable" : "no-cache";
    }
}
