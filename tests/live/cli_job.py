# SPDX-License-Identifier: Apache-2.0
"""Job control: what a person at a shell sees with caisson in between."""

import os
import shutil
import signal
import subprocess
import time

from cli_support import (CAISSON, Shell, case, equal, main, marker, need,
                         processes, state_of, until)

SHELLS = [["bash", "--norc", "--noprofile", "-i"], ["dash", "-i"]]


def in_each_shell(name):
    """A case for every shell there is."""

    def add(function):
        for command in SHELLS:
            def once(command=command):
                need(shutil.which(command[0]), command[0] + " is missing")
                with Shell(command) as shell:
                    function(shell)
            case("%s (%s)" % (name, command[0]))(once)
        return function

    return add


def running(mark):
    until(lambda: processes(mark), "the program runs")
    # caisson has the number in its command line too: the program is a sleep.
    def program():
        for pid in processes(mark):
            with open("/proc/%d/comm" % pid) as f:
                if f.read().strip() == "sleep":
                    return pid
        return None
    until(program, "the program runs")
    return program()


@in_each_shell("Ctrl-C ends the program and everything it started")
def ctrl_c(shell):
    one, two = marker(), marker()
    shell.send("%s run sh -c 'setsid sleep %s & sleep %s; echo after'\n"
               % (CAISSON, one, two))
    running(one)
    running(two)
    shell.send("\x03")
    equal(shell.status(), 130)
    equal(processes(one) + processes(two), [])


@in_each_shell("the program has a group of its own in the foreground")
def foreground(shell):
    mark = marker()
    shell.send("%s run sleep %s\n" % (CAISSON, mark))
    pid = running(mark)
    until(lambda: shell.foreground() == os.getpgid(pid), "it has the terminal")
    equal(os.getpgid(pid), pid, "its own group")
    shell.send("\x03")
    equal(shell.status(), 130)


@in_each_shell("Ctrl-Z stops the job, fg continues it in front")
def ctrl_z(shell):
    mark = marker()
    shell.send("%s run sleep %s\n" % (CAISSON, mark))
    pid = running(mark)
    until(lambda: shell.foreground() == pid, "it has the terminal")
    shell.send("\x1a")
    shell.expect("(?i)stopped")
    equal(state_of(pid), "T")
    shell.send("fg\n")
    until(lambda: state_of(pid) == "S", "the program goes on")
    until(lambda: shell.foreground() == pid, "it has the terminal again")
    shell.send("\x1a")
    shell.expect("(?i)stopped")
    shell.send("fg\n")
    until(lambda: shell.foreground() == pid, "and once more")
    shell.send("\x03")
    equal(shell.status(), 130)


@in_each_shell("bg continues a stopped job behind")
def bg(shell):
    mark = marker()
    shell.send("%s run sleep %s\n" % (CAISSON, mark))
    pid = running(mark)
    until(lambda: shell.foreground() == pid, "it has the terminal")
    shell.send("\x1a")
    shell.expect("(?i)stopped")
    shell.send("bg\n")
    until(lambda: state_of(pid) == "S", "the program goes on")
    shell.send("echo sh''ell\n")
    shell.expect("shell\r\n")
    equal(shell.foreground(), shell.pid, "the shell has the terminal")
    shell.send("kill %1\n")
    until(lambda: not processes(mark), "the job ends")


@in_each_shell("a job in the background that reads the terminal stops, and "
               "reads after fg")
def background_reader(shell):
    shell.send("%s run cat &\necho pid''=$!\n" % CAISSON)
    pid = int(shell.expect(r"pid=(\d+)\r\n").group(1))
    until(lambda: state_of(pid) == "T", "caisson stops with it")
    shell.send("jobs\n")
    shell.expect("(?i)stopped")
    shell.send("fg\n")
    time.sleep(0.2)
    shell.send("to the cat\n")
    shell.expect("to the cat\r\n")
    shell.send("\x04")
    equal(shell.status(), 0)


@in_each_shell("a running background job reads the terminal after fg")
def late_reader(shell):
    mark = marker()
    shell.send("%s run sh -c 'sleep 0.6; head -n 1; : %s' &\n"
               % (CAISSON, mark))
    time.sleep(0.2)
    shell.send("fg\n")
    time.sleep(0.6)
    shell.send("a line\n")
    shell.expect("a line\r\n")
    equal(shell.status(), 0)


@in_each_shell("a program that reads /dev/tty gets the terminal although its "
               "standard input is a pipe")
def pager(shell):
    shell.send("echo in | %s run sh -c 'read a </dev/tty; echo got-$a'\n"
               % CAISSON)
    time.sleep(0.3)
    shell.send("word\n")
    shell.expect("got-word\r\n")
    equal(shell.status(), 0)


