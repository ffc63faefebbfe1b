# SPDX-License-Identifier: Apache-2.0
"""caisson grants: check, why, show and apply, as their users see them."""

import json
import os
import stat
import subprocess
import tempfile

from cli_policy_support import Files
from cli_support import CAISSON, LIMIT, case, equal, main, matches, need, need_root, run

TRUE = os.path.realpath("/usr/bin/true")

RULE = f"""permit uid 1000, group root as uid 65534 gid 65534 groups gid 7 {{
\tprogram {TRUE}
\tprogram /usr/lib/ scripts
\tseccomp build
\tenv PATH
\tenv LC_*
\tchroot /usr
\tdetach
\tsignal
\tcapabilities chown net_bind_service sys_resource sys_nice kill setuid
\textra_fds 3
\ttimeout 90min
\tnice -5
\toom_score_adj -7
\tlaunches 4
\trlimit core 0
\trlimit nofile unlimited
\trlimit as 4G
}}
"""
WHOM = ("uid", "1000", "as", "uid", "65534", "gid", "65534", "groups", "gid",
        "7")


def grants(*args, **more):
    return run("grants", *args, **more)


def answer(*args, status=0):
    done = grants(*args)
    equal(done.returncode, status, args)
    return json.loads(done.stdout)


@case("check counts rules and cases")
def check_counts_rules_and_cases():
    with Files(a=RULE, b=f"expect permit {' '.join(WHOM)} {TRUE}\n") as files:
        done = grants("check", files / "a", files / "b")
        equal((done.returncode, done.stdout, done.stderr),
              (0, "right: 1 rules, 1 cases\n", ""), "check")
        equal(answer("check", "--json", files / "a"),
              {"ok": True, "rules": 1, "cases": 0, "remarks": []}, "json")


@case("what is wrong is shown with its line")
def what_is_wrong_is_shown_with_its_line():
    with Files(a=RULE.replace("nofile", "nofil")) as files:
        done = grants("check", files / "a")
        equal((done.returncode, done.stdout), (125, ""), "check")
        equal(done.stderr.splitlines(),
              [f"caisson: grants check: {files / 'a'}:17:9: no limit "
               "\"nofil\"; did you mean nofile?",
               "     rlimit nofil unlimited", "            ^"], "check")
        said = answer("check", "--json", files / "a", status=125)
        equal((said["ok"], said["code"], said["line"], said["column"]),
              (False, "policy", 17, 9), "json")


@case("a case that does not hold is an error")
def a_case_that_does_not_hold_is_an_error():
    with Files(a=RULE + f"expect deny {' '.join(WHOM)} {TRUE}\n") as files:
        done = grants("check", files / "a")
        equal(done.returncode, 125, "check")
        matches(done.stderr.splitlines()[0],
                r".*:20:1: this does not hold: permitted by the rule of "
                r".*/a:1$", "check")


@case("remarks are shown unless they are not wanted")
def remarks_are_shown_unless_quiet():
    shell = os.path.realpath("/bin/sh")
    bash = "bash" if os.path.basename(shell) == "bash" else "dash"
    with Files(a=f"permit uid 1000 as uid 7 gid 7 {{\n\tprogram {shell}\n"
                 "\tenv LD_PRELOAD\n}\n") as files:
        done = grants("check", files / "a")
        equal(done.returncode, 0, "check")
        assert f":2:10: {bash} runs whatever" in done.stderr, done.stderr
        assert ":3:6: by LD_PRELOAD" in done.stderr, done.stderr
        equal(grants("check", "-q", files / "a").stderr, "", "quiet")
        equal(len(answer("check", "--json", files / "a")["remarks"]), 2,
              "json")


@case("why names the rule and what exceeds it")
def why_names_the_rule_and_what_exceeds_it():
    with Files(a=RULE) as files:
        ask = ("why", "-f", files / "a", *WHOM)
        done = grants(*ask, TRUE, "with", "nice", "-5,", "env", "LC_ALL",
                      "PATH")
        equal((done.returncode, done.stdout),
              (0, f"permitted by the rule of {files / 'a'}:1\n"), "permitted")
        done = grants(*ask, TRUE, "with", "nice", "-6")
        equal((done.returncode, done.stdout),
              (1, f"denied by the rule of {files / 'a'}:1: nice: at least "
                  "-5, asked for -6\n"), "denied")
        done = grants(*ask, "/usr/bin/false")
        equal((done.returncode, done.stdout),
              (1, "denied: no rule for the caller and the target has the "
                  "program /usr/bin/false\n"), "no rule")
        said = answer("why", "--json", "-f", files / "a", *WHOM, TRUE)
        equal((said["ok"], said["permitted"]), (True, True), "json")
        equal(grants(*ask).returncode, 125, "words are missing")
        equal(grants("why", "-f", files / "a", "user", "nobody of us", "as",
                     "uid", "7").returncode, 125, "a blank in a word")


@case("what was applied is shown, and is the same when applied again")
def what_is_applied_can_be_shown_and_is_the_same_again():
    need_root()
    with Files(a=RULE) as files, \
            tempfile.TemporaryDirectory(dir="/run") as place:
        applied, again = place + "/grants", place + "/again"
        os.chmod(place, 0o755)
        with open(applied, "w") as f:
            f.write("old")
        done = grants("apply", "-o", applied, files / "a")
        equal((done.returncode, done.stdout, done.stderr),
              (0, "applied: 1 rules, 0 cases\n", ""), "apply")
        equal(os.listdir(place), ["grants"], "nothing is left beside it")
        equal(stat.S_IMODE(os.stat(applied).st_mode), 0o600, "mode")
        shown = grants("show", applied).stdout
        text = files.write("a", shown.split("\n", 1)[1])
        equal(grants("apply", "-o", again, text).returncode, 0, shown)
        with open(applied, "rb") as first, open(again, "rb") as second:
            equal(second.read(), first.read(), "the same bytes")
        equal(grants("show", again).stdout, shown, "the same text")


