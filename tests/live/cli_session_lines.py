# SPDX-License-Identifier: Apache-2.0
"""caisson session: lines that are wrong, too long or too many, and the schema
of those that are right."""

import json
import os
import threading

from cli_support import (CAISSON, Scratch, case, equal, main, matches, need,
                         run)

import agent_lines
from agent_lines import shell


def session(*args, **more):
    s = agent_lines.Session([CAISSON, "session", *args], **more)
    equal(s.event("opened")["pid"], s.process.pid)
    return s


HOSTILE = [
    (b"", "syntax"), (b"{", "syntax"), (b"\0", "syntax"),
    (b"\xff\xfe", "syntax"), (b"{} {}", "syntax"), (b"[" * 17, "syntax"),
    (b"[" * 100000, "syntax"), (b'{"id":1,"id":2,"op":"close"}', "syntax"),
    (b'{"id":"\\u0000","op":"close"}', "syntax"),
    (b'{"id":99999999999999999999,"op":"close"}', "syntax"),
    (b"null", "usage"), (b"[]", "usage"), (b"7", "usage"), (b'"x"', "usage"),
    (b"{}", "usage"), (b'{"id":1}', "usage"), (b'{"op":"close"}', "usage"),
    (b'{"id":1.5,"op":"close"}', "usage"),
    (b'{"id":null,"op":"close"}', "usage"),
    (b'{"id":"","op":"close"}', "usage"),
    (b'{"id":"' + b"x" * 129 + b'","op":"close"}', "usage"),
    (b'{"id":1,"op":7}', "usage"), (b'{"id":1,"op":"Close"}', "usage"),
    (b'{"id":1,"op":"close","now":true}', "usage"),
    (b'{"id":1,"op":"launch"}', "usage"),
    (b'{"id":1,"op":"launch","spec":[]}', "usage"),
    (b'{"id":1,"op":"launch","spec":{},"detach":1}', "usage"),
    (b'{"id":1,"op":"launch","spec":{},"output_max":-1}', "usage"),
    (b'{"id":1,"op":"launch","spec":{},"speck":{}}', "usage"),
    (b'{"id":1,"op":"signal","child":5,"signal":9}', "not-found"),
    (b'{"id":1,"op":"signal","child":{},"signal":9}', "usage"),
    (b'{"id":1,"op":"signal","child":"run","signal":0}', "usage"),
    (b'{"id":1,"op":"signal","child":"run","signal":65}', "usage"),
    (b'{"id":1,"op":"signal","child":"run","signal":-9}', "usage"),
    (b'{"id":1,"op":"signal","child":"run","signal":"NO"}', "usage"),
    (b'{"id":1,"op":"signal","child":"run"}', "usage"),
    (b'{"id":1,"op":"signal","child":"run","signal":9,"whom":"all"}', "usage"),
    (b'{"id":1,"op":"signal","child":"run","signal":9,"whom":1}', "usage"),
    (b'{"id":1,"op":"write","child":"run","text":1}', "spec"),
    (b'{"id":1,"op":"write","child":"run","text":"a","base64":"YQ=="}',
     "spec"),
    (b'{"id":1,"op":"write","child":"run","base64":"Y"}', "spec"),
    (b'{"id":1,"op":"write","child":"run","base64":"Y==="}', "spec"),
    (b'{"id":1,"op":"write","child":"run","base64":"YQ==YQ=="}', "spec"),
    (b'{"id":1,"op":"write","child":"run","base64":"YR=="}', "spec"),
    (b'{"id":1,"op":"write","child":"run","base64":"Y Q="}', "spec"),
    (b'{"id":1,"op":"write","child":"run","fd":-1}', "usage"),
    (b'{"id":1,"op":"write","child":"run","close":0}', "usage"),
    (b"x" * (1 << 20), "syntax"), (b"x" * ((1 << 20) + 1), "usage"),
    (b" " * (3 << 20), "usage"),
]


