# SPDX-License-Identifier: Apache-2.0
"""Letting go of a program: --detach."""

import json
import os
import signal
import socket
import struct

from cli_support import (CAISSON, LIMIT, Scratch, Shell, case, equal, main,
                         marker, matches, processes)
from cli_handshake_support import (Live, Source, gone, not_started, sleeper,
                                   there, told)
from cli_detach_support import (DETACH, READY, Listener, PidPipe, Program,
                                alone)


@case("a detached program goes on without caisson, in a session of its own")
def detached():
    with Scratch() as d:
        mark = marker()
        events, program = alone("--stdout", "file:" + d + "/out", "sleep",
                                mark)
        equal([e["event"] for e in events], ["started", "detached"])
        equal(events[0]["applied"]["sid"], events[0]["pid"])
        with program:
            assert program.runs()
            equal(processes(mark), [program.pid])
            equal(program.stat(5), program.pid, "process group")
            equal(program.stat(6), program.pid, "session")
            equal(program.stat(7), 0, "terminal")
            equal(program.link(1), d + "/out")
        gone(mark)


@case("a detached program is let go only once it is ready")
def when_ready():
    mark = marker()
    with Live(*DETACH, *READY, *sleeper("caisson", mark, "await", 0, "ready",
                                        "pause"), stdin=-1) as live:
        live.expect("started")
        equal(live.process.poll(), None)
        live.process.stdin.close()
        live.process.stdin = None
        pid = live.expect("ready", "detached")["pid"]
        equal(live.next(), None)
        equal(live.process.wait(timeout=LIMIT), 0)
    with Program(pid) as program:
        assert program.runs()
        equal(processes(mark), [pid])


@case("a detached program that has ended meanwhile is let go all the same")
def ended():
    for _ in range(20):
        done, events = told(*DETACH, "true")
        equal((done.returncode, done.stderr), (0, ""))
        equal([e["event"] for e in events], ["started", "detached"])
        done, events = told(*DETACH, *READY, "sh", "-c",
                            'printf "ready::%d\\377" $$ >&4; exit 3')
        equal((done.returncode, done.stderr), (0, ""))
        equal([e["event"] for e in events], ["started", "ready", "detached"])


@case("what a detached program leaves behind goes on, whenever it ended itself")
def daemon():
    for before, tell in (([], ""), (READY, "printf ready::$$ >&4; ")):
        mark = marker()
        for count in range(1, 11):
            done, _ = told(*DETACH, *before, "sh", "-c",
                           "sleep %s & %sexit 0" % (mark, tell))
            equal((done.returncode, done.stderr), (0, ""))
            there(mark, count)
        for pid in processes(mark):
            os.kill(pid, signal.SIGKILL)
        gone(mark)


@case("a detached program keeps the group or session that the spec names")
def named():
    for process, same in (({"group": "new"}, True), ({"session": "new"}, False)):
        text = json.dumps({"version": 1, "path": "/bin/sleep", "process":
                           process, "argv": ["sleep", marker()],
                           "stdio": {"stdout": "null", "stderr": "null"}})
        _, program = alone("--spec", "-", input=text, stdin=None)
        with program:
            equal(program.stat(5), program.pid)
            equal(program.stat(6) == os.getsid(0), same)


@case("what a detached program has of caisson are its descriptors alone")
def descriptors():
    with PidPipe() as pipe, Listener() as listener, Source(b"s") as secret:
        with Live(*DETACH, *READY, *pipe.options(), *listener.options(),
                  "--secret-fd", str(secret), *sleeper(
                      "caisson", marker(), "read", "ready", "pause"),
                  pass_fds=[pipe.w, secret]) as live:
            pid = live.expect("started", "ready", "detached")["pid"]
            with Program(pid) as program:
                # the status is still open at its end; it may close it
                equal(sorted(os.listdir("/proc/%d/fd" % pid), key=int),
                      ["0", "1", "2", "3", "4"])
                equal(program.link(0), "/dev/null")
                equal(len(pipe.read()), 4)


