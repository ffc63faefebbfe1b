# SPDX-License-Identifier: Apache-2.0
"""Every example of the manual runs, and every option has one.

An example is a line ".Dl $ COMMAND".  The line before it may be a comment:
".\\" exit N" if it does not end with 0, ".\\" root" if it needs root.
"""

import os
import re
import shlex
import subprocess

from cli_support import (CAISSON, Scratch, Skip, case, equal, main, matches,
                         run)

HERE = os.path.dirname(os.path.abspath(__file__))
MAN = os.path.join(HERE, "../../docs/man")
PAGES = ("caisson.1", "caisson-run.1", "caisson-session.1", "caisson-check.1", "caisson-policy.1")

# What the examples of a page use, and the page shows.
SHOWN = {"caisson-run.1": ("agent.py", "worker.sh", "watch.py"),
         "caisson-policy.1": ("my.policy", "start.policy", "my.cases")}

ESCAPES = {r"\(aq": "'", r"\(dq": '"', r"\(rs": "\\", r"\-": "-", r"\&": "",
           r"\e": "\\"}


def unescape(text):
    return re.sub(r"\\(\(..|.)", lambda m: ESCAPES[m.group(0)], text)


def source(page):
    with open(os.path.join(MAN, page)) as f:
        return f.read().replace("\\\n", "")


def examples(page):
    """(command, status, needs root) of every example."""
    found, status, root = [], 0, False
    for line in source(page).splitlines():
        note = re.match(r'\.\\" (?:exit (\d+)|(root))$', line)
        if note:
            status, root = int(note.group(1) or 0), bool(note.group(2))
            continue
        if line.startswith(".Dl $ "):
            found.append((unescape(line[len(".Dl $ "):]), status, root))
        status, root = 0, False
    return found


def literal(page, name):
    """The text of the literal display that follows .Pa NAME."""
    found = re.search(r"^\.Pa %s :\n\.Bd -literal[^\n]*\n(.*?)^\.Ed$"
                      % re.escape(name), source(page), re.S | re.M)
    assert found, name
    return unescape(found.group(1))


def try_page(page):
    skipped = 0
    with Scratch() as d:
        # Other users must be able to be there.
        os.chmod(d, 0o755)
        tools = os.path.join(d, "tools")
        os.mkdir(tools)
        os.symlink(CAISSON, os.path.join(tools, "caisson"))
        for name in SHOWN.get(page, ()):
            with open(os.path.join(d, name), "w") as f:
                f.write(literal(page, name))
        env = dict(os.environ, PATH=tools + ":" + os.environ["PATH"])
        commands = examples(page)
        assert commands
        for command, status, root in commands:
            if root and os.geteuid() != 0:
                skipped += 1
                continue
            done = subprocess.run(
                ["sh", "-c", command], cwd=d, env=env, text=True, timeout=60,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE)
            equal(done.returncode, status,
                  "%s (%s%s)" % (command, done.stdout, done.stderr))
    if skipped == len(commands):
        raise Skip("all need root")


for name in PAGES:
    case("the examples of %s run" % name)(lambda page=name: try_page(page))


def options(verb):
    """The long options that --help lists."""
    found = re.findall(r"^  (?:-.,|   ) --([a-z-]+)", run(verb, "--help").stdout,
                       re.M)
    assert len(found) > 5, found
    return found


def described(page):
    """The long options that have an item in the page."""
    found = set()
    for line in source(page).splitlines():
        if line.startswith(".It Fl "):
            found.update(re.findall(r"Fl -([a-z-]+)", line))
    return found


@case("every option of run is described and has an example")
def run_options():
    words = [word.split("=")[0] for command, _, _ in examples("caisson-run.1")
             for word in shlex.split(command)]
    page = described("caisson-run.1")
    for option in options("run"):
        assert option in page, "--%s is not described" % option
        assert "--" + option in words, "--%s has no example" % option
    equal(sorted(page - set(options("run"))), [])


@case("every option of check is described, here or with run")
def check_options():
    page = described("caisson-check.1")
    for option in options("check"):
        assert option in page | described("caisson-run.1"), option
    equal(sorted(page - set(options("check"))), [])


@case("every option of policy's verbs is described and has an example")
def policy_options():
    words = [word.split("=")[0]
             for command, _, _ in examples("caisson-policy.1")
             for word in shlex.split(command)]
    page, listed = described("caisson-policy.1"), set()
    for verb in ("compile", "show", "import", "diff", "test", "prove", "list"):
        text = run("policy", verb, "--help").stdout
        listed.update(re.findall(r"^  (?:-.,|   ) --([a-z-]+)", text, re.M))
    assert len(listed) > 10, listed
    equal(sorted(page), sorted(listed))
    for option in listed:
        assert "--" + option in words, "--%s has no example" % option


@case("the defaults that run describes are those it has")
def defaults():
    env = {name: "x" for name in ("PATH", "HOME", "USER", "LOGNAME", "SHELL",
                                  "TERM", "LANG", "TZ", "LC_X", "OTHER")}
    got = run("run", "/usr/bin/env", env=env).stdout
    text = source("caisson-run.1")
    for line in got.splitlines():
        name = line.split("=")[0]
        matches(text, r"\.Ev %s\b" % re.sub("^LC_.*", "LC_", name))
    assert "OTHER" not in got


if __name__ == "__main__":
    main()
