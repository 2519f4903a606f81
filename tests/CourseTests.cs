using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Tests;

/// <summary>The notebooks as they are committed: their metadata, their cells, what they cite. Nothing is run here.</summary>
public partial class CourseTests
{
    public static TheoryData<string> Notebooks() => [.. Course.Notebooks.Select(path => Path.GetFileName(path)!)];

    private static JsonObject Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Course.Root, "notebooks", name)))!.AsObject();

    private static IEnumerable<JsonObject> Cells(JsonObject notebook, string type) =>
        notebook["cells"]!.AsArray().Select(cell => cell!.AsObject()).Where(cell => (string)cell["cell_type"]! == type);

    private static string Source(JsonObject cell) => string.Concat(cell["source"]!.AsArray().Select(line => (string)line!));

    private static string[] Lines(JsonObject cell) => Source(cell).Split('\n');

    [Fact]
    public void There_is_a_notebook_for_each_section_of_the_notes_in_order()
    {
        var sections = SectionHeading().Matches(Course.Notes).Select(match => match.Groups[1].Value).ToArray();
        Assert.NotEmpty(sections);
        Assert.Equal(sections, Course.Notebooks.Select(path => int.Parse(Path.GetFileName(path)[..2]).ToString()));
    }

    [Theory, MemberData(nameof(Notebooks))]
    public void Metadata_is_what_every_client_understands(string name)
    {
        var notebook = Read(name);
        Assert.Equal((4, 5), ((int)notebook["nbformat"]!, (int)notebook["nbformat_minor"]!));
        var metadata = notebook["metadata"]!;
        // As the kernel reports them: VS Code writes that into the file when it saves.
        Same("""{"display_name": "C# (.NET 10)", "language": "C#", "name": ".net-csharp"}""", metadata["kernelspec"]);
        Same("""{"name": "C#", "file_extension": ".cs", "mimetype": "text/x-csharp", "pygments_lexer": "csharp", "version": "14.0"}""", metadata["language_info"]);
        Same("""{"kernelInfo": {"defaultKernelName": "csharp", "items": [{"aliases": [], "name": "csharp"}]}}""", metadata["polyglot_notebook"]);
        var ids = notebook["cells"]!.AsArray().Select(cell => (string)cell!["id"]!).ToArray();
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(Cells(notebook, "markdown"), cell => Same("{}", cell["metadata"]));
        Assert.All(Cells(notebook, "code"), cell =>
        {
            Same("""{"language": "csharp"}""", cell["metadata"]!["dotnet_interactive"]);
            Same("""{"kernelName": "csharp"}""", cell["metadata"]!["polyglot_notebook"]);
            Same("""{"languageId": "csharp"}""", cell["metadata"]!["vscode"]);
        });

        static void Same(string expected, JsonNode? found) =>
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), found), $"expected {expected}, found {found?.ToJsonString() ?? "nothing"}");
    }

    [Theory, MemberData(nameof(Notebooks))]
    public void Cells_keep_to_the_dialect_that_every_client_runs(string name)
    {
        var code = Cells(Read(name), "code").Select(Lines).ToArray();
        // The course with one import, then the cell that fails when it did not take.
        Assert.Equal(["#!import ../lib/course.dib"], code[0]);
        Assert.Equal(["Setup.Ready()"], code[1]);
        foreach (var lines in code.Skip(2))
        {
            Assert.InRange(lines.Length, 1, 25);
            Assert.DoesNotContain(lines, line => line.StartsWith("#r") || line.StartsWith("#!") || line.StartsWith("#load"));
            Assert.DoesNotContain(lines, line => ClientsOwnNames().IsMatch(line));
        }
    }

    [Fact]
    public void Packages_of_the_course_have_the_versions_that_the_tests_use()
    {
        var versions = XDocument.Load(Path.Combine(Course.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(element => (string)element.Attribute("Include")!, element => (string)element.Attribute("Version")!);
        var packages = PackageLine().Matches(File.ReadAllText(Path.Combine(Course.Root, "lib", "course.dib")));
        Assert.Equal(5, packages.Count);
        Assert.All(packages, match => Assert.Equal(versions[match.Groups[1].Value], match.Groups[2].Value));
    }

    [Theory, MemberData(nameof(Notebooks))]
    public void Committed_outputs_are_whole_and_small(string name)
    {
        Assert.InRange(new FileInfo(Path.Combine(Course.Root, "notebooks", name)).Length, 1, 3_000_000);
        var code = Cells(Read(name), "code").ToArray();
        Assert.Equal(Enumerable.Range(1, code.Length), code.Select(cell => (int?)cell["execution_count"] ?? 0));
        foreach (var output in code.SelectMany(cell => cell["outputs"]!.AsArray()))
        {
            Assert.NotEqual("error", (string)output!["output_type"]!);
            Assert.NotEqual("stderr", (string?)output["name"]);
            if (output["data"]?["application/vnd.plotly.v1+json"] is null) continue;
            // A chart is stored as its figure and a still picture: HTML beside them would hide the picture (blank in restricted mode).
            Assert.NotNull(output["data"]!["image/png"]);
            Assert.Null(output["data"]!["text/html"]);
        }
    }

    [Theory, MemberData(nameof(Notebooks))]
    public void Committed_outputs_belong_to_the_committed_sources(string name)
    {
        var path = Path.Combine(Course.Root, "notebooks", name);
        Assert.Equal(Nb.Running.SourceHash.Of(Nb.Notebooks.Notebook.Load(path)), (string?)Read(name)["metadata"]!["nb"]?["source_sha256"]);
    }

    [Theory, MemberData(nameof(Notebooks))]
    public void Every_block_of_an_answer_has_its_stored_output(string name)
    {
        var notebook = Nb.Notebooks.Notebook.Load(Path.Combine(Course.Root, "notebooks", name));
        var stored = Nb.Notebooks.ExerciseAnswers.Stored(notebook);
        foreach (var source in notebook.Cells.Where(cell => cell.IsMarkdown).SelectMany(cell => Nb.Notebooks.ExerciseAnswers.In(cell.Source)))
            Assert.True(stored.ContainsKey(source), $"{name}: nothing is stored for this block of an answer. Run: dotnet run --project tools/nb -- answers\n{source}");
    }

    [Theory, MemberData(nameof(Notebooks))]
    public void A_notebook_has_its_fixed_parts(string name)
    {
        var notebook = Read(name);
        var prose = string.Join('\n', Cells(notebook, "markdown").Select(Source));
        Assert.All(["**You will be able to**", "**Goes with** section", "## Try it", "## Exercises", "## Summary", "## Next"],
            part => Assert.Contains(part, prose));
        Assert.InRange(prose.Split("<summary>Answer</summary>").Length - 1, 3, 6);
        Assert.Single(Cells(notebook, "code"), cell => cell["metadata"]!["tags"]?.AsArray().Any(tag => (string)tag! == "parameters") == true);
        Assert.Contains(Cells(notebook, "code"), cell => Source(cell).Contains("Check."));
    }

    /// <summary>`nb` runs two notebooks at once; a time that a cell takes and shows is one without the other.</summary>
    [Theory, MemberData(nameof(Notebooks))]
    public void A_cell_that_takes_a_time_is_tagged_to_run_alone(string name) => Assert.Equal(
        Cells(Read(name), "code").Where(cell => Source(cell) is var source && (source.Contains("Stopwatch") || source.Contains("#!time"))).Select(cell => (string)cell["id"]!),
        Cells(Read(name), "code").Where(cell => cell["metadata"]!["tags"]?.AsArray().Any(tag => (string)tag! == "alone") == true).Select(cell => (string)cell["id"]!));

    /// <summary>Every equation number in a notebook or a script is defined in the notes, and every definition stands once.</summary>
    [Fact]
    public void Every_equation_number_that_is_cited_exists_in_the_notes()
    {
        var defined = Tag().Matches(Course.Notes).Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(defined.Length, defined.Distinct().Count());
        var texts = Course.Notebooks.Select(path => (path, text: string.Join('\n', Read(Path.GetFileName(path))["cells"]!.AsArray().Select(cell => Source(cell!.AsObject())))))
            .Concat(Directory.GetFiles(Path.Combine(Course.Root, "lib"), "*.csx", SearchOption.AllDirectories).Select(path => (path, text: File.ReadAllText(path))));
        foreach (var (path, text) in texts)
            foreach (Match match in Citation().Matches(text))
                Assert.True(defined.Contains(match.Groups[1].Value), $"{Path.GetFileName(path)} cites ({match.Groups[1].Value}), which my_note.md does not have");
    }

    [Fact]
    public void Links_between_the_files_of_the_course_resolve()
    {
        var texts = Course.Notebooks.Select(path => (path, text: string.Join('\n', Cells(Read(Path.GetFileName(path)), "markdown").Select(Source))))
            .Concat(new[] { "README.md", "setup.md", "my_note.md", Path.Combine("data", "README.md") }
                .Select(name => Path.Combine(Course.Root, name)).Select(path => (path, text: File.ReadAllText(path))));
        var pagesOfTheSite = Nb.Site.Pages.InteractivePages.Of(Course.Root).Select(page => Path.Combine(Course.Root, "site", page.Address)).ToHashSet();
        foreach (var (path, text) in texts)
            foreach (Match match in MarkdownLink().Matches(text))
            {
                var (target, anchor) = (match.Groups[1].Value, match.Groups[2].Value);
                var file = target == "" ? path : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, target));
                // What nb makes is not committed: such a link must name a page that it makes.
                if (pagesOfTheSite.Contains(file)) continue;
                Assert.True(File.Exists(file) || Directory.Exists(file), $"{Path.GetFileName(path)}: the link to {target} leads nowhere");
                if (anchor != "") Assert.True(Anchors(target == "" ? text : File.ReadAllText(file)).Contains(anchor), $"{Path.GetFileName(path)}: {target} has no place #{anchor}");
            }
    }

    /// <summary>A picture NN-id.png of the README is the still of the cell with this id in notebook NN.</summary>
    [Fact]
    public void Pictures_of_the_readme_are_those_of_the_notebooks()
    {
        var files = Directory.GetFiles(Path.Combine(Course.Root, ".github", "readme"), "??-*.png");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var (number, id) = (Path.GetFileName(file)[..2], Path.GetFileNameWithoutExtension(file)[3..]);
            var notebook = Read(Path.GetFileName(Course.Notebooks.Single(path => Path.GetFileName(path).StartsWith(number))));
            var cell = Cells(notebook, "code").Single(cell => (string)cell["id"]! == id);
            var still = Convert.FromBase64String((string)cell["outputs"]![0]!["data"]!["image/png"]!);
            Assert.True(still.AsSpan().SequenceEqual(File.ReadAllBytes(file)), $"{Path.GetFileName(file)} is not the picture in notebook {number}; README.md says how to renew it");
        }
    }

    [Fact]
    public void The_maps_name_what_is_there()
    {
        var readme = File.ReadAllText(Path.Combine(Course.Root, "README.md"));
        var contributing = File.ReadAllText(Path.Combine(Course.Root, ".github", "CONTRIBUTING.md"));
        string[] folders = ["notebooks", "lib", "data", "bench", "tests", .. Directory.GetDirectories(Path.Combine(Course.Root, "tools")).Select(tool => "tools/" + Path.GetFileName(tool))];
        Assert.All(folders, folder =>
        {
            Assert.Matches($@"\]\({folder}[)/]", readme);
            Assert.Contains($"`{folder}", contributing);
        });
        var lib = Path.Combine(Course.Root, "lib");
        var scripts = Directory.GetFiles(lib, "*.csx", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(lib, file).Replace('\\', '/')[..^4]).Order(StringComparer.Ordinal);
        var table = contributing[contributing.IndexOf("| scripts | hold |", StringComparison.Ordinal)..contributing.IndexOf("An equation changes", StringComparison.Ordinal)];
        Assert.Equal(scripts, table.Split('\n').Where(row => row.StartsWith("| `")).SelectMany(row => row.Split('|')[1].Split('`').Where((_, i) => i % 2 == 1)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Percentages_of_the_readme_stand_in_the_notebooks()
    {
        var notebooks = string.Join('\n', Course.Notebooks.Select(File.ReadAllText));
        var figures = Percentage().Matches(File.ReadAllText(Path.Combine(Course.Root, "README.md"))).Select(match => match.Value).ToArray();
        Assert.NotEmpty(figures);
        Assert.All(figures, figure => Assert.Contains(figure, notebooks));
    }

    /// <summary>The places one can link to: headings, in GitHub's spelling, and ids that are written out.</summary>
    private static HashSet<string> Anchors(string markdown) =>
        [.. Heading().Matches(markdown).Select(match => NotInAnchor().Replace(match.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')),
         .. WrittenId().Matches(markdown).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"^## (\d+) ", RegexOptions.Multiline)] private static partial Regex SectionHeading();
    [GeneratedRegex(@"^\s*(display|HTML)\(|\bFormatter\.|\bKernel\.")] private static partial Regex ClientsOwnNames();
    [GeneratedRegex("#r \"nuget: ([^,]+), ([0-9.]+)\"")] private static partial Regex PackageLine();
    [GeneratedRegex(@"\\tag\{(\d+\.\d+)\}")] private static partial Regex Tag();
    [GeneratedRegex(@"(?<![\w.])\((\d{1,2}\.\d{1,2})\)")] private static partial Regex Citation();
    [GeneratedRegex(@"(?<!!)\[[^\]]*\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")] private static partial Regex MarkdownLink();
    [GeneratedRegex(@"^#{1,6} (.+)$", RegexOptions.Multiline)] private static partial Regex Heading();
    [GeneratedRegex(@"\d+\.\d+ %")] private static partial Regex Percentage();
    [GeneratedRegex(@"[^\w\- ]")] private static partial Regex NotInAnchor();
    [GeneratedRegex(@"<a (?:id|name)=""([^""]+)""")] private static partial Regex WrittenId();
}

/// <summary>Where the course lies.</summary>
internal static class Course
{
    public static readonly string Root = Find();

    public static string[] Notebooks { get; } = [.. Directory.GetFiles(Path.Combine(Root, "notebooks"), "*.ipynb").Order(StringComparer.Ordinal)];

    public static string Notes { get; } = File.ReadAllText(Path.Combine(Root, "my_note.md"));

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "my_note.md")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests look for the course above their own folder, and did not find my_note.md.");
        return folder.FullName;
    }
}
