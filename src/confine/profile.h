/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seccomp filters ready to load.  Shipped profiles are compiled when caisson
 * is built; a launch only hands their bytes to the kernel.
 */
#ifndef CONFINE_PROFILE_H
#define CONFINE_PROFILE_H

#include "caisson.h"

#include <linux/filter.h>

struct profile {
	const char *name;
	const struct sock_filter *insns; /* NULL: unconfined */
	unsigned short len;
};

/*
 * out = the filter of a shipped profile, or of a policy file (exactly one of
 * the two is not NULL).  An unknown profile is CAISSON_E_SPEC and lists those
 * that there are.  Static: nothing to free.
 */
CAISSON_CHECK int profile_get(const char *name, const char *policy,
			      const struct profile **out,
			      struct caisson_error *err);

#endif
