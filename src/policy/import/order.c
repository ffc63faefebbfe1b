/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCI profiles say what is allowed for which arguments, but not which rule
 * wins where two fit.  Here that becomes an order.  Looks at one call only.
 */
#include "policy/import/order.h"

#include <stdlib.h>
#include <string.h>

/* The values that an atom lets pass, where they are one range. */
struct range {
	uint64_t low, high; /* low above high: none */
};

static bool
range_of(const struct policy_atom *atom, struct range *out)
{
	uint64_t v = atom->value;

	*out = (struct range){ 0, UINT64_MAX };
	switch (atom->op) {
	case POLICY_EQ:
		out->low = out->high = v;
		return true;
	case POLICY_LT:
		*out = v == 0 ? (struct range){ 1, 0 }
			      : (struct range){ 0, v - 1 };
		return true;
	case POLICY_LE:
		out->high = v;
		return true;
	case POLICY_GT:
		*out = v == UINT64_MAX ? (struct range){ 1, 0 }
				       : (struct range){ v + 1, UINT64_MAX };
		return true;
	case POLICY_GE:
		out->low = v;
		return true;
	default:
		return false;
	}
}

/* Does the value pass? */
static bool
holds(const struct policy_atom *atom, uint64_t value)
{
	struct range range;

	if (range_of(atom, &range))
		return value >= range.low && value <= range.high;
	if (atom->op == POLICY_NE)
		return value != atom->value;
	if (atom->op == POLICY_MASKED)
		return (value & atom->mask) == atom->value;
	return true; /* not made by these importers */
}

static bool
atoms_contradict(const struct policy_atom *a, const struct policy_atom *b)
{
	struct range x, y;

	if (a->arg != b->arg)
		return false;
	if (a->op == POLICY_EQ)
		return !holds(b, a->value);
	if (b->op == POLICY_EQ)
		return !holds(a, b->value);
	if (a->op == POLICY_MASKED && b->op == POLICY_MASKED)
		return ((a->value ^ b->value) & a->mask & b->mask) != 0;
	if (!range_of(a, &x) || !range_of(b, &y))
		return false;
	return x.low > y.high || y.low > x.high;
}

bool
order_disjoint(const struct policy_clause *a, const struct policy_clause *b)
{
	for (size_t i = 0; i < a->n_atoms; i++)
		for (size_t j = 0; j < b->n_atoms; j++)
			if (atoms_contradict(&a->atoms[i], &b->atoms[j]))
				return true;
	return false;
}

static bool
same_conditions(const struct policy_clause *a, const struct policy_clause *b)
{
	if (a->n_atoms != b->n_atoms)
		return false;
	for (size_t i = 0; i < a->n_atoms; i++) {
		const struct policy_atom *x = &a->atoms[i], *y = &b->atoms[i];

		if (x->arg != y->arg || x->op != y->op ||
		    x->value != y->value || x->mask != y->mask)
			return false;
	}
	return true;
}

/* One of each, where condition and action stand there twice. */
static void
drop_repeated(struct rules *rules, struct rules_call *call)
{
	for (size_t i = 0; i < call->n; i++)
		for (size_t j = call->n - 1; j > i; j--)
			if (call->clauses[i].action ==
				call->clauses[j].action &&
			    same_conditions(&call->clauses[i],
					    &call->clauses[j]))
				rules_drop(rules, call->name, j);
}

static size_t
find_unconditional(const struct rules_call *call)
{
	size_t i = 0;

	while (i < call->n && call->clauses[i].n_atoms > 0)
		i++;
	return i;
}

static enum order_verdict
keep_only(struct rules *rules, struct rules_call *call, size_t kept)
{
	enum order_verdict verdict = ORDER_CLEAR;
	uint32_t action = call->clauses[kept].action;

	for (size_t i = call->n; i-- > 0;) {
		const struct policy_clause *one = &call->clauses[i];

		if (i == kept)
			continue;
		if (one->action != action && one->n_atoms == 0)
			verdict = ORDER_FIRST;
		else if (one->action != action && verdict == ORDER_CLEAR)
			verdict = ORDER_CONDITIONS_IGNORED;
		rules_drop(rules, call->name, i);
	}
	return verdict;
}

static bool
is_clear(const struct rules_call *call)
{
	for (size_t i = 0; i < call->n; i++)
		for (size_t j = i + 1; j < call->n; j++)
			if (call->clauses[i].action !=
				call->clauses[j].action &&
			    !order_disjoint(&call->clauses[i],
					    &call->clauses[j]))
				return false;
	return true;
}

/* Insertion, so that rules which are equally strict stay as they were. */
static void
sort_by_strictness(struct rules_call *call)
{
	for (size_t i = 1; i < call->n; i++) {
		struct policy_clause one = call->clauses[i];
		size_t j = i;

		while (j > 0 &&
		       rules_compare_actions(one.action,
					     call->clauses[j - 1].action) < 0) {
			call->clauses[j] = call->clauses[j - 1];
			j--;
		}
		call->clauses[j] = one;
	}
}

enum order_verdict
order_call(struct rules *rules, struct rules_call *call)
{
	size_t at;

	drop_repeated(rules, call);
	at = find_unconditional(call);
	if (at < call->n)
		return keep_only(rules, call, at);
	if (is_clear(call))
		return ORDER_CLEAR;
	sort_by_strictness(call);
	return ORDER_STRICTER;
}
