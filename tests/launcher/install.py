# SPDX-License-Identifier: Apache-2.0
"""A clean install, used as an ordinary user, and taken away again:

	install.py BUILD	configured with --prefix=/usr, and compiled

/usr is an overlay that only this process sees, so the machine keeps its own.
The first install is without the option for the setuid bit, the second with."""

import os
import shutil
import stat
import subprocess
import sys

import town
from cases import case, equal, main

BUILD = os.path.abspath(sys.argv.pop(1))
MESON = shutil.which("meson")
LAUNCHER = "/usr/libexec/caisson-launcher"
MANUALS = ("man1/caisson.1", "man1/caisson-run.1", "man1/caisson-session.1",
           "man1/caisson-grants.1", "man5/caisson-grants.5",
           "man8/caisson-launcher.8", "man3/libcaisson.3")
GRANT = """permit user agent as user builder {
	program /usr/bin/make
	env PATH HOME USER LOGNAME SHELL TERM LANG LC_* TZ
}
"""


def command(*argv, check=True, **more):
    done = subprocess.run(argv, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, **more)
    if check and done.returncode != 0:
        raise AssertionError("%s: %d\n%s%s" % (
            " ".join(argv), done.returncode, done.stdout[-2000:], done.stderr))
    return done


def overlay():
    """On /usr: what is written goes to memory."""
    place = town.ROOT + "/overlay"
    os.mkdir(place)
    town.mount("overlay", place, "tmpfs", data="mode=755")
    for name in ("upper", "work"):
        os.mkdir(place + "/" + name)
    try:
        town.mount("overlay", "/usr", "overlay", data="lowerdir=/usr,"
                   "upperdir=%s/upper,workdir=%s/work" % (place, place))
    except town.Refused as refused:
        town.skip("no overlay over /usr: %s" % refused)
    return place + "/upper"


def installed():
    """Every file that is new, but for directories."""
    found = {}
    for path, _, files in os.walk(UPPER):
        for name in files:
            whole = os.path.join(path, name)
            about = os.lstat(whole)
            if not stat.S_ISCHR(about.st_mode):  # something that was removed
                found["/usr" + whole[len(UPPER):]] = about
    return found


def set_bit(yes):
    command(MESON, "configure", BUILD, "-Dlauncher_setuid=%s" % yes)
    command("ninja", "-C", BUILD)


def install(check=True):
    return command(MESON, "install", "-C", BUILD, "--no-rebuild", check=check)


def special(files):
    return [path for path, about in files.items()
            if about.st_mode & (stat.S_ISUID | stat.S_ISGID)]


def group(there):
    """The group whose members may use it, in our copy of /etc."""
    with open("/etc/group") as file:
        lines = [line for line in file if not line.startswith("caisson:")]
    if there:
        lines.append("caisson:x:%d:agent\n" % town.GROUPS["caisson"])
    with open("/etc/group", "w") as file:
        file.writelines(lines)


@case("without the option nothing that is installed is setuid")
def default_install():
    set_bit("false")
    install()
    files = installed()
    assert LAUNCHER in files, sorted(files)
    equal(special(files), [])
    about = files[LAUNCHER]
    equal((about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode)),
          (0, 0, 0o755))
    done = town.run(["caisson", "run", "--user", "builder", "--", "make"])
    equal(done.returncode, 125, "as a launcher without privilege")


@case("with the option, and without the group, there is no bit, and a reason")
def no_group():
    set_bit("true")
    group(False)
    done = install(check=False)
    group(True)
    assert done.returncode != 0, done.stdout
    assert "groupadd" in done.stdout + done.stderr, done
    equal(special(installed()), [])


@case("with the option the launcher is root's and for its group alone")
def setuid_install():
    install()
    files = installed()
    equal(special(files), [LAUNCHER])
    about = files[LAUNCHER]
    equal((about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode)),
          (0, town.GROUPS["caisson"], 0o4750))
    for user, want in (("agent", False), ("third", True), ("builder", True)):
        done = town.run(["/bin/sh", "-c", "exec %s 3>&-" % LAUNCHER],
                        user=user)
        equal(done.returncode == 126, want, "refused to " + user)
    for path in {os.path.dirname(path) for path in files}:
        about = os.stat(path)
        assert about.st_uid == 0 and not about.st_mode & 0o022, path


@case("the manual pages are there")
def manuals():
    files = installed()
    missing = [page for page in MANUALS
               if not any(path.startswith("/usr/share/man/" + page)
                          for path in files)]
    equal(missing, [])


@case("an ordinary user with a grant runs make as another")
def grant_and_run():
    os.makedirs("/etc/caisson", exist_ok=True)
    with open("/etc/caisson/grants", "w") as file:
        file.write(GRANT)
    command("caisson", "grants", "apply")
    builder = town.USERS["builder"]
    project = builder.home + "/project"
    os.mkdir(project, 0o755)
    os.chown(project, builder.uid, builder.gid)
    with open(project + "/Makefile", "w") as file:
        file.write("all:\n\tid -u >who\n\t@echo built\nfail:\n\tfalse\n")

    def make(user, *targets):
        return town.run(["caisson", "run", "--user", "builder", "--chdir",
                         project, "--", "make", *targets], user=user)

    done = make("agent")
    equal((done.returncode, done.stdout), (0, "id -u >who\nbuilt\n"), done)
    with open(project + "/who") as file:
        equal(file.read(), "%d\n" % builder.uid)
    equal(os.stat(project + "/who").st_uid, builder.uid)
    equal(make("agent", "fail").returncode, 2, "make's status")
    equal(make("third").returncode, 125, "who has no grant")
    os.unlink("/var/lib/caisson/grants")
    equal(make("agent").returncode, 125, "when it is taken back")


@case("what is uninstalled leaves nothing")
def uninstall():
    before = installed()
    assert LAUNCHER in before
    command("ninja", "-C", BUILD, "uninstall")
    equal(sorted(installed()), [])


town.enter()
UPPER = overlay()
main()
