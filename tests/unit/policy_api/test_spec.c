/* SPDX-License-Identifier: Apache-2.0 */
/* A policy's filter in a spec, instead of a profile or a file. */
#include "api_testing.h"

#include "spec/spec.h"

static struct caisson_spec *
new_spec(void)
{
	struct caisson_spec *spec = NULL;

	assert_int_equal(caisson_spec_new(&spec, NULL), 0);
	assert_int_equal(caisson_spec_set_path(spec, "/bin/true", NULL), 0);
	return spec;
}

static void
the_instructions_are_copied(void **state)
{
	struct caisson_policy *p = parsed("@default return EPERM\n" ENDS);
	struct caisson_spec *spec = new_spec();
	const void *insns = NULL;
	void *copy;
	size_t n = 0;

	(void)state;
	assert_int_equal(caisson_policy_filter(p, &insns, &n, NULL), 0);
	copy = malloc(n * sizeof(struct sock_filter));
	assert_non_null(copy);
	memcpy(copy, insns, n * sizeof(struct sock_filter));
	assert_int_equal(caisson_spec_set_seccomp_filter(spec, p, NULL), 0);
	caisson_policy_free(p);
	assert_int_equal(caisson_spec_freeze(spec, NULL), 0);
	assert_int_equal(spec->filter_n, n);
	assert_memory_equal(spec->filter, copy, n * sizeof(struct sock_filter));
	assert_null(spec->profile);
	assert_null(spec->policy);
	caisson_spec_free(spec);
	free(copy);
}

static void
what_is_set_last_counts(void **state)
{
	struct caisson_policy *p = parsed("@default return EPERM\n" ENDS);
	struct caisson_spec *spec = new_spec();
	static const char json[] =
	    "{\"version\":1,\"seccomp\":{\"profile\":\"default\"}}";

	(void)state;
	assert_int_equal(caisson_spec_set_seccomp_profile(spec, "default",
							  NULL),
			 0);
	assert_int_equal(caisson_spec_set_seccomp_filter(spec, p, NULL), 0);
	assert_null(spec->profile);
	assert_int_equal(caisson_spec_set_seccomp_policy(spec, "/p", NULL), 0);
	assert_null(spec->filter);
	assert_int_equal(caisson_spec_set_seccomp_filter(spec, p, NULL), 0);
	assert_null(spec->policy);
	assert_int_equal(caisson_spec_set_seccomp_filter(spec, p, NULL), 0);
	assert_non_null(spec->filter);
	assert_int_equal(caisson_spec_set_seccomp_profile(spec, "default",
							  NULL),
			 0);
	assert_null(spec->filter);
	assert_int_equal(caisson_spec_set_seccomp_filter(spec, p, NULL), 0);
	assert_int_equal(caisson_spec_load(spec, json, strlen(json), NULL), 0);
	assert_null(spec->filter);
	assert_int_equal(spec->filter_n, 0);
	assert_string_equal(spec->profile, "default");
	caisson_spec_free(spec);
	caisson_policy_free(p);
}

static void
a_text_cannot_hold_it(void **state)
{
	struct caisson_policy *p = parsed("@default return EPERM\n" ENDS);
	struct caisson_spec *spec = new_spec();
	struct caisson_error err;
	char *text = NULL;

	(void)state;
	assert_int_equal(caisson_spec_set_seccomp_filter(spec, p, NULL), 0);
	assert_int_equal(caisson_spec_freeze(spec, NULL), 0);
	assert_int_equal(caisson_spec_print(spec, &text, &err), CAISSON_E_SPEC);
	assert_string_equal(err.msg,
			    "/seccomp: is a filter that was set, and not a "
			    "name or a path, which text could hold");
	assert_null(text);
	caisson_spec_free(spec);
	caisson_policy_free(p);
}

/* The spec stays as it was. */
static void
refused(const char *text, int code, const char *words)
{
	struct caisson_policy *p = parsed(text);
	struct caisson_spec *spec = new_spec();
	struct caisson_error err;

	assert_int_equal(caisson_spec_set_seccomp_profile(spec, "strict", NULL),
			 0);
	assert_int_equal(caisson_spec_set_seccomp_filter(spec, p, &err), code);
	if (strstr(err.msg, words) == NULL)
		fail_msg("%s", err.msg);
	assert_null(spec->filter);
	assert_string_equal(spec->profile, "strict");
	caisson_spec_free(spec);
	caisson_policy_free(p);
}

static void
a_policy_that_cannot_be_launched_is_refused(void **state)
{
	(void)state;
	refused("@default return EPERM\n" ENDS "read: trace\n",
		CAISSON_E_POLICY, "policy:3: trace: nobody would answer");
	refused("@default return EPERM\n" ENDS "read: arg0 == 1; user-notify\n",
		CAISSON_E_POLICY, "policy:3: user-notify: nobody");
	refused("@default return EPERM\nexit_group: allow\n", CAISSON_E_POLICY,
		"execve");
	refused("@default return EPERM\nexecve: allow\n", CAISSON_E_POLICY,
		"exit");
}

static void
a_wrong_call_changes_nothing(void **state)
{
	struct caisson_policy *p = parsed("@default return EPERM\n" ENDS);
	struct caisson_spec *spec = new_spec();

	(void)state;
	assert_int_equal(caisson_spec_set_seccomp_filter(NULL, p, NULL),
			 CAISSON_E_USAGE);
	assert_int_equal(caisson_spec_set_seccomp_filter(spec, NULL, NULL),
			 CAISSON_E_USAGE);
	assert_int_equal(caisson_spec_freeze(spec, NULL), 0);
	assert_int_equal(caisson_spec_set_seccomp_filter(spec, p, NULL),
			 CAISSON_E_USAGE);
	assert_null(spec->filter);
	assert_string_equal(spec->profile, "default");
	caisson_spec_free(spec);
	caisson_policy_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_instructions_are_copied),
		cmocka_unit_test(what_is_set_last_counts),
		cmocka_unit_test(a_text_cannot_hold_it),
		cmocka_unit_test(a_policy_that_cannot_be_launched_is_refused),
		cmocka_unit_test(a_wrong_call_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
