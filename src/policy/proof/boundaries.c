/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter asked where it may be wrong: for every number that has a rule or
 * could have one, for numbers of another kind, for other architectures, and at
 * the end of each of its own paths.  It is done in launches, so it takes a millisecond rather than a minute; it knows
 * nothing of how the filter was made.
 */
#include "policy/proof.h"

#include "base/err.h"
#include "policy/calls.h"
#include "policy/proof/call.h"
#include "policy/proof/rule.h"

#define NUMBERS 1024u

/* As rule_check: 1 agreed, 0 not, -1 no memory. */
static int
check_number(struct proof_calls *calls, const struct policy_arch *arch,
	     uint32_t nr)
{
	struct seccomp_data data = { .nr = (int)nr,
				     .arch = arch->calls->token };
	const struct policy_rule *rule = NULL;

	if (policy_arch_of(calls->policy, &data) == arch)
		rule = policy_find_rule(arch, nr);
	if (rule != NULL)
		return rule_check(calls, rule, &data);
	return rule_check_plain(calls, &data);
}

/* All that the tables know, all that a near future may bring. */
static int
check_known(struct proof_calls *calls, const struct policy_arch *arch)
{
	uint32_t bit = arch->calls->bit, end = arch->calls->end + 1;
	int r = 1;

	if (end < NUMBERS)
		end = NUMBERS;
	for (uint32_t n = 0; r == 1 && n < end; n++)
		r = check_number(calls, arch, n | bit);
	for (size_t i = 0; r == 1 && i < arch->n_rules; i++) {
		uint32_t nr = arch->rules[i].nr;

		if ((nr & ~bit) < end && (nr & bit) == bit)
			continue;
		r = check_number(calls, arch, nr);
		if (r == 1)
			r = check_number(calls, arch, nr - 1);
		if (r == 1)
			r = check_number(calls, arch, nr + 1);
	}
	return r;
}

/* Calls of x32 or as if of it; each bit of a number; both ends. */
static int
check_strange(struct proof_calls *calls, const struct policy_arch *arch)
{
	int r = 1;

	for (uint32_t n = 0; r == 1 && n < NUMBERS; n++)
		r = check_number(calls, arch, n ^ CALLS_X32_BIT);
	for (unsigned shift = 8; r == 1 && shift < 32; shift++) {
		uint32_t bit = UINT32_C(1) << shift;
		const uint32_t numbers[] = { bit, bit - 1, bit + 1, ~bit,
					     UINT32_MAX << shift };

		for (size_t i = 0; r == 1 && i < 5; i++)
			r = check_number(calls, arch, numbers[i]);
	}
	if (r == 1)
		r = check_number(calls, arch, UINT32_MAX);
	if (r == 1)
		r = check_number(calls, arch, UINT32_MAX - 1);
	return r;
}

/* Some numbers of a token, which may be anybody's. */
static bool
check_token(struct proof_calls *calls, uint32_t token)
{
	static const uint32_t numbers[] = {
		0,          1,          11,         59,
		60,         93,         221,        CALLS_X32_BIT,
		0x4000003b, 0x7fffffff, 0x80000000, UINT32_MAX,
	};
	struct seccomp_data data = { .arch = token };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		data.nr = (int)numbers[i];
		if (!rule_check_plain(calls, &data))
			return false;
	}
	/* Numbers that have a rule somewhere; a few will do. */
	for (size_t a = 0; a < calls->policy->n_archs; a++) {
		const struct policy_arch *arch = &calls->policy->archs[a];

		for (size_t i = 0; i < arch->n_rules; i += 31) {
			data.nr = (int)arch->rules[i].nr;
			if (!rule_check_plain(calls, &data))
				return false;
		}
	}
	return true;
}

static bool
check_foreign(struct proof_calls *calls)
{
	const struct calls_arch *known;

	for (size_t i = 0; (known = calls_arch_at(i)) != NULL; i++)
		if (!check_token(calls, known->token))
			return false;
	for (size_t a = 0; a < calls->policy->n_archs; a++)
		for (unsigned bit = 0; bit < 32; bit++)
			if (!check_token(calls,
					 calls->policy->archs[a].calls->token ^
					     UINT32_C(1) << bit))
				return false;
	return check_token(calls, 0) && check_token(calls, UINT32_MAX);
}

int
proof_boundaries(const struct policy *policy, const struct filter *filter,
		 struct proof_witness *witness, struct caisson_error *err)
{
	struct proof_calls calls = proof_calls_of(policy, filter);
	int r = 1;

	if (!bpf_is_valid(filter->insns, filter->len))
		return err_set(err, CAISSON_E_MISMATCH, CAISSON_STAGE_PROFILE,
			       0, "no kernel would load this filter");
	for (size_t i = 0; r == 1 && i < policy->n_archs; i++) {
		r = check_known(&calls, &policy->archs[i]);
		if (r == 1)
			r = check_strange(&calls, &policy->archs[i]);
	}
	if (r == 1)
		r = check_foreign(&calls);
	if (r == 1)
		r = paths_check(&calls);
	if (r < 0)
		return err_no_memory(err, CAISSON_STAGE_PROFILE);
	if (r == 1)
		return 0;
	if (witness != NULL)
		*witness = calls.found;
	return proof_mismatch(&calls, err);
}
