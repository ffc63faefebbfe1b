# SPDX-License-Identifier: Apache-2.0
"""caisson policy: every verb, what it prints, and how it ends."""

import json
import os
import pty
import struct
import subprocess

from cli_policy_support import (OCI, SMALL, Files, answer, good, policy,
                                refused)
from cli_support import CAISSON, case, equal, main, matches, need_program, run

CODE_ALLOW = 0x7fff0000


def decide(filter_bytes, nr, *args, arch=0xc000003e):
    """The little that our filters are made of, run as the kernel does it."""
    data = struct.pack("<IIQ6Q", nr, arch, 0, *(list(args) + [0] * 6)[:6])
    code = list(struct.iter_unpack("<HBBI", filter_bytes))
    at = a = 0
    while True:
        op, jt, jf, k = code[at]
        at += 1
        if op == 0x20:
            a = struct.unpack_from("<I", data, k)[0]
        elif op == 0x54:
            a &= k
        elif op == 0x06:
            return k
        elif op == 0x05:
            at += k
        else:
            test = {0x15: a == k, 0x25: a > k, 0x35: a >= k,
                    0x45: a & k != 0}[op]
            at += jt if test else jf


# ---- the verbs together ----------------------------------------------------

VERBS = ("compile", "show", "import", "diff", "test", "prove", "list")


@case("every verb has its help, and is listed")
def helps():
    text = good("--help")
    equal(good("-h"), text)
    for verb in VERBS:
        matches(text, r"(?m)^  %s " % verb)
        own = good(verb, "--help")
        matches(own, r"^usage: caisson policy %s " % verb)
        matches(own, r"\n  caisson policy %s" % verb)
        equal(good(verb, "-h"), own)
    matches(run("--help").stdout, r"(?m)^  policy ")


@case("what is mistyped gets a hint")
def hints():
    matches(refused(), "no verb given: see caisson policy --help")
    matches(refused("shwo"), r"unknown verb shwo: did you mean show\?")
    matches(refused("frobnicate"), "unknown verb frobnicate: see caisson")
    matches(refused("show", "--bfp", "default"),
            r"unknown option --bfp: did you mean --bpf\?")
    matches(refused("show", "defualt"),
            r'no profile "defualt": there are default, strict')
    matches(refused("show", "default", "--arch", "x86-63"),
            r"--arch x86-63: did you mean x86")
    matches(refused("show", "default", "--arch", "pdp-eleven"),
            r"--arch pdp-eleven: is none; see caisson policy list --archs")
    matches(refused("show", "default", "--kernel", "six"),
            r"--kernel six: must be like 6\.1")
    matches(refused("show"), r"policy show needs FILE\|PROFILE")
    matches(refused("diff", "default"), "policy diff needs")
    matches(refused("show", "default", "strict"), "strict: one word too many")
    matches(refused("list", "default"), "default: one word too many")
    matches(refused("show", "--all=x", "default"), "--all takes no value")
    matches(refused("show", "default", "--arch"), "--arch needs ARCH")


@case("a file whose name is none is recognized")
def file_names():
    with Files(mine=SMALL) as d:
        said = refused("show", "mine", cwd=d.path)
        matches(said, r"for the file write \./mine")
        matches(good("show", "./mine", cwd=d.path), "exit_group")


@case("options may stand before, between and behind the words")
def mixed():
    with Files(a__policy=SMALL) as d:
        name = d / "a.policy"
        wanted = good("show", name, "--arch", "x86_64", "--all")
        equal(good("show", "--all", name, "--arch=x86_64"), wanted)
        equal(good("show", "--all", "-ax86_64", "--", name), wanted)


@case("a policy comes from a file, from standard input, or from a pipe")
def sources():
    with Files(a__policy=SMALL, b__json=OCI) as d:
        from_file = good("show", d / "a.policy")
        with open(d / "a.policy") as f:
            from_input = good("show", "-", stdin=f)
        equal(from_input.replace("standard input", "a.policy"), from_file)
        matches(good("show", "-q", d / "b.json"), "execve")
        piped = subprocess.run(
            ["bash", "-c", '"$0" policy show <(cat "$1")', CAISSON,
             d / "a.policy"], stdout=subprocess.PIPE, text=True, timeout=20)
        equal(piped.returncode, 0)
        matches(piped.stdout, "exit_group")
        matches(refused("show", d / "nowhere.policy"),
                r"nowhere\.policy: No such file or directory\n$")
        matches(refused("show", "/"), "not a regular file")


