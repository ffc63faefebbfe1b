# SPDX-License-Identifier: Apache-2.0
"""caisson run: options override the spec, also where the two contradict each
other; and other corners of the command line."""

import json
import os
import subprocess
import sys

from cli_support import (CAISSON, Scratch, Shell, case, equal, main, matches,
                         need_root, run)

ENV = {k: v for k, v in os.environ.items()
       if not k.startswith("SUDO_") and k not in ("DOAS_USER", "PKEXEC_UID")}
SUDO = dict(ENV, SUDO_UID="65534", SUDO_GID="65534")
IDS = ["/bin/sh", "-c", "id -u"]
PLACE = [sys.executable, "-c", "import os; print(os.getpgrp() == os.getpid(), "
         "os.getsid(0) == os.getpid(), os.getpgrp() == %d)" % os.getpgrp()]


def with_spec(spec, *args, env=None):
    """What it prints; a spec that asks for more than the argv."""
    text = json.dumps(dict({"version": 1, "path": spec["argv"][0]}, **spec))
    done = run("run", "--spec", "-", *args, stdin=None, input=text,
               env=env or ENV)
    equal(done.returncode, 0, (args, done.stderr))
    return done.stdout.strip()


@case("an identity on the command line replaces that of the spec")
def identity():
    need_root()
    ids = {"argv": IDS, "credentials": {"uid": 54321, "gid": 54321}}
    user = {"argv": IDS, "credentials": {"user": "daemon"}}
    drop = {"argv": IDS, "drop_sudo_credentials": "require"}
    equal(with_spec(ids), "54321")
    for spec in (ids, user):
        equal(with_spec(spec, "--drop-sudo", env=SUDO), "65534")
        equal(with_spec(spec, "--drop-sudo=if-set", env=SUDO), "65534")
        equal(with_spec(spec, "--user", "54399:54399"), "54399")
    equal(with_spec(drop, env=SUDO), "65534")
    equal(with_spec(drop, "--user", "daemon", env=SUDO), "1")
    equal(with_spec(drop, "--user", "54399:54399"), "54399")
    equal(with_spec(dict(drop, drop_sudo_credentials="if-set"), "--user",
                    "54399:54399", env=SUDO), "54399")


@case("--user and --drop-sudo exclude each other")
def both():
    for args in (["--user", "nobody", "--drop-sudo"],
                 ["--drop-sudo=if-set", "--user", "1:1"]):
        done = run("run", *args, "echo", "ran")
        equal((done.returncode, done.stdout), (125, ""))
        matches(done.stderr, "--user and --drop-sudo exclude each other")


@case("a session on the command line replaces group and foreground")
def session():
    for process in ({"group": "inherit"}, {"group": os.getpgrp()},
                    {"foreground": True}, {"session": "new"}, {}):
        equal(with_spec({"argv": PLACE, "process": process},
                        "--new-session"), "True True False", process)
    equal(with_spec({"argv": PLACE, "process": {"group": "inherit"}}),
          "False False True")
    for process in ({"foreground": True}, {"tty": "inherit"}):
        equal(with_spec({"argv": PLACE, "process": process}, "--tty",
                        "detach")[:4], "True", process)


@case("--replace stays in the group unless somebody asks for another one")
def replace():
    spec = {"argv": PLACE}
    equal(with_spec(spec, "--replace"), "False False True")
    equal(with_spec(spec, "--replace", "--new-session"), "True True False")
    for process, want in (({"session": "new"}, "True True False"),
                          ({"group": "new"}, "True False False"),
                          ({"group": "inherit"}, "False False True")):
        equal(with_spec(dict(spec, process=process), "--replace"), want,
              process)


@case("a timeout of 0 is none, over that of a spec as well")
def no_timeout():
    slow = {"argv": ["/bin/sh", "-c", "sleep 0.4; echo done"],
            "timeout_ms": 100}
    equal(with_spec(slow, "--timeout", "0"), "done")
    equal(with_spec(slow, "--replace", "--timeout", "0"), "done")
    done = run("run", "--replace", "--timeout", "1s", "echo", "ran")
    equal((done.returncode, done.stdout), (125, ""))


