# SPDX-License-Identifier: Apache-2.0
"""What crun loads for an OCI profile, and what caisson makes of the same one.

A container is started with each profile, its filter is dumped from the running
process, and compared with caisson's: by trying numbers and arguments, and over
all paths.  Then the same calls are made under both filters.  Templates are
expanded here once more, independently of the importer."""

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

PROGRAMS = os.environ["PROGRAMS"]
SHIPPED = "/usr/share/containers/seccomp.json"
LIMIT = 60  # seconds that any command here may take
ALL_CAPS = [
    "CAP_SYS_ADMIN", "CAP_AUDIT_WRITE", "CAP_SYS_PTRACE", "CAP_SYS_CHROOT", "CAP_SYS_MODULE",
    "CAP_SYS_PACCT", "CAP_SYS_RAWIO", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG",
    "CAP_DAC_READ_SEARCH", "CAP_SYSLOG", "CAP_BPF", "CAP_PERFMON", "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
]


def skip(reason):
    print("SKIP: " + reason)
    sys.exit(77)


def program(name):
    return os.path.join(PROGRAMS, name)


def counts(entry, caps):
    """Does an entry of a template count on amd64?"""
    includes, excludes = entry.get("includes") or {}, entry.get("excludes") or {}
    if any(cap in caps for cap in excludes.get("caps") or []):
        return False
    if any(cap not in caps for cap in includes.get("caps") or []):
        return False
    if "amd64" in (excludes.get("arches") or []):
        return False
    arches = includes.get("arches") or []
    return not arches or "amd64" in arches


def expand(template, caps, archs):
    """Template to OCI form.  The kernel is newer than whatever is asked for."""
    out = {"defaultAction": template["defaultAction"], "architectures": archs, "syscalls": []}
    if "defaultErrnoRet" in template:
        out["defaultErrnoRet"] = template["defaultErrnoRet"]
    for entry in template["syscalls"]:
        if not counts(entry, caps):
            continue
        one = {"names": entry.get("names") or [entry["name"]], "action": entry["action"]}
        if entry.get("args"):
            one["args"] = [dict(arg) for arg in entry["args"]]
        if "errnoRet" in entry:
            one["errnoRet"] = entry["errnoRet"]
        out["syscalls"].append(one)
    return out


# What shipped profiles do not have, but others do.  No comparison but EQ, NE
# and MASKED_EQ: libseccomp compiles sets of the others wrongly.
NARROW = ["SCMP_ARCH_X86_64"]
WIDE = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
EVERYTHING_ELSE = [
    {"names": ["read", "write", "pause", "execve", "exit_group", "fstat", "newfstatat", "brk",
               "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64",
               "readlink", "readlinkat", "getrandom", "mprotect", "mmap", "munmap", "close",
               "capset", "prctl", "rt_sigaction", "rt_sigprocmask", "sigaltstack", "futex",
               "fcntl", "getpid", "gettid", "tgkill", "ioctl", "openat", "setgroups", "setresuid",
               "setresgid", "umask", "chdir", "wait4", "kill", "socketpair"],
     "action": "SCMP_ACT_ALLOW"}]


def arg(index, op, value, two=0):
    return {"index": index, "op": "SCMP_CMP_" + op, "value": value, "valueTwo": two}


# Where libseccomp looks at 32 bits it takes this for another number; caisson
# does not, and says so.
WIDE_VALUE = 0x7fffffffffffffff


