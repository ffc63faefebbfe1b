/* SPDX-License-Identifier: Apache-2.0 */
/* A rule, whose first clause that holds decides, without that order. */
#ifndef POLICY_SECOND_LOWER_H
#define POLICY_SECOND_LOWER_H

#include "policy/second/cubes.h"

/* Arguments with one answer. */
struct lowered_part {
	struct cubes cubes;
	uint32_t action;
	struct policy_origin origin;
};

/* parts[i] is for the i-th clause; the last one for when none holds. */
struct lowered {
	struct lowered_part *parts; /* heap */
	size_t n;
	enum cubes_state state;
	struct policy_origin origin; /* of the clause that was too much */
};

/*
 * No two cubes of all parts overlap.  Parts whose answer is the one for numbers
 * without a name, which needs no rule, stay empty; all others together are
 * everything that is left.  The answer is out->state; out is to be freed in
 * any case.
 */
enum cubes_state lower(const struct policy_rule *rule,
		       const struct policy_arch *arch, struct lowered *out);
void lowered_done(struct lowered *lowered);

#endif
