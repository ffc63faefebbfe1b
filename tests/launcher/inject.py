# SPDX-License-Identifier: Apache-2.0
"""Every system call of a launcher and its children that fails, that only
pretends, during which the process is killed, during which the world changes.

	inject.py quick		a selection, always the same
	inject.py all [SECONDS]	all, or as many as there is time for
	inject.py one SESSION FAULT...	one, and all that is known of it

See injecting.py for what must hold.  Each worker has a town and a pid
namespace of its own: a launcher that has been lied to may signal anybody."""

import collections
import ctypes
import errno
import json
import os
import random
import re
import sys
import threading
import time

import injecting
import injecting_oracle
import town
from inject_points import ARGUED, argued, no_agent, no_grants, points, restore, \
    select
from injecting import Fault, NAMES
from injecting_oracle import Wrong

WORKERS = 2
SECONDS = 60

# ---- what is right


def baseline(session):
    """Without a fault all must be well: what the others are compared with."""
    golden, logs = {}, []
    for _ in range(2):
        case = injecting.run(session, patience=injecting.LIMIT)
        found = {" ".join(s["argv"][2:]): s for s in injecting_oracle.states(case)}
        assert golden in ({}, found), injecting_oracle.differences(
            *[next(iter(g.values())) for g in (found, golden)])
        golden = found
        injecting_oracle.judge(case, golden)
        assert len(case.of("STARTED")) == len(golden) > 0, case.answers
        assert case.of("EXITED"), case.answers
        assert case.status == 0, case.status
        logs.append(case.log)
    check_golden(golden)
    return golden, logs[-1]


def check_golden(golden):
    """What a program is like without a fault is confined, too."""
    builder = town.USERS["builder"]
    for state in golden.values():
        want = {"ruid": builder.uid, "euid": builder.uid, "suid": builder.uid,
                "rgid": builder.gid, "egid": builder.gid, "sgid": builder.gid,
                "groups": builder.groups, "no_new_privs": 1, "seccomp": 2,
                "seccomp_filters": 2, "nice": 3, "environ": ["MARK=1"],
                "sig_blocked": "0" * 16, "sig_ignored": "0" * 16,
                "subreaper": 0, "umask": 0o22, "cwd": "/", "who":
                "the-witness"}
        want.update(dict.fromkeys(("cap_inh", "cap_prm", "cap_eff", "cap_bnd",
                                   "cap_amb"), "0" * 16))
        wrong = injecting_oracle.differences(state, want)
        assert wrong == "", wrong
        assert [fd["fd"] for fd in state["fds"]] == [0, 1, 2, 4], state["fds"]
        assert state["rlimits"][7] == [64, 64] and \
            state["rlimits"][4] == [0, 0], state["rlimits"]


# ---- the workers


def attempt(point, golden):
    """None, or what is wrong; and the call that was hit."""
    faults = [point.fault]
    case = None
    try:
        case = injecting.run(point.session, faults, act=point.act,
                             agent=point.act is no_agent)
        judge_world(case, point)
        injecting_oracle.judge(case, golden)
        wrong = None
    except Wrong as error:
        wrong = str(error)
    hits = [call.nr for call in case.log.calls if call.hit] if case and \
        hasattr(case, "log") else []
    return wrong, hits[0] if hits else None


def judge_world(case, point):
    if b"not-granted" in case.state:
        raise Wrong("what was never granted has run")
    if point.act is not no_grants:
        return
    opens = [n for n, call in enumerate(case.log.calls)
             if call.process == 0 and NAMES[call.nr] in ("openat", "openat2")]
    hit = [n for n, call in enumerate(case.log.calls) if call.hit]
    if hit and not any(n < hit[0] and started_from(case, n) for n in opens) \
            and case.log.execed - {0}:
        raise Wrong("it was launched after its grant was taken back")


def started_from(case, n):
    """Was a message taken in before that open?  Then it may be the grants."""
    return any(NAMES[call.nr] in ("recvmsg", "recvfrom", "read")
               for call in case.log.calls[:n] if call.process == 0)


def work(chosen, golden, saved, until, say):
    for point in chosen:
        if until is not None and time.monotonic() > until:
            say(["late"])
            continue
        wrong, nr = attempt(point, golden[point.session])
        if point.kind == "world":
            restore(saved)
        row = None if wrong is None else argued(point, nr, wrong)
        say([point.kind, describe(point, nr), nr is not None,
             wrong if row is None else None, row])


def describe(point, nr):
    what = injecting.fault_text(point.fault)
    if point.kind in ("error", "always"):
        what += " (%s)" % errno.errorcode[point.fault.value]
    return "%s %s%s %s" % (point.session, what, "" if point.act is None else
                           " " + point.act.__name__, NAMES.get(nr, ""))


