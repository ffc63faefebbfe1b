# SPDX-License-Identifier: Apache-2.0
"""What the attacks of older times have in common: see older_attacks.py."""

import os
import shutil
import subprocess

import asking
import town
from cases import equal

town.enter()
OLD = town.ROOT + "/libexec/old-helper"
town.install_launcher(os.environ["OLD_HELPER"], OLD)
ID = town.install(shutil.which("id"))
SLEEP = town.install(shutil.which("sleep"))
AGENT, BUILDER, THIRD = (town.USERS[n] for n in ("agent", "builder", "third"))
FIRST, ANY = 1, (1 << 64) - 1
PROCESS, GROUP, TREE, DETACHED = 1, 2, 3, 4
NOTHING_GRANTED = "permit user third as user builder {\n\tprogram %s\n}\n" % ID


def permit(target, *lines):
    return "permit user agent as user %s {\n\tprogram %s\n\tprogram %s\n%s}\n" \
        % (target, ID, SLEEP, "".join("\t%s\n" % line for line in lines))


class Session(asking.Session):
    """A kept session of agent's; its end is that of the block."""

    def __init__(self, once=0):
        inside = town.start_launcher("agent")
        super().__init__(inside.sock, inside.process.pid)
        self.inside = inside
        welcome = self.hello(once=once)
        assert welcome is not None and welcome.type == "WELCOME", welcome

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()
        self.inside.process.wait(30)


def outcome(session, path, argv, **plan):
    """What came of a launch, and what the program wrote."""
    fds = plan.pop("sent", None)
    ours, theirs = os.pipe2(os.O_CLOEXEC)
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    data = asking.plan(path, [path, *argv], fds=(0, 1, 2), terminal=2, **plan)
    session.ask(data, fds or [null, theirs, null])
    os.close(theirs)
    os.close(null)
    got = []
    while not got or got[-1] in ("ACCEPTED", "STARTED"):
        answer = session.answer()
        got.append(answer and answer.type)
        for fd in answer.fds if answer else ():
            os.close(fd)
    with os.fdopen(ours) as pipe:
        return got[-1], pipe.read().split()


def old(*argv, env=None):
    return town.run([OLD, *map(str, argv)], env=env or {})


def new(*argv, env=None):
    """The launcher, started as that helper was: it has no such interface."""
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" "$@" 3>&-', town.LAUNCHER,
         *map(str, argv)], preexec_fn=lambda: town.become("agent"), cwd="/",
        env=env or {}, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=60)
    assert done.returncode != 0 and done.stdout == done.stderr == "", done
    return done


def command(*argv, env=None, check=True):
    """The command of agent's; it fails, and nothing ran."""
    done = town.run([town.CAISSON, *map(str, argv)], env=env or {})
    if check:
        assert done.returncode != 0 and done.stdout == "", done
    return done
