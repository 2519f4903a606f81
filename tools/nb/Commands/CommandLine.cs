using System.CommandLine;
using Nb.Kernel;
using Nb.Running;

namespace Nb.Commands;

/// <summary>The commands and their options.</summary>
public static class CommandLine
{
    /// <summary>The option that shows the stack of an error that nobody foresaw. Program.cs looks for it.</summary>
    public const string Verbose = "--verbose";

    public static RootCommand Create(CancellationToken cancellationToken)
    {
        var root = new RootCommand("""
            Runs the notebooks of the course and makes a site of them.

            Examples:
              nb                                      run all notebooks, two at once, write site/
              nb run                                  run all notebooks, write nothing
              nb run notebooks/06-training.ipynb      run one
              nb run notebooks/06-training.ipynb --out tried --set epochs=5
                                                      run it with another value, keep a copy with its outputs
              nb run --in-place --stills              run all and store outputs and pictures, as they are committed
              nb run --in-place --stills all          the same, with every picture drawn anew
              nb answers                              run all with the answers to their exercises, and store what those put out
              nb tidy                                 bring notebooks that an editor has saved into the committed form
              nb site                                 make site/ from the stored outputs, run nothing
              nb serve                                the site with cells that run in the browser
              nb pdf                                  typeset my_note.md as my_note.pdf (needs Chromium)
              nb install                              register the kernel "C# (.NET 10)" for VS Code and Jupyter
              nb uninstall                            take it away again

            From a fresh clone: dotnet run --project tools/nb -- run notebooks/06-training.ipynb
            """);
        root.Options.Add(new Option<bool>(Verbose) { Description = "Show where in nb an unforeseen error happened.", Recursive = true });
        root.Subcommands.Add(Run(cancellationToken));
        root.Subcommands.Add(Answers(cancellationToken));
        root.Subcommands.Add(Tidy(cancellationToken));
        root.Subcommands.Add(Site(cancellationToken));
        root.Subcommands.Add(Serve(cancellationToken));
        root.Subcommands.Add(Pdf(cancellationToken));
        root.Subcommands.Add(Install(cancellationToken));
        root.Subcommands.Add(Uninstall());
        root.Subcommands.Add(Kernel());
        var jobs = new Option<int?>("--jobs")
        {
            Description = $"How many notebooks run at once; without it, {AtOnce.Usual}. A cell that shows a time runs alone in any case.",
            HelpName = "N",
        };
        jobs.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1)
                result.AddError($"--jobs: expected 1 or more, found {result.GetValueOrDefault<int?>()}.");
        });
        root.Options.Add(jobs);
        root.SetAction((arguments, _) =>
        {
            var course = CourseRoot();
            return SiteCommand.RunAllAsync(course, Path.Join(course, "site"), Console.Out, cancellationToken, arguments.GetValue(jobs));
        });
        return root;
    }

    private static string CourseRoot() => Course.FindRoot(Directory.GetCurrentDirectory());

    private static Command Site(CancellationToken cancellationToken)
    {
        var outFolder = new Option<string?>("--out")
        {
            Description = "Where the site goes; without it, site/ in the course's folder.",
            HelpName = "DIR",
        };
        var untrusted = new Option<bool>("--untrusted")
        {
            Description = "For notebooks whose authors you do not know: leave out of their texts and outputs what could run in a browser.",
        };
        var live = new Option<bool>("--live")
        {
            Description = "With what runs the cells in a browser, for a site that a web server will serve.",
        };
        var site = new Command("site", "Make the site from the outputs in the notebook files; run nothing.") { outFolder, untrusted, live };
        site.Validators.Add(result =>
        {
            if (result.GetValue(live) && result.GetValue(untrusted))
                result.AddError("--live: expected notebooks whose authors you know, found --untrusted. Leave one of the two out.");
        });
        site.SetAction(async (arguments, _) =>
        {
            var course = CourseRoot();
            if (arguments.GetValue(live))
            {
                var to = arguments.GetValue(outFolder) ?? Path.Join(course, "site");
                Console.Out.WriteLine($"Site: {await ServeCommand.BuildAsync(course, to, Console.Out, cancellationToken)}");
                return 0;
            }
            return await SiteCommand.BuildAsync(
                course, arguments.GetValue(outFolder) ?? Path.Join(course, "site"), Console.Out, cancellationToken,
                isTrusted: !arguments.GetValue(untrusted));
        });
        return site;
    }

    private static Command Answers(CancellationToken cancellationToken)
    {
        var files = new Argument<string[]>("FILES")
        {
            Description = "Notebooks whose answers to run; without any, all of the course.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var answers = new Command("answers", "Run notebooks with the answers to their exercises, and store what the answers put out in notebooks/answers, for the site (needs Chromium).") { files };
        answers.SetAction((arguments, _) => AnswersCommand.RunAsync(
            arguments.GetValue(files) is { Length: > 0 } given ? given : Course.Notebooks(CourseRoot()), Console.Out, cancellationToken));
        return answers;
    }

    private static Command Tidy(CancellationToken cancellationToken)
    {
        var files = new Argument<string[]>("FILES")
        {
            Description = "Notebooks to tidy; without any, all of the course.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var tidy = new Command("tidy", "Bring notebooks that an editor has run and saved into the form in which they are committed; run nothing.") { files };
        tidy.SetAction((arguments, _) => TidyCommand.RunAsync(
            arguments.GetValue(files) is { Length: > 0 } given ? given : Course.Notebooks(CourseRoot()), Console.Out, cancellationToken));
        return tidy;
    }

    private static Command Serve(CancellationToken cancellationToken)
    {
        var port = new Option<int>("--port") { Description = "The port; 0 for any that is free.", HelpName = "N", DefaultValueFactory = _ => 8765 };
        var noOpen = new Option<bool>("--no-open") { Description = "Do not open the browser." };
        var serve = new Command("serve", "Make the site with cells that run in the browser, and serve it to this machine.") { port, noOpen };
        serve.SetAction((arguments, _) => ServeCommand.ServeAsync(
            CourseRoot(), arguments.GetValue(port), !arguments.GetValue(noOpen), Console.Out, cancellationToken));
        return serve;
    }

    private static Command Pdf(CancellationToken cancellationToken)
    {
        var outFile = new Option<string?>("--out")
        {
            Description = "Where the PDF goes; without it, my_note.pdf in the course's folder.",
            HelpName = "FILE",
        };
        var pdf = new Command("pdf", "Typeset the notes on A4 (needs Chromium).") { outFile };
        pdf.SetAction((arguments, _) =>
        {
            var course = CourseRoot();
            return PdfCommand.BuildAsync(
                course, arguments.GetValue(outFile) ?? Path.Join(course, "my_note.pdf"), Console.Out, cancellationToken);
        });
        return pdf;
    }

    private static Option<string?> Prefix() => new("--prefix")
    {
        Description = "The root of an environment, such as Python's, instead of the user's own kernels.",
        HelpName = "DIR",
    };

    private static Option<string> Name() => new("--name")
    {
        Description = "The kernel's name; the notebooks ask for the one that is used without this.",
        HelpName = "NAME",
        DefaultValueFactory = _ => KernelSpec.DefaultName,
    };

    private static Command Install(CancellationToken cancellationToken)
    {
        var (prefix, name) = (Prefix(), Name());
        var install = new Command("install", "Build a release, and register it as a kernel for VS Code and Jupyter.") { prefix, name };
        install.SetAction((arguments, _) => InstallCommand.InstallAsync(
            CourseRoot(), arguments.GetValue(prefix), arguments.GetValue(name)!, Console.Out, cancellationToken));
        return install;
    }

    private static Command Uninstall()
    {
        var (prefix, name) = (Prefix(), Name());
        var uninstall = new Command("uninstall", "Remove the kernel that install has registered.") { prefix, name };
        uninstall.SetAction(arguments =>
            InstallCommand.Uninstall(arguments.GetValue(prefix), arguments.GetValue(name)!, Console.Out));
        return uninstall;
    }

    /// <summary>Is here for the help; a real start takes the short way in Program.cs.</summary>
    private static Command Kernel()
    {
        var file = new Argument<string>("CONNECTION_FILE") { Description = "What the editor and the kernel have agreed on." };
        var kernel = new Command("kernel", "Serve an editor; editors start this themselves.") { file };
        kernel.SetAction(arguments => KernelFront.Run(arguments.GetValue(file)!));
        return kernel;
    }

    private static Command Run(CancellationToken cancellationToken)
    {
        var files = new Argument<string[]>("FILES")
        {
            Description = "Notebooks to run; without any, all of the course.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        // Without this a mistyped option would be taken for the name of a file.
        files.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(t => t.Value.StartsWith('-')))
                result.AddError($"{token.Value}: expected an option of `nb run` or a notebook, found neither. (A file "
                    + $"with such a name: ./{token.Value})");
        });
        var inPlace = new Option<bool>("--in-place")
        {
            Description = "Store the outputs in the notebook files, if every cell passed.",
        };
        var outFolder = new Option<string?>("--out")
        {
            Description = "Store copies with outputs in this folder.",
            HelpName = "DIR",
        };
        var stills = new Option<string>("--stills")
        {
            Description = "Store a PNG beside every chart (needs Chromium); --stills all draws those of charts that did not change anew, too.",
            HelpName = "all",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var settings = new Option<string[]>("--set")
        {
            Description = "Set a variable of the cell tagged `parameters`; may be repeated.",
            HelpName = "name=value",
            AllowMultipleArgumentsPerToken = false,
        };
        var run = new Command("run", "Run notebooks; a failing cell stops its notebook.")
        {
            files, inPlace, outFolder, stills, settings,
        };
        run.SetAction((arguments, _) =>
        {
            var given = arguments.GetValue(files) ?? [];
            var which = arguments.GetValue(stills);
            if (which is not (null or "" or "all"))
                given = [.. given, which];   // a notebook, which stands behind the switch
            return RunCommand.RunAsync(
                given.Length > 0 ? given : Course.Notebooks(CourseRoot()),
                new RunOptions(
                    arguments.GetValue(inPlace), arguments.GetValue(outFolder), arguments.GetResult(stills) is not null,
                    [.. (arguments.GetValue(settings) ?? []).Select(ParameterOverride.Split)], which == "all"),
                Console.Out, cancellationToken);
        });
        return run;
    }
}
