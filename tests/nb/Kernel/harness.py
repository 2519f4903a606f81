"""A kernel under test and one client of it, on top of jupyter_client.

The xunit tests name the kernel's command in NB_KERNEL, a JSON list. By hand:

    cd tests/nb/Kernel
    NB_KERNEL='["dotnet", "<output folder of the tests>/nb.dll", "kernel", "{connection_file}"]' python3 -m unittest -v test_execute
"""
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import unittest

import zmq
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager

COMMAND = json.loads(os.environ["NB_KERNEL"])

# A shell that runs the tests in the background ignores this signal, and what it starts inherits that. A Jupyter server does not.
signal.signal(signal.SIGINT, signal.default_int_handler)
SPEC = {
    "argv": COMMAND, "display_name": "C# (.NET 10)", "language": "C#", "interrupt_mode": "message",
}

# Longer than anything takes that works, also on a machine that is busy with ten other things: it only ends what hangs. How long
# something takes is for figures.py; here it is printed at most.
PATIENCE = 600

# What a cell does that runs until release().
HOLD = 'Console.Write("started"); while (!File.Exists("released")) Thread.Sleep(10); File.Delete("released");'


class Ran:
    """What one execute_request brought: its reply, and all that iopub said of it, in order."""

    def __init__(self, request):
        self.request, self.reply, self.messages = request, None, []
        self.sent, self.ended = time.monotonic(), None

    @property
    def status(self):
        return self.reply["content"]["status"]

    @property
    def seconds(self):
        return self.ended - self.sent

    @property
    def types(self):
        return [message["msg_type"] for message in self.messages]

    def of(self, *types):
        return [message["content"] for message in self.messages if message["msg_type"] in types]

    def text(self, *names):
        """All that was printed, or only on these streams."""
        return "".join(content["text"] for content in self.of("stream") if not names or content["name"] in names)

    @property
    def result(self):
        """The plain text of the result; None without one."""
        results = self.of("execute_result")
        return results[-1]["data"]["text/plain"] if results else None

    @property
    def error(self):
        errors = self.of("error")
        return errors[-1] if errors else None

    @property
    def everything(self):
        """Whatever a reader sees of it, as one text without colours."""
        parts = [self.text()]
        for content in self.of("error"):
            parts += [content["ename"], content["evalue"], *content["traceback"]]
        for content in self.of("execute_result", "display_data", "update_display_data"):
            parts += [str(value) for value in content["data"].values()]
        return plain("\n".join(parts))

    def __str__(self):
        reply = self.reply and self.reply["content"]
        return f"{self.request!r} → {reply}\n" + "\n".join(
            f"  {message['msg_type']} {str(message['content'])[:2000]}" for message in self.messages)


