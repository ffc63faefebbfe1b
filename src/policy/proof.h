/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a filter equal to its policy?  Three answers, which know nothing of how
 * the filter was made: a check at the boundaries (in every launch with a
 * policy that was not proved when caisson was built), a decision over all
 * paths, and a text for a prover of somebody else's.
 */
#ifndef POLICY_PROOF_H
#define POLICY_PROOF_H

#include "policy/bpf.h"
#include "policy/filter.h"
#include "policy/policy.h"

/* A call that two answer differently. */
struct proof_witness {
	struct seccomp_data data;
	uint32_t a, b; /* what each answers */
};

/*
 * Runs the filter on every boundary of every rule (each constant, one less and
 * one more, each bit of a mask, both halves) for each number that the policy
 * names, on every other number from 0 to 1023, on x32 numbers, -1, and foreign
 * architectures; of a policy with very many conditions only on a part of this,
 * so that no policy holds a launch up.  CAISSON_E_MISMATCH names the call and
 * both answers; stage CAISSON_STAGE_PROFILE.
 */
CAISSON_CHECK int
proof_boundaries(const struct policy *policy, const struct filter *filter,
		 struct proof_witness *witness, struct caisson_error *err);

/*
 * What a filter must allow to be of use: with launch, execve or execveat (or
 * the launch itself would fail); always, exit_group or exit.  Neither may be
 * refused for all arguments.  CAISSON_E_POLICY says which is missing.
 */
CAISSON_CHECK int proof_invariants(const struct policy *policy,
				   const struct filter *filter,
				   struct caisson_error *err);

struct proof_list {
	struct proof_witness *v; /* the caller's */
	size_t max, n; /* n: found, of which the first max are stored */
};

/*
 * Every pair of paths of two filters that one call can take and that end
 * differently, for one system call number after the other: a witness for each
 * (number, answer of a, answer of b).  Exact, for filters that bpf_walk can
 * walk; others, and pairs with more paths than can be walked in a second or
 * two, are CAISSON_E_UNSUPPORTED.
 */
CAISSON_CHECK int
proof_differences(const struct filter *a, const struct filter *b,
		  struct proof_list *out, struct caisson_error *err);

/*
 * SMT-LIB 2 (QF_BV): nr, arch and six 64-bit arguments, the policy and the
 * filter as functions of them, and the claim that they differ.  "unsat" is the
 * proof.  Heap text; the filter must be valid.
 */
CAISSON_CHECK int proof_smt(const struct policy *policy,
			    const struct filter *filter, char **out,
			    size_t *len, struct caisson_error *err);

#endif
