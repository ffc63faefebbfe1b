# SPDX-License-Identifier: Apache-2.0
"""caisson session for an ordinary user with a grant: launching, signalling and
waiting through one kept launcher."""

import os
import signal
import subprocess

import town
from cli_town import (HERE, case, equal, main, marker, matches, processes, programs,
                      rule, session, shell, until)

BUILDER = {"user": "builder"}


def as_builder(script, **more):
    return shell(script, credentials=BUILDER, **more)


def grant_all(*more):
    town.grant(rule(*programs("sh", "id", "sleep", "make"), "terminal", *more))


def launchers(pid):
    """Those that a session has started."""
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        children = [int(word) for word in f.read().split()]
    found = []
    for child in children:
        with open("/proc/%d/comm" % child) as f:
            if f.read().startswith("caisson-launch"):
                found.append(child)
    return found


@case("programs run as builder, all through one launcher")
def one_launcher():
    grant_all()
    with session() as s:
        equal(launchers(s.process.pid), [])
        for i in range(10):
            started = s.launch(i, as_builder("id -un; read x; exit %d" % i,
                                             stdio={"stdin": "pipe"}))
            equal((started["engine"], started["grant"]),
                  ("launcher", town.GRANTS + ":1"))
            equal(started["applied"]["uid"], [town.USERS["builder"].uid] * 4)
        equal(len(launchers(s.process.pid)), 1)
        for i in reversed(range(10)):
            s.ask("write", "w", child=i, text="\n")
            s.event("done", id="w")
            equal(s.event("exited", id=i)["value"], i)
            equal(s.output(i), b"builder\n")
        equal(s.finish(), 0)


@case("what needs no privilege is started without the launcher")
def own():
    grant_all()
    with session() as s:
        equal(s.launch(1, shell("id -un"))["engine"], "vfork")
        s.event("exited", id=1)
        equal(s.output(1), b"agent\n")
        equal(launchers(s.process.pid), [])


@case("with --launcher-always, all of it is")
def always():
    agent = {"uid": town.USERS["agent"].uid, "gid": town.USERS["agent"].gid,
             "groups": town.USERS["agent"].groups}
    town.grant(rule(*programs("sh"), "terminal", target="user agent"))
    with session("--launcher-always") as s:
        equal(len(launchers(s.process.pid)), 1)
        equal(s.launch(1, shell("id -un", credentials=agent))["engine"],
              "launcher")
        s.event("exited", id=1)
        equal(s.output(1), b"agent\n")


@case("signals reach a process, its group, or its tree, and nobody is left")
def signals():
    grant_all()
    marks = [marker() for _ in range(3)]
    script = "sleep %s & setsid sleep %s & exec sleep %s" % tuple(marks)
    with session() as s:
        s.launch("other", as_builder("exec sleep 1000"))
        for whom in ("process", "group", "tree"):
            s.launch(whom, as_builder(script))
            until(lambda: all(processes(m) for m in marks), "they run")
            s.ask("signal", "k", child=whom, signal="TERM", whom=whom)
            s.event("done", id="k")
            end = s.event("exited", id=whom)
            equal((end["how"], end["signal"]), ("signalled", "SIGTERM"))
            until(lambda: not processes(marks[0]) and
                  not processes(marks[2]), "the group is gone")
        s.ask("signal", "k", child="other", signal="KILL")
        equal(s.event("exited", id="other")["signal"], "SIGKILL")
        until(lambda: not any(processes(m) for m in marks), "all are gone")


@case("a program that has stopped and one that ignores signals are killed")
def stubborn():
    grant_all()
    with session() as s:
        s.launch(1, as_builder("trap '' TERM INT HUP; echo begun; "
                               "while :; do sleep 1; done"))
        s.event("output", id=1)
        s.ask("signal", 2, child=1, signal="TERM", whom="group")
        s.event("done", id=2)
        s.ask("signal", 3, child=1, signal="STOP")
        s.event("done", id=3)
        s.ask("signal", 4, child=1, signal="KILL", whom="tree")
        s.event("done", id=4)
        equal(s.event("exited", id=1)["signal"], "SIGKILL")


@case("a denied launch is an error with the rule, and the session goes on")
def denied():
    grant_all("rlimit nofile 100")
    with session() as s:
        limits = {"nofile": [64, 100]}
        s.launch("run", as_builder("read x; exit 5", rlimits=limits,
                                   stdio={"stdin": "pipe"}))
        for id, spec, message, by_rule in (
                (1, shell(":", credentials={"user": "third"}),
                 "no rule for the caller is for uid", False),
                (2, as_builder(":"), "rlimit nofile: at most 100", True),
                (3, dict(as_builder(":", rlimits=limits),
                         env={"LD_PRELOAD": "x"}), "env: not LD_PRELOAD",
                 True),
                (4, dict(as_builder(":"), path="/usr/bin/env",
                         argv=["env"]), "has the program /usr/bin/env",
                 False)):
            s.ask("launch", id, spec=spec)
            error = s.event("error", id=id)
            equal((error["code"], error["stage"], error["op"],
                   error.get("grant")),
                  ("denied", "grant", "launch",
                   town.GRANTS + ":1" if by_rule else None))
            matches(error["message"], message)
        s.ask("write", "w", child="run", text="\n")
        equal(s.event("exited", id="run")["value"], 5)


@case("a grant that is taken back holds no more for the next launch")
def revoked():
    grant_all()
    with session() as s:
        s.launch(1, as_builder("exec sleep 1000"))
        town.grant("")
        s.ask("launch", 2, spec=as_builder(":"))
        equal(s.event("error", id=2)["code"], "denied")
        s.ask("signal", 3, child=1, signal="TERM")
        s.event("exited", id=1)


