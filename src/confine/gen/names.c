/* SPDX-License-Identifier: Apache-2.0 */
/* What mkprofile knows by name, and how wide arguments are.  Tables only. */
#include "confine/gen/gen.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/socket.h>

#define N(table) (sizeof(table) / sizeof(table[0]))

static const struct {
	const char *name;
	uint64_t value;
} constants[] = {
	{ "AF_ALG", AF_ALG },
	{ "AF_VSOCK", AF_VSOCK },
	{ "CLONE_NEWCGROUP", CLONE_NEWCGROUP },
	{ "CLONE_NEWIPC", CLONE_NEWIPC },
	{ "CLONE_NEWNET", CLONE_NEWNET },
	{ "CLONE_NEWNS", CLONE_NEWNS },
	{ "CLONE_NEWPID", CLONE_NEWPID },
	{ "CLONE_NEWUSER", CLONE_NEWUSER },
	{ "CLONE_NEWUTS", CLONE_NEWUTS },
	{ "KEYCTL_JOIN_SESSION_KEYRING", KEYCTL_JOIN_SESSION_KEYRING },
	{ "TIOCLINUX", TIOCLINUX },
	{ "TIOCSTI", TIOCSTI },
};

static const struct {
	const char *name;
	int value;
} errors[] = {
	{ "EACCES", EACCES },
	{ "EINVAL", EINVAL },
	{ "ENOSYS", ENOSYS },
	{ "EPERM", EPERM },
};

/* The types in the kernel's own definitions: int and unsigned int are 32. */
static const struct {
	const char *call;
	unsigned arg, width;
} widths[] = {
	{ "clone", 0, 64 },       { "ioctl", 1, 32 },  { "keyctl", 0, 32 },
	{ "personality", 0, 32 }, { "socket", 0, 32 },
};

bool
gen_constant(const char *name, uint64_t *out)
{
	for (size_t i = 0; i < N(constants); i++) {
		if (strcmp(constants[i].name, name) == 0) {
			*out = constants[i].value;
			return true;
		}
	}
	return false;
}

bool
gen_errno(const char *name, int *out)
{
	for (size_t i = 0; i < N(errors); i++) {
		if (strcmp(errors[i].name, name) == 0) {
			*out = errors[i].value;
			return true;
		}
	}
	return false;
}

unsigned
gen_width(const char *call, unsigned arg)
{
	for (size_t i = 0; i < N(widths); i++)
		if (widths[i].arg == arg && strcmp(widths[i].call, call) == 0)
			return widths[i].width;
	return 0;
}
