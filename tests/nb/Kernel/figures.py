"""Measures what a reader feels. Prints; judges nothing.

    NB_KERNEL='[…]' python3 figures.py
"""
import os
import shutil
import statistics
import subprocess
import tempfile
import time

from harness import COMMAND, Kernel, resident_megabytes

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))

# The multiplication that the course teaches, many times, and the best time: the same text as a cell and as a program.
MULTIPLICATION = """
var left = Matrix.Uniform<float>(512, 512, -1, 1, new Random(1));
var right = Matrix.Uniform<float>(512, 512, -1, 1, new Random(2));
var bestTime = double.MaxValue;
for (var i = 0; i < 60; i++)
{
    var clock = System.Diagnostics.Stopwatch.StartNew();
    GC.KeepAlive(left * right);
    bestTime = Math.Min(bestTime, clock.Elapsed.TotalMilliseconds);
}
"""
# The same with no library below: what a reader writes who tries it himself.
LOOPS = """
float[] a = new float[512 * 512], b = new float[512 * 512], c = new float[512 * 512];
for (var i = 0; i < a.Length; i++) { a[i] = i % 7; b[i] = i % 5; }
var bestLoops = double.MaxValue;
for (var run = 0; run < 6; run++)
{
    var clock = System.Diagnostics.Stopwatch.StartNew();
    Multiply(a, b, c);
    bestLoops = Math.Min(bestLoops, clock.Elapsed.TotalMilliseconds);
}
static void Multiply(float[] a, float[] b, float[] c)
{
    for (var i = 0; i < 512; i++)
        for (var k = 0; k < 512; k++)
        {
            var x = a[i * 512 + k];
            for (var j = 0; j < 512; j++)
                c[i * 512 + j] += x * b[k * 512 + j];
        }
}
"""


def show(name, value):
    print(f"{name:<52}{value}", flush=True)


def milliseconds(action):
    started = time.monotonic()
    action()
    return (time.monotonic() - started) * 1000


def start_to_first_result():
    def once():
        started = time.monotonic()
        kernel = Kernel()
        kernel.ok("1 + 1")
        seconds = time.monotonic() - started
        kernel.close()
        return seconds
    once()
    seconds = [once() for _ in range(5)]
    show("start to first result of 1 + 1", f"{statistics.median(seconds):.2f} s (best {min(seconds):.2f}, worst {max(seconds):.2f} of 5)")


def round_trips(kernel):
    for i in range(20):
        kernel.ok(f"{i}")
    times = [milliseconds(lambda: kernel.ok(f"{i} + 1")) for i in range(200)]
    show("round trip of a trivial cell", f"median {statistics.median(times):.1f} ms, slowest {max(times):.0f} ms of 200")


def completion(kernel):
    def complete(code):
        return milliseconds(lambda: kernel.ask("complete_request", {"code": code, "cursor_pos": len(code)}))
    first = complete("Console.")
    texts = ["Console.Wr", '"text".Sub', "var x = new List<int>(); x.", "Enumerable.Range(0, 3).Sel", "Math.", "Conso", "sys", "string.Jo"]
    times = [complete(text) for text in texts * 5]
    show("completion", f"first {first:.0f} ms, then median {statistics.median(times):.0f} ms, slowest {max(times):.0f} ms of {len(times)}")
    inspect = [milliseconds(lambda: kernel.ask("inspect_request", {"code": "Console.WriteLine()", "cursor_pos": 12, "detail_level": 0})) for _ in range(10)]
    show("inspection", f"median {statistics.median(inspect):.0f} ms of {len(inspect)}")


def updates(kernel):
    ran = kernel.ok("var shown = display(0); for (var i = 1; i <= 2000; i++) shown.Update(i);")
    show("2,000 updates in place", f"{ran.seconds:.3f} s in {len(ran.of('update_display_data'))} messages")
    ran = kernel.ok('for (var i = 0; i < 1_000_000; i++) Console.WriteLine($"line {i}");')
    show("a million lines", f"{ran.seconds:.2f} s in {len(ran.of('stream'))} messages")


