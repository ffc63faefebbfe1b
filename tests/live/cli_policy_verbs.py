# SPDX-License-Identifier: Apache-2.0
"""caisson policy import, diff, test and prove: their answers and statuses."""

import os
import struct
import subprocess

from cli_policy_support import (OCI, SMALL, Files, answer, good, policy,
                                refused)
from cli_support import case, equal, main, matches, need_program

# ---- import ----------------------------------------------------------------

UNIT = "[Service]\nSystemCallFilter=@basic-io exit_group execve\n" \
       "SystemCallErrorNumber=EACCES\n"


@case("what is imported is policy text that says the same")
def imports():
    with Files(a__json=OCI, b__service=UNIT) as d:
        done = policy("import", "--from", "oci", d / "a.json", "--arch",
                      "x86_64")
        equal(done.returncode, 0, done.stderr)
        # The name that is unknown was left out, and that is said.
        matches(done.stderr, "nonesuch")
        text = d.write("a.policy", done.stdout)
        equal(policy("diff", "-q", text, d / "a.json").returncode, 0)
        with open(d / "a.json") as f:
            equal(policy("import", "-q", "--from=oci", "-", stdin=f).stdout
                  .replace("standard input", d / "a.json"), done.stdout)
        text = d.write("b.policy",
                       policy("import", "-f", "systemd",
                              d / "b.service").stdout)
        calls = {c["name"]: c["rules"][0]["action"]
                 for c in answer("show", "-q", text)["archs"][0]["calls"]}
        equal(calls["read"], "allow")
        equal(answer("show", "-q", text)["archs"][0]["default"]["action"],
              "return EACCES")


@case("import decides conditions by options")
def import_conditions():
    with Files(a__json=OCI) as d:
        def text(*options):
            return policy("import", "-q", "--from", "oci", d / "a.json",
                          "--kernel", "4.4", *options).stdout
        assert "mount" not in text()
        matches(text("--caps", "sys_admin"), "mount")


@case("minijail's text comes out as it is, if it is right")
def import_minijail():
    text = "# as it is\n@default return EPERM\nread: 1\nwrite: arg0 == 1\n"
    with Files(a__txt=text, b__txt="read: 1; 2; 3\n",
               c__txt="@include ./d.txt\n@default kill\n",
               d__txt="read: allow\n") as d:
        equal(good("import", "--from", "minijail", d / "a.txt"), text)
        matches(refused("import", "--from", "minijail", d / "b.txt"),
                r"b\.txt:1:\d+: .*\n    read: 1; 2; 3\n +\^\n$")
        equal(policy("import", "--from", "minijail", d / "c.txt").stdout,
              "@include ./d.txt\n@default kill\n")


@case("import says what is wrong")
def import_errors():
    with Files(a__json='{ "defaultAction": 7 }', b__json="{") as d:
        matches(refused("import", d / "a.json"), "--from oci, systemd or")
        matches(refused("import", "--from", "xml", d / "a.json"),
                "--from xml: must be oci, systemd or minijail")
        matches(refused("import", "--from", "oci", d / "a.json"),
                r"a\.json: /defaultAction: must be a string")
        matches(refused("import", "--from", "oci", d / "b.json"),
                r"b\.json:1")
        matches(refused("import", "--from", "oci", d / "c.json"),
                "No such file")
        matches(refused("import", "--from", "oci"), "needs FILE")


@case("import --json has the text and the remarks")
def import_json():
    with Files(a__json=OCI, b__json="{", c__txt="read: 1; 2; 3\n",
               d__txt="# \u00e9\n@default kill\n") as d:
        words = "import", "--from", "oci", d / "a.json"
        got = answer(*words)
        equal((got["ok"], got["text"]), (True, policy(*words).stdout))
        note, = [n for n in got["notes"] if "nonesuch" in n["message"]]
        equal(note["file"], d / "a.json")
        equal(answer(*words, "-q"), dict(got, notes=[]))
        equal(answer("import", "--from", "minijail", d / "d.txt"),
              {"ok": True, "text": "# \u00e9\n@default kill\n", "notes": []})
        got = answer("import", "--from", "oci", d / "b.json", status=125)
        equal((got["ok"], got["code"]), (False, "syntax"))
        got = answer("import", "--from", "minijail", d / "c.txt", status=125)
        equal((got["ok"], got["line"]), (False, 1))


# ---- compile ---------------------------------------------------------------

@case("compile --json has the instructions that the bytes are")
def compile_json():
    with Files(a__policy=SMALL + "read: allow\nread: allow\n") as d:
        got = answer("compile", d / "a.policy")
        equal((got["ok"], got["policy"], got["archs"]),
              (True, d / "a.policy", ["x86_64"]))
        warning, = got["warnings"]
        equal((warning["file"], warning["line"], warning["column"]),
              (d / "a.policy", 5, 1))
        also = answer("compile", d / "a.policy", "-q", "-o", d / "a.bpf")
        equal(also, dict(got, warnings=[]))
        with open(d / "a.bpf", "rb") as f:
            equal([list(i) for i in struct.iter_unpack("=HBBI", f.read())],
                  got["instructions"])
        shown = answer("show", "--bpf", d / "a.policy")["filter"]
        equal((len(got["instructions"]), got["mean_path"]),
              (shown["instructions"], shown["mean_path"]))
        got = answer("compile", "--c", d / "a.policy", status=125)
        matches(got["message"], "--c and --json")


