# SPDX-License-Identifier: Apache-2.0
"""caisson session: launching, signalling and waiting by JSON Lines."""

import json
import os
import signal
import subprocess

from cli_support import (CAISSON, Scratch, case, equal, main, marker, matches,
                         need, processes, run, until)

import agent_lines
from agent_lines import shell


def session(*args, **more):
    s = agent_lines.Session([CAISSON, "session", *args], **more)
    equal(s.event("opened")["pid"], s.process.pid)
    return s


def sleeper(mark, before=""):
    return shell(before + "exec sleep " + mark)


def inherit(fd, source):
    return {"fd": fd, "type": "inherit", "from": source}


@case("a program's output and its end are events")
def output_and_end():
    with session() as s:
        started = s.launch(1, shell("echo out; echo err >&2; exit 3"))
        ended = s.event("exited", id=1)
        equal((ended["how"], ended["value"], ended["pid"]),
              ("exited", 3, started["pid"]))
        equal((s.output(1), s.output(1, 2)), (b"out\n", b"err\n"))
        equal(s.finish(), 0)
        equal(s.all[-1]["event"], "closed")
        equal((s.all[-1]["reason"], s.all[-1]["survivors"]), ("end", 0))


@case("all that a program wrote comes before its end, and in order")
def order():
    with session() as s:
        s.launch("a", shell("seq 1 200000"))
        s.event("exited", id="a")
        equal(s.output("a"), b"".join(b"%d\n" % i for i in range(1, 200001)))
        at = [e["event"] for e in s.all]
        assert at.index("exited") > len(at) - 1 - at[::-1].index("output")


@case("a pipe that the program has made larger is read to its end")
def large_pipe():
    size = 1 << 20
    script = ("import fcntl, os\n"  # 1031: F_SETPIPE_SZ
              "fcntl.fcntl(1, 1031, %d)\n"
              "os.write(1, b'x' * %d)\n" % (size, size))
    with session() as s:
        s.launch("a", {"version": 1, "path": "/usr/bin/python3",
                       "argv": ["python3", "-c", script]})
        equal(s.event("exited", id="a")["value"], 0)
        equal(len(s.output("a")), size)


@case("what is not text is base64, and a character is never cut")
def encodings():
    data = bytes(range(256)) * 64
    text = "a\u00e9\u20ac\U0001f600" * 5000
    with session() as s, Scratch() as d:
        for name, content in (("bytes", data), ("text", text.encode())):
            with open(os.path.join(d, name), "wb") as f:
                f.write(content)
            s.launch(name, shell("cat '%s/%s'" % (d, name)))
            s.event("exited", id=name)
            equal(s.output(name), content, name)
        assert all("text" in e for e in s.all
                   if e["event"] == "output" and e["id"] == "text")
        assert any("base64" in e for e in s.all
                   if e["event"] == "output" and e["id"] == "bytes")


@case("output_max is kept, and said")
def output_max():
    with session() as s:
        s.launch(1, shell("seq 1 100000; echo e >&2"), output_max=10)
        s.event("exited", id=1)
        equal((s.output(1), s.output(1, 2)), (b"1\n2\n3\n4\n5\n", b"e\n"))
        cut = [e["fd"] for e in s.all if e.get("truncated")]
        equal(cut, [1])


@case("writes reach the program, and the end of its input does")
def writes():
    stdin = {"stdin": "pipe"}
    with session() as s:
        s.launch(1, shell("exec cat", stdio=stdin))
        s.ask("write", 2, child=1, text="h\u00e9llo\n")
        s.event("done", id=2)
        s.ask("write", 3, child=1, base64="AP8K")
        s.event("done", id=3)
        # more than a pipe holds
        s.ask("write", 4, child=1, text="x" * 300000, close=True)
        s.event("done", id=4)
        equal(s.event("exited", id=1)["value"], 0)
        equal(s.output(1), "h\u00e9llo\n".encode() + b"\0\xff\n" +
              b"x" * 300000)


@case("a write that nobody reads is an error, as one before the last is done")
def bad_writes():
    with session() as s:
        s.launch(1, shell("exec sleep 1000", stdio={"stdin": "pipe"}))
        s.ask("write", 2, child=1, text="x" * 300000)
        s.ask("write", 3, child=1, text="y")
        matches(s.event("error", id=3)["message"], "is not done")
        s.ask("write", 4, child=1, fd=1, text="y")
        matches(s.event("error", id=4)["message"], "/fd: 1 is no pipe")
        s.ask("signal", 5, child=1, signal="KILL")
        equal(s.event("error", id=2)["code"], "system")
        s.event("exited", id=1)
        s.ask("write", 6, child=1, text="y")
        equal(s.event("error", id=6)["code"], "not-found")


@case("many programs run at the same time, each under its id")
def many():
    with session() as s:
        for i in range(40):
            s.launch(i, shell("read x; echo $x; exit %d" % i,
                              stdio={"stdin": "pipe"}))
        for i in reversed(range(40)):
            s.ask("write", "w%d" % i, child=i, text="line %d\n" % i)
        for i in range(40):
            equal(s.event("exited", id=i)["value"], i)
            equal(s.output(i), b"line %d\n" % i)


