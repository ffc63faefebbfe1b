# SPDX-License-Identifier: Apache-2.0
"""What runs, and how it ends: whatever ends first, the program, its agent or
its launcher, and nothing that is not detached is left."""

import os
import select
import signal
import subprocess
import sys
import traceback

import raw
import town
from raw import DETACHED, GROUP, PROCESS, TREE, plan

SH = "/usr/bin/dash"
GRANTS = """permit user agent as user builder {
	program /usr/bin/dash
	program /usr/bin/sleep
	program /usr/bin/true
	extra_fds 4
	env A
	detach
	signal
}
"""
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def mark(name):
    return "mark-%s-%d" % (name, os.getpid())


def gone(name):
    raw.until(lambda: not raw.processes(mark(name)), name + " is gone")


def equal(got, want):
    assert got == want, "%r is not %r" % (got, want)


@test
def a_program_runs_as_another_user_with_pipes():
    """A program runs as another user, with its pipes and its status."""
    session = raw.Session()
    into, stdin = os.pipe()
    stdout, out = os.pipe()
    extra, given = os.pipe()
    started = session.launch(7, plan(
        SH, "-c", "id -u; id -g; read a; echo $a $A >&5; exit 7",
        env=["A=b"], fds=[0, 1, 5]), fds=[into, out, given])
    for fd in (into, out, given):
        os.close(fd)
    os.write(stdin, b"line\n")
    builder = town.USERS["builder"]
    equal(os.read(stdout, 100), b"%d\n" % builder.uid)
    raw.until(lambda: select.select([extra], [], [], 0)[0], "written")
    equal(os.read(extra, 100), b"line b\n")
    ended = session.wait("EXITED", 7)
    equal((ended.how, ended.value, ended.timed_out), (raw.EXITED, 7, 0))
    equal((started.pgid, len(started.fds)), (started.pid, 1))
    assert 0 < ended.started_ns <= ended.ended_ns and ended.has_usage == 1
    equal(session.close(), 0)


@test
def a_signal_to_the_process():
    """A signal reaches the program, and how it ended is said."""
    session = raw.Session()
    session.launch(1, plan("/usr/bin/sleep", "1000000"))
    equal(session.signal(1, signal.SIGTERM).kind, "ACCEPTED")
    ended = session.wait("EXITED", 1)
    equal((ended.how, ended.value), (raw.SIGNALLED, signal.SIGTERM))
    failed = session.signal(1, signal.SIGTERM)
    equal((failed.kind, failed.error), ("FAILED", 3))
    failed = session.signal(99, signal.SIGTERM)
    equal((failed.kind, failed.error), ("FAILED", 3))


@test
def a_signal_to_the_group():
    """A signal to the group reaches those in it, and each once."""
    session = raw.Session()
    reader, writer = os.pipe()
    session.launch(1, plan(
        SH, "-c", "trap 'echo x >&4' USR1; (trap 'echo y >&4; exit' USR1; "
        "echo r >&4; while :; do sleep 0.01; done) & wait; wait; "
        "while :; do sleep 0.01; done", fds=[4]), fds=[writer])
    os.close(writer)
    equal(os.read(reader, 2), b"r\n")
    equal(session.signal(1, signal.SIGUSR1, GROUP).kind, "ACCEPTED")
    got = b""
    while len(got) < 4:
        got += os.read(reader, 4)
    equal(sorted(got.split()), [b"x", b"y"])
    session.signal(1, signal.SIGKILL, GROUP)
    equal(os.read(reader, 1), b"")
    session.wait("EXITED", 1)


def start_tree(session, request, name):
    session.launch(request, plan(
        SH, "-c", "setsid sh -c 'sleep 1000000; : {0}' & "
        "(setsid sh -c '(sleep 1000000; : {0}) & exit' &); "
        "sh -c 'sleep 1000000; : {0}' & wait; : {0}".format(mark(name))))
    raw.until(lambda: len(raw.processes(mark(name))) >= 4, name)


@test
def a_tree_goes_with_its_daemons():
    """A tree is killed with all that has left its group and its session."""
    session = raw.Session()
    start_tree(session, 1, "tree")
    equal(session.signal(1, signal.SIGKILL, TREE).kind, "ACCEPTED")
    session.wait("EXITED", 1)
    gone("tree")


@test
def the_end_of_a_program_ends_its_group_and_session():
    """What a program leaves in its group or session ends with it, and another
    program of the same session goes on."""
    session = raw.Session()
    session.launch(1, plan(SH, "-c", "sleep 1000000; : " + mark("other")))
    session.launch(2, plan(
        SH, "-c", "sh -c 'sleep 1000000; : {0}' & exit 3".format(mark("left")),
        group=2))
    equal(session.wait("EXITED", 2).value, 3)
    gone("left")
    assert raw.processes(mark("other"))
    session.close()
    gone("other")


