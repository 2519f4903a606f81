using System.Text.Json;

namespace Tests;

/// <summary>What an editor in the cloud reads: plain JSON with fields that the format knows, an image that cannot change,
/// and what the rest of the course says, too.</summary>
public sealed class DevcontainerTests
{
    private static JsonElement Read(string path) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Course.Root, path))).RootElement;

    [Fact]
    public void The_container_has_the_sdk_by_digest_the_kernel_and_the_extension()
    {
        var container = Read(".devcontainer/devcontainer.json");
        Assert.Equal(["name", "image", "postCreateCommand", "customizations"], container.EnumerateObject().Select(field => field.Name));
        Assert.Matches(@"^mcr\.microsoft\.com/dotnet/sdk:10\.0\.\d{3}@sha256:[0-9a-f]{64}$", container.GetProperty("image").GetString());
        Assert.Equal(
            Read(".vscode/extensions.json").GetProperty("recommendations").EnumerateArray().Select(extension => extension.GetString()),
            container.GetProperty("customizations").GetProperty("vscode").GetProperty("extensions").EnumerateArray().Select(extension => extension.GetString()));
        // The one line that setup.md names; InstallTests run it.
        var command = container.GetProperty("postCreateCommand").GetString()!;
        Assert.Equal("dotnet run --project tools/nb -- install", command);
        Assert.Contains(command, File.ReadAllText(Path.Combine(Course.Root, "setup.md")));
    }
}
