/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All system call numbers of one architecture token as ranges of one answer.
 */
#ifndef POLICY_FILTER_NUMBERS_H
#define POLICY_FILTER_NUMBERS_H

#include "policy/filter/args.h"
#include "policy/filter/tree.h"

/* The rule that needs most. */
struct numbers_largest {
	uint32_t insns;
	struct policy_origin origin;
};

struct numbers {
	struct graph *graph;
	const struct policy *policy;
	uint32_t token;
	uint64_t budget;
	struct numbers_largest largest;
};

/* A node that decides every call of the token; NODE_NONE: graph->error. */
uint32_t numbers_build(struct numbers *numbers);

#endif
