/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters with defects: each must be found by the check at the boundaries and
 * by the comparison with the right filter, and what is found must be a call
 * that really gets two answers.  The right filter passes both first.  The one
 * argument is the file of the test policy.
 */
#include "loading.h"
#include "mutants.h"

#include "policy/bpf.h"
#include "policy/proof.h"
#include "policy/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MUTANTS_MAX 64

static const char *test_policy;

/* A call that the filter answers otherwise than the policy. */
static void
assert_is_wrong(const struct loading *loading,
		const struct proof_witness *witness)
{
	uint32_t is = bpf_run(loading->filter.insns, &witness->data, NULL);
	uint32_t must = policy_decide(loading->policy, &witness->data, NULL);

	assert_int_equal(witness->a, is);
	assert_int_equal(witness->b, must);
	assert_int_not_equal(is, must);
}

static void
assert_boundaries_find(const struct loading *wrong)
{
	struct proof_witness witness;
	struct caisson_error err = { 0 };

	assert_int_equal(proof_boundaries(wrong->policy, &wrong->filter,
					  &witness, &err),
			 CAISSON_E_MISMATCH);
	assert_int_equal(err.code, CAISSON_E_MISMATCH);
	assert_int_equal(err.stage, CAISSON_STAGE_PROFILE);
	assert_non_null(strstr(err.msg, "the filter answers"));
	assert_non_null(strstr(err.msg, "the policy"));
	assert_is_wrong(wrong, &witness);
	assert_int_equal(proof_boundaries(wrong->policy, &wrong->filter, NULL,
					  NULL),
			 CAISSON_E_MISMATCH);
}

/* All that are listed, for what is wrong in the one is right in the other. */
static void
assert_differences_find(const struct loading *wrong, const struct filter *right)
{
	static struct proof_witness witnesses[256];
	struct proof_list list = { .v = witnesses, .max = 256 };
	struct caisson_error err = { 0 };

	assert_int_equal(proof_differences(&wrong->filter, right, &list, &err),
			 0);
	assert_in_range(list.n, 1, UINT32_MAX);
	for (size_t i = 0; i < list.n && i < list.max; i++)
		assert_is_wrong(wrong, &witnesses[i]);
}

static void
check_right(const struct loading *right)
{
	struct proof_list list = { 0 };
	struct caisson_error err = { 0 };

	assert_int_equal(proof_boundaries(right->policy, &right->filter, NULL,
					  &err),
			 0);
	assert_int_equal(proof_differences(&right->filter, &right->filter,
					   &list, &err),
			 0);
	assert_int_equal(list.n, 0);
}

/* 0: found; -1: there is no place for it in this policy. */
static int
check_mutant(const char *mutant, const char *policy)
{
	struct loading right = loading_named(policy, "x86_64");
	struct loading wrong = loading_named(policy, "x86_64");
	int r = mutant_apply(mutant, wrong.policy, &wrong.filter);

	check_right(&right);
	if (r == 0) {
		assert_boundaries_find(&wrong);
		assert_differences_find(&wrong, &right.filter);
	}
	loading_done(&right);
	loading_done(&wrong);
	return r;
}

static void
is_found(void **state)
{
	assert_int_equal(check_mutant(*state, test_policy), 0);
}

/* Not each has a place in each profile; but most have in one of them. */
static void
mutants_of_shipped_profiles_are_found(void **state)
{
	unsigned found = 0, mutants = 0;
	const char *mutant, *profile;

	(void)state;
	for (size_t m = 0; (mutant = mutant_at(m)) != NULL; m++, mutants++)
		for (size_t p = 0; (profile = text_profile_at(p)) != NULL; p++)
			found += check_mutant(mutant, profile) == 0;
	assert_in_range(found, 3 * mutants, UINT32_MAX);
}

static void
a_filter_that_no_kernel_loads_is_found(void **state)
{
	struct loading wrong = loading_named(test_policy, "x86_64");
	struct caisson_error err = { 0 };

	(void)state;
	wrong.filter.insns[0].k = 2; /* not a word of the call */
	assert_int_equal(proof_boundaries(wrong.policy, &wrong.filter, NULL,
					  &err),
			 CAISSON_E_MISMATCH);
	assert_non_null(strstr(err.msg, "no kernel"));
	loading_done(&wrong);
}

int
main(int argc, char **argv)
{
	struct CMUnitTest tests[MUTANTS_MAX + 2] = {
		cmocka_unit_test(mutants_of_shipped_profiles_are_found),
		cmocka_unit_test(a_filter_that_no_kernel_loads_is_found),
	};
	size_t n = 2;

	if (argc != 2)
		return 2;
	test_policy = argv[1];
	for (; n < MUTANTS_MAX && mutant_at(n - 2) != NULL; n++)
		tests[n] = (struct CMUnitTest){
			.name = mutant_at(n - 2),
			.test_func = is_found,
			.initial_state = (void *)(uintptr_t)mutant_at(n - 2),
		};
	return _cmocka_run_group_tests("mutants", tests, n, NULL, NULL);
}
