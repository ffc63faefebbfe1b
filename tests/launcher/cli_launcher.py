# SPDX-License-Identifier: Apache-2.0
"""caisson run for an ordinary user with a grant: as with the other engines."""

import os
import re
import signal
import subprocess

import town
from cli_town import (LAUNCHER, Terminal, as_builder, caisson, case, equal,
                      events_of, main, marker, matches, need, processes,
                      program, programs, rule, until)

MAKEFILE = """\
all:
\t@echo made by `id -un` in `id -gn`
fail:
\t@exit 1
interrupted:
\t@echo begun; sleep $(SECONDS)
"""


def project():
    """A directory with a Makefile, which everybody may read."""
    path = town.USERS["agent"].home + "/project"
    os.makedirs(path, exist_ok=True)
    with open(path + "/Makefile", "w") as f:
        f.write(MAKEFILE)
    return path


def grant_all(*more):
    town.grant(rule(*programs("make", "sh", "sleep", "cat", "id"), "terminal",
                    *more))


@case("make runs as builder")
def make_runs():
    town.grant(rule(*programs("make")))
    done = as_builder("-C", project(), "--", "make")
    equal((done.returncode, done.stdout, done.stderr),
          (0, "made by builder in builder\n", ""))


@case("a make that fails has its exit status")
def make_fails():
    town.grant(rule(*programs("make")))
    done = as_builder("-C", project(), "--", "make", "fail")
    equal(done.returncode, 2)
    matches(done.stderr, r"^make: \*\*\* .*fail")


@case("the launcher is found where it is installed, and chosen by itself")
def installed():
    said = town.run([town.CAISSON, "session", "--launcher-always"]).stderr
    path = re.search(r"(/\S+/caisson-launcher)", said).group(1)
    place = os.path.dirname(path)
    while not os.path.isdir(place):
        place = os.path.dirname(place)
    need(place not in ("/", "/usr"), "nothing can be mounted above " + path)
    town.mount("town", place, "tmpfs", data="mode=755")
    try:
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        town.install_launcher(town.LAUNCHER, path)
        town.grant(rule(*programs("make")))
        done = town.run([town.CAISSON, "run", "--user", "builder", "-C",
                         project(), "--", "make"])
        equal((done.returncode, done.stdout),
              (0, "made by builder in builder\n"))
    finally:
        town.checked(town.libc.umount2(place.encode(), 2), "umount")


@case("the ends of programs are told as ever")
def ends():
    idle = town.install("/bin/true", "idle")
    grant_all("timeout 1h", "program " + idle)
    os.chmod(idle, 0o644)
    for args, status, said in (
            (["sh", "-c", "exit 7"], 7, "^$"),
            (["sh", "-c", "kill -9 $$"], 137, "killed by SIGKILL"),
            (["--timeout", "100ms", "sleep", "1000"], 124, "timed out"),
            (["/no/such/program"], 127, "/no/such/program"),
            ([idle], 126, "idle")):
        if "--timeout" not in args:
            args = ["--timeout", "10m"] + args
        done = as_builder(*args)
        equal(done.returncode, status, (args, done.stderr))
        matches(done.stderr, said)


@case("pipes go through")
def pipes():
    grant_all()
    done = as_builder("--", "sh", "-c", "cat; echo err >&2", stdin=None,
                      input="a" * 200000 + "\n")
    equal((done.stdout, done.stderr), ("a" * 200000 + "\n", "err\n"))


@case("events name the engine and the grant")
def events():
    grant_all()
    events, done = events_of("--user", "builder", "--", "sh", "-c", "exit 3")
    equal((done.returncode, [e["event"] for e in events]),
          (3, ["started", "exited"]), done.stderr)
    started, exited = events
    equal((started["engine"], started["grant"]),
          ("launcher", town.GRANTS + ":1"))
    builder = town.USERS["builder"]
    applied = started["applied"]
    equal(applied["uid"], [builder.uid] * 4)
    equal(applied["gid"], [builder.gid] * 4)
    equal(applied["groups"], builder.groups)
    for name in ("inheritable", "permitted", "effective", "bounding",
                 "ambient"):
        equal(applied["capabilities"][name], "0" * 16, name)
    equal(applied["no_new_privs"], True)
    equal((exited["how"], exited["value"], exited["pid"]),
          ("exited", 3, started["pid"]))
    assert exited["max_rss_kib"] > 0
    equal((exited["left_over"], exited["survivors"]), (0, 0))


