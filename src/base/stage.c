/* SPDX-License-Identifier: Apache-2.0 */
/* The names of stages and codes, as users read them.  Tables, nothing else. */
#include "base/err.h"

struct name {
	int64_t value;
	const char *name;
};

static const struct name stages[] = {
	{ CAISSON_STAGE_NONE, "none" },
	{ CAISSON_STAGE_PARSE, "parse" },
	{ CAISSON_STAGE_SPEC, "spec" },
	{ CAISSON_STAGE_PROGRAM, "program" },
	{ CAISSON_STAGE_IDENTITY, "identity" },
	{ CAISSON_STAGE_CAPABILITIES, "capabilities" },
	{ CAISSON_STAGE_PROFILE, "seccomp profile" },
	{ CAISSON_STAGE_FILES, "files" },
	{ CAISSON_STAGE_PIPES, "pipes" },
	{ CAISSON_STAGE_CLONE, "clone" },
	{ CAISSON_STAGE_POLICY, "policy" },
	{ CAISSON_STAGE_PAYLOAD, "payload" },
	{ CAISSON_STAGE_LAUNCHER, "launcher" },
	{ CAISSON_STAGE_GRANT, "grant" },
	{ CAISSON_STAGE_DEADLINE, "deadline" },
	{ CAISSON_STAGE_UNSHARE_FDS, "unshare fds" },
	{ CAISSON_STAGE_SESSION, "session" },
	{ CAISSON_STAGE_GROUP, "process group" },
	{ CAISSON_STAGE_FOREGROUND, "foreground" },
	{ CAISSON_STAGE_RLIMITS, "rlimits" },
	{ CAISSON_STAGE_NICE, "nice" },
	{ CAISSON_STAGE_OOM_SCORE, "oom score" },
	{ CAISSON_STAGE_KEYRING, "keyring" },
	{ CAISSON_STAGE_FDS, "fds" },
	{ CAISSON_STAGE_TERMINAL, "terminal" },
	{ CAISSON_STAGE_NOFILE, "nofile" },
	{ CAISSON_STAGE_UMASK, "umask" },
	{ CAISSON_STAGE_NO_NEW_PRIVS, "no new privs" },
	{ CAISSON_STAGE_BOUNDING, "bounding set" },
	{ CAISSON_STAGE_AMBIENT, "ambient set" },
	{ CAISSON_STAGE_SECUREBITS, "securebits" },
	{ CAISSON_STAGE_CHROOT, "chroot" },
	{ CAISSON_STAGE_GROUPS, "groups" },
	{ CAISSON_STAGE_GID, "gid" },
	{ CAISSON_STAGE_UID, "uid" },
	{ CAISSON_STAGE_CAPSET, "capset" },
	{ CAISSON_STAGE_VERIFY, "verify" },
	{ CAISSON_STAGE_PARENT_DEATH, "parent death signal" },
	{ CAISSON_STAGE_CWD, "cwd" },
	{ CAISSON_STAGE_IDENTIFY, "identify" },
	{ CAISSON_STAGE_SIGNALS, "signals" },
	{ CAISSON_STAGE_PTRACE, "ptrace" },
	{ CAISSON_STAGE_READY, "ready" },
	{ CAISSON_STAGE_MASK, "signal mask" },
	{ CAISSON_STAGE_SECCOMP, "seccomp" },
	{ CAISSON_STAGE_EXEC, "exec" },
	{ CAISSON_STAGE_CONFIRM, "confirm" },
	{ CAISSON_STAGE_WAIT, "wait" },
	{ CAISSON_STAGE_SIGNAL, "signal" },
	{ CAISSON_STAGE_HANDSHAKE, "handshake" },
	{ CAISSON_STAGE_MONITOR, "monitor" },
	{ CAISSON_STAGE_INHERIT, "inherit" },
};

static const struct name codes[] = {
	{ CAISSON_OK, "ok" },
	{ CAISSON_E_SYNTAX, "syntax" },
	{ CAISSON_E_SPEC, "spec" },
	{ CAISSON_E_UNSUPPORTED, "unsupported" },
	{ CAISSON_E_USAGE, "usage" },
	{ CAISSON_E_NO_MEMORY, "no-memory" },
	{ CAISSON_E_SYSTEM, "system" },
	{ CAISSON_E_PRIVILEGE, "privilege" },
	{ CAISSON_E_IDENTITY, "identity" },
	{ CAISSON_E_NOT_FOUND, "not-found" },
	{ CAISSON_E_NOT_EXECUTABLE, "not-executable" },
	{ CAISSON_E_TIMEOUT, "timeout" },
	{ CAISSON_E_DIED, "died" },
	{ CAISSON_E_MISMATCH, "mismatch" },
	{ CAISSON_E_LOST, "lost" },
	{ CAISSON_E_POLICY, "policy" },
	{ CAISSON_E_FAILED, "failed" },
	{ CAISSON_E_LIED, "lied" },
	{ CAISSON_E_PROTOCOL, "protocol" },
	{ CAISSON_E_DENIED, "denied" },
};

static const char *
find(const struct name *table, size_t n, int64_t value)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].value == value)
			return table[i].name;
	return "unknown";
}

const char *
caisson_stage_name(uint32_t stage)
{
	return find(stages, sizeof(stages) / sizeof(stages[0]), stage);
}

const char *
caisson_code_name(int32_t code)
{
	return find(codes, sizeof(codes) / sizeof(codes[0]), code);
}
