/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a policy to a filter that may be loaded: generated, and then checked by
 * what does not know the generator.
 */
#include "policy/load.h"

#include "base/err.h"
#include "policy/proof.h"

#include <stdlib.h>

int
load_filter(const struct policy *policy, struct filter *out,
	    struct caisson_error *err)
{
	struct filter filter = { NULL, 0 };
	struct proof_witness witness;
	int r = filter_generate(policy, &filter, err);

	if (r < 0)
		return r;
	r = proof_boundaries(policy, &filter, &witness, err);
	if (r < 0) {
		filter_done(&filter);
		return r;
	}
	*out = filter;
	return 0;
}

static bool
has_nobody(uint32_t action)
{
	uint32_t full = action & SECCOMP_RET_ACTION_FULL;

	return full == SECCOMP_RET_TRACE || full == SECCOMP_RET_USER_NOTIF;
}

static int
refuse(const struct policy *policy, uint32_t action,
       struct policy_origin origin, struct caisson_error *err)
{
	bool known = origin.line != 0 && origin.file < policy->n_files;
	char text[32];
	int r = err_set(err, CAISSON_E_POLICY, CAISSON_STAGE_POLICY, 0,
			"%s:%u: %s: nobody would answer; a launch takes "
			"allow, log, return, trap and kill",
			known ? policy->files[origin.file] : "policy",
			origin.line, policy_action_text(action, text));

	if (err != NULL)
		err->line = origin.line;
	return r;
}

static int
check_rule(const struct policy *policy, const struct policy_rule *rule,
	   struct caisson_error *err)
{
	for (size_t i = 0; i < rule->n_clauses; i++) {
		const struct policy_clause *clause = &rule->clauses[i];

		if (has_nobody(clause->action))
			return refuse(policy, clause->action, clause->origin,
				      err);
	}
	return 0;
}

static int
check_actions(const struct policy *policy, const struct policy_arch *arch,
	      struct caisson_error *err)
{
	if (has_nobody(arch->default_action))
		return refuse(policy, arch->default_action,
			      arch->default_origin, err);
	if (has_nobody(arch->unknown_action))
		return refuse(policy, arch->unknown_action,
			      arch->unknown_origin, err);
	for (size_t i = 0; i < arch->n_rules; i++) {
		int r = check_rule(policy, &arch->rules[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

int
load_may_launch(const struct policy *policy, const struct filter *filter,
		struct caisson_error *err)
{
	for (size_t i = 0; i < policy->n_archs; i++) {
		int r = check_actions(policy, &policy->archs[i], err);

		if (r < 0)
			return r;
	}
	return proof_invariants(policy, filter, err);
}
