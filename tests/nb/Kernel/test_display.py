"""Outputs: displays, updates, rich values, and a lot of them."""
import datetime
import os
import unittest

from harness import Kernel, KernelTest, Ran, note, plain


class Display(KernelTest):
    def test_a_value_on_its_own(self):
        content, = self.kernel.ok('display(42); 1').of("display_data")
        self.assertEqual({"text/plain": "42"}, content["data"])
        self.assertEqual({}, content["metadata"])

    def test_an_extension_method_shows_too(self):
        self.assertEqual("text", self.kernel.ok('"text".Display();').of("display_data")[0]["data"]["text/plain"])

    def test_html(self):
        ran = self.kernel.ok('display(HTML("<b>one</b>")); HTML("<i>two</i>")')
        self.assertEqual("<b>one</b>", ran.of("display_data")[0]["data"]["text/html"])
        self.assertEqual("<i>two</i>", ran.of("execute_result")[0]["data"]["text/html"])

    def test_an_update_goes_to_its_display(self):
        ran = self.kernel.ok('var one = display("a"); var two = display("b"); await Task.Delay(200);\n'
                             'one.Update("c"); await Task.Delay(200); two.Update(HTML("<b>d</b>"));')
        shown = ran.of("display_data")
        ids = [content["transient"]["display_id"] for content in shown]
        self.assertEqual(2, len(set(ids)))
        updates = ran.of("update_display_data")
        self.assertEqual([ids[0], ids[1]], [content["transient"]["display_id"] for content in updates])
        self.assertEqual("c", updates[0]["data"]["text/plain"])
        self.assertEqual("<b>d</b>", updates[1]["data"]["text/html"])

    def test_an_update_from_a_later_cell(self):
        first = self.kernel.ok('var later = display("a");')
        update, = self.kernel.ok('later.Update("z");').of("update_display_data")
        self.assertEqual(first.of("display_data")[0]["transient"]["display_id"], update["transient"]["display_id"])
        self.assertEqual("z", update["data"]["text/plain"])

    def test_a_value_that_knows_its_own_html(self):
        ran = self.kernel.ok('''
            public sealed class Box { public string ToHtml() => "<b>box</b>"; public override string ToString() => "box"; }
            new Box()
            ''')
        data = ran.of("execute_result")[0]["data"]
        self.assertEqual("box", data["text/plain"])

    def test_a_formatter_of_the_reader(self):
        ran = self.kernel.ok('''
            using Microsoft.DotNet.Interactive.Formatting;
            public record Point(int X, int Y);
            Formatter.Register<Point>((point, writer) => writer.Write($"<b>{point.X}|{point.Y}</b>"), "text/html");
            new Point(1, 2)
            ''')
        self.assertEqual("<b>1|2</b>", ran.of("execute_result")[0]["data"]["text/html"])
        self.assertEqual("<b>3|4</b>", self.kernel.ok("display(new Point(3, 4));").of("display_data")[0]["data"]["text/html"])

    def test_lists_and_tables(self):
        ran = self.kernel.ok("new[] { 1, 2, 3 }")
        self.assertIn("3", ran.of("execute_result")[0]["data"]["text/plain"])
        self.assertEqual("null", self.kernel.ok("display((object?)null);").of("display_data")[0]["data"]["text/plain"].strip("<>"))

    def test_a_value_that_cannot_be_shown(self):
        ran = self.kernel.run('class Bad { public override string ToString() => throw new Exception("why"); }\nnew Bad()')
        self.assertIn("why", ran.everything)
        self.assertEqual("2", self.kernel.value("1 + 1"))

    def test_clearing(self):
        ran = self.kernel.ok('Console.Write("a"); ClearOutput(); Console.Write("b");')
        self.assertEqual(["stream", "clear_output", "stream"], [kind for kind in ran.types if kind not in ("status", "execute_input")])
        self.assertEqual([{"wait": False}], ran.of("clear_output"))