@case("warnings show the line that is meant, and --quiet hides them")
def warnings():
    text = (SMALL +
            "read: allow\nread: allow\n"         # a duplicate
            "write: return EPERM\n"              # as the default
            "close: arg0 < 0; allow\n")          # never holds
    with Files(a__policy=text) as d:
        done = policy("show", d / "a.policy")
        equal(done.returncode, 0, done.stderr)
        for line, what in ((5, "duplicate: .*a.policy:4 says the same"),
                           (6, "default"), (7, "")):
            matches(done.stderr,
                    r"(?m)^caisson: policy show: warning: \S*/a\.policy:%d:"
                    r"\d+: .*%s.*\n    \S.*\n +\^$" % (line, what))
        equal(done.stderr.count("warning:"), 3, done.stderr)
        equal(policy("show", "-q", d / "a.policy").stderr, "")


@case("errors show the line that is meant, with a caret under it")
def errors():
    cases = (
        ("reed: allow\n", 5, r"no system call \"reed\".*did you mean read\?"),
        ("read allow\n", 6, r"expected \":\""),
        ("read: arg0 == AF_INETT\n", 15, r"AF_INETT"),
        ("read: allow\nread: return EPERM\n", 0, r"has its answer"),
        ("read: { allow, arg0 == 1 }\n", 0, r"never reached"),
        ("@grop: allow\n", 0, r"@grop"),
    )
    for text, _, words in cases:
        with Files(a__policy=SMALL + text) as d:
            said = refused("show", d / "a.policy")
            matches(said, words)
            # A remark may stand before it: where the other one is.
            lines = said.splitlines()[-3:]
            matches(lines[0],
                    r"^caisson: policy show: \S*/a\.policy:[45]:\d+: ")
            column = int(lines[0].split("a.policy:")[1].split(":")[1])
            equal(lines[2], " " * (4 + column - 1) + "^", said)
            equal(lines[1].strip(), text.splitlines()[-1].strip())


@case("errors are JSON too, for who asked for it")
def json_errors():
    with Files(a__policy=SMALL + "reed: allow\n") as d:
        for verb, more in (("show", ()), ("prove", ()), ("test", ("x",)),
                           ("diff", ("default",))):
            got = answer(verb, d / "a.policy", *more, status=125) \
                if verb != "test" else answer(
                    verb, d / "a.policy", d.write("x.cases", "read EPERM\n"),
                    status=125)
            equal((got["ok"], got["code"], got["stage"], got["line"],
                   got["column"]), (False, "policy", "policy", 4, 1))
            matches(got["message"], r"a\.policy:4:1: no system call")
    equal(answer("show", "defualt", status=125)["ok"], False)
    equal(answer("show", status=125)["code"], "usage")


# ---- list ------------------------------------------------------------------

@case("a mistake in the command line is an answer in JSON, too")
def json_usage():
    for words, message in ((("shwo",), "unknown verb shwo: did you mean show"),
                           (("frobnicate",), "unknown verb frobnicate: see"),
                           (("show", "--nonesuch", "x"), "--nonesuch"),
                           (("list", "--arch", "x86-65"), "did you mean"),
                           (("diff", "default"), "needs FILE")):
        got = answer(*words, status=125)
        equal((got["ok"], got["code"]), (False, "usage"))
        matches(got["message"], message)
    matches(refused("list", "--nonesuch", "--", "--json"), "--nonesuch")


@case("a confined policy includes nothing outside its directory")
def confined():
    with Files(a__policy="@include ../b.policy\n" + SMALL,
               c__policy=SMALL + "@include ./d.policy\n",
               d__policy="read: allow\n") as d:
        os.mkdir(d / "in")
        for name in "a", "c", "d":
            os.rename(d / (name + ".policy"), d / ("in/%s.policy" % name))
        d.write("b.policy", "a secret: here\n")
        secret = refused("show", d / "in/a.policy")
        matches(secret, "a secret: here")
        for verb, *more in (("show",), ("compile", "--c"), ("prove",),
                            ("test", d.write("x.cases", "read EPERM\n")),
                            ("diff", "default"),
                            ("import", "--from=minijail")):
            said = refused(verb, "--confined", d / "in/a.policy", *more)
            matches(said, "includes only what is below its directory")
            assert "secret" not in said, said
        matches(good("show", "--confined", d / "in/c.policy"), "read")


