#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The schema accepts exactly what the parser accepts.

usage: spec_schema_test.py SCHEMA CASES

CASES are the case directories of the parser.  What no schema can express is
marked by a file schema-cannot, which says why: there the schema must accept
what the parser refuses.  Texts that are not JSON are left out.
"""
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("SKIP: the module jsonschema is missing")
    sys.exit(77)


def verdict(case):
    """What the parser says: ok, spec, unsupported or syntax."""
    first = (case / "expect").read_text().split("\n")[0].split()
    return first[0] if first[0] == "ok" else first[1]


def check(case, validator):
    """None, or what is wrong."""
    accepted = validator.is_valid(json.loads((case / "input.json").read_bytes()))
    cannot = (case / "schema-cannot").exists()
    wanted = verdict(case) == "ok"
    if cannot and wanted:
        return "schema-cannot beside an accepted text"
    if cannot and not accepted:
        return "the schema can: remove schema-cannot"
    if not cannot and accepted != wanted:
        errors = validator.iter_errors(json.loads((case / "input.json").read_bytes()))
        return "parser says %s, schema %s %s" % (
            verdict(case), accepted, [e.message[:200] for e in errors])
    return None


def main():
    schema = json.loads(pathlib.Path(sys.argv[1]).read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    cases = sorted(p for p in pathlib.Path(sys.argv[2]).iterdir() if p.is_dir())
    judged = [case for case in cases if verdict(case) != "syntax"]
    bad = 0
    for case in judged:
        wrong = check(case, validator)
        if wrong is not None:
            print("%s: %s" % (case.name, wrong))
            bad += 1
    print("%d of %d cases judged, %d wrong" % (len(judged), len(cases), bad))
    return 1 if bad or len(judged) < 200 else 0


sys.exit(main())