class ForgetfulEditor:
    """The output of a cell as VS Code's Jupyter extension shows it (cellExecutionMessageHandler.ts, cellDisplayIdTracker.ts): what was
    stored is cleared when the kernel first answers, and when that event comes back, the display that the cell has shown last
    is forgotten. When something came is told by the kernel's own clock, so that no load of the machine changes it."""

    BACK = datetime.timedelta(milliseconds=400)

    def __init__(self, ran):
        self.shown, self.ids, forgets = [], {}, None
        for message in ran.messages:
            kind, content, date = message["msg_type"], message["content"], datetime.datetime.fromisoformat(str(message["header"]["date"])[:26])
            if kind == "execute_input":
                forgets = date + self.BACK
            elif forgets and date > forgets:
                if self.ids:
                    self.ids.popitem()
                forgets = None
            if kind == "display_data":
                self.shown.append(content["data"]["text/plain"])
                self.ids[content["transient"]["display_id"]] = len(self.shown) - 1
            elif kind == "update_display_data" and content["transient"]["display_id"] in self.ids:
                self.shown[self.ids[content["transient"]["display_id"]]] = content["data"]["text/plain"]


class Forgetful(KernelTest):
    # The address of a cell as VS Code sends it with each request.
    CELL = {"cellId": "vscode-notebook-cell:/course/notebooks/06-training.ipynb#X30sZmlsZQ%3D%3D"}
    LIVE = 'var live = display("epoch 0"); for (var i = 1; i <= 40; i++) { Thread.Sleep(30); live.Update($"epoch {i}"); }'

    def run_there(self, code, **options):
        return self.kernel.wait(self.kernel.send(code, metadata=self.CELL, **options))

    def test_the_client_here_forgets_what_comes_at_once(self):
        def message(kind, milliseconds, text=""):
            return {"msg_type": kind, "header": {"date": f"2026-11-28T12:00:00.{milliseconds:03}000Z"},
                    "content": {"data": {"text/plain": text}, "transient": {"display_id": "one"}}}
        ran = Ran("")
        for at, expected in ((50, ["first"]), (450, ["second"])):
            ran.messages = [message("execute_input", 0), message("display_data", at, "first"), message("update_display_data", 900, "second")]
            self.assertEqual(expected, ForgetfulEditor(ran).shown)

    def test_the_live_view_moves_and_ends_with_its_last_state(self):
        ran = self.run_there(self.LIVE)
        self.assertEqual(["epoch 40"], ForgetfulEditor(ran).shown)
        self.assertGreater(len(ran.of("update_display_data")), 3, "it did not move")
        at = {message["msg_type"]: datetime.datetime.fromisoformat(str(message["header"]["date"])[:26])
              for message in reversed(ran.messages)}   # of each kind the first
        self.assertGreaterEqual(at["display_data"] - at["execute_input"], datetime.timedelta(seconds=0.5))

    def test_a_short_cell_is_not_delayed_and_shows_its_last_state(self):
        ran = self.run_there('var shown = display("a"); Console.Write("text"); shown.Update("b"); Thread.Sleep(60); shown.Update("c"); 7')
        self.assertEqual(["c"], ForgetfulEditor(ran).shown)
        self.assertEqual(["display_data", "stream", "execute_result"], [kind for kind in ran.types if kind not in ("status", "execute_input")])
        note(f"{ran.seconds:.3f} s")

    def test_several_displays_and_text_keep_their_order(self):
        ran = self.run_there('Console.Write("0"); await Task.Delay(60); var a = display("a"); Console.Write("1"); var b = display("b");\n'
                             'await Task.Delay(600); a.Update("A"); b.Update("B"); display("c");')
        self.assertEqual(["A", "B", "c"], ForgetfulEditor(ran).shown)
        self.assertEqual(["stream", "display_data", "stream", "display_data"], [kind for kind in ran.types if kind not in ("status", "execute_input")][:4])

    def test_a_cell_that_fails_or_is_stopped_shows_its_last_state(self):
        ran = self.run_there('var f = display("a"); f.Update("b"); throw new Exception("why");')
        self.assertEqual((["b"], "error"), (ForgetfulEditor(ran).shown, ran.types[-2]))
        ran = self.kernel.started(self.kernel.send('var g = display("a"); g.Update("b"); Thread.Sleep(700); Console.Write("started"); while (true) { }', metadata=self.CELL))
        self.kernel.interrupt()
        self.assertEqual(["b"], ForgetfulEditor(self.kernel.wait(ran)).shown)

    def test_a_question_comes_after_what_was_shown(self):
        ran = self.kernel.send('var q = display("a"); q.Update("b"); var answer = Console.ReadLine(); q.Update("c"); answer', metadata=self.CELL, allow_stdin=True)
        self.kernel.asked(ran)
        self.kernel.until(lambda: ran.of("display_data"), lambda: str(ran))
        self.kernel.client.input("typed")
        self.kernel.wait(ran)
        self.assertEqual((["c"], "typed"), (ForgetfulEditor(ran).shown, ran.result))