@case("the other ends of a detached program's pipes go to --fd-socket")
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with Live(*DETACH, "--fd-socket", str(theirs.fileno()), "--stdin",
                  "pipe", "--stdout", "pipe", "tr", "a-z", "A-Z",
                  pass_fds=[theirs.fileno()]) as live:
            theirs.close()
            data, fds, _, _ = socket.recv_fds(ours, 100, 10)
            live.expect("started", "detached")
            equal(live.process.wait(timeout=LIMIT), 0)
        equal(json.loads(data), {"fds": [0, 1]})
        os.write(fds[0], b"after caisson\n")
        os.close(fds[0])
        equal(os.read(fds[1], 100), b"AFTER CAISSON\n")
        equal(os.read(fds[1], 100), b"")
        os.close(fds[1])


@case("a detached program does not read the terminal, nor ends with it")
def terminal():
    with Scratch() as d:
        path = os.path.join(d, "pid")
        with Shell(["bash", "--norc", "--noprofile", "-i"]) as shell:
            shell.send("%s run --detach --pid-pipe 7 7>%s sleep %s\n"
                       % (CAISSON, path, marker()))
            equal(shell.status(), 0)
            with open(path, "rb") as f:
                program = Program(struct.unpack("<i", f.read())[0])
            equal(program.link(0), "/dev/null")
            matches(program.link(1), "^/dev/pts/")
            equal(program.stat(7), 0)
            # and one that is asked to read it can
            shell.send("%s run --detach --stdin inherit --pid-pipe 7 7>%s "
                       "sleep %s\n" % (CAISSON, path, marker()))
            equal(shell.status(), 0)
            with open(path, "rb") as f:
                with Program(struct.unpack("<i", f.read())[0]) as other:
                    matches(other.link(0), "^/dev/pts/")
        with program:  # the terminal has hung up, and the shell is dead
            assert program.runs()


@case("a detached program that is not ready leaves nothing behind")
def not_ready():
    for steps, options, event in (
            (["failed", "x", "exit", 0], [], "failed"),
            (["exit", 0], [], "died-before-ready"),
            (["ready-as", 1, "pause"], [], "not-ready"),
            (["pause"], ["--ready-timeout", "200ms"], "not-ready")):
        mark = marker()
        with PidPipe() as pipe, Listener() as listener:
            done, events = told("--detach", *READY, *options,
                                *pipe.options(), *listener.options(),
                                *sleeper("caisson", mark, "keeper", *steps),
                                pass_fds=[pipe.w])
            equal(done.returncode, 125)
            matches(done.stderr, "^caisson: run: handshake: [^\n]*\n$")
            equal([e["event"] for e in events], ["started", event, "exited"])
            equal(pipe.read(), b"")
            equal(listener.receive(), (b"", []))
        equal(processes(mark), [])


@case("a signal ends a detached program that is not ready yet")
def signalled():
    mark = marker()
    with Live("--detach", *READY, *sleeper("caisson", mark, "note", 1, "up",
                                           "pause")) as live:
        live.expect("started")
        equal(live.process.stdout.readline(), "up\n")
        live.process.send_signal(signal.SIGTERM)
        live.expect("died-before-ready", "exited")
        equal(live.process.wait(timeout=LIMIT), 125)
    equal(processes(mark), [])


@case("--detach refuses what needs somebody who stays, and says why")
def contradictions():
    for options, why in ((["--timeout", "1s"], "timeout"),
                         (["--kill-after", "1s"], "timeout"),
                         (["--log-denials"], "refused calls"),
                         (["--die-with-parent"], "parent death signal"),
                         (["--pdeathsig", "TERM"], "parent death signal"),
                         (["--replace"], "--detach"),
                         (["--fd", "3=pipe:to"], "--fd-socket"),
                         (["--stdin", "pipe"], "--fd-socket")):
        matches(not_started("--detach", *options), why)
    for key, value, why in (("timeout_ms", 1000, "timeout"),
                            ("process", {"parent_death_signal": "KILL"},
                             "parent death"),
                            ("process", {"group": "new", "foreground": True},
                             "foreground")):
        text = json.dumps({"version": 1, "path": "/bin/true", key: value})
        matches(not_started("--detach", "--spec", "-", input=text,
                            stdin=None), why)
    for option in (["--pid-pipe", "7"], ["--pidfd-socket", "/no/such"]):
        fd = os.open("/dev/null", os.O_WRONLY)
        os.dup2(fd, 7)
        matches(not_started("--replace", *option, pass_fds=[7]), option[0])
        os.close(7)
        os.close(fd)


if __name__ == "__main__":
    main()
