# SPDX-License-Identifier: Apache-2.0
"""B01 to B15: ids, groups, capabilities, and going from root to the target.
See threats.py."""

import json
import os
import subprocess
import sys

import asking
import oracle
import threats
import town
from threats import (also, asked, denied, equal, probe, runs, threat, within)

# Steps of the child: src/include/caisson.h.
NO_NEW_PRIVS, BOUNDING, AMBIENT, SECUREBITS = 33, 34, 35, 36
GROUPS, GID, UID, CAPSET, VERIFY = 38, 39, 40, 41, 42
PROTOCOL = 18
GRANT_CALLERS, GRANT_UID, GRANT_FLAGS = 2, 10, 12


def not_run(session, **plan):
    """As root's own launcher has no grants, its plans are only checked."""
    answer = asked(session, **plan)
    equal(answer.type, "FAILED", plan)
    equal((answer.code, answer.stage), (PROTOCOL, 12), answer)




@threat("B01", "-1 is not an id, nor is what is beyond it",
        broken="any-id child:39,40,%d" % VERIFY)
def no_id():
    def work(session):
        for value in (0xffffffff, (1 << 64) - 1, (1 << 63), 1 << 32):
            not_run(session, uid=value)
            not_run(session, gid=value)
            not_run(session, groups=[value])
            not_run(session, groups=[1, value])
    within(work, user="root")
    within(work)

    def ordinary(session):
        for value in (0xfffffffe, 65535, 65534):
            denied(session, GRANT_UID, uid=value)
    within(ordinary)


@threat("B02", "no id is cut to fit",
        broken="any-id")
def cut():
    who = town.USERS["builder"]

    def work(session):
        for high in (1 << 32, 1 << 33, 1 << 62, 1 << 63):
            not_run(session, uid=high + who.uid)
            not_run(session, gid=high + who.gid)
            not_run(session, groups=[high + g for g in who.groups])
    within(work)
    for number in ("4294967296", "-1", "1e3", "0x10", "010", "+1", "1.0",
                   "4294967295", "18446744073709551616"):
        done = town.grant("permit user agent as uid %s gid 1 {\n\tprogram "
                          "/usr/bin/true\n}\n" % number, check=False)
        assert done.returncode != 0, number


@threat("B03", "an unknown or missing user is an error, and never root",
        broken="overlook:10")
def unknown_users():
    for whom in ("nobodyatall", "''", "uid", "4294967294", "0day"):
        done = town.grant("permit user agent as user %s {\n\tprogram "
                          "/usr/bin/true\n}\n" % whom, check=False)
        assert done.returncode != 0, whom

    def work(session):
        denied(session, GRANT_UID, user="root")
        denied(session, GRANT_UID, uid=0)
    within(work)


@threat("B04", "root is a target only where the rule says so in so many words",
        broken="overlook:%d" % GRANT_CALLERS)
def root_by_accident():
    rule = "permit user agent as user root {\n\tprogram %s\n%s}\n"
    done = town.grant(rule % (oracle.REPORTER, ""), check=False)
    assert done.returncode != 0, "granted without the word"
    # without it in the file, too, there is no rule
    town.grant(rule % (oracle.REPORTER, "\troot\n\tterminal\n"))
    with open(town.APPLIED, "rb") as file:
        data = file.read()
    flags = asking.numbers(GRANT_FLAGS) + asking.framed(asking.numbers(18))
    assert data.count(flags) == 1, "no flags"
    with open(town.APPLIED, "wb") as file:
        file.write(data.replace(flags, flags[:-1] + b"\x10"))

    def work(session):
        denied(session, GRANT_CALLERS, user="root")
    within(work)
    town.grant(threats.GRANTS.replace("terminal", "terminal\n\trlimit core 0"))
    for more in ({"gid": 0}, {"groups": [0]}):
        within(lambda s, more=more: denied(s, **more))


@threat("B05", "a call that only claims success starts nothing",
        broken="child:%d" % VERIFY)
def lies():
    for number in (116, 117, 119):
        also("lie:%d" % number)

        def work(session):
            answer = asked(session)
            equal(answer.type, "FAILED", "system call %d" % number)
        within(work)


BACK = """
import json, os
found = {}
for name in ("setuid", "seteuid", "setgid", "setegid"):
    try:
        getattr(os, name)(0)
        found[name] = "done"
    except PermissionError:
        found[name] = "EPERM"
for name, old in (("setresuid", %d), ("setresgid", %d)):
    for ids in ((-1, 0, -1), (0, -1, -1), (-1, -1, 0), (old, old, old)):
        try:
            getattr(os, name)(*ids)
            found[name + str(ids)] = "done"
        except PermissionError:
            found[name + str(ids)] = "EPERM"
print(json.dumps(found))
"""


@threat("B06", "there is no way back to root or to the caller",
        broken="child:%d,%d,%d" % (UID, CAPSET, VERIFY))
def no_way_back():
    who = town.USERS["agent"]

    def work(session):
        found = json.loads(probe(session, BACK % (who.uid, who.gid)))
        equal(set(found.values()), {"EPERM"}, found)
    within(work)
    runs()


@threat("B07", "the groups are the plan's and no others",
        broken="child:%d,%d start:7" % (GROUPS, VERIFY))
def groups():
    many = sorted([4, 6, 42, 27, town.GROUPS["agent"], town.GROUPS["caisson"]]
                  + list(range(69000001, 69000030)))
    runs(groups=many)
    private = town.ROOT + "/not-for-crew"
    with open(private, "w") as file:
        file.write("x")
    os.chmod(private, 0o604)
    os.chown(private, 0, town.GROUPS["crew"])

    def work(session):
        for refused in ([], [4], many, [town.GROUPS["crew"]],
                        town.USERS["builder"].groups + [town.GROUPS["agent"]]):
            denied(session, 4, groups=sorted(refused))
        equal(probe(session, "try:\n open(%r)\n print('read')\n"
                    "except PermissionError:\n print('denied')" % private),
              "denied", "a file that a group may not read")
    within(work, groups=many)


