using System.Net;
using System.Net.Sockets;

namespace Tests.Site;

/// <summary>Serves the files of a folder on 127.0.0.1, for pages that a browser must not open from the file system.</summary>
internal sealed class FileServer : IDisposable
{
    private static readonly Dictionary<string, string> s_types = new()
    {
        [".html"] = "text/html; charset=utf-8", [".js"] = "text/javascript", [".css"] = "text/css", [".json"] = "application/json",
        [".svg"] = "image/svg+xml", [".png"] = "image/png", [".woff2"] = "font/woff2", [".wasm"] = "application/wasm",
    };

    private readonly HttpListener listener = new();
    private readonly string folder;

    public FileServer(string folder)
    {
        this.folder = folder;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
        }
        listener.Prefixes.Add(Address);
        listener.Start();
        _ = ServeAsync();
    }

    public string Address { get; }

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try { context = await listener.GetContextAsync(); }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException) { return; }
            _ = AnswerAsync(context);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            using var response = context.Response;
            var file = Path.Join(folder, Uri.UnescapeDataString(context.Request.Url!.AbsolutePath));
            if (!File.Exists(file)) { response.StatusCode = 404; return; }
            response.ContentType = s_types.GetValueOrDefault(Path.GetExtension(file), "application/octet-stream");
            await using var content = File.OpenRead(file);
            response.ContentLength64 = content.Length;
            await content.CopyToAsync(response.OutputStream);
        }
        catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException) { /* the page was closed */ }
    }

    public void Dispose() => listener.Close();
}
