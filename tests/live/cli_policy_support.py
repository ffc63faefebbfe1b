# SPDX-License-Identifier: Apache-2.0
"""What the tests of caisson policy share."""

import json
import os

from cli_support import Scratch, equal, matches, run

ENDS = "{execve, execveat, exit, exit_group}: allow\n"
SMALL = "@arch x86_64\n@default return EPERM\n" + ENDS

OCI = """{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": [ "execve", "exit_group", "nonesuch" ],
    "action": "SCMP_ACT_ALLOW" },
  { "names": [ "mount" ], "action": "SCMP_ACT_ALLOW",
    "includes": { "caps": [ "CAP_SYS_ADMIN" ] } },
  { "names": [ "ptrace" ], "action": "SCMP_ACT_ALLOW",
    "includes": { "minKernel": "4.8" } } ] }
"""


class Files:
    """A directory with files: name=text, "__" for a dot."""

    def __init__(self, **texts):
        self.texts = texts

    def __enter__(self):
        self.scratch = Scratch()
        self.path = self.scratch.__enter__()
        for name, text in self.texts.items():
            self.write(name.replace("__", "."), text)
        return self

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def __exit__(self, *what):
        self.scratch.__exit__(*what)

    def write(self, name, text):
        with open(self / name, "w") as f:
            f.write(text)
        return self / name


def policy(*args, **more):
    return run("policy", *args, **more)


def good(*args, **more):
    """What a command prints that succeeds and says nothing else."""
    done = policy(*args, **more)
    equal((done.returncode, done.stderr), (0, ""), args)
    return done.stdout


def answer(*args, status=0, **more):
    """The one object that a command prints with --json."""
    done = policy(*args, "--json", **more)
    equal(done.returncode, status, (args, done.stdout, done.stderr))
    equal(done.stdout.count("\n"), 1)
    return json.loads(done.stdout)


def refused(*args, **more):
    """What a command says that fails."""
    done = policy(*args, **more)
    equal((done.returncode, done.stdout), (125, ""), (args, done.stderr))
    matches(done.stderr, r"^caisson: policy")
    return done.stderr
