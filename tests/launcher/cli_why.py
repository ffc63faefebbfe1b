# SPDX-License-Identifier: Apache-2.0
"""caisson grants why SPEC and list: what they say is what the launcher does."""

import json
import os
import time

import town
from cli_town import (ENV, LAUNCHER, caisson, case, equal, main, matches,
                      program, programs, rule, shell)

GRANTS = ["terminal", "rlimit nofile 1000", "rlimit core 0", "timeout 10s",
          "nice 5", "extra_fds 1", "launches 3", "chroot /usr",
          "capabilities net_bind_service", "seccomp default"]
LIMITS = {"nofile": 100, "core": 0}


def spec(**more):
    """What the rule permits, less what is changed."""
    base = shell("id -un", credentials={"user": "builder"}, rlimits=LIMITS,
                 timeout_ms=4000, process={"nice": 10})
    base.update(more)
    return {name: value for name, value in base.items() if value is not None}


def grants(*args, **more):
    return town.run([town.CAISSON, "grants", *args], **more)


def why(spec, *args, user="agent"):
    done = grants("why", "--json", "--quiet", *args, "-", user=user,
                  stdin=None, input=json.dumps(spec))
    assert done.returncode in (0, 1), (spec, done)
    said = json.loads(done.stdout)
    equal(said["permitted"], done.returncode == 0)
    return said


def run(spec, *args, user="agent"):
    return caisson("run", *args, "--spec", "-", user=user, stdin=None,
                   input=json.dumps(spec))


# What is changed; the fields that exceed, or None: permitted.
TABLE = [
    ({}, None),
    ({"argv": ["sh", "-c", "exit 3"]}, None),
    ({"credentials": {"user": "third"}}, "whom"),
    ({"credentials": {"user": "root"}}, "whom"),
    ({"credentials": {"user": "builder", "group": "third"}}, "whom"),
    ({"path": "/usr/bin/env", "argv": ["env"]}, "whom"),
    ({"groups": []}, "groups"),
    ({"groups": ["third"]}, "groups"),
    ({"seccomp": {"profile": "unconfined"}}, "seccomp"),
    ({"env": {"PATH": "/bin", "LC_ALL": "C"}}, None),
    ({"env": {"PATH": "/bin", "LD_PRELOAD": "x"}}, "env LD_PRELOAD"),
    ({"env": {"LC": "C"}}, "env LC"),
    ({"env": {}}, None),
    ({"process": {"nice": 10, "chroot": town.ROOT + "/other"},
      "path": program("sh")}, "chroot"),
    ({"process": {"nice": 5}}, None),
    ({"process": {"nice": 4}}, "nice"),
    ({"process": {"nice": 10, "oom_score_adj": -1}}, "oom_score_adj"),
    ({"process": {"nice": 10, "oom_score_adj": 500}}, None),
    ({"process": {"nice": 10, "session": "new"}}, None),
    ({"rlimits": {"nofile": 1000, "core": 0}}, None),
    ({"rlimits": {"nofile": 1001, "core": 0}}, "rlimit nofile"),
    ({"rlimits": {"nofile": [5, 1001], "core": 0}}, "rlimit nofile"),
    ({"rlimits": {"nofile": 100, "core": 1}}, "rlimit core"),
    ({"rlimits": {"core": 0}}, "rlimit nofile"),
    ({"timeout_ms": None}, "timeout"),
    ({"timeout_ms": 5000}, None),
    ({"timeout_ms": 5001}, "timeout"),
    ({"timeout_ms": 4000, "kill_grace_ms": 6001}, "timeout"),
    ({"capabilities": ["net_bind_service"]}, None),
    ({"capabilities": ["net_bind_service", "chown"]}, "capabilities"),
    ({"extra_fds": [{"fd": 3, "type": "file", "path": "/dev/null",
                     "mode": "read"}]}, None),
    ({"extra_fds": [{"fd": fd, "type": "file", "path": "/dev/null",
                     "mode": "read"} for fd in (3, 9)]}, "extra_fds"),
    ({"handshake": {"protocol": "caisson"},
      "env": {"PATH": "/bin"}}, "env CAISSON_EXEC_VERSION,extra_fds"),
]


