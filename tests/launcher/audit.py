# SPDX-License-Identifier: Apache-2.0
"""What the launcher tells a log: a journal and a /dev/log that are ours, in a
town.  Each line says what the session was answered; nothing in it is forged
or secret; and what becomes of it changes nothing."""

import os
import signal
import socket
import sys

import asking
import town
from asking import plan

JOURNAL, SYSLOG = "/run/systemd/journal/socket", "/dev/log"
BEFORE = ("PRIORITY=6\nSYSLOG_FACILITY=10\nSYSLOG_PID=%d\n"
          "SYSLOG_IDENTIFIER=caisson-launcher\nMESSAGE=")
KEYS = {
    "accepted": "request line",
    "denied": "request line field index allowed asked",
    "failed": "request code stage errno index",
    "exited": "request how value core timed_out",
}
REST = ("rule caller_uid caller_pid caller_exe uid gid program plan pid "
        "signal")
UNKNOWN = "4294967295"
RULES = """permit user agent as user builder {
	program %s/
	env NAME
	terminal
	signal
}
""" % town.BIN
FAILED = []


def check(name, right, why=""):
    print("%s: %s" % ("ok" if right else "FAILED", name))
    if not right:
        print("    %r" % (why,))
        FAILED.append(name)


def make_dev():
    """A /dev in which a log may be made."""
    nodes = {name: os.stat("/dev/" + name).st_rdev
             for name in ("null", "zero", "urandom", "tty")}
    town.mount("town", "/dev", "tmpfs", data="mode=755")
    for name, number in nodes.items():
        os.mknod("/dev/" + name, 0o20666, number)
        os.chmod("/dev/" + name, 0o666)


