/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Satisfiability of conditions, against trying every value.  To try them all,
 * the words have 12 bits that matter, at places all over the word, and every
 * other bit is tied down; what solves those knows nothing of it.
 */
#include "policy/bpf.h"
#include "policy/bpf/know.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BITS   12
#define ROUNDS 8000

static uint64_t seed = 1;

/* xorshift64*: the same in every run. */
static uint32_t
random_word(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 32);
}

/* The low bits of value, at the places that are set in places. */
static uint32_t
deposit(uint32_t value, uint32_t places)
{
	uint32_t out = 0;

	for (unsigned bit = 0; bit < 32; bit++)
		if ((places >> bit & 1) != 0) {
			out |= (value & 1) << bit;
			value >>= 1;
		}
	return out;
}

static uint32_t
random_places(void)
{
	uint32_t places = 0;

	if (random_word() % 4 == 0)
		return (UINT32_C(1) << BITS) - 1;
	if (random_word() % 4 == 0)
		return ~(UINT32_MAX >> BITS);
	while (__builtin_popcount(places) < BITS)
		places |= UINT32_C(1) << random_word() % 32;
	return places;
}

static struct bpf_condition
random_condition(uint32_t places)
{
	struct bpf_condition condition = {
		.word = 5,
		.test = (uint8_t)(BPF_TEST_EQ + random_word() % 8),
		.mask = UINT32_MAX,
		.k = deposit(random_word(), places),
	};

	if (random_word() % 2 == 0)
		condition.mask = random_word();
	/* Few bits, so that masks meet and miss each other. */
	if (random_word() % 3 == 0)
		condition.mask = deposit(random_word() & random_word(), places);
	if (random_word() % 8 != 0)
		condition.k &= condition.mask;
	/* Some that hold often, or there would seldom be a solution. */
	if (condition.test == BPF_TEST_EQ && random_word() % 4 != 0)
		condition.test = BPF_TEST_NE;
	return condition;
}

/* The least word that fulfils all; false: there is none. */
static bool
try_all(const struct bpf_condition *conditions, size_t n, uint32_t places,
	uint32_t *out)
{
	for (uint32_t i = 0; i < UINT32_C(1) << BITS; i++) {
		uint32_t word = deposit(i, places);
		size_t at = 0;

		while (at < n && know_holds(word, &conditions[at]))
			at++;
		if (at == n) {
			*out = word;
			return true;
		}
	}
	return false;
}

static void
solutions_are_those_of_trying_every_value(void **state)
{
	unsigned solved = 0;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t places = random_places(), expected = 0;
		struct bpf_condition conditions[24] = {
			{ 5, BPF_TEST_CLEAR, UINT32_MAX, ~places }
		};
		size_t n = 1 + random_word() % 20;
		uint32_t words[16] = { [4] = 7, [5] = 3 };
		bool holds, found;

		for (size_t i = 1; i < n; i++)
			conditions[i] = random_condition(places);
		holds = try_all(conditions, n, places, &expected);
		found = bpf_solve(conditions, n, words);
		assert_int_equal(found, holds);
		assert_int_equal(words[5], holds ? expected : 3);
		assert_int_equal(words[4], 7);
		solved += holds;
	}
	/* Both answers were there to be given. */
	assert_in_range(solved, ROUNDS / 10, ROUNDS - ROUNDS / 10);
}

static void
knowledge_excludes_no_word_that_is_allowed(void **state)
{
	unsigned excluded = 0;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t places = random_places(), word = 0;
		struct know know = KNOW_NOTHING;
		struct bpf_condition conditions[6];
		size_t n = 0;
		bool open = true;

		while (n < 6 && open) {
			conditions[n] = random_condition(places);
			open = know_learn(&know, &conditions[n++]);
		}
		excluded += !open;
		word = deposit(random_word(), places);
		for (uint32_t i = 0; i < UINT32_C(1) << BITS; i++) {
			size_t at = 0;

			word = deposit(i, places);
			while (at < n && know_holds(word, &conditions[at]))
				at++;
			if (at < n)
				continue;
			assert_true(open);
			assert_true(word >= know.min && word <= know.max);
			assert_int_equal(word & know.zeros, 0);
			assert_int_equal(word & know.ones, know.ones);
		}
	}
	assert_in_range(excluded, ROUNDS / 20, ROUNDS);
}

static void
words_have_nothing_to_do_with_each_other(void **state)
{
	struct bpf_condition conditions[] = {
		{ 0, BPF_TEST_GE, UINT32_MAX, 100 },
		{ 5, BPF_TEST_SET, UINT32_MAX, 0x80000001 },
		{ 4, BPF_TEST_NE, UINT32_MAX, 0 },
		{ 5, BPF_TEST_GT, UINT32_MAX, 0x10 },
		{ 0, BPF_TEST_LT, UINT32_MAX, 101 },
	};
	uint32_t words[16] = { [1] = 0xc000003e, [15] = 9 };

	(void)state;
	assert_true(bpf_solve(conditions, 5, words));
	assert_int_equal(words[0], 100);
	assert_int_equal(words[1], 0xc000003e);
	assert_int_equal(words[4], 1);
	assert_int_equal(words[5], 0x11);
	assert_int_equal(words[15], 9);
	conditions[4].k = 100;
	words[4] = 77;
	assert_false(bpf_solve(conditions, 5, words));
	assert_int_equal(words[4], 77);
}

/* What an exhaustive search could not end in a lifetime of this test. */
static void
choices_that_do_not_matter_are_not_tried_again(void **state)
{
	struct bpf_condition conditions[256 + 2];
	uint32_t words[16] = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 256; i++)
		conditions[i] =
		    (struct bpf_condition){ 3, BPF_TEST_NE, 0xff, i };
	assert_false(bpf_solve(conditions, 256, words));
	conditions[77].k = 76;
	assert_true(bpf_solve(conditions, 256, words));
	assert_int_equal(words[3], 77);
	conditions[256] =
	    (struct bpf_condition){ 3, BPF_TEST_GT, UINT32_MAX, 0x87654321 };
	conditions[257] =
	    (struct bpf_condition){ 3, BPF_TEST_NE, UINT32_MAX, 0x8765434d };
	assert_true(bpf_solve(conditions, 258, words));
	assert_int_equal(words[3], 0x8765444d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(solutions_are_those_of_trying_every_value),
		cmocka_unit_test(knowledge_excludes_no_word_that_is_allowed),
		cmocka_unit_test(words_have_nothing_to_do_with_each_other),
		cmocka_unit_test(
		    choices_that_do_not_matter_are_not_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