class Kernel:
    """Starts the kernel as a Jupyter program does: from a kernelspec, in a folder, with a client connected."""

    def __init__(self, folder=None, **environment):
        self.own = tempfile.mkdtemp(prefix="nb-kernel-")
        self.folder = folder or self.own
        write_spec(self.own)
        self.manager = KernelManager(
            kernel_name="nb-under-test", connection_file=os.path.join(self.own, "connection.json"),
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[os.path.join(self.own, "kernels")]))
        self.manager.shutdown_wait_time = PATIENCE
        self.log = open(os.path.join(self.own, "log"), "w+b")
        self.manager.start_kernel(
            cwd=self.folder, env={**os.environ, **environment}, stdout=self.log, stderr=self.log)
        self.ran = {}
        self.replies = {}
        self.broadcasts = []
        self.input_requests = []
        self.connect()

    def connect(self):
        self.client = self.manager.client()
        self.client.start_channels()
        try:
            self.client.wait_for_ready(timeout=PATIENCE)
        except RuntimeError:
            raise AssertionError(f"The kernel did not start: {self.output()}") from None
        self.sockets = {
            name: zmq.Socket.shadow(getattr(self.client, f"{name}_channel").socket.underlying)
            for name in ("shell", "control", "iopub", "stdin")}
        self.poller = zmq.Poller()
        for socket in self.sockets.values():
            self.poller.register(socket, zmq.POLLIN)

    def disconnect(self):
        self.client.stop_channels()

    def close(self):
        """Ends the kernel and sees that nothing of it is left."""
        processes = self.processes()
        try:
            self.disconnect()
            if self.manager.has_kernel:
                self.manager.shutdown_kernel(now=False)
            wait_until(lambda: not any(alive(pid) for pid in processes), f"processes left: {describe(processes)}")
        finally:
            for pid in processes:
                kill(pid)
            self.manager.cleanup_resources()
            self.log.close()
            shutil.rmtree(self.own, ignore_errors=True)

    # Requests

    def send(self, code, metadata=None, **options):
        """Sends an execute_request; what comes of it is collected in what is returned."""
        options.setdefault("allow_stdin", False)
        ran = Ran(code)
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "stop_on_error": True, **options}
        message = self.client.session.send(self.sockets["shell"], "execute_request", content, metadata=metadata)
        self.ran[message["header"]["msg_id"]] = ran
        return ran

    def wait(self, *rans):
        """Waits until these have replied and are idle again."""
        self.until(lambda: all(ran.ended for ran in rans), lambda: "\n".join(map(str, rans)))
        return rans[0]

    def run(self, code, **options):
        return self.wait(self.send(code, **options))

    def ok(self, code, **options):
        """Runs a cell that must succeed."""
        ran = self.run(code, **options)
        assert ran.status == "ok", f"expected ok: {ran}\n{self.output()}"
        return ran

    def value(self, code):
        """The plain text of a cell's result."""
        return self.ok(code).result

    def ask(self, msg_type, content=None, channel="shell"):
        """Sends any other request; returns the whole reply."""
        return self.reply_to(self.post(msg_type, content, channel)["header"]["msg_id"])

    def post(self, msg_type, content=None, channel="shell"):
        return self.client.session.send(self.sockets[channel], msg_type, content or {})

    def reply_to(self, msg_id):
        self.until(lambda: msg_id in self.replies, lambda: f"no reply to {msg_id}")
        return self.replies.pop(msg_id)

    def interrupt(self, channel="control"):
        reply = self.ask("interrupt_request", channel=channel)
        assert reply["msg_type"] == "interrupt_reply" and reply["content"]["status"] == "ok", reply

    def started(self, ran, text="started"):
        """Waits until the cell has printed something."""
        self.until(lambda: text in ran.text() or ran.ended, lambda: str(ran))
        assert not ran.ended, f"ended at once: {ran}"
        return ran

    def received(self):
        """Waits until the kernel has received all that was sent while a cell runs."""
        for _ in range(2):
            self.ask("kernel_info_request", channel="control")

    def release(self):
        """Lets a cell that holds go on."""
        self.received()
        open(os.path.join(self.folder, "released"), "x").close()

    def asked(self, ran):
        """Waits until the cell asks its reader; returns the request."""
        self.until(lambda: self.input_requests or ran.ended, lambda: str(ran))
        return self.input_requests.pop()

    # What arrives

    def until(self, condition, describe_failure):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end or not alive(self.front):
                raise AssertionError(f"nothing came within {PATIENCE} s, or the kernel is gone: {describe_failure()}\n{self.output()}")
            self.receive(0.05)

    def receive(self, seconds):
        """Takes what has arrived, on all channels; waits if nothing has."""
        for socket, _ in self.poller.poll(seconds * 1000):
            channel = next(name for name, one in self.sockets.items() if one is socket)
            _, message = self.client.session.recv(socket, mode=zmq.NOBLOCK)
            if message is not None:
                self.sort(channel, message)

    def sort(self, channel, message):
        parent = message["parent_header"].get("msg_id")
        ran = self.ran.get(parent)
        if channel == "stdin":
            self.input_requests.append(message)
        elif channel != "iopub":
            if ran:
                ran.reply = message
            else:
                self.replies[parent] = message
        elif ran:
            ran.messages.append(message)
        else:
            self.broadcasts.append(message)
        if ran and ran.reply and not ran.ended and message_is_idle(ran.messages):
            ran.ended = time.monotonic()

    # Its processes

    @property
    def front(self):
        provisioner = getattr(self.manager, "provisioner", None)
        return provisioner.process.pid

    @property
    def cells(self):
        """The process that runs the cells."""
        children = children_of(self.front)
        assert len(children) == 1, f"expected one child of the kernel, found {describe(children)}"
        return children[0]

    def processes(self):
        if not self.manager.has_kernel:
            return []
        found = [self.front]
        for pid in found:
            found += children_of(pid)
        return found

    def output(self):
        """What the kernel's processes wrote to their own console."""
        with open(self.log.name, encoding="utf-8", errors="replace") as log:
            return "the kernel's console: " + log.read()[-4000:]


class KernelTest(unittest.TestCase):
    """One kernel for all tests of a class."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.kernel = Kernel()
        cls.addClassCleanup(cls.kernel.close)

    def fails(self, code, *expected, **options):
        """Runs a cell that must fail, with a text that has all of these; returns what it brought."""
        ran = self.kernel.run(code, **options)
        self.assertEqual("error", ran.status, ran)
        self.assertIsNotNone(ran.error, ran)
        for text in expected:
            self.assertIn(text, ran.everything)
        return ran


def write_spec(folder):
    """Writes the kernelspec into a Jupyter data folder."""
    place = os.path.join(folder, "kernels", "nb-under-test")
    os.makedirs(place)
    with open(os.path.join(place, "kernel.json"), "w", encoding="utf-8") as file:
        json.dump(SPEC, file)


def message_is_idle(messages):
    return any(m["msg_type"] == "status" and m["content"]["execution_state"] == "idle" for m in messages)


def plain(text):
    """Without the colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def wait_until(condition, failure):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {PATIENCE} s: {failure() if callable(failure) else failure}")
        time.sleep(0.02)


def stat(pid):
    """State, parent and processor ticks of a process; None when there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return fields[0], int(fields[1]), int(fields[11]) + int(fields[12])


def alive(pid):
    return (found := stat(pid)) is not None and found[0] not in "ZX"


def children_of(parent):
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [pid for pid in pids if (found := stat(pid)) and found[1] == parent and found[0] not in "ZX"]


def processor_seconds(pid):
    return stat(pid)[2] / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS:"))


def describe(pids):
    def command(pid):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                return file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return "gone"
    return ", ".join(f"{pid} ({command(pid)})" for pid in pids) or "none"


def kill(pid, with_signal=signal.SIGKILL):
    try:
        os.kill(pid, with_signal)
    except ProcessLookupError:
        pass


def note(text):
    """A figure for whoever reads the log."""
    print(f"    {text}", file=sys.stderr, flush=True)
