# SPDX-License-Identifier: Apache-2.0
"""The hostile start conditions as factors with levels, what each of them may
lead to, and a covering array of their pairs.

A level is a list of words for atk.c and what comes of it:

	runs		the launch works, and the program's state is as golden,
			but for `changes`
	exits N		the launcher ends with this status before it has said a
			word: one of its steps does not stand for it
	fails		it says FAILED: the program could not have run like this
	dies		the kernel does not even start it

Levels that never run stand in rows of their own, for they hide the others."""

import random
import resource
import signal

START = {name: 65 + i for i, name in enumerate(
    ("arguments", "stdio", "caller", "dumpable", "signals", "securebits",
     "identity", "place", "limits", "descriptors", "agent", "capabilities"))}

NORMAL = ("normal",)
HUGE = 1 << 62
VARIABLES = "/run/town/variables"


class Level:
    def __init__(self, name, *words, id="", exits=(), may=("runs",),
                 changes=None, plan=None, launcher=None, hello=True):
        self.name, self.words, self.id = name, words, id
        self.exits = {START[step] for step in exits}
        self.may = set(may) if not exits else set(may) - {"runs"}
        self.changes, self.plan = changes or {}, plan or {}
        self.launcher, self.hello = launcher, hello

    def runs(self):
        return "runs" in self.may


def limit(name, number, soft, hard, id, asks=True, **more):
    """asks: the plan wants what it needs; else the program has the caller's."""
    most = resource.getrlimit(number)[1]
    most = HUGE if most == resource.RLIM_INFINITY else most
    shown = [-1 if n >= HUGE else n for n in
             (min(soft, hard, most), min(hard, most))]
    if asks:
        shown[0] = min(256 if number == resource.RLIMIT_NOFILE else HUGE,
                       min(hard, most))
        more["plan"] = {number: (asks_for(shown[0]), asks_for(shown[1]))}
        shown = [-1 if n >= HUGE else n for n in shown]
    more.setdefault("changes", {"rlimits": {number: shown}})
    return Level(name, "limit=%d:%d:%d" % (number, soft, hard), id=id, **more)


def open_files(name, word, soft):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return Level(name, word, id="A10", changes={
        "rlimits": {resource.RLIMIT_NOFILE: [min(soft, most), most]}})


def asks_for(value):
    return (1 << 64) - 1 if value < 0 or value >= HUGE else value


def limits(may_raise):
    """Lower than the launcher can work with: it raises them, if it may."""
    low = {} if may_raise else {"exits": ("limits",)}
    dies = {"may": ("runs", "fails", "dies"), **low}
    r = resource
    return {
        "limit-files": [
            limit("nofile soft %d" % n, r.RLIMIT_NOFILE, n, HUGE, "A13")
            for n in (0, 1, 3, 4, 16)] + [
            limit("nofile %d" % n, r.RLIMIT_NOFILE, n, n, "A13", **low)
            for n in (0, 3, 64)],
        "limit-size": [
            limit("fsize %d" % n, r.RLIMIT_FSIZE, n, n, "A11")
            for n in (0, 1)] + [
            limit("fsize soft 0", r.RLIMIT_FSIZE, 0, HUGE, "A11",
                  asks=False)],
        "limit-processes": [
            limit("nproc %d" % n, r.RLIMIT_NPROC, n, n, "A12", asks=False,
                  may=("runs", "fails")) for n in (0, 1)],
        "limit-memory": [
            limit("stack 4 KiB", r.RLIMIT_STACK, 4096, HUGE, "A14",
                  may=("runs", "dies")),
            limit("stack 64 KiB", r.RLIMIT_STACK, 65536, 65536, "A14",
                  **dies),
            limit("as 2 MiB", r.RLIMIT_AS, 2 << 20, 2 << 20, "A14", **dies),
            limit("as 32 MiB", r.RLIMIT_AS, 32 << 20, HUGE, "A14",
                  may=("runs", "dies")),
            limit("data 0", r.RLIMIT_DATA, 0, 0, "A14", **dies)],
        "limit-time": [
            limit("cpu soft 0", r.RLIMIT_CPU, 0, HUGE, "A15",
                  may=("runs", "dies")),
            limit("cpu 1", r.RLIMIT_CPU, 1, 1, "A15", **low),
            limit("rttime 0", 15, 0, 0, "A15", **low)],
        "limit-queues": [
            limit("sigpending 0", r.RLIMIT_SIGPENDING, 0, 0, "A15",
                  asks=False),
            limit("msgqueue 0", r.RLIMIT_MSGQUEUE, 0, 0, "A15", asks=False),
            limit("memlock 0", r.RLIMIT_MEMLOCK, 0, 0, "A15", asks=False),
            limit("locks 0", 10, 0, 0, "A15", asks=False),
            limit("nice 0", r.RLIMIT_NICE, 0, 0, "A15", asks=False)],
        "limit-core": [
            limit("core unlimited", r.RLIMIT_CORE, HUGE, HUGE, "A16",
                  asks=False),
            limit("core 0", r.RLIMIT_CORE, 0, 0, "A16", asks=False)],
    }


