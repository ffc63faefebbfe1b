# SPDX-License-Identifier: Apache-2.0
"""What must hold of a session whatever happens in it: see injecting.py."""

import json
import os
import signal
import time


class Wrong(Exception):
    """The oracle."""


def survivors(mark, seconds):
    """Processes with the mark that are still there then."""
    end = time.monotonic() + seconds
    while True:
        found = [pid for pid in filter(str.isdigit, os.listdir("/proc"))
                 if has_mark(pid, mark)]
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.002)


def has_mark(pid, mark):
    try:
        with open("/proc/%s/cmdline" % pid, "rb") as file:
            if mark.encode() not in file.read().split(b"\0"):
                return False
        with open("/proc/%s/stat" % pid) as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


# ---- what a program is like


def normal(state):
    """Without what differs from one program to the next."""
    state = dict(state)
    pid = state.pop("pid")
    for name in ("pgid", "sid"):
        state[name] = state[name] == pid
    for name in ("ppid", "session_keyring"):
        state.pop(name)
    for fd in state["fds"]:
        fd.pop("ino")
        if fd["type"] == "pipe":
            fd.pop("target")
    state["argv"] = [word for word in state["argv"]
                     if not word.startswith("witness-")]
    return state


def states(case):
    found = []
    for line in case.state.decode().splitlines():
        who, state = line.split(" ", 1)
        found.append(normal(dict(json.loads(state), who=who)))
    return found


def differences(got, want):
    return ", ".join("%s is %r and not %r" % (name, got.get(name), want[name])
                     for name in want if got.get(name) != want[name])


# ---- the oracle


def judge(case, golden):
    """golden: states that are right, by what the witness was told to do."""
    if len(case.of("STARTED")) > len(case.log.execed - {0}):
        raise Wrong("STARTED, but nothing was")
    if not case.log.calls:
        raise Wrong("nothing was traced")
    judge_ends(case, case.of("EXITED"))
    judge_states(case, golden)
    if not case.log.complete:
        raise Wrong("the log is cut off")
    kills = any(f.what in "kK" for f in case.faults)
    if case.status < 0 and not (case.status == -9 and kills):
        raise Wrong("%s died of signal %d" % (
            "the launcher" if case.log.main_began else "libc's start",
            -case.status))
    judge_survivors(case)


def judge_survivors(case):
    left = survivors(case.mark, 1.0 if case.status < 0 else 0.0)
    programs = [pid for pid in left if leads_only_group(int(pid))]
    for pid in left:
        os.kill(int(pid), signal.SIGKILL)
    if programs or (left and case.status >= 0):
        raise Wrong("still there: %d processes" % len(left))
    if left:
        raise Wrong("still there: %d descendants of programs" % len(left))


def leads_only_group(pid):
    """As a program does; what it has started does not, or leads a session."""
    try:
        return os.getpgid(pid) == pid != os.getsid(pid)
    except ProcessLookupError:
        return False


def judge_ends(case, exited):
    ran = case.state.count(b"\n")
    for answer in exited:
        if answer.how == 1 and (answer.value not in EXPECTED or ran == 0):
            raise Wrong("it is said to have exited with %d" % answer.value)
        if answer.how == 2 and answer.value not in (9, 15):
            raise Wrong("it is said to have died of %d" % answer.value)


EXPECTED = (7,)


def judge_states(case, golden):
    try:
        found = states(case)
    except ValueError:
        raise Wrong("half a state: %r" % case.state[-80:])
    for state in found:
        want = golden.get(" ".join(state["argv"][2:]))
        if want is None:
            raise Wrong("what ran is not what was asked for: %r" %
                        state["argv"])
        if state != want:
            raise Wrong("its confinement: " + differences(state, want))
