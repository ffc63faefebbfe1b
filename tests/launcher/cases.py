# SPDX-License-Identifier: Apache-2.0
"""Cases of a test program: sentences, functions, and a summary."""

import sys
import time
import traceback

_cases = []


def case(name):
    def add(function):
        _cases.append((name, function))
        return function
    return add


def equal(got, want, what=""):
    if got != want:
        raise AssertionError("%s: got %r, want %r" % (what, got, want))


def until(condition, what, limit=30):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("not within %d s: %s" % (limit, what))


def main():
    """All of them, or those whose name has the first argument in it."""
    failed = ran = 0
    for name, function in _cases:
        if len(sys.argv) > 1 and sys.argv[1] not in name:
            continue
        ran += 1
        try:
            function()
            print("ok: " + name, flush=True)
        except Exception:
            failed += 1
            print("FAILED: " + name, flush=True)
            traceback.print_exc(file=sys.stdout)
    print("%d cases, %d failed" % (ran, failed))
    sys.exit(1 if failed or not ran else 0)
