# SPDX-License-Identifier: Apache-2.0
"""Programs that do as they like, on the command line: both speakers, in C and
in Python, by every protocol; the status, the events, and that nobody stays."""

import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "../../support")]

import as_user
from cli_support import (Scratch, case, equal, main, marker, processes, run,
                         until)

SPEAKERS = {
    "C": [os.environ["SPEAKER"]],
    "Python": [sys.executable, "-I", "-S",
               os.path.join(HERE, "../../support/speaker.py")],
}
PROTOCOLS = ("caisson", "v23", "veyron")
PIDS = ("caisson", "v23")

FAILED, DIED = "failed", "died-before-ready"


def fnv(data):
    h = 0xcbf29ce484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return "%d %016x" % (len(data), h)


EMPTY = {
    "caisson": b"",
    "v23": bytes.fromhex("8151060501030203e1520100"),
    "veyron": bytes.fromhex("ff8106160103010300ff820100"),
}


class Ran:
    """A run of a speaker with a secret: .status, .out, .err, .events."""

    def __init__(self, language, protocol, script, *options, secret=b"secret"):
        self.mark = marker()
        with Scratch() as d:
            path = os.path.join(d, "events")
            stored = os.path.join(d, "secret")
            with open(stored, "wb") as f:
                f.write(secret)
            fd = os.open(stored, os.O_RDONLY)
            try:
                done = run("run", "--handshake", protocol, "--kill-after",
                           "100ms", "--secret-fd", str(fd), "--events-file",
                           path, *options, "--", *SPEAKERS[language],
                           "protocol", protocol, "mark", self.mark,
                           *script.split(), pass_fds=[fd])
            finally:
                os.close(fd)
            with open(path) as f:
                self.events = [json.loads(line) for line in f]
        self.status, self.out, self.err = (done.returncode, done.stdout,
                                           done.stderr)
        self.what = "%s, %s: %s: %s" % (language, protocol, script, self.err)
        self.names = [e["event"] for e in self.events]

    def nobody_stays(self):
        until(lambda: not processes(self.mark), "its end: " + self.what)
        return self


def everyone(script, protocols=PROTOCOLS, options=()):
    for language in SPEAKERS:
        for protocol in protocols:
            yield Ran(language, protocol, script, *options).nobody_stays()


@case("both speakers are sent the same bytes, read them as they may")
def bytes_sent():
    for size in (0, 1, 4096, 65537, 1 << 20):
        secret = bytes((i * 7 + i // 251) & 0xff for i in range(size))
        for language in SPEAKERS:
            for protocol in PROTOCOLS:
                # in Python, a digest of a megabyte takes its time
                how = "single" if size > 70000 else "read"
                script = how + " end ready" + (
                    " digest 1" if language == "C" or size < 70000 else "")
                ran = Ran(language, protocol, script, secret=secret)
                equal((ran.status, ran.names),
                      (0, ["started", "ready", "exited"]), ran.what)
                if "digest" in script:
                    equal(ran.out, "%s %s\n" % (fnv(EMPTY[protocol]),
                                                fnv(secret)), ran.what)


@case("who is ready ends with the program's own status")
def ready():
    for script, status in (("read end ready exit 0", 0), ("ready exit 5", 5),
                           ("close 3 ready exit 6", 6),
                           ("ready close-all exit 7", 7),
                           ("ready kill 9", 137)):
        for ran in everyone(script):
            equal((ran.status, ran.names),
                  (status, ["started", "ready", "exited"]), ran.what)


@case("who says that it failed is 125, and is told as it said")
def failed():
    for script in ("failed no\\x20disk exit 0", "failed no\\x20disk exit 3",
                   "failed no\\x20disk ignore 15 keeper pause",
                   "keeper daemon failed no\\x20disk pause"):
        for ran in everyone(script):
            if "daemon" in script and FAILED not in ran.names:
                # the program ended before its daemon had said it
                assert DIED in ran.names, ran.what
                continue
            equal((ran.status, ran.names[:2]), (125, ["started", FAILED]),
                  ran.what)
            equal(ran.events[1].get("message"), "no disk", ran.what)
            assert "no disk" in ran.err, ran.what


@case("who dies first is 125, and is told with how it ended")
def died():
    for script, how in (("exit 0", 0), ("exit 9", 9), ("peek 8 exit 9", 9),
                        ("read end exit 9", 9), ("close-all exit 9", 9),
                        ("keeper exit 9", 9), ("daemon keeper pause", 0),
                        ("close 4 sleep 100 exit 9", 9)):
        for ran in everyone(script):
            equal((ran.status, ran.names[:2]), (125, ["started", DIED]),
                  ran.what)
            end = ran.events[-1]
            equal((end["event"], end["how"], end["value"]),
                  ("exited", "exited", how), ran.what)
    for ran in everyone("read kill 11"):
        equal((ran.status, ran.events[-1]["how"], ran.events[-1]["value"]),
              (125, "signalled", 11), ran.what)


@case("liars, babblers and the silent are 125, and killed with all they made")
def killed():
    for script, protocols in (
            ("ready-as 1 pause", PIDS),
            ("keeper ready-as 2147483647 pause", PIDS),
            ("wrap ready pause", PIDS),
            ("say ready::1\\xff pause", PROTOCOLS),
            ("say nonsense\\xff keeper pause", PROTOCOLS),
            ("flood 0 pause", PROTOCOLS),
            ("close-all daemon pause", ("caisson",))):
        for ran in everyone(script, protocols):
            equal(ran.status, 125, ran.what)
            assert "ready" not in ran.names, ran.what
    for ran in everyone("keeper ignore 15 pause",
                        options=["--ready-timeout", "300ms"]):
        equal(ran.status, 125, ran.what)
        assert "ready" not in ran.names, ran.what


@case("who takes its time is waited for")
def slow():
    for ran in everyone("slow 1 1 sleep 300 ready exit 0"):
        equal((ran.status, ran.names), (0, ["started", "ready", "exited"]),
              ran.what)
    for ran in everyone("say-slowly ready::\\p\\xff 5 exit 0", PIDS):
        equal((ran.status, ran.names), (0, ["started", "ready", "exited"]),
              ran.what)


as_user.become()
main()