def with_groups(change):
    """The groups of builder, unless others are asked for."""
    change = dict(change)
    groups = change.pop("groups", None)
    if groups is not None:
        builder = town.USERS["builder"]
        change["credentials"] = {
            "uid": builder.uid, "gid": builder.gid,
            "groups": [town.GROUPS[name] for name in groups]}
    return change


@case("why and the launcher agree on every row of a table")
def agree():
    directory = town.ROOT + "/other" + os.path.dirname(program("sh"))
    os.makedirs(directory)
    town.install(program("sh"), directory=directory)
    town.grant("# one rule, further down\n" + rule(*programs("sh", "id"),
                                                    *GRANTS))
    for change, field in TABLE:
        asked = spec(**with_groups(change))
        said, done = why(asked), run(asked)
        denied = "denied" in done.stderr
        equal(said["permitted"], not denied, (change, said, done.stderr))
        equal(said["permitted"], field is None, (change, said))
        if field == "whom":
            assert "line" not in said
            equal(said["fields"], [])
            assert said["message"] in done.stderr, (said, done.stderr)
            continue
        equal((said["file"], said["line"]), (town.GRANTS, 2))
        too_much = [f["field"] for f in said["fields"] if f["exceeds"]]
        equal(too_much, field.split(",") if field else [],
              (change, said["fields"]))
        if field is None:
            assert done.returncode in (0, 3), (change, done)
        else:
            equal(done.returncode, 125)
            equal(done.stderr, "caisson: run: grant: %s\n" % said["message"])


@case("a script has to be granted as one, and detaching, too")
def scripts():
    script = town.install("/bin/true", "script")
    with open(script, "w") as f:
        f.write("#!/bin/sh\nid -un\n")
    asked = {"version": 1, "path": script, "env": {},
             "credentials": {"user": "builder"}, "stdio": {"stdin": "null"}}
    for scripts in ("", " scripts"):
        town.grant(rule("program %s%s" % (script, scripts), "terminal"))
        said, done = why(asked), run(asked)
        equal(said["permitted"], bool(scripts))
        equal(done.returncode == 0, bool(scripts), done)
        equal(done.stdout, "builder\n" if scripts else "")
    matches(said["message"], "^permitted by the rule of .*:1$")
    for detach in ((), ("detach",), ("detach", "launches 2")):
        town.grant(rule("program %s scripts" % script, "terminal", *detach))
        said = why(asked, "--detach")
        done = run(asked, "--detach")
        equal(said["permitted"], detach == ("detach",), said)
        equal(done.returncode == 0, said["permitted"], done)


@case("every field's ceiling is said, in words as in JSON")
def ceilings():
    town.grant(rule(*programs("sh"), *GRANTS))
    fields = {f["field"]: (f["asked"], f["allowed"], f["exceeds"])
              for f in why(spec(timeout_ms=60000))["fields"]}
    for name, value in {
            "timeout": ("65s", "10s", True),
            "rlimit nofile": ("100", "1000", False),
            "rlimit core": ("0", "0", False), "nice": ("10", "5", False),
            "extra_fds": ("0", "1", False),
            "capabilities": ("none", "net_bind_service", False),
            "seccomp": ("a filter", "a filter", False),
            "launches": ("one more", "3", False)}.items():
        equal((name, fields.get(name)), (name, value))
    done = grants("why", "--quiet", "-", stdin=None,
                  input=json.dumps(spec(timeout_ms=60000)))
    equal(done.returncode, 1)
    lines = done.stdout.splitlines()
    equal(lines[0], "denied by the rule of /etc/caisson/grants:1: timeout: at "
          "most 10s, asked for 65s")
    assert "  exceeds  timeout: asked for 65s, allowed: 10s" in lines, lines
    assert "  within   rlimit nofile: asked for 100, allowed: 1000" in lines
    assert "  within   env PATH, allowed: this" in lines, lines


