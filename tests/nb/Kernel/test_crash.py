"""Cells that end the process they run in: the reader is told in that cell, and the next one runs."""
import signal
import time
import unittest

from harness import KernelTest, alive, kill, note, plain


class Crash(KernelTest):
    def dies(self, code, expected, before=None):
        """Runs a cell that takes its process along, with two cells waiting behind it."""
        self.kernel.ok("var gone = 1;")
        cells, front = self.kernel.cells, self.kernel.front
        ran = self.kernel.send(code)
        queued = [self.kernel.send('Console.Write("ran")') for _ in range(2)]
        if before:
            self.kernel.started(ran)
            before(cells)
        self.kernel.wait(ran, *queued)
        note(f"{ran.error and ran.error['ename']}: {ran.error and ran.error['evalue']}"[:300])
        self.assertEqual("error", ran.status, ran)
        self.assertEqual(["aborted", "aborted"], [each.status for each in queued])
        self.assertEqual(["", ""], [each.text() for each in queued])
        # Both in lines of their own, where no editor wraps them.
        for text in ("\n".join(ran.error["traceback"]), ran.error["evalue"]):
            self.assertTrue(plain(text).startswith("Run the cells again from the top: all variables are gone.\n"), text)
            self.assertRegex(" ".join(plain(text).split()), expected)
            self.assertLessEqual(max(map(len, plain(text).split("\n"))), 110)
        self.assertFalse(alive(cells))
        self.assertEqual(front, self.kernel.front)
        # A session of its own: nothing of before is there, and everything works.
        self.fails("gone", "CS0103")
        self.assertEqual("2", self.kernel.value("1 + 1"))
        self.assertNotEqual(cells, self.kernel.cells)
        return ran

    def test_environment_exit(self):
        ran = self.dies('Console.Write("before"); Environment.Exit(3);', r"Environment\.Exit")
        self.assertIn("3", ran.everything)
        self.assertEqual("before", ran.text("stdout"))

    def test_environment_exit_with_zero(self):
        self.dies("Environment.Exit(0);", r"Environment\.Exit")

    def test_stack_overflow(self):
        ran = self.dies('int Deep(int n) => Deep(n + 1) + 1;\nDeep(0)', "(?i)stack overflow")
        self.assertIn("Deep", ran.everything)
        self.assertLess(len(ran.everything), 100_000, "the same line thousands of times")

    def test_fail_fast(self):
        self.dies('Environment.FailFast("because of this");', "because of this")

    def test_killed_while_a_cell_runs(self):
        self.dies('Console.Write("started"); System.Threading.Thread.Sleep(60_000);', "(?i)kill|signal 9|memory", before=kill)

    def test_killed_in_an_endless_loop(self):
        self.dies('Console.Write("started"); while (true) { }', "(?i)kill|signal 9|memory", before=kill)

    def test_a_crash_in_native_code(self):
        self.dies('[System.Runtime.InteropServices.DllImport("libc")] static extern nint strlen(nint text);\nstrlen(1);',
                  r"(?i)crashed \(signal (11|6)\)")

    def test_a_write_where_nothing_is(self):
        self.dies("unsafe { *(int*)0x7000_0000_0000 = 1; }", r"(?i)crashed \(signal (11|6)\)")

    def test_killed_while_idle(self):
        last = self.kernel.ok("var gone = 1;")
        kill(self.kernel.cells)
        # No cell runs: the one that ran last is where the reader looks.
        self.kernel.until(lambda: "it was killed" in last.text("stderr"), lambda: str(last))
        self.assertEqual("2", self.kernel.value("1 + 1"))
        self.fails("gone", "CS0103")

    def test_killed_while_it_is_asked_to_stop(self):
        ran = self.kernel.started(self.kernel.send('Console.Write("started"); System.Threading.Thread.Sleep(60_000);'))
        kill(self.kernel.cells, signal.SIGSTOP)   # it cannot answer any more
        asked = self.kernel.post("interrupt_request", channel="control")["header"]["msg_id"]
        time.sleep(0.5)   # so that the kernel has the request; if it had not, the new process would say the same
        kill(self.kernel.cells)
        self.assertEqual("ok", self.kernel.reply_to(asked)["content"]["status"])
        self.assertEqual("ProcessEnded", self.kernel.wait(ran).error["ename"])
        self.assertEqual("2", self.kernel.value("1 + 1"))

    def test_asked_to_terminate(self):
        self.dies('Console.Write("started"); System.Threading.Thread.Sleep(60_000);', r"(?i)terminat|SIGTERM|signal 15|143|ended",
                  before=lambda pid: kill(pid, signal.SIGTERM))

    def test_completion_waits_for_nobody(self):
        ran = self.kernel.started(self.kernel.send('Console.Write("started"); System.Threading.Thread.Sleep(60_000);'))
        asked = [self.kernel.post("complete_request", {"code": "Console.", "cursor_pos": 8}),
                 self.kernel.post("inspect_request", {"code": "Console", "cursor_pos": 3, "detail_level": 0})]
        kill(self.kernel.cells)
        self.kernel.wait(ran)
        for message in asked:
            self.kernel.reply_to(message["header"]["msg_id"])

    def test_the_cell_asks_when_it_dies(self):
        ran = self.kernel.send("Console.ReadLine();", allow_stdin=True)
        request = self.kernel.asked(ran)
        kill(self.kernel.cells)
        self.assertEqual("error", self.kernel.wait(ran).status)
        self.kernel.client.session.send(self.kernel.sockets["stdin"], "input_reply", {"value": "late"}, parent=request)
        self.assertEqual("2", self.kernel.value("1 + 1"))


