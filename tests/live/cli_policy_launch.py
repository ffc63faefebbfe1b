# SPDX-License-Identifier: Apache-2.0
"""Programs that are launched with policies of files."""

import json
import os
import shutil

from cli_policy_support import SMALL, Files, policy
from cli_support import case, equal, main, matches, run

PROBE = ("import ctypes, os; l = ctypes.CDLL(None, use_errno=True); "
         "r = l.personality(ctypes.c_ulong(0x20000)); "
         "print(r, ctypes.get_errno())")


@case("run and check take policy files, text or JSON")
def launches():
    with Files() as d:
        with open(d / "a.policy", "w") as f:
            f.write("@denylist\n@default allow\npersonality: return 77\n")
        with open(d / "a.json", "w") as f:
            f.write('{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { '
                    '"names": [ "personality" ], "action": '
                    '"SCMP_ACT_ERRNO", "errnoRet": 78 } ] }')
        shutil.copy(d / "a.policy", d / "bare")
        for name, value in (("a.policy", 77), ("a.json", 78), ("./bare", 77),
                            (d / "bare", 77)):
            done = run("run", "--seccomp", name, "--", "/usr/bin/python3",
                       "-c", PROBE, cwd=d.path)
            equal((done.returncode, done.stdout), (0, "-1 %d\n" % value),
                  done.stderr)
            done = run("check", "--seccomp", name, "--", "true", cwd=d.path)
            equal(done.returncode, 0, done.stderr)
        # The probe would succeed without the filter.
        done = run("run", "--seccomp", "unconfined", "--",
                   "/usr/bin/python3", "-c", PROBE)
        assert not done.stdout.startswith("-1"), done.stdout


@case("a spec names a policy by its path")
def in_spec():
    with Files(a__policy="@denylist\n@default allow\npersonality: return 77\n") as d:
        spec = {"version": 1, "path": "/usr/bin/python3",
                "argv": ["python3", "-c", PROBE],
                "seccomp": {"policy": d / "a.policy"}}
        with open(d / "spec.json", "w") as f:
            json.dump(spec, f)
        done = run("run", "--spec", d / "spec.json")
        equal((done.returncode, done.stdout), (0, "-1 77\n"), done.stderr)
        printed = json.loads(run("run", "--print-spec", "--seccomp",
                                 "a.policy", "--", "true",
                                 cwd=d.path).stdout)
        equal(printed["seccomp"], {"policy": d / "a.policy"})


@case("run and check say what is wrong with a policy, and start nothing")
def launch_errors():
    with Files() as d:
        for text, code, words in (
                (SMALL + "reed: allow\n", "policy", r"a\.policy:4:1: no sys"),
                (SMALL + "read allow\n", "syntax", r"a\.policy:4:6: expected"),
                (SMALL + "read: trace\n", "policy", r"a\.policy:4: trace: "
                                                    r"nobody would answer"),
                ("@default return EPERM\nread: allow\n", "policy",
                 r"a\.policy.*exec")):
            with open(d / "a.policy", "w") as f:
                f.write(text)
            done = run("run", "--seccomp", d / "a.policy", "--", "touch",
                       d / "ran")
            equal(done.returncode, 125)
            matches(done.stderr, words)
            assert not os.path.exists(d / "ran")
            done = run("check", "--json", "--seccomp", d / "a.policy", "--",
                       "true")
            equal(done.returncode, 125)
            got = json.loads(done.stdout)
            equal((got["ok"], got["code"]), (False, code), got)
            matches(got["message"], words)


@case("a policy of a spec includes nothing above its directory")
def confined():
    with Files(out__policy="@denylist\n@default allow\n") as d:
        os.mkdir(d / "in")
        with open(d / "in/a.policy", "w") as f:
            f.write("@include ../out.policy\n")
        with open(d / "in/b.policy", "w") as f:
            f.write("@include ./c.policy\n")
        with open(d / "in/c.policy", "w") as f:
            f.write("@denylist\n@default allow\n")
        done = run("run", "--seccomp", d / "in/a.policy", "--", "true")
        equal(done.returncode, 125)
        matches(done.stderr, r"in/a\.policy:1:")
        done = run("run", "--seccomp", d / "in/b.policy", "--", "true")
        equal(done.returncode, 0, done.stderr)
        # Who reads it by hand may have it where he likes.
        equal(policy("show", d / "in/a.policy").returncode, 0)


@case("what is compiled is what is launched")
def compile_is_launched():
    with Files(a__policy=SMALL + "@system-service: allow\n") as d:
        done = run("run", "--seccomp", d / "a.policy", "--", "grep",
                   "Seccomp:", "/proc/self/status")
        equal((done.returncode, done.stdout), (0, "Seccomp:\t2\n"),
              done.stderr)


if __name__ == "__main__":
    main()
