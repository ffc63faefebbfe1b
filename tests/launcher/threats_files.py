# SPDX-License-Identifier: Apache-2.0
"""Files of grants that must not be believed, for the tests of group C."""

import os

import threats
import town


class Applied:
    """The file of grants, put in some other way each time."""

    def __init__(self):
        with open(town.APPLIED, "rb") as file:
            self.data = file.read()
        self.place = os.path.dirname(town.APPLIED)

    def put(self, data=None, mode=0o644, owner=0):
        for path in (town.APPLIED, town.APPLIED + ".other"):
            if os.path.lexists(path):
                (os.rmdir if os.path.isdir(path) and not os.path.islink(path)
                 else os.unlink)(path)
        if data is not None:
            with open(town.APPLIED, "wb") as file:
                file.write(data)
            os.chmod(town.APPLIED, mode)
            os.chown(town.APPLIED, owner, owner)

    def restore(self):
        os.chmod(self.place, 0o755)
        os.chown(self.place, 0, 0)
        self.put(self.data)


def make_link(applied):
    applied.put()
    with open(town.APPLIED + ".other", "wb") as file:
        file.write(applied.data)
    os.symlink(town.APPLIED + ".other", town.APPLIED)


def make_hard_link(applied):
    applied.put(applied.data)
    os.link(town.APPLIED, town.APPLIED + ".other")


def make_fifo(applied):
    applied.put()
    os.mkfifo(town.APPLIED)


def make_directory(applied):
    applied.put()
    os.mkdir(town.APPLIED)


# What is not believed; the last ones are not grants at all.
BAD = {
    "of a user": lambda a: a.put(a.data, owner=town.USERS["agent"].uid),
    "group may write": lambda a: a.put(a.data, mode=0o664),
    "others may write": lambda a: a.put(a.data, mode=0o646),
    "directory: group may write": lambda a: os.chmod(a.place, 0o775),
    "directory: of a user": lambda a: os.chown(
        a.place, town.USERS["agent"].uid, 0),
    "a link": make_link,
    "a hard link": make_hard_link,
    "a fifo": make_fifo,
    "a directory": make_directory,
    "not there": lambda a: a.put(),
    "empty": lambda a: a.put(b""),
    "too large": lambda a: a.put(a.data + bytes(1 << 20)),
    "text": lambda a: a.put(threats.GRANTS.encode()),
}
