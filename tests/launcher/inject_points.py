# SPDX-License-Identifier: Apache-2.0
"""Which faults there are, and what changes in the world: see inject.py."""

import collections
import errno
import os
import signal

import injecting
import town
from injecting import Fault, NAMES

# What calls fail with, where that is not OTHERS.
ERRNOS = {
    "open openat openat2 socket":
        "EACCES EMFILE ENFILE ELOOP ENOENT EINTR ENOSYS EAGAIN",
    "read write readlink readlinkat sendto sendmsg recvfrom recvmsg connect":
        "EINTR EAGAIN EIO ENOSPC EPIPE ECONNRESET",
    "clone clone3 fork": "EAGAIN ENOMEM ENOSYS EPERM",
    "setresuid setresgid setgroups": "EPERM EAGAIN EINVAL ENOMEM",
    "prctl capset capget": "EPERM EINVAL",
    "seccomp": "EINVAL EACCES ENOMEM ENOSYS",
    "close_range pidfd_open pidfd_send_signal pidfd_getfd statx":
        "ENOSYS EPERM ESRCH EMFILE",
    "execve execveat":
        "EAGAIN E2BIG ENOMEM ENOEXEC ETXTBSY EACCES ELIBBAD ENOENT",
    "waitid": "EINTR ECHILD",
    "poll ppoll": "EINTR EINVAL ENOMEM",
    "dup dup2 dup3 fcntl pipe2": "EBADF EMFILE EINTR EBUSY ENFILE",
    "close": "EBADF EINTR EIO",
}
OTHERS = "EPERM EINVAL EINTR ENOMEM ENOSYS"
ERRNOS = {name: tuple(getattr(errno, e) for e in errnos.split())
          for names, errnos in ERRNOS.items() for name in names.split()}
OTHERS = tuple(getattr(errno, e) for e in OTHERS.split())

# What is returned by a call that is not made, beside 0.
LIES = {name: values for names, values in {
    "read recvmsg sendmsg sendto write readlink readlinkat": (1, 64),
    "clone clone3": (1,),
    "poll ppoll": (1,),
    "open openat openat2 socket pidfd_open": (1,),
}.items() for name in names.split()}

# Faults that never end would have nobody act on what they say.
ALWAYS = (errno.ENOSYS, errno.EPERM)

Point = collections.namedtuple("Point", "session kind fault act")


# ---- what changes in the world while a process stands still


def other_program(_):
    """Its name now leads elsewhere."""
    os.symlink(injecting.OTHER, town.BIN + "/link")
    os.rename(town.BIN + "/link", injecting.WITNESS)


def other_directory(_):
    """Likewise that of its directory."""
    os.rename(town.BIN, town.BIN + ".old")
    os.mkdir(town.ROOT + "/elsewhere", 0o755)
    os.link(injecting.OTHER, town.ROOT + "/elsewhere/witness")
    os.symlink(town.ROOT + "/elsewhere", town.BIN)


def no_program(_):
    os.unlink(injecting.WITNESS)


def no_grants(case):
    town_revoke()
    case.told = True


def town_revoke():
    os.rename(town.APPLIED, town.APPLIED + ".old")


def no_agent(case):
    """Killed; its socket is ours and stays open."""
    case.process.kill()


def no_socket(case):
    if case.sock.fileno() >= 0:  # we have not ended it ourselves
        case.sock.shutdown(2)


def children(case):
    pid = case.process.pid
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
            return list(map(int, file.read().split()))
    except OSError:
        return []


def no_child(case):
    for pid in children(case):
        os.kill(pid, signal.SIGKILL)


def still_child(case):
    for pid in children(case):
        os.kill(pid, signal.SIGSTOP)


ACTS = (other_program, other_directory, no_program, no_grants, no_agent,
        no_socket, no_child, still_child)


def restore(saved):
    """The world as it was."""
    if os.path.islink(town.BIN):
        os.unlink(town.BIN)
        os.rename(town.BIN + ".old", town.BIN)
        os.unlink(town.ROOT + "/elsewhere/witness")
        os.rmdir(town.ROOT + "/elsewhere")
    if not os.path.isfile(injecting.WITNESS) or \
            os.path.islink(injecting.WITNESS):
        if os.path.lexists(injecting.WITNESS):
            os.unlink(injecting.WITNESS)
        os.link(saved, injecting.WITNESS)
    if os.path.exists(town.APPLIED + ".old"):
        os.rename(town.APPLIED + ".old", town.APPLIED)


# ---- which faults


def points(session, log):
    """All faults for what a session has called."""
    each = set()
    for call in log.calls:
        name = NAMES.get(call.nr, str(call.nr))
        if name in ("exit_group", "exit"):
            continue

        def point(kind, what, value=None, act=None, which=None):
            return Point(session, kind, Fault(
                call.process, which or "@%d" % call.index, what, value), act)

        for error in ERRNOS.get(name, OTHERS):
            yield point("error", "e", error)
        for value in (0,) + LIES.get(name, ()):
            yield point("lie", "v", value)
        yield point("kill", "k")
        yield point("kill", "K")
        yield point("delay", "d", 20)
        for act in ACTS:
            yield point("world", "s", act=act)
        if (call.process, call.nr) not in each:
            each.add((call.process, call.nr))
            for error in ALWAYS:
                yield point("always", "e", error, which="#%d" % call.nr)


def select(found, log):
    """Of calls that repeat the first and the last; of what may become of them
    one each, in turn; of lies all.  What every session begins with, and every
    child, is tried in one of them."""
    by_index = {(c.process, "@%d" % c.index): c for c in log.calls}
    alike = collections.defaultdict(list)
    for call in log.calls:
        alike[call.process, call.nr].append("@%d" % call.index)
    chosen, turns = [], collections.Counter()
    begins = min(call.index for call in log.calls
                 if NAMES[call.nr] == "recvmsg")
    for point in found:
        call = by_index.get((point.fault.process, point.fault.which))
        if call is not None:
            those = alike[call.process, call.nr]
            if point.fault.which not in (those[0], those[-1]) or (
                    point.session != "whole" and
                    (call.process > 0 or call.index < begins)):
                continue
        elif point.session != "whole":
            continue
        group = (point.kind, point.fault.process, point.fault.which)
        turns[group] += 1
        n_kind = {"error": 4, "world": 8, "kill": 2,
                  "always": 2}.get(point.kind, 1)
        salt = sum(map(ord, "%s%s" % group[1:]))
        if point.kind == "delay" and salt % 3 != 0:
            continue
        if point.kind == "lie" or turns[group] % n_kind == salt % n_kind:
            chosen.append(point)
    return chosen


# Where the kernel does not let the lie be told from the truth, or where it
# does no harm: process, call, kind, and why.  A row that is never needed is
# an error of the whole set.
ARGUED = (
    (0, None, None, "libc's start died",
     "libc ends itself before main: nothing has been read or changed"),
    (1, "seccomp", "lie", "seccomp_filters is 1",
     "the child makes two calls that look the same to whatever could fake one "
     "of them, and of two filters only a tracer can fake one; to trace it one "
     "must be root"),
    (0, None, "kill", "descendants of programs",
     "only root kills the launcher; its programs end with it, by their parent "
     "death signal, and nobody is left who knew of what they have started"),
)


def argued(point, nr, why):
    """The row's number, or None."""
    for number, (process, name, kind, text, _) in enumerate(ARGUED):
        if process == min(point.fault.process, 1) and text in why and \
                name in (None, NAMES.get(nr)) and kind in (None, point.kind):
            return number
    return None
