# SPDX-License-Identifier: Apache-2.0
"""What an ordinary user did to an older setuid helper, and got root or ruined
others by: each is tried on a stand-in that is like it (old_helper.c), where it
must succeed, and on the launcher and the command, where it must not, in every
form that these could have it."""

import os
import socket
import subprocess

import asking
import town
from cases import case, equal, main
from older_support import AGENT, BUILDER, ID, NOTHING_GRANTED, Session, \
    command, new, old, outcome, permit


# ---- 1: the caller chooses the lowest uid there may be, and is root


@case("who says himself from which uid on it is allowed does not become root")
def minimum():
    form = ("--minuid", "0", "--uid", "0", "--run", ID, "-u")
    equal(old(*form).stdout, "0\n", "the stand-in makes root of anybody")
    town.grant(NOTHING_GRANTED)
    new(*form)
    for form in (("--user", "root"), ("--user", "0"), ("--user", "root:root"),
                 ("--minuid", "0", "--user", "root")):
        command("run", *form, "--", ID, "-u")


@case("a plan for uid 0, gid 0 or group 0 needs a grant that says root")
def root_in_plan():
    forms = ({"uid": 0, "gid": 0, "groups": [0]}, {"uid": 0}, {"gid": 0},
             {"groups": [0] + BUILDER.groups}, {"uid": 0, "groups": []})
    town.grant(permit("builder"))
    with Session() as session:
        for form in forms:
            equal(outcome(session, ID, ["-u"], **form), ("DENIED", []), form)
        equal(outcome(session, ID, ["-u"]),
              ("EXITED", [str(BUILDER.uid)]), "the grant itself")
    town.grant(permit("root", "root"))
    with Session() as session:
        equal(outcome(session, ID, ["-u"], user="root"), ("EXITED", ["0"]),
              "with a grant that says so")


@case("ids that are none, or that wrap around, are nobody's")
def ids_that_wrap():
    town.grant(permit("builder"))
    for uid in (0xffffffff, 1 << 32, (1 << 64) - 1, (1 << 32) + BUILDER.uid):
        with Session() as session:
            got, said = outcome(session, ID, ["-u"], uid=uid)
            assert got in ("DENIED", "REFUSED", "FAILED") and not said, got


# ---- 2: who asks for the own identity keeps the helper's


@case("who asks for the own identity gets that and not the launcher's")
def same_uid():
    form = ("--uid", AGENT.uid, "--run", ID, "-u")
    equal(old("--minuid", 0, *form).stdout, "0\n", "the stand-in's euid")
    new("--minuid", 0, *form)
    town.grant(NOTHING_GRANTED)
    with Session() as session:
        equal(outcome(session, ID, ["-u"], user="agent"), ("DENIED", []))
    town.grant(permit("agent"))
    with Session() as session:
        for option, want in (("-u", AGENT.uid), ("-ru", AGENT.uid),
                             ("-g", AGENT.gid), ("-rg", AGENT.gid)):
            equal(outcome(session, ID, [option], user="agent"),
                  ("EXITED", [str(want)]), option)
        got, said = outcome(session, ID, ["-G"], user="agent")
        equal(sorted(map(int, said)), AGENT.groups, "groups")
    done = command("run", "--", ID, "-u", check=False)
    equal(done.stdout, "%d\n" % AGENT.uid, "the command, without a target")


# ---- 3: it is only a test


TESTING = ({"V23_SUIDHELPER_TEST": "1"}, {"CAISSON_TEST": "1"},
           {"CAISSON_DRYRUN": "1", "DRYRUN": "1", "DEBUG": "1"})


@case("neither an option nor a variable makes a test of it")
def dry_run():
    form = ("--uid", BUILDER.uid, "--run", ID, "-u")
    equal(old("--dryrun", *form).stdout, "0\n", "the stand-in, by option")
    equal(old(*form, env=TESTING[0]).stdout, "0\n", "and by variable")
    equal(old(*form).stdout, "%d\n" % BUILDER.uid, "and without")
    town.grant(permit("builder"))
    new("--dryrun", *form)
    for env in TESTING:
        new(*form, env=env)
        with Session() as session:
            got = outcome(session, ID, ["-u"],
                          env=sorted("%s=%s" % item for item in env.items()))
            equal(got, ("DENIED", []), "such a variable for the program")
    command("run", "--dryrun", "--user", "builder", "--", ID, "-u")


@case("a launcher that is started with such variables does as always")
def testing_launcher():
    town.grant(permit("builder"))
    for env in TESTING:
        inside = start_with(env)
        session = asking.Session(inside[0], inside[1].pid)
        session.hello()
        equal(outcome(session, ID, ["-u"]), ("EXITED", [str(BUILDER.uid)]))
        equal(outcome(session, ID, ["-u"], user="root"), ("DENIED", []))
        inside[0].close()
        equal(inside[1].wait(30), 0)


def start_with(env):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def before():
        os.dup2(theirs.fileno(), 3)
        town.become("agent")

    process = subprocess.Popen([town.LAUNCHER], env=env, cwd="/",
                               stdin=subprocess.DEVNULL, close_fds=False,
                               preexec_fn=before)
    theirs.close()
    return ours, process


main()
