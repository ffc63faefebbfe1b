/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids, groups, capabilities and the bits around them, by raw system calls: a
 * library between the kernel and the witness could be wrong the same way as
 * the library that is being tested.
 */
#include "procstate.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
write_ids(FILE *out)
{
	unsigned int r = 0, e = 0, s = 0;

	(void)syscall(SYS_getresuid, &r, &e, &s);
	procstate_number(out, "ruid", r);
	procstate_number(out, "euid", e);
	procstate_number(out, "suid", s);
	procstate_number(out, "fsuid", syscall(SYS_setfsuid, -1));
	(void)syscall(SYS_getresgid, &r, &e, &s);
	procstate_number(out, "rgid", r);
	procstate_number(out, "egid", e);
	procstate_number(out, "sgid", s);
	procstate_number(out, "fsgid", syscall(SYS_setfsgid, -1));
}

static int
by_number(const void *a, const void *b)
{
	unsigned int x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

static void
write_groups(FILE *out)
{
	long n = syscall(SYS_getgroups, 0, NULL);
	unsigned int *list;

	fputs("\"groups\":[", out);
	list = n > 0 ? calloc((size_t)n, sizeof(*list)) : NULL;
	if (list != NULL && syscall(SYS_getgroups, n, list) == n) {
		qsort(list, (size_t)n, sizeof(*list), by_number);
		for (long i = 0; i < n; i++)
			fprintf(out, "%s%u", i > 0 ? "," : "", list[i]);
	}
	free(list);
	fputs("],", out);
}

static uint64_t
capability_bits(int option, unsigned long arg)
{
	uint64_t bits = 0;

	for (unsigned long cap = 0; cap < 64; cap++) {
		int r = option == PR_CAPBSET_READ
			    ? prctl(option, cap, 0, 0, 0)
			    : prctl(option, arg, cap, 0, 0);

		if (r < 0)
			break;
		if (r == 1)
			bits |= UINT64_C(1) << cap;
	}
	return bits;
}

static void
write_capabilities(FILE *out)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 0 };
	struct __user_cap_data_struct d[2];

	memset(d, 0, sizeof(d));
	if (syscall(SYS_capget, &head, d) != 0)
		procstate_number(out, "capget_errno", errno);
	procstate_hex(out, "cap_inh",
		      (uint64_t)d[1].inheritable << 32 | d[0].inheritable);
	procstate_hex(out, "cap_prm",
		      (uint64_t)d[1].permitted << 32 | d[0].permitted);
	procstate_hex(out, "cap_eff",
		      (uint64_t)d[1].effective << 32 | d[0].effective);
	procstate_hex(out, "cap_bnd", capability_bits(PR_CAPBSET_READ, 0));
	procstate_hex(out, "cap_amb",
		      capability_bits(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET));
}

/* The number behind "name:" in /proc/self/status, -1 if it is not there. */
static long
status_number(const char *name)
{
	size_t len = strlen(name);
	FILE *f = fopen("/proc/self/status", "re");
	char line[512];
	long value = -1;

	if (f == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, len) == 0 && line[len] == ':')
			value = strtol(line + len + 1, NULL, 10);
	(void)fclose(f);
	return value;
}

void
procstate_identity(FILE *out)
{
	long keyring = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
			       KEY_SPEC_SESSION_KEYRING, 0);

	procstate_number(out, "session_keyring",
			 keyring < 0 ? -errno : keyring);
	write_ids(out);
	write_groups(out);
	write_capabilities(out);
	procstate_number(out, "securebits", prctl(PR_GET_SECUREBITS));
	procstate_number(out, "keepcaps", prctl(PR_GET_KEEPCAPS));
	procstate_number(out, "no_new_privs",
			 prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	procstate_number(out, "seccomp", status_number("Seccomp"));
	procstate_number(out, "seccomp_filters",
			 status_number("Seccomp_filters"));
	procstate_number(out, "threads", status_number("Threads"));
	procstate_number(out, "dumpable", prctl(PR_GET_DUMPABLE));
}
