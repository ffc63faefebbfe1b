# SPDX-License-Identifier: Apache-2.0
"""The other attacks on an older setuid helper, which gave away, removed and
killed what was others': see older_attacks.py."""

import os
import select
import shutil
import signal
import stat
import subprocess

import asking
import town
from cases import case, equal, main, until
from older_support import AGENT, ANY, DETACHED, FIRST, GROUP, ID, PROCESS, \
    SLEEP, TREE, Session, command, new, old, outcome, permit


# ---- 4: owners are changed, wherever a link leads


def victim():
    """Root's, in a directory that only root enters; and a workspace of
    agent's that is full of ways there."""
    place = town.ROOT + "/victim"
    work = AGENT.home + "/work"
    for path in (place, work):
        shutil.rmtree(path, ignore_errors=True)
        os.mkdir(path, 0o700)
    with open(place + "/file", "w") as file:
        file.write("root's\n")
    os.chmod(place + "/file", 0o600)
    os.chown(work, AGENT.uid, AGENT.gid)
    os.symlink(place + "/file", work + "/evil")
    os.symlink(place, work + "/dir")
    os.link(place + "/file", work + "/hard")
    return place, work


def owners(*roots):
    """Owner, mode and contents' size of everything there."""
    found = {}
    for root in roots:
        for path, dirs, files in os.walk(root):
            for name in [".", *dirs, *files]:
                about = os.lstat(os.path.join(path, name))
                found[os.path.join(path, name)] = (
                    about.st_uid, about.st_gid, about.st_mode, about.st_nlink)
    return found


@case("no owner and no mode of any file is ever changed")
def no_owner_changes():
    place, work = victim()
    old("--uid", AGENT.uid, "--chown", work)
    equal(os.stat(place + "/file").st_uid, AGENT.uid, "the stand-in's doing")
    place, work = victim()
    town.grant(permit("builder"))
    roots = (town.ROOT, "/etc", "/var/lib", place)
    before = owners(*roots)
    new("--uid", AGENT.uid, "--chown", work)
    command("run", "--chown", work, "--", ID)
    for form in ({"cwd": work + "/dir"}, {"cwd": work}, {"chroot": work},
                 {"chroot": work + "/dir"}):
        with Session() as session:
            got = outcome(session, ID, ["-u"], **form)[0]
            assert got in ("FAILED", "DENIED"), (form, got)
    for name in ("evil", "dir", "hard", "dir/file"):
        with Session() as session:
            equal(outcome(session, work + "/" + name, []), ("DENIED", []))
    for name in ("evil", "hard", "dir", "."):
        with Session() as session:
            fd = os.open(work + "/" + name, os.O_PATH | os.O_CLOEXEC)
            outcome(session, ID, ["-u"], sent=[fd, fd, fd])
            os.close(fd)
    # the launcher's own, and root's: where it counts what runs
    before["/var/lib/caisson/launches"] = (0, 0, stat.S_IFREG | 0o600, 1)
    equal({path: was for path, was in owners(*roots).items()
           if before.get(path) != was}, {}, "what has changed")


# ---- 5: whatever is removed or killed, nobody asks for whom


class Victim:
    """A process of that user's, which nobody but root and the user may end."""

    def __init__(self, user="root"):
        self.process = subprocess.Popen(
            [SLEEP, "1000"], preexec_fn=lambda: town.become(user),
            start_new_session=True)
        self.pidfd = os.pidfd_open(self.process.pid)
        until(lambda: open("/proc/%d/comm" % self.process.pid).read() ==
              "sleep\n", "the victim runs")

    def lives(self):
        return not select.select([self.pidfd], [], [], 0)[0]

    def end(self):
        self.process.kill()
        self.process.wait()
        os.close(self.pidfd)


@case("nothing is ever removed")
def no_removal():
    place, work = victim()
    equal(old("--rm", place + "/file").returncode, 0, "the stand-in")
    assert not os.path.exists(place + "/file")
    place, work = victim()
    town.grant(permit("builder"))
    before = owners(town.ROOT, "/etc", "/var/lib")
    for path in (place + "/file", work + "/evil", town.APPLIED):
        new("--rm", path)
        command("run", "--rm", path, "--", ID)
        command("--rm", path)
    equal(owners(town.ROOT, "/etc", "/var/lib"), before)


