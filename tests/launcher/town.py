# SPDX-License-Identifier: Apache-2.0
"""The test town: a machine of its own for one test program of the launcher.

	import town
	town.enter()			# or the program is skipped (77)
	town.grant('permit user agent as user builder {\n...}\n')
	session = town.start_launcher()	# as user agent
	session.sock.send(...)
	...
	town.run([...], user="agent")

enter() makes a private mount namespace, in which /etc is a copy and /var/lib
and /run are empty, so that no file of the host is touched and test programs
run at the same time.  It ends with the process, and with it all of the town.

In it there are, all of them root's and not writable for others:

	LAUNCHER	the launcher, root:caisson 4750
	CAISSON		the command
	BIN		a directory for programs: town.install(path)
	USERS		agent, in group caisson; builder, in group crew, too;
			third, in no group but its own

and each user has a home below /run/town/home.  The ids are unused ones, others
for every test program.  Wanted from outside: CAISSON and CAISSON_LAUNCHER in
the environment, as built."""

import collections
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys

SKIP = 77
ROOT = "/run/town"
BIN = ROOT + "/bin"
LAUNCHER = ROOT + "/libexec/caisson-launcher"
CAISSON = BIN + "/caisson"
GRANTS = "/etc/caisson/grants"
APPLIED = "/var/lib/caisson/grants"

CLONE_NEWNS = 0x20000
MS_NOSUID, MS_BIND, MS_REC, MS_PRIVATE = 2, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)

User = collections.namedtuple("User", "name uid gid groups home")
USERS = {}
GROUPS = {}


class Refused(Exception):
    pass


def skip(reason):
    print("skipped: " + reason)
    sys.exit(SKIP)


def checked(result, what):
    if result != 0:
        raise Refused(what + ": " + os.strerror(ctypes.get_errno()))


def mount(source, target, kind=None, flags=0, data=None):
    checked(libc.mount(*[value.encode() if value else None
                         for value in (source, target, kind)],
                       ctypes.c_ulong(flags),
                       data.encode() if data else None), "mount " + target)


def make_users():
    """Ids by our pid: another test program has others, which counts where the
    kernel counts by user."""
    base = 70000000 + os.getpid() * 8
    for number, name in enumerate(("agent", "builder", "third", "caisson",
                                   "crew")):
        GROUPS[name] = base + number
    members = {"agent": ["caisson"], "builder": ["crew"], "third": []}
    with open("/etc/passwd", "a") as passwd, open("/etc/group", "a") as group:
        for name, more in members.items():
            home = ROOT + "/home/" + name
            ids = sorted([GROUPS[name]] + [GROUPS[g] for g in more])
            USERS[name] = User(name, GROUPS[name], GROUPS[name], ids, home)
            passwd.write("%s:x:%d:%d::%s:/bin/sh\n" %
                         (name, GROUPS[name], GROUPS[name], home))
            os.mkdir(home, 0o755)
            os.chown(home, GROUPS[name], GROUPS[name])
        for name, gid in GROUPS.items():
            who = [user for user, more in members.items() if name in more]
            group.write("%s:x:%d:%s\n" % (name, gid, ",".join(who)))
    USERS["root"] = User("root", 0, 0, [0], "/root")


def install(path, name=None, directory=BIN):
    """A copy that is root's and that everybody may run; its path."""
    target = os.path.join(directory, name or os.path.basename(path))
    shutil.copyfile(path, target)
    os.chown(target, 0, 0)
    os.chmod(target, 0o755)
    return target


def install_launcher(source, target=LAUNCHER, mode=0o4750, uid=0, gid=None):
    if os.path.exists(target):
        os.unlink(target)
    shutil.copyfile(source, target)
    os.chown(target, uid, GROUPS["caisson"] if gid is None else gid)
    os.chmod(target, mode)
    return target