@in_each_shell("after the program the shell has the terminal again")
def terminal_back(shell):
    shell.send("%s run true; %s run sh -c 'kill -9 $$'\n" % (CAISSON, CAISSON))
    equal(shell.status(), 137)
    until(lambda: shell.foreground() == shell.pid, "the shell is in front")
    shell.send("read x; echo =$x=\n")
    time.sleep(0.2)
    shell.send("typed\n")
    shell.expect("=typed=\r\n")


@in_each_shell("Ctrl-C ends a script around caisson as well")
def script(shell):
    mark = marker()
    shell.send("sh -c '%s run sleep %s; echo not''reached'\n" % (CAISSON, mark))
    running(mark)
    shell.send("\x03")
    equal(shell.status(), 130)
    shell.send("echo en''d\n")
    shell.expect("end\r\n")
    assert "notreached" not in shell.seen


@in_each_shell("Ctrl-Z stops a script around caisson as well")
def stopped_script(shell):
    mark = marker()
    shell.send("sh -c '%s run sleep %s; exit 3'\n" % (CAISSON, mark))
    pid = running(mark)
    until(lambda: shell.foreground() == pid, "it has the terminal")
    shell.send("\x1a")
    shell.expect("(?i)stopped")
    shell.send("fg\n")
    until(lambda: shell.foreground() == pid, "it has the terminal again")
    os.kill(pid, signal.SIGTERM)
    shell.expect("SIGTERM")
    equal(shell.status(), 3)


@in_each_shell("a program that handles Ctrl-C goes on, and so does the script")
def handler(shell):
    mark = marker()
    shell.send("%s run sh -c 'trap \"echo caught\" INT; sleep %s; exit 5'\n"
               % (CAISSON, mark))
    running(mark)
    time.sleep(0.1)
    shell.send("\x03")
    shell.expect("caught")
    equal(shell.status(), 5)


@in_each_shell("caisson inside caisson stops and continues")
def nested(shell):
    mark = marker()
    shell.send("%s run %s run sleep %s\n" % (CAISSON, CAISSON, mark))
    pid = running(mark)
    until(lambda: shell.foreground() == pid, "the innermost has the terminal")
    shell.send("\x1a")
    shell.expect("(?i)stopped")
    shell.send("fg\n")
    until(lambda: shell.foreground() == pid, "and again")
    shell.send("\x03")
    equal(shell.status(), 130)
    equal(processes(mark), [])


@in_each_shell("an interactive shell inside has job control of its own")
def inner_shell(shell):
    mark = marker()
    shell.send("%s run sh -i\n" % CAISSON)
    shell.send("stty -echo; sleep %s\n" % mark)
    pid = running(mark)
    until(lambda: shell.foreground() == pid, "the inner job is in front")
    shell.send("\x1a")
    shell.expect("(?i)stopped")
    shell.send("echo in''ner\n")
    shell.expect("inner\r\n")
    equal(state_of(pid), "T")
    shell.send("exit\nexit 6\n")
    equal(shell.status(), 6)
    equal(processes(mark), [])
    until(lambda: shell.foreground() == shell.pid, "the shell is in front")


@case("without a shell Ctrl-Z does nothing and the program goes on")
def orphan():
    mark = marker()
    with Shell(["sh", "-c", "stty -echo; read x; echo ready; "
                "exec %s run sleep %s" % (CAISSON, mark)]) as shell:
        pid = running(mark)
        until(lambda: shell.foreground() == pid, "it has the terminal")
        shell.send("\x1a")
        time.sleep(0.3)
        equal(state_of(pid), "S")
        equal(shell.foreground(), pid)
        shell.send("\x03")
        until(lambda: not processes(mark), "Ctrl-C still works")


@case("the end of the terminal ends the program")
def hangup():
    mark = marker()
    shell = Shell(["dash", "-i"])
    shell.send("%s run sleep %s\n" % (CAISSON, mark))
    running(mark)
    shell.close()
    until(lambda: not processes(mark), "nothing is left")


@case("a program in the background without a shell is hung up when it reads "
      "the terminal")
def orphan_reader():
    # The session's leader stays in front; caisson's group has lost its parent.
    with Shell(["bash", "--norc", "--noprofile", "-i"]) as shell:
        mark = marker()
        script = "cat </dev/tty; : " + mark
        shell.send("(set -m; (sleep 0.3; exec %s run sh -c '%s') & )\n"
                   % (CAISSON, script))
        shell.expect("killed by SIGHUP")
        until(lambda: not processes(script), "it is gone")
        shell.send("echo sh''ell\n")
        shell.expect("shell\r\n")


if __name__ == "__main__":
    main()
