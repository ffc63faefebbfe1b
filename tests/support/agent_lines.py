# SPDX-License-Identifier: Apache-2.0
"""caisson session as an agent has it: requests written, events read, and each
checked against docs/session.schema.json where there is jsonschema."""

import base64
import json
import os
import select
import subprocess
import time

LIMIT = 30  # seconds that any answer may take
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs")


def read_schema(name):
    with open(os.path.join(DOCS, name)) as f:
        return json.load(f)


def validator():
    """None: jsonschema is not installed."""
    try:
        import jsonschema
    except ImportError:
        return None
    lines, events = (read_schema(name + ".schema.json")
                     for name in ("session", "events"))
    for schema in (lines, events):
        jsonschema.Draft202012Validator.check_schema(schema)
    try:
        from referencing import Registry, Resource
        registry = Registry().with_resource(
            "events.schema.json", Resource.from_contents(events))
        return jsonschema.Draft202012Validator(lines, registry=registry)
    except ImportError:
        resolver = jsonschema.RefResolver("", lines, {
            "events.schema.json": events, "/events.schema.json": events})
        return jsonschema.Draft202012Validator(lines, resolver=resolver)


def shell(script, **more):
    return dict({"version": 1, "path": "/bin/sh", "argv": ["sh", "-c", script],
                 "env": {"PATH": "/usr/bin:/bin"}}, **more)


class Session:
    def __init__(self, argv, **more):
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more)
        self.check = validator()
        self.seen = b""
        self.ended = False
        self.waiting = []  # events that nobody has asked for yet
        self.all = []
        self.lines = 0

    def raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def ask(self, op, id, **members):
        """A request as the schema has it."""
        request = dict({"id": id, "op": op}, **members)
        if self.check:
            self.check.validate(request)
        self.raw(json.dumps(request).encode() + b"\n")

    def read(self):
        """The next event; None: there is no more."""
        end = time.monotonic() + LIMIT
        fd = self.process.stdout.fileno()
        while b"\n" not in self.seen:
            left = end - time.monotonic()
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                raise AssertionError("no event within %d s after %r" %
                                     (LIMIT, self.all[-3:]))
            data = os.read(fd, 65536)
            if not data:
                assert not self.seen, self.seen
                return None
            self.seen += data
        line, self.seen = self.seen.split(b"\n", 1)
        event = json.loads(line)
        if self.check:
            self.check.validate(event)
        self.all.append(event)
        return event

    def event(self, name, **members):
        """The first event of that name with these members that has not been
        asked for yet; others wait."""
        def fits(e):
            return e["event"] == name and all(
                e.get(key) == value for key, value in members.items())
        for e in self.waiting:
            if fits(e):
                self.waiting.remove(e)
                return e
        if name == "started" and self.waiting[-1:] and \
                self.waiting[-1]["event"] == "error":
            raise AssertionError(self.waiting[-1])
        while True:
            e = self.read()
            if e is None:
                raise AssertionError("the end before %s %r in %r" % (
                    name, members, self.all[-5:]))
            if fits(e):
                return e
            self.waiting.append(e)

    def launch(self, id, spec, **members):
        """Started, or it is an error of the test."""
        self.ask("launch", id, spec=spec, **members)
        seen = len(self.all)
        while not any(e.get("id") == id and e["event"] in ("started", "error")
                      for e in self.all[seen:]):
            self.waiting.append(self.read())
        return self.event("started", id=id)

    def output(self, id, fd=1):
        """All that has come so far, as bytes."""
        return b"".join(
            e["text"].encode() if "text" in e else
            base64.b64decode(e["base64"], validate=True)
            for e in self.all
            if e["event"] == "output" and (e["id"], e["fd"]) == (id, fd))

    def finish(self):
        """End of file; all that is still said, and the exit status."""
        self.process.stdin.close()
        while self.read() is not None:
            pass
        return self.process.wait(LIMIT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.process.stdin.closed:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
        self.process.stdout.close()
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the session does not end")
