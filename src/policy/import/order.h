/* SPDX-License-Identifier: Apache-2.0 */
/* Several rules for one system call, where no order of them is written. */
#ifndef IMPORT_ORDER_H
#define IMPORT_ORDER_H

#include "policy/import/rules.h"

/* What had to be decided, worst last. */
enum order_verdict {
	ORDER_CLEAR, /* no call fits two rules with different actions */
	ORDER_CONDITIONS_IGNORED, /* a rule without conditions is beside them */
	ORDER_FIRST, /* there are two without, and the first counts */
	ORDER_STRICTER, /* the stricter rule wins */
};

/*
 * Order the clauses of a call so that the first that holds is what libseccomp
 * would answer: a rule without conditions wins over all that have some (it
 * drops them, in whatever order they come), the first of such rules over the
 * later ones, and of rules that overlap, where its answer depends on the shape
 * of its tree, the stricter.  A condition that stands there twice is left out.
 */
enum order_verdict order_call(struct rules *rules, struct rules_call *call);

/* Can no call fit both?  false: perhaps one can. */
bool
order_disjoint(const struct policy_clause *a, const struct policy_clause *b);

#endif
