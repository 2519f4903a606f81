using Microsoft.Playwright;
using Nb;
using Nb.Commands;
using Nb.Pictures;
using Nb.Printing;

namespace Tests.Runner;

/// <summary>What `nb pdf` cannot print, and where it cannot write.</summary>
public sealed class PdfFaultTests : IDisposable
{
    private readonly Fixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    private async Task<string> FailsAsync(string file) =>
        (await Assert.ThrowsAsync<UserError>(() => PdfCommand.BuildAsync(_fixture.Folder, file, TextWriter.Null, Fixture.Token))).Message;

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("notebooks")]
    [InlineData("nowhere/notes.pdf")]
    public async Task A_place_that_cannot_be_written_is_named_before_anything_is_printed(string file)
    {
        _fixture.Write("my_note.md", "# Notes");
        Assert.StartsWith("--out", await FailsAsync(string.IsNullOrWhiteSpace(file) ? file : Path.Join(_fixture.Folder, file)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "found an empty file")]
    [InlineData("text alone", "expected a heading \"# …\"")]
    [InlineData("## 1 A section", "expected a heading \"# …\"")]
    public async Task Notes_without_a_title_are_named(string notes, string message)
    {
        Browser.Path();
        _fixture.Write("my_note.md", notes);
        Assert.Contains(message, await FailsAsync(Path.Join(_fixture.Folder, "my_note.pdf")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/bin/true")]
    [InlineData("/etc/hostname")]
    public async Task A_browser_that_does_not_start_is_named(string program)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no such program.");
        using var playwright = await Playwright.CreateAsync();
        var message = (await Assert.ThrowsAsync<UserError>(() => Chromium.LaunchAsync(playwright, program))).Message;
        Assert.StartsWith($"{program}: expected a Chromium, Chrome or Edge that starts", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("a%41b")]
    [InlineData("a #?b")]
    public void The_address_of_a_file_leads_back_to_it(string folder)
    {
        var path = Path.Join(_fixture.Folder, folder, "print.html");
        Assert.Equal(Path.GetFullPath(path), new Uri(NotesPdf.AddressOf(path)).LocalPath);
    }
}
