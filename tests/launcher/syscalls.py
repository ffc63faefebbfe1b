# SPDX-License-Identifier: Apache-2.0
"""Which system calls the launcher makes, and its children before they exec, in
sessions that use everything there is; by strace.  The list must be the one of
syscalls.allowed, no more and no less, and the launcher's own must be few."""

import collections
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import asking
import town

# Of the launcher's own.
BAR = 45
WHO = ("libc", "launcher", "child")
# What nobody with privilege needs for this: files are not changed.
NEVER = """chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat unlink
unlinkat rmdir rename renameat renameat2 link linkat symlink symlinkat mknod
mknodat truncate ftruncate setxattr lsetxattr fsetxattr removexattr utimensat
mount umount2 ptrace process_vm_readv process_vm_writev socketpair bind listen
accept accept4 vfork""".split()

if shutil.which("strace") is None:
    town.skip("strace is not installed")
town.enter()
SLEEP = town.install(shutil.which("sleep"))
TRUE = town.install(shutil.which("true"))
SCRIPT = town.BIN + "/script"
LOG = town.ROOT + "/strace"
PROCESS, GROUP, TREE, DETACHED = range(1, 5)
logs = []


class Session(asking.Session):
    """As agent, or as root without the bit."""

    def __init__(self, user="agent", once=0):
        ours, theirs = socket.socketpair(socket.AF_UNIX,
                                         socket.SOCK_SEQPACKET)
        logs.append("%s.%d" % (LOG, len(logs)))
        as_whom = [] if user == "root" else ["-u", user]
        self.strace = subprocess.Popen(
            ["strace", "-D", "-f", "-q", "-s", "0", "-o", logs[-1], *as_whom,
             town.LAUNCHER if user != "root" else PLAIN], env={}, cwd="/",
            stdin=subprocess.DEVNULL, close_fds=False,
            preexec_fn=lambda: os.dup2(theirs.fileno(), 3))
        theirs.close()
        super().__init__(ours, self.strace.pid)
        welcome = self.hello(once=once)
        assert welcome is not None and welcome.type == "WELCOME", \
            (welcome, self.wait())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()
        self.strace.wait(60)
        self.ended()

    def ended(self):
        """strace, which is not our child, has written it all."""
        pid = self.strace.pid
        end = time.monotonic() + 60
        while not re.search(r"^%d +\+\+\+" % pid, read(logs[-1]), re.M):
            assert time.monotonic() < end, "strace does not end"
            time.sleep(0.01)

    def finish(self, request):
        """Until that one has ended, or not begun."""
        while not any(a.type in ("EXITED", "FAILED", "DENIED") and
                      a.request == request for a in self.seen):
            assert self.answer() is not None, self.seen


def read(path):
    with open(path) as file:
        return file.read()


def null(n=3):
    fd = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    return [fd] * n


def plan(*argv, **more):
    more.setdefault("terminal", 2)
    return asking.plan(argv[0], list(argv), fds=(0, 1, 2), **more)


def kept():
    """Several at once, every signal, every way to end or not to begin."""
    with Session() as s:
        s.run(plan(TRUE, rlimits={7: (64, 64), 4: (0, 0), 3: (1 << 20,) * 2},
                   nice=5, oom=500, parent_death=15, group=2,
                   terminal=2), null(), request=1)
        s.launch(plan(SLEEP, "1000"), null(), request=2)
        s.launch(plan(SLEEP, "1000"), null(), request=3)
        s.launch(plan(os.path.realpath("/bin/sh"), "-c", "(sleep 1000 &); setsid sleep 1000 & "
                      "exec sleep 1000"), null(), request=4)
        s.launch(plan(SLEEP, "1000"), null(), request=5, timeout=20, grace=20)
        time.sleep(0.2)  # so that there are orphans
        s.signal(2, signal.SIGTERM, PROCESS)
        s.signal(3, signal.SIGTERM, GROUP)
        s.signal(4, signal.SIGTERM, TREE)
        for request in (2, 3, 4, 5):
            s.finish(request)
        s.ask(plan(TRUE, user="third"), null(), request=6)
        s.ask(plan(town.BIN + "/absent"), null(), request=7)
        s.ask(plan(SCRIPT), null(), request=8)
        s.ask(plan(TRUE, cwd="/absent/place"), null(), request=9)
        for request in (6, 7, 8, 9):
            s.finish(request)
        s.launch(plan(SLEEP, "1000"), null(), request=10)  # for the end


