/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One system call's clauses to a part of the graph.
 */
#ifndef POLICY_FILTER_ARGS_H
#define POLICY_FILTER_ARGS_H

#include "policy/filter/facts.h"

/* Comparisons that are looked at for one policy before it must do as it is. */
#define ARGS_BUDGET (1u << 26)

struct args_clause {
	size_t first, n; /* of the terms; n 0: it always holds */
	uint32_t leaf; /* a node */
};

/* A rule in terms; args_init to args_done. */
struct args {
	struct graph *graph;
	struct args_clause *clauses; /* heap */
	size_t n_clauses;
	struct term *terms; /* heap */
	size_t n_terms;
	uint32_t otherwise; /* a node: no clause holds */
	bool big_endian;
	bool high_first; /* of two halves that are as good as each other */
	uint64_t *budget; /* the policy's */
	uint32_t nodes_max; /* more than this: give up */
};

struct args_options {
	uint32_t default_action;
	bool big_endian;
	uint64_t *budget;
};

/*
 * The best way found to decide a rule: a node, and what it costs.  NODE_NONE:
 * see graph->error.
 */
uint32_t args_build(struct graph *graph, const struct policy_rule *rule,
		    const struct args_options *options, struct graph_cost *out);

/*
 * Word by word: each is looked at once on any way, with what is known from
 * the others.  NODE_NONE without graph->error: too much work, or no end.
 */
uint32_t args_by_word(const struct args *args);
/* Clause by clause, as it is written. */
uint32_t args_as_written(const struct args *args);

#endif
