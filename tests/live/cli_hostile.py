# SPDX-License-Identifier: Apache-2.0
"""What a careless or hostile caller gives the command: numbers that are not
open, inputs that end because their writer died, files that may not grow."""

import json
import os
import resource
import subprocess
import sys
import threading
import time

from cli_support import (CAISSON, LIMIT, Scratch, case, equal, main, marker,
                         matches, run)
from cli_handshake_support import (LONG, Live, events_in, gone, not_started,
                                   vom)
from cli_detach_support import PidPipe

# Started from here, caisson has 0 to 2 only: what it opens itself begins here.
OURS = range(3, 8)


@case("a descriptor to inherit that the caller has not got is none of caisson's")
def not_open():
    with Scratch() as d:
        events = os.path.join(d, "events")
        for more in ([], ["--events-file", events], ["--die-with-parent"],
                     ["--detach"], ["--replace"]):
            for number in OURS:
                for form in (["--fd", "9=inherit:%d" % number],
                             ["--stdin", "fd:%d" % number]):
                    matches(not_started(*more, *form),
                            r"descriptor %d [^\n]*not open" % number)
        told = events_in(events)
        equal({(e["event"], e["stage"]) for e in told}, {("error", "files")})
        equal(len(told), 2 * len(OURS))


@case("what a spec inherits must be open as well")
def spec_not_open():
    for number in OURS:
        spec = {"version": 1, "path": "/bin/true", "argv": ["true"],
                "stdio": {"stdin": "fd:%d" % number}}
        done = run("run", "--spec", "-", input=json.dumps(spec), stdin=None)
        equal(done.returncode, 125, done.stderr)
        matches(done.stderr, r"descriptor %d [^\n]*not open" % number)


@case("what is open is inherited, whatever number it has")
def is_open():
    for number in OURS:
        r, w = os.pipe()
        with Scratch() as d:
            done = subprocess.run(
                ["bash", "-c", 'exec %d>&%d; exec "$@"' % (number, w), "bash",
                 CAISSON, "run", "--events-file", os.path.join(d, "events"),
                 "--fd", "9=%d" % number, "sh", "-c", "echo it >&9"],
                pass_fds=[w], stdin=subprocess.DEVNULL, timeout=LIMIT)
        os.close(w)
        equal(done.returncode, 0)
        with os.fdopen(r) as f:
            equal(f.read(), "it\n")


# An agent that is killed before it has handed over all of a secret.
AGENT = """
import os, subprocess, sys, time
r, w = os.pipe()
os.write(w, b"half of ")
subprocess.Popen([*sys.argv[1:3], "--secret-fd", str(r), *sys.argv[3:]],
                 pass_fds=[r])
os.close(r)
time.sleep(1000)
"""


