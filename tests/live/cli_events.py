# SPDX-License-Identifier: Apache-2.0
"""The event stream: what it says, its schema, and listeners that fail."""

import json
import os
import signal
import socket
import sys
import time

from cli_support import (CAISSON, Scratch, Skip, case, equal, main, matches,
                         need_root, run, start)

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.path.join(HERE, "../../docs/events.schema.json")

NONE = "0" * 16


def events_of(*args, **more):
    """The events of a run, by file."""
    with Scratch() as d:
        path = os.path.join(d, "events")
        more["done"] = run("run", "--events-file", path, *args,
                           env=more.get("env"))
        with open(path) as f:
            lines = f.read()
    assert lines.endswith("\n") or not lines
    return [json.loads(line) for line in lines.splitlines()], more["done"]


@case("started says what the kernel says, exited how it ended")
def both():
    events, done = events_of("--umask", "0027", "--nice", "3", "sh", "-c",
                             "exec 2>&-; exit 7")
    equal([e["event"] for e in events], ["started", "exited"])
    started, exited = events
    applied = started["applied"]
    equal(applied["uid"], [os.getuid()] * 4)
    equal(applied["gid"], [os.getgid()] * 4)
    for name in ("inheritable", "permitted", "effective", "ambient"):
        equal(applied["capabilities"][name], NONE, name)
    equal(applied["no_new_privs"], True)
    equal(applied["seccomp"]["mode"], "filter")
    equal(applied["pgid"], started["pid"])
    equal(applied["sid"], os.getsid(0))
    equal(applied["nice"], 3)
    if "umask" in applied:  # the program may have ended already
        equal(applied["umask"], "0027")
    equal((exited["how"], exited["value"]), ("exited", 7))
    equal((exited["timed_out"], exited["left_over"]), (False, 0))
    equal(exited["pid"], started["pid"])
    assert exited["max_rss_kib"] > 0
    assert exited["started"] <= exited["ended"] <= exited["time"]
    equal(done.returncode, 7)


@case("started reads back another identity")
def identity():
    need_root()
    events, done = events_of("--user", "54321:54322", "--cap-add",
                             "net_bind_service", "-C", "/", "true")
    equal(done.returncode, 0, done.stderr)
    applied = events[0]["applied"]
    equal(applied["uid"], [54321] * 4)
    equal(applied["gid"], [54322] * 4)
    equal(applied["groups"], [])
    for name in ("inheritable", "permitted", "effective", "bounding",
                 "ambient"):
        equal(applied["capabilities"][name], "%016x" % (1 << 10), name)


@case("a signal and a timeout are told apart")
def ends():
    events, _ = events_of("--rlimit", "core=0", "sh", "-c", "kill -11 $$")
    equal((events[1]["how"], events[1]["value"], events[1]["signal"]),
          ("signalled", signal.SIGSEGV, "SIGSEGV"))
    equal(events[1]["timed_out"], False)
    events, done = events_of("--timeout", "200ms", "sleep", "60")
    equal((events[1]["how"], events[1]["signal"], events[1]["timed_out"]),
          ("signalled", "SIGTERM", True))
    equal(done.returncode, 124)


@case("exited counts what outlived the program")
def left_over():
    events, _ = events_of("sh", "-c", "sleep 60 & setsid sleep 60 & sleep 0.2")
    equal(events[1]["left_over"], 2)


@case("an error is an event as well")
def errors():
    for args, code, stage in ((["no-such-program-here"], "not-found",
                               "program"),
                              (["--umask", "9", "true"], "usage", "none"),
                              (["-C", "/proc", "--stdin", "file:/no/such",
                                "true"], "system", "files")):
        events, done = events_of(*args)
        equal(len(events), 1, args)
        equal((events[0]["event"], events[0]["code"], events[0]["stage"]),
              ("error", code, stage), args)
        matches(done.stderr, "^caisson: run: ")
        equal(done.stderr, "caisson: run: %s\n" % events[0]["message"])


@case("an error of the command line is an event wherever it stands")
def usage_errors():
    with Scratch() as d:
        path = os.path.join(d, "events")
        for args in (["--events-file", path, "--bogus", "true"],
                     ["--drop-sudo=x", "--events-file", path, "true"],
                     ["--events-fd", "x", "--events-file", path, "true"],
                     ["--umask", "9", "--events-file", path, "true"]):
            done = run("run", *args)
            equal(done.returncode, 125)
            with open(path) as f:
                message = json.loads(f.read())["message"]
            equal(done.stderr, "caisson: run: %s\n" % message)
            os.unlink(path)


@case("every event is as the schema says")
def schema():
    try:
        import jsonschema
    except ImportError:
        raise Skip("python3-jsonschema is not installed")
    with open(SCHEMA) as f:
        wanted = json.load(f)
    jsonschema.Draft202012Validator.check_schema(wanted)
    check = jsonschema.Draft202012Validator(wanted)
    seen = []
    for args in (["true"], ["--new-session", "true"], ["false"],
                 ["sh", "-c", "kill -9 $$"], ["sh", "-c", "kill -40 $$"],
                 ["--timeout", "100ms", "sleep", "9"],
                 ["--seccomp", "unconfined", "true"],
                 ["no-such-program-here"], ["--spec", "/dev/null"]):
        seen += events_of(*args)[0]
    for event in seen:
        check.validate(event)
    equal(len(seen), 16)
    # The schema does refuse what is wrong.
    for change in ({"event": "other"}, {"version": 2}, {"pid": "1"},
                   {"time": "now"}, {"engine": "magic"}):
        assert not check.is_valid(dict(seen[0], **change)), change
    assert not check.is_valid({k: v for k, v in seen[0].items()
                               if k != "applied"})
    # And what is new is none of its business.
    check.validate(dict(seen[0], new_member=1))