@test
def the_socket_ends_the_session():
    """The end of the socket is the end of all trees, and then of the
    launcher."""
    session = raw.Session()
    start_tree(session, 1, "closed")
    start_tree(session, 2, "closed")
    equal(session.close(), 0)
    equal(raw.processes(mark("closed")), [])


@test
def close_ends_the_session():
    """So does CLOSE."""
    session = raw.Session()
    start_tree(session, 1, "close")
    session.send(raw.CLOSE)
    equal(session.session.process.wait(raw.LIMIT), 0)
    equal(raw.processes(mark("close")), [])


@test
def the_death_of_the_agent_ends_the_session():
    """The agent is killed while somebody else still has its socket."""
    reader, writer = os.pipe()
    keep, kept = os.pipe()
    agent = os.fork()
    if agent == 0:
        session = raw.Session()
        start_tree(session, 1, "orphaned")
        if os.fork() == 0:  # has the socket, and is not the agent
            os.close(writer)
            os.close(kept)
            os.read(keep, 1)
            os._exit(0)
        os.write(writer, b"%d " % session.pid)
        signal.pause()
    os.close(writer)
    launcher = int(os.read(reader, 20))
    pidfd = os.pidfd_open(launcher)
    os.kill(agent, signal.SIGKILL)
    os.waitpid(agent, 0)
    assert select.select([pidfd], [], [], raw.LIMIT)[0]
    equal(raw.processes(mark("orphaned")), [])
    os.close(kept)


