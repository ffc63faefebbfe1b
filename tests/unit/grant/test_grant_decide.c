/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision against what rules mean, on random rules and requests: the same
 * verdict by the same rule, and what is said to exceed it does.
 */
#include "random_grants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SETS     15000
#define REQUESTS 10

struct tally {
	size_t permitted, denied[GRANT_FIELDS], nobody[GRANT_FIELDS];
};

static void
check_denied(const struct grant_draft *drafts, const struct reference *meant,
	     const struct grant_request *asked,
	     const struct grant_answer *answer)
{
	const struct grant_draft *draft = &drafts[meant->rule];
	unsigned f = answer->field;

	assert_true(f < GRANT_FIELDS && meant->exceeds[f]);
	if (f == GRANT_ENV)
		assert_true(answer->index < asked->n_env);
	if (f < GRANT_FLAGS)
		return;
	assert_int_equal(answer->allowed,
			 draft->has[f] ? draft->number[f] : asked->own[f]);
	if (f > GRANT_CAPABILITIES)
		assert_int_equal(answer->asked, asked->asked[f]);
	else
		assert_int_equal(answer->asked,
				 asked->asked[f] & ~answer->allowed);
}

static void
check_nobody(const struct reference *meant, const struct grant_answer *answer)
{
	assert_int_equal(answer->verdict, GRANT_DENY);
	if (answer->field == GRANT_CALLER_UIDS)
		assert_false(meant->caller);
	else if (answer->field == GRANT_UID)
		assert_true(meant->caller && !meant->target);
	else
		assert_int_equal(answer->field, GRANT_PROGRAMS);
}

static void
check(const struct grant_draft *drafts, const struct grant_set *set,
      const struct grant_request *asked, struct tally *tally)
{
	struct grant_answer answer;
	struct reference meant;
	int verdict;

	reference_decide(drafts, set->n, asked, &meant);
	verdict = grant_decide(set, asked, &answer);
	assert_int_equal(verdict, answer.verdict);
	assert_int_equal(verdict, meant.permit ? GRANT_PERMIT : GRANT_DENY);
	assert_int_equal(answer.has_rule, meant.rule < set->n);
	if (!answer.has_rule) {
		check_nobody(&meant, &answer);
		tally->nobody[answer.field]++;
		return;
	}
	assert_int_equal(grant_number(&answer.rule, GRANT_LINE, 0),
			 meant.rule + 1);
	if (meant.permit) {
		assert_int_equal(answer.field, GRANT_NONE);
		tally->permitted++;
	} else {
		check_denied(drafts, &meant, asked, &answer);
		tally->denied[answer.field]++;
	}
}

static void
run_set(struct random_state *random, struct tally *tally)
{
	struct grant_draft drafts[RANDOM_RULES];
	size_t n = 1 + random_below(random, RANDOM_RULES), len = 0;
	struct random_request request;
	struct grant_set set;
	uint8_t *bytes = NULL;

	random_rules(random, drafts, n);
	assert_int_equal(grant_put(drafts, n, &bytes, &len, NULL), 0);
	assert_true(grant_take(bytes, len, &set));
	assert_int_equal(set.n, n);
	for (size_t i = 0; i < REQUESTS; i++) {
		random_request(random, drafts, n, &request);
		check(drafts, &set, &request.asked, tally);
	}
	for (size_t i = 0; i < n; i++)
		grant_draft_done(&drafts[i]);
	free(bytes);
}

static void
test_decisions_are_what_rules_mean(void **state)
{
	struct random_state random = { 20261122 };
	struct tally tally = { 0 };

	(void)state;
	for (size_t i = 0; i < SETS; i++)
		run_set(&random, &tally);
	/* Nothing of it was left untried. */
	assert_true(tally.permitted > 1000);
	for (unsigned f = GRANT_GROUPS; f < GRANT_FIELDS; f++)
		if (f != GRANT_LINE && f != GRANT_UID && f != GRANT_GID)
			assert_true(tally.denied[f] > 10);
	assert_true(tally.nobody[GRANT_CALLER_UIDS] > 1000);
	assert_true(tally.nobody[GRANT_UID] > 1000);
	assert_true(tally.nobody[GRANT_PROGRAMS] > 1000);
}

