/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments for one rule.  A base is a call that a clause is meant for: each
 * argument that it tests has a value with which its atoms hold, the others are
 * 0.  From every base, and from all 0, each tested argument goes through
 *
 *	the boundaries of the clause's own atoms, and (unless the clause is
 *	one comparison) what it has at the base with each bit turned: always
 *	those of all atoms of the rule on this argument: if that is at most
 *	SWEEP_MAX calls for the rule
 *
 * and beside that all combinations of all boundaries are tried if there are at
 * most PRODUCT_MAX of them.  Each rule has its share of WORK_MAX comparisons,
 * and of a policy that would need more not all of this is done: each clause's
 * base is asked about first.  The bounds keep a launch short, whatever the
 * policy is; a decision for all calls is proof_smt's.
 */
#include "policy/proof/rule.h"

#include "policy/proof/values.h"

#include <stdlib.h>
#include <string.h>

#define SWEEP_MAX   65536
#define PRODUCT_MAX 4096
#define WORK_MAX    (UINT64_C(1) << 27) /* well below a second */
#define ARGS        6

/* Sorted, without a value twice. */
struct set {
	uint64_t *v; /* heap */
	size_t n;
};

struct plan {
	struct proof_calls *calls;
	const struct policy_rule *rule;
	struct seccomp_data *data;
	uint64_t left; /* comparisons that may still be made */
	size_t atoms; /* of the rule, and on each argument */
	size_t tested[ARGS];
	struct set sets[ARGS];
	uint64_t (*bases)[ARGS]; /* the first is all 0, then each clause's */
	size_t n_bases;
};

static bool
spend(struct plan *plan, uint64_t comparisons)
{
	if (comparisons > plan->left)
		return false;
	plan->left -= comparisons;
	return true;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static size_t
count_atoms(const struct policy_rule *rule, uint8_t arg)
{
	size_t n = 0;

	for (size_t c = 0; c < rule->n_clauses; c++)
		for (size_t i = 0; i < rule->clauses[c].n_atoms; i++)
			n += rule->clauses[c].atoms[i].arg == arg;
	return n;
}

/* Stays empty where sorting alone would be too much. */
static int
make_set(struct plan *plan, uint8_t arg)
{
	const struct policy_rule *rule = plan->rule;
	struct set *out = &plan->sets[arg];
	size_t atoms = plan->tested[arg], n = 0, kept = 0;

	if (atoms == 0 || !spend(plan, (uint64_t)atoms * VALUES_MAX * 8))
		return 0;
	out->v = reallocarray(NULL, atoms, VALUES_MAX * sizeof(*out->v));
	if (out->v == NULL)
		return -1;
	for (size_t c = 0; c < rule->n_clauses; c++)
		for (size_t i = 0; i < rule->clauses[c].n_atoms; i++)
			if (rule->clauses[c].atoms[i].arg == arg)
				n += values_of(&rule->clauses[c].atoms[i],
					       out->v + n);
	qsort(out->v, n, sizeof(*out->v), compare);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || out->v[i] != out->v[kept - 1])
			out->v[kept++] = out->v[i];
	out->n = kept;
	return 0;
}

/* What cannot be fulfilled stays 0: no call is meant by such a clause. */
static void
make_base(struct plan *plan, size_t clause)
{
	const struct policy_clause *from = &plan->rule->clauses[clause];
	uint64_t n = from->n_atoms;
	uint64_t value;

	if (!spend(plan, n * n * VALUES_MAX))
		return;
	for (uint8_t arg = 0; arg < ARGS; arg++)
		if (values_fulfil(from, arg, &value))
			plan->bases[clause + 1][arg] = value;
}

static int
make_bases(struct plan *plan)
{
	const struct policy_rule *rule = plan->rule;

	plan->bases = calloc(rule->n_clauses + 1, sizeof(*plan->bases));
	if (plan->bases == NULL)
		return -1;
	plan->n_bases = rule->n_clauses + 1;
	for (size_t c = 0; c < rule->n_clauses; c++)
		make_base(plan, c);
	return 0;
}

static void
set_base(struct plan *plan, size_t base)
{
	for (int i = 0; i < ARGS; i++)
		plan->data->args[i] = plan->bases[base][i];
}

/* Agreed, or not asked any more. */
static bool
ask(struct plan *plan)
{
	if (!spend(plan, plan->atoms + ARGS))
		return true;
	return proof_agree(plan->calls, plan->data);
}

/* Was there an earlier base that differs at most in this argument? */
static bool
is_swept(const struct plan *plan, size_t base, uint8_t arg)
{
	uint64_t a[ARGS], b[ARGS];

	memcpy(a, plan->bases[base], sizeof(a));
	a[arg] = 0;
	for (size_t i = 0; i < base; i++) {
		memcpy(b, plan->bases[i], sizeof(b));
		b[arg] = 0;
		if (memcmp(a, b, sizeof(a)) == 0)
			return true;
	}
	return false;
}

static bool
sweep_all(struct plan *plan, size_t base, uint8_t arg)
{
	const struct set *set = &plan->sets[arg];

	set_base(plan, base);
	for (size_t i = 0; i < set->n; i++) {
		plan->data->args[arg] = set->v[i];
		if (!ask(plan))
			return false;
	}
	return true;
}

