"""Beginning and end of the kernel's processes."""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import zmq
from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from harness import COMMAND, Kernel, KernelTest, PATIENCE, alive, children_of, describe, kill, note, stat, wait_until


class Shutdown(unittest.TestCase):
    def setUp(self):
        self.kernel = Kernel()
        self.addCleanup(self.kernel.close)

    def all_end(self, processes):
        started = time.monotonic()
        wait_until(lambda: not any(alive(pid) for pid in processes),
                   lambda: f"left: {describe([pid for pid in processes if alive(pid)])}; {self.kernel.output()}")
        note(f"ended after {time.monotonic() - started:.2f} s")

    def test_asked(self):
        self.kernel.ok("1")
        processes = self.kernel.processes()
        reply = self.kernel.ask("shutdown_request", {"restart": False}, "control")
        self.assertEqual(("shutdown_reply", "ok", False), (reply["msg_type"], reply["content"]["status"], reply["content"]["restart"]))
        self.all_end(processes)
        self.assertEqual(0, self.kernel.manager.provisioner.process.wait(PATIENCE))

    def test_asked_on_the_other_channel(self):
        self.kernel.ok("1")
        processes = self.kernel.processes()
        self.assertEqual("shutdown_reply", self.kernel.ask("shutdown_request", {"restart": False}, "shell")["msg_type"])
        self.all_end(processes)

    def test_asked_while_a_cell_runs(self):
        for code in ("while (true) { }", "Thread.Sleep(-1);", "try { Thread.Sleep(-1); } finally { while (true) { } }"):
            with self.subTest(code):
                kernel = Kernel()
                self.addCleanup(kernel.close)
                kernel.started(kernel.send(f'Console.Write("started"); {code}'))
                processes = kernel.processes()
                self.assertEqual("ok", kernel.ask("shutdown_request", {"restart": False}, "control")["content"]["status"])
                self.all_end(processes)

    def test_restarted(self):
        self.kernel.ok("var x = 1;")
        before = self.kernel.processes()
        self.kernel.disconnect()
        self.kernel.manager.restart_kernel(now=False)
        self.kernel.connect()
        self.all_end(before)
        ran = self.kernel.run("x")
        self.assertIn("CS0103", ran.everything)
        self.assertEqual(1, ran.reply["content"]["execution_count"])

    def test_restarted_at_once_while_a_cell_runs(self):
        self.kernel.started(self.kernel.send('Console.Write("started"); while (true) { }'))
        before = self.kernel.processes()
        self.kernel.disconnect()
        self.kernel.manager.restart_kernel(now=True)
        self.kernel.connect()
        self.all_end(before)
        self.assertEqual("2", self.kernel.value("1 + 1"))

    def test_terminated(self):
        self.kernel.ok("1")
        processes = self.kernel.processes()
        kill(self.kernel.front, signal.SIGTERM)
        self.all_end(processes)

    def test_killed_takes_the_cells_along(self):
        for code in ("1", "while (true) { }", "Thread.Sleep(-1);", "Parallel.For(0, 8, i => { while (true) { } });",
                     "await Task.Delay(-1);", "try { while (true) { } } finally { while (true) { } }"):
            with self.subTest(code):
                kernel = Kernel()
                self.addCleanup(kernel.close)
                ran = kernel.send(f'Console.Write("started"); {code}')
                kernel.wait(ran) if code == "1" else kernel.started(ran)
                processes = kernel.processes()
                self.assertEqual(2, len(processes), describe(processes))
                kill(kernel.front)
                self.all_end(processes)

    def test_cells_that_cannot_start_end_the_kernel(self):
        self.kernel.ok("1")
        cells, front = self.kernel.cells, self.kernel.front
        kill(cells)
        # A process that ran cells is replaced. One that never comes to that is not: the next would fare as it did.
        wait_until(lambda: self.kernel.processes()[1:] not in ([], [cells]), "no new process for cells")
        kill(self.kernel.cells)
        self.all_end([front])
        self.assertNotEqual(0, self.kernel.manager.provisioner.process.wait(PATIENCE))
        self.assertIn("did not start", self.kernel.output())

    def test_killed_with_a_reader_to_ask(self):
        ran = self.kernel.send("Console.ReadLine();", allow_stdin=True)
        self.kernel.asked(ran)
        processes = self.kernel.processes()
        kill(self.kernel.front)
        self.all_end(processes)