@case("list names the profiles, architectures, groups and system calls")
def lists():
    text = good("list")
    for name in ("default", "strict", "build", "no-network", "agent"):
        matches(text, r"(?m)^%s +\S" % name)
    equal([o["name"] for o in answer("list")],
          [line.split()[0] for line in text.splitlines()])
    assert all(o["summary"] for o in answer("list"))
    archs = good("list", "--archs")
    for name in ("x86_64", "x86", "x32", "aarch64", "riscv64"):
        matches(archs, r"(?m)^%s +\d+ system calls" % name)
    equal(archs.count("this machine's"), 1)
    groups = {o["name"]: o for o in answer("list", "--groups")}
    assert "read" in groups["@basic-io"]["members"]
    assert "@basic-io" in groups["@system-service"]["members"]
    assert all(o["summary"] for o in groups.values())
    matches(good("list", "--groups"), r"(?m)^@basic-io +\S.*\n      \S")
    calls = {o["name"]: o["nr"]
             for o in answer("list", "--syscalls", "--arch", "x86_64")}
    equal((calls["read"], calls["mount"]), (0, 165))
    calls = {o["name"]: o["nr"]
             for o in answer("list", "--syscalls", "--arch", "x32")}
    equal(calls["read"], 0x40000000)
    matches(good("list", "--syscalls", "--arch", "aarch64"),
            r"(?m)^mount +40$")
    matches(refused("list", "--groups", "--archs"), "one of --archs")


# ---- show ------------------------------------------------------------------

@case("show says what each system call gets, and where that is written")
def show():
    text = SMALL + "personality: arg0 == 8 || arg0 == 0x20008\n"
    with Files(a__policy=text) as d:
        out = good("show", d / "a.policy")
        matches(out, r"(?m)^ +59  execve +allow +a\.policy:3$")
        matches(out, r"(?m)^ +135  personality +allow if +arg0 == 8  "
                     r"a\.policy:4\n +allow if +arg0 == 0x20008  "
                     r"a\.policy:4\n +return EPERM +a\.policy:2$")
        matches(out, r"(?m)^other calls: return EPERM  a\.policy:2$")
        matches(out, r"(?m)^numbers without a name: return EPERM")
        matches(out, r"(?m)^other architectures: kill-process$")
        matches(out, r"x86_64: 4 calls allowed, 1 depending on their")
        assert "mount" not in out
        full = good("show", "--all", d / "a.policy")
        matches(full, r"(?m)^ +165  mount +return EPERM +a\.policy:2$")
        matches(full, r"(?m)^ +59  execve +allow +a\.policy:3$")
        numbers = [int(line.split()[0]) for line in full.splitlines()
                   if line[:5].strip().isdigit()]
        equal(numbers, sorted(numbers))
        assert len(numbers) > 300


@case("show --json has the rules with their conditions")
def show_json():
    text = SMALL + "personality: arg0 & 0xff == 8; return EACCES\n"
    with Files(a__policy=text) as d:
        got = answer("show", d / "a.policy")
        equal((got["ok"], got["foreign"]), (True, "kill-process"))
        arch, = got["archs"]
        equal(arch["arch"], "x86_64")
        equal(arch["default"]["action"], "return EPERM")
        equal(arch["unknown"]["action"], "return EPERM")
        calls = {c["name"]: c for c in arch["calls"]}
        first, last = calls["personality"]["rules"]
        equal(first["action"], "return EACCES")
        equal((first["line"], last["action"], last["if"]),
              (4, "return EPERM", []))
        atom, = first["if"]
        equal((atom["arg"], atom["op"], atom["mask"], atom["value"]),
              (0, "masked", "0xff", "0x8"))
        assert "mount" not in calls
        assert got["filter"]["instructions"] > 3
        assert got["filter"]["mean_path"] > 1
        assert "bpf" not in got["filter"]
        full = answer("show", "--all", d / "a.policy")["archs"][0]["calls"]
        mount, = [c for c in full if c["name"] == "mount"]
        equal(mount["rules"], [dict(arch["default"], **{"if": []})])


@case("a policy that needs too long a filter can be shown, not compiled")
def show_too_long():
    text = SMALL + "mmap: " + " || ".join(
        "arg0 == 0x%x00000001 && arg1 == %d" % (i * 3 + 1, i * 7)
        for i in range(2000)) + "\n"
    with Files(a__policy=text) as d:
        matches(good("show", d / "a.policy"), "mmap")
        for verb in (("compile", "--c"), ("show", "--bpf"), ("prove",)):
            matches(refused(*verb, d / "a.policy"), r"a\.policy:4")


