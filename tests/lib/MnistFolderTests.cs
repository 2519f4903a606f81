namespace Tests.Lib;

/// <summary>The folder is looked for from the working directory, which belongs to the whole process: tests that run cells change it for a while.</summary>
[Collection(nameof(CellsHere))]
public class MnistFolderTests
{
    [Fact]
    public void The_folder_is_found_from_the_notebooks()
    {
        // The working directory of the tests lies below the course, as that of a notebook does.
        Assert.StartsWith(Course.Root, Directory.GetCurrentDirectory());
        Assert.Equal(Mnist.Load(Path.Combine(Course.Root, "data")).Test.Pixels, Mnist.Load().Test.Pixels);
    }
}
