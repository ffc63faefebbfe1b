/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions as sets of aligned blocks, "these bits have this value", as
 * networks are written with prefixes.  The compiler is given nothing else, and
 * both sides of a condition, so that no two of its rules can disagree.
 */
#include "confine/gen/gen.h"

static void
add(struct gen_blocks *blocks, uint64_t mask, uint64_t value)
{
	blocks->v[blocks->n].mask = mask;
	blocks->v[blocks->n].value = value;
	blocks->n++;
}

static uint64_t
all_bits(unsigned width)
{
	return UINT64_MAX >> (64 - width);
}

static bool
holds_value(const struct gen_rule *rule, uint64_t mask, uint64_t prefix)
{
	for (size_t i = 0; i < rule->n_values; i++)
		if ((rule->values[i] & mask) == prefix)
			return true;
	return false;
}

/* Every block without one of the values, by halving those with one. */
static void
add_others(const struct gen_rule *rule, uint64_t prefix, unsigned len,
	   struct gen_blocks *out)
{
	uint64_t all = all_bits(rule->width), mask = 0, half;

	if (len > 0)
		mask = all & ~(len == rule->width ? 0 : all >> len);
	if (!holds_value(rule, mask, prefix)) {
		add(out, mask, prefix);
		return;
	}
	if (len == rule->width)
		return;
	half = UINT64_C(1) << (rule->width - 1 - len);
	add_others(rule, prefix, len + 1, out);
	add_others(rule, prefix | half, len + 1, out);
}

static void
add_values(const struct gen_rule *rule, struct gen_blocks *out)
{
	for (size_t i = 0; i < rule->n_values; i++)
		add(out, all_bits(rule->width), rule->values[i]);
}

/* One block a bit; the bits below it are clear, so that none overlap. */
static void
add_bits(uint64_t bits, struct gen_blocks *out)
{
	for (unsigned i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if ((bits & bit) != 0)
			add(out, bits & (bit | (bit - 1)), bit);
	}
}

void
gen_lower(const struct gen_rule *rule, struct gen_blocks *allowed,
	  struct gen_blocks *refused)
{
	uint64_t outside = all_bits(rule->width) & ~rule->values[0];

	allowed->n = refused->n = 0;
	if (rule->kind == GEN_EQ) {
		add_values(rule, allowed);
		add_others(rule, 0, 0, refused);
	} else if (rule->kind == GEN_NE) {
		add_values(rule, refused);
		add_others(rule, 0, 0, allowed);
	} else {
		add(allowed, outside, 0);
		add_bits(outside, refused);
	}
}