class Log:
    """A socket that others write to; not read unless somebody asks."""

    def __init__(self, path, listens=True):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.path = path
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(path)
        os.chmod(path, 0o666)
        self.sock.settimeout(asking.LIMIT)
        if not listens:
            self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()
        os.unlink(self.path)

    def fill(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.setblocking(False)
            try:
                while True:
                    other.sendto(b"full", self.path)
            except BlockingIOError:
                pass

    def datagrams(self):
        """All that are there."""
        found = []
        self.sock.setblocking(False)
        try:
            while True:
                found.append(self.sock.recv(1 << 16))
        except BlockingIOError:
            pass
        return found


def session(**more):
    started = town.start_launcher(**more)
    answered = asking.Session(started.sock, started.process.pid)
    assert answered.hello().type == "WELCOME"
    return answered


def parse(datagram, before):
    """The fields; an AssertionError where it is not one line of them."""
    assert len(datagram) <= 4096, len(datagram)
    line = datagram.decode("ascii")
    assert line.startswith(before) and line.endswith("\n"), line
    line = line[len(before):-1]
    assert all("!" <= c <= "~" and c not in "\"'" or c == " "
               for c in line), line
    pairs = [field.split("=") for field in line.split(" ")]
    assert all(len(pair) == 2 for pair in pairs), line
    event = pairs[0][1]
    expect = ("event " + KEYS[event] + " " + REST).split()
    assert [key for key, _ in pairs] == expect, line
    return dict(pairs)


def lines(log, pid, before=BEFORE):
    return [parse(d, before % pid) for d in log.datagrams()]


def says(line, answer):
    """Are the numbers of the answer those of the line?"""
    names = {"error": "errno"}
    return (line["event"].upper() == answer.type and
            all(line[names.get(name, name)] == str(value)
                for name, value in answer.fields.items()
                if names.get(name, name) in line) and
            line["rule"] == getattr(answer, "file", ""))


def launches(s, number=0):
    """One of each kind of end; what was answered, without STARTED."""
    r = number * 10
    s.run(plan(TRUE), request=r + 1)
    s.ask(plan(TRUE, nice=-20), request=r + 2)
    s.expect("DENIED")
    s.ask(plan("/bin/true"), request=r + 3)
    s.expect("DENIED")
    s.ask(plan(town.BIN + "/absent"), request=r + 4)
    s.expect("ACCEPTED")
    s.expect("FAILED")
    s.ask(b"no plan", request=r + 5)
    s.expect("FAILED")
    s.launch(plan(SLEEP, ["sleep", "100"]), request=r + 6)
    s.signal(r + 6, signal.SIGTERM)
    s.expect("EXITED")
    s.launch(plan(SLEEP, ["sleep", "100"]), request=r + 7, timeout=1,
             grace=1000 * asking.LIMIT)
    s.expect("EXITED")
    return [a for a in s.seen if a.type.lower() in KEYS and
            a.fields.get("request", 0) < 1000]


def each_line_says_what_was_answered(log):
    s = session()
    answers = launches(s)
    found = lines(log, s.pid)
    check("there is a line for each decision, failure and end",
          len(found) == len(answers) and len(answers) == 11,
          (found, answers))
    check("each says what the session was answered",
          all(says(*both) for both in zip(found, answers)),
          list(zip(found, answers)))
    agent, builder = town.USERS["agent"], town.USERS["builder"]
    check("each names the caller, from the kernel",
          {(f["caller_uid"], f["caller_pid"], f["caller_exe"])
           for f in found} ==
          {(str(agent.uid), str(os.getpid()),
            os.readlink("/proc/self/exe"))}, found)
    by = {(f["event"], f["request"]): f for f in found}
    known = [f for f in found if f["request"] != "5"]
    check("each names the target, where it is known",
          {(f["uid"], f["gid"]) for f in known} ==
          {(str(builder.uid), str(builder.gid))} and
          (by["failed", "5"]["uid"], by["failed", "5"]["gid"]) ==
          (UNKNOWN, UNKNOWN), found)
    check("decisions name the program and the rule",
          by["accepted", "1"]["program"] == TRUE and
          by["accepted", "1"]["rule"] == town.GRANTS and
          by["accepted", "1"]["line"] == "1" and
          by["denied", "2"]["field"] == "16" and
          by["denied", "3"]["program"] == "/bin/true" and
          by["denied", "3"]["line"] == "0", by)
    check("an end has the process, and the plan of its beginning",
          all(by["exited", r]["plan"] == by["accepted", r]["plan"] and
              int(by["exited", r]["pid"]) > 1 for r in "167"), by)
    check("equal plans have equal hashes, and others others",
          by["accepted", "6"]["plan"] == by["accepted", "7"]["plan"] !=
          by["accepted", "1"]["plan"], by)
    s.close()


def signals_are_decisions(log):
    pid = os.fork()
    if pid == 0:
        town.become("builder")
        os.execv("/bin/sleep", ["sleep", "100"])
    while os.stat("/proc/%d" % pid).st_uid != town.USERS["builder"].uid:
        pass
    s = session()
    own = os.pidfd_open(os.getpid())
    fd = os.pidfd_open(pid)
    granted = s.signal(0, signal.SIGKILL, whom=4, request=1, fds=[fd])
    refused = s.signal(0, signal.SIGKILL, whom=4, request=2, fds=[own])
    found = lines(log, s.pid)
    check("signals to others' processes are decisions, and are written",
          (granted.type, refused.type) == ("ACCEPTED", "DENIED") and
          len(found) == 2 and says(found[0], granted) and
          says(found[1], refused) and
          [f["signal"] for f in found] == ["9", "9"] and
          [f["pid"] for f in found] == [str(pid), str(os.getpid())] and
          [f["uid"] for f in found] ==
          [str(town.USERS["builder"].uid), "0"], found)
    check("what was granted was done",
          os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -9)
    s.close()


def nothing_secret_is_written(log):
    s = session()
    s.run(plan(TRUE, ["true", "argument-5ecret"], env=["NAME=value-5ecret"]))
    s.ask(plan(TRUE, ["true", "argument-5ecret"],
               env=["NAME=value-5ecret", "OTHER=value-5ecret"]), request=2)
    s.expect("DENIED")
    s.close()
    found = log.datagrams()
    check("J08: arguments and variables are in no line",
          len(found) == 3 and not any(b"5ecret" in d or b"OTHER" in d
                                      for d in found), found)


HOSTILE = [
    "a uid=0 gid=0 program=sh",
    "a\nMESSAGE=event=accepted request=1",
    "a\n<86>caisson-launcher[1]: event=accepted",
    "a\"b'c\\x20=",
    "\x1b[2K\rcleared",
    "%s%n%x",
    b"\xff\xfe\xc3\x28\xc2\x9b",
    b"\xe2\x80\xaetxt",
]


def names_forge_nothing(log):
    good = True
    for name in HOSTILE:
        raw = name if isinstance(name, bytes) else name.encode()
        path = town.BIN.encode() + b"/" + raw
        os.link(TRUE, path)
        s = session()
        got = s.run(plan(path))
        s.close()
        os.unlink(path)
        found = lines(log, s.pid)
        back = found[0]["program"].encode().decode("unicode_escape")
        good = (good and got.value == 0 and len(found) == 2 and
                back.encode("latin-1") == path)
    check("C14: a name of a program is one value, and can be read back", good)
    s = session()
    path = town.BIN.encode() + b"/" + b"\x01" * 200
    for _ in range(19):
        path += b"/" + b"\x01" * 200
    s.ask(plan(path[:4095]))
    s.expect("ACCEPTED")
    s.expect("FAILED")
    s.close()
    found = lines(log, s.pid)
    check("C14: a path of 4 KiB is cut, and marked",
          len(found) == 2 and found[0]["program"].endswith("\\.") and
          len(found[0]["program"]) <= 1005, found)


def the_caller_names_itself_as_the_kernel_does(log):
    """Not by its first argument, and escaped."""
    path = town.BIN + "/an agent\nuid=0"
    os.link(SHELL, path)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        put = os.dup2(theirs.fileno(), 3, inheritable=True)
        os.set_inheritable(put, True)
        town.become("agent")
        os.execve(path, ["innocent", "-c", town.LAUNCHER + "; exit $?"], {})
    theirs.close()
    s = asking.Session(ours, pid)
    assert s.hello().type == "WELCOME"
    s.run(plan(TRUE))
    found = log.datagrams()
    check("A02: the caller's program is what the kernel says, escaped",
          len(found) == 2 and
          b" caller_exe=" + town.BIN.encode() + b"/an\\x20agent\\x0auid\\x3d0 "
          in found[0] and b"innocent" not in found[0], found)
    s.close()
    os.unlink(path)


def what_becomes_of_lines_changes_nothing():
    def kinds():
        s = session()
        answers = [(a.type, a.fields.get("line"), a.fields.get("field"),
                    a.fields.get("value"), a.fields.get("error"))
                   for a in launches(s)]
        return answers, s.close()

    with Log(JOURNAL):
        expect = kinds()
    check("with a log: the session ends well", expect[1] == 0, expect)
    check("C14: without any log everything is answered as with one",
          kinds() == expect)
    with Log(JOURNAL, listens=False), Log(SYSLOG, listens=False):
        check("C14: where nobody listens, too", kinds() == expect)
    with Log(JOURNAL) as journal, Log(SYSLOG) as syslog:
        journal.fill()
        syslog.fill()
        check("C14: and where logs are full, and nobody reads",
              kinds() == expect)
        check("and nothing was written then",
              set(journal.datagrams() + syslog.datagrams()) == {b"full"})


def the_first_log_that_takes_it_gets_a_line():
    with Log(JOURNAL) as journal, Log(SYSLOG) as syslog:
        s = session()
        s.run(plan(TRUE), request=1)
        check("where both are there the journal gets all lines",
              len(lines(journal, s.pid)) == 2 and not syslog.datagrams())
        journal.fill()
        s.run(plan(TRUE), request=2)
        found = lines(syslog, s.pid, "<86>caisson-launcher[%d]: ")
        check("where the journal is full /dev/log does, in its form",
              [f["event"] for f in found] == ["accepted", "exited"], found)
        journal.datagrams()
    s.run(plan(TRUE), request=3)
    with Log(SYSLOG) as syslog:
        s.run(plan(TRUE), request=4)
        check("and where the journal is gone, in the same session",
              len(lines(syslog, s.pid, "<86>caisson-launcher[%d]: ")) == 2)
    with Log(JOURNAL) as journal:
        s.run(plan(TRUE), request=5)
        check("and the journal again, when it is back",
              len(lines(journal, s.pid)) == 2)
    s.close()


town.enter()
try:
    make_dev()
except (town.Refused, PermissionError) as refused:
    town.skip("no /dev of one's own: %s" % refused)
TRUE = town.install("/bin/true")
SLEEP = town.install("/bin/sleep")
SHELL = town.install("/bin/sh")
town.grant(RULES)
for test in (each_line_says_what_was_answered, signals_are_decisions,
             nothing_secret_is_written, names_forge_nothing,
             the_caller_names_itself_as_the_kernel_does):
    with Log(JOURNAL) as log_of_test:
        test(log_of_test)
what_becomes_of_lines_changes_nothing()
the_first_log_that_takes_it_gets_a_line()
sys.exit(1 if FAILED else 0)
