# SPDX-License-Identifier: Apache-2.0
"""The hunt for a secret around `caisson run --secret-fd`: its memory, its core
and every word that strace sees.  Each look has a control that finds it."""

import base64
import fcntl
import os
import re
import resource
import secrets
import signal
import struct
import subprocess
import sys
import termios
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "../../support")]

import as_user
from cli_support import (CAISSON, LIMIT, Scratch, case, equal, main,
                         marker, need, need_program, processes, run, until)

SPEAKER = os.environ["SPEAKER"]
LONG = ["--ready-timeout", "1h"]
TOO_LARGE = 1 << 32  # what sanitizers reserve: nobody writes there


def nonce():
    return secrets.token_hex(24)


def secret_of(text, size=0):
    """Bytes that begin and end with it."""
    data = text.encode()
    return data + b"." * (size - 2 * len(data)) + data if size else data


def spellings(text):
    """It, and what a program may make of it for a log."""
    data = text.encode()
    b64 = base64.b64encode(data).decode().rstrip("=")
    return (text, text[:16], text[-16:], data.hex(), b64[:32])


def is_in(text, data):
    if isinstance(data, bytes):
        data = data.decode("latin-1")
    return any(s in data for s in spellings(text))


class Pipe:
    """The reading end of a pipe that holds data; ended, unless it is left
    open."""

    def __init__(self, data, ended=True):
        self.r, self.w = os.pipe()
        os.write(self.w, data)
        if ended:
            self.end()

    def end(self):
        if self.w >= 0:
            os.close(self.w)
        self.w = -1

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.end()
        os.close(self.r)


class File:
    """The same with a file, for what does not fit in a pipe."""

    def __init__(self, data):
        self.r = os.memfd_create("secret")
        os.write(self.r, data)
        os.lseek(self.r, 0, os.SEEK_SET)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        os.close(self.r)


# ---- memory

def memory(pid):
    """All that can be read of it, map by map."""
    size = 0
    with open("/proc/%d/maps" % pid) as maps, \
            open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for line in maps:
            start, end = (int(x, 16) for x in line.split()[0].split("-"))
            if end - start >= TOO_LARGE:
                continue
            for data in readable(mem, start, end):
                size += len(data)
                yield data
    assert size > 100000, "there is no process without memory"


def readable(mem, start, end):
    while start < end:
        try:
            mem.seek(start)
            data = mem.read(end - start)
        except (OSError, ValueError, OverflowError):
            data = b""
        if data:
            yield data
        # what cannot be read is left out, page by page
        start += len(data) or 4096


def has_in_memory(pid, text):
    pieces = [text[at:at + 16].encode() for at in range(0, len(text), 16)]
    return any(piece in data for data in memory(pid) for piece in pieces)


def family(pid):
    """It and all of its descendants."""
    found = [pid]
    for p in found:
        for task in os.listdir("/proc/%d/task" % p):
            with open("/proc/%d/task/%s/children" % (p, task)) as f:
                found += [int(x) for x in f.read().split()]
    return found


def children_of(pid, mark):
    """Of its family, those of caisson and those that are the program."""
    programs = processes(mark)
    all_of_it = family(pid)
    named = [p for p in all_of_it
             if os.readlink("/proc/%d/exe" % p) == os.path.realpath(SPEAKER)]
    assert set(named) <= set(programs) | {pid}
    return [p for p in all_of_it if p not in named], named


class Running:
    """A program that stops at `await 0` until .go(); .process is caisson."""

    def __init__(self, text, script, size=0, options=()):
        self.mark = marker()
        with (File if size > 60000 else Pipe)(secret_of(text, size)) as source:
            self.process = subprocess.Popen(
                [CAISSON, "run", "--handshake", "caisson", *LONG,
                 "--secret-fd", str(source.r), "--stdin", "inherit",
                 *options, "--", SPEAKER, "protocol", "caisson", "mark",
                 self.mark, *script.split()],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, pass_fds=[source.r])
            self.line(b"here")

    def line(self, want):
        equal(self.process.stdout.readline(), want + b"\n")

    def look(self, text, in_program):
        ours, programs = children_of(self.process.pid, self.mark)
        assert self.process.pid in ours and len(programs) == 1
        # it is wiped when the launch is over, which the program is not told
        end = time.monotonic() + LIMIT
        while any(has_in_memory(pid, text) for pid in ours):
            assert time.monotonic() < end, "stays in caisson's memory"
            time.sleep(0.01)
        equal(has_in_memory(programs[0], text), in_program)

    def go(self):
        self.process.stdin.write(b"x")
        self.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        if self.process.poll() is None:
            self.process.terminate()
        out, err = self.process.communicate(timeout=LIMIT)
        self.said = out + err


@case("while the program runs, its memory has the secret and caisson's has not")
def in_memory():
    for size in (0, 5000, 1 << 20):
        text = nonce()
        with Running(text, "note 1 here await 0 read end note 1 read await 0 "
                     "ready note 1 ready await 0 exit 0", size) as running:
            running.look(text, False)
            running.go()
            running.line(b"read")
            running.look(text, True)
            running.go()
            running.line(b"ready")
            running.look(text, True)
            running.go()
            equal(running.process.wait(LIMIT), 0)
        assert not is_in(text, running.said)


@case("a program that failed is waited for without the secret")
def in_memory_after_failure():
    text = nonce()
    with Running(text, "note 1 here read failed sorry note 1 failed await 0",
                 options=["--kill-after", "1h"]) as running:
        running.line(b"failed")
        running.look(text, True)
        running.go()
        equal(running.process.wait(LIMIT), 125)
    assert not is_in(text, running.said)


# ---- cores

