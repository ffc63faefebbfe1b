# SPDX-License-Identifier: Apache-2.0
"""A01 to A16: arguments, environment, descriptors and limits that the caller
chose for the launcher.  See threats.py."""

import json
import os
import resource
import sys
import tempfile

import asking
import hostile
import matrix
import oracle
import threats
import town
from threats import denied, equal, probe, refused, runs, threat, within

ARGUMENTS, STDIO, CALLER, LIMITS = 1, 2, 3, 9
NAMES = ("long", "%n%s%n%s", "\x1b[2J\r\n", "/", "..", "\udcff\udcfe", "",
         "sudoedit", "-caisson")


@threat("A01", "argc 0 is as any other start",
        broken="argv-0")
def argc_0():
    runs(["argc-0"])


@threat("A02", "argv[0] changes nothing, whatever it is",
        broken="argv-0")
def argv_0():
    for name in NAMES:
        runs(["argv-0=" + name])


@threat("A03", "arguments are not looked at, but refused",
        broken="arguments")
def arguments_refused():
    refused(["arguments=1"], ARGUMENTS)
    refused(["argv-0=x\\", "arguments=2"], ARGUMENTS)


@threat("A04", "huge arguments and environments end nothing but a start",
        broken="arguments")
def huge():
    refused(["arguments=30"], ARGUMENTS)
    refused(["arguments=20000"], ARGUMENTS)
    runs(["odd-variables"])


def reported_argv(session, argv):
    out, _, _ = oracle.report(session, ("state", "1", *argv))
    return json.loads(out)["argv"][3:]


@threat("A05", "what begins with a dash is data",
        broken="arguments")
def options_are_data():
    argv = ["--help", "-", "--", "--=x", "a=b", "two\nlines", "", "\\"]
    equal(within(lambda s: reported_argv(s, argv)), argv, "argv")
    refused(["arguments=1"], ARGUMENTS)
    within(lambda s: denied(s, path="/--help"))


def opened(session):
    """What the launcher has open, and how its memory is mapped by files."""
    oracle.launched_state(session)
    return sorted(session.as_root("descriptors", session.pid)), \
        session.as_root("mapped", session.pid)


@threat("A06", "no variable of loader or libc changes what is opened or given",
        broken="environ")
def loader_variables():
    matrix.write_variables()
    plain = within(opened)
    equal(within(opened, ["variables=" + hostile.VARIABLES]), plain, "opened")
    for name in matrix.NAMES:
        runs(["variable=%s=../../evil" % name])


@threat("A07", "what interpreters listen to is given only if it is granted",
        broken=["environ", "overlook:7"])
def interpreter_variables():
    def work(session):
        for name in ("BASH_ENV", "PERL5OPT", "PYTHONPATH", "LD_PRELOAD",
                     "BASH_FUNC_x%%", "PATHS", "PAT"):
            denied(session, 7, env=(name + "=evil",))
        denied(session, 7, env=("LD_PRELOAD=x", "PATH=/bin"))
    within(work)
    runs(["variable=BASH_ENV=/run/town/home/agent/evil"])
    runs((), {"environ": ["PATH=/bin"]}, {"env": ("PATH=/bin",)})


@threat("A08", "closed descriptors 0, 1 and 2 are nothing that it opens itself",
        broken="start:%d" % STDIO)
def closed_stdio():
    def work(session):
        oracle.report(session)
        found = session.as_root("descriptors", session.pid)
        for fd in (0, 1, 2):
            # libc has been there before, where it is setuid
            assert found.get(fd) in ("/dev/null", "/dev/full"), found
    for closed in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 2), (0, 1, 2)):
        for user in ("agent", "root"):
            within(work, ["put=%d:closed" % fd for fd in closed], user=user)


@threat("A09", "nothing is written to, read from or asked of 0, 1 and 2",
        broken="chatty")
def odd_stdio():
    for kind in hostile.KINDS:
        runs(["stdio=" + kind])
    with tempfile.TemporaryFile() as file:
        file.write(b"unread")
        file.seek(0)
        within(ask_in_all_ways, stdio=file.fileno())
        equal((os.lseek(file.fileno(), 0, os.SEEK_CUR),
               os.fstat(file.fileno()).st_size), (0, 6), "place and size")


def ask_in_all_ways(session):
    oracle.launched_state(session)
    denied(session, env=("EVIL=1",))
    session.ask(b"nonsense")
    session.expect("FAILED", "REFUSED")


@threat("A10", "no descriptor that was open reaches the program",
        broken="lie:436")
def full_tables():
    def work(session):
        out, _, pipe = oracle.report(session, rlimits={7: (64, 64)})
        oracle.check_descriptors(json.loads(out), (0, 1, 2), pipe)
    for words in (["fill=64"], ["fill=20000"], ["high"],
                  ["high", "limit=7:4:1000000"],
                  ["high", "limit=7:16:1000000"]):
        within(work, words)


