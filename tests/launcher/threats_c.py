# SPDX-License-Identifier: Apache-2.0
"""C01 to C15: who may launch what as whom, and how that is believed.  See
threats.py."""

import json
import os
import socket
import sys

import asking
import oracle
import threats
import town
from threats_files import BAD, Applied
from threats import also, asked, denied, equal, runs, threat, within

CALLERS, GROUPS, PROGRAMS, ENV, CHROOTS, UID = 2, 4, 5, 7, 8, 10
RULE = "permit user agent as user builder {\n\tprogram %s\n\tterminal\n%s}\n"


@threat("C01", "the first rule for caller, target and program decides",
        broken="any-rule")
def first_rule():
    town.grant(RULE % (oracle.REPORTER, "") +
               RULE % (town.BIN + "/", "\tenv PATH\n"))

    def work(session):
        answer = denied(session, ENV, env=("PATH=/bin",))
        equal(answer.line, 1, "line of the rule")
        oracle.launched_state(session)
    within(work)


@threat("C02", "programs are compared whole, by their components",
        broken="prefix")
def whole_names():
    for name in ("r", "report", "reporters", "Reporter"):
        town.install(os.environ["REPORTER"], name)
    town.grant(RULE % (town.BIN + "/report", "\tenv PAT\n"))

    def work(session):
        for path in ("/r", "/reporter", "/reporters", "/Report", "/repor",
                     "/report/"):
            assert asked(session, path=town.BIN + path).type in (
                "DENIED", "FAILED"), path
        for path in (town.BIN + "/../bin/report", town.BIN + "//report", "",
                     "report", "/run/town/./bin/report"):
            equal(asked(session, path=path).type, "FAILED", path)
        for name in ("PATH", "PA", "pat", "PAT2"):
            denied(session, ENV, path=town.BIN + "/report",
                   env=(name + "=x",))
        denied(session, PROGRAMS, path=town.BIN + "/reporter")
    within(work)


def make_jail():
    """A root directory of the target's, with grants for everybody in it."""
    jail = town.ROOT + "/jail"
    if not os.path.exists(jail):
        for place in ("/run/town/bin", "/var/lib/caisson", "/etc", "/proc"):
            os.makedirs(jail + place)
        town.install(os.environ["REPORTER"], "reporter", jail + town.BIN)
    text = RULE % (oracle.REPORTER, "\tenv EVIL\n\tchroot /run/town/jail\n")
    town.grant(text.replace("permit user agent", "permit everybody"))
    with open(town.APPLIED, "rb") as applied, open(
            jail + town.APPLIED, "wb") as file:
        file.write(applied.read())
    with open(jail + "/etc/passwd", "w") as file:
        file.write("agent:x:0:0::/:/bin/sh\n")
    return jail


@threat("C03", "grants are those of the launcher's own root directory",
        broken="jailed")
def own_root():
    jail = make_jail()
    town.grant(RULE % (oracle.REPORTER, "\tchroot %s\n" % jail))

    def work(session):
        denied(session, ENV, env=("EVIL=1",))
        out, exited, _ = oracle.report(session, ("exit", "3"), chroot=jail)
        equal(exited.value, 3, "in the jail")
        session.ask(asking.plan(oracle.REPORTER, env=("EVIL=1",),
                                chroot=jail), request=2)
        session.expect("DENIED")
    within(work)


@threat("C04", "a file of grants that others could have written is none",
        broken="believe")
def trusted():
    for name, spoil in BAD.items():
        applied = Applied()
        try:
            spoil(applied)
            within(lambda s: denied(s, CALLERS))
        except AssertionError as error:
            raise AssertionError("%s: %s" % (name, error)) from None
        finally:
            applied.restore()
    runs()


def forged(session, data):
    session.as_root("write", town.APPLIED, data)


TWO = RULE % (oracle.REPORTER, "") + \
    RULE.replace("builder", "third") % (oracle.REPORTER, "")


@threat("C05", "half of a file of grants is none, and a new one holds at once",
        broken="partial")
