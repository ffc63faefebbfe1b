# SPDX-License-Identifier: Apache-2.0
"""What must hold of a launch in the test town: the state oracle, for programs
that run, and the fail-closed oracle, for those that must not.  Defaults are
written down once more here, from the documentation and not from the code."""

import json
import os
import stat
import subprocess
import time

import asking
import town

NONE = "0" * 16
SECUREBITS = 235
REPORTER = town.BIN + "/reporter"

# Of a program that asked for nothing.
FIXED = {
    "cap_inh": NONE, "cap_prm": NONE, "cap_eff": NONE, "cap_bnd": NONE,
    "cap_amb": NONE, "keepcaps": 0, "no_new_privs": 1,
    "securebits": SECUREBITS, "threads": 1, "dumpable": 1,
    "sig_blocked": NONE, "sig_pending": NONE, "sig_ignored": NONE,
    "sig_caught": NONE, "itimers": [0, 0, 0], "cwd": "/", "environ": [],
    "at_secure": 0, "subreaper": 0, "pdeathsig": 9, "personality": 0,
    "root": "/", "umask": 0o22, "seccomp": 2,
}
# What a program has from its caller, and nobody changes unasked.
INHERITED = ("policy", "cpus", "ioprio", "timerslack", "coredump_filter",
             "tsc", "thp_disable", "namespaces", "cgroup", "nice",
             "oom_score_adj", "ctty", "rlimits", "seccomp_filters")

baseline = {}


def setup(*programs):
    """The town, these programs (by the variable that says where they are),
    and the state of a program that an agent starts without a launcher."""
    town.enter()
    for variable in ("ATK", "REPORTER", *programs):
        town.install(os.environ[variable], variable.lower())
    done = subprocess.run([REPORTER, "state", "1"], stdin=subprocess.DEVNULL,
                          capture_output=True, env={}, check=True,
                          preexec_fn=lambda: town.become("agent"))
    baseline.update(json.loads(done.stdout))


def expected(user="builder", changes=(), filters=1):
    who = town.USERS[user]
    want = dict(FIXED)
    want.update({name: baseline[name] for name in INHERITED})
    want["rlimits"] = [list(pair) for pair in baseline["rlimits"]]
    want["seccomp_filters"] += filters
    for name in ("ruid", "euid", "suid", "fsuid", "at_uid", "at_euid"):
        want[name] = who.uid
    for name in ("rgid", "egid", "sgid", "fsgid"):
        want[name] = who.gid
    want["groups"] = who.groups
    for name, value in dict(changes).items():
        if name == "rlimits":
            for resource, pair in value.items():
                want["rlimits"][resource] = list(pair)
        else:
            want[name] = value
    return want


def differences(state, want):
    """As text, one a line; none: the state is as it has to be."""
    state = dict(state, groups=sorted(state["groups"]))
    return "\n".join("%s: expected %r, found %r" % (name, want[name],
                                                    state.get(name))
                     for name in sorted(want) if want[name] != state.get(name))


def check_descriptors(state, numbers, pipe):
    """Exactly these, and 1 is this pipe."""
    found = [fd["fd"] for fd in state["fds"]]
    assert found == list(numbers), "descriptors: %r" % state["fds"]
    out = [fd for fd in state["fds"] if fd["fd"] == 1][0]
    assert out["ino"] == pipe.st_ino and out["type"] == "pipe", out
    assert not any(fd["cloexec"] for fd in state["fds"]), state["fds"]


def report(session, argv=("state", "1"), path=REPORTER, more_fds=(), ask=None,
           **plan):
    """Launch the reporter, to its end: what it wrote and EXITED.  What the
    plan gets beside 0 to 2 is in more_fds: {number: descriptor}."""
    null = os.open("/dev/null", os.O_RDWR)
    ours, theirs = os.pipe()
    pipe = os.fstat(ours)
    fds = {0: null, 1: theirs, 2: null, **dict(more_fds)}
    data = asking.plan(path, argv=[path, *argv], fds=sorted(fds), **plan)
    try:
        exited = session.run(data, [fds[n] for n in sorted(fds)],
                             **(ask or {}))
    finally:
        os.close(theirs)
        os.close(null)
    with os.fdopen(ours, "rb") as out:
        return out.read().decode(), exited, pipe


def launched_state(session, changes=(), filters=1, user="builder", **plan):
    """The state oracle: the reporter ran, is what the plan says, and ended."""
    out, exited, pipe = report(session, user=user, **plan)
    assert (exited.how, exited.value) == (asking.EXITED, 0), exited
    state = json.loads(out)
    wrong = differences(state, expected(user, changes, filters))
    assert not wrong, wrong
    check_descriptors(state, (0, 1, 2), pipe)
    keyring = state["session_keyring"]
    assert keyring > 0 and keyring != baseline["session_keyring"], keyring
    return state


def processes(uid):
    """Those of that user, dead ones that nobody has reaped left out."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/status" % pid) as file:
                status = file.read()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if "\nUid:\t%d\t" % uid in status and "\nState:\tZ" not in status:
            found.append(int(pid))
    return found


def no_survivors(user="builder", limit=asking.LIMIT):
    """Killed is not yet gone; but nothing of it may last."""
    until = time.monotonic() + limit
    while processes(town.USERS[user].uid):
        assert time.monotonic() < until, "processes of %s: %r" % (
            user, processes(town.USERS[user].uid))
        time.sleep(0.01)


def may_raise_limits():
    """Has root here CAP_SYS_RESOURCE at all?"""
    with open("/proc/self/status") as file:
        line = [l for l in file if l.startswith("CapBnd:")][0]
    return bool(int(line.split()[1], 16) >> 24 & 1)


def manifest(*places):
    """Every file below: owner, mode, size, time of the last change."""
    found = {}
    for place in places:
        for directory, names, files in os.walk(place):
            for name in names + files:
                path = os.path.join(directory, name)
                try:
                    about = os.lstat(path)
                except FileNotFoundError:
                    continue
                found[path] = (about.st_uid, about.st_gid, about.st_mode,
                               0 if stat.S_ISDIR(about.st_mode)
                               else about.st_size)
    return found


def changed(before, after, allowed=()):
    """Paths that are new, gone or different, but for those allowed."""
    return sorted(path for path in set(before) | set(after)
                  if before.get(path) != after.get(path) and
                  not path.startswith(tuple(allowed)))
