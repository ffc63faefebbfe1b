# SPDX-License-Identifier: Apache-2.0
"""What a launcher takes up, and what it says to what it does not: every frame
that is wrong, every field that no grant has, and whose slots those are."""

import os
import resource
import socket
import struct
import sys
import traceback

import raw
import town
from raw import HELLO, LAUNCH, REFUSED, SIGNAL, Session, framed, numbers, plan

TRUE, SLEEP, SH = "/usr/bin/true", "/usr/bin/sleep", "/usr/bin/dash"
GRANTS = """permit user agent as user builder {
	program /usr/bin/true
	program /usr/bin/sleep
	extra_fds 1
	timeout 10s
	launches 3
	env A
	rlimit nofile 1000000
}
"""
TESTS = []
PROTOCOL, DENIED_LAUNCHES = 18, 18
# enum grant_field
GROUPS, PROGRAMS, ENV, CHROOTS, UID = 4, 5, 7, 8, 10
FLAGS, CAPABILITIES, EXTRA_FDS, TIMEOUT, NICE, OOM, LAUNCHES = range(12, 19)
RLIMIT = 19


def test(function):
    TESTS.append(function)
    return function


def equal(got, want):
    assert got == want, "%r is not %r" % (got, want)


def launch_frame(data, request=1):
    return numbers(LAUNCH, request, 0, 1000, 0, 0) + framed(data)


LAUNCHES_FILE = "/var/lib/caisson/launches"


@test
def hello_comes_first_and_once():
    """HELLO comes first, once, and with a version that is spoken."""
    session = Session(hello=False)
    session.send_raw(launch_frame(plan(TRUE)))
    equal(session.refused(), (REFUSED["type"], LAUNCH))
    session = Session()
    session.send(HELLO, 1, 1, 0)
    equal(session.refused(), (REFUSED["type"], HELLO))
    session = Session(hello=False)
    session.send(HELLO, 2, 9, 0)
    equal(session.refused(), (REFUSED["number"], HELLO))
    session = Session(hello=False)
    session.send(HELLO, 1, 9, 0)
    welcome = session.wait("WELCOME")
    equal((welcome.version, welcome.children_max), (1, 256))
    session = Session(hello=False)
    equal(session.close(), 64)


@test
def frames_that_are_cut():
    """Each beginning of a frame, and each with a byte more, is refused."""
    whole = launch_frame(plan(TRUE))
    cuts = [whole[:n] for n in [1, 7, *range(8, 64, 8), 100, len(whole) - 1]]
    for data in [*cuts, whole + b"\0", numbers(SIGNAL, 1, 1, 1),
                 numbers(raw.CLOSE, 1), b"x" * 70000]:
        session = Session()
        session.send_raw(data)
        fault, kind = session.refused()
        equal(fault, REFUSED["type" if data[:1] == b"x" and len(data) < 66000
                             else "length"])
    for data in [numbers(0), numbers(12), numbers(1 << 63), numbers(5, 1),
                 numbers(11, 1, 1)]:
        session = Session()
        session.send_raw(data)
        equal(session.refused(), (REFUSED["type"],
                                  struct.unpack_from(">Q", data)[0]))


@test
def numbers_out_of_range():
    """Numbers that a frame cannot have are refused."""
    for values in ([SIGNAL, 1, 1, 0, 9], [SIGNAL, 1, 1, 5, 9],
                   [SIGNAL, 1, 1, 1, 0], [SIGNAL, 1, 1, 1, 65],
                   [SIGNAL, 0, 1, 1, 9]):
        session = Session()
        session.send(*values)
        equal(session.refused(), (REFUSED["number"], SIGNAL))
    for values in ([LAUNCH, 0, 0, 0, 0, 0], [LAUNCH, 1, 2, 0, 0, 0],
                   [LAUNCH, 1, 0, 1 << 54, 0, 0], [LAUNCH, 1, 0, 0, 0, 2]):
        session = Session()
        session.send(*values, data=plan(TRUE))
        equal(session.refused(), (REFUSED["number"], LAUNCH))
    session = Session()
    session.send(SIGNAL, 1, 1, raw.DETACHED, 9)
    equal(session.refused(), (REFUSED["fit"], SIGNAL))
    session = Session()
    session.send(LAUNCH, 1, 0, 0, 0, 1, data=b"")
    equal(session.refused(), (REFUSED["fit"], LAUNCH))