class ParentGone(unittest.TestCase):
    def test_the_kernel_ends_with_the_program_that_started_it(self):
        for code in ("1", "while (true) { }"):
            with self.subTest(code):
                parent = subprocess.Popen(
                    [sys.executable, "-c",
                     "from harness import *\nk = Kernel()\n"
                     f"ran = k.send('Console.Write(\"started\"); {code}')\n"
                     "k.until(lambda: 'started' in ran.text(), lambda: str(ran))\n"
                     "print(*k.processes(), flush=True)\ntime.sleep(600)"],
                    stdout=subprocess.PIPE, text=True, cwd=os.path.dirname(os.path.abspath(__file__)))
                try:
                    processes = [int(pid) for pid in parent.stdout.readline().split()]
                    self.assertEqual(2, len(processes))
                finally:
                    parent.kill()
                    parent.wait()
                    parent.stdout.close()
                started = time.monotonic()
                try:
                    wait_until(lambda: not any(alive(pid) for pid in processes), lambda: f"left: {describe(processes)}")
                finally:
                    for pid in processes:
                        kill(pid)
                note(f"ended {time.monotonic() - started:.2f} s after its parent")


class Alone(unittest.TestCase):
    """Started by hand, with a connection file and nothing else, as a client on another machine's terminal would be."""

    def start(self, wait=True, arguments=None, **changes):
        self.folder = tempfile.mkdtemp(prefix="nb-kernel-")
        self.file, info = write_connection_file(os.path.join(self.folder, "connection.json"), ip=changes.pop("ip", "127.0.0.1"))
        info = json.load(open(self.file, encoding="utf-8"))
        info.update(changes)
        with open(self.file, "w", encoding="utf-8") as file:
            json.dump(info, file)
        self.info = info
        environment = {key: value for key, value in os.environ.items() if key != "JPY_PARENT_PID"}
        self.process = subprocess.Popen(
            arguments or [self.file if part == "{connection_file}" else part for part in COMMAND],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, start_new_session=True)
        self.addCleanup(self.end)

    def end(self):
        for pid in [*children_of(self.process.pid), self.process.pid]:
            kill(pid)
        self.process.wait()
        self.process.stdout.close()

    def connect(self, **channels):
        client = BlockingKernelClient()
        client.load_connection_info(self.info)
        client.start_channels(**channels)
        while True:
            try:
                client.wait_for_ready(timeout=PATIENCE)
                return client
            except RuntimeError:   # it takes a kernel for dead whose heartbeat is a second late
                self.assertIsNone(self.process.poll(), "the kernel has ended")

    def ends(self):
        started = time.monotonic()
        wait_until(lambda: self.process.poll() is not None, "the kernel is still there")
        note(f"ended after {time.monotonic() - started:.1f} s, exit code {self.process.returncode}")

    def test_it_ends_when_its_client_has_gone(self):
        for heartbeat in (True, False):   # VS Code does not listen to it
            with self.subTest(heartbeat=heartbeat):
                self.start()
                client = self.connect(hb=heartbeat)
                client.execute("while (true) { }")
                while client.get_iopub_msg(timeout=PATIENCE)["msg_type"] != "execute_input":
                    pass
                cells = children_of(self.process.pid)
                client.stop_channels()
                self.ends()
                wait_until(lambda: not any(map(alive, cells)), "cells left")

    def test_it_stays_for_a_client_that_comes_back_and_for_another_one(self):
        self.start()
        client = self.connect()
        client.stop_channels()
        time.sleep(0.5)
        client, other = self.connect(), self.connect()
        client.stop_channels()
        time.sleep(15)
        self.assertIsNone(self.process.poll(), self.process.stdout.read() if self.process.poll() is not None else "")
        other.kernel_info(reply=True, timeout=PATIENCE)
        other.stop_channels()
        self.ends()

    def test_it_stays_while_nobody_has_come_yet(self):
        self.start()
        for name in ("shell", "iopub", "stdin", "control", "hb"):
            wait_until(lambda: self.is_open(name), f"{name} does not listen")
        time.sleep(15)
        self.assertIsNone(self.process.poll(), self.process.stdout.read() if self.process.poll() is not None else "")
        self.connect().stop_channels()

    def is_open(self, name):
        """Whether somebody listens at a port; an editor tries it before it connects."""
        try:
            socket.create_connection((self.info["ip"], self.info[f"{name}_port"])).close()
            return True
        except ConnectionRefusedError:
            return False

    def test_it_listens_only_where_the_connection_file_says(self):
        for ip in ("127.0.0.1", "127.0.0.2"):
            with self.subTest(ip):
                self.start(ip=ip)
                client = self.connect()
                expected = {(ip, self.info[f"{name}_port"]) for name in ("shell", "iopub", "stdin", "control", "hb")}
                self.assertEqual(expected, listening(self.process.pid))
                for pid in children_of(self.process.pid):
                    self.assertEqual(set(), listening(pid))
                client.stop_channels()

    def test_without_a_key_nothing_is_signed(self):
        self.start(key="")
        client = self.connect()
        self.assertEqual("ok", client.execute("1", reply=True, timeout=PATIENCE)["content"]["status"])
        client.stop_channels()

    def test_wrong_connection_files_are_named(self):
        cases = {
            "missing": (None, "no such|not found|found no"),
            "empty": ("", "JSON"),
            "broken": ("{ broken", "JSON"),
            "a list": ("[]", "expected"),
            "without ports": ('{"ip": "127.0.0.1", "transport": "tcp", "key": "a", "signature_scheme": "hmac-sha256"}', "_port"),
            "another transport": ('{"ip": "x", "transport": "ipc", "key": "", "signature_scheme": "hmac-sha256", "shell_port": 1, '
                                  '"iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}', "tcp"),
            "another scheme": ('{"ip": "127.0.0.1", "transport": "tcp", "key": "a", "signature_scheme": "hmac-md5", "shell_port": 1, '
                               '"iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}', "hmac-sha256"),
            "a port out of range": ('{"ip": "127.0.0.1", "transport": "tcp", "key": "a", "signature_scheme": "hmac-sha256", "shell_port": 99999999, '
                                    '"iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}', "shell_port|port"),
            "an address of another machine": ('{"ip": "192.0.2.1", "transport": "tcp", "key": "a", "signature_scheme": "hmac-sha256", "shell_port": 50001, '
                                              '"iopub_port": 50002, "stdin_port": 50003, "control_port": 50004, "hb_port": 50005}', "192.0.2.1"),
        }
        ports = '"shell_port": 50001, "iopub_port": 50002, "stdin_port": 50003, "control_port": 50004, "hb_port": 50005'
        for name, ip, found, expected in (
                ("no address", "not an ip", ports, "not an ip:5000"), ("an empty address", "", ports, "address"), ("letters", "300.1.2.3", ports, "300.1.2.3"),
                ("two equal ports", "127.0.0.1", ports.replace("50002", "50001"), "five different ports.*50001, 50004, 50001"),
                ("port 0", "127.0.0.1", ports.replace("50002", "0"), "five different ports"),
                ("a negative port", "127.0.0.1", ports.replace("50002", "-1"), "five different ports")):
            cases[name] = (f'{{"ip": "{ip}", "transport": "tcp", "key": "", "signature_scheme": "hmac-sha256", {found}}}', expected)
        folder = tempfile.mkdtemp(prefix="nb-kernel-")
        for name, (text, expected) in cases.items():
            with self.subTest(name):
                file = os.path.join(folder, "file.json")
                if text is not None:
                    with open(file, "w", encoding="utf-8") as out:
                        out.write(text)
                done = subprocess.run([file if part == "{connection_file}" else part for part in COMMAND],
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, cwd=folder)
                note(done.stdout.strip()[:300])
                self.assertNotEqual(0, done.returncode)
                self.assertRegex(done.stdout, f"(?i){expected}")
                self.assertNotIn("Unhandled", done.stdout)
                self.assertNotIn("   at ", done.stdout)

    def test_a_port_that_is_taken_is_named(self):
        with zmq.Context() as context, context.socket(zmq.ROUTER) as taken:
            port = taken.bind_to_random_port("tcp://127.0.0.1")
            self.start(shell_port=port)
            text = self.process.stdout.read().decode()
            self.assertNotEqual(0, self.process.wait(PATIENCE))
            self.assertIn(str(port), text)
            self.assertNotIn("Unhandled", text)


def listening(pid):
    """Addresses and ports on which a process listens."""
    sockets = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:
            continue
        if found:
            sockets.add(found[1])
    addresses = set()
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{table}", encoding="utf-8") as file:
            for line in list(file)[1:]:
                fields = line.split()
                if fields[3] == "0A" and fields[9] in sockets:
                    ip, port = fields[1].split(":")
                    ip = ".".join(str(part) for part in reversed(bytes.fromhex(ip))) if table == "tcp" else ip
                    addresses.add((ip, int(port, 16)))
    return addresses


if __name__ == "__main__":
    unittest.main()
