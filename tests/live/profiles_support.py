# SPDX-License-Identifier: Apache-2.0
"""What the tests of the shipped profiles share: who runs a program, with and
without a profile, and that it makes no difference."""

import os
import subprocess

from cli_support import CAISSON, Scratch, equal, need

ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
       "TERM": "dumb"}
ALL = ("default", "build", "agent", "no-network")
NOBODY = 65534


def identities():
    """Who runs the programs: whoever tests, and an ordinary user."""
    yield {}
    if os.geteuid() == 0:
        yield {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def run(command, who, **more):
    more.setdefault("stdin", subprocess.DEVNULL)
    more.setdefault("env", ENV)
    return subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, **who, **more)


def confined(profile, command, who, **more):
    return run([CAISSON, "run", "--seccomp", profile, "--", *command], who,
               **more)


def can_start(who):
    try:
        return run([CAISSON, "--version"], who).returncode == 0
    except OSError:
        return False


def same(command, profiles=ALL, status=0, files=None, **more):
    """Each identity, without and under each profile: the same in every
    respect, and not nothing."""
    for who in identities():
        need(can_start(who), "the build is not readable for everybody")
        results = []
        for profile in (None, *profiles):
            with Scratch() as d:
                for name, text in (files or {}).items():
                    with open(os.path.join(d, name), "w") as f:
                        f.write(text)
                if who:
                    os.chown(d, who["user"], who["group"])
                env = dict(ENV, HOME=d)
                if profile is None:
                    done = run(command, who, cwd=d, env=env, **more)
                else:
                    done = confined(profile, command, who, cwd=d, env=env,
                                    **more)
                results.append((done.returncode,
                                done.stdout.replace(d.encode(), b"DIR"),
                                done.stderr.replace(d.encode(), b"DIR")))
        equal(results[0][0], status, (command, results[0]))
        assert results[0][1], "%r printed nothing" % (command,)
        for profile, result in zip(profiles, results[1:]):
            equal(result, results[0], (profile, who, command))
