#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""caisson-grants(5): its examples are grants, and it names every ceiling.

usage: manual_test.py CASES_PROGRAM MANUAL EXAMPLE CEILINGS_SOURCE

An example is a literal display of the manual page, or the whole of EXAMPLE.
It is read without remarks by the program that runs the case directories, and
with its cases, which hold.  CEILINGS_SOURCE has the table of ceilings.
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
    """(line number, text) of each literal display."""
    inside = None
    for number, line in enumerate(manual.split("\n"), 1):
        if line.startswith(".Bd -literal"):
            inside, first = [], number + 1
        elif line == ".Ed" and inside is not None:
            yield first, "\n".join(inside).replace("\\-", "-") + "\n"
            inside = None
        elif inside is not None:
            inside.append(line)


def outcome(program, text):
    with tempfile.TemporaryDirectory() as root:
        case = pathlib.Path(root, "case")
        case.mkdir()
        (case / "input").write_text(text, encoding="utf-8")
        return subprocess.run([*WRAPPER, program, root, "case"], check=True,
                              capture_output=True, text=True).stdout


def is_right(said):
    return said.startswith("ok\nrule ")


def main():
    program, manual, example, source = sys.argv[1:]
    text = pathlib.Path(manual).read_text(encoding="utf-8")
    found = [(f"{manual}:{line}", t) for line, t in displays(text)]
    found.append((example, pathlib.Path(example).read_text(encoding="utf-8")))
    if len(found) < 6 or is_right(outcome(program, "permit x\n")):
        sys.exit(f"{manual}: nothing was checked")
    failed = False
    for where, grants in found:
        said = outcome(program, grants)
        if not is_right(said):
            failed = True
            print(f"{where}: this example is answered:\n{said}")
    rows = re.findall(r'^\t\{ GRANT_\w+, \w+, "(\w+)" },',
                      pathlib.Path(source).read_text(encoding="utf-8"),
                      flags=re.M)
    named = set(re.findall(r"^\.It Sy (\w+)", text, flags=re.M))
    if len(rows) < 10:
        sys.exit(f"{source}: no table of ceilings")
    for word in sorted(set(rows) ^ named):
        failed = True
        print(f"{manual}, {source}: {word} stands in one of them only")
    sys.exit(failed)


main()