def worker(number, how, seconds, out):
    """A process in a town of its own; lines of JSON."""
    def say(words):
        out.write(json.dumps(words) + "\n")
        out.flush()

    enter()
    saved = town.ROOT + "/saved"
    os.link(injecting.WITNESS, saved)
    until = None if seconds is None else time.monotonic() + seconds
    golden, chosen = {}, []
    for session in injecting.SESSIONS:
        golden[session], log = baseline(session)
        found = list(points(session, log))
        chosen += select(found, log) if how == "quick" else found
    if how == "all":
        random.Random(1).shuffle(chosen)
    say(["points", len(chosen)])
    work(chosen[number::WORKERS], golden, saved, until, say)
    say(["end"])


def enter():
    """A town, in a pid namespace whose init is not we."""
    injecting.build_world()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x20000000) != 0:
        town.skip("no pid namespace")
    pid = os.fork()
    if pid > 0:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xff)
    town.mount("proc", "/proc", "proc")
    pid = os.fork()
    if pid > 0:
        while True:  # as init: whatever has lost its parent
            ended, status = os.waitpid(-1, 0)
            if ended == pid:
                os._exit(os.waitstatus_to_exitcode(status) & 0xff)


class Result:
    def __init__(self):
        self.tried, self.hit = collections.Counter(), collections.Counter()
        self.wrong, self.argued = [], collections.Counter()
        self.late = self.points = 0

    def take(self, words):
        if words[0] == "points":
            self.points = words[1]
        elif words[0] == "late":
            self.late += 1
        elif words[0] != "end":
            kind, text, hit, wrong, row = words
            self.tried[kind] += 1
            self.hit[kind] += hit
            if row is not None:
                self.argued[row] += 1
            if wrong is not None:
                self.wrong.append((text, wrong))
                print("WRONG: %s: %s" % (text, wrong), flush=True)


def start_worker(number, how, seconds):
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        with os.fdopen(theirs, "w") as out:
            worker(number, how, seconds, out)
        sys.exit(0)
    os.close(theirs)
    return pid, os.fdopen(ours)


def run_all(how, seconds):
    result = Result()
    workers = [start_worker(n, how, seconds) for n in range(WORKERS)]
    ends = []

    def read(pipe):
        for line in pipe:
            words = json.loads(line)
            result.take(words)
            if words[0] == "end":
                ends.append(1)

    threads = [threading.Thread(target=read, args=(pipe,))
               for _, pipe in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                for pid, _ in workers]
    if town.SKIP in statuses:
        sys.exit(town.SKIP)
    return report(result, how, len(ends) == WORKERS and not any(statuses))


def report(result, how, complete):
    for kind in sorted(result.tried):
        print("%-7s %5d tried, %5d hit" % (kind, result.tried[kind],
                                           result.hit[kind]))
    for row, n in sorted(result.argued.items()):
        print("argued  %5d times: %s" % (n, ARGUED[row][-1]))
    total, hit = sum(result.tried.values()), sum(result.hit.values())
    print("in all %d of %d points tried, %d hit, %d for which there was no "
          "time, %d wrong" % (total, result.points, hit, result.late,
                              len(result.wrong)))
    if not complete:
        print("a worker did not come to its end")
    needed = ("error", "lie", "kill", "world", "delay", "always")
    few = [kind for kind in needed if result.hit[kind] == 0]
    if few:
        print("never hit: " + ", ".join(few))
    unneeded = how == "all" and result.late == 0 and [
        row for n, row in enumerate(ARGUED) if n not in result.argued]
    for row in unneeded or ():
        print("never needed: %s" % (row,))
    return not (complete and not result.wrong and not few and not unneeded)


def run_one(session, texts):
    """For who looks for the cause."""
    enter()
    golden, _ = baseline(session)
    faults = [parse(text) for text in texts]
    try:
        case = injecting.run(session, faults)
        print(case.answers, case.status)
        injecting_oracle.judge(case, golden)
        print("it is fine")
    except Wrong as wrong:
        print("WRONG: %s" % wrong)
    with open("%s/log.%d" % (town.ROOT, os.getpid())) as log:
        for line in log:
            words = line.split()
            if words[1:] and words[1].isdigit():
                words[1] = NAMES[int(words[1])]
            print(" ".join(words))


def parse(text):
    process, which, what, _, value = re.fullmatch(
        r"(\d+)([@#]\d+)([a-zA-Z])(=(-?\d+))?", text).groups()
    return Fault(int(process), which, what, value and int(value))


def main():
    how = sys.argv[1] if len(sys.argv) > 1 else "quick"
    if how == "one":
        return run_one(sys.argv[2], sys.argv[3:])
    seconds = SECONDS if how == "quick" else None
    if how == "all" and len(sys.argv) > 2:
        seconds = int(sys.argv[2])
    return run_all(how, seconds)


sys.exit(main())
