using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Nb.Kernel;
using Nb.Notebooks;
using Nb.Pictures;
using Nb.Running;
using Nb.Session;
using Nb.Values;

namespace Nb.Commands;

/// <summary>`nb tidy`: what an editor has saved becomes what is committed. Nothing is run, and no source is changed.</summary>
public static class TidyCommand
{
    /// <summary>Writes those of the files that change.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> files, TextWriter report, CancellationToken cancellationToken)
    {
        if (files.FirstOrDefault(DibNotebook.Is) is { } dib)
            throw new UserError($"{dib}: a .dib file holds no outputs, so there is nothing to tidy.");
        var notebooks = files.Select(Notebook.Load).ToList();
        foreach (var file in files)
            ReplacedFile.RequireWritable(file);
        foreach (var notebook in notebooks)
        {
            var before = await File.ReadAllTextAsync(notebook.Path, cancellationToken);
            Tidy(notebook);
            if (await CommittedAsync(notebook, cancellationToken) is { } committed)
                Stills.Keep(notebook, committed);
            await Stills.DrawMissingAsync(notebook, notebook, () => Chromium.Find(), cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            var isChanged = notebook.ToText() != before;
            if (isChanged)
                notebook.Save(notebook.Path);
            report.WriteLine($"{Path.GetFileName(notebook.Path)}: {(isChanged ? "tidied" : "is tidy")}");
        }
        return 0;
    }

    /// <summary>The form that `nb run --in-place` gives a notebook, without running it.</summary>
    public static void Tidy(Notebook notebook)
    {
        if (notebook.Root["metadata"] is JsonObject metadata && metadata["kernelspec"] is JsonObject spec
            && Lines.TextOf(spec["name"]) == KernelSpec.DefaultName)
        {
            spec["display_name"] = KernelSpec.DisplayName;
            metadata["language_info"] = Answers.LanguageInfo();
            foreach (var cell in notebook.Cells.Where(cell => cell.IsCode))
                MarkLanguage(cell.Node);
        }
        var number = 0;
        foreach (var cell in notebook.Cells.Where(cell => cell.IsCode))
        {
            number++;
            if (cell.ExecutionCount is not null)
                cell.ExecutionCount = number;   // an editor counts on when all is run again
            cell.Outputs = Merge([.. cell.Outputs.Select(output => output!.DeepClone().AsObject())]);
            foreach (var output in cell.Outputs.Select(output => output!.AsObject()))
                Tidy(output, cell.ExecutionCount);
        }
    }

    /// <summary>A cell says its language under the name that each editor looks for; the editor that made it wrote its own
    /// at most.</summary>
    private static void MarkLanguage(JsonObject cell)
    {
        if (cell["metadata"] is not JsonObject metadata || CellLanguage.Of(metadata) is { } language && !Dialect.IsCSharp(language))
            return;
        foreach (var (editor, key) in ((string, string)[])[("dotnet_interactive", "language"), ("polyglot_notebook", "kernelName"), ("vscode", "languageId")])
        {
            if (!metadata.ContainsKey(editor))
                metadata[editor] = new JsonObject { [key] = "csharp" };
        }
    }

    private static void Tidy(JsonObject output, int? number)
    {
        output.Remove("transient");   // the id of a display means nothing once its kernel has gone
        if (output.ContainsKey("execution_count"))
            output["execution_count"] = number;
        // A page that shows both would run the HTML's script, and some show nothing then.
        if (Outputs.DataOf(output) is { } data && data.ContainsKey(MimeBundle.Plotly))
            data.Remove(MimeBundle.Html);
        if (output["traceback"] is JsonArray lines)
            output["traceback"] = new JsonArray([.. lines.Select(line => (JsonNode?)Colours.Remove(Lines.TextOf(line) ?? ""))]);
    }

    /// <summary>Text that came in several messages is one output.</summary>
    private static JsonArray Merge(List<JsonObject> outputs)
    {
        for (var i = outputs.Count - 1; i > 0; i--)
        {
            var (first, second) = (outputs[i - 1], outputs[i]);
            if (Outputs.KindOf(first) != "stream" || Outputs.KindOf(second) != "stream" || Lines.TextOf(first["name"]) != Lines.TextOf(second["name"]))
                continue;
            first["text"] = Lines.Split(Lines.Join(first["text"]) + Lines.Join(second["text"]));
            outputs.RemoveAt(i);
        }
        return [.. outputs];
    }

    /// <summary>The notebook as it was committed last, for the pictures of what has not changed; null where git does not
    /// know it.</summary>
    private static async Task<Notebook?> CommittedAsync(Notebook notebook, CancellationToken cancellationToken)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["show", $"HEAD:./{Path.GetFileName(notebook.Path)}"])
            {
                WorkingDirectory = notebook.Folder, RedirectStandardOutput = true, RedirectStandardError = true,
                StandardOutputEncoding = System.Text.Encoding.UTF8,
            })!;
            var errors = git.StandardError.ReadToEndAsync(CancellationToken.None);
            var text = await git.StandardOutput.ReadToEndAsync(cancellationToken);
            await git.WaitForExitAsync(cancellationToken);
            await errors;
            return git.ExitCode == 0 ? Notebook.Parse(text, notebook.Path) : null;
        }
        catch (Exception error) when (error is Win32Exception or UserError)
        {
            return null;   // there is no git here, or what was committed is no notebook
        }
    }
}
