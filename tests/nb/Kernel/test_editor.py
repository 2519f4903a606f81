"""What an editor asks while the reader types: is it complete, what may come next, what is this, what was before."""
import unittest

import zmq

from harness import HOLD, KernelTest, PATIENCE


class IsComplete(KernelTest):
    def status(self, code):
        return self.kernel.ask("is_complete_request", {"code": code})["content"]

    def test_complete(self):
        for code in ("1 + 1", "var x = 1;", "", "int F(int x)\n{\n    return x;\n}", "#!import lib.csx", "// only", "if (true) { }"):
            with self.subTest(code):
                self.assertEqual("complete", self.status(code)["status"])

    def test_incomplete(self):
        for code in ("int F(int x)\n{", "1 +", "var x =", "foreach (var x in y)", "/* comment", "new[] { 1,", 'var s = """\nabc'):
            with self.subTest(code):
                answer = self.status(code)
                self.assertEqual("incomplete", answer["status"])
                self.assertEqual("", answer["indent"].strip())

    def test_invalid(self):
        for code in ("1 + )", "}", 'var x = "abc', "class { }}"):
            with self.subTest(code):
                self.assertEqual("invalid", self.status(code)["status"])

    def test_it_runs_nothing(self):
        self.status('System.IO.File.WriteAllText("ran", "");')
        self.assertEqual("False", self.kernel.value('System.IO.File.Exists("ran")'))


class Complete(KernelTest):
    def complete(self, code, cursor=None):
        cursor = code.index("|") if cursor is None and "|" in code else cursor
        code = code.replace("|", "")
        content = self.kernel.ask("complete_request", {"code": code, "cursor_pos": len(code) if cursor is None else cursor})["content"]
        self.assertEqual("ok", content["status"], content)
        self.assertIsInstance(content["metadata"], dict)
        return content, [code[:content["cursor_start"]] + match + code[content["cursor_end"]:] for match in content["matches"]]

    def test_members(self):
        content, completed = self.complete('"text".Sub|')
        self.assertIn('"text".Substring', completed)
        self.assertTrue(all(match.lower().startswith("sub") or "sub" in match.lower() for match in content["matches"]), content["matches"])

    def test_names_of_earlier_cells(self):
        self.kernel.ok("var hiddenUnits = 10; int HiddenTwice() => 2 * hiddenUnits; record Neuron(double Bias);")
        self.assertIn("hiddenUnits", self.complete("hidd|")[1])
        self.assertIn("HiddenTwice", self.complete("Hidden|")[1])
        self.assertIn("new Neuron(1).Bias", self.complete("new Neuron(1).|")[1])

    def test_the_cursor_counts_code_points(self):
        self.assertIn('var s = "😀"; s.Length', self.complete('var s = "😀"; s.Len|')[1])
        self.assertIn('"😀😀".Length; var after = 1;', self.complete('"😀😀".Len|; var after = 1;')[1])

    def test_in_the_middle_of_a_cell(self):
        self.assertIn("var list = new List<int>();\nlist.Add\nvar more = 1;", self.complete("var list = new List<int>();\nlist.Ad|\nvar more = 1;")[1])

    def test_nothing_fits(self):
        for code in ("zzzzzzzz|", '"in a text zzz|"', "|", "// comment zzz|", ")))|"):
            with self.subTest(code):
                content, _ = self.complete(code)
                self.assertLessEqual(content["cursor_start"], content["cursor_end"])

    def test_cursors_outside_the_cell(self):
        for cursor in (-1, 10_000, 2**40):
            with self.subTest(cursor):
                self.kernel.ask("complete_request", {"code": "var x = 1;", "cursor_pos": cursor})
        self.assertEqual("2", self.kernel.value("1 + 1"))

    def test_while_a_cell_runs_it_is_answered_soon_after(self):
        ran = self.kernel.started(self.kernel.send(HOLD))
        asked = self.kernel.post("complete_request", {"code": "Console.WriteL", "cursor_pos": 14})["header"]["msg_id"]
        self.kernel.release()
        self.assertIn("WriteLine", self.kernel.reply_to(asked)["content"]["matches"])
        self.kernel.wait(ran)

    def test_typing_quickly(self):
        sent = [self.kernel.post("complete_request", {"code": "Console." + "WriteLine"[:n], "cursor_pos": 8 + n})["header"]["msg_id"] for n in range(10)]
        for msg_id in sent:
            self.assertEqual("ok", self.kernel.reply_to(msg_id)["content"]["status"])


