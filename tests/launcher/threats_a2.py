# SPDX-License-Identifier: Apache-2.0
"""A17 to A32: signals, timers, places, privilege, processes and clocks that
the caller chose for the launcher.  See threats.py."""

import ctypes
import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import asking
import oracle
import threats
import town
from threats import denied, equal, probe, refused, runs, threat, within

CALLER, SIGNALS, SECUREBITS, IDENTITY, PLACE = 3, 5, 6, 7, 8
# All that can be blocked.
ALL = "fffffffffffbfeff"


@threat("A17", "blocked, ignored and pending signals are nobody's but the caller's",
        broken="start:%d" % SIGNALS)
def signals():
    def work(session):
        oracle.launched_state(session)
        found = session.as_root("status", session.pid)
        equal(found["SigBlk"], ALL, "blocked")
        equal((found["SigPnd"], found["ShdPnd"], found["SigCgt"]),
              (oracle.NONE,) * 3, "pending and caught")
        out, exited, _ = oracle.report(session, ("exit", "7"),
                                       ask={"request": 2})
        equal(exited.value, 7, "exit status")
    for words in ([], ["blocked"], ["ignored"], ["pending"],
                  ["pending", "ignored"]):
        within(work, words)


@threat("A18", "the caller's timers end with its program",
        broken="start:%d" % SIGNALS)
def timers():
    def work(session):
        if session.hello() is None:
            return session.wait()
        time.sleep(rest)
        oracle.launched_state(session)
        return session.close()
    rest = 0.02
    ended = {within(work, ["timer=0:%d" % us], hello=False)
             for us in (1, 50, 200, 500, 1000, 3000, 10000, 100000)}
    assert ended <= {0, -signal.SIGALRM}, ended
    rest = 0.8
    for which in (0, 1, 2):
        equal(within(work, ["timer=%d:700000" % which], hello=False), 0,
              "timer %d" % which)


@threat("A19", "who started the launcher can neither stop nor kill it",
        broken="start:%d" % IDENTITY)
def stops():
    def work(session):
        for signo in (signal.SIGSTOP, signal.SIGKILL, signal.SIGTSTP,
                      signal.SIGALRM):
            try:
                os.kill(session.pid, signo)
            except PermissionError:
                continue
            raise AssertionError("signal %d was sent" % signo)
        oracle.launched_state(session)
    within(work)
    runs(["stopped"])


@threat("A20", "the caller's umask is only the program's, and only unasked",
        broken="child:32,42")
def umasks():
    def work(session):
        equal(session.as_root("status", session.pid)["Umask"], "0077",
              "the launcher's umask")
        oracle.launched_state(session)
        out, _, _ = oracle.report(session, umask=None, ask={"request": 2})
        return json.loads(out)["umask"]
    for umask in (0, 0o777, 0o2):
        equal(within(work, ["umask=%d" % umask]), umask, "unasked")


def unusable(session, number, cwd):
    session.ask(asking.plan(oracle.REPORTER, [oracle.REPORTER, "exit", "0"],
                            cwd=cwd), request=number)
    answers = [session.expect("ACCEPTED", "FAILED").type]
    if answers == ["ACCEPTED"]:
        answer = session.expect("FAILED", "STARTED")
        equal(answer.type, "FAILED", cwd)


@threat("A21", "a directory is only ever what its name says",
        broken=["child:44", "start:%d" % PLACE])
def directories():
    home = town.USERS["builder"].home
    link = home + "/link"
    if not os.path.islink(link):
        os.symlink("/usr", link)

    def work(session):
        equal(session.as_root("link", session.pid, "cwd"), "/", "directory")
        for number, cwd in enumerate((
                "/proc/self/fd/3", "/proc/self/cwd", "/proc/1/root",
                "/dev/fd/3", link, link + "/bin", "/proc/self/root/usr",
                "/nowhere", "/usr/..", "/usr/", "//", "/./", "usr")):
            unusable(session, number + 1, cwd)
        oracle.launched_state(session, {"cwd": home}, cwd=home)
    for words in ([], ["directory=deleted"], ["directory=unreadable"],
                  ["directory=/proc/self/fd"]):
        within(work, words)


PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206
PEEKS = """
import ctypes, json, os, sys
libc = ctypes.CDLL(None, use_errno=True)
pid, fd = int(%r), None
def tried(r):
    return ctypes.get_errno() if r < 0 else 0
found = {}
for name, request in (("attach", 16), ("seize", 0x4206)):
    found[name] = tried(libc.ptrace(request, pid, None, None))
class Iov(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("len", ctypes.c_size_t))
here = ctypes.create_string_buffer(8)
one = Iov(ctypes.addressof(here), 8)
found["readv"] = tried(libc.process_vm_readv(
    pid, ctypes.byref(one), 1, ctypes.byref(Iov(4096, 8)), 1, 0))
pidfd = libc.syscall(434, pid, 0)
found["pidfd_getfd"] = tried(libc.syscall(438, pidfd, 3, 0))
found["prlimit"] = tried(libc.syscall(302, pid, 7, ctypes.byref(
    (ctypes.c_uint64 * 2)(1, 1)), None))
for name in ("mem", "environ", "maps", "exe", "cwd", "root", "fd/3",
             "syscall", "auxv"):
    try:
        os.close(os.open("/proc/%%d/%%s" %% (pid, name), os.O_RDONLY))
        found[name] = 0
    except OSError as error:
        found[name] = error.errno
print(json.dumps(found))
"""


def peek(pid):
    """By whoever runs this: what can be got of that process."""
    done = subprocess.run([threats.PYTHON, "-I", "-c", PEEKS % pid],
                          capture_output=True, text=True)
    return json.loads(done.stdout)


@threat("A22", "a traced launcher has no privilege, and nobody looks into one",
        broken="start:%d" % CALLER)
def tracing():
    refused(["traced"], CALLER)

    def work(session):
        # of a process of one's own all of it can be got
        own = subprocess.Popen(["/bin/sleep", "60"])
        found = peek(own.pid)
        own.kill()
        own.wait()
        for name in ("attach", "prlimit", "mem", "environ", "maps", "exe"):
            equal(found[name], 0, name)
        for found in (peek(session.pid),
                      json.loads(probe(session, PEEKS % session.pid))):
            for name, code in found.items():
                assert code in (errno.EPERM, errno.EACCES), (name, code)
    within(work)


@threat("A23", "a launcher without privilege says so, and runs nothing",
        broken="start:%d" % CALLER)
def no_privilege():
    source = os.environ["CAISSON_LAUNCHER"] if not threats.tried else \
        town.ROOT + "/broken"
    foreign = town.install_launcher(source, town.ROOT + "/libexec/foreign",
                                    uid=town.USERS["third"].uid)
    plain = town.install_launcher(source, town.ROOT + "/libexec/plain",
                                  mode=0o755)
    nosuid = town.ROOT + "/nosuid"
    if not os.path.exists(nosuid):
        os.mkdir(nosuid)
        town.mount("town", nosuid, "tmpfs", town.MS_NOSUID, "mode=755")
    town.install_launcher(source, nosuid + "/launcher")
    refused(["no-new-privs"], CALLER)
    for path in (foreign, plain, nosuid + "/launcher"):
        refused([], CALLER, launcher=path)
    refused(["user-namespace"], IDENTITY)


@threat("A24", "securebits that were set keep it from starting",
        broken="start:%d" % SECUREBITS)
def securebits():
    for bits in (1, 4, 64, 3, 12, 192):
        refused(["securebits=%d" % bits], SECUREBITS)


@threat("A25", "no key of the caller's can be reached by the program",
        broken="child:28")
def keys():
    def work(session):
        state = oracle.launched_state(session)
        out, _, _ = oracle.report(session, ("key", "1", "0", "callers"),
                                  ask={"request": 2})
        assert json.loads(out)["search"] < 0, out
        return state["session_keyring"]
    first = within(work, ["key"])
    assert within(work, ["key"]) != first


@threat("A26", "processes that were there before keep it from starting",
        broken="start:%d strangers" % PLACE)
def children():
    refused(["children"], PLACE)


