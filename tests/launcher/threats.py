# SPDX-License-Identifier: Apache-2.0
"""One test for each class of attack: it holds for the launcher, and it fails
where the launcher has been broken in that very way, so that it is known to see
anything at all.

	@threat("B07", "the groups are the plan's and no others",
		broken="child:38,42 start:7")
	def groups_are_the_plans():
		...

broken is a recipe for broken/broken.c, a list of them (each has to be caught),
or a function that spoils the town.  Without it `why` says what shows it
instead.  docs/threats.md is the table of all of them: threats_table.py."""

import os
import re
import sys
import traceback

import asking
import oracle
import town

MARK = b"BROKEN-RECIPE:"
ROOM = 256 - len(MARK)
TESTS = []
PYTHON = os.path.realpath("/usr/bin/python3")


class Threat:
    def __init__(self, id, name, run, broken, why):
        self.id, self.name, self.run, self.why = id, name, run, why
        self.broken = [broken] if isinstance(broken, str) or \
            callable(broken) else list(broken or [])


class Skip(Exception):
    pass


def threat(id, name, broken=None, why=None):
    assert bool(broken) != bool(why), id

    def note(run):
        TESTS.append(Threat(id, name, run, broken, why))
        return run
    return note


def install(recipe=None, source=None):
    """The launcher, or the broken one with this recipe."""
    if recipe is None:
        town.install_launcher(source or os.environ["CAISSON_LAUNCHER"])
        return
    with open(os.environ["CAISSON_BROKEN"], "rb") as file:
        data = file.read()
    assert data.count(MARK) == 1 and len(recipe) < ROOM, recipe
    at = data.index(MARK)
    path = town.ROOT + "/broken"
    text = MARK + b" " + recipe.encode()
    with open(path, "wb") as file:
        file.write(data[:at] + text + data[at + len(text):])
    town.install_launcher(path)


# The recipe that is being tried, for tests that break something themselves.
tried = ""


def also(recipe):
    """In a test: something is broken in any case, beside what is tried."""
    install((tried + " " + recipe).strip())


GRANTS = """permit user agent as user builder {
	program /run/town/bin/reporter
	program %s
	env PATH
	terminal
}
""" % PYTHON


def begin():
    """As each test finds it."""
    town.grant(GRANTS)
    oracle.no_survivors()


def refused(conditions, step, **more):
    """The launcher ends at this step, and says nothing."""
    want = 64 + step

    def work(session):
        answer = session.hello()
        assert answer is None, "it said %r" % answer
        return session.wait()

    status = asking.with_launcher(work, conditions, hello=False, **more)
    assert status == want, "exit status %r, not %d" % (status, want)


def runs(conditions=(), changes=(), plan=None, **more):
    """The state oracle, under these conditions."""
    asking.with_launcher(lambda session: oracle.launched_state(
        session, changes, **(plan or {})), conditions, **more)


def within(work, conditions=(), **more):
    return asking.with_launcher(work, conditions, **more)


def probe(session, code, ask=None, **plan):
    """What a program of the target's prints: code for python, one line."""
    out, exited, _ = oracle.report(session, ("-I", "-c", code), PYTHON,
                                   ask=ask, **plan)
    assert (exited.how, exited.value) == (asking.EXITED, 0), (exited, out)
    return out.strip()


def asked(session, **plan):
    """The answer to a launch of the reporter that must not run."""
    path = plan.pop("path", oracle.REPORTER)
    ask = plan.pop("ask", {})
    session.ask(asking.plan(path, plan.pop("argv", None), **plan), **ask)
    answer = session.expect("DENIED", "FAILED", "REFUSED", "ACCEPTED")
    if answer.type == "ACCEPTED":
        answer = session.expect("FAILED")
    return answer


def denied(session, field=None, **plan):
    answer = asked(session, **plan)
    assert answer.type == "DENIED", answer
    assert field is None or answer.field == field, answer
    return answer


def equal(found, want, what=""):
    assert found == want, "%s: found %r, expected %r" % (what, found, want)


def attempt(test):
    """"" if it holds; else what did not."""
    try:
        begin()
        test.run()
        oracle.no_survivors()
    except Skip:
        raise
    except Exception as error:
        return "".join(traceback.format_exception(error))
    return ""


def try_broken(test, recipe):
    """False: the test holds although the launcher is broken."""
    global tried
    tried = recipe if isinstance(recipe, str) else ""
    try:
        if callable(recipe):
            install()
            recipe()
        else:
            install(recipe)
        said = attempt(test)
    finally:
        tried = ""
        install()
    if os.environ.get("THREATS_SHOW"):
        print("  with %s: %s" % (recipe, said.strip().split("\n")[-1]))
    return bool(said)


def say(what, test, more=""):
    print("%s: %s: %s%s" % (what, test.id, test.name, more))
    sys.stdout.flush()


def check(test, has_broken):
    """0: right, or skipped."""
    try:
        wrong = attempt(test)
        if wrong:
            say("FAILED", test, "\n" + wrong)
            return 1
        for recipe in test.broken if has_broken else ():
            if not try_broken(test, recipe):
                say("FAILED", test, ": holds even with " + str(recipe))
                return 1
    except Skip as reason:
        say("skipped", test, ": %s" % reason)
        return 0
    say("ok", test, "" if has_broken or not test.broken else
        " (no broken launcher to compare)")
    return 0


def main(args):
    """All of the tests, or those whose names match."""
    oracle.setup()
    has_broken = "CAISSON_BROKEN" in os.environ
    chosen = [test for test in TESTS
              if not args or any(re.match(arg, test.id) for arg in args)]
    failed = sum(check(test, has_broken) for test in chosen)
    print("%d of %d failed" % (failed, len(chosen)))
    return 1 if failed else 0
