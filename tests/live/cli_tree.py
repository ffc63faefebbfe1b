# SPDX-License-Identifier: Apache-2.0
"""Time, signals and the tree: what ends with what."""

import json
import os
import signal
import subprocess
import sys
import time

from cli_support import (CAISSON, Scratch, case, equal, main, marker, matches,
                         need, need_root, processes, run, start, state_of, until)


def ended(p, limit=20):
    """Its status; the pipes are closed."""
    out, err = p.communicate(timeout=limit)
    return p.returncode, out, err


def named(name):
    """Pids of what is called so."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/comm" % pid) as f:
                if f.read().strip() == name:
                    found.append(int(pid))
        except OSError:
            continue
    return found


def launched(mark):
    """Pid of the program, which sleeps for mark."""
    def program():
        for pid in processes(mark):
            with open("/proc/%d/comm" % pid) as f:
                if f.read().strip() == "sleep":
                    return pid
        return None
    until(program, "the program runs")
    return program()


@case("--timeout ends the program with SIGTERM and is status 124")
def timeout():
    begin = time.monotonic()
    done = run("run", "--timeout", "300ms", "sleep", "60")
    assert 0.3 <= time.monotonic() - begin < 10
    equal(done.returncode, 124)
    equal(done.stderr, "caisson: run: the program timed out after 0.3 s\n")
    equal(run("run", "--timeout", "0.2", "sleep", "60").returncode, 124)
    equal(run("run", "--timeout", "1h", "true").returncode, 0)
    # Also when it answers SIGTERM politely.
    done = run("run", "--timeout", "0.3s", "sh", "-c",
               "trap 'exit 0' TERM; sleep 60 & wait")
    equal(done.returncode, 124)


@case("--kill-after ends a program that ignores SIGTERM")
def kill_after():
    begin = time.monotonic()
    done = run("run", "--timeout", "200ms", "--kill-after", "300ms",
               "sh", "-c", "trap '' TERM; while :; do sleep 0.1; done")
    assert 0.5 <= time.monotonic() - begin < 10
    equal(done.returncode, 124)


@case("a program that has stopped itself is timed out as well")
def stopped():
    begin = time.monotonic()
    done = run("run", "--timeout", "200ms", "--kill-after", "200ms",
               "sh", "-c", "kill -STOP $$")
    equal(done.returncode, 124)
    assert time.monotonic() - begin < 10


@case("signals reach the program and its group")
def forwarding():
    with Scratch() as d:
        for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP,
                    signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2,
                    signal.SIGWINCH, signal.SIGALRM, signal.SIGRTMIN + 3):
            ready = os.path.join(d, "ready%d" % sig)
            p = start("run", "sh", "-c", "trap 'kill %%1; exit 33' %d; "
                      "sleep 60 & >%s; wait" % (sig, ready))
            until(lambda: os.path.exists(ready), "it is ready")
            p.send_signal(sig)
            equal(ended(p)[0], 33, sig)


@case("a signal to caisson that ends the program is the program's status")
def forwarded_end():
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        mark = marker()
        p = start("run", "--rlimit", "core=0", "sleep", mark)
        launched(mark)
        p.send_signal(sig)
        status, _, err = ended(p)
        equal(status, 128 + sig)
        matches(err, sig.name)
        equal(processes(mark), [])


@case("a signal that caisson was started to ignore is not forwarded")
def ignored():
    mark = marker()
    p = start("run", "sleep", mark,
              preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    pid = launched(mark)
    p.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    equal(state_of(pid), "S")
    with open("/proc/%d/status" % pid) as f:
        matches(f.read(), r"SigIgn:\s+0+\n", "the program ignores nothing")
    p.send_signal(signal.SIGTERM)
    equal(ended(p)[0], 143)


@case("a stopped program is continued by SIGCONT to caisson")
def stop_and_continue():
    mark = marker()
    p = start("run", "sleep", mark, start_new_session=True)
    pid = launched(mark)
    os.kill(pid, signal.SIGSTOP)
    until(lambda: state_of(pid) == "T", "it stops")
    assert state_of(p.pid) in "SR", "caisson does not"
    p.send_signal(signal.SIGCONT)
    until(lambda: state_of(pid) == "S", "it continues")
    p.send_signal(signal.SIGTERM)
    equal(ended(p)[0], 143)


@case("what the program leaves behind ends with it")
def left_behind():
    marks = [marker() for _ in range(4)]
    done = run("run", "sh", "-c",
               "sleep %s & setsid sleep %s & (setsid sleep %s &) ; "
               "(trap '' TERM HUP INT; setsid sh -c 'sleep %s; :' &) ; "
               "sleep 0.3; exit 3" % tuple(marks))
    equal(done.returncode, 3)
    for mark in marks:
        equal(processes(mark), [])


@case("a daemon does not escape a timeout, a signal or a killed program")
def daemons():
    daemon = ("import os, sys, time\n"
              "if os.fork() == 0:\n"
              "    os.setsid()\n"
              "    if os.fork(): os._exit(0)\n"
              "    os.execvp('sleep', ['sleep', sys.argv[1]])\n"
              "time.sleep(60)\n")
    for how in ("timeout", "signal", "kill"):
        mark = marker()
        options = ["--timeout", "4s"] if how == "timeout" else []
        p = start("run", *options, sys.executable, "-c", daemon, mark)
        pid = launched(mark)
        if how == "signal":
            p.send_signal(signal.SIGTERM)
        if how == "kill":
            # The program, not the daemon: the child of caisson.
            with open("/proc/%d/task/%d/children" % (p.pid, p.pid)) as f:
                children = [int(c) for c in f.read().split()]
            for child in children:
                if child != pid:
                    os.kill(child, signal.SIGKILL)
        equal(ended(p)[0], {"timeout": 124, "signal": 143, "kill": 137}[how])
        equal(processes(mark), [], how)


@case("a tree that keeps growing is ended")
def growing():
    mark = marker()
    grow = ("import os, sys, time\n"
            "end = time.time() + 10\n"
            "while time.time() < end:\n"
            "    if os.fork():\n"
            "        os._exit(0)\n"
            "    os.setsid()\n")
    p = start("run", "--timeout", "400ms", "--kill-after", "100ms",
              sys.executable, "-c",
              "import os, sys, time\n"
              "for i in range(4):\n"
              "    if os.fork() == 0:\n"
              "        os.execvp(sys.executable, [sys.executable, '-c',\n"
              "                  sys.argv[1], sys.argv[2]])\n"
              "time.sleep(60)\n", grow, mark)
    status, _, err = ended(p)
    equal(status, 124, err)
    equal(processes(mark), [])


STORM = """
import ctypes, os, signal, sys, time
end = time.time() + 25
if os.fork() == 0:
    ctypes.CDLL(None).prctl(15, sys.argv[1].encode())
    os.setsid()
    for s in set(range(1, 32)) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(s, signal.SIG_IGN)
    n = 0
    while time.time() < end:
        n += 1
        try:
            if os.fork() == 0 and n % 3 == 0:
                os.setsid()
        except OSError:
            pass
    os._exit(0)
