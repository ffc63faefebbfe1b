# SPDX-License-Identifier: Apache-2.0
"""The hostile matrix: every hostile start condition alone, and then pairs of
them by a covering array, each with a valid, an invalid and a denied request.
Either the program runs and is in every respect what its plan says, or nothing
has run and the launcher has ended as documented.

	matrix.py [SECONDS [SEED]]	pairs for so long; 0: all of them
	matrix.py --row NAME... KIND	one row again
"""

import json
import os
import sys
import time

import asking
import hostile
import oracle
import town

KINDS = ("valid", "invalid", "denied")
GRANTS = """permit user agent as user builder {
	program /run/town/bin/reporter
	env PATH
	terminal
}
"""
# What a loader, a libc, a shell or an interpreter listens to.
NAMES = """LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT LD_DEBUG LD_DEBUG_OUTPUT
LD_BIND_NOW LD_WARN LD_PROFILE LD_PROFILE_OUTPUT LD_SHOW_AUXV LD_USE_LOAD_BIAS
LD_ORIGIN_PATH LD_HWCAP_MASK LD_DYNAMIC_WEAK GLIBC_TUNABLES GCONV_PATH GETCONF_DIR
HOSTALIASES LOCALDOMAIN LOCPATH MALLOC_TRACE MALLOC_ARENA_MAX MALLOC_CHECK_
MALLOC_PERTURB_ NIS_PATH NLSPATH RESOLV_HOST_CONF RES_OPTIONS TMPDIR TZ TZDIR
LANG LANGUAGE LC_ALL LC_MESSAGES CHARSET POSIXLY_CORRECT BASH_ENV ENV SHELLOPTS
BASHOPTS PS4 IFS CDPATH PATH HOME PERL5LIB PERL5OPT PERL5DB PYTHONPATH PYTHONHOME
PYTHONSTARTUP PYTHONINSPECT RUBYLIB RUBYOPT NODE_OPTIONS GIT_DIR GIT_SSH
DBUS_SYSTEM_BUS_ADDRESS XDG_SEAT INPUTRC LIBMOUNT_FORCE_MOUNT2 _FUSE_COMMFD
NOTIFY_SOCKET LISTEN_FDS LISTEN_PID JAVA_TOOL_OPTIONS""".split()


def write_variables():
    with open(hostile.VARIABLES, "w") as file:
        for name in NAMES:
            file.write("%s=/run/town/home/agent/../agent/evil.so\n" % name)
        file.write("BASH_FUNC_id%%=() { :; }\n")


def make_places():
    """Launchers that lie elsewhere; which of them must not work, and why."""
    link = town.ROOT + "/libexec/link"
    os.link(town.LAUNCHER, link)
    nosuid = town.ROOT + "/nosuid"
    os.mkdir(nosuid)
    town.mount("town", nosuid, "tmpfs", town.MS_NOSUID, "mode=755")
    source = os.environ["CAISSON_LAUNCHER"]
    town.install_launcher(source, nosuid + "/launcher")
    foreign = town.install_launcher(source, town.ROOT + "/libexec/foreign",
                                    uid=town.USERS["third"].uid)
    plain = town.install_launcher(source, town.ROOT + "/libexec/plain",
                                  mode=0o755)
    return {"hard link": (link, "A28", ()),
            "nosuid mount": (nosuid + "/launcher", "A23", ("caller",)),
            "somebody else's": (foreign, "A23", ("caller",)),
            "no setuid bit": (plain, "A23", ("caller",))}


INVALID = {
    "a plan of nothing but zeros": lambda: (asking.LAUNCH, b"\0" * 400),
    "a plan cut short": lambda: (asking.LAUNCH, good_plan()[:-1]),
    "a plan with something behind it":
        lambda: (asking.LAUNCH, good_plan() + b"\0"),
    "uid -1": lambda: (asking.LAUNCH, good_plan(uid=0xffffffff)),
    "gid 2^32": lambda: (asking.LAUNCH, good_plan(gid=1 << 32)),
    "a descriptor that is not there":
        lambda: (asking.LAUNCH, good_plan(fds=(0,))),
    "no frame": lambda: (0, b""),
    "an answer": lambda: (8, b""),
}
DENIED = {
    "another target": {"user": "third"},
    "root as the target": {"user": "root"},
    "another program": {"path": "/usr/bin/true"},
    "a variable": {"env": ("EVIL=1",)},
    "a capability": {"capabilities": 1},
    "one group less": {"groups": []},
}


def good_plan(**more):
    path = more.pop("path", oracle.REPORTER)
    more.setdefault("env", ())
    return asking.plan(path, [path, "state", "1"], **more)


def ask_invalid(session, number):
    name = list(INVALID)[number % len(INVALID)]
    kind, data = INVALID[name]()
    if kind == asking.LAUNCH:
        session.ask(data)
    else:
        session.send(asking.numbers(kind) if kind else b"\1\2\3")
    return session.expect("REFUSED", "FAILED", "DENIED").type


def ask_denied(session, number):
    name = list(DENIED)[number % len(DENIED)]
    session.ask(good_plan(**DENIED[name]))
    return session.expect("DENIED").type