def half_written():
    town.grant(TWO)
    applied = Applied()
    step = max(1, len(applied.data) // 60)

    def work(session):
        for length in range(0, len(applied.data), step):
            forged(session, applied.data[:length])
            denied(session, CALLERS)
        forged(session, applied.data)
        oracle.launched_state(session)
        session.as_root("revoke")
        session.ask(asking.plan(oracle.REPORTER), request=2)
        session.expect("DENIED")
        session.as_root("grant", threats.GRANTS)
        oracle.launched_state(session, ask={"request": 3})
    within(work)


BEYOND = ({"user": "third"}, {"path": "/usr/bin/true"}, {"user": "root"},
          {"env": ("EVIL=1",)})


def change_bytes(session, data, first, count):
    """Each of them lost, another, or twice: what was denied still is."""
    for at in range(first, min(first + count, len(data))):
        changed = bytes([data[at] ^ (1 << at % 8)])
        for number, bad in enumerate((
                data[:at] + data[at + 1:],
                data[:at] + changed + data[at + 1:],
                data[:at] + b"\1" + data[at:])):
            forged(session, bad)
            denied(session, **BEYOND[(at + number) % len(BEYOND)])


@threat("C06", "no wrong byte makes anything of it a permission",
        broken="partial")
def wrong_bytes():
    town.grant(RULE % (oracle.REPORTER, "\tenv PATH\n"))
    applied = Applied()
    data = applied.data

    def work(session):
        for garbage in (b"\0", b"\0" * 8, data):
            forged(session, data + garbage)
            denied(session, CALLERS)
    within(work)
    # so many at a time as are answered at once
    for first in range(0, len(data), 8):
        within(lambda s, first=first: change_bytes(s, data, first, 8))


@threat("C07", "an asterisk is a name like others, and there are no patterns",
        broken="glob")
def no_patterns():
    for text in ("/run/*/bin/reporter", "/run/town/bin/re*", "*",
                 "/run/town/bin/../x", "reporter", "~/x"):
        done = town.grant(RULE % (text, ""), check=False)
        assert done.returncode != 0, text
    town.install(os.environ["REPORTER"], "reX")
    town.grant(RULE % (town.BIN + "/reX", ""))
    applied = Applied()
    applied.put(applied.data.replace(b"/reX", b"/re*"))

    def work(session):
        denied(session, PROGRAMS)
        denied(session, PROGRAMS, path=town.BIN + "/reX")
    within(work)


@threat("C08", "a caller is its real uid and the groups that it began with",
        broken="effective-caller")
def callers():
    third = town.USERS["third"]
    for whom, may in (("user root", False), ("user agent", True),
                      ("uid %d" % town.USERS["agent"].uid, True),
                      ("uid %d" % third.uid, False),
                      ("group caisson", True), ("group crew", False),
                      ("user root, group crew, user third", False)):
        town.grant((RULE % (oracle.REPORTER, "")).replace("user agent", whom))
        if may:
            runs()
        else:
            within(lambda s: denied(s, CALLERS))
    within(lambda s: denied(s, CALLERS), groups=sorted(
        town.USERS["agent"].groups + [third.gid, 0]))


@threat("C09", "when its agent is dead a session is over, whoever has its socket",
        broken="no-agent")
def agent():
    builder = town.USERS["builder"].uid
    holder, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)

    def work(session):
        session.launch(asking.plan(oracle.REPORTER, [
            oracle.REPORTER, "sleep", "600000"]))
        socket.send_fds(theirs, [b"x"], [session.sock.fileno()])
        assert oracle.processes(builder), "it does not run"
        os._exit(0)
    try:
        within(work)
    except AssertionError:
        pass
    _, kept, _, _ = socket.recv_fds(holder, 1, 1)
    try:
        oracle.no_survivors(limit=5)
    finally:
        os.close(kept[0])


@threat("C10", "a program is the file that the rule names, by no other way",
        broken="follow")
