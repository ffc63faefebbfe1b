# SPDX-License-Identifier: Apache-2.0
"""caisson run --log-denials, as its users see it."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                ".."))

from cli_support import (CAISSON, Scratch, Skip, case, equal, main, matches,
                         run, start, until)

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.path.join(HERE, "../../../docs/events.schema.json")
CALLER = os.environ["CALLER"]
MOUNT, MINCORE = "165", "27"

POLICY = """@default return EPERM
@unknown return ENOSYS
@system-service: allow
"""


class Denied:
    """A run of the caller with --log-denials: .events and .done."""

    def __init__(self, *args, rules="", options=()):
        with Scratch() as d:
            policy = os.path.join(d, "p.policy")
            path = os.path.join(d, "events")
            with open(policy, "w") as f:
                f.write(POLICY + rules)
            self.policy = policy
            self.done = run("run", "--log-denials", "--events-file", path,
                            "--seccomp", policy, *options, CALLER, *args)
            with open(path) as f:
                self.events = [json.loads(line) for line in f]

    def kinds(self):
        return [e["event"] for e in self.events]

    def denied(self):
        return [e for e in self.events if e["event"] == "denied"]


@case("a refused call is an event, and a line at the end")
def reported():
    r = Denied("call", MOUNT, "0x11", "0xffffffffffffffff",
               rules="mount: return EXDEV\n")
    equal(r.done.returncode, 0)
    equal(r.done.stdout, "-18\n")
    equal(r.kinds(), ["started", "denied", "exited"])
    event = r.events[1]
    equal(event["syscall"], "mount")
    equal(event["nr"], int(MOUNT))
    equal(event["args"], ["0x11", "0xffffffffffffffff"] + ["0x0"] * 4)
    equal(event["action"], "EXDEV")
    equal(event["pid"], r.events[0]["pid"])
    equal(event["rule"], r.policy + ":4")
    equal(event["count"], 1)
    assert "refused" not in r.events[2]
    equal(r.done.stderr,
          'caisson: run: 1 call refused: mount x1; allow with '
          '"mount: allow" in a policy\n')


@case("the line that it advises allows the call")
def advice():
    r = Denied("call", MINCORE, "1", "1", "0")
    equal(r.done.stdout, "-1\n")
    matches(r.done.stderr, 'allow with "mincore: allow"')
    r = Denied("call", MINCORE, "1", "1", "0", rules="mincore: allow\n")
    equal(r.done.stdout, "-22\n")
    equal(r.kinds(), ["started", "exited"])
    equal(r.done.stderr, "")


@case("nothing is said where nothing was refused, or with --quiet")
def quiet():
    equal(Denied("call", "39").done.stderr, "")
    r = Denied("call", MOUNT, options=["--quiet"])
    equal(r.done.stderr, "")
    equal(len(r.denied()), 1)


@case("what is refused again is counted, and told at most once in a second")
def coalesced():
    r = Denied("storm", MOUNT, "8", "1000")
    equal(r.done.stdout, "8000\n")
    events = r.denied()
    equal(events[0]["count"] >= 1, True)
    equal(events[-1]["count"], 8000)
    assert len(events) < 60, len(events)
    counts = [e["count"] for e in events]
    equal(counts, sorted(set(counts)))
    equal(r.kinds()[-1], "exited")
    matches(r.done.stderr, "8000 calls refused: mount x8000;")


@case("more different calls than there are records are still counted")
def bounded():
    r = Denied("many", "100000", "1000")
    last = {e.get("nr"): e["count"] for e in r.denied()}
    equal(sum(last.values()), 1000)
    others = [e for e in r.denied() if "nr" not in e]
    assert others and "syscall" not in others[0]
    matches(r.done.stderr, r"^caisson: run: 1000 calls refused: "
            r"call 100000 x1, .* and \d+ others\n$")


@case("a program that is killed is reported with its call, and is status 159")
def killed():
    for rule, action in (("kill-process", "kill-process"),
                         ("kill-thread", "kill-thread")):
        r = Denied("call", MOUNT, rules="mount: %s\n" % rule)
        equal(r.done.returncode, 128 + signal.SIGSYS)
        last = r.events[-1]
        equal((last["event"], last["how"], last["signal"]),
              ("exited", "signalled", "SIGKILL"))
        equal(last["refused"], {"syscall": "mount", "nr": int(MOUNT),
                                "arch": r.denied()[0]["arch"],
                                "action": action})
        matches(r.done.stderr, r"the program was killed for calling mount "
                r"\(165\)\n$")
    # The control: without the option.
    with Scratch() as d:
        policy = os.path.join(d, "p.policy")
        with open(policy, "w") as f:
            f.write(POLICY + "mount: kill-process\n")
        done = run("run", "--rlimit", "core=0", "--seccomp", policy, CALLER,
                   "call", MOUNT)
    equal(done.returncode, 128 + signal.SIGSYS)


# A leak checker needs the /proc of its own namespace, and nobody who traces.
UNCHECKED = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")

# The shell's own commands only, where a number must be the next one.
NAMESPACE = """
mkfifo in
echo $((FIRST - 1)) >/proc/sys/kernel/ns_last_pid
sleep 600 & bystander=$!
echo $((THREAD + 100)) >/proc/sys/kernel/ns_last_pid
"$CAISSON" run --log-denials --events-file events --stdin file:in \\
    --seccomp p.policy "$CALLER" thread %s 2>/dev/null & launcher=$!
