/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ends of sessions and of their launchers: by close, by death, for one
 * launch; and what handles say then.
 */
#include "faking.h"

#include "caisson_monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

/* By close, by the launcher's death: how it ended, if that can be known. */
static void
without_a_launcher_handles_say_what_is_known(void **state)
{
	struct caisson_session *s = faking_session("honest");
	struct caisson_child *ended =
	    launching_start(launching_spec(NULL, "exit", "7", NULL),
			    faking_in(s));
	struct caisson_child *running =
	    launching_start(launching_spec(NULL, "sleep", "60000", NULL),
			    faking_in(s));
	struct pollfd p = { caisson_child_pidfd(ended), POLLIN, 0 };
	struct caisson_error err;
	struct caisson_exit e;

	(void)state;
	assert_int_equal(poll(&p, 1, (int)LAUNCHING_PATIENCE_MS), 1);
	caisson_session_close(s);
	e = launching_finish(ended);
	assert_int_equal(e.how, CAISSON_HOW_EXITED);
	assert_int_equal(e.value, 7);
	assert_int_equal(caisson_child_wait(running, LAUNCHING_PATIENCE_MS, &e,
					    &err),
			 0);
	if (e.how != CAISSON_HOW_LOST) {
		assert_int_equal(e.how, CAISSON_HOW_SIGNALLED);
		assert_int_equal(e.value, SIGKILL);
	}
	assert_int_equal(caisson_child_kill(running, &err), CAISSON_E_SYSTEM);
	assert_int_equal(err.sys_errno, ESRCH);
	caisson_child_free(running);
}

static void
a_launcher_that_dies_leaves_no_handle_waiting(void **state)
{
	struct caisson_child *child =
	    launching_start(launching_spec(NULL, "sleep", "60000", NULL),
			    faking_options("dies-running"));
	struct caisson_error err;
	struct caisson_exit e;

	(void)state;
	assert_int_equal(caisson_child_wait(child, LAUNCHING_PATIENCE_MS, &e,
					    &err),
			 0);
	assert_true(e.how == CAISSON_HOW_LOST || e.value == SIGKILL);
	assert_int_equal(caisson_child_signal(child, SIGTERM, 0, &err),
			 CAISSON_E_SYSTEM);
	caisson_child_free(child);
}

static void
one_launch_has_a_launcher_of_its_own(void **state)
{
	struct caisson_child *child;
	json_t *before;

	(void)state;
	(void)faking_options("honest");
	before = harness_snapshot();
	child = launching_start(launching_spec(NULL, "exit", "3", NULL),
				faking_options("honest"));
	assert_int_equal(launching_finish(child).value, 3);
	/* and one that still runs */
	child = launching_start(launching_spec(NULL, "sleep", "60000", NULL),
				faking_options("honest"));
	caisson_child_free(child);
	harness_assert_unchanged(before);
}

static void
a_session_for_one_launch_has_one(void **state)
{
	struct caisson_session_options o = {
		.size = sizeof(o), .once = 1, .launcher = faking_path("honest")
	};
	struct caisson_session *s = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_session_open(&o, &s, &err), 0);
	launching_finish(
	    launching_start(launching_spec(NULL, "exit", "0", NULL),
			    faking_in(s)));
	faking_refused(launching_spec(NULL, "exit", "0", NULL), faking_in(s),
		       &err);
	faking_assert(&err, CAISSON_E_USAGE, 0, "was for one launch");
	caisson_session_close(s);
}

/* The embedder's: it takes what it finds. */
static void
a_launcher_that_others_have_reaped_is_all_the_same(void **state)
{
	struct caisson_session *s = faking_session("dies-at-launch");
	struct caisson_spec *spec = launching_spec(NULL, "exit", "0", NULL);
	struct caisson_child *child = NULL;
	struct caisson_error err;

	(void)state;
	assert_int_equal(caisson_spec_freeze(spec, &err), 0);
	assert_int_equal(caisson_launch(spec, faking_in(s), &child, &err),
			 CAISSON_E_SYSTEM);
	caisson_spec_free(spec);
	/* the one of the other tests is alive */
	assert_true(waitpid(-1, NULL, 0) > 0);
	caisson_session_close(s);
}

static int64_t
microseconds_of(clockid_t clock)
{
	struct timespec t = { 0, 0 };

	assert_int_equal(clock_gettime(clock, &t), 0);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

#define QUIET_MS 300

/* A handle, or a monitor, that nobody tells anything. */
static void
assert_sleeps(struct caisson_child *child, struct caisson_monitor *monitor)
{
	struct caisson_monitor_event e = { .size = sizeof(e) };
	int64_t wall = microseconds_of(CLOCK_MONOTONIC);
	int64_t cpu = microseconds_of(CLOCK_THREAD_CPUTIME_ID);
	int r = monitor == NULL
		    ? caisson_child_wait(child, QUIET_MS, NULL, NULL)
		    : caisson_monitor_next(monitor, QUIET_MS, &e, NULL);

	assert_int_equal(r, CAISSON_E_TIMEOUT);
	wall = microseconds_of(CLOCK_MONOTONIC) - wall;
	cpu = microseconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu;
	if (cpu > wall / 10)
		fail_msg("%lld us of %lld were spent", (long long)cpu,
			 (long long)wall);
}

/* Gone, and its pidfd says so (POLLHUP), but not how it ended. */
static void
what_the_launcher_does_not_tell_is_waited_for_asleep(void **state)
{
	struct caisson_session *s = faking_session("forgetful");
	struct caisson_child *child =
	    launching_start(launching_spec(NULL, "sleep", "60000", NULL),
			    faking_in(s));
	struct pollfd p = { caisson_child_pidfd(child), POLLIN, 0 };
	struct caisson_monitor *monitor = NULL;

	(void)state;
	assert_int_equal(caisson_child_kill(child, NULL), 0);
	assert_int_equal(poll(&p, 1, (int)LAUNCHING_PATIENCE_MS), 1);
	assert_sleeps(child, NULL);
	assert_int_equal(caisson_monitor_new(NULL, &monitor, NULL), 0);
	assert_int_equal(caisson_monitor_add(monitor, child, NULL, NULL), 0);
	assert_sleeps(child, monitor);
	caisson_monitor_free(monitor);
	caisson_session_close(s);
	launching_finish(child);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(without_a_launcher_handles_say_what_is_known),
	cmocka_unit_test(a_launcher_that_dies_leaves_no_handle_waiting),
	cmocka_unit_test(one_launch_has_a_launcher_of_its_own),
	cmocka_unit_test(a_session_for_one_launch_has_one),
	cmocka_unit_test(a_launcher_that_others_have_reaped_is_all_the_same),
	cmocka_unit_test(what_the_launcher_does_not_tell_is_waited_for_asleep),
};

int
main(int argc, char **argv)
{
	return harness_main("session_ends", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