class Survived(KernelTest):
    def survives(self, code, *expected):
        self.kernel.ok("var kept = 41;")
        cells = self.kernel.cells
        ran = self.kernel.run(code)
        # What a thread wrote past the cell takes another way, and can come after the reply.
        self.kernel.until(lambda: all(text in ran.everything for text in expected), lambda: str(ran))
        self.assertEqual("42", self.kernel.value("kept + 1"))
        self.assertEqual(cells, self.kernel.cells)
        return ran

    def test_an_exception_on_a_thread_of_its_own(self):
        ran = self.survives('var thread = new Thread(() => throw new InvalidOperationException("why")); thread.Start(); thread.Join();\n5',
                            "InvalidOperationException", "why")
        self.assertIn("line 1", ran.everything)

    def test_an_exception_in_the_thread_pool(self):
        self.survives('ThreadPool.QueueUserWorkItem(_ => throw new InvalidOperationException("why"));',
                      "InvalidOperationException", "why")

    def test_an_exception_in_async_void(self):
        self.survives('async void Fire() { await Task.Delay(50); throw new InvalidOperationException("why"); }\nFire();',
                      "InvalidOperationException", "why")

    def test_an_exception_in_a_timer(self):
        self.survives('var timer = new Timer(_ => throw new InvalidOperationException("why"), null, 50, -1);',
                      "InvalidOperationException", "why")

    def test_an_exception_on_a_thread_after_its_cell_is_not_lost(self):
        ran = self.kernel.ok('new Thread(() => { Thread.Sleep(500); throw new InvalidOperationException("why late"); }).Start();')
        self.kernel.until(lambda: "why late" in ran.everything, lambda: str(ran))

    def test_out_of_memory(self):
        self.survives("GC.KeepAlive(new decimal[int.MaxValue, 1000]);", "OutOfMemory")

    def test_a_full_disk(self):
        self.survives('File.WriteAllText("/dev/full", "text");', "No space left on device")

    def test_the_console_of_another_program_does_no_harm(self):
        ran = self.kernel.run('System.Diagnostics.Process.Start("echo", "from outside").WaitForExit();')
        self.assertEqual("ok", ran.status)
        self.assertEqual("2", self.kernel.value("1 + 1"))

    def test_raw_writes_to_the_standard_streams_do_no_harm(self):
        self.kernel.run('using (var raw = Console.OpenStandardOutput()) { raw.Write("raw\\n{}\\n{\\"header\\":1}\\n"u8); raw.Flush(); }')
        self.kernel.run('using (var raw = Console.OpenStandardError()) { raw.Write(new byte[100_000]); raw.Flush(); }')
        self.kernel.run("Console.OpenStandardInput().ReadByte()")
        self.assertEqual("2", self.kernel.value("1 + 1"))

    def test_a_cell_that_replaces_the_console(self):
        self.survives('Console.SetOut(TextWriter.Null); Console.SetError(TextWriter.Null); Console.SetIn(TextReader.Null);')
        self.assertEqual("back", self.kernel.ok('Console.Write("back");').text())

    def test_a_cell_that_changes_folder_and_culture(self):
        self.kernel.ok('Directory.SetCurrentDirectory("/");')
        self.assertEqual("2", self.kernel.value("1 + 1"))
        self.kernel.ok(f'Directory.SetCurrentDirectory("{self.kernel.folder}");')


if __name__ == "__main__":
    unittest.main()