/* No single bit makes a permission of a denial, or of its absence. */
static void
test_the_verdicts_are_far_apart(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 32; bit++) {
		assert_int_not_equal(GRANT_DENY ^ (int)(1u << bit),
				     GRANT_PERMIT);
		assert_int_not_equal((int)(1u << bit), GRANT_PERMIT);
	}
	assert_true(__builtin_popcount(GRANT_PERMIT ^ GRANT_DENY) >= 16);
	assert_int_not_equal(GRANT_PERMIT, 0);
}

/* A grant for / would be for everything; it is still a path. */
static const char *const crooked[] = {
	"",      "/",       "a",     "a/b",     "//",       "/a/",
	"/a//b", "/.",      "/a/.",  "/./a",    "/..",      "/a/..",
	"/../a", "/a/../b", "//a/b", "/a/b/..", "/a/b/./c",
};

static void
test_a_path_that_is_not_canonical_is_denied(void **state)
{
	struct grant_draft draft = { .file = strdup("x") };
	struct grant_draft_item item = { .text = strdup("/a/"),
					 .number = GRANT_PREFIX };
	struct grant_request asked = { .path = "/a/b" };
	struct grant_answer answer;
	struct grant_set set;
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	grant_draft_set(&draft, GRANT_LINE, 1);
	grant_draft_set(&draft, GRANT_UID, 0);
	grant_draft_set(&draft, GRANT_GID, 0);
	grant_draft_set(&draft, GRANT_FLAGS, GRANT_EVERYBODY | GRANT_ROOT);
	assert_int_equal(grant_draft_add_item(&draft.items[0], &item), 0);
	assert_int_equal(grant_put(&draft, 1, &bytes, &len, NULL), 0);
	assert_true(grant_take(bytes, len, &set));
	assert_int_equal(grant_decide(&set, &asked, &answer), GRANT_PERMIT);
	asked.path = "/a/...";
	assert_int_equal(grant_decide(&set, &asked, &answer), GRANT_PERMIT);
	for (size_t i = 0; i < sizeof(crooked) / sizeof(crooked[0]); i++) {
		asked.path = crooked[i];
		assert_int_equal(grant_decide(&set, &asked, &answer),
				 GRANT_DENY);
		assert_false(answer.has_rule);
		assert_int_equal(answer.field, GRANT_PROGRAMS);
	}
	grant_draft_done(&draft);
	free(item.text);
	free(bytes);
}

/* Unset ids are nobody's, whatever the rules say. */
static void
test_an_invalid_identity_is_denied(void **state)
{
	struct random_state random = { 7 };
	struct grant_draft drafts[RANDOM_RULES];
	struct random_request request;
	struct grant_answer answer;
	struct grant_set set;
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	random_rules(&random, drafts, RANDOM_RULES);
	assert_int_equal(grant_put(drafts, RANDOM_RULES, &bytes, &len, NULL),
			 0);
	assert_true(grant_take(bytes, len, &set));
	for (size_t i = 0; i < 1000; i++) {
		random_request(&random, drafts, RANDOM_RULES, &request);
		request.asked.uid = UINT32_MAX;
		assert_int_equal(grant_decide(&set, &request.asked, &answer),
				 GRANT_DENY);
	}
	for (size_t i = 0; i < RANDOM_RULES; i++)
		grant_draft_done(&drafts[i]);
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decisions_are_what_rules_mean),
		cmocka_unit_test(test_the_verdicts_are_far_apart),
		cmocka_unit_test(test_a_path_that_is_not_canonical_is_denied),
		cmocka_unit_test(test_an_invalid_identity_is_denied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
