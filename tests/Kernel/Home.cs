using System.Text.Json;

namespace Tests.Kernel;

/// <summary>A folder that is a reader's whole machine for a test: the course, Jupyter's own folders, temporary files.
/// Disposing it ends what still runs in it.</summary>
internal sealed class Home : IDisposable
{
    public Home()
    {
        var data = Directory.CreateDirectory(Path.Join(Folder, "jupyter", "kernels", ".net-csharp")).FullName;
        File.WriteAllText(Path.Join(data, "kernel.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["argv"] = Python.KernelCommand, ["display_name"] = "C# (.NET 10)", ["language"] = "C#", ["interrupt_mode"] = "message",
        }));
        Directory.CreateDirectory(Path.Join(Folder, "tmp"));
        Environment = new Dictionary<string, string>
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
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Copies the notebooks with all that they need; returns the folder of the course.</summary>
    public string CopyCourse()
    {
        var course = Path.Join(Folder, "course");
        // Of the notebooks' folder nothing else: other tests run there, and what their cells write comes and goes.
        foreach (var (name, pattern) in ((string, string)[])[("notebooks", "*.ipynb"), ("lib", "*"), ("data", "*"), ("data/drawings", "*")])
        {
            Directory.CreateDirectory(Path.Join(course, name));
            foreach (var file in Directory.GetFiles(Path.Join(Course.Root, name), pattern))
                File.Copy(file, Path.Join(course, name, Path.GetFileName(file)));
        }
        return course;
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
