# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command line in a town share: it is entered, there are
grants, and caisson is run as the ordinary user agent.  A test file registers
cases and ends with main()."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, "../live"), os.path.join(HERE, "../support")]

import agent_lines
import town
from agent_lines import shell
from cli_support import (LIMIT, case, equal, main, marker, matches, need,
                         need_program, processes, until)

ENV = "".join("\tenv %s\n" % name for name in (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "TZ", "LC_*"))
LAUNCHER = ["--launcher", town.LAUNCHER]


def program(name):
    """The real path, as a grant names it."""
    return os.path.realpath(need_program(name))


def rule(*lines, who="user agent", target="user builder"):
    """One rule, that begins at line 1 of the file."""
    return "permit %s as %s {\n%s%s}\n" % (
        who, target, "".join("\t%s\n" % line for line in lines), ENV)


def programs(*names):
    return ["program %s" % program(name) for name in names]


def caisson(verb, *args, user="agent", **more):
    more.setdefault("timeout", LIMIT)
    return town.run([town.CAISSON, verb, *LAUNCHER, *args], user=user, **more)


def as_builder(*args, **more):
    return caisson("run", "--user", "builder", *args, **more)


def events_of(*args, user="agent", **more):
    """The events of a run, and how it went."""
    reader, writer = os.pipe()
    with open(reader) as events:
        try:
            done = caisson("run", "--events-fd", str(writer), *args, user=user,
                           pass_fds=[writer], **more)
        finally:
            os.close(writer)
        return [json.loads(line) for line in events], done


def session(*args, user="agent", **more):
    who = town.USERS[user]
    s = agent_lines.Session(
        [town.CAISSON, "session", *LAUNCHER, *args],
        preexec_fn=lambda: town.become(user), cwd="/",
        env={"PATH": "/usr/bin:/bin", "HOME": who.home, "USER": user}, **more)
    equal(s.event("opened")["pid"], s.process.pid)
    return s


class Terminal:
    """A command of agent's on a terminal of its own."""

    def __init__(self, argv, user="agent"):
        who = town.USERS[user]
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chown(os.ttyname(0), who.uid, -1)
            town.become(user)
            os.chdir("/")
            os.execve(argv[0], argv, {"PATH": "/usr/bin:/bin", "TERM": "dumb",
                                      "HOME": who.home, "PS1": "$ "})

    def send(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern):
        end = time.monotonic() + LIMIT
        while True:
            found = re.search(pattern, self.seen)
            if found:
                self.seen = self.seen[found.end():]
                return found
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise AssertionError("no %r in %r" % (pattern, self.seen))
            try:
                data = os.read(self.fd, 4096)
            except OSError:
                data = b""
            if not data:
                raise AssertionError("the end before %r in %r" % (pattern,
                                                                  self.seen))
            self.seen += data.decode(errors="replace")

    def status(self):
        """How it ended, as subprocess has it; what is unread is lost."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    self.seen += os.read(self.fd, 4096).decode()
                except OSError:
                    pass
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = None
                return os.waitstatus_to_exitcode(status)
        raise AssertionError("still there; %r" % self.seen)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pid:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


town.enter()