@test
def descriptors_that_do_not_belong():
    """Descriptors that are too many, or not asked for, end the session, and
    none of them stays open."""
    reader, writer = os.pipe()
    for fds, data in [([writer] * 200, launch_frame(plan(TRUE))),
                      ([writer] * 135, launch_frame(plan(TRUE))),
                      ([writer], numbers(HELLO, 1, 1, 0)),
                      ([writer], numbers(SIGNAL, 1, 1, 1, 9)),
                      ([writer, writer],
                       numbers(SIGNAL, 1, 0, raw.DETACHED, 9))]:
        session = Session(hello=struct.unpack_from(">Q", data)[0] != HELLO)
        session.send_raw(data, fds)
        assert session.refused()[0] in (REFUSED["fds"], REFUSED["fit"])
    session = Session()
    session.sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    session.ask(1, plan(TRUE, fds=[1]), fds=[writer, writer], timeout=1000)
    equal(session.wait("FAILED", 1).code, PROTOCOL)
    os.close(writer)
    equal(os.read(reader, 1), b"")


@test
def the_same_request_twice():
    """A number that is still in use is no name for another launch."""
    session = Session()
    session.launch(1, plan(SLEEP, "1000"), timeout=1000)
    session.ask(1, plan(TRUE), timeout=1000)
    equal(session.refused(), (REFUSED["number"], LAUNCH))


@test
def plans_that_are_none():
    """What is no plan fails, with the part that is wrong, and the session
    goes on."""
    session = Session()
    names = raw.number_names()
    for number, (change, part) in enumerate([
            ({"reserved": 1}, "reserved"), ({"deadline": 0}, "deadline"),
            ({"uid": (1 << 32) - 1}, "uid"), ({"gid": 1 << 32}, "gid"),
            ({"capabilities": 1 << 63}, "capabilities"),
            ({"fdc": 1}, "fdc"), ({"magic_number": 5}, "magic_number")]):
        session.ask(1 + number, plan(TRUE, **change), timeout=1000)
        failed = session.wait("FAILED", 1 + number)
        equal((failed.code, failed.index), (PROTOCOL, names.index(part)))
    whole = plan(TRUE)
    for n in range(1, len(whole), 7):
        session.ask(50, whole[:n], timeout=1000)
        equal(session.wait("FAILED", 50).code, PROTOCOL)
    session.ask(51, whole, timeout=1000)
    equal(session.wait("EXITED", 51).value, 0)


@test
def plans_in_a_memfd():
    """A plan in a memfd is taken when it is sealed, as large as may be, and
    not otherwise."""
    session = Session()
    large = plan(TRUE, *["x" * 100000] * 15)
    session.ask(1, None, as_memfd=raw.memfd(large), timeout=1000)
    equal(session.wait("EXITED", 1).value, 0)
    null = os.open("/dev/null", os.O_RDONLY)
    for number, (fd, error) in enumerate([
            (raw.memfd(large, sealed=False), 1), (null, 22),
            (raw.memfd(b""), 61)]):
        session.ask(2 + number, None, as_memfd=fd, timeout=1000)
        failed = session.wait("FAILED", 2 + number)
        equal((failed.code, failed.error), (PROTOCOL, error))


def denied(session, request, data, **more):
    more.setdefault("timeout", 1000)
    fds = more.pop("fds", [])
    session.ask(request, data, fds, **more)
    answer = session.first(request)
    assert answer.kind == "DENIED", (request, answer)
    equal((answer.file, answer.line if answer.line else 0),
          ("/etc/caisson/grants" if answer.line else "", answer.line))
    return answer.field, answer.line


