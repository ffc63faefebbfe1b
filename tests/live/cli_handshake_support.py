# SPDX-License-Identifier: Apache-2.0
"""What the tests of the handshake on the command line share: a program that
speaks the protocols by itself, secrets from everywhere, and checked events."""

import fcntl
import json
import os
import subprocess
import sys
import threading

from cli_support import (LIMIT, Scratch, Skip, equal, matches, processes, run,
                         start, until)

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.path.join(HERE, "../../docs/events.schema.json")
SPEAKER = os.path.join(HERE, "../support/speaker.py")

PROTOCOLS = ("caisson", "v23", "veyron")
LONG = ["--ready-timeout", "1h"]  # nothing here takes until then
MIB = 1 << 20


def speaker(protocol, *steps):
    """A program that carries out these steps."""
    return ["--", sys.executable, "-I", "-S", SPEAKER, "protocol", protocol,
            *map(str, steps)]


def sleeper(protocol, mark, *steps):
    """The same, with a mark that processes() finds."""
    return speaker(protocol, "mark", mark, *steps)


# ---- secrets

def feed(fd, data):
    """Write it all and close: as long as somebody reads, from a thread."""
    def write():
        try:
            with os.fdopen(fd, "wb", closefd=True) as f:
                f.write(data)
        except BrokenPipeError:
            pass
    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    return thread


class Source:
    """A descriptor that gives data to its end, of one of the KINDS."""

    KINDS = ("pipe", "file", "memfd")

    def __init__(self, data, kind="pipe"):
        self.thread = None
        if kind == "pipe":
            fd, w = os.pipe()
            self.thread = feed(w, data)
        elif kind == "file":
            with Scratch() as d:
                path = os.path.join(d, "data")
                with open(path, "wb") as f:
                    f.write(data)
                fd = os.open(path, os.O_RDONLY)
        else:
            fd = os.memfd_create("data")
            os.write(fd, data)
            os.lseek(fd, 0, os.SEEK_SET)
        # a number that the program has no other descriptor for
        self.fd = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 50)
        os.close(fd)

    def __enter__(self):
        return self.fd

    def __exit__(self, *what):
        os.close(self.fd)
        if self.thread:
            self.thread.join(LIMIT)
            assert not self.thread.is_alive(), "the secret was not read"


# ---- runs and their events

def validator():
    """None where the module is not installed: a case of its own skips."""
    try:
        import jsonschema
    except ImportError:
        return None
    with open(SCHEMA) as f:
        return jsonschema.Draft202012Validator(json.load(f))


def need_validator():
    found = validator()
    if found is None:
        raise Skip("python3-jsonschema is not installed")
    return found


VALIDATOR = validator()


def checked(line):
    event = json.loads(line)
    if VALIDATOR is not None:
        assert VALIDATOR.is_valid(event), "not as the schema says: " + line
    return event


def events_in(path):
    with open(path) as f:
        return [checked(line) for line in f]


def told(*args, **more):
    """A run, waited for, and its events."""
    with Scratch() as d:
        path = os.path.join(d, "events")
        done = run("run", "--events-file", path, *args, **more)
        return done, events_in(path)


def short(event):
    """An event without what is in all of them, and without its program."""
    return {k: v for k, v in event.items()
            if k not in ("version", "time", "pid")}


def shake(protocol, *steps, options=(), **more):
    return told("--handshake", protocol, *LONG, *options,
                *speaker(protocol, *steps), **more)


def not_started(*args, **more):
    """Such a run fails, with a sentence, and nothing of the program runs."""
    with Scratch() as d:
        touched = os.path.join(d, "touched")
        done = run("run", *args, "touch", touched, **more)
        assert not os.path.exists(touched), args
    equal(done.returncode, 125, args)
    equal(done.stdout, "", args)
    matches(done.stderr, r"^caisson: run: [^\n]+\n$")
    return done.stderr


class Live:
    """caisson run in the background, its events as they come.  What happened
    before is in .past."""

    def __init__(self, *args, **more):
        r, w = os.pipe()
        fds = [w, *more.pop("pass_fds", ())]
        self.process = start("run", "--events-fd", str(w), *args,
                             pass_fds=fds, **more)
        os.close(w)
        self.stream = os.fdopen(r)
        self.past = []

    def next(self):
        """None: there are no more."""
        line = self.stream.readline()
        if not line:
            return None
        self.past.append(checked(line))
        return self.past[-1]

    def expect(self, *names):
        for name in names:
            event = self.next()
            equal(event and event["event"], name)
        return self.past[-1]

    def end(self):
        """Its status, what it said, and all events."""
        while self.next():
            pass
        out, err = self.process.communicate(timeout=LIMIT)
        self.stream.close()
        return self.process.returncode, err, [e["event"] for e in self.past]

    def __enter__(self):
        return self

    def __exit__(self, *what):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
        for f in (self.process.stdin, self.process.stdout,
                  self.process.stderr, self.stream):
            if f:
                f.close()


def gone(mark):
    """Nothing with the mark is left, or will be soon."""
    until(lambda: not processes(mark), "the end of all that has the mark")


def there(mark, count=1):
    until(lambda: len(processes(mark)) == count, "%d with the mark" % count)


# ---- the configuration of the older protocols

PREFIXES = {"v23": bytes.fromhex("8151060501030203e152"),
            "veyron": bytes.fromhex("ff8106160103010300ff82")}


def number(n):
    if n < 128:
        return bytes([n])
    data = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([256 - len(data)]) + data


def vom(protocol, entries):
    """A map with these entries, in this order."""
    body = number(len(entries))
    for entry in entries:
        for text in entry:
            data = text.encode()
            body += number(len(data)) + data
    return PREFIXES[protocol] + number(len(body)) + body
