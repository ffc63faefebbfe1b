# SPDX-License-Identifier: Apache-2.0
"""What an error may not tell, and what may not be taken for success
(docs/prior-art.md)."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                ".."))
from cli_support import Scratch, case, equal, main, run

# Each of these fails, at different places: options, the spec, the program,
# its identity, the child.
FAILURES = [
    ["--umask", "9"],
    ["--seccomp", "/nonexistent.policy"],
    ["--user", "no-such-user-of-this-test"],
    ["--cap-add", "no_such_capability"],
    ["--chdir", "/nonexistent"],
    ["--fd", "3=inherit:999"],
    ["--stdin", "file:/nonexistent"],
    ["--env", "=1"],
    [],
]


def failures(nonce):
    """The status and all output of each, the events included."""
    for options in FAILURES:
        with Scratch() as d:
            events = os.path.join(d, "events")
            program = ["true"] if options else [os.path.join(d, "none")]
            done = run("run", "--events-file", events, "--env",
                       "PASSWORD=" + nonce, *options, "--", *program)
            with open(events) as f:
                yield options, done, f.read()


@case("no error tells the environment")
def environment():
    nonce = "nonce-%s" % os.urandom(12).hex()
    for options, done, events in failures(nonce):
        assert done.returncode in (125, 127), (options, done)
        assert done.stderr and events, options
        text = done.stdout + done.stderr + events
        assert nonce not in text, (options, text)
    # It was there to be told.
    done = run("run", "--env", "PASSWORD=" + nonce, "--", "env")
    assert nonce in done.stdout, done


@case("no failure is a success, and each is told in both ways")
def status():
    for options, done, events in failures("x"):
        assert done.returncode in (125, 127), (options, done)
        equal(done.stdout, "")
        (event,) = [json.loads(line) for line in events.splitlines()]
        equal(event["event"], "error", options)
        assert event["message"] and event["stage"], event


if __name__ == "__main__":
    main()