@threat("A27", "scheduling is the caller's, and gets no better without a grant",
        broken=["overlook:17", "overlook:16"])
def scheduling():
    runs(["nice=19"], {"nice": 19})
    runs(["oom-score=1000"], {"oom_score_adj": 1000})
    runs(["personality=0x04440008"])
    runs(["scheduling"], {"policy": 5, "cpus": 1, "ioprio": 3 << 13,
                          "timerslack": 1000000000})

    def work(session):
        for score in (999, 0, -1000):
            denied(session, 17, oom=score)
        for nice in (9, 0, -20):
            denied(session, 16, nice=nice)
        oracle.launched_state(session, {"nice": 11, "oom_score_adj": 1000},
                              nice=11, oom=1000)
    within(work, ["nice=10", "oom-score=1000"])


@threat("A28", "where its file lies, and under which name, changes nothing",
        broken="self-exe")
def hard_link():
    link = town.ROOT + "/libexec/link"
    if os.path.exists(link):
        os.unlink(link)
    os.link(town.LAUNCHER, link)
    try:
        runs(launcher=link)
    finally:
        os.unlink(link)


def open_to_all():
    os.chmod(town.LAUNCHER, 0o4755)


@threat("A29", "only members of its group can start it",
        broken=open_to_all)
def mode():
    about = os.stat(town.LAUNCHER)
    equal((about.st_uid, about.st_gid, about.st_mode & 0o7777),
          (0, town.GROUPS["caisson"], 0o4750), "the launcher's file")

    def work(session):
        equal(session.hello(), None, "WELCOME")
        return session.wait()
    equal(within(work, user="third", hello=False), 126, "exec")


WRITES = """
import errno, json, os
found = {}
for path in ("/proc/%d/exe" % PID, "/proc/self/exe", LAUNCHER):
    try:
        os.close(os.open(path, os.O_WRONLY))
        found[path] = "written to"
    except OSError as error:
        found[path] = errno.errorcode[error.errno]
print(json.dumps(found))
"""


def file_of_everybody():
    os.chmod(town.LAUNCHER, 0o4757)


@threat("A30", "its file cannot be written to while it runs",
        broken=file_of_everybody)
def own_file():
    with open(town.LAUNCHER, "rb") as file:
        before = hashlib.sha256(file.read()).digest()

    def work(session):
        code = "PID, LAUNCHER = %d, %r\n" % (session.pid, town.LAUNCHER)
        found = json.loads(probe(session, code + WRITES))
        equal(found["/proc/%d/exe" % session.pid], "EACCES", "its exe")
        equal(found[town.LAUNCHER], "EACCES", "its file")
    within(work)
    with open(town.LAUNCHER, "rb") as file:
        equal(hashlib.sha256(file.read()).digest(), before, "its bytes")


@threat("A31", "a terminal that goes away or is another's ends no session",
        broken="start:%d" % SIGNALS)
def terminals():
    def work(session):
        if session.hello() is None:
            return session.wait()
        time.sleep(0.1)
        oracle.report(session)
        return session.close()
    ended = [within(work, ["terminal=hangup"], hello=False)]
    while ended[-1] == -signal.SIGHUP and len(ended) < 50:
        ended.append(within(work, ["terminal=hangup"], hello=False))
    equal(ended[-1], 0, "exit status")
    equal(within(work, ["terminal=background"], hello=False), 0, "background")


@threat("A32", "no wall clock decides anything, and another one is as good",
        broken="clock")
def clocks():
    def work(session):
        oracle.launched_state(session)
        session.sock.settimeout(5)
        session.launch(asking.plan(oracle.REPORTER, [
            oracle.REPORTER, "sleep", "60000"]), request=2, timeout=50)
        exited = session.expect("EXITED")
        equal(exited.timed_out, 1, exited)
    for seconds in ("1000000000", "-30"):
        try:
            within(work, ["clock=" + seconds])
        except AssertionError as error:
            if "exit status 99" in str(error):
                raise threats.Skip("no time namespaces") from None
            raise


if __name__ == "__main__":
    sys.exit(threats.main(sys.argv[1:]))
