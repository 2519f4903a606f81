using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nb;
using Nb.Commands;
using Nb.Printing;

namespace Tests;

/// <summary>The notes by themselves, and what ties notebooks, library and PDF to them.</summary>
public partial class NotesTests
{
    /// <summary>Number of a section to its text, heading included.</summary>
    private static readonly Dictionary<int, string> Sections = SectionText().Matches(Course.Notes)
        .ToDictionary(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), match => match.Value);

    public static TheoryData<string> Notebooks() => CourseTests.Notebooks();

    public static TheoryData<int> SectionNumbers() => [.. Sections.Keys];

    public static TheoryData<string> Equations() => [.. Tag().Matches(Course.Notes).Select(match => match.Groups[1].Value)];

    private static string NotebookOf(int section) =>
        Course.Notebooks.SingleOrDefault(path => Path.GetFileName(path).StartsWith($"{section:00}-", StringComparison.Ordinal))
        ?? throw new FileNotFoundException($"Section {section} of my_note.md has no notebook {section:00}-….ipynb.");

    private static IEnumerable<JsonObject> Cells(string path) =>
        JsonNode.Parse(File.ReadAllText(path))!["cells"]!.AsArray().Select(cell => cell!.AsObject());

    private static string Joined(JsonNode? lines) => lines is JsonArray parts ? string.Concat(parts.Select(part => (string)part!)) : (string?)lines ?? "";

    // ───────────────────────────── The text ─────────────────────────────

    [Fact]
    public void Equations_are_numbered_in_order_and_have_a_place_to_link_to()
    {
        foreach (var (section, text) in Sections)
        {
            var tags = Tag().Matches(text).Select(match => match.Groups[1].Value).ToArray();
            Assert.Equal(Enumerable.Range(1, tags.Length).Select(n => $"{section}.{n}"), tags);
            var places = EquationPlace().Matches(text).Select(match => match.Groups[1].Value.Replace('-', '.'));
            Assert.Equal(tags, places);
        }
        foreach (Match match in EquationWithPlace().Matches(Course.Notes))
            Assert.Equal(match.Groups["place"].Value.Replace('-', '.'), match.Groups["tag"].Value);
    }

    [Fact]
    public void The_notes_and_the_readme_cite_equations_that_exist()
    {
        var defined = Tag().Matches(Course.Notes).Select(match => match.Groups[1].Value).ToHashSet();
        foreach (var text in new[] { Course.Notes, File.ReadAllText(Path.Combine(Course.Root, "README.md")) })
            Assert.All(Citation().Matches(text), match => Assert.Contains(match.Groups[1].Value, defined));
    }

    [Fact]
    public void Every_symbol_of_the_table_has_a_dimension_and_appears_in_the_text()
    {
        var rows = Table(Course.Notes, "symbol");
        Assert.True(rows.Length > 50);
        var text = string.Join('\n', Sections.Values);
        foreach (var row in rows)
        {
            Assert.True(row[2].Length > 0, $"{row[0]} has no dimension in the table of symbols");
            foreach (Match symbol in Formula().Matches(row[0]))
                Assert.True(text.Contains(symbol.Groups[1].Value, StringComparison.Ordinal), $"{symbol.Value} stands in the table of symbols and nowhere else");
        }
    }

    /// <summary>What GitHub takes for markdown before it sees the formula: \\, \, \{ and the like lose their backslash, and stars make italics.</summary>
    [Fact]
    public void Formulas_survive_github()
    {
        foreach (Match formula in AnyFormula().Matches(CodeFence().Replace(Course.Notes, "")))
            Assert.False(EatenBackslash().IsMatch(formula.Value) || formula.Value.Contains('*'), $"GitHub changes this formula: {formula.Value}");
    }

    // ───────────────────────────── Notes and notebooks ─────────────────────────────

    [Theory, MemberData(nameof(SectionNumbers))]
    public void A_section_and_its_notebook_lead_to_each_other(int section)
    {
        var notebook = NotebookOf(section);
        var heading = Sections[section].Split('\n')[0];
        var anchor = NotInAnchor().Replace(heading[3..].ToLowerInvariant(), "").Replace(' ', '-');
        var name = Path.GetFileName(notebook);
        Assert.Contains($"*Notebook: [{name}](notebooks/{name})*", Sections[section]);
        Assert.Contains($"| [{heading[3..]}](#{anchor}) |", Course.Notes);
        Assert.Contains(Cells(notebook), cell => Joined(cell["source"]).Contains($"(../my_note.md#{anchor})", StringComparison.Ordinal));
    }

    /// <summary>No equation stands in the notes alone: its notebook or a script works with it.</summary>
    [Theory, MemberData(nameof(Equations))]
    public void An_equation_is_used_by_its_notebook_or_the_library(string equation)
    {
        var section = int.Parse(equation.Split('.')[0], CultureInfo.InvariantCulture);
        var texts = Directory.GetFiles(Path.Combine(Course.Root, "lib")).Select(File.ReadAllText)
            .Concat(Course.Notebooks.Where(path => Path.GetFileName(path).StartsWith($"{section:00}-", StringComparison.Ordinal))
                .Select(path => string.Join('\n', Cells(path).Select(cell => Joined(cell["source"])))));
        Assert.True(texts.Any(text => Cited(text).Contains(equation)), $"({equation}) is cited neither by the notebook of section {section} nor in lib/");
    }

    /// <summary>The equations that a text cites: (5.4), \tag{5.4}, and all from the first to the last of (5.4) to (5.10).</summary>
    private static HashSet<string> Cited(string text)
    {
        var cited = Citation().Matches(text).Concat(Tag().Matches(text)).Select(match => match.Groups[1].Value).ToHashSet();
        foreach (Match range in CitedRange().Matches(text))
            for (var n = int.Parse(range.Groups["from"].Value, CultureInfo.InvariantCulture); n <= int.Parse(range.Groups["to"].Value, CultureInfo.InvariantCulture); n++)
                cited.Add($"{range.Groups["section"].Value}.{n}");
        return cited;
    }

    /// <summary>
    /// Prose does not claim what the notebook did not measure. A percentage with decimals or a time in seconds must stand in
    /// an output of the same notebook, or its sentence must say where it comes from: a formula that gives it, or the
    /// original or an author of the notes' sources. A whole percentage may be an output rounded.
    /// </summary>
    [Theory, MemberData(nameof(Notebooks))]
    public void Measured_figures_in_the_prose_stand_in_an_output(string name)
    {
        var cells = Cells(Path.Combine(Course.Root, "notebooks", name)).ToArray();
        var outputs = string.Join('\n', cells.SelectMany(cell => cell["outputs"]?.AsArray() ?? [])
            .SelectMany(output => new[] { Joined(output!["text"]), Joined(output["data"]?["text/plain"]), Joined(output["data"]?["text/html"]) }));
        var measured = Percent().Matches(outputs).Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        var authors = Author().Matches(Course.Notes[Course.Notes.IndexOf("## Sources", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value);
        string[] sources = ["original", .. authors];

        var unfounded = new List<string>();
        foreach (var cell in cells.Where(cell => (string)cell["cell_type"]! == "markdown"))
        {
            var prose = CodeFence().Replace(Joined(cell["source"]), "");
            var isExercise = prose.Contains("<summary>Answer</summary>", StringComparison.Ordinal);
            foreach (var sentence in SentenceEnd().Split(prose))
            {
                if (sources.Any(source => sentence.Contains(source, StringComparison.Ordinal)) || sentence.Contains(@"\approx", StringComparison.Ordinal)) continue;
                foreach (Match figure in MeasuredFigure().Matches(sentence))
                {
                    var (number, unit) = (figure.Groups[1].Value, figure.Groups[2].Value);
                    var founded = number.Contains('.') || unit != "%"
                        ? Spaces().Replace(outputs, " ").Contains($"{number} {unit}", StringComparison.Ordinal)
                        // What an exercise supposes or guesses is no measurement.
                        : isExercise || measured.Any(value => Math.Abs(value - double.Parse(number, CultureInfo.InvariantCulture)) < 1);
                    if (!founded) unfounded.Add($"cell {(string)cell["id"]!}: {number} {unit} in “{Spaces().Replace(sentence, " ").Trim()}”");
                }
            }
        }
        Assert.True(unfounded.Count == 0, $"{name} claims what no output of it shows:\n{string.Join('\n', unfounded)}");
    }

    // ───────────────────────────── The worked examples ─────────────────────────────

    [Fact]
    public void The_worked_example_of_section_5_and_its_step_in_section_6_are_right()
    {
        var text = Sections[5][Sections[5].IndexOf("### A worked example on paper", StringComparison.Ordinal)..];
        Matrix<double> Given(string symbol)
        {
            var body = Regex.Match(text, Regex.Escape(symbol) + @" = \\begin\{pmatrix\}(.+?)\\end\{pmatrix\}").Groups[1].Value;
            return Matrix.FromRows([.. body.Split(@"\cr").Select(row => row.Split('&').Select(Number).ToArray())]);
        }
        var (X, Y) = (Given("X"), Given("Y"));
        var network = new Network<double>([Given("W_1"), Given("W_2")], [Given("b_1"), Given("b_2")], Activation.ReLU, Loss.CrossEntropy);
        var pass = network.Forward(X);
        var gradients = network.Backward(pass, Y);
        Shown(text, pass.A2, gradients.dW2, gradients.db2, gradients.dW1, gradients.db1);
        var loss = network.LossOf(pass, Y);
        Assert.Contains($"{loss:F6}", text);

        // With one example db2 is dZ2.
        var squared = new Network<double>(network.W, network.b, Activation.ReLU, Loss.SquaredError);
        Shown(text, squared.Backward(pass, Y).db2);

        // The table of finite differences, as far as the truncation error rules.
        foreach (var row in Table(text, @"$\varepsilon$").Where(row => Number(row[0]) >= 0.001))
        {
            var epsilon = Number(row[0]);
            var error = Math.Abs(GradientCheck.Numerical(() => network.LossOf(network.Forward(X), Y), network.W2, epsilon)[0, 0] - gradients.dW2[0, 0]);
            Assert.Equal(Number(row[1]), error, 0.06 * error);
        }

        // What an error says: the first hidden unit hears the outputs over its weights, and its error foretells the loss.
        var dA1 = (network.W2.Transposed * gradients.db2)[0, 0];
        var raised = pass.A1.Copy();
        raised[0, 0] += 0.01;
        var rise = Losses.CrossEntropy(network.W2 * raised + network.b2, Y) - loss;
        Assert.Contains($"hears ${gradients.db2[0, 0]:F3}$ from output 0 over the weight {network.W2[0, 0]}, and ${gradients.db2[1, 0]:F3}$ from output 1 over the weight {network.W2[1, 0]}: together ${dA1:F3}$", Sections[5]);
        Assert.Contains($"from {pass.A1[0, 0]} to {raised[0, 0]}, and the loss grows by ${rise:F4}$. That is ${dA1:F3} \\cdot 0.01$", Sections[5]);
        Assert.Equal(dA1 * 0.01, rise, 1e-5);

        network.Update(gradients, 0.1);
        var after = network.Forward(X);
        var step = Sections[6];
        Shown(step, network.W1, network.W2, network.b1, network.b2, after.Z1, after.Z2, after.A2);
        Assert.Contains($"{network.LossOf(after, Y):F6}", step);
        Assert.Contains($"{loss - network.LossOf(after, Y):F6}", step);

        // Each as the whole matrix that is printed, six decimals where two do not say it all.
        static void Shown(string text, params Matrix<double>[] matrices) => Assert.All(matrices, matrix => Assert.Contains(
            @"\begin{pmatrix} " + string.Join(@" \cr ", Enumerable.Range(0, matrix.Rows).Select(i => string.Join(" & ",
                Enumerable.Range(0, matrix.Columns).Select(j => Printed(matrix[i, j]))))) + @" \end{pmatrix}", text));

        static string Printed(double value) =>
            value.ToString(Math.Abs(value - Math.Round(value, 2)) < 1e-12 ? "0.##" : "F6", CultureInfo.InvariantCulture);
    }

    [Fact]
    public void The_examples_of_section_7_are_right()
    {
        var text = Sections[7];
        // (7.5): all batches of two out of four.
        double[] g = [1, 3, -1, 5];
        Assert.Contains("let $g$ be 1, 3, −1 and 5", text);
        double[] means = [.. from i in Enumerable.Range(0, 4) from j in Enumerable.Range(i + 1, 3 - i) select (g[i] + g[j]) / 2];
        Assert.Contains($"Their means are {string.Join(", ", means[..^1])} and {means[^1]}", text);
        Assert.Contains($"= {Variance(means):F3}$", text);
        Assert.Equal(Variance(means), Variance(g) / 2 * (4 - 2) / (4 - 1), 1e-12);

        // (7.1) and (7.2)
        var rows = Table(text, "$e$");
        double[] Row(string[] row) => [.. row.Skip(1).Select(Number)];
        var (train, validation, gap) = (Row(rows[0]), Row(rows[1]), Row(rows[2]));
        Assert.Equal(validation.Zip(train, (v, t) => Math.Round(v - t, 2)), gap);
        Assert.Contains($@"$e^\ast = {Array.IndexOf(validation, validation.Min())}$", text);

        // (7.4): one step, w = 2, dw = 0.3, λ = 0.1, η = 0.5
        Assert.Contains($"the new weight is $2 - 0.5 \\cdot 0.5 = {2 - 0.5 * (0.3 + 0.1 * 2):F2}$", text);
        Assert.Contains($"$2 - 0.5 \\cdot 0.3 = {2 - 0.5 * 0.3:F2}$", text);
        Assert.Contains($@"$1 - \eta \lambda = {1 - 0.5 * 0.1:F2}$", text);

        // The learning rate that (7.6) asks for with all images in one batch, 0.1 being right for 32.
        Assert.Contains($"learning rate of {0.1 * 60_000 / 32}", text);
        Assert.Contains($@"\sqrt{{0.98 \cdot 0.02 / 10000}} = {Math.Sqrt(0.98 * 0.02 / 10_000):F4}", text);
        Assert.Contains($"= {1.5388 * 0.14:F2}$ percentage points", text);

        static double Variance(double[] values) => values.Select(value => Math.Pow(value - values.Average(), 2)).Average();
    }

    [Fact]
    public void The_examples_of_section_8_are_right()
    {
        var text = Sections[8];
        double[][] C = [.. Table(text, "label")[..3].Select(row => row[1..4].Select(Number).ToArray())];
        var N = C.Sum(row => row.Sum());
        Assert.Contains($"$(8 + 5 + 2) / 20 = {Enumerable.Range(0, 3).Sum(i => C[i][i]) / N:F2}$", text);
        foreach (var row in Table(text, "class"))
        {
            var j = (int)Number(row[0]);
            var (precision, recall) = (C[j][j] / C.Sum(line => line[j]), C[j][j] / C[j].Sum());
            Assert.Equal([$"{precision:F4}", $"{recall:F4}", $"{2 * precision * recall / (precision + recall):F4}"], row[1..].Select(cell => cell.Split("= ")[1]));
        }

        Assert.Contains($"{100 * Math.Sqrt(0.98 * 0.02 / 10_000):F2} percentage points", text);
        Assert.Contains($"{100 * Math.Sqrt(0.93 * 0.07 / 840):F2} percentage points", text);
        Assert.Contains($"{100 * (1 - 892 / 10_000.0):F2} %", text);

        // (8.8) and, with the same predictions, (10.4)
        var bins = Table(text, "bin").Select(row => (Confidences: row[1].Split(", ").Select(Number).ToArray(), Right: Number(row[2].Split(' ')[0]), Row: row)).ToArray();
        var n = bins.Sum(bin => bin.Confidences.Length);
        var error = 0.0;
        foreach (var (confidences, right, row) in bins)
        {
            var (confidence, accuracy) = (confidences.Average(), right / confidences.Length);
            Assert.Equal([$"{confidences.Length}", $"{confidence:F4}", $"{accuracy:F4}", $"{Math.Abs(accuracy - confidence):F4}"], row[3..]);
            error += (double)confidences.Length / n * Math.Abs(accuracy - confidence);
        }
        Assert.Contains($"= {error:F4}$", text);
        foreach (var row in Table(Sections[10], "$t$"))
        {
            var answered = bins.Where(bin => bin.Confidences.Min() >= Number(row[0])).ToArray();
            var (count, wrong) = (answered.Sum(bin => bin.Confidences.Length), answered.Sum(bin => bin.Confidences.Length - bin.Right));
            Assert.Equal([$"{count}", $"{wrong}", $"{(double)count / n:F1}", $"{wrong / count:F4}"], row[1..]);
        }
    }

    [Fact]
    public void The_examples_of_section_9_are_right()
    {
        var text = Sections[9];
        // Momentum on L = θ²/2
        var (theta, V, plain) = (1.0, 0.0, 1.0);
        foreach (var row in Table(text, "step"))
        {
            Assert.Equal($"{theta:F3}", row[1]);
            V = 0.9 * V + theta;            // (9.1)
            theta -= 0.1 * V;               // (9.2)
            plain -= 0.1 * plain;           // (6.1)
            Assert.Equal([$"{V:F3}", $"{theta:F3}", $"{plain:F3}"], row[2..].Select(cell => cell.Split("= ")[^1]));
        }

        // Adam: two steps, and the first one whatever the gradient
        var (M, S, beta1, beta2, eta) = (0.0, 0.0, 0.9, 0.999, 0.001);
        foreach (var row in Table(text, "$t$"))
        {
            var (t, gradient) = (Number(row[0]), Number(row[1]));
            M = beta1 * M + (1 - beta1) * gradient;                                                     // (9.3)
            S = beta2 * S + (1 - beta2) * gradient * gradient;                                          // (9.4)
            var (mHat, sHat) = (M / (1 - Math.Pow(beta1, t)), S / (1 - Math.Pow(beta2, t)));            // (9.5)
            Assert.Equal([M, S], row[2..4].Select(Number), Close);
            Assert.Equal([mHat, sHat], row[4..6].Select(cell => Number(cell.Split("= ")[^1])), Close);
            Assert.Equal($"{eta * mHat / (Math.Sqrt(sHat) + 1e-8):F6}", row[6]);                        // (9.6)
        }
        Assert.Contains($"= {(1 - beta1) / Math.Sqrt(1 - beta2):F2}$", text);

        // Weight decay
        Assert.Contains($"$0.95 \\cdot 2 - 0.5 \\cdot 0.3 = {(1 - 0.5 * 0.1) * 2 - 0.5 * 0.3:F2}$", text);
        Assert.Contains($"$(1 - 0.01) \\cdot 2 - 0.1 = {(1 - 0.1 * 0.1) * 2 - 0.1:F2}$", text);

        // Dropout: the mean over all eight masks is the activation itself
        double[] A1 = [2, 1, 3];
        for (var n = 0; n < 3; n++)
            Assert.Equal(A1[n], Enumerable.Range(0, 8).Average(mask => ((mask >> n) & 1) * A1[n] / (1 - 0.5)), 1e-12);

        // The displacement of (9.12) for σ = 4, α = 34, and the value of (9.13)
        double[] bell = [.. Enumerable.Range(-28, 57).Select(i => Math.Exp(-i * i / 32.0))];
        var squares = Math.Pow(bell.Sum(b => b * b) / Math.Pow(bell.Sum(), 2), 2);
        Assert.Contains($"this is {squares:F5}", text);
        Assert.Contains($"{34 * Math.Sqrt(squares / 3):F2} pixels", text);
        var (fr, fc) = (0.25, 0.5);
        var value = (1 - fr) * (1 - fc) * 100 + (1 - fr) * fc * 200 + fr * (1 - fc) * 50 + fr * fc * 0;
        Assert.Contains($"= {value:F2}$", text);

        static bool Close(double expected, double printed) => Math.Abs(expected - printed) < 6e-7;
    }

    [Fact]
    public void The_examples_of_section_10_are_right()
    {
        var text = Sections[10];
        var pictures = Regex.Matches(text, @"\\begin\{pmatrix\}(.+?)\\end\{pmatrix\}").Select(match =>
            match.Groups[1].Value.Split(@"\cr").Select(row => row.Split('&').Select(Number).ToArray()).ToArray()).ToArray();
        Assert.Equal(2, pictures.Length);
        var (r, c) = Centre(pictures[0]);
        Assert.Contains($"/ 10 = {r:F1}$", text);
        Assert.Contains($"/ 10 = {c:F1}$", text);
        var (tr, tc) = ((int)Math.Round(1 - r), (int)Math.Round(1 - c));
        for (var row = 0; row < 3; row++)
            for (var column = 0; column < 3; column++)
                Assert.Equal(row - tr is >= 0 and < 3 && column - tc is >= 0 and < 3 ? pictures[0][row - tr][column - tc] : 0, pictures[1][row][column]);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"$({Centre(pictures[1]).Row:F1}, \\ {Centre(pictures[1]).Column:F1})"), text.Replace(@"centre of mass } (", "centre of mass } $(", StringComparison.Ordinal));

        Assert.Contains($"{1 / (1 + Math.Exp(-0.5)):F2} with $c = 1$ and {1 / (1 + Math.Exp(-5)):F3} with $c = 10$", text);
        Assert.Contains($"{4 * (784 * 128 + 128 + 10 * 128 + 10):N0} bytes", text);

        static (double Row, double Column) Centre(double[][] picture)
        {
            var ink = picture.Sum(row => row.Sum());
            return (picture.Select((row, i) => i * row.Sum()).Sum() / ink, picture.Sum(row => row.Select((value, i) => i * value).Sum()) / ink);
        }
    }

    /// <summary>What section 10 says about MNIST: (10.1) and (10.3) rest on it.</summary>
    [Fact, Trait("Time", "long")]
    public void Training_digits_are_scaled_and_centred_as_section_10_says()
    {
        var training = Mnist.Load(Path.Combine(Course.Root, "data")).Training;
        var (longest20, longest19, lowest, highest) = (0, 0, 27.0, 0.0);
        for (var i = 0; i < training.Count; i++)
        {
            var image = training.Image(i).ToArray();
            int[] places = [.. Enumerable.Range(0, 784).Where(q => image[q] > 0)];
            var longest = 1 + Math.Max(places.Max(q => q / 28) - places.Min(q => q / 28), places.Max(q => q % 28) - places.Min(q => q % 28));
            if (longest == 20) longest20++;
            if (longest == 19) longest19++;
            double ink = places.Sum(q => image[q]);
            double[] centre = [places.Sum(q => q / 28 * image[q]) / ink, places.Sum(q => q % 28 * image[q]) / ink];
            (lowest, highest) = (Math.Min(lowest, centre.Min()), Math.Max(highest, centre.Max()));
        }
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{longest20:N0} have ink that is exactly 20 pixels wide or high at its longer side, and the other {longest19} have 19"), Sections[10]);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"lie between {lowest:F2} and {highest:F2}"), Sections[10]);
        Assert.Equal(60_000, longest20 + longest19);
    }

    // ───────────────────────────── The PDF ─────────────────────────────

    [Fact]
    public void The_pdf_stays_below_three_megabytes() => Assert.InRange(new FileInfo(Path.Join(Course.Root, "my_note.pdf")).Length, 1, 3_000_000);

    [Fact]
    public void The_pdf_was_printed_from_the_notes_as_they_are()
    {
        var pdf = File.ReadAllBytes(Path.Combine(Course.Root, "my_note.pdf"));
        Assert.True(pdf.AsSpan().StartsWith("%PDF-"u8));
        Assert.True(NotesPdf.HashOf(Course.Notes) == NotesPdf.HashIn(pdf),
            "my_note.pdf was printed from another my_note.md. Print it again: dotnet run --project tools/nb -- pdf");
        // Every equation and every section can be linked to, and lies on a page.
        var places = PdfPlaces.Pages(pdf);
        Assert.Equal(Sections.Count, Sections.Values.Select(text => text.Split('\n')[0][3..].ToLowerInvariant().Replace(' ', '-')).Count(places.ContainsKey));
    }

    [Fact]
    public async Task Printing_keeps_the_hash_and_the_pages_and_refuses_what_katex_does_not_understand()
    {
        var chromium = Browser.Path();
        const string Text = "# Title\n\n## 1 First\n\nSee $a_1$ and [the second](#2-second), [a file](lib/A.csx).\n\n$$\na \\tag{1.1}\n$$\n\n## 2 Second\n\nWords.\n";
        var pdf = await NotesPdf.PrintAsync(Text, Course.Root, chromium, TestContext.Current.CancellationToken);
        Assert.Equal(NotesPdf.HashOf(Text), NotesPdf.HashIn(pdf));
        Assert.Equal(NotesPdf.HashOf(Text), NotesPdf.HashOf(Text.ReplaceLineEndings("\r\n")));
        Assert.Equal(3, PdfPlaces.Pages(pdf)["2-second"]);   // behind the title and the contents
        Assert.DoesNotContain("file:", System.Text.Encoding.Latin1.GetString(pdf));

        var error = await Assert.ThrowsAsync<UserError>(() => NotesPdf.PrintAsync("# Title\n\n## 1 First\n\n$\\unknown$\n", Course.Root, chromium, TestContext.Current.CancellationToken));
        Assert.Contains("unknown", error.Message);
    }

    [Fact]
    public async Task Printing_without_notes_says_what_is_missing()
    {
        var folder = Directory.CreateTempSubdirectory("nb-pdf-").FullName;
        var error = await Assert.ThrowsAsync<UserError>(() =>
            PdfCommand.BuildAsync(folder, Path.Combine(folder, "my_note.pdf"), TextWriter.Null, TestContext.Current.CancellationToken));
        Assert.Contains("my_note.md: expected the notes", error.Message);
        Assert.Empty(Directory.GetFiles(folder));
        Directory.Delete(folder);
    }

    // ───────────────────────────── Reading markdown ─────────────────────────────

    /// <summary>The rows of the first table whose header begins with a word, cells without the blanks around them.</summary>
    private static string[][] Table(string text, string firstHeader)
    {
        var lines = text.Split('\n').SkipWhile(line => !line.StartsWith($"| {firstHeader} |", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'));
        string[][] rows = [.. lines.Select(line => line.Trim('|', ' ').Split('|').Select(cell => cell.Trim()).ToArray())];
        return rows.Length > 0 ? rows : throw new InvalidDataException($"There is no table that begins with '{firstHeader}'.");
    }

    private static double Number(string text) => double.Parse(text.Replace('−', '-').Trim(), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^## (\d+) .*?(?=^## )", RegexOptions.Multiline | RegexOptions.Singleline)] private static partial Regex SectionText();
    [GeneratedRegex(@"\\tag\{(\d+\.\d+)\}")] private static partial Regex Tag();
    [GeneratedRegex(@"<a id=""eq-([\d-]+)"">")] private static partial Regex EquationPlace();
    [GeneratedRegex(@"<a id=""eq-(?<place>[\d-]+)""></a>\s+\$\$[^$]*?\\tag\{(?<tag>[\d.]+)\}")] private static partial Regex EquationWithPlace();
    [GeneratedRegex(@"(?<![\w.}])\(([1-9]\d?\.\d{1,2})\)")] private static partial Regex Citation();
    [GeneratedRegex(@"\((?<section>\d+)\.(?<from>\d+)\)(?:–| to )\(\k<section>\.(?<to>\d+)\)")] private static partial Regex CitedRange();
    [GeneratedRegex(@"\$([^$]+)\$")] private static partial Regex Formula();
    [GeneratedRegex(@"\$\$[^$]+\$\$|\$[^$\n]+\$")] private static partial Regex AnyFormula();
    [GeneratedRegex(@"\\[\\,;:!{}_#%&*.()\[\]<>|~`'""?=+-]")] private static partial Regex EatenBackslash();
    [GeneratedRegex("```.*?```", RegexOptions.Singleline)] private static partial Regex CodeFence();
    [GeneratedRegex(@"[^\w\- ]")] private static partial Regex NotInAnchor();
    [GeneratedRegex(@"(?<=[.?!:])\s+|\n\n|\n- ")] private static partial Regex SentenceEnd();
    [GeneratedRegex(@"(?<![\w.,])(\d[\d,]*(?:\.\d+)?)[\s\u00A0]+(%|ms\b|s\b|seconds?\b)")] private static partial Regex MeasuredFigure();
    [GeneratedRegex(@"(\d+(?:\.\d+)?)[\s\u00A0]*%")] private static partial Regex Percent();
    [GeneratedRegex(@"[\s\u00A0]+")] private static partial Regex Spaces();
    [GeneratedRegex(@"\b[A-Z]\. ([A-Z]\w[\w-]+)")] private static partial Regex Author();
}
