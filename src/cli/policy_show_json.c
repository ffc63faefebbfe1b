/* SPDX-License-Identifier: Apache-2.0 */
/* caisson policy show --json: the policy, and its filter if asked for. */
#include "cli/policy.h"

static json_t *
clause_json(const struct policy *policy, const struct policy_clause *clause)
{
	json_t *o = json_pack("{s:o, s:o}", "action",
			      policy_action_json(clause->action), "if",
			      policy_clause_json(clause));

	if (o != NULL)
		policy_origin_json(policy, clause->origin, o);
	return o;
}

static json_t *
otherwise_json(const struct policy *policy, uint32_t action,
	       struct policy_origin origin)
{
	json_t *o = json_pack("{s:o}", "action", policy_action_json(action));

	if (o != NULL)
		policy_origin_json(policy, origin, o);
	return o;
}

static json_t *
call_json(const struct policy *policy, const struct policy_arch *arch,
	  uint32_t nr, const struct policy_rule *rule)
{
	json_t *rules = json_array();
	size_t n = rule != NULL ? rule->n_clauses : 0;

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(rules,
					    clause_json(policy,
							&rule->clauses[i]));
	/* Every list ends with what holds always. */
	if (n == 0 || rule->clauses[n - 1].n_atoms > 0) {
		const struct policy_clause last = {
			.action = arch->default_action,
			.origin = arch->default_origin,
		};

		(void)json_array_append_new(rules, clause_json(policy, &last));
	}
	return json_pack("{s:s?, s:I, s:o}", "name",
			 calls_name(arch->calls, nr), "nr", (json_int_t)nr,
			 "rules", rules);
}

static json_t *
calls_json(const struct policy_request *r, const struct policy *policy,
	   const struct policy_arch *arch)
{
	json_t *calls = json_array();
	uint32_t end = r->all ? arch->calls->end : 0;

	for (uint32_t i = 0; i < end; i++) {
		uint32_t nr = i | arch->calls->bit;

		if (policy_find_rule(arch, nr) == NULL &&
		    calls_name(arch->calls, nr) != NULL)
			(void)json_array_append_new(calls,
						    call_json(policy, arch, nr,
							      NULL));
	}
	for (size_t i = 0; i < arch->n_rules; i++)
		(void)json_array_append_new(calls, call_json(policy, arch,
							     arch->rules[i].nr,
							     &arch->rules[i]));
	return calls;
}

static json_t *
arch_json(const struct policy_request *r, const struct policy *policy,
	  const struct policy_arch *arch)
{
	return json_pack("{s:s, s:o, s:o, s:o}", "arch", arch->calls->name,
			 "calls", calls_json(r, policy, arch), "default",
			 otherwise_json(policy, arch->default_action,
					arch->default_origin),
			 "unknown",
			 otherwise_json(policy, arch->unknown_action,
					arch->unknown_origin));
}

static json_t *
filter_json(const struct policy_request *r, const struct filter *filter)
{
	json_t *o =
	    json_pack("{s:I, s:f}", "instructions", (json_int_t)filter->len,
		      "mean_path",
		      (double)filter_mean_path(filter, r->arch) / 1000.0);

	if (o != NULL && r->bpf)
		(void)json_object_set_new(o, "bpf", policy_bpf_json(filter));
	return o;
}

json_t *
policy_show_json(const struct policy_request *r,
		 const struct policy_input *input)
{
	json_t *archs = json_array();

	for (size_t i = 0; i < input->policy->n_archs; i++)
		(void)json_array_append_new(
		    archs,
		    arch_json(r, input->policy, &input->policy->archs[i]));
	return json_pack("{s:b, s:s, s:o, s:o, s:o}", "ok", 1, "policy",
			 input->word, "archs", archs, "foreign",
			 policy_action_json(input->policy->foreign_action),
			 "filter", filter_json(r, &input->filter));
}