@case("what is denied is said with its rule and field, and nothing has run")
def denied():
    grant_all("rlimit nofile 100", "timeout 10s")
    for args, said, by_rule in (
            (["--user", "third"], "no rule for the caller is for uid", False),
            (["--user", "builder", "--env", "OTHER=1"], "env: not OTHER",
             True),
            (["--user", "builder", "--rlimit", "nofile=101", "--timeout",
              "5s"],
             "rlimit nofile: at most 100, asked for 101", True),
            (["--user", "builder", "--rlimit", "nofile=100"],
             "timeout: at most 10s, asked for none", True),
            (["--user", "builder", "--rlimit", "nofile=100", "--timeout", "9s"],
             "timeout: at most 10s, asked for 14s", True),
            (["--user", "builder", "--rlimit", "nofile=100", "--timeout", "5s",
              "--cap-add", "chown"], "capabilities: none allowed", True)):
        events, done = events_of(*args, "--", "sh", "-c", "echo has run")
        equal((done.returncode, done.stdout), (125, ""), args)
        matches(done.stderr, "^caisson: run: grant: denied.*" + said)
        equal(len(events), 1)
        equal((events[0]["event"], events[0]["code"], events[0]["stage"],
               events[0].get("grant")),
              ("error", "denied", "grant",
               town.GRANTS + ":1" if by_rule else None))
        equal(done.stderr, "caisson: run: %s\n" % events[0]["message"])


@case("a grant that is taken back holds no more")
def revoked():
    grant_all()
    equal(as_builder("--", "id").returncode, 0)
    town.grant("")
    done = as_builder("--", "id")
    equal(done.returncode, 125)
    matches(done.stderr, "denied: no rule is for the caller")


@case("who may not execute the launcher is told what is missing")
def not_in_group():
    town.grant(rule(*programs("id"), who="user third"))
    done = caisson("run", "--user", "builder", "--", "id", user="third")
    equal(done.returncode, 125)
    matches(done.stderr, "be in the group of caisson-launcher")


@case("check says that it would be the launcher, and grants nothing")
def check():
    town.grant("")
    done = caisson("check", "--user", "builder", "--", "id")
    equal((done.returncode, done.stdout), (0, "OK: engine launcher\n"))


@case("nothing is left of a program's tree")
def tree():
    grant_all()
    marks = [marker() for _ in range(2)]
    done = as_builder("--", "sh", "-c", "sleep %s & setsid sleep %s & "
                      "sleep 0.2" % tuple(marks))
    equal(done.returncode, 0, done.stderr)
    equal([processes(m) for m in marks], [[], []])