@case("signals reach a process, its group, or its tree")
def signals():
    marks = [marker() for _ in range(3)]
    script = "sleep %s & setsid sleep %s & exec sleep %s" % tuple(marks)
    with session() as s:
        for number, (whom, left) in enumerate((("process", [0, 1]),
                                               ("group", [1]),
                                               ("tree", []))):
            other = s.launch("other%d" % number, shell("exec sleep 1000"))
            s.launch(whom, shell(script))
            until(lambda: all(processes(m) for m in marks), "they run")
            s.ask("signal", "k", child=whom, signal="TERM", whom=whom)
            s.event("done", id="k")
            if whom == "tree":
                until(lambda: not any(processes(m) for m in marks), "gone")
            end = s.event("exited", id=whom)
            equal((end["how"], end["signal"]), ("signalled", "SIGTERM"))
            # what is in its group goes with it in any case
            until(lambda: not processes(marks[0]) and
                  not processes(marks[2]), "the group is gone")
            equal(bool(processes(marks[1])), whom != "tree", whom)
            assert os.path.exists("/proc/%d" % other["pid"])
            s.ask("signal", "o", child="other%d" % number, signal=9)
            s.event("exited", id="other%d" % number)
            # no program runs: all that is left goes
            until(lambda: not processes(marks[1]), "the stray is gone")


@case("the end of the input ends everything, and says so")
def end_of_input():
    marks = [marker() for _ in range(3)]
    with session() as s:
        s.launch(1, sleeper(marks[0], "setsid sleep %s & trap '' TERM; "
                            % marks[1]))
        s.launch(2, sleeper(marks[2]))
        until(lambda: all(processes(m) for m in marks), "they run")
        equal(s.finish(), 0)
        equal([processes(m) for m in marks], [[], [], []])
        for id in (1, 2):
            equal([e["signal"] for e in s.all
                   if e["event"] == "exited" and e["id"] == id], ["SIGKILL"])
        equal(s.all[-1]["event"], "closed")


@case("close is answered, and ends everything")
def close():
    mark = marker()
    with session() as s:
        s.launch(1, sleeper(mark))
        s.raw(b'{"id":"c","op":"close"}\n{"id":9,"op":"close"}\n')
        s.event("done", id="c")
        s.event("exited", id=1)
        equal(s.event("closed")["reason"], "close")
        equal(s.read(), None)
        equal(s.process.wait(20), 0)
        equal(processes(mark), [])


@case("a signal to the session ends everything")
def signal_to_session():
    mark = marker()
    with session() as s:
        s.launch(1, sleeper(mark))
        s.process.send_signal(signal.SIGTERM)
        equal(s.event("closed")["reason"], "signal")
        equal(s.process.wait(20), 128 + signal.SIGTERM)
        equal(processes(mark), [])


@case("a session that is killed takes its programs with it")
def killed():
    mark = marker()
    with session() as s:
        s.launch(1, sleeper(mark))
        until(lambda: processes(mark), "it runs")
        s.process.kill()
        until(lambda: not processes(mark), "it is gone")


@case("without a reader everything ends")
def no_reader():
    mark = marker()
    with session(stderr=subprocess.DEVNULL) as s:
        s.launch(1, sleeper(mark))
        until(lambda: processes(mark), "it runs")
        s.process.stdout.close()
        equal(s.process.wait(20), 0)
        equal(processes(mark), [])


@case("with --die-with-parent, the parent's end is enough")
def parent():
    mark = marker()
    reader, writer = os.pipe()
    with Scratch() as d:
        spec = json.dumps({"id": 1, "op": "launch", "spec": sleeper(mark)})
        middle = subprocess.Popen(
            ["sh", "-c", '"$1" session --die-with-parent <"$3" >"$2" & read x',
             "sh", CAISSON, os.path.join(d, "out"),
             "/proc/self/fd/%d" % reader],
            stdin=subprocess.PIPE, pass_fds=[reader])
        try:
            os.write(writer, spec.encode() + b"\n")
            until(lambda: processes(mark), "it runs")
            middle.kill()
            middle.wait()
            until(lambda: not processes(mark), "it is gone")
        finally:
            middle.stdin.close()
            os.close(reader)
            os.close(writer)


@case("what programs leave behind while others are launched is ended as well")
def strays_meanwhile():
    mark = marker()
    script = ("i=0; while [ $i -lt 200 ]; do (setsid sleep %s &); "
              "i=$((i + 1)); done; echo done; sleep 1000" % mark)
    with session() as s:
        s.launch("leaver", shell(script))
        id = 0
        while not s.output("leaver"):
            id += 1
            s.launch(id, shell(":"))
            s.event("exited", id=id)
        until(lambda: len(processes(mark)) == 200, "all are there")
        equal(s.finish(), 0)
        equal(processes(mark), [])
        equal(s.all[-1]["survivors"], 0)


