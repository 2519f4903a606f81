using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Nb.Session;

namespace Nb.Live;

/// <summary>Lays out live/ of a site: the engine, the course's data, and engine.json, which says what there is. Every file
/// that is fetched has a hash in its address, so that it can be kept for ever.</summary>
internal sealed class LiveFolder
{
    private readonly string _root;
    private readonly string _folder;
    private readonly EngineBuild _build;
    private readonly HashSet<string> _written = [];

    private LiveFolder(string root, string folder, EngineBuild build) =>
        (_root, _folder, _build) = (root, Path.GetFullPath(folder), build);

    /// <summary>Brings <paramref name="folder"/> up to date. What did not change since it was last written stays, as to
    /// compress it takes long.</summary>
    public static async Task WriteAsync(string root, string folder, EngineBuild build, CancellationToken cancellationToken)
    {
        var live = new LiveFolder(root, folder, build);
        Directory.CreateDirectory(Path.Join(folder, "_framework"));
        await live.WriteAsync(cancellationToken);
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(file => !live._written.Contains(file)))
            File.Delete(file);
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        foreach (var script in Directory.GetFiles(Path.Join(_root, "tools", "engine", "live")))
            Copy(script, Path.GetFileName(script));
        var files = Directory.GetFiles(_build.Framework);
        foreach (var file in files)
            Copy(file, $"_framework/{Path.GetFileName(file)}");
        var assemblies = files.Where(file => file.EndsWith(".dll", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        var references = References();
        var native = files.Single(file => file.EndsWith(".wasm", StringComparison.Ordinal));
        string[] fetched = [.. assemblies, native, references];
        // At the highest level brotli takes minutes, and saves a tenth.
        await Parallel.ForEachAsync(fetched, cancellationToken, async (file, token) =>
            await CompressOnceAsync(Path.Join(_folder, AddressOf(file)), token));

        var manifest = new JsonObject
        {
            ["native"] = Entry(native),
            ["references"] = Entry(references),
            ["assemblies"] = new JsonArray([.. assemblies.Select(file => (JsonNode)Assembly(file))]),
            ["data"] = new JsonArray([.. Data().Select(file => (JsonNode)DataFile(file))]),
            ["ahead"] = Ahead(),
        };
        var json = Written("engine.json");
        await File.WriteAllTextAsync(json, manifest.ToJsonString(new() { WriteIndented = true }), cancellationToken);
        await CompressAsync(json, cancellationToken);
    }

    /// <summary>The full path of a file of the folder, which is to stay.</summary>
    private string Written(string name)
    {
        var file = Path.GetFullPath(Path.Join(_folder, name));
        lock (_written)
            _written.UnionWith([file, file + ".br", file + ".gz"]);
        return file;
    }

    private void Copy(string from, string name)
    {
        var to = Written(name);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(from, to, overwrite: true);
    }

    /// <summary>What the compiler reads of .NET, in one file: a number of bytes (4, little-endian), a list in JSON of that
    /// length, and the files one after the other.</summary>
    private string References()
    {
        var packages = string.Concat(_build.Packages.Select(p => $"{p.Id} {p.Version} {string.Join(' ', p.Assemblies)}\n"));
        List<(string Name, byte[] Bytes)> files =
        [
            ("packages.txt", Encoding.UTF8.GetBytes(packages)),
            .. ReferencePack.Assemblies().Order(StringComparer.Ordinal).Select(file => (Path.GetFileName(file), File.ReadAllBytes(file))),
        ];
        var list = Encoding.UTF8.GetBytes(new JsonArray([.. files.Select(file =>
            (JsonNode)new JsonObject { ["name"] = file.Name, ["size"] = file.Bytes.Length })]).ToJsonString());
        var all = new MemoryStream();
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, list.Length);
        all.Write(length);
        all.Write(list);
        foreach (var (_, bytes) in files)
            all.Write(bytes);
        var target = Written($"references.{Sha256(all.ToArray())[..10]}.bin");
        File.WriteAllBytes(target, all.ToArray());
        return target;
    }

    /// <summary>For files that have the hash of what they hold in their names.</summary>
    private static Task CompressOnceAsync(string file, CancellationToken cancellationToken) =>
        File.Exists(file + ".br") && File.Exists(file + ".gz") ? Task.CompletedTask : CompressAsync(file, cancellationToken);

    private static async Task CompressAsync(string file, CancellationToken cancellationToken)
    {
        await using var from = File.OpenRead(file);
        await using (var brotli = new BrotliStream(
            File.Create(file + ".br"), new BrotliCompressionOptions { Quality = 9 }))
        {
            await from.CopyToAsync(brotli, cancellationToken);
        }
        from.Position = 0;
        await using var gzip = new GZipStream(File.Create(file + ".gz"), CompressionLevel.SmallestSize);
        await from.CopyToAsync(gzip, cancellationToken);
    }

    private string AddressOf(string file) =>
        Path.GetDirectoryName(file) == _folder ? Path.GetFileName(file) : $"_framework/{Path.GetFileName(file)}";

    private JsonObject Entry(string file) => new()
    {
        ["url"] = AddressOf(file),
        ["size"] = new FileInfo(Path.Join(_folder, AddressOf(file))).Length,
        ["sent"] = new FileInfo(Path.Join(_folder, AddressOf(file)) + ".br").Length,
        ["zipped"] = true,
    };

    private JsonObject Assembly(string file)
    {
        // Name.hash.dll
        var name = Path.GetFileNameWithoutExtension(Path.GetFileNameWithoutExtension(file));
        var entry = Entry(file);
        entry["name"] = name;
        entry["first"] = FirstAssemblies.Contains(name);
        return entry;
    }

    private IEnumerable<string> Data() => Directory.GetFiles(Path.Join(_root, "data"), "*", SearchOption.AllDirectories)
        .Where(file => Path.GetExtension(file) is ".gz" or ".nn" or ".csv" or ".jpg" or ".png").Order(StringComparer.Ordinal);

    private JsonObject DataFile(string file)
    {
        var path = Path.GetRelativePath(_root, file).Replace('\\', '/');
        Copy(file, $"course/{path}");
        var length = new FileInfo(file).Length;
        var hash = Sha256(File.ReadAllBytes(file));
        return new() { ["path"] = path, ["url"] = $"course/{path}?v={hash[..10]}", ["size"] = length, ["sent"] = length, ["sha256"] = hash };
    }

    /// <summary>What is fetched before a cell starts whose text has `when` in it.</summary>
    private JsonArray Ahead() =>
    [
        new JsonObject
        {
            ["when"] = """course\.dib|#r\s+"nuget:""",
            ["what"] = "The packages of the course",
            ["files"] = Names(_build.Packages.SelectMany(package => package.Assemblies).Concat(FirstAssemblies.OfCharts).Distinct()),
        },
        new JsonObject
        {
            ["when"] = @"\bMnist\b",
            ["what"] = "MNIST: 70,000 handwritten digits",
            ["files"] = Names(Data().Select(file => Path.GetRelativePath(_root, file).Replace('\\', '/')).Where(path => path.EndsWith("-ubyte.gz", StringComparison.Ordinal))),
        },
    ];

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => (JsonNode)name)]);

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