@case("the end of the input ends everything, tree and all")
def end_of_input():
    grant_all()
    marks = [marker() for _ in range(2)]
    with session() as s:
        s.launch(1, as_builder("setsid sleep %s & trap '' TERM; "
                               "exec sleep %s" % tuple(marks)))
        s.launch(2, as_builder("exec sleep " + marks[0]))
        until(lambda: len(processes(marks[0])) == 2 and processes(marks[1]),
              "they run")
        equal(s.finish(), 0)
        equal([processes(m) for m in marks], [[], []])
        equal(sorted(e["id"] for e in s.all if e["event"] == "exited"),
              [1, 2])
        equal((s.all[-1]["event"], s.all[-1]["survivors"]), ("closed", 0))


@case("when the session is killed, so is all that it has launched")
def killed():
    grant_all()
    marks = [marker() for _ in range(2)]
    with session() as s:
        s.launch(1, as_builder("setsid sleep %s & exec sleep %s" %
                               tuple(marks)))
        until(lambda: all(processes(m) for m in marks), "they run")
        s.process.kill()
        until(lambda: not any(processes(m) for m in marks), "they are gone")


@case("when the launcher is killed, that is said, and the next launch has one")
def launcher_killed():
    grant_all()
    mark = marker()
    with session() as s:
        s.launch(1, as_builder("exec sleep " + mark))
        os.kill(launchers(s.process.pid)[0], signal.SIGKILL)
        until(lambda: not processes(mark), "it is gone")
        s.event("exited", id=1)
        equal(s.launch(2, as_builder("exit 4"))["engine"], "launcher")
        equal(s.event("exited", id=2)["value"], 4)


@case("a timeout is kept by the launcher")
def timeout():
    grant_all("timeout 1min")
    with session() as s:
        s.launch(1, dict(as_builder("exec sleep 1000"), timeout_ms=200))
        end = s.event("exited", id=1)
        equal((end["timed_out"], end["signal"]), (True, "SIGTERM"))


@case("a detached program outlives the session, if it is granted")
def detach():
    grant_all()
    mark = marker()
    spec = as_builder("exec sleep " + mark)
    with session() as s:
        s.ask("launch", 1, spec=spec, detach=True)
        matches(s.event("error", id=1)["message"], "detach is not granted")
        grant_all("detach")
        pid = s.launch(2, spec, detach=True)["pid"]
        s.event("detached", id=2)
        equal(s.finish(), 0)
    equal(processes(mark), [pid])
    os.kill(pid, signal.SIGKILL)


@case("one that was to be detached and is not ready ends with the session")
def detach_unready():
    grant_all("detach", "extra_fds 2", "env CAISSON_EXEC_VERSION")
    marks = [marker() for _ in range(2)]
    spec = as_builder("sleep %s & exec sleep %s" % tuple(marks),
                      handshake={"protocol": "caisson"})
    with session() as s:
        s.launch(1, spec, detach=True)
        until(lambda: all(processes(m) for m in marks), "they run")
        equal(s.finish(), 0)
        equal([e["signal"] for e in s.all if e["event"] == "exited"],
              ["SIGKILL"])
    until(lambda: not any(processes(m) for m in marks), "they are gone")


@case("a handshake with its secret goes through the launcher")
def handshake():
    grant_all("extra_fds 2", "env CAISSON_EXEC_VERSION")
    with session() as s:
        s.launch(1, as_builder("printf 'ready::%d\\377' $$ >&4; read x <&3",
                               handshake={"protocol": "caisson"}),
                 secret={"base64": "c2VjcmV0"})
        s.event("ready", id=1)
        s.event("exited", id=1)


@case("make runs, and its output and status are events")
def make():
    grant_all()
    path = town.USERS["agent"].home + "/made"
    os.makedirs(path, exist_ok=True)
    with open(path + "/Makefile", "w") as f:
        f.write("all:\n\t@id -un\n\t@false\n")
    with session() as s:
        s.launch("make", {"version": 1, "path": "/usr/bin/make",
                          "cwd": path, "credentials": BUILDER,
                          "env": {"PATH": "/usr/bin:/bin"}})
        equal(s.event("exited", id="make")["value"], 2)
        equal(s.output("make").split(b"\n")[0], b"builder")


@case("the agent of docs/examples runs make as builder")
def example():
    grant_all("timeout 10min")
    wrapper = town.install("/bin/true", "caisson-here")
    with open(wrapper, "w") as f:
        f.write('#!/bin/sh\nexec %s "$1" --launcher %s\n' % (town.CAISSON,
                                                             town.LAUNCHER))
    script = town.install(os.path.join(HERE, "../../docs/examples",
                                       "agent_session.py"))
    path = town.USERS["agent"].home + "/example"
    os.makedirs(path, exist_ok=True)
    with open(path + "/Makefile", "w") as f:
        f.write("all:\n\t@id -un\n\t@exit 5\n")
    done = town.run(["/usr/bin/python3", script, "builder", "--",
                     "/usr/bin/make", "-C", path], env={"CAISSON": wrapper})
    equal(done.returncode, 2, done.stderr)
    matches(done.stdout, "builder\n")
    matches(done.stderr, "as uid %d, by %s:1" % (
        town.USERS["builder"].uid, town.GRANTS))
    done = town.run(["/usr/bin/python3", script, "third", "--",
                     "/usr/bin/make"], env={"CAISSON": wrapper})
    equal((done.returncode, done.stdout), (125, ""))
    matches(done.stderr, "not started: grant: denied")


main()
