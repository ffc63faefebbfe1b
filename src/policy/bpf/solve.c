/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can conditions hold at once?  Conditions on different words have nothing to
 * do with each other.  Within a word the bits are chosen from the top, 0
 * before 1, so the word found is the least; a choice is given up as soon as a
 * condition cannot hold any more, together with all choices below the lowest
 * bit that this condition has seen.  No guess: either a word is found, or every
 * word has been excluded, or the caller's budget is used up.
 */
#include "policy/bpf/know.h"
#include "policy/bpf/walk.h"

#include <string.h>

#define WORDS (sizeof(struct seccomp_data) / sizeof(uint32_t))

struct search {
	const struct bpf_condition *conditions;
	size_t n;
	uint8_t word;
	uint32_t forced; /* bits that conditions give by themselves */
	uint32_t chosen; /* bits chosen so far, not among those */
	uint32_t value; /* of the bits forced and chosen */
	struct walk_budget *budget; /* at 0, all is hopeless */
};

/*
 * A condition that cannot hold with the bits so far: *why is the chosen bits
 * that it depends on.
 */
static bool
is_hopeless(const struct search *search, uint32_t *why)
{
	uint32_t fixed = search->forced | search->chosen;
	struct know know = {
		.min = search->value,
		.max = search->value | ~fixed,
		.ones = search->value,
		.zeros = ~search->value & fixed,
	};

	*why = 0;
	if (!walk_spend(search->budget, search->n))
		return true;
	for (size_t i = 0; i < search->n; i++) {
		const struct bpf_condition *c = &search->conditions[i];

		if (c->word != search->word || know_allows(&know, c))
			continue;
		*why = search->chosen & c->mask;
		return true;
	}
	return false;
}

/*
 * Chooses the bits below bit, which is excluded (0: there is none left).
 * false: impossible, whatever the chosen bits outside *why are.
 */
static bool
choose(struct search *search, uint32_t *why)
{
	uint32_t open = ~(search->forced | search->chosen), bit, reasons = 0;

	if (is_hopeless(search, why))
		return false;
	if (open == 0)
		return true;
	bit = UINT32_C(1) << (31 - __builtin_clz(open));
	search->chosen |= bit;
	for (int i = 0; i < 2; i++) {
		uint32_t because = 0;

		if (choose(search, &because))
			return true;
		reasons |= because & ~bit;
		if ((because & bit) == 0)
			break;
		search->value ^= bit;
	}
	search->chosen &= ~bit;
	search->value &= ~bit;
	*why = reasons;
	return false;
}

/* The bits that a condition gives whatever the others say. */
static bool
force(struct search *search)
{
	struct know know = KNOW_NOTHING;

	for (size_t i = 0; i < search->n; i++)
		if (search->conditions[i].word == search->word &&
		    !know_learn(&know, &search->conditions[i]))
			return false;
	search->forced = know.ones | know.zeros;
	search->value = know.ones;
	return true;
}

static bool
solve_word(struct search *search)
{
	uint32_t why = 0;

	return force(search) && choose(search, &why);
}

int
walk_solve(const struct bpf_path *path, struct walk_budget *budget,
	   uint32_t words[16])
{
	struct search search = { .conditions = path->conditions,
				 .n = path->n,
				 .budget = budget };
	uint32_t found[WORDS];
	uint32_t seen = 0;

	for (size_t i = 0; i < path->n; i++)
		seen |= UINT32_C(1) << path->conditions[i].word;
	memcpy(found, words, sizeof(found));
	for (size_t word = 0; word < WORDS; word++) {
		if ((seen >> word & 1) == 0)
			continue;
		search.word = (uint8_t)word;
		search.forced = search.chosen = search.value = 0;
		if (!solve_word(&search))
			return budget->left == 0 ? BPF_WALK_TOO_MUCH : 0;
		found[word] = search.value;
	}
	memcpy(words, found, sizeof(found));
	return 1;
}

/* As many steps as there could ever be. */
bool
bpf_solve(const struct bpf_condition *conditions, size_t n, uint32_t words[16])
{
	struct walk_budget budget = { UINT64_MAX };
	struct bpf_path path = { .conditions = conditions, .n = n };

	return walk_solve(&path, &budget, words) == 1;
}
