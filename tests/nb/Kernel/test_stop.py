"""Stop: a running cell ends soon, variables stay, the next cell runs."""
import os
import signal
import time
import unittest

from harness import Kernel, KernelTest, PATIENCE, kill, note, processor_seconds

CELLS = {
    "an endless loop": "while (true) { }",
    "a loop that counts": "for (long i = 0; ; i++) counted = i;",
    "a goto": "void Jump() { again: counted++; goto again; }\nJump();",
    "a loop of allocations": "while (true) GC.KeepAlive(new byte[10000]);",
    "a loop that prints": 'while (true) Console.WriteLine("line");',
    "a loop of updates": 'var shown = display("first"); while (true) shown.Update(counted++);',
    "a loop of sleeps": "while (true) Thread.Sleep(10);",
    "one long sleep": "Thread.Sleep(600_000);",
    "one long await": "await Task.Delay(-1);",
    "a loop of awaits": "while (true) await Task.Delay(10);",
    "a loop of awaits that do not wait": "while (true) await Task.Yield();",
    "a task waited for": "Task.Delay(-1).Wait();",
    "the result of a task": "var never = new TaskCompletionSource<int>().Task.Result;",
    "a loop in a task waited for": "Task.Run(() => { while (true) counted++; }).Wait();",
    "a loop in a task awaited": "await Task.Run(() => { while (true) counted++; });",
    "a loop in a thread joined": "var worker = new Thread(() => { while (true) counted++; }); worker.Start(); worker.Join();",
    "Parallel.For with loops": "Parallel.For(0, 8, i => { while (true) counted++; });",
    "Parallel.For with sleeps": "Parallel.For(0, 100_000, i => { Thread.Sleep(50); });",
    "a loop that catches all": "while (true) { try { Thread.Sleep(10); } catch { } }",
    "a loop in a loop that catches all": "while (true) { try { while (true) counted++; } catch (Exception) { } }",
    "an await in a loop that catches all": "while (true) { try { await Task.Delay(10); } catch { } }",
    "a loop in finally": "try { counted++; } finally { while (true) counted++; }",
    "LINQ over an endless iterator": "IEnumerable<int> Forever() { while (true) yield return 1; }\nvar none = Forever().Count(x => x > 1);",
    "LINQ with short lambdas": "var none = Enumerable.Range(0, int.MaxValue).SelectMany(_ => Enumerable.Range(0, int.MaxValue)).LongCount(x => x < 0);",
    "a lambda without a value": "Action<long> count = x => counted += x;\nforeach (var x in Enumerable.Repeat(1L, int.MaxValue)) count(x);",
    "recursion": "long Fib(int n) => n < 2 ? n : Fib(n - 1) + Fib(n - 2);\nvar fib = Fib(90);",
    "a lock that is taken": "var gate = new object(); new Thread(() => { lock (gate) Thread.Sleep(-1); }) { IsBackground = true }.Start(); Thread.Sleep(100); lock (gate) { }",
    "a semaphore": "new SemaphoreSlim(0).Wait();",
    "a wait handle": "new ManualResetEvent(false).WaitOne();",
    "a process waited for": 'var sleep = System.Diagnostics.Process.Start("sleep", "600"); try { sleep.WaitForExit(); } finally { sleep.Kill(); }',
    "a loop in a local function": "void Loop() { while (true) counted++; }\nLoop();",
    "a loop in a method of a class": "class Looper { public int Count; public void Run() { do Count++; while (true); } }\nnew Looper().Run();",
    "a loop in a constructor": "class Endless { public Endless() { for (;;) ; } }\nvar endless = new Endless();",
    "foreach over a collection that waits": "foreach (var x in new System.Collections.Concurrent.BlockingCollection<int>().GetConsumingEnumerable()) { }",
    "await foreach": "async IAsyncEnumerable<int> Numbers() { while (true) { await Task.Delay(5); yield return 1; } }\nawait foreach (var n in Numbers()) counted++;",
    "a token of the cell": "Task.Delay(-1, Nb.Session.CellContext.Current.CancellationToken).Wait();",
}


