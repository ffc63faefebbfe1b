# SPDX-License-Identifier: Apache-2.0
"""docs/threats.md is the table of the tests of threats_*.py, and complete.

	threats_table.py docs/threats.md	is it?
	threats_table.py			the rows as they have to be
"""

import re
import sys

import threats
import threats_a1
import threats_a2
import threats_b
import threats_c

MODULES = (threats_a1, threats_a2, threats_b, threats_c)
WANTED = ["A%02d" % n for n in range(1, 33)] + \
    ["%s%02d" % (group, n) for group in "BC" for n in range(1, 16)]


def show(test):
    broken = ["`%s`" % getattr(b, "__name__", b) for b in test.broken]
    return "| %s | %s | %s |" % (test.id, test.name,
                                 "; ".join(broken) or test.why)


def main(args):
    rows = [show(test) for test in threats.TESTS]
    ids = [test.id for test in threats.TESTS]
    if not args:
        print("\n".join(rows))
        return 0
    with open(args[0]) as file:
        written = [line.rstrip("\n") for line in file
                   if re.match(r"\| [A-Z][0-9]{2} ", line)]
    wrong = ["no test: " + i for i in WANTED if i not in ids]
    wrong += ["two tests: " + i for i in set(ids) if ids.count(i) > 1]
    wrong += ["not in the table: " + row for row in rows if row not in written]
    wrong += ["no such test: " + row for row in written if row not in rows]
    print("\n".join(wrong) or "%d tests, %d rows" % (len(rows), len(written)))
    return 1 if wrong or len(MODULES) != 4 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
