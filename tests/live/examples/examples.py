# SPDX-License-Identifier: Apache-2.0
"""The examples that people will copy run, and do what they say: the agents of
docs/examples with each other's workers, and the program of
caisson-handshake(7).  usage: examples.py AGENT WORKER"""

import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                ".."))
from cli_support import (LIMIT, Scratch, case, equal, main, marker, matches,
                         processes, run, until)

AGENT, WORKER = sys.argv[1:3]
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
EXAMPLES = os.path.join(ROOT, "docs/examples")
PYTHON_AGENT = os.path.join(EXAMPLES, "agent.py")
SESSION_AGENT = os.path.join(EXAMPLES, "agent_session.py")
PYTHON_WORKER = os.path.join(EXAMPLES, "worker.py")
SHELL_AGENT = os.path.join(EXAMPLES, "agent.sh")
SHELL_WORKER = os.path.join(EXAMPLES, "worker.sh")
WORKERS = WORKER, PYTHON_WORKER, SHELL_WORKER
PAGE = os.path.join(ROOT, "docs/man/caisson-handshake.7")

# The end of each worker, by the order that it gets (its number modulo 4).
IN_C = [["ready", "exit status 0"], ["failed: this is not work",
        "exit status 1"], ["ready", "exit status 0"],
        ["died before it was ready", "exit status 3"]]


def agent(*command):
    """The lines of an agent with each of the workers, of a name of its own."""
    for worker in WORKERS:
        with Scratch() as d:
            worker = shutil.copy(worker, d)
            done = subprocess.run(
                [*command, worker, "40", "4"], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, timeout=10 * LIMIT,
                stdin=subprocess.DEVNULL)
            equal(processes(worker), [], "left behind")
        equal(done.returncode, 0, done.stderr)
        yield done.stdout.splitlines(), done.stderr.splitlines()


def check_workers(lines, count):
    """Each worker's lines, in their order, are those of its end."""
    seen = {n: [] for n in range(count)}
    for line in lines:
        found = re.fullmatch(r"worker (\d+): (.*)", line)
        assert found, line
        seen[int(found.group(1))].append(found.group(2))
    for n in range(count):
        equal(seen[n], IN_C[n % 4], "worker %d" % n)


@case("the agent in C tells how each worker started and ended")
def in_c():
    for lines, errors in agent(AGENT):
        check_workers(lines, 40)
        equal(errors, [])


