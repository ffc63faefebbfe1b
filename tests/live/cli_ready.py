# SPDX-License-Identifier: Apache-2.0
"""What becomes of a start-up handshake on the command line: ready, failed,
dead, late, lying, garbled; its events, its status, and what is left of it."""

import os
import re
import signal
import subprocess
import sys

from cli_support import (CAISSON, LIMIT, Scratch, Shell, Skip, case, equal,
                         main, marker, matches, need_program, processes, start)
from cli_handshake_support import (LONG, PROTOCOLS, Live, gone, need_validator,
                                   shake, short, sleeper, speaker, there, told)

# A grandchild that is nobody's child any more, in a session of its own.
DAEMON = ("import os,sys,time\n"
          "if os.fork() == 0:\n"
          "  os.setsid()\n"
          "  if os.fork() == 0:\n"
          "    os.execvp('sleep', ['sleep', sys.argv[1]])\n"
          "  os._exit(0)\n"
          "os.wait()\n"
          "os.execv(sys.executable, [sys.executable] + sys.argv[2:])\n")


def with_daemon(protocol, mark, *steps):
    """A speaker that has left such a grandchild behind, called mark."""
    program = speaker(protocol, *steps)
    return ["--", sys.executable, "-I", "-S", "-c", DAEMON, mark,
            *program[2:]]


def how(event):
    return {k: event[k] for k in ("how", "value", "core", "timed_out",
                                  "signal") if k in event}


# ---- what is told of it

@case("ready is told with the pid that the program reported, if it did")
def ready():
    for protocol in PROTOCOLS:
        done, events = shake(protocol, "read", "end", "ready", "exit", 42)
        equal((done.returncode, done.stderr), (42, ""), protocol)
        equal([e["event"] for e in events], ["started", "ready", "exited"])
        pid = events[0]["pid"]
        want = {"event": "ready"}
        if protocol != "veyron":
            want["reported_pid"] = pid
        equal(short(events[1]), want)
        equal([e["pid"] for e in events], [pid] * 3)
        equal(short(events[2])["value"], 42)


@case("either form of the status is taken with every protocol")
def forms():
    for protocol in PROTOCOLS:
        for text in ("ready::", "ready::\\p", "ready::\\xff", "ready::\\p\\xff",
                     "ready::\\p\\xffwhat follows is not looked at"):
            done, events = shake(protocol, "say", text, "close", 4, "exit", 0)
            equal((done.returncode, done.stderr), (0, ""), (protocol, text))
            equal(events[1]["event"], "ready")


@case("ready comes while the program runs, and later ends are its own")
def ready_first():
    for end, status in ((["exit", 0], 0), (["exit", 255], 255),
                        (["kill", 9], 137), (["kill", 15], 143)):
        with Live("--handshake", "caisson", *LONG, *speaker(
                "caisson", "ready", "await", 0, *end), stdin=-1) as live:
            live.expect("started", "ready")
            equal(live.process.poll(), None)
            live.process.stdin.close()
            live.process.stdin = None
            got, _, events = live.end()
            equal((got, events), (status, ["started", "ready", "exited"]))


def refused(protocol, steps, event, said, options=(), end=None):
    """Such a program is not ready: the event, the sentence, 125."""
    done, events = shake(protocol, *steps, options=options)
    equal([e["event"] for e in events],
          ["started", event["event"], "exited"], steps)
    pid = events[0]["pid"]
    equal([e["pid"] for e in events], [pid] * 3)
    equal(short(events[1]), event, steps)
    if end is not None:
        equal(how(events[2]), end, steps)
    equal(done.returncode, 125, steps)
    matches(done.stderr, r"^caisson: run: handshake: [^\n]*%s[^\n]*\n$" % said)
    # an error is said however quiet it is to be
    quiet, _ = shake(protocol, *steps, options=["--quiet", *options])
    equal(quiet.returncode, 125)
    matches(quiet.stderr, said)


KILLED = {"how": "signalled", "value": 9, "signal": "SIGKILL", "core": False,
          "timed_out": False}


def exited(value):
    return {"how": "exited", "value": value, "core": False,
            "timed_out": False}


@case("failed is told with what the program says, and is status 125")
def failed():
    for protocol in PROTOCOLS:
        for text, message in (("no such table", "no such table"), ("", ""),
                              ("\\xc3\\xa9 \"q\" \\\\", "\u00e9 \"q\" \\\\"),
                              ("a\\xffb" if protocol == "veyron" else "a\\xfeb",
                               "a\ufffdb"),
                              ("tab\\x09bell\\x07", "tab bell\ufffd")):
            if protocol == "veyron" and "\\xff" in text:
                message = "a"  # where a status ends, for us
            refused(protocol, ["failed", text, "exit", 3],
                    {"event": "failed", "message": message}, "failed",
                    end=exited(3))


@case("a program that failed has its grace, then it is killed")
def failed_grace():
    steps = ["ignore", 15, "failed", "why", "pause"]
    refused("v23", steps, {"event": "failed", "message": "why"}, "why",
            options=["--kill-after", "200ms"], end=KILLED)