@case("the program does not inherit the events' descriptor")
def not_inherited():
    r, w = os.pipe()
    os.set_inheritable(w, True)
    done = run("run", "--events-fd", str(w), "ls", "/proc/self/fd",
               pass_fds=[w])
    os.close(w)
    with os.fdopen(r) as f:
        events = [json.loads(line) for line in f]
    equal([e["event"] for e in events], ["started", "exited"])
    equal(done.stdout.split(), ["0", "1", "2", "3"])  # 3: what ls opened
    done = run("run", "--events-fd", str(r), "--fd", "3=inherit:%d" % r,
               "true")
    equal(done.returncode, 125)


@case("a file of events grows, run after run")
def append():
    with Scratch() as d:
        path = os.path.join(d, "events")
        for _ in range(3):
            run("run", "--events-file", path, "true")
        with open(path) as f:
            equal(len(f.readlines()), 6)
        done = run("run", "--events-file", os.path.join(d, "no", "file"),
                   "echo", "ran")
        equal((done.returncode, done.stdout), (125, ""))


@case("a listener that has gone is reported, and the program's status kept")
def gone():
    r, w = os.pipe()
    os.close(r)
    done = run("run", "--events-fd", str(w), "sh", "-c", "exit 4",
               pass_fds=[w])
    os.close(w)
    equal(done.returncode, 4)
    matches(done.stderr, "^caisson: run: events: Broken pipe[^\n]*\n$")


def filled(make):
    """Both ends of a pipe or a pair that takes no more."""
    r, w = make()
    os.set_blocking(w, False)
    try:
        while True:
            os.write(w, b"x" * 1024)
    except BlockingIOError:
        pass
    os.set_blocking(w, True)
    return r, w


def pair():
    return [s.detach() for s in socket.socketpair()]


@case("a listener that does not read holds nothing up for long")
def full():
    for make in (os.pipe, pair):
        r, w = filled(make)
        begin = time.monotonic()
        done = run("run", "--events-fd", str(w), "sh", "-c", "exit 4",
                   pass_fds=[w])
        equal(done.returncode, 4)
        matches(done.stderr, "events: [^\n]*timed out")
        assert time.monotonic() - begin < 15
        os.close(r)
        os.close(w)


@case("a listener that does not read delays no timeout and no signal")
def full_and_running():
    for make in (os.pipe, pair):
        r, w = filled(make)
        events = ["--events-fd", str(w)]
        with Scratch() as d:
            path = os.path.join(d, "touched")
            begin = time.monotonic()
            p = start("run", *events, "--timeout", "300ms", "sh", "-c",
                      "trap '>%s; exit 0' TERM; sleep 30 & wait" % path,
                      pass_fds=[w])
            while not os.path.exists(path):
                assert time.monotonic() - begin < 4, "the timeout is late"
                time.sleep(0.01)
            p.communicate(timeout=20)
            equal(p.returncode, 124)
            os.unlink(path)
            begin = time.monotonic()
            p = start("run", *events, "sh", "-c", "trap '>%s; exit 0' USR1; "
                      "kill -USR1 $PPID; sleep 30 & wait" % path,
                      pass_fds=[w])
            while not os.path.exists(path):
                assert time.monotonic() - begin < 4, "the signal is late"
                time.sleep(0.01)
            p.communicate(timeout=20)
            equal(p.returncode, 0)
        os.close(r)
        os.close(w)


@case("a listener that reads late still gets every event")
def late():
    for make in (os.pipe, pair):
        r, w = filled(make)
        p = start("run", "--events-fd", str(w), "sleep", "0.5", pass_fds=[w])
        os.close(w)
        time.sleep(1)
        with os.fdopen(r) as f:
            lines = f.read().lstrip("x").splitlines()
        equal([json.loads(line)["event"] for line in lines],
              ["started", "exited"])
        equal(p.communicate(timeout=20)[1], "")
        equal(p.returncode, 0)


@case("a FIFO that nobody reads is an error, not a wait")
def fifo():
    with Scratch() as d:
        path = os.path.join(d, "fifo")
        os.mkfifo(path)
        done = run("run", "--events-file", path, "echo", "ran")
        equal((done.returncode, done.stdout), (125, ""))


@case("started comes while the program runs")
def early():
    r, w = os.pipe()
    p = start("run", "--events-fd", str(w), "sleep", "60", pass_fds=[w])
    os.close(w)
    f = os.fdopen(r)
    event = json.loads(f.readline())
    equal(event["event"], "started")
    os.kill(event["pid"], signal.SIGKILL)
    equal(json.loads(f.readline())["signal"], "SIGKILL")
    equal(p.wait(), 137)
    p.stdout.close()
    p.stderr.close()


if __name__ == "__main__":
    main()
