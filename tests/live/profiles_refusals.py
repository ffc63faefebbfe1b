# SPDX-License-Identifier: Apache-2.0
"""What the shipped profiles refuse, seen by programs that try it, each of which
works without: strict's closed list, and the ways to other processes."""

import os
import socket

from cli_support import (CAISSON, Scratch, case, equal, main, matches, need,
                         need_program)
from profiles_support import confined, identities, run

COMPUTE = """\
import hashlib, json, sys, threading
data = json.load(sys.stdin)
sums = []
threads = [threading.Thread(target=lambda n=n: sums.append(n * n))
           for n in data]
for t in threads: t.start()
for t in threads: t.join()
print(sorted(sums), hashlib.sha256(repr(data).encode()).hexdigest())
"""


@case("under strict, programs compute on what they are given")
def strict_works():
    numbers = b"[1, 2, 3, 4]"
    for who in identities():
        command = ["/usr/bin/python3", "-c", COMPUTE]
        plain = run(command, who, stdin=None, input=numbers)
        equal(plain.returncode, 0, plain)
        done = confined("strict", command, who, stdin=None, input=numbers)
        equal((done.returncode, done.stdout, done.stderr),
              (0, plain.stdout, plain.stderr))
    for command in (["sort", "-rn"], ["sha256sum"], ["awk", "{ n += $1 } "
                    "END { print n }"], ["sed", "s/1/one/"], ["wc", "-l"]):
        plain = run(command, {}, stdin=None, input=b"3\n1\n2\n")
        done = confined("strict", command, {}, stdin=None, input=b"3\n1\n2\n")
        equal((done.returncode, done.stdout), (0, plain.stdout), command)
        assert done.stdout, command


@case("under strict, node computes")
def strict_node():
    need_program("node")
    done = confined("strict", ["node", "-e", "console.log(6 * 7)"], {})
    equal((done.returncode, done.stdout), (0, b"42\n"), done.stderr)


# What each line does, which works without a filter.
STRICT_REFUSES = """\
import ctypes, fcntl, os, resource, signal, socket, subprocess, sys
path = sys.argv[1] + '/made'
given = socket.socket(fileno=int(sys.argv[2]))
def write(): open(path, 'w').close()
def append(): os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
def tmpfile(): os.close(os.open(sys.argv[1], os.O_TMPFILE | os.O_RDWR))
def mkdir(): os.mkdir(path + 'd')
def rename(): os.rename(path, path + '2')
def chmod(): os.chmod(sys.argv[1], 0o700)
def fork():
    if os.fork() == 0: os._exit(0)
def spawn(): subprocess.run(['true'], check=True)
def sock(): socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
def pair(): socket.socketpair()
def kill(): os.kill(os.getpid(), 0)
def sendmsg(): given.sendmsg([b'x'])
def core():
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))
    except ValueError:  # what EPERM is to Python here
        raise PermissionError(1, os.strerror(1))
def sigio():
    flags = fcntl.fcntl(given, fcntl.F_GETFL)
    fcntl.fcntl(given, fcntl.F_SETFL, flags)
    fcntl.fcntl(given, fcntl.F_SETFL, flags | os.O_ASYNC)
def limit():
    own = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, own)
    if ctypes.CDLL(None, use_errno=True).prlimit(os.getppid(), 4, None, None):
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e))
for f in (write, append, tmpfile, mkdir, rename, chmod, fork, spawn, sock,
          pair, kill, sendmsg, core, sigio, limit):
    try:
        f()
        print(f.__name__, 'done')
    except OSError as e:
        print(f.__name__, e.strerror)
given.send(b'y')
print('send done')
"""


@case("under strict, nothing else is written, made, started or signalled")
def strict_refuses():
    names = ("write append tmpfile mkdir rename chmod fork spawn sock pair "
             "kill sendmsg core sigio limit").split()
    a, b = socket.socketpair()
    with a, b, Scratch() as d:
        command = ["/usr/bin/python3", "-c", STRICT_REFUSES, d]
        plain = run([*command, str(a.fileno())], {}, pass_fds=[a.fileno()])
        equal(plain.stdout.decode().split("\n")[:-1],
              ["%s done" % n for n in names] + ["send done"], plain.stderr)
        fd = a.fileno()
        done = run([CAISSON, "run", "--seccomp", "strict", "--fd",
                    "%d=%d" % (9, fd), "--", *command, "9"], {},
                   pass_fds=[fd])
        equal(done.stdout.decode().split("\n")[:-1],
              ["%s Operation not permitted" % n for n in names] +
              ["send done"], done.stderr)


@case("under strict, git, make and a pipeline do not work, and say so")
def strict_fails():
    for command in (["git", "clone", "/nowhere", "/tmp/nowhere"],
                    ["make", "-f", "/dev/null", "x"],
                    ["sh", "-c", "ls | cat"]):
        need_program(command[0])
    with Scratch() as d:
        run(["git", "init", "-q", d + "/repo"], {}, cwd=d)
        done = confined("strict", ["git", "clone", "repo", "copy"], {}, cwd=d)
        assert done.returncode not in (0, -31), done
        matches(done.stderr.decode(), "Operation not permitted")
        assert not os.path.exists(d + "/copy/.git"), done
        done = confined("strict", ["sh", "-c", "ls | cat"], {}, cwd=d)
        assert done.returncode != 0, done
        matches(done.stderr.decode(), "(?i)fork")


ATTACH = """\
import ctypes, os, signal, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
def start():
    return subprocess.Popen(['sleep', '1000'], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL).pid
def end(pid):
    # Popen takes a tracee's stop for its end, and then does not kill it.
    os.kill(pid, signal.SIGKILL)
    while not os.WIFSIGNALED(os.waitpid(pid, 0)[1]): pass
def say(what, r):
    print(what, os.strerror(ctypes.get_errno()) if r < 0 else 'done')
pid = start()
say('seize', libc.ptrace(0x4206, pid, 0, 0))
end(pid)
pid = start()
say('attach', libc.ptrace(16, pid, 0, 0))
buf = ctypes.create_string_buffer(8)
class iovec(ctypes.Structure):
    _fields_ = [('base', ctypes.c_void_p), ('len', ctypes.c_size_t)]
vec = iovec(ctypes.addressof(buf), 8)
say('pidfd_getfd', libc.syscall(438, libc.syscall(434, pid, 0), 0, 0))
say('writev', libc.syscall(311, pid, ctypes.byref(vec), 1,
                           ctypes.byref(vec), 1, 0))
say('keyctl', libc.syscall(250, 0, -3, 1))
say('userfaultfd', libc.syscall(323, 1))
end(pid)
"""


@case("agent and no-network keep off processes that run already")
def attach():
    need(os.uname().machine == "x86_64", "numbers are those of x86_64")
    plain = run(["/usr/bin/python3", "-c", ATTACH], {})
    equal(plain.stdout.splitlines()[:3],
          [b"seize done", b"attach done", b"pidfd_getfd done"], plain)
    refused = b"Operation not permitted"
    for profile in ("agent", "no-network"):
        done = confined(profile, ["/usr/bin/python3", "-c", ATTACH], {})
        lines = dict(line.split(b" ", 1) for line in done.stdout.splitlines())
        equal(lines, {b"seize": refused, b"attach": refused,
                      b"pidfd_getfd": refused, b"writev": refused,
                      b"keyctl": refused, b"userfaultfd": refused}, done)


if __name__ == "__main__":
    main()