def aliases():
    link, directory = town.BIN + "/link", town.ROOT + "/binlink"
    for path in (link, directory):
        if os.path.islink(path):
            os.unlink(path)
    town.install(os.environ["REPORTER"], "link")
    os.mkdir(directory)
    town.grant(RULE % (link, "\tprogram %s/\n" % directory))
    os.unlink(link)
    os.rmdir(directory)
    os.symlink(oracle.REPORTER, link)
    os.symlink(town.BIN, directory)

    def work(session):
        for path in (link, town.ROOT + "/binlink/reporter"):
            equal(asked(session, path=path).type, "FAILED", path)
        for path in ("/proc/self/root" + link, "/proc/1/root" + link,
                     oracle.REPORTER, "/dev/fd/3"):
            denied(session, PROGRAMS, path=path)
        for path in ("/" + link, link + "/", "/run/town//bin/link"):
            equal(asked(session, path=path).type, "FAILED", path)
    within(work)


@threat("C11", "a rule that lists nothing permits nothing",
        broken=["overlook:5", "overlook:7", "overlook:4"])
def empty_lists():
    head = "permit user agent as user builder"

    def work(session):
        denied(session, PROGRAMS, path="/usr/bin/true")
        denied(session, ENV, env=("X=1",))
        denied(session, GROUPS, groups=[])
        denied(session, 13, capabilities=1)
        denied(session, CHROOTS, chroot="/usr")
    town.grant(head + " {\n\tprogram %s\n\tterminal\n}\n" % oracle.REPORTER)
    within(work)
    for text in ("\tprogram\n", "\tprogram %s\n\tenv\n" % oracle.REPORTER,
                 "\tprogram ''\n", ""):
        done = town.grant("%s {\n%s}\n" % (head, text), check=False)
        assert done.returncode != 0, text


@threat("C12", "nothing in a request widens what the rule says",
        broken="overlook:8")
def boundaries():
    home = town.USERS["builder"].home

    def work(session):
        denied(session, CHROOTS, chroot=home)
        denied(session, CHROOTS, chroot="/usr", cwd="/")
        answer = asked(session, cwd="/..")
        equal(answer.type, "FAILED", "cwd /..")
        oracle.launched_state(session, {"cwd": home}, cwd=home)
    within(work)


@threat("C13", "without its filters nothing runs",
        broken="child:50")
def no_fallback():
    town.grant(threats.GRANTS.replace("env PATH", "seccomp default"))

    def lied(session):
        answer = asked(session)
        equal(answer.type, "FAILED", "seccomp that does nothing")

    def work(session):
        denied(session, 6, filter=b"")
        out, _, _ = oracle.report(session)
        state = json.loads(out)
        equal(state["seccomp_filters"],
              oracle.baseline["seccomp_filters"] + 2, "filters")
    within(work)
    also("lie:317")
    within(lied)


@threat("C14", "a line of the audit is one line, of printable ASCII",
        broken="unescape")
def audit_lines():
    path = "/run/systemd/journal/socket"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(path)
    os.chmod(path, 0o666)
    log.settimeout(10)
    odd = ("\x1b[2J", "\r\nMESSAGE=forged event=accepted", "\x7f", "\u202e",
           "\udcff", "%s%n", "a b=c", 'x"\\', "y" * 3000)
    try:
        def work(session):
            for name in odd:
                denied(session, path="/" + name)
        within(work)
        for name in odd:
            text = log.recv(1 << 16)
            fields = text.split(b"\n")
            equal((fields[-1], len(fields)), (b"", 6), text)
            message = fields[4]
            assert message.startswith(b"MESSAGE=event=denied "), text
            assert all(0x20 <= c < 0x7f for c in message), text
            words = message.split(b" ")
            equal(sum(w.startswith(b"program=") for w in words), 1, text)
            assert all(b"=" in w for w in words) and len(text) < 4096, text
            equal(fields[3], b"SYSLOG_IDENTIFIER=caisson-launcher", text)
    finally:
        log.close()
        os.unlink(path)


def flipped(session):
    """With each bit of the verdict turned over, nothing is permitted."""
    denied(session, user="third")
    denied(session, env=("EVIL=1",))


@threat("C15", "no bit that turns over makes a permission of a denial",
        broken="boolean")
def far_apart():
    for bit in range(32):
        also("flip:%d" % bit)
        within(flipped)


if __name__ == "__main__":
    sys.exit(threats.main(sys.argv[1:]))
