# SPDX-License-Identifier: Apache-2.0
"""Sessions in which one system call of the launcher or of its child does not do
what it should, and what must hold all the same:

	- STARTED only if the child has exec'ed; EXITED only if it has ended, and
	  with the status that it ended with;
	- whatever ran was confined as it is without a fault, in everything that
	  the kernel tells about it;
	- what is not granted never runs;
	- when the session is over the launcher ends, by itself, and nothing that
	  it launched is left.

injector.c is what interferes."""

import collections
import os
import re
import select
import signal
import socket
import subprocess
import time

import asking
import town
from injecting_oracle import Wrong, survivors

PATIENCE = 0.7  # for an answer that a fault may have taken away
LIMIT = 20.0  # for what must come
MARK = "witness-%d-%d"
TREE = 3

Fault = collections.namedtuple("Fault", "process which what value")
Call = collections.namedtuple("Call", "process index nr args result hit")


def call_names():
    """Numbers of system calls by name, as this machine has them."""
    with open("/usr/include/x86_64-linux-gnu/asm/unistd_64.h") as file:
        return {int(number): name for name, number in
                re.findall(r"#define __NR_(\w+) (\d+)", file.read())}


NAMES = call_names()
NUMBERS = {name: number for number, name in NAMES.items()}


class Log:
    """What the injector wrote."""

    def __init__(self, path):
        self.calls, self.execed, self.ends = [], set(), {}
        self.complete = self.main_began = False
        counts = collections.Counter()
        open_calls = {}
        with open(path) as file:
            for line in file:
                words = line.split()
                if words[0] == "done":
                    self.complete = True
                    continue
                process = int(words[0])
                if words[1] == "exec":
                    self.execed.add(process)
                elif words[1] == "end":
                    self.ends[process] = int(words[2])
                elif words[1] == "=":
                    if process in open_calls:
                        at = open_calls.pop(process)
                        self.calls[at] = self.calls[at]._replace(
                            result=int(words[2]))
                else:
                    counts[process] += 1
                    self.main_began |= process == 0 and \
                        int(words[1]) == NUMBERS["fcntl"]
                    open_calls[process] = len(self.calls)
                    self.calls.append(Call(
                        process, counts[process], int(words[1]),
                        tuple(int(w, 16) for w in words[2:8]), None,
                        "hit" in words))


class Case:
    """One session with faults in it, and all that is known of it."""

    number = 0

    def __init__(self, faults=(), act=None, patience=PATIENCE, agent=False):
        Case.number += 1
        self.mark = MARK % (os.getpid(), Case.number)
        self.faults, self.act, self.patience = faults, act, patience
        self.answers, self.pidfds, self.notes = [], {}, []
        self.acted, self.agent, self.told = False, agent, False
        self.log_path = "%s/log.%d" % (town.ROOT, os.getpid())
        self.state_in, self.state_out = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.state_in, False)
        self.state = b""
        self.begin()

    def begin(self):
        self.sock, theirs = socket.socketpair(socket.AF_UNIX,
                                              socket.SOCK_SEQPACKET)
        who = town.USERS["agent"]
        groups = [who.uid] + [g for g in who.groups if g != who.uid]

        def before():
            os.dup2(theirs.fileno(), 3)

        self.process = subprocess.Popen(
            [os.environ["INJECTOR"], self.log_path, *map(str, groups), "--",
             town.LAUNCHER, *(["agent"] if self.agent else []),
             *map(fault_text, self.faults)], env={}, cwd="/",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False,
            preexec_fn=before, bufsize=0)
        theirs.close()
        self.control = [self.process.stdout.fileno()]
        self.session = asking.Session(self.sock, self.process.pid)

    # ---- the agent

    def say(self, *words):
        self.session.send(asking.numbers(*words))

    def launch(self, request, *what, **more):
        """The witness; what it does, and what more is asked of the launch."""
        plan = {key: more.pop(key) for key in list(more)
                if key not in ("timeout", "grace", "detach")}
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        data = asking.plan(
            WITNESS, [WITNESS, self.mark, "4", *what], fds=(0, 1, 2, 4),
            env=("MARK=1",), rlimits={4: (0, 0), 7: (64, 64)}, nice=3,
            terminal=2, **plan)
        self.session.ask(data, [null, null, null, self.state_out], request,
                         **more)
        os.close(null)

    def turn(self, seconds):
        """One event; False: none came."""
        over = bool(self.answers) and self.answers[-1] is None
        ready, _, _ = select.select(
            [self.state_in] + ([] if over else [self.sock]) + self.control, [],
            [], seconds)
        if self.control and self.control[0] in ready:
            self.turn_act()
        if self.state_in in ready:
            self.state += os.read(self.state_in, 1 << 20)
        if self.sock in ready:
            self.answers.append(self.session.answer())
            if self.answers[-1] is not None:
                self.look(self.answers[-1])
        return bool(ready)

    def turn_act(self):
        """The injector waits for us, or has ended."""
        if not os.read(self.control[0], 1):
            self.control = []
        else:
            self.acted = True
            self.act(self)
            os.write(self.process.stdin.fileno(), b"g")

    def until_act(self, seconds):
        if select.select(self.control, [], [], seconds)[0]:
            self.turn_act()

    def look(self, answer):
        if answer.type == "STARTED":
            self.pidfds[answer.request] = answer.fds[0]
            answer.fds = ()
        elif answer.type == "EXITED":
            fd = self.pidfds.get(answer.request)
            if fd is not None and not select.select([fd], [], [], 0)[0]:
                raise Wrong("EXITED, but the program has not ended")
        for fd in answer.fds:
            os.close(fd)

    def wait(self, *types, request=None):
        """Until one of these has come, or the end, or nothing does."""
        end = time.monotonic() + self.patience
        seen = 0
        while True:
            for answer in self.answers[seen:]:
                seen += 1
                if answer is None:
                    return None
                if answer.type in types and request in (
                        None, getattr(answer, "request", None)):
                    return answer
            if not self.turn(max(0, end - time.monotonic())):
                return None

    def wait_state(self, n):
        """So many states are whole."""
        end = time.monotonic() + self.patience
        while self.state.count(b"}\n") < n:
            if not self.turn(max(0, end - time.monotonic())):
                return

    # ---- its end

    def end(self):
        self.sock.close()
        end = time.monotonic() + LIMIT
        while self.process.poll() is None:
            if time.monotonic() > end:
                self.process.kill()
                raise Wrong("the launcher does not end")
            self.until_act(0.0005)
        os.close(self.state_out)
        self.wait_tracer()
        self.drain()
        self.status = os.waitstatus_to_exitcode(self.log.ends[0])

    def wait_tracer(self):
        end = time.monotonic() + LIMIT
        while True:
            with open(self.log_path) as file:
                if file.read().endswith("done\n"):
                    break
            self.until_act(0.0005)
            if time.monotonic() > end:
                raise Wrong("children do not end")
        self.log = Log(self.log_path)

    def drain(self):
        while True:
            try:
                data = os.read(self.state_in, 1 << 20)
            except BlockingIOError:
                return
            if not data:
                return
            self.state += data

    def done(self):
        for fd in (*self.pidfds.values(), self.state_in):
            os.close(fd)
        self.process.stdout.close()
        self.process.stdin.close()

    def of(self, kind):
        return [a for a in self.answers if a is not None and a.type == kind]


