# SPDX-License-Identifier: Apache-2.0
"""The start-up handshake on the command line: what the program is handed, and
that a secret is nowhere else.  What becomes of it is in cli_ready.py."""

import json
import os

from cli_support import (Scratch, case, equal, main, marker, matches,
                         run, start)
from cli_handshake_support import (LONG, MIB, PROTOCOLS, Live, Source, told,
                                   not_started, shake, sleeper, speaker, vom)

ENTRIES = [("foo", "bar"), ("", "empty key"), ("long", "x" * 300), ("e", "")]
SECRET = b"a secret \x00 with \xff\xfe bytes"


def handed(protocol, options=(), steps=("read", "end"), **more):
    """What such a program found: both frames, one after the other."""
    with Scratch() as d:
        path = os.path.join(d, "out")
        done, events = shake(protocol, *steps, "copy", "1", "ready",
                             options=[*options, "--stdout", "file:" + path],
                             **more)
        equal((done.returncode, done.stderr), (0, ""))
        equal([e["event"] for e in events], ["started", "ready", "exited"])
        with open(path, "rb") as f:
            return f.read()


def with_file(data, function):
    with Scratch() as d:
        path = os.path.join(d, "config")
        with open(path, "wb") as f:
            f.write(data)
        return function(path)


# ---- what it is handed

@case("every protocol hands over configuration and secret")
def protocols():
    for protocol in PROTOCOLS:
        if protocol == "caisson":
            data = want = b"bytes \x00\xff as they are"
        else:
            data, want = json.dumps(dict(ENTRIES)).encode(), None
        with Source(SECRET) as fd:
            got = with_file(data, lambda path: handed(
                protocol, ["--config", path, "--secret-fd", str(fd)],
                pass_fds=[fd]))
        assert got.endswith(SECRET), protocol
        if want is None:
            want = vom(protocol, sorted(ENTRIES))
        equal(got[:-len(SECRET)], want, protocol)


@case("without --config and --secret-fd both are empty")
def nothing():
    equal(handed("caisson"), b"")
    for protocol in ("v23", "veyron"):
        equal(handed(protocol), vom(protocol, []))


@case("a program that takes each string with one read finds it whole")
def single():
    for protocol in PROTOCOLS:
        with Source(b"s" * 200000) as fd:
            got = handed(protocol, ["--secret-fd", str(fd)], ["single", "end"],
                         pass_fds=[fd])
        assert got.endswith(b"s" * 200000), protocol


@case("secrets of every size arrive exactly, from pipe, file and memfd")
def sizes():
    for kind in Source.KINDS:
        for size in (0, 1, 4096, 65535, 65536, 65537, MIB):
            secret = os.urandom(size)
            with Source(secret, kind) as fd:
                got = handed("caisson", ["--secret-fd", str(fd)],
                             pass_fds=[fd])
            assert got == secret, (kind, size, len(got))


@case("a secret that comes in pieces is read to its end")
def pieces():
    r, w = os.pipe()
    with Live("--handshake", "caisson", *LONG, "--secret-fd", str(r),
              *speaker("caisson", "read", "end", "copy", "1", "ready"),
              pass_fds=[r]) as live:
        os.close(r)
        for piece in (b"one", b"-", b"two"):
            os.write(w, piece)
        # it is not started before the secret is complete
        equal(live.process.poll(), None)
        os.close(w)
        live.expect("started", "ready", "exited")
        out, _ = live.process.communicate(timeout=20)
        equal((live.process.returncode, out), (0, "one-two"))


@case("a secret over the limit is an error before anything is started")
def too_large():
    for kind in Source.KINDS:
        with Source(b"s" * (MIB + 1), kind) as fd:
            said = not_started("--handshake", "caisson", "--secret-fd",
                               str(fd), pass_fds=[fd])
        matches(said, "secret")
        matches(said, "1048576")
    # the same with room is started: what is refused is the size
    with Source(b"s" * MIB, "file") as fd:
        equal(len(handed("caisson", ["--secret-fd", str(fd)],
                         pass_fds=[fd])), MIB)


