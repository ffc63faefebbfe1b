# SPDX-License-Identifier: Apache-2.0
"""Filters as launches have them: on every thread and child, under each other,
over programs that the filter lies to, and out of the program's reach."""

import os
import re
import subprocess

from cli_support import (CAISSON, Scratch, case, equal, main, matches, need,
                         need_program, need_root)
from profiles_support import ENV, confined, run

PROFILES = ("default", "strict", "build", "no-network", "agent")

STATUS = """\
import glob, threading
def state(path):
    fields = dict(l.split(':\\t', 1) for l in open(path) if ':\\t' in l)
    return fields['Seccomp'].strip(), fields['NoNewPrivs'].strip()
gate = threading.Barrier(4)
threads = [threading.Thread(target=lambda: (gate.wait(), gate.wait()))
           for _ in range(3)]
for t in threads: t.start()
gate.wait()
for path in glob.glob('/proc/self/task/*/status'): print(*state(path))
gate.wait()
for t in threads: t.join()
"""
CHILD = ("import subprocess; print(subprocess.check_output(['grep', '-E', "
         "'^(Seccomp|NoNewPrivs):', '/proc/self/status'], text=True))")


@case("H09: every thread and every child has the filter and no_new_privs")
def everybody():
    plain = run(["/usr/bin/python3", "-c", STATUS], {})
    equal(len(plain.stdout.split(b"\n")), 5, plain)
    need(b"2" not in plain.stdout, "this process has a seccomp filter")
    for profile in PROFILES:
        done = confined(profile, ["/usr/bin/python3", "-c", STATUS], {})
        equal(done.stdout, b"2 1\n" * 4, (profile, done.stderr))
        if profile != "strict":
            done = confined(profile, ["/usr/bin/python3", "-c", CHILD], {})
            equal(done.stdout.split(),
                  [b"NoNewPrivs:", b"1", b"Seccomp:", b"2"], profile)


def nested(profiles, command):
    """command under all of these, the first outermost."""
    words = []
    for profile in profiles:
        words += [CAISSON, "run", "--seccomp", profile, "--"]
    return run(words + command, {})


def filters():
    with open("/proc/self/status") as f:
        return int(re.search(r"^Seccomp_filters:\s*(\d+)", f.read(),
                             re.M).group(1))


@case("H10: launches in launches: ten filters, and the strictest answer wins")
def ten_deep():
    outside = filters()
    done = nested(["default"] * 10, ["grep", "Seccomp_filters",
                                     "/proc/self/status"])
    equal(done.returncode, 0, done.stderr)
    equal(int(done.stdout.split()[1]), outside + 10)
    connect = ["/usr/bin/python3", "-c",
               "import socket; socket.socket(socket.AF_INET).close(); "
               "print('made')"]
    equal(nested(["default"] * 10, connect).stdout, b"made\n")
    for at in (0, 4, 9):
        profiles = ["default"] * 10
        profiles[at] = "no-network"
        done = nested(profiles, connect)
        equal((done.returncode, done.stdout), (1, b""), at)
        matches(done.stderr.decode(), "Address family not supported", at)


FILL = """\
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
class prog(ctypes.Structure):
    _fields_ = [('len', ctypes.c_ushort), ('filter', ctypes.c_char_p)]
def load(n):
    # Each instruction returns SECCOMP_RET_ALLOW.
    code = struct.pack('=HBBI', 6, 0, 0, 0x7fff0000) * n
    p = prog(n, code)
    return libc.prctl(22, 2, ctypes.byref(p), 0, 0) == 0
libc.prctl(38, 1, 0, 0, 0)
if sys.argv[1] == 'full':
    for n in (4096, 256, 16, 1):
        while load(n): pass
    assert ctypes.get_errno() == 12
os.execv(sys.argv[2], sys.argv[2:])
"""


@case("H10: where the kernel takes no more filters, nothing is launched")
def too_many():
    command = [CAISSON, "run", "--seccomp", "default", "--", "echo", "launched"]
    fill = ["/usr/bin/python3", "-c", FILL]
    done = run([*fill, "empty", *command], {})
    equal((done.returncode, done.stdout), (0, b"launched\n"), done.stderr)
    done = run([*fill, "full", *command], {})
    assert done.returncode != 0, done
    equal(done.stdout, b"")
    matches(done.stderr.decode(), r"seccomp.*Cannot allocate memory")


