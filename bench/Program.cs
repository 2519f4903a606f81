using System.Diagnostics;
using System.Globalization;
using System.Text;
using Bench;

// The whole comparison:   dotnet run -c Release --project bench
// Single pieces in detail: dotnet run -c Release --project bench -- pieces
var root = FindRoot();
Directory.SetCurrentDirectory(root);
switch (args.FirstOrDefault())
{
    case "pieces":
        BenchmarkDotNet.Running.BenchmarkRunner.Run<Pieces>();
        return;
    case "cold":
        ColdStart.Run();
        return;
    case "script":
        await Script.Serve(root);
        return;
}

const int Rounds = 5;
var missing = new List<string>();
List<Contestant> contestants = [new Library()];
Console.WriteLine("Getting ready …");
Join("NumPy", ChildProcess.Start("NumPy", "/usr/bin/python3", Path.Combine(root, "bench", "peers", "numpy_peer.py")));
Join("PyTorch", ChildProcess.Start("PyTorch", "/usr/bin/python3", Path.Combine(root, "bench", "peers", "torch_peer.py")));
contestants.Add(new MathNetPeer());
Join("in nb", NotebookInNb.Start(root));
Join("unoptimised script", ChildProcess.Start("unoptimised", Environment.ProcessPath!, "script"));

var report = new StringBuilder();
Say($"{DateTime.Now:yyyy-MM-dd}, {Cpu()}, {Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}, " +
    $"{System.Runtime.InteropServices.RuntimeInformation.OSDescription}.");
var (peak, bandwidth) = (Machine.PeakFloat(), Machine.Bandwidth());
Say(string.Create(CultureInfo.InvariantCulture, $"The machine's own limit, measured: {peak:0} GFLOP/s in float (fused multiply-add on all cores), {bandwidth:0} GB/s from memory."));
foreach (var peer in missing) Say($"Missing: {peer}");
Say("");
Say("Milliseconds, medians of five rounds in which all take turns; in brackets the time of the library as a part of theirs (below 1: the library is faster).");
Say("");

(string Text, string Work)[] works =
[
    ("a. product 512×512 · 512×512, float", "product float 512 512 512"),
    ("a. product 512×512 · 512×512, double", "product double 512 512 512"),
    ("a. W1·X: 128×784 · 784×64, float", "product float 128 784 64"),
    ("a. W1·X: 128×784 · 784×64, double", "product double 128 784 64"),
    ("a. dZ1·Xᵀ: 128×64 · 64×784, float", "product float 128 64 784"),
    ("a. dZ1·Xᵀ: 128×64 · 64×784, double", "product double 128 64 784"),
    ("b. epoch 784-128-10, batches of 32, float", "epoch float 128 32"),
    ("b. epoch 784-128-10, batches of 64, float", "epoch float 128 64"),
    ("b. epoch 784-800-10, batches of 128, float", "epoch float 800 128"),
    ("c. full-batch step, 41,160 images, 784-10-10, double", "full double"),
    ("c. full-batch step, 41,160 images, 784-10-10, float", "full float"),
    ("f. read one image, 784-128-10, float", "infer float 128 1"),
    ("f. read 10,000 images, 784-128-10, float", "infer float 128 10000"),
];
Say($"| work | {string.Join(" | ", contestants.Select(c => c.Name))} |");
Say($"| --- | {string.Join(" | ", contestants.Select(_ => "---:"))} |");
foreach (var (text, work) in works)
{
    var times = Measure(contestants, work, Rounds);
    Say($"| {text} | {string.Join(" | ", times.Select((t, i) => Cell(t, times[0], isFirst: i == 0)))} |");
}

Say("");
var cold = MathNetPeer.Middle(Enumerable.Range(0, Rounds).Select(_ =>
{
    var start = Stopwatch.GetTimestamp();
    using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["cold"]) { RedirectStandardOutput = true })!;
    child.WaitForExit();
    return Stopwatch.GetElapsedTime(start).TotalSeconds;
}));
Say(string.Create(CultureInfo.InvariantCulture, $"d. From the start of a process to 98 % of the test images (load, train 784-128-10, measure after each epoch): {cold:0.00} s, median of {Rounds}."));

Say("");
Say("e. Growth: milliseconds for 6,000 examples, median of three rounds.");
var rivals = contestants.Where(c => c.Name is "library" or "NumPy").ToArray();
Grow("hidden units (batches of 64)", "growth-hidden", [16, 32, 64, 128, 256, 512, 1024, 2048], h => $"epoch float {h} 64 6000");
Grow("batch size (784-128-10)", "growth-batch", [1, 4, 16, 64, 256, 1024], b => $"epoch float 128 {b} 6000");
Say("");
Say($"| threads (784-800-10, batches of 128) | {string.Join(" | ", Enumerable.Range(1, Environment.ProcessorCount))} |");
Say($"| --- | {string.Join(" | ", Enumerable.Range(1, Environment.ProcessorCount).Select(_ => "---:"))} |");
Say($"| library | {string.Join(" | ", Enumerable.Range(1, Environment.ProcessorCount).Select(n => Cell(Measure(rivals[..1], $"epoch float 800 128 6000 {n}", 3)[0], null, isFirst: true)))} |");

foreach (var contestant in contestants) contestant.Dispose();
WriteReadme();

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

static double?[] Measure(IReadOnlyList<Contestant> contestants, string work, int rounds)
{
    var times = contestants.Select(_ => new List<double>()).ToArray();
    for (var round = -1; round < rounds; round++)   // the first round warms up and does not count
        for (var i = 0; i < contestants.Count; i++)
        {
            if (contestants[i].Run(work) is { } time && round >= 0) times[i].Add(time);
            Thread.Sleep(30);   // threads of others that still spin come to rest
        }
    return [.. times.Select(t => t.Count == 0 ? (double?)null : MathNetPeer.Middle(t))];
}

static string Cell(double? time, double? library, bool isFirst) => time switch
{
    null => "–",
    { } t when isFirst => Short(t),
    { } t => $"{Short(t)} ({Short(library!.Value / t)})"
};

static string Short(double x) => x.ToString(x < 0.1 ? "0.000" : x < 10 ? "0.00" : x < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);

void Grow(string what, string file, int[] sizes, Func<int, string> work)
{
    var times = sizes.Select(size => Measure(rivals, work(size), 3)).ToArray();
    Say("");
    Say($"| {what} | {string.Join(" | ", sizes)} |");
    Say($"| --- | {string.Join(" | ", sizes.Select(_ => "---:"))} |");
    for (var i = 0; i < rivals.Length; i++) Say($"| {rivals[i].Name} | {string.Join(" | ", times.Select(t => Cell(t[i], null, isFirst: true)))} |");
    Chart.Write(Path.Combine(root, "bench", "charts", file + ".svg"), what, "milliseconds for 6,000 examples",
        sizes, [.. rivals.Select((r, i) => (r.Name, times.Select(t => t[i] ?? double.NaN).ToArray()))]);
}

void WriteReadme()
{
    const string begin = "<!-- results: written by the run -->", end = "<!-- end of results -->";
    var path = Path.Combine(root, "bench", "README.md");
    var text = File.ReadAllText(path);
    var (from, to) = (text.IndexOf(begin, StringComparison.Ordinal) + begin.Length, text.IndexOf(end, StringComparison.Ordinal));
    File.WriteAllText(path, $"{text[..from]}\n\n{report.ToString().TrimEnd()}\n\n{text[to..]}");
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
