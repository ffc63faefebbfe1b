# SPDX-License-Identifier: Apache-2.0
"""Sessions for one launch: what their launcher gives up when the program has
started, and that what is left to it is enough.  Beside each a kept session,
which gives up nothing of the kind."""

import os
import signal
import sys
import time

import asking
import town
from asking import plan

KILL = 1 << 5
GROUP, TREE, DETACHED = 2, 3, 4
RULES = """permit user agent as user builder {
	program %s/
	capabilities kill
	extra_fds 1
	terminal
	signal
	detach
}
permit user agent as user third {
	program %s/
	extra_fds 1
	terminal
	launches 1
}
""" % (town.BIN, town.BIN)
LEAVES = "sleep 100 & echo $! >&%d; setsid sleep 100 & echo $! >&%d; %s"
FAILED = []


def check(name, right, why=""):
    print("%s: %s" % ("ok" if right else "FAILED", name))
    if not right:
        print("    %r" % (why,))
        FAILED.append(name)


def session(once):
    started = town.start_launcher()
    answered = asking.Session(started.sock, started.process.pid)
    assert answered.hello(once=once).type == "WELCOME"
    return answered


def status(pid):
    with open("/proc/%d/status" % pid) as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file)


def is_gone(pid):
    """Waits for it; an orphan is reaped by its launcher, or by us."""
    until = time.monotonic() + asking.LIMIT
    while time.monotonic() < until:
        try:
            if status(pid)["State"].startswith("Z"):
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.005)
    return False


def shell(script, once=1, user="builder", **more):
    """A session in which sh runs it; what it writes to 5."""
    s = session(once)
    ours, theirs = os.pipe()
    s.launch(plan(SHELL, ["sh", "-c", script], fds=[5], user=user,
                  **more.pop("plan", {})), [theirs], **more)
    os.close(theirs)
    return s, os.fdopen(ours)


def sleeping(once, **more):
    s = session(once)
    return s, s.launch(plan(SLEEP, ["sleep", "100"]), **more)


