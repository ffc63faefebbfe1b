/* SPDX-License-Identifier: Apache-2.0 */
/* Policies and calls made by chance, the same for the same seed. */
#ifndef SUPPORT_RANDOM_POLICY_H
#define SUPPORT_RANDOM_POLICY_H

#include "policy/policy.h"

struct random_source {
	uint64_t state; /* the seed, at first */
};

uint64_t random_next(struct random_source *source);
uint64_t random_below(struct random_source *source, uint64_t n); /* n > 0 */

/* What policies may look like. */
struct random_shape {
	const struct calls_arch *archs[POLICY_ARCHS_MAX]; /* NULL: no more */
	unsigned rules_max, clauses_max, atoms_max; /* each at least 1 */
	bool narrow; /* compare 32 bits only */
	bool plain; /* mostly EQ, IN and MASKED, which are one cube each */
	bool one_default; /* numbers without a name as those with one */
	/* NULL: rules for any number. */
	bool (*usable)(const struct calls_arch *arch, uint32_t nr);
};

/* policy_free; NULL: no memory. */
struct policy *
random_policy(struct random_source *source, const struct random_shape *shape);

/*
 * A call that is on, or just beside, a boundary of the policy more often than
 * not: numbers with rules, arguments near the constants of a clause.
 */
void random_call(struct random_source *source, const struct policy *policy,
		 struct seccomp_data *out);

#endif
