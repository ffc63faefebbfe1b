# SPDX-License-Identifier: Apache-2.0
"""Where a launcher must not begin: it ends at the step that it is about, says
nothing to anybody, and what makes the difference is shown to be that."""

import os
import pty
import re
import resource
import socket
import subprocess
import time

import starting
import town
from starting import STATUS, begin, check, living, refused

SECBIT_NOROOT = 1
CAP_SYS_RESOURCE = starting.SYS_RESOURCE


def test_arguments():
    for argv in ((b"caisson-launcher", b"--help"), (b"", b""),
                 (b"x", b"\\"), (b"x",) + (b"-",) * 5000):
        refused("A03: %d arguments" % len(argv), "ARGUMENTS", argv=argv)
    for name, argv in (("no argument at all", ()), ("an empty one", (b"",)),
                       ("a long one", (b"x" * 65536,)),
                       ("formats", (b"%n%s%1$s",)), ("a slash", (b"/",)),
                       ("escapes", (b"\x1b[2J\r\n\xff\xfe",)),
                       ("another name", (b"sudoedit",))):
        with living("A01, A02: its name is " + name, argv=argv):
            pass


HOSTILE = [name + b"=" + value for name in (
    b"LD_PRELOAD", b"LD_AUDIT", b"LD_LIBRARY_PATH", b"LD_DEBUG", b"LD_BIND_NOW",
    b"GLIBC_TUNABLES", b"GCONV_PATH", b"LOCPATH", b"NLSPATH", b"LANG",
    b"LC_ALL", b"TZ", b"TZDIR", b"MALLOC_TRACE", b"MALLOC_CHECK_",
    b"RES_OPTIONS", b"HOSTALIASES", b"LOCALDOMAIN", b"TMPDIR", b"PATH", b"IFS",
    b"HOME", b"SHELL", b"GETCONF_DIR", b"NIS_PATH", b"RESOLV_HOST_CONF")
    for value in (b"/run/town/evil", b"../../evil", b"", b"x" * 4096)] + [
        b"no equals sign", b"=", b"=x", b"", b"GLIBC_TUNABLES=glibc.malloc."
        b"mxfast=glibc.malloc.mxfast=A"]


def opened(env):
    """What it opens, and asks of the kernel by name, until it is sent away;
    less what has a process's number, which is another each time."""
    out = os.path.join(town.ROOT, "trace")
    sock, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def prepare():
        os.dup2(theirs.fileno(), 3)
    process = subprocess.Popen(
        ["strace", "-u", "agent", "-e", "trace=%file,openat2", "-o", out,
         "env", "-i"] + [value.decode("latin1") for value in env
                         if b"=" in value.lstrip(b"=")] + [town.LAUNCHER],
        close_fds=False, preexec_fn=prepare)
    theirs.close()
    sock.close()
    process.wait(starting.LIMIT)
    with open(out) as file:
        lines = file.read().split("execve(\"" + town.LAUNCHER)[-1]
    return [re.sub("0x[0-9a-f]+", "ADDRESS", line)
            for line in lines.splitlines()[1:] if "/proc/" not in line]


def test_environment():
    """An agent that strace stands in for is not our parent."""
    with living("A06: a hostile environment", env=HOSTILE):
        pass
    if not os.path.exists("/usr/bin/strace"):
        return
    without, within = opened([]), opened(HOSTILE)
    check("A06: it opens the same files with it", without == within and
          any("grants" in line for line in without), (without, within))


def traced():
    if starting.libc.ptrace(starting.PTRACE_TRACEME, 0, None, None) != 0:
        os._exit(122)


def in_user_namespace():
    if starting.libc.unshare(starting.CLONE_NEWUSER) != 0:
        os._exit(123)
    starting.prctl(starting.PR_SET_DUMPABLE, 1)


def end_of_traced(begun):
    """As its tracer: let it go on after its exec, and until it ends."""
    while True:
        _, status = os.waitpid(begun.pid, 0)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        starting.libc.ptrace(starting.PTRACE_CONT, begun.pid, None, None)


