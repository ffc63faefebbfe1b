#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A program that speaks the start-up protocols, written from their description
alone; its arguments are a script, as those of speaker.c:

    speaker.py protocol v23 read end digest 1 ready exit 0
"""

import os
import re
import resource
import signal
import struct
import sys
import time

MISUSED, VARIABLE, DATA, PARTIAL, STATUS = 90, 91, 92, 93, 94
FRAME_MAX = 1 << 27

# name: variable, version, has the status a pid, is it ended by 0xFF
FORMS = {
    "caisson": (b"CAISSON_EXEC_VERSION", b"1", True, True),
    "v23": (b"V23_EXEC_VERSION", b"1.0.0", True, True),
    "veyron": (b"VEYRON_EXEC_VERSION", b"1.0.0", False, False),
}


def give_up(status, what):
    os.write(2, ("speaker: %s\n" % what).encode())
    os._exit(status)


class Speaker:
    def __init__(self):
        self.form = None
        self.data, self.status = 3, 4
        self.at_most, self.pause = 1 << 30, 0
        self.frames = [b"", b""]

    # ---- what it was given

    def protocol(self, name):
        self.form = FORMS[name]
        # as the kernel has it: a name that is there twice is there twice
        with open("/proc/self/environ", "rb") as f:
            lines = [line.split(b"=", 1) for line in f.read().split(b"\0")]
        known = [line for line in lines
                 if line[0] in [form[0] for form in FORMS.values()]]
        if known != [[self.form[0], self.form[1]]]:
            give_up(VARIABLE, "not exactly one variable: %r" % known)

    def fds(self, data, status):
        self.data, self.status = int(data), int(status)

    def mark(self, _):
        pass

    def take(self, size):
        got = b""
        while len(got) < size:
            some = os.read(self.data, min(size - len(got), self.at_most))
            if not some:
                give_up(DATA, "it was cut short")
            got += some
            if self.pause:
                time.sleep(self.pause)
        return got

    def take_length(self):
        size = struct.unpack(">q", self.take(8))[0]
        if not 0 <= size <= FRAME_MAX:
            give_up(DATA, "its length is out of range")
        return size

    def read(self):
        self.frames = [self.take(self.take_length()) for _ in range(2)]

    def slow(self, at_most, pause):
        self.at_most, self.pause = int(at_most), int(pause) / 1000
        self.read()

    def single(self):
        self.frames = []
        for _ in range(2):
            size = self.take_length()
            self.frames.append(os.read(self.data, size) if size else b"")
            if len(self.frames[-1]) != size:
                give_up(PARTIAL, "partial read")

    def peek(self, size):
        self.take(int(size))

    def end(self):
        if os.read(self.data, 1):
            give_up(DATA, "something follows the secret")

    def digest(self, fd):
        words = []
        for frame in self.frames:
            h = 0xcbf29ce484222325
            for byte in frame:
                h = (h ^ byte) * 0x100000001b3 & 0xffffffffffffffff
            words.append("%d %016x" % (len(frame), h))
        self.note(fd, " ".join(words))

    def copy(self, fd):
        for frame in self.frames:
            self.put(int(fd), frame)

    # ---- what it says

    def put(self, fd, data):
        while data:
            data = data[os.write(fd, data):]

    def say_bytes(self, data):
        try:
            if os.write(self.status, data) != len(data):
                give_up(STATUS, "the status was cut short")
        except OSError as e:
            give_up(STATUS, "the status cannot be written: %s" % e)

    def ready_text(self, pid):
        text = b"ready::" + (b"%d" % pid if self.form[2] else b"")
        return text + (b"\xff" if self.form[3] else b"")

    def ready(self):
        self.say_bytes(self.ready_text(os.getpid()))

    def ready_as(self, pid):
        self.say_bytes(self.ready_text(int(pid)))

    def late(self, fd):
        try:
            os.write(self.status, self.ready_text(os.getpid()))
            self.note(fd, "written")
        except BrokenPipeError:
            self.note(fd, "EPIPE")
        except OSError:
            self.note(fd, "another error")

    def unescape(self, text):
        text = os.fsencode(text).replace(b"\\p", b"%d" % os.getpid())
        return re.sub(rb"\\x([0-9a-fA-F]{2})",
                      lambda m: bytes.fromhex(m.group(1).decode()), text)

    def failed(self, text):
        self.say_bytes(b"failed::" + self.unescape(text) +
                       (b"\xff" if self.form[3] else b""))

    def say(self, text):
        self.say_bytes(self.unescape(text))

    def say_slowly(self, text, pause):
        for byte in self.unescape(text):
            self.say_bytes(bytes([byte]))
            time.sleep(int(pause) / 1000)

    def flood(self, size):
        left = int(size) or 1 << 60
        try:
            while left > 0:
                left -= os.write(self.status, b"x" * min(left, 4096))
        except OSError:
            pass

    # ---- what else it does

    def close(self, fd):
        try:
            os.close(int(fd))
        except OSError:
            give_up(DATA, "it was not open")

    def close_all(self):
        os.closerange(0, 1024)

    def exit(self, status):
        os._exit(int(status))

    def kill(self, signo):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.kill(os.getpid(), int(signo))
        self.pause_()

    def pause_(self):
        while True:
            signal.pause()

    def sleep(self, ms):
        time.sleep(int(ms) / 1000)

    def await_(self, fd):
        os.read(int(fd), 1)

    def note(self, fd, text):
        os.write(int(fd), text.encode() + b"\n")

    def pid(self, fd):
        self.note(fd, str(os.getpid()))

    def keeper(self):
        if os.fork() == 0:
            self.pause_()

    def wrap(self):
        pid = os.fork()
        if pid:
            status = os.waitpid(pid, 0)[1]
            os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128)

    def daemon(self):
        reader, writer = os.pipe()
        for turn in range(2):
            if os.fork():
                os.close(writer)
                os._exit(1 if turn == 0 and os.read(reader, 1) else 0)
            if turn == 0:
                os.setsid()
        os.close(reader)
        os.close(writer)

    def ignore(self, signo):
        signal.signal(int(signo), signal.SIG_IGN)


# name: method, number of arguments
STEPS = {
    "protocol": ("protocol", 1), "fds": ("fds", 2), "mark": ("mark", 1),
    "read": ("read", 0), "slow": ("slow", 2), "single": ("single", 0),
    "peek": ("peek", 1), "end": ("end", 0), "digest": ("digest", 1),
    "copy": ("copy", 1), "ready": ("ready", 0), "ready-as": ("ready_as", 1),
    "failed": ("failed", 1), "say": ("say", 1),
    "say-slowly": ("say_slowly", 2), "flood": ("flood", 1),
    "late": ("late", 1), "close": ("close", 1), "close-all": ("close_all", 0),
    "exit": ("exit", 1), "kill": ("kill", 1), "pause": ("pause_", 0),
    "sleep": ("sleep", 1), "await": ("await_", 1), "note": ("note", 2),
    "pid": ("pid", 1), "keeper": ("keeper", 0), "wrap": ("wrap", 0),
    "daemon": ("daemon", 0), "ignore": ("ignore", 1),
}


def main(script):
    speaker = Speaker()
    while script:
        name = script.pop(0)
        if name not in STEPS or len(script) < STEPS[name][1]:
            give_up(MISUSED, name)
        method, count = STEPS[name]
        getattr(speaker, method)(*script[:count])
        del script[:count]
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
