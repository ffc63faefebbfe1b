# SPDX-License-Identifier: Apache-2.0
"""Talking to a launcher without a line of the library: frames and plans by
hand, from the documentation.  See docs/architecture.md, The launcher's wire."""

import array
import os
import pickle
import select
import signal
import socket
import struct
import time
import traceback

import town

LIMIT = 30  # seconds; a safety net only

HELLO, LAUNCH, SIGNAL, CLOSE = 1, 2, 3, 4
ANSWERS = {
    5: ("WELCOME", "version plan_max inline_max fds_max children_max", False),
    6: ("ACCEPTED", "request line", True),
    7: ("DENIED", "request line field index allowed asked", True),
    8: ("STARTED", "request pid pgid sid nice umask seccomp", False),
    9: ("FAILED", "request code stage error index", False),
    10: ("EXITED", "request how value core timed_out has_usage user_us "
         "system_us max_rss_kib started_ns ended_ns", False),
    11: ("REFUSED", "fault type", False),
}
INFINITE = (1 << 64) - 1
PLAN_MAGIC = 0x63616973706c6e31
EXITED, KILLED = 1, 2
# An instruction of BPF that allows everything.
ALLOW = struct.pack("=HBBI", 6, 0, 0, 0x7fff0000)


def numbers(*values):
    return b"".join(struct.pack(">Q", value) for value in values)


def framed(data):
    return numbers(len(data)) + data


def text(value):
    return framed(os.fsencode(value) + b"\0")


def plan(path, argv=None, env=(), cwd="/", chroot="/", uid=None, gid=None,
         groups=None, rlimits=None, fds=(), filter=ALLOW, user="builder",
         group=1, terminal=0, parent_death=0, umask=0o22, nice=None, oom=None,
         deadline=20000, capabilities=0, **odd):
    """A plan's bytes; what is in odd replaces a number by its name."""
    who = town.USERS[user]
    argv = [path] if argv is None else argv
    groups = who.groups if groups is None else groups
    rlimits = rlimits or {}
    n = {"magic": PLAN_MAGIC, "reserved": 0, "group": group,
         "terminal": terminal, "parent_death": parent_death,
         "umask": 0 if umask is None else umask + 1,
         "nice": 0 if nice is None else nice + 21,
         "oom": 0 if oom is None else oom + 1001, "deadline": deadline,
         "uid": who.uid if uid is None else uid,
         "gid": who.gid if gid is None else gid,
         "capabilities": capabilities, "unconfined": int(not filter),
         "argc": len(argv), "envc": len(env), "groupc": len(groups),
         "rlimitc": len(rlimits), "fdc": len(fds)}
    for name, value in odd.items():
        assert name in n, name
        n[name] = value
    return b"".join(
        [numbers(*n.values()), text(path), text(cwd), text(chroot)] +
        [text(a) for a in argv] + [text(e) for e in env] +
        [numbers(g) for g in groups] +
        [numbers(r, *rlimits[r]) for r in sorted(rlimits)] +
        [numbers(fd) for fd in fds] + [framed(filter)])


class Answer:
    def __init__(self, data, fds):
        kind, = struct.unpack_from(">Q", data)
        self.type, names, self.has_bytes = ANSWERS[kind]
        names = names.split()
        values = struct.unpack_from(">%dQ" % len(names), data, 8)
        self.fields = dict(zip(names, values))
        rest = data[8 + 8 * len(names):]
        if self.has_bytes:
            length, = struct.unpack_from(">Q", rest)
            assert len(rest) == 8 + length, rest
            self.file = os.fsdecode(rest[8:])
        else:
            assert rest == b"", rest
        self.fds = fds

    def __getattr__(self, name):
        try:
            return self.__dict__["fields"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __repr__(self):
        return "%s%r" % (self.type, self.fields)


class Root:
    """Somebody who is still root, and does what an agent could not: as_root()
    of a session.  Functions come by their names in this class."""

    def __init__(self):
        self.sock, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self.sock.close()
            try:
                self.serve(theirs)
            finally:
                os._exit(0)
        theirs.close()

    @staticmethod
    def serve(sock):
        while True:
            asked = sock.recv(1 << 16)
            if not asked:
                return
            name, args = pickle.loads(asked)
            try:
                answer = (True, getattr(Root, name)(*args))
            except Exception as error:
                answer = (False, repr(error))
            sock.sendall(pickle.dumps(answer))

    def ask(self, name, *args):
        self.sock.sendall(pickle.dumps((name, args)))
        fine, answer = pickle.loads(self.sock.recv(1 << 20))
        assert fine, answer
        return answer

    def close(self):
        self.sock.close()
        os.waitpid(self.pid, 0)

    @staticmethod
    def descriptors(pid):
        where = "/proc/%d/fd" % pid
        return {int(fd): os.readlink(where + "/" + fd)
                for fd in os.listdir(where)}

    @staticmethod
    def status(pid):
        with open("/proc/%d/status" % pid) as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file)

    @staticmethod
    def limits(pid):
        """Soft and hard by name, as the kernel writes them."""
        with open("/proc/%d/limits" % pid) as file:
            return {line[:26].strip(): tuple(line[26:68].split())
                    for line in file.readlines()[1:]}

    @staticmethod
    def mapped(pid):
        with open("/proc/%d/maps" % pid) as file:
            return sorted({line.split(None, 5)[5].strip() for line in file
                           if len(line.split(None, 5)) > 5})

    @staticmethod
    def kill(pid, signo):
        os.kill(pid, signo)

    @staticmethod
    def link(pid, name):
        return os.readlink("/proc/%d/%s" % (pid, name))

    @staticmethod
    def write(path, data):
        with open(path, "wb") as file:
            file.write(data)

    @staticmethod
    def grant(text):
        town.grant(text)

    @staticmethod
    def revoke():
        town.revoke()


