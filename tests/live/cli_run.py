# SPDX-License-Identifier: Apache-2.0
"""caisson run: statuses, messages, environment, place, and who it finds."""

import json
import os
import signal
import subprocess
import sys

from cli_support import (CAISSON, Scratch, case, equal, main, matches, need,
                         need_root, run)


@case("the program's exit status is passed on, every one")
def statuses():
    for status in range(256):
        equal(run("run", "sh", "-c", "exit %d" % status).returncode, status)


@case("a signal becomes 128 and its number, and is named on standard error")
def signals():
    for sig in (signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1,
                signal.SIGSEGV, signal.SIGHUP):
        done = run("run", "--rlimit", "core=0", "sh", "-c",
                   "kill -%d $$" % sig)
        equal(done.returncode, 128 + sig)
        matches(done.stderr, "^caisson: run: the program was killed by %s"
                % sig.name)


@case("--quiet keeps silent about the end, and an ordinary end says nothing")
def quiet():
    equal(run("run", "--quiet", "sh", "-c", "kill -9 $$").stderr, "")
    equal(run("run", "-q", "sh", "-c", "kill -9 $$").returncode, 137)
    equal(run("run", "false").stderr, "")


@case("a reader that has seen enough is no event")
def sigpipe():
    done = subprocess.run(
        ["sh", "-c", '"$0" run yes | head -n 1', CAISSON],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    equal((done.stdout, done.stderr), ("y\n", ""))


@case("127: no such program; 126: not executable; 125: caisson's own failure")
def own_statuses():
    with Scratch() as d:
        plain = os.path.join(d, "plain")
        open(plain, "w").close()
        for args, status in ((["no-such-program-here"], 127),
                             (["/no/such/program"], 127),
                             ([plain], 126),
                             ([d], 126),
                             (["--umask", "9", "true"], 125),
                             (["--no-such-option", "true"], 125),
                             (["--user", "no-such-user-here", "true"], 125),
                             ([], 125)):
            done = run("run", *args)
            equal(done.returncode, status, args)
            matches(done.stderr, r"^caisson: run: [^\n]+\n$")


@case("a slip in a verb or an option is answered with what was meant")
def suggestions():
    matches(run("rnu").stderr, "did you mean run\\?")
    matches(run("--versoin").stderr, "did you mean --version\\?")
    matches(run("run", "--timout", "1s", "true").stderr,
            "did you mean --timeout\\?")
    matches(run("run", "--xyzzy", "true").stderr, "see --help")
    for args in (["rnu"], ["--versoin"], [], ["run", "--timout"]):
        equal(run(*args).returncode, 125)


@case("--help and --version go to standard output")
def helps():
    for args, text in ((["--help"], "usage: caisson VERB"),
                       (["run", "--help"], "usage: caisson run"),
                       (["check", "-h"], "usage: caisson check"),
                       (["--version"], r"^caisson \d+\.\d+\.\d+ ")):
        done = run(*args)
        equal((done.returncode, done.stderr), (0, ""))
        matches(done.stdout, text)


@case("output that cannot be written is a failure")
def full():
    with open("/dev/full", "w") as f:
        done = subprocess.run([CAISSON, "--version"], stdout=f,
                              stderr=subprocess.PIPE, text=True)
    equal(done.returncode, 125)
    matches(done.stderr, "No space left")


@case("values that are not wholly understood are refused")
def values():
    for option, value in (
            ("--umask", "8"), ("--umask", "01000"), ("--umask", "-1"),
            ("--umask", ""), ("--timeout", "10 s"), ("--timeout", "1y"),
            ("--timeout", "-1"), ("--timeout", "1e3"), ("--timeout", "."),
            ("--timeout", "99999999999999999999s"), ("--kill-after", "soon"),
            ("--nice", "low"), ("--nice", "1.5"), ("--nice", "99"),
            ("--oom-score-adj", "2000"), ("--rlimit", "nofile"),
            ("--rlimit", "nofile=1:2:3"), ("--rlimit", "nofile=many"),
            ("--rlimit", "nosuch=1"), ("--rlimit", "nofile=2:1"),
            ("--rlimit", "nofile=18446744073709551615"),
            ("--fd", "3"), ("--fd", "2=pipe:to"), ("--fd", "03=pipe:to"),
            ("--fd", "x=pipe:to"), ("--fd", "3=pipe"), ("--fd", "3=file:/x"),
            ("--fd", "3=file:read:"), ("--fd", "2000=file:read:/dev/null"),
            ("--stdin", "stdout"), ("--stdout", "nul"), ("--stdin", "fd:-1"),
            ("--stdin", "file:"), ("--tty", "raw"), ("--pdeathsig", "SIGNOT"),
            ("--pdeathsig", "0"), ("--drop-sudo=maybe", None),
            ("--user", "1000"), ("--user", "root:0"), ("--user", "0:root"),
            ("--user", ":"), ("--user", ""), ("--user", "1:"),
            ("--user", "4294967295:1"), ("--user", "01:1"),
            ("--events-fd", "2"), ("--events-fd", "999"),
            ("--fd-socket", "1"), ("--fd-socket", "999"),
            ("--seccomp", "no-such-profile"), ("--cap-add", "CAP_NOTHING"),
            ("--chdir", "/no/such/directory"), ("--env", "=x"),
            ("--quiet=yes", None), ("--spec", "/no/such/file")):
        done = run("run", *[w for w in (option, value) if w is not None],
                   "--", "echo", "ran")
        equal((done.returncode, done.stdout), (125, ""), (option, value))
        matches(done.stderr, r"^caisson: run: [^\n]+\n$", (option, value))


@case("the environment is a person's, and nothing else")
def environment():
    env = {"PATH": os.environ["PATH"], "HOME": "/h", "USER": "u",
           "LOGNAME": "l", "SHELL": "/s", "TERM": "t", "LANG": "C",
           "LC_ALL": "C", "LC_TIME": "C", "TZ": "UTC", "SUDO_UID": "1",
           "SECRET": "no", "LD_PRELOAD": "", "LCX": "no"}
    got = run("run", "env", env=env).stdout.splitlines()
    want = ["%s=%s" % (k, v) for k, v in env.items()
            if k not in ("SUDO_UID", "SECRET", "LD_PRELOAD", "LCX")]
    equal(sorted(got), sorted(want))
    got = run("run", "--env", "SECRET", "--env", "A=b=c", "--env", "NOT_SET",
              "--env", "HOME=", "env", env=env).stdout.splitlines()
    assert "SECRET=no" in got and "A=b=c" in got and "HOME=" in got, got
    assert not [v for v in got if v.startswith("NOT_SET")], got
    got = run("run", "--env", "A=1", "--clear-env", "/usr/bin/env", env=env)
    equal(got.stdout, "A=1\n")


@case("as another user HOME and its like are that user's")
def target_environment():
    need_root()
    env = dict(os.environ, HOME="/wrong", USER="wrong", LOGNAME="wrong",
               SHELL="/wrong")
    for option in (["--user", "nobody"], ["--user", "65534:65534"]):
        done = run("run", *option, "-C", "/", "env", env=env)
        equal(done.returncode, 0, done.stderr)
        assert "USER=nobody" in done.stdout.splitlines(), done.stdout
        assert "wrong" not in done.stdout, done.stdout
    done = run("run", "--user", "54321:54321", "-C", "/", "env", env=env)
    assert "HOME=" not in done.stdout, done.stdout
    done = run("run", "--drop-sudo", "-C", "/", "env",
               env=dict(env, SUDO_UID="65534", SUDO_GID="65534"))
    assert "LOGNAME=nobody" in done.stdout.splitlines(), done.stdout


@case("numbers as a user mean exactly these ids and no other groups")
def numbers():
    need_root()
    done = run("run", "--user", "54321:54322", "-C", "/", "sh", "-c",
               "id -u; id -g; id -G")
    equal(done.stdout, "54321\n54322\n54322\n")
    done = run("run", "--user", "65534", "true")
    equal(done.returncode, 125)
    matches(done.stderr, "--user 65534:65534")


@case("--drop-sudo becomes the caller behind sudo, or fails; =if-set may stay")
def drop_sudo():
    need_root()
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("SUDO_") and k not in ("DOAS_USER",
                                                      "PKEXEC_UID")}
    sudo = dict(env, SUDO_UID="65534", SUDO_GID="65534")
    done = run("run", "--drop-sudo", "-C", "/", "id", "-u", env=sudo)
    equal(done.stdout, "65534\n", done.stderr)
    equal(run("run", "--drop-sudo", "-C", "/", "true", env=env).returncode,
          125)
    done = run("run", "--drop-sudo=if-set", "-C", "/", "id", "-u", env=env)
    equal(done.stdout, "0\n", done.stderr)


