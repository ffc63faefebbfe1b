# SPDX-License-Identifier: Apache-2.0
"""The test town itself: what it promises to the tests that live in it."""

import os
import stat
import subprocess
import sys

import town

HOST = {path: os.stat(path).st_mtime_ns for path in ("/etc/passwd", "/etc")}
FAILED = []


def check(name, right):
    print("%s: %s" % ("ok" if right else "FAILED", name))
    if not right:
        FAILED.append(name)


def host(path):
    """As it is outside."""
    return os.stat("/proc/%d/root%s" % (os.getppid(), path)).st_mtime_ns


town.enter()
about = os.stat(town.CAISSON)
check("the command is root's", (about.st_uid, stat.S_IMODE(about.st_mode)) ==
      (0, 0o755))
for name in ("agent", "builder", "third"):
    done = town.run(["id", "-u"], user=name)
    check(name + " is a user", done.stdout == "%d\n" % town.USERS[name].uid)
    done = town.run(["id", "-G", name], user=name)
    check(name + " has its groups", sorted(map(int, done.stdout.split())) ==
          town.USERS[name].groups)
town.grant("permit user agent as user builder {\n\tprogram /usr/bin/true\n}\n")
done = subprocess.run([town.CAISSON, "grants", "show"], capture_output=True,
                      text=True)
check("grants are applied", str(town.USERS["builder"].uid) in done.stdout)
town.revoke()
check("and revoked", not os.path.exists(town.APPLIED))
check("bad grants are noticed",
      town.grant("permit nobody\n", check=False).returncode != 0)
if "CAISSON_LAUNCHER" in os.environ:
    about = os.stat(town.LAUNCHER)
    check("the launcher is setuid, its group's",
          (about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode)) ==
          (0, town.GROUPS["caisson"], 0o4750))
    done = town.run(["/bin/sh", "-c", "exec " + town.LAUNCHER], user="third")
    check("who is not in the group cannot run it", done.returncode == 126)
    done = town.run(["/bin/sh", "-c", "exec " + town.LAUNCHER + " 3>&-"])
    check("who is in it can", done.returncode not in (126, 127))
check("the host's files are as they were",
      all(host(path) == was for path, was in HOST.items()))
sys.exit(1 if FAILED else 0)