time.sleep(0.7)
sys.exit(5)
"""


@case("a storm of forks does not outlive its program")
def storm():
    need_root()
    mark = "storm%d" % (os.getpid() % 1000000)
    with Scratch() as d:
        os.chmod(d, 0o755)
        events = os.path.join(d, "events")
        done = run("run", "--user", "54399:54399", "-C", "/", "--rlimit",
                   "nproc=150", "--events-file", events, "/usr/bin/python3", "-c",
                   STORM, mark, timeout=120)
        left = named(mark)
        with open(events) as f:
            exited = json.loads(f.readlines()[-1])
    equal((left, done.returncode, done.stderr), ([], 5, ""))
    assert exited["left_over"] > 20, exited
    equal(exited["survivors"], 0)


@case("adopted processes that end are reaped while the program runs")
def adopted():
    with Scratch() as d:
        ready = os.path.join(d, "ready")
        p = start("run", "sh", "-c",
                  "for i in 1 2 3 4 5; do (setsid true &) ; done; "
                  "sleep 0.3; >%s; sleep 60" % ready)
        until(lambda: os.path.exists(ready), "it is ready")
        with open("/proc/%d/task/%d/children" % (p.pid, p.pid)) as f:
            equal(len(f.read().split()), 1)
        p.terminate()
        equal(ended(p)[0], 143)


@case("children from before are neither killed nor waited for")
def from_before():
    mark = marker()
    # The shell's child becomes caisson's by exec.
    p = subprocess.Popen(
        ["sh", "-c", 'sleep %s & exec "$0" run sh -c "(setsid sleep 60 &) ; '
         'exit 5"' % mark, CAISSON], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL)
    equal(p.wait(timeout=20), 5)
    left = processes(mark)
    equal(len(left), 1)
    os.kill(left[0], signal.SIGKILL)


@case("what children from before leave behind is older, and lives on")
def from_before_older():
    mark = marker()
    with Scratch() as d:
        events = os.path.join(d, "events")
        # The inner shell ends while the program runs: its child is adopted.
        done = subprocess.run(
            ["sh", "-c", '(sh -c "sleep %s & sleep 0.5") & sleep 0.1; '
             'exec "$0" run --events-file %s sleep 1' % (mark, events),
             CAISSON], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        left = processes(mark)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        with open(events) as f:
            exited = json.loads(f.readlines()[-1])
    equal((done.returncode, len(left), exited["left_over"]), (0, 1, 0))


@case("what has ended by itself is not left over, and reaped meanwhile")
def ended_before():
    with Scratch() as d:
        ready, events = os.path.join(d, "ready"), os.path.join(d, "events")
        p = subprocess.Popen(
            ["sh", "-c", 'sleep 20 & exec "$0" run --events-file %s sh -c '
             '"(true &); (true &); sleep 0.5; >%s; exec sleep 60"'
             % (events, ready), CAISSON], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: os.path.exists(ready), "it is ready")
        with open("/proc/%d/task/%d/children" % (p.pid, p.pid)) as f:
            children = [int(pid) for pid in f.read().split()]
        for pid in reversed(children):
            os.kill(pid, signal.SIGKILL)
        equal((p.wait(timeout=20), len(children)), (137, 2))
        with open(events) as f:
            equal(json.loads(f.readlines()[-1])["left_over"], 0)


@case("where /proc has nothing in it, that something may be left is said")
def no_proc():
    need_root()
    mark = marker()
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && "$0" run '
         '-- sh -c "(sleep %s 2>/dev/null &); exit 3"' % mark, CAISSON],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True)
    for pid in processes(mark):
        os.kill(pid, signal.SIGKILL)
    need("mount:" not in done.stderr and "unshare:" not in done.stderr,
         "may not mount")
    need("Sanitizer" not in done.stderr, "a sanitizer needs /proc itself")
    equal(done.returncode, 3)
    matches(done.stderr, "may be left")


@case("--replace leaves the tree alone")
def replaced_tree():
    mark = marker()
    equal(run("run", "--replace", "sh", "-c",
              "setsid sleep %s >/dev/null 2>&1 &" % mark).returncode, 0)
    until(lambda: processes(mark), "it runs")
    for pid in processes(mark):
        os.kill(pid, signal.SIGKILL)


@case("--die-with-parent: the program ends with caisson, and with its parent")
def die_with_parent():
    mark = marker()
    p = start("run", "--die-with-parent", "sleep", mark)
    launched(mark)
    p.kill()
    ended(p)
    until(lambda: not processes(mark), "the program ends with caisson")
    one, two = marker(), marker()
    p = subprocess.Popen(
        ["sh", "-c", '"$0" run --die-with-parent sh -c "setsid sleep %s & '
         'sleep %s; :" & wait' % (one, two), CAISSON],
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    launched(one)
    launched(two)
    p.kill()
    p.wait()
    until(lambda: not processes(one) + processes(two), "the tree ends")


@case("--pdeathsig: the program gets that signal when caisson is killed")
def pdeathsig():
    with Scratch() as d:
        ready, got = os.path.join(d, "ready"), os.path.join(d, "got")
        p = start("run", "--pdeathsig", "usr1", "sh", "-c",
                  "trap '>%s; exit 0' USR1; >%s; while :; do sleep 0.05; done"
                  % (got, ready))
        until(lambda: os.path.exists(ready), "it is ready")
        p.kill()
        ended(p)
        until(lambda: os.path.exists(got), "the signal came")


@case("a stopped child of nobody's terminal does not stop caisson's events")
def no_terminal():
    with Scratch() as d:
        path = os.path.join(d, "events")
        done = run("run", "--timeout", "200ms", "--kill-after", "0",
                   "--events-file", path, "sh", "-c", "kill -TSTP $$; sleep 9",
                   start_new_session=True)
        equal(done.returncode, 124)
        with open(path) as f:
            equal(json.loads(f.readlines()[1])["timed_out"], True)


if __name__ == "__main__":
    main()