@case("the program is the first executable of that name in PATH")
def path_lookup():
    with Scratch() as d:
        for n, mode in (("a", 0o644), ("b", 0o755), ("c", 0o755)):
            os.mkdir(os.path.join(d, n))
            tool = os.path.join(d, n, "tool")
            with open(tool, "w") as f:
                f.write("#!/bin/sh\necho %s\n" % n)
            os.chmod(tool, mode)
        os.mkdir(os.path.join(d, "dir"))
        os.mkdir(os.path.join(d, "dir", "tool"))

        def found(path, **more):
            return run("run", "tool", env={"PATH": path}, **more)

        dirs = {n: os.path.join(d, n) for n in ("a", "b", "c", "dir", "none")}
        equal(found("{none}:{dir}:{a}:{b}:{c}".format(**dirs)).stdout, "b\n")
        equal(found("{c}:{b}".format(**dirs)).stdout, "c\n")
        equal(found("{a}:{dir}".format(**dirs)).returncode, 126)
        equal(found("{none}:{dir}".format(**dirs)).returncode, 127)
        # An empty component is the working directory, as in a shell.
        equal(found(":" + dirs["c"], cwd=dirs["b"]).stdout, "b\n")
        done = run("run", "./b/tool", cwd=d)
        equal(done.stdout, "b\n", done.stderr)
        done = run("run", "../c/tool", cwd=dirs["b"])
        equal(done.stdout, "c\n", done.stderr)