@case("show --bpf is the filter, with the names of the calls")
def show_bpf():
    with Files(a__policy=SMALL) as d:
        out = good("show", "--bpf", d / "a.policy")
        matches(out, r"(?m)^ *0  A = ")
        matches(out, r"(?m)^.*0xc000003e.* ; x86_64$")
        matches(out, r"(?m)0x3b.* ; execve$")
        matches(out, r"(?m)^ *\d+  return ALLOW$")
        count = int(out.splitlines()[-1].split()[0])
        equal(len(out.splitlines()), count + 1)
        matches(out, r"instructions, on average \d+\.\d to an answer\n$")
        bpf = answer("show", "--bpf", d / "a.policy")["filter"]["bpf"]
        equal(len(bpf), count)
        compiled = subprocess.run(
            [CAISSON, "policy", "compile", d / "a.policy"],
            stdout=subprocess.PIPE, timeout=20, check=True).stdout
        equal(b"".join(struct.pack("<HBBI", i["code"], i["jt"], i["jf"],
                                   i["k"]) for i in bpf), compiled)


@case("conditions of container profiles are decided by options")
def conditions():
    with Files(a__json=OCI) as d:
        def allowed(*options):
            got = answer("show", "-q", "--arch", "x86_64", d / "a.json",
                         *options)
            return {c["name"] for c in got["archs"][0]["calls"]
                    if c["rules"][0]["action"] == "allow"}
        base = {"execve", "exit_group"}
        equal(allowed("--kernel", "4.4"), base)
        equal(allowed("--kernel", "4.8"), base | {"ptrace"})
        equal(allowed("--kernel", "4.4", "--caps", "chown,sys_admin"),
              base | {"mount"})
        equal(allowed("--kernel", "4.4", "--caps", "CAP_SYS_ADMIN"),
              base | {"mount"})
        equal(allowed(), base | {"ptrace"})


@case("unknown names in rules that allow can be let pass")
def ignore_unknown():
    with Files(a__policy=SMALL + "nonesuch: allow\n") as d:
        refused("show", d / "a.policy")
        done = policy("show", "--ignore-unknown", d / "a.policy")
        equal(done.returncode, 0)
        matches(done.stderr, r"warning: .*a\.policy:4:1: .*nonesuch")


# ---- compile ---------------------------------------------------------------

@case("compile gives what the kernel takes, and what C takes")
def compile_bytes():
    cc = need_program("cc")
    with Files(a__policy=SMALL) as d:
        good("compile", d / "a.policy", "-o", d / "a.bpf")
        with open(d / "a.bpf", "rb") as f:
            code = f.read()
        equal(decide(code, 59), CODE_ALLOW)
        equal(decide(code, 165), 0x00050001)
        equal(decide(code, 59, arch=0x40000003), 0x80000000)
        source = good("compile", "--c", d / "a.policy")
        with open(d / "a.c", "w") as f:
            f.write("#include <linux/filter.h>\n#include <unistd.h>\n"
                    + source + "int main(void) { return write(1, filter, "
                    "sizeof(filter)) != sizeof(filter); }\n")
        subprocess.run([cc, "-Wall", "-Werror", "-o", d / "a", d / "a.c"],
                       check=True, timeout=60)
        equal(subprocess.run([d / "a"], stdout=subprocess.PIPE,
                             timeout=20).stdout, code)


@case("compile writes no bytes to a terminal, and says what it cannot write")
def compile_output():
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(CAISSON, ["caisson", "policy", "compile", "default"])
    said = b""
    try:
        while True:
            data = os.read(fd, 4096)
            if not data:
                break
            said += data
    except OSError:
        pass
    equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 125)
    matches(said.decode(), "bytes are not for a terminal")
    matches(refused("compile", "default", "-o", "/nowhere/at/all"),
            r"--output /nowhere/at/all: No such file or directory")
    with open("/dev/full", "w") as full:
        done = subprocess.run([CAISSON, "policy", "compile", "default"],
                              stdout=full, stderr=subprocess.PIPE, text=True,
                              timeout=20)
    equal(done.returncode, 125)
    matches(done.stderr, "No space left")
    matches(refused("compile", "default", "-o", "/dev/full"), "No space left")


if __name__ == "__main__":
    main()