def large():
    """A plan that is no part of a frame, with a chroot and capabilities."""
    with Session() as s:
        fd = sealed(plan(TRUE, "x" * 100000))
        s.ask(b"", [fd] + null(), request=1, memfd=1)
        s.finish(1)
        s.run(plan("/usr/bin/true", chroot=town.ROOT), null(), request=2)
        s.run(plan(TRUE, capabilities=1 << 10), null(), request=3)
        s.run(plan(TRUE, group=0, terminal=0), null(), request=4)


def sealed(data):
    import fcntl
    fd = os.memfd_create("plan", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    fcntl.fcntl(fd, 1033, 15)  # F_ADD_SEALS, all
    return fd


def once():
    """One launch, with a timeout; and one that outlives it, to be ended."""
    with Session(once=1) as s:
        s.run(plan(SLEEP, "1000"), null(), timeout=20, grace=20)
    with Session(once=1) as s:
        s.launch(plan(SLEEP, "1000"), null(), detach=1)
        pidfd = s.seen[-1].fds[0]
    with Session() as s:
        s.signal(0, signal.SIGKILL, DETACHED, fds=[pidfd])
        s.signal(1, signal.SIGKILL, PROCESS)


def refused():
    with Session() as s:
        s.send(b"nonsense")
        s.answer()


def own_authority():
    with Session("root") as s:
        s.run(plan(TRUE), null())
        s.run(plan(TRUE, user="root"), null(), request=2)


def audit_socket(path):
    """Somebody who takes the lines."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    taker = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    taker.bind(path)
    os.chmod(path, 0o666)
    return taker


LINE = re.compile(r"(\d+) +(?:<\.\.\. )?(\w+)(\(| resumed)(.*)")


def calls():
    """Names by who makes them: libc before main, the launcher, its children
    until they are programs."""
    found = {who: collections.Counter() for who in WHO}
    for path in logs:
        count(found, [match.groups() for match in
                      map(LINE.match, read(path).splitlines()) if match])
    return found


def count(found, lines):
    launcher, programs, began = lines[0][0], set(), False
    children = {rest.rsplit("= ", 1)[1] for pid, name, _, rest in lines
                if pid == launcher and name == "clone" and "= " in rest}
    for pid, name, _, rest in lines:
        # the first that main does is to look at descriptor 0
        began = began or (pid == launcher and name == "fcntl")
        if pid == launcher:
            found["launcher" if began else "libc"][name] += 1
        elif pid in children and pid not in programs:
            found["child"][name] += 1
            if name.startswith("execve") and rest.endswith("= 0"):
                programs.add(pid)


def allowed():
    """Lines: who, names."""
    found = {who: set() for who in WHO}
    here = os.path.dirname(os.path.abspath(__file__))
    for line in read(here + "/syscalls.allowed").splitlines():
        words = line.split("#")[0].split()
        if words:
            found[words[0]].update(words[1:])
    return found


def grant():
    with open(SCRIPT, "w") as file:
        file.write("#!/bin/sh\n")
    os.chmod(SCRIPT, 0o755)
    text = """permit user agent as user builder {
	program %s/
	program %s/script scripts
	program /usr/bin/
	chroot %s
	capabilities net_bind_service
	rlimit cpu unlimited
	oom_score_adj 0
	nice -5
	detach
	signal
	terminal
}
"""
    os.makedirs(town.ROOT + "/usr/bin")
    # linked statically: nothing else is in that root
    town.install(os.environ["WITNESS"], "true", town.ROOT + "/usr/bin")
    town.grant(text % (town.BIN, town.BIN, town.ROOT))


def main():
    wanted = allowed()
    got = calls()
    bad = []
    for who in WHO:
        names = set(got[who])
        bad += ["%s calls %s, which is not in syscalls.allowed" % (who, name)
                for name in sorted(names - wanted[who])]
        bad += ["%s never calls %s: out of syscalls.allowed with it" %
                (who, name) for name in sorted(wanted[who] - names)
                if who != "libc"]  # another one may do without
        bad += ["%s must never call %s" % (who, name)
                for name in sorted(names & set(NEVER))]
        print("%s: %d: %s" % (who, len(names), " ".join(sorted(names))))
    if len(got["launcher"]) > BAR:
        bad.append("more than %d of the launcher's own" % BAR)
    print("libc before main %d, launcher %d, child %d, together %d" % (
        *(len(got[who]) for who in WHO),
        len(set().union(*(set(got[who]) for who in WHO)))))
    print("\n".join(bad))
    return bool(bad) or not all(got.values())


PLAIN = town.install_launcher(os.environ["CAISSON_LAUNCHER"],
                              town.ROOT + "/libexec/plain", 0o755)
grant()
taker = audit_socket("/run/systemd/journal/socket")
for session in (kept, large, once, refused, own_authority):
    session()
taker.close()
sys.exit(main())