@case("a configuration over the limit is an error before anything is started")
def config_too_large():
    with_file(b"c" * (MIB + 1), lambda path: matches(
        not_started("--handshake", "caisson", "--config", path),
        "--config [^\n]*1048576"))
    equal(with_file(b"c" * MIB, lambda path: handed(
        "caisson", ["--config", path])), b"c" * MIB)
    # what counts is what is sent
    text = json.dumps({"k": "v" * (MIB - 40)}).encode()
    got = with_file(text, lambda path: handed("v23", ["--config", path]))
    equal(got, vom("v23", [("k", "v" * (MIB - 40))]))


# ---- configurations

@case("--config - is standard input")
def from_stdin():
    for protocol, text, want in (
            ("caisson", "from stdin", b"from stdin"),
            ("caisson", "", b""),
            ("v23", '{"a": "b"}', vom("v23", [("a", "b")])),
            ("veyron", " {\n} ", vom("veyron", []))):
        equal(handed(protocol, ["--config", "-"], input=text, stdin=None),
              want)


@case("a file that is no object of strings is refused for v23 and veyron")
def bad_maps():
    for text, why in ((b"", "too early"), (b"[]", "object"), (b"1", "object"),
                      (b'{"a": 1}', "string"), (b'{"a": {}}', "string"),
                      (b'{"a": "b"', "too early"), (b'{"a": "b"} x', "more"),
                      (b'{"a": "b", "a": "c"}', "duplicate"),
                      (b'{"a": "\\u0000"}', "NUL"), (b'{"a\x00": ""}', "NUL"),
                      (b'{"a": "\xff"}', "UTF-8"),
                      (b"{\n\n  oops", "line 3, column 3")):
        for protocol in ("v23", "veyron"):
            said = with_file(text, lambda path: not_started(
                "--handshake", protocol, "--config", path))
            matches(said, "--config [^\n]*" + why, text)
        # ours takes any bytes
        equal(with_file(text, lambda path: handed(
            "caisson", ["--config", path])), text)
    for path in ("/no/such/file", "/"):
        matches(not_started("--handshake", "caisson", "--config", path),
                "--config " + path)


@case("a spec that has a handshake needs no option")
def spec():
    for protocol, config, want in (
            ("caisson", "from the spec", b"from the spec"),
            ("v23", {"a": "b"}, vom("v23", [("a", "b")]))):
        program = speaker(protocol, "read", "end", "copy", "1", "ready")[1:]
        text = json.dumps({
            "version": 1, "path": program[0], "argv": program,
            "handshake": {"protocol": protocol, "config": config}})
        with Source(SECRET) as fd:
            with Live("--spec", "-", "--secret-fd", str(fd),
                      "--stdout", "fd:1", stdin=-1, pass_fds=[fd]) as live:
                live.process.stdin.buffer.write(text.encode())
                live.process.stdin.close()
                live.expect("started", "ready", "exited")
                got = live.process.stdout.buffer.read()
                equal(live.process.wait(timeout=20), 0)
        assert got == want + SECRET, (protocol, got)


@case("options replace what the spec says of its handshake")
def overrides():
    with Scratch() as d:
        path = os.path.join(d, "spec")
        for config in ({"old": "one"}, "old"):
            with open(path, "w") as f:
                json.dump({"version": 1, "path": "/bin/true", "handshake": {
                    "protocol": "v23", "config": config}}, f)
            done = run("run", "--print-spec", "--spec", path, "--config", "-",
                       "--ready-timeout", "1.5s", stdin=None,
                       input='{"new": "two"}')
            equal(done.returncode, 0, done.stderr)
            got = json.loads(done.stdout)["handshake"]
            equal(got, {"protocol": "v23", "ready_timeout_ms": 1500,
                        "config": {"new": "two"}})
            done = run("run", "--print-spec", "--spec", path, "--handshake",
                       "caisson", "--config", "-", "--data-fd", "7",
                       stdin=None, input="bytes")
            equal(json.loads(done.stdout)["handshake"],
                  {"protocol": "caisson", "ready_timeout_ms": 30000,
                   "config": "bytes", "data_fd": 7, "status_fd": 4})


