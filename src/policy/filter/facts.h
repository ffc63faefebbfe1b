/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a call's arguments on the way to some place of a filter,
 * and what follows from it for the comparisons of a policy.
 */
#ifndef POLICY_FILTER_FACTS_H
#define POLICY_FILTER_FACTS_H

#include "policy/filter/node.h"
#include "policy/policy.h"

enum truth {
	TRUTH_NO = 0,
	TRUTH_YES = 1,
	TRUTH_OPEN = 2
};

/* Of one half of an argument: its bounds, and the bits that are known. */
struct fact {
	uint32_t min, max;
	uint32_t mask, value;
};

#define FACTS_REFUTED 64u /* masked comparisons that are kept in mind */
struct facts {
	struct fact words[WORDS_ARGS];
	uint64_t refuted; /* term->id: the masked comparison does not hold */
};

enum term_kind {
	TERM_BITS = 1,
	TERM_GE
};

/*
 * A comparison in one of two shapes, each perhaps negated.  Per half, [0] the
 * lower: (arg & mask) == value, or for the whole: arg >= value.
 */
struct term {
	uint8_t kind; /* enum term_kind */
	bool negated;
	bool is_narrow; /* the upper half counts as 0 */
	uint8_t word; /* of the lower half: twice the argument's number */
	uint8_t id[2]; /* for facts->refuted; FACTS_REFUTED: none */
	uint32_t mask[2], value[2];
};

void facts_init(struct facts *facts);
void term_init(struct term *term, const struct policy_atom *atom);

/* The halves of a term by themselves: side 0 or 1. */
enum truth
facts_bits(const struct facts *facts, const struct term *term, unsigned side);
enum truth facts_term(const struct facts *facts, const struct term *term);
/* Which halves of an open term are still to be looked at: 1, 2 or both. */
unsigned facts_sides(const struct facts *facts, const struct term *term);

/* The bounds become narrower.  false: nothing is left. */
bool facts_narrow(struct fact *fact, uint32_t min, uint32_t max);
/* The masked comparison of a side holds, or does not. */
void facts_learn(struct facts *facts, const struct term *term, unsigned side,
		 bool holds);

#endif
