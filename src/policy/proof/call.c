/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call, asked of a policy and of its filter.  What a policy means is
 * policy_decide, what a filter does is bpf_run; there is no third opinion.
 */
#include "policy/proof/call.h"

#include "base/err.h"
#include "policy/calls.h"

#include <inttypes.h>
#include <stdio.h>

#define HOST_IS_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

bool
proof_is_big_endian(const struct policy *policy)
{
	if (policy->n_archs == 0)
		return HOST_IS_BIG_ENDIAN;
	return policy->archs[0].calls->big_endian;
}

static size_t
count_atoms(const struct policy *policy)
{
	size_t n = 0;

	for (size_t a = 0; a < policy->n_archs; a++)
		for (size_t r = 0; r < policy->archs[a].n_rules; r++) {
			const struct policy_rule *rule =
			    &policy->archs[a].rules[r];

			for (size_t c = 0; c < rule->n_clauses; c++)
				n += rule->clauses[c].n_atoms;
		}
	return n;
}

struct proof_calls
proof_calls_of(const struct policy *policy, const struct filter *filter)
{
	return (struct proof_calls){
		.policy = policy,
		.filter = filter,
		.atoms = count_atoms(policy),
		.swapped = proof_is_big_endian(policy) != HOST_IS_BIG_ENDIAN,
	};
}

/* As the kernel of the other byte order would lay the arguments out. */
static uint32_t
run_swapped(const struct filter *filter, const struct seccomp_data *data)
{
	struct seccomp_data swapped = *data;

	for (int i = 0; i < 6; i++)
		swapped.args[i] = data->args[i] << 32 | data->args[i] >> 32;
	return bpf_run(filter->insns, &swapped, NULL);
}

bool
proof_agree(struct proof_calls *calls, const struct seccomp_data *data)
{
	uint32_t a = calls->swapped ? run_swapped(calls->filter, data)
				    : bpf_run(calls->filter->insns, data, NULL);
	uint32_t b = policy_decide(calls->policy, data, NULL);

	if (a == b)
		return true;
	calls->found = (struct proof_witness){ .data = *data, .a = a, .b = b };
	return false;
}

int
proof_mismatch(const struct proof_calls *calls, struct caisson_error *err)
{
	const struct seccomp_data *data = &calls->found.data;
	uint32_t nr = (uint32_t)data->nr;
	const struct calls_arch *arch = calls_arch_of(data->arch, nr);
	const char *name = arch == NULL ? NULL : calls_name(arch, nr);
	char filter[32], policy[32], token[32];
	const char *a = policy_action_text(calls->found.a, filter);
	const char *b = policy_action_text(calls->found.b, policy);

	(void)snprintf(token, sizeof(token), "architecture %#" PRIx32,
		       (uint32_t)data->arch);
	return err_set(err, CAISSON_E_MISMATCH, CAISSON_STAGE_PROFILE, 0,
		       "%s call %#" PRIx32 " (%s), arguments %#llx %#llx "
		       "%#llx %#llx %#llx %#llx: the filter answers %s, "
		       "the policy %s",
		       arch == NULL ? token : arch->name, nr,
		       name == NULL ? "no name" : name, data->args[0],
		       data->args[1], data->args[2], data->args[3],
		       data->args[4], data->args[5], a, b);
}