def traced_calls():
    """Names of the child's calls in their order, by strace."""
    log = town.ROOT + "/strace.out"
    wrapper = town.BIN + "/traced"
    with open(wrapper, "w") as file:
        file.write("#!/bin/sh\nexec /usr/bin/strace -f -qq -u agent -o %s "
                   "-e trace=setgroups,setresgid,setresuid,capset,prctl,"
                   "getresuid,chdir,seccomp,execveat,clone %s\n" % (
                       log, town.LAUNCHER))
    os.chmod(wrapper, 0o755)
    within(oracle.report, user="root", launcher=wrapper)
    with open(log) as file:
        lines = [line.split(None, 1) for line in file]
    child = [pid for pid, rest in lines if rest.startswith("execveat")]
    assert len(set(child)) == 1, "no child in the trace"
    return [rest for pid, rest in lines if pid == child[0]]


ORDER = ("prctl(PR_SET_NO_NEW_PRIVS", "prctl(PR_CAPBSET_READ",
         "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR", "setgroups(",
         "setresgid(", "setresuid(", "capset(", "getresuid(", "chdir(",
         "seccomp(", "execveat(")


@threat("B08", "groups go before the gid, that before the uid, and filters last",
        broken="lie:119 child:%d" % VERIFY)
def order():
    if not os.path.exists("/usr/bin/strace"):
        raise threats.Skip("no strace")
    calls = traced_calls()
    at = []
    for name in ORDER:
        found = [i for i, call in enumerate(calls) if call.startswith(name)]
        assert found, "no %s" % name
        at.append(found[0])
    equal(at, sorted(at), "order of %s" % (ORDER,))


@threat("B09", "inheritable and ambient capabilities of the caller are gone",
        broken="child:%d,%d start:12" % (CAPSET, VERIFY))
def inheritable():
    def work(session):
        oracle.launched_state(session)
        found = session.as_root("status", session.pid)
        equal((found["CapInh"], found["CapAmb"]), (oracle.NONE,) * 2,
              "the launcher's own")
    within(work, ["capabilities"])


@threat("B10", "the bounding set is empty, by the kernel's own word",
        broken=["child:%d,%d start:12" % (BOUNDING, VERIFY), "start:12"])
def bounding():
    def work(session):
        oracle.launched_state(session)
        found = session.as_root("status", session.pid)
        equal(found["CapBnd"], oracle.NONE, "the launcher's own")
        equal(int(found["CapPrm"], 16) & ~0x1e0, 0, "what it keeps")
    within(work)


@threat("B11", "a setuid program gives the target nothing",
        broken="child:%d,%d,%d" % (NO_NEW_PRIVS, SECUREBITS, VERIFY))
def setuid_program():
    path = town.install(os.environ["REPORTER"], "setuid")
    os.chmod(path, 0o6755)

    def work(session):
        out, _, _ = oracle.report(session, ("exec", path, "state", "1"),
                                  filter=b"")
        state = json.loads(out)
        equal((state["euid"], state["egid"], state["cap_eff"],
               state["no_new_privs"], state["keepcaps"]),
              (town.USERS["builder"].uid, town.USERS["builder"].gid,
               oracle.NONE, 1, 0), "a setuid program")
        equal(state["securebits"], oracle.SECUREBITS, "securebits")
    within(work)


@threat("B12", "the launcher has one thread and shares memory with nobody",
        broken="thread")
def one_thread():
    def work(session):
        equal(session.as_root("status", session.pid)["Threads"], "1",
              "threads")
        session.launch(asking.plan(oracle.REPORTER, [
            oracle.REPORTER, "sleep", "60000"]))
        equal(session.as_root("status", session.pid)["Threads"], "1",
              "threads with a child")
    within(work)


def hide():
    """A directory of root's with a program in it."""
    place = town.ROOT + "/private"
    if not os.path.exists(place):
        os.mkdir(place)
        town.install(os.environ["REPORTER"], "reporter", place)
    os.chmod(place, 0o700)
    return place


HIDDEN = threats.GRANTS.replace("env PATH", "program /run/town/private/")


@threat("B13", "what is opened is opened as the target",
        broken="child:%d,%d,%d,%d" % (GID, UID, CAPSET, VERIFY))
def as_the_target():
    place = hide()
    town.grant(HIDDEN)

    def work(session):
        for plan in ({"path": place + "/reporter"}, {"cwd": place},
                     {"cwd": "/root"}):
            answer = asked(session, **plan)
            equal((answer.type, answer.error), ("FAILED", 13), plan)
    within(work)


@threat("B14", "whether a hidden file is there cannot be told",
        broken="child:%d,%d,%d,%d" % (GID, UID, CAPSET, VERIFY))
def hidden_files():
    place = hide()
    town.grant(HIDDEN)

    def work(session):
        said = set()
        for name in ["reporter"] + ["nothing%d" % i for i in range(19)]:
            answer = asked(session, path=place + "/" + name)
            said.add(repr(answer))
        equal(len(said), 1, said)
    within(work)


@threat("B15", "to be launched as oneself takes everything away as well",
        broken="child:%d,%d,%d" % (NO_NEW_PRIVS, SECUREBITS, VERIFY))
def as_oneself():
    town.grant(threats.GRANTS.replace("as user builder", "as user agent"))
    runs((), {"seccomp": oracle.baseline["seccomp"]},
         {"user": "agent", "filter": b"", "filters": 0})


if __name__ == "__main__":
    sys.exit(threats.main(sys.argv[1:]))
