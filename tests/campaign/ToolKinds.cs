using System.Text;
using System.Text.Json.Nodes;
using Nb;
using Nb.Kernel;
using Nb.Notebooks;
using Nb.Running;
using Nb.Site;

namespace Tests.Campaign;

/// <summary>Damaged notebooks, settings and messages, as nb gets them.</summary>
public static class ToolKinds
{
    public static IEnumerable<Kind> All =>
    [
        new("notebooks", [typeof(UserError)], Notebooks),
        new("settings", [typeof(UserError)], Settings),
        new("messages", [], Messages),
    ];

    private const string Good = """
        {
         "cells": [
          { "cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# Title\n", "\n", "Text $x_1$ [link](a.ipynb)\n"] },
          { "cell_type": "code", "execution_count": 1, "id": "b", "metadata": { "tags": ["parameters"] }, "source": "var epochs = 5; // é 😀", "outputs": [
           { "output_type": "stream", "name": "stdout", "text": ["a\n", "b"] },
           { "output_type": "display_data", "metadata": {}, "data": { "text/plain": "x", "text/html": ["<b>x</b>"], "image/png": "iVBORw0KGgo=" } },
           { "output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": { "application/vnd.plotly.v1+json": { "data": [], "layout": { "title": { "text": "t" } } } } },
           { "output_type": "error", "ename": "E", "evalue": "v", "traceback": ["1", "2"] } ] },
          { "cell_type": "raw", "id": "c", "metadata": {}, "source": "" }
         ],
         "metadata": { "kernelspec": { "name": ".net-csharp" } }, "nbformat": 4, "nbformat_minor": 5
        }
        """;

    private static readonly string[] Values = ["1", "-1.5e300", "\"text\"", "null", "true", "[]", "{}", "[1]", "{\"a\":1}", "\"\\ud83d\"", "[[[[[]]]]]", "\"<script>\"", "[null]", "\"iVBORw0KGgo\""];

    private static Outcome Notebooks(Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(Good);
        if (random.Next(2) == 0) bytes = Damage.Bytes(bytes, random);
        else bytes = Encoding.UTF8.GetBytes(WithOtherValue(JsonNode.Parse(Good)!, random).ToJsonString().Replace("\"REPLACED\"", random.Any(Values), StringComparison.Ordinal));
        var notebook = Notebook.Parse(TextFile.Decode(bytes, "trial.ipynb"), "/trial.ipynb");
        var text = notebook.ToText();
        // Nothing is lost: an independent reader sees the same before and after, where it can read the file at all.
        try
        {
            if (!JsonNode.DeepEquals(JsonNode.Parse(bytes), JsonNode.Parse(text))) return Outcome.Silent;
        }
        catch (InvalidOperationException)
        {
            if (text != Notebook.Parse(text, "/trial.ipynb").ToText()) return Outcome.Silent;   // half a character, which that reader cannot compare
        }
        // What was accepted can be shown, and coloured, and given other values.
        _ = NotebookSummary.Of(notebook);
        var body = NotebookPage.Body(notebook, new PageMeans(new MarkdownConverter(address => address), (ending, _) => "pictures/a" + ending, null, null, html => html), "", CancellationToken.None);
        if (body.Contains("cannot be shown here", StringComparison.Ordinal)) return Outcome.Unclear;
        _ = SourceHash.Of(notebook);
        return Outcome.Right;
    }

    /// <summary>A value somewhere in the tree, or a whole branch, is replaced by a mark.</summary>
    private static JsonNode WithOtherValue(JsonNode root, Random random)
    {
        List<Action> places = [];
        Collect(root);
        random.Any([.. places])();
        return root;

        void Collect(JsonNode? node)
        {
            if (node is JsonObject map)
                foreach (var key in map.Select(property => property.Key).ToList())
                {
                    places.Add(() => map[key] = "REPLACED");
                    Collect(map[key]);
                }
            if (node is JsonArray list)
                for (var i = 0; i < list.Count; i++)
                {
                    var at = i;
                    places.Add(() => list[at] = "REPLACED");
                    Collect(list[at]);
                }
        }
    }

    private static Outcome Settings(Random random)
    {
        var names = new[] { "epochs", "rate", "name", "on", "count", "none", "", " epochs", "é" };
        var values = new[] { "5", "0.5", "-3", "\"text\"", "true", "5L", "1e999", "1//x", "2 + 3", "", "'a'", "null", "@\"x", "5;6", "-2147483648", "99999999999999999999", "5/*x*/", "$\"{1}\"", "0x1F", "1_000", "NaN", "(1)", "\u0007" };
        var notebook = Notebook.Parse("""
            { "nbformat": 4, "cells": [ { "cell_type": "code", "metadata": { "tags": ["parameters"] }, "outputs": [],
              "source": "var epochs = 5; // five\nvar rate = 0.1; var name = \"a\"; var on = true; long count = 3L;" } ] }
            """, "/trial.ipynb");
        var (name, value) = (random.Any(names), random.Any(values));
        ParameterOverride.Apply(notebook, [ParameterOverride.Split($"{name}={value}")]);
        var source = notebook.Cells[0].Source;
        // Still five declarations with a value each, and the comment.
        var tree = Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree.ParseText(source, new(kind: Microsoft.CodeAnalysis.SourceCodeKind.Script));
        return tree.GetDiagnostics().Any() || !source.Contains("// five", StringComparison.Ordinal)
            || tree.GetRoot().DescendantNodes().Count(node => node is Microsoft.CodeAnalysis.CSharp.Syntax.VariableDeclaratorSyntax { Initializer: not null }) != 5
            ? Outcome.Silent : Outcome.Right;
    }

    private static Outcome Messages(Random random)
    {
        var (ours, theirs) = (new Wire("key"), new Wire("other key"));
        var request = new Message(Message.Shell, ["aWQ="], new() { ["msg_id"] = "1", ["msg_type"] = "execute_request" }, [], [], new() { ["code"] = "1 + 1" });
        List<byte[]> frames;
        var isSigned = random.Next(2) == 0;
        if (isSigned)
        {
            // Somebody with the key sends nonsense.
            var odd = JsonNode.Parse(random.Any([.. Values.Where(value => !value.Contains("ud83d", StringComparison.Ordinal))]));
            var message = random.Next(4) switch
            {
                0 => request with { Content = new() { ["code"] = odd } },
                1 => request with { Header = new() { ["msg_id"] = odd, ["msg_type"] = "execute_request" } },
                2 => request with { Header = new() { ["msg_id"] = "1", ["msg_type"] = odd } },
                _ => request with { Metadata = new() { ["x"] = odd } },
            };
            frames = ours.ToFrames(message with { Channel = Message.Shell });
        }
        else
        {
            frames = (random.Next(3) == 0 ? theirs : ours).ToFrames(request);
            var at = random.Next(1, frames.Count);
            if (random.Next(4) == 0) frames.RemoveAt(at);
            else frames[at] = Damage.Bytes(frames[at].Length == 0 ? [1] : frames[at], random);
        }
        if (!ours.TryRead(Message.Shell, frames, out var read)) return Outcome.ClearError;   // dropped, as the protocol asks
        var isSame = read.Content.ToJsonString() == request.Content.ToJsonString() && read.Header.ToJsonString() == request.Header.ToJsonString();
        if (!isSigned && !isSame) return Outcome.Silent;
        // It goes on to the process that runs the cells, and arrives as it was.
        return JsonNode.DeepEquals(Message.FromLine(read.ToLine()).Content, read.Content) ? Outcome.Right : Outcome.Silent;
    }
}