def it_gives_up_what_it_can():
    s, pid = sleeping(1)
    seen = status(s.pid)
    check("H09: all it has left is CAP_KILL",
          [int(seen[key], 16) for key in
           ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")] ==
          [0, KILL, KILL, 0, 0], seen)
    check("H09: and it has a filter, and nothing can be gained",
          (seen["Seccomp"], seen["NoNewPrivs"]) == ("2", "1"), seen)
    program = status(pid)
    check("the program's filter is its own",
          program["Seccomp_filters"] == "1", program)
    s.close()
    kept, _ = sleeping(0)
    seen = status(kept.pid)
    check("a kept session gives up nothing",
          int(seen["CapEff"], 16) & ~KILL != 0 and
          int(seen["CapBnd"], 16) == KILL and
          (seen["Seccomp"], seen["NoNewPrivs"]) == ("0", "0"), seen)
    kept.close()


def before_its_launch_it_is_as_another():
    s = session(1)
    s.ask(plan("/bin/false"))
    s.expect("DENIED")
    check("what was denied was no launch", status(s.pid)["Seccomp"] == "0")
    got = s.run(plan(TRUE), request=2)
    check("so one may follow", got.value == 0 and s.close() == 0)


def one_that_failed_was_its_launch():
    s = session(1)
    s.ask(plan(town.BIN + "/absent"))
    s.expect("ACCEPTED")
    s.expect("FAILED")
    s.ask(plan(TRUE), request=2)
    answers = [s.answer(), s.wait()]
    check("one that failed was its launch, too",
          answers[0].type == "REFUSED" and answers[1] == 0, answers)


def it_launches_once():
    for running in (True, False):
        s, _ = sleeping(1)
        if not running:
            s.signal(1, signal.SIGKILL)
            s.expect("EXITED")
        s.ask(plan(TRUE), request=2)
        answers = [s.answer(), s.wait()]
        check("a second launch ends it, %s" %
              ("while the first runs" if running else "also afterwards"),
              answers[0].type == "REFUSED" and answers[1] == 0, answers)


def ends(once):
    """What a session tells of ends, in each way of ending."""
    told = []
    s = session(once)
    got = s.run(plan(SHELL, ["sh", "-c", "exit 7"]))
    told.append((got.how, got.value, got.timed_out, s.close()))
    for whom in (1, GROUP, TREE):
        s, _ = sleeping(once)
        said = s.signal(1, signal.SIGUSR1, whom=whom)
        got = s.expect("EXITED")
        told.append((said.type, got.how, got.value, s.close()))
    s, _ = sleeping(once, timeout=1, grace=1000 * asking.LIMIT)
    got = s.expect("EXITED")
    told.append((got.how, got.value, got.timed_out, s.close()))
    said, after = "", 100
    while said != "ready\n":  # it may be over before that
        s, out = shell("trap '' TERM; echo ready >&5; exec 5>&-; "
                       "while :; do sleep 100; done", once, timeout=after,
                       grace=1)
        got = s.expect("EXITED")
        said, after = out.read(), 2 * after
    told.append((got.how, got.value, got.timed_out, s.close()))
    return told


def it_tells_ends_as_a_kept_session_does():
    once, kept = ends(1), ends(0)
    check("exit status, signals and timeouts are told as by a kept session",
          once == kept and once[0] == (1, 7, 0, 0) and
          once[4] == (2, signal.SIGTERM, 1, 0) and
          once[5] == (2, signal.SIGKILL, 1, 0), (once, kept))


def it_leaves_no_survivor():
    for how in ("exits", "is killed", "loses its agent"):
        last = "exit 3" if how == "exits" else "wait"
        s, out = shell(LEAVES % (5, 5, last))
        pids = [int(out.readline()) for _ in range(2)]
        if how == "is killed":
            s.signal(1, signal.SIGKILL, whom=TREE)
        if how == "loses its agent":
            code = s.close()
        else:
            s.expect("EXITED")
            code = s.close()
        check("when it %s, what it has left behind dies, too" % how,
              code == 0 and all(map(is_gone, pids)), (code, pids))


def a_tree_gets_signals():
    s, out = shell(LEAVES % (5, 5, "exec 5>&-; wait; wait"))
    pids = [int(out.readline()) for _ in range(2)]
    s.signal(1, signal.SIGUSR1, whom=TREE)
    s.expect("EXITED")
    check("a signal for the tree reaches all of it",
          all(map(is_gone, pids)) and s.close() == 0)


def a_detached_program_outlives_it():
    s, pid = sleeping(1, detach=1)
    check("H09: with a detached program, too",
          status(s.pid)["Seccomp"] == "2" and
          int(status(s.pid)["CapEff"], 16) == KILL)
    check("its session ends well", s.close() == 0)
    alive = not status(pid)["State"].startswith("Z")
    check("a detached program outlives its session", alive)
    other = session(1)
    fd = os.pidfd_open(pid)
    got = other.signal(0, signal.SIGKILL, whom=DETACHED, fds=[fd])
    check("and is ended by another one, if that is granted",
          got.type == "ACCEPTED" and is_gone(pid), got)
    other.close()
    kept = session(0)
    kept.ask(plan(SLEEP, ["sleep", "100"]), detach=1)
    check("a kept session detaches nothing, and is over",
          kept.expect("REFUSED") and kept.wait() == 0)


def others_signals_end_with_the_launch():
    """What it would have to read for that it cannot open any more."""
    s, pid = sleeping(1)
    fd = os.pidfd_open(pid)
    got = s.signal(0, signal.SIGKILL, whom=DETACHED, fds=[fd])
    check("signals to others are no longer sent", got.type == "FAILED", got)
    check("and that was survived", s.close() == 0)


def a_slot_is_free_again():
    first, _ = shell("exec sleep 100", user="third")
    second = session(1)
    second.ask(plan(TRUE, user="third"))
    got = second.expect("DENIED")
    check("launches are counted", got.field == 18, got)
    second.close()
    first.signal(1, signal.SIGKILL)
    first.expect("EXITED")
    second = session(1)
    check("and the slot is free when the program has ended, not the session",
          second.run(plan(TRUE, user="third")).value == 0)
    check("both end well", (first.close(), second.close()) == (0, 0))


town.enter()
TRUE = town.install("/bin/true")
SLEEP = town.install("/bin/sleep")
SHELL = town.install("/bin/sh")
town.grant(RULES)
for test in (it_gives_up_what_it_can, before_its_launch_it_is_as_another,
             one_that_failed_was_its_launch, it_launches_once,
             it_tells_ends_as_a_kept_session_does,
             it_leaves_no_survivor, a_tree_gets_signals,
             a_detached_program_outlives_it,
             others_signals_end_with_the_launch, a_slot_is_free_again):
    test()
sys.exit(1 if FAILED else 0)