# ---- diff ------------------------------------------------------------------

@case("diff says who allows what, with an argument where one matters")
def diff():
    with Files(a__policy=SMALL + "read: allow\npersonality: arg0 == 8\n"
                                 "ptrace: return EACCES\n",
               b__policy=SMALL + "personality: arg0 == 9\nwrite: log\n") as d:
        a, b = d / "a.policy", d / "b.policy"
        done = policy("diff", a, b)
        equal((done.returncode, done.stderr), (1, ""))
        equal(done.stdout.replace(d.path + "/", ""),
              "only a.policy allows: read, personality(arg0=8)\n"
              "only b.policy allows: write, personality(arg0=9)\n"
              "answered otherwise:\n"
              "    ptrace: return EACCES, return EPERM\n")
        got = answer("diff", a, b, status=1)
        equal((got["same"], got["a"], got["b"]), (False, a, b))
        found = {(x["syscall"], x["kind"]): x for x in got["differences"]}
        equal(sorted(found), [("personality", "only-a"),
                              ("personality", "only-b"),
                              ("ptrace", "otherwise"), ("read", "only-a"),
                              ("write", "only-b")])
        one = found["personality", "only-a"]
        equal((one["args"][0], one["a"], one["b"], one["nr"], one["arch"]),
              ("0x8", "allow", "return EPERM", 135, "x86_64"))
        equal(found["write", "only-b"]["b"], "log")


@case("diff of equals says nothing")
def diff_same():
    with Files(a__policy=SMALL + "read: arg0 == 1 || arg0 == 2\n",
               b__policy=SMALL + "read: arg0 > 0 && arg0 < 3\n") as d:
        equal(good("diff", d / "a.policy", d / "b.policy"), "")
        got = answer("diff", d / "a.policy", d / "b.policy")
        equal((got["ok"], got["same"], got["differences"]), (True, True, []))
    equal(good("diff", "default", "default"), "")


@case("diff looks at other architectures and at numbers without a name")
def diff_elsewhere():
    with Files(a__policy=SMALL,
               b__policy="@arch x86_64 x86\n@default return EPERM\n"
                         "@unknown return ENOSYS\n"
                         "{execve, execveat, exit, exit_group}: allow\n"
               ) as d:
        done = policy("diff", d / "a.policy", d / "b.policy")
        equal(done.returncode, 1)
        matches(done.stdout, r"only \S*b\.policy allows: .*x86:exit")
        matches(done.stdout, r"(?m)^    #\d+: return EPERM, return ENOSYS$")
        matches(done.stdout,
                r"(?m)^    x86:getpid: kill-process, return EPERM$")


@case("shipped profiles differ where their descriptions say so")
def diff_profiles():
    done = policy("diff", "default", "no-network")
    equal(done.returncode, 1)
    matches(done.stdout, r"only default allows:.* socket\(arg0=")


# ---- test ------------------------------------------------------------------

CASES = """# what must hold
exit_group allow
read write EPERM
personality(8) allow
personality(9) EPERM
"""


@case("test counts what holds, and says what does not")
def tests():
    with Files(a__policy=SMALL + "personality: arg0 == 8\n", good__cases=CASES,
               bad__cases=CASES + "execve EPERM\npersonality allow\n",
               none__cases="# nothing\n") as d:
        a = d / "a.policy"
        equal(good("test", a, d / "good.cases"), "5 cases, 0 failed\n")
        done = policy("test", a, d / "good.cases", d / "bad.cases")
        equal((done.returncode, done.stderr), (1, ""))
        lines = done.stdout.splitlines()
        equal(len(lines), 3)
        matches(lines[0], r"bad\.cases:6: execve: wanted return EPERM, but "
                          r"execve\(.*\) gets allow \(a\.policy:3\)$")
        matches(lines[1], r"bad\.cases:7: personality: wanted allow, but "
                          r"personality\(.*\) gets return EPERM "
                          r"\(a\.policy:2\)$")
        equal(lines[2], "12 cases, 2 failed")
        got = answer("test", a, d / "bad.cases", status=1)
        equal((got["ok"], got["cases"], got["failed"]), (False, 7, 2))
        one = got["failures"][0]
        equal((one["case_line"], one["case"], one["wanted"], one["policy"],
               one["filter"], one["line"]),
              (6, "execve", "return EPERM", "allow", "allow", 3))
        got = answer("test", a, d / "good.cases")
        equal((got["ok"], got["cases"], got["failures"]), (True, 5, []))
        # Nothing has not passed.
        matches(refused("test", a, d / "none.cases"), "no cases in")
        with open(d / "good.cases") as f:
            equal(good("test", a, "-", stdin=f), "5 cases, 0 failed\n")


