/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy means.  Filters are proved equal to this, so it is as plain as
 * it can be: no table, no order of its own, no shortcut.
 */
#include "policy/policy.h"

#include "policy/calls.h"

#include <stdio.h>

bool
policy_atom_holds(const struct policy_atom *atom, const uint64_t args[6])
{
	uint64_t arg = args[atom->arg];

	if (atom->width == 32)
		arg &= UINT32_MAX;
	switch ((enum policy_op)atom->op) {
	case POLICY_EQ:
		return arg == atom->value;
	case POLICY_NE:
		return arg != atom->value;
	case POLICY_LT:
		return arg < atom->value;
	case POLICY_LE:
		return arg <= atom->value;
	case POLICY_GT:
		return arg > atom->value;
	case POLICY_GE:
		return arg >= atom->value;
	case POLICY_ANY:
		return (arg & atom->value) != 0;
	case POLICY_IN:
		return (arg & ~atom->value) == 0;
	case POLICY_MASKED:
		return (arg & atom->mask) == atom->value;
	}
	return false;
}

static bool
clause_holds(const struct policy_clause *clause, const uint64_t args[6])
{
	for (size_t i = 0; i < clause->n_atoms; i++)
		if (!policy_atom_holds(&clause->atoms[i], args))
			return false;
	return true;
}

const struct policy_arch *
policy_arch_of(const struct policy *policy, const struct seccomp_data *data)
{
	uint32_t nr = (uint32_t)data->nr;
	const struct calls_arch *calls = calls_arch_of(data->arch, nr);

	for (size_t i = 0; i < policy->n_archs; i++)
		if (policy->archs[i].calls == calls)
			return &policy->archs[i];
	return NULL;
}

static uint32_t
answer(uint32_t action, struct policy_origin from, struct policy_origin *out)
{
	if (out != NULL)
		*out = from;
	return action;
}

uint32_t
policy_decide(const struct policy *policy, const struct seccomp_data *data,
	      struct policy_origin *origin)
{
	const struct policy_arch *arch = policy_arch_of(policy, data);
	const struct policy_rule *rule;
	uint64_t args[6];
	uint32_t nr = (uint32_t)data->nr;

	if (arch == NULL)
		return answer(policy->foreign_action,
			      (struct policy_origin){ 0 }, origin);
	for (int i = 0; i < 6; i++)
		args[i] = data->args[i];
	rule = policy_find_rule(arch, nr);
	if (rule == NULL && calls_name(arch->calls, nr) == NULL)
		return answer(arch->unknown_action, arch->unknown_origin,
			      origin);
	for (size_t i = 0; rule != NULL && i < rule->n_clauses; i++)
		if (clause_holds(&rule->clauses[i], args))
			return answer(rule->clauses[i].action,
				      rule->clauses[i].origin, origin);
	return answer(arch->default_action, arch->default_origin, origin);
}

const char *
policy_action_text(uint32_t action, char out[32])
{
	uint32_t data = action & SECCOMP_RET_DATA;
	const char *name = "kill-process";

	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		name = "allow";
		break;
	case SECCOMP_RET_KILL_THREAD:
		name = "kill-thread";
		break;
	case SECCOMP_RET_TRAP:
		name = "trap";
		break;
	case SECCOMP_RET_TRACE:
		name = "trace";
		break;
	case SECCOMP_RET_LOG:
		name = "log";
		break;
	case SECCOMP_RET_USER_NOTIF:
		name = "user-notify";
		break;
	case SECCOMP_RET_ERRNO:
		name = calls_errno_name((int)data);
		if (name != NULL)
			(void)snprintf(out, 32, "return %s", name);
		else
			(void)snprintf(out, 32, "return %u", data);
		return out;
	default:
		break;
	}
	(void)snprintf(out, 32, "%s", name);
	return out;
}