@case("no number of a process is taken for one to kill")
def no_pid_is_killed():
    one = Victim()
    equal(old("--kill", one.process.pid).returncode, 0, "the stand-in")
    equal(one.process.wait(30), -signal.SIGKILL)
    one.end()
    one = Victim()
    equal(old("--kill", -one.process.pid).returncode, 0, "a negative one")
    equal(one.process.wait(30), -signal.SIGKILL)
    one.end()
    town.grant(permit("builder", "signal"))
    victims = [Victim("root"), Victim("third"), Victim("builder")]
    for number in [v.process.pid for v in victims] + [1, 0, -1]:
        for value in (number, -number):
            new("--kill", value)
            command("--kill", value)
            ask_to_kill(value & ANY)
    assert all(v.lives() for v in victims), "one of them was killed"
    for v in victims:
        v.end()


def ask_to_kill(child):
    """The session's children are requests; nothing else is a child of it."""
    for whom in (PROCESS, GROUP, TREE):
        with Session() as session:
            answer = session.signal(child, signal.SIGKILL, whom)
            assert answer.type in ("FAILED", "DENIED", "REFUSED"), answer


@case("a pidfd of somebody else is signalled only where a grant says so")
def pidfds_of_others():
    victims = {user: Victim(user) for user in ("root", "third", "builder",
                                               "agent")}
    town.grant(permit("builder"))
    for user, one in victims.items():
        equal(detached(one.pidfd), "DENIED", user)
    town.grant(permit("builder", "signal"))
    for user, one in victims.items():
        if user != "builder":
            equal(detached(one.pidfd), "DENIED", user)
    town.grant(permit("root", "root"))
    equal(detached(victims["root"].pidfd), "DENIED", "root without signal")
    assert all(one.lives() for one in victims.values()), "one was killed"
    town.grant(permit("builder", "signal"))
    equal(detached(victims["builder"].pidfd), "ACCEPTED", "as granted")
    equal(victims["builder"].process.wait(30), -signal.SIGKILL)
    for one in victims.values():
        one.end()


def detached(fd):
    with Session() as session:
        answer = session.signal(0, signal.SIGKILL, DETACHED, fds=[fd])
        return answer and answer.type


@case("what is no pidfd, or of init, or of the launcher, is not signalled")
def no_pidfd():
    town.grant(permit("builder", "signal"))
    ended = Victim("builder")
    ended.process.kill()
    ended.process.wait()
    null = os.open("/dev/null", os.O_RDWR)
    proc = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
    init = os.pidfd_open(1)
    us = os.pidfd_open(os.getpid())
    for fd in (null, proc, init, us, ended.pidfd):
        got = detached(fd)
        assert got in ("FAILED", "DENIED", "REFUSED"), got
    with Session() as session:
        itself = os.pidfd_open(session.pid)
        answer = session.signal(0, signal.SIGKILL, DETACHED, fds=[itself])
        equal(answer.type, "DENIED", "the launcher")
        equal(outcome(session, ID, ["-u"])[0], "EXITED", "it goes on")
    for fd in (null, proc, init, us, itself):
        os.close(fd)
    ended.end()


@case("a group that is the caller's own is not signalled with privilege")
def group_of_the_caller():
    """A program may be in the agent's group; the others in it are not ours."""
    town.grant(permit("builder"))
    with Session() as session:
        sibling = subprocess.Popen([SLEEP, "1000"])  # root's, in our group
        equal(os.getpgid(sibling.pid), os.getpgrp())
        null = os.open("/dev/null", os.O_RDWR)
        session.launch(asking.plan(SLEEP, [SLEEP, "1000"], fds=(0, 1, 2),
                                   terminal=2, group=0), [null] * 3)
        for whom in (GROUP, TREE):
            session.signal(FIRST, signal.SIGCONT, whom)
        session.signal(FIRST, signal.SIGKILL, TREE)
        until(lambda: any(a.type == "EXITED" for a in session.seen) or
              session.answer() is None, "it ends")
        equal(sibling.poll(), None, "the sibling lives")
        sibling.kill()
        sibling.wait()
        os.close(null)


@case("who asks for all of them gets none: kill(-1) has no form here")
def kill_everybody():
    """A program that runs as builder may do what builder may, and no more."""
    town.grant(permit("builder"))
    victims = [Victim("root"), Victim("agent"), Victim("third")]
    with Session() as session:
        null = os.open("/dev/null", os.O_RDWR)
        for request in (1, 2):
            session.launch(asking.plan(SLEEP, [SLEEP, "1000"], fds=(0, 1, 2),
                                       terminal=2), [null] * 3,
                           request=request)
        os.close(null)
        # tree and group of the first: not even the second is one of them
        for whom in (TREE, GROUP, PROCESS):
            session.signal(FIRST, signal.SIGKILL, whom)
        until(lambda: any(a.type == "EXITED" for a in session.seen) or
              session.answer() is None, "the first ends")
        equal([a.request for a in session.seen if a.type == "EXITED"], [FIRST])
        assert all(v.lives() for v in victims), "one of them was killed"
    for v in victims:
        v.end()


main()