LIMIT_NAMES = {resource.RLIMIT_FSIZE: "Max file size",
               resource.RLIMIT_NPROC: "Max processes",
               resource.RLIMIT_NOFILE: "Max open files",
               resource.RLIMIT_STACK: "Max stack size",
               resource.RLIMIT_AS: "Max address space",
               resource.RLIMIT_DATA: "Max data size",
               resource.RLIMIT_CPU: "Max cpu time",
               15: "Max realtime timeout",
               resource.RLIMIT_SIGPENDING: "Max pending signals",
               resource.RLIMIT_MEMLOCK: "Max locked memory"}


def raised(number, soft, **more):
    """The launcher has not the caller's soft limit, but all that it may."""
    def work(session):
        found = session.as_root("limits", session.pid)[LIMIT_NAMES[number]]
        equal(found[0], found[1], LIMIT_NAMES[number])
        assert found[0] != str(soft), found
    within(work, ["limit=%d:%d:%d" % (number, soft, hostile.HUGE)], **more)


@threat("A11", "the caller's limit on file sizes is not the launcher's",
        broken="start:%d" % LIMITS)
def file_size():
    raised(resource.RLIMIT_FSIZE, 0)
    for size in (0, 1):
        for words in ([], ["ignored"]):
            runs(["limit=1:%d:%d" % (size, size), *words],
                 {"rlimits": {1: (size, size)}})
    found = oracle.manifest("/var/lib/caisson")
    cut = [path for path, about in found.items()
           if path != "/var/lib/caisson/launches" and about[3] == 0]
    equal(cut, [], "files that are cut")


@threat("A12", "who may have no more processes does not run as root instead",
        broken="child:40,42")
def no_processes():
    def work(session):
        session.launch(asking.plan(oracle.REPORTER, [
            oracle.REPORTER, "sleep", "60000"]), request=1)
        session.ask(asking.plan(oracle.REPORTER, [
            oracle.REPORTER, "state", "1"], rlimits={6: (0, 0)}), request=2)
        session.expect("ACCEPTED")
        answer = session.expect("FAILED")
        equal((answer.stage in (40, 51), answer.error), (True, 11), answer)
    within(work)
    within(work, ["limit=6:1:1"])


@threat("A13", "with no descriptors to be had it starts, or says why not",
        broken="start:%d" % LIMITS)
def no_descriptors():
    for soft in (0, 1, 3, 4):
        raised(resource.RLIMIT_NOFILE, soft)
    if not oracle.may_raise_limits():
        for hard in (0, 1, 3):
            refused(["limit=7:%d:%d" % (hard, hard)], LIMITS)


def sweep(number, sizes):
    """Each runs as it has to, or has not begun."""
    ended = set()
    for size in sizes:
        def work(session):
            if session.hello() is None:
                return session.wait()
            hard = oracle.baseline["rlimits"][number][1]
            asks = asking.INFINITE if hard < 0 else hard
            oracle.launched_state(session, {"rlimits": {number: (hard, hard)}},
                                  rlimits={number: (asks, asks)})
            return session.close()
        ended.add(within(work, ["limit=%d:%d:%d" % (number, size,
                                                    hostile.HUGE)],
                         hello=False))
    return ended


@threat("A14", "too little memory ends it before it has begun, or not at all",
        broken="start:%d" % LIMITS)
def little_memory():
    raised(resource.RLIMIT_AS, 64 << 20)
    for number in (resource.RLIMIT_AS, resource.RLIMIT_DATA,
                   resource.RLIMIT_STACK):
        ended = sweep(number, [n << 18 for n in range(4, 128, 5)])
        assert ended <= {0, -9, -11, 127}, ended
        assert 0 in ended, ended


@threat("A15", "limits on time and on queues do not end it half-way",
        broken="start:%d" % LIMITS)
def queues():
    raised(resource.RLIMIT_CPU, 1)
    raised(15, 1)
    for number in (8, 10, 11, 12, 13, 14):
        runs(["limit=%d:0:0" % number], {"rlimits": {number: (0, 0)}})


@threat("A16", "the launcher leaves no core, and the program's limit is kept",
        broken="start:4,7,%d" % LIMITS)
def no_core():
    def work(session):
        found = session.as_root("limits", session.pid)["Max core file size"]
        equal(found[0], "0", "the launcher's limit on cores")
        session.as_root("kill", session.pid, 11)
        oracle.launched_state(session, {"rlimits": {4: (-1, -1)}})
    within(work, ["limit=4:%d:%d" % (hostile.HUGE, hostile.HUGE)])


if __name__ == "__main__":
    sys.exit(threats.main(sys.argv[1:]))