@case("every bad line gets an error with its number, and nothing is lost")
def hostile():
    with session() as s:
        running = s.launch("run", shell("read x; exit 5",
                                        stdio={"stdin": "pipe"}))
        for number, (line, code) in enumerate(HOSTILE, 2):
            s.raw(line + b"\n")
            error = s.event("error")
            equal((error["code"], error["request"]), (code, number), line[:60])
        equal(s.waiting, [])
        assert os.path.exists("/proc/%d" % running["pid"])
        s.ask("write", "w", child="run", text="\n")
        equal(s.event("done", id="w")["request"], len(HOSTILE) + 2)
        equal(s.event("exited", id="run")["value"], 5)


@case("bad lines all at once are answered one by one, with good ones between")
def hostile_at_once():
    good = b'{"id":"%d","op":"launch","spec":{"version":1,"path":"/bin/true"}}\n'
    text = b"".join(line + b"\n" + good % number
                    for number, (line, _) in enumerate(HOSTILE))
    with session() as s:
        s.launch("run", shell("exec sleep 1000", stdio={"stdin": "pipe"}))
        writer = threading.Thread(target=s.raw, args=[text])
        writer.start()
        for number, (line, code) in enumerate(HOSTILE):
            error = s.event("error", request=2 * number + 2)
            equal(error["code"], code, line[:60])
            equal(s.event("exited", id=str(number))["value"], 0)
        writer.join()
        equal(s.finish(), 0)
        equal([e["event"] for e in s.waiting if e["event"] == "error"], [])


@case("a last line without its end is an error and not carried out")
def last_line():
    with session() as s, Scratch() as d:
        path = os.path.join(d, "made")
        s.raw(json.dumps({"id": 1, "op": "launch", "spec": shell(
            "touch " + path)}).encode())
        s.process.stdin.close()
        equal(s.event("error")["request"], 1)
        equal(s.event("closed")["reason"], "end")
        assert not os.path.exists(path)


@case("who does not read the events is waited for, and loses none")
def slow_reader():
    with session() as s:
        s.launch("yes", shell("yes | head -c 3000000"))
        for i in range(300):
            s.ask("signal", i, child="yes", signal="CONT")
        # until here nothing has been read but that it has started
        s.event("exited", id="yes")
        s.finish()
        equal(s.output("yes"), b"y\n" * 1500000)
        for i in range(300):
            equal([e["event"] in ("done", "error") for e in s.all
                   if e.get("id") == i], [True], i)


@case("a session has no arguments, and says what options it has")
def usage():
    done = run("session", "true")
    equal(done.returncode, 125)
    matches(done.stderr, "true: session has no arguments")
    done = run("session", "--help")
    equal(done.returncode, 0)
    for option in ("--launcher ", "--launcher-always", "--die-with-parent"):
        matches(done.stdout, option)
    matches(run("session", "--launch").stderr, "unknown option")


@case("the schema refuses what is wrong")
def schema():
    check = agent_lines.validator()
    need(check is not None, "python3-jsonschema is not installed")
    good = [{"id": 1, "op": "launch", "spec": {}},
            {"id": "a", "op": "signal", "child": 1, "signal": "TERM"},
            {"id": 1, "op": "write", "child": 1, "text": "a"},
            {"id": 1, "op": "close"}]
    wrong = [{"id": None}, {"op": "other"}, {"more": 1}, {"id": ""}]
    for request in good:
        check.validate(request)
        for change in wrong:
            assert not check.is_valid(dict(request, **change)), change
    with session() as s:
        s.launch(1, shell("echo a"))
        s.event("exited", id=1)
        s.ask("signal", 2, child=1, signal=9)
        s.event("error", id=2)
        s.finish()
        for event in s.all:
            check.validate(event)
            for change in ({"event": "other"}, {"version": 2}, {"time": "now"},
                           {"id": []}, {"request": 0}):
                assert not check.is_valid(dict(event, **change)), change


main()
