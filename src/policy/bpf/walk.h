/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks that begin with something known, and that share a bound on their work:
 * bpf_walk and bpf_solve, for the proofs.
 */
#ifndef POLICY_BPF_WALK_H
#define POLICY_BPF_WALK_H

#include "policy/bpf.h"

struct know;

/*
 * Work, counted in conditions looked at, or what takes as long.  What all of
 * it takes is one to two seconds; a comparison of the largest real filters
 * needs a small part.
 */
#define WALK_WORK_MAX UINT64_C(800000000)

struct walk_budget {
	uint64_t left;
};

/* false: there is not so much left, and from now on nothing. */
static inline bool
walk_spend(struct walk_budget *budget, uint64_t work)
{
	bool enough = budget->left > work;

	budget->left = enough ? budget->left - work : 0;
	return enough;
}

struct walk_request {
	const struct sock_filter *insns; /* a valid filter */
	size_t n;
	const struct bpf_condition *given; /* hold for every path */
	size_t n_given;
	struct walk_budget *budget; /* not NULL; of this walk and others */
	const struct know *known; /* if all given are a path's: its known */
};

/*
 * As bpf_walk; the conditions of each path begin with those that are given.
 * BPF_WALK_TOO_MUCH also when the budget is used up.
 */
int walk_given(const struct walk_request *request,
	       int (*visit)(const struct bpf_path *path, void *arg), void *arg);

/* As bpf_solve: 1, 0, or BPF_WALK_TOO_MUCH when the budget is used up. */
int walk_solve(const struct bpf_path *path, struct walk_budget *budget,
	       uint32_t words[16]);

#endif