static bool
sweep_own(struct plan *plan, size_t base)
{
	const struct policy_clause *clause = &plan->rule->clauses[base - 1];
	uint64_t values[VALUES_MAX];

	for (size_t i = 0; i < clause->n_atoms; i++) {
		size_t n = values_of(&clause->atoms[i], values);

		set_base(plan, base);
		for (size_t v = 0; v < n; v++) {
			plan->data->args[clause->atoms[i].arg] = values[v];
			if (!ask(plan))
				return false;
		}
	}
	return true;
}

/* A lone comparison has only the boundaries that its constant has. */
static bool
is_comparison(const struct plan *plan, size_t base)
{
	const struct policy_clause *clause;

	if (base == 0)
		return false;
	clause = &plan->rule->clauses[base - 1];
	return clause->n_atoms == 1 && clause->atoms[0].op != POLICY_ANY &&
	       clause->atoms[0].op != POLICY_IN &&
	       clause->atoms[0].op != POLICY_MASKED;
}

/* As neighbours of what is meant, not only of what is written. */
static bool
turn_bits(struct plan *plan, size_t base, uint8_t arg)
{
	set_base(plan, base);
	for (unsigned bit = 0; bit < 64; bit++) {
		plan->data->args[arg] =
		    plan->bases[base][arg] ^ (UINT64_C(1) << bit);
		if (!ask(plan))
			return false;
	}
	return true;
}

/* The base with all that no clause tests turned on, and its neighbours. */
static bool
check_base(struct plan *plan, size_t base)
{
	set_base(plan, base);
	for (uint8_t arg = 0; arg < ARGS; arg++)
		if (plan->tested[arg] == 0)
			plan->data->args[arg] = UINT64_MAX;
	plan->data->instruction_pointer = UINT64_MAX;
	if (!ask(plan))
		return false;
	plan->data->instruction_pointer = 0;
	for (uint8_t arg = 0; arg < ARGS && !is_comparison(plan, base); arg++)
		if (plan->tested[arg] > 0 && !turn_bits(plan, base, arg))
			return false;
	return true;
}

static bool
may_sweep_all(const struct plan *plan)
{
	size_t total = 0;

	for (uint8_t arg = 0; arg < ARGS; arg++) {
		if (plan->tested[arg] > 0 && plan->sets[arg].n == 0)
			return false;
		total += plan->sets[arg].n;
	}
	return total <= SWEEP_MAX / plan->n_bases;
}

static bool
check_bases(struct plan *plan)
{
	bool all = may_sweep_all(plan);

	for (size_t base = 0; base < plan->n_bases; base++) {
		set_base(plan, base);
		if (!ask(plan))
			return false;
	}
	for (size_t base = 0; base < plan->n_bases; base++) {
		if (plan->left < plan->atoms + ARGS)
			return true;
		if (!check_base(plan, base))
			return false;
		for (uint8_t arg = 0; arg < ARGS; arg++)
			if ((all || base == 0) && plan->sets[arg].n > 0 &&
			    !is_swept(plan, base, arg) &&
			    !sweep_all(plan, base, arg))
				return false;
		if (!all && base > 0 && !sweep_own(plan, base))
			return false;
	}
	return true;
}

/* One after the other, as the digits of a number. */
static bool
check_product(struct plan *plan)
{
	size_t total = 1;

	for (uint8_t arg = 0; arg < ARGS; arg++) {
		size_t n = plan->sets[arg].n;

		if (n == 0 && plan->tested[arg] > 0)
			return true;
		if (n > 0 && total > PRODUCT_MAX / n)
			return true;
		total *= n > 0 ? n : 1;
	}
	for (size_t i = 0; i < total; i++) {
		size_t digits = i;

		set_base(plan, 0);
		for (uint8_t arg = 0; arg < ARGS; arg++) {
			const struct set *set = &plan->sets[arg];

			if (set->n == 0)
				continue;
			plan->data->args[arg] = set->v[digits % set->n];
			digits /= set->n;
		}
		if (!ask(plan))
			return false;
	}
	return true;
}

bool
rule_check_plain(struct proof_calls *calls, struct seccomp_data *data)
{
	memset(data->args, 0, sizeof(data->args));
	data->instruction_pointer = 0;
	if (!proof_agree(calls, data))
		return false;
	memset(data->args, 0xff, sizeof(data->args));
	data->instruction_pointer = UINT64_MAX;
	return proof_agree(calls, data);
}

int
rule_check(struct proof_calls *calls, const struct policy_rule *rule,
	   struct seccomp_data *data)
{
	struct plan plan = { .calls = calls, .rule = rule, .data = data };
	int r;

	if (!rule_check_plain(calls, data))
		return 0;
	for (uint8_t arg = 0; arg < ARGS; arg++) {
		plan.tested[arg] = count_atoms(rule, arg);
		plan.atoms += plan.tested[arg];
	}
	if (plan.atoms == 0)
		return 1;
	plan.left = WORK_MAX / calls->atoms * plan.atoms;
	data->instruction_pointer = 0;
	r = make_bases(&plan);
	for (uint8_t arg = 0; r == 0 && arg < ARGS; arg++)
		r = make_set(&plan, arg);
	if (r == 0)
		r = check_bases(&plan) && check_product(&plan);
	for (uint8_t arg = 0; arg < ARGS; arg++)
		free(plan.sets[arg].v);
	free(plan.bases);
	return r;
}
