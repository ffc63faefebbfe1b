# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command line share: the binary, cases, a shell on a
terminal.  A test file registers cases and ends with main()."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../support"))

import as_user

CAISSON = os.environ["CAISSON"]
LIMIT = 20  # seconds that anything here may take

_cases = []


class Skip(Exception):
    pass


def case(name):
    """Register a function as a case; its name is a sentence."""

    def add(function):
        _cases.append((name, function))
        return function

    return add


def need(condition, reason):
    if not condition:
        raise Skip(reason)


def need_root():
    need(os.geteuid() == 0, "needs root")


def need_program(name):
    path = shutil.which(name)
    need(path is not None, "%s is not installed" % name)
    return path


def equal(got, want, what=""):
    if got != want:
        raise AssertionError("%s: got %r, want %r" % (what, got, want))


def matches(text, pattern, what=""):
    if not re.search(pattern, text):
        raise AssertionError("%s: %r does not match %r" % (what, text, pattern))


def run(*args, **more):
    """caisson ARGS, waited for; .returncode, .stdout and .stderr as text."""
    more.setdefault("stdin", subprocess.DEVNULL)
    more.setdefault("timeout", LIMIT)
    return subprocess.run(
        [CAISSON, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, **more)


def start(*args, **more):
    more.setdefault("stdin", subprocess.DEVNULL)
    more.setdefault("stdout", subprocess.PIPE)
    more.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen([CAISSON, *args], text=True, **more)


def until(condition, what, limit=LIMIT):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("not within %d s: %s" % (limit, what))


def processes(marker):
    """Pids whose command line holds marker as one of its words."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                words = f.read().split(b"\0")
            with open("/proc/%s/stat" % pid) as f:
                state = f.read().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if marker.encode() in words and state not in "ZX":
            found.append(int(pid))
    return found


def state_of(pid):
    with open("/proc/%d/stat" % pid) as f:
        return f.read().rsplit(")", 1)[1].split()[0]


_marks = 0


def marker():
    """A number of seconds to sleep that nobody else sleeps."""
    global _marks
    _marks += 1
    return "3000.%06d%02d" % (os.getpid() % 1000000, _marks)


class Shell:
    """An interactive shell on a terminal of its own."""

    def __init__(self, command):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(PS1="$ ", TERM="dumb", HISTFILE="")
            os.environ.pop("PROMPT_COMMAND", None)
            os.environ.pop("ENV", None)
            os.execvp(command[0], command)
        self.seen = ""
        # What the terminal echoes must not be taken for output.
        self.send("stty -echo; echo re''ady\n")
        self.expect(r"ready\r\n")

    def send(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern, limit=LIMIT):
        """Read until pattern; what was read up to its end is used up."""
        end = time.monotonic() + limit
        while True:
            found = re.search(pattern, self.seen)
            if found:
                self.seen = self.seen[found.end():]
                return found
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(
                    "no %r within %d s in %r" % (pattern, limit, self.seen))
            if not select.select([self.fd], [], [], left)[0]:
                continue
            try:
                data = os.read(self.fd, 4096)
            except OSError:
                data = b""
            if not data:
                raise AssertionError(
                    "end of terminal before %r in %r" % (pattern, self.seen))
            self.seen += data.decode(errors="replace")

    def status(self):
        """The exit status of the last command."""
        self.send("echo sta''tus=$?\n")
        return int(self.expect(r"status=(\d+)\r\n").group(1))

    def foreground(self):
        return os.tcgetpgrp(self.fd)

    def close(self):
        for sig in (signal.SIGCONT, signal.SIGKILL):
            try:
                os.kill(self.pid, sig)
            except ProcessLookupError:
                pass
        os.close(self.fd)
        os.waitpid(self.pid, 0)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()


class Scratch(tempfile.TemporaryDirectory):
    """A directory of its own, empty, by its real name."""

    def __enter__(self):
        return os.path.realpath(super().__enter__())


def main():
    """Run all cases: TAP on standard output, 0, 1, or 77 if all skipped."""
    as_user.become()
    failed = skipped = 0
    print("1..%d" % len(_cases), flush=True)
    for number, (name, function) in enumerate(_cases, 1):
        try:
            function()
        except Skip as reason:
            skipped += 1
            print("ok %d - %s # SKIP %s" % (number, name, reason), flush=True)
        except Exception:
            failed += 1
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            print("not ok %d - %s" % (number, name), flush=True)
        else:
            print("ok %d - %s" % (number, name), flush=True)
    sys.exit(1 if failed else 77 if skipped == len(_cases) else 0)