def test_privilege():
    """The bit is there, and has no effect."""
    plain = town.install_launcher(os.environ["CAISSON_LAUNCHER"],
                                  town.BIN + "/plain", 0o755, 0, 0)
    refused("A23: it has no bit", "CALLER", launcher=plain)
    theirs = town.install_launcher(os.environ["CAISSON_LAUNCHER"],
                                   town.BIN + "/theirs", 0o4755,
                                   town.USERS["third"].uid, 0)
    refused("A23: it is not root's", "CALLER", launcher=theirs)
    refused("A23: no_new_privs", "CALLER", prepare=starting.no_new_privs)
    nosuid = town.ROOT + "/nosuid"
    os.mkdir(nosuid)
    town.mount("town", nosuid, "tmpfs", town.MS_NOSUID, "mode=755")
    copy = town.install_launcher(os.environ["CAISSON_LAUNCHER"],
                                 nosuid + "/launcher")
    refused("A23: its mount is nosuid", "CALLER", launcher=copy)
    begun = begin(prepare=in_user_namespace)
    welcome = begun.welcome()
    code = begun.end()
    if code == 123:
        print("not tried: a user namespace, which this machine refuses")
    else:
        check("A23: a user namespace", not welcome and
              code == STATUS["CALLER"], code)
    begun = begin(prepare=traced)
    begun.sock.close()
    code = end_of_traced(begun)
    # strace as root may keep the bit, and so may we, who are
    check("A22: (its tracer is root, so it may begin)", code in
          (0, STATUS["CALLER"], 64), code)
    check("A22: it is traced by its caller", trace_as_agent() ==
          STATUS["CALLER"])


def trace_as_agent():
    """The tracer is a process of the agent's."""
    pid = os.fork()
    if pid == 0:
        town.become("agent")
        ours, theirs = socket.socketpair(socket.AF_UNIX,
                                         socket.SOCK_SEQPACKET)
        child = os.fork()
        if child == 0:
            os.dup2(theirs.fileno(), 3)
            traced()
            starting.execute(town.LAUNCHER, [b"x"], [])
        theirs.close()
        os._exit(end_of_traced(starting.Begun(child, ours)))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def other_socket(kind, family=socket.AF_UNIX):
    return socket.socketpair(family, kind)