def abandoned(*args):
    """Such an agent is killed; the events of its caisson, to their end."""
    with Scratch() as d:
        events, config = os.path.join(d, "events"), os.path.join(d, "config")
        os.mkfifo(events)
        os.mkfifo(config)
        listener = os.open(events, os.O_RDONLY | os.O_NONBLOCK)
        agent = subprocess.Popen(
            [sys.executable, "-c", AGENT, CAISSON, "run", "--events-file",
             events, "--handshake", "caisson", "--config", config, *LONG,
             *args], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # this opens as soon as caisson does, before it reads the secret
        with open(config, "w"):
            # a writer for ever, or reading could end before caisson opens
            writer = os.open(events, os.O_WRONLY)
            agent.kill()
            agent.wait()
        found = []
        with os.fdopen(listener) as f:
            os.set_blocking(listener, True)
            while not found or found[-1] not in ("exited", "error"):
                found.append(json.loads(f.readline())["event"])
        os.close(writer)
        return found


@case("a secret that its writer died over starts nothing, with "
      "--die-with-parent")
def half_a_secret():
    with Scratch() as d:
        touched = os.path.join(d, "touched")
        equal(abandoned("--die-with-parent", "touch", touched), ["error"])
        assert not os.path.exists(touched)
        # the control: without it, an end is an end
        equal(abandoned("touch", touched)[0], "started")
        assert os.path.exists(touched)


@case("a file of events that may not grow is reported, and ends nobody")
def no_more_room():
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    with Scratch() as d:
        path = os.path.join(d, "events")
        with open(path, "w") as f:
            f.write(" " * 1000)
        done = run("run", "--events-file", path, "sh", "-c", "echo here",
                   preexec_fn=limit)
        equal((done.returncode, done.stdout), (0, "here\n"), done.stderr)
        equal(done.stderr, "caisson: run: events: File too large; "
                           "no more are written\n")
        done = run("run", "--events-file", path, "no-such-program",
                   preexec_fn=limit)
        equal(done.returncode, 127, done.stderr)
        matches(done.stderr, "File too large")


@case("a signal that comes before a program is let go of reaches it")
def late_signal():
    mark = marker()
    with PidPipe() as pipe:
        os.set_blocking(pipe.w, False)
        try:
            while True:
                os.write(pipe.w, b"x" * 1024)
        except BlockingIOError:
            pass
        with Live("--detach", "--stdout", "null", "--stderr", "null",
                  *pipe.options(), "sleep", mark,
                  pass_fds=[pipe.w]) as live:
            live.expect("started")
            live.process.terminate()  # while nobody takes the pid
            os.read(pipe.r, 1 << 20)
            status, err, events = live.end()
        equal((status, events), (0, ["started", "detached"]), err)
    gone(mark)


@case("nothing is read from a standard input that is closed")
def closed_stdin():
    with Scratch() as d:
        touched = os.path.join(d, "touched")
        for option in (["--secret-fd", "0"], ["--config", "-"],
                       ["--spec", "-"]):
            done = subprocess.run(
                ["sh", "-c", 'exec "$@" <&-', "sh", CAISSON, "run",
                 "--handshake", "caisson", *option, "touch", touched],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                timeout=LIMIT)
            equal(done.returncode, 125)
            matches(done.stderr, option[0] + " .*standard input is closed")
            assert not os.path.exists(touched)


def shaken(*args, **more):
    """The data of a program with this handshake; it only says ready."""
    with Scratch() as d:
        data = os.path.join(d, "data")
        done = run("run", *LONG, *args, "--", "sh", "-c",
                   "cat <&3 >%s; printf ready:: >&4" % data, **more)
        equal(done.returncode, 0, done.stderr)
        with open(data, "rb") as f:
            config, secret = frames(f.read())
    equal(secret, b"")
    return config


def frames(data):
    found = []
    while data:
        end = 8 + int.from_bytes(data[:8], "big")
        assert len(data) >= end, data[:8]
        found.append(data[8:end])
        data = data[end:]
    return found


@case("standard input that does not block is waited for all the same")
def slow_stdin():
    for protocol, parts, want in (
            ("caisson", (b"one ", b"two"), b"one two"),
            ("v23", (b'{"a": ', b'"1"}'), vom("v23", [("a", "1")]))):
        r, w = os.pipe()
        os.set_blocking(r, False)

        def write():
            for part in parts:
                time.sleep(0.3)  # the other order shows nothing
                os.write(w, part)
            os.close(w)

        thread = threading.Thread(target=write)
        thread.start()
        equal(shaken("--handshake", protocol, "--config", "-", stdin=r), want)
        thread.join()
        os.close(r)


@case("a map of very many entries arrives whole, and an empty one is one")
def many_entries():
    entries = [("%x" % (n * 7919 % 70001), "") for n in range(70001)]
    with Scratch() as d:
        path = os.path.join(d, "config")
        for config in (dict(entries), {}):
            with open(path, "w") as f:
                json.dump(config, f, separators=(",", ":"))
            equal(shaken("--handshake", "v23", "--config", path),
                  vom("v23", sorted(config.items())))
        done = run("run", "--handshake", "v23", "--config", path,
                   "--print-spec", "true")
        equal(json.loads(done.stdout)["handshake"]["config"], {})


if __name__ == "__main__":
    main()
