/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles by name, and what is said about those that there are not. */
#include "confine/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
shipped_profiles_are_found_by_name(void **state)
{
	const struct profile *p = NULL;

	(void)state;
	assert_int_equal(profile_get("default", NULL, &p, NULL), 0);
	assert_string_equal(p->name, "default");
	assert_non_null(p->insns);
	assert_in_range(p->len, 1, 4096);
	assert_int_equal(profile_get("unconfined", NULL, &p, NULL), 0);
	assert_string_equal(p->name, "unconfined");
	assert_null(p->insns);
	assert_int_equal(p->len, 0);
}

static void
an_unknown_profile_lists_those_that_there_are(void **state)
{
	const struct profile *p = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(profile_get("Default\n", NULL, &p, &err),
			 CAISSON_E_SPEC);
	assert_string_equal(err.msg, "/seccomp/profile: no profile "
				     "\"Default\\x0a\": there are default, "
				     "unconfined");
	assert_int_equal(profile_get("", NULL, &p, &err), CAISSON_E_SPEC);
	assert_null(p);
}

static void
policy_files_are_refused_and_one_of_both_is_needed(void **state)
{
	const struct profile *p = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(profile_get(NULL, "/x", &p, &err),
			 CAISSON_E_UNSUPPORTED);
	assert_string_equal(err.msg, "/seccomp/policy: policy files are not "
				     "supported by this version");
	assert_int_equal(profile_get(NULL, NULL, &p, &err), CAISSON_E_USAGE);
	assert_int_equal(profile_get("default", "/x", &p, &err),
			 CAISSON_E_USAGE);
	assert_null(p);
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