@case("argv[0] is the word that was given")
def argv0():
    done = run("run", "sh", "-c", "echo $0")
    equal(done.stdout, "sh\n")


@case("arguments, variables and the directory may be any bytes")
def bytes_pass():
    with Scratch() as d:
        odd = os.path.join(os.fsencode(d), b"a\xffb")
        os.mkdir(odd)
        done = run("run", "--env", b"X=\xfe", "--", "sh", "-c",
                   'printf %s "$1$X$(pwd)" | wc -c', "sh", b"\xff\xc0\n",
                   cwd=odd)
        equal((done.returncode, int(done.stdout)), (0, 4 + len(odd)),
              done.stderr)
        done = run("run", b"./no\xff\x1b[1m")
        equal(done.returncode, 127)
        assert done.stderr[:-1].isprintable(), done.stderr
        matches(done.stderr, r"no\\xff\\x1b\[1m")


@case("the working directory is the caller's, or --chdir by its real name")
def cwd():
    with Scratch() as d:
        os.mkdir(os.path.join(d, "real"))
        os.symlink("real", os.path.join(d, "link"))
        equal(run("run", "pwd", cwd=d).stdout, d + "\n")
        equal(run("run", "-C", "link", "pwd", "-P", cwd=d).stdout,
              d + "/real\n")
        equal(run("run", "-Creal", "pwd", "-P", cwd=d).stdout, d + "/real\n")


@case("a missing descriptor among 0 to 2 does not let another in")
def closed_stdio():
    script = '"$0" run sh -c "ls -l /proc/self/fd" %s'
    for redirect in ("<&-", "2>&-", "<&- 2>&-"):
        done = subprocess.run(["sh", "-c", script % redirect, CAISSON],
                              stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL)
        equal(done.returncode, 0)
        for line in done.stdout.splitlines()[1:]:
            matches(line, r"\d -> (/dev/null|pipe:|/proc/\d+/fd)")


@case("options override the spec, and a program on the command line its path")
def override():
    spec = {"version": 1, "path": "/bin/sh", "argv": ["sh", "-c", "umask"],
            "process": {"umask": "0077"}, "env": {"A": "spec", "B": "spec"}}

    def with_spec(*args):
        done = run("run", "--spec", "-", *args, stdin=None,
                   input=json.dumps(spec))
        equal(done.returncode, 0, done.stderr)
        return done.stdout

    equal(with_spec(), "0077\n")
    equal(with_spec("--umask", "0027"), "0027\n")
    equal(with_spec("--env", "A=option", "env"), "A=option\nB=spec\n")
    equal(with_spec("--clear-env", "--env", "C=1", "env"), "C=1\n")
    equal(with_spec("--", "pwd"), "/\n")