def quirks(archs):
    def rule(name, action, *args, **more):
        return dict({"names": [name], "action": "SCMP_ACT_" + action, "args": list(args)}, **more)

    return {
        "defaultAction": "SCMP_ACT_ERRNO", "architectures": archs,
        "syscalls": EVERYTHING_ELSE + [
            rule("clone", "ALLOW", arg(0, "MASKED_EQ", 2114060288, 0)),
            rule("unshare", "ALLOW", arg(0, "MASKED_EQ", 0xff00, 0x10200)),
            rule("setns", "ALLOW", arg(1, "MASKED_EQ", 0, 0)),
            # the same argument twice: two rules
            rule("personality", "ALLOW", arg(0, "EQ", 0), arg(0, "EQ", 8)),
            # both at once
            rule("keyctl", "ALLOW", arg(0, "EQ", 0), arg(1, "EQ", 0xfffffffffffffffd)),
            rule("keyctl", "ALLOW", arg(0, "EQ", 2), arg(2, "NE", WIDE_VALUE if len(archs) == 1 else 7)),
            rule("keyctl", "TRAP", arg(0, "EQ", 3)),
            # as the default: left out
            rule("mount", "ERRNO", arg(3, "EQ", 1), errnoRet=1),
            rule("mount", "ERRNO", arg(3, "EQ", 2), errnoRet=2),
            # an errno of its own, and a rule without arguments that wins
            rule("ptrace", "ERRNO", arg(0, "EQ", 0), errnoRet=3),
            rule("ptrace", "ALLOW"),
            rule("chroot", "ERRNO", errnoRet=4),
            rule("chroot", "ALLOW"),
            rule("bpf", "KILL_PROCESS", arg(0, "EQ", 5)),
            rule("bpf", "LOG", arg(0, "EQ", 6)),
            rule("bpf", "TRAP", arg(0, "EQ", 7)),
            # behind socketcall and ipc
            rule("bind", "ALLOW"), rule("connect", "ALLOW"), rule("accept", "ALLOW"),
            rule("semget", "ALLOW"), rule("shmat", "ALLOW"), rule("semop", "ALLOW"),
            # of no system that there is
            rule("nfsservctl", "ALLOW"), rule("no_such_call", "ALLOW"),
            rule("s390_runtime_instr", "ALLOW"),
        ]}


def config(profile):
    return {
        "ociVersion": "1.0.0",
        "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": ["/oci_guest"],
                    "env": ["PATH=/"], "cwd": "/", "noNewPrivileges": True,
                    "capabilities": {name: [] for name in (
                        "bounding", "effective", "inheritable", "permitted", "ambient")}},
        "root": {"path": "rootfs", "readonly": False},
        "mounts": [],
        "linux": {"namespaces": [{"type": "mount"}], "seccomp": profile},
    }


def crun_command(work):
    """crun refuses a machine with both kinds of cgroups; it needs none here."""
    inside = "exec crun --root %s/state --cgroup-manager=disabled" % work
    if os.path.isdir("/sys/fs/cgroup/unified"):
        inside = "mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup && " + inside
    return ["unshare", "--mount", "sh", "-c", inside + ' "$@"', "crun"]


def read_lines(process):
    """What the guest says, to its last line."""
    lines = []
    for line in process.stdout:
        if line == "end\n":
            return lines
        lines.append(line)
    return None


def dump(pid):
    result = subprocess.run([program("dump_filter"), str(pid)], capture_output=True,
                            timeout=LIMIT, check=False)
    if result.returncode == 77:
        skip("filters cannot be read: " + result.stderr.decode().strip())
    if result.returncode != 0:
        raise RuntimeError("dump_filter: " + result.stderr.decode())
    count, = struct.unpack_from("<I", result.stdout)
    if len(result.stdout) != 4 + 8 * count:
        raise RuntimeError("there is more than one filter")
    return result.stdout[4:]


def read_pid(path):
    """crun writes it when the guest may have spoken already."""
    for _ in range(100 * LIMIT):
        if os.path.exists(path):
            with open(path, encoding="ascii") as f:
                text = f.read()
            if text.strip():
                return int(text)
        time.sleep(0.01)
    raise RuntimeError("crun wrote no " + path)


