"""kernel_info, execute and everything that an execute_request can ask for."""
import json
import unittest

from jupyter_client.session import Session

from harness import HOLD, KernelTest, Kernel, plain


class KernelInfo(KernelTest):
    def test_it_says_what_it_is(self):
        for channel in ("shell", "control"):
            with self.subTest(channel):
                content = self.kernel.ask("kernel_info_request", channel=channel)["content"]
                self.assertEqual("ok", content["status"])
                self.assertEqual("5.4", content["protocol_version"])
                self.assertEqual("nb", content["implementation"])
                self.assertRegex(content["implementation_version"], r"^\d+\.\d+")
                self.assertIn("C#", content["banner"])
                self.assertEqual(
                    {"name": "C#", "version": "14.0", "mimetype": "text/x-csharp", "file_extension": ".cs",
                     "pygments_lexer": "csharp"},
                    {key: content["language_info"][key] for key in
                     ("name", "version", "mimetype", "file_extension", "pygments_lexer")})
                for link in content["help_links"]:
                    self.assertEqual({"text", "url"}, set(link))

    def test_every_header_is_complete(self):
        reply = self.kernel.ask("kernel_info_request")
        header = reply["header"]
        for key in ("msg_id", "session", "username", "date", "msg_type", "version"):
            self.assertTrue(header[key], key)
        self.assertEqual("kernel_info_reply", header["msg_type"])
        self.assertNotEqual(self.kernel.client.session.session, header["session"])
        self.assertEqual(self.kernel.client.session.session, reply["parent_header"]["session"])

    def test_a_message_of_somebody_without_the_key_is_dropped(self):
        session = Session(key=b"another")
        for key in (b"another", b""):
            session.key = key
            for channel in ("shell", "control"):
                session.send(self.kernel.sockets[channel], "execute_request", {"code": 'File.WriteAllText("forged", "");'})
                session.send(self.kernel.sockets[channel], "shutdown_request", {"restart": False})
        self.kernel.ask("kernel_info_request", channel="control")
        self.assertEqual("False", self.kernel.value('File.Exists("forged")'))

    def test_what_cannot_be_read_is_answered(self):
        session = self.kernel.client.session
        packing = session.pack
        self.addCleanup(setattr, session, "pack", packing)
        session.pack = lambda value: json.dumps(value, default=str).encode()   # it escapes half of a character; the own one refuses it
        ran = self.kernel.run("\"\ud83d\"")
        self.assertEqual("error", ran.status, ran)
        self.assertIn("half of a character", plain(ran.error["evalue"]))
        self.assertEqual(["status", "error", "status"], ran.types)
        for kind, content in (("complete_request", {"code": "\udc00", "cursor_pos": 1}), ("inspect_request", b'["a", "list"]'), ("kernel_info_request", b"7")):
            with self.subTest(kind):
                self.assertEqual("error", self.kernel.ask(kind, content)["content"]["status"])
        self.assertEqual("2", self.kernel.value("1 + 1"))

    def test_long_messages_both_ways_at_once(self):
        """More than the pipes between the two processes hold, in both directions: neither waits for the other."""
        session, sent = self.kernel.client.session, []
        for _ in range(50):
            message = session.msg("kernel_info_request")
            message["header"]["username"] = "x" * 100_000   # it comes back in every message that belongs to this one
            sent.append(session.send(self.kernel.sockets["control"], message)["header"]["msg_id"])
        for id in sent:
            self.kernel.reply_to(id)

    def test_an_unknown_request_does_no_harm(self):
        self.kernel.post("sing_request", {"song": "any"})
        self.kernel.post("sing_request", {"song": "any"}, "control")
        self.assertEqual("2", self.kernel.value("1 + 1"))


class Errors(KernelTest):
    def test_what_editors_show_of_an_exception_names_cell_and_line(self):
        error = self.fails("int zero = 0;\n1 / zero").error
        self.assertRegex(error["evalue"], r"^Attempted to divide by zero\.\n\(cell \[\d+\], line 2\)$")

    def test_no_line_is_longer_than_an_editor_shows(self):
        for code in ("class Long" + "er" * 20 + " { }\nint a = new Long" + "er" * 20 + "();", "#!share --from fsharp numbers", 'throw new Exception("word " + string.Join(" ", Enumerable.Repeat("word", 100)));'):
            with self.subTest(code[:20]):
                error = self.fails(code).error
                for line in plain("\n".join([error["evalue"], *error["traceback"]])).split("\n"):
                    self.assertLessEqual(len(line), 110, line)