@case("the first rule that fits decides, in why as in the launcher")
def first_rule():
    town.grant("permit user agent as user builder {\n\tprogram %s\n"
               "\ttimeout 1h\n\tterminal\n%s}\n" % (program("sh"), ENV) +
               rule("program /usr/bin/", "terminal"))
    asked = spec(rlimits=None, process=None, timeout_ms=None)
    said, done = why(asked), run(asked)
    equal((said["permitted"], said["line"]), (False, 1))
    equal(done.stderr, "caisson: run: grant: %s\n" % said["message"])
    asked = dict(asked, path=program("id"), argv=["id"])
    said, done = why(asked), run(asked)
    equal((said["permitted"], done.returncode), (True, 0), done)
    assert said["line"] > 10


@case("nothing is started, and no file is made")
def nothing():
    town.grant(rule(*programs("sh", "touch"), "terminal"))
    made = town.USERS["agent"].home + "/made"
    for stdout in ({"file": made, "mode": "write"}, "null"):
        said = why({"version": 1, "path": "/bin/sh",
                    "argv": ["sh", "-c", "touch " + made],
                    "credentials": {"user": "builder"},
                    "stdio": {"stdout": stdout}})
        equal(said["permitted"], True)
        assert not os.path.exists(made)


@case("what run would do, why says of what run prints")
def printed():
    town.grant(rule(*programs("make"), "terminal"))
    for name, status in (("make", 0), ("id", 1)):
        text = caisson("run", "--print-spec", "--user", "builder", "--",
                       name).stdout
        done = grants("why", "-", stdin=None, input=text)
        equal(done.returncode, status, done)
        equal(caisson("run", "--user", "builder", "--", name,
                      "--version").returncode, 125 if status else 0)


@case("a spec that is wrong, or no launch, is an error and no answer")
def errors():
    town.grant(rule(*programs("sh")))
    for text, said in (("{", "syntax|ends too early"),
                       ('{"version": 1}', "/path"),
                       ('{"version":1,"path":"/no/such"}', "no/such"),
                       ('{"version":1,"path":"/bin/sh","credentials":'
                        '{"user":"nobody-of-that-name"}}',
                        "nobody-of-that-name"),
                       ('{"version":1,"path":"/bin/sh","process":'
                        '{"ptrace":true}}', "traced")):
        done = grants("why", "-q", "-", stdin=None, input=text)
        equal((done.returncode, done.stdout), (125, ""), text)
        matches(done.stderr, said)
    done = grants("why", "/no/such/file")
    equal(done.returncode, 125)
    matches(grants("why").stderr, "needs SPEC")


@case("list and why warn when the text is newer than what was applied")
def newer():
    town.grant(rule(*programs("sh"), "terminal"))
    asked = json.dumps(spec(rlimits=None, process=None, timeout_ms=None))
    for args in (("list",), ("why", "-")):
        done = grants(*args, stdin=None, input=asked)
        equal(done.returncode, 0, done)
        assert "newer" not in done.stderr, done
    later = time.time() + 5
    os.utime(town.GRANTS, (later, later))
    for args in (("list",), ("why", "-")):
        done = grants(*args, stdin=None, input=asked)
        equal(done.returncode, 0)
        matches(done.stderr, "warning: .*grants is newer than what was applied")
    os.unlink(town.APPLIED)
    for args in (("list",), ("why", "-")):
        matches(grants(*args, stdin=None, input=asked).stderr,
                "warning: nothing was applied")


@case("list shows what I may do, and nothing else")
def listed():
    town.grant(rule(*programs("sh")) +
               rule(*programs("id"), who="user third"))
    done = grants("list")
    matches(done.stdout, "program %s\n" % program("sh"))
    assert program("id") not in done.stdout
    done = grants("list", user="third")
    matches(done.stdout, "program %s\n" % program("id"))
    assert program("sh") not in done.stdout


@case("root is told that it needs no grant")
def root():
    town.grant(rule(*programs("sh")))
    done = grants("why", "-", user="root", stdin=None, input=json.dumps(
        spec()))
    equal(done.returncode, 1)
    matches(done.stderr, "remark: root .* needs no grant")


main()
