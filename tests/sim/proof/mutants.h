/* SPDX-License-Identifier: Apache-2.0 */
/* Filters as a generator with a defect would make them. */
#ifndef PROOF_MUTANTS_H
#define PROOF_MUTANTS_H

#include "policy/filter.h"

/* In a static table; NULL: no more. */
const char *mutant_at(size_t i);

/*
 * Changes the filter of a policy.  -1: there is no such mutant, or no place in
 * this filter where it would make a difference.
 */
int mutant_apply(const char *name, const struct policy *policy,
		 struct filter *filter);

#endif
