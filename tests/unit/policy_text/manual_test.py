#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""caisson-policy(5): its examples are policies, and it names every group.

usage: manual_test.py CASES_PROGRAM MANUAL GROUPS_DIRECTORY

An example is a literal display.  It is read without remarks, but where the
comment "remarked" stands before it.  What refuses an example is the program
that runs the case directories, with the example as one.
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

# In a cross build the program runs in an emulator.
WRAPPER = shlex.split(os.environ.get("MESON_EXE_WRAPPER", ""))


def displays(manual):
    """(line number, whether it is remarked, text) of each literal display."""
    inside, before = None, ""
    for number, line in enumerate(manual.split("\n"), 1):
        if line.startswith(".Bd -literal"):
            inside, first = [], number + 1
            remarked = before == '.\\" remarked'
        elif line == ".Ed" and inside is not None:
            yield first, remarked, "\n".join(inside) + "\n"
            inside = None
        elif inside is not None:
            inside.append(line)
        before = line


def outcome(program, text):
    """What became of a policy, without its rules."""
    with tempfile.TemporaryDirectory() as root:
        case = pathlib.Path(root, "case")
        case.mkdir()
        (case / "input.policy").write_text(text, encoding="utf-8")
        done = subprocess.run([*WRAPPER, program, root, "case"], check=True,
                              capture_output=True, text=True)
    return re.split(r"^\w+\ndefault ", done.stdout, maxsplit=1,
                    flags=re.M)[0]


def main():
    program, manual, groups = sys.argv[1], *map(pathlib.Path, sys.argv[2:])
    text = manual.read_text(encoding="utf-8")
    failed = False
    found = list(displays(text))
    for number, remarked, example in found:
        said = outcome(program, example)
        if said.startswith("ok\n") and (said != "ok\n") == remarked:
            continue
        failed = True
        print(f"{manual}:{number}: this example is answered:\n{said}")
    if len(found) < 10 or outcome(program, "read: alow\n").startswith("ok"):
        sys.exit(f"{manual}: nothing was checked")
    named = set(re.findall(r"^\.It Sy (@[\w-]+)$", text, flags=re.M))
    there = {"@" + g.name for g in groups.iterdir()} | {"@known"}
    for group in sorted(there - named):
        failed = True
        print(f"{manual}: the group {group} is not named")
    for group in sorted(named - there - {"@denylist"}):
        failed = True
        print(f"{manual}: there is no group {group}")
    sys.exit(failed)


main()