@case("a failure that is too long is cut, not believed to be something else")
def failed_long():
    done, events = shake("caisson", "failed", "x" * 5000, "exit", 1,
                         options=["--kill-after", "100ms"])
    equal(done.returncode, 125)
    equal([e["event"] for e in events][0::2], ["started", "exited"])
    assert len(events[1].get("message", "")) <= 4096


@case("a program that dies before it is ready is told at once, with its end")
def died():
    for protocol in PROTOCOLS:
        for steps, end, said in (
                (["exit", 0], exited(0), "status 0"),
                (["exit", 7], exited(7), "status 7"),
                (["read", "close", 4, "exit", 1], exited(1), "status 1"),
                (["kill", 9], KILLED, "SIGKILL"),
                (["say", "rea", "exit", 1], exited(1), "status 1"),
                (["kill", 11], dict(KILLED, value=11, signal="SIGSEGV"),
                 "SIGSEGV")):
            refused(protocol, steps, dict(end, event="died-before-ready"),
                    said, end=end)


@case("a grandchild that keeps the status descriptor delays no death")
def keeper():
    mark = marker()
    done, events = told("--handshake", "caisson", *LONG, *sleeper(
        "caisson", mark, "keeper", "exit", 5))
    equal(done.returncode, 125)
    equal([e["event"] for e in events],
          ["started", "died-before-ready", "exited"])
    equal(processes(mark), [])


@case("a program that is not ready in time is killed")
def late():
    for protocol in PROTOCOLS:
        for steps in (["pause"], ["read", "keeper", "pause"],
                      ["say", "ready", "pause"], ["ignore", 15, "pause"]):
            refused(protocol, steps,
                    {"event": "not-ready", "reason": "timeout"},
                    "not ready after 200 ms",
                    options=["--ready-timeout", "200ms"], end=KILLED)


@case("a program that reports another pid is killed")
def lied():
    for protocol in PROTOCOLS:
        for pid in (1, os.getpid(), 1 << 31, 1 << 53, (1 << 64) - 1):
            event = {"event": "not-ready", "reason": "lied"}
            if pid <= 1 << 53:  # what every reader of JSON has exactly
                event["reported_pid"] = pid
            refused(protocol, ["say", "ready::%d\\xff" % pid, "pause"],
                    event, "%d" % pid, end=KILLED)


@case("what is not a status is told, and the program killed")
def garbled():
    for text, message in (("hello\\xff", "hello"), ("\\xff", ""),
                          ("ready::12x\\xff", "ready::12x"),
                          ("ready::-1\\xff", "ready::-1"),
                          ("failed:\\xff", "failed:"),
                          ("\\x1b[31m\\x00\\x0a\\xff",
                           "\ufffd[31m\ufffd ")):
        refused("caisson", ["say", text, "pause"],
                {"event": "not-ready", "reason": "protocol",
                 "message": message}, "", end=KILLED)


@case("a status without end is garbage, however much there is of it")
def flood():
    done, events = shake("v23", "flood", 0, "pause")
    equal(done.returncode, 125)
    equal((events[1]["event"], events[1]["reason"]), ("not-ready", "protocol"))
    assert 1000 < len(events[1]["message"]) <= 4096


@case("a program that closes its status without a word and lives is killed")
def silent():
    refused("caisson", ["close", 4, "pause"],
            {"event": "not-ready", "reason": "protocol", "message": ""}, "",
            end=KILLED)


@case("what is said too late meets a closed pipe")
def too_late():
    for protocol in PROTOCOLS:
        with Live("--handshake", protocol, *LONG, "--kill-after", "1h",
                  *speaker(protocol, "failed", "x", "await", 0, "late", 1),
                  stdin=-1) as live:
            live.expect("started", "failed")
            out, _ = live.process.communicate("", timeout=LIMIT)
            equal((live.process.returncode, out), (125, "EPIPE\n"))
        with Live("--handshake", protocol, *LONG, *speaker(
                protocol, "ready", "await", 0, "late", 1), stdin=-1) as live:
            live.expect("started", "ready")
            out, _ = live.process.communicate("", timeout=LIMIT)
            equal((live.process.returncode, out), (0, "EPIPE\n"))


@case("every one of these events is as the schema says, and others are not")
def schema():
    check = need_validator()
    events = []
    for steps in (["ready"], ["failed", "x"], ["exit", 1], ["say", "x\\xff"],
                  ["ready-as", 1]):
        events += shake("caisson", *steps)[1]
    equal(len(events), 15)
    for event in events:
        check.validate(event)
    ready, failed, died, garbled, lied = events[1::3]
    for event, change in ((ready, {"pid": 0}), (ready, {"reported_pid": "1"}),
                          (failed, {"message": 1}), (died, {"how": "died"}),
                          (died, {"value": 256}), (lied, {"reason": "other"}),
                          (garbled, {"event": "notready"})):
        assert not check.is_valid(dict(event, **change)), change
    for event, name in ((ready, "pid"), (failed, "message"), (died, "how"),
                        (died, "core"), (lied, "reason")):
        rest = {k: v for k, v in event.items() if k != name}
        assert not check.is_valid(rest), name


