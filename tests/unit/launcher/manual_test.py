#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""caisson-launcher(8) names every key of an audit line, every exit status and
every limit, and no others.

usage: manual_test.py MANUAL AUDIT_SOURCE START_HEADER FRAME_HEADER RULE_HEADER
"""
import pathlib
import re
import sys


def read(path):
    return pathlib.Path(path).read_text(encoding="utf-8")


def constants(header):
    """By name, what is a plain number."""
    return {name: int(value) for name, value in re.findall(
        r"^#define (\w+)\s+(\d+)u?\b", header, flags=re.M)}


def members(header, enum):
    """The members of an enum that counts from what its first one says."""
    body = re.search(r"enum %s \{(.*?)\n\};" % enum, header, flags=re.S)[1]
    found, number = {}, -1
    for name, value in re.findall(r"\b([A-Z]\w+)(?: = (\d+))?[,\n]", body):
        number = int(value) if value else number + 1
        found[name] = number
    return found


def main():
    manual, audit, start, frame, rule = map(read, sys.argv[1:])
    failed = []

    def same(what, one, other):
        if not one or one != other:
            failed.append("%s: %s" % (what, sorted(set(one) ^ set(other))))

    list_of_keys = manual[manual.index(".Ss The audit"):]
    said = set()
    for row in re.findall(r"^\.It Cm (.*)$", list_of_keys, flags=re.M):
        said |= set(row.replace(" ,", "").split())
    same("keys of the audit", said, set(re.findall(
        r"(?<![\\\w])([a-z_]+)=[#$\"]", audit)))

    statuses = set(map(int, re.findall(r"^\.It (\d+)$", manual, flags=re.M)))
    numbers = constants(start)
    steps = members(start, "start_step")
    same("exit statuses", statuses, {0} | {
        numbers["START_EXIT"] + n for n in range(steps["START_STEPS"])})

    limits = manual[manual.index(".Ss Limits"):manual.index(".Sh ENV")]
    for name in ("START_CHILDREN", "START_CHILDREN_OF_CALLER"):
        if not re.search(r"\b%d\b" % numbers[name], limits):
            failed.append(name + " is not there")
    if not re.search(r"\b%d$" % constants(frame)["FRAME_FDS_MAX"], limits,
                     flags=re.M):
        failed.append("the number of descriptors is not there")

    fields = members(rule, "grant_field")
    text = " ".join(list_of_keys.split())
    for name, words in {"CALLER_UIDS": "no rule is for the caller",
                        "GROUPS": "groups", "PROGRAMS": "none of those for "
                        "the program", "FLOORS": "no filter",
                        "ENV": "a variable", "CHROOTS": "the root directory",
                        "UID": "none of those for the target",
                        "FLAGS": "flags", "CAPABILITIES": "capabilities",
                        "EXTRA_FDS": "descriptors", "TIMEOUT": "the timeout",
                        "NICE": "and 17, the nice value",
                        "LAUNCHES": "programs at a time"}.items():
        number = fields["GRANT_" + name]
        if not re.search(r"\b%d,? %s" % (number, words), text):
            failed.append("%s is not field %d" % (words, number))
    if "from %d on limits" % fields["GRANT_RLIMIT"] not in text:
        failed.append("limits begin with another field")
    print("\n".join(failed))
    sys.exit(1 if failed else 0)


main()