@test
def each_field_is_denied():
    """What exceeds a rule is denied with the rule's line and the field."""
    s = Session()
    builder, third = town.USERS["builder"], town.USERS["third"]
    one = os.open("/dev/null", os.O_RDONLY)
    for number, (want, data, more) in enumerate([
            (PROGRAMS, plan("/usr/bin/id"), {}),
            (PROGRAMS, plan("/usr/bin/tru"), {}),
            (UID, plan(TRUE, user="third"), {}),
            (UID, plan(TRUE, gid=third.gid), {}),
            (UID, plan(TRUE, uid=0, gid=0, groups=[0]), {}),
            (GROUPS, plan(TRUE, groups=[builder.gid]), {}),
            (GROUPS, plan(TRUE, groups=[]), {}),
            (GROUPS, plan(TRUE, groups=sorted([0, *builder.groups])), {}),
            (ENV, plan(TRUE, env=["A=1", "B=2"]), {}),
            (ENV, plan(TRUE, env=["AA=1"]), {}),
            (CHROOTS, plan(TRUE, chroot="/run"), {}),
            (FLAGS, plan(TRUE, terminal=0), {}),
            (CAPABILITIES, plan(TRUE, capabilities=1), {}),
            (EXTRA_FDS, plan(TRUE, fds=[3, 4]), {"fds": [one, one]}),
            (TIMEOUT, plan(TRUE), {"timeout": 0}),
            (TIMEOUT, plan(TRUE), {"timeout": 9000, "grace": 1001}),
            (NICE, plan(TRUE, nice=20), {}),
            (OOM, plan(TRUE, oom=1), {}),
            (RLIMIT + 7, plan(TRUE, rlimits={7: (1, 1000001)}), {}),
            (RLIMIT + 14, plan(TRUE, rlimits={14: (1, 1)}), {})]):
        field, line = denied(s, 1 + number, data, **more)
        equal((number, field, line), (number, want, int(
            want not in (PROGRAMS, UID))))
    s.ask(99, plan(TRUE, env=["A=1"], fds=[0, 9]), fds=[one, one], timeout=9000,
          grace=1000)
    equal(s.wait("ACCEPTED", 99).file, "/etc/caisson/grants")
    equal(s.wait("EXITED", 99).value, 0)
    s = Session(once=1)
    equal(denied(s, 1, plan(TRUE), detach=1), (FLAGS, 1))
    town.grant(GRANTS.replace("launches 3", "detach"))
    equal(denied(s, 2, plan(TRUE), detach=1), (TIMEOUT, 1))
    town.grant(GRANTS.replace("timeout 10s", "detach"))
    equal(denied(s, 3, plan(TRUE), detach=1), (LAUNCHES, 1))
    town.grant(GRANTS)


@test
def a_revoked_grant():
    """A grant holds for the next launch as it is then, in the same session."""
    session = Session()
    session.ask(1, plan(TRUE), timeout=1000)
    equal(session.wait("EXITED", 1).value, 0)
    town.grant("permit user agent as user builder {\n\tprogram /usr/bin/id\n}\n")
    equal(denied(session, 2, plan(TRUE))[0], PROGRAMS)
    town.revoke()
    equal(denied(session, 3, plan(TRUE)), (2, 0))
    town.grant(GRANTS)
    session.ask(4, plan(TRUE), timeout=1000)
    equal(session.wait("EXITED", 4).value, 0)
    with open(town.APPLIED, "r+b") as file:
        file.write(b"x")
    equal(denied(session, 5, plan(TRUE)), (2, 0))
    town.grant(GRANTS)
    os.chmod(town.APPLIED, 0o666)
    equal(denied(session, 6, plan(TRUE)), (2, 0))
    os.chmod(town.APPLIED, 0o644)
    session.ask(7, plan(TRUE), timeout=1000)
    equal(session.wait("EXITED", 7).value, 0)


