/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The number that libseccomp is given for a system call.  It takes numbers as
 * those of the machine that it runs on, and goes by the name to another
 * architecture's; so there only calls can be compiled whose names it knows.
 */
#include "policy/second/compile.h"

#include <string.h>

/* What socketcall and ipc do. */
static const char *const multiplexed[] = {
	"accept",      "accept4",    "bind",    "connect",  "getpeername",
	"getsockname", "getsockopt", "listen",  "msgctl",   "msgget",
	"msgrcv",      "msgsnd",     "recv",    "recvfrom", "recvmmsg",
	"recvmsg",     "semctl",     "semget",  "semop",    "semtimedop",
	"send",        "sendmmsg",   "sendmsg", "sendto",   "setsockopt",
	"shmat",       "shmctl",     "shmdt",   "shmget",   "shutdown",
	"socket",      "socketpair",
};

bool
second_is_hidden(const struct second *second, uint32_t nr)
{
	const char *name = calls_name(second->arch->calls, nr);

	if (!second->hide || name == NULL)
		return false;
	for (size_t i = 0; i < sizeof(multiplexed) / sizeof(multiplexed[0]);
	     i++)
		if (strcmp(multiplexed[i], name) == 0)
			return true;
	return false;
}

static int
number_by_name(const struct second *second, const char *name, uint32_t nr)
{
	uint32_t token = seccomp_arch_resolve_name(second->arch->calls->name);

	if (name == NULL ||
	    seccomp_syscall_resolve_name_arch(token, name) != (int)nr)
		return __NR_SCMP_ERROR;
	return seccomp_syscall_resolve_name(name);
}

int
second_number(const struct second *second, uint32_t nr,
	      struct policy_origin origin, int *out)
{
	const char *name = calls_name(second->arch->calls, nr);
	int number = (int)nr;

	if (nr > INT32_MAX)
		return second_unsupported(second, origin,
					  "libseccomp takes no such number");
	if (second_is_hidden(second, nr))
		number = (int)(SECOND_HIDDEN + nr);
	else if (!second->native)
		number = number_by_name(second, name, nr);
	if (number == __NR_SCMP_ERROR)
		return second_unsupported(second, origin,
					  "libseccomp does not know this call "
					  "of another architecture");
	*out = number;
	return 0;
}
