#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""caisson-spec(5) names every key of the schema, and its examples are right.

usage: spec_manual_test.py SCHEMA MANUAL

An example is a literal display.  One that begins with a brace is a whole spec;
others are members: of the spec, or of "process" in the section about that.  A
new one begins at each line that begins with a quote, so that a display may
show alternatives.
"""
import json
import pathlib
import re
import sys

try:
    import jsonschema
except ImportError:
    print("SKIP: the module jsonschema is missing")
    sys.exit(77)


def displays(manual):
    """(section, text) of each literal display."""
    section, inside, found = "", None, []
    for line in manual.split("\n"):
        if line.startswith((".Sh ", ".Ss ")):
            section = line[4:]
        elif line.startswith(".Bd -literal"):
            inside = []
        elif line == ".Ed":
            found.append((section, "\n".join(inside)))
            inside = None
        elif inside is not None:
            inside.append(line)
    return found


def examples(manual):
    """The specs that the displays stand for."""
    for section, text in displays(manual):
        if text.startswith("{"):
            yield json.loads(text)
        elif text.startswith('"'):
            for part in re.split(r'\n(?=")', text):
                member = json.loads("{%s}" % part)
                if section == "The process":
                    member = {"process": member}
                yield {"version": 1, "path": "/bin/true", **member}


def keys(schema):
    """The names of all members that the schema knows."""
    if isinstance(schema, list):
        return set().union(*map(keys, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    found = set(schema.get("properties", {}))
    return found.union(*map(keys, schema.values()))


def main():
    schema = json.loads(pathlib.Path(sys.argv[1]).read_bytes())
    manual = pathlib.Path(sys.argv[2]).read_text()
    validator = jsonschema.Draft202012Validator(schema)
    bad = count = 0
    for spec in examples(manual):
        count += 1
        for error in validator.iter_errors(spec):
            print("%s: %s" % (json.dumps(spec), error.message))
            bad += 1
    for key in sorted(keys(schema)):
        if not re.search(r"^\.(It )?(Sy|Bro Qo) (.* )?%s\b" % key, manual, re.M):
            print("%s: not in the manual" % key)
            bad += 1
    print("%d examples, %d wrong" % (count, bad))
    return 1 if bad or count < 30 else 0


sys.exit(main())
