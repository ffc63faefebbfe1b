/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random policies: a generator with a seed (splitmix64), values as people
 * write them and as they go wrong.  Knows nothing of filters.
 */
#include "random_policy.h"

#include "policy/calls.h"

uint64_t
random_next(struct random_source *source)
{
	uint64_t x = source->state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

uint64_t
random_below(struct random_source *source, uint64_t n)
{
	return random_next(source) % n;
}

static uint64_t
random_value(struct random_source *source)
{
	uint64_t x = random_next(source);

	switch (random_below(source, 9)) {
	case 0:
		return x % 4;
	case 1:
		return x % 64;
	case 2: /* one bit */
		return UINT64_C(1) << x % 64;
	case 3: /* a few bits of the lower half */
		return (UINT64_C(1) << x % 32) | (UINT64_C(1) << x / 64 % 32);
	case 4: /* all up to one */
		return UINT64_MAX >> x % 64;
	case 5: /* all but one */
		return ~(UINT64_C(1) << x % 64);
	case 6:
		return (uint32_t)x;
	case 7: /* a negative int in a register */
		return (uint64_t) - (int64_t)(1 + x % 200);
	default:
		return x;
	}
}

static uint32_t
random_action(struct random_source *source)
{
	uint32_t data = 1 + (uint32_t)random_below(source, 40);

	switch (random_below(source, 10)) {
	case 0:
		return SECCOMP_RET_KILL_PROCESS;
	case 1:
		return SECCOMP_RET_KILL_THREAD;
	case 2:
		return SECCOMP_RET_TRAP;
	case 3:
		return SECCOMP_RET_LOG;
	case 4:
		return SECCOMP_RET_TRACE | data;
	case 5:
		return SECCOMP_RET_USER_NOTIF;
	case 6:
	case 7:
		return SECCOMP_RET_ERRNO | data;
	default:
		return SECCOMP_RET_ALLOW;
	}
}

static uint8_t
random_op(struct random_source *source, const struct random_shape *shape)
{
	static const uint8_t plain[] = { POLICY_EQ, POLICY_IN, POLICY_MASKED };

	if (shape->plain && random_below(source, 4) != 0)
		return plain[random_below(source, sizeof(plain))];
	return (uint8_t)(POLICY_EQ + random_below(source, 9));
}

static struct policy_atom
random_atom(struct random_source *source, const struct random_shape *shape)
{
	struct policy_atom atom = {
		.arg = (uint8_t)random_below(source, 6),
		.op = random_op(source, shape),
		.width =
		    shape->narrow || random_below(source, 2) == 0 ? 32 : 64,
		.value = random_value(source),
	};

	/* Clauses that talk of the same argument are the harder ones. */
	if (random_below(source, 3) != 0)
		atom.arg %= 2;
	if (atom.op == POLICY_MASKED) {
		atom.mask = random_value(source);
		if (random_below(source, 8) != 0) /* else it never holds */
			atom.value &= atom.mask;
	}
	if (atom.width == 32) {
		atom.value &= UINT32_MAX;
		atom.mask &= UINT32_MAX;
	}
	return atom;
}

static int
add_clause(struct random_source *source, const struct random_shape *shape,
	   struct policy_rule *rule)
{
	struct policy_atom atoms[POLICY_ATOMS_MAX];
	struct policy_clause clause = {
		.atoms = atoms,
		.action = random_action(source),
		.origin = { 0, (uint32_t)rule->n_clauses + 1 },
	};

	/* Rarely none: then it always holds. */
	if (random_below(source, 16) != 0)
		clause.n_atoms = 1 + random_below(source, shape->atoms_max);
	for (size_t i = 0; i < clause.n_atoms; i++)
		atoms[i] = random_atom(source, shape);
	return policy_add_clause(rule, &clause);
}

static uint32_t
random_number(struct random_source *source, const struct calls_arch *calls)
{
	uint32_t nr = (uint32_t)random_below(source, 1024) | calls->bit;

	if (random_below(source, 12) != 0)
		nr = calls->by_number[random_below(source, calls->n)].nr;
	return nr;
}

static int
add_rule(struct random_source *source, const struct random_shape *shape,
	 struct policy_arch *arch)
{
	uint32_t nr = random_number(source, arch->calls);
	uint64_t n = 1 + random_below(source, shape->clauses_max);
	struct policy_rule *rule;

	if (shape->usable != NULL && !shape->usable(arch->calls, nr))
		return 0;
	if (policy_find_rule(arch, nr) != NULL)
		return 0;
	rule = policy_add_rule(arch, nr);
	if (rule == NULL)
		return -1;
	while (n-- > 0)
		if (add_clause(source, shape, rule) < 0)
			return -1;
	return 0;
}

static int
add_arch(struct random_source *source, const struct random_shape *shape,
	 struct policy *policy, const struct calls_arch *calls)
{
	struct policy_arch *arch = policy_add_arch(policy, calls);
	uint64_t n = 1 + random_below(source, shape->rules_max);

	if (arch == NULL)
		return -1;
	arch->default_action = random_action(source);
	arch->unknown_action = arch->default_action;
	if (!shape->one_default)
		arch->unknown_action = random_action(source);
	/* @unknown is said once, for all. */
	if (arch != &policy->archs[0])
		arch->unknown_action = policy->archs[0].unknown_action;
	if (shape->one_default)
		arch->default_action = arch->unknown_action;
	while (n-- > 0)
		if (add_rule(source, shape, arch) < 0)
			return -1;
	return 0;
}

struct policy *
random_policy(struct random_source *source, const struct random_shape *shape)
{
	struct policy *policy = policy_new();

	if (policy == NULL)
		return NULL;
	policy->foreign_action = random_action(source);
	for (size_t i = 0; i < POLICY_ARCHS_MAX && shape->archs[i] != NULL; i++)
		if (add_arch(source, shape, policy, shape->archs[i]) < 0) {
			policy_free(policy);
			return NULL;
		}
	return policy;
}

static void
near_atom(struct random_source *source, const struct policy_atom *atom,
	  uint64_t *arg)
{
	uint64_t x = random_next(source);

	switch (random_below(source, 8)) {
	case 0:
		*arg = atom->value + 1;
		break;
	case 1:
		*arg = atom->value - 1;
		break;
	case 2:
		*arg = atom->value ^ UINT64_C(1) << x % 64;
		break;
	case 3:
		*arg = atom->value | (x & ~atom->mask);
		break;
	case 4:
		*arg = ~atom->value;
		break;
	case 5: /* some of the bits */
		*arg = atom->value & x;
		break;
	default:
		*arg = atom->value;
		break;
	}
	/* What the kernel does not look at. */
	if (atom->width == 32 && random_below(source, 2) == 0)
		*arg = (uint32_t)*arg | x << 32;
}

void
random_call(struct random_source *source, const struct policy *policy,
	    struct seccomp_data *out)
{
	const struct policy_arch *arch =
	    &policy->archs[random_below(source, policy->n_archs)];
	const struct policy_rule *rule = NULL;
	const struct policy_clause *clause;

	out->arch = arch->calls->token;
	out->instruction_pointer = random_next(source);
	for (int i = 0; i < 6; i++)
		out->args[i] = random_value(source);
	if (arch->n_rules > 0 && random_below(source, 8) != 0)
		rule = &arch->rules[random_below(source, arch->n_rules)];
	out->nr = rule != NULL ? (int)rule->nr
			       : (int)random_number(source, arch->calls);
	if (rule == NULL || rule->n_clauses == 0)
		return;
	clause = &rule->clauses[random_below(source, rule->n_clauses)];
	for (size_t i = 0; i < clause->n_atoms; i++) {
		uint64_t arg;

		near_atom(source, &clause->atoms[i], &arg);
		out->args[clause->atoms[i].arg] = arg;
	}
}