class Execute(KernelTest):
    def test_a_result_in_the_order_of_the_protocol(self):
        ran = self.kernel.ok("1 + 1")
        self.assertEqual(["status", "execute_input", "execute_result", "status"], ran.types)
        self.assertEqual(["busy", "idle"], [content["execution_state"] for content in ran.of("status")])
        count = ran.reply["content"]["execution_count"]
        self.assertEqual([{"code": "1 + 1", "execution_count": count}], ran.of("execute_input"))
        self.assertEqual([{"data": {"text/plain": "2"}, "metadata": {}, "execution_count": count}], ran.of("execute_result"))
        self.assertEqual({}, ran.reply["content"]["user_expressions"])
        self.assertIn("payload", ran.reply["content"])

    def test_messages_of_a_cell_name_their_request(self):
        ran = self.kernel.ok('Console.Write("a"); 1')
        request = ran.reply["parent_header"]["msg_id"]
        self.assertEqual({request}, {message["parent_header"]["msg_id"] for message in ran.messages})
        self.assertEqual(len(ran.messages), len({message["header"]["msg_id"] for message in ran.messages}))

    def test_the_count_goes_up_by_one(self):
        first = self.kernel.ok("var a = 1;").reply["content"]["execution_count"]
        second = self.kernel.run("throw new Exception();").reply["content"]["execution_count"]
        third = self.kernel.run("not C#").reply["content"]["execution_count"]
        fourth = self.kernel.ok("a").reply["content"]["execution_count"]
        self.assertEqual([first, first + 1, first + 2, first + 3], [first, second, third, fourth])

    def test_what_a_cell_declares_stays(self):
        self.kernel.ok("using System.Numerics;\nint Twice(int x) => 2 * x;\nrecord Point(int X, int Y);\nvar seven = 7;")
        self.assertEqual("14", self.kernel.value("Twice(seven)"))
        self.assertEqual("Point { X = 1, Y = 2 }", self.kernel.value("new Point(1, 2).ToString()"))
        self.assertEqual("True", self.kernel.value("new Complex(1, 2).Real == 1"))
        self.kernel.ok('var seven = "seven";')
        self.assertEqual("seven", self.kernel.value("seven"))

    def test_an_empty_cell_is_fine(self):
        for code in ("", "   \n", "// only a comment"):
            with self.subTest(code):
                self.assertEqual([], self.kernel.ok(code).of("execute_result", "error", "stream"))

    def test_streams_and_displays_keep_their_order(self):
        ran = self.kernel.ok("""
            Console.Write("1 "); Console.Error.Write("2 "); Console.Write("3 ");
            display("4 ");
            Console.Write("5 "); Console.Error.Write("6 "); display("7 "); Console.Out.Write("8 ");
            "9"
            """)
        shown = [(m["msg_type"], m["content"].get("name"), m["content"].get("text") or m["content"]["data"]["text/plain"])
                 for m in ran.messages if m["msg_type"] in ("stream", "display_data", "execute_result")]
        self.assertEqual([
            ("stream", "stdout", "1 "), ("stream", "stderr", "2 "), ("stream", "stdout", "3 "),
            ("display_data", None, "4 "),
            ("stream", "stdout", "5 "), ("stream", "stderr", "6 "), ("display_data", None, "7 "),
            ("stream", "stdout", "8 "), ("execute_result", None, "9")], shown)

    def test_output_appears_while_the_cell_runs(self):
        ran = self.kernel.started(self.kernel.send(HOLD + 'Console.Write("ended");'))
        self.kernel.release()
        self.kernel.wait(ran)
        self.assertEqual("startedended", ran.text())

    def test_text_of_any_language(self):
        text = "žluťoučký 😀 数 \u2028 \t \\ \" \u0007"
        code = "Console.Write(" + cs(text) + "); " + cs(text)
        ran = self.kernel.ok(code)
        self.assertEqual((text, text), (ran.text(), ran.result))

    def test_half_a_surrogate_pair_is_shown_as_unknown(self):
        ran = self.kernel.ok('Console.WriteLine("a\\ud83db"); "a\\ud83db"')
        self.assertEqual(("a\ufffdb\n", "a\ufffdb"), (ran.text().replace("\r", ""), ran.result))

    def test_silent(self):
        before = self.kernel.ok("1").reply["content"]["execution_count"]
        ran = self.kernel.run('var quiet = 5; Console.Write("no"); display("no"); quiet', silent=True)
        self.assertEqual("ok", ran.status)
        self.assertEqual(["status", "status"], ran.types)
        self.assertEqual(before + 1, self.kernel.ok("quiet").reply["content"]["execution_count"])
        ran = self.kernel.run('throw new Exception("why");', silent=True)
        self.assertEqual(("error", "Exception", "why"), tuple(str(ran.reply["content"][key]).split("\n")[0] for key in ("status", "ename", "evalue")))
        self.assertEqual(["status", "status"], ran.types)

    def test_without_history_the_count_stays(self):
        before = self.kernel.ok("1").reply["content"]["execution_count"]
        ran = self.kernel.ok("2", store_history=False)
        self.assertEqual("2", ran.result)
        self.assertEqual(before + 1, self.kernel.ok("3").reply["content"]["execution_count"])
        history = self.kernel.ask("history_request", {"hist_access_type": "tail", "n": 2, "raw": True, "output": False})
        self.assertEqual(["1", "3"], [entry[2] for entry in history["content"]["history"]])

    def test_an_exception(self):
        ran = self.kernel.run('int Zero() => 0;\nint Fail(int x) =>\n    x / Zero();\n\nFail(1)')
        content, count = ran.reply["content"], ran.reply["content"]["execution_count"]
        self.assertEqual(("error", "DivideByZeroException", f"Attempted to divide by zero.\n(cell [{count}], line 5)"),
                         (content["status"], content["ename"], content["evalue"]))
        self.assertEqual({key: content[key] for key in ("ename", "evalue", "traceback")}, {key: ran.error[key] for key in ("ename", "evalue", "traceback")})
        self.assertIn("\x1b[", "".join(ran.error["traceback"]), "no colour")
        lines = [plain(line) for line in "\n".join(ran.error["traceback"]).split("\n")]
        self.assertEqual(["DivideByZeroException: Attempted to divide by zero.",
                          f"   at Fail in cell [{count}], line 3", f"   at cell [{count}], line 5"], lines)

    def test_an_exception_from_an_earlier_cell_names_that_cell(self):
        earlier = self.kernel.ok('void Throw() => throw new Exception("why");').reply["content"]["execution_count"]
        ran = self.fails("\nThrow();", f"at Throw in cell [{earlier}], line 1")
        self.assertIn(f"cell [{ran.reply['content']['execution_count']}], line 2", ran.everything)

    def test_a_compilation_error(self):
        ran = self.fails("var x = 1;\nx.Nothing()", "CS1061")
        self.assertEqual("CompilationError", ran.error["ename"])
        self.assertIn(f"cell [{ran.reply['content']['execution_count']}], line 2, column 3", ran.everything)

    def test_nothing_of_a_cell_that_does_not_compile_runs(self):
        self.assertEqual("", self.fails('Console.Write("ran"); nothing').text())

    def test_errors_of_many_kinds(self):
        self.fails('await Task.Run(() => throw new ArgumentException("deep"));', "ArgumentException", "deep")
        self.fails('throw new Exception("outer", new FormatException("inner"));', "outer", "caused by FormatException: inner")
        self.fails("object o = null!; o.ToString()", "NullReferenceException")
        self.fails('throw new Exception("<b>&\\u001b[31m\\u0000");', "<b>&")

    def test_a_queue_after_an_error_is_aborted(self):
        failing = self.kernel.started(self.kernel.send(HOLD + 'throw new Exception("why");'))
        queued = [self.kernel.send('Console.Write("ran"); 1') for _ in range(3)]
        self.kernel.release()
        self.kernel.wait(failing, *queued)
        self.assertEqual("error", failing.status)
        for ran in queued:
            self.assertEqual(("aborted", "", None), (ran.status, ran.text(), ran.result), ran)
        self.assertEqual("2", self.kernel.value("1 + 1"))

    def test_a_queue_goes_on_when_asked(self):
        failing = self.kernel.started(self.kernel.send(HOLD + 'throw new Exception("why");', stop_on_error=False))
        queued = [self.kernel.send(f"{i}") for i in range(3)]
        self.kernel.release()
        self.kernel.wait(failing, *queued)
        self.assertEqual(["error", "ok", "ok", "ok"], [ran.status for ran in (failing, *queued)])
        self.assertEqual(["0", "1", "2"], [ran.result for ran in queued])

    def test_an_error_of_the_compiler_aborts_the_queue_too(self):
        failing, queued = self.kernel.send("nothing"), self.kernel.send("1")
        self.kernel.wait(failing, queued)
        # The second may have arrived only after the first had failed.
        self.assertIn((failing.status, queued.status), [("error", "aborted"), ("error", "ok")])

    def test_cells_run_one_after_the_other_in_order(self):
        self.kernel.ok("var order = new List<int>();")
        rans = [self.kernel.send(f"order.Add({i}); await Task.Delay(1); order.Count") for i in range(30)]
        self.kernel.wait(*rans)
        self.assertEqual([str(i + 1) for i in range(30)], [ran.result for ran in rans])

    def test_user_expressions(self):
        ran = self.kernel.ok("var side = 3;", user_expressions={"area": "side * side", "wrong": "side + nothing", "throws": "int.Parse(\"x\")"})
        answers = ran.reply["content"]["user_expressions"]
        self.assertEqual({"status": "ok", "data": {"text/plain": "9"}, "metadata": {}}, answers["area"])
        for name, error in (("wrong", "CompilationError"), ("throws", "FormatException")):
            self.assertEqual(("error", error), (answers[name]["status"], answers[name]["ename"]))
            self.assertTrue(answers[name]["evalue"])
            self.assertTrue(answers[name]["traceback"])
        self.assertEqual([], ran.of("execute_result", "error"))

    def test_other_requests_are_answered_while_a_cell_runs(self):
        ran = self.kernel.started(self.kernel.send(HOLD))
        self.assertEqual("ok", self.kernel.ask("kernel_info_request", channel="control")["content"]["status"])
        self.assertIsNone(ran.ended)
        self.kernel.release()
        self.kernel.wait(ran)


    def test_what_comes_on_the_other_channel_runs_in_turn(self):
        ran = self.kernel.started(self.kernel.send("var turn = 1;" + HOLD + "turn++;"))
        other = [self.kernel.post(kind, content, "control")["header"]["msg_id"] for kind, content in (
            ("execute_request", {"code": "turn *= 10;"}), ("complete_request", {"code": "tur", "cursor_pos": 3}))]
        self.kernel.release()
        self.kernel.wait(ran)
        self.assertEqual(["ok", "ok"], [self.kernel.reply_to(msg_id)["content"]["status"] for msg_id in other])
        self.assertEqual("20", self.kernel.value("turn"))


