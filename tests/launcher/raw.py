# SPDX-License-Identifier: Apache-2.0
"""A client of the launcher that knows nothing of the library: frames, plans
and descriptors by hand, over the socket of a town's session."""

import array
import fcntl
import os
import re
import socket
import struct
import time

import town

LIMIT = 60  # seconds; a safety net only
HELLO, LAUNCH, SIGNAL, CLOSE = 1, 2, 3, 4
PROCESS, GROUP, TREE, DETACHED = 1, 2, 3, 4
EXITED, SIGNALLED = 1, 2
ANSWERS = {
    5: ("WELCOME", "version plan_max inline_max fds_max children_max"),
    6: ("ACCEPTED", "request line"),
    7: ("DENIED", "request line field index allowed asked"),
    8: ("STARTED", "request pid pgid sid nice umask seccomp"),
    9: ("FAILED", "request code stage error index"),
    10: ("EXITED", "request how value core timed_out has_usage user_us "
         "system_us max_rss_kib started_ns ended_ns"),
    11: ("REFUSED", "fault type"),
}
REFUSED = {name: number + 1 for number, name in enumerate(
    "type length number fds fit".split())}
LAYOUT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../src/plan/layout.h")
# One instruction that allows everything.
ALLOW = struct.pack("=HBBI", 6, 0, 0, 0x7fff0000)


def numbers(*values):
    return struct.pack(">%dQ" % len(values), *values)


def framed(data):
    return numbers(len(data)) + data


def text(value):
    return framed(value.encode() + b"\0")


def number_names():
    """The numbers of a plan in their order, as layout.h has them."""
    with open(LAYOUT) as file:
        names = re.findall(r"^\tN\(PLAN_(\w+),", file.read(), re.M)
    return [name.lower() for name in names]


def plan(*argv, user="builder", env=(), cwd="/", chroot="/", groups=None,
         rlimits=None, fds=(), filter=ALLOW, **set_numbers):
    """The bytes of a plan; set_numbers are its numbers as they travel."""
    who = town.USERS[user]
    groups = who.groups if groups is None else groups
    rlimits = rlimits or {}
    n = {"magic_number": 0x63616973706c6e31, "reserved": 0, "group": 1,
         "terminal": 2, "parent_death": 0, "umask": 0o22 + 1, "nice": 0,
         "oom": 0, "deadline": 1000 * LIMIT, "uid": who.uid, "gid": who.gid,
         "capabilities": 0, "unconfined": int(not filter), "argc": len(argv),
         "envc": len(env), "groupc": len(groups), "rlimitc": len(rlimits),
         "fdc": len(fds)}
    assert list(n) == number_names()
    assert not set(set_numbers) - set(n)
    n.update(set_numbers)
    return b"".join(
        [numbers(*n.values()), text(argv[0]), text(cwd), text(chroot)] +
        [text(a) for a in argv] + [text(e) for e in env] +
        [numbers(g) for g in groups] +
        [numbers(r, *rlimits[r]) for r in sorted(rlimits)] +
        [numbers(fd) for fd in fds] + [framed(filter)])


def memfd(data, sealed=True):
    fd = os.memfd_create("plan", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    os.write(fd, data)
    if sealed:
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL |
                    fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW |
                    fcntl.F_SEAL_WRITE)
    return fd


class Answer:
    def __init__(self, data, fds):
        kind, = struct.unpack_from(">Q", data)
        self.kind, names = ANSWERS[kind]
        names = names.split()
        self.values = dict(zip(names, struct.unpack_from(
            ">%dQ" % len(names), data, 8)))
        self.file = data[16 + 8 * len(names):].decode()
        self.fds = fds

    def __getattr__(self, name):
        return self.__dict__["values"][name]

    def __repr__(self):
        return "%s %r" % (self.kind, self.values)


class Session:
    """Of one launcher.  Answers are kept until somebody waits for them."""

    def __init__(self, user="agent", hello=True, once=0, **more):
        self.session = town.start_launcher(user, **more)
        self.sock, self.pid = self.session.sock, self.session.process.pid
        self.sock.settimeout(LIMIT)
        self.kept = []
        if hello:
            self.send(HELLO, 1, 1, once)
            self.wait("WELCOME")

    def send(self, *values, data=None, fds=()):
        self.send_raw(numbers(*values) +
                      (b"" if data is None else framed(data)), fds)

    def send_raw(self, data, fds=()):
        more = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
        self.sock.sendmsg([data], more if fds else [])

    def receive(self):
        """The next answer; None: there will be none."""
        fds = array.array("i")
        try:
            data, more, _, _ = self.sock.recvmsg(1 << 17,
                                                 socket.CMSG_SPACE(64))
        except ConnectionResetError:
            return None
        for _, _, sent in more:
            fds.frombytes(sent)
        return Answer(data, list(fds)) if data else None

    def wait(self, kind, request=None):
        """The first answer of this kind to that request."""
        while True:
            for answer in self.kept:
                if answer.kind == kind and request in (
                        None, answer.values.get("request")):
                    self.kept.remove(answer)
                    return answer
            answer = self.receive()
            if answer is None:
                raise AssertionError("%s %r did not come: %r, exit %r" % (
                    kind, request, self.kept, self.session.process.wait(LIMIT)))
            self.kept.append(answer)

    def ask(self, request, bytes_of_plan, fds=(), detach=0, timeout=0,
            grace=0, as_memfd=None):
        if as_memfd is not None:
            fds = [as_memfd, *fds]
        self.send(LAUNCH, request, detach, timeout, grace,
                  int(as_memfd is not None), fds=fds,
                  data=b"" if as_memfd is not None else bytes_of_plan)

    def first(self, request):
        """The first answer to that request, of whatever kind."""
        while True:
            for answer in self.kept:
                if answer.values.get("request") == request:
                    self.kept.remove(answer)
                    return answer
            answer = self.receive()
            assert answer is not None, "the launcher is gone"
            self.kept.append(answer)

    def launch(self, request, bytes_of_plan, fds=(), **more):
        """One that works: STARTED."""
        self.ask(request, bytes_of_plan, fds, **more)
        self.wait("ACCEPTED", request)
        return self.wait("STARTED", request)

    def signal(self, child, signo, whom=PROCESS, request=1 << 40, fds=()):
        """The answer, of whatever kind."""
        self.send(SIGNAL, request, child, whom, signo, fds=fds)
        return self.first(request)

    def refused(self):
        """It refuses what came, and ends; (fault, type)."""
        answer = self.wait("REFUSED")
        assert self.receive() is None
        assert self.session.process.wait(LIMIT) in (0, 64)
        return answer.fault, answer.type

    def close(self):
        return self.session.close()


def processes(mark):
    """The pids of those that have this among their arguments."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open("/proc/%s/cmdline" % name, "rb") as file:
                if mark.encode() in file.read() and name.isdigit():
                    found.append(int(name))
        except OSError:
            pass
    return found


def until(condition, what):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("still not: " + what)
        time.sleep(0.01)
