/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles by name, and what is said about those that there are not. */
#include "confine/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int
get(const char *name, const char *policy, struct profile_set *out,
    struct caisson_error *err)
{
	const struct profile_request request = { .name = name,
						 .policy = policy,
						 .hand_over = -1 };

	return profile_open(&request, out, err);
}

static void
shipped_profiles_are_found_by_name(void **state)
{
	struct profile_set set = { 0 };

	(void)state;
	assert_int_equal(get("default", NULL, &set, NULL), 0);
	assert_string_equal(set.filter.name, "default");
	assert_non_null(set.filter.insns);
	assert_in_range(set.filter.len, 1, 4096);
	assert_null(set.rest.insns);
	profile_close(&set);
	assert_null(set.filter.insns);
	assert_int_equal(get("unconfined", NULL, &set, NULL), 0);
	assert_string_equal(set.filter.name, "unconfined");
	assert_null(set.filter.insns);
	assert_int_equal(set.filter.len, 0);
	profile_close(&set);
	profile_close(&set);
}

static void
an_unknown_profile_lists_those_that_there_are(void **state)
{
	struct profile_set set = { 0 };
	struct caisson_error err;

	(void)state;
	assert_int_equal(get("Default\n", NULL, &set, &err), CAISSON_E_SPEC);
	assert_string_equal(err.msg, "/seccomp/profile: no profile "
				     "\"Default\\x0a\": there are default, "
				     "unconfined");
	assert_int_equal(get("", NULL, &set, &err), CAISSON_E_SPEC);
	assert_null(set.filter.name);
}

static void
policy_files_are_refused_and_one_of_both_is_needed(void **state)
{
	struct profile_set set = { 0 };
	struct caisson_error err;

	(void)state;
	assert_int_equal(get(NULL, "/x", &set, &err), CAISSON_E_UNSUPPORTED);
	assert_string_equal(err.msg, "/seccomp/policy: policy files are not "
				     "supported by this version");
	assert_int_equal(get(NULL, NULL, &set, &err), CAISSON_E_USAGE);
	assert_int_equal(get("default", "/x", &set, &err), CAISSON_E_USAGE);
	assert_null(set.filter.name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_profiles_are_found_by_name),
		cmocka_unit_test(an_unknown_profile_lists_those_that_there_are),
		cmocka_unit_test(
		    policy_files_are_refused_and_one_of_both_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