@case("list shows the rules that are for who asks")
def list_shows_what_is_mine():
    mine = f"permit uid {os.getuid()} as uid 7 gid 7 {{\n\tprogram {TRUE}\n}}\n"
    group = (f"permit gid {os.getgid()} as uid 8 gid 8 {{\n\tprogram {TRUE}\n"
             "\tnice 3\n}\n")
    other = f"permit uid 424242 as uid 9 gid 9 {{\n\tprogram {TRUE}\n}}\n"
    everybody = f"permit everybody as uid 8 gid 9 {{\n\tprogram {TRUE}\n}}\n"
    with Files(a=mine + other + group + everybody, b=other) as files:
        shown = grants("list", "-f", files / "a").stdout
        lines = [line for line in shown.splitlines() if line[0] != "#"]
        equal("\n".join(lines) + "\n", mine + group + everybody, "list")
        equal(grants("list", "-f", files / "b").stdout,
              "# no rule is for you\n", "nothing")
        equal(grants("list", "x").returncode, 125, "a word")


# In a mount namespace of its own the files of the system are ours.
SYSTEM = r"""
mount -t tmpfs -o mode=0755 none /etc && mount -t tmpfs -o mode=0755 none /var/lib || exit 77
mkdir -p /etc/caisson/grants.d /var/lib/caisson
printf '%s' "$RULE" >/etc/caisson/grants
echo "== before"; $CAISSON grants list | wc -l
$CAISSON grants apply
echo "== after"; $CAISSON grants list | wc -l
$CAISSON grants why uid 0 as uid 7 gid 7 "$TRUE"
touch -d '+1 minute' /etc/caisson/grants
printf 'expect deny uid 5 as uid 7 gid 7 %s\n' "$TRUE" >/etc/caisson/grants.d/x.grants
touch -d '-1 minute' /etc/caisson/grants.d/x.grants
echo "== newer"; $CAISSON grants why uid 5 as uid 7 gid 7 "$TRUE"
$CAISSON grants list -q | wc -l
chmod 0777 /etc/caisson/grants.d
echo "== writable"; $CAISSON grants apply
echo "== as it was"; $CAISSON grants show | wc -l
"""


@case("the grants of the system are checked, applied and asked")
def the_grants_of_the_system():
    need_root()
    rule = f"permit uid 0 as uid 7 gid 7 {{\n\tprogram {TRUE}\n}}\n"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", SYSTEM], capture_output=True, text=True,
        env={**os.environ, "RULE": rule, "TRUE": TRUE, "CAISSON": CAISSON},
        timeout=LIMIT)
    need(done.returncode != 77 and "== before" in done.stdout,
         "no mount namespace")
    equal(done.stdout.splitlines(), [
        "== before", "4", "applied: 1 rules, 0 cases",
        "== after", "4", "permitted by the rule of /etc/caisson/grants:1",
        "== newer", "denied: no rule is for the caller", "4",
        "== writable", "== as it was", "4"], done.stderr)
    equal(done.stderr.splitlines(), [
        "caisson: grants list: warning: nothing was applied: run caisson "
        "grants apply",
        "caisson: grants why: warning: /etc/caisson/grants is newer than "
        "what was applied: run caisson grants apply",
        "caisson: grants apply: /etc/caisson/grants.d (mode 0777) is writable "
        "by others than root, who could change what is granted: chmod go-w "
        "/etc/caisson/grants.d, or use another place"], done.stdout)


@case("what is wrong is not applied")
def what_is_wrong_is_not_applied():
    need_root()
    with Files(a=RULE + "x\n") as files, \
            tempfile.TemporaryDirectory(dir="/run") as place:
        with open(place + "/grants", "w") as f:
            f.write("old")
        equal(grants("apply", "-o", place + "/grants",
                     files / "a").returncode, 125, "apply")
        files.write("a", RULE)
        os.chmod(place, 0o777)
        done = grants("apply", "-o", place + "/grants", files / "a")
        equal(done.returncode, 125, "a directory that others write to")
        assert "mode 0777" in done.stderr, done.stderr
        equal(os.listdir(place), ["grants"], "nothing is left beside it")
        with open(place + "/grants") as f:
            equal(f.read(), "old", "what was there")


@case("only root can apply")
def only_root_applies():
    need(os.geteuid() != 0, "needs no privilege")
    with Files(a=RULE) as files:
        done = grants("apply", "-o", "/usr/grants", files / "a")
        equal(done.returncode, 125, "apply")
        assert "Permission denied" in done.stderr, done.stderr


@case("what is no file of grants is not shown")
def what_is_no_file_of_grants_is_not_shown():
    done = grants("show", "/etc/passwd")
    equal((done.returncode, done.stdout), (125, ""), "show")
    equal(grants("show", "a", "b").returncode, 125, "two files")
    equal(grants("show", "/nowhere").returncode, 125, "no file")


@case("each verb has its help")
def the_verbs_have_help():
    for verb in ("check", "why", "list", "show", "apply"):
        done = grants(verb, "--help")
        equal(done.returncode, 0, verb)
        assert done.stdout.startswith(f"usage: caisson grants {verb} "), verb
    assert "apply" in grants("--help").stdout
    done = grants("chek")
    equal(done.returncode, 125, "chek")
    assert "did you mean check?" in done.stderr, done.stderr
    equal(grants().returncode, 125, "no verb")
    equal(grants("apply", "-o", "x", "/dev/null").returncode, 125,
          "a relative path")


if __name__ == "__main__":
    main()
