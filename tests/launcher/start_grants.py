# SPDX-License-Identifier: Apache-2.0
"""The grants are believed only where nobody but root can have written them.
What shows it from outside is the launcher's bounding set: the capability that
they give is in it, or not."""

import os
import socket

import starting
import town
from starting import NET_BIND_SERVICE, check, living

TEXT = """permit user agent as user builder {
	program /usr/bin/true
	capabilities net_bind_service
}
"""
DIRECTORY = os.path.dirname(town.APPLIED)


def are_believed(name):
    with living(name) as launcher:
        if launcher is None:
            return None
        bounding = int(launcher.status()["CapBnd"], 16)
        return bounding == 1 << NET_BIND_SERVICE


def believed(name):
    check(name + ": believed", are_believed(name) is True)


def not_believed(name, spoil, mend):
    """The same file, before and after."""
    spoil()
    check(name + ": not believed", are_believed(name) is False)
    mend()
    check(name + ": believed once that is mended",
          are_believed(name + ", mended") is True)


def chown(path, who):
    return lambda: os.chown(path, *(2 * [town.USERS[who].uid if who else 0]))


def chmod(path, mode):
    return lambda: os.chmod(path, mode)


def moved(make):
    """The file has another name, and what make() does has its own."""
    def spoil():
        os.rename(town.APPLIED, DIRECTORY + "/real")
        make()
    return spoil


def back():
    for path in (town.APPLIED, DIRECTORY + "/link"):
        if os.path.isdir(path) and not os.path.islink(path):
            os.rmdir(path)
        elif os.path.lexists(path) and os.path.exists(DIRECTORY + "/real"):
            os.unlink(path)
    if os.path.exists(DIRECTORY + "/real"):
        os.rename(DIRECTORY + "/real", town.APPLIED)


def listening():
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(town.APPLIED)
    sock.close()


def directory_moved():
    os.rename(DIRECTORY, "/var/lib/elsewhere")
    os.symlink("/var/lib/elsewhere", DIRECTORY)


def directory_back():
    os.unlink(DIRECTORY)
    os.rename("/var/lib/elsewhere", DIRECTORY)


def write(data):
    def make():
        with open(town.APPLIED, "wb") as file:
            file.write(data)
        os.chmod(town.APPLIED, 0o600)
    return make


def test_owners():
    not_believed("C06: a file of somebody else's", chown(town.APPLIED, "third"),
                 chown(town.APPLIED, None))
    not_believed("C06: a file of the caller's", chown(town.APPLIED, "agent"),
                 chown(town.APPLIED, None))
    for mode in (0o620, 0o602, 0o666):
        not_believed("C06: a file of mode %o" % mode,
                     chmod(town.APPLIED, mode), chmod(town.APPLIED, 0o600))
    for path in (DIRECTORY, "/var/lib"):
        not_believed("C06: %s is somebody else's" % path, chown(path, "third"),
                     chown(path, None))
        for mode in (0o775, 0o757, 0o1777):
            not_believed("C06: %s has mode %o" % (path, mode),
                         chmod(path, mode), chmod(path, 0o755))


def test_kinds():
    real = DIRECTORY + "/real"
    for name, make in (
            ("a symbolic link", lambda: os.symlink(real, town.APPLIED)),
            ("nothing", lambda: None),
            ("a FIFO", lambda: os.mkfifo(town.APPLIED, 0o600)),
            ("a directory", lambda: os.mkdir(town.APPLIED, 0o755)),
            ("a socket", listening),
            ("/dev/zero", lambda: os.mknod(town.APPLIED, 0o020600,
                                           os.makedev(1, 5)))):
        not_believed("D01: there is " + name, moved(make), back)
    not_believed("a second name",
                 lambda: os.link(town.APPLIED, DIRECTORY + "/link"), back_link)
    not_believed("D01: its directory is a symbolic link", directory_moved,
                 directory_back)


def back_link():
    os.unlink(DIRECTORY + "/link")


def test_bytes():
    with open(town.APPLIED, "rb") as file:
        right = file.read()
    for name, data in (
            ("empty", b""), ("cut short", right[:-1]),
            ("followed by something", right + b"\0"),
            ("text", TEXT.encode()), ("another magic", b"x" + right[1:]),
            ("too large", right + b"\0" * (1 << 20)),
            ("zeros", b"\0" * len(right))):
        not_believed("K11: the file is " + name, moved(write(data)), back)


town.enter()
town.grant(TEXT)
believed("as applied")
test_owners()
test_kinds()
test_bytes()
starting.finish()
