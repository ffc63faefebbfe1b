/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How refused calls are counted, and when they are told.
 */
#include "reporting.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NR(name) harness_text("%d", SYS_##name)

static void
records_are_bounded_and_nothing_is_lost_in_the_count(void **state)
{
	const char *policy = reporting_policy(REPORTING_POLICY);
	struct reporting_seen seen;
	const struct caisson_denial *rest = NULL, *named = NULL;

	(void)state;
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("many", "100000",
							"1000", NR(mount))),
			 &seen);
	assert_string_equal(seen.output, "1001\n");
	/* numbers without a name leave room for calls that have one */
	assert_true(seen.n < 100);
	assert_int_equal(reporting_count(&seen), 1001);
	for (size_t i = 0; i < seen.n; i++) {
		if (seen.v[i].arch == 0)
			rest = &seen.v[i];
		if (seen.v[i].nr == SYS_mount)
			named = &seen.v[i];
	}
	assert_non_null(named);
	assert_int_equal(named->count, 1);
	assert_non_null(rest);
	assert_int_equal(rest->nr, UINT32_MAX);
	assert_null(rest->name);
	assert_null(rest->file);
	assert_int_equal(rest->count, 1001 - (seen.n - 1));
	reporting_forget(&seen);
}

static void
many_threads_are_counted_exactly(void **state)
{
	const char *policy = reporting_policy(REPORTING_POLICY);
	struct reporting_seen seen;

	(void)state;
	reporting_finish(reporting_start(policy,
					 REPORTING_ARGS("storm", NR(mount), "8",
							"2000")),
			 &seen);
	assert_string_equal(seen.output, "16000\n");
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.v[0].count, 16000);
	reporting_forget(&seen);
}

/* Polls for itself; the answers come from asking for records alone. */
static void
an_embedder_with_a_loop_of_its_own_is_served(void **state)
{
	const char *policy = reporting_policy(REPORTING_POLICY);
	struct caisson_child *child =
	    reporting_start(policy,
			    REPORTING_ARGS("storm", NR(mount), "2", "500"));
	struct reporting_seen seen = { .n = 0 };
	struct caisson_error err;
	struct pollfd p[2] = { { caisson_child_pidfd(child), POLLIN, 0 },
			       { -1, POLLIN, 0 } };

	(void)state;
	assert_true(caisson_child_denials_fd(child) >= 0);
	while (caisson_child_wait(child, 0, &seen.exit, &err) != 0) {
		assert_int_equal(err.code, CAISSON_E_TIMEOUT);
		p[1].fd = caisson_child_denials_fd(child);
		(void)poll(p, 2, LAUNCHING_PATIENCE_MS);
		reporting_take(child, &seen);
	}
	assert_int_equal(caisson_child_denials_fd(child), -1);
	reporting_take(child, &seen);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.v[0].count, 1000);
	/* the first at once, and the rest once in a second, or at the end */
	assert_true(seen.told >= 1 && seen.told < 100);
	reporting_forget(&seen);
	caisson_child_free(child);
}

static void
the_rest_is_due_within_a_second(void **state)
{
	const char *policy = reporting_policy(REPORTING_POLICY);
	struct caisson_child *child = launching_start(
	    reporting_spec(policy, "'stdio':{'stdin':'pipe','stdout':'pipe'}",
			   REPORTING_ARGS("loop", NR(mount))),
	    &reporting_options);
	struct caisson_denial one = { .size = sizeof(one) };
	struct pollfd p = { caisson_child_denials_fd(child), POLLIN, 0 };

	(void)state;
	assert_true(caisson_child_next_ms(child) == CAISSON_FOREVER);
	assert_int_equal(write(caisson_child_fd(child, 0), "x", 1), 1);
	assert_int_equal(poll(&p, 1, LAUNCHING_PATIENCE_MS), 1);
	assert_true(caisson_child_denial(child, &one));
	assert_int_equal(one.count, 1);
	assert_int_equal(write(caisson_child_fd(child, 0), "x", 1), 1);
	assert_int_equal(poll(&p, 1, LAUNCHING_PATIENCE_MS), 1);
	/* answered, but not told again yet; or, on a slow machine, told */
	if (!caisson_child_denial(child, &one)) {
		uint64_t ms = caisson_child_next_ms(child);

		assert_true(ms <= 1000);
		assert_int_equal(poll(NULL, 0, (int)ms + 1), 0);
		assert_true(caisson_child_denial(child, &one));
	}
	assert_int_equal(one.count, 2);
	assert_true(caisson_child_next_ms(child) == CAISSON_FOREVER);
	caisson_child_free(child);
}

static void
a_struct_of_another_size_is_filled_as_far_as_it_goes(void **state)
{
	struct {
		struct caisson_denial known;
		uint64_t later;
	} longer = { .known = { .size = sizeof(longer) }, .later = 9 };
	const char *policy = reporting_policy(REPORTING_POLICY);
	struct caisson_child *child =
	    reporting_start(policy, REPORTING_ARGS("call", NR(mount)));
	struct caisson_denial shorter = { .size = 12, .action = 77 };
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_child_wait(child, CAISSON_FOREVER, NULL, &err),
			 0);
	assert_true(caisson_child_denial(child, &shorter));
	assert_int_equal(shorter.nr, SYS_mount);
	assert_int_equal(shorter.action, 77);
	caisson_child_free(child);
	child = reporting_start(policy, REPORTING_ARGS("call", NR(mount)));
	assert_int_equal(caisson_child_wait(child, CAISSON_FOREVER, NULL, &err),
			 0);
	assert_true(caisson_child_denial(child, &longer.known));
	assert_int_equal(longer.known.nr, SYS_mount);
	assert_int_equal(longer.later, 0);
	caisson_child_free(child);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    records_are_bounded_and_nothing_is_lost_in_the_count),
		cmocka_unit_test(many_threads_are_counted_exactly),
		cmocka_unit_test(an_embedder_with_a_loop_of_its_own_is_served),
		cmocka_unit_test(the_rest_is_due_within_a_second),
		cmocka_unit_test(
		    a_struct_of_another_size_is_filled_as_far_as_it_goes),
	};

	return harness_main("denials_counts", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
