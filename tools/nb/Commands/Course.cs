namespace Nb.Commands;

/// <summary>Where the course lies on this machine.</summary>
public static class Course
{
    /// <summary>The nearest folder, from <paramref name="start"/> upward, that has a folder `notebooks`.</summary>
    public static string FindRoot(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Join(folder.FullName, "notebooks")))
                return folder.FullName;
        }
        throw new UserError($"{start}: expected a folder `notebooks` here or above, found none. Run nb from inside the "
            + "course's folder.");
    }

    /// <summary>The notebooks of the course in their order.</summary>
    public static IReadOnlyList<string> Notebooks(string root)
    {
        var folder = Path.Join(root, "notebooks");
        var files = Directory.GetFiles(folder, "*.ipynb").Order(StringComparer.Ordinal).ToList();
        return files.Count > 0
            ? files
            : throw new UserError($"{folder}: expected notebooks (*.ipynb), found none.");
    }
}