@case("a variable without a name is refused")
def no_name():
    for value in ("", "=", "=x"):
        done = run("run", "--env", value, "echo", "ran")
        equal((done.returncode, done.stdout), (125, ""), value)
    done = run("check", "--env", "", "true")
    equal(done.returncode, 125)
    matches(done.stderr, "--env : must be NAME")


@case("what is printed to a closed standard output is lost, and an error")
def closed_output():
    for words in ("run --print-spec true", "run --help", "check true",
                  "check --json true", "--help", "--version"):
        done = subprocess.run(["sh", "-c", '"$0" %s >&-' % words, CAISSON],
                              stderr=subprocess.PIPE, text=True)
        equal(done.returncode, 125, words)
        matches(done.stderr, "standard output: Bad file descriptor\n$")
    # A program that is run has nothing to do with it.
    done = subprocess.run(["sh", "-c", '"$0" run echo lost >&-', CAISSON],
                          stderr=subprocess.PIPE, text=True)
    equal((done.returncode, done.stderr), (0, ""))


@case("an error is answered in JSON where --json was read")
def json_errors():
    for args in (["--json", "--bogus"], ["--json", "--drop-sudo=x", "true"],
                 ["--drop-sudo=x", "--json", "true"]):
        done = run("check", *args)
        equal((done.returncode, done.stderr), (125, ""), args)
        equal(json.loads(done.stdout)["code"], "usage")


@case("the last --stdin and --tty count, for the terminal as well")
def last_counts():
    def foreground(*args):
        with Shell(["/bin/sh", "-i"]) as sh:
            sh.send("%s run --print-spec %s -- true | tr -d '\\n'; echo; "
                    "echo en''d\n" % (CAISSON, " ".join(args)))
            text = sh.expect(r"(\{.*\})\s+end\r\n").group(1)
        return json.loads(text).get("process", {}).get("foreground", False)

    equal(foreground(), True)
    equal(foreground("--stdin", "null"), False)
    equal(foreground("--tty", "detach"), False)
    equal(foreground("--new-session"), False)
    equal(foreground("--stdin", "null", "--stdin", "inherit"), True)
    equal(foreground("--tty", "detach", "--tty", "inherit"), True)


@case("an error about a descriptor names the option")
def descriptor_errors():
    for option, value in (("--stdin", "fd:x"), ("--stdout", "file:"),
                          ("--stderr", "fd:-1"), ("--fd", "3=inherit:x"),
                          ("--fd", "3=file:read:")):
        done = run("run", option, value, "true")
        equal(done.returncode, 125)
        matches(done.stderr, option)
    matches(run("run", "--stdin", "x", "true").stderr, "read-write:PATH")


@case("a program with a slash at its end is no file")
def slash():
    with Scratch() as d:
        os.mkdir(os.path.join(d, "dir"))
        for name, status in (("./dir/", 126), ("dir/", 126), ("none/", 127),
                             ("/bin/sh/", 126)):
            done = run("run", name, cwd=d)
            equal(done.returncode, status, name)
            matches(done.stderr, "^caisson: run: program: " + name)


@case("names are looked up from the caller's directory, whatever --chdir says")
def lookup():
    with Scratch() as d:
        os.mkdir(os.path.join(d, "sub"))
        for where in (d, os.path.join(d, "sub")):
            with open(os.path.join(where, "tool"), "w") as f:
                f.write("#!/bin/sh\necho %s; pwd\n" % os.path.basename(where))
            os.chmod(os.path.join(where, "tool"), 0o755)
        done = run("run", "-C", "sub", "--stdout", "file:out", "./tool",
                   cwd=d)
        equal(done.returncode, 0, done.stderr)
        with open(os.path.join(d, "out")) as f:
            equal(f.read(), "%s\n%s/sub\n" % (os.path.basename(d), d))


if __name__ == "__main__":
    main()
