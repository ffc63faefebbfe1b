/* SPDX-License-Identifier: Apache-2.0 */
/* A policy and the filters that two compilers make of it. */
#ifndef POLICY_SECOND_COMPARE_H
#define POLICY_SECOND_COMPARE_H

#include "policy/filter.h"
#include "random_policy.h"

/* What became of a policy. */
enum compared {
	COMPARED_EQUAL = 0,
	COMPARED_SKIPPED, /* libseccomp cannot be given it; why says so */
	COMPARED_WRONG, /* why: the call, and the answers */
};

struct comparison {
	const struct policy *policy;
	const struct policy *reference; /* what is right; NULL: policy */
	unsigned calls; /* random ones */
	char why[512];
};

/*
 * Every number from 0 to 1023, those of x32, -1 and other architectures, with
 * arguments that are 0, and random calls: policy_decide, the second compiler
 * and, where it is for this architecture, the first one must agree.
 */
enum compared
compare(struct comparison *comparison, struct random_source *source);

/*
 * libseccomp may not come to an end: the process prints what and ends with 1
 * unless compare returns in a minute of its own time.
 */
void compare_watch(const char *what);
void compare_done(void);

#endif
