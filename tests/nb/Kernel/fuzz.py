"""Sends a thousand damaged messages, on three channels; between them and at the end the kernel answers a good one.

    NB_KERNEL='[…]' python3 fuzz.py [seed] [messages]
"""
import hashlib
import hmac
import json
import random
import sys
import time

from harness import Kernel, alive, note

DELIMITER = b"<IDS|MSG>"
REQUESTS = {
    "kernel_info_request": {},
    "execute_request": {"code": "1 + 1", "silent": False, "store_history": True, "user_expressions": {"a": "1"},
                        "allow_stdin": True, "stop_on_error": True},
    "complete_request": {"code": "Console.", "cursor_pos": 8},
    "inspect_request": {"code": "Console", "cursor_pos": 3, "detail_level": 0},
    "is_complete_request": {"code": "1 +"},
    "history_request": {"hist_access_type": "tail", "n": 3, "raw": True, "output": False},
    "comm_info_request": {"target_name": "any"},
    "comm_open": {"comm_id": "a", "target_name": "any", "data": {}},
    "comm_msg": {"comm_id": "a", "data": {}},
    "comm_close": {"comm_id": "a", "data": {}},
    "interrupt_request": {},
    "input_reply": {"value": "typed", "status": "ok"},
}
# What JSON can hold, where something else is expected. A kernel must survive each in each place.
ODD = [None, True, -1, 0, 2**31, 2**63, 2**200, 1.5, 1e308, "", "x" * 100_000, "\ud800", "\u0000", [], [[]], {}, {"a": {}},
       ["1"], "2026-13-45", "../../etc", "<script>", "{connection_file}"]


class Fuzzer:
    def __init__(self, session, random):
        self.session, self.random = session, random

    def sign(self, parts, key=None):
        return hmac.new(self.session.key if key is None else key, b"".join(parts), hashlib.sha256).hexdigest().encode()

    def parts(self, msg_type):
        """Header, parent header, metadata and content of a good message."""
        header = self.session.msg_header(msg_type)
        header["date"] = header["date"].isoformat()
        return [header, {}, {}, dict(REQUESTS[msg_type])]

    def frames(self, parts, raw=None):
        encoded = [json.dumps(part).encode() for part in parts]
        if raw is not None:
            encoded[self.random.randrange(4)] = raw
        return [DELIMITER, self.sign(encoded), *encoded]

    def odd_value(self, parts):
        """Another value somewhere in the message, signed properly."""
        part = self.random.choice(parts[:1] + parts[3:] * 3)
        if part and self.random.random() < 0.8:
            part[self.random.choice(list(part))] = self.random.choice(ODD)
        elif part and self.random.random() < 0.5:
            del part[self.random.choice(list(part))]
        else:
            parts[self.random.randrange(4)] = self.random.choice(ODD)
        return self.frames(parts)

    def broken_json(self, parts):
        text = json.dumps(self.random.choice(parts)).encode()
        raw = self.random.choice([
            b"", b"{", b"nul", b"\xff\xfe\x00", b"{}{}", b"'single'", text[:self.random.randrange(len(text) + 1)], text + b"}",
            b"\xef\xbb\xbf" + text, b"[" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000, b'{"code":"\\ud800"}', b'{"code":"\\udc00\\ud800"}',
            b'{"code":1e999}', b'{"msg_type":"execute_request","msg_type":7}', b"NaN", b'{"code":"\xc3\x28"}', b"\x00" * 1000])
        return self.frames(parts, raw)

    def truncated(self, parts):
        frames = self.frames(parts)
        return frames[:self.random.randrange(len(frames))]

    def no_delimiter(self, parts):
        return self.frames(parts)[1:]

    def odd_delimiter(self, parts):
        return [self.random.choice([b"", b"<IDS|MSG", b"<ids|msg>", DELIMITER * 2]), *self.frames(parts)[1:]]

    def wrong_signature(self, parts):
        frames = self.frames(parts)
        frames[1] = self.random.choice([
            b"", b"0", b"0" * 64, frames[1][:-1], frames[1] + b"0", frames[1].upper(), bytes(64), "ř".encode() * 32,
            self.sign(frames[2:], b"another key"), self.sign(frames[2:], b""), self.sign(frames[2:5])])
        return frames

    def empty_frames(self, parts):
        frames = self.frames(parts)
        frames[self.random.randrange(len(frames))] = b""
        return frames

    def extra_frames(self, parts):
        return self.frames(parts) + [self.random.randbytes(self.random.randrange(200)) for _ in range(self.random.randrange(1, 20))]

    def extra_identities(self, parts):
        return [self.random.randbytes(self.random.randrange(1, 300)) for _ in range(self.random.randrange(1, 10))] + self.frames(parts)

    def swapped(self, parts):
        frames = self.frames(parts)
        self.random.shuffle(frames)
        return frames

    def flipped_bits(self, parts):
        frames = [bytearray(frame) for frame in self.frames(parts)]
        for _ in range(self.random.randrange(1, 8)):
            frame = self.random.choice(frames)
            if frame:
                frame[self.random.randrange(len(frame))] ^= 1 << self.random.randrange(8)
        return [bytes(frame) for frame in frames]

    def noise(self, parts):
        return [self.random.randbytes(self.random.randrange(500)) for _ in range(self.random.randrange(1, 9))]

    def replayed(self, parts):
        return self.frames(parts) if self.random.random() < 0.5 else self.frames([{**parts[0], "msg_id": "the same"}, *parts[1:]])

    def one(self):
        """A damaged message, and what was done to it."""
        # What is signed properly gets furthest, and is tried most.
        kind = self.random.choice([
            *[self.odd_value] * 12, *[self.broken_json] * 5, self.truncated, self.no_delimiter, self.odd_delimiter, *[self.wrong_signature] * 3,
            self.empty_frames, self.extra_frames, self.extra_identities, self.swapped, self.flipped_bits, self.noise, self.replayed])
        msg_type = self.random.choice(list(REQUESTS))
        return kind(self.parts(msg_type)), f"{kind.__name__} of {msg_type}"


def run(seed, count):
    kernel = Kernel()
    last = []
    try:
        kernel.ok("var kept = 41;")
        cells, front = kernel.cells, kernel.front
        fuzzer = Fuzzer(kernel.client.session, random.Random(seed))
        started = time.monotonic()
        for i in range(count):
            frames, name = fuzzer.one()
            channel = fuzzer.random.choice(["shell", "shell", "control", "stdin"])
            last = [*last[-49:], f"{i}: {name} on {channel}"]
            if frames:   # no frames are no message
                kernel.sockets[channel].send_multipart(frames)
            kernel.receive(0)
            if i % 50 == 49:
                check(kernel)
        check(kernel)
        assert (cells, front) == (kernel.cells, kernel.front), "a process ended and was replaced"
        processes = kernel.processes()
        assert len(processes) == 2, processes
        note(f"{count} damaged messages in {time.monotonic() - started:.1f} s, seed {seed}")
    except BaseException:
        print(f"seed {seed}, the last messages:\n" + "\n".join(last), kernel.output(), sep="\n", file=sys.stderr)
        raise
    finally:
        kernel.close()
    assert not any(alive(pid) for pid in processes)


def check(kernel):
    """The next good message is answered; what the damaged ones left in the queue may abort a cell or two."""
    kernel.ask("kernel_info_request")
    kernel.ask("kernel_info_request", channel="control")
    for _ in range(3):
        ran = kernel.run("kept + 1")
        if ran.status == "ok":
            break
    assert ran.result == "42", ran
    kernel.replies.clear()
    kernel.input_requests.clear()


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 1, int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