WITNESS = town.BIN + "/witness"
OTHER = town.ROOT + "/other"


def fault_text(fault):
    return "%d%s%s%s" % (fault.process, fault.which, fault.what,
                         "" if fault.value is None else "=%d" % fault.value)


# ---- sessions


def whole(case):
    """A program that ends by itself, and the end of the session in words."""
    case.say(asking.HELLO, 1, 1, 0)
    if case.wait("WELCOME") is None:
        return
    case.launch(1, "exit", "7")
    case.wait("EXITED", "FAILED", "DENIED")
    case.say(asking.CLOSE)
    case.wait()


def tree(case):
    """Two at once: a tree that is signalled, another that must not stay."""
    case.say(asking.HELLO, 1, 1, 0)
    if case.wait("WELCOME") is None:
        return
    case.launch(1, "tree")
    case.launch(2, "wait")
    case.wait("STARTED", "FAILED", "DENIED", request=1)
    case.wait("STARTED", "FAILED", "DENIED", request=2)
    case.wait_state(2)
    case.say(asking.SIGNAL, 3, 1, TREE, signal.SIGTERM)
    case.wait("EXITED", request=1)


def once(case):
    """One only, until its time is over."""
    case.say(asking.HELLO, 1, 1, 1)
    if case.wait("WELCOME") is None:
        return
    case.launch(1, "wait", timeout=150, grace=50)
    case.wait("EXITED", "FAILED", "DENIED")


SESSIONS = {"whole": whole, "tree": tree, "once": once}

GRANTS = """permit user agent as user builder {
	program %s
	seccomp default
	env MARK
	extra_fds 1
	launches 8
}
""" % WITNESS


def build_world():
    town.enter()
    town.install(os.environ["WITNESS"], "witness")
    with open(WITNESS, "rb") as file:
        image = file.read()
    assert image.count(b"the-witness") == 1
    with open(OTHER, "wb") as file:
        file.write(image.replace(b"the-witness", b"not-granted"))
    os.chmod(OTHER, 0o755)
    town.grant(GRANTS)


def run(session, faults=(), **more):
    case = Case(faults, **more)
    try:
        SESSIONS[session](case)
        case.end()
        return case
    except Wrong:
        case.process.kill()
        survivors_end(case.mark)
        raise
    finally:
        case.done()


def survivors_end(mark):
    for pid in survivors(mark, 0):
        os.kill(int(pid), signal.SIGKILL)