# atk's kinds of descriptors, at 0, 1 and 2.
KINDS = ("closed", "mem", "netlink", "o-path", "directory", "full-pipe",
         "lonely", "full", "fifo", "eventfd", "epoll", "memfd", "pidfd",
         "terminal", "read-only")
CONTROL = ("closed", "null", "stream", "datagram", "unconnected", "memfd",
           "pidfd", "full-pipe")


def factors(may_raise, places):
    """places: launchers that lie elsewhere, by their level's name."""
    soon = {"may": ("runs", "dies")}
    found = {
        "arguments": [
            Level("argc 0", "argc-0", id="A01"),
            Level("argv[0] long", "argv-0=long", id="A02"),
            Level("argv[0] format", "argv-0=%n%s%n", id="A02"),
            Level("argv[0] escapes", "argv-0=\x1b[2J\r\n\x7f\u202e", id="A02"),
            Level("argv[0] ..", "argv-0=../../etc/shadow", id="A02"),
            Level("option", "arguments=1", id="A05", exits=("arguments",)),
            Level("20 long arguments", "arguments=20", id="A04",
                  exits=("arguments",)),
            Level("10000 arguments", "arguments=10000", id="A04",
                  exits=("arguments",))],
        "environment": [
            Level("loader and interpreters", "variables=" + VARIABLES,
                  id="A06"),
            Level("odd and huge", "odd-variables", id="A04")],
        "stdio": [Level("stdio " + kind, "stdio=" + kind,
                        id="A08" if kind == "closed" else "A09")
                  for kind in KINDS] + [
            Level("%d closed" % fd, "put=%d:closed" % fd, id="A08")
            for fd in (0, 1, 2)],
        "control": [Level("3 " + kind, "put=3:" + kind, id="A09",
                          exits=("descriptors",), hello=False)
                    for kind in CONTROL],
        "table": [
            open_files("256 open", "fill=256", 256),
            open_files("4096 open", "fill=4096", 4096),
            open_files("900 and the highest open", "high", HUGE)],
        "signals": [
            Level("blocked", "blocked", id="A17"),
            Level("ignored", "ignored", id="A17"),
            Level("pending", "pending", id="A17"),
            Level("pending and ignored", "pending", "ignored", id="A17")],
        "timers": [
            Level("real 50 us", "timer=0:50", id="A18", **soon),
            Level("real 500 us", "timer=0:500", id="A18", **soon),
            Level("real 5 ms", "timer=0:5000", id="A18", **soon),
            Level("real 100 ms", "timer=0:100000", id="A18"),
            Level("virtual 20 ms", "timer=1:20000", id="A18"),
            Level("profile 20 ms", "timer=2:20000", id="A18")],
        "stopped": [Level("stopped again and again", "stopped", id="A19")],
        "umask": [Level("umask 0", "umask=0", id="A20"),
                  Level("umask 0777", "umask=0777", id="A20")],
        "directory": [
            Level("directory deleted", "directory=deleted", id="A21"),
            Level("directory unreadable", "directory=unreadable", id="A21"),
            Level("directory in /proc", "directory=/proc/self/fd",
                  id="A21")],
        "trust": [
            Level("no_new_privs", "no-new-privs", id="A23",
                  exits=("caller",)),
            Level("traced", "traced", id="A22", exits=("caller",)),
            Level("root of a user namespace", "user-namespace", id="A23",
                  exits=("identity", "securebits")),
            Level("noroot", "securebits=1", id="A24",
                  exits=("securebits",)),
            Level("no_setuid_fixup", "securebits=4", id="A24",
                  exits=("securebits",)),
            Level("no ambient", "securebits=64", id="A24",
                  exits=("securebits",))],
        "capabilities": [Level("inheritable capabilities", "capabilities",
                               id="B09")],
        "key": [Level("key", "key", id="A25")],
        "children": [Level("children", "children", id="A26",
                           exits=("place",))],
        "scheduling": [
            Level("nice 19", "nice=19", id="A27", changes={"nice": 19}),
            Level("idle, one processor", "scheduling", id="A27",
                  changes={"policy": 5, "cpus": 1, "ioprio": 3 << 13,
                           "timerslack": 1000000000}),
            Level("personality", "personality=0x04440008", id="A27"),
            Level("oom score 1000", "oom-score=1000", id="A27",
                  changes={"oom_score_adj": 1000})],
        "file": [Level(name, launcher=path, id=id, exits=exits)
                 for name, (path, id, exits) in places.items()],
        "terminal": [
            Level("terminal hangs up", "terminal=hangup", id="A31",
                  changes={"ctty": None}, **soon),
            Level("terminal's background", "terminal=background", id="A31",
                  changes={"ctty": None})],
        "clock": [Level("clock far ahead", "clock=1000000000", id="A32")],
    }
    found.update(limits(may_raise))
    return {name: [Level("normal")] + levels
            for name, levels in found.items() if levels}


