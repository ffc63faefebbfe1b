# SPDX-License-Identifier: Apache-2.0
"""Telling others which process the program is: --pid-pipe, --pidfd-socket."""

import os
import select
import signal
import socket
import struct
import threading

from cli_support import (LIMIT, Scratch, case, equal, main, marker, matches,
                         processes, run)
from cli_handshake_support import Live, not_started, sleeper, told
from cli_detach_support import (DETACH, READY, Listener, PidPipe, Program,
                                pid_of)


def lasting(has_handshake):
    """A program that lasts; ready, where it is asked for that."""
    if has_handshake:
        return sleeper("caisson", marker(), "ready", "pause")
    return ["sleep", marker()]


@case("--pid-pipe gets the pid, 4 bytes, little-endian, and then the end")
def pid_pipe():
    for options in ([], DETACH):
        for before in ([], READY):
            with PidPipe() as pipe:
                with Live(*options, *before, *pipe.options(),
                          *lasting(before), pass_fds=[pipe.w]) as live:
                    pid = live.expect("started")["pid"]
                    equal(pipe.read(), struct.pack("<i", pid))
                    with Program(pid) as program:
                        assert program.runs()


@case("nobody is told before the program is ready")
def told_when_ready():
    with PidPipe() as pipe, Listener() as listener:
        with Live(*READY, *pipe.options(), *listener.options(), *sleeper(
                "caisson", marker(), "await", 0, "ready", "exit", 0),
                pass_fds=[pipe.w], stdin=-1) as live:
            pid = live.expect("started")["pid"]
            equal(select.select([pipe.r], [], [], 0.2)[0], [])
            live.process.stdin.close()
            live.process.stdin = None
            live.expect("ready")
            equal(pipe.read(), struct.pack("<i", pid))
            data, fds = listener.receive()
            equal((data, len(fds)), (b"standard", 1))
            os.close(fds[0])
            equal(live.end()[0], 0)


@case("--pidfd-socket gets a pidfd that lives as long as the program")
def pidfd_socket():
    for options in ([], DETACH):
        for before in ([], READY):
            with Listener() as listener:
                with Live(*options, *before, *listener.options(),
                          *lasting(before)) as live:
                    pid = live.expect("started")["pid"]
                    data, fds = listener.receive()
                    equal((data, len(fds)), (b"standard", 1))
                    equal(pid_of(fds[0]), pid)
                    if options:
                        equal(live.process.wait(timeout=LIMIT), 0)
                    equal(select.select(fds, [], [], 0)[0], [])
                    signal.pidfd_send_signal(fds[0], signal.SIGKILL)
                    equal(select.select(fds, [], [], LIMIT)[0], fds)
                    os.close(fds[0])
                    if not options:
                        equal(live.end()[0], 137)


@case("a reader of the pid that has gone ends the program")
def pid_pipe_gone():
    for options in ([], DETACH):
        mark = marker()
        with PidPipe() as pipe:
            os.close(pipe.r)
            pipe.r = -1
            done, events = told(*options, *READY, *pipe.options(), *sleeper(
                "caisson", mark, "keeper", "ready", "pause"),
                pass_fds=[pipe.w])
        equal(done.returncode, 125)
        matches(done.stderr, "--pid-pipe [^\n]*Broken pipe\n$")
        equal([e["event"] for e in events], ["started", "ready", "error"])
        equal(processes(mark), [])


@case("a pipe that takes nothing ends the program, after a while")
def pid_pipe_full():
    mark = marker()
    with PidPipe() as pipe:
        os.set_blocking(pipe.w, False)
        try:
            while True:
                os.write(pipe.w, b"x" * 1024)
        except BlockingIOError:
            pass
        os.set_blocking(pipe.w, True)
        done, _ = told("--detach", *pipe.options(), "sleep", mark,
                       pass_fds=[pipe.w])
    equal(done.returncode, 125)
    matches(done.stderr, "--pid-pipe [^\n]*timed out")
    equal(processes(mark), [])


@case("--pid-pipe must be open, writable, and nothing else")
def pid_pipe_bad():
    with PidPipe() as pipe:
        for fd in ("0", "1", "2", "-1", "x"):
            matches(not_started("--pid-pipe", fd), "--pid-pipe " + fd)
        matches(not_started("--pid-pipe", "999"), "Bad file descriptor")
        matches(not_started("--pid-pipe", str(pipe.r), pass_fds=[pipe.r]),
                "not writable")
        for option in ("--events-fd", "--fd-socket"):
            matches(not_started(*pipe.options(), option, str(pipe.w),
                                pass_fds=[pipe.w]), "are the same")
        matches(not_started(*pipe.options(), "--fd", "5=%d" % pipe.w,
                            pass_fds=[pipe.w]), "would inherit")
        # a file of events that would get its number is not taken for it
        with Scratch() as d:
            said = run("run", "--pid-pipe", "3", "--events-file",
                       os.path.join(d, "events"), "true")
            equal(said.returncode, 125)
            matches(said.stderr, "Bad file descriptor")


@case("a socket where nobody listens lets nothing be started")
def nobody():
    with Scratch() as d:
        path = os.path.join(d, "s")
        matches(not_started("--pidfd-socket", path), "No such file")
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(path)
            matches(not_started("--pidfd-socket", path), "refused")
        os.unlink(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(path)
            matches(not_started("--pidfd-socket", path), path)
        for bad in ("", d + "/" + "x" * 108):
            matches(not_started("--pidfd-socket", bad), "at most 107 bytes")


@case("a full backlog is an error in the end, and nothing is started")
def backlog():
    with Listener(backlog=0) as listener:
        waiting = []
        while True:
            s = socket.socket(socket.AF_UNIX)
            s.setblocking(False)
            waiting.append(s)
            try:
                s.connect(listener.path)
            except BlockingIOError:
                break
        matches(not_started(*listener.options()), "timed out")
        for s in waiting:
            s.close()


@case("a listener that hangs up ends the program")
def hangs_up():
    mark = marker()
    with Listener() as listener:
        def refuse():
            listener.socket.accept()[0].close()
            os.write(w, b"x")
        r, w = os.pipe()
        thread = threading.Thread(target=refuse)
        thread.start()
        done, events = told("--detach", *READY, *listener.options(), *sleeper(
            "caisson", mark, "await", 0, "ready", "pause"), stdin=r)
        thread.join()
        os.close(r)
        os.close(w)
    equal(done.returncode, 125)
    matches(done.stderr, "--pidfd-socket [^\n]*Broken pipe\n$")
    equal([e["event"] for e in events], ["started", "ready", "error"])
    equal(processes(mark), [])


if __name__ == "__main__":
    main()