@case("a configuration is in the printed spec, or that is an error")
def printed():
    done = run("run", "--print-spec", "--handshake", "caisson", "--config",
               "-", "true", stdin=None, input="h\u00e9llo\n")
    equal(json.loads(done.stdout)["handshake"]["config"], "h\u00e9llo\n")
    with Scratch() as d:
        path = os.path.join(d, "spec")
        with open(path, "w") as f:
            f.write(done.stdout)
        equal(run("check", "--spec", path).returncode, 0)
    for data in (b"\xff", b"a\0b"):
        done = with_file(data, lambda path: run(
            "run", "--print-spec", "--handshake", "caisson", "--config", path,
            "true"))
        equal((done.returncode, done.stdout), (125, ""))
        matches(done.stderr, "/handshake/config")
    done = with_file(b"c" * MIB, lambda path: run(
        "run", "--print-spec", "--handshake", "caisson", "--config", path,
        "true"))
    equal((done.returncode, done.stdout), (125, ""))


@case("data and status can be elsewhere, with our own protocol")
def descriptors():
    for options, want in ((["--data-fd", "9"], "9:4"),
                          (["--status-fd", "1000"], "3:1000"),
                          (["--status-fd", "3", "--data-fd", "4"], "4:3"),
                          (["--data-fd", "3"], None)):
        data, status = (want or "3:4").split(":")
        done, events = shake("caisson", "fds", data, status, "read", "end",
                             "ready", options=options)
        equal((done.returncode, done.stderr), (0, ""), options)
        done, _ = told("--handshake", "caisson", *LONG, *options, "sh", "-c",
                       'echo "$CAISSON_EXEC_FDS"; printf "ready::%%d\\377" $$ '
                       ">/proc/self/fd/%s" % status)
        equal((done.returncode, done.stdout), (0, "%s\n" % (want or "")))
    for options in (["--data-fd", "4"], ["--data-fd", "2"],
                    ["--data-fd", "x"], ["--status-fd", "1024"],
                    ["--fd", "3=1"], ["--status-fd", "9", "--fd", "9=1"]):
        not_started("--handshake", "caisson", *options)
    for protocol in ("v23", "veyron"):
        not_started("--handshake", protocol, "--data-fd", "9")
        not_started("--handshake", protocol, "--fd", "4=1")
        done, _ = shake(protocol, "note", "5", "extra", "ready",
                        options=["--fd", "5=1"])
        equal((done.returncode, done.stdout), (0, "extra\n"))


# ---- what cannot be

@case("options of a handshake are refused where there is none")
def dangling():
    for options in (["--config", "/dev/null"], ["--secret-fd", "0"],
                    ["--ready-timeout", "1s"], ["--data-fd", "5"],
                    ["--status-fd", "5"]):
        matches(not_started(*options), options[0] + ": there is no handshake")
    equal(run("check", "--config", "/dev/null", "true").returncode, 125)
    equal(run("check", "--handshake", "caisson", "--config", "/dev/null",
              "true").returncode, 0)
    for protocol in ("caison", "", "V23"):
        matches(not_started("--handshake", protocol), "caisson, v23 or veyron")
    for time in ("0", "0ms", "soon", "-1s"):
        matches(not_started("--handshake", "v23", "--ready-timeout", time),
                "ready-timeout")


@case("a handshake with --replace is refused, and it says why")
def replace():
    matches(not_started("--replace", "--handshake", "caisson"),
            "handshake needs a supervisor")


@case("standard input can be only one of spec, configuration and secret")
def one_stdin():
    for options in (["--spec", "-", "--config", "-"],
                    ["--spec", "-", "--secret-fd", "0"],
                    ["--config", "-", "--secret-fd", "0"]):
        matches(not_started("--handshake", "caisson", *options),
                "standard input can only be one of them")


