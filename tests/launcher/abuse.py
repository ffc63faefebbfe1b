# SPDX-License-Identifier: Apache-2.0
"""Agents that behave as badly as they can, with all the sessions, requests,
descriptors and noise that they can have: the others are served, nothing is left
when they are gone, and a launcher needs as much memory as at its beginning."""

import os
import random
import select
import shutil
import signal
import socket
import time

import asking
import town
from cases import case, equal, main, until

GARBAGE = 100000
SESSIONS = 30
town.enter()
SLEEP = town.install(shutil.which("sleep"))
TRUE = town.install(shutil.which("true"))
MARK = "4321.%d" % os.getpid()
town.grant("permit user agent as user builder {\n\tprogram %s\n\tprogram %s\n}"
           "\n" % (SLEEP, TRUE))
NULL = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)


class Session(asking.Session):
    def __init__(self, once=0, hello=True):
        self.inside = town.start_launcher("agent")
        super().__init__(self.inside.sock, self.inside.process.pid)
        if hello:
            welcome = self.hello(once=once)
            assert welcome is not None and welcome.type == "WELCOME", welcome

    def ended(self):
        self.sock.close()
        return self.inside.process.wait(60)

    def memory(self):
        """KiB that only it has."""
        with open("/proc/%d/status" % self.pid) as file:
            return sum(int(line.split()[1]) for line in file
                       if line.startswith(("RssAnon", "VmSwap", "VmPTE")))

    def drain(self):
        """Whatever has come, without waiting."""
        while select.select([self.sock], [], [], 0)[0]:
            answer = self.answer()
            if answer is None:
                return False
            for fd in answer.fds:
                os.close(fd)
            del self.seen[:]
        return True


def plan(*argv):
    return asking.plan(argv[0], list(argv), fds=(0, 1, 2), terminal=2)


def marked():
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                if MARK.encode() in file.read().split(b"\0"):
                    found.append(int(pid))
        except OSError:
            pass
    return found


def launchers():
    """Pids of ours: other towns have other files."""
    found, ours = [], os.stat(town.LAUNCHER)
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.path.samestat(os.stat("/proc/%s/exe" % pid), ours):
                found.append(int(pid))
        except OSError:
            pass
    return found


def nothing_is_left():
    until(lambda: not launchers(), "no launcher is left", 60)
    equal(marked(), [], "survivors")


def is_served():
    """Somebody who behaves gets what is granted."""
    with_manners = Session()
    with_manners.run(plan(TRUE), [NULL] * 3)
    equal(with_manners.ended(), 0)


def garbage(draw):
    """A message that is none, or nearly one."""
    good = [asking.numbers(asking.HELLO, 1, 1, 0), asking.numbers(
        asking.LAUNCH, 1, 0, 0, 0, 0) + asking.framed(plan(TRUE)),
        asking.numbers(asking.SIGNAL, 1, 1, 3, 9), asking.numbers(4)]
    data = bytearray(draw.choice(good))
    kind = draw.randrange(4)
    if kind == 0:
        return draw.randbytes(draw.randrange(1, 200))
    if kind == 1:
        return bytes(data[:draw.randrange(1, len(data))])
    if kind == 2:
        return bytes(data) + draw.randbytes(draw.randrange(1, 9))
    data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(data)


@case("a hundred thousand messages of garbage are each refused or denied")
def all_garbage():
    """Most end the session, so a session is for what it takes."""
    draw, sent, sessions = random.Random(5), 0, 0
    while sent < GARBAGE:
        session = Session(hello=draw.random() < 0.9)
        sessions += 1
        session.sock.settimeout(60)
        batch = 0
        while batch < 4000 and sent < GARBAGE:
            data = garbage(draw)
            # before an end there are those that only look odd
            if draw.random() < 0.999:
                data = odd(draw)
            if not session.send(data):
                break
            sent, batch = sent + 1, batch + 1
            if batch % 16 == 0 and not session.drain():
                break
        session.ended()
    assert sessions >= 10, sessions
    nothing_is_left()
    is_served()


def odd(draw):
    """A request that can be answered: there is nobody by that number."""
    return asking.numbers(asking.SIGNAL, draw.randrange(1, 1 << 63),
                          draw.randrange(1, 1 << 63), draw.randrange(1, 4),
                          draw.randrange(1, 65))


@case("every kind of garbage ends its session at once, and no other one")
def each_kind():
    draw, other = random.Random(6), Session()
    refused = 0
    for _ in range(300):
        session = Session()
        session.send(garbage(draw))
        answer = session.answer() if select.select(
            [session.sock], [], [], 0.2)[0] else None
        refused += answer is not None and answer.type == "REFUSED"
        session.ended()
    assert refused > 100, refused
    other.run(plan(TRUE), [NULL] * 3)
    equal(other.ended(), 0)
    nothing_is_left()