class Inspect(KernelTest):
    def inspect(self, code, **more):
        cursor = code.index("|")
        code = code.replace("|", "")
        content = self.kernel.ask("inspect_request", {"code": code, "cursor_pos": cursor, "detail_level": 0, **more})["content"]
        self.assertEqual("ok", content["status"])
        return content

    def test_a_method_of_the_runtime(self):
        content = self.inspect('"text".Sub|string(1)')
        self.assertTrue(content["found"])
        self.assertIn("Substring", content["data"]["text/plain"])
        self.assertIn("int startIndex", content["data"]["text/plain"])

    def test_what_a_reader_wrote_with_its_documentation(self):
        self.kernel.ok("/// <summary>Adds what a neuron adds.</summary>\n/// <param name=\"z\">the sum so far</param>\ndouble Biased(double z) => z + 0.5;")
        text = self.inspect("Bia|sed(1)")["data"]["text/plain"]
        self.assertIn("double Biased(double z)", text)
        self.assertIn("Adds what a neuron adds.", text)

    def test_a_variable(self):
        self.kernel.ok("var rates = new Dictionary<string, double>();")
        self.assertIn("Dictionary<string, double>", self.inspect("ra|tes.Count")["data"]["text/plain"])

    def test_after_an_emoji(self):
        self.assertIn("Length", self.inspect('"😀😀😀".Len|gth')["data"]["text/plain"])

    def test_nothing_is_there(self):
        for code in ("|", "   |   ", "noth|ing", "// com|ment", "1 + | 1"):
            with self.subTest(code):
                content = self.inspect(code)
                if not content["found"]:
                    self.assertEqual({}, content["data"])
        self.assertFalse(self.inspect("noth|ing")["found"])


class History(KernelTest):
    def ask(self, **content):
        return self.kernel.ask("history_request", {"raw": True, "output": False, **content})["content"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.codes = ["var one = 1;", "one + 1", 'throw new Exception("why");', "var two = 2;", "two * 2", "one + 1"]
        for code in cls.codes:
            cls.kernel.run(code)

    def test_the_last_ones(self):
        answer = self.ask(hist_access_type="tail", n=3)
        self.assertEqual("ok", answer["status"])
        self.assertEqual(self.codes[-3:], [code for _, _, code in answer["history"]])
        self.assertEqual([4, 5, 6], [line for _, line, _ in answer["history"]])

    def test_all_and_none(self):
        self.assertEqual(self.codes, [entry[2] for entry in self.ask(hist_access_type="tail", n=1000)["history"]])
        self.assertEqual([], self.ask(hist_access_type="tail", n=0)["history"])

    def test_a_range(self):
        self.assertEqual([(2, "one + 1"), (3, self.codes[2])], [tuple(entry[1:]) for entry in self.ask(hist_access_type="range", session=0, start=2, stop=4)["history"]])
        self.assertEqual([], self.ask(hist_access_type="range", session=0, start=90, stop=99)["history"])

    def test_a_search(self):
        found = self.ask(hist_access_type="search", pattern="one*", n=10)["history"]
        self.assertEqual(["one + 1", "one + 1"], [entry[2] for entry in found])
        found = self.ask(hist_access_type="search", pattern="*= ?;", n=10)["history"]
        self.assertEqual(["var one = 1;", "var two = 2;"], [entry[2] for entry in found])
        found = self.ask(hist_access_type="search", pattern="one*", n=10, unique=True)["history"]
        self.assertEqual(["one + 1"], [entry[2] for entry in found])

    def test_with_what_came_out(self):
        found = self.ask(hist_access_type="tail", n=2, output=True)["history"]
        self.assertEqual([["two * 2", "4"], ["one + 1", "2"]], [entry[2] for entry in found])


class Comms(KernelTest):
    def test_there_are_none(self):
        self.assertEqual({"status": "ok", "comms": {}}, self.kernel.ask("comm_info_request", {"target_name": "any"})["content"])

    def test_one_that_is_opened_is_closed(self):
        self.kernel.post("comm_open", {"comm_id": "abc", "target_name": "any", "data": {}})
        self.kernel.until(lambda: any(m["msg_type"] == "comm_close" for m in self.kernel.broadcasts), lambda: "no comm_close")
        message = next(m for m in self.kernel.broadcasts if m["msg_type"] == "comm_close")
        self.assertEqual("abc", message["content"]["comm_id"])
        self.kernel.post("comm_msg", {"comm_id": "abc", "data": {}})
        self.kernel.post("comm_close", {"comm_id": "abc", "data": {}})
        self.assertEqual("2", self.kernel.value("1 + 1"))

    def test_the_heart_beats_while_a_cell_runs(self):
        ran = self.kernel.started(self.kernel.send('Console.Write("started"); while (true) { }'))
        with zmq.Context.instance().socket(zmq.REQ) as heart:
            heart.connect(f"tcp://{self.kernel.manager.ip}:{self.kernel.manager.hb_port}")
            for _ in range(3):
                heart.send(b"ping")
                self.assertTrue(heart.poll(1000 * PATIENCE))
                self.assertEqual(b"ping", heart.recv())
        self.kernel.interrupt()
        self.kernel.wait(ran)


if __name__ == "__main__":
    unittest.main()