def by_user(name):
    """A pair that this user has made."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        town.become(name)
        pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        socket.send_fds(theirs, [b"x"], [sock.fileno() for sock in pair])
        os._exit(0)
    _, fds, _, _ = socket.recv_fds(ours, 1, 2)
    os.waitpid(pid, 0)
    return [socket.socket(fileno=fd) for fd in fds]


def replace(path, flags):
    def prepare():
        starting.prctl(starting.PR_SET_DUMPABLE, 1)
        fd = os.open(path, flags)
        os.dup2(fd, 3)
        os.close(fd)
    return prepare


def pipe():
    out, _ = os.pipe()
    os.dup2(out, 3)


def unconnected():
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    os.dup2(sock.detach(), 3)


def internet():
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    os.dup2(sock.detach(), 3)


def test_descriptors():
    for name, prepare in (
            ("missing", lambda: os.close(3)), ("a pipe", pipe),
            ("a file", replace("/etc/passwd", os.O_RDONLY)),
            ("a directory", replace("/", os.O_RDONLY)),
            ("no more than a name", replace("/", os.O_PATH)),
            ("its own memory", replace("/proc/self/mem", os.O_RDWR)),
            ("/dev/full", replace("/dev/full", os.O_RDWR)),
            ("not connected", unconnected), ("of the internet", internet)):
        refused("A09: the socket is " + name, "DESCRIPTORS", prepare=prepare)
    for name, kind in (("a stream", socket.SOCK_STREAM),
                       ("datagrams", socket.SOCK_DGRAM)):
        refused("A09: the socket is of " + name, "DESCRIPTORS",
                socks=other_socket(kind))
    refused("the socket is somebody else's", "DESCRIPTORS",
            socks=by_user("third"))
    for name in ("agent", "root"):
        with living("the socket is of user " + name, socks=by_user(name)):
            pass


def test_limits():
    """What is too low is raised where that is possible."""
    raises = starting.capabilities() >> CAP_SYS_RESOURCE & 1 == 1
    for name, which, value in (
            ("A10: few descriptors", resource.RLIMIT_NOFILE, 64),
            ("A15: its time is limited", resource.RLIMIT_CPU, 3600),
            ("A15: its time as well", resource.RLIMIT_RTTIME, 1 << 40),
            ("A14: little memory", resource.RLIMIT_AS, 40 << 20),
            ("A14: little data", resource.RLIMIT_DATA, 40 << 20),
            ("A14: a small stack", resource.RLIMIT_STACK, 200 << 10)):
        prepare = starting.limit(which, value)
        if raises:
            with living(name, prepare=prepare) as launcher:
                if launcher:
                    check(name + ": it is not any more",
                          launcher.limits()[which][1] > value)
        else:
            refused(name, "LIMITS", prepare=prepare)
    for value in (0, 1, 3):
        begun = begin(prepare=starting.limit(resource.RLIMIT_NOFILE, value))
        welcome = begun.welcome()
        code = begun.end()
        check("A13: %d descriptors: it begins or not" % value,
              (welcome and raises) or code in
              (STATUS["CALLER"], STATUS["LIMITS"]), code)
    for which, value in ((resource.RLIMIT_STACK, 4096),
                         (resource.RLIMIT_AS, 2 << 20),
                         (resource.RLIMIT_DATA, 0)):
        begun = begin(prepare=starting.limit(which, value))
        welcome = begun.welcome()
        code = begun.end()
        check("A14: limit %d is %d: it does not run half" % (which, value),
              (welcome and raises) or code != 0, code)


def no_root_in_it():
    starting.prctl(starting.PR_SET_SECUREBITS, SECBIT_NOROOT)


def without(capability):
    return lambda: starting.prctl(starting.PR_CAPBSET_DROP, capability)


def test_starved():
    """Setuid root, and yet not all that there is to root."""
    refused("A24: root, to whom uid 0 means nothing", "SECUREBITS",
            user="root", prepare=no_root_in_it)
    plain = town.BIN + "/plain"
    refused("A24: root without SETGID", "IDENTITY", user="root",
            launcher=plain, prepare=without(starting.SETGID))
    for name, capability in (("SETUID", starting.SETUID),
                             ("SETPCAP", starting.SETPCAP),
                             ("KILL", starting.KILL)):
        refused("A24: root without " + name, "CAPABILITIES", user="root",
                launcher=plain, prepare=without(capability))


def with_child():
    """One that will outlive the exec, and is nobody's concern."""
    into, out = os.pipe()
    if os.fork() == 0:
        os.dup2(into, 0)
        os.closerange(3, 1024)
        os.read(0, 1)
        time.sleep(0.2)
        os._exit(0)
    os.close(into)
    os.set_inheritable(out, True)


def with_dead_child():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def test_children():
    refused("A26: it has a child that it did not make", "PLACE",
            prepare=with_child)
    refused("A26: which may be dead", "PLACE", prepare=with_dead_child)


def test_by_hand():
    """In a terminal, as somebody would try it who does not know."""
    main, side = pty.openpty()
    done = town.run([town.LAUNCHER], stdin=side, stdout=side, stderr=side,
                    capture_output=False)
    check("by hand it ends at once", done.returncode == STATUS["DESCRIPTORS"],
          done.returncode)
    os.set_blocking(main, False)
    try:
        said = os.read(main, 100)
    except BlockingIOError:
        said = b""
    check("and says nothing", said == b"", said)


town.enter()
test_arguments()
test_environment()
test_privilege()
test_descriptors()
test_limits()
test_starved()
test_children()
test_by_hand()
starting.finish()