class Dialect(KernelTest):
    def test_time(self):
        ran = self.kernel.ok("#!time\nThread.Sleep(120);\n7")
        self.assertEqual("7", ran.result)
        self.assertRegex(ran.everything, r"(?i)\d.*(ms|s\b|seconds|00:)")

    def test_markdown_and_html(self):
        data = self.kernel.ok("#!markdown\n# Title\n$x$").of("display_data", "execute_result")[0]["data"]
        self.assertIn("# Title\n$x$", data["text/markdown"])
        data = self.kernel.ok("#!html\n<b>bold</b>\n<script>1 < 2</script>").of("display_data", "execute_result")[0]["data"]
        self.assertIn("<b>bold</b>\n<script>1 < 2</script>", data["text/html"])

    def test_the_name_of_the_language(self):
        self.assertEqual("1", self.kernel.value("#!csharp\n1"))
        self.assertEqual("1", self.kernel.value("#!c#\n1"))

    def test_what_is_not_supported_is_named(self):
        for line in ("#!fsharp", "#!pwsh", "#!javascript", "#!share --from x y", "#!sql-mydb", "#!nothing"):
            with self.subTest(line):
                self.fails(f"{line}\n1", line.split()[0])

    def test_the_language_of_a_cell_comes_with_its_request(self):
        for metadata in ({"polyglot_notebook": {"kernelName": "fsharp"}}, {"vscode": {"languageId": "python"}}):
            ran = self.kernel.wait(self.kernel.send("let x = 1", metadata=metadata))
            self.assertEqual("error", ran.status)
            self.assertRegex(plain(ran.error["evalue"]), r"is marked as (fsharp|python): this kernel runs C# only\.")
        ran = self.kernel.wait(self.kernel.send("<b>x</b>", metadata={"polyglot_notebook": {"kernelName": "html"}}))
        self.assertEqual("<b>x</b>", ran.of("display_data")[0]["data"]["text/html"])
        self.assertEqual("2", self.kernel.wait(self.kernel.send("1 + 1", metadata={"vscode": {"languageId": "csharp"}})).result)

    def test_text_that_is_no_json_under_its_name_harms_nothing(self):
        data = self.kernel.ok('display("{ broken", "application/json"); display("x", "text/plain");').of("display_data")
        self.assertEqual(["{ broken", "x"], [next(iter(content["data"].values())) for content in data])

    def test_load_and_import(self):
        self.write("Loaded.csx", "int Loaded() => 1;")
        self.write("sub/Imported.csx", '#load "Inner.csx"\nint Imported() => Inner() + 1;')
        self.write("sub/Inner.csx", "int Inner() => 10;")
        self.kernel.ok('#load "Loaded.csx"')
        self.kernel.ok("#!import sub/Imported.csx")
        self.assertEqual("12", self.kernel.value("Loaded() + Imported()"))

    def test_an_error_in_an_imported_file_names_file_and_line(self):
        self.write("Throws.csx", '\n\nthrow new Exception("why");')
        self.write("Wrong.csx", "\nint x = nothing;")
        self.write("Later.csx", 'void Later() =>\n    throw new Exception("why");')
        self.fails("#!import Throws.csx", "why", "Throws.csx, line 3")
        self.fails("#!import Wrong.csx", "CS0103", "Wrong.csx, line 2")
        self.kernel.ok("#!import Later.csx")
        self.fails("Later();", "Later.csx, line 2")
        self.fails("#!import Missing.csx", "Missing.csx")

    def test_packages(self):
        self.kernel.ok('#r "nuget: System.Numerics.Tensors, 10.0.15"')
        self.assertEqual("6", self.kernel.value("System.Numerics.Tensors.TensorPrimitives.Sum<float>([1, 2, 3])"))
        self.fails('#r "nuget: No.Such.Package.Anywhere, 1.0.0"', "No.Such.Package.Anywhere")
        ran = self.kernel.ok('#r "nuget: Fable.Core"')
        self.assertRegex(ran.everything, r"Fable\.Core.*\d+\.\d+\.\d+")

    def test_a_library_file(self):
        self.fails('#r "missing.dll"', "missing.dll")

    def write(self, name, text):
        path = os.path.join(self.kernel.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


class Cultures(unittest.TestCase):
    def test_cells_have_the_cultures_of_the_machine(self):
        kernel = Kernel(LC_ALL="de_DE.UTF-8")
        self.addCleanup(kernel.close)
        self.assertEqual("1.234,50 €", kernel.value('$"{1234.5:C}"'))
        self.assertEqual("fr-FR", kernel.value('System.Globalization.CultureInfo.GetCultureInfo("fr-FR").Name'))
        self.assertEqual("apple Apple banana Zoe", kernel.value('string.Join(" ", new[] { "banana", "Apple", "apple", "Zoe" }.Order())'))
        self.assertEqual("2", kernel.value('"é".Normalize(NormalizationForm.FormD).Length'))
        self.assertEqual("1.5", kernel.value("1.5"))   # values are shown in one way, everywhere


class Floods(KernelTest):
    def test_a_million_lines(self):
        ran = self.kernel.ok('for (var i = 0; i < 1_000_000; i++) Console.WriteLine($"line {i}");')
        text, streams = ran.text(), ran.of("stream")
        note(f"{ran.seconds:.2f} s, {len(streams)} messages, {len(text):,} characters for a million lines")
        self.assertTrue(text.startswith("line 0\n"), text[:50])
        self.assertTrue(text.endswith("line 999999\n"), text[-50:])
        self.assertLess(len(text), 1_500_000)
        self.assertLess(len(streams), 2_000)
        self.assertRegex(text, r"\n.*[\d,]{8,} characters.*\n", "nothing says how many were left out")

    def test_a_million_lines_in_one_go(self):
        ran = self.kernel.ok("Console.Write(new string('x', 30_000_000)); Console.Write(\"end\");")
        self.assertLess(len(ran.text()), 1_500_000)
        self.assertTrue(ran.text().endswith("end"))

    def test_the_next_cell_has_a_budget_of_its_own(self):
        self.kernel.ok("Console.Write(new string('x', 5_000_000));")
        self.assertEqual("y" * 1000, self.kernel.ok("Console.Write(new string('y', 1000));").text())

    def test_from_many_threads(self):
        ran = self.kernel.ok('Parallel.For(0, 8, t => { for (var i = 0; i < 1000; i++) Console.WriteLine($"{t} {i}"); });')
        lines = ran.text().splitlines()
        self.assertEqual(8000, len(lines))
        self.assertEqual(sorted(f"{t} {i}" for t in range(8) for i in range(1000)), sorted(lines))

    def test_two_thousand_updates(self):
        ran = self.kernel.ok('var shown = display(0); for (var i = 1; i <= 2000; i++) shown.Update(i); 1')
        updates = ran.of("update_display_data")
        note(f"{ran.seconds:.3f} s, {len(updates)} messages for 2,000 updates")
        self.assertEqual("2000", updates[-1]["data"]["text/plain"])
        self.assertLess(len(updates), 2_000)
        self.assertEqual("execute_result", ran.types[-2], "an update after the result")

    def test_updates_among_lines_keep_the_last_of_both(self):
        ran = self.kernel.ok('var a = display(""); for (var i = 0; i < 500; i++) { Console.WriteLine(i); a.Update($"a{i}"); }')
        self.assertEqual("a499", ran.of("update_display_data")[-1]["data"]["text/plain"])
        self.assertEqual([str(i) for i in range(500)], ran.text().split())

    def test_two_thousand_displays(self):
        ran = self.kernel.ok('for (var i = 0; i < 2000; i++) display(i);')
        self.assertEqual([str(i) for i in range(2000)], [content["data"]["text/plain"] for content in ran.of("display_data")])

    def test_a_result_of_many_megabytes(self):
        ran = self.kernel.ok("HTML(new string('x', 20_000_000))")
        self.assertEqual(20_000_000, len(ran.of("execute_result")[0]["data"]["text/html"]))

    def test_a_cell_of_a_megabyte(self):
        ran = self.kernel.ok('"' + "x" * 1_000_000 + '".Length')
        self.assertEqual("1000000", plain(ran.result))


if __name__ == "__main__":
    unittest.main()
