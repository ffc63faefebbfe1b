# SPDX-License-Identifier: Apache-2.0
"""Every way in which a program can end, as status, event and sentence; and
that its end is that of all it has started."""

import os
import resource
import signal

from cli_support import (Scratch, case, equal, marker, matches, main,
                         need, processes, until)
from cli_handshake_support import LONG, Live, shake, told

# Both without a handshake and after a program has become ready.
READY = ["--handshake", "caisson", *LONG]
TELL = 'printf "ready::%d\\377" $$ >&4; exec 4>&-; '


def ends(script, status, value, options=()):
    """sh SCRIPT: its status, and what the event says of its end."""
    for before in ([], READY):
        text = (TELL if before else "") + script
        done, events = told(*before, *options, "sh", "-c", text)
        equal(done.returncode, status, (before, script))
        equal([e["event"] for e in events],
              ["started", *(["ready"] if before else []), "exited"])
        end = events[-1]
        equal(end["value"], value, script)
    return done, end


@case("an exit status is passed on: 0, 42, 255")
def statuses():
    for status in (0, 1, 42, 124, 125, 126, 127, 128, 137, 255):
        done, end = ends("exit %d" % status, status, status)
        equal((end["how"], end["core"], end["timed_out"], done.stderr),
              ("exited", False, False, ""))


@case("a signal is 128 and its number, and kept apart from a status")
def signals():
    for sig in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP,
                signal.SIGUSR1, signal.SIGALRM):
        done, end = ends("kill -%d $$" % sig, 128 + sig, sig)
        equal((end["how"], end["signal"], end["core"]),
              ("signalled", sig.name, False))
        matches(done.stderr, "killed by %s\n" % sig.name)
    # The same number as a status is something else.
    equal(ends("exit 137", 137, 137)[1]["how"], "exited")


@case("a core is told apart from a signal without one")
def cores():
    done, end = ends("kill -SEGV $$", 139, signal.SIGSEGV,
                     ["--rlimit", "core=0"])
    with open("/proc/sys/kernel/core_pattern") as f:
        pattern = f.read().strip()
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    need(not pattern.startswith(("|", "/", "@")),
         "cores do not go to the working directory here")
    need(hard in (-1, resource.RLIM_INFINITY) or hard >= 1 << 20,
         "cores are limited here")
    equal((end["how"], end["core"]), ("signalled", False))
    with Scratch() as d:
        done, end = ends("kill -SEGV $$", 139, signal.SIGSEGV,
                         ["--rlimit", "core=1048576", "-C", d])
    equal((end["how"], end["core"]), ("signalled", True))
    matches(done.stderr, "core dumped")


@case("a program that is missing is 127, one that cannot be executed 126")
def unexecutable():
    with Scratch() as d:
        plain = os.path.join(d, "plain")
        with open(plain, "w") as f:
            f.write("#!/bin/sh\n")
        bad = os.path.join(d, "bad")
        with open(bad, "w") as f:
            f.write("#!/no/such/interpreter\n")
        os.chmod(bad, 0o755)
        for path, status in (("/no/such/program", 127), (d + "/none", 127),
                             ("no-such-program-here", 127), (plain, 126),
                             (d, 126)):
            for before in ([], READY):
                done, events = told(*before, path)
                equal(done.returncode, status, path)
                equal([e["event"] for e in events], ["error"])
                equal(events[0]["code"], {127: "not-found",
                                          126: "not-executable"}[status])
        for before in ([], READY):
            done, events = told(*before, bad)
            assert done.returncode in (126, 127), done
            equal([e["event"] for e in events], ["error"])


@case("an error of caisson's own is 125, and so is a program that is not ready")
def failures():
    for args in (["--umask", "9", "true"], ["--user", "no-such-user", "true"],
                 ["--stdin", "file:/no/such", "true"]):
        for before in ([], READY):
            done, events = told(*before, *args)
            equal((done.returncode, [e["event"] for e in events]),
                  (125, ["error"]))
    for steps in (["exit", 0], ["failed", "x", "exit", 0], ["ready-as", 1]):
        equal(shake("caisson", *steps)[0].returncode, 125)


@case("a timeout is 124, however the program answers it")
def timeouts():
    for script, value in (("sleep 60", signal.SIGTERM),
                          ("trap 'exit 0' TERM; sleep 60 & wait", 0),
                          ("trap 'exit 7' TERM; sleep 60 & wait", 7),
                          ("trap '' TERM; while :; do sleep 0.05; done",
                           signal.SIGKILL)):
        _, end = ends(script, 124, value,
                      ["--timeout", "300ms", "--kill-after", "200ms"])
        equal(end["timed_out"], True)


def member(path):
    """A script whose second process adds a line to path for SIGTERM."""
    return ("trap 'wait; exit 3' TERM; "
            "sh -c 'trap \"echo got >>%s; exit\" TERM; echo up >>%s; "
            "sleep 60 & wait' & wait" % (path, path))


def content(path):
    if not os.path.exists(path):
        return ""
    with open(path) as f:
        return f.read()


@case("a signal to caisson reaches the whole process group")
def group():
    for before in ([], READY):
        with Scratch() as d:
            path = os.path.join(d, "got")
            script = (TELL if before else "") + member(path)
            with Live(*before, "sh", "-c", script) as live:
                live.expect("started", *(["ready"] if before else []))
                until(lambda: content(path) == "up\n", "the second process")
                live.process.send_signal(signal.SIGTERM)
                equal(live.end()[0], 3)
            equal(content(path), "up\ngot\n")


@case("a timeout reaches the whole process group")
def group_timeout():
    with Scratch() as d:
        path = os.path.join(d, "got")
        done, _ = told("--timeout", "2s", "sh", "-c", member(path))
        equal(done.returncode, 124)
        equal(content(path), "up\ngot\n")


@case("a daemon that the program leaves behind is found and killed")
def daemons():
    for before in ([], READY):
        mark = marker()
        with Scratch() as d:
            path = os.path.join(d, "up")
            # its parent is gone, and it has a session of its own
            script = ("(setsid sh -c '>%s; exec sleep %s' &); %s"
                      "until [ -e %s ]; do sleep 0.01; done; exit 6"
                      % (path, mark, TELL if before else "", path))
            done, events = told(*before, "sh", "-c", script)
        equal(done.returncode, 6, done.stderr)
        equal(events[-1]["left_over"], 1)
        equal(processes(mark), [])


if __name__ == "__main__":
    main()