@case("a detached program outlives the session")
def detach():
    mark = marker()
    with session() as s:
        s.launch(1, sleeper(mark), detach=True)
        s.event("detached", id=1)
        s.launch(2, shell("exit 0"))
        s.event("exited", id=2)
        s.ask("launch", 3, spec=sleeper(mark, ": "), detach=True,
              log_denials=True)
        matches(s.event("error", id=3)["message"], "^/detach: ")
        s.ask("launch", 4, spec=dict(sleeper(mark), timeout_ms=5), detach=True)
        matches(s.event("error", id=4)["message"], "^/detach: a timeout")
        equal(s.finish(), 0)
    left = processes(mark)
    equal(len(left), 1)
    os.kill(left[0], signal.SIGKILL)


@case("a timeout is kept")
def timeout():
    with session() as s:
        s.launch(1, dict(shell("exec sleep 1000"), timeout_ms=100))
        end = s.event("exited", id=1)
        equal((end["timed_out"], end["signal"]), (True, "SIGTERM"))


@case("an error of a launch has the id, and leaves the rest alone")
def launch_errors():
    with session() as s:
        s.launch(1, shell("read x", stdio={"stdin": "pipe"}))
        for id, spec, code, message in (
                (2, {"version": 1, "path": "/no/such"}, "not-found", "no/such"),
                (3, {"version": 1}, "spec", "^/path"),
                (4, dict(shell(":"), env=3), "spec", "^/env"),
                (5, shell(":", stdio={"stdin": "inherit"}), "usage",
                 "descriptor 0 is the session's own"),
                (6, shell(":", stdio={"stdout": "inherit"}), "usage",
                 "descriptor 1 is"),
                (7, shell(":", stdio={"stderr": "fd:0"}), "usage",
                 "descriptor 0 is"),
                (8, shell(":", extra_fds=[inherit(3, 999)]), "usage",
                 "not started with a descriptor 999"),
                (9, shell(":", extra_fds=[inherit(3, 3)]), "usage",
                 "not started with a descriptor 3"),
                (10, shell(":", process={"foreground": True}), "usage",
                 "/spec/process/foreground"),
                (11, shell(":", process={"ptrace": True}), "usage",
                 "/spec/process/ptrace"),
                (1, shell(":"), "usage", "still runs")):
            s.ask("launch", id, spec=spec)
            error = s.event("error", id=id)
            equal((error["code"], error["op"]), (code, "launch"), message)
            matches(error["message"], message)
        s.ask("write", 12, child=1, text="\n")
        equal(s.event("exited", id=1)["value"], 0)


@case("a program inherits what the session was started with, if it is named")
def inherited():
    with Scratch() as d:
        with open(os.path.join(d, "file"), "w+") as f:
            fd = os.dup(f.fileno())
            with session(pass_fds=[fd]) as s:
                s.launch(1, shell("echo there >&5",
                                  extra_fds=[inherit(5, fd)]))
                equal(s.event("exited", id=1)["value"], 0)
                s.launch(2, shell("ls -1 /proc/self/fd"))
                s.event("exited", id=2)
                equal(s.output(2).split(), [b"0", b"1", b"2", b"3"])
            os.close(fd)
            f.seek(0)
            equal(f.read(), "there\n")


@case("extra pipes and socket pairs are the session's at the other end")
def extra():
    with session() as s:
        s.launch(1, shell("cat <&4 >&5; echo end >&6", extra_fds=[
            {"fd": 4, "type": "pipe", "direction": "to_child"},
            {"fd": 5, "type": "pipe", "direction": "from_child"},
            {"fd": 6, "type": "socketpair"}]))
        s.ask("write", 2, child=1, fd=4, text="by 4", close=True)
        s.event("done", id=2)
        s.event("exited", id=1)
        equal((s.output(1, 5), s.output(1, 6)), (b"by 4", b"end\n"))


@case("a handshake is told of, and its secret is handed over")
def handshake():
    speaker = shell("IFS= read -r x <&3; printf 'ready::%d\\377' $$ >&4; "
                    "exec sleep 1000",
                    handshake={"protocol": "caisson"})
    with session() as s:
        s.launch(1, speaker, secret={"text": "secret"})
        equal(s.event("ready", id=1)["id"], 1)
        s.launch(2, shell("printf 'failed::no' >&4; exit 1",
                          handshake={"protocol": "caisson"}))
        equal(s.event("failed", id=2)["message"], "no")
        s.event("exited", id=2)
        s.launch(3, shell("exit 1", handshake={"protocol": "caisson"}))
        s.event("died-before-ready", id=3)
        s.event("exited", id=3)
        for secret in ({}, {"text": "a", "base64": "YQ=="}, "a", {"x": "a"},
                       {"base64": "YQ"}, {"base64": "YR=="}):
            s.raw(json.dumps({"id": 4, "op": "launch", "spec": speaker,
                              "secret": secret}).encode() + b"\n")
            assert s.event("error", id=4)["code"] in ("usage", "spec")


@case("refused calls are told of, with log_denials")
def denials():
    done = run("run", "--log-denials", "true")
    need(done.returncode == 0, "refused calls cannot be reported here: " +
         done.stderr)
    with session() as s:
        s.launch(1, shell("exec unshare -U true"), log_denials=True)
        equal(s.event("denied", id=1)["syscall"], "unshare")
        s.event("exited", id=1)


main()
