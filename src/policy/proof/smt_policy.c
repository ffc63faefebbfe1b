/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy as a function of the call, in the order and with the words of
 * policy_decide: architecture, number, clauses from the first on, defaults.
 */
#include "policy/proof/smt.h"

#include "policy/calls.h"

#include <inttypes.h>

#define BV32 "#x%08" PRIx32
#define BV64 "#x%016" PRIx64

/* The argument of which width bits count; the others are 0. */
static void
add_arg(struct smt *smt, const struct policy_atom *atom)
{
	if (atom->width == 32)
		smt_add(smt, "(bvand arg%u #x00000000ffffffff)", atom->arg);
	else
		smt_add(smt, "arg%u", atom->arg);
}

static void
add_compared(struct smt *smt, const struct policy_atom *atom, const char *op)
{
	smt_add(smt, "(%s ", op);
	add_arg(smt, atom);
	smt_add(smt, " " BV64 ")", atom->value);
}

static void
add_masked(struct smt *smt, const struct policy_atom *atom, uint64_t mask,
	   uint64_t value)
{
	smt_add(smt, "(= (bvand ");
	add_arg(smt, atom);
	smt_add(smt, " " BV64 ") " BV64 ")", mask, value);
}

static void
add_atom(struct smt *smt, const struct policy_atom *atom)
{
	switch ((enum policy_op)atom->op) {
	case POLICY_EQ:
		add_compared(smt, atom, "=");
		return;
	case POLICY_NE:
		add_compared(smt, atom, "distinct");
		return;
	case POLICY_LT:
		add_compared(smt, atom, "bvult");
		return;
	case POLICY_LE:
		add_compared(smt, atom, "bvule");
		return;
	case POLICY_GT:
		add_compared(smt, atom, "bvugt");
		return;
	case POLICY_GE:
		add_compared(smt, atom, "bvuge");
		return;
	case POLICY_ANY:
		smt_add(smt, "(not ");
		add_masked(smt, atom, atom->value, 0);
		smt_add(smt, ")");
		return;
	case POLICY_IN:
		add_masked(smt, atom, ~atom->value, 0);
		return;
	case POLICY_MASKED:
		add_masked(smt, atom, atom->mask, atom->value);
		return;
	}
	smt_add(smt, "false");
}

static void
add_clause(struct smt *smt, const struct policy_clause *clause)
{
	smt_add(smt, "(ite (and true");
	for (size_t i = 0; i < clause->n_atoms; i++) {
		smt_add(smt, " ");
		add_atom(smt, &clause->atoms[i]);
	}
	smt_add(smt, ") " BV32 "\n    ", clause->action);
}

static void
define_rule(struct smt *smt, const struct policy_arch *arch,
	    const struct policy_rule *rule)
{
	const char *name = calls_name(arch->calls, rule->nr);

	smt_add(smt,
		"(define-fun rule-%s-%" PRIu32 " () (_ BitVec 32) ; %s\n    ",
		arch->calls->name, rule->nr, name == NULL ? "no name" : name);
	for (size_t i = 0; i < rule->n_clauses; i++)
		add_clause(smt, &rule->clauses[i]);
	smt_add(smt, BV32, arch->default_action);
	smt_close(smt, rule->n_clauses + 1);
}

/* The numbers that have a name, as intervals. */
static void
define_named(struct smt *smt, const struct calls_arch *calls)
{
	smt_add(smt, "(define-fun named-%s () Bool (or false", calls->name);
	for (size_t i = 0; i < calls->n;) {
		uint32_t first = calls->by_number[i].nr, last = first;

		for (i++; i < calls->n && calls->by_number[i].nr - last <= 1;
		     i++)
			last = calls->by_number[i].nr;
		smt_add(smt,
			"\n    (and (bvuge nr " BV32 ") (bvule nr " BV32 "))",
			first, last);
	}
	smt_close(smt, 2);
}

static void
define_arch(struct smt *smt, const struct policy_arch *arch)
{
	const char *name = arch->calls->name;

	for (size_t i = 0; i < arch->n_rules; i++)
		define_rule(smt, arch, &arch->rules[i]);
	define_named(smt, arch->calls);
	smt_add(smt, "(define-fun policy-%s () (_ BitVec 32)\n", name);
	for (size_t i = 0; i < arch->n_rules; i++)
		smt_add(smt, "    (ite (= nr " BV32 ") rule-%s-%" PRIu32 "\n",
			arch->rules[i].nr, name, arch->rules[i].nr);
	smt_add(smt, "    (ite named-%s " BV32 " " BV32, name,
		arch->default_action, arch->unknown_action);
	smt_close(smt, arch->n_rules + 2);
}

/* The bit that tells x32 from x86_64, which have one token; 0: no other has. */
static uint32_t
bit_of(const struct calls_arch *calls)
{
	const struct calls_arch *other;

	for (size_t i = 0; (other = calls_arch_at(i)) != NULL; i++)
		if (other->token == calls->token && other->bit != 0)
			return other->bit;
	return 0;
}

/* Is the call of this architecture?  As calls_arch_of tells it. */
static void
add_is_of(struct smt *smt, const struct calls_arch *calls)
{
	uint32_t bit = bit_of(calls);

	smt_add(smt, "(and (= arch " BV32 ")", calls->token);
	if (bit != 0)
		smt_add(smt,
			" (= %s (and (distinct (bvand nr " BV32
			") #x00000000) (distinct nr #xffffffff)))",
			calls->bit != 0 ? "true" : "false", bit);
	smt_add(smt, ")");
}

void
smt_policy(struct smt *smt, const struct policy *policy)
{
	smt_add(smt, "; The policy.\n");
	for (size_t i = 0; i < policy->n_archs; i++)
		define_arch(smt, &policy->archs[i]);
	smt_add(smt, "(define-fun policy () (_ BitVec 32)\n");
	for (size_t i = 0; i < policy->n_archs; i++) {
		const struct calls_arch *calls = policy->archs[i].calls;

		smt_add(smt, "    (ite ");
		add_is_of(smt, calls);
		smt_add(smt, " policy-%s\n", calls->name);
	}
	smt_add(smt, "    " BV32, policy->foreign_action);
	smt_close(smt, policy->n_archs + 1);
}
