/* SPDX-License-Identifier: Apache-2.0 */
/* Policies at random, with values that lie near each other. */
#include "making.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint32_t
some_action(uint64_t *state)
{
	static const uint32_t actions[] = {
		ALLOW,   ALLOW, ALLOW,           REFUSE,
		MISSING, KILL,  SECCOMP_RET_LOG, SECCOMP_RET_TRAP | 7
	};

	return actions[making_random(state) % COUNT(actions)];
}

static uint64_t
some_value(uint64_t *state)
{
	uint64_t r = making_random(state);

	switch (r >> 60) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		return r & 7;
	case 5:
		return UINT64_C(1) << (r & 63);
	case 6:
		return (r & 7) << 32 | (r >> 8 & 3);
	case 7:
		return UINT32_MAX - (r & 1);
	case 8:
		return UINT64_MAX - (r & 1);
	case 9:
		return r & 0xff;
	case 10:
		return (r & 3) << 32;
	case 11:
		return r;
	default:
		return r & 31;
	}
}

static struct policy_atom
some_atom(uint64_t *state)
{
	uint64_t r = making_random(state);
	struct policy_atom atom = {
		.arg = (uint8_t)((r & 3) == 0 ? (r >> 8) % 6 : (r >> 8) & 1),
		.op = (uint8_t)(1 + (r >> 16) % 9),
		.width = (r >> 24 & 1) != 0 ? 32 : 64,
		.value = some_value(state),
	};

	if (atom.op == POLICY_MASKED) {
		atom.mask = some_value(state) | some_value(state);
		if ((r >> 32 & 7) != 0)
			atom.value &= atom.mask;
	}
	if (atom.width == 32) {
		atom.value &= UINT32_MAX;
		atom.mask &= UINT32_MAX;
	}
	return atom;
}

static uint32_t
some_number(uint64_t *state, const struct calls_arch *arch)
{
	uint64_t r = making_random(state);
	const bool is_x86_64 = strcmp(arch->name, "x86_64") == 0;

	if ((r & 15) != 0)
		return arch->bit | (uint32_t)(r >> 8) % 480;
	if (arch->bit != 0)
		return arch->bit | (uint32_t)(r >> 8);
	if ((r & 16) != 0 && is_x86_64)
		return UINT32_MAX;
	return (uint32_t)(r >> 8) & ~(is_x86_64 ? CALLS_X32_BIT : 0u);
}

static void
add_rule(uint64_t *state, struct policy *policy, size_t at)
{
	uint32_t nr = some_number(state, policy->archs[at].calls);
	uint64_t n_clauses = making_random(state) >> 20 & 7;

	for (uint64_t i = 0; i <= n_clauses; i++) {
		struct policy_atom atoms[4];
		struct policy_clause clause = {
			.atoms = atoms,
			.n_atoms = (making_random(state) >> 10) % 4,
			.action = some_action(state),
		};

		if (n_clauses > 2 && clause.n_atoms == 0)
			clause.n_atoms = 1;
		for (size_t k = 0; k < clause.n_atoms; k++)
			atoms[k] = some_atom(state);
		making_clause(policy, at, nr, &clause);
	}
}

struct policy *
making_random_policy(uint64_t *state)
{
	static const char *const sets[][4] = {
		{ "x86_64", NULL },
		{ "x86_64", NULL },
		{ "aarch64", "arm", NULL },
		{ "x86_64", "x86", "x32", NULL },
		{ "x32", NULL },
		{ "x86", "aarch64", NULL },
	};
	struct policy *policy =
	    making_policy(sets[making_random(state) % COUNT(sets)]);

	policy->foreign_action = some_action(state);
	for (size_t i = 0; i < policy->n_archs; i++) {
		uint64_t n = making_random(state) % 24;

		policy->archs[i].default_action = some_action(state);
		policy->archs[i].unknown_action = some_action(state);
		while (n-- > 0)
			add_rule(state, policy, i);
	}
	return policy;
}
