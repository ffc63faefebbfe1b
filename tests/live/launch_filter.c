/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launches with a policy that was compiled once, and with policy files: the
 * filter that the policy says is the one that the program has.
 */
#include "launching.h"

#include "caisson_policy.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char text[] = "@denylist\n{mkdir, mkdirat}: return EDOM\n";

static struct caisson_policy *
policy_of(const char *what)
{
	struct caisson_policy *policy = NULL;
	struct caisson_error err;

	if (caisson_policy_parse(what, strlen(what), NULL, &policy, &err) != 0)
		fail_msg("%s", err.msg);
	return policy;
}

/* A program that makes a directory, which is not there now. */
static struct caisson_spec *
maker(void)
{
	const char *const argv[] = { "mkdir", harness_path("made"), NULL };
	struct caisson_spec *spec =
	    launching_spec("'stdio':{'stderr':'null'}", NULL);

	(void)rmdir(harness_path("made"));
	assert_int_equal(caisson_spec_set_path(spec, "/bin/mkdir", NULL), 0);
	assert_int_equal(caisson_spec_set_argv(spec, argv, NULL), 0);
	return spec;
}

static bool
is_made(void)
{
	struct stat st;

	return stat(harness_path("made"), &st) == 0;
}

static void
a_filter_that_was_set_is_what_the_program_has(void **state)
{
	struct caisson_policy *policy = policy_of(text);
	const void *insns = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(caisson_policy_filter(policy, &insns, &n, NULL), 0);
	/* One policy for many launches. */
	for (int i = 0; i < 3; i++) {
		struct caisson_spec *spec = maker();
		struct caisson_applied applied = { .size = sizeof(applied) };
		struct caisson_child *child;

		assert_int_equal(caisson_spec_set_seccomp_filter(spec, policy,
								 NULL),
				 0);
		child = launching_start(spec, NULL);
		caisson_child_applied(child, &applied);
		assert_int_equal(applied.filter_instructions, n);
		assert_int_equal(launching_finish(child).value, 1);
		assert_false(is_made());
	}
	caisson_policy_free(policy);
}

static void
without_it_the_program_does_what_it_wants(void **state)
{
	struct caisson_spec *spec = maker();

	(void)state;
	assert_int_equal(caisson_spec_set_seccomp_profile(spec, "unconfined",
							  NULL),
			 0);
	assert_int_equal(launching_finish(launching_start(spec, NULL)).value,
			 0);
	assert_true(is_made());
}

static void
a_file_is_read_at_each_launch(void **state)
{
	static const char *const texts[] = { text, "@denylist\nmount: kill\n" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct caisson_spec *spec = maker();
		const char *file =
		    harness_file("a.policy", texts[i], strlen(texts[i]), 0644);
		struct caisson_child *child;

		assert_int_equal(caisson_spec_set_seccomp_policy(spec, file,
								 NULL),
				 0);
		child = launching_start(spec, NULL);
		assert_int_equal(launching_finish(child).value, i == 0);
		assert_int_equal(is_made(), i == 1);
	}
}

static void
a_file_that_is_wrong_starts_nothing(void **state)
{
	static const char wrong[] = "@denylist\nmkdri: return EDOM\n";
	struct caisson_spec *spec = maker();
	const char *file = harness_file("b.policy", wrong, strlen(wrong), 0644);
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_spec_set_seccomp_policy(spec, file, NULL), 0);
	launching_refused(spec, NULL, &err);
	assert_int_equal(err.code, CAISSON_E_POLICY);
	assert_int_equal(err.stage, CAISSON_STAGE_POLICY);
	assert_int_equal(err.line, 2);
	assert_non_null(strstr(err.msg, "b.policy:2:1: no system call"));
	assert_false(is_made());
}

static void
a_file_is_read_with_the_authority_of_the_caller(void **state)
{
	struct caisson_spec *spec = maker();
	const char *file = harness_file("c.policy", text, strlen(text), 0);
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_spec_set_seccomp_policy(spec, file, NULL), 0);
	if (harness_has_capability(CAP_DAC_OVERRIDE)) {
		/* Who may read everything reads it. */
		struct caisson_child *child = launching_start(spec, NULL);

		assert_int_equal(launching_finish(child).value, 1);
		return;
	}
	launching_refused(spec, NULL, &err);
	assert_int_equal(err.code, CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, EACCES);
	assert_false(is_made());
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_filter_that_was_set_is_what_the_program_has),
		cmocka_unit_test(without_it_the_program_does_what_it_wants),
		cmocka_unit_test(a_file_is_read_at_each_launch),
		cmocka_unit_test(a_file_that_is_wrong_starts_nothing),
		cmocka_unit_test(
		    a_file_is_read_with_the_authority_of_the_caller),
	};

	return harness_main("launch_filter", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
