/* SPDX-License-Identifier: Apache-2.0 */
/* One call, asked of a policy and of its filter. */
#ifndef POLICY_PROOF_CALL_H
#define POLICY_PROOF_CALL_H

#include "policy/policy.h"
#include "policy/proof.h"

struct proof_calls {
	const struct policy *policy;
	const struct filter *filter; /* valid */
	size_t atoms; /* of all rules */
	bool swapped; /* words of arguments, from those of this machine */
	struct proof_witness found; /* the last one that differed */
};

/* Is the most significant word of an argument the first one? */
bool proof_is_big_endian(const struct policy *policy);

struct proof_calls
proof_calls_of(const struct policy *policy, const struct filter *filter);

/* false: filter and policy answer differently; found is the call. */
bool proof_agree(struct proof_calls *calls, const struct seccomp_data *data);

/* CAISSON_E_MISMATCH about the call that was found. */
int proof_mismatch(const struct proof_calls *calls, struct caisson_error *err);

#endif