def ask_valid(session, row):
    changes, rlimits = {}, {}
    for level in row:
        rlimits.update(level.plan)
        for name, value in level.changes.items():
            if name == "rlimits":
                changes.setdefault(name, {}).update(value)
            else:
                changes[name] = value
    return attempt(session, changes, rlimits)


def attempt(session, changes, rlimits):
    """What came: ("ran", differences) or the answer's name."""
    ctty = changes.get("ctty", 0) is None
    try:
        out, exited, pipe = oracle.report(session, rlimits=rlimits)
    except AssertionError:
        last = session.seen[-1] if session.seen else None
        if last is None or last.type not in ("FAILED", "DENIED", "REFUSED"):
            raise
        return repr(last)
    if (exited.how, exited.value) != (asking.EXITED, 0):
        return repr(exited)
    state = json.loads(out)
    if ctty:
        changes = dict(changes, ctty=state["ctty"])
    wrong = oracle.differences(state, oracle.expected(changes=changes))
    oracle.check_descriptors(state, (0, 1, 2), pipe)
    keyring = state["session_keyring"]
    if keyring <= 0 or keyring == oracle.baseline["session_keyring"]:
        wrong += "\nsession keyring %d" % keyring
    return "ran" + wrong


def session_of(row, kind, number):
    """In the agent: what came of it, and the exit status."""
    def work(session):
        welcome = session.hello()
        if welcome is None:
            return "nothing", session.wait()
        assert welcome.type == "WELCOME", welcome
        if kind == "valid":
            what = ask_valid(session, row)
        else:
            what = (ask_invalid if kind == "invalid" else ask_denied)(
                session, number)
        ran = [a for a in session.seen if a.type == "STARTED"]
        assert kind == "valid" or not ran, session.seen
        return what, session.close()
    return work


def verdict(row, kind, what, status):
    """"" if that is as it has to be."""
    exits = set().union(*(level.exits for level in row))
    may = set.intersection(*(level.may if level.runs() else set()
                             for level in row), {"runs"})
    anything = set().union(*(level.may for level in row))
    if what == "nothing":
        if status in exits | hostile.may_end(row):
            return ""
        died = status is not None and (status < 0 or status == 127)
        return "" if "dies" in anything and died else \
            "the launcher ended with %r" % status
    if exits and not may & anything:
        return "the launcher said WELCOME, and then " + what
    if kind != "valid":
        return "" if status in (0, 1) else "exit status %r" % status
    if what.startswith("FAILED") and "fails" in anything:
        return ""
    return "" if (what, status) == ("ran", 0) and "runs" in may else \
        "%s, exit status %r" % (what, status)


def run_row(row, kind, number):
    words = [word for level in row for word in level.words]
    launchers = [level.launcher for level in row if level.launcher]
    try:
        what, status = asking.with_launcher(
            session_of(row, kind, number), words, hello=False,
            launcher=launchers[0] if launchers else town.LAUNCHER)
        wrong = verdict(row, kind, what, status)
        oracle.no_survivors()
    except AssertionError as error:
        wrong = str(error)
    if wrong:
        print("FAILED: %s: %s: %s" % (
            kind, " + ".join(level.name for level in row), wrong))
        sys.stdout.flush()
    return not wrong


def choose(pairs, seconds):
    """The rows for which there is time; all of them without a limit."""
    until = time.monotonic() + seconds if seconds else float("inf")
    for row in pairs.rows():
        if time.monotonic() > until:
            return
        yield row


def run_all(table, seconds, seed):
    failures = number = rows = 0
    singles = [[level] for levels in table.values() for level in levels[1:]]
    for row in [[]] + singles:
        for kind in KINDS:
            number += 1
            failures += not run_row(row, kind, number)
    pairs = hostile.Pairs(table, seed)
    for one, two, reason in pairs.impossible:
        print("not together: %s, %s: %s" % (one, two, reason))
    for row in choose(pairs, seconds):
        rows += 1
        for kind in KINDS:
            number += 1
            failures += not run_row(row, kind, number)
    print("%d conditions alone, %d of %d pairs in %d rows, each %s: %d of %d "
          "failed" % (len(singles), pairs.total - len(pairs.open), pairs.total,
                      rows, ", ".join(KINDS), failures, number))
    return failures


def run_again(table, names, kind):
    levels = {level.name: level for row in table.values() for level in row}
    row = [levels[name] for name in names]
    return sum(not run_row(row, kind, number) for number in range(8))


def main(args):
    oracle.setup()
    town.grant(GRANTS)
    write_variables()
    may_raise = oracle.may_raise_limits()
    table = hostile.factors(may_raise, make_places())
    places = ("/run", "/var/lib", "/etc")
    before = oracle.manifest(*places)
    if args[:1] == ["--row"]:
        failures = run_again(table, args[1:-1], args[-1])
    else:
        seconds, seed = [int(arg) for arg in args] + [0, 1][len(args):]
        failures = run_all(table, seconds, seed)
    differ = oracle.changed(before, oracle.manifest(*places),
                            ("/run/town/home/agent",
                             "/var/lib/caisson/launches"))
    for path in differ:
        print("FAILED: changed: " + path)
    return 1 if failures or differ else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
