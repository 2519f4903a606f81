using System.Diagnostics;
using System.Globalization;
using System.Text;
using Bench;

// The whole comparison, which writes the tables and charts of bench/README.md and a sentence of README.md: dotnet run -c Release --project bench
// One round of its rows, or of those that have a text, writing nothing:   dotnet run -c Release --project bench -- try epoch
var root = FindRoot();
Directory.SetCurrentDirectory(root);
switch (args.FirstOrDefault())
{
    case "cold":
        ColdStart.Run();
        return;
    case "script":
        await Script.Serve(root);
        return;
}

var isTrial = args is ["try", ..];
var rounds = isTrial ? 1 : 5;
var missing = new List<string>();
List<Contestant> contestants = [new Library()];
Console.WriteLine("Getting ready …");
var machine = new Limits(Machine.PeakFloat(), Machine.PeakDouble(), Machine.Bandwidth());   // before the others start to compile
Join("NumPy", ChildProcess.Start("NumPy", "/usr/bin/python3", Path.Combine(root, "bench", "peers", "numpy_peer.py")));
Join("PyTorch", ChildProcess.Start("PyTorch", "/usr/bin/python3", Path.Combine(root, "bench", "peers", "torch_peer.py")));
contestants.Add(new MathNetPeer());
Join("in nb", NotebookInNb.Start(root));
Join("unoptimised script", ChildProcess.Start("unoptimised", Environment.ProcessPath!, "script"));

var report = new StringBuilder();
var nonZeros = Workloads.NonZeros();
Say($"{DateTime.Now:yyyy-MM-dd}, {Cpu()}, {Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}, " +
    $"{System.Runtime.InteropServices.RuntimeInformation.OSDescription}.");
Say(string.Create(CultureInfo.InvariantCulture, $"The machine's own limit, measured: {machine.Float:0} GFLOP/s in float and {machine.Double:0} in double (fused multiply-add on all cores), {machine.Memory:0} GB/s from memory."));
foreach (var peer in missing) Say($"Missing: {peer}");
Say("");
Say("Milliseconds, medians of five rounds in which all take turns, with half the distance between the quartiles; in brackets the time of the library as a part of theirs (below 1: the library is faster).");
Say("");
Head("work", ["library", "of the limit", .. contestants.Skip(1).Select(c => c.Name)]);
var reached = new List<(Row Row, double? Part)>();
var unoptimised = new List<double>();
var inNb = new List<double>();
var epoch = "";
var epochs = new List<(string What, Measured?[] Found)>();
foreach (var row in Rows.List(nonZeros).Where(row => !isTrial || row.Text.Contains(args.ElementAtOrDefault(1) ?? "", StringComparison.Ordinal)))
{
    var found = Measured.All(contestants, row.Work, rounds);
    var library = found[0]!.Value;
    Say($"| {row.Text} | {library} | {row.Need.Share(library.Middle, machine)} | {string.Join(" | ", found.Skip(1).Select(peer => Against(library, peer)))} |");
    reached.Add((row, Part(library, found.Zip(contestants).Where(pair => pair.Second.Name is "NumPy" or "PyTorch").Select(pair => pair.First))));
    if (row.Text[0] is 'b' or 'c' && Of("unoptimised") is { } slow) unoptimised.Add(slow.Middle / library.Middle);
    // The sentence of the course's own README, in the words of the table.
    if (row.Text.StartsWith("b. epoch 784-128-10, batches of 32,", StringComparison.Ordinal))
        epoch = "One epoch over 60,000 images (784-128-10, batches of 32) took " +
            string.Join(" and ", from name in (string[])["NumPy", "PyTorch"] where library.IsSettled && Of(name) is { IsSettled: true } select $"{Measured.Short(library.Middle / Of(name)!.Value.Middle)} of {name}'s time") +
            $", on the same {Environment.ProcessorCount} cores in the same run, on {DateTime.Now:yyyy-MM-dd}.";
    if (row.Text.StartsWith("b. epoch", StringComparison.Ordinal)) epochs.Add((row.Text["b. epoch ".Length..], [found[0], Of("NumPy"), Of("PyTorch")]));
    if (Of("in nb") is { } notebook) inNb.Add(notebook.Middle / library.Middle);

    Measured? Of(string name) => found.Zip(contestants).FirstOrDefault(pair => pair.Second.Name == name).First;
}
if (isTrial)
{
    foreach (var contestant in contestants) contestant.Dispose();
    return;
}

Chart.Bars(Path.Combine(root, "bench", "charts", "epochs.svg"), "milliseconds for an epoch of 60,000 images", ["library", "NumPy", "PyTorch"],
    [.. epochs.Select(e => (e.What, e.Found.Select(f => f is { IsSettled: true } settled ? settled.Middle : double.NaN).ToArray()))]);
Say("");
var cold = Measured.Of(Enumerable.Range(0, rounds).Select(_ =>
{
    var start = Stopwatch.GetTimestamp();
    // What lives for a second gains nothing by compiling each method quickly first and well later: a setting of .NET for everybody.
    var info = new ProcessStartInfo(Environment.ProcessPath!, ["cold"]) { RedirectStandardOutput = true };
    info.Environment["DOTNET_TieredCompilation"] = "0";
    using var child = Process.Start(info)!;
    child.WaitForExit();
    return Stopwatch.GetElapsedTime(start).TotalSeconds;
}));
Say($"f. From the start of a process to 98 % of the test images (load, train 784-128-10, measure after each epoch; with `DOTNET_TieredCompilation=0`): {cold} s, median of {rounds}.");