@test
def slots_over_sessions():
    """As many run at a time as the rule says, over all sessions; a session's
    slots are free when it is gone, and a program's when it has ended."""
    one, two = Session(), Session()
    for session, request in ((one, 1), (one, 2), (two, 3)):
        session.launch(request, plan(SLEEP, "1000"), timeout=9000)
    for number, session in enumerate((one, two)):
        session.ask(10 + number, plan(TRUE), timeout=1000)
        answer = session.wait("DENIED", 10 + number)
        equal((answer.field, answer.line, answer.allowed, answer.asked),
              (LAUNCHES, 1, 3, 4))
    one.signal(1, 9)
    one.wait("EXITED", 1)
    two.launch(4, plan(SLEEP, "1000"), timeout=9000)
    equal(denied(one, 5, plan(TRUE))[0], LAUNCHES)
    equal(two.close(), 0)
    for request in (6, 7):
        one.launch(request, plan(SLEEP, "1000"), timeout=9000)
    equal(denied(one, 8, plan(TRUE))[0], LAUNCHES)
    about = os.stat(LAUNCHES_FILE)
    equal((about.st_uid, about.st_mode & 0o7777), (0, 0o600))


@test
def a_file_of_slots_that_is_not_roots():
    """Where others could hold the slots nothing is launched."""
    session = Session()
    session.launch(9, plan(TRUE), timeout=1000)
    os.rename(LAUNCHES_FILE, LAUNCHES_FILE + ".saved")
    with open(LAUNCHES_FILE, "w"):
        os.chown(LAUNCHES_FILE, town.USERS["agent"].uid, 0)
    session.ask(1, plan(TRUE), timeout=1000)
    failed = session.wait("FAILED", 1)
    equal((failed.code, failed.error), (6, 1))
    os.unlink(LAUNCHES_FILE)
    os.symlink(LAUNCHES_FILE + ".saved", LAUNCHES_FILE)
    session.ask(2, plan(TRUE), timeout=1000)
    assert session.wait("FAILED", 2).error in (1, 20, 40)
    os.unlink(LAUNCHES_FILE)
    session.ask(3, plan(TRUE), timeout=1000)
    equal(session.wait("EXITED", 3).value, 0)


@test
def denials_are_slow():
    """After many denials the next answer waits, and then it comes."""
    session = Session()
    for request in range(1, 200):
        equal(denied(session, request, plan("/usr/bin/id"))[0], PROGRAMS)
    session.ask(200, plan(TRUE), timeout=1000)
    equal(session.wait("EXITED", 200).value, 0)


@test
def scripts_where_they_are_granted():
    """A script runs only where its rule says so."""
    path = town.BIN + "/script"
    with open(path, "w") as file:
        file.write("#!/usr/bin/dash\nexit 9\n")
    os.chmod(path, 0o755)
    session = Session()
    rule = "permit user agent as user builder {\n\tprogram %s%s\n}\n"
    town.grant(rule % (path, ""))
    session.ask(1, plan(path), timeout=1000)
    failed = session.wait("FAILED", 1)
    equal((failed.stage, failed.error), (51, 2))
    town.grant(rule % (path, " scripts"))
    session.ask(2, plan(path), timeout=1000)
    equal(session.wait("EXITED", 2).value, 9)
    link = town.BIN + "/link"
    os.symlink(path, link)
    town.grant(rule % (town.BIN + "/", " scripts"))
    session.ask(3, plan(link), timeout=1000)
    failed = session.wait("FAILED", 3)
    equal((failed.stage, failed.error), (45, 40))
    town.grant(GRANTS)


@test
def what_a_launch_does_not_say():
    """Limits, umask and nice value that a launch does not set are those of its
    caller, and not what the launcher has made of its own."""
    town.grant("permit user agent as user builder {\n\tprogram %s\n}\n" % SH)

    def prepare():
        resource.setrlimit(resource.RLIMIT_NOFILE, (1077, 4088))
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (1 << 16, 1 << 17))
        os.umask(0o35)
        os.nice(3)
    session = Session(prepare=prepare)
    reader, writer = os.pipe()
    session.launch(1, plan(
        SH, "-c", "ulimit -Sn; ulimit -Hn; ulimit -Sl; ulimit -Hl; umask; nice",
        fds=[1], umask=0), fds=[writer])
    equal(session.wait("EXITED", 1).value, 0)
    equal(os.read(reader, 100).split(),
          [b"1077", b"4088", b"64", b"128", b"0035", b"3"])
    town.grant(GRANTS)


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
