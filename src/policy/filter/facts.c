/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three-valued: an answer of true or false is right for every argument that
 * the facts allow.  No memory, no nodes.
 */
#include "policy/filter/facts.h"

void
facts_init(struct facts *facts)
{
	*facts = (struct facts){ 0 };
	for (size_t i = 0; i < WORDS_ARGS; i++)
		facts->words[i].max = UINT32_MAX;
}

static void
set(struct term *term, uint64_t mask, uint64_t value)
{
	for (unsigned side = 0; side < 2; side++) {
		term->mask[side] = (uint32_t)(mask >> 32 * side);
		term->value[side] = (uint32_t)(value >> 32 * side);
	}
}

/* arg > value is arg >= value + 1, but nothing is above the greatest. */
static void
set_above(struct term *term, uint64_t value)
{
	if (value != UINT64_MAX) {
		set(term, 0, value + 1);
		return;
	}
	term->kind = TERM_BITS;
	set(term, 0, 1);
}

void
term_init(struct term *term, const struct policy_atom *atom)
{
	const uint64_t value = atom->value;

	*term = (struct term){
		.kind = TERM_BITS,
		.is_narrow = atom->width == 32,
		.word = (uint8_t)(2 * atom->arg),
		.id = { FACTS_REFUTED, FACTS_REFUTED },
	};
	switch ((enum policy_op)atom->op) {
	case POLICY_EQ:
	case POLICY_NE:
		term->negated = atom->op == POLICY_NE;
		set(term, UINT64_MAX, value);
		return;
	case POLICY_LT:
	case POLICY_GE:
		term->kind = TERM_GE;
		term->negated = atom->op == POLICY_LT;
		set(term, 0, value);
		return;
	case POLICY_LE:
	case POLICY_GT:
		term->kind = TERM_GE;
		term->negated = atom->op == POLICY_LE;
		set_above(term, value);
		return;
	case POLICY_ANY:
		term->negated = true;
		set(term, value, 0);
		return;
	case POLICY_IN:
		set(term, ~value, 0);
		return;
	case POLICY_MASKED:
		set(term, atom->mask, value);
		return;
	}
	set(term, 0, 1); /* an operator that there is not never holds */
}

static struct fact
fact_of(const struct facts *facts, const struct term *term, unsigned side)
{
	if (side == 1 && term->is_narrow)
		return (struct fact){ .mask = UINT32_MAX };
	return facts->words[term->word + side];
}

enum truth
facts_bits(const struct facts *facts, const struct term *term, unsigned side)
{
	const struct fact fact = fact_of(facts, term, side);
	const uint32_t mask = term->mask[side], value = term->value[side];

	if ((value & ~mask) != 0)
		return TRUTH_NO;
	if (((fact.value ^ value) & fact.mask & mask) != 0)
		return TRUTH_NO;
	if ((mask & ~fact.mask) == 0)
		return TRUTH_YES;
	if (mask == UINT32_MAX && (value < fact.min || value > fact.max))
		return TRUTH_NO;
	if (term->id[side] < FACTS_REFUTED &&
	    (facts->refuted >> term->id[side] & 1) != 0)
		return TRUTH_NO;
	return TRUTH_OPEN;
}

static enum truth
at_least(const struct fact *fact, uint32_t value)
{
	if (fact->min >= value)
		return TRUTH_YES;
	return fact->max < value ? TRUTH_NO : TRUTH_OPEN;
}

static enum truth
compare(const struct facts *facts, const struct term *term)
{
	const struct fact low = fact_of(facts, term, 0),
			  high = fact_of(facts, term, 1);
	const enum truth lower = at_least(&low, term->value[0]),
			 reaches = at_least(&high, term->value[1]),
			 exceeds = term->value[1] == UINT32_MAX
				       ? TRUTH_NO
				       : at_least(&high, term->value[1] + 1);

	if (reaches == TRUTH_NO || (exceeds == TRUTH_NO && lower == TRUTH_NO))
		return TRUTH_NO;
	if (exceeds == TRUTH_YES ||
	    (reaches == TRUTH_YES && lower == TRUTH_YES))
		return TRUTH_YES;
	return TRUTH_OPEN;
}

enum truth
facts_term(const struct facts *facts, const struct term *term)
{
	enum truth truth;

	if (term->kind == TERM_GE) {
		truth = compare(facts, term);
	} else {
		enum truth low = facts_bits(facts, term, 0),
			   high = facts_bits(facts, term, 1);

		if (low == TRUTH_NO || high == TRUTH_NO)
			truth = TRUTH_NO;
		else
			truth = low == TRUTH_YES ? high : low;
	}
	if (truth == TRUTH_OPEN || !term->negated)
		return truth;
	return truth == TRUTH_YES ? TRUTH_NO : TRUTH_YES;
}

unsigned
facts_sides(const struct facts *facts, const struct term *term)
{
	const struct fact low = fact_of(facts, term, 0),
			  high = fact_of(facts, term, 1);
	const uint32_t value = term->value[1];
	unsigned sides = 0;

	if (term->kind == TERM_GE) {
		if (at_least(&low, term->value[0]) == TRUTH_OPEN)
			sides |= 1;
		if (at_least(&high, value) == TRUTH_OPEN ||
		    (value != UINT32_MAX &&
		     at_least(&high, value + 1) == TRUTH_OPEN))
			sides |= 2;
		return sides;
	}
	for (unsigned side = 0; side < 2; side++)
		if (facts_bits(facts, term, side) == TRUTH_OPEN)
			sides |= 1u << side;
	return sides;
}

bool
facts_narrow(struct fact *fact, uint32_t min, uint32_t max)
{
	uint32_t differ = min ^ max, mask;

	/* The bits above the highest one that differs are known. */
	for (unsigned shift = 1; shift < 32; shift *= 2)
		differ |= differ >> shift;
	mask = ~differ;
	if (((fact->value ^ min) & fact->mask & mask) != 0)
		return false;
	fact->min = min;
	fact->max = max;
	fact->mask |= mask;
	fact->value |= min & mask;
	return true;
}

void
facts_learn(struct facts *facts, const struct term *term, unsigned side,
	    bool holds)
{
	struct fact *fact = &facts->words[term->word + side];
	const uint32_t mask = term->mask[side];

	if (holds) {
		fact->mask |= mask;
		fact->value = (fact->value & ~mask) | term->value[side];
		return;
	}
	if (term->id[side] < FACTS_REFUTED)
		facts->refuted |= UINT64_C(1) << term->id[side];
	if ((mask & (mask - 1)) == 0) {
		fact->mask |= mask;
		fact->value =
		    (fact->value & ~mask) | (~term->value[side] & mask);
	}
}