@test
def a_stopped_agent_costs_nothing():
    """While the agent is stopped its programs end, and it is told later."""
    agent = os.fork()
    if agent == 0:
        session = raw.Session()
        for request in range(1, 21):
            session.launch(request, plan(
                SH, "-c", "sleep 0.0%d; exit %d; : %s" % (
                    request, request, mark("stopped"))))
        os.kill(os.getpid(), signal.SIGSTOP)
        ended = [session.wait("EXITED", request).value
                 for request in range(1, 21)]
        os._exit(0 if ended == list(range(1, 21)) else 1)
    _, status = os.waitpid(agent, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    gone("stopped")
    os.kill(agent, signal.SIGCONT)
    equal(os.waitpid(agent, 0)[1], 0)


@test
def an_agent_that_never_reads_stops_only_itself():
    """Answers that nobody reads stay, the launcher's memory does not grow, and
    what runs is still ended in time."""
    session = raw.Session()
    session.launch(1, plan(SH, "-c", "sleep 1000000; : " + mark("late")),
                   timeout=1500)
    session.sock.setblocking(False)
    sent = 0
    before = memory(session.pid)
    try:
        while sent < 100000:
            session.send(raw.SIGNAL, 5, 6, PROCESS, 1)
            sent += 1
    except BlockingIOError:
        pass
    assert sent < 100000
    gone("late")
    equal(memory(session.pid), before)
    session.sock.settimeout(raw.LIMIT)
    for _ in range(sent):
        equal(session.wait("FAILED", 5).error, 3)
    equal(session.wait("EXITED", 1).timed_out, 1)


def memory(pid):
    with open("/proc/%d/status" % pid) as file:
        return [line for line in file if line.startswith("VmSize")]


@test
def timeouts_end_groups():
    """A timeout ends the group by SIGTERM, and after its grace by SIGKILL."""
    session = raw.Session()
    session.launch(1, plan("/usr/bin/sleep", "1000000"), timeout=50,
                   grace=60000)
    ended = session.wait("EXITED", 1)
    equal((ended.value, ended.timed_out), (signal.SIGTERM, 1))
    session.launch(2, plan(SH, "-c", "trap '' TERM; sleep 1000000; sleep "
                           "1000000; : " + mark("deaf")), timeout=300,
                   grace=50)
    ended = session.wait("EXITED", 2)
    equal((ended.how, ended.timed_out), (raw.SIGNALLED, 1))
    gone("deaf")


@test
def many_run_at_once():
    """256 programs run at once, the next is refused, and then is room."""
    session = raw.Session()
    for request in range(1, 257):
        session.launch(request, plan("/usr/bin/sleep", "1000000"))
    session.ask(257, plan("/usr/bin/true"))
    failed = session.wait("FAILED", 257)
    equal((failed.error, failed.index), (11, 256))
    session.signal(17, signal.SIGKILL)
    session.wait("EXITED", 17)
    session.launch(257, plan("/usr/bin/true"))
    equal(session.wait("EXITED", 257).value, 0)
    equal(session.close(), 0)


@test
def what_is_detached_outlives_its_session():
    """A detached program outlives its session; who has the right may signal
    it from another, and nobody else."""
    session = raw.Session(once=1)
    started = session.launch(1, plan(
        SH, "-c", "(sleep 1000000; : {0}) & sleep 1000000; : {0}".format(
            mark("free"))), detach=1)
    raw.until(lambda: len(raw.processes(mark("free"))) == 2, "it runs")
    with open("/proc/%d/status" % session.pid) as file:
        status = dict(line.split(":\t") for line in file)
    equal((status["CapEff"].strip(), status["Seccomp"].strip()),
          ("%016x" % (1 << 5), "2"))
    equal(session.close(), 0)
    equal(len(raw.processes(mark("free"))), 2)
    pidfd = started.fds[0]
    town.grant(GRANTS.replace("\tsignal\n", ""))
    other = raw.Session()
    denied = other.signal(0, signal.SIGKILL, DETACHED, fds=[pidfd])
    equal((denied.kind, denied.line, denied.field), ("DENIED", 0, 5))
    town.grant(GRANTS)
    ours = os.pidfd_open(os.getpid())
    denied = other.signal(0, signal.SIGKILL, DETACHED, fds=[ours])
    equal((denied.kind, denied.field), ("DENIED", 10))
    null = os.open("/dev/null", os.O_RDONLY)
    failed = other.signal(0, signal.SIGKILL, DETACHED, fds=[null])
    equal((failed.kind, failed.error), ("FAILED", 3))
    accepted = other.signal(0, signal.SIGKILL, DETACHED, fds=[pidfd])
    equal((accepted.kind, accepted.line), ("ACCEPTED", 1))
    assert select.select([pidfd], [], [], raw.LIMIT)[0]
    for pid in raw.processes(mark("free")):
        os.kill(pid, signal.SIGKILL)


@test
def a_session_for_one_launch_has_one():
    """A session for one launch tells how that ended, kills it, and takes no
    other one; one that is kept detaches nothing."""
    session = raw.Session(once=1)
    start_tree(session, 1, "once")
    equal(session.signal(1, signal.SIGKILL, TREE).kind, "ACCEPTED")
    equal(session.wait("EXITED", 1).value, signal.SIGKILL)
    gone("once")
    session.ask(2, plan("/usr/bin/true"))
    equal(session.refused(), (raw.REFUSED["type"], raw.LAUNCH))
    session = raw.Session(once=1)
    start_tree(session, 1, "once")
    equal(session.close(), 0)
    equal(raw.processes(mark("once")), [])
    session = raw.Session()
    session.ask(1, plan("/usr/bin/true"), detach=1)
    equal(session.refused(), (raw.REFUSED["type"], raw.LAUNCH))


@test
def a_child_that_does_not_exec_in_time_is_killed():
    """What has not exec'ed in time is killed, and has not run."""
    session = raw.Session()
    session.ask(1, plan("/usr/bin/true", deadline=1,
                        cwd="/proc/self/nothing"))
    session.wait("ACCEPTED", 1)
    failed = session.wait("FAILED", 1)
    assert (failed.stage, failed.error) == (44, 2) or failed.code == 11
    session.launch(2, plan("/usr/bin/true"))
    equal(session.wait("EXITED", 2).value, 0)


@test
def nothing_stays_open():
    """After many launches the launcher has as many descriptors as before."""
    session = raw.Session()
    session.launch(1, plan("/usr/bin/true"))
    session.wait("EXITED", 1)
    before = len(os.listdir("/proc/%d/fd" % session.pid))
    for request in range(2, 42):
        session.launch(request, plan("/usr/bin/true", fds=[1]), fds=[1])
        session.wait("EXITED", request)
    now = len(os.listdir("/proc/%d/fd" % session.pid))
    assert now <= before, (before, now)
    with open("/proc/%d/task/%d/children" % (session.pid, session.pid)) as f:
        equal(f.read(), "")


def main():
    failed = 0
    town.enter()
    town.grant(GRANTS)
    for function in TESTS:
        if len(sys.argv) > 1 and function.__name__ != sys.argv[1]:
            continue
        try:
            function()
            print("ok: " + " ".join(function.__doc__.split()), flush=True)
        except Exception:
            failed = 1
            print("FAILED: " + " ".join(function.__doc__.split()))
            traceback.print_exc(file=sys.stdout)
    return failed


sys.exit(main())
