# SPDX-License-Identifier: Apache-2.0
"""What a launcher is once it has begun, whatever its caller was: looked at
from outside, as root."""

import ctypes
import os
import resource
import signal
import subprocess
import tempfile
import time

import town
import starting
from starting import KILL, SETGID, SETPCAP, SETUID, check, living, mask

HAVE = starting.capabilities()
NEEDED = mask(KILL, SETGID, SETPCAP, SETUID)
BLOCKED = ((1 << 64) - 1) & ~mask(signal.SIGKILL - 1, signal.SIGSTOP - 1)
SETS = "CapInh CapPrm CapEff CapBnd CapAmb".split()
ITIMER_REAL = 0


def check_capabilities(name, launcher, keep, give):
    """Exactly these; and what /proc says is what libcap-ng says."""
    status = launcher.status()
    seen = [int(status[key], 16) for key in SETS]
    want = [0, keep & HAVE, keep & HAVE, give & HAVE, 0]
    check(name + ": the capabilities are those", seen == want,
          ["%x" % number for number in seen])
    seen = launcher.by_libcap_ng()
    check(name + ": and libcap-ng sees no others", seen == want,
          ["%x" % number for number in seen])


def check_identity(name, launcher):
    status = launcher.status()
    for key in ("Uid", "Gid"):
        check("%s: B06: %s is root's in every form" % (name, key),
              status[key].split() == ["0"] * 4, status[key])
    check(name + ": B07: there are no groups", status["Groups"] == "",
          status["Groups"])
    check(name + ": it is one thread", status["Threads"] == "1")
    check(name + ": H09: a kept session has no filter",
          (status["NoNewPrivs"], status["Seccomp"]) == ("0", "0"))


def check_signals(name, launcher):
    status = launcher.status()
    seen = {key: int(status[key], 16)
            for key in ("SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd")}
    want = {"SigBlk": BLOCKED, "SigIgn": 0, "SigCgt": 0, "SigPnd": 0,
            "ShdPnd": 0}
    check(name + ": A17: signals are blocked, default and not pending",
          seen == want, seen)


def check_place(name, launcher):
    proc = "/proc/%d/" % launcher.pid
    with open(proc + "personality") as file:
        check(name + ": A27: the personality is Linux",
              int(file.read(), 16) == 0)
    check(name + ": A20: the umask is 0077",
          launcher.status()["Umask"] == "0077")
    check(name + ": A21: the directory is /", os.readlink(proc + "cwd") == "/")


def check_limits(name, launcher, hard):
    want = [(0 if which == resource.RLIMIT_CORE else most, most)
            for which, most in enumerate(hard)]
    seen = launcher.limits()
    check(name + ": A10 to A16: limits are as high as may be, and no core",
          seen == want, seen)


def check_descriptors(name, launcher):
    links = launcher.links()
    check(name + ": A10: no descriptor is anybody's but its own",
          all(fd <= 3 or link.startswith(("anon_inode:[pidfd]", "socket:[",
                                          "anon_inode:[signalfd]", "/proc/",
                                          "/var/lib/caisson/launches",
                                          "pidfd:"))
              for fd, link in links.items()), links)
    check(name + ": every one of them is closed on exec",
          all(launcher.flags(fd) & os.O_CLOEXEC
              for fd in links if fd > 2), links)
    check(name + ": the socket does not block",
          launcher.flags(3) & os.O_NONBLOCK != 0)


def check_all(name, launcher, hard):
    check_identity(name, launcher)
    check_signals(name, launcher)
    check_place(name, launcher)
    check_limits(name, launcher, hard)
    check_descriptors(name, launcher)
    check_capabilities(name, launcher, NEEDED, 0)


def hard_limits():
    return [resource.getrlimit(which)[1] for which in range(16)]


def sees(pid, path):
    """Whether one may is looked at when it is opened."""
    try:
        os.close(os.open("/proc/%d/%s" % (pid, path), os.O_RDONLY))
        return True
    except OSError:
        return False


