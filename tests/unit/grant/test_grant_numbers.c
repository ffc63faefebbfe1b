/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of numbers: what is put is taken, equal rules are equal bytes, and
 * whatever is not exactly such a file is no grants at all.  Each input is read
 * from memory of exactly its size.
 */
#include "random_grants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SETS 300

static uint8_t *
make(struct random_state *random, size_t *len)
{
	struct grant_draft drafts[RANDOM_RULES];
	size_t n = random_below(random, RANDOM_RULES + 1), again_len = 0;
	uint8_t *bytes = NULL, *again = NULL, *exact;

	random_rules(random, drafts, n);
	assert_int_equal(grant_put(drafts, n, &bytes, len, NULL), 0);
	assert_int_equal(grant_put(drafts, n, &again, &again_len, NULL), 0);
	assert_int_equal(*len, again_len);
	assert_memory_equal(bytes, again, *len);
	for (size_t i = 0; i < n; i++)
		grant_draft_done(&drafts[i]);
	free(again);
	exact = realloc(bytes, *len);
	assert_non_null(exact);
	return exact;
}

/* Copied to a place of its own, so that one byte too many is seen. */
static bool
is_taken(const uint8_t *bytes, size_t len, struct grant_set *out)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	bool taken;

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, bytes, len);
	taken = grant_take(copy, len, out);
	free(copy);
	return taken;
}

static void
test_what_is_put_is_taken(void **state)
{
	struct random_state random = { 1 };

	(void)state;
	for (size_t i = 0; i < SETS; i++) {
		struct grant_set set;
		struct grant_rule rule;
		size_t len;
		uint8_t *bytes = make(&random, &len);

		assert_true(grant_take(bytes, len, &set));
		for (size_t n = 0; n < set.n; n++) {
			assert_true(grant_next_rule(&set.rules, &rule));
			assert_int_equal(grant_number(&rule, GRANT_LINE, 0),
					 n + 1);
		}
		assert_false(grant_next_rule(&set.rules, &rule));
		free(bytes);
	}
}

static void
test_every_truncation_is_refused(void **state)
{
	struct random_state random = { 2 };
	struct grant_set set;

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		size_t len;
		uint8_t *bytes = make(&random, &len);

		for (size_t n = 0; n < len; n++)
			assert_false(is_taken(bytes, n, &set));
		free(bytes);
	}
}

static void
test_trailing_bytes_are_refused(void **state)
{
	struct random_state random = { 3 };
	struct grant_set set;
	size_t len;
	uint8_t *bytes = make(&random, &len), *longer;

	(void)state;
	longer = calloc(1, len + 8);
	assert_non_null(longer);
	memcpy(longer, bytes, len);
	assert_true(is_taken(longer, len, &set));
	for (size_t more = 1; more <= 8; more++) {
		assert_false(is_taken(longer, len + more, &set));
		/* Also where the total says that they belong to it. */
		wire_put_u64(longer + 2 * WIRE_U64, len + more);
		assert_false(is_taken(longer, len + more, &set));
		wire_put_u64(longer + 2 * WIRE_U64, len);
	}
	free(longer);
	free(bytes);
}

/*
 * What is taken in spite of a changed byte can be decided upon; a changed
 * number or text may well be right.
 */
static size_t
decide_all(const uint8_t *bytes, size_t len, struct random_state *random)
{
	struct grant_draft draft;
	struct random_request request;
	struct grant_answer answer;
	struct grant_set set;

	if (!grant_take(bytes, len, &set))
		return 0;
	random_rules(random, &draft, 1);
	for (size_t i = 0; i < 4; i++) {
		random_request(random, &draft, 1, &request);
		(void)grant_decide(&set, &request.asked, &answer);
		assert_true(answer.verdict == GRANT_PERMIT ||
			    answer.verdict == GRANT_DENY);
	}
	grant_draft_done(&draft);
	return 1;
}

static void
test_every_changed_byte_is_refused_or_harmless(void **state)
{
	static const uint8_t changes[] = { 0x01, 0x02, 0x04, 0x08, 0x10,
					   0x20, 0x40, 0x80, 0xff };
	struct random_state random = { 4 };
	size_t taken = 0, tried = 0;

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		size_t len;
		uint8_t *bytes = make(&random, &len);

		for (size_t at = 0; at < len; at++)
			for (size_t c = 0; c < sizeof(changes); c++, tried++) {
				bytes[at] ^= changes[c];
				taken += decide_all(bytes, len, &random);
				bytes[at] ^= changes[c];
			}
		assert_true(grant_take(bytes, len, &(struct grant_set){ 0 }));
		free(bytes);
	}
	assert_true(taken > 0 && taken < tried);
}

/* Every number of the file, one after the other, by each of these. */
static void
test_every_strange_length_is_refused_or_harmless(void **state)
{
	static const uint64_t strange[] = {
		0,          1,
		7,          9,
		0x7fffffff, 0x80000000,
		0xffffffff, (uint64_t)1 << 32,
		INT64_MAX,  UINT64_MAX - 7,
		UINT64_MAX,
	};
	struct random_state random = { 5 };

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		size_t len;
		uint8_t *bytes = make(&random, &len), old[WIRE_U64];

		for (size_t at = 0; at + WIRE_U64 <= len; at++)
			for (size_t s = 0; s < sizeof(strange) / 8; s++) {
				memcpy(old, bytes + at, WIRE_U64);
				wire_put_u64(bytes + at, strange[s]);
				(void)decide_all(bytes, len, &random);
				memcpy(bytes + at, old, WIRE_U64);
			}
		free(bytes);
	}
}

static void
test_too_many_floors_rules_or_bytes_are_refused(void **state)
{
	struct grant_draft draft = { .file = strdup("x") };
	struct grant_draft *many = calloc(GRANT_RULES_MAX + 1, sizeof(*many));
	struct caisson_error err = { 0 };
	struct grant_set set;
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	assert_non_null(many);
	grant_draft_set(&draft, GRANT_UID, 5);
	grant_draft_set(&draft, GRANT_GID, 5);
	for (char name[] = "a"; name[0] <= 'i'; name[0]++) {
		struct grant_draft_item item = { .text = name,
						 .data = calloc(1, 8),
						 .data_len = 8 };

		assert_int_equal(grant_draft_add_item(
				     grant_draft_items(&draft, GRANT_FLOORS),
				     &item),
				 0);
		assert_int_equal(grant_put(&draft, 1, &bytes, &len, NULL), 0);
		assert_int_equal(is_taken(bytes, len, &set), name[0] < 'i');
		free(bytes);
	}
	for (size_t i = 0; i <= GRANT_RULES_MAX; i++)
		many[i] = draft;
	assert_int_equal(grant_put(many, GRANT_RULES_MAX, &bytes, &len, NULL),
			 0);
	free(bytes);
	bytes = NULL;
	assert_int_equal(grant_put(many, GRANT_RULES_MAX + 1, &bytes, &len,
				   &err),
			 CAISSON_E_POLICY);
	assert_null(bytes);
	free(many);
	grant_draft_done(&draft);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_put_is_taken),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_trailing_bytes_are_refused),
		cmocka_unit_test(
		    test_every_changed_byte_is_refused_or_harmless),
		cmocka_unit_test(
		    test_every_strange_length_is_refused_or_harmless),
		cmocka_unit_test(
		    test_too_many_floors_rules_or_bytes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