# Pairs that cannot be, or whose outcome is not ours to say; with the reason.
CONFLICTS = {
    ("trust", "traced", "stopped", None): "the tracer takes the stops",
    ("limit-files", None, "table", None): "both are about one limit",
}


def conflict(one, two):
    for a, b in ((one, two), (two, one)):
        for (f, level, g, other), reason in CONFLICTS.items():
            if a[0] == f and b[0] == g and level in (None, a[1].name) and \
                    other in (None, b[1].name) and \
                    "normal" not in (a[1].name, b[1].name):
                return reason
    return None


def may_end(row):
    """Statuses that only come of several together: what is closed and cannot
    be opened.  libc, which looks too where privilege comes by a file's bit,
    aborts before main then, with SIGSEGV."""
    names = " ".join(level.name for level in row)
    return {START["stdio"], -signal.SIGSEGV} if "closed" in names and \
        "nofile" in names else set()


class Pairs:
    """A greedy covering array, the same for the same seed."""

    def __init__(self, table, seed):
        self.table = table
        self.random = random.Random(seed)
        self.impossible = []
        self.open = set()
        cells = [(f, i) for f in table for i in range(len(table[f]))]
        for at, one in enumerate(cells):
            for two in cells[at + 1:]:
                if one[0] != two[0] and self.wanted(one, two):
                    self.open.add((one, two))
        self.total = len(self.open)

    def level(self, cell):
        return self.table[cell[0]][cell[1]]

    def wanted(self, one, two):
        if one[1] == 0 and two[1] == 0:
            return False
        reason = conflict((one[0], self.level(one)), (two[0], self.level(two)))
        if reason:
            self.impossible.append((self.level(one).name,
                                    self.level(two).name, reason))
        return not reason

    def fits(self, row, cell, clean):
        return (not clean or self.level(cell).runs()) and not any(
            conflict((cell[0], self.level(cell)),
                     (f, self.table[f][i])) for f, i in row.items())

    def covered(self, row, cell, clean):
        """Pairs of the cell with the row that nobody has covered; those of
        levels that run, only where all of the row runs."""
        found = set()
        for other in row.items():
            pair = (other, cell) if (other, cell) in self.open else \
                (cell, other)
            if pair in self.open and (clean or not (
                    self.level(cell).runs() and self.level(other).runs())):
                found.add(pair)
        return found

    def row(self):
        one, two = self.random.choice(sorted(self.open))
        clean = self.level(one).runs() and self.level(two).runs()
        row = dict([one])
        done = self.covered(row, two, clean)
        row.update([two])
        for factor in self.random.sample(sorted(self.table), len(self.table)):
            if factor in row:
                continue
            cells = [(factor, i) for i in range(len(self.table[factor]))
                     if self.fits(row, (factor, i), clean)]
            best = max(cells, key=lambda cell:
                       (len(self.covered(row, cell, clean)),
                        self.random.random()))
            done |= self.covered(row, best, clean)
            row.update([best])
        self.open -= done
        return [self.table[f][i] for f, i in sorted(row.items()) if i > 0]

    def rows(self):
        while self.open:
            yield self.row()
