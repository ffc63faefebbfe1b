#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An agent that keeps one `caisson session` and runs programs through it.

    ./agent_session.py [USER] -- PROGRAM [ARG...]

runs PROGRAM as USER (which takes a grant, unless it is oneself), passes on what
it prints, and ends with its status; after 60 seconds it is killed, with all that
it has started.  Nothing but the standard library is needed; in another language
it is the same: a request is one line of JSON, and so is an event.
"""

import base64
import json
import os
import subprocess
import sys

CAISSON = os.environ.get("CAISSON", "caisson")


class Session:
    def __init__(self):
        self.process = subprocess.Popen([CAISSON, "session"],
                                        stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.last_id = 0

    def ask(self, op, **members):
        """A request; its id, by which its events are known."""
        self.last_id += 1
        request = dict(members, id=self.last_id, op=op)
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        return self.last_id

    def events(self):
        for line in self.process.stdout:
            yield json.loads(line)

    def close(self):
        """The end of the input ends everything that still runs."""
        self.process.stdin.close()
        for _ in self.events():
            pass
        return self.process.wait()


def output_of(event):
    if "text" in event:
        return event["text"].encode()
    return base64.b64decode(event["base64"])


def specification(argv, user):
    spec = {"version": 1, "path": argv[0], "argv": argv,
            "env": {"PATH": "/usr/bin:/bin"}, "timeout_ms": 60000}
    if user:
        spec["credentials"] = {"user": user}
    return spec


def run(session, argv, user):
    """Its exit status, as a shell has it."""
    launch = session.ask("launch", spec=specification(argv, user))
    for event in session.events():
        if event.get("id") != launch:
            continue
        if event["event"] == "output":
            stream = sys.stdout if event["fd"] == 1 else sys.stderr
            stream.buffer.write(output_of(event))
            stream.flush()
        elif event["event"] == "started":
            print("%s as uid %d, by %s" % (
                argv[0], event["applied"]["uid"][0],
                event.get("grant", event["engine"])), file=sys.stderr)
        elif event["event"] == "error":
            print("not started: " + event["message"], file=sys.stderr)
            return 125
        elif event["event"] == "exited":
            if event["how"] == "exited":
                return event["value"]
            return 128 + event["value"]
    return 125  # the session is gone


def main():
    words = sys.argv[1:]
    if "--" not in words or words.index("--") > 1 or words[-1] == "--":
        sys.exit(__doc__)
    at = words.index("--")
    session = Session()
    status = run(session, words[at + 1:], words[0] if at else None)
    session.close()
    sys.exit(status)


if __name__ == "__main__":
    main()