class Input(KernelTest):
    def answer(self, ran, value):
        request = self.kernel.asked(ran)
        self.assertEqual("input_request", request["msg_type"])
        self.assertFalse(request["content"]["password"])
        self.assertEqual(ran.messages[0]["parent_header"]["msg_id"], request["parent_header"]["msg_id"])
        self.kernel.client.session.send(self.kernel.sockets["stdin"], "input_reply", {"value": value, "status": "ok"}, parent=request)

    def test_the_reader_is_asked(self):
        ran = self.kernel.send('Console.Write("Name? "); var name = Console.ReadLine(); $"Hello {name}"', allow_stdin=True)
        self.answer(ran, "Žofie 😀")
        self.kernel.wait(ran)
        self.assertEqual(("ok", "Hello Žofie 😀", "Name? "), (ran.status, ran.result, ran.text()))

    def test_asked_twice_and_nothing_typed(self):
        ran = self.kernel.send('var typed = Console.ReadLine() + "|" + Console.In.ReadLine(); typed', allow_stdin=True)
        self.answer(ran, "")
        self.answer(ran, "b")
        self.assertEqual("|b", self.kernel.wait(ran).result)

    def test_what_was_printed_is_there_before_the_question(self):
        ran = self.kernel.send('Console.Write("question"); Console.ReadLine()', allow_stdin=True)
        self.kernel.until(lambda: ran.text() and self.kernel.input_requests, lambda: str(ran))
        self.assertEqual("question", ran.text())
        self.answer(ran, "1")
        self.kernel.wait(ran)

    def test_nobody_is_there(self):
        ran = self.fails("Console.ReadLine()", allow_stdin=False)
        self.assertRegex(ran.everything, "(?i)input|ask")
        self.assertEqual([], self.kernel.input_requests)

    def test_stopped_while_asking(self):
        ran = self.kernel.send("var kept = 1; Console.ReadLine();", allow_stdin=True)
        self.kernel.asked(ran)
        self.kernel.interrupt()
        self.assertEqual("Stopped", self.kernel.wait(ran).error["ename"])
        self.assertEqual("1", self.kernel.value("kept"))
        ran = self.kernel.send("Console.ReadLine()", allow_stdin=True)
        self.answer(ran, "new")
        self.assertEqual("new", self.kernel.wait(ran).result)


class Two(unittest.TestCase):
    def test_two_kernels_at_once_know_nothing_of_each_other(self):
        one, two = Kernel(), Kernel()
        self.addCleanup(one.close)
        self.addCleanup(two.close)
        one.ok("var x = 1;")
        two.ok("var x = 2;")
        busy = one.started(one.send('Console.Write("started"); while (true) { }'))
        self.assertEqual("2", two.value("x"))
        one.interrupt()
        one.wait(busy)
        self.assertEqual("1", one.value("x"))


def cs(text):
    """The same as a C# literal."""
    return '"' + "".join(f"\\u{int.from_bytes(text.encode('utf-16-be')[i:i + 2], 'big'):04x}"
                         for i in range(0, len(text.encode("utf-16-be")), 2)) + '"'


if __name__ == "__main__":
    unittest.main()