@case("signals to caisson reach the program")
def forwarded():
    grant_all()
    for signo, status in ((signal.SIGTERM, 3), (signal.SIGUSR1, 4)):
        process = subprocess.Popen(
            [town.CAISSON, "run", *LAUNCHER, "--user", "builder", "--", "sh",
             "-c", "trap 'exit 3' TERM; trap 'exit 4' USR1; echo begun; "
             "while :; do sleep 0.1; done"], stdout=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin"}, text=True,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: town.become("agent"))
        with process:
            equal(process.stdout.readline(), "begun\n")
            process.send_signal(signo)
            equal(process.wait(20), status)


@case("when caisson is killed, the program is")
def killed():
    grant_all()
    mark = marker()
    process = subprocess.Popen(
        [town.CAISSON, "run", *LAUNCHER, "--user", "builder", "--", "sh", "-c",
         "setsid sleep %s & exec sleep %s" % (mark, mark)],
        env={"PATH": "/usr/bin:/bin"},
        preexec_fn=lambda: town.become("agent"))
    with process:
        until(lambda: len(processes(mark)) == 2, "they run")
        process.kill()
        process.wait()
        until(lambda: not processes(mark), "they are gone")


@case("Ctrl-C at a terminal ends make, and the shell sees it")
def interrupt():
    grant_all()
    mark = marker()
    with Terminal([town.CAISSON, "run", *LAUNCHER, "--user", "builder", "-C",
                   project(), "--", "make", "interrupted",
                   "SECONDS=" + mark]) as t:
        t.expect("begun")
        until(lambda: processes(mark), "it runs")
        t.send("\3")
        # make ends with its own status, or by the signal; never with success
        assert t.status() in (2, 130, -signal.SIGINT)
        until(lambda: not processes(mark), "nothing is left")


@case("Ctrl-C on a program without a handler is our end, too")
def interrupt_plain():
    grant_all()
    mark = marker()
    with Terminal([town.CAISSON, "run", *LAUNCHER, "--user", "builder", "--",
                   "sh", "-c", "echo begun; exec sleep " + mark]) as t:
        t.expect("begun")
        t.send("\3")
        equal(t.status(), -signal.SIGINT)
        equal(processes(mark), [])


@case("Ctrl-Z stops the job, and fg goes on with it")
def stop():
    grant_all()
    with Terminal(["/bin/bash", "--norc", "-i"]) as t:
        t.send("stty -echo; echo re''ady\n")
        t.expect(r"ready\r\n")
        t.send("%s run %s --user builder -- sh -c 'echo be''gun; read x; "
               "echo got $x'; echo end''ed\n" % (town.CAISSON,
                                                " ".join(LAUNCHER)))
        t.expect(r"begun\r\n")
        t.send("\x1a")
        t.expect("Stopped")
        t.send("fg\n")
        t.expect("caisson run")
        t.send("word\n")
        t.expect(r"got word\r\n")
        t.send("exit\n")


@case("a terminal has to be granted")
def terminal():
    town.grant(rule(*programs("id")))
    with Terminal([town.CAISSON, "run", *LAUNCHER, "--user", "builder", "--",
                   "id"]) as t:
        t.expect("terminal is not granted")
        equal(t.status(), 125)
    with Terminal([town.CAISSON, "run", *LAUNCHER, "--user", "builder",
                   "--new-session", "--", "id"]) as t:
        t.expect(r"\(builder\)")
        equal(t.status(), 0)


@case("a handshake goes through the launcher")
def handshake():
    grant_all("extra_fds 2", "env CAISSON_EXEC_VERSION")
    events, done = events_of(
        "--user", "builder", "--handshake", "caisson", "--", "sh", "-c",
        "printf 'ready::%d\\377' $$ >&4; exit 0")
    equal((done.returncode, [e["event"] for e in events]),
          (0, ["started", "ready", "exited"]), done.stderr)
    events, done = events_of(
        "--user", "builder", "--handshake", "caisson", "--", "sh", "-c",
        "printf 'failed::no' >&4; exit 1")
    equal((done.returncode, [e["event"] for e in events]),
          (125, ["started", "failed", "exited"]), done.stderr)


@case("a detached program outlives caisson and the launcher, if it is granted")
def detach():
    mark = marker()
    grant_all()
    done = as_builder("--detach", "--", "sleep", mark)
    equal(done.returncode, 125)
    matches(done.stderr, "detach is not granted")
    grant_all("detach")
    events, done = events_of("--user", "builder", "--detach", "--stdout",
                             "null", "--stderr", "null", "--", "sleep", mark)
    equal((done.returncode, [e["event"] for e in events]),
          (0, ["started", "detached"]), done.stderr)
    left = processes(mark)
    equal(left, [events[0]["pid"]])
    equal(os.stat("/proc/%d" % left[0]).st_uid, town.USERS["builder"].uid)
    os.kill(left[0], signal.SIGKILL)


@case("--replace and --log-denials are not for the launcher")
def not_for_launcher():
    grant_all()
    for option in ("--log-denials", "--replace"):
        done = as_builder(option, "--", "id")
        equal((done.returncode, done.stdout), (125, ""), option)
        matches(done.stderr, "changing the uid needs cap_setuid")


@case("--launcher must be an absolute path to a launcher with privilege")
def launcher_option():
    grant_all()
    plain = town.install(town.LAUNCHER, "plain-launcher")
    for path, said in (("launcher", "absolute path"),
                       (plain, "no privilege|not set-user-ID|setuid"),
                       (program("true"), "launcher")):
        done = town.run([town.CAISSON, "run", "--launcher", path, "--user",
                         "builder", "--", "id"])
        equal((done.returncode, done.stdout), (125, ""), path)
        matches(done.stderr, said)


main()