# ---- what is left of it

@case("nothing survives a program that is not ready, daemons included")
def no_survivors():
    for steps, options in ((["failed", "x", "exit", 0], []),
                           (["failed", "x", "pause"],
                            ["--kill-after", "100ms"]),
                           (["exit", 0], []), (["kill", 9], []),
                           (["pause"], ["--ready-timeout", "500ms"]),
                           (["ready-as", 1, "pause"], []),
                           (["say", "x\\xff", "pause"], []),
                           (["keeper", "exit", 1], [])):
        mark = marker()
        done, events = told("--handshake", "caisson", *LONG, *options,
                            *with_daemon("caisson", mark, *steps))
        equal(done.returncode, 125, done.stderr)
        assert events[-1]["left_over"] >= 1, steps
        equal(processes(mark), [], steps)


@case("a signal to caisson reaches a program that is not ready yet")
def signalled():
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        mark = marker()
        with Live("--handshake", "caisson", *LONG, *with_daemon(
                "caisson", mark, "mark", mark, "note", 1, "up", "pause"),
                ) as live:
            live.expect("started")
            equal(live.process.stdout.readline(), "up\n")
            there(mark, 3)  # caisson too has it among its words
            live.process.send_signal(sig)
            equal(live.expect("died-before-ready")["signal"], sig.name)
            got, said, events = live.end()
            equal((got, events[2:]), (125, ["exited"]))
            matches(said, sig.name)
        equal(processes(mark), [])


@case("Ctrl-C while a program is not ready ends the script as well")
def interrupted():
    mark = marker()
    with Shell(["bash", "--norc", "--noprofile", "-i"]) as shell:
        shell.send(" ".join(
            [CAISSON, "run", "--handshake", "caisson", *LONG,
             *sleeper("caisson", mark, "note", "1", "u''p", "pause")]) + "\n")
        shell.expect("up\r\n")
        shell.send("\x03")
        shell.expect("killed by SIGINT")
        equal(shell.status(), 130)
    gone(mark)


@case("with --die-with-parent a program that is not ready yet ends with us")
def parent():
    mark = marker()
    args = [CAISSON, "run", "--die-with-parent", "--handshake", "caisson",
            *LONG, *with_daemon("caisson", mark, "mark", mark, "pause")]
    p = subprocess.Popen(["sh", "-c", '"$@" & wait', "sh", *args],
                         stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    there(mark, 4)  # the shell and caisson too
    p.kill()
    p.wait()
    gone(mark)


@case("a program whose caisson is killed meets a closed pipe")
def killed():
    mark = marker()
    p = start("run", "--handshake", "caisson", *LONG, *sleeper(
        "caisson", mark, "note", 1, "up", "await", 0, "late", 1), stdin=-1)
    equal(p.stdout.readline(), "up\n")
    p.kill()
    p.wait(timeout=LIMIT)
    p.stdin.close()
    equal(p.stdout.read(), "EPIPE\n")
    p.stdout.close()
    p.stderr.close()
    gone(mark)


def sleeps(*steps):
    """How often caisson waits for something while such a program runs."""
    with Scratch() as d:
        path = os.path.join(d, "trace")
        # a leak checker cannot work in a process that is traced
        env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        done = subprocess.run(
            ["strace", "-o", path, "-e", "trace=poll,ppoll,clock_nanosleep",
             CAISSON, "run", "--handshake", "caisson", *LONG,
             *speaker("caisson", *steps)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env,
            timeout=4 * LIMIT)
        equal(done.returncode, 0, done.stderr)
        with open(path) as f:
            text = f.read()
    return len(re.findall(r"^(?:poll.*, (?!0\))-?\d+\)|ppoll|clock_nano)", text,
                          re.M))


@case("waiting for a program to become ready is one sleep, however long")
def one_sleep():
    need_program("strace")
    try:
        subprocess.run(["strace", "-o", "/dev/null", "true"], check=True,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except subprocess.CalledProcessError:
        raise Skip("strace cannot trace here")
    # the launch, ready, the end, or some of them at once; a byte is one more
    few = sleeps("sleep", 1500, "ready")
    assert 1 <= few <= 8, few
    assert sleeps("say-slowly", "ready::\\p\\xff", 200) >= few + 4


@case("a timeout of the program counts while it is not ready, too")
def both_timeouts():
    done, events = shake("caisson", "pause", options=["--timeout", "200ms"])
    equal(done.returncode, 125)
    equal([e["event"] for e in events],
          ["started", "died-before-ready", "exited"])
    equal((events[1]["timed_out"], events[1]["signal"]), (True, "SIGTERM"))
    done, _ = shake("caisson", "ready", "pause",
                    options=["--timeout", "500ms"])
    equal(done.returncode, 124)


if __name__ == "__main__":
    main()