@case("a policy is read once for each architecture that cases name")
def test_archs():
    text = "@default return EPERM\n" + SMALL.split("\n", 2)[2]
    with Files(a__policy=text,
               x__cases="@arch x86_64 aarch64\nexit_group allow\n"
                        "read EPERM\nx32:read kill\n") as d:
        done = policy("test", d / "a.policy", d / "x.cases")
        equal(done.returncode, 0, done.stdout)
        matches(done.stdout, r"^[456] cases, 0 failed\n$")


@case("test says what is wrong with a case")
def test_errors():
    with Files(a__policy=SMALL, x__cases="read allow\nreed allow\n",
               y__cases="read\n") as d:
        matches(refused("test", d / "a.policy", d / "x.cases"),
                r"x\.cases:2:1: .*reed.*\n    reed allow\n    \^\n$")
        matches(refused("test", d / "a.policy", d / "y.cases"),
                r"y\.cases:1:")
        matches(refused("test", d / "a.policy", d / "z.cases"),
                "No such file")
        matches(refused("test", d / "a.policy"), "needs")


# ---- prove -----------------------------------------------------------------

def with_z3(d, script):
    """An environment in which z3 is this script."""
    os.makedirs(d / "bin", exist_ok=True)
    path = d.write("bin/z3", "#!/bin/sh\ncat >/dev/null\n" + script + "\n")
    os.chmod(path, 0o755)
    return dict(os.environ, PATH=d / "bin" + ":/usr/bin:/bin")


@case("prove proves every shipped profile")
def prove():
    need_program("z3")
    for profile in ("default", "strict", "build", "no-network", "agent"):
        equal(good("prove", profile), profile + ": proved\n")
    got = answer("prove", "default")
    equal((got["ok"], got["answer"]), (True, "proved"))
    assert got["instructions"] > 10
    equal(good("prove", "--arch", "aarch64", "strict"), "strict: proved\n")


@case("prove --smt prints the claim, and z3 refutes it where it is wrong")
def prove_smt():
    z3 = need_program("z3")
    with Files(a__policy=SMALL) as d:
        text = good("prove", "--smt", d / "a.policy")
        matches(text, r"\(set-logic QF_BV\)")
        def ask(claim):
            return subprocess.run([z3, "-smt2", "-in"], input=claim,
                                  text=True, stdout=subprocess.PIPE,
                                  timeout=60).stdout.split()[0]
        equal(ask(text), "unsat")
        # A filter that refuses what the policy allows: 59 is execve.
        assert "#x0000003b" in text
        half = text.index("struct seccomp_data")
        changed = text[:half] + text[half:].replace("#x0000003b",
                                                    "#x0000003c")
        equal(ask(changed), "sat")


@case("what z3 says becomes an answer and a status")
def prove_answers():
    witness = "((arch #xc000003e) (nr #x0000003b)" + "".join(
        " (arg%d #x%016x)" % (i, i + 16) for i in range(6)) + ")"
    with Files(a__policy=SMALL) as d:
        a = d / "a.policy"

        def ask(script, *options):
            done = policy("prove", a, *options, env=with_z3(d, script))
            equal(done.stderr, "")
            return done.returncode, done.stdout.replace(d.path + "/", "")
        equal(ask("echo unsat; echo '(error \"no model\")'"),
              (0, "a.policy: proved\n"))
        equal(ask("echo sat; echo '%s'" % witness),
              (1, "a.policy: refuted: execve(0x10, 0x11, 0x12, 0x13, 0x14, "
                  "0x15): allow by the policy, allow by the filter\n"))
        equal(ask("echo unknown"), (2, "a.policy: unknown: z3 does not "
                                       "know\n"))
        equal(ask("echo nonsense"), (2, "a.policy: unknown: z3 does not "
                                        "know\n"))
        equal(ask("echo sat; echo nonsense")[0], 2)
        equal(ask("exit 3")[0], 2)
        equal(ask("echo unsatisfied")[0], 2)
        equal(ask("exec sleep 1000", "--timeout", "100ms"),
              (2, "a.policy: unknown: z3 took too long\n"))
        got = answer("prove", a, status=1,
                     env=with_z3(d, "echo sat; echo '%s'" % witness))
        equal((got["ok"], got["answer"]), (False, "refuted"))
        equal((got["witness"]["nr"], got["witness"]["args"][5],
               got["witness"]["policy"]), (59, "0x15", "allow"))
        got = answer("prove", a, status=2, env=with_z3(d, "echo unknown"))
        equal((got["answer"], got["why"]), ("unknown", "z3 does not know"))


@case("without z3 only the boundaries are said to hold")
def prove_without():
    done = policy("prove", "default", env=dict(os.environ, PATH="/nowhere"))
    equal((done.returncode, done.stderr), (2, ""))
    matches(done.stdout, "^default: unknown: z3 is not installed; checked at "
                         "the boundaries")
    got = answer("prove", "default", status=2,
                 env=dict(os.environ, PATH="/nowhere"))
    equal(got["answer"], "unknown")


@case("prove says what is wrong")
def prove_errors():
    matches(refused("prove", "default", "--timeout", "soon"),
            "--timeout soon: must be a duration")
    matches(refused("prove", "default", "--timeout", "0"), "--timeout 0")


if __name__ == "__main__":
    main()