class Stop(KernelTest):
    """Each way to keep busy, in its own test, all in one kernel: what an earlier stop left behind shows in the later ones."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kernel.ok("long counted = 0;\nvar before = 41;")

    def stop(self, name, code):
        try:
            self.stop_and_go_on(name, code)
        except AssertionError:
            # What did not end must not fail the tests after this one.
            self.doClassCleanups()
            self.setUpClass()
            raise

    def stop_and_go_on(self, name, code):
        ran = self.kernel.send(f'var kept = "{name}";\nConsole.WriteLine("started");\n{code}')
        self.kernel.started(ran)
        time.sleep(0.3)
        asked = time.monotonic()
        self.kernel.interrupt()
        self.kernel.wait(ran)
        seconds = ran.ended - asked
        note(f"{seconds:.3f} s  {name}")
        self.assertEqual(("error", "Stopped"), (ran.status, ran.reply["content"].get("ename")), str(ran)[:2000])
        self.assertEqual(name, self.kernel.value("kept"))
        self.assertEqual("42", self.kernel.value("before + 1"))
        self.assert_idle()

    def assert_idle(self):
        """Nothing of the stopped cell goes on in the background."""
        def share():
            before, pid = time.monotonic(), self.kernel.cells
            spent = processor_seconds(pid)
            time.sleep(0.3)
            return (processor_seconds(pid) - spent) / (time.monotonic() - before)
        # The compiler warms up in the background too, but not for long.
        end = time.monotonic() + PATIENCE
        while (busy := share()) > 0.5 and time.monotonic() < end:
            pass
        self.assertLessEqual(busy, 0.5, "the cell still computes")


def add(name, code):
    setattr(Stop, "test_" + "".join(c if c.isalnum() else "_" for c in name), lambda self: self.stop(name, code))


for each in CELLS.items():
    add(*each)


class StopOtherwise(KernelTest):
    def test_what_waits_in_the_queue_is_aborted(self):
        running = self.kernel.started(self.kernel.send('Console.Write("started"); while (true) { }'))
        queued = [self.kernel.send('Console.Write("ran")') for _ in range(3)]
        self.kernel.received()
        self.kernel.interrupt()
        self.kernel.wait(running, *queued)
        self.assertEqual(["aborted"] * 3, [ran.status for ran in queued])
        self.assertEqual("2", self.kernel.value("1 + 1"))

    def test_on_the_channel_that_the_cells_take(self):
        running = self.kernel.started(self.kernel.send('Console.Write("started"); while (true) { }'))
        queued = self.kernel.send('Console.Write("ran")')
        self.kernel.interrupt("shell")   # as VS Code does
        self.kernel.wait(running, queued)
        self.assertEqual(("Stopped", "aborted"), (running.error["ename"], queued.status))
        self.kernel.interrupt("shell")
        self.assertEqual("2", self.kernel.value("1 + 1"))

    def test_a_signal_to_the_front(self):
        for group in (False, True):
            with self.subTest(group=group):
                running = self.kernel.started(self.kernel.send('var kept = 5; Console.Write("started"); while (true) { }'))
                cells, asked = self.kernel.cells, time.monotonic()
                # Jupyter signals the whole group of processes that it started, a shell's kill only the one.
                os.killpg(self.kernel.front, signal.SIGINT) if group else kill(self.kernel.front, signal.SIGINT)
                self.kernel.wait(running)
                note(f"{running.ended - asked:.3f} s  SIGINT")
                self.assertEqual("Stopped", running.error and running.error["ename"], running)
                self.assertEqual("5", self.kernel.value("kept"))
                self.assertEqual(cells, self.kernel.cells)

    def test_while_idle_nothing_happens(self):
        self.kernel.ok("var idle = 1;")
        cells = self.kernel.cells
        for _ in range(3):
            self.kernel.interrupt()
        kill(self.kernel.front, signal.SIGINT)
        os.killpg(self.kernel.front, signal.SIGINT)
        time.sleep(0.5)
        self.assertEqual("2", self.kernel.value("idle + 1"))
        self.assertEqual("ok", self.kernel.run("await Task.Delay(300); 1").status)
        self.assertEqual(cells, self.kernel.cells)

    def test_a_stop_that_comes_as_the_cell_ends_hits_no_other(self):
        for i in range(20):
            ran = self.kernel.send("Thread.Sleep(30); 1")
            time.sleep(0.02 + i * 0.003)
            self.kernel.interrupt()
            self.kernel.wait(ran)
            self.assertIn(ran.error and ran.error["ename"], (None, "Stopped"))
            self.assertEqual("1", self.kernel.ok("await Task.Delay(20); Thread.Sleep(20); 1").result)

    def test_many_stops_of_one_cell_are_one(self):
        cells = self.kernel.cells
        for i in range(100):
            ran = self.kernel.send("1 + 1", user_expressions={"sum": "2 + 2"})
            for channel in ("shell", "control") * 2:
                self.kernel.post("interrupt_request", channel=channel)
                time.sleep(0.002 * (i % 5))
            self.kernel.wait(ran)
            self.assertIn(ran.error and ran.error["ename"], (None, "Stopped"))
        self.assertEqual("2", self.kernel.value("1 + 1"))
        self.assertEqual(cells, self.kernel.cells)

    def test_hundred_stops_of_one_kernel(self):
        for _ in range(100):
            ran = self.kernel.started(self.kernel.send('Console.Write("started"); while (true) { }'))
            self.kernel.interrupt()
            self.kernel.wait(ran)
            self.assertEqual("Stopped", ran.error["ename"], ran)
        self.assertEqual("2", self.kernel.value("1 + 1"))

    def test_stopped_while_it_compiles(self):
        body = "\n".join(f"int F{i}(int x) => x + {i} * F{max(i - 1, 0)}(x);" for i in range(3000))
        ran = self.kernel.send(body)
        time.sleep(0.1)
        self.kernel.interrupt()
        self.kernel.wait(ran)
        self.assertIn(ran.error and ran.error["ename"], (None, "Stopped"))
        self.assertEqual("2", self.kernel.value("1 + 1"))

    def test_a_method_that_was_stopped_can_be_called_again(self):
        self.kernel.ok("var limit = long.MaxValue; long Count() { long n = 0; while (n < limit) n++; return n; }")
        ran = self.kernel.started(self.kernel.send('Console.Write("started"); Count()'))
        self.kernel.interrupt()
        self.kernel.wait(ran)
        self.kernel.ok("limit = 5;")
        self.assertEqual("5", self.kernel.value("Count()"))

    def test_a_stopped_file_that_was_imported(self):
        with open(os.path.join(self.kernel.folder, "Loops.csx"), "w", encoding="utf-8") as file:
            file.write('public static class Loops { public static void Run() { while (true) { } } }')
        self.kernel.ok("#!import Loops.csx")
        ran = self.kernel.started(self.kernel.send('Console.Write("started"); Loops.Run();'))
        self.kernel.interrupt()
        self.assertEqual("Stopped", self.kernel.wait(ran).error["ename"])
        self.assertEqual("2", self.kernel.value("1 + 1"))


class Unstoppable(unittest.TestCase):
    def setUp(self):
        self.kernel = Kernel()
        self.addCleanup(self.kernel.close)

    def stop_twice(self, declarations, code):
        """The first stop says that it does not reach the code, the second one ends it or says how to go on."""
        self.kernel.ok(declarations)
        ran = self.kernel.started(self.kernel.send(f'Console.Write("started"); {code}'))
        self.kernel.interrupt()
        self.kernel.until(lambda: ran.text("stderr"), lambda: str(ran))
        self.assertRegex(ran.text("stderr"), "(?i)stop.*again")
        self.assertIsNone(ran.ended)
        self.kernel.interrupt()
        self.kernel.until(lambda: ran.ended or "restart" in ran.everything.lower(), lambda: str(ran))
        note(ran.everything.strip())
        return ran

    def test_a_native_call(self):
        ran = self.stop_twice('using System.Runtime.InteropServices;\nstatic class Native { [DllImport("libc")] public static extern uint sleep(uint seconds); }',
                              "for (var i = 0; i < 1000; i++) Native.sleep(100);")
        if not ran.ended:
            self.kernel.disconnect()
            self.kernel.manager.restart_kernel(now=False)
            self.kernel.connect()
        self.assertEqual("2", self.kernel.value("1 + 1"))

    def test_linq_without_a_function_of_the_cell(self):
        ran = self.stop_twice("var before = 1;", "Enumerable.Repeat(Enumerable.Repeat(1, int.MaxValue), int.MaxValue).Sum(Enumerable.LongCount)")
        self.kernel.wait(ran)
        self.assertIn(ran.error["ename"], ("Stopped", "ProcessEnded"))
        self.assertEqual("2", self.kernel.value("1 + 1"))


if __name__ == "__main__":
    unittest.main()
