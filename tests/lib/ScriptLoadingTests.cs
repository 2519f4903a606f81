using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis;

namespace Tests.Lib;

/// <summary>
/// The scripts loaded as notebooks load them: one Roslyn submission after the other, in C# 13, compiled with the
/// optimiser as in nb and .NET Interactive, and without it as in Verso.
/// </summary>
public class ScriptLoadingTests
{
    /// <summary>Every client imports System into every cell by itself. A script that does it again moves it one step nearer,
    /// and in .NET Interactive a reader's `KernelInvocationContext.Current.Display("x")` is then ambiguous (CS0121) with an
    /// extension method of the same name that lies in System there.</summary>
    [Fact]
    public void No_script_imports_System_again() => Assert.All(ScriptSession.Course,
        script => Assert.DoesNotContain("using System;", File.ReadAllLines(ScriptSession.LibraryPath(script))));

    /// <summary>.NET Interactive reads a script 4,096 bytes at a time, and a letter whose bytes lie on both sides of such a
    /// border becomes "���" there: a mark or a Greek letter in a picture, and no error.</summary>
    [Fact]
    public void No_letter_of_a_script_lies_where_dotnet_Interactive_would_cut_it_in_two()
    {
        const int Part = 4096;
        string[] scripts = [.. Directory.EnumerateFiles(Path.Combine(Course.Root, "lib"), "*.csx", SearchOption.AllDirectories)];
        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            var bytes = File.ReadAllBytes(script);
            for (var border = Part; border < bytes.Length; border += Part)
            {
                if ((bytes[border] & 0xC0) != 0x80) continue;   // the first byte of a letter
                var start = Array.LastIndexOf(bytes, (byte)'\n', border) + 1;
                var line = Encoding.UTF8.GetString(bytes[start..Array.IndexOf(bytes, (byte)'\n', border)]).Trim();
                Assert.True(line.StartsWith("//", StringComparison.Ordinal),
                    $"{Path.GetRelativePath(Course.Root, script)}: byte {border:N0} lies within a letter of this line; a word more or less in a comment above moves it: {line}");
            }
        }
    }

    [Theory, Trait("Time", "long")]
    [InlineData(OptimizationLevel.Debug)]
    [InlineData(OptimizationLevel.Release)]
    public async Task Scripts_load_without_a_warning_and_give_the_numbers_of_the_compiled_library(OptimizationLevel level)
    {
        var session = new ScriptSession(level);
        await session.ImportCourse();

        var result = await session.Run("""
            var network = Network<double>.Create([30, 20, 10], new Random(1));
            var X = Matrix.Uniform<double>(30, 50, 0, 1, new Random(2));
            var examples = new Examples<double>(X, Enumerable.Range(0, 50).Select(i => (byte)(i % 10)).ToArray());
            Training.Train(network, examples, null, new TrainingOptions { Epochs = 3, BatchSize = 10 }, new Random(3));
            return (network.W1.ToArray(), typeof(Cores));
            """);
        var (weights, type) = ((double[], Type))result!;

        var expected = Network<double>.Create([30, 20, 10], new Random(1));
        var examples = new Examples<double>(Matrix.Uniform<double>(30, 50, 0, 1, new Random(2)), [.. Enumerable.Range(0, 50).Select(i => (byte)(i % 10))]);
        Training.Train(expected, examples, null, new() { Epochs = 3, BatchSize = 10 }, new Random(3));
        Assert.Equal(0, expected.W1.ToArray().Zip(weights, (a, b) => Math.Abs(a - b)).Max(), 1e-12);

        // A script compiled without the optimiser takes the product out of precompiled routines, and knows it.
        var optimised = (bool)type.Assembly.GetTypes().Single(t => t.Name == "Cores")
            .GetField("IsOptimised", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!.GetValue(null)!;
        Assert.Equal(level == OptimizationLevel.Release, optimised);
    }
}