def under_crun(work, profile):
    """The filter and the guest's lines."""
    rootfs = os.path.join(work, "rootfs")
    for name in ("dev", "proc", "sys"):
        os.makedirs(os.path.join(rootfs, name), exist_ok=True)
    shutil.copy(program("oci_guest"), rootfs)
    with open(os.path.join(work, "config.json"), "w", encoding="utf-8") as f:
        json.dump(config(profile), f)
    pid_file = os.path.join(work, "pid")
    process = subprocess.Popen(
        crun_command(work) + ["run", "--bundle", work, "--pid-file", pid_file, "guest"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        lines = read_lines(process)
        if lines is None:
            raise RuntimeError("crun: " + process.stderr.read())
        pid = read_pid(pid_file)
        program_filter = dump(pid)
        os.kill(pid, signal.SIGKILL)
        process.wait(LIMIT)
    finally:
        process.kill()
        process.wait(LIMIT)
        subprocess.run(crun_command(work) + ["delete", "--force", "guest"], timeout=LIMIT,
                       capture_output=True, check=False)
    return program_filter, lines


def under_caisson(work, path):
    """The guest's lines under a filter of ours, with no more rights than in the container."""
    process = subprocess.Popen(
        ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all",
         "--no-new-privs", program("oci_load"), path, program("oci_guest")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=work)
    try:
        lines = read_lines(process)
        if lines is None:
            raise RuntimeError("no end: " + process.stderr.read())
        return lines
    finally:
        process.kill()
        process.wait(LIMIT)


def compare(work, theirs, profile, words):
    """Returns whether they are equal, the report, and where our filter is."""
    theirs_path, ours_path = os.path.join(work, "theirs"), os.path.join(work, "ours")
    profile_path = os.path.join(work, "profile.json")
    with open(theirs_path, "wb") as f:
        f.write(theirs)
    with open(profile_path, "w", encoding="utf-8") as f:
        json.dump(profile, f)
    result = subprocess.run([program("oci_compare"), theirs_path, profile_path, ours_path] + words,
                            capture_output=True, text=True, timeout=5 * LIMIT, check=False)
    return result.returncode, result.stdout + result.stderr, ours_path


def check(name, oci, imports):
    """imports: of each a title, the profile, and words of options."""
    ok = True
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        theirs, lines = under_crun(work, oci)
        for title, profile, words in imports:
            code, report, ours = compare(work, theirs, profile, words)
            print("%s, %s: %s" % (name, title, report.strip().replace("\n", "\n    ")))
            if code != 0:
                ok = False
                continue
            our_lines = under_caisson(work, ours)
            if len(our_lines) < 40:
                print("    only %d probes" % len(our_lines))
                ok = False
            for a, b in zip(lines, our_lines):
                if a != b:
                    print("    crun: %s    ours: %s" % (a, b.strip()))
            ok = ok and lines == our_lines
            print("    %d probes answered alike" % sum(a == b for a, b in zip(lines, our_lines)))
    return ok


def finds_differences(oci):
    """The positive control: a profile with one rule less is not equal."""
    less = json.loads(json.dumps(oci))
    less["syscalls"].remove([e for e in less["syscalls"] if e.get("args")][0])
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        theirs, _ = under_crun(work, oci)
        code, report, _ = compare(work, theirs, less, [])
    print("one rule less, as it should be: " + report.strip().split("\n")[-1])
    return code == 1


def main():
    if os.geteuid() != 0:
        skip("needs root")
    for tool in ("crun", "setpriv", "unshare"):
        if shutil.which(tool) is None:
            skip(tool + " is missing")
    with open("/proc/self/status", encoding="ascii") as f:
        if "Seccomp:\t0" not in f.read():
            skip("a process under a filter may not look at those of others")
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        skip("no mount namespace may be made here")
    ok = True
    if os.path.exists(SHIPPED):
        with open(SHIPPED, encoding="utf-8") as f:
            template = json.load(f)
        for caps in ([], ALL_CAPS):
            words = ["caps=" + ",".join(caps)] if caps else []
            which = "with capabilities" if caps else "without"
            narrow, wide = expand(template, caps, NARROW), expand(template, caps, WIDE)
            ok &= check("shipped, x86_64, " + which, narrow, [("OCI", narrow, [])])
            ok &= check("shipped, three architectures, " + which, wide,
                        [("OCI", wide, []), ("template", template, words)])
        ok &= finds_differences(expand(template, [], WIDE))
    for archs in (NARROW, WIDE):
        profile = quirks(archs)
        ok &= check("quirks, %d architectures" % len(archs), profile,
                    [("OCI", profile, ["ignore-unknown"])])
    if not ok:
        return 1
    if not os.path.exists(SHIPPED):
        skip(SHIPPED + " is missing")
    return 0


sys.exit(main())