exec 3>in
until grep -q started events; do :; done
echo $((THREAD - 1)) >/proc/sys/kernel/ns_last_pid
echo >&3
wait $launcher
echo $bystander $?
kill $bystander && echo alive
"""


@case("a number that /proc has of somebody else kills nobody else")
def namespace():
    if os.geteuid() != 0:
        raise Skip("pid namespaces are root's")
    with Scratch() as d:
        with open(os.path.join(d, "p.policy"), "w") as f:
            f.write(POLICY + "mount: kill-process\n")
        end = threading.Event()
        thread = threading.Thread(target=end.wait)
        thread.start()
        env = dict(UNCHECKED, FIRST=str(os.getpid()),
                   THREAD=str(thread.native_id))
        try:
            done = subprocess.run(
                ["unshare", "--pid", "--fork", "--kill-child", "sh", "-c",
                 NAMESPACE % MOUNT], cwd=d, env=env, timeout=20, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE)
        finally:
            end.set()
            thread.join()
        if "unshare" in done.stderr or "ns_last_pid" in done.stderr:
            raise Skip("no pid namespace: " + done.stderr)
        equal(done.stdout, "%d %d\nalive\n" % (os.getpid(),
                                               128 + signal.SIGSYS))


@case("the shipped profile reports too")
def shipped():
    done = run("run", "--log-denials", "--", CALLER, "call", MOUNT)
    equal(done.stdout, "-1\n")
    matches(done.stderr, "1 call refused: mount x1")


@case("what cannot be reported is refused before anything runs")
def refused():
    for args, text in ((["--replace"], "--replace: --log-denials needs a "
                                       "supervisor"),
                       (["--seccomp", "unconfined"], "without a filter")):
        done = run("run", "--log-denials", *args, CALLER, "call", "39")
        equal(done.returncode, 125)
        equal(done.stdout, "")
        matches(done.stderr, text)


@case("caisson inside caisson: one of them can report")
def nested():
    with Scratch() as d:
        inner = [CAISSON, "run", "--log-denials", "--", CALLER, "call", "39"]
        done = run("run", "--log-denials", "-C", d, *inner)
        equal(done.returncode, 125)
        matches(done.stderr, "there can be one listener only")
        equal(done.stdout, "")
        del inner[2]
        done = run("run", "--log-denials", "-C", d, *inner)
        equal(done.returncode, 0, done.stderr)


@case("a timeout ends a storm")
def timeout():
    for act in ("storm", "forks"):
        r = Denied(act, MOUNT, "4", "0",
                   options=["--timeout", "300ms", "--kill-after", "100ms"])
        equal(r.done.returncode, 124)
        assert r.denied()[-1]["count"] > 0
        equal(r.events[-1]["timed_out"], True)


@case("a listener that reads nothing is left, however much there is to tell")
def unread():
    with Scratch() as d:
        reader, writer = os.pipe()
        path = os.path.join(d, "stderr")
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        with open(path, "w") as f:
            p = start("run", "--log-denials", "--events-fd", str(writer),
                      "--", CALLER, "storm", MOUNT, "2", "0", stderr=f,
                      pass_fds=[writer])
        os.close(writer)
        # Something new to tell in every second of the storm.
        until(lambda: "no more are written" in open(path).read(), "the end")
        equal(p.poll(), None)
        p.send_signal(signal.SIGTERM)
        p.communicate(timeout=20)
        equal(p.returncode, 128 + signal.SIGTERM)
        text = os.read(reader, 1 << 16)
        os.close(reader)
        assert text.startswith(b'{"event":"started"'), text


@case("signals reach a program in the middle of a storm")
def signals():
    with Scratch() as d:
        path = os.path.join(d, "events")
        p = start("run", "--log-denials", "--events-file", path, "--", CALLER,
                  "storm", MOUNT, "4", "0")
        until(lambda: os.path.exists(path) and "denied" in open(path).read(),
              "an event")
        p.send_signal(signal.SIGINT)
        p.communicate(timeout=20)
        equal(p.returncode, 128 + signal.SIGINT)


@case("a supervisor that is killed leaves no call carried out")
def orphaned():
    with Scratch() as d:
        path = os.path.join(d, "out")
        policy = os.path.join(d, "p.policy")
        with open(policy, "w") as f:
            f.write("@default return EXDEV\n@system-service: allow\n")
        p = start("run", "--log-denials", "--seccomp", policy, "--stdout",
                  "file:" + path, CALLER, "loop", MOUNT,
                  stdin=subprocess.PIPE)
        p.stdin.write("x")
        p.stdin.flush()
        until(lambda: os.path.exists(path) and
              open(path).read() == "-18\n", "the first answer")
        writer = os.dup(p.stdin.fileno())
        p.kill()
        p.wait()
        os.write(writer, b"x")
        until(lambda: open(path).read() == "-18\n-38\n", "the second answer")
        os.close(writer)


@case("every event is valid by the schema")
def schema():
    try:
        import jsonschema
    except ImportError:
        raise Skip("python3-jsonschema is not installed")
    with open(SCHEMA) as f:
        check = jsonschema.Draft202012Validator(json.load(f))
    n = 0
    for r in (Denied("call", MOUNT), Denied("many", "100000", "400"),
              Denied("call", MOUNT, rules="mount: kill-process\n")):
        for event in r.events:
            check.validate(event)
            n += event["event"] == "denied"
    assert n > 60
    bad = dict(r.denied()[0], count=0)
    assert not check.is_valid(bad)


@case("without the option a launch makes the system calls it always did")
def free():
    # Which calls these are is the kernel's business; that none of them has to
    # do with notifications is ours.
    with Scratch() as d:
        path = os.path.join(d, "trace")
        try:
            for option, there in (([], False), (["--log-denials"], True)):
                done = subprocess.run(
                    ["strace", "-f", "-o", path, "-e",
                     "trace=seccomp,sendmsg,recvmsg,ioctl,socketpair",
                     CAISSON, "run", *option, "--", CALLER, "call", MOUNT],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL, env=UNCHECKED)
                with open(path) as f:
                    trace = f.read()
                if done.returncode != 0 or "SET_MODE_FILTER" not in trace:
                    raise Skip("strace does not work here")
                for word in ("NEW_LISTENER", "NOTIF", "SCM_RIGHTS",
                             "socketpair"):
                    equal(word in trace, there, word)
        except FileNotFoundError:
            raise Skip("strace is not installed")


if __name__ == "__main__":
    main()