class Session:
    """Our side of a session.  Every answer that comes is kept in seen."""

    def __init__(self, sock, pid):
        self.sock, self.pid = sock, pid
        self.seen, self.status = [], None
        self.root = None
        sock.settimeout(LIMIT)

    def as_root(self, name, *args):
        return self.root.ask(name, *args)

    def send(self, data, fds=()):
        more = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
        try:
            self.sock.sendmsg([data], more if fds else [])
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def answer(self):
        """The next answer; None: the launcher is gone."""
        fds = array.array("i")
        try:
            data, more, _, _ = self.sock.recvmsg(
                1 << 17, socket.CMSG_SPACE(4 * 8), socket.MSG_CMSG_CLOEXEC)
        except ConnectionResetError:
            return None
        for _, _, sent in more:
            fds.frombytes(sent[:len(sent) - len(sent) % 4])
        if not data:
            return None
        self.seen.append(Answer(data, list(fds)))
        return self.seen[-1]

    def expect(self, *types):
        """The next answer, of one of these types (or None: gone)."""
        got = self.answer()
        kind = got.type if got else None
        assert kind in types, "expected %s, got %r after %r; exit %r" % (
            types, got, self.seen[:-1], self.peek_status())
        return got

    def hello(self, lowest=1, highest=1, once=0):
        self.send(numbers(HELLO, lowest, highest, once))
        return self.answer()

    def ask(self, data, fds=(), request=1, detach=0, timeout=0, grace=0,
            memfd=0):
        """LAUNCH, whatever comes of it."""
        return self.send(numbers(LAUNCH, request, detach, timeout, grace,
                                 memfd) + framed(b"" if memfd else data), fds)

    def launch(self, data, fds=(), **more):
        """LAUNCH that works; the pid."""
        assert self.ask(data, fds, **more), "the launcher is gone"
        self.expect("ACCEPTED")
        return self.expect("STARTED").pid

    def run(self, data, fds=(), **more):
        """The same to its end; EXITED."""
        self.launch(data, fds, **more)
        return self.expect("EXITED")

    def signal(self, child, signo, whom=1, request=1000, fds=()):
        self.send(numbers(SIGNAL, request, child, whom, signo), fds)
        return self.answer()

    def close(self):
        """End of file, and the launcher's exit status."""
        self.sock.close()
        return self.wait()

    def peek_status(self):
        time.sleep(0.05)
        return self.wait(0)

    def wait(self, seconds=LIMIT):
        until = time.monotonic() + seconds
        while self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid == self.pid:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > until:
                return None
            else:
                time.sleep(0.002)
        return self.status


def null_stdio(instead=None):
    null = os.open("/dev/null", os.O_RDWR) if instead is None else instead
    for fd in (0, 1, 2):
        os.dup2(null, fd)


def put_at(fd, number):
    os.dup2(fd, number, inheritable=True)
    os.set_inheritable(number, True)


def start(conditions, user, launcher, gate, stdio=None):
    """In the agent: a child that waits for the gate, and then becomes a
    launcher under these conditions."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        try:
            os.read(gate, 1)
            who = town.USERS[user]
            sock = os.dup(theirs.fileno())
            null_stdio(stdio)
            put_at(sock, 3)
            os.closerange(4, 256)
            os.execve(town.BIN + "/atk",
                      ["atk", str(who.uid), str(who.gid),
                       ",".join(map(str, who.groups)), *conditions, "--",
                       launcher], {"PATH": "/usr/bin:/bin"})
        finally:
            os._exit(125)
    theirs.close()
    return Session(ours, pid)


def in_child(work):
    """What work() returns or raises, in a forked process."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(ours)
            try:
                result = (True, work())
            except BaseException as error:  # as it is, for the parent
                result = (False, "".join(traceback.format_exception(error)))
            with os.fdopen(theirs, "wb") as out:
                out.write(pickle.dumps(result))
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        data = b""
        while select.select([pipe], [], [], 3 * LIMIT)[0]:
            part = os.read(pipe.fileno(), 1 << 16)
            if not part:
                break
            data += part
        else:
            os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    if not data:
        raise AssertionError("the agent died or hung")
    return pickle.loads(data)


def with_launcher(work, conditions=(), user="agent", launcher=town.LAUNCHER,
                  hello=True, once=0, stdio=None, groups=None):
    """work(session) in a process that is user, its launcher started under
    these conditions (see atk.c); what it returns.  stdio: a descriptor for 0,
    1 and 2; groups: others than the user's."""
    def agent():
        if groups is not None:
            town.USERS[user] = town.USERS[user]._replace(groups=groups)
        root = Root()  # first: it must not have our end of the socket
        gate = os.pipe()
        session = start(conditions, user, launcher, gate[0], stdio)
        session.root = root
        town.become(user)
        os.write(gate[1], b"x")
        if hello:
            welcome = session.hello(once=once)
            assert welcome is not None and welcome.type == "WELCOME", \
                "%r: exit status %r" % (welcome, session.wait())
        result = work(session)
        if session.status is None:
            session.close()
        session.root.close()
        return result

    fine, result = in_child(agent)
    if not fine:
        raise AssertionError(result)
    return result
