# SPDX-License-Identifier: Apache-2.0
"""Ways out of what a launcher holds: by ending or stopping the launcher, or by
keeping it from seeing an end."""

import os
import signal

import cases
import raw
import town
from cases import case, equal
from raw import GROUP, plan

SLEEP = "/usr/bin/sleep"
PYTHON = os.path.realpath("/usr/bin/python3")

# Attached from a session of its own, and never waited for.
TRACED = """
import ctypes, os, time
libc = ctypes.CDLL(None)
libc.prctl(0x59616d61, ctypes.c_ulong(-1), 0, 0, 0)  # PR_SET_PTRACER: anybody
program, (reader, writer), (go, gone) = os.getpid(), os.pipe(), os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() > 0:
        os._exit(0)
    os.read(go, 1)
    failed = libc.ptrace(0x4206, program, None, None)  # PTRACE_SEIZE
    os.write(writer, b"%d" % failed)
    time.sleep(1000000)
os.wait()  # its SIGCHLD would be for the tracer
os.write(gone, b"x")
os._exit(0 if os.read(reader, 9) == b"0" else 5)
# MARK"""


def mark(name):
    return "mark-%s-%d" % (name, os.getpid())


@case("a launcher is in no group that another one signals")
def of_no_group():
    one = raw.Session()
    leader = one.launch(1, plan(SLEEP, "1000000")).pid
    two = raw.Session(prepare=lambda: os.setpgid(0, leader))
    # what has no group of its own is in that of its caller all the same
    equal(two.launch(1, plan(SLEEP, "1000000", group=0)).pgid, leader)
    two.launch(2, plan(SLEEP, "1000000", parent_death=signal.SIGCONT,
                       group=2), timeout=1)
    equal(one.signal(1, signal.SIGKILL, GROUP).kind, "ACCEPTED")
    one.wait("EXITED", 1)
    equal(two.wait("EXITED", 1).value, signal.SIGKILL)
    equal(two.wait("EXITED", 2).timed_out, 1)
    equal((one.close(), two.close()), (0, 0))


@case("what its tracer keeps has ended, and so does the tracer")
def traced():
    session = raw.Session()
    session.launch(1, plan(PYTHON, "-c", TRACED.replace(
        "MARK", mark("tracer"))))
    ended = session.wait("EXITED", 1)
    if (ended.how, ended.value) == (raw.EXITED, 5):
        town.skip("nobody may trace here")
    equal((ended.how, ended.value, ended.has_usage), (3, 0, 0))
    raw.until(lambda: not raw.processes(mark("tracer")), "the tracer is gone")
    session.launch(2, plan(SLEEP, "0"))
    equal(session.wait("EXITED", 2).how, raw.EXITED)
    equal(session.close(), 0)


town.enter()
town.grant("permit user agent as user builder {\n\tprogram %s\n"
           "\tprogram %s\n}\n" % (SLEEP, PYTHON))
cases.main()