Say("");
Say("g. Growth: milliseconds for 6,000 examples, median of three rounds.");
var rivals = contestants.Where(c => c.Name is "library" or "NumPy").ToArray();
Grow("hidden units (batches of 64)", "growth-hidden", [16, 32, 64, 128, 256, 512, 1024, 2048], h => $"epoch float {h} 64 6000");
Grow("batch size (784-128-10)", "growth-batch", [1, 4, 16, 64, 256, 1024], b => $"epoch float 128 {b} 6000");
Say("");
int[] threads = [.. Enumerable.Range(1, Environment.ProcessorCount)];
Head("threads (784-800-10, batches of 128)", threads.Select(n => $"{n}"));
Say($"| library | {string.Join(" | ", threads.Select(n => Measured.Short(Measured.All(rivals[..1], $"epoch float 800 128 6000 {n}", 3)[0]!.Value.Middle)))} |");

Say("");
Say("h. The pieces of a step: batches of 64, float, medians of nine rounds. The first four together are the step as it is taught, without its loss; the fast step does all that they do, and the loss. It is always the same batch, so what it needs lies in the caches.");
Say("");
foreach (var line in Pieces.Table()) Say(line);
foreach (var contestant in contestants) contestant.Dispose();
Write(Path.Combine("bench", "README.md"), "results", report.ToString());
// Where no peer was there, or none agreed with itself, there is nothing new to say.
if (epoch.Contains("'s time", StringComparison.Ordinal)) Write("README.md", "epoch", epoch);
else Console.WriteLine("README.md keeps its sentence on the epoch: this run has no figure for it.");
report.Clear();
Say("| work | at most | in this run | |");
Say("| --- | ---: | ---: | --- |");
foreach (var (row, part) in reached) Aim(row.Text, row.Aim, part, "of the faster of NumPy and PyTorch");
Aim("b., c. in an unoptimised script, the slowest", 1.3, unoptimised.Count > 0 ? unoptimised.Max() : null, "times the compiled library");
Aim("all of these in nb, the slowest", 1.2, inNb.Count > 0 ? inNb.Max() : null, "times the compiled library");
Aim("f. from a cold process to 98 %", 1.5, cold.Middle, "s");
Write(Path.Combine("bench", "README.md"), "aims", report.ToString());

void Aim(string what, double? aim, double? found, string of)
{
    if (aim is not { } most) return;
    var outcome = found is not { } f ? "not measured" : f <= most ? "reached" : "**not reached**";
    Say(string.Create(CultureInfo.InvariantCulture, $"| {what} | {most} {of} | {(found is { } x ? Measured.Short(x) : "–")} | {outcome} |"));
}

// Against the faster peer that settled.
double? Part(Measured library, IEnumerable<Measured?> peers) =>
    library.IsSettled && peers.Where(peer => peer is { IsSettled: true }).Min(peer => peer?.Middle) is { } fastest ? library.Middle / fastest : null;

string Against(Measured library, Measured? peer) => peer is not { } p ? "–"
    : !p.IsSettled ? p.ToString() : $"{Measured.Short(p.Middle)} ({Measured.Short(library.Middle / p.Middle)})";

void Head(string first, IEnumerable<string> others)
{
    Say($"| {first} | {string.Join(" | ", others)} |");
    Say($"| --- | {string.Join(" | ", others.Select(_ => "---:"))} |");
}

void Join(string name, (Contestant? Contestant, string Reason) found)
{
    if (found.Contestant != null) contestants.Add(found.Contestant);
    else missing.Add($"{name} ({found.Reason})");
}

void Say(string line)
{
    Console.WriteLine(line);
    report.AppendLine(line);
}

void Grow(string what, string file, int[] sizes, Func<int, string> work)
{
    var times = sizes.Select(size => Measured.All(rivals, work(size), 3)).ToArray();
    Say("");
    Head(what, sizes.Select(size => $"{size}"));
    for (var i = 0; i < rivals.Length; i++) Say($"| {rivals[i].Name} | {string.Join(" | ", times.Select(t => t[i] is { } m ? Measured.Short(m.Middle) : "–"))} |");
    Chart.Write(Path.Combine(root, "bench", "charts", file + ".svg"), what, "milliseconds for 6,000 examples",
        sizes, [.. rivals.Select((r, i) => (r.Name, times.Select(t => t[i]?.Middle ?? double.NaN).ToArray()))]);
}

// Between its two marks in the page.
void Write(string file, string part, string text)
{
    var (begin, end) = ($"<!-- {part}: written by the run -->", $"<!-- end of {part} -->");
    var path = Path.Combine(root, file);
    var page = File.ReadAllText(path);
    var (from, to) = (page.IndexOf(begin, StringComparison.Ordinal), page.IndexOf(end, StringComparison.Ordinal));
    if (from < 0 || to < from) throw new InvalidOperationException($"{path}: expected the lines `{begin}` and `{end}`, found one missing. Put them back.");
    File.WriteAllText(path, $"{page[..(from + begin.Length)]}\n\n{text.TrimEnd()}\n\n{page[to..]}");
}

static string Cpu() => File.Exists("/proc/cpuinfo")
    ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown processor"
    : "unknown processor";

static string FindRoot()
{
    var folder = new DirectoryInfo(AppContext.BaseDirectory);
    while (!File.Exists(Path.Combine(folder.FullName, "lib", "NeuralNet.csx"))) folder = folder.Parent ?? throw new DirectoryNotFoundException("The folder lib/ was not found.");
    return folder.FullName;
}
