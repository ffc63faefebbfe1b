# SPDX-License-Identifier: Apache-2.0
"""What the tests of --detach, --pid-pipe and --pidfd-socket share."""

import os
import select
import signal
import socket

from cli_support import LIMIT, Scratch, equal
from cli_handshake_support import LONG, told

READY = ["--handshake", "caisson", *LONG]
# What goes on must not keep our end of caisson's output open.
DETACH = ["--detach", "--stdout", "null", "--stderr", "null"]


class Program:
    """What is left running; ended with the block."""

    def __init__(self, pid):
        self.pid = pid
        self.fd = os.pidfd_open(pid)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        try:
            signal.pidfd_send_signal(self.fd, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.close(self.fd)

    def runs(self):
        return not select.select([self.fd], [], [], 0)[0]

    def stat(self, field):
        with open("/proc/%d/stat" % self.pid) as f:
            return int(f.read().rsplit(")", 1)[1].split()[field - 3])

    def link(self, fd):
        return os.readlink("/proc/%d/fd/%d" % (self.pid, fd))


class PidPipe:
    def __init__(self):
        self.r, self.w = os.pipe()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        for fd in (self.r, self.w):
            if fd >= 0:
                os.close(fd)

    def options(self):
        return ["--pid-pipe", str(self.w)]

    def read(self):
        """All there is, to the end."""
        os.close(self.w)
        self.w = -1
        data = b""
        while True:
            some = os.read(self.r, 100)
            if not some:
                return data
            data += some


class Listener:
    """A socket as agents make it for the pidfd."""

    def __init__(self, backlog=8):
        self.dir = Scratch()
        self.path = os.path.join(self.dir.__enter__(), "s")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen(backlog)
        self.socket.settimeout(LIMIT)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.socket.close()
        self.dir.cleanup()

    def options(self):
        return ["--pidfd-socket", self.path]

    def receive(self):
        """(payload, descriptors) of the next connection, to its end."""
        with self.socket.accept()[0] as connection:
            connection.settimeout(LIMIT)
            data, fds, _, _ = socket.recv_fds(connection, 100, 10)
            equal(connection.recv(100), b"", "the connection ends")
        return data, fds


def pid_of(pidfd):
    with open("/proc/self/fdinfo/%d" % pidfd) as f:
        return [int(line.split()[1]) for line in f
                if line.startswith("Pid:")][0]


def alone(*args, **more):
    """A detached run: its events, and the program."""
    done, events = told(*DETACH, *args, **more)
    equal((done.returncode, done.stderr), (0, ""))
    equal(events[-1]["event"], "detached")
    equal(events[-1]["pid"], events[0]["pid"])
    return events, Program(events[0]["pid"])