def need_core_files():
    with open("/proc/sys/kernel/core_pattern") as f:
        need(re.match(r"[\w.%-]+$", f.read().strip()),
             "cores do not go to plain files")
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    need(hard == resource.RLIM_INFINITY, "cores are limited")


def core_of(source, variable):
    """caisson crashes while it reads a secret from an open pipe: its core."""
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    with Scratch() as d:
        process = subprocess.Popen(
            [CAISSON, "run", "--handshake", "caisson", "--secret-fd",
             str(source.r), "--", "true"],
            cwd=d, pass_fds=[source.r], env={"VARIABLE": variable},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE,
                                                  unlimited))
        # it has taken what there is, and waits for more
        until(lambda: waits_for_more(process.pid, source), "the secret read")
        process.send_signal(signal.SIGABRT)
        equal(process.wait(LIMIT), -signal.SIGABRT)
        cores = [f for f in os.listdir(d) if "core" in f]
        need(cores, "there is no core")
        with open(os.path.join(d, cores[0]), "rb") as f:
            return f.read()


def waits_for_more(pid, source):
    """The pipe is empty, and it sleeps."""
    left = struct.unpack("i", fcntl.ioctl(source.r, termios.FIONREAD,
                                          b"\0\0\0\0"))[0]
    with open("/proc/%d/stat" % pid) as f:
        return left == 0 and f.read().rsplit(")", 1)[1].split()[0] == "S"


@case("the core of a caisson that crashes with the secret does not have it")
def in_core():
    need_core_files()
    text, control = nonce(), nonce()
    with Pipe(secret_of(text), ended=False) as source:
        core = core_of(source, control)
    assert control.encode() in core, "the control"
    assert not is_in(text, core)


# ---- strace

def traced(size):
    """The nonce, the lines of strace that have it, and the program's pid."""
    strace = need_program("strace")
    text = nonce()
    with Scratch() as d, \
            (File if size > 60000 else Pipe)(secret_of(text, size)) as source:
        log = os.path.join(d, "log")
        done = subprocess.run(
            [strace, "-ff", "-y", "-s", "5000000", "-o", log, CAISSON, "run",
             "--handshake", "caisson", *LONG, "--secret-fd", str(source.r),
             "--", SPEAKER, "protocol", "caisson", "read", "end", "pid", "1",
             "ready", "exit", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT,
            pass_fds=[source.r])
        # a file for each process, so that no call is told in two halves
        lines = []
        for name in os.listdir(d):
            with open(os.path.join(d, name), errors="replace") as f:
                lines += [name.rpartition(".")[2] + " " + line for line in f]
    need("ptrace" not in done.stderr.decode().lower(), "strace may not trace")
    equal((done.returncode, is_in(text, done.stdout + done.stderr)), (0, False))
    pid = int(done.stdout)
    assert any("execve" in line for line in lines), "the control"
    return source.r, pid, [line for line in lines if is_in(text, line)]


def one_write(size, to):
    fd, program, lines = traced(size)
    reads, writes, others = [], [], []
    for line in lines:
        pid, call = line.split(None, 1)
        if int(pid) == program:
            # the program reads what it was sent
            assert re.match(r"read\(3<", call), line[:200]
        elif re.match(r"(read|readv|pread64)\(%d<" % fd, call):
            reads.append(call)
        elif re.match(r"(write|writev)\(\d+<%s" % to, call):
            writes.append(call)
        else:
            others.append(line)
    equal([line[:300] for line in others], [])
    assert reads and len(writes) == 1, (len(reads), len(writes))


@case("the one call with a secret is the one that writes it to the pipe")
def strace_pipe():
    one_write(200, "pipe:")
    one_write(50000, "pipe:")


@case("the one call with a large secret is the one that writes the memfd")
def strace_memfd():
    one_write(1 << 20, "/memfd:")


# ---- words

@case("no output, event, specification or error has a word of it")
def words():
    text = nonce()
    data = secret_of(text, 2000)
    with Scratch() as d:
        for number, (script, more) in enumerate((
                ("read ready exit 0", []), ("failed no exit 1", []),
                ("exit 3", []), ("read kill 6", []), ("ready-as 1 pause", []),
                ("say what\\xff pause", []),
                ("pause", ["--ready-timeout", "100ms"]),
                ("ready", ["--print-spec"]), ("ready", ["--chdir", "/x/y"]),
                ("ready", ["--rlimit", "nonsense=1"]),
                ("ready", ["--chroot", "/nonexistent"]))):
            events = os.path.join(d, str(number))
            with Pipe(data) as source:
                done = run("run", "--handshake", "caisson", "--secret-fd",
                           str(source.r), "--events-file", events, *more,
                           "--", SPEAKER, "protocol", "caisson",
                           *script.split(), pass_fds=[source.r])
            said = done.stdout + done.stderr
            if os.path.exists(events):
                with open(events) as f:
                    said += f.read()
            assert said or done.returncode == 0, script
            assert not is_in(text, said), (script, more, said)
    # the control: where a program tells it, it is found
    with Pipe(data) as source:
        done = run("run", "--handshake", "caisson", "--secret-fd",
                   str(source.r), "--", SPEAKER, "protocol", "caisson", "read",
                   "ready", "copy", "1", pass_fds=[source.r])
    assert is_in(text, done.stdout)


@case("a secret that is too long is not quoted in the error")
def too_long():
    text = nonce()
    with File(secret_of(text, (1 << 20) + 1)) as source:
        done = run("run", "--handshake", "v23", "--secret-fd", str(source.r),
                   "--", "true", pass_fds=[source.r])
    equal(done.returncode, 125)
    assert "1048576" in done.stderr and not is_in(text, done.stderr)


as_user.become()
main()
