# SPDX-License-Identifier: Apache-2.0
"""Descriptors on the command line: forms, and the ends that go to
--fd-socket."""

import array
import json
import os
import socket

from cli_support import (Scratch, case, equal, main, marker, matches,
                         processes, run, start)


def receive(sock):
    """The payload's numbers and the descriptors that came with them."""
    data, control, _, _ = sock.recvmsg(4096, 4096)
    fds = array.array("i")
    for level, kind, part in control:
        assert (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
        fds.frombytes(part[:len(part) - len(part) % fds.itemsize])
    assert data.endswith(b"\n") and data.count(b"\n") == 1, data
    return json.loads(data)["fds"], list(fds)


def with_socket(*args, kind=socket.SOCK_STREAM):
    """A run with --fd-socket: the process and {number: our end}."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
    with ours, theirs:
        p = start("run", "--fd-socket", str(theirs.fileno()), *args,
                  pass_fds=[theirs.fileno()])
        theirs.close()
        numbers, fds = receive(ours)
        equal(len(numbers), len(fds))
        equal(ours.recv(10), b"", "the socket ends after the message")
    return p, dict(zip(numbers, fds))


@case("the ends of pipes and socket pairs come in one message, in order")
def ends():
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
        p, fds = with_socket(
            "--fd", "9=socketpair", "--stdout", "pipe", "--fd", "5=pipe:to",
            "--stdin", "pipe", "--fd", "7=pipe:from", "--", "bash", "-c",
            "read a; read b <&5; cat <&5; cat; echo $a $b; echo seven >&7; "
            "read c <&9; echo nine-$c >&9", kind=kind)
        equal(list(fds), [0, 1, 5, 7, 9])
        os.write(fds[0], b"zero\n")
        os.write(fds[5], b"five\n")
        os.write(fds[9], b"echo\n")
        for fd in (0, 5):
            os.close(fds.pop(fd))
        equal(os.read(fds[1], 100), b"zero five\n")
        equal(os.read(fds[7], 100), b"seven\n")
        equal(os.read(fds[9], 100), b"nine-echo\n")
        _, err = p.communicate(timeout=20)
        equal(p.returncode, 0, err)
        for fd in fds.values():
            equal(os.read(fd, 1), b"", "the program had the only other end")
            os.close(fd)


@case("a full set of 128 ends fits into the message")
def many():
    options = []
    for n in range(3, 131):
        options += ["--fd", "%d=socketpair" % n]
    p, fds = with_socket(*options, "--", "sh", "-c",
                         "echo in-7 >&7; ls /proc/self/fd | wc -l")
    equal(list(fds), list(range(3, 131)))
    equal(os.read(fds[7], 10), b"in-7\n")
    out, err = p.communicate(timeout=20)
    equal((p.returncode, out), (0, "132\n"), err)
    for fd in fds.values():
        os.close(fd)


@case("without ends the message is an empty list")
def none():
    p, fds = with_socket("true")
    equal((p.wait(timeout=20), fds), (0, {}))
    p.communicate()


@case("ends that have nowhere to go are an error before anything starts")
def nowhere():
    with Scratch() as d:
        touched = os.path.join(d, "touched")
        for option in (["--fd", "3=pipe:to"], ["--fd", "3=socketpair"],
                       ["--stdin", "pipe"], ["--stderr", "pipe"]):
            done = run("run", *option, "touch", touched)
            equal(done.returncode, 125)
            matches(done.stderr, "--fd-socket")
        r, w = os.pipe()
        done = run("run", "--fd-socket", str(w), "--fd", "3=pipe:to",
                   "touch", touched, pass_fds=[w])
        equal(done.returncode, 125)
        matches(done.stderr, "not a socket")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            done = run("run", "--fd-socket", str(s.fileno()), "touch",
                       touched, pass_fds=[s.fileno()])
        equal(done.returncode, 125)
        matches(done.stderr, "not a Unix socket")
        assert not os.path.exists(touched)
        os.close(r)
        os.close(w)


@case("a receiver that is not there lets nothing be started")
def receiver_gone():
    ours, theirs = socket.socketpair()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind("")
    listening.listen()
    alone = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with Scratch() as d, ours, theirs, listening, alone:
        ours.close()
        touched = os.path.join(d, "touched")
        for s, why in ((theirs, "closed"), (listening, "nobody"),
                       (alone, "nobody")):
            done = run("run", "--fd-socket", str(s.fileno()), "--fd",
                       "3=pipe:to", "touch", touched, pass_fds=[s.fileno()])
            equal(done.returncode, 125)
            matches(done.stderr, why)
            assert not os.path.exists(touched), why


@case("a receiver that takes nothing ends the program")
def receiver_full():
    mark = marker()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        try:
            while True:
                theirs.send(b"x" * 1024)
        except BlockingIOError:
            pass
        done = run("run", "--fd-socket", str(theirs.fileno()), "--fd",
                   "3=pipe:to", "sleep", mark, pass_fds=[theirs.fileno()])
    equal(done.returncode, 125)
    matches(done.stderr, "nobody receives")
    equal(processes(mark), [])


@case("the program does not inherit the socket, nor anything else")
def not_inherited():
    ours, theirs = socket.socketpair()
    extra = os.open("/dev/null", os.O_RDONLY)
    with ours, theirs:
        done = run("run", "--fd-socket", str(theirs.fileno()), "ls",
                   "/proc/self/fd", pass_fds=[theirs.fileno(), extra])
        equal(done.stdout.split(), ["0", "1", "2", "3"], done.stderr)
        number = str(theirs.fileno())
        done = run("run", "--fd-socket", number, "--fd",
                   "3=inherit:" + number, "true",
                   pass_fds=[theirs.fileno()])
        equal(done.returncode, 125)
    os.close(extra)


@case("standard descriptors take all their forms")
def stdio():
    with Scratch() as d:
        path = os.path.join(d, "file")
        equal(run("run", "--stdout", "file:file", "echo", "one",
                  cwd=d).returncode, 0)
        equal(run("run", "--stdout", "append:" + path, "echo",
                  "two").returncode, 0)
        equal(run("run", "--stdin", "file:" + path, "cat").stdout,
              "one\ntwo\n")
        equal(run("run", "--stdout", "file:" + path, "echo",
                  "three").returncode, 0)
        with open(path) as f:
            equal(f.read(), "three\n")
        equal(run("run", "--stdin", "read-write:" + path, "sh", "-c",
                  "cat; echo four >&0").stdout, "three\n")
        with open(path) as f:
            equal(f.read(), "three\nfour\n")
        done = run("run", "--stdout", "null", "--stderr", "stdout", "sh",
                   "-c", "echo gone; echo gone >&2")
        equal((done.stdout, done.stderr), ("", ""))
        done = run("run", "--stderr", "stdout", "sh", "-c", "echo err >&2")
        equal((done.stdout, done.stderr), ("err\n", ""))
        done = run("run", "--stdout", "fd:2", "--stderr", "fd:1", "sh", "-c",
                   "echo out; echo err >&2")
        equal((done.stdout, done.stderr), ("err\n", "out\n"))
        done = run("run", "--stdin", "closed", "ls", "/proc/self/fd")
        equal(done.stdout.split(), ["0", "1", "2"])  # 0: what ls opened
        equal(run("run", "--stdin", "null", "cat", input="no\n",
                  stdin=None).stdout, "")
        equal(run("run", "--stdin", "inherit", "cat", input="yes\n",
                  stdin=None).stdout, "yes\n")


@case("extra descriptors take all their forms")
def extra():
    with Scratch() as d:
        path = os.path.join(d, "file")
        r, w = os.pipe()
        done = run("run", "--fd", "5=inherit:%d" % w, "--fd", "6=%d" % w,
                   "sh", "-c", "echo five >&5; echo six >&6", pass_fds=[w])
        equal((done.returncode, os.read(r, 100)), (0, b"five\nsix\n"))
        for form, script in (("write", "echo one >&4"),
                             ("append", "echo two >&4"),
                             ("read-write", "head -n 1 <&4")):
            done = run("run", "--fd", "4=file:%s:%s" % (form, path), "sh",
                       "-c", script)
            equal(done.returncode, 0, done.stderr)
        done = run("run", "--fd", "4=file:read:file", "sh", "-c", "cat <&4",
                   cwd=d)
        equal(done.stdout, "one\ntwo\n")
        done = run("run", "--fd", "4=file:read:" + path + "-not", "true")
        equal(done.returncode, 125)
        os.close(r)
        os.close(w)


if __name__ == "__main__":
    main()