def launchable(text):
    """Print it, run what was printed: the same program."""
    done = run("run", "--spec", "-", stdin=None, input=text)
    equal(done.returncode, 0, done.stderr)
    return done.stdout


@case("--print-spec prints what would run, as a spec, and runs nothing")
def print_spec():
    with Scratch() as d:
        touched = os.path.join(d, "touched")
        done = run("run", "--print-spec", "--umask", "0027", "--env", "X=y",
                   "--rlimit", "nofile=64:128", "-C", d,
                   "sh", "-c", "touch %s; umask; ulimit -n; echo $X; pwd"
                   % touched)
        equal(done.returncode, 0, done.stderr)
        assert not os.path.exists(touched)
        equal(launchable(done.stdout), "0027\n64\ny\n%s\n" % d)
        assert os.path.exists(touched)


@case("a spec that is wrong is an error with its place")
def bad_spec():
    done = run("run", "--spec", "-", stdin=None, input='{"version": 1,,}')
    equal(done.returncode, 125)
    matches(done.stderr, r"1:15|line 1")
    done = run("run", "--spec", "-", stdin=None,
               input='{"version": 1, "path": "/bin/true", "nice": 3}')
    equal(done.returncode, 125)
    matches(done.stderr, "/nice")
    done = run("run", "--spec", "-", stdin=None, input=" " * (1 << 20) + "{}")
    equal(done.returncode, 125)


@case("caisson runs inside caisson")
def nested():
    done = run("run", "--", CAISSON, "run", "--", CAISSON, "run", "--",
               "sh", "-c", "grep Seccomp_filters /proc/self/status; exit 9")
    equal(done.returncode, 9, done.stderr)
    matches(done.stdout, r"Seccomp_filters:\s*3")


@case("--replace becomes the program: same process, same group")
def replace():
    done = run("run", "--replace", "--umask", "0077", "--", sys.executable,
               "-c", "import os; print(os.getpid(), os.getpgrp(), os.getppid(),"
               " os.umask(0))", env={"PATH": os.environ["PATH"]})
    equal(done.returncode, 0, done.stderr)
    _, pgrp, ppid, umask = map(int, done.stdout.split())
    equal((pgrp, ppid, umask), (os.getpgrp(), os.getpid(), 0o077))
    equal(run("run", "--replace", "no-such-program-here").returncode, 127)
    equal(run("run", "--replace", "sh", "-c", "kill -9 $$").returncode, -9)


@case("--replace refuses what needs a supervisor")
def replace_refused():
    for option in (["--timeout", "1s"], ["--kill-after", "1s"],
                   ["--events-file", "/dev/null"], ["--stdin", "pipe"],
                   ["--fd", "3=socketpair"], ["--fd-socket", "3"]):
        done = run("run", "--replace", *option, "echo", "ran")
        equal((done.returncode, done.stdout), (125, ""), option)
        matches(done.stderr, "supervisor", option)


@case("check says the engine, or why not")
def check():
    done = run("check", "true")
    equal(done.returncode, 0, done.stderr)
    matches(done.stdout, "^OK: engine (fork|vfork)\n$")
    done = run("check", "--json", "true")
    answer = json.loads(done.stdout)
    equal(answer["ok"], True)
    assert answer["engine"] in ("fork", "vfork"), answer
    done = run("check", "--json", "no-such-program-here")
    equal(done.returncode, 127)
    answer = json.loads(done.stdout)
    equal((answer["ok"], answer["code"], answer["stage"]),
          (False, "not-found", "program"))
    done = run("check", "--spec", "-", "--json", stdin=None, input="{")
    equal(done.returncode, 125)
    equal(json.loads(done.stdout)["line"], 1)
    done = run("check", "--user", "no-such-user-here", "true")
    equal(done.returncode, 125)
    matches(done.stderr, "^caisson: check: ")


@case("an ordinary user gets no privilege by asking")
def no_privilege():
    need(os.geteuid() != 0, "is for an ordinary user")
    for option in (["--user", "root"], ["--user", "0:0"],
                   ["--cap-add", "net_admin"], ["--nice", "-5"]):
        done = run("run", *option, "--", "echo", "ran")
        equal((done.returncode, done.stdout), (125, ""), option)


if __name__ == "__main__":
    main()