def build(launcher, caisson):
    checked(libc.unshare(CLONE_NEWNS), "unshare")
    # whoever runs the tests may be nice; what they launch is asked for that
    os.setpriority(os.PRIO_PROCESS, 0, 0)
    mount(None, "/", flags=MS_REC | MS_PRIVATE)
    for place in ("/var/lib", "/run"):
        mount("town", place, "tmpfs", data="mode=755")
    for place in (ROOT, BIN, ROOT + "/libexec", ROOT + "/home",
                  "/var/lib/caisson"):
        os.mkdir(place, 0o755)
    shutil.copytree("/etc", ROOT + "/etc", symlinks=True,
                    copy_function=copy_with_owner)
    mount(ROOT + "/etc", "/etc", flags=MS_BIND)
    shutil.rmtree("/etc/caisson", ignore_errors=True)
    os.mkdir("/etc/caisson", 0o755)
    make_users()
    if launcher:
        install_launcher(launcher)
    if caisson:
        install(caisson, "caisson")


def copy_with_owner(source, target):
    shutil.copy2(source, target, follow_symlinks=False)
    about = os.lstat(source)
    os.chown(target, about.st_uid, about.st_gid, follow_symlinks=False)


def enter():
    """Once in a program, and before it has threads."""
    launcher = os.environ.get("CAISSON_LAUNCHER")
    caisson = os.environ.get("CAISSON")
    if os.geteuid() != 0:
        skip("needs root")
    os.umask(0o022)
    os.chdir("/")
    for path in (launcher, caisson):
        if path and not os.path.exists(path):
            skip(path + " is not there")
    try:
        build(launcher, caisson)
    except Refused as refused:
        skip("no namespace for a test town: %s" % refused)


def grant(text, check=True):
    """The grants, from the text on, as the administrator applies them."""
    with open(GRANTS, "w") as file:
        file.write(text)
    os.chmod(GRANTS, 0o644)
    done = subprocess.run([CAISSON, "grants", "apply"], text=True,
                          capture_output=True)
    if check and done.returncode != 0:
        raise AssertionError("grants apply: %d: %s%s" % (
            done.returncode, done.stdout, done.stderr))
    return done


def revoke():
    """No grants at all."""
    for path in (GRANTS, APPLIED):
        if os.path.exists(path):
            os.unlink(path)


def become(name, keep_groups=None):
    """This process is that user from now on, for good: in a child."""
    user = USERS[name]
    os.setgroups(user.groups if keep_groups is None else keep_groups)
    os.setresgid(user.gid, user.gid, user.gid)
    os.setresuid(user.uid, user.uid, user.uid)


def run(argv, user="agent", **more):
    """A program as that user; as subprocess.run, but nothing is inherited."""
    who = USERS[user]
    env = {"PATH": "/usr/bin:/bin", "HOME": who.home, "USER": user}
    env.update(more.pop("env", {}))
    more.setdefault("text", True)
    more.setdefault("capture_output", True)
    more.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(argv, preexec_fn=lambda: become(user), env=env,
                          cwd="/", **more)


class Session:
    """A launcher, and the socket to it.  We are its agent."""

    def __init__(self, sock, process):
        self.sock = sock
        self.process = process

    def close(self):
        """End of file; its exit status."""
        self.sock.close()
        return self.process.wait(30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_launcher(user="agent", launcher=LAUNCHER, prepare=None, wrap=()):
    """As a library would: no arguments but its name, no environment, the
    socket on 3.  prepare() runs as that user, right before the exec; wrap is
    a command before it, as strace is one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(30)

    def before():
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if theirs.fileno() == 3:
            os.set_inheritable(3, True)
        else:
            os.dup2(theirs.fileno(), 3)
        become(user)
        if prepare is not None:
            prepare()

    process = subprocess.Popen([*wrap, launcher], env={}, cwd="/",
                               stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, close_fds=False,
                               preexec_fn=before)
    theirs.close()
    return Session(ours, process)
