# SPDX-License-Identifier: Apache-2.0
"""How a launcher begins: started in any state, and looked at from outside."""

import contextlib
import ctypes
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import time

import town

LIMIT = 60  # seconds; a safety net only

# As in src/plan/start.h.
STEPS = ("ARGUMENTS STDIO CALLER DUMPABLE SIGNALS SECUREBITS IDENTITY PLACE "
         "LIMITS DESCRIPTORS AGENT CAPABILITIES").split()
STATUS = {name: 65 + number for number, name in enumerate(STEPS)}

PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_SECUREBITS, \
    PR_SET_NO_NEW_PRIVS = 4, 24, 28, 38
PTRACE_TRACEME, PTRACE_CONT, PTRACE_ATTACH = 0, 7, 16
CLONE_NEWUSER = 0x10000000
KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, SYS_CHROOT, SYS_PTRACE, \
    SYS_NICE, SYS_RESOURCE = 5, 6, 7, 8, 10, 18, 19, 23, 24

libc = town.libc
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p,
                        ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long

FAILED = []


def check(name, right, seen=None):
    print("%s: %s" % ("ok" if right else "FAILED", name))
    if not right:
        FAILED.append(name)
        if seen is not None:
            print("\tseen: %r" % (seen,))


def finish():
    sys.stdout.flush()
    os._exit(1 if FAILED else 0)


def mask(*numbers):
    return sum(1 << number for number in numbers)


def prctl(*args):
    args = [ctypes.c_ulong(arg) for arg in args] + [ctypes.c_ulong(0)] * 4
    if libc.prctl(*args[:5]) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def drop_effective(capability):
    """For what is asked of this process from now on."""
    header = struct.pack("=II", 0x20080522, 0)
    data = ctypes.create_string_buffer(24)
    if libc.capget(header, data) != 0:
        raise OSError(ctypes.get_errno(), "capget")
    sets = list(struct.unpack("=6I", data.raw))
    sets[capability // 32 * 3] &= ~(1 << capability % 32)
    if libc.capset(header, struct.pack("=6I", *sets)) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def no_new_privs():
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def limit(which, soft, hard=None):
    return lambda: resource.setrlimit(which, (soft, soft if hard is None
                                              else hard))


def execute(path, argv, env):
    """Also with no arguments at all, which python would not do."""
    def strings(values):
        return (ctypes.c_char_p * (len(values) + 1))(*values, None)
    libc.execve(os.fsencode(path), strings(argv), strings(env))
    os._exit(120)


class Begun:
    """A launcher that has been started, or what has become of it."""

    def __init__(self, pid, sock):
        self.pid, self.sock, self.code = pid, sock, None

    def welcome(self):
        """Does it answer?  False: it is gone."""
        try:
            self.sock.send(struct.pack(">4Q", 1, 1, 1, 0))
            return struct.unpack_from(">Q", self.sock.recv(4096)) == (5,)
        except (BrokenPipeError, ConnectionResetError, struct.error):
            return False

    def answers(self):
        """As welcome(), where the end of the socket may not be noticed."""
        try:
            self.sock.send(struct.pack(">4Q", 1, 1, 1, 0))
        except OSError:
            pass
        end = time.monotonic() + LIMIT
        while time.monotonic() < end and not self.has_ended():
            if self.is_readable(0.01):
                break
        return self.is_readable(0) and self.welcome_waits()

    def is_readable(self, timeout):
        return bool(select.select([self.sock], [], [], timeout)[0])

    def welcome_waits(self):
        try:
            return self.sock.recv(4096) != b""
        except OSError:
            return False

    def has_ended(self):
        if self.code is None:
            pid, code = os.waitpid(self.pid, os.WNOHANG)
            if pid != 0:
                self.code = os.waitstatus_to_exitcode(code)
        return self.code is not None

    def status(self):
        with open("/proc/%d/status" % self.pid) as file:
            return {line.split(":", 1)[0]: line.split(":", 1)[1].strip()
                    for line in file}

    def links(self):
        path = "/proc/%d/fd/" % self.pid
        return {int(fd): os.readlink(path + fd) for fd in os.listdir(path)}

    def flags(self, fd):
        with open("/proc/%d/fdinfo/%d" % (self.pid, fd)) as file:
            fields = dict(line.split(":\t") for line in file if ":\t" in line)
        return int(fields["flags"], 8)

    def limits(self):
        return [resource.prlimit(self.pid, which) for which in range(16)]

    def by_libcap_ng(self):
        done = subprocess.run([os.environ["CAP_VIEW"], str(self.pid)],
                              capture_output=True, text=True, check=True)
        return [int(line, 16) for line in done.stdout.split()]

    def wait(self):
        """Its exit status; a signal is a negative number."""
        end = time.monotonic() + LIMIT
        while not self.has_ended() and time.monotonic() < end:
            time.sleep(0.002)
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        return self.code

    def end(self):
        self.sock.close()
        return self.wait()


def begin(prepare=None, user="agent", launcher=None, argv=(b"caisson-launcher",),
          env=(), socks=None, nothing=True):
    """prepare() runs as that user, right before the exec.  socks: our end and
    the launcher's; nothing: 0 to 2 are /dev/null."""
    ours, theirs = socks or socket.socketpair(socket.AF_UNIX,
                                              socket.SOCK_SEQPACKET)
    ours.settimeout(LIMIT)
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            high = os.dup(theirs.fileno())
            os.dup2(high, 3)
            os.set_inheritable(3, True)
            os.closerange(4, 1024)
            if nothing:
                null = os.open("/dev/null", os.O_RDWR)
                for fd in range(3):
                    os.dup2(null, fd)
                os.close(null)
            town.become(user)
            if prepare is not None:
                prepare()
            execute(launcher or town.LAUNCHER, list(argv), list(env))
        except BaseException as error:
            os.write(2, repr(error).encode())
            os._exit(121)
    theirs.close()
    return Begun(pid, ours)


@contextlib.contextmanager
def living(name, **how):
    """A launcher that has said WELCOME; without one that is a failure."""
    begun = begin(**how)
    welcome = begun.welcome()
    check(name + ": it begins", welcome, None if welcome else begun.wait())
    try:
        yield begun if welcome else None
    finally:
        code = begun.end()
        if welcome:
            check(name + ": and ends with its socket", code == 0, code)


def refused(name, step, **how):
    """It must end at that step, and say nothing at all."""
    begun = begin(**how)
    welcome = begun.answers()
    code = begun.end()
    check(name, not welcome and code == STATUS[step],
          "WELCOME" if welcome else code)


def capabilities():
    """What this machine lets root have."""
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("CapBnd"):
                return int(line.split()[1], 16)
    return 0