def attempts(pid):
    """What a caller could try, as that caller; those that work."""
    tries = {
        "SIGSTOP": lambda: os.kill(pid, signal.SIGSTOP),
        "SIGKILL": lambda: os.kill(pid, signal.SIGKILL),
        "prlimit": lambda: resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1)),
        "nice": lambda: os.setpriority(os.PRIO_PROCESS, pid, 19),
        "affinity": lambda: os.sched_setaffinity(pid, [0]),
    }
    worked = []
    for name, attempt in tries.items():
        try:
            attempt()
            worked.append(name)
        except OSError:
            pass
    if starting.libc.ptrace(starting.PTRACE_ATTACH, pid, None, None) == 0:
        worked.append("ptrace")
    return worked + [path for path in ("mem", "environ", "maps", "auxv")
                     if sees(pid, path)]


def from_caller(pid):
    """The same in a process of the caller's."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(out)
            town.become("agent")
            os.write(into, " ".join(["tried"] + attempts(pid)).encode())
        finally:
            os._exit(0)
    os.close(into)
    with os.fdopen(out) as file:
        said = file.read()
    os.waitpid(child, 0)
    return said.split()


def check_out_of_reach(name, launcher):
    seen = from_caller(launcher.pid)
    check(name + ": A19, A22: its caller can neither stop nor look into it",
          seen == ["tried"], seen)
    victim = os.fork()
    if victim == 0:
        os.closerange(0, 1024)
        town.become("agent")
        starting.prctl(starting.PR_SET_DUMPABLE, 1)
        time.sleep(starting.LIMIT)
        os._exit(0)
    while os.stat("/proc/%d" % victim).st_uid == 0:
        time.sleep(0.001)
    seen = from_caller(victim)
    check(name + ": (and a process of its own is in reach)",
          {"SIGSTOP", "SIGKILL", "prlimit", "nice", "affinity"} <= set(seen),
          seen)
    os.kill(victim, signal.SIGKILL)
    os.waitpid(victim, 0)


def attaches(pid):
    """Root with every right but the one to trace whatever it likes: what it
    cannot attach to is not dumpable."""
    child = os.fork()
    if child == 0:
        try:
            starting.drop_effective(starting.SYS_PTRACE)
            os._exit(starting.libc.ptrace(starting.PTRACE_ATTACH, pid, None,
                                          None) & 1)
        finally:
            os._exit(2)
    return {0: True, 256: False}.get(os.waitpid(child, 0)[1])


def check_dumpable(name, launcher):
    check(name + ": A16: it is not dumpable", attaches(launcher.pid) is False)
    plain_process = subprocess.Popen(["sleep", str(starting.LIMIT)])
    check(name + ": (and what is would be noticed)",
          attaches(plain_process.pid) is True)
    plain_process.kill()
    plain_process.wait()


def pending(pid, signo):
    with open("/proc/%d/status" % pid) as file:
        for line in file:
            if line.startswith("ShdPnd"):
                return int(line.split()[1], 16) >> (signo - 1) & 1 == 1
    return False


def hostile_signals():
    """All blocked, some pending, some ignored, and an alarm to come."""
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
    for signo in (signal.SIGCHLD, signal.SIGHUP, signal.SIGALRM):
        signal.signal(signo, signal.SIG_IGN)
    for signo in (signal.SIGTERM, signal.SIGUSR1, 40):
        os.kill(os.getpid(), signo)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(ITIMER_REAL, 0.3)


def test_signals():
    """The same without a launcher shows when the alarm is due."""
    name = "hostile signals"
    with living(name, prepare=hostile_signals) as launcher:
        control = os.fork()
        if control == 0:
            os.closerange(3, 1024)
            hostile_signals()
            time.sleep(starting.LIMIT)
            os._exit(0)
        while not pending(control, signal.SIGALRM):
            time.sleep(0.002)
        check(name + ": (they would be pending)",
              pending(control, signal.SIGTERM) and pending(control, 40))
        if launcher:
            check_signals(name + ", A18 an alarm", launcher)
        os.kill(control, signal.SIGKILL)
        os.waitpid(control, 0)


def hostile_place():
    os.umask(0)
    gone = tempfile.mkdtemp(dir=town.USERS["agent"].home)
    os.chdir(gone)
    os.rmdir(gone)
    # ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC, PER_LINUX32
    if starting.libc.personality(ctypes.c_ulong(0x0440008)) < 0:
        raise OSError("personality")
    os.nice(19)
    starting.prctl(starting.PR_SET_DUMPABLE, 1)  # or /proc/self is root's
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def fill_descriptors():
    fd = os.open("/etc/passwd", os.O_RDONLY)
    for number in list(range(4, 900)) + [60000]:
        try:
            os.dup2(fd, number, inheritable=True)
        except OSError:
            pass
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (5, hard))


def low_limits():
    for which in (resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC,
                  resource.RLIMIT_MEMLOCK, resource.RLIMIT_SIGPENDING):
        resource.setrlimit(which, (0, resource.getrlimit(which)[1]))
    for which, soft in ((resource.RLIMIT_STACK, 1 << 18),
                        (resource.RLIMIT_AS, 1 << 28),
                        (resource.RLIMIT_CPU, 3600)):
        resource.setrlimit(which, (soft, resource.getrlimit(which)[1]))
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


def test_states():
    hard = hard_limits()
    with living("nothing odd") as launcher:
        if launcher:
            check_all("nothing odd", launcher, hard)
            check_out_of_reach("nothing odd", launcher)
            check_dumpable("nothing odd", launcher)
    for name, prepare in (("a hostile place", hostile_place),
                          ("full of descriptors", fill_descriptors),
                          ("low limits", low_limits)):
        with living(name, prepare=prepare) as launcher:
            if launcher:
                check_all(name, launcher, hard)


def test_stdio():
    """For a setuid program libc has opened them before main, in its way."""
    for closed in ([0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]):
        for user, launcher, want in (
                ("agent", town.LAUNCHER, {"/dev/null", "/dev/full"}),
                ("root", plain(), {"/dev/null"})):
            name = "A08: %s has closed %s" % (user,
                                              " ".join(map(str, closed)))
            with living(name, user=user, launcher=launcher,
                        prepare=lambda: [os.close(fd) for fd in closed]) \
                    as begun:
                links = begun.links() if begun else {}
                check(name + ": they are devices that nobody reads",
                      {links.get(fd) for fd in range(3)} <= want, links)


def plain():
    """One without the bit."""
    return town.install_launcher(os.environ["CAISSON_LAUNCHER"],
                                 town.BIN + "/plain", 0o755, 0, 0)


def rule(*lines):
    return "permit user agent as user builder {\n\tprogram /usr/bin/true\n" + \
        "".join("\t%s\n" % line for line in lines) + "}\n"


def test_capabilities():
    for name, text, work, give in (
            ("no capability", rule(), (), ()),
            ("capabilities", rule("capabilities net_bind_service kill"), (),
             (10, KILL)),
            ("of several rules", rule("capabilities net_raw") +
             "permit gid 1 as uid 2 gid 2 {\n\tprogram /usr/bin/id\n"
             "\tcapabilities chown\n}\n", (), (0, 13)),
            ("a nice value", rule("nice -5"), (starting.SYS_NICE,), ()),
            ("a limit", rule("rlimit nproc 5"), (starting.SYS_RESOURCE,), ()),
            ("a score", rule("oom_score_adj -5"), (starting.SYS_RESOURCE,),
             ()),
            ("a root", rule("chroot /usr"), (starting.SYS_CHROOT,), ())):
        town.grant(text)
        with living("granted is " + name) as launcher:
            if launcher:
                check_capabilities("granted is " + name, launcher,
                                   NEEDED | mask(*work) | mask(*give),
                                   mask(*give))
    town.revoke()


def test_root():
    """Not setuid, but root's: nothing is taken away but what is inherited."""
    with living("root, without the bit", user="root", launcher=plain()) \
            as launcher:
        if launcher:
            check_identity("root", launcher)
            check_dumpable("root", launcher)
            check_capabilities("root", launcher, HAVE, HAVE)


town.enter()
test_states()
test_stdio()
test_signals()
test_capabilities()
test_root()
starting.finish()
