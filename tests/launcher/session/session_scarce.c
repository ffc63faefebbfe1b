/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory and descriptors that run out, at each point of a launch: an error, and
 * nothing is left; and a session goes on.
 */
#include "faking.h"

#include "no_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define LARGE 100000

static struct caisson_spec *
large_spec(void)
{
	struct caisson_spec *spec = launching_spec(NULL, "exit", "0", NULL);
	char *value = malloc(LARGE + 1);

	assert_non_null(value);
	memset(value, 'v', LARGE);
	value[LARGE] = '\0';
	assert_int_equal(caisson_spec_set_env(spec, "LARGE", value, NULL), 0);
	assert_int_equal(caisson_spec_freeze(spec, NULL), 0);
	free(value);
	return spec;
}

/* How often it failed before it succeeded. */
static long
without_memory(const struct caisson_spec *spec,
	       const struct caisson_launch_options *o)
{
	struct caisson_error err;

	for (long n = 0; n < 1000; n++) {
		struct caisson_child *child = NULL;
		int r;

		no_memory_failed = false;
		no_memory_after = n;
		r = caisson_launch(spec, o, &child, &err);
		no_memory_after = -1;
		if (r == 0) {
			launching_finish(child);
			if (!no_memory_failed)
				return n;
		} else {
			assert_int_equal(r, CAISSON_E_NO_MEMORY);
			assert_null(child);
		}
	}
	fail_msg("it never succeeds");
	return 0;
}

static void
memory_runs_out_anywhere(void **state)
{
	struct caisson_spec *spec = large_spec();
	struct caisson_session *session = faking_session("honest");

	(void)state;
	assert_true(without_memory(spec, faking_options("honest")) > 10);
	assert_true(without_memory(spec, faking_in(session)) > 10);
	launching_finish(
	    launching_start(launching_spec(NULL, "exit", "0", NULL),
			    faking_in(session)));
	caisson_session_close(session);
	caisson_spec_free(spec);
	harness_assert_childless();
}

static void
limit(struct rlimit *own, rlim_t n)
{
	struct rlimit less = { n, own->rlim_max };

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &less), 0);
}

static void
descriptors_run_out_anywhere(void **state)
{
	struct caisson_spec *spec = large_spec();
	struct caisson_session *session = faking_session("honest");
	const struct caisson_launch_options *o = faking_in(session);
	bool with_session = false;
	struct rlimit own;
	rlim_t n = 3;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &own), 0);
	for (int worked = 0; worked < 2 && n < 200; n++) {
		struct caisson_child *child = NULL;
		struct caisson_error err;
		int r;

		limit(&own, n);
		r = caisson_launch(spec, o, &child, &err);
		limit(&own, own.rlim_cur);
		if (r == 0) {
			launching_finish(child);
			worked++;
			n = 3;
			o = faking_options("honest");
		} else if (r != CAISSON_E_SYSTEM && worked == 0) {
			fail_msg("%s", err.msg);
		}
		with_session = with_session || worked > 0;
		assert_int_equal(caisson_session_dispatch(session, NULL), 0);
	}
	assert_true(with_session && n < 200);
	caisson_session_close(session);
	caisson_spec_free(spec);
	harness_assert_childless();
}

static void
a_signal_needs_a_descriptor(void **state)
{
	struct caisson_session *session = faking_session("honest");
	struct caisson_child *child =
	    launching_start(launching_spec(NULL, "sleep", "60000", NULL),
			    faking_in(session));
	int pidfd = caisson_child_pidfd(child);
	struct caisson_error err;
	struct rlimit own;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &own), 0);
	limit(&own, 3);
	assert_int_equal(caisson_child_signal(child, 15, 0, &err),
			 CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, EMFILE);
	assert_true(caisson_session_signal(session, pidfd, 15, &err) < 0);
	limit(&own, own.rlim_cur);
	caisson_child_free(child);
	caisson_session_close(session);
	harness_assert_childless();
}

/* The lowest number is a standard one, and there may be no other. */
static void
no_launcher_is_lost_for_want_of_a_number(void **state)
{
	struct caisson_session_options o = { .size = sizeof(o),
					     .launcher =
						 faking_path("honest") };
	int input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 100);
	bool has_opened = false;
	struct rlimit own;

	(void)state;
	assert_true(input >= 100);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &own), 0);
	(void)close(STDIN_FILENO);
	for (rlim_t n = 3; n < 40; n++) {
		struct caisson_session *session = NULL;
		struct caisson_error err;
		int r;

		limit(&own, n);
		r = caisson_session_open(&o, &session, &err);
		limit(&own, own.rlim_cur);
		has_opened = has_opened || r == 0;
		caisson_session_close(session);
		harness_assert_childless();
	}
	assert_int_equal(dup2(input, STDIN_FILENO), STDIN_FILENO);
	(void)close(input);
	assert_true(has_opened);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(memory_runs_out_anywhere),
	cmocka_unit_test(descriptors_run_out_anywhere),
	cmocka_unit_test(a_signal_needs_a_descriptor),
	cmocka_unit_test(no_launcher_is_lost_for_want_of_a_number),
};

int
main(int argc, char **argv)
{
	return harness_main("session_scarce", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