def stops(kernel):
    for name, code in (("an endless loop", "while (true) { }"), ("a loop of sleeps", "while (true) Thread.Sleep(10);"), ("an await", "await Task.Delay(-1);"),
                       ("LINQ", "Enumerable.Range(0, int.MaxValue).SelectMany(_ => Enumerable.Range(0, int.MaxValue)).LongCount(x => x < 0)")):
        times = []
        for _ in range(5):
            ran = kernel.started(kernel.send(f'Console.Write("started"); {code}'))
            time.sleep(0.1)
            asked = time.monotonic()
            kernel.interrupt()
            kernel.wait(ran)
            times.append(ran.ended - asked)
        show(f"stopping {name}", f"median {statistics.median(times) * 1000:.0f} ms, slowest {max(times) * 1000:.0f} ms of 5")


def memory():
    kernel = Kernel()
    try:
        for i in range(20):
            kernel.ok(f"var warm{i} = {i};")
        before = resident_megabytes(kernel.cells)
        for i in range(500):
            kernel.ok(f"var value{i} = Enumerable.Range(0, {i + 1}).Select(x => x * {i}).Sum(); value{i}")
        after = resident_megabytes(kernel.cells)
        show("memory of the cells' process", f"{before:.0f} MB, after 500 more cells {after:.0f} MB: {after - before:+.0f} MB")
        show("memory of the front", f"{resident_megabytes(kernel.front):.0f} MB")
        times = [milliseconds(lambda: kernel.ok("value499 + 1")) for _ in range(50)]
        show("round trip of a trivial cell after them", f"median {statistics.median(times):.1f} ms")
    finally:
        kernel.close()


def scripts():
    """What a product of the course needs, in the order in which course.dib imports it."""
    needed = {"Shown.csx", "Matrix.csx", "Examples.csx", "NeuralNet.csx", "RandomBits.csx", "Training.csx", "Seam.csx", "Recompiled.csx", "Fast.csx"}
    with open(os.path.join(ROOT, "lib", "course.dib"), encoding="utf-8") as file:
        imported = [line.strip().removeprefix("#!import ../lib/") for line in file if line.startswith("#!import")]
    return [script for script in imported if script in needed or script.startswith("fast/")]


def multiplication():
    folder = os.path.join(ROOT, "notebooks")
    kernel = Kernel(folder)
    try:
        kernel.ok('#r "nuget: System.Numerics.Tensors, 10.0.15"')
        for script in scripts():
            kernel.ok(f"#!import ../lib/{script}")
        in_kernel = float(kernel.ok(MULTIPLICATION + "\nbestTime.ToString(System.Globalization.CultureInfo.InvariantCulture)").result)
        loops_in_kernel = float(kernel.ok(LOOPS + "\nbestLoops.ToString(System.Globalization.CultureInfo.InvariantCulture)").result)
    finally:
        kernel.close()
    compiled, loops_compiled = compiled_times()
    show("512³ multiplication of the course", f"{in_kernel:.2f} ms in a cell, {compiled:.2f} ms compiled: ratio {in_kernel / compiled:.2f}")
    show("512³ multiplication in loops of a cell", f"{loops_in_kernel:.1f} ms in a cell, {loops_compiled:.1f} ms compiled: ratio {loops_in_kernel / loops_compiled:.2f}")


def compiled_times():
    """The same in a program of its own, built for release."""
    folder = tempfile.mkdtemp(prefix="nb-figures-")
    try:
        shutil.copy(os.path.join(ROOT, "Directory.Build.props"), folder)
        with open(os.path.join(folder, "figures.csproj"), "w", encoding="utf-8") as file:
            file.write(f"""<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><ConcurrentGarbageCollection>false</ConcurrentGarbageCollection></PropertyGroup>
  <ItemGroup><Compile Include="{";".join(f"{ROOT}/lib/{script}" for script in scripts())}" /><PackageReference Include="System.Numerics.Tensors" Version="10.0.15" /></ItemGroup>
</Project>""")
        with open(os.path.join(folder, "Program.cs"), "w", encoding="utf-8") as file:
            file.write(f"{MULTIPLICATION}\n{LOOPS}\nConsole.WriteLine(FormattableString.Invariant($\"{{bestTime}} {{bestLoops}}\"));")
        done = subprocess.run([COMMAND[0], "run", "-c", "Release", "--project", folder], capture_output=True, text=True, cwd=folder)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        return [float(word) for word in done.stdout.split()[-2:]]
    finally:
        shutil.rmtree(folder)


def main():
    start_to_first_result()
    kernel = Kernel()
    try:
        round_trips(kernel)
        completion(kernel)
        updates(kernel)
        stops(kernel)
    finally:
        kernel.close()
    memory()
    multiplication()


if __name__ == "__main__":
    main()