@case("H10: a policy that is too long is refused with its line")
def too_long():
    values = "".join(" || arg1 == 0x%x" % (i * 0x10003) for i in range(2, 9000))
    with Scratch() as d:
        path = os.path.join(d, "long.policy")
        with open(path, "w") as f:
            f.write("@default return EPERM\n@system-service: allow\n\n"
                    "kexec_load: arg1 == 1%s\n" % values)
        done = confined(path, ["echo", "launched"], {})
        assert done.returncode != 0 and done.stdout == b"", done
        matches(done.stderr.decode(), r"long\.policy:4\b.*4096")


LIES = """\
@denylist
@default allow
{setresuid, setresgid, setgroups, setuid, setgid, capset}: return 0
{chdir, close_range, close, setsid, setpgid, ioctl}: return 0
"""
WHO = ("import os; print(*os.getresuid(), *os.getresgid(), os.getgroups()); "
       "print(open('/proc/self/status').read())")


@case("H04: a filter that lies to the program does not lie to the launch")
def liar():
    need_root()
    with Scratch() as d:
        os.chmod(d, 0o755)
        path = os.path.join(d, "liar.policy")
        with open(path, "w") as f:
            f.write(LIES)
        # What the filter says to a program that asks: done, and it is not.
        done = confined(path, ["/usr/bin/python3", "-c",
                               "import os; os.setresuid(7, 7, 7); "
                               "print(*os.getresuid())"], {})
        equal(done.stdout, b"0 0 0\n", done.stderr)
        done = run([CAISSON, "run", "--user", "nobody", "--seccomp", path,
                    "--", "/usr/bin/python3", "-c", WHO], {}, cwd="/")
        equal(done.returncode, 0, done.stderr)
        lines = done.stdout.decode()
        matches(lines, r"^65534 65534 65534 65534 65534 65534 ")
        matches(lines, r"(?m)^CapEff:\s*0+$")
        matches(lines, r"(?m)^CapPrm:\s*0+$")
        matches(lines, r"(?m)^NoNewPrivs:\s*1$")
        # One that hides itself from the launch is not believed.
        with open(path, "a") as f:
            f.write("prctl: return 0\n")
        done = confined(path, ["echo", "launched"], {})
        assert done.returncode != 0 and done.stdout == b"", done
        matches(done.stderr.decode(), "seccomp: .*read back other than asked")


@case("H04: a filter without an end or a beginning is refused")
def no_end():
    with Scratch() as d:
        for line, word in (("{exit, exit_group}: return 0", "exit"),
                           ("{execve, execveat}: return 0", "execve")):
            path = os.path.join(d, "p.policy")
            with open(path, "w") as f:
                f.write("@denylist\n@default allow\n%s\n" % line)
            done = confined(path, ["echo", "launched"], {})
            assert done.returncode != 0 and done.stdout == b"", done
            matches(done.stderr.decode(), word)


@case("H11: the filter is in no file, and no descriptor of the program")
def no_file():
    need_program("strace")
    # A leak checker cannot work where something else traces already.
    untraced = dict(ENV, ASAN_OPTIONS="detect_leaks=0")
    with Scratch() as d:
        trace = os.path.join(d, "trace")
        done = run(["strace", "-f", "-o", trace, "-e",
                    "trace=open,openat,openat2,creat,memfd_create,bpf,mkdir,"
                    "mkdirat,rename,seccomp,execve,execveat",
                    CAISSON, "run", "--seccomp", "default", "--",
                    "ls", "/proc/self/fd"], {}, env=untraced)
        equal(done.returncode, 0, done.stderr)
        # ls has its own open directory beside 0, 1 and 2.
        equal(done.stdout.split(), [b"0", b"1", b"2", b"3"], done)
        with open(trace) as f:
            lines = f.read().splitlines()
    loaded = [i for i, line in enumerate(lines)
              if "SECCOMP_SET_MODE_FILTER" in line]
    assert loaded, lines
    for line in lines[:loaded[-1]]:
        assert not re.search(r"O_WRONLY|O_RDWR|O_CREAT|creat\(|memfd_create|"
                             r"bpf\(|mkdir|rename", line) or \
            "\"/dev/" in line, line
    # The control: a program that does write is seen.
    with Scratch() as d:
        trace = os.path.join(d, "trace")
        subprocess.run(["strace", "-f", "-o", trace, "-e", "trace=openat",
                        "sh", "-c", "echo x >%s/x" % d], check=True)
        with open(trace) as f:
            matches(f.read(), "O_WRONLY|O_CREAT")


if __name__ == "__main__":
    main()
