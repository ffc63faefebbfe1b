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

/* Which filter, and for what. */
struct profile_request {
	/* one of the three: shipped, a file's path, or compiled already */
	const char *name, *policy;
	const void *filter; /* struct sock_filter, checked; borrowed */
	size_t filter_n;
	/* what conditions of a container profile are decided with, or NULL */
	const char *const *capabilities;
	int hand_over; /* >= 0: refusals are reported, over this descriptor */
};

/* What a launch loads. */
struct profile_set {
	struct profile filter; /* insns NULL: unconfined */
	struct profile rest; /* refusals are reported: loaded after filter */
	struct policy *policy; /* then also: what it was made from; else NULL */
	void *owned[2]; /* instructions on the heap */
};

/*
 * An unknown profile is CAISSON_E_SPEC and lists those that there are; a
 * policy file that is wrong is CAISSON_E_POLICY or CAISSON_E_SYNTAX.  What
 * comes out of a file has been checked against it.  Refusals can be reported
 * only where there is a policy, so not with a filter: CAISSON_E_UNSUPPORTED.
 */
CAISSON_CHECK int profile_open(const struct profile_request *request,
			       struct profile_set *out,
			       struct caisson_error *err);
void profile_close(struct profile_set *set); /* again is ok */

#endif
