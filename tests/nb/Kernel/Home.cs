using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tests.Kernel;

/// <summary>A folder that is a reader's whole machine for a test: the course, Jupyter's own folders, temporary files.
/// Disposing it ends what still runs in it.</summary>
internal sealed class Home : IDisposable
{
    /// <param name="command">What starts the kernel; null for that of this repository.</param>
    public Home(string[]? command = null)
    {
        var data = Directory.CreateDirectory(Path.Join(Folder, "jupyter", "kernels", ".net-csharp")).FullName;
        File.WriteAllText(Path.Join(data, "kernel.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["argv"] = command ?? Python.KernelCommand, ["display_name"] = "C# (.NET 10)", ["language"] = "C#", ["interrupt_mode"] = "message",
        }));
        Directory.CreateDirectory(Path.Join(Folder, "tmp"));
        environment = new()
        {
            ["TMPDIR"] = Path.Join(Folder, "tmp"),
            ["JUPYTER_PATH"] = Path.Join(Folder, "jupyter"),
            ["JUPYTER_DATA_DIR"] = Path.Join(Folder, "data"),
            ["JUPYTER_CONFIG_DIR"] = Path.Join(Folder, "config"),
            ["JUPYTER_RUNTIME_DIR"] = Path.Join(Folder, "runtime"),
            ["IPYTHONDIR"] = Path.Join(Folder, "ipython"),
        };
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("nb-home-").FullName;

    /// <summary>What a Jupyter program needs to be told to stay in this folder.</summary>
    public IReadOnlyDictionary<string, string> Environment => environment;

    private readonly Dictionary<string, string> environment;

    /// <summary>Makes the folder the user's home, too, for a program that writes there. Packages that the machine has are
    /// used, and the feeds that it knows.</summary>
    public void SeparateUser()
    {
        var (old, user) = (System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), Path.Join(Folder, "user"));
        var feeds = Path.Join(".nuget", "NuGet", "NuGet.Config");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(user, feeds))!);
        if (File.Exists(Path.Join(old, feeds)))
            File.Copy(Path.Join(old, feeds), Path.Join(user, feeds));
        environment["NUGET_PACKAGES"] = System.Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Join(old, ".nuget", "packages");
        environment["HOME"] = environment["DOTNET_CLI_HOME"] = user;
        environment["DOTNET_INTERACTIVE_CLI_TELEMETRY_OPTOUT"] = environment["DOTNET_INTERACTIVE_SKIP_FIRST_TIME_EXPERIENCE"] = "1";
    }

    /// <summary>Copies the notebooks with all that they need; returns the folder of the course.</summary>
    public string CopyCourse()
    {
        var course = Path.Join(Folder, "course");
        // Of the notebooks' folder nothing else: other tests run there, and what their cells write comes and goes.
        foreach (var (name, pattern) in ((string, string)[])[("notebooks", "*.ipynb"), ("lib", "*"), ("lib/fast", "*"), ("data", "*"), ("data/drawings", "*")])
        {
            Directory.CreateDirectory(Path.Join(course, name));
            foreach (var file in Directory.GetFiles(Path.Join(Course.Root, name), pattern))
                File.Copy(file, Path.Join(course, name, Path.GetFileName(file)));
        }
        return course;
    }

    /// <summary>Adds a notebook of these cells, named c0, c1 and so on, to a copy of the course; returns its path.</summary>
    public static string Write(string course, IEnumerable<string> cells)
    {
        var notebook = JsonNode.Parse(File.ReadAllText(Course.Notebooks[0]))!;
        notebook["cells"] = new JsonArray([.. cells.Select((source, i) => new JsonObject
        {
            ["cell_type"] = "code", ["id"] = $"c{i}", ["metadata"] = new JsonObject(), ["source"] = source,
            ["outputs"] = new JsonArray(), ["execution_count"] = null,
        })]);
        var path = Path.Join(course, "notebooks", "probe.ipynb");
        File.WriteAllText(path, notebook.ToJsonString());
        return path;
    }

    /// <summary>Processes whose command names a file of this folder: a kernel with its connection file.</summary>
    public IReadOnlyList<(int Id, string Command)> Processes()
    {
        var found = new List<(int, string)>();
        foreach (var folder in Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                var command = File.ReadAllText(Path.Join(folder, "cmdline")).Replace('\0', ' ');
                if (command.Contains(Folder, StringComparison.Ordinal))
                    found.Add((int.Parse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture), command));
            }
            catch (IOException)
            {
                // It ended while we looked.
            }
        }
        return found;
    }

    public void Dispose()
    {
        foreach (var (id, _) in Processes())
        {
            try
            {
                using var process = System.Diagnostics.Process.GetProcessById(id);
                process.Kill(entireProcessTree: true);
            }
            catch (Exception error) when (error is ArgumentException or InvalidOperationException)
            {
                // It ended by itself.
            }
        }
        Directory.Delete(Folder, recursive: true);
    }
}
