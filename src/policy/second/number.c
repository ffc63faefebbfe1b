/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The number that libseccomp is given for a system call.  It takes numbers as
 * those of the machine that it runs on, and goes by the name to another
 * architecture's; so there only calls can be compiled whose names it knows.
 */
#include "policy/second/compile.h"

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
	if (!second->native)
		number = number_by_name(second, name, nr);
	if (number == __NR_SCMP_ERROR)
		return second_unsupported(second, origin,
					  "libseccomp does not know this call "
					  "of another architecture");
	*out = number;
	return 0;
}