@case("who floods it with what is denied is slowed down, and alone")
def flood():
    sessions = [Session() for _ in range(4)]
    before = [session.memory() for session in sessions]
    denied = asking.plan("/usr/bin/id", ["id"], fds=(), terminal=2)
    for turn in range(200):
        for session in sessions:
            session.sock.setblocking(False)
            try:
                for n in range(20):
                    session.sock.send(asking.numbers(
                        asking.LAUNCH, turn * 20 + n + 1, 0, 0, 0, 0) +
                        asking.framed(denied))
            except BlockingIOError:
                pass
            session.sock.settimeout(60)
        if turn % 20 == 0:
            is_served()
    for session, was in zip(sessions, before):
        now = session.memory()
        assert now <= was + 400, "%d KiB, and then %d" % (was, now)
        session.ended()
    nothing_is_left()


@case("descriptors that nobody asked for are closed")
def many_fds():
    session = Session()

    def count():
        return len(os.listdir("/proc/%d/fd" % session.pid))

    before = count()
    for n in range(1, 40):
        session.ask(plan(TRUE), [NULL] * (asking_fds(n)), request=n)
        session.drain()
    until(lambda: session.drain() and count() == before, "they are closed")
    session.ended()
    for fds in (134, 200, 253):
        session = Session()
        session.send(asking.numbers(asking.SIGNAL, 1, 1, 1, 9), [NULL] * fds)
        answer = session.answer()
        assert answer is None or answer.type == "REFUSED", answer
        session.ended()
    nothing_is_left()


def asking_fds(n):
    return (n * 7) % 133 + 1 if n % 133 != 3 else 4


@case("thirty sessions that end at any moment leave nothing")
def random_ends():
    draw = random.Random(7)
    sessions = []
    for n in range(SESSIONS * 4):
        session = Session(once=draw.randrange(2), hello=draw.random() < 0.95)
        for request in range(1, draw.randrange(1, 5)):
            session.ask(plan(SLEEP, MARK), [NULL] * 3, request=request,
                        timeout=draw.choice((0, 1, 50)), grace=10)
            if draw.random() < 0.3:
                session.send(asking.numbers(asking.SIGNAL, 100 + request,
                                            request, draw.randrange(1, 4),
                                            draw.choice((9, 15, 19))))
        if draw.random() < 0.3:
            session.drain()
        sessions.append(session)
        if len(sessions) == SESSIONS:
            for session in draw.sample(sessions, SESSIONS):
                session.sock.close()
            for session in sessions:
                session.inside.process.wait(60)
            sessions = []
            nothing_is_left()
    is_served()


@case("who never reads stops only itself")
def never_reads():
    session = Session()
    before = session.memory()
    session.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    end, n = time.monotonic() + 60, 0
    session.sock.setblocking(False)
    blocked = 0
    while blocked < 20 and time.monotonic() < end:
        try:
            n += 1
            session.sock.send(odd(random))
            blocked = 0
        except BlockingIOError:
            blocked += 1
            time.sleep(0.01)
    equal(blocked, 20, "it is stopped, after %d requests" % n)
    is_served()
    assert session.memory() <= before + 400
    session.ended()
    nothing_is_left()


@case("a launcher that has done much needs as much memory as before")
def constant_memory():
    session = Session()
    for n in range(1, 20):
        session.run(plan(TRUE), [NULL] * 3, request=n)
        session.seen.clear()
    first = session.memory()
    for n in range(20, 620):
        session.run(plan(TRUE), [NULL] * 3, request=n)
        for answer in session.seen:
            for fd in answer.fds:
                os.close(fd)
        session.seen.clear()
    last = session.memory()
    fds = len(os.listdir("/proc/%d/fd" % session.pid))
    assert last <= first + 64, "%d KiB, and then %d" % (first, last)
    assert fds < 20, fds
    equal(session.ended(), 0)
    nothing_is_left()


@case("a stopped agent costs nothing, and its end is the end of it all")
def stopped_agent():
    pid = os.fork()
    if pid == 0:
        session = Session()
        session.launch(plan(SLEEP, MARK), [NULL] * 3)
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(1)
    os.waitpid(pid, os.WUNTRACED)
    launcher = launchers()
    equal((len(launcher), len(marked())), (1, 1), "it runs")
    before = cpu(launcher[0])
    time.sleep(0.5)
    assert cpu(launcher[0]) - before <= 2, "it is busy"
    is_served()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    nothing_is_left()


def cpu(pid):
    """Ticks."""
    with open("/proc/%d/stat" % pid) as file:
        words = file.read().rsplit(")", 1)[1].split()
    return int(words[11]) + int(words[12])


main()