@case("--secret-fd must be open, readable, and nothing else")
def bad_descriptors():
    r, w = os.pipe()
    h = ["--handshake", "caisson"]
    for fd in ("1", "2", "-1", "x", "1048576"):
        matches(not_started(*h, "--secret-fd", fd), "--secret-fd " + fd)
    matches(not_started(*h, "--secret-fd", "999"), "Bad file descriptor")
    matches(not_started(*h, "--secret-fd", str(w), pass_fds=[w]),
            "not readable")
    for other in ("--events-fd", "--pid-pipe", "--fd-socket"):
        fd = os.open("/dev/null", os.O_RDWR)
        matches(not_started(*h, "--secret-fd", str(fd), other, str(fd),
                            pass_fds=[fd]), "are the same")
        os.close(fd)
    directory = os.open("/", os.O_RDONLY)
    matches(not_started(*h, "--secret-fd", str(directory),
                        pass_fds=[directory]), "irectory")
    for fd in (r, w, directory):
        os.close(fd)


# ---- secrets are nowhere else

def readable(pid, name):
    with open("/proc/%d/%s" % (pid, name), "rb") as f:
        return f.read()


@case("the secret is in no event, no message, no command line, no environment")
def nowhere():
    secret, mark = "Zq-" + os.urandom(12).hex(), marker()
    with Scratch() as d, Source(secret.encode()) as fd:
        events = os.path.join(d, "events")
        p = start("run", "--events-file", events, "--handshake", "caisson",
                  *LONG, "--secret-fd", str(fd),
                  *sleeper("caisson", mark, "read", "ready", "note", "1", "up",
                           "await", "0"), pass_fds=[fd], stdin=-1)
        equal(p.stdout.readline(), "up\n")
        with open("/proc/%d/task/%d/children" % (p.pid, p.pid)) as f:
            pids = [p.pid, *map(int, f.read().split())]
        equal(len(pids), 2)
        for pid in pids:
            for name in ("cmdline", "environ"):
                assert secret.encode() not in readable(pid, name), (pid, name)
        _, said = p.communicate("x", timeout=20)
        equal((p.returncode, said), (0, ""))
        with open(events) as f:
            assert secret not in f.read()
    for options in (["--print-spec"], ["--umask", "9"],
                    ["--user", "no-such-user-here"], ["-C", "/no/such"],
                    ["--stdin", "file:/no/such"]):
        with Source(secret.encode(), "memfd") as fd:
            done = run("run", *options, "--handshake", "caisson",
                       "--secret-fd", str(fd), "true", pass_fds=[fd])
        equal(done.returncode, 0 if options == ["--print-spec"] else 125)
        assert secret not in done.stdout + done.stderr, options


@case("the program does not inherit where the secret came from")
def not_inherited():
    for kind in Source.KINDS:
        with Source(b"s", kind) as fd:
            done, _ = shake("caisson", "read", "ready", "await", str(fd),
                            options=["--secret-fd", str(fd)], pass_fds=[fd])
        matches(done.stderr, "Bad file descriptor")
        equal(done.returncode, 1)
        # unless the spec says so
        with Source(b"s", kind) as fd:
            done, _ = shake("caisson", "read", "ready", "await", str(fd),
                            options=["--secret-fd", str(fd), "--fd",
                                     "%d=%d" % (fd, fd)], pass_fds=[fd])
        equal((done.returncode, done.stderr), (0, ""))


@case("a secret on standard input leaves the program /dev/null there")
def secret_stdin():
    look = ["sh", "-c", 'printf "ready::%d\\377" $$ >&4; readlink /proc/$$/fd/0'
            "; cat; cat <&3 | tail -c 1"]
    for kind in Source.KINDS:
        with Source(b"s", kind) as fd:
            done = run("run", "--handshake", "caisson", *LONG, "--secret-fd",
                       "0", *look, stdin=fd)
        equal((done.returncode, done.stdout, done.stderr),
              (0, "/dev/null\ns", ""))
    # but where the command line says so, it has it
    with Source(b"s", "file") as fd:
        done = run("run", "--handshake", "caisson", *LONG, "--secret-fd", "0",
                   "--stdin", "inherit", *look, stdin=fd)
    matches(done.stdout, "/data ")


if __name__ == "__main__":
    main()