@case("the agent in C says what could not be started")
def in_c_nothing():
    done = subprocess.run([AGENT, "/etc/passwd", "3", "2"], timeout=LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    equal((done.returncode, done.stdout), (0, ""))
    equal(sorted(line.split(":")[0] for line in done.stderr.splitlines()),
          ["worker 0", "worker 1", "worker 2"])
    for wrong in ["0"], ["-1"], ["3x"], ["3", "0"], ["3", "65"]:
        done = subprocess.run([AGENT, WORKER, *wrong], timeout=LIMIT,
                              stderr=subprocess.PIPE, text=True)
        equal(done.returncode, 2, wrong)
        matches(done.stderr, "^usage: ")


@case("the agent in Python tells how each worker started and ended")
def in_python():
    for lines, errors in agent(sys.executable, PYTHON_AGENT):
        check_workers(lines[:-1], 40)
        equal(lines[-1], "statuses:" + " 0 125 0 125" * 10)
        # Who has no event stream is told in this way.
        equal(len(errors), 20)
        for line in errors:
            matches(line, "^caisson: run: handshake: the program ")


@case("the agent in shell tells how each worker started and ended")
def in_shell():
    for worker in WORKERS:
        with Scratch() as d:
            worker = shutil.copy(worker, d)
            done = subprocess.run(
                [SHELL_AGENT, worker, "work", "refuse", "die"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                timeout=LIMIT, stdin=subprocess.DEVNULL)
            equal(processes(worker), [], "left behind")
        equal(done.stdout.splitlines(),
              ["work: ready", "work: status 0", "refuse: status 125",
               "die: status 125"], done.stderr)
        why = done.stderr.splitlines()
        equal(len(why), 2)
        matches(why[0], "^caisson: .* says that it failed: this is not work$")
        matches(why[1], r"^caisson: .* ended before .* \(status 3\)$")
    done = subprocess.run([SHELL_AGENT], stderr=subprocess.PIPE, text=True,
                          timeout=LIMIT)
    equal(done.returncode, 2)
    matches(done.stderr, "^usage: ")


@case("an agent that is killed leaves no worker behind")
def killed():
    for command, count in (([AGENT], 8), ([sys.executable, PYTHON_AGENT], 8),
                           ([SHELL_AGENT], 1)):
        with Scratch() as d:
            mark = marker()
            worker = os.path.join(d, "worker")
            with open(worker, "w") as f:
                f.write("#!/bin/sh\nexec sleep %s\n" % mark)
            os.chmod(worker, 0o755)
            with subprocess.Popen(
                    [*command, worker, "8"], stdin=subprocess.DEVNULL,
                    env=dict(os.environ, TMPDIR=d),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL) as process:
                try:
                    until(lambda: len(processes(mark)) == count, "workers")
                finally:
                    process.kill()
            until(lambda: not processes(mark), "no worker")


@case("a worker that nobody hands anything says so")
def alone():
    for worker, status in (WORKER, 2), (PYTHON_WORKER, 1), (SHELL_WORKER, 1):
        done = run("run", "--", worker)
        equal((done.returncode, done.stdout), (status, ""), worker)
        matches(done.stderr, "worker", worker)


def displays():
    """The literal texts of the manual page's examples."""
    with open(PAGE) as f:
        text = f.read().partition(".Sh EXAMPLES")[2]
    return [d.replace("\\e", "\\").replace("\\&", "") for d in
            re.findall(r"\.Bd -literal.*?\n(.*?)\.Ed\n", text, re.DOTALL)]


@case("the program of the manual page becomes ready, or fails")
def page():
    program, spec = displays()
    spec = json.loads(spec)
    with Scratch() as d:
        with open(os.path.join(d, "program.py"), "w") as f:
            f.write(program)
        with open(os.path.join(d, "key"), "wb") as f:
            f.write(os.urandom(3000))
        spec["cwd"] = d
        for config, status, out in (
                ("mode=test", 0, "9 bytes and 3000 bytes\n"), ("", 125, "")):
            spec["handshake"]["config"] = config
            with open(os.path.join(d, "program.json"), "w") as f:
                json.dump(spec, f)
            with open(os.path.join(d, "key"), "rb") as key:
                done = run("run", "--spec", os.path.join(d, "program.json"),
                           "--secret-fd", str(key.fileno()),
                           pass_fds=[key.fileno()])
            equal((done.returncode, done.stdout), (status, out), done.stderr)
        matches(done.stderr, "there is no configuration")


@case("the examples in Python need nothing but the standard library")
def standard():
    texts = [displays()[0]]
    for path in PYTHON_AGENT, PYTHON_WORKER:
        with open(path) as f:
            texts.append(f.read())
    for text in texts:
        names = [name for line in re.findall("^import (.*)", text, re.M)
                 for name in line.split(", ")]
        assert names and not re.search("^from ", text, re.M), text
        assert set(names) <= sys.stdlib_module_names, names


@case("the agent with a session passes on output and status")
def with_session():
    for command, status, output in (("echo out; echo err >&2; exit 3", 3,
                                     "out\n"), ("kill -9 $$", 137, "")):
        done = subprocess.run(
            ["/usr/bin/python3", SESSION_AGENT, "--", "/bin/sh", "-c",
             command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
        equal((done.returncode, done.stdout), (status, output), done.stderr)
    matches(done.stderr, "^/bin/sh as uid %d, by " % os.getuid())
    done = subprocess.run(
        ["/usr/bin/python3", SESSION_AGENT, "--", "/no/such"], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT,
        stdin=subprocess.DEVNULL)
    equal((done.returncode, done.stdout), (125, ""))
    matches(done.stderr, "^not started: ")


if __name__ == "__main__":
    main()
