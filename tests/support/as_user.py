# SPDX-License-Identifier: Apache-2.0
"""For tests of the command line: with --as-user, the rest of the process is an
ordinary user without any privilege."""

import os
import subprocess
import sys

FLAG = "--as-user"


def skip(reason):
    print("skipped: " + reason)
    sys.exit(77)


def become():
    if FLAG not in sys.argv:
        return
    sys.argv.remove(FLAG)
    if os.geteuid() != 0:
        skip("needs root")
    uid = 700000 + os.getpid() % 100000  # nobody's
    os.chdir("/")
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    for variable in ("CAISSON", "SPEAKER"):
        path = os.environ.get(variable)
        if path and not os.access(path, os.X_OK):
            skip("%s is out of an ordinary user's reach" % path)
    done = subprocess.run([os.environ["CAISSON"], "--version"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode != 0:
        skip("caisson is out of an ordinary user's reach")
